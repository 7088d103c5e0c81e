"""A walk over every page and every control, by keyboard, from a file share and from a web server."""

from urllib.parse import urldefrag, urljoin

import pytest

from reports import dashboard

pytestmark = pytest.mark.browser

PAGES = [
    *(slug for slug, _ in dashboard.PAGES), "gemeenten/GM0153", "dagbericht", "dagbericht-mail", "hulpverlening",
    "pakket/index", "pakket/kwaliteit",
]  # fmt: skip

CONTROLS = "a[href], button, select, input, summary, [tabindex='0']"
# Focus is written down by the page itself, so that a test only presses keys.
WATCH = """controls => {
  window.order = []; window.bare = [];
  window.wanted = [...document.querySelectorAll(controls)].filter(it => it.checkVisibility());
  addEventListener('focusin', event => {
    const at = event.target, looks = getComputedStyle(at), box = at.getBoundingClientRect();
    window.order.push(at);
    if (looks.outlineStyle === 'none' || parseFloat(looks.outlineWidth) < 2) window.bare.push(at.outerHTML.slice(0, 90));
  });
  return window.wanted.length;
}"""


def open_all(page):
    page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true })")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_from_a_file_share_and_from_a_server(visit, folder, address, name):
    seen = visit()
    for url in ((folder / f"{name}.html").as_uri(), f"{address}/{name}.html"):
        if name == "dagbericht-mail" and url.startswith("http"):
            continue  # a mail is on no server
        seen.requests.clear()
        answer = seen.page.goto(url)
        assert answer.ok
        assert seen.requests == [url]  # nothing but the page itself, not even an icon
        assert seen.page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert seen.wrong == []


@pytest.mark.parametrize("name", PAGES)
def test_the_keyboard_reaches_everything_in_order_and_is_never_trapped(visit, folder, name):
    seen = visit()
    seen.page.goto((folder / f"{name}.html").as_uri())
    open_all(seen.page)
    count = seen.page.evaluate(WATCH, CONTROLS)
    for _ in range(count):
        seen.page.keyboard.press("Tab")
    assert seen.page.evaluate("order.length === wanted.length && order.every((it, at) => it === wanted[at])")
    assert seen.page.evaluate("bare") == []  # focus can be seen
    if count:
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement !== wanted.at(-1) || wanted.length === 1")
    assert seen.wrong == []


def test_the_skip_link_leads_to_the_content(visit, folder):
    seen = visit()
    for name in ("index", "gemeenten/GM0153", "dagbericht", "pakket/index"):  # one for each way a page is made
        seen.page.goto((folder / f"{name}.html").as_uri())
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.matches('.skip') && document.activeElement.checkVisibility()")
        assert seen.page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        seen.page.keyboard.press("Enter")
        assert seen.page.evaluate("document.activeElement.id || location.hash").endswith("inhoud"), name
    assert seen.wrong == []


@pytest.mark.parametrize("name", PAGES)
def test_every_control_works_by_key(visit, folder, name):
    seen = visit(accept_downloads=True)
    page = seen.page
    page.goto((folder / f"{name}.html").as_uri())
    for box in page.locator("summary").all():
        for key in ("Enter", "Space"):
            was = box.evaluate("it => it.parentElement.open")
            box.focus()
            page.keyboard.press(key)
            assert box.evaluate("it => it.parentElement.open") is not was
    open_all(page)
    for button in page.locator("main button").all()[:7]:
        button.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Space")
    page.evaluate("addEventListener('change', () => { window.changes = (window.changes ?? 0) + 1 })")
    for number, list_ in enumerate(page.locator("select").all(), 1):
        list_.focus()
        page.keyboard.press("ArrowDown" if list_.evaluate("it => it.selectedIndex") == 0 else "ArrowUp")
        assert page.evaluate("changes") == number
    for tick in page.locator("input[type=checkbox]").all():
        was = tick.is_checked()
        tick.focus()
        page.keyboard.press("Space")
        assert tick.is_checked() is not was
    for found in page.locator("input[type=search]").all():
        found.focus()
        page.keyboard.type("ensch")
        assert found.input_value() == "ensch"
    assert seen.wrong == []


def test_every_link_leads_somewhere(visit, folder, address):
    """All pages that can be reached from the first are opened; of the municipalities, made alike, one is."""
    seen = visit()
    waiting, targets, anchors, done = {f"{address}/index.html"}, set(), set(), {}
    while waiting:
        url = waiting.pop()
        assert seen.page.goto(url).ok, url
        done[url] = set(seen.page.locator("[id]").evaluate_all("all => all.map(it => it.id)"))
        for href in seen.page.locator("a[href]").evaluate_all("all => all.map(it => it.getAttribute('href'))"):
            target, anchor = urldefrag(urljoin(url, href))
            targets.add(target)
            if anchor:
                anchors.add((target, anchor))
            if target.endswith(".html") and ("/gemeenten/" not in target or target.endswith("GM0153.html")):
                waiting |= {target} - done.keys()
    assert not [url for url in targets if not (folder / url.removeprefix(f"{address}/")).is_file()]
    assert all(anchor in done[target] for target, anchor in anchors)
    assert seen.wrong == []
    assert len(done) > len(dashboard.PAGES)


def test_enter_follows_the_menu(visit, folder):
    seen = visit()
    for slug, title in dashboard.PAGES:
        seen.page.goto((folder / "methode.html").as_uri())
        seen.page.locator("nav.main").get_by_text(title, exact=True).focus()
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url(f"**/{slug}.html")
        assert seen.page.locator("nav.main [aria-current=page]").text_content() == title
    assert seen.wrong == []


@pytest.mark.parametrize("name", PAGES)
def test_without_a_script_everything_can_be_read(visit, folder, name):
    seen = visit(java_script_enabled=False)
    seen.page.goto((folder / f"{name}.html").as_uri())
    assert seen.page.locator("h1").is_visible()
    assert seen.page.locator("button, select, input").locator("visible=true").count() == 0  # no dead controls
    for chart in seen.page.locator("main figure").locator("visible=true").all():
        assert chart.locator("svg").locator("visible=true").count() == 1
    for box in seen.page.locator("details").locator("visible=true").all()[:3]:
        box.locator("summary").click()
        assert box.locator("table, ul").first.is_visible()


def test_a_page_is_small(folder):
    sizes = {path.name: path.stat().st_size for path in folder.rglob("*.html")}
    assert max(sizes.values()) <= 250_000
