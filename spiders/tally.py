"""What a crawl counts while it runs. Listing ids live here in memory until the crawl ends."""

from collections import Counter
from dataclasses import dataclass, field
from math import ceil
from statistics import median

from spiders.index_pages import IndexPage
from warehouse.records import FieldShape, Listing

TEXT_FIELDS = ("title", "body", "place", "contact", "category")
LISTING_FIELDS = (*TEXT_FIELDS, "posted_date")
TITLE_CHARACTERS = 20  # of a title, which a card may cut off
AGREEMENTS = ("title_on_card", "place_in_text")
"""Counted like fields: the title stands on the index page too, the place in title or text. What changes places disagrees."""
NUMERIC = 9  # digits that make a value look like a number to call; one with its last two masked has fewer


@dataclass(slots=True)
class Chain:
    """Index pages that belong together: one list of listings, cut into pages."""

    listings_stated: int | None = None
    pages_stated: int | None = None
    pages_asked: int = 0
    numbers_read: set[int] = field(default_factory=set)
    barren_in_a_row: int = 0

    @property
    def pages_read(self) -> int:
        """Pages of this list that were fetched and read."""
        return len(self.numbers_read)

    @property
    def missing(self) -> list[int]:
        """Numbers of the pages that should be there and were not seen."""
        return sorted(set(range(1, self.pages_expected + 1)) - self.numbers_read)

    @property
    def pages_expected(self) -> int:
        """Pages that this chain has as far as is known."""
        return max(self.pages_asked, self.pages_stated or 0)

    def learn(self, page: IndexPage, number: int, *, numbers_only: bool) -> range | None:
        """Take in what page `number` says of the size of the list; give the numbers of pages not known before.

        None where it says nothing of pages. `numbers_only`: no page has a link to the next.
        """
        if page.listings is not None:
            self.listings_stated = max(page.listings, self.listings_stated or 0)
        pages = page.pages
        if pages is None and page.cards and self.listings_stated is not None:
            full = len(page.cards) + page.faulty
            goes_on = page.next_url is not None or (numbers_only and number == 1)
            pages = ceil(self.listings_stated / full) if goes_on else number
        if pages is None:
            return None
        known_before = max(self.pages_stated or 1, number)
        self.pages_stated = max(pages, known_before)
        return range(known_before + 1, pages + 1)


@dataclass(slots=True)
class Look:
    """What one field looks like over the listings read. Lengths, counts and hashes in memory; no value is kept."""

    lengths: list[int] = field(default_factory=list)
    numeric: int = 0
    values: Counter[int] = field(default_factory=Counter, repr=False)

    def add(self, value: str) -> None:
        """Take in one value."""
        self.lengths.append(len(value))
        self.values[hash(value)] += 1
        self.numeric += sum(map(str.isdigit, value)) >= NUMERIC

    @property
    def shape(self) -> FieldShape:
        """Give it as the crawl log keeps it."""
        return FieldShape(
            len(self.lengths),
            self.numeric,
            int(median(self.lengths)) if self.lengths else 0,
            max(self.values.values(), default=0),
        )


@dataclass(slots=True)
class Tally:
    """Counts of one crawl; `present` maps each listing seen on an index page to the digest of its card."""

    chains: dict[int, Chain] = field(default_factory=dict)
    present: dict[str, str] = field(default_factory=dict, repr=False)
    wanted: set[str] = field(default_factory=set, repr=False)
    read: set[str] = field(default_factory=set, repr=False)
    unchanged: set[str] = field(default_factory=set, repr=False)
    index_failures: Counter[str] = field(default_factory=Counter)
    page_failures: Counter[str] = field(default_factory=Counter)
    unreadable_pages: int = 0
    faulty_cards: int = 0
    good_cards: int = 0
    largest_page: int = 0
    looks: dict[str, Look] = field(default_factory=lambda: {name: Look() for name in (*LISTING_FIELDS, *AGREEMENTS)})
    titles_as_text: int = 0
    before: int = 0
    stayed: int = 0
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
        return max(0, len(self.wanted - self.read - self.unchanged) - self.gone)

    @property
    def index_missing(self) -> list[str]:
        """Name the index pages that were not seen: "3/7", with the list's number before it where there are several."""
        several = len(self.chains) > 1
        return [
            f"{f'{number + 1}:' if several else ''}{page}/{chain.pages_expected}"
            for number, chain in sorted(self.chains.items())
            for page in chain.missing
        ]

    def take(self, listing: Listing, card: str = "") -> None:
        """Count a listing whose page was read, and whether it agrees with itself and its card on the index page."""
        title, place = (" ".join((text or "").casefold().split()) for text in (listing.title, listing.place))
        if title[:TITLE_CHARACTERS] in " ".join(card.casefold().split()):
            self.looks["title_on_card"].add("+")
        if place and place.split(" (")[0] in f"{listing.title} {listing.body}".casefold():
            self.looks["place_in_text"].add("+")
        self.read.add(listing.listing_id)
        self.titles_as_text += listing.title == listing.body
        for name in LISTING_FIELDS:
            value = getattr(listing, name)
            if value:
                self.looks[name].add(str(value))

    def stop(self, reason: str) -> None:
        """Note why the crawl ends early; the first reason stands."""
        self.stopped = self.stopped or reason
