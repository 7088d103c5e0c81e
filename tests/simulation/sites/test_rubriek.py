"""django-classified over real HTTP."""

import re
import time
from html import unescape

import httpx
import pytest

from simulation.serve import Market
from simulation.sites.rubriek import GROUPS
from simulation.world import World


@pytest.fixture
def client(market: Market):
    with httpx.Client(base_url=market.base_urls["nl_rubriek"], follow_redirects=False) as opened:
        yield opened


def test_groups_hold_every_item_once(market: Market, quiet_world: World, client: httpx.Client) -> None:
    market.set_day(quiet_world.days[3])
    live = quiet_world.site("nl_rubriek").listings(quiet_world.days[3])
    home = client.get("/").text
    groups = re.findall(r"<a href='(/group/[^']+)' title=\"([^\"]+)\">.*?dcf-group__count\">(\d+)<", home, re.DOTALL)
    assert sum(int(count) for _, _, count in groups) == len(live)
    found: list[str] = []
    for path, title, count in groups:
        assert unescape(title) in GROUPS
        page, here = 1, []
        while (answer := client.get(f"{path}?page={page}")).status_code == 200:
            here += re.findall(r"<a href='/(\d+)-[^']*' title=", answer.text)
            page += 1
        assert answer.status_code == 404
        assert len(here) == int(count)
        found += here
    assert sorted(found) == sorted(ad.listing_id for ad in live)


def test_item_pages_say_what_the_world_says(market: Market, quiet_world: World, client: httpx.Client) -> None:
    day = quiet_world.days[2]
    market.set_day(day)
    sitemap = dict(
        re.findall(r"<loc>http://[^/]+/(\d+)-[^<]*</loc><lastmod>([0-9-]+)</lastmod>", client.get("/sitemap.xml").text)
    )
    for ad in quiet_world.site("nl_rubriek").listings(day):
        text = unescape(client.get(f"/{ad.listing_id}-x/").text)
        assert f"<h2>{ad.title}</h2>" in text
        description = re.search(r'<div class="dcf-description">(.*?)</div>', text, re.DOTALL)
        assert description is not None
        assert re.sub(r"<[^>]+>", "\n", description[1]).split() == ad.body.split()
        eyebrow = re.search(r'<p class="dcf-eyebrow">(.*?)</p>', text, re.DOTALL)
        assert eyebrow is not None
        assert (ad.place or "Contact") in eyebrow[1]
        phone = re.search(r'dcf-contact__value">([^<]+)<', text)
        assert (phone[1] if phone else None) == ad.contact
        posted = re.search(r"Posted: ([^<]+) ago", text)
        assert posted is not None
        days = (day - ad.posted.date()).days
        if days == 0:
            assert "hour" in posted[1] or "minute" in posted[1]
        elif days < 7:
            assert posted[1].startswith(f"{days}\N{NO-BREAK SPACE}day")
        assert sitemap[ad.listing_id] == ad.refreshed.date().isoformat()


def test_robots_txt_is_the_application_s_own(client: httpx.Client) -> None:
    text = client.get("/robots.txt").text
    assert "Disallow: /user/" in text
    assert "Sitemap: http://127.0.0.1:" in text


def test_a_day_is_changed_within_a_second(market: Market, quiet_world: World) -> None:
    took = []
    for day in quiet_world.days:
        start = time.perf_counter()
        market.set_day(day)
        took.append(time.perf_counter() - start)
    assert sorted(took)[len(took) // 2] < 1.0
