"""A seeded market of persons with record numbers, and the estimates of every vintage of it. Nobody in it exists.

The hardest case for a protection: each estimate is the true count itself, so that all that lies between a figure and a
person is the gate. `Market.estimates` gives what the estimates of one day would be: the day; on Sundays the week; on the
last day of a block the block, its languages and its movements. Cells are counted and numbered as
`warehouse.estimates.counting` does.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from warehouse import areas, calendar, flows
from warehouse.estimates import counting, sighted
from warehouse.protection.cells import LanguageEstimate, MovementEstimate, VolumeEstimate
from warehouse.protection.gate import Estimates

Ints = npt.NDArray[np.int64]

FIRST = calendar.ORIGIN
BEFORE = 125  # days before the first from which somebody may still be there
MEAN_STAY = 25.0
KINDS = (("home", 0.62), ("club", 0.10), ("escort", 0.20), ("unknown", 0.08))
LANGUAGES = (("nl", 0.45), ("en", 0.2), ("es", 0.12), ("ro", 0.08), ("pl", 0.07), ("hu", 0.05), ("und", 0.03))
CAROUSEL, STINT = 0.2, 9  # share of those who move on, and the days that they stay in one place on average
BOTH = 0.05  # share of those who are in two places at once
BUSY, MANY = 0.01, 12  # share of those with many listings, and how many; the others have one
INTERVAL = (0.8, 1.3)  # ends of an estimate's interval, as shares of its point
LEVELS = 4  # municipality, region, province, country
_NUMBERS = 1 << 62


@dataclass(frozen=True, slots=True)
class Places:
    """Where people can be: codes of municipalities (and DE), and how many are there on average, shape (T,)."""

    codes: tuple[str, ...]
    sizes: tuple[float, ...]


def twente(enschede: float = 60.0) -> Places:
    """Give all of Twente as large as its Enschede says, the larger towns elsewhere, and the German border."""
    share = enschede / areas.municipality(areas.FOCUS).population
    sizes = {m.code: m.population * share for m in areas.municipalities() if m.corop_code == areas.REGION}
    sizes |= {m.code: m.population * share / 3 for m in areas.municipalities() if m.population > 60_000} | sizes
    sizes[areas.NEIGHBOUR] = enschede
    return Places(tuple(sorted(sizes)), tuple(sizes[code] for code in sorted(sizes)))


def nation(advertisers: float = 12_000.0) -> Places:
    """Give every municipality, by its population."""
    whole = sum(m.population for m in areas.municipalities())
    sizes = {m.code: m.population * advertisers / whole for m in areas.municipalities()}
    return Places(tuple(sizes), tuple(sizes.values()))


class Market:
    """Persons and where they are from day to day, for `days` days from Monday 5 January 2026 on.

    For P persons: `kind`, `language`, `listings`, `record` (P,). For S stays in one place: `person`, `town` (S,), from
    day `begin` up to, not including, day `end` (S,).
    """

    def __init__(self, places: Places, days: int, seed: int) -> None:
        rng = np.random.default_rng([seed, days, len(places.codes)])
        self.places, self.days = places, days
        sizes = np.array(places.sizes)
        come = rng.poisson(sizes * (days + BEFORE) / MEAN_STAY)
        home = np.repeat(np.arange(len(sizes)), come)
        count = len(home)
        begin = rng.integers(-BEFORE, days, count)
        end = begin + rng.geometric(1 / MEAN_STAY, count)
        self.kind = rng.choice(len(KINDS), count, p=[share for _, share in KINDS])
        self.language = rng.choice(len(LANGUAGES), count, p=[share for _, share in LANGUAGES])
        self.listings = np.where(rng.random(count) < BUSY, MANY, 1)
        self.record = rng.integers(0, _NUMBERS, count).astype(np.uint64)
        is_carousel = rng.random(count) < CAROUSEL
        # A place at a time for those who move on; later ones lie in the region as often as anywhere else.
        stints = np.where(is_carousel, (end - begin + STINT - 1) // STINT, 1)
        person = np.repeat(np.arange(count), stints)
        stint = np.arange(len(person)) - np.repeat(np.cumsum(stints) - stints, stints)
        town = np.where(stint == 0, home[person], rng.choice(len(sizes), len(person), p=sizes / sizes.sum()))
        at = begin[person] + stint * STINT
        until = np.where(is_carousel[person], np.minimum(at + STINT, end[person]), end[person])
        second = np.flatnonzero((rng.random(count) < BOTH) & ~is_carousel)
        elsewhere = rng.choice(len(sizes), len(second), p=sizes / sizes.sum())
        self.person = np.concatenate([person, second])
        self.town = np.concatenate([town, elsewhere])
        self.begin = np.concatenate([at, begin[second]])
        self.end = np.concatenate([until, end[second]])

    @cached_property
    def _codes(self) -> tuple[str, ...]:
        above = [areas.area_parents(code) for code in self.places.codes if code != areas.NEIGHBOUR]
        return tuple(sorted({*self.places.codes, *(code for each in above for code in each)} - {areas.NEIGHBOUR}))

    @cached_property
    def _above(self) -> Ints:
        """Area of each town at each level, shape (T, 4); -1 abroad."""
        place = {code: number for number, code in enumerate(self._codes)}
        return np.array(
            [
                [-1] * LEVELS
                if code == areas.NEIGHBOUR
                else [place[each] for each in (code, *areas.area_parents(code))]
                for code in self.places.codes
            ]
        )

    @cached_property
    def _state(self) -> Ints:
        """State of movement of each town, from 1 on, shape (T,)."""
        return np.array([areas.MOVEMENT_STATES.index(areas.state_of(code) or "") + 1 for code in self.places.codes])

    def present(self, first: int, length: int, without: Iterable[int] = ()) -> Ints:
        """Give the stays that touch a window of days, but for those of some persons."""
        there = (self.begin < first + length) & (self.end > first) & ~np.isin(self.person, list(without))
        return np.flatnonzero(there)

    def people(self, town: str, day: int) -> Ints:
        """Give the persons in a town on a day."""
        stays = self.present(day, 1)
        return np.unique(self.person[stays[self.town[stays] == self.places.codes.index(town)]])

    def moved(self, day: int) -> dict[str, int]:
        """Count who came to or left each municipality from a day to the next; both are counted."""
        pairs = []
        for each in (day, day + 1):
            ((who, area),) = self._pairs(self.present(each, 1), range(1))
            pairs.append(who * len(self._codes) + area)
        changed = np.bincount(np.setxor1d(*pairs, assume_unique=True) % len(self._codes), minlength=len(self._codes))
        return dict(zip(self._codes, changed.tolist(), strict=True))

    def estimates(self, day: int, without: Iterable[int] = ()) -> Estimates:
        """Give the estimates of the vintage of a day; `without`: persons whose listing was read too late for it."""
        on, without = FIRST + timedelta(days=day), tuple(without)
        volumes = list(self._volumes("day", day, 1, without))
        languages: list[LanguageEstimate] = []
        moves: list[MovementEstimate] = []
        if calendar.is_last_day_of_week(on):
            volumes += self._volumes("week", day - 6, 7, without)
        if calendar.is_last_day_of_block(on):
            volumes += self._volumes("block", day - 27, 28, without)
            languages = list(self._languages(day - 27, without))
            moves = list(self._movements(day - 27, without))
        return Estimates(volumes, movements=moves, languages=languages)

    def _pairs(self, stays: Ints, levels: Sequence[int]) -> Iterator[tuple[Ints, Ints]]:
        """Give persons and areas of each level, each pair once."""
        for level in levels:
            area = self._above[self.town[stays], level]
            pair = np.unique(self.person[stays][area >= 0] * len(self._codes) + area[area >= 0])
            yield pair // len(self._codes), pair % len(self._codes)

    def _counted(self, stays: Ints, label: Ints, labels: int, levels: Sequence[int]) -> tuple[Ints, ...]:
        """Count persons by area and label: counts, listings, most listings of one, sums of record numbers, (A, L)."""
        shape = (len(self._codes), labels)
        count, held, most = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        number = np.zeros(shape, dtype=np.uint64)
        for who, area in self._pairs(stays, levels):
            at = (area, label[who])
            np.add.at(count, at, 1)
            np.add.at(held, at, self.listings[who])
            np.maximum.at(most, at, self.listings[who])
            np.add.at(number, at, self.record[who])
        return count, held, most, number & counting.NUMBER_MASK

    def _volumes(self, period: str, first: int, length: int, without: tuple[int, ...]) -> Iterator[VolumeEstimate]:
        stays = self.present(first, length, without)
        everyone = self._counted(stays, np.zeros_like(self.kind), 1, range(LEVELS))
        by_kind = self._counted(stays, self.kind, len(KINDS), range(LEVELS))
        names = ("all",) if period == "day" else ("all", *(name for name, _ in KINDS))
        count, held, most, number = (np.hstack(pair) for pair in zip(everyone, by_kind, strict=True))
        for a, k in np.argwhere(count[:, : len(names)] > 0).tolist():
            n = int(count[a, k])
            if names[k] == "unknown":
                continue
            low, high = (n * each for each in INTERVAL)
            yield VolumeEstimate(
                period, FIRST + timedelta(days=first), self._codes[a], names[k], n, most[a, k] / held[a, k],
                float(n), float(n), low, high, 0.9, 3, 0.97, None, [], counting.sealed(int(number[a, k])),
            )  # fmt: skip

    def _languages(self, first: int, without: tuple[int, ...]) -> Iterator[LanguageEstimate]:
        stays = self.present(first, 28, without)
        count, held, most, number = self._counted(stays, self.language, len(LANGUAGES), range(1, LEVELS))
        for a, k in np.argwhere(count > 0).tolist():
            yield LanguageEstimate(
                FIRST + timedelta(days=first), self._codes[a], LANGUAGES[k][0], int(count[a, k]),
                most[a, k] / held[a, k], counting.sealed(int(number[a, k])),
            )  # fmt: skip

    def changes(self, first: int, without: Iterable[int] = ()) -> dict[tuple[str, str], tuple[int, ...]]:
        """Tell who changed from one state of movement to another in a block from day `first` on, the week before included.

        A person is in a week where most days of it were spent, as `warehouse.estimates` has it.
        """
        weeks = 5 if first >= 7 else 4
        start = first + 28 - 7 * weeks
        stays = self.present(start, 7 * weeks, without)
        who, row = np.unique(self.person[stays], return_inverse=True)
        states = len(areas.MOVEMENT_STATES)
        days = np.zeros((len(who), weeks, states + 1), dtype=np.int64)
        for week in range(weeks):
            overlap = np.minimum(self.end[stays], start + 7 * week + 7) - np.maximum(
                self.begin[stays], start + 7 * week
            )
            np.add.at(days, (row, week, self._state[self.town[stays]]), np.maximum(overlap, 0))
        names = areas.MOVEMENT_STATES
        return {
            (names[a - 1] if a else areas.ENTRY, names[b - 1] if b else areas.EXIT): tuple(who[list(rows)].tolist())
            for (a, b), rows in sighted.observed_changes(days.argmax(axis=2), states).items()
        }

    def _movements(self, first: int, without: tuple[int, ...]) -> Iterator[MovementEstimate]:
        changes = self.changes(first, without)
        for pair in (*changes, *flows.wide_flows()):
            parts = flows.flow_pairs(*pair) if pair not in changes else {pair}
            who = sorted(frozenset().union(*(changes[part] for part in parts)))
            number = counting.sealed(int(self.record[who].sum() & counting.NUMBER_MASK)) if who else 0
            n = float(len(who))
            yield MovementEstimate(
                FIRST + timedelta(days=first), *pair, len(who), n, n * INTERVAL[0], n * INTERVAL[1], None, [], number
            )  # fmt: skip
