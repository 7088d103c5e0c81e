"""The three small sites, called as applications: every advertisement is found, and nothing depends on history."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from html import unescape
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest

from simulation.settings import WorldSettings
from simulation.sites.gegevens import Gegevens
from simulation.sites.kaartjes import Kaartjes
from simulation.sites.pages import ListingSite
from simulation.sites.prikbord import Prikbord, relative
from simulation.world import World, generate

SITES = (Kaartjes, Gegevens, Prikbord)
Get = Callable[..., tuple[int, dict[str, str], bytes]]


def getter(site: ListingSite) -> Get:
    def get(path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": method,
            "HTTP_HOST": "h:1",
        }
        setup_testing_defaults(environ)
        answers: list[tuple[str, list[tuple[str, str]]]] = []
        body = b"".join(site(environ, lambda status, headers: answers.append((status, headers))))
        return int(answers[0][0][:3]), dict(answers[0][1]), body

    return get


def index_path(site: ListingSite, page: int) -> str:
    return {"nl_kaartjes": "/advertenties?pagina=", "nl_gegevens": "/aanbod/pagina/", "nl_prikbord": "/bord.php?p="}[
        site.name
    ] + str(page)


def ids_on(site: ListingSite, body: bytes) -> list[str]:
    pattern = {
        "nl_kaartjes": rb'data-id="(\d+)"',
        "nl_gegevens": rb'"@id": "([0-9a-f]{12})"',
        "nl_prikbord": rb"<td class=nr>(\d+)<td>",
    }[site.name]
    return [found.decode() for found in re.findall(pattern, body)]


@pytest.mark.parametrize("kind", SITES)
def test_the_index_lists_every_live_advertisement_once(kind: type[ListingSite], quiet_world: World) -> None:
    site = kind(quiet_world)
    site.set_day(quiet_world.days[4])
    get, live = getter(site), quiet_world.site(kind.name).listings(quiet_world.days[4])
    found: list[str] = []
    page = 1
    while (answer := get(index_path(site, page)))[0] == 200:
        assert f"{len(live)} advertenties".encode() in answer[2]
        found += ids_on(site, answer[2])
        page += 1
    assert page - 2 == (len(live) - 1) // 50
    assert answer[0] == 404
    assert found == [ad.listing_id for ad in live]


@pytest.mark.parametrize("kind", SITES)
def test_each_page_is_the_same_however_one_came_to_the_day(kind: type[ListingSite], quiet_world: World) -> None:
    fresh, used = kind(quiet_world), kind(quiet_world)
    day = quiet_world.days[6]
    for other in (*quiet_world.days, day):
        used.set_day(other)
    fresh.set_day(day)
    for ad in quiet_world.site(kind.name).listings(day):
        assert getter(fresh)(fresh.path_of(ad)) == getter(used)(used.path_of(ad))
    assert getter(fresh)(index_path(fresh, 1)) == getter(used)(index_path(used, 1))


@pytest.mark.parametrize("kind", SITES)
def test_sitemap_and_robots(kind: type[ListingSite], quiet_world: World) -> None:
    site = kind(quiet_world)
    status, _, robots = getter(site)("/robots.txt")
    assert status == 200
    assert b"User-agent: *" in robots
    assert b"Sitemap: http://h:1/sitemap.xml" in robots
    locations = re.findall(
        r"<loc>http://h:1([^<]+)</loc><lastmod>(\S{10})</lastmod>", getter(site)("/sitemap.xml")[2].decode()
    )
    live = quiet_world.site(kind.name).listings(quiet_world.days[0])
    assert [unescape(path) for path, _ in locations] == [site.path_of(ad) for ad in live]
    assert all(getter(site)(unescape(path))[0] == 200 for path, _ in locations[:20])


@pytest.mark.parametrize("kind", SITES)
@pytest.mark.parametrize(
    "path", ["/nergens", "/advertentie/1", "/aanbod/zz", "/bericht.php?nr=1", "/bord.php?p=0", "/bord.php?p=x"]
)
def test_what_does_not_exist_is_404(kind: type[ListingSite], path: str, quiet_world: World) -> None:
    assert getter(kind(quiet_world))(path)[0] == 404


@pytest.mark.parametrize("kind", SITES)
def test_head_gives_headers_only_and_posting_is_refused(kind: type[ListingSite], quiet_world: World) -> None:
    get = getter(kind(quiet_world))
    status, headers, body = get("/robots.txt", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 0
    assert get("/robots.txt", "POST")[0] == 405
    assert get("/")[0] == 301


@pytest.mark.parametrize("kind", SITES)
def test_an_outage_takes_everything_or_some_index_pages(kind: type[ListingSite]) -> None:
    dark = generate(WorldSettings(days=3, outage_rate=1.0, calm_edges=False))
    get = getter(kind(dark))
    status, headers, _ = get("/robots.txt")
    assert status == 503
    assert int(headers["Retry-After"]) > 0
    dim = generate(WorldSettings(days=3, outage_rate=0.0, partial_rate=1.0, calm_edges=False))
    site = kind(dim)
    states = [getter(site)(index_path(site, page))[0] for page in range(1, 4)]
    assert 503 in states
    assert getter(site)("/robots.txt")[0] == 200


def test_kaartjes_shows_fields(quiet_world: World) -> None:
    site = Kaartjes(quiet_world)
    for ad in quiet_world.site("nl_kaartjes").listings(quiet_world.days[0]):
        text = unescape(getter(site)(site.path_of(ad))[2].decode())
        assert f'<dd class="plaats">{ad.place}</dd>' in text
        assert f"<h1>{ad.title}</h1>" in text
        assert all(f"<p>{part}</p>" in text for part in ad.body.split("\n"))
        assert (ad.contact is not None) == ('<a href="tel:' in text)


def test_kaartjes_layout_changes_on_its_day() -> None:
    for change, mark in (("mild", b"kaart--ruim"), ("breaking", b'<section class="tegel">')):
        world = generate(WorldSettings(seed=2, days=20, scale=0.2, layout_change=change, outage_rate=0, partial_rate=0))
        site = Kaartjes(world)
        assert world.layout_changed_on is not None
        site.set_day(world.layout_changed_on - timedelta(days=1))
        assert mark not in getter(site)("/advertenties")[2]
        site.set_day(world.layout_changed_on)
        assert mark in getter(site)("/advertenties")[2]


def test_gegevens_holds_one_block_of_data_that_is_true(quiet_world: World) -> None:
    site = Gegevens(quiet_world)
    for ad in quiet_world.site("nl_gegevens").listings(quiet_world.days[0]):
        blocks = re.findall(
            r'<script type="application/ld\+json">(.*?)</script>', getter(site)(site.path_of(ad))[2].decode()
        )
        assert len(blocks) == 1
        data = json.loads(blocks[0])
        assert (data["@id"], data["name"], data["description"]) == (ad.listing_id, ad.title, ad.body)
        assert data.get("areaServed", {}).get("name") == ad.place
        assert data.get("provider", {}).get("telephone") == ad.contact
        assert data.get("category") == ad.category
        assert data["datePosted"].startswith(ad.posted.date().isoformat())
        assert data["datePosted"].endswith(("+01:00", "+02:00"))


def test_prikbord_sends_every_kind_of_encoding(world: World) -> None:
    site = Prikbord(world)
    get, kinds = getter(site), set()
    for ad in world.site("nl_prikbord").listings(world.days[0]):
        _, headers, body = get(site.path_of(ad))
        meta = re.search(rb"charset=([\w-]+)", body)
        assert meta is not None
        if b"<p>priv\xe9 \xb7 \xe9\xe9n bericht</p>" in body:
            kinds.add("mixed")
            text = body.replace(b"<p>priv\xe9 \xb7 \xe9\xe9n bericht</p>", b"").decode("utf-8")
        elif meta[1] != b"utf-8":
            assert headers["Content-Type"] == "text/html"
            text = body.decode(meta[1].decode())
            kinds.add(meta[1].decode())
        else:
            try:
                text = body.decode("utf-8")
                kinds.add("bom" if body.startswith(b"\xef\xbb\xbf") else "nul" if b"\0" in body else "utf-8")
            except UnicodeDecodeError:
                text = body.decode("cp1252")
                kinds.add("cp1252")
        assert all(part in unescape(text) for part in ad.body.split("\n"))
    assert kinds >= {"utf-8", "cp1252", "mixed", "bom", "nul", "windows-1250", "windows-1251"}


@pytest.mark.parametrize(
    ("ago", "written"),
    [(0, "vandaag 08:05"), (1, "gisteren 08:05"), (2, "eergisteren"), (13, "13 dagen geleden"), (14, "18-10-2026")],
)
def test_prikbord_dates_resolve_to_one_day(ago: int, written: str) -> None:
    today = date(2026, 11, 1)
    assert relative(datetime.combine(today, time(8, 5)) - timedelta(days=ago), today) == written
