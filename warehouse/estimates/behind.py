"""Who stands behind a figure of movement: for thresholds and noise only, never a figure.

Paths are drawn and stand for others too; whom a figure rests on are those who were seen. Each set is told by positions of
identities, the whole that a share is of and the part that it counts, as plainly seen.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warehouse.estimates import counting, movement, sighted, stays
from warehouse.estimates.paths import ABSENT

IntArray = npt.NDArray[np.int64]
UIntArray = npt.NDArray[np.uint64]
DWELL = ("dwell_lower_quartile", "dwell_median", "dwell_upper_quartile")


class Behind(NamedTuple):
    """Positions of identities: all behind a figure, and of a share those whom it counts; None where it is no share."""

    whole: Sequence[int] | IntArray
    part: Sequence[int] | IntArray | None = None

    def columns(self, record_number: UIntArray) -> tuple[int, int, int | None, int | None]:
        """Give their number and what their noise is drawn by, of the whole and of the part, as `est` keeps them."""
        whole = _told(self.whole, record_number)
        return (*whole, *(_told(self.part, record_number) if self.part is not None else (None, None)))


def _told(who: Sequence[int] | IntArray, record_number: UIntArray) -> tuple[int, int]:
    if len(who) < counting.SMALLEST_DRAWN:
        return len(who), 0
    return len(who), counting.sealed(int(record_number[list(who)].sum() & counting.NUMBER_MASK))


def sets(
    masks: IntArray, places: IntArray, names: Sequence[str], region: Sequence[int], block: int
) -> dict[tuple[str, str], Behind]:
    """Tell who was seen to be in the whole and the part of each figure of `movement.estimate`, by code and area.

    Args:
        masks: states named in each week, shape (I, T), bit a - 1 for state a.
        places: municipality with most sightings in each week, -1 for none, shape (I, T).
        names: of the states.
        region: positions of the states that make up the region.
        block: how many of the last weeks are the block's.
    """
    states = sighted.resolved(masks)
    before, since = _before(states, len(names))
    arrived = (states > 0) & (states != before) & (np.arange(states.shape[1]) > 0)
    moved = arrived & (before > 0)
    recent = (masks[:, -stays.CAROUSEL_WEEKS :] > 0).any(axis=1)
    several = stays.distinct(np.where(places >= 0, places, ABSENT)[:, -stays.CAROUSEL_WEEKS :])
    found = {
        ("carousel_share", movement.ALL): Behind(*_rows(recent, recent & (several >= stays.CAROUSEL_PLACES))),
        ("one_place_share", movement.ALL): Behind(*_rows(recent, recent & (several == 1))),
        ("new_to_region_share", movement.REGION): _new(states, before, region, block),
    }
    for a, name in enumerate(names):
        left = (moved & (before == a + 1)).any(axis=1)
        back = (moved & (states == a + 1) & (since[a] <= stays.CAROUSEL_WEEKS)).any(axis=1)
        found["return_share", name] = Behind(*_rows(left, left & back))
        came = np.flatnonzero((arrived & (states == a + 1)).any(axis=1))
        found |= {(code, name): Behind(came) for code in DWELL}
    return found


def _rows(whole: npt.ArrayLike, part: npt.ArrayLike) -> tuple[IntArray, IntArray]:
    return np.flatnonzero(whole), np.flatnonzero(part)


def _before(states: IntArray, k: int) -> tuple[IntArray, list[IntArray]]:
    """Give the state last seen before each week, 0 for none, (I, T), and for each state the weeks since it was, (I, T)."""
    weeks = np.arange(states.shape[1])
    last = np.maximum.accumulate(np.where(states > 0, weeks, -1), axis=1)
    last = np.concatenate([np.full((len(states), 1), -1), last[:, :-1]], axis=1)
    before = np.where(last >= 0, np.take_along_axis(states, np.maximum(last, 0), axis=1), 0)
    since = []
    never = -len(weeks) - stays.CAROUSEL_WEEKS
    for a in range(1, k + 1):
        seen = np.maximum.accumulate(np.where(states == a, weeks, never), axis=1)
        since.append(weeks - np.concatenate([np.full((len(states), 1), never), seen[:, :-1]], axis=1))
    return before, since


def _new(states: IntArray, before: IntArray, region: Sequence[int], block: int) -> Behind:
    """Give who was seen to arrive in the region in the block, and of them who had not been seen there before."""
    inside = np.isin(states, np.array(region) + 1)
    arrived = inside & ~np.isin(before, np.array(region) + 1)
    arrived[:, : max(states.shape[1] - block, 1)] = False
    earlier = np.concatenate([np.zeros((len(states), 1), np.bool_), np.logical_or.accumulate(inside, 1)[:, :-1]], 1)
    return Behind(*_rows(arrived.any(axis=1), (arrived & ~earlier).any(axis=1)))
