"""Fetch the pages of a new source that are to be recorded: its first index page and one listing's page, no more.

The crawl is an ordinary one under all rules; it stops as soon as both pages are there. Pages stay in memory.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response, TextResponse

from spiders.base import ListingSpider
from spiders.classes import class_name
from spiders.crawl import Manner, visit
from spiders.entries import SourceEntry
from spiders.errors import NothingRecorded, SiteSaidNo
from spiders.index_pages import Card
from spiders.reception import Kind, Read, Reception
from spiders.recording import Callback, Page
from spiders.tally import Tally
from spiders.verdict import UNASKED
from warehouse.records import Listing, Presence, Validators


class _Nowhere:
    """Sink and memory of a crawl that keeps nothing."""

    def write(self, record: Listing | Presence) -> None:
        """Drop it."""

    def is_fresh(self, listing_id: str, card: str, day: date) -> bool:  # noqa: ARG002 - a protocol's signature
        """Nothing is known."""
        return False

    def before(self) -> int:
        """Nothing is known."""
        return 0

    def was_there(self, listing_id: str) -> bool:  # noqa: ARG002
        """Nothing is known."""
        return False

    def validators(self, listing_id: str) -> Validators | None:  # noqa: ARG002
        """Nothing is known."""
        return None

    def note(self, listing_id: str, card: str, read_day: date | None, validators: Validators | None = None) -> None:
        """Drop it."""


def fetch_pages(entry: SourceEntry, spider: type[ListingSpider], day: date, manner: Manner) -> list[Page]:
    """Fetch the first index page that holds listings, and one listing's page where it has one of its own.

    Raises:
        SourceRefused: a rule forbids it; nothing was fetched.
        SiteSaidNo: the site refuses.
        NothingRecorded: no page came that the source could read.
    """
    nowhere = _Nowhere()
    with visit(_recorder_of(spider), entry, day, (nowhere, nowhere), manner, to_record=True) as came_back:
        pages = came_back.reception.pages if isinstance(came_back.reception, _Keeping) else []
        if not pages:
            tally = came_back.tally
            reasons = Counter({tally.stopped: 1}) if tally.stopped else tally.index_failures + tally.page_failures
            reason = next(iter(reasons), "no_listings")
            if reason in UNASKED:
                raise SiteSaidNo(entry.name, reason)
            raise NothingRecorded(entry.name, reason)
        return pages


class _Keeping(Reception):
    """Keeps the first index page that shows listings and the first listing's page; then there is no need for more."""

    def __init__(self, tally: Tally, day: date, *, listings_on_index: bool) -> None:
        super().__init__(tally)
        self.pages: list[Page] = []
        self._day = day
        self._listings_on_index = listings_on_index

    def read(self, response: Response, parse: Callable[[TextResponse], Read], kind: Kind) -> Read | None:
        """Read a page as ever, and keep it if it is the first of its kind."""
        found = super().read(response, parse, kind)
        if found is None or (kind == "index" and not getattr(found, "cards", ())):
            return found
        callback: Callback = "parse_index" if kind == "index" else "parse_listing"
        if callback not in {page.callback for page in self.pages}:
            content_type = (response.headers.get("Content-Type") or b"text/html").decode("latin-1")
            self.pages.append(Page(response.url, callback, self._day, content_type, response.body))
        if kind == "listing" or self._listings_on_index:
            raise CloseSpider("recorded")
        return found


def _recorder_of(spider: type[ListingSpider]) -> type[ListingSpider]:
    class Recorder(spider):  # type: ignore[misc, valid-type]  # a class made from a class
        reception: _Keeping

        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            reading = self._entry.reading
            on_index = reading is not None and reading.listing.on_index
            self.reception = _Keeping(self.tally, self.day, listings_on_index=on_index)

        def _ask_index(self, *args: Any, **kwargs: Any) -> Request | None:
            # Nor is a further index page, once one has shown listings.
            asked: Request | None = super()._ask_index(*args, **kwargs) if not self.reception.pages else None
            return asked

        def _on_card(self, card: Card) -> Request | None:
            # One listing's page is enough, so no other is asked for.
            asked: Request | None = super()._on_card(card) if not self.tally.wanted else None
            return asked

    Recorder.__name__ = class_name(spider.name)
    return Recorder
