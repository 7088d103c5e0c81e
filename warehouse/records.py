"""Row types: one arrow of the design is one type here.

Everything to the left of `Facts` holds personal data and lives in memory or in the encrypted spool only.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

SETTINGS: tuple[str, ...] = ("home", "club", "escort", "other", "unknown")
SettingCode = Literal["home", "club", "escort", "other", "unknown"]
CrawlState = Literal["ok", "thin", "blind", "refused", "changed", "failed"]


@dataclass(frozen=True, slots=True)
class Listing:
    """One advertisement page as read on `day`. Memory and encrypted spool only; never logged.

    `place`, `category` and `contact` are what the site gives in fields of their own, raw; `posted_date` is resolved
    from relative dates against the crawl day.
    """

    source: str
    listing_id: str
    title: str = field(repr=False)
    body: str = field(repr=False)
    place: str | None = field(default=None, repr=False)
    contact: str | None = field(default=None, repr=False)
    category: str | None = None
    posted_date: date | None = None

    def __repr__(self) -> str:
        """Show the source only: an id or a text must not reach a log or a traceback."""
        return f"Listing(source={self.source!r})"


@dataclass(frozen=True, slots=True)
class Presence:
    """A listing seen on an index page, whose detail page was not fetched again."""

    source: str
    listing_id: str

    def __repr__(self) -> str:
        """Show the source only."""
        return f"Presence(source={self.source!r})"


@dataclass(frozen=True, slots=True)
class CrawlLog:
    """What one crawl of one source on one day could see. Holds no personal data; written as JSON beside the spool.

    `completeness` is q in [0, 1]: pages fetched / expected x parse success; 0 where nothing could be seen.
    """

    source: str
    source_group: str
    day: date
    state: CrawlState
    reason: str
    pages_expected: int
    pages_fetched: int
    listings_present: int
    listings_read: int
    parse_failures: int
    completeness: float
    spider_version: str


@dataclass(frozen=True, slots=True)
class PlaceGuess:
    """A municipality (`GM0153`) or, abroad, an ISO 3166-1 country code (`DE`), with its probability in [0, 1]."""

    area_code: str
    probability: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What may be known of one listing (PRIVACY P5). `numbers` are E.164 and live in memory only."""

    numbers: tuple[str, ...] = field(repr=False)
    places: tuple[PlaceGuess, ...]
    language: str | None
    language_probability: float
    setting: SettingCode
    setting_probability: float
    pipeline_version: str


@dataclass(frozen=True, slots=True)
class FactRow:
    """One listing version as the database keeps it: pseudonyms (32 bytes each) and facts, no text, no number.

    `sketch` is a keyed MinHash signature, 64 x uint32 little-endian = 256 bytes; `content_key` is the pseudonym of the
    normalised text.
    """

    listing_key: bytes = field(repr=False)
    contact_keys: tuple[bytes, ...] = field(repr=False)
    content_key: bytes = field(repr=False)
    sketch: bytes = field(repr=False)
    area_codes: tuple[str, ...]
    area_probabilities: tuple[float, ...]
    language_code: str | None
    language_probability: float
    setting_code: SettingCode
    setting_probability: float
    pipeline_version: str
