"""Contracts without code, by kind of page: feeds, sitemaps, JSON-LD, listings on the index itself."""

import gzip
from datetime import date
from pathlib import Path

import pytest
import yaml
from loopback_site import READING, Board
from parsel import Selector

from spiders import classes, permission, register
from spiders.errors import RegisterInvalid
from spiders.extract import json_ld
from spiders.onboarding import PAGE_TYPES, begin

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Prikbord</title><link>{url}/</link>{items}</channel></rss>"""
ITEM = """<item><guid isPermaLink="false">a{n}</guid><title>Titel {n} &amp; meer</title><link>{url}/ad/a{n}</link>
<category>Thuis</category><pubDate>Mon, 12 Oct 2026 08:0{n}:00 +0200</pubDate>
<description><![CDATA[<p>Ontvang thuis,</p><p>advertentie {n}.</p>]]></description></item>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Prikbord</title>{items}</feed>"""
ENTRY = """<entry><id>tag:a{n}</id><title>Titel {n}</title><link rel="self" href="{url}/self"/><link href="{url}/ad/a{n}"/>
<category term="Thuis"/><updated>2026-10-12T08:00:00Z</updated><content type="html">&lt;p&gt;Tekst {n}&lt;/p&gt;</content></entry>"""


@pytest.fixture
def contract(site, tmp_path):
    def make(page_type: str, path: str, **changes) -> str:
        begun = begin(changes.pop("name", "nl_bord"), site.url + path, page_type, into=tmp_path)
        entry = yaml.safe_load(begun.contract.read_text())
        reading = entry["reading"]
        for part in ("index", "listing"):
            reading[part] |= changes.pop(part, {})
        entry |= {"enabled": True, "hours_cap": 0.02, "reading": reading} | changes
        begun.contract.write_text(yaml.safe_dump(entry))
        return str(begun.contract)

    return make


def xml(body: str, kind: str = "application/rss+xml") -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": kind}, body.encode()


@pytest.mark.parametrize("kind", ["application/rss+xml", "text/xml", "text/html", "application/octet-stream"])
def test_an_rss_feed_holds_its_listings(crawl, site, contract, kind):
    site.routes["/rss"] = xml(
        RSS.format(url=site.url, items="".join(ITEM.format(url=site.url, n=n) for n in range(5))), kind
    )
    made = contract("feed", "/rss")
    crawled = crawl(site.url, contract=made)
    assert crawled.verdict == ("ok", ""), crawled.log_text
    first = next(listing for listing in crawled.listings if listing.listing_id == "a1")
    assert (first.title, first.body, first.category) == ("Titel 1 & meer", "Ontvang thuis,\nadvertentie 1.", "Thuis")
    assert first.posted_date.isoformat() == "2026-10-12"
    assert not any(path.startswith("/ad/") for path in site.paths)
    known = {listing_id: card for listing_id, (card, _) in crawled.noted.items()}
    again = crawl(site.url, contract=made, known=known)
    assert (len(again.listings), len(again.presences)) == (0, 5)


def test_an_atom_feed_holds_its_listings(crawl, site, contract):
    site.routes["/atom"] = xml(
        ATOM.format(items="".join(ENTRY.format(url=site.url, n=n) for n in range(4))), "application/atom+xml"
    )
    crawled = crawl(site.url, contract=contract("feed", "/atom"))
    assert crawled.verdict == ("ok", ""), crawled.log_text
    assert {(each.listing_id, each.title, each.body, each.category) for each in crawled.listings} == {
        (f"tag:a{n}", f"Titel {n}", f"Tekst {n}", "Thuis") for n in range(4)
    }


def test_messages_of_a_channel_stand_on_the_pages_themselves_and_lead_to_earlier_ones(crawl, site, contract):
    def page(numbers: range, earlier: str) -> str:
        messages = "".join(
            f"<div class=bericht data-post=kanaal/{n}><div class=tekst>Regel een van {n}<br>en meer</div>"
            f"<a class=tijd href='/kanaal/{n}'><time datetime=2026-10-12T08:00>12 okt</time></a></div>"
            for n in numbers
        )
        return f"<!doctype html><title>Kanaal</title><section class=kanaal>{messages}</section>{earlier}"

    site.routes["/s/kanaal"] = page(range(5, 9), "<a class=eerder href='/s/kanaal?before=5'>eerder</a>")
    site.routes["/s/kanaal?before=5"] = page(range(1, 5), "")
    made = contract(
        "html",
        "/s/kanaal",
        index={
            "proof": "section.kanaal",
            "each": "div.bericht",
            "listing_id": "::attr(data-post)",
            "url": "a.tijd::attr(href)",
            "content": ["div.tekst"],
            "next": "a.eerder::attr(href)",
        },
        listing={
            "on_index": True,
            "listing_id": "::attr(data-post)",
            "title": {"select": "div.tekst", "pattern": "^.{1,80}"},
            "body": "div.tekst",
            "posted_date": "time::attr(datetime)",
        },
    )
    crawled = crawl(site.url, contract=made)
    assert crawled.verdict == ("ok", ""), crawled.log_text
    assert {(each.listing_id, each.title, each.body) for each in crawled.listings} == {
        (f"kanaal/{n}", f"Regel een van {n}", f"Regel een van {n}\nen meer") for n in range(1, 9)
    }
    assert not any(path.startswith("/kanaal/") for path in site.paths)


def test_a_feed_that_became_a_page_is_a_change(crawl, site, contract):
    site.routes["/rss"] = "<!doctype html><title>Prikbord</title><h1>Welkom</h1>"
    assert crawl(site.url, contract=contract("feed", "/rss")).verdict == ("changed", "index_page_changed")


@pytest.mark.parametrize("packed", [False, True])
def test_a_sitemap_of_sitemaps_is_an_index(crawl, site, contract, packed):
    board = Board(site, count=8).fill()
    parts = ("a", range(1, 6)), ("b", range(6, 9))
    ending = ".xml.gz" if packed else ".xml"
    site.routes["/sitemap.xml"] = xml(
        "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
        + "".join(f"<sitemap><loc>{site.url}/{name}{ending}</loc></sitemap>" for name, _ in parts)
        + "</sitemapindex>"
    )
    for name, numbers in parts:
        entries = "".join(f"<url><loc>{site.url}/ad/a{n}</loc><lastmod>2026-10-0{n}</lastmod></url>" for n in numbers)
        body = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{site.url}/over</loc></url>{entries}</urlset>"
        kind = "application/gzip" if packed else "text/xml"
        site.routes[f"/{name}{ending}"] = (
            200,
            {"Content-Type": kind},
            gzip.compress(body.encode()) if packed else body.encode(),
        )
    listing = READING["listing"] | {"listing_id": {"select": "@url", "pattern": r"/ad/(a\d+)$"}}
    index = {"each": '//url[contains(loc, "/ad/")]', "listing_id": {"select": "@url", "pattern": r"/ad/(a\d+)$"}}
    crawled = crawl(site.url, contract=contract("sitemap", "/sitemap.xml", index=index, listing=listing))
    assert crawled.verdict == ("ok", ""), crawled.log_text
    assert {each.listing_id for each in crawled.listings} == {f"a{n}" for n in range(1, board.count + 1)}
    assert crawled.log.index_pages_fetched == 3


def test_off_site_links_in_a_sitemap_are_not_followed(crawl, site, contract):
    Board(site, count=2).fill()
    links = [
        f"{site.url}/ad/a1",
        f"{site.url}/ad/a2",
        "http://169.254.169.254/ad/a3",
        "http://127.0.0.1:9/ad/a4",
        "file:///ad/a5",
    ]
    site.routes["/sitemap.xml"] = xml(f"<urlset>{''.join(f'<url><loc>{link}</loc></url>' for link in links)}</urlset>")
    pattern = {"select": "@url", "pattern": r"/ad/(a\d+)$"}
    made = contract(
        "sitemap",
        "/sitemap.xml",
        index={"each": "url", "listing_id": pattern},
        listing=READING["listing"] | {"listing_id": pattern},
    )
    crawled = crawl(site.url, contract=made)
    assert crawled.verdict == ("changed", "cards_unreadable")
    assert {each.listing_id for each in crawled.records} == {"a1", "a2"}


def test_json_ld_and_selectors_stand_side_by_side(crawl, site, contract):
    item = '{{"@type": "ListItem", "item": {{"@id": "a{n}", "url": "/ad/a{n}", "name": "Titel {n}", "dateModified": "2026-10-12"}}}}'
    elements = ", ".join(item.format(n=n) for n in range(3))
    site.routes["/lijst"] = (
        f'<!doctype html><script type="application/ld+json">{{"@type": "ItemList", "numberOfItems": 3, "itemListElement": [{elements}]}}</script>'
    )
    for n in range(3):
        site.routes[f"/ad/a{n}"] = (
            f'<!doctype html><script type="application/ld+json">{{"@graph": [{{"@type": ["Thing", "Service"], "@id": "a{n}", '
            f'"name": "Titel {n}", "description": "Tekst {n}"}}]}}</script><p class=plaats>Enschede</p>'
        )
    made = contract(
        "json_ld",
        "/lijst",
        listing={"json_ld": "Service", "place": "p.plaats"},
        assertions={"min_listings": 1, "max_listings": 9},
    )
    crawled = crawl(site.url, contract=made)
    assert crawled.verdict == ("ok", ""), crawled.log_text
    assert {(each.listing_id, each.body, each.place) for each in crawled.listings} == {
        (f"a{n}", f"Tekst {n}", "Enschede") for n in range(3)
    }


def test_pages_are_counted_from_the_total_where_nothing_else_tells(crawl, site, contract):
    Board(site, count=23).fill()
    index = {name: value for name, value in READING["index"].items() if name != "pages"}
    crawled = crawl(site.url, contract=contract("html", "/", index=index, listing=READING["listing"]))
    assert crawled.verdict == ("ok", ""), crawled.log_text
    assert (len(crawled.listings), crawled.log.index_pages_fetched) == (23, 5)
    del index["total"]
    with pytest.raises(RegisterInvalid, match="page_url needs total, pages or next"):
        register.read_entry(Path(contract("html", "/", name="nl_bord2", index=index, listing=READING["listing"])))


def test_a_feed_counts_its_one_page(crawl, site, contract):
    site.routes["/rss"] = xml(RSS.format(url=site.url, items="".join(ITEM.format(url=site.url, n=n) for n in range(5))))
    log = crawl(site.url, contract=contract("feed", "/rss")).log
    assert (log.pages_expected, log.pages_fetched, log.listings_read) == (1, 1, 5)


def test_json_ld_is_found_in_lists_and_graphs_in_each_other():
    page = Selector(
        text='<script type="application/ld+json">[{"@type": "BreadcrumbList"}, {"@graph": [[{"@graph": '
        '{"@type": "Product", "name": "x"}}]]}]</script>'
    )
    assert json_ld(page, "Product")["name"] == "x"


def test_an_empty_list_is_told_from_a_page_that_changed(crawl, site, contract):
    index = READING["index"] | {"empty": "p.geen"}
    del index["total"]
    made = contract(
        "html", "/", index=index, listing=READING["listing"], assertions={"min_listings": 0, "max_listings": 9}
    )
    site.routes["/"] = "<p class=totaal>Prikbord</p><p class=geen>Er zijn nu geen advertenties.</p>"
    empty = crawl(site.url, contract=made)
    assert (*empty.verdict, empty.log.completeness) == ("ok", "", 1.0)
    site.routes["/"] = "<p class=totaal>Prikbord</p>"
    assert crawl(site.url, contract=made).verdict == ("blind", "no_listings")
    site.routes["/"] = "<p>Prikbord</p>"
    assert crawl(site.url, contract=made).verdict == ("changed", "index_page_changed")


@pytest.mark.parametrize("page_type", PAGE_TYPES)
def test_what_begins_is_a_contract_that_may_not_run_yet(tmp_path, page_type):
    begun = begin("nl_echt", "https://site.example/lijst?a=1", page_type, into=tmp_path)
    entry = register.read_entry(begun.contract)
    assert entry.base_url == "https://site.example"
    assert entry.reading.index.paths == ("/lijst?a=1",)
    reasons = " ".join(permission.reasons_against(entry, date(2026, 11, 26)))
    for gap in (
        "switched off",
        "owner",
        "scope",
        "legal_ground",
        "dpia_reference",
        "fg_advice",
        "robots",
        "review_on",
        "verified_on",
    ):
        assert gap in reasons
    assert classes.class_of(begun.contract).name == "nl_echt"
