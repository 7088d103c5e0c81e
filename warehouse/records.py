"""Row types: one arrow of the design is one type here.

Everything to the left of `Facts` holds personal data and lives in memory or in the encrypted spool only.
"""

from collections.abc import Mapping
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
class Validators:
    """What a site says with a page so that one can ask later whether it changed (RFC 9110, 8.8)."""

    etag: str | None = field(default=None, repr=False)
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class FieldShape:
    """What one field of the listings read in a crawl looked like, so that a new layout shows.

    Attributes:
        filled: listings in which the field was there.
        numeric: of those, listings in which it held nine digits or more, as a number to call does.
        length: median number of characters where it was there; 0 where it never was.
        alike: listings that had the commonest value.
    """

    filled: int
    numeric: int
    length: int
    alike: int = 0


@dataclass(frozen=True, slots=True)
class CrawlLog:
    """What one crawl of one source on one day could see. Holds no personal data; written as JSON beside the spool.

    `completeness` is q in [0, 1]: the share of the site's listings that were seen, times the share of those that could
    be read; 0 where nothing could be seen. `index_pages_missing` names pages of a list that were not seen, as "3/7"
    (page 3 of 7), with the list's number before it where there are several ("2:3/7"). `listings_unchanged` are those of
    which the site said, when asked, that their page is as it was. `fields` has one shape a field of a listing.
    Of `listings_before` that the last crawl saw, `listings_stayed` were there again.
    `expires_after_days` is the source's own rule, where declared: gone so many days after the last refresh.
    Where a crawl is not `is_trusted`, its listings were there, but what was read of them is not to be believed.
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
    index_pages_expected: int = 0
    index_pages_fetched: int = 0
    index_pages_missing: tuple[str, ...] = ()
    listings_stated: int | None = None
    listings_unchanged: int = 0
    is_trusted: bool = True
    listings_before: int = 0
    listings_stayed: int = 0
    expires_after_days: int | None = None
    fields: Mapping[str, FieldShape] = field(default_factory=dict)


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

    In a bridge week, `former_contact_keys` has the same contacts in the same order under the key of the epoch before.
    `sketch` is a keyed MinHash signature, 64 x uint16 little-endian = 128 bytes; `content_key` is the pseudonym of the
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
    former_contact_keys: tuple[bytes, ...] = field(default=(), repr=False)
