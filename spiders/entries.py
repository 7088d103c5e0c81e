"""What the register says of one source: the fields of a contract, and those of a site that is not crawled."""

import hashlib
import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spiders.addresses import is_loopback
from spiders.reading import Reading

_NAME = r"^[a-z][a-z0-9]*(_[a-z0-9]+)+$"
_LONGEST = 40
MOST_HOURS = 5.0  # of a crawl: the digest wants the rest of the night
Name = Annotated[str, Field(pattern=_NAME, max_length=_LONGEST)]
Share = Annotated[float, Field(ge=0, le=1)]


def is_name(name: str) -> bool:
    """Tell whether a source may be called so.

    >>> is_name("nl_kaartjes"), is_name("../x")
    (True, False)
    """
    return re.fullmatch(_NAME, name) is not None and len(name) <= _LONGEST


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

    def seconds_left(self, now: datetime) -> float:
        """Give the seconds from `now` (local, with its zone) to the end of the window; 0 outside it.

        >>> Night(start=time(23), end=time(6)).seconds_left(datetime.fromisoformat("2026-11-26T23:00+01:00"))
        25200.0
        """
        if not self.holds(now.time()):
            return 0.0
        days = 0 if now.time() < self.end else 1
        end = datetime.combine(now.date() + timedelta(days=days), self.end, now.tzinfo)
        return end.timestamp() - now.timestamp()  # through the change of the clock too: this one has an hour more


class Assertions(_Part):
    """What a healthy crawl gives; fewer listings than `min_listings` is thin, more than `max_listings` a warning."""

    min_listings: int = Field(ge=0)
    max_listings: int = Field(ge=1)
    fill: dict[
        Literal["title", "body", "place", "contact", "category", "posted_date", "title_on_card", "place_in_text"], Share
    ] = Field(default_factory=dict, description="least share of listings that have the field, or that agree")

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
    owner: str | None = None
    group: str = Field(min_length=1, description="sources of one owner or with automatic cross-posting share a group")
    scope: str | None = None
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2}$")], ...]
    base_url: Annotated[str, Field(pattern=r"^https?://[^/\s?#]+$")]
    other_hosts: tuple[str, ...] = ()
    every_days: int = Field(default=1, ge=1, le=7)
    expires_after_days: int | None = Field(
        default=None, ge=1, le=365, description="the site's own rule: gone so many days after the last refresh"
    )
    delay_seconds: float = Field(ge=0)
    night: Night | None = None
    index_page_cap: int = Field(default=500, ge=1)
    page_cap: int = Field(default=10_000, ge=1)
    timeout_seconds: float = Field(default=30.0, gt=0, le=30)
    hours_cap: float = Field(default=MOST_HOURS, gt=0, le=MOST_HOURS)
    retry_after_cap_seconds: float = Field(default=120.0, ge=0)
    legal_ground: str | None = None
    dpia_reference: str | None = None
    fg_advice: str | None = None
    robots: Decision | None = None
    text_and_data_mining: Decision | None = None
    review_on: date | None = None
    assertions: Assertions
    reading: Reading | None = Field(default=None, description="left out where the source's class reads its pages")
    notes: str | None = None

    @property
    def contract_version(self) -> str:
        """Version with a digest of all that is declared, so that a crawl's log tells under which contract it ran."""
        said = self.model_dump_json(exclude={"notes"})
        return f"{self.version}+{hashlib.sha256(said.encode()).hexdigest()[:8]}"

    def is_due(self, day: date) -> bool:
        """Tell whether the source is crawled on `day`, every so many days counted from a fixed one."""
        return day.toordinal() % self.every_days == 0

    @property
    def is_loopback(self) -> bool:
        """Whether the source's own address is this machine."""
        return is_loopback(self.base_url)


class ExcludedSource(_Part):
    """A site that is not crawled, with the reason, and where its figures can lawfully come from instead."""

    name: Name
    version: str = Field(min_length=1)
    title: str
    kind: Literal["excluded"]
    decided_on: date
    because: str = Field(min_length=20)
    instead: str = Field(min_length=20)
