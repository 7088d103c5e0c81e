"""Real applications of others, crawled by entries that `sources new` began and that only got selectors: no code."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
import yaml
from classified_app import ClassifiedApp
from forum_app import ForumApp
from peer import DAY, canonical

from spiders.onboarding import begin

# What a person fills in, having looked at the pages of each application.
CLASSIFIED = {
    "verified_on": "2026-11-26",
    "index": {
        "paths": ["/"],
        "proof": "section.dcf-section, h2.dcf-page-title",
        "lists": {"each": "li.dcf-group", "url": "a::attr(href)", "total": "span.dcf-group__count::text"},
        "each": "table.table-hover tbody tr",
        "listing_id": {"select": "td a::attr(href)", "pattern": r"/(\d+)-"},
        "url": "td a::attr(href)",
        "content": ["td a:not(:has(img))::text", "span.dcf-price::text"],
        "next": '//ul[contains(@class, "pagination")]//a[normalize-space() = "Next"]/@href',
    },
    "stamps": {
        "path": "/sitemap.xml",
        "each": "url",
        "listing_id": {"select": "loc::text", "pattern": r"//[^/]+/(\d+)-"},
        "stamp": "lastmod::text",
    },
    "listing": {
        "listing_id": {"select": "link[rel=canonical]::attr(href)", "pattern": r"/(\d+)-"},
        "title": "div.dcf-item-head h2",
        "body": "div.dcf-description",
        "place": {"select": "p.dcf-eyebrow::text", "pattern": r"^([^·]+?) *·[^·]+·"},
        "category": "p.dcf-eyebrow a::text",
        "contact": "div.dcf-contact span.dcf-contact__value::text",
        "posted_date": "p.dcf-meta::text",
    },
}
FORUM = {
    "verified_on": "2026-11-26",
    "index": {
        "paths": ["/"],
        "proof": "div.forumlist, div.topiclist, a.forum-name-link",
        "lists": {"each": "a.forum-name-link", "url": "::attr(href)"},
        "each": "div.topiclist div.row:has(> div.topic-name)",
        "listing_id": {"select": "a.topic-name-link::attr(href)", "pattern": r"-(\d+)/$"},
        "url": "a.topic-name-link::attr(href)",
        "content": ["a.topic-name-link::text", "div.topic-created", "div.topic-count", "div.topic-last-post small"],
        "pages": "ul.pagination a.page-link::text",
        "page_url": "?page={page}",
    },
    "listing": {
        "listing_id": {"select": "@url", "pattern": r"-(\d+)/(?:\?.*)?$"},
        "title": "h1",
        "body": "div.post:first-child div.post-content",
        "category": "li.breadcrumb-item:nth-last-child(2)",
        "posted_date": "div.post:first-child small.text-muted",
    },
}
PEERS = {"nl_tweedehands": (ClassifiedApp, CLASSIFIED), "nl_praatgroep": (ForumApp, FORUM)}


@pytest.fixture(scope="module", params=sorted(PEERS))
def peer(request, tmp_path_factory):
    kind, reading = PEERS[request.param]
    folder = tmp_path_factory.mktemp("register")
    with kind(seed=3) as app:
        begun = begin(request.param, f"{app.base_url}/", "html", into=folder)
        entry = yaml.safe_load(begun.contract.read_text())
        entry |= {"enabled": True, "owner": "its makers", "scope": "all of it", "hours_cap": 0.1, "reading": reading}
        begun.contract.write_text(yaml.safe_dump(entry, allow_unicode=True))
        yield app, str(begun.contract)


def known(crawled):
    return {listing_id: card for listing_id, (card, _) in crawled.noted.items()}


def test_every_listing_is_read_as_it_is(crawl, peer):
    app, contract = peer
    crawled = crawl(app.base_url, contract=contract, day=DAY)
    assert crawled.verdict == ("ok", ""), crawled.log_text
    assert crawled.log.completeness == 1.0
    assert {listing.listing_id for listing in crawled.listings} == set(app.truth)
    for listing in crawled.listings:
        item = app.truth[listing.listing_id]
        assert (canonical(listing.title), canonical(listing.body)) == (canonical(item.title), canonical(item.body_text))
        assert (listing.place, listing.category, listing.contact) == (item.place, item.category, item.contact)
        if (DAY - item.posted).days < 28:  # older ones are stated in months; the hour of a crawl is not known
            assert abs((listing.posted_date - item.posted).days) <= 1


@pytest.mark.full
def test_no_request_comes_faster_than_the_delay_and_none_comes_twice(crawl, peer):
    app, contract = peer
    before = len(app.requests())
    crawled = crawl(app.base_url, contract=contract, day=DAY, delay=0.05)
    assert crawled.verdict == ("ok", "")
    asked = app.requests()[before:]
    moments, paths = [moment for moment, _ in asked], [path for _, path in asked]
    assert len(paths) == len(set(paths))
    assert not any(re.search(r"\.(css|js|png|jpe?g|svg|ico|webp|woff2?)\b", path) for path in paths)  # nor are media
    # One request may be noted late and the next in time; over three of them that evens out.
    assert min(later - earlier for earlier, later in pairwise(moments[::3])) >= 3 * 0.05 - 0.02
    assert moments[-1] - moments[0] >= 0.05 * (len(moments) - 1) - 0.02


@pytest.mark.full
def test_on_the_next_day_only_what_is_new_or_changed_is_fetched(crawl, peer):
    app, contract = peer
    seen = known(crawl(app.base_url, contract=contract, day=DAY))
    app.set_day(DAY + timedelta(days=1))
    gone, changed = sorted(app.truth)[3], sorted(app.truth)[7]
    if isinstance(app, ClassifiedApp):
        added, _ = app.add(title="Een nieuwe bak", text="Nog nooit gebruikt."), app.change(changed, text="Anders.")
    else:
        added, _ = app.add(title="Een nieuw onderwerp", text="Wie weet het?"), app.change(changed, reply="Ik weet het.")
    app.remove(gone)
    before = len(app.requests())
    crawled = crawl(app.base_url, contract=contract, day=DAY + timedelta(days=1), known=seen)
    assert crawled.verdict == ("ok", ""), crawled.log_text
    assert {record.listing_id for record in crawled.records} == set(app.truth)
    assert gone not in app.truth
    assert {listing.listing_id for listing in crawled.listings} == {added, changed}
    asked = [path for _, path in app.requests()[before:]]
    beside = {"/robots.txt", "/.well-known/tdmrep.json", "/sitemap.xml"}
    assert len([path for path in asked if path not in beside]) == crawled.log.index_pages_fetched + 2
