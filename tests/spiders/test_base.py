"""The crawl's own decisions, page by page, without a crawl."""

from datetime import date
from types import SimpleNamespace

import pytest
from loopback_site import BoardSpider, board_entry
from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import HtmlResponse

from spiders.base import MAX_BODY_CHARACTERS, MAX_TITLE_CHARACTERS
from spiders.errors import PageChanged
from spiders.index_pages import Branch, IndexPage
from spiders.reception import CHANGED_AFTER, GIVE_UP_AFTER
from spiders.tally import Chain
from warehouse.records import Listing

URL = "http://127.0.0.1:1/"


@pytest.fixture
def spider():
    return BoardSpider(day=date(2026, 10, 14), entry=board_entry())


def answer(html: str = "<p>een pagina</p>") -> HtmlResponse:
    return HtmlResponse(URL, body=html.encode(), encoding="utf-8")


def test_a_list_to_which_each_page_leads_is_asked_for_once(spider, monkeypatch):
    monkeypatch.setattr(spider, "parse_index", lambda _page: IndexPage(branches=(Branch(URL + "a"), Branch(URL + "b"))))
    spider.tally.chains[0] = Chain(pages_asked=2)
    asked = [request.url for number in (1, 2) for request in spider.on_index(answer(), 0, number, URL)]
    assert asked == [URL + "a", URL + "b"]


def test_a_title_or_text_without_end_is_cut(spider):
    records = []
    spider.connect(SimpleNamespace(write=records.append), SimpleNamespace(before=lambda: 0))
    spider._take(Listing("xx_board", "a1", "t" * 9999, "b" * 99_999), "")
    assert (len(records[0].title), len(records[0].body)) == (MAX_TITLE_CHARACTERS, MAX_BODY_CHARACTERS)


@pytest.mark.parametrize(("stated", "asked"), [(None, [URL + "?pagina=2"]), (500, [URL + "?pagina=2"]), (5, [])])
def test_past_a_first_page_that_is_out_of_order_the_next_is_tried_unless_all_fits_on_one(spider, stated, asked):
    spider.tally.chains[0] = Chain(listings_stated=stated, pages_asked=1)
    request = Request(URL, cb_kwargs={"chain": 0, "number": 1, "first_url": URL})
    assert [each.url for each in spider._past_missing_first_pages(SimpleNamespace(request=request))] == asked


def unreadable(_page):
    raise PageChanged("p.totaal gives none instead of one")


@pytest.mark.parametrize(
    ("most", "strike"),
    [
        (CHANGED_AFTER, lambda desk: desk.read(answer(), unreadable, "listing")),
        (GIVE_UP_AFTER, lambda desk: desk.failed("timeout", "listing")),
    ],
)
def test_many_bad_pages_in_a_row_end_the_crawl_and_a_good_one_between_begins_the_count_anew(spider, most, strike):
    desk = spider.reception
    for _ in range(2):
        for _ in range(most - 1):
            strike(desk)
        assert desk.read(answer(), lambda _page: "gelezen", "listing") == "gelezen"
    for _ in range(most - 1):
        strike(desk)
    with pytest.raises(CloseSpider):
        strike(desk)
    assert spider.tally.page_failures.total() == 3 * most - 2


@pytest.mark.parametrize("reason", ["gone", "robots_disallow"])
def test_pages_that_are_gone_or_barred_say_nothing_of_the_site(spider, reason):
    for _ in range(3 * GIVE_UP_AFTER):
        spider.reception.failed(reason, "listing")
    assert spider.tally.stopped == ""
