"""What is true of movement in a world, from whole paths; and the naive count, which takes what is seen for the path.

State of a week: where most of it. All counts are of advertisers, seen or not. Weeks [start, end) are the window.
Spells: one week off inside a spell does not end it. Somebody arrives when the last place before, weeks off left out, is
another state or none at all; she leaves to another state when the next place, weeks off left out, is another one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from movement_world import NAMES, REGION, Observed, World

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

BLOCK = 4  # week boundaries of a flow
CAROUSEL_WEEKS, CAROUSEL_TOWNS = 8, 3
RETURN_WEEKS = 8
ALL, OF_REGION = "ALL", "REGION"
ENTRY, EXIT = "NEW", "EXIT"
QUANTILES = {
    "dwell_lower_quartile": 0.75,
    "dwell_median": 0.5,
    "dwell_upper_quartile": 0.25,
}  # where S falls under this


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A figure or a flow with its interval, as the estimator tells it; `point` is None where it is refused."""

    point: float | None
    lower: float | None
    upper: float | None


def flows(state: IntArray, start: int, end: int, k: int) -> IntArray:
    """Count changes at the boundaries into weeks [start, end): (K + 1, K + 1), row 0 is NEW, column 0 is EXIT.

    Both weeks of a boundary have a state; NEW is the first week ever, EXIT the last. The diagonal counts who stays.
    """
    there = state > 0
    first, last = there.argmax(axis=1), state.shape[1] - 1 - there[:, ::-1].argmax(axis=1)
    before, after = state[:, start - 1 : end - 1], state[:, start:end]
    week = np.arange(start, end)
    new = (after > 0) & (week == first[:, None])
    gone = (before > 0) & (week == last[:, None] + 1)
    counted = ((before > 0) & (after > 0)) | new | gone
    return np.bincount((before * (k + 1) + after)[counted], minlength=(k + 1) ** 2).reshape(k + 1, k + 1)


def last_before(state: IntArray) -> IntArray:
    """Give the last state before each week, weeks off left out; 0 before the first."""
    at = np.maximum.accumulate(np.where(state > 0, np.arange(state.shape[1]), -1), axis=1)
    filled = np.where(at >= 0, np.take_along_axis(state, np.maximum(at, 0), axis=1), 0)
    return np.column_stack([np.zeros(len(state), dtype=np.int64), filled[:, :-1]])


def dwell(state: IntArray, start: int, end: int, k: int) -> list[IntArray]:
    """Give the lengths in weeks of all spells that begin by arriving in weeks [start, end), for each state."""
    between = (state[:, 1:-1] == 0) & (state[:, :-2] == state[:, 2:])
    joined = state.copy()
    joined[:, 1:-1] = np.where(between, state[:, :-2], state[:, 1:-1])
    ends = np.column_stack([joined[:, 1:] != joined[:, :-1], np.ones(len(state), dtype=np.bool_)])
    week = np.arange(state.shape[1])
    until = np.minimum.accumulate(np.where(ends, week, len(week))[:, ::-1], axis=1)[:, ::-1] + 1
    begins = (state > 0) & (state != last_before(state)) & (week >= start) & (week < end)
    return [(until - week)[begins & (state == a)] for a in range(1, k + 1)]


def quantile(lengths: IntArray, level: float) -> float:
    """Give the time at which survival falls to `level`.

    Survival is (0, 1), (1, P(length > 1)), (2, P(length > 2)) ..., linear in between; none gives no number.
    """
    if not len(lengths):
        return float("nan")
    survival = np.append(1.0, 1 - np.cumsum(np.bincount(lengths)[1:]) / len(lengths))
    w = int((survival <= level + 1e-12).argmax())
    return float(w - 1 + (survival[w - 1] - level) / (survival[w - 1] - survival[w]))


def carousel(town: IntArray) -> tuple[float, float]:
    """Give the shares in three towns or more, and in one only, of those who are anywhere in the last eight weeks."""
    recent = np.sort(town[:, -CAROUSEL_WEEKS:], axis=1)
    recent = recent[recent[:, -1] >= 0]
    number = (recent[:, 0] >= 0) + ((recent[:, 1:] != recent[:, :-1]) & (recent[:, 1:] >= 0)).sum(axis=1)
    return float((number >= CAROUSEL_TOWNS).mean()), float((number == 1).mean())


def returns(state: IntArray, start: int, end: int, k: int) -> list[float]:
    """Give, of those who leave each state for another at the boundaries within [start, end), the share back in time.

    Back in time: in the state again in one of the eight weeks after the last one there.
    """
    after = last_before(state[:, ::-1])[:, ::-1]  # the next state
    leaves = (state > 0) & (after > 0) & (after != state)
    back = np.zeros(state.shape, dtype=np.bool_)
    for lag in range(2, RETURN_WEEKS + 1):
        back[:, :-lag] |= state[:, lag:] == state[:, :-lag]
    within = np.zeros(state.shape[1], dtype=np.bool_)
    within[start : end - 1] = True
    gone = [leaves & (state == a) & within for a in range(1, k + 1)]
    return [float(back[each].mean()) if each.any() else float("nan") for each in gone]


def new_to(state: IntArray, start: int, end: int, region: tuple[int, ...]) -> float:
    """Give the share who were never in the region before, of those who arrive in it in weeks [start, end)."""
    inside = np.isin(state, np.array(region) + 1)
    arrives = inside & ~np.isin(last_before(state), np.array(region) + 1)
    arrives[:, :start] = arrives[:, end:] = False
    ever = np.maximum.accumulate(inside, axis=1)
    never = ~np.column_stack([np.zeros(len(state), dtype=np.bool_), ever[:, :-1]])
    return float(never[arrives].mean()) if arrives.any() else float("nan")


def figures(state: IntArray, town: IntArray, start: int, end: int) -> dict[tuple[str, str], float]:
    """Give every figure of a world by its code and area."""
    k = len(NAMES)
    many, one = carousel(town[:, :end])
    found = {("carousel_share", ALL): many, ("one_place_share", ALL): one}
    for name, lengths, back in zip(NAMES, dwell(state, start + 1, end, k), returns(state, start, end, k), strict=True):
        found |= {(code, name): quantile(lengths, level) for code, level in QUANTILES.items()}
        found["return_share", name] = back
    return found | {("new_to_region_share", OF_REGION): new_to(state, end - BLOCK, end, REGION)}


def by_name(table: npt.NDArray[np.generic]) -> dict[tuple[str, str], float]:
    """Turn (K + 1, K + 1) into flows by the names of their ends, without those who stay."""
    ends = range(len(NAMES) + 1)
    return {
        (NAMES[a - 1] if a else ENTRY, NAMES[b - 1] if b else EXIT): float(table[a, b])
        for a in ends
        for b in ends
        if a != b
    }


def truth(world: World) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    """Give the true flows of the last block and the true figures."""
    counted = flows(world.state, world.end - BLOCK, world.end, len(NAMES))
    return by_name(counted), figures(world.state, world.town, world.start, world.end)


def naive(seen: Observed) -> tuple[dict[tuple[str, str], Told], dict[tuple[str, str], Told]]:
    """Count moves between consecutive sightings, times advertisers over seen; intervals as of a Poisson count.

    Where somebody is not seen between two sightings she is taken to be where she was seen last.
    """
    weeks = np.arange(seen.seen.shape[1])
    lowest = np.where(seen.seen > 0, np.log2(np.maximum(seen.seen & -seen.seen, 1)).astype(np.int64) + 1, 0)
    at = np.maximum.accumulate(np.where(lowest > 0, weeks, -1), axis=1)
    until = len(weeks) - 1 - (lowest > 0)[:, ::-1].argmax(axis=1)
    known = (at >= 0) & (weeks <= until[:, None])
    state = np.where(known, np.take_along_axis(lowest, np.maximum(at, 0), axis=1), 0)
    town = np.where(known, np.take_along_axis(seen.municipality, np.maximum(at, 0), axis=1), -1)
    ends, k = len(weeks), len(NAMES)
    counted = by_name(flows(state, ends - BLOCK, ends, k))
    size = np.median(seen.size, axis=0)[-BLOCK - 1 :].sum(axis=0)
    here = (lowest[:, -BLOCK - 1 :, None] == np.arange(1, k + 1)).sum(axis=(0, 1))
    scale = dict(zip(NAMES, size / np.maximum(here, 1), strict=True))
    told = {
        pair: Told(*(scale[pair[0] if pair[0] in scale else pair[1]] * (n + z * np.sqrt(n)) for z in (0, -1.96, 1.96)))
        for pair, n in counted.items()
    }
    return told, {key: Told(value, value, value) for key, value in figures(state, town, 0, ends).items()}
