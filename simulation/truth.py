"""What is really so in a synthetic world. For tests and for the demo's scoring; nothing else may look."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulation.advertisements import Ad
from simulation.errors import DayOutsideWorld, UnknownArea, UnknownSite
from simulation.population import Advertiser
from simulation.settings import WorldSettings
from simulation.towns import towns

NEW, EXIT = "NEW", "EXIT"
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
            area_code: GM, CR or PV- code, NL, DE, or a movement state (CR12X, NLX).
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

    def moves(self, origin_state: str, destination_state: str, start: date, end: date) -> int:
        """Count moves between two different movement states; the day of arrival lies in [start, end].

        `NEW` as origin counts first appearances, `EXIT` as destination the days after last ones. Breaks are no moves.
        """
        first, last = self._settings.index_of(start), self._settings.index_of(end)
        if origin_state == destination_state:
            return 0
        known = {town.state for town in towns()}
        for state, extra in ((origin_state, NEW), (destination_state, EXIT)):
            if state not in known | {extra}:
                raise UnknownArea(state)
        return sum(
            first <= day <= last
            for person in self._people
            for a, b, day in _changes(person)
            if (a, b) == (origin_state, destination_state)
        )

    def weekly_state(self, week_start: date) -> dict[int, str]:
        """Give each advertiser present in the week her state in it: where she was most days, the later one if equal."""
        first = self._settings.index_of(week_start)
        last = min(first + 6, self._settings.days - 1)
        days: dict[int, Counter[str]] = {}
        for number, town, begin, end in self._stays[(self._stays[:, 2] <= last) & (self._stays[:, 3] >= first)]:
            state = towns()[int(town)].state
            days.setdefault(int(number), Counter())[state] += min(last, int(end)) - max(first, int(begin)) + 1
        return {number: max(reversed(list(seen)), key=lambda s: seen[s]) for number, seen in days.items()}

    def weekly_moves(self, origin_state: str, destination_state: str, start: date, end: date) -> int:
        """Count changes of weekly state between consecutive Monday weeks that both lie wholly in [start, end]."""
        week = start + timedelta(days=-start.weekday() % 7)
        total = 0
        while week + timedelta(days=13) <= end:
            before, after = self.weekly_state(week), self.weekly_state(week + timedelta(days=7))
            total += sum(state == origin_state and after.get(n) == destination_state for n, state in before.items())
            week += timedelta(days=7)
        return total

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

    def _within(self, start: date, end: date) -> NDArray[np.bool_]:
        first, last = self._settings.index_of(start), self._settings.index_of(end)
        if last < first:
            raise DayOutsideWorld(end, start, self._settings.last_day)
        return np.asarray((self._stays[:, 2] <= last) & (self._stays[:, 3] >= first))

    def _present(self, area_code: str, start: date, end: date) -> NDArray[np.int64]:
        here = self._within(start, end) & self._inside(area_code)[self._stays[:, 1]]
        return np.unique(self._stays[here, 0])


def _changes(person: Advertiser) -> list[tuple[str, str, int]]:
    states = [(towns()[stay.town].state, stay.first) for stay in person.stays]
    changes = [(a, b, day) for (a, _), (b, day) in pairwise(states) if a != b]
    if person.since == person.stays[0].first:
        changes.append((NEW, *states[0]))
    if person.exit_day is not None:
        changes.append((states[-1][0], EXIT, person.exit_day))
    return changes
