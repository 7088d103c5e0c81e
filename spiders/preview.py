"""Show what a source reads on a page, field by field, with numbers and addresses struck out: for who fills in selectors."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from spiders.base import ListingSpider
from spiders.entries import SourceEntry
from spiders.errors import PageChanged
from spiders.index_pages import IndexPage
from spiders.recording import CALLBACKS, Page, read
from spiders.tally import LISTING_FIELDS
from warehouse.records import Listing

NEEDED = frozenset({"listing_id", "title", "body", "listings on the page"})
SHOWN_CHARACTERS = 60
SHOWN_CARDS = 3
_DIGITS = re.compile(r"\d(?:[\s./()+-]*\d){3,}")
_ADDRESS = re.compile(r"\S*@\S+")

State = Literal["found", "missing", "left out"]


@dataclass(frozen=True, slots=True)
class Row:
    """One field: `missing` where it has to be there, `left out` where it need not."""

    name: str
    state: State
    shown: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a page reads as by one callback; `problem` says why it could not be read."""

    callback: str
    rows: tuple[Row, ...] = ()
    problem: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the page could be read and nothing that is needed is missing."""
        return not self.why

    @property
    def why(self) -> str:
        """Say what is wrong; empty where nothing is."""
        missing = ", ".join(row.name for row in self.rows if row.state == "missing")
        return self.problem or (f"no {missing}" if missing else "")


def preview(entry: SourceEntry, spider: type[ListingSpider], page: Page) -> Preview:
    """Read a page by its callback and show what came of it."""
    try:
        found = read(spider, page, entry)
    except PageChanged as error:
        return Preview(page.callback, problem=error.what)
    rows = _of_listing(found) if isinstance(found, Listing) else _of_index(found)
    return Preview(page.callback, tuple(rows))


def best_preview(entry: SourceEntry, spider: type[ListingSpider], page: Page) -> tuple[Page, Preview]:
    """Read a page as whichever of the two kinds it is; if it is neither, say why not of each."""
    tried = [(each, preview(entry, spider, each)) for each in (replace(page, callback=name) for name in CALLBACKS)]
    for each, shown in tried:
        if shown.is_good:
            return each, shown
    why = "; ".join(f"as {shown.callback.removeprefix('parse_')}: {shown.why}" for _, shown in tried)
    return page, Preview("neither kind of page", problem=why)


def _row(name: str, value: object) -> Row:
    if value in (None, ""):
        return Row(name, "missing" if name in NEEDED else "left out", "")
    return Row(name, "found", value.isoformat() if isinstance(value, date) else masked(str(value)))


def _of_listing(found: Listing) -> Iterator[Row]:
    for name in ("listing_id", *LISTING_FIELDS):
        value = getattr(found, name)
        row = _row(name, value)
        size = f" ({len(value)} characters)" if isinstance(value, str) and len(value) > SHOWN_CHARACTERS else ""
        yield Row(row.name, row.state, row.shown + size)


def _of_index(found: IndexPage) -> Iterator[Row]:
    branches = len(found.branches)
    if not branches:
        there = len(found.cards) or (0 if found.listings == 0 else None)
        yield _row("listings on the page", there)
    yield _row("listings that could not be read", found.faulty)
    yield _row("total by the site", found.listings)
    yield _row("pages by the site", found.pages)
    yield _row("next page", found.next_url and _path(found.next_url))
    yield _row("further lists", branches or None)
    for card in found.cards[:SHOWN_CARDS]:
        yield _row("listing", f"{card.listing_id}  {_path(card.url)}  {card.content}")


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[-1]


def masked(text: str) -> str:
    """Strike out what could be a number or an address, and cut.

    >>> masked("Bel 06 2000 1234 of mail@site.example")
    'Bel •••••••••• of •@•'
    """
    short = " ".join(text.split())
    short = _DIGITS.sub(lambda found: "•" * sum(map(str.isdigit, found[0])), _ADDRESS.sub("•@•", short))
    return short if len(short) <= SHOWN_CHARACTERS else short[: SHOWN_CHARACTERS - 1] + "…"
