"""The register of sources: one contract a source (`sources/<name>.yml`), and why one may not run (PRIVACY P1, P2)."""

import importlib
from collections.abc import Iterator, Sequence
from datetime import date, time
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from spiders.errors import RegisterInvalid, UnknownSource

if TYPE_CHECKING:
    from spiders.base import ListingSpider

SOURCES = Path(__file__).parent / "sources"
LIVE_DELAY_SECONDS = 10.0  # least time between two requests to a live host (PRIVACY P2)

Name = Annotated[str, Field(pattern=r"^[a-z]{2}_[a-z0-9_]{2,40}$")]
Share = Annotated[float, Field(ge=0, le=1)]
_NEEDED = ("owner", "scope", "legal_ground", "dpia_reference", "fg_advice")
LISTING_FIELDS = ("title", "body", "place", "contact", "category", "posted_date")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Decision(_Part):
    """A dated decision about what a site says of robots or of text and data mining."""

    allowed: bool
    decided_on: date
    because: str = Field(min_length=10)


class Night(_Part):
    """Local hours within which a live source may be crawled; may pass midnight."""

    start: time
    end: time

    def holds(self, moment: time) -> bool:
        """Tell whether `moment` (local) lies in [start, end).

        >>> Night(start=time(23), end=time(6)).holds(time(2))
        True
        """
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


class Assertions(_Part):
    """What a healthy crawl gives; fewer listings than `min_listings` is thin, more than `max_listings` a warning."""

    min_listings: int = Field(ge=0)
    max_listings: int = Field(ge=1)
    fill: dict[Literal["title", "body", "place", "contact", "category", "posted_date"], Share] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_listings > self.max_listings:
            raise ValueError("min_listings is over max_listings")
        return self


class SourceEntry(_Part):
    """One source as the register holds it."""

    name: Name
    version: str = Field(min_length=1, description="of this contract and its class; raise it with every change")
    title: str
    kind: Literal["synthetic", "live"]
    enabled: bool = False
    owner: str
    group: str = Field(min_length=1, description="sources of one owner or with automatic cross-posting share a group")
    scope: str
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...]
    base_url: Annotated[str, Field(pattern=r"^https?://[^/\s?#]+$")]
    other_hosts: tuple[str, ...] = ()
    every_hours: int = Field(default=24, ge=1)
    delay_seconds: float = Field(ge=0)
    night: Night | None = None
    index_page_cap: int = Field(default=500, ge=1)
    page_cap: int = Field(default=10_000, ge=1)
    timeout_seconds: float = Field(default=30.0, gt=0, le=30)
    hours_cap: float = Field(default=6.0, gt=0, le=24)
    retry_after_cap_seconds: float = Field(default=120.0, ge=0)
    legal_ground: str | None = None
    dpia_reference: str | None = None
    fg_advice: str | None = None
    robots: Decision | None = None
    text_and_data_mining: Decision | None = None
    review_on: date | None = None
    assertions: Assertions
    notes: str | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether the source's own address is this machine."""
        return is_loopback(self.base_url)


def is_loopback(url: str) -> bool:
    """Tell whether the host of `url` is this machine by its very name: no look-up is made.

    >>> is_loopback("http://127.0.0.1:8000"), is_loopback("http://example.org")
    (True, False)
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def reasons_against(entry: SourceEntry, today: date) -> list[str]:
    """Say why the source may not run on `today`; empty when it may.

    A synthetic source holds made-up data of nobody and lives on this machine, so it needs no ground, assessment or
    review; the label is worth nothing for any other address.
    """
    reasons = [] if entry.enabled else ["enabled: it is switched off in the register"]
    if entry.kind == "synthetic":
        if not entry.is_loopback:
            reasons.append("base_url: a synthetic source must be on this machine (127.0.0.1)")
        return reasons
    reasons.extend(f"{field}: missing" for field in _NEEDED if not getattr(entry, field))
    reasons.extend(_against_decisions(entry, today))
    if entry.review_on is None:
        reasons.append("review_on: missing")
    elif entry.review_on < today:
        reasons.append(f"review_on: was due on {entry.review_on.isoformat()}")
    if entry.night is None:
        reasons.append("night: no window of night hours")
    if entry.delay_seconds < LIVE_DELAY_SECONDS:
        reasons.append(f"delay_seconds: under {LIVE_DELAY_SECONDS:.0f} s for a live host")
    return reasons


def _against_decisions(entry: SourceEntry, today: date) -> Iterator[str]:
    for name, decision in (("robots", entry.robots), ("text_and_data_mining", entry.text_and_data_mining)):
        if decision is None:
            yield f"{name}: no dated decision"
        elif not decision.allowed:
            yield f"{name}: decided against on {decision.decided_on.isoformat()}"
        elif decision.decided_on > today:
            yield f"{name}: the decision is dated in the future"


def load(folder: Path = SOURCES) -> dict[str, SourceEntry]:
    """Read every entry of the register, by name.

    Raises:
        RegisterInvalid: a file cannot be read or does not fit; names the fields.
    """
    return {path.stem: read_entry(path) for path in sorted(folder.glob("*.yml"))}


def read_entry(path: Path) -> SourceEntry:
    """Read one entry; its file is named after it.

    Raises:
        RegisterInvalid: the file cannot be read or does not fit.
    """
    try:
        data: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RegisterInvalid(path.stem, [f"it cannot be read ({type(error).__name__})"]) from None
    try:
        entry = SourceEntry.model_validate(data)
    except ValidationError as error:
        raise RegisterInvalid(path.stem, _problems(error)) from None
    if entry.name != path.stem:
        raise RegisterInvalid(path.stem, ["name: differs from the name of the file"])
    return entry


def _problems(error: ValidationError) -> Sequence[str]:
    return [
        f"{'.'.join(map(str, found['loc'])) or 'entry'}: {found['msg']}" for found in error.errors(include_input=False)
    ]


def entry_of(name: str, folder: Path = SOURCES) -> SourceEntry:
    """Give the entry called `name`.

    Raises:
        UnknownSource: there is none.
    """
    entries = load(folder)
    if name not in entries:
        raise UnknownSource(name, sorted(entries))
    return entries[name]


def spider_class(name: str) -> "type[ListingSpider]":
    """Import the class of a source: `spiders/sources/<name>.py`, in capitals with `Spider` behind it.

    Raises:
        UnknownSource: there is no such module or class.
    """
    class_name = "".join(part.capitalize() for part in name.split("_")) + "Spider"
    try:
        module = importlib.import_module(f"spiders.sources.{name}")
        found: type[ListingSpider] = getattr(module, class_name)
    except (ModuleNotFoundError, AttributeError):
        raise UnknownSource(name, sorted(path.stem for path in SOURCES.glob("*.yml"))) from None
    return found
