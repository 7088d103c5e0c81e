"""robots.txt: what its answer, its rules and its absence mean."""

import asyncio
import gzip
import importlib.util
import socket
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from loopback_site import Board, board_entry
from protego import Protego

from spiders import robots
from spiders.robots import Once, verdict_on
from spiders.robots_rules import MAX_BYTES, Rules, decide, rules_in

MB = 1024 * 1024
SCORE = Path(__file__).parents[2] / "benchmarks" / "collecting" / "robots.py"
SPEC = importlib.util.spec_from_file_location("robots_score", SCORE)
score = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(score)
DECISIONS = list(score.decisions())


def test_the_cases_are_many_and_have_names_of_their_own():
    names = [case["id"] for case in score.cases()]
    assert len(names) == len(set(names)) >= 90
    assert len(DECISIONS) >= 300
    assert all("why" in case for case in score.cases() if case["after"] == "choice")


@pytest.mark.parametrize("name", dict.fromkeys(name for name, *_ in DECISIONS))
def test_every_case_is_decided_as_specified(name):
    wrong = [(path, specified) for case, path, specified, decided in DECISIONS if case == name and specified != decided]
    assert wrong == []


def test_the_score_says_so(capsys):
    assert score.main() == 0
    assert f"robots: {len(DECISIONS)} of {len(DECISIONS)} cases as specified" in capsys.readouterr().out


# On what two readers cannot disagree about - names alike, plain paths, stars, dollars at the end - ours and the
# library's must be one. "$" elsewhere, "index.html" and queries are where they differ, see the cases.
PATH = st.text("ab/*", max_size=6).map(lambda text: f"/{text}")
LINE = st.one_of(
    st.sampled_from(["User-agent: *", "User-agent: kwikstaart", "User-agent: Advertentiemonitor", "", "# x"]),
    st.tuples(st.sampled_from(["Allow: ", "Disallow: "]), PATH, st.sampled_from(["", "$"])).map("".join),
)


@given(st.lists(LINE, max_size=12), st.text("ab/", max_size=8))
@example(["User-agent: *", "Disallow: /*a*a$"], "a/a")
def test_ours_and_the_library_agree_on_the_ordinary(lines, path):
    text, url = "\n".join(lines), f"http://site.example/{path}"
    assert decide(text.encode(), url) == Protego.parse(text).can_fetch(url, "Advertentiemonitor")


@given(st.binary(max_size=2000), st.text(max_size=40))
def test_any_bytes_can_be_rules(body, path):
    assert decide(b"User-agent: *\nAllow: /\n" + body, f"http://site.example/{path}") in {True, False}


def test_rules_that_want_to_take_long_do_not():
    body = b"User-agent: *\n" + b"Disallow: /*a*a*a*a*a*b$\n" * 20_000
    began = time.perf_counter()
    rules = Rules.read(body)
    for _ in range(5):
        rules.allow("http://site.example/" + "a" * 2000)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("3", 3), ("0.4", 0.4), ("2,5", 2.5), (".5", 0.5), ("10 s", 10), ("5s", 5), ("0", 0), ("1e9", 1e9), ("inf", float("inf")),
        ("-1", None), ("nan", None), ("", None), ("soon", None), ("1" * 400, float("inf")), ("\u0663", None),
    ],
)  # fmt: skip
def test_crawl_delays_are_read(text, delay):
    assert Rules.read(f"User-agent: *\nCrawl-delay: {text}\n".encode()).delay == delay


@pytest.mark.parametrize(
    ("rules", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 2\nUser-agent: Advertentiemonitor\nDisallow: /x", 2),  # one group of two
        ("User-agent: *\nDisallow:\nCrawl-delay: 2\nUser-agent: Advertentiemonitor\nDisallow: /x", None),
        ("User-agent: *\nCrawl-delay: 2\nCrawl-delay: 5\nCrawl-delay: 3", 5),
        ("User-agent: kwikstaart\nCrawl-delay: 9\nAllow: /", None),
    ],
)
def test_a_crawl_delay_holds_for_its_group(rules, delay):
    assert Rules.read(rules.encode()).delay == delay


@pytest.mark.parametrize("wait", ["3601", "1e9", "inf"])
def test_a_site_that_wants_more_than_an_hour_between_requests_is_left_alone(crawl, board, wait):
    board.site.routes["/robots.txt"] = f"User-agent: *\nCrawl-delay: {wait}\n"
    assert crawl(board.site.url).verdict == ("refused", "robots_crawl_delay")
    assert board.site.paths == ["/robots.txt"]


@pytest.mark.parametrize("wait", ["-1", "nan", "soon", "0"])
def test_a_crawl_delay_that_is_none_is_none(crawl, site, wait):
    Board(site, count=2).fill()
    site.routes["/robots.txt"] = f"User-agent: *\nCrawl-delay: {wait}\n"
    assert crawl(site.url).verdict == ("ok", "")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, None),
        (201, None),
        (204, None),
        (404, None),
        (410, None),
        (400, None),
        (418, None),
        (401, "robots_refused"),
        (403, "robots_refused"),
        (429, "robots_refused"),
        (451, "robots_refused"),
        (500, "robots_unreachable"),
        (503, "robots_unreachable"),
        (599, "robots_unreachable"),
        (999, "robots_unreachable"),
        (206, "robots_unreachable"),
        (302, "robots_unreachable"),
        (304, "robots_unreachable"),
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


def test_an_interim_answer_is_no_answer(crawl, site):
    Board(site, count=2).fill()
    body = b"User-agent: *\nDisallow: /\n"

    def later(handler):
        handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n")
        handler.wfile.write(b"Content-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    site.routes["/robots.txt"] = later
    assert crawl(site.url).verdict == ("refused", "robots_disallow")


def test_a_page_in_place_of_rules_holds_none(crawl, site):
    Board(site, count=2).fill()
    site.routes["/robots.txt"] = (200, {"Content-Type": "text/html"}, b"<title>Welkom</title><p>Disallow: /</p>")
    assert crawl(site.url).verdict == ("ok", "")


def test_packed_rules_are_unpacked(crawl, board):
    rules = gzip.compress(b"User-agent: *\nDisallow: /\n")
    board.site.routes["/robots.txt"] = (200, {"Content-Encoding": "gzip"}, rules)
    assert crawl(board.site.url).verdict == ("refused", "robots_disallow")


@pytest.mark.parametrize("how", ["stated", "unstated", "packed"])
@pytest.mark.parametrize(("rule", "verdict"), [("Allow", ("ok", "")), ("Disallow", ("refused", "robots_disallow"))])
def test_of_a_huge_file_the_first_500_kib_count(crawl, site, how, rule, verdict):
    Board(site, count=2).fill()
    body = f"User-agent: *\n{rule}: /\n".encode() + b"# vulling\n" * (8 * MB // 10) + b"\nDisallow: /\n"
    sent = []

    def unstated(handler):
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        for at in range(0, len(body), 65536):
            handler.wfile.write(body[at : at + 65536])
            sent.append(at)

    packed = (200, {"Content-Encoding": "gzip"}, gzip.compress(body))
    site.routes["/robots.txt"] = {"stated": (200, {}, body), "unstated": unstated, "packed": packed}[how]
    assert crawl(site.url).verdict == verdict
    assert len(sent) < len(body) / 65536


def test_rules_that_unpack_without_end_are_none_to_go_by(crawl, board):
    body = gzip.compress(b"User-agent: *\nAllow: /\n" + b"#" * (20 * MB))
    board.site.routes["/robots.txt"] = (200, {"Content-Encoding": "gzip"}, body)
    assert crawl(board.site.url).verdict == ("failed", "robots_unreachable")


@pytest.mark.parametrize("hops", [5, 6])
def test_five_redirects_are_followed_and_more_forbid(crawl, site, hops):
    Board(site, count=2).fill()
    site.routes["/robots.txt"] = (302, {"Location": "/r1"}, b"")
    for hop in range(1, hops):
        site.routes[f"/r{hop}"] = (302, {"Location": f"/r{hop + 1}"}, b"")
    site.routes[f"/r{hops}"] = "User-agent: *\nAllow: /"
    assert crawl(site.url).verdict == (("ok", "") if hops == 5 else ("failed", "robots_unreachable"))


def test_redirected_rules_hold(crawl, board):
    board.site.routes["/robots.txt"] = (301, {"Location": "/regels/robots.txt"}, b"")
    board.site.routes["/regels/robots.txt"] = "User-agent: *\nDisallow: /\n"
    assert crawl(board.site.url).verdict == ("refused", "robots_disallow")


def test_a_redirect_off_the_site_forbids(crawl, site):
    Board(site, count=2).fill()
    site.routes["/robots.txt"] = (302, {"Location": "http://site.example/robots.txt"}, b"")
    assert crawl(site.url).verdict == ("failed", "robots_unreachable")


def drip(handler):
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n  ":
        handler.connection.sendall(bytes([byte]))
        time.sleep(0.05)


def reset(handler):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()
    handler.close_connection = True


@pytest.mark.parametrize("how", [lambda handler: time.sleep(1), drip, reset], ids=["silence", "drip", "reset"])
def test_a_robots_txt_that_does_not_come_forbids(crawl, site, how):
    Board(site, count=2).fill()
    site.routes["/robots.txt"] = how
    assert crawl(site.url, entry={"timeout_seconds": 0.3}).verdict == ("failed", "robots_unreachable")
    assert set(site.paths) == {"/robots.txt"}


def test_a_passing_fault_is_tried_again(crawl, site):
    Board(site, count=2).fill()
    answers = iter([(503, b""), (200, b"User-agent: *\nDisallow: /ad/\n")])

    def later(handler):
        status, body = next(answers)
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    site.routes["/robots.txt"] = later
    assert crawl(site.url).verdict == ("refused", "robots_disallow")


def test_with_eight_requests_at_once_it_is_asked_for_once(crawl, site):
    board = Board(site, count=60).fill()

    def slow(handler):
        time.sleep(0.3)
        handler.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    site.routes["/robots.txt"] = site.routes["/.well-known/tdmrep.json"] = slow
    assert crawl(board.site.url).verdict == ("ok", "")
    assert site.paths[:2] == ["/robots.txt", "/.well-known/tdmrep.json"]
    assert len(site.paths) == len(set(site.paths))


def test_each_origin_has_rules_of_its_own_for_a_day(monkeypatch):
    asked = []

    async def ask():
        asked.append(len(asked))
        await asyncio.sleep(0)
        return asked[-1]

    async def all_of_it():
        once = Once()
        together = await asyncio.gather(*(once.of("http://a.example/x", ask) for _ in range(8)))
        other = [
            await once.of(url, ask) for url in ("https://a.example/", "http://a.example:81/", "http://A.example:80/")
        ]
        later = time.monotonic() + robots.MAX_AGE_SECONDS + 1
        monkeypatch.setattr(robots.time, "monotonic", lambda: later)
        return together, other, await once.of("http://a.example/y", ask)

    assert asyncio.run(all_of_it()) == ([0] * 8, [1, 2, 0], 3)


def test_a_crawl_never_outlasts_its_rules():
    with pytest.raises(ValueError, match="hours_cap"):
        board_entry(hours_cap=robots.MAX_AGE_SECONDS / 3600 + 0.1)


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


def test_rules_hold_for_where_a_redirect_leads(crawl, board):
    board.site.routes["/robots.txt"] = "User-agent: *\nDisallow: /dicht/\n"
    board.site.routes["/ad/a1"] = (302, {"Location": "/dicht/a1"}, b"")
    board.site.routes["/dicht/a1"] = board.listing(1)
    crawled = crawl(board.site.url)
    assert "listing pages: robots_disallow 1" in crawled.log_text
    assert "/dicht/a1" not in board.site.paths


def test_no_source_talks_its_way_past(crawl, board):
    board.site.routes["/robots.txt"] = "User-agent: *\nDisallow: /\n"
    assert crawl(board.site.url, spider="CheekySpider").verdict == ("refused", "robots_disallow")
    assert board.site.paths == ["/robots.txt"]


def test_crawl_delay_is_kept_also_without_a_delay_of_our_own(crawl, site):
    Board(site, count=2).fill()
    site.routes["/robots.txt"] = "User-agent: *\nCrawl-delay: 0.4\nAllow: /"
    assert crawl(site.url).verdict == ("ok", "")
    moments = [moment for moment, _ in site.asked]
    assert min(later - earlier for earlier, later in pairwise(moments)) >= 0.2
    assert moments[-1] - moments[0] >= 0.4 * (len(moments) - 1) - 0.1


def test_what_lies_beyond_500_kib_is_not_read():
    head = b"User-agent: *\nDisallow: /x\n"
    body = head + b"# " + b"y" * (MAX_BYTES - len(head)) + b"\nDisallow: /y\n"
    assert rules_in(body) == head
