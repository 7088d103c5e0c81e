"""Take in what comes: a page that can be read, a page in the way of it, or none. Where that means no, the crawl ends."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Literal, TypeVar

from scrapy.exceptions import CloseSpider
from scrapy.http import Response, TextResponse

from spiders.errors import PageChanged
from spiders.legible import legible
from spiders.obstacles import challenge_in_headers, obstacle, reserves_mining, says_gone
from spiders.tally import Tally
from spiders.verdict import UNASKED

GIVE_UP_AFTER = 5  # failed pages in a row, each tried three times
CHANGED_AFTER = 10  # unreadable pages in a row
FURNITURE_PAGES = 5  # enough to have seen index pages and a listing's page

Kind = Literal["index", "listing"]
Read = TypeVar("Read")
logger = logging.getLogger(__name__)


class Reception:
    """Reads pages and counts, by reason, those that could not be read or had."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self._furniture: set[str | None] = set()
        self._looked_at = 0

    def read(self, response: Response, parse: Callable[[TextResponse], Read], kind: Kind) -> Read | None:
        """Parse a page; where it is not what was asked for, say what it is, and stop where that means no."""
        try:
            page = legible(response)
        except PageChanged as error:
            self.changed(error.what, kind)
            return None
        barrier = challenge_in_headers(page)
        if barrier is None and reserves_mining(page):
            barrier = "tdm_reserved"
        try:
            if barrier is None:
                found = parse(page)
                self.tally.failures_in_a_row = self.tally.changes_in_a_row = 0
                self._note_furniture(page)
                return found
        except PageChanged as error:
            barrier = obstacle(page)
            if barrier in self._furniture:
                barrier = None
            if barrier is None and kind == "listing" and says_gone(page):
                self.failed("gone", kind)
                return None
            if barrier is None:
                self.changed(error.what, kind)
                return None
        self.stop(barrier)
        return None

    def _note_furniture(self, page: TextResponse) -> None:
        """Look at the first pages that could be read: what stands on those too, a cookie bar say, is in nobody's way."""
        if self._looked_at < FURNITURE_PAGES:
            self._looked_at += 1
            self._furniture.add(obstacle(page))

    def changed(self, what: str, kind: Kind) -> None:
        """Count a page that could not be read; many in a row end the crawl."""
        reason = _change(kind)
        logger.warning("%s: %s", reason, what)
        self.tally.unreadable_pages += 1
        self.tally.changes_in_a_row += 1
        self._failures(kind)[reason] += 1
        if self.tally.changes_in_a_row >= CHANGED_AFTER:
            self.stop(reason)

    def failed(self, reason: str, kind: Kind) -> None:
        """Count a page that could not be had; many in a row end the crawl."""
        self._failures(kind)[reason] += 1
        if reason == "gone" or reason in UNASKED:  # robots.txt bars some pages without a request
            return
        self.tally.failures_in_a_row += 1
        if self.tally.failures_in_a_row >= GIVE_UP_AFTER:
            self.stop(reason)

    def another_listing(self) -> None:
        """Count a listing's page that turned out to be another's than was asked for."""
        reason = _change("listing")
        logger.warning("%s: its listing_id is not the one on the index page", reason)
        self.failed(reason, "listing")

    def fault(self, error: str, kind: Kind) -> None:
        """Count an error in a source's own code, by its type."""
        self.tally.exceptions[error] += 1
        self.tally.unreadable_pages += 1
        self._failures(kind)[_change(kind)] += 1

    def stop(self, reason: str) -> None:
        """End the crawl."""
        self.tally.stop(reason)
        raise CloseSpider(reason)

    def _failures(self, kind: Kind) -> Counter[str]:
        return self.tally.index_failures if kind == "index" else self.tally.page_failures


def _change(kind: Kind) -> str:
    return f"{kind}_page_changed"
