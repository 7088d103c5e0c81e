"""Every code that the rest of the house can give has words, and they say no more than is known."""

import re
from pathlib import Path

from reports import reasons
from warehouse.protection import cells


def test_every_reason_of_the_gate_and_the_estimators_has_words():
    """A reason that the rest of the house can give must not reach a reader as a code."""
    root = Path(__file__).parents[2] / "warehouse"
    files = [*root.glob("protection/*.py"), root / "estimates" / "errors.py"]
    found = {
        code
        for path in files
        for code in re.findall(
            r'(?:WITHHELD|UNRELIABLE|BELOW), "([a-z_]+)"|code: ClassVar\[str\] = "([a-z_]+)"', path.read_text()
        )
        for code in code
        if code
    } - {"refused"}
    assert {"dominance", "complement", "too_few_recaptures"} <= found
    assert {code for code in found if reasons.reason(code).startswith("reden:")} == set()


READ_FOR_REASONS = ("verdict", "reasons", "guard", "robots", "reservation", "obstacles")


def test_every_reason_of_the_spiders_has_words():
    root = Path(__file__).parents[2] / "spiders"
    text = "".join((root / f"{name}.py").read_text() for name in READ_FOR_REASONS)
    text += "".join(re.findall(r"(?:capped|stopped) = .*", (root / "base.py").read_text()))
    found = set(re.findall(r'"([a-z]+(?:_[a-z]+)+|challenge|login|gone|tls|timeout)"', text)) - {"low_completeness"}
    assert {"index_page_changed", "robots_disallow", "page_cap", "tls"} <= found
    assert {code for code in found if reasons.crawl_reason(code).startswith("reden:")} <= {
        *("listing_id", "download_maxsize", "spiders_site_file"),  # names of other things
    }


def test_few_is_said_of_what_was_seen_not_of_what_there_is():
    assert "we zagen er minder dan 20" in reasons.reason(cells.FEW_FOR_A_DAY)
    assert "gezien of geschat" in reasons.reason(cells.BELOW)
