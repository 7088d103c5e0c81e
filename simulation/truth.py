"""What is really so in a synthetic world. For tests and for the demo's scoring; nothing else may look."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulation.advertisements import Ad
from simulation.errors import DayOutsideWorld, UnknownArea, UnknownSite
from simulation.population import Advertiser
from simulation.settings import WorldSettings
from simulation.towns import towns
from simulation.weeks import ABSENT, GONE, NOT_YET, Mask, Weeks
from warehouse.areas import ENTRY as NEW
from warehouse.areas import EXIT

BRIDGED_DAYS = 10  # a break of at most this many days does not end a spell in an area


@dataclass(frozen=True, slots=True)
class Spell:
    """Days [first, last] in an area, breaks bridged. Censored: it began before the burn-in or goes on at the end."""

    first: date
    last: date
    is_left_censored: bool
    is_right_censored: bool

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.last - self.first).days + 1


class Truth:
    """Counts, flows, dwell and the owner of each advertisement, as the world made them.

    Everybody counts who is present, also without any advertisement that week: each advertiser has a chance on every
    site, so all belong to the estimand ("aanbieders die op ten minste één gevolgde bron zichtbaar kunnen zijn").
    """

    def __init__(self, settings: WorldSettings, people: list[Advertiser], ads: dict[str, list[Ad]]) -> None:
        self._settings = settings
        self._people = people
        self._ads = ads
        stays = [(person.number, stay.town, stay.first, stay.last) for person in people for stay in person.stays]
        self._stays: NDArray[np.int64] = np.array(stays, dtype=np.int64).reshape(-1, 4)
        self._settings_of: NDArray[np.str_] = np.array([person.setting for person in people])
        self._owners = {source: {ad.listing_id: ad.owner for ad in posted} for source, posted in ads.items()}

    @property
    def areas(self) -> tuple[str, ...]:
        """All area codes that `advertisers` knows, sorted."""
        return tuple(sorted(frozenset().union(*(town.areas for town in towns()))))

    def advertisers(self, area_code: str, start: date, end: date, setting: str | None = None) -> int:
        """Count the advertisers present in an area on at least one day of [start, end].

        Args:
            area_code: GM, CR or PV- code, NL, DE, or an area of movement, wide or narrow (CR12X, PVX).
            start: first day, within the world.
            end: last day, inclusive.
            setting: home, club or escort; None for all.

        Raises:
            UnknownArea: no place of the market lies there.
            DayOutsideWorld: a day is not in the world.
        """
        present = self._present(area_code, start, end)
        return int(present.size if setting is None else (self._settings_of[present] == setting).sum())

    def languages(self, area_code: str, start: date, end: date) -> Counter[str]:
        """Count the same advertisers by the language of their texts (ISO 639-1)."""
        return Counter(self._people[number].language for number in self._present(area_code, start, end))

    def carousel(self, start: date, end: date, municipalities: int = 3) -> int:
        """Count the advertisers who were in at least so many different places within [start, end]."""
        here = self._within(start, end)
        pairs = np.unique(self._stays[here][:, :2], axis=0)
        return int((np.unique(pairs[:, 0], return_counts=True)[1] >= municipalities).sum())

    def moves(self, origin: str, destination: str, start: date, end: date) -> int:
        """Count moves from one area to another by day; the day of arrival lies in [start, end].

        Args:
            origin: any area code; `NEW` counts first appearances.
            destination: any area code; `EXIT` counts the days after last ones.
            start: first day, within the world.
            end: last day, inclusive.

        Returns:
            Moves. Where the areas overlap the one with more places is meant without the other: of NL and GM0153, the
            Netherlands without Enschede. Breaks are no moves.

        Raises:
            UnknownArea: no place of the market lies there.
            DayOutsideWorld: a day is not in the world.
        """
        before, after = self._ends(origin, destination)
        first, last = self._settings.index_of(start), self._settings.index_of(end)
        return sum(
            first <= day <= last and bool(before[a]) and bool(after[b])
            for person in self._people
            for a, b, day in _changes(person)
        )

    def weekly_moves(self, origin: str, destination: str, start: date, end: date) -> int:
        """Count moves by Monday week: in `origin` in one week and in `destination` in the next.

        An advertiser is in a week where she was most of her days. The later week lies wholly in [start, end]; the one
        before it may lie before the world. `NEW` counts those never there before the later week, `EXIT` those there in
        the week before and never again. Areas and errors as for `moves`.
        """
        before, after = self._ends(origin, destination)
        return self._weeks.moves(before, after, self._whole(start, end))

    def carousel_share(self, start: date, end: date, municipalities: int = 3) -> float:
        """Give the share of advertisers who were in at least so many municipalities; Germany counts as one.

        Of those present in a Monday week wholly in [start, end]; a week counts for where she was most of her days.
        NaN when nobody was.
        """
        places = self._weeks.places_of(self._whole(start, end))
        return _share(sum(len(areas) >= municipalities for areas in places), len(places))

    def one_place_share(self, start: date, end: date) -> float:
        """Give the share of advertisers who were in one municipality only, of whom and how as `carousel_share`."""
        places = self._weeks.places_of(self._whole(start, end))
        return _share(sum(len(areas) == 1 for areas in places), len(places))

    def return_share(self, area_code: str, start: date, end: date, within_weeks: int = 8) -> float:
        """Give the share of departures from an area to elsewhere that came back.

        A departure: in the area in one week, elsewhere in the next, which lies wholly in [start, end]. Back: in the
        area again at most `within_weeks` weeks after the last week there. Departures of which the world ends sooner
        than that are left out; NaN when none is left.
        """
        left, back = self._weeks.returns(self._mask(area_code), self._whole(start, end), within_weeks)
        return _share(back, left)

    def new_to_region_share(self, region: str, start: date, end: date) -> float:
        """Give the share of arrivals in a region who had not been there before, as far back as the world knows.

        An arrival: in the region in a week wholly in [start, end], and in the week before elsewhere or, if new, nowhere.
        NaN when nobody arrived.
        """
        came, first = self._weeks.arrivals(self._mask(region), self._whole(start, end))
        return _share(first, came)

    def dwell(self, area_code: str, start: date, end: date) -> tuple[Spell, ...]:
        """Give the spells in an area that overlap [start, end], in order of first day."""
        inside = self._inside(area_code)
        first, last = self._settings.index_of(start), self._settings.index_of(end)
        spells: list[tuple[int, int, Advertiser]] = []
        for person in self._people:
            merged: list[tuple[int, int]] = []
            for stay in [s for s in person.stays if inside[s.town]]:
                if merged and stay.first - merged[-1][1] - 1 <= BRIDGED_DAYS:
                    merged[-1] = (merged[-1][0], stay.last)
                else:
                    merged.append((stay.first, stay.last))
            spells.extend((*spell, person) for spell in merged)
        return tuple(
            Spell(
                self._settings.first_day + timedelta(days=begin),
                self._settings.first_day + timedelta(days=finish),
                is_left_censored=person.since < person.stays[0].first == begin,
                is_right_censored=finish == self._settings.days - 1,
            )
            for begin, finish, person in sorted(spells, key=lambda s: (s[0], s[1], s[2].number))
            if begin <= last and finish >= first
        )

    def ad_identity(self, source: str, listing_id: str) -> int | None:
        """Tell which advertiser (running number) an advertisement belongs to; None for a fake.

        Raises:
            UnknownSite: no such site.
            KeyError: no such advertisement (the message is empty).
        """
        owners = self._site(source)
        if listing_id not in owners:
            raise KeyError
        return owners[listing_id]

    def identities(self, source: str) -> dict[str, int | None]:
        """Give the owner of every advertisement of a site that is ever live, by listing id."""
        return dict(self._site(source))

    def contacts(self, advertiser: int) -> tuple[str, ...]:
        """Give the E.164 numbers of an advertiser."""
        return self._people[advertiser].contacts

    def setting(self, advertiser: int) -> str:
        """Give the setting of an advertiser."""
        return self._people[advertiser].setting

    def language(self, advertiser: int) -> str:
        """Give the language of an advertiser's texts."""
        return self._people[advertiser].language

    def area_of_ad(self, source: str, listing_id: str, day: date) -> str:
        """Give the area code (municipality, or DE) that an advertisement names on a day."""
        index = self._settings.index_of(day)
        self._site(source)
        ad = next((ad for ad in self._ads[source] if ad.listing_id == listing_id), None)
        if ad is None:
            raise KeyError
        town = [version.town for version in ad.versions if version.day <= index] or [ad.versions[0].town]
        return towns()[town[-1]].area_code

    def ghosts(self, source: str, day: date) -> int:
        """Count the advertisements live on a day whose author has gone from that place."""
        index = self._settings.index_of(day)
        self._site(source)
        return sum(
            ad.first <= index <= ad.last and ad.ghost_from is not None and index >= ad.ghost_from
            for ad in self._ads[source]
        )

    def _site(self, source: str) -> dict[str, int | None]:
        if source not in self._owners:
            raise UnknownSite(source, tuple(self._owners))
        return self._owners[source]

    def _inside(self, area_code: str) -> NDArray[np.bool_]:
        inside = np.array([area_code in town.areas for town in towns()])
        if not inside.any():
            raise UnknownArea(area_code)
        return inside

    @cached_property
    def _weeks(self) -> Weeks:
        return Weeks(self._settings, self._people)

    def _whole(self, start: date, end: date) -> range:
        self._within(start, end)
        return self._weeks.whole(start, end)

    def _mask(self, area_code: str) -> Mask:
        """Mark the places that lie in an area; who is absent, not yet there or gone lies in none."""
        return np.append(self._inside(area_code), np.zeros(GONE + 1 - ABSENT, dtype=np.bool_))

    def _ends(self, origin: str, destination: str) -> tuple[Mask, Mask]:
        outside = np.arange(GONE + 1)
        before = outside == NOT_YET if origin == NEW else self._mask(origin)
        after = outside == GONE if destination == EXIT else self._mask(destination)
        if before.sum() >= after.sum():
            return before & ~after, after
        return before, after & ~before

    def _within(self, start: date, end: date) -> NDArray[np.bool_]:
        first, last = self._settings.index_of(start), self._settings.index_of(end)
        if last < first:
            raise DayOutsideWorld(end, start, self._settings.last_day)
        return np.asarray((self._stays[:, 2] <= last) & (self._stays[:, 3] >= first))

    def _present(self, area_code: str, start: date, end: date) -> NDArray[np.int64]:
        here = self._within(start, end) & self._inside(area_code)[self._stays[:, 1]]
        return np.unique(self._stays[here, 0])


def _changes(person: Advertiser) -> list[tuple[int, int, int]]:
    """List changes of place with the day of arrival: from `NOT_YET` at first, to `GONE` at last."""
    changes = [(a.town, b.town, b.first) for a, b in pairwise(person.stays)]
    if person.since == person.stays[0].first:
        changes.append((NOT_YET, person.stays[0].town, person.stays[0].first))
    if person.exit_day is not None:
        changes.append((person.stays[-1].town, GONE, person.exit_day))
    return changes


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
