"""Both peers come up, show what their truth says, change on request and leave nothing behind."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
from classified_app import COUNT as ITEMS
from classified_app import ClassifiedApp
from forum_app import COUNT as TOPICS
from forum_app import ForumApp
from parsel import Selector
from peer import Item, PeerApp, PeerStopped, canonical

HERE = Path(__file__).parent
APPS = {"classified": (ClassifiedApp, ITEMS), "forum": (ForumApp, TOPICS)}
MONTHS = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]


@pytest.fixture(scope="module")
def classified() -> Iterator[ClassifiedApp]:
    with ClassifiedApp() as app:
        yield app


@pytest.fixture(scope="module")
def forum() -> Iterator[ForumApp]:
    with ForumApp() as app:
        yield app


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest) -> PeerApp:
    return request.getfixturevalue(request.param)


def get(url: str) -> Selector:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return Selector(answer.read().decode())


def status(app: PeerApp, path: str) -> int:
    try:
        with urllib.request.urlopen(app.base_url + path, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def text(page: Selector, css: str) -> str:
    """Give what stands in the first match, its blocks and breaks as lines, without the project's own reading of pages."""
    lines = re.sub(r"<br ?/?>|</?(?:p|ul|li|blockquote)\b[^>]*>", "\n", page.css(css).get() or "")
    return canonical("".join(Selector(f"<div>{lines}</div>").css("::text").getall()))


def pages(first_url: str, css: str, label: str) -> Iterator[Selector]:
    """Give all pages of one list, by its link to the next one."""
    url: str | None = first_url
    while url:
        page = get(url)
        yield page
        following = [a.attrib["href"] for a in page.css(css) if canonical(a.css("::text").get() or "") == label]
        url = urljoin(url, following[0]) if following and following[0] else None


def classified_cards(app: PeerApp) -> dict[str, str]:
    front, cards = get(f"{app.base_url}/"), {}
    groups = front.css("li.dcf-group a")
    for group in groups:
        in_group: list[tuple[str, str]] = []
        for page in pages(urljoin(app.base_url, group.attrib["href"]), "ul.pagination a.page-link", "Next"):
            in_group += [(a.attrib["href"], text(a, "a")) for a in page.css("table.table-hover tbody td a")]
            said = page.css('meta[property="og:description"]::attr(content)').re(r"Browse (\d+) listing")
        assert len(in_group) == int(group.css("span.dcf-group__count::text").get()) == int(said[0])
        cards |= {re.match(r"/(\d+)-", link)[1]: title for link, title in in_group}
    assert len(cards) == sum(map(int, front.css("span.dcf-section__count::text").getall()))
    return cards


def forum_cards(app: PeerApp) -> dict[str, str]:
    front, cards = get(f"{app.base_url}/"), {}
    for link in front.css("a.forum-name-link::attr(href), div.sub-forums a::attr(href)").getall():
        for page in pages(urljoin(app.base_url, link), "ul.pagination li:last-child a.page-link", "»"):
            found = page.css("div.topiclist div.row:has(> div.topic-name) a.topic-name-link")
            cards |= {re.search(r"-(\d+)/$", a.attrib["href"])[1]: text(a, "a") for a in found}
    assert len(cards) == int(front.css("p.statistics b::text").getall()[1])
    return cards


def read_classified(page: Selector) -> Item:
    eyebrow = [part.strip() for part in text(page, "p.dcf-eyebrow").replace("\n", " ").split("·")]
    price = text(page, "p.dcf-item-price").replace(".", "").replace(",", ".").removeprefix("€ ")
    return Item(
        title=text(page, "div.dcf-item-head h2"),
        body_text=text(page, "div.dcf-description"),
        path=quote(urlsplit(page.css("link[rel=canonical]::attr(href)").get() or "").path),
        posted=date.min,  # it is an age, rounded by the application
        place=eyebrow[0] if len(eyebrow) == 3 else None,
        section=eyebrow[-2],
        category=eyebrow[-1],
        contact=text(page, "div.dcf-contact span.dcf-contact__value") or None,
        price=price,
    )


def read_forum(page: Selector) -> Item:
    post, crumbs = page.css("div.post:first-child"), page.css("li.breadcrumb-item a")
    begun = re.search(r" op (\d+) (\w+) (\d{4})", text(post, "small.text-muted"))
    return Item(
        title=text(page, "h1"),
        body_text=text(post, "div.post-content"),
        path=crumbs[-1].attrib["href"],
        posted=date(int(begun[3]), MONTHS.index(begun[2]) + 1, int(begun[1])),
        category=text(page, "li.breadcrumb-item:nth-last-child(2) a"),
        section=text(crumbs[-3], "a") if len(crumbs) > 3 else None,
        author=text(post, "div.username"),
    )


def without_day(item: Item) -> Item:
    return Item.from_json(item.to_json() | {"posted": date.min.isoformat()})


def test_seeded_in_full(classified: ClassifiedApp, forum: ForumApp) -> None:
    assert (len(classified.truth), len(forum.truth)) == (ITEMS, TOPICS)


def test_classified_index_holds_every_item_once(classified: ClassifiedApp) -> None:
    assert classified_cards(classified) == {key: item.title for key, item in classified.truth.items()}


def test_forum_index_holds_every_topic(forum: ForumApp) -> None:
    assert forum_cards(forum) == {key: item.title for key, item in forum.truth.items()}


def test_classified_pages_say_what_is_true(classified: ClassifiedApp) -> None:
    read = {key: read_classified(get(classified.base_url + item.path)) for key, item in classified.truth.items()}
    assert read == {key: without_day(item) for key, item in classified.truth.items()}


def test_forum_pages_say_what_is_true(forum: ForumApp) -> None:
    read = {key: read_forum(get(forum.base_url + item.path)) for key, item in forum.truth.items()}
    assert read == dict(forum.truth)


def test_classified_has_what_makes_reading_hard(classified: ClassifiedApp) -> None:
    items = classified.truth.values()
    assert {None} < {item.place for item in items}
    assert {None} < {item.contact for item in items}
    assert len({item.title for item in items}) < len(items)
    texts = "\n".join(item.body_text for item in items)
    assert all(piece in texts for piece in ("<b>", "&amp;", "ü", "❤️", "www.voorbeeld.example"))
    assert all("06 2000" in (item.contact or "06 2000").replace("-", " ").replace("+31 6", "06") for item in items)


def test_forum_announcement_stands_on_every_page(forum: ForumApp) -> None:
    first, second = (get(f"{forum.base_url}/forum/fietsen-fietsers-2/?page={page}") for page in (1, 2))
    both = set(first.css("a.topic-name-link::attr(href)").getall()) & set(
        second.css("a.topic-name-link::attr(href)").getall()
    )
    assert len(both) == 1


def test_listing_comes_changes_and_goes(app: PeerApp) -> None:
    before = dict(app.truth)
    listing_id = app.add(title="Nieuw & vers", text="Eerste regel.\n\nTweede alinea.")
    path = app.truth[listing_id].path
    assert listing_id not in before
    assert "Nieuw & vers" in text(get(app.base_url + path), "body")
    app.change(listing_id, text="Alles is anders.")
    assert app.truth[listing_id].body_text == "Alles is anders."
    assert "Alles is anders." in text(get(app.base_url + path), "body")
    app.remove(listing_id)
    assert app.truth == before
    assert status(app, path) == 404


def test_change_without_fields_changes_the_text(app: PeerApp) -> None:
    listing_id, item = next(iter(app.truth.items()))
    app.change(listing_id)
    changed = app.truth[listing_id]
    assert changed.body_text != item.body_text
    assert (changed.title, changed.path, changed.posted) == (item.title, item.path, item.posted)


def test_what_cannot_be_done_is_said(app: PeerApp) -> None:
    with pytest.raises(PeerStopped, match="colour"):
        app.change(next(iter(app.truth)), colour="rood")
    assert status(app, "/") == 200


def test_day_moves_the_clock() -> None:
    with ClassifiedApp() as app:
        app.set_day(app.day + timedelta(days=3))
        added = app.add()
        sitemap = get(f"{app.base_url}/sitemap.xml").re(rf"/{added}-[^<]*</loc>\s*<lastmod>([\d-]+)")
        assert sitemap == [app.day.isoformat()] == [app.truth[added].posted.isoformat()]


def test_requests_are_noted_as_they_arrive(app: PeerApp) -> None:
    known, began = len(app.requests()), time.monotonic()
    for path in ("/", "/bestaat-niet/?a=%C3%A9"):
        status(app, path)
    noted = app.requests()[known:]
    assert [path for _, path in noted] == ["/", "/bestaat-niet/?a=%C3%A9"]
    assert began <= noted[0][0] <= noted[1][0] <= time.monotonic()


@pytest.mark.full
@pytest.mark.parametrize("name", APPS)
def test_seed_decides(name: str, request: pytest.FixtureRequest) -> None:
    kind, count = APPS[name]
    with kind(seed=7) as one, kind(seed=7) as other:
        assert one.truth == other.truth != request.getfixturevalue(name).truth
        assert len(one.truth) == count


@pytest.mark.parametrize("name", APPS)
def test_ends_with_its_block(name: str) -> None:
    with APPS[name][0]() as app:
        process_id, folder = app.process_id, app.folder
        assert folder.is_dir()
    assert not folder.exists()
    assert not is_running(process_id)


def test_ends_when_its_parent_is_killed() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(HERE)!r})\n"
        "from classified_app import ClassifiedApp\n"
        "with ClassifiedApp() as app:\n"
        "    print(app.process_id, app.folder, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process_id, folder = parent.stdout.readline().split()
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 10
    while is_running(int(process_id)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(int(process_id))
    assert not Path(folder).exists()


def is_running(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
