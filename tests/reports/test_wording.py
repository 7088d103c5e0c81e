import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import wording
from warehouse.protection import cells


@given(st.dates(date(2025, 12, 1), date(2040, 1, 1)))
def test_a_period_names_both_its_ends(day):
    text = wording.span(day, day + timedelta(days=6))
    assert text.startswith(f"{day.day}")
    assert text.endswith(wording.day_plain(day + timedelta(days=6)))


@given(st.integers(0, 9))
def test_no_number_under_ten_is_ever_written(value):
    assert wording.bound(value) == "minder dan 10"


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
    assert {code for code in found if wording.reason(code).startswith("reden:")} == set()


READ_FOR_REASONS = ("verdict", "reasons", "guard", "robots", "reservation", "obstacles")


def test_every_reason_of_the_spiders_has_words():
    root = Path(__file__).parents[2] / "spiders"
    text = "".join((root / f"{name}.py").read_text() for name in READ_FOR_REASONS)
    text += "".join(re.findall(r"(?:capped|stopped) = .*", (root / "base.py").read_text()))
    found = set(re.findall(r'"([a-z]+(?:_[a-z]+)+|challenge|login|gone|tls|timeout)"', text)) - {"low_completeness"}
    assert {"index_page_changed", "robots_disallow", "page_cap", "tls"} <= found
    assert {code for code in found if wording.crawl_reason(code).startswith("reden:")} <= {
        *("listing_id", "download_maxsize", "spiders_site_file"),  # names of other things
    }


@pytest.mark.parametrize("status", [cells.BELOW, cells.WITHHELD, cells.UNRELIABLE])
def test_every_status_has_its_own_words(status):
    assert wording.status(status) in wording.STATUSES.values()


def test_words_that_the_house_avoids_are_not_there():
    root = Path(__file__).parents[2] / "reports"
    texts = [*root.rglob("*.py"), *root.glob("templates/*.j2")]
    for path in texts:
        assert not re.search(r"prostitu|nationaliteit|herkomst van de (vrouw|persoon)", path.read_text(), re.IGNORECASE)
