"""Sites that fail, refuse, lie or attack: each ends in a state with a name, never in an error or a leak."""

import contextlib
import gzip
import json
import re
import socket
import sys
import threading
import time
import zlib
from pathlib import Path

import brotli
import pytest
from backports import zstd
from loopback_site import Board, Site

sys.path.insert(0, str(Path(__file__).parents[1]))

from socket_ports import free_port

from spiders.errors import SourceRefused

MB = 1024 * 1024
PEAK_MB = 400  # of a crawl's process: about 150 with everything imported, and a page may take its 5 many times over


def test_nobody_there(crawl):
    crawled = crawl(f"http://127.0.0.1:{free_port()}")
    assert crawled.verdict == ("failed", "robots_unreachable")
    assert (crawled.log.completeness, crawled.records) == (0.0, [])


def test_a_site_that_dies_after_robots(crawl, site):
    site.routes["/"] = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    assert crawl(site.url).verdict == ("failed", "connection_lost")


def test_a_site_down_for_the_day_is_tried_three_times(crawl, site):
    site.routes["/"] = (503, {}, b"onderhoud")
    assert crawl(site.url).verdict == ("failed", "http_503")
    assert site.paths.count("/") == 3


def test_a_long_retry_after_is_not_waited_for(crawl, site):
    site.routes["/"] = (503, {"Retry-After": "3600"}, b"")
    assert crawl(site.url).verdict == ("failed", "http_503")
    assert site.paths.count("/") == 1


def test_a_short_retry_after_is(crawl, site):
    board = Board(site).fill()
    asked = []

    def later(handler):
        asked.append(time.monotonic())
        status, body = (503, b"") if len(asked) == 1 else (200, board.index(2).encode())
        handler.send_response(status)
        handler.send_header("Retry-After", "1")
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    site.routes[board.path(2)] = later
    assert crawl(site.url).verdict == ("ok", "")
    assert asked[1] - asked[0] >= 0.95


@pytest.mark.parametrize("status", [401, 403, 429, 451])
@pytest.mark.parametrize("path", ["/", "/?pagina=2", "/ad/a3"])
def test_an_answer_that_means_no_stops_the_source(crawl, site, status, path):
    Board(site, count=60).fill()
    site.routes[path] = (status, {}, b"nee")
    crawled = crawl(site.url)
    assert crawled.verdict == ("refused", f"http_{status}")
    assert site.paths.count(path) == 1
    assert len(site.paths) < 60


CHALLENGE = "<title>Even geduld</title><div class='g-recaptcha'></div>"
LOGIN = "<title>Inloggen</title><form><input name=u><input type=password name=p></form>"
CONSENT = "<title>Welkom</title><form><p>Ben je 18 jaar of ouder?</p><button>Ja, akkoord</button></form>"


@pytest.mark.parametrize(("page", "reason"), [(CHALLENGE, "challenge"), (LOGIN, "login"), (CONSENT, "consent_page")])
@pytest.mark.parametrize("path", ["/", "/ad/a1"])
def test_a_page_in_the_way_stops_the_source(crawl, board, page, reason, path):
    board.site.routes[path] = page
    crawled = crawl(board.site.url)
    assert crawled.verdict == ("refused", reason)
    assert crawled.log.listings_read == 0 or path != "/"


def test_a_redirect_to_a_login_page_stops_the_source(crawl, board):
    board.site.routes["/"] = (302, {"Location": "/inloggen"}, b"")
    board.site.routes["/inloggen"] = "<title>Welkom terug</title><form><input name=mail></form>"
    assert crawl(board.site.url).verdict == ("refused", "login")


def test_a_challenge_in_the_headers_stops_the_source(crawl, board):
    board.site.routes["/"] = (200, {"cf-mitigated": "challenge"}, board.index(1).encode())
    assert crawl(board.site.url).verdict == ("refused", "challenge")


BAR = "<div class=balk>Wij gebruiken cookies. <button>Akkoord</button></div>"


@pytest.mark.parametrize("furniture", [BAR, "<header><form><input type=password></form></header>", CHALLENGE])
def test_what_stands_on_every_page_is_in_nobodys_way(crawl, site, furniture):
    board = Board(site, count=12).fill()
    for page in range(1, board.pages + 1):
        site.routes[board.path(page)] = furniture + board.index(page)
    for number in range(1, 13):
        site.routes[f"/ad/a{number}"] = furniture + board.listing(number)
    site.routes["/ad/a4"] = furniture + board.listing(4).replace("class=tekst", "class=inhoud")
    crawled = crawl(site.url)
    assert crawled.log.state != "refused"
    assert (crawled.log.listings_read, crawled.log.parse_failures) == (11, 1)


def test_a_long_page_with_a_cookie_bar_is_no_consent_page(crawl, site):
    board = Board(site, count=12).fill()
    long = "<p>Een lange lijst van advertenties.</p>" * 300
    site.routes["/"] = BAR + board.index(1).replace("class=totaal", "class=aantal") + long
    assert crawl(site.url).verdict == ("changed", "index_page_changed")


def test_a_login_box_on_an_ordinary_page_is_not_in_the_way(crawl, board):
    for page in range(1, 4):
        board.site.routes[board.path(page)] = board.index(page) + LOGIN + CHALLENGE
    assert crawl(board.site.url).verdict == ("ok", "")


def test_a_new_layout_is_a_change(crawl, board):
    board.site.routes["/"] = board.index(1).replace("class=totaal", "class=aantal")
    crawled = crawl(board.site.url)
    assert crawled.verdict == ("changed", "index_page_changed")
    assert crawled.log.parse_failures == 1


@pytest.mark.parametrize(
    ("spider", "verdict"),
    [("BoardSpider", ("changed", "index_page_changed")), ("LinkedBoardSpider", ("blind", "no_listings"))],
)
def test_new_names_for_cards_are_a_silent_zero_that_is_heard(crawl, board, spider, verdict):
    for page in range(1, 4):
        board.site.routes[board.path(page)] = board.index(page).replace("class=kaart", "class=tegel")
    crawled = crawl(board.site.url, spider=spider)
    assert crawled.verdict == verdict
    assert crawled.log.completeness == 0.0


def test_a_new_layout_of_listings_pages_is_a_change_and_ends_the_crawl_early(crawl, site):
    board = Board(site, count=60).fill()
    for number in range(1, 61):
        site.routes[f"/ad/a{number}"] = board.listing(number).replace("class=tekst", "class=inhoud")
    crawled = crawl(site.url)
    assert crawled.verdict == ("changed", "listing_page_changed")
    assert crawled.log.listings_present == 60
    assert sum(path.startswith("/ad/") for path in site.paths) < 30


def test_listings_pages_that_all_say_gone_are_a_change(crawl, board):
    for number in range(1, 13):
        board.site.routes[f"/ad/a{number}"] = "<title>Niet gevonden</title><h1>Deze pagina bestaat niet meer</h1>"
    assert crawl(board.site.url).verdict == ("changed", "gone")


def test_another_listing_than_asked_for_is_not_taken(crawl, board):
    board.site.routes["/ad/a2"] = board.listing(3)
    crawled = crawl(board.site.url)
    assert sorted(listing.listing_id for listing in crawled.listings).count("a3") == 1
    assert [presence.listing_id for presence in crawled.presences] == ["a2"]


def test_a_page_of_three_megabytes_is_read(crawl, board):
    board.site.routes["/ad/a1"] = board.listing(1).replace("<p>", f"<p>{'ontvang thuis ' * (3 * MB // 14)}</p><p>", 1)
    crawled = crawl(board.site.url)
    assert crawled.verdict == ("ok", "")
    assert max(len(listing.body) for listing in crawled.listings) == 20_000


@pytest.mark.parametrize("how", ["stated", "unstated", "compressed"])
def test_a_page_of_six_megabytes_is_not(crawl, board, how):
    body = board.listing(1).encode() + b" " * (6 * MB)

    def unstated(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    board.site.routes["/ad/a1"] = {
        "stated": (200, {}, body),
        "unstated": unstated,
        "compressed": (200, {"Content-Encoding": "gzip"}, gzip.compress(body)),
    }[how]
    crawled = crawl(board.site.url)
    assert [presence.listing_id for presence in crawled.presences] == ["a1"]
    assert "listing pages: page_too_large 1" in crawled.log_text


def test_pages_without_end_that_repeat(crawl, board):
    for page in range(1, 200):
        board.site.routes[board.path(page)] = board.index(1) + f"<a rel=next href='/?pagina={page + 1}'></a>"
    board.site.routes["/"] = board.index(1).replace("pagina=2", "pagina=2&x=1")
    board.site.routes["/?pagina=2&x=1"] = board.index(1)
    crawled = crawl(board.site.url, spider="LinkedBoardSpider")
    assert crawled.verdict == ("thin", "pages_repeat")
    assert len(board.site.paths) < 12


def test_pages_without_end_that_are_always_new(crawl, site):
    def endless(handler):
        page = int(handler.path.partition("=")[2] or 1)
        board = Board(site, count=10**9)
        body = board.index(page).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    board = Board(site, count=60).fill()
    site.routes |= {board.path(page): endless for page in range(1, 60)}
    crawled = crawl(site.url, spider="LinkedBoardSpider", entry={"index_page_cap": 10})
    assert crawled.verdict == ("thin", "index_page_cap")
    assert len(site.paths) <= 62


def test_a_lie_about_the_number_of_pages_is_capped(crawl, site):
    Board(site, count=12, pages_stated=10**6).fill()
    crawled = crawl(site.url, entry={"index_page_cap": 20})
    assert crawled.log.state == "thin"
    assert len(site.paths) < 60


def test_a_redirect_loop(crawl, site):
    site.routes["/"] = (302, {"Location": "/a"}, b"")
    site.routes["/a"] = (302, {"Location": "/"}, b"")
    assert crawl(site.url).verdict == ("failed", "redirect_loop")
    assert len(site.paths) <= 8


@pytest.fixture
def trap():
    """Another server on this machine, which must never hear from a crawl; gives its port."""
    heard = []
    server = socket.create_server(("127.0.0.1", 0))

    def accept():
        with contextlib.suppress(OSError):
            while True:
                heard.append(server.accept()[0].close())

    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    assert heard == []


INSIDE = {
    "plain": "http://127.0.0.1:{port}/",
    "decimal": "http://2130706433:{port}/",
    "hexadecimal": "http://0x7f000001:{port}/",
    "hexadecimal parts": "http://0x7f.0.0.0x1:{port}/",
    "octal": "http://0177.0.0.01:{port}/",
    "short": "http://127.1:{port}/",
    "zero": "http://0:{port}/",
    "name": "http://localhost:{port}/",
    "name with dot": "http://localhost.:{port}/",
    "own name": "http://{host}:{port}/",
    "digits of another script": "http://\uff11\uff12\uff17.0.0.1:{port}/",
    "IPv6": "http://[::1]:{port}/",
    "IPv4 in IPv6": "http://[::ffff:127.0.0.1]:{port}/",
    "IPv4 in IPv6, hexadecimal": "http://[::ffff:7f00:1]:{port}/",
    "6to4": "http://[2002:7f00:1::]:{port}/",
    "NAT64": "http://[64:ff9b::7f00:1]:{port}/",
    "link-local": "http://169.254.10.10:{port}/",
    "link-local IPv6": "http://[fe80::1%25eth0]:{port}/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata IPv6": "http://[fd00:ec2::254]/latest/",
    "without scheme": "//127.0.0.1:{port}/",
    "without scheme, backslashes": "\\\\127.0.0.1:{port}\\",
    "scheme of its own": "http:127.0.0.1:{port}/",
    "three slashes": "http:///127.0.0.1:{port}/",
    "to TLS": "https://127.0.0.1:{own}/",
    "user": "http://site.example@127.0.0.1:{port}/",
    "user of our own name": "http://127.0.0.1:{own}@127.0.0.1:{port}/",
    "user on the own host": "http://wie:wat@127.0.0.1:{own}/",
    "other host": "http://site.example/",
    "file": "file:///etc/hosts",
    "gopher": "gopher://127.0.0.1:{port}/_GET",
}


def inside(spelling: str, trap: int, site: Site) -> str:
    return INSIDE[spelling].format(port=trap, host=socket.gethostname(), own=site.url.rpartition(":")[2])


SOME = ["plain", "decimal", "name", "IPv4 in IPv6", "without scheme, backslashes", "metadata", "user"]


@pytest.mark.parametrize(
    ("source", "spelling"),
    [("/", spelling) for spelling in INSIDE]
    + [(path, spelling) for path in ("/robots.txt", "/.well-known/tdmrep.json", "/ad/a1") for spelling in SOME],
)
def test_a_redirect_off_the_site_is_not_followed(crawl, site, trap, spelling, source):
    Board(site, count=2).fill()
    site.routes[source] = (302, {"Location": inside(spelling, trap, site).encode().decode("latin-1")}, b"")
    crawled = crawl(site.url)
    reasons = {"off_site", "bad_address", "http_302", "gone", "http_404"}  # or it meant a path of the site's own
    state, reason = crawled.verdict
    told = {"/robots.txt": {"robots_unreachable", ""}, "/.well-known/tdmrep.json": {"tdm_unreadable", ""}}.get(
        source, reasons
    )
    if source == "/ad/a1":
        assert state == "thin" or (state == "ok" and "listing pages: gone 1" in crawled.log_text)
        assert any(f"listing pages: {reason} 1" in crawled.log_text for reason in reasons)
    else:
        assert reason in told
        assert state == ("failed" if reason else "ok")


@pytest.mark.parametrize("spelling", SOME)
def test_a_next_page_off_the_site_is_not_fetched(crawl, site, trap, spelling):
    board = Board(site, count=3).fill()
    site.routes["/"] = board.index(1) + f"<a rel=next href='{inside(spelling, trap, site)}'></a>"
    crawled = crawl(site.url, spider="LinkedBoardSpider")
    assert crawled.error is None
    assert crawled.log.state in {"thin", "ok"}  # fine where the link means a path of the site's own, or nothing
    assert len(site.paths) <= 8


@pytest.mark.parametrize("host", ["site.example", socket.gethostname()])
def test_a_further_host_of_a_made_up_source_is_this_machine_or_none(crawl, site, trap, host):
    Board(site, count=3).fill()
    crawled = crawl(site.url, spider="LinkedBoardSpider", entry={"other_hosts": (f"{host}:{trap}",)})
    assert crawled.error is SourceRefused
    assert "other_hosts" in crawled.message
    assert site.paths == []


SITEMAP = "<?xml version='1.0'?>{declared}<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>"
LAUGHS = "<!DOCTYPE u [<!ENTITY a0 'lach'>%s]>" % "".join(  # noqa: UP031 - braces and percent signs mean something here
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10)
)


@pytest.mark.parametrize("attack", ["laughs", "file", "address", "parameter", "stylesheet", "links off the site"])
def test_a_sitemap_that_attacks_its_reader(crawl, site, trap, attack):
    Board(site, count=3).fill()
    there = f"http://127.0.0.1:{trap}/x"
    declared, stamp = {
        "laughs": (LAUGHS, "&a9;"),
        "file": ("<!DOCTYPE u [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", "&x;"),
        "address": (f"<!DOCTYPE u [<!ENTITY x SYSTEM '{there}'>]>", "&x;"),
        "parameter": (f"<!DOCTYPE u SYSTEM '{there}' [<!ENTITY % x SYSTEM '{there}'> %x;]>", "1"),
        "stylesheet": (f"<?xml-stylesheet href='{there}'?>", "1"),
        "links off the site": ("", "1"),
    }[attack]
    place = there if attack.startswith("links") else f"{site.url}/ad"
    urls = "".join(f"<url><loc>{place}/a{n}</loc><lastmod>{stamp}</lastmod></url>" for n in range(1, 4))
    sitemap = SITEMAP.format(declared=declared, urls=urls)
    site.routes["/sitemap.xml"] = (200, {"Content-Type": "application/xml"}, sitemap.encode())
    crawled = crawl(site.url, spider="StampsBoardSpider")
    assert crawled.verdict == ("ok", "")
    assert "root:" not in crawled.log_text + crawled.printed
    assert crawled.peak_mb < PEAK_MB


@pytest.mark.parametrize("target", ["trap", "itself", "elsewhere"])
def test_a_sitemap_that_leads_astray(crawl, site, trap, target):
    Board(site, count=3).fill()
    there = {"trap": f"http://127.0.0.1:{trap}/", "itself": "/sitemap.xml", "elsewhere": "http://site.example/s.xml"}
    site.routes["/sitemap.xml"] = (301, {"Location": there[target]}, b"")
    crawled = crawl(site.url, spider="StampsBoardSpider")
    assert crawled.verdict == ("ok", "")
    assert "no stamps: " + ("redirect_loop" if target == "itself" else "off_site") in crawled.log_text


def test_entities_in_a_page_are_not_expanded(crawl, board, trap):
    attack = LAUGHS + f"<!DOCTYPE html [<!ENTITY x SYSTEM 'http://127.0.0.1:{trap}/'>]>"
    page = board.listing(1).replace("<!doctype html>", attack).replace("Ontvang", "&a9;&x; Ontvang")
    board.site.routes["/ad/a1"] = (200, {"Content-Type": "application/xhtml+xml"}, page.encode())
    crawled = crawl(board.site.url)
    assert crawled.error is None
    assert all(len(listing.body) < 100 for listing in crawled.listings)
    assert crawled.peak_mb < PEAK_MB


@pytest.mark.parametrize(
    "link",
    [
        *(
            "javascript:void(0)",
            "http://site.example/ad/1",
            "mailto:x@site.example",
            "file:///etc/hosts",
            "tel:+31620000000",
        ),
        *(
            "data:text/html,x",
            "blob:x",
            "about:blank",
            "view-source:http://site.example/",
            "JaVaScRiPt:x",
            "&#x6a;avascript:x",
        ),
    ],
)
def test_links_off_the_site_are_not_followed(crawl, board, link):
    board.site.routes["/"] = board.index(1).replace("href='/ad/a1'", f"href='{link}'")
    crawled = crawl(board.site.url)
    assert crawled.log.listings_present == 11
    board.site.routes["/"] = board.index(1).replace("href='/ad/", f"href='{link}")
    assert crawl(board.site.url).verdict == ("changed", "cards_unreadable")


@pytest.mark.parametrize(
    "link", ["javascript:x", "mailto:x@site.example", "tel:0620000000", "data:text/html,x", "http://", "#", ""]
)
def test_a_next_page_that_is_none(crawl, site, link):
    board = Board(site, count=3).fill()
    site.routes["/"] = board.index(1) + f"<a rel=next href='{link}'></a>"
    crawled = crawl(site.url, spider="LinkedBoardSpider")
    assert crawled.error is None
    assert crawled.log.listings_present == 3
    assert len(site.paths) <= 10


def test_bytes_that_are_no_text(crawl, board):
    board.site.routes["/ad/a1"] = board.listing(1).replace("Ontvang", "Ont\0vang").encode()
    board.site.routes["/ad/a2"] = board.listing(2).replace("Ontvang thuis", "Café privé").encode("cp1252")
    board.site.routes["/ad/a3"] = (200, {"Content-Type": "text/html; charset=utf-7"}, board.listing(3).encode())
    board.site.routes["/ad/a4"] = (200, {"Content-Type": "image/jpeg"}, bytes(range(256)) * 40)
    crawled = crawl(board.site.url)
    bodies = {listing.listing_id: listing.body for listing in crawled.listings}
    assert bodies["a1"].startswith("Ontvang thuis")
    assert bodies["a2"].startswith("Café privé")
    assert bodies["a3"].startswith("Ontvang thuis")
    assert "a4" not in bodies
    assert crawled.error is None


def test_markup_that_attacks_the_parser(crawl, board):
    board.site.routes["/ad/a1"] = "<div>" * 100_000 + board.listing(1)
    board.site.routes["/ad/a2"] = board.listing(2).replace(
        "<div class=tekst>", f"<div class=tekst title='{'x' * 4 * MB}'>"
    )
    crawled = crawl(board.site.url)
    assert crawled.error is None
    assert crawled.log.listings_read >= 11


def test_a_server_that_drips_is_given_up(crawl, board):
    def drip(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    board.site.routes["/ad/a1"] = drip
    crawled = crawl(board.site.url, entry={"timeout_seconds": 0.4})
    assert "listing pages: timeout 1" in crawled.log_text
    assert crawled.log.listings_read == 11


def test_headers_without_end_and_headers_that_are_none(crawl, board):
    def flood(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"x" * (8 * MB) + b"\r\n\r\n")

    def nonsense(handler):
        handler.wfile.write(b"\x00\xff\r\nno answer at all\r\n\r\n")
        handler.close_connection = True

    board.site.routes["/ad/a1"], board.site.routes["/ad/a2"] = flood, nonsense
    crawled = crawl(board.site.url, entry={"timeout_seconds": 2})
    assert crawled.error is None
    assert crawled.log.listings_read == 10


def test_five_failures_in_a_row_end_the_crawl(crawl, site):
    Board(site, count=60).fill()
    for number in range(1, 61):
        site.routes[f"/ad/a{number}"] = (502, {}, b"")
    crawled = crawl(site.url)
    assert crawled.verdict == ("thin", "http_502")
    assert crawled.log.listings_present > 0
    assert sum(path.startswith("/ad/") for path in site.paths) < 60


def test_nothing_of_a_page_reaches_log_or_terminal(crawl, site):
    board = Board(site, count=12, body=lambda number: f"kanariezin {number} met 06 2000 9{number:03d}").fill()
    site.routes["/ad/a1"] = (500, {}, b"kanarie")
    site.routes["/ad/a2"] = board.listing(2).replace("class=tekst", "class=kanarie")
    site.routes["/ad/a3"] = (200, {"Content-Encoding": "kanarie"}, b"kanarie")
    site.routes["/ad/a4"] = (302, {"Location": "/kanarie/a4"}, b"")
    site.routes["/ad/a5"] = board.listing(5).encode() + b" " * (6 * MB)
    site.routes["/ad/a6"] = (200, {"Content-Encoding": "gzip"}, b"geen gzip, kanarie")
    for spider in ("BoardSpider", "FaultySpider"):
        crawled = crawl(site.url, spider=spider)
        told = crawled.log_text + crawled.printed + repr(crawled.log) + repr(crawled.records)
        assert crawled.log_text.count("\n") >= 4
        for secret in ("kanarie", "Titel", "Enschede", "2000", "/ad/"):
            assert secret not in told.replace("127.0.0.1", ""), secret
        # By themselves: the digest of the contract is hexadecimal and may have any of them in it.
        assert re.search(r"(?<![0-9a-f])a(1[0-2]|[1-9])(?![0-9a-f])", told) is None


# Answers that are not as HTTP has them. Each is one listing's page on an otherwise healthy board.


def raw(*pieces, pause=0.0, lasts=False):
    """Answer with bytes as they are; the connection then ends, or is left open."""

    def answer(handler):
        handler.close_connection = True
        for piece in pieces:
            handler.connection.sendall(piece)
            time.sleep(pause)
        if lasts:
            time.sleep(1.5)

    return answer


OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def sized(body, size=None):
    return OK + b"Content-Length: %d\r\n\r\n" % (len(body) if size is None else size) + body


def chunked(*chunks):
    return (
        OK
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks)
        + b"0\r\n\r\n"
    )


PAGE = Board(None).listing(1).encode()  # what would be read from a1

BAD_ANSWERS = {
    "no answer": (raw(lasts=True), "timeout"),
    "no answer at all": (raw(), "connection_lost"),
    "headers byte by byte": (raw(*(bytes([byte]) for byte in sized(PAGE)), pause=0.05), "timeout"),
    "headers only": (raw(OK, lasts=True), "timeout"),
    "a body byte by byte": (raw(sized(b"", 500), *(b"x",) * 100, pause=0.05), "timeout"),
    "chunks byte by byte": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n", *(b"1\r\nx\r\n",) * 100, pause=0.05), "timeout"),
    "chunks without end": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n", *(b"10000\r\n" + b"x" * 65536 + b"\r\n",) * 200), "page_too_large"),
    "a body without end": (raw(OK + b"\r\n", *(b"x" * 65536,) * 200), "page_too_large"),
    "many headers": (raw(b"HTTP/1.1 200 OK\r\n", *(b"X-A: y\r\n" * 10_000,) * 100), "headers_too_large"),
    "one huge header": (raw(b"HTTP/1.1 200 OK\r\nX-A: ", *(b"x" * MB,) * 100), "connection_lost"),
    "a header of many lines": (raw(b"HTTP/1.1 200 OK\r\nX-A: y\r\n", *(b" y\r\n" * 10_000,) * 100), "headers_too_large"),
    "many cookies": (raw(b"HTTP/1.1 200 OK\r\n", b"".join(b"Set-Cookie: a%d=b\r\n" % n for n in range(10_000))), "headers_too_large"),
    "interim answers without end": (raw(*(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,) * 100), "headers_too_large"),
    "no status line": (raw(b"Content-Type: text/html\r\n\r\n" + PAGE), "connection_lost"),
    "HTTP/0.9": (raw(PAGE), "connection_lost"),
    "HTTP/9.9": (raw(sized(PAGE, len(PAGE) + 1).replace(b"1.1", b"9.9")), "connection_lost"),
    "status 999": (raw(sized(PAGE).replace(b"200", b"999")), "http_999"),
    "a telephone number as status": (raw(sized(PAGE).replace(b"200", b"0620001234")), "bad_status"),
    "a negative status": (raw(sized(PAGE).replace(b"200", b"-200")), "bad_status"),
    "no number as status": (raw(sized(PAGE).replace(b"200", b"twee")), "connection_lost"),
    "304 without being asked": (raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "http_304"),
    "206 without being asked": (raw(sized(PAGE).replace(b"200 OK", b"206 Partial Content")), "http_206"),
    "204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), None),
    "205": (raw(b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n"), None),
    "shorter than stated": (raw(sized(PAGE, len(PAGE) + 10)), "connection_lost"),
    "a negative length": (raw(sized(PAGE, -5)), "connection_lost"),
    "a length that is no number": (raw(OK + b"Content-Length: veel\r\n\r\n" + PAGE), "connection_lost"),
    "two lengths": (raw(sized(PAGE).replace(b"\r\n\r\n", b"\r\nContent-Length: 7\r\n\r\n", 1)), "connection_lost"),
    "a huge length": (raw(sized(PAGE, 10**18)), "page_too_large"),
    "a chunk of no size": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + PAGE), "connection_lost"),
    "a chunk of negative size": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n" + PAGE), "connection_lost"),
    "a chunk of huge size": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 4000 + b"\r\n" + PAGE), "connection_lost"),
    "chunks that stop": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"), "connection_lost"),
    "an unknown coding": (raw(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + PAGE), "connection_lost"),
    "a redirect without place": (raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), "http_302"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_an_answer_that_is_none_is_one_page_less(crawl, board, name):
    board.site.routes["/ad/a1"], reason = BAD_ANSWERS[name]
    crawled = crawl(board.site.url, entry={"timeout_seconds": 0.4})
    assert crawled.error is None
    assert crawled.log.state in {"thin", "changed", "ok"}
    assert [presence.listing_id for presence in crawled.presences] == ["a1"]
    if reason is not None:
        assert f"listing pages: {reason} 1" in crawled.log_text
    assert "0620001234" not in crawled.log_text + repr(crawled.log)
    assert crawled.peak_mb < PEAK_MB


GOOD_ANSWERS = {
    "chunks": chunked(PAGE[:100], PAGE[100:]),
    "longer than stated": sized(PAGE + b"<script>", len(PAGE)),
    "no length": OK + b"\r\n" + PAGE,
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + sized(PAGE),
    "some cookies": sized(PAGE).replace(b"OK\r\n", b"OK\r\n" + b"Set-Cookie: a=b\r\n" * 1000),
    "lines end with LF": sized(PAGE).replace(b"\r\n", b"\n"),
    "a header that is none": sized(PAGE).replace(b"OK\r\n", b"OK\r\nzomaar iets\r\n"),
    "HTTP/1.0": sized(PAGE).replace(b"1.1", b"1.0"),
    "no reason": sized(PAGE).replace(b" OK", b""),
    "trailers": chunked(PAGE).replace(b"0\r\n\r\n", b"0\r\nX-A: y\r\n\r\n"),
}


@pytest.mark.parametrize("name", GOOD_ANSWERS)
def test_an_odd_answer_that_is_one_is_read(crawl, site, name):
    Board(site, count=2).fill()
    site.routes["/ad/a1"] = raw(GOOD_ANSWERS[name])
    assert crawl(site.url, entry={"timeout_seconds": 2}).verdict == ("ok", "")
    assert not any("cookie" in headers for headers in site.headers)


def zeros(packing: str) -> bytes:
    """Pack about 1 GB of zeros into about 1 MB; blocks that repeat are made once."""
    if packing == "zstd":
        return zstd.compress(bytes(MB)) * 1024
    if packing == "br":
        packer = brotli.Compressor(quality=1)
        return b"".join(packer.process(bytes(MB)) for _ in range(256)) + packer.finish()
    packer = zlib.compressobj(9, zlib.DEFLATED, {"gzip": 31, "deflate": 15}[packing])
    first = packer.compress(bytes(MB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + (packer.compress(bytes(MB)) + packer.flush(zlib.Z_FULL_FLUSH)) * 1023


@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("path", ["/robots.txt", "/.well-known/tdmrep.json", "/", "/ad/a1"])
def test_a_page_that_unpacks_without_end_stays_small(crawl, board, packing, path):
    board.site.routes[path] = (200, {"Content-Encoding": packing, "Content-Type": "text/html"}, zeros(packing))
    crawled = crawl(board.site.url)
    assert crawled.error is None
    reason = {"/robots.txt": "robots_unreachable", "/.well-known/tdmrep.json": "tdm_unreadable"}.get(
        path, "page_too_large"
    )
    assert crawled.verdict == ("failed", reason) or f"listing pages: {reason} 1" in crawled.log_text
    assert crawled.peak_mb < PEAK_MB


@pytest.mark.parametrize(
    "codings", ["gzip, gzip", "gzip, deflate, gzip", "br, gzip", "zstd, gzip", ", ".join(["gzip"] * 2000)]
)
def test_a_page_packed_in_a_packed_page(crawl, board, codings):
    body = zeros("gzip")
    for coding in codings.split(", ")[1:20]:
        body = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}[coding](
            body
        )
    board.site.routes["/ad/a1"] = (200, {"Content-Encoding": codings, "Content-Type": "text/html"}, body)
    crawled = crawl(board.site.url, entry={"timeout_seconds": 5})
    assert crawled.error is None
    assert [presence.listing_id for presence in crawled.presences] == ["a1"]
    assert crawled.peak_mb < PEAK_MB


@pytest.mark.parametrize("packing", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_a_packed_page_is_read(crawl, site, packing):
    Board(site, count=2).fill()
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress, "zstd": zstd.compress}
    body = PAGE
    for coding in packing.split(", "):
        body = pack[coding](body)
    site.routes["/ad/a1"] = (200, {"Content-Encoding": packing}, body)
    assert crawl(site.url).verdict == ("ok", "")


def test_a_calendar_without_end_and_without_listings(crawl, site):
    def another_day(handler):
        day = int(handler.path.rpartition("/")[2] or 1)
        page = f"<p class=totaal>0 advertenties op 1 pagina's</p><a rel=next href='/dag/{day + 1}'>morgen</a>".encode()
        handler.connection.sendall(sized(page))
        handler.close_connection = True

    Board(site, count=3).fill()
    site.routes |= {"/": another_day} | {f"/dag/{day}": another_day for day in range(1, 200)}
    crawled = crawl(site.url, spider="LinkedBoardSpider")
    assert crawled.error is None
    assert crawled.log.state == "blind"
    assert len(site.paths) < 10


@pytest.mark.parametrize("hops", [5, 6, 40])
def test_long_chains_of_redirects(crawl, site, hops):
    board = Board(site, count=2).fill()
    site.routes["/"] = (302, {"Location": "/h1"}, b"")
    site.routes |= {f"/h{hop}": (307, {"Location": f"/h{hop + 1}"}, b"") for hop in range(1, hops)}
    site.routes[f"/h{hops}"] = board.index(1)
    assert crawl(site.url).verdict == (("ok", "") if hops == 5 else ("failed", "redirect_loop"))
    assert len(site.paths) <= 11


def test_a_redirect_to_itself_with_a_growing_address(crawl, site):
    def grow(handler):
        handler.connection.sendall(
            b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /?%s\r\n\r\n" % (b"x" * len(handler.path) * 2)
        )

    site.routes |= {f"/?{'x' * length}" if length else "/": grow for length in (0, 2, 8, 20, 44, 92, 188, 380)}
    crawled = crawl(site.url)
    assert crawled.error is None
    assert crawled.log.state == "failed"
    assert len(site.paths) <= 10


TEXT = "Café privé, ontvang thuis."


@pytest.mark.parametrize(
    ("sent", "header", "meta"),
    [
        (TEXT.encode("utf-16"), "text/html", None),
        (TEXT.encode("utf-16"), "text/html; charset=utf-16", None),
        (TEXT.encode("utf-16-le"), "text/html; charset=utf-16le", None),
        (TEXT.encode("utf-8-sig"), "text/html; charset=iso-8859-1", None),
        (TEXT.encode(), "text/html; charset=iso-8859-1", None),
        (TEXT.encode(), "text/html; charset=utf-16", None),
        (TEXT.encode(), "text/html", "iso-8859-1"),
        (TEXT.encode("latin-1"), "text/html; charset=utf-8", None),
        (TEXT.encode("latin-1"), "text/html; charset=iso-8859-1", "utf-8"),
        (TEXT.encode("cp1252"), "text/html", "iso-8859-15"),
        (TEXT.encode(), "text/html; charset=utf-7", None),
        (TEXT.encode(), "text/html; charset=bestaat-niet", "ook-niet"),
        (TEXT.encode(), "text/html; charset=rot13", "zlib"),
    ],
)
def test_a_lie_about_the_encoding_is_seen_through(crawl, site, sent, header, meta):
    board = Board(site, count=2, body=lambda number: "@@@").fill()
    coding = "utf-16-le" if sent[1:2] == b"\0" or sent[:2] == b"\xff\xfe" else "ascii"
    before, after = (
        board.listing(1).replace("<title>", f"<meta charset={meta}><title>" if meta else "<title>").split("@@@")
    )
    mark, text = (
        (sent[:2], sent[2:])
        if sent[:2] == b"\xff\xfe"
        else (sent[:3], sent[3:])
        if sent[:3] == b"\xef\xbb\xbf"
        else (b"", sent)
    )
    site.routes["/ad/a1"] = (200, {"Content-Type": header}, mark + before.encode(coding) + text + after.encode(coding))
    crawled = crawl(site.url)
    assert crawled.verdict[0] != "failed", crawled.verdict
    assert {listing.listing_id: listing.body for listing in crawled.listings}.get("a1") == TEXT


@pytest.mark.parametrize(
    ("what", "read"),
    [
        (lambda board: "<p>x</p>" * 100_000 + board.listing(1), True),
        (lambda board: board.listing(1).replace("<p>", "<p>" + "<b>" * 50_000, 1), None),
        (lambda board: board.listing(1).replace("<h1>", f"<h1 {' '.join(f'a{n}=x' for n in range(400_000))}>"), False),
        (lambda board: board.listing(1).replace("<h1>", f"<h1 title='{'x' * 10 * MB}'>"), False),
        (lambda board: board.listing(1).replace("<title>", f"<!--{'-' * MB}--><title>"), True),
        (lambda board: board.listing(1).replace("<title>", "<" * 100_000 + "<title>"), True),
        (lambda board: board.listing(1) + "&" * 500_000 + "&#x110000;&#0;&#xD800;", True),
        (lambda board: board.listing(1) + "<script>" + "<!--<script>" * 50_000, True),
        (lambda board: board.listing(1) + "<table>" * 30_000, True),
        (lambda board: "<![CDATA[" + board.listing(1), None),
    ],
    ids=["siblings", "nested", "attributes", "huge attribute", "comment", "open brackets", "entities", "scripts", "tables", "cdata"],
)  # fmt: skip
def test_hostile_markup_is_read_or_left_out(crawl, board, what, read):
    board.site.routes["/ad/a1"] = what(board)
    crawled = crawl(board.site.url)
    assert crawled.error is None
    if read is not None:
        assert ("a1" in {listing.listing_id for listing in crawled.listings}) is read
    assert crawled.peak_mb < PEAK_MB


@pytest.mark.parametrize(
    "value", ["-5", "", "nu", "1e9", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 99 Foo 2026", "0"]
)
def test_a_retry_after_that_makes_no_sense(crawl, site, value):
    Board(site, count=2).fill()
    site.routes["/"] = (503, {"Retry-After": value}, b"")
    began = time.monotonic()
    assert crawl(site.url).verdict == ("failed", "http_503")
    assert time.monotonic() - began < 5
    assert site.paths.count("/") in {1, 3}


def test_a_page_that_never_ends_ends_with_the_time_for_a_page(crawl, site):
    """The time-out is of the whole page, not of a pause in it: a server that always sends something is given up too."""
    Board(site, count=2).fill()
    site.routes["/"] = raw(sized(b"", 10**6), *(b"x" * 100,) * 200, pause=0.02)
    began = time.monotonic()
    assert crawl(site.url, entry={"timeout_seconds": 0.5}).verdict == ("failed", "timeout")
    assert time.monotonic() - began < 4


def test_no_answer_of_a_hostile_site_reaches_the_log(crawl, site):
    board = Board(site, count=12).fill()
    secret = b"kanarie 0620009999"
    for number, page in enumerate(
        [
            b"HTTP/1.1 200 " + secret + b"\r\nContent-Length: veel\r\n\r\n",
            secret + b"\r\n\r\n",
            OK + b"Content-Encoding: " + secret + b"\r\nContent-Length: 2\r\n\r\nxx",
            b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://" + secret.replace(b" ", b".") + b"/\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX-" + secret + b": y\r\n" * 10_000,
            OK + b"Transfer-Encoding: chunked\r\n\r\n" + secret + b"\r\n",
        ],
        start=1,
    ):
        site.routes[f"/ad/a{number}"] = raw(page)
    site.routes["/.well-known/tdmrep.json"] = json.dumps([{"location": "/kanarie", "tdm-reservation": 1}])
    crawled = crawl(board.site.url, entry={"timeout_seconds": 1})
    assert crawled.error is None
    assert not re.search("kanarie|0620009999", crawled.log_text + crawled.printed + repr(crawled.log))
