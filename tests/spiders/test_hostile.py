"""Sites that fail, refuse, lie or attack: each ends in a state with a name, never in an error or a leak."""

import gzip
import socket
import time

import pytest
from loopback_site import Board

MB = 1024 * 1024


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


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


@pytest.mark.parametrize("how", ["header", "meta"])
def test_a_reservation_of_text_and_data_mining_stops_the_source(crawl, board, how):
    page = board.index(1)
    if how == "header":
        board.site.routes["/"] = (200, {"tdm-reservation": "1"}, page.encode())
    else:
        board.site.routes["/"] = page.replace("<main>", "<meta name='TDM-Reservation' content='1'><main>")
    assert crawl(board.site.url).verdict == ("refused", "tdm_reserved")


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
    assert len(site.paths) <= 61


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


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://site.example/", "off_site"),
        ("http://127.0.0.1:9/", "off_site"),
        ("http://2130706433/", "off_site"),
        ("http://[::1]/", "off_site"),
        ("//169.254.169.254/latest/", "off_site"),
        ("http://user:pw@127.0.0.1/", "bad_address"),
    ],
)
def test_a_redirect_off_the_site_is_not_followed(crawl, site, location, reason):
    site.routes["/"] = (302, {"Location": location}, b"")
    assert crawl(site.url).verdict == ("failed", reason)


@pytest.mark.parametrize(
    "link", ["javascript:void(0)", "http://site.example/ad/1", "mailto:x@site.example", "file:///etc/hosts"]
)
def test_links_off_the_site_are_not_followed(crawl, board, link):
    board.site.routes["/"] = board.index(1).replace("href='/ad/a1'", f"href='{link}'")
    crawled = crawl(board.site.url)
    assert crawled.log.listings_present == 11
    board.site.routes["/"] = board.index(1).replace("href='/ad/", f"href='{link}")
    assert crawl(board.site.url).verdict == ("changed", "cards_unreadable")


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
        for secret in ("kanarie", "Titel", "Enschede", "2000", "/ad/", *(f"a{number}" for number in range(1, 13))):
            assert secret not in told.replace("127.0.0.1", ""), secret
