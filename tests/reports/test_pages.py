import re

import pytest

from reports import pages


def tokens(mode):
    css = pages.style("tokens")
    light = dict(re.findall(r"(--am-[a-z-]+): (#[0-9a-f]{6})", css.split("@media")[0]))
    dark = dict(
        re.findall(
            r"(--am-[a-z-]+): (#[0-9a-f]{6})", css.split("@media (prefers-color-scheme: dark)")[1].split("@media")[0]
        )
    )
    prints = dict(re.findall(r"(--am-[a-z-]+): (#[0-9a-f]{6})", css.split("@media print")[1]))
    return {"light": light, "dark": light | dark, "print": light | prints}[mode]


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


TEXT = [
    ("ink", "paper"), ("ink", "ground"), ("soft", "paper"), ("soft", "ground"), ("link", "paper"), ("link", "ground"),
    ("brand-ink", "brand"), ("good", "good-ground"), ("limited", "limited-ground"), ("none", "none-ground"),
    ("ink", "good-ground"), ("ink", "limited-ground"), ("ink", "none-ground"), ("ink", "hatch-ground"),
    ("paper", "ink"),
]  # fmt: skip
GRAPHIC = [("band", "paper"), ("dot", "band"), ("dot", "paper"), ("hatch", "hatch-ground"), ("hatch", "paper"),
           ("link", "paper"), ("soft", "paper")]  # fmt: skip


@pytest.mark.parametrize("mode", ["light", "dark", "print"])
@pytest.mark.parametrize("pair", TEXT, ids="-on-".join)
def test_text_can_be_read(mode, pair):
    found = tokens(mode)
    assert contrast(found[f"--am-{pair[0]}"], found[f"--am-{pair[1]}"]) >= 4.5


@pytest.mark.parametrize("mode", ["light", "dark", "print"])
@pytest.mark.parametrize("pair", GRAPHIC, ids="-on-".join)
def test_charts_can_be_told_apart(mode, pair):
    found = tokens(mode)
    assert contrast(found[f"--am-{pair[0]}"], found[f"--am-{pair[1]}"]) >= 3.0


def test_every_token_that_is_used_exists():
    css = pages.style("tokens", "base", "charts", "digest", "dashboard")
    assert set(re.findall(r"var\((--am-[a-z-]+)\)", css)) <= set(re.findall(r"(--am-[a-z-]+):", css))


def test_no_style_sheet_fetches_anything():
    css = pages.style("tokens", "base", "charts", "digest", "dashboard", "mail")
    assert not re.search(r"url\(|@import|https?:", css)


def test_every_class_of_a_chart_is_styled():
    css = pages.style("charts")
    import inspect

    from reports import charts, flows, quality

    used = set(re.findall(r"\bc-[a-z]+\b", "".join(map(inspect.getsource, (charts, flows, quality)))))
    assert used - set(re.findall(r"\.(c-[a-z]+)\b", css)) == set()
