"""axe-core finds nothing; pages reflow, grow with the reader's letters, and bow to what the reader's system asks."""

import itertools

import pytest
from axe_playwright_python.sync_playwright import Axe

from reports import dashboard

pytestmark = pytest.mark.browser

PAGES = [
    *(slug for slug, _ in dashboard.PAGES), "gemeenten/GM0153", "dagbericht", "dagbericht-mail", "hulpverlening",
    "pakket/index", "pakket/kwaliteit",
]  # fmt: skip
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe()
OPEN = "document.querySelectorAll('details').forEach(it => { it.open = true })"


def violations(page):
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}}
    found = AXE.run(page, options=options).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"][:3]], one["help"]) for one in found]


def wide(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit, folder, name):
    """Light and wide as it opens; dark and narrow with all that can be opened. The other ways: test below."""
    for width, scheme, is_open in ((1280, "light", False), (320, "dark", True)):
        seen = visit(width=width, color_scheme=scheme)
        seen.page.goto((folder / f"{name}.html").as_uri())
        if is_open:
            seen.page.evaluate(OPEN)
        assert violations(seen.page) == [], (width, scheme)
        assert wide(seen.page) <= 0  # WCAG 1.4.10: only tables scroll, inside their own frame


@pytest.mark.full
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_in_any_view(visit, folder, name):
    views = itertools.product((1280, 320), ("light", "dark"), (False, True), ("no-preference", "more"))
    for width, scheme, is_open, contrast in views:
        seen = visit(width=width, color_scheme=scheme, contrast=contrast)
        seen.page.goto((folder / f"{name}.html").as_uri())
        if is_open:
            seen.page.evaluate(OPEN)
        assert violations(seen.page) == [], (width, scheme, is_open, contrast)
        assert wide(seen.page) <= 0


def test_axe_finds_what_is_broken(visit, folder, tmp_path):
    """Positive control: without a language, with faint letters, a button without a name and a heading left out."""
    source = (folder / "index.html").read_text(encoding="utf-8").replace('<html lang="nl">', "<html>")
    broken = tmp_path / "broken.html"
    broken.write_text(
        source.replace("<h1>", '<button></button><p style="color: #ccc; background: #fff">Dit is te bleek.</p><h4>')
    )
    seen = visit(bypass_csp=True)
    seen.page.goto(broken.as_uri())
    assert {"html-has-lang", "button-name", "color-contrast"} <= {one for one, _, _ in violations(seen.page)}


@pytest.mark.parametrize("name", ["index", "ontwikkeling", "vergelijken", "kwaliteit", "dagbericht"])
def test_letters_of_twice_the_size_fit(visit, folder, name):
    """WCAG 1.4.4: all sizes follow the reader's letters; nothing is cut off or runs out of the page."""
    seen = visit()
    seen.page.goto((folder / f"{name}.html").as_uri())
    before = seen.page.locator("p").first.evaluate("it => parseFloat(getComputedStyle(it).fontSize)")
    seen.page.evaluate("document.documentElement.style.fontSize = '200%'")
    seen.page.evaluate(OPEN)
    after = seen.page.locator("p").first.evaluate("it => parseFloat(getComputedStyle(it).fontSize)")
    assert after == pytest.approx(2 * before)
    assert wide(seen.page) <= 0
    cut = """all => all.filter(it => it.checkVisibility() && !it.matches('.hidden, .scroll, .chooser ul')
      && getComputedStyle(it).overflowX !== 'visible' && it.scrollWidth > it.clientWidth + 1).map(it => it.outerHTML.slice(0, 90))"""
    assert seen.page.locator("main *:not(svg *)").evaluate_all(cut) == []


@pytest.mark.parametrize("name", ["index", "ontwikkeling", "vergelijken", "downloads"])
def test_what_can_be_pressed_is_large_enough(visit, folder, name):
    """WCAG 2.5.8: 24 by 24; links within a sentence are excepted there."""
    seen = visit(width=320)
    seen.page.goto((folder / f"{name}.html").as_uri())
    seen.page.evaluate(OPEN)
    small = """all => all.filter(it => it.checkVisibility()).map(it => [it.outerHTML.slice(0, 90), it.getBoundingClientRect()])
      .filter(([_, box]) => box.width < 24 || box.height < 24).map(([words]) => words)"""
    assert seen.page.locator("button, summary, select, input, nav a").evaluate_all(small) == []


def test_what_the_system_asks_for_is_done(visit, folder):
    page = (folder / "ontwikkeling.html").as_uri()
    line = "getComputedStyle(document.querySelector('.card')).borderTopColor"

    def looks(expression, **options):
        seen = visit(**options)
        seen.page.goto(page)
        return seen.page.evaluate(expression)

    assert looks(line, contrast="more") != looks(line)
    ink = "getComputedStyle(document.body).color"
    assert looks(line, contrast="more") == looks(ink, contrast="more")
    scroll = "getComputedStyle(document.documentElement).scrollBehavior"
    assert (looks(scroll, reduced_motion="reduce"), looks(scroll, reduced_motion="no-preference")) == ("auto", "smooth")
    # In the system's own two colours a bar, its mark and a hatch are outlines and shapes.
    shapes = """['.c-band', '.c-dot', '.c-hatch-line'].map(it => getComputedStyle(document.querySelector(it)))
      .map(it => [it.fill, it.stroke])"""
    band, dot, hatch = looks(shapes, forced_colors="active")
    assert band[0] != band[1]
    assert dot[0] == band[1]
    assert hatch[1] == band[1]


def test_a_municipality_puts_on_its_own_theme(visit, fill, write, tmp_path):
    """Tokens of NL Design System change what they name, on light pages; the dark ones stay ours."""
    theme = """:root {
      --utrecht-document-color: #101010; --utrecht-document-background-color: #fafaf5;
      --utrecht-document-font-family: "Liberation Serif", serif; --utrecht-heading-color: #5a0038;
      --utrecht-heading-font-family: "Liberation Mono", monospace; --utrecht-link-color: #006040;
      --utrecht-page-header-background-color: #ffe000; --utrecht-page-header-color: #200000;
      --utrecht-table-header-border-block-end-color: #5a0038; --utrecht-focus-outline-color: #aa0000;
      --utrecht-button-secondary-action-color: #5a0038; --utrecht-alert-ok-background-color: #eefff0;
      --utrecht-page-max-inline-size: 50rem;
    }"""
    made = dashboard.render(fill.snapshot(weeks=4), contact="x", theme=theme)
    write(made, tmp_path)
    looks = """() => {
      const of = (where, what) => getComputedStyle(document.querySelector(where))[what];
      return [of('body', 'color'), of('body', 'backgroundColor'), of('body', 'fontFamily'), of('h1', 'color'),
        of('h1', 'fontFamily'), of('main a', 'color'), of('.top', 'backgroundColor'), of('.top .name', 'color'),
        of('thead th', 'borderBottomColor'), of('.tools button', 'color'), of('.banner.good', 'backgroundColor'),
        of('main', 'maxWidth')];
    }"""
    light, dark = visit(color_scheme="light").page, visit(color_scheme="dark").page
    light.goto((tmp_path / "index.html").as_uri())
    assert light.evaluate(looks) == [
        "rgb(16, 16, 16)", "rgb(250, 250, 245)", '"Liberation Serif", serif', "rgb(90, 0, 56)",
        '"Liberation Mono", monospace', "rgb(0, 96, 64)", "rgb(255, 224, 0)", "rgb(32, 0, 0)", "rgb(90, 0, 56)",
        "rgb(90, 0, 56)", "rgb(238, 255, 240)", "800px",
    ]  # fmt: skip
    light.locator("summary").first.focus()
    light.keyboard.press("Shift")  # a key, so that focus is shown
    assert light.evaluate("getComputedStyle(document.activeElement).outlineColor") == "rgb(170, 0, 0)"
    dark.goto((tmp_path / "index.html").as_uri())
    assert dark.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(10, 15, 20)"
