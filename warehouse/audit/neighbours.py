"""Neighbouring worlds for A7: a small country with and without one advertiser, person by person.

The country: the municipality where she advertises, two more in its region, two more regions in its province, two more
provinces: fewer and larger parts than a real one, so that parts and wholes are told with less noise. Persons have record numbers, and cells get the counts and cell numbers that `warehouse.estimates.counting`
would give them, so that a set of people that does not change keeps its noise. How long people stay is what the
synthetic market assumes (simulation/population.py): a resident leaves on 1 % of days, others stay seven to ten days
and go on to another place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from warehouse.areas import (
    ALMELO,
    COUNTRY,
    ENTRY,
    FOCUS,
    GELDERLAND,
    HENGELO,
    OTHER_PROVINCES,
    REGION,
    REST_OF_PROVINCE,
)
from warehouse.protection.cells import Area, CellId
from warehouse.protection.rules import VOLUME

Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

PROVINCE, UTRECHT = "PV-Overijssel", "PV-Utrecht"
REGIONS: Final = ("CR10", "CR11")  # the other two of the province
AREAS: Final = {
    code: Area(code, code, level, parent)
    for code, level, parent in (
        (FOCUS, "municipality", REGION),
        (ALMELO, "municipality", REGION),
        (HENGELO, "municipality", REGION),
        *((region, "corop", PROVINCE) for region in (REGION, *REGIONS)),
        *((province, "province", COUNTRY) for province in (PROVINCE, GELDERLAND, UTRECHT)),
        (COUNTRY, "country", None),
    )
}
HERS: Final = (FOCUS, REGION, PROVINCE, COUNTRY)
# Where people can be: three municipalities, two regions, two provinces, abroad; and which of them lie in which area.
RELATIVE_SIZES: Final = np.array([1.0, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0, 1.25])
_HOLDS: Final = np.array(
    [
        [1, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 0, 0, 0],
        [1, 1, 1, 1, 1, 0, 0, 0],
        [0, 0, 0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 0, 0, 1, 0],
        [1, 1, 1, 1, 1, 1, 1, 0],
    ],
    dtype=np.bool_,
)
_PLACE_SHARES: Final = RELATIVE_SIZES / RELATIVE_SIZES.sum()
BLOCK_START: Final = date(2026, 10, 12)  # a block of the calendar starts here; `warehouse.calendar` tests hold it
DAYS: Final = 28
WEEK: Final = range(7, 14)
SETTINGS: Final = VOLUME.settings
SETTING_SHARES: Final = np.array([0.45, 0.30, 0.20, 0.05])  # home, club, escort, and what is told in the total only
LANGUAGES: Final = ("nl", "en", "es", "ro")
LANGUAGE_SHARES: Final = np.array([0.5, 0.25, 0.15, 0.1])
LANGUAGE_AREAS: Final = (REGION, PROVINCE, COUNTRY)
# The states of movement that the places but the first lie in, and which lies in which.
ORIGINS: Final = (ALMELO, HENGELO, REST_OF_PROVINCE, GELDERLAND, OTHER_PROVINCES, ENTRY)
_STATES: Final = np.array([0, 1, 2, 2, 3, 4, 5])  # the two regions are one state
STAY: Final = (7, 10)  # days of one who comes and goes, both included
# Chance a day to choose a place anew, the same one included, so that residents leave the municipality on 1.05 % of days
# and others after the middle of `STAY`.
_RESIDENT, _CAROUSEL = 0.0105 / (1 - _PLACE_SHARES[0]), 2 / sum(STAY) / (1 - _PLACE_SHARES[0])

VOLUME_CELLS: Final = (
    *(CellId("day", BLOCK_START + timedelta(days=day), area, "all") for day in WEEK for area in AREAS),
    *(
        CellId(period, BLOCK_START + timedelta(days=WEEK[0] if period == "week" else 0), area, setting)
        for period in ("week", "block")
        for area in AREAS
        for setting in SETTINGS
    ),
)
FLOWS: Final = tuple((origin, FOCUS) for origin in ORIGINS)
LANGUAGE_CELLS: Final = tuple((area, language) for area in LANGUAGE_AREAS for language in LANGUAGES)
CELLS: Final = len(VOLUME_CELLS) + len(FLOWS) + len(LANGUAGE_CELLS)
_LANGUAGE_ROWS: Final = [list(AREAS).index(area) for area in LANGUAGE_AREAS]


@dataclass(frozen=True, slots=True)
class Market:
    """The municipality's mean number of advertisers at once, and the share of them that stays seven to ten days."""

    size: int
    carousel_share: float

    @property
    def classes(self) -> tuple[tuple[float, float], ...]:
        """Residents and the others: their share, and the chance a day that one of them chooses a place anew."""
        return (1 - self.carousel_share, _RESIDENT), (self.carousel_share, _CAROUSEL)


@dataclass(frozen=True, slots=True, eq=False)
class Worlds:
    """W worlds over C cells: volumes (`VOLUME_CELLS`), flows (`FLOWS`), languages (`LANGUAGE_CELLS`), in that order.

    `counts` (W, C) without the target, `numbers` (W, C) sums of record numbers, `template` (W, C) 1 where the target
    would be counted, `record` (W,) her record number.
    """

    counts: Ints
    numbers: Numbers
    template: Ints
    record: Numbers

    def joined(self) -> "Worlds":
        """Give the neighbouring worlds: the same with her."""
        hers = self.record[:, None] * self.template.astype(np.uint64)
        return Worlds(self.counts + self.template, self.numbers + hers, self.template, self.record)

    def __getitem__(self, chosen: slice | npt.NDArray[np.bool_]) -> "Worlds":
        """Give some of the worlds."""
        return Worlds(self.counts[chosen], self.numbers[chosen], self.template[chosen], self.record[chosen])

    def stacked(self, other: "Worlds") -> "Worlds":
        """Put other worlds after these."""
        return Worlds(
            np.concatenate([self.counts, other.counts]),
            np.concatenate([self.numbers, other.numbers]),
            np.concatenate([self.template, other.template]),
            np.concatenate([self.record, other.record]),
        )


def hazards(market: Market) -> Floats:
    """Give the chance a day that one of those in an area leaves it, by area in the order of `AREAS`."""
    anew = sum(share * hazard for share, hazard in market.classes)
    return np.asarray(anew * (1 - _HOLDS @ _PLACE_SHARES))


def mean_counts(market: Market) -> Floats:
    """Give the expected count of each cell without the target, shape (C,)."""
    people = market.size * RELATIVE_SIZES.sum()
    here = _HOLDS @ _PLACE_SHARES

    def within(days: int) -> Floats:
        never = [share * (1 - here) * (1 - hazard * here) ** (days - 1) for share, hazard in market.classes]
        return np.asarray(people * (1 - sum(never)))

    classes = np.concatenate([[1.0], SETTING_SHARES[:3]])
    windows = [np.multiply.outer(within(days), classes).ravel() for days in (len(WEEK), DAYS)]
    rates = [(share, hazard * _PLACE_SHARES[0] * _PLACE_SHARES[1:]) for share, hazard in market.classes]
    moved = sum(share * (1 - np.exp(-np.bincount(_STATES, weights=rate) * (DAYS - 1))) for share, rate in rates)
    spoken = np.multiply.outer(within(DAYS)[_LANGUAGE_ROWS], LANGUAGE_SHARES).ravel()
    return np.concatenate([np.tile(people * here, len(WEEK)), *windows, people * moved, spoken])


def draw(market: Market, count: int, rng: np.random.Generator, *, is_carousel: bool) -> Worlds:
    """Draw worlds without the target, and who the target would be.

    Args:
        market: the municipality; the sizes of the others go by its own.
        count: number of worlds.
        rng: source of chance.
        is_carousel: the target comes and goes; otherwise she is there the whole block.
    """
    counts, numbers = _others(market, count, rng)
    return Worlds(counts, numbers, _target(count, rng, is_carousel=is_carousel), _records(count, rng))


def _records(count: int, rng: np.random.Generator) -> Numbers:
    return rng.integers(0, 1 << 63, count, dtype=np.uint64)


def _choose(shares: npt.NDArray[np.float64], count: int, rng: np.random.Generator) -> Ints:
    return np.searchsorted(np.cumsum(shares)[:-1], rng.random(count), side="right").astype(np.int64)


def _others(market: Market, count: int, rng: np.random.Generator) -> tuple[Ints, Numbers]:
    """Count everybody else by cell, and add their record numbers up."""
    counts = np.zeros((count, CELLS), dtype=np.int64)
    numbers = np.zeros((count, CELLS), dtype=np.uint64)
    for share, hazard in market.classes:
        people = rng.poisson(market.size * RELATIVE_SIZES.sum() * share, count)
        place = _walk(int(people.sum()), hazard, rng)
        setting = _choose(SETTING_SHARES, len(place), rng)
        language = _choose(LANGUAGE_SHARES, len(place), rng)
        record = _records(len(place), rng)
        start = np.concatenate([[0], np.cumsum(people)])
        for cell, member in enumerate(_members(place, setting, language)):
            at = np.flatnonzero(member)
            edges = np.searchsorted(at, start)
            counts[:, cell] += np.diff(edges)
            sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(record[at], dtype=np.uint64)])
            numbers[:, cell] += np.diff(sums[edges])  # modulo 2^64, as sums of record numbers are
    return counts, numbers


def _walk(people: int, hazard: float, rng: np.random.Generator) -> npt.NDArray[np.int8]:
    """Draw where each person is on each day, shape (people, DAYS)."""
    place = np.searchsorted(np.cumsum(_PLACE_SHARES)[:-1], rng.random((people, DAYS), dtype=np.float32)).astype(np.int8)
    stays = rng.random((people, DAYS), dtype=np.float32) >= hazard
    for day in range(1, DAYS):
        place[:, day] = np.where(stays[:, day], place[:, day - 1], place[:, day])
    return place


def _members(place: npt.NDArray[np.int8], setting: Ints, language: Ints) -> Iterator[npt.NDArray[np.bool_]]:
    """Tell of each cell, in order, which of some people it counts, shape (people,)."""
    at = [held[place] for held in _HOLDS]
    for day in WEEK:
        yield from (there[:, day] for there in at)
    of_setting = [np.ones(len(place), dtype=np.bool_), *(setting == kind for kind in range(3))]
    for days in (slice(WEEK[0], WEEK[-1] + 1), slice(None)):
        for there in at:
            seen = there[:, days].any(axis=1)
            yield from (seen & kind for kind in of_setting)
    comes = place[:, 1:] == 0
    state = np.concatenate([[-1], _STATES])[place[:, :-1]]
    for origin in range(len(ORIGINS)):
        yield (comes & (state == origin)).any(axis=1)
    for row in _LANGUAGE_ROWS:
        seen = at[row].any(axis=1)
        yield from (seen & (language == spoken) for spoken in range(len(LANGUAGES)))


def _target(count: int, rng: np.random.Generator, *, is_carousel: bool) -> Ints:
    """Draw where the target would be on each day, and in which cells she would be counted."""
    place = np.zeros((count, DAYS), dtype=np.int8)
    if is_carousel:
        days = np.arange(DAYS)
        length = rng.integers(STAY[0], STAY[1] + 1, count)
        start = rng.integers(WEEK[0] - length + 1, WEEK[-1] + 1)
        elsewhere = _PLACE_SHARES[1:] / _PLACE_SHARES[1:].sum()
        before, after = (1 + _choose(elsewhere, count, rng).astype(np.int8) for _ in range(2))
        place = np.where(days < start[:, None], before[:, None], place)
        place = np.where(days >= (start + length)[:, None], after[:, None], place)
    setting = _choose(SETTING_SHARES, count, rng)
    language = _choose(LANGUAGE_SHARES, count, rng)
    members = [np.asarray(member, dtype=np.int64) for member in _members(place, setting, language)]
    return np.stack(members, axis=1)
