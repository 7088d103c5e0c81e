"""Sightings of a window as arrays, and the tables of counts that come from them. No figure depends on row order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warehouse.records import SETTINGS

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
UIntArray = npt.NDArray[np.uint64]

LEVELS = ("municipality", "corop", "province", "country")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Listings seen in a window of T days and what was read of them.

    For n listings: `seen` (n, T), `group` and `source` (n,) index into the names, `identity` (n,) is 0..I-1,
    `record_number` (I,). `version` (n, T) points to what held on that day, -1 where nothing was ever read. For V
    versions: `area` points into `area_codes` (-1: no place), `setting` into `SETTINGS`, `language` into `languages`
    (-1: not told), with their probabilities; `content` numbers distinct texts.
    """

    seen: BoolArray
    group: IntArray
    source: IntArray
    identity: IntArray
    record_number: UIntArray
    version: IntArray
    area: IntArray
    setting: IntArray
    setting_probability: FloatArray
    language: IntArray
    language_probability: FloatArray
    content: IntArray
    groups: tuple[str, ...]
    sources: tuple[str, ...]
    area_codes: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Areas of all levels that hold the places of a frame.

    `codes` are the areas; `level` (A,) indexes `LEVELS`; `above` (C, 4) gives for each place code of the frame its area
    at each level, -1 for places abroad.
    """

    codes: tuple[str, ...]
    level: IntArray
    above: IntArray


def versions_by_day(listing: IntArray, day: IntArray, listings: int, days: int) -> IntArray:
    """Tell which version held on each day, shape (n, T).

    Args:
        listing: listing of each version, shape (V,); sorted by listing, then by day read.
        day: day on which it was read, counted from the window's first; may lie before it.
        listings: n.
        days: T.

    Returns:
        Position of the latest version read on or before the day; before the first reading, the first; -1 without any.
    """
    table = np.full((listings, days), -1, dtype=np.int64)
    if not len(listing):
        return table
    position = np.arange(len(listing), dtype=np.int64)
    inside = day < days
    np.maximum.at(table, (listing[inside], np.maximum(day[inside], 0)), position[inside])
    table = np.maximum.accumulate(table, axis=1)
    first = np.full(listings, -1, dtype=np.int64)
    # Written in reverse, so that the earliest version of each listing stays.
    first[listing[inside][::-1]] = position[inside][::-1]
    return np.where(table < 0, first[:, None], table)


def places(codes: Sequence[str], parents: Callable[[str], tuple[str, str, str]]) -> Places:
    """Collect the areas above municipality codes; other codes (countries) belong to none.

    Args:
        codes: place codes of a frame.
        parents: gives COROP, province and country of a municipality.
    """
    above_codes = [[code, *parents(code)] if code.startswith("GM") else None for code in codes]
    names: list[tuple[int, str]] = sorted(
        {(level, name) for row in above_codes if row for level, name in enumerate(row)}
    )
    index = {name: i for i, name in enumerate(names)}
    above = np.full((len(codes), len(LEVELS)), -1, dtype=np.int64)
    for i, row in enumerate(above_codes):
        if row:
            above[i] = [index[level, name] for level, name in enumerate(row)]
    return Places(tuple(name for _, name in names), np.array([level for level, _ in names], dtype=np.int64), above)


def identity_settings(frame: Frame, present: BoolArray, first: int) -> IntArray:
    """Tell each identity's setting, shape (I,): the most probable over its listings present, unknown only if all are.

    Args:
        frame: the sightings.
        present: shape (n, P), for P days from `first` on.
        first: column of the window at which `present` starts.
    """
    weight = np.zeros((len(frame.record_number), len(SETTINGS)))
    here = np.flatnonzero(present.any(axis=1))
    last = first + present.shape[1] - 1 - present[here, ::-1].argmax(axis=1)
    version = frame.version[here, last]
    here, version = here[version >= 0], version[version >= 0]
    np.add.at(weight, (frame.identity[here], frame.setting[version]), frame.setting_probability[version])
    unknown = SETTINGS.index("unknown")
    weight[:, unknown] *= 1e-9
    return np.where(weight.sum(axis=1) > 0, np.round(weight, 12).argmax(axis=1), unknown)


def held_versions(frame: Frame, present: BoolArray, first: int) -> tuple[IntArray, IntArray, UIntArray]:
    """Tell which versions held while their listing was present: far fewer than listings times days.

    Args:
        frame: the sightings.
        present: shape (n, P), at most 64 days.
        first: column at which `present` starts.

    Returns:
        Listing and version, shape (W,) each, in order of version, and the days as bits (bit 0 = day `first`).
    """
    versions = len(frame.area)
    listing_of = np.zeros(versions + 1, dtype=np.int64)  # the last place is for listings that were never read
    days = np.zeros(versions + 1, dtype=np.uint64)
    for day in range(present.shape[1]):
        listing = np.flatnonzero(present[:, day])
        version = frame.version[listing, first + day]
        listing_of[version] = listing
        days[version] |= np.uint64(1) << np.uint64(day)  # a version is one listing's: no version comes twice
    version = np.flatnonzero(days[:versions])
    return listing_of[version], version, days[version]


def members(frame: Frame, present: BoolArray, first: int, above: IntArray) -> tuple[IntArray, IntArray]:
    """List who is where: distinct pairs (listing, area), for one level of areas.

    Args:
        frame: the sightings.
        present: shape (n, P).
        first: column at which `present` starts.
        above: area of each place code, -1 for none, shape (C,).
    """
    listing, version, _ = held_versions(frame, present, first)
    return areas_of(listing, frame.area[version], above)


def areas_of(listing: IntArray, place: IntArray, above: IntArray) -> tuple[IntArray, IntArray]:
    """List distinct pairs (listing, area) of one level, from pairs (listing, place); -1 is no place."""
    area = np.where(place >= 0, above[place] if len(above) else -1, -1)
    kept = area >= 0
    size = int(above.max(initial=0)) + 1
    pairs = np.unique(listing[kept] * size + area[kept])
    return pairs // size, pairs % size


def days_seen(frame: Frame, above: IntArray) -> tuple[IntArray, IntArray, BoolArray]:
    """Tell on which days each identity was seen in each area of one level.

    Args:
        frame: the sightings.
        above: area of each place code, -1 for none, shape (C,).

    Returns:
        Identity and area of each of R pairs, shape (R,), in order, and the days of each, shape (R, T).
    """
    size = int(above.max(initial=0)) + 1
    found = []
    for first in range(0, frame.seen.shape[1], 64):
        listing, version, days = held_versions(frame, frame.seen[:, first : first + 64], first)
        place = frame.area[version]
        area = np.where(place >= 0, above[place] if len(above) else -1, -1)
        kept = area >= 0
        found.append((frame.identity[listing[kept]] * size + area[kept], days[kept]))
    rows = np.unique(np.concatenate([keys for keys, _ in found]))
    parts = []
    for keys, days in found:
        together = np.zeros(len(rows), dtype=np.uint64)
        np.bitwise_or.at(together, np.searchsorted(rows, keys), days)
        parts.append(together[:, None] >> np.arange(64, dtype=np.uint64) & np.uint64(1))
    seen = np.concatenate(parts, axis=1)[:, : frame.seen.shape[1]]
    return rows // size, rows % size, seen.astype(np.bool_)


def weekly_places(frame: Frame, state_of_place: IntArray, weeks: int) -> tuple[IntArray, IntArray]:
    """Tell in which states each identity was seen in each of the last `weeks` weeks of a window, and where most.

    Args:
        frame: the sightings; its window ends on a Sunday and holds these weeks.
        state_of_place: state of each place code, 1..K, 0 for none, shape (C,).
        weeks: number of weeks.

    Returns:
        Masks (I, weeks), bit a - 1 for state a, and the place code (I, weeks) with most listing-days, -1 where nothing was
        seen; among equals that of the week before, else the first.
    """
    masks = np.zeros((len(frame.record_number), weeks), dtype=np.int64)
    most = np.full(masks.shape, -1, dtype=np.int64)
    before = np.full(len(masks), -1, dtype=np.int64)
    codes = len(state_of_place)
    for week in range(weeks):
        start = frame.seen.shape[1] - 7 * (weeks - week)
        listing, day = np.nonzero(frame.seen[:, start : start + 7])
        version = frame.version[listing, start + day]
        place = np.where(version >= 0, frame.area[version], -1)
        kept = (place >= 0) & (state_of_place[place] > 0) if codes else np.zeros(0, dtype=np.bool_)
        pairs, count = np.unique(frame.identity[listing[kept]] * codes + place[kept], return_counts=True)
        who, where = pairs // max(codes, 1), pairs % max(codes, 1)
        np.bitwise_or.at(masks[:, week], who, 1 << (state_of_place[where] - 1))
        # Among equals where it was before, so that who advertises at two places does not go to and fro.
        order = np.lexsort((where, -(2 * count + (where == before[who])), who))
        who, where = who[order], where[order]
        first = np.r_[True, who[1:] != who[:-1]][: len(who)]
        most[who[first], week] = before[who[first]] = where[first]
    return masks, most
