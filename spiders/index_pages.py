"""What an index page says, as a source reads it: its cards, further lists, and how large the whole is."""

import hashlib
from dataclasses import dataclass, field

from warehouse.records import Listing


@dataclass(frozen=True, slots=True)
class Card:
    """One listing on an index page. `content` is what must stay the same for the page not to be read again."""

    listing_id: str = field(repr=False)
    url: str = field(repr=False)
    content: str = field(repr=False)
    listing: Listing | None = field(default=None, repr=False)
    """Set where the index page holds the whole listing: no page of its own is fetched then."""

    def digest(self, stamp: str = "") -> str:
        """Give the SHA-256 of content and stamp, spaces squeezed, in hexadecimal; memory only, whoever keeps it keys it."""
        return hashlib.sha256(" ".join((*self.content.split(), stamp)).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Branch:
    """A further list of listings that an index page leads to, with the number of listings stated for it."""

    url: str = field(repr=False)
    listings: int | None = None


@dataclass(frozen=True, slots=True)
class IndexPage:
    """What an index page says: its cards, how many could not be read, and how large the whole is.

    `listings` and `pages` are the site's own statements about this list. `page_urls` maps page numbers to addresses
    where these are known; `next_url` serves where they are not. A page that only leads to other lists states 0.
    """

    cards: tuple[Card, ...] = ()
    faulty: int = 0
    listings: int | None = None
    pages: int | None = None
    next_url: str | None = field(default=None, repr=False)
    branches: tuple[Branch, ...] = ()
