"""What a crawl counts while it runs. Listing ids live here in memory until the crawl ends."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Chain:
    """Index pages that belong together: one list of listings, cut into pages."""

    listings_stated: int | None = None
    pages_stated: int | None = None
    pages_asked: int = 0
    pages_read: int = 0
    barren_in_a_row: int = 0

    @property
    def pages_expected(self) -> int:
        """Pages that this chain has as far as is known."""
        return max(self.pages_asked, self.pages_stated or 0)


@dataclass(slots=True)
class Tally:
    """Counts of one crawl; `present` maps each listing seen on an index page to the digest of its card."""

    chains: dict[int, Chain] = field(default_factory=dict)
    present: dict[str, str] = field(default_factory=dict, repr=False)
    wanted: set[str] = field(default_factory=set, repr=False)
    read: set[str] = field(default_factory=set, repr=False)
    index_failures: Counter[str] = field(default_factory=Counter)
    page_failures: Counter[str] = field(default_factory=Counter)
    unreadable_pages: int = 0
    faulty_cards: int = 0
    good_cards: int = 0
    largest_page: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    exceptions: Counter[str] = field(default_factory=Counter)
    failures_in_a_row: int = 0
    changes_in_a_row: int = 0
    stopped: str = ""
    capped: str = ""

    @property
    def index_expected(self) -> int:
        """Index pages the crawl set out to fetch."""
        return sum(chain.pages_expected for chain in self.chains.values())

    @property
    def index_read(self) -> int:
        """Index pages fetched and read."""
        return sum(chain.pages_read for chain in self.chains.values())

    @property
    def listings_stated(self) -> int | None:
        """Listings that the site says it has, where it says so for every chain that should hold listings."""
        stated = [chain.listings_stated for chain in self.chains.values()]
        known = [count for count in stated if count is not None]
        return sum(known) if known and len(known) == len(stated) else None

    @property
    def gone(self) -> int:
        """Listings on an index page whose own page was gone a moment later: present, not unread."""
        return self.page_failures["gone"]

    @property
    def unread(self) -> int:
        """Listings whose page was wanted and not read."""
        return max(0, len(self.wanted) - len(self.read) - self.gone)

    def stop(self, reason: str) -> None:
        """Note why the crawl ends early; the first reason stands."""
        self.stopped = self.stopped or reason
