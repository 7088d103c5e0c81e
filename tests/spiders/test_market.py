"""The four sources against the sites of the synthetic market, as they are and with their pages changed."""

import re
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin

import pytest
from loopback_site import Site

from simulation.serve import Market
from simulation.settings import WorldSettings
from simulation.world import World, generate
from spiders import classes
from warehouse.records import Listing

SOURCES = ("nl_kaartjes", "nl_gegevens", "nl_prikbord", "nl_rubriek")
SETTINGS = WorldSettings(seed=11, days=6, scale=0.12, outage_rate=0, partial_rate=0, layout_change="none")
NOT_FIELDS = re.compile(r"/(user|static|search|new|rss|beheer|account|admin)\b")


@pytest.fixture(scope="module")
def world() -> World:
    return generate(SETTINGS)


@pytest.fixture(scope="module")
def market(world) -> Iterator[Market]:
    with Market(world, ports=(0, 0, 0, 0)) as market:
        yield market


def truth(world, source, day):
    return {ad.listing_id: ad for ad in world.site(source).listings(day)}


@pytest.mark.parametrize("source", SOURCES)
def test_every_listing_is_read_as_it_is(crawl, world, market, source):
    market.set_day(SETTINGS.first_day)
    crawled = crawl(market.base_urls[source], source=source, day=SETTINGS.first_day)
    assert crawled.verdict == ("ok", "")
    assert crawled.log.completeness == 1.0
    ads = truth(world, source, SETTINGS.first_day)
    assert {listing.listing_id for listing in crawled.listings} == set(ads)
    for listing in crawled.listings:
        ad = ads[listing.listing_id]
        assert (listing.title, listing.body) == (ad.title, ad.body)
        if source != "nl_prikbord":
            assert listing.place == (ad.place or None)
            assert listing.contact == (ad.contact or None)
        if source in {"nl_kaartjes", "nl_gegevens", "nl_prikbord"}:
            assert listing.posted_date == ad.posted.date()


@pytest.mark.parametrize("source", SOURCES)
def test_on_later_days_only_new_and_changed_pages_are_fetched(crawl, world, market, source):
    days = world.days[:3]
    known: dict[str, str] = {}
    before: dict[str, object] = {}
    for day in days:
        market.set_day(day)
        crawled = crawl(market.base_urls[source], source=source, day=day, known=known)
        assert crawled.verdict == ("ok", "")
        ads = truth(world, source, day)
        assert {record.listing_id for record in crawled.records} == set(ads)
        read = {listing.listing_id for listing in crawled.listings}
        due = {key for key, ad in ads.items() if before.get(key) != (ad.title, ad.body, ad.refreshed.date())}
        told = {key for key, ad in ads.items() if before.get(key, ("",))[0] != ad.title} | (set(ads) - set(before))
        assert told <= read
        # The board's stamps name a day; a card with a clock time moves within a day too.
        assert len(read - due) <= len(ads) // 10
        assert {key for key in due if (before.get(key) or ("", ""))[1] != ads[key].body} <= read
        known = {listing_id: card for listing_id, (card, _) in crawled.noted.items()}
        before = {key: (ad.title, ad.body, ad.refreshed.date()) for key, ad in ads.items()}
    market.set_day(SETTINGS.first_day)


@pytest.mark.parametrize("source", ["nl_kaartjes", "nl_gegevens", "nl_prikbord"])
def test_pages_that_are_as_they_were_are_not_sent_again(crawl, world, market, source):
    market.set_day(SETTINGS.first_day)
    first = crawl(market.base_urls[source], source=source, day=SETTINGS.first_day)
    again = crawl(market.base_urls[source], source=source, day=SETTINGS.first_day, said=first.said)
    assert again.verdict == ("ok", "")
    assert (again.log.listings_read, again.log.listings_unchanged) == (0, first.log.listings_read)
    assert again.log.completeness == 1.0
    assert {day for _, day in again.noted.values()} == {SETTINGS.first_day}
    market.set_day(world.days[2])
    later = crawl(market.base_urls[source], source=source, day=world.days[2], said=first.said)
    ads, before = truth(world, source, world.days[2]), truth(world, source, SETTINGS.first_day)
    changed = {key for key, ad in ads.items() if key not in before or before[key].body != ad.body}
    assert changed <= {listing.listing_id for listing in later.listings}
    market.set_day(SETTINGS.first_day)


@dataclass
class Mirror:
    """All pages of a source on the first day, on a site whose answers a test can change."""

    pages: dict[str, tuple[str, bytes]]
    origin: str

    def serve(self, site: Site, change: Callable[[str, bytes], bytes]) -> int:
        """Serve the pages changed; give how many of them are."""
        struck = 0
        for path, (kind, body) in self.pages.items():
            at_home = body.replace(self.origin.encode(), site.url.encode())
            if kind.startswith("text/html"):
                before, at_home = at_home, change(path, at_home)
                struck += at_home != before
            site.routes[path] = (200, {"Content-Type": kind}, at_home)
        return struck


def mirrored(base: str, start: tuple[str, ...]) -> Mirror:
    pages: dict[str, tuple[str, bytes]] = {}
    ahead = [base + path for path in ("/robots.txt", "/sitemap.xml", *start)]
    while ahead:
        url = ahead.pop()
        path = url.removeprefix(base)
        if path in pages:
            continue
        with urllib.request.urlopen(url) as answer:
            kind, body = answer.headers["Content-Type"], answer.read()
        pages[path] = (kind, body)
        for link in re.findall(rb"""<a [^>]*href=["']?([^"' >#]+)""", body):
            found = urljoin(url, unescape(link.decode("ascii", "ignore")))
            if found.startswith(base) and not NOT_FIELDS.search(found.removeprefix(base)):
                ahead.append(found)
    return Mirror(pages, base)


@pytest.fixture(scope="module")
def mirrors(market) -> dict[str, Mirror]:
    market.set_day(SETTINGS.first_day)
    return {name: mirrored(market.base_urls[name], classes.spider_class(name).start_paths) for name in SOURCES}


def is_listing(path: str) -> bool:
    return re.search(r"^/(advertentie/|aanbod/[0-9a-f]{12}$|bericht\.php|\d+-)", path) is not None


def on_index(change):
    return lambda path, body: body if is_listing(path) else change(body)


def on_listings(change):
    return lambda path, body: change(body) if is_listing(path) else body


def on_half(change):
    return lambda path, body: change(body) if is_listing(path) and sum(path.encode()) % 2 else body


def sub(pattern: str, to: str):
    return lambda body: re.sub(pattern.encode(), to.encode(), body, flags=re.DOTALL)


CLASSES = sub(r"class=([\"']?)(\w)", r"class=\1nieuw-\2")
CONSENT = (
    b"<title>Welkom</title><form><p>Wij vragen toestemming voor cookies</p><button>Alles accepteren</button></form>"
)
LOGIN = b"<title>Inloggen</title><form action='/inloggen'><input type=password></form>"
GONE = b"<title>Niet gevonden</title><h1>Deze advertentie bestaat niet meer</h1>"
ROBOT = b"<title>Even controleren</title><div class='h-captcha'></div>"
OTHER = b"<!doctype html><title>Nieuw!</title><div id=app></div><script src=app.js></script>"
MUTATIONS = {
    "classes renamed": lambda path, body: CLASSES(body),
    "classes renamed on index pages": on_index(CLASSES),
    "classes renamed on listings pages": on_listings(CLASSES),
    "headings moved": lambda path, body: sub(r"<(/?)h[12]\b", r"<\1h5")(body),
    "ids renamed": lambda path, body: sub(r"\b(data-id|id|@id)(\"?[=:])", r"sleutel\2")(body),
    "an extra wrapper": lambda path, body: sub(
        r"<body([^>]*)>(.*)</body>", r"<body\1><div class=nieuw>\2</div></body>"
    )(body),
    "json-ld dropped": lambda path, body: sub(r"<script type=.application/ld.json.>.*?</script>", "")(body),
    "a page made by a script": lambda path, body: OTHER,
    "consent page": lambda path, body: CONSENT,
    "consent page on listings pages": on_listings(lambda body: CONSENT),
    "login wall": on_listings(lambda body: LOGIN),
    "soft 404": on_listings(lambda body: GONE),
    "captcha": on_index(lambda body: ROBOT),
    "half the texts empty": on_half(
        sub(r"(<div class=\"(tekst|dcf-description)\">|<td class=tekst colspan=2>).*?(</div>|</table>)", r"\1\3")
    ),
    "half the descriptions empty": on_half(sub(r"\"description\": \"[^\"]*\"", '"description": ""')),
}


NOTHING_OF_THE_KIND = {
    *((source, "json-ld dropped") for source in ("nl_kaartjes", "nl_prikbord")),
    *((source, "half the descriptions empty") for source in ("nl_kaartjes", "nl_prikbord")),
    ("nl_gegevens", "half the texts empty"),
    ("nl_gegevens", "classes renamed on listings pages"),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("mutation", sorted(MUTATIONS))
def test_a_changed_layout_is_noticed_or_does_no_harm(crawl, site, world, mirrors, source, mutation):
    struck = mirrors[source].serve(site, MUTATIONS[mutation])
    assert bool(struck) is ((source, mutation) not in NOTHING_OF_THE_KIND)
    crawled = crawl(site.url, source=source, day=SETTINGS.first_day)
    ads = truth(world, source, SETTINGS.first_day)
    right = {
        record.listing_id: (record.title, record.body) for record in crawled.records if isinstance(record, Listing)
    } == {key: (ad.title, ad.body) for key, ad in ads.items()}
    assert crawled.error is None
    assert right or crawled.log.state != "ok"
    assert struck or crawled.verdict == ("ok", "")
    if mutation in {"classes renamed", "a page made by a script", "consent page", "login wall", "soft 404", "captcha"}:
        harmless = source == "nl_gegevens" and mutation == "classes renamed"
        assert (crawled.log.state == "ok") == harmless


@pytest.mark.parametrize("source", SOURCES)
def test_the_mirror_itself_is_healthy(crawl, site, mirrors, source):
    mirrors[source].serve(site, lambda path, body: body)
    assert crawl(site.url, source=source, day=SETTINGS.first_day).verdict == ("ok", "")


@pytest.mark.full
def test_outages_are_failures_and_missing_pages_are_known(crawl):
    settings = WorldSettings(seed=3, days=4, scale=1, outage_rate=0.3, partial_rate=0.4)
    world = generate(settings)
    seen = set()
    with Market(world, ports=(0, 0, 0, 0)) as market:
        for day in world.days[1:3]:
            market.set_day(day)
            for source in SOURCES[:3]:
                outage, ads = world.site(source).outage(day), truth(world, source, day)
                crawled = crawl(market.base_urls[source], source=source, day=day, delay=0)
                if outage.is_total:
                    assert crawled.verdict == ("failed", "robots_unreachable")
                    seen.add("total")
                elif outage.index_pages:
                    assert crawled.verdict == ("thin", "index_pages_missing")
                    assert crawled.log.completeness == pytest.approx(len(crawled.records) / len(ads), abs=1e-6)
                    pages = -(-len(ads) // 50)
                    assert len(crawled.records) == len(ads) - sum(
                        len(ads) - 50 * (page - 1) if page == pages else 50
                        for page in outage.index_pages
                        if page <= pages
                    )
                    seen.add("partial")
                else:
                    assert crawled.verdict == ("ok", "")
    assert seen == {"total", "partial"}
