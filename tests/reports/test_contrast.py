"""Contrast by the formula of WCAG, from the tokens themselves: what is read 4.5 to 1, what is seen 3 to 1.

The style sheets are read as a browser would: rules of the mode that is asked for, later ones over earlier ones, and
`var()` followed to the colour. tests/reports/browser looks at the same things in a real one.
"""

import re

import pytest

from reports import charts, pages, reasons

MODES = {
    "light": (),
    "dark": ("prefers-color-scheme: dark",),
    "high contrast": ("prefers-contrast: more",),
    "dark, high contrast": ("prefers-color-scheme: dark", "prefers-contrast: more"),
    "print": ("print",),
}
PAPER, GROUND = "--utrecht-surface-background-color", "--utrecht-document-background-color"
INK, SOFT, LINK = "--utrecht-document-color", "--am-soft", "--utrecht-link-color"
ALERTS = ("ok", "warning", "error")
TEXT = [
    *((text, under) for text in (INK, SOFT, LINK, "--utrecht-heading-color") for under in (PAPER, GROUND)),
    (PAPER, INK),  # the notice above a page
    ("--utrecht-page-header-color", "--utrecht-page-header-background-color"),
    ("--utrecht-page-footer-color", "--utrecht-page-footer-background-color"),
    ("--utrecht-table-header-color", PAPER),
    ("--utrecht-button-secondary-action-color", PAPER),
    ("--utrecht-form-control-color", "--utrecht-form-control-background-color"),
    (INK, "--am-hatch-ground"),
    (PAPER, "--am-dot"),  # the name of the place that a map of flows is about
    *((f"--utrecht-alert-{kind}-color", f"--utrecht-alert-{kind}-background-color") for kind in ALERTS),
    *((INK, f"--utrecht-alert-{kind}-background-color") for kind in ALERTS),
]
SEEN = [
    ("--am-band", PAPER),  # bars and flows
    ("--am-dot", PAPER),
    ("--am-dot", "--am-band"),
    ("--am-hatch", "--am-hatch-ground"),
    ("--am-hatch", PAPER),  # the edge of a hatched field, dashed flows
    ("--am-event", PAPER),  # lines where rules or sources changed
    (SOFT, PAPER),  # axes, edges of places
    (LINK, PAPER),
    ("--utrecht-focus-outline-color", PAPER),
    ("--utrecht-focus-outline-color", GROUND),
    ("--utrecht-button-secondary-action-border-color", PAPER),
    ("--utrecht-form-control-border-color", PAPER),
    *((f"--utrecht-alert-{kind}-border-color", PAPER) for kind in ALERTS),
    *((f"--utrecht-alert-{kind}-border-color", f"--utrecht-alert-{kind}-background-color") for kind in ALERTS),
]


def blocks(css):
    """Give (conditions, declarations) of each rule of the tokens, in order."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    for media, inner, plain in re.findall(r"@media ([^{]+)\{((?:[^{}]*\{[^}]*\})*)\s*\}|:root \{([^}]*)\}", css):
        yield media.strip(), dict(re.findall(r"(--[a-z0-9-]+):\s*([^;]+);", inner or plain))


def holds(media, asked):
    """Whether a media query goes for a mode: of its parts, "screen" and those asked for."""
    if not media:
        return True
    return all(
        (part == "screen" and "print" not in asked) or part.strip("()") in asked
        for part in re.split(r"\s+and\s+", media)
    )


def tokens(asked, css=None):
    found = {}
    for media, values in blocks(css or pages.style("tokens")):
        if holds(media, asked):
            found |= values
    return found


def colour(found, name):
    value = found[name]
    while inner := re.fullmatch(r"var\((--[a-z0-9-]+)\)", value):
        value = found[inner[1]]
    assert re.fullmatch(r"#[0-9a-f]{6}", value), (name, value)
    return value


def luminance(value):
    channels = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(found, first, second):
    high, low = sorted((luminance(colour(found, first)), luminance(colour(found, second))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def too_faint(found, pairs, bar):
    return [(*pair, round(contrast(found, *pair), 2)) for pair in pairs if contrast(found, *pair) < bar]


@pytest.mark.parametrize("mode", MODES)
def test_text_can_be_read(mode):
    assert too_faint(tokens(MODES[mode]), TEXT, 4.5) == []


@pytest.mark.parametrize("mode", MODES)
def test_marks_focus_and_edges_can_be_seen(mode):
    assert too_faint(tokens(MODES[mode]), SEEN, 3.0) == []


def test_the_modes_differ_and_faint_colours_are_found():
    """Positive control: the reader of style sheets tells modes apart, and a theme that is too faint is caught."""
    assert len({tuple(sorted(tokens(asked).items())) for asked in MODES.values()}) == len(MODES)
    faint = pages.style("tokens") + "\n:root { --am-band: #c9d8e8; --utrecht-link-color: #7aa7d6; }"
    assert {pair[0] for pair in too_faint(tokens((), faint), SEEN, 3.0)} >= {"--am-band", LINK}
    assert (LINK, PAPER) in [pair[:2] for pair in too_faint(tokens((), faint), TEXT, 4.5)]
    black_on_white = {"--a": "#000000", "--b": "#ffffff", "--c": "#777777"}
    assert contrast(black_on_white, "--a", "--b") == pytest.approx(21)
    assert contrast(black_on_white, "--c", "--b") == pytest.approx(4.48, abs=0.01)


def test_what_means_something_differs_in_shape_too():
    """Kinds have shapes, what is not shown a hatch or dashes, each state of a source a sign, a break a dashed line."""
    marks = [
        charts.Mark("a", "a", "published", 20, 10, 30, shape=shape) for shape in ("circle", "square", "diamond")
    ] + [charts.Mark("b", "b", "withheld", None, None, None, reason="x")]
    drawn = charts.rows("a", "t", marks)
    for shape in ("circle", "rect", "polygon"):
        assert len(re.findall(rf'<{shape} [^>]*class="c-dot"', drawn)) == 1
    assert "url(#a-hatch)" in drawn
    css = pages.style("charts")
    for dashed in ("c-flow-hidden", "c-break"):
        assert "stroke-dasharray" in re.search(rf"\.{dashed} \{{([^}}]*)\}}", css)[1]
    signs = dict(reasons.STATE_MARKS)
    assert signs.pop("refused") == signs.pop("failed")  # both: we got nothing
    assert len(set(signs.values())) == len(signs)


def test_every_token_that_is_used_exists():
    css = pages.style("tokens", "base", "charts", "digest", "dashboard", "chooser")
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", css))  # one with a fallback of its own need not
    assert used <= set(re.findall(r"(--[a-z0-9-]+):", css))


def test_every_name_of_ours_is_one_that_nl_design_system_lacks():
    own = set(re.findall(r"(--am-[a-z-]+):", pages.style("tokens")))
    assert own == {f"--am-{name}" for name in ["soft", "line", "grid", "band", "dot", "hatch", "hatch-ground", "event"]}
