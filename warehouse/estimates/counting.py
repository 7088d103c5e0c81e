"""Counting identities by area, setting and the source groups that saw them: the tables that estimates are made from."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warehouse.estimates import frame as frames
from warehouse.estimates.closed_form import memberships
from warehouse.estimates.frame import Frame, Places
from warehouse.records import SETTINGS

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
UIntArray = npt.NDArray[np.uint64]

CELL_SETTINGS = ("all", "home", "club", "escort")
NUMBER_MASK = np.uint64(2**63 - 1)
LEAST_CHANCE = 1e-3  # a listing less likely live than this is gone
SMALLEST_DRAWN = 10  # identities: of a smaller cell nothing is ever published (PRIVACY P9), so it needs no noise


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Tables of counts for A areas and K settings over S groups.

    `counts` (A, K, 2**S), with fractions where it is not certain who is live; `held` (A, K) identities held to be there;
    `largest` (A, K) share of the cell's listings that one identity holds; `number` (A, K) sum of record numbers modulo
    2**63; `uncertain` (A, K) variance of the number there, from not knowing who is live.
    """

    counts: FloatArray
    held: FloatArray
    largest: FloatArray
    number: UIntArray
    uncertain: FloatArray


def sealed(record_numbers: int) -> int:
    """Give what a cell's noise is drawn by: the same for the same identities, and nothing that can be subtracted.

    From sums themselves, those of a day and the next would give the record number of whoever came or went.

    Args:
        record_numbers: of the identities in the cell, their sum modulo 2**63.
    """
    return int.from_bytes(hashlib.sha256(record_numbers.to_bytes(8, "big")).digest()[:8], "big") & int(NUMBER_MASK)


def cells(frame: Frame, present: BoolArray, first: int, where: Places) -> Cells:
    """Count identities by area, setting and the groups that saw them.

    One identity counts in an area if any of its listings present names it as its most probable place.

    Args:
        frame: the sightings.
        present: listings seen, shape (n, P) for P days from column `first` on.
        first: column of the window at which `present` starts.
        where: areas.
    """
    areas, kinds, lists = len(where.codes), len(CELL_SETTINGS), len(frame.groups)
    setting = frames.identity_settings(frame, present, first)
    counts = np.zeros((areas, kinds, 2**lists))
    number = np.zeros((areas, kinds), dtype=np.uint64)
    listings, in_cell = np.zeros((areas, kinds)), np.zeros((areas, kinds))
    holder, version, _ = frames.held_versions(frame, present, first)
    for level in range(len(frames.LEVELS)):
        listing, area = frames.areas_of(holder, frame.area[version], where.above[:, level])
        if not len(listing):
            continue
        pair, inverse = np.unique(frame.identity[listing] * areas + area, return_inverse=True)
        pattern = np.zeros(len(pair), dtype=np.int64)
        np.bitwise_or.at(pattern, inverse, 1 << frame.group[listing])
        has = np.bincount(inverse, minlength=len(pair)).astype(np.float64)
        identity, place = pair // areas, pair % areas
        for k, name in enumerate(CELL_SETTINGS):
            mine = np.ones(len(pair), dtype=np.bool_) if k == 0 else setting[identity] == SETTINGS.index(name)
            at = place[mine]
            np.add.at(counts, (at, k, pattern[mine]), 1.0)
            np.add.at(number[:, k], at, frame.record_number[identity[mine]])
            np.add.at(listings[:, k], at, has[mine])
            np.maximum.at(in_cell[:, k], at, has[mine])
    largest = np.where(listings > 0, in_cell / np.maximum(listings, 1), 0.0)
    held = counts.sum(axis=2)
    return Cells(counts, held, largest, number & NUMBER_MASK, np.zeros_like(held))


def likely_cells(frame: Frame, chance: FloatArray, column: int, where: Places) -> Cells:
    """Count the identities of one day when each listing is live with a chance only; all settings together, so K = 1.

    An identity is on a group's list unless none of its listings there is live, listings being independent given what was
    seen. Who is more likely live than not is held to be there: that is whom thresholds and noise go by.

    Args:
        frame: the sightings.
        chance: that each listing is live on the day, shape (n,).
        column: the day's column of the window.
        where: areas.
    """
    areas, lists = len(where.codes), len(frame.groups)
    counts, held = np.zeros((areas, 1, 2**lists)), np.zeros((areas, 1))
    number, uncertain = np.zeros((areas, 1), dtype=np.uint64), np.zeros((areas, 1))
    listings, in_cell = np.zeros((areas, 1)), np.zeros((areas, 1))
    member = memberships(lists)
    version = frame.version[:, column]
    place = np.where(version >= 0, frame.area[version], -1) if len(frame.area) else version
    for level in range(len(frames.LEVELS)):
        above = where.above[:, level]
        area = np.where(place >= 0, above[place] if len(above) else -1, -1)
        listing = np.flatnonzero((area >= 0) & (chance > LEAST_CHANCE))
        pair, inverse = np.unique(frame.identity[listing] * areas + area[listing], return_inverse=True)
        identity, at = pair // areas, pair % areas
        missing = np.ones((len(pair), lists))
        np.multiply.at(missing, (inverse, frame.group[listing]), 1 - chance[listing])
        for pattern in range(1, 2**lists):
            share = np.where(member[pattern] > 0, 1 - missing, missing).prod(axis=1)
            counts[:, 0, pattern] += np.bincount(at, weights=share, minlength=areas)
        absent = missing.prod(axis=1)
        uncertain[:, 0] += np.bincount(at, weights=absent * (1 - absent), minlength=areas)
        has = np.bincount(inverse, weights=chance[listing] > 0.5, minlength=len(pair))
        there = has > 0
        np.add.at(held[:, 0], at[there], 1.0)
        np.add.at(number[:, 0], at[there], frame.record_number[identity[there]])
        np.add.at(listings[:, 0], at[there], has[there])
        np.maximum.at(in_cell[:, 0], at[there], has[there])
    # Where nobody is held to be there is no cell: a tenth of an advertiser here and there is not written down anywhere.
    # Of under ten identities no figure is made, and fractions of so few would tell one from another.
    counts = np.round(np.where(held[:, :, None] < SMALLEST_DRAWN, np.round(counts), counts), 6)
    counts = np.where(held[:, :, None] > 0, counts, 0.0)
    largest = np.where(listings > 0, in_cell / np.maximum(listings, 1), 0.0)
    uncertain = np.where(held < SMALLEST_DRAWN, 0.0, np.round(uncertain, 6))
    return Cells(counts, held, largest, number & NUMBER_MASK, uncertain)
