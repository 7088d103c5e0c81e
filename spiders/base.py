"""How one crawls, once for all sources: presence from index pages, a listing's page only when there is reason to."""

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from math import inf
from typing import Any

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from spiders.addresses import origin_of
from spiders.entries import SourceEntry
from spiders.errors import PageChanged
from spiders.index_pages import Card, IndexPage
from spiders.legible import legible
from spiders.obstacles import REFUSING_STATUS
from spiders.ports import Seen, Sink
from spiders.reasons import reason_for
from spiders.reception import GIVE_UP_AFTER, Read, Reception
from spiders.tally import Chain, Tally
from spiders.verdict import UNASKED
from warehouse.records import Listing, Validators

INDEX_PRIORITY = 10  # index pages before listings' pages: presence is one moment, as far as possible
MAX_BODY_CHARACTERS = 20_000
MAX_TITLE_CHARACTERS = 500
MANY = 20  # listings: fewer than this may well stand on one page
BARREN_PAGES = 2  # index pages in a row without anything new: the site goes round in circles
NOT_MODIFIED = 304

logger = logging.getLogger(__name__)


class ListingSpider(Spider):
    """Base of every source's class. A source says how an index page and a listing's page read; all else is here.

    `parse_index` and `parse_listing` are pure: page in, values out, `PageChanged` where the page is not as promised.
    """

    start_paths: tuple[str, ...] = ("/",)
    numbers_only: bool = False
    """Whether nothing on a page leads to the next: how many there are follows from the total and the first page."""
    stamps_path: str | None = None
    """A page, such as a sitemap, that tells when each listing changed; for sites whose cards do not tell."""

    def __init__(
        self, *, day: date, entry: SourceEntry | None = None, base_url: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.day = day
        self.base_url = (base_url or (entry.base_url if entry else "http://localhost")).rstrip("/")
        self.tally = Tally()
        self.reception = Reception(self.tally)
        self.trouble: Exception | None = None
        self.validators: dict[str, Validators | None] = {}
        self._entry = entry
        self._sink: Sink | None = None
        self._seen: Seen | None = None
        self._stamps: Mapping[str, str] = {}
        self._lists: set[str] = set()
        self._cards: dict[str, str] = {}
        self.most_listings: float = inf

    def connect(self, sink: Sink, seen: Seen) -> None:
        """Give the crawl somewhere to write and something that remembers."""
        self._sink, self._seen = sink, seen
        self.tally.before = seen.before()

    # What a source says of itself.

    def parse_index(self, response: TextResponse) -> IndexPage:
        """Read an index page.

        Raises:
            PageChanged: it does not look as promised.
        """
        raise NotImplementedError

    def parse_listing(self, response: TextResponse) -> Iterator[Listing]:
        """Read a listing's page into exactly one `Listing`.

        Raises:
            PageChanged: it does not look as promised.
        """
        raise NotImplementedError

    def parse_stamps(self, response: TextResponse) -> Mapping[str, str]:
        """Read the page at `stamps_path`: listing id to a stamp that moves when the listing changes.

        Raises:
            PageChanged: it does not look as promised.
        """
        raise NotImplementedError

    def page_url(self, first_url: str, number: int) -> str | None:  # noqa: ARG002 - a hook
        """Give the address of page `number` (from 2) of the list that starts at `first_url`; None: only links tell."""
        return None

    # How one crawls.

    async def start(self) -> AsyncIterator[Request]:
        """Begin with the first page of each list, or with the stamps where a source has such a page."""
        if self.stamps_path is not None:
            url = self.base_url + self.stamps_path
            yield Request(url, callback=self.on_stamps, errback=self.on_stamps_failure, dont_filter=True)
            return
        for request in self._begin():
            yield request

    def _begin(self) -> Iterator[Request]:
        for path in self.start_paths:
            request = self._ask_index(self.base_url + path, self._new_chain(None), 1)
            if request is not None:
                yield request

    def _new_chain(self, listings: int | None) -> int:
        chain = len(self.tally.chains)
        self.tally.chains[chain] = Chain(listings_stated=listings)
        return chain

    def _ask_index(self, url: str, chain: int, number: int, first_url: str | None = None) -> Request | None:
        tally = self.tally
        if (
            self._entry is not None
            and sum(known.pages_asked for known in tally.chains.values()) >= self._entry.index_page_cap
        ):
            tally.capped = tally.capped or "index_page_cap"
            return None
        tally.chains[chain].pages_asked += 1
        details = {"chain": chain, "number": number, "first_url": first_url or url}
        return Request(
            url,
            callback=self.on_index,
            errback=self.on_index_failure,
            cb_kwargs=details,
            priority=INDEX_PRIORITY,
            dont_filter=True,
        )

    def on_stamps(self, response: Response) -> Iterator[Request]:
        """Keep the stamps and begin; without them a changed listing is read again after a week at the latest."""
        try:
            self._stamps = self.parse_stamps(legible(response))
        except PageChanged as error:
            logger.warning("no stamps: %s", error.what)
        yield from self._begin()

    def on_stamps_failure(self, failure: Failure) -> Iterator[Request]:
        """Begin without stamps, unless the answer means that the source must be left alone."""
        reason = reason_for(failure)
        logger.warning("no stamps: %s", reason)
        if reason in UNASKED - {"robots_disallow"}:
            self.reception.stop(reason)
        yield from self._begin()

    def on_index(self, response: Response, chain: int, number: int, first_url: str) -> Iterator[Request]:
        """Count what an index page shows, and ask for the pages it makes needed."""
        if self.tally.stopped:
            return
        page = self.reception.read(response, self.parse_index, "index")
        if page is None:
            return
        if number == 1 and page.listings and not (page.cards or page.faulty or page.branches):
            self.reception.changed("a list that is not empty shows no cards", "index")
            return
        place = self.tally.chains[chain]
        place.numbers_read.add(number)
        self.tally.largest_page = max(self.tally.largest_page, len(page.cards))
        known = len(self.tally.present)
        wanted = [request for request in map(self._on_card, page.cards) if request is not None]
        new = len(self.tally.present) - known
        self.tally.faulty_cards += page.faulty
        for branch in page.branches:
            if branch.url in self._lists:  # each page of a list may lead to the same further ones
                continue
            self._lists.add(branch.url)
            request = self._ask_index(branch.url, self._new_chain(branch.listings), 1)
            if request is not None:
                yield request
        yield from self._further(page, place, chain, number, first_url, new)
        yield from wanted

    def _further(
        self, page: IndexPage, place: Chain, chain: int, number: int, first_url: str, new: int
    ) -> Iterator[Request]:
        """Ask for the pages of the list that are not asked for yet."""
        numbers = place.learn(page, number, numbers_only=self.numbers_only)
        if numbers is not None and self.page_url(first_url, 2) is not None:
            for further in numbers:
                request = self._ask_index(self.page_url(first_url, further) or "", chain, further, first_url)
                if request is None:
                    return
                yield request
            return
        place.barren_in_a_row = 0 if new else place.barren_in_a_row + 1
        if page.next_url is None:
            return
        if place.barren_in_a_row >= BARREN_PAGES or (
            place.pages_stated is not None and number >= 2 * place.pages_stated
        ):
            self.tally.capped = self.tally.capped or "pages_repeat"
            return
        request = self._ask_index(page.next_url, chain, number + 1, first_url)
        if request is not None:
            yield request

    def _on_card(self, card: Card) -> Request | None:
        """Note the listing as present; ask for its page when it is new, changed or long unread."""
        tally = self.tally
        if origin_of(card.url) != origin_of(self.base_url):
            tally.faulty_cards += 1
            return None
        tally.good_cards += 1
        if card.listing_id in tally.present:
            return None
        digest = card.digest(self._stamps.get(card.listing_id, ""))
        tally.present[card.listing_id] = digest
        seen = self._seen
        tally.stayed += seen is not None and seen.was_there(card.listing_id)
        if seen is not None and self._guarded(lambda: seen.is_fresh(card.listing_id, digest, self.day)):
            return None
        if card.listing is not None:
            self._take(card.listing, card.content)
            return None
        tally.wanted.add(card.listing_id)
        if self._entry is not None and len(tally.wanted) + tally.index_expected > self._entry.page_cap:
            tally.capped = tally.capped or "page_cap"
            return None
        if len(tally.wanted) > self.most_listings:  # a site whose readings are not believed is sampled, not read whole
            tally.capped = tally.capped or "sample_only"
            return None
        self._cards[card.listing_id] = card.content
        known = seen.validators(card.listing_id) if seen is not None else None
        return Request(
            card.url,
            callback=self.on_listing,
            errback=self.on_listing_failure,
            cb_kwargs={"listing_id": card.listing_id},
            headers=_conditions(known),
            meta={"handle_httpstatus_list": [NOT_MODIFIED]} if known else None,
            dont_filter=True,
        )

    def on_listing(self, response: Response, listing_id: str) -> None:
        """Write what a listing's page says, or note that it is as it was."""
        if self.tally.stopped:
            return
        if response.status == NOT_MODIFIED:
            self.tally.unchanged.add(listing_id)
            self.tally.failures_in_a_row = 0
            return
        found = self.reception.read(response, self._one_listing, "listing")
        if found is None:
            return
        if found.listing_id != listing_id:
            self.reception.another_listing()
            return
        self.validators[listing_id] = _validators_of(response)
        self._take(found, self._cards.pop(listing_id, ""))

    def _take(self, found: Listing, card: str) -> None:
        """Write a listing that was read."""
        listing = replace(found, title=found.title[:MAX_TITLE_CHARACTERS], body=found.body[:MAX_BODY_CHARACTERS])
        if self._sink is not None:
            sink = self._sink
            self._guarded(lambda: sink.write(listing))
        self.tally.take(listing, card)

    def _one_listing(self, page: TextResponse) -> Listing:
        found = list(self.parse_listing(page))
        if len(found) != 1:
            raise PageChanged("a listing's page holds no listing" if not found else "a listing's page holds several")
        return found[0]

    def on_index_failure(self, failure: Failure) -> Iterator[Request]:
        """Count an index page that could not be had; a refusal of one ends the crawl."""
        reason = reason_for(failure)
        if self.tally.stopped:
            return
        if reason in UNASKED:
            self.reception.stop(reason)
        self.reception.failed("http_404" if reason == "gone" else reason, "index")
        if reason.startswith("http_5"):
            yield from self._past_missing_first_pages(failure)

    def _past_missing_first_pages(self, failure: Failure) -> Iterator[Request]:
        """Try the next page where the first ones are out of order, unless the list is known to fit on one."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        chain, number, first_url = (request.cb_kwargs[name] for name in ("chain", "number", "first_url"))
        place, following = self.tally.chains[chain], self.page_url(first_url, number + 1)
        fits = place.listings_stated is not None and place.listings_stated <= max(self.tally.largest_page, MANY)
        if following is not None and not fits and place.pages_read == 0 and place.pages_asked == number < GIVE_UP_AFTER:
            further = self._ask_index(following, chain, number + 1, first_url)
            if further is not None:
                yield further

    def on_listing_failure(self, failure: Failure) -> None:
        """Count a listing's page that could not be had; an answer that means no ends the crawl."""
        reason = reason_for(failure)
        if self.tally.stopped:
            return
        if reason in REFUSING_STATUS.values():
            self.reception.stop(reason)
        self.reception.failed(reason, "listing")

    def on_exception(self, failure: Failure, response: Response) -> None:
        """Count an error in a source's own code by its type (Scrapy's signal `spider_error`); never its message."""
        request = response.request
        index = request is not None and request.callback == self.on_index
        error = failure.type.__name__ if failure.type is not None else "unknown"
        self.reception.fault(error, "index" if index else "listing")

    def _guarded(self, call: Callable[[], Read]) -> Read:
        """Call sink or memory; what they raise goes to the caller of the crawl, past Scrapy, which would swallow it."""
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - carried out of the reactor; crawl() raises it
            self.trouble = self.trouble or error
            self.tally.stop("trouble")
            raise CloseSpider("trouble") from None


def _conditions(known: Validators | None) -> dict[str, str]:
    """Give the headers that ask for a page only if it changed (RFC 9110, 13.1)."""
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified} if known else {}
    return {name: value for name, value in asked.items() if value}


def _validators_of(response: Response) -> Validators | None:
    etag, modified = (
        (response.headers.get(name) or b"").decode("latin-1").strip() or None for name in ("ETag", "Last-Modified")
    )
    return Validators(etag, modified) if etag or modified else None
