"""Whole crawls of a board on loopback: what is fetched, written, remembered and said."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from loopback_site import Board, board_entry

from spiders.crawl import agent_for
from spiders.errors import BadAgent, SourceRefused
from warehouse.records import Validators

DAY = date(2026, 10, 14)
ALL = sorted(f"a{n}" for n in range(1, 13))


def detail_paths(board):
    return [path for path in board.site.paths if path.startswith("/ad/")]


def test_every_listing_is_read_once(crawl, board):
    crawled = crawl(board.site.url)
    assert crawled.error is None, crawled.message
    assert crawled.verdict == ("ok", "")
    assert sorted(listing.listing_id for listing in crawled.listings) == ALL
    assert crawled.presences == []
    assert crawled.log.completeness == 1.0
    assert (crawled.log.pages_expected, crawled.log.pages_fetched) == (15, 15)
    assert (crawled.log.listings_present, crawled.log.listings_read, crawled.log.parse_failures) == (12, 12, 0)
    assert len(board.site.paths) == len(set(board.site.paths)) == 17
    assert crawled.printed == ""
    first = next(listing for listing in crawled.listings if listing.listing_id == "a1")
    assert (first.title, first.place, first.contact, first.posted_date) == ("Titel 1", "Enschede", "06 2000 0001", DAY)


def test_on_the_next_day_only_presence_is_taken(crawl, board):
    known = {listing_id: card for listing_id, (card, _) in crawl(board.site.url).noted.items()}
    board.site.asked.clear()
    crawled = crawl(board.site.url, known=known, day=DAY + timedelta(days=1))
    assert crawled.verdict == ("ok", "")
    assert detail_paths(board) == []
    assert [presence.listing_id for presence in crawled.presences] == ALL
    assert crawled.noted == {listing_id: (card, None) for listing_id, card in known.items()}
    assert crawled.log.completeness == 1.0


def test_a_changed_card_is_read_again_and_a_refreshed_stamp_is_not(crawl, board):
    known = {listing_id: card for listing_id, (card, _) in crawl(board.site.url).noted.items()}
    page = board.index(1).replace("Titel 2<", "Nieuwe titel<").replace("3 uur geleden", "zojuist")
    board.site.routes["/"] = page
    board.site.asked.clear()
    crawled = crawl(board.site.url, known=known)
    assert detail_paths(board) == ["/ad/a2"]
    assert [listing.listing_id for listing in crawled.listings] == ["a2"]
    assert len(crawled.presences) == 11
    assert crawled.noted["a2"][1] == DAY


def test_a_page_is_asked_for_only_if_it_changed_since_it_was_read(crawl, board):
    said = {"a1": Validators('"v1"'), "a2": Validators(None, "Mon, 12 Oct 2026 06:00:00 GMT")}
    asked = {}

    def conditional(number):
        def answer(handler):
            headers = {name.lower(): value for name, value in handler.headers.items()}
            asked[number] = (headers.get("if-none-match"), headers.get("if-modified-since"))
            fresh = asked[number] != (None, None) and number != 2
            body = b"" if fresh else board.listing(number).encode()
            handler.send_response(304 if fresh else 200)
            handler.send_header("ETag", f'"v{number + 7}"')
            handler.send_header("Content-Type", "text/html")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        return answer

    for number in (1, 2, 3):
        board.site.routes[f"/ad/a{number}"] = conditional(number)
    crawled = crawl(board.site.url, said=said)
    assert asked == {1: ('"v1"', None), 2: (None, "Mon, 12 Oct 2026 06:00:00 GMT"), 3: (None, None)}
    assert crawled.verdict == ("ok", "")
    assert crawled.log.completeness == 1.0
    assert [presence.listing_id for presence in crawled.presences] == ["a1"]
    assert (crawled.log.listings_read, crawled.log.listings_unchanged) == (11, 1)
    assert crawled.noted["a1"][1] == DAY  # it is as it was: as good as read
    assert crawled.said["a1"] == said["a1"]
    assert crawled.said["a2"] == Validators('"v9"')
    assert crawled.said["a3"] == Validators('"v10"')


def test_an_unasked_not_modified_is_a_failure(crawl, board):
    board.site.routes["/ad/a1"] = (304, {}, b"")
    crawled = crawl(board.site.url)
    assert crawled.log.listings_unchanged == 0
    assert [presence.listing_id for presence in crawled.presences] == ["a1"]
    assert crawled.verdict == ("thin", "listing_pages_missing")


def test_pages_known_from_links_only_are_followed(crawl, board):
    crawled = crawl(board.site.url, spider="LinkedBoardSpider")
    assert crawled.verdict == ("ok", "")
    assert crawled.log.listings_present == 12


@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_missing_index_page_is_known_not_guessed(crawl, site, status):
    board = Board(site, count=35).fill()
    site.routes[board.path(3)] = (status, {}, b"weg")
    crawled = crawl(site.url)
    assert crawled.verdict == ("thin", "index_pages_missing")
    assert crawled.log.listings_present == 30
    assert (crawled.log.pages_expected, crawled.log.pages_fetched) == (37, 36)
    assert crawled.log.completeness == pytest.approx(30 / 35, abs=1e-6)


def test_fewer_listings_than_the_site_states_is_thin(crawl, site):
    Board(site, stated=20).fill()
    crawled = crawl(site.url)
    assert crawled.verdict == ("thin", "fewer_listings_than_stated")
    assert crawled.log.completeness == pytest.approx(12 / 20)


def test_a_listing_gone_since_the_index_page_is_present(crawl, board):
    del board.site.routes["/ad/a4"]
    crawled = crawl(board.site.url)
    assert crawled.verdict == ("ok", "")
    assert [presence.listing_id for presence in crawled.presences] == ["a4"]
    assert crawled.log.completeness == 1.0


def test_a_page_that_could_not_be_read_is_asked_for_again_tomorrow(crawl, board):
    board.site.routes["/ad/a4"] = (500, {}, b"")
    crawled = crawl(board.site.url)
    assert crawled.verdict == ("thin", "listing_pages_missing")
    assert crawled.log.completeness == pytest.approx(11 / 12, abs=1e-6)
    assert board.site.paths.count("/ad/a4") == 3
    assert crawled.noted["a4"][1] is None


def test_an_empty_site_is_blind_unless_it_may_be_empty_and_says_so(crawl, site):
    Board(site, count=0).fill()
    assert crawl(site.url).verdict == ("blind", "no_listings")
    allowed = crawl(site.url, entry={"assertions": {"min_listings": 0, "max_listings": 10}})
    assert allowed.verdict == ("ok", "")
    assert allowed.log.completeness == 1.0


def test_under_the_promised_number_is_thin_and_over_it_a_warning(crawl, board):
    few = crawl(board.site.url, entry={"assertions": {"min_listings": 50, "max_listings": 100}})
    assert few.verdict == ("thin", "fewer_listings_than_promised")
    many = crawl(board.site.url, entry={"assertions": {"min_listings": 1, "max_listings": 5}})
    assert many.verdict == ("ok", "")
    assert "more listings than promised: 12" in many.log_text


def test_half_the_fields_empty_is_a_change(crawl, site):
    board = Board(site, count=12).fill()
    for number in range(1, 7):
        site.routes[f"/ad/a{number}"] = board.listing(number).replace(f"06 2000 {number:04d}", "")
    crawled = crawl(site.url)
    assert crawled.verdict == ("changed", "fill_contact")
    # The listings were there; what was read of them is not believed, and is read again.
    assert not crawled.log.is_trusted
    assert (crawled.log.listings_present, crawled.log.completeness) == (12, 0.0)
    assert {read_day for _, read_day in crawled.noted.values()} == {None}


def test_after_a_night_that_is_not_believed_a_sample_is_read(crawl, site):
    Board(site, count=100, per_page=50).fill()
    first = crawl(site.url)
    broken = replace(first.log, day=DAY - timedelta(days=1), state="changed", reason="fill_contact", is_trusted=False)
    crawled = crawl(site.url, history=[broken])
    assert crawled.verdict == ("thin", "sample_only")
    assert (crawled.log.listings_present, crawled.log.listings_read) == (100, 40)
    assert crawl(site.url, history=[replace(broken, is_trusted=True)]).log.listings_read == 100


def test_the_page_cap_holds(crawl, board):
    crawled = crawl(board.site.url, entry={"page_cap": 8})
    assert crawled.verdict == ("thin", "page_cap")
    assert len(board.site.paths) <= 10
    assert len(crawled.records) == 12


def test_what_the_sink_raises_reaches_the_caller(crawl, board):
    crawled = crawl(board.site.url, fails_at=3)
    assert crawled.error is OSError
    assert crawled.noted == {}


def test_a_fault_in_a_source_is_counted_by_type_and_its_text_goes_nowhere(crawl, site):
    Board(site, body=lambda number: f"kanarie-tekst-{number}").fill()
    crawled = crawl(site.url, spider="FaultySpider")
    assert crawled.verdict == ("changed", "listing_page_changed")
    assert crawled.log.parse_failures == 12
    assert "error pages: ValueError 12" in crawled.log_text
    assert "kanarie" not in crawled.log_text + crawled.printed


def test_requests_say_who_asks_and_never_come_faster_than_the_delay(crawl, site):
    Board(site, count=3).fill()
    crawled = crawl(site.url, delay=0.4)
    assert crawled.verdict == ("ok", "")
    moments = [moment for moment, _ in site.asked]
    # The server's own threads may be late to note one request and in time for the next; the sum is not so lenient.
    assert min(later - earlier for earlier, later in pairwise(moments)) >= 0.2
    assert moments[-1] - moments[0] >= 0.4 * (len(moments) - 1) - 0.1
    assert {headers["user-agent"] for headers in site.headers} == {"Advertentiemonitor/1 (+beheer@gemeente.example)"}
    assert {headers["accept-language"] for headers in site.headers} == {"nl"}
    assert not any("cookie" in headers or "referer" in headers for headers in site.headers)


def test_cookies_are_not_kept(crawl, board):
    board.site.routes["/"] = (200, {"Set-Cookie": "volg=1"}, board.index(1).encode())
    crawl(board.site.url)
    assert not any("cookie" in headers for headers in board.site.headers)


def test_a_synthetic_source_elsewhere_is_refused(crawl, board):
    crawled = crawl("http://192.0.2.1")
    assert crawled.error is SourceRefused
    assert "on this machine" in crawled.message
    crawled = crawl(board.site.url, entry={"enabled": False})
    assert crawled.error is SourceRefused
    assert board.site.paths == []


def test_a_live_source_runs_only_with_a_complete_entry_and_today(crawl, board):
    crawled = crawl(
        "http://site.example", entry={"kind": "live", "base_url": "http://site.example", "delay_seconds": 10}
    )
    assert crawled.error is SourceRefused
    for part in (
        "legal_ground: missing",
        "robots: no dated decision",
        "night: no window",
        "only be crawled as it is today",
    ):
        assert part in crawled.message


@pytest.mark.parametrize("contact", [None, "", "nobody", "a@b.example\nX-Header: 1"])
def test_an_agent_without_contact_is_refused(contact):
    with pytest.raises(BadAgent):
        agent_for(contact)


def test_an_agent_that_hides_is_refused(crawl, board):
    assert crawl(board.site.url, user_agent="Mozilla/5.0").error is BadAgent
    assert board.site.paths == []


# Crawls in a fork, as the front door does: Linux holds the most memory that pytest ever had against a program that pytest
# starts, and over a gigabyte the crawl's own cap would end it before it began.
SCRIPT = """
import os
import sys
from datetime import date
if child := os.fork():
    print(child, flush=True)
    os.waitpid(child, 0)
    sys.exit()
import spiders.crawl
assert "twisted.internet.reactor" not in sys.modules, "importing installs a reactor"
sys.path.insert(0, "tests/spiders")
import crawl_zygote
result = crawl_zygote.run({"url": sys.argv[1], "day": date(2026, 10, 14)})
print(result["error"].__name__ if "error" in result else result["log"].state, len(result["records"]))
"""


def test_a_signal_ends_the_crawl_with_an_error_and_without_a_log(site):
    Board(site).fill()
    ended = threading.Event()
    site.routes["/?pagina=2"] = lambda handler: ended.wait(30)  # a page that comes before the signal is no answer
    root = Path(__file__).parent.parent.parent
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, site.url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    crawling = int(process.stdout.readline())
    deadline = time.monotonic() + 20
    while "/?pagina=2" not in site.paths and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(crawling, signal.SIGTERM)
    try:
        out, err = process.communicate(timeout=20)
    finally:
        ended.set()
    assert out.split()[0] == "CrawlInterrupted", err
    assert err == ""


def test_the_entry_used_in_tests_is_a_valid_one():
    assert board_entry().is_loopback
