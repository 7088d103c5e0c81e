import base64
import hashlib
import re

import pytest

from reports import pages
from reports.errors import WrongTheme

SHEETS = ("tokens", "base", "charts", "digest", "dashboard", "chooser")


def test_no_style_sheet_fetches_anything():
    css = pages.style(*SHEETS, "mail")
    assert not re.search(r"url\(|@import|https?:", css)


def test_no_script_fetches_or_evaluates_anything():
    script = pages.script("view", "compare", "chooser", "charts").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|fetch\(|XMLHttp|import\(|\beval\b|new Function|innerHTML|insertAdjacent", script)
    assert "</script" not in script.casefold()


def test_every_class_of_a_chart_is_styled():
    css = pages.style("charts")
    import inspect

    from reports import charts, flows, quality, trends

    used = set(re.findall(r"\bc-[a-z]+\b", "".join(map(inspect.getsource, (charts, flows, quality, trends)))))
    assert used - set(re.findall(r"\.(c-[a-z]+)\b", css)) == set()


def test_without_a_script_the_policy_lets_none_run():
    assert "script-src" not in pages.policy("a {}")
    assert "img-src" not in pages.policy("a {}")


def test_a_script_is_let_through_by_its_own_bytes_only():
    script = pages.script("charts")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = pages.policy("a {}", script)
    assert f"script-src 'sha256-{digest}';" in policy
    assert "img-src data:;" in policy
    assert "unsafe" not in policy
    made = pages.page(
        "report", "a {}", script, title="x", lead="x", sections=(), contact="", notice="", edition="", slug="", up=""
    )
    assert f"<script>{script}</script>\n</body>" in made


def test_of_a_large_theme_only_what_is_used_is_kept():
    """A token that ours asks for stays with those it is made of, in dark rules too; thousands of others go."""
    many = "".join(f"  --utrecht-other-{number}: url(x.svg);\n" for number in range(3_000))
    theme = (
        ":root {\n  --gemeente-blue: #003366;\n  --gemeente-ink: var(--gemeente-blue);\n"
        f'  --utrecht-link-color: var(--gemeente-ink);\n  --gemeente-said: "a;b";\n{many}}}\n'
        "@media (prefers-color-scheme: dark) { html:not(.paper) { --utrecht-link-color: #99ccff } }\n"
        ".top { border: 1px solid var(--gemeente-said); }\n"
    )
    kept = pages.checked_theme(theme)
    assert "other" not in kept
    for part in ("--gemeente-blue: #003366", "--gemeente-ink: var(", '--gemeente-said: "a;b"', "#99ccff }", ".top {"):
        assert part in kept
    assert kept.count("{") == kept.count("}") == theme.count("{")


@pytest.mark.parametrize("bad", ["--utrecht-link-color: url(x)", "--utrecht-link-color: </style>", "@import 'x'"])
def test_what_is_kept_of_a_theme_is_checked(bad):
    with pytest.raises(WrongTheme):
        pages.checked_theme(f":root {{ {bad}; }}")
