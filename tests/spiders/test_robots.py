"""robots.txt: what its answer, its rules and its absence mean."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_site import Board
from protego import Protego

from spiders.robots import MAX_BYTES, rules_in, verdict_on
from spiders.safety import PRODUCT


def allowed(rules: str, path: str) -> bool:
    return Protego.parse(rules_in(rules.encode()).decode("utf-8-sig", "ignore")).can_fetch(
        f"http://site.example{path}", PRODUCT
    )


# The rules of RFC 9309 section 2.2 and of the public robots.txt specification of Google, in own words and cases.
@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        ("", "/x", True),
        ("User-agent: *\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow:", "/x", True),
        ("user-AGENT: *\ndisALLOW: /x", "/x", False),
        ("User-agent: other\nDisallow: /", "/x", True),
        ("User-agent: advertentiemonitor\nDisallow: /x\n\nUser-agent: *\nDisallow: /", "/y", True),
        ("User-agent: advertentiemonitor\nDisallow: /x\n\nUser-agent: *\nAllow: /", "/x", False),
        ("User-agent: a\nUser-agent: Advertentiemonitor\nDisallow: /x", "/x", False),
        ("User-agent: Advertentiemonitor\nDisallow: /a\n\nUser-agent: Advertentiemonitor\nDisallow: /b", "/a", False),
        ("User-agent: Advertentiemonitor\nDisallow: /a\n\nUser-agent: Advertentiemonitor\nDisallow: /b", "/b", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/b/c", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.jpg$", "/x.jpg", False),
        ("User-agent: *\nDisallow: /*.jpg$", "/x.jpg?y", True),
        ("User-agent: *\nDisallow: /a*b", "/a/x/b/c", False),
        ("User-agent: *\nDisallow: /Ab", "/ab", True),
        ("User-agent: *\nDisallow: /x # comment", "/x", False),
        ("\ufeffUser-agent: *\nDisallow: /x", "/x", False),
        ("User-agent: *\r\nDisallow: /x\r\n", "/x", False),
        ("User-agent: *\rDisallow: /x\r", "/x", False),
        ("<html>\nUser-agent: *\nDisallow: /x\n</html>", "/x", False),
        ("User-agent: *\nDisallow: /caf%C3%A9", "/caf%c3%a9", False),
        ("User-agent: *\nDisallow: /x\nSitemap: http://site.example/s.xml\nDisallow: /y", "/y", False),
        ("User-agent: *\nCrawl-delay: 3\nDisallow: /x", "/x", False),
    ],
)
def test_rules_decide(rules, path, expected):
    assert allowed(rules, path) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, None),
        (404, None),
        (410, None),
        (400, None),
        (401, "robots_refused"),
        (403, "robots_refused"),
        (429, "robots_refused"),
        (500, "robots_unreachable"),
        (503, "robots_unreachable"),
        (302, "robots_unreachable"),
    ],
)
def test_the_answer_decides(crawl, site, status, expected):
    assert verdict_on(status) == expected
    Board(site, count=2).fill()
    site.routes["/robots.txt"] = (status, {"Retry-After": "600"}, b"")
    crawled = crawl(site.url)
    assert crawled.verdict == {
        None: ("ok", ""),
        "robots_refused": ("refused", "robots_refused"),
        "robots_unreachable": ("failed", "robots_unreachable"),
    }.get(expected)
    if expected is not None:
        assert set(site.paths) == {"/robots.txt"}


@pytest.mark.parametrize("hops", [5, 6])
def test_five_redirects_are_followed_and_more_forbid(crawl, site, hops):
    Board(site, count=2).fill()
    site.routes["/robots.txt"] = (302, {"Location": "/r1"}, b"")
    for hop in range(1, hops):
        site.routes[f"/r{hop}"] = (302, {"Location": f"/r{hop + 1}"}, b"")
    site.routes[f"/r{hops}"] = "User-agent: *\nAllow: /"
    assert crawl(site.url).verdict == (("ok", "") if hops == 5 else ("failed", "robots_unreachable"))


def test_a_redirect_off_the_site_forbids(crawl, site):
    Board(site, count=2).fill()
    site.routes["/robots.txt"] = (302, {"Location": "http://site.example/robots.txt"}, b"")
    assert crawl(site.url).verdict == ("failed", "robots_unreachable")


def test_a_robots_txt_that_does_not_come_forbids(crawl, site):
    Board(site, count=2).fill()
    site.routes["/robots.txt"] = lambda handler: time.sleep(1)
    assert crawl(site.url, entry={"timeout_seconds": 0.3}).verdict == ("failed", "robots_unreachable")


@pytest.mark.parametrize("path", ["/", "/?pagina=2"])
def test_rules_against_index_pages_stop_the_source(crawl, board, path):
    board.site.routes["/robots.txt"] = f"User-agent: Advertentiemonitor\nDisallow: {path}\nAllow: /ad/"
    assert crawl(board.site.url).verdict == ("refused", "robots_disallow")
    assert path not in board.site.paths


def test_rules_against_listings_pages_leave_presence_only(crawl, board):
    board.site.routes["/robots.txt"] = "User-agent: *\nDisallow: /ad/"
    crawled = crawl(board.site.url)
    assert crawled.verdict == ("refused", "robots_disallow")
    assert len(crawled.presences) == 12
    assert crawled.log.completeness == 0.0
    assert not any(path.startswith("/ad/") for path in board.site.paths)


def test_crawl_delay_is_kept_also_without_a_delay_of_our_own(crawl, site):
    Board(site, count=3).fill()
    site.routes["/robots.txt"] = "User-agent: *\nCrawl-delay: 0.4\nAllow: /"
    assert crawl(site.url).verdict == ("ok", "")
    moments = [moment for moment, _ in site.asked]
    assert min(later - earlier for earlier, later in pairwise(moments)) >= 0.2
    assert moments[-1] - moments[0] >= 0.4 * (len(moments) - 1) - 0.1


def test_what_lies_beyond_500_kib_is_not_read():
    head = b"User-agent: *\nDisallow: /x\n"
    body = head + b"# " + b"y" * (MAX_BYTES - len(head)) + b"\nDisallow: /y\n"
    assert rules_in(body) == head


@given(st.binary(max_size=2000))
def test_any_bytes_can_be_rules(body):
    Protego.parse(rules_in(body).decode("utf-8-sig", "ignore")).can_fetch("http://site.example/x", PRODUCT)
