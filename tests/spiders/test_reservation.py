"""Text and data mining reserved: in tdmrep.json, in a header, in a page."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_site import Board

from spiders.reservation import PATH, Unreadable, is_reserved, read, verdict_on


def rule(location, value, **more):
    return {"location": location, "tdm-reservation": value} | more


ALL, NONE = rule("/", 1), rule("/", 0)


@pytest.mark.parametrize(
    ("rules", "path", "reserved"),
    [
        ([], "/a", False),
        ([ALL], "/a", True),
        ([ALL], "/", True),
        ([NONE], "/a", False),
        ([rule("/", 1, **{"tdm-policy": "https://site.example/policy.json"})], "/a", True),
        ([rule("/ad/", 1)], "/ad/1", True),
        ([rule("/ad/", 1)], "/lijst", False),
        ([rule("/Ad/", 1)], "/ad/1", False),
        ([rule("/ad$", 1)], "/ad", True),
        ([rule("/ad$", 1)], "/ad/1", False),
        ([rule("/*.pdf", 1)], "/map/a.pdf?x", True),
        ([rule("/*.pdf$", 1)], "/map/a.pdf?x", False),
        ([rule("*.jpg", 1)], "/a.jpg", True),
        ([rule("/een-%24", 1)], "/een-$", True),
        ([rule("/caf\u00e9", 1)], "/caf%C3%A9", True),
        ([rule("/%62az", 1)], "/baz", True),
        # The first in sequence, the report says; the longest, it says too. A no of either is a no.
        ([rule("/open", 0), ALL], "/open/1", False),
        ([rule("/open", 0), ALL], "/dicht", True),
        ([NONE, rule("/ad", 1)], "/ad/1", True),
        ([NONE, rule("/ad", 1)], "/lijst", False),
        ([ALL, rule("/open", 0)], "/open/1", True),
        # Errors of the site's
        ([rule("/", "1")], "/a", True),
        ([rule("/", True)], "/a", True),
        ([rule("/", 2)], "/a", False),
        ([rule("/", "yes")], "/a", False),
        ([rule("/", None)], "/a", False),
        ([{"location": "/"}], "/a", False),
        ([{"tdm-reservation": 1}], "/a", True),
        ([rule("", 1)], "/a", True),
        ([rule(7, 1)], "/a", True),
        ([rule("ad", 1)], "/ad/1", True),
        (["x", 1, None, [ALL], ALL], "/a", True),
        (ALL, "/a", True),
        ({"error": "not found"}, "/a", False),
    ],
)
def test_the_rules_decide(rules, path, reserved):
    assert is_reserved(read(json.dumps(rules).encode()), f"https://site.example{path}") is reserved


@pytest.mark.parametrize(
    "body", [b"", b"  \n", b"<!doctype html><title>Niet gevonden</title>", b"null", b"niet hier", b"\xff\x00"]
)
def test_what_is_no_json_holds_no_rules(body):
    assert read(body) == ()


@pytest.mark.parametrize(
    "body", [b"[", b"{'location': '/'}", b'[{"location": "/", "tdm-reservation": 1},]', b"[" * 100_000]
)
def test_what_begins_as_json_and_is_none_cannot_be_read(body):
    with pytest.raises(Unreadable):
        read(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_unreadable(body):
    for sent in (body, b"[" + body):
        try:
            assert is_reserved(read(sent), "https://site.example/a") in {True, False}
        except Unreadable:
            assert sent.lstrip()[:1] in {b"[", b"{", b"\xef"}


def test_a_byte_order_mark_is_no_matter():
    assert is_reserved(read(b"\xef\xbb\xbf" + json.dumps([ALL]).encode()), "https://site.example/")


REFUSED, UNREADABLE, OK = ("refused", "tdm_reserved"), ("failed", "tdm_unreadable"), ("ok", "")


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (200, json.dumps([ALL]), REFUSED),
        (200, json.dumps([NONE]), OK),
        (200, json.dumps([rule("/elders/", 1)]), OK),
        (200, "<!doctype html><title>Pagina bestaat niet</title>", OK),
        (200, "", OK),
        (200, "[{", UNREADABLE),
        (206, json.dumps([NONE]), UNREADABLE),
        (404, json.dumps([ALL]), OK),
        (410, "", OK),
        (400, "", OK),
        (403, "", ("refused", "http_403")),
        (429, "", ("refused", "http_429")),
        (500, "", UNREADABLE),
        (302, "", UNREADABLE),
        (200, "[" + " " * 2**20 + "]", UNREADABLE),
    ],
)
def test_the_answer_decides(crawl, site, status, body, verdict):
    Board(site, count=2).fill()
    site.routes[PATH] = (status, {"Retry-After": "600"}, body.encode())
    assert crawl(site.url).verdict == verdict
    assert site.paths[:2] == ["/robots.txt", PATH]
    if verdict != OK:
        assert set(site.paths) == {"/robots.txt", PATH}
    assert verdict_on(404) is None


@pytest.mark.parametrize(
    ("location", "verdict"),
    [("/rechten.json", REFUSED), ("http://site.example/tdmrep.json", UNREADABLE), (PATH, UNREADABLE), ("/", OK)],
)
def test_redirects_of_the_file(crawl, site, location, verdict):
    Board(site, count=2).fill()
    site.routes[PATH] = (302, {"Location": location}, b"")
    site.routes["/rechten.json"] = json.dumps([ALL])
    assert crawl(site.url).verdict == verdict


def test_a_file_that_does_not_come_is_no_permission(crawl, site):
    Board(site, count=2).fill()
    site.routes[PATH] = lambda handler: time.sleep(1)
    assert crawl(site.url, entry={"timeout_seconds": 0.3}).verdict == UNREADABLE
    assert set(site.paths) == {"/robots.txt", PATH}


def test_robots_txt_may_keep_the_file_to_itself(crawl, site):
    Board(site, count=2).fill()
    site.routes["/robots.txt"] = "User-agent: *\nDisallow: /.well-known/\n"
    site.routes[PATH] = json.dumps([ALL])
    assert crawl(site.url).verdict == OK
    assert PATH not in site.paths


def test_it_is_asked_for_after_robots_txt_and_only_when_there_is_something_to_fetch(crawl, site):
    site.routes["/robots.txt"] = "User-agent: *\nDisallow: /\n"
    assert crawl(site.url).verdict == ("refused", "robots_disallow")
    assert site.paths == ["/robots.txt"]


def test_reserved_listings_pages_are_not_fetched(crawl, board):
    board.site.routes[PATH] = json.dumps([rule("/ad/", 1)])
    crawled = crawl(board.site.url)
    assert crawled.verdict == REFUSED
    assert len(crawled.presences) == 12
    assert not any(path.startswith("/ad/") for path in board.site.paths)


def test_one_reserved_page_is_left_out(crawl, board):
    board.site.routes[PATH] = json.dumps([rule("/ad/a4$", 1)])
    crawled = crawl(board.site.url)
    assert [presence.listing_id for presence in crawled.presences] == ["a4"]
    assert "/ad/a4" not in board.site.paths


def test_a_page_that_lifts_what_the_file_reserves_is_not_even_fetched(crawl, board):
    board.site.routes[PATH] = json.dumps([ALL])
    board.site.routes["/"] = (200, {"tdm-reservation": "0"}, board.index(1).encode())
    assert crawl(board.site.url).verdict == REFUSED
    assert "/" not in board.site.paths


@pytest.mark.parametrize("value", ["1", " 1 ", "0, 1"])
@pytest.mark.parametrize("how", ["header", "meta", "second meta"])
@pytest.mark.parametrize("path", ["/", "/ad/a1"])
def test_a_page_may_reserve_itself(crawl, board, how, value, path):
    page = (board.index(1) if path == "/" else board.listing(1)).replace("<title>", "<!-- --><title>")
    meta = f"<meta name='TDM-Reservation' content='{value}'>"
    if how == "header":
        board.site.routes[path] = (200, {"tdm-reservation": value}, page.encode())
    else:
        first = "<meta name=tdm-reservation content=0>" if how == "second meta" else ""
        board.site.routes[path] = page.replace("<title>", f"{first}{meta}<title>")
    assert crawl(board.site.url).verdict == REFUSED


@pytest.mark.parametrize("value", ["0", "", "2", "11", "ja"])
def test_other_values_reserve_nothing(crawl, site, value):
    board = Board(site, count=2).fill()
    meta = f"<meta name='tdm-reservation' content='{value}'>"
    site.routes["/"] = (200, {"tdm-reservation": value}, board.index(1).replace("<title>", f"{meta}<title>").encode())
    assert crawl(site.url).verdict == OK
