"""What a crawl needs from outside: somewhere to write, and something that remembers. The warehouse offers both."""

from datetime import date
from typing import Protocol

from warehouse.records import Listing, Presence, Validators


class Sink(Protocol):
    """Takes each present listing exactly once: as a `Listing` when its page was read, else as a `Presence`."""

    def write(self, record: Listing | Presence) -> None:
        """Keep one record. What it raises ends the crawl and reaches the caller of `crawl`."""


class Seen(Protocol):
    """Remembers, under a key, which listings were read when, and what their cards looked like."""

    def is_fresh(self, listing_id: str, card: str, day: date) -> bool:
        """Tell whether the page was read within the last week while its card looked the same as `card`."""

    def before(self) -> int:
        """Give the number of listings that the last crawl saw."""

    def was_there(self, listing_id: str) -> bool:
        """Tell whether the last crawl saw the listing."""

    def validators(self, listing_id: str) -> Validators | None:
        """Give what the site said with the page when it was last read, if that reading still serves."""

    def note(self, listing_id: str, card: str, read_day: date | None, validators: Validators | None = None) -> None:
        """Note that the listing is present with this card; `read_day` is None when its page was not read today.

        A listing that was not read must not become fresh by being noted: its last reading and the card of then stand.
        """
