"""The synthetic market: advertisers with a known truth, and what each listing site shows of them on each day."""

import random
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from simulation import numbers
from simulation.advertisements import Ad, advertise
from simulation.errors import UnknownSite
from simulation.outages import Outage, layout_changed_on, outage
from simulation.population import Advertiser, populate
from simulation.settings import SITE_NAMES, Canaries, WorldSettings
from simulation.towns import towns
from simulation.truth import Truth
from warehouse.records import Listing

__all__ = ["Canaries", "LiveAd", "Site", "World", "WorldSettings", "generate"]

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CLOCK = time(12, 0)  # the market's clock stands still at noon, local time; all of a day's stamps lie before it


@dataclass(frozen=True, slots=True)
class LiveAd:
    """An advertisement as a site shows it on one day. Naive local times (Europe/Amsterdam), before noon on the day."""

    source: str
    listing_id: str
    title: str = field(repr=False)
    body: str = field(repr=False)
    place: str | None = field(repr=False)
    region: str = field(repr=False)
    contact: str | None = field(repr=False)
    category: str | None
    posted: datetime
    refreshed: datetime

    def __repr__(self) -> str:
        """Show the site only."""
        return f"LiveAd(source={self.source!r})"

    def as_listing(self) -> Listing:
        """Give what a faultless spider makes of its page."""
        return Listing(
            source=self.source,
            listing_id=self.listing_id,
            title=self.title,
            body=self.body,
            place=self.place,
            contact=self.contact,
            category=self.category,
            posted_date=self.posted.date(),
        )


class Site:
    """What one listing site shows."""

    def __init__(self, name: str, settings: WorldSettings, ads: list[Ad]) -> None:
        self.name = name
        self._settings = settings
        self._ads = ads

    def listings(self, day: date) -> tuple[LiveAd, ...]:
        """Give all advertisements live on `day`, last refreshed first.

        Raises:
            DayOutsideWorld: the world does not have this day.
        """
        index = self._settings.index_of(day)
        live = [self._shown(ad, index) for ad in self._ads if ad.first <= index <= ad.last]
        return tuple(sorted(live, key=lambda ad: (ad.refreshed, ad.listing_id), reverse=True))

    def outage(self, day: date) -> Outage:
        """Tell what is out of order on `day`."""
        return outage(self._settings, self.name, day)

    def _shown(self, ad: Ad, index: int) -> LiveAd:
        version = ad.versions[max(0, bisect_right([v.day for v in ad.versions], index) - 1)]
        town = towns()[version.town]
        stamps = [stamp for stamp in ad.refreshes if stamp[0] <= index]
        return LiveAd(
            source=self.name,
            listing_id=ad.listing_id,
            title=version.title,
            body=version.body,
            place=version.place,
            region=town.province if town.country == "NL" else "Duitsland",
            contact=ad.contact,
            category=ad.category,
            posted=self._moment(ad.posted, ad.refreshes[0][1]),
            refreshed=self._moment(*stamps[-1]),
        )

    def _moment(self, index: int, minute: int) -> datetime:
        return datetime.combine(self._settings.first_day + timedelta(days=index), time(minute // 60, minute % 60))


class World:
    """A market of `settings.days` days. Sites show it; `truth` knows what is behind it."""

    def __init__(self, settings: WorldSettings, people: list[Advertiser], ads: dict[str, list[Ad]]) -> None:
        self.settings = settings
        self._people = people
        self._ads = ads

    def __repr__(self) -> str:
        """Show seed and days only."""
        return f"World(seed={self.settings.seed}, {self.settings.first_day} to {self.settings.last_day})"

    @cached_property
    def truth(self) -> Truth:
        """What is really so; for tests and scoring only."""
        return Truth(self.settings, self._people, self._ads)

    @property
    def days(self) -> tuple[date, ...]:
        """All days of the world."""
        return tuple(self.settings.first_day + timedelta(days=i) for i in range(self.settings.days))

    def site(self, name: str) -> Site:
        """Give one of the four listing sites.

        Raises:
            UnknownSite: there is no such site.
        """
        if name not in self._ads:
            raise UnknownSite(name, SITE_NAMES)
        return Site(name, self.settings, self._ads[name])

    @cached_property
    def layout_changed_on(self) -> date | None:
        """Day from which nl_kaartjes looks different; None if it never does."""
        return layout_changed_on(self.settings)


def generate(settings: WorldSettings | None = None) -> World:
    """Make a world; the same settings make the same world, down to each listing id and word.

    Args:
        settings: seed, first day, number of days and the rest; None for the defaults.

    Raises:
        WrongSettings: there are not enough made-up telephone numbers for so many advertisers, or canaries are outside them.
    """
    settings = settings or WorldSettings()
    people = populate(settings)
    ads = advertise(people, settings)
    return World(settings, people, _planted(ads, settings))


def _planted(ads: dict[str, list[Ad]], settings: WorldSettings) -> dict[str, list[Ad]]:
    canaries = settings.canaries
    if not canaries.numbers and not canaries.sentences:
        return ads
    for e164 in canaries.numbers:
        numbers.block_of(e164)
    rng = random.Random(f"{settings.seed}:canaries")
    places = [(source, position) for source in SITE_NAMES for position in range(len(ads[source]))]
    planted = {source: list(posted) for source, posted in ads.items()}
    for order, (source, position) in enumerate(rng.sample(places, min(canaries.listings, len(places)))):
        extra = []
        if canaries.sentences:
            extra.append(canaries.sentences[order % len(canaries.sentences)])
        if order < len(canaries.numbers):
            extra.append(canaries.numbers[order] if order % 2 else numbers.plain(canaries.numbers[order], rng))
        ad = planted[source][position]
        versions = tuple(replace(v, body="\n".join((v.body, *extra))) for v in ad.versions)
        planted[source][position] = replace(ad, versions=versions)
    return planted
