"""What paths of one draw say of staying and coming back: dwell, returns, carousel. Counts, no opinion.

Dwell is a life table over spells that begin by arriving, right-censored where the window ends. Returns are cumulative
incidence, with going for good as the competing end.

Source: Kaplan & Meier (1958), JASA 53; Aalen & Johansen (1978), Scandinavian Journal of Statistics 5.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from warehouse.estimates.paths import ABSENT, Paths

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CAROUSEL_WEEKS = 8  # at least so many places within so many weeks: STATISTICS 3
CAROUSEL_PLACES = 3
QUARTILES = (0.75, 0.5, 0.25)  # of the survival curve: lower quartile, median and upper quartile of dwell


def dwell(paths: Paths, m: int, weight: FloatArray) -> FloatArray:
    """Give the survival curve of dwell in each state, shape (M, T): P(longer than w weeks) for w = 0, 1, ..., T - 1.

    NaN from the week on that no spell reached. Individuals count `weight` (I,) times, here and below.
    """
    state = paths.state
    occasions = state.shape[1]
    at_risk, ended = np.zeros((m, occasions)), np.zeros((m, occasions))
    length = np.zeros(len(state), dtype=np.int64)  # 0: not in a spell whose beginning was seen
    for t in range(1, occasions - 1):
        here, arrived = state[:, t] >= 0, state[:, t] != state[:, t - 1]
        arrived &= ~(paths.is_continued & (state[:, t - 1] == ABSENT))
        length = np.where(here & arrived, 1, np.where(here & (length > 0), length + 1, 0))
        over = state[:, t + 1] != state[:, t]
        told = (length > 0) & ~(paths.is_lost & (state[:, t + 1] == ABSENT))
        cell = state[told, t] * occasions + length[told]
        at_risk += np.bincount(cell, weight[told], m * occasions).reshape(m, occasions)
        ended += np.bincount(cell, weight[told] * over[told], m * occasions).reshape(m, occasions)
    hazard = np.divide(ended, at_risk, out=np.full_like(ended, np.nan), where=at_risk > 0)
    hazard[:, 0] = 0.0
    return np.asarray(np.cumprod(1 - hazard, axis=1))


def quantiles(curve: FloatArray) -> FloatArray:
    """Read quartiles off survival curves (M, T), linear between whole weeks: shape (M, 3), NaN where not reached."""
    result = np.full((len(curve), len(QUARTILES)), np.nan)
    for i, each in enumerate(curve):
        for q, level in enumerate(QUARTILES):
            below = np.flatnonzero(each <= level)
            if len(below):
                w = below[0]
                result[i, q] = w - 1 + (each[w - 1] - level) / (each[w - 1] - each[w])
    return result


def returns(paths: Paths, m: int, weight: FloatArray) -> FloatArray:
    """Give the share of those who left a state for another that was back within eight weeks of its last week there, (M,)."""
    change = (paths.state[:, 1:] != paths.state[:, :-1]) & (paths.state[:, 1:] >= 0) & (paths.state[:, :-1] >= 0)
    ever = np.flatnonzero(change.any(axis=1))  # who never left a state for another has no part in it
    state, weight, is_lost = paths.state[ever], weight[ever], paths.is_lost[ever]
    weeks = CAROUSEL_WEEKS - 1  # who is away for so many is back in the eighth week after her last one there, or not
    at_risk, back, gone = (np.zeros((m, weeks)) for _ in range(3))
    away = np.zeros((len(state), m), dtype=np.int64)  # weeks since the last one in a state; 0: never left, or back
    for t in range(state.shape[1] - 1):
        following = state[:, t + 1]
        told = ~(is_lost & (following == ABSENT))
        for a in range(m):
            out = (away[:, a] > 0) & (away[:, a] <= weeks) & told
            where, times = away[out, a] - 1, weight[out]
            at_risk[a] += np.bincount(where, times, weeks)
            back[a] += np.bincount(where, times * (following[out] == a), weeks)
            gone[a] += np.bincount(where, times * (following[out] == ABSENT), weeks)
            left = (state[:, t] == a) & (following >= 0) & (following != a)
            still = (away[:, a] > 0) & (following >= 0) & (following != a)
            away[:, a] = np.where(left, 1, np.where(still, away[:, a] + 1, 0))
    total = np.maximum(at_risk, 1e-9)
    staying = np.cumprod(1 - (back + gone) / total, axis=1)
    before = np.concatenate([np.ones((m, 1)), staying[:, :-1]], axis=1)
    share = (before * back / total).sum(axis=1)
    return np.where(at_risk[:, 0] > 0, share, np.nan)


def places(paths: Paths, seen_in: IntArray, only: IntArray, rng: np.random.Generator) -> IntArray:
    """Tell in which municipality somebody was in each week, shape (I, T); `ABSENT` when away.

    Args:
        paths: drawn.
        seen_in: municipality in which each row of the input was seen, shape (rows, T), -1 where not seen.
        only: the one municipality that a state consists of, -1 if it has several, shape (M,).
        rng: of the draw.

    Moves within a state are no part of the paths. In weeks unseen somebody is where the stay in that state was seen
    before or after (a stay that was never seen is at a place of its own), or somewhere else as often as those of her class
    change municipality in that state; between two sightings in one place she has not moved, between two places r / (2 - r)
    as often if r is how often they change.
    """
    state = paths.state
    rows, occasions = state.shape
    found = np.where(state >= 0, seen_in[paths.weeks_of, np.arange(occasions)], ABSENT)
    own = -2 - np.arange(rows * occasions).reshape(rows, occasions)  # a place that nobody else and no other week has
    begins = np.ones(state.shape, dtype=np.bool_)
    begins[:, 1:] = state[:, 1:] != state[:, :-1]
    since = np.maximum.accumulate(np.where(begins, np.arange(occasions), 0), axis=1)
    of_stay = np.take_along_axis(own, since, axis=1)  # where a stay was never seen it is at one place all the same
    change = _changes(paths, found, only)
    before, after = _nearest(state, found)
    unknown = (state >= 0) & (found < 0)
    at = np.maximum(state, 0)
    r = np.where(only[at] >= 0, 0.0, change[paths.is_mover.astype(np.int64)[:, None], at])
    told, same = (before >= 0) & (after >= 0), before == after
    elsewhere = rng.random(state.shape) < np.where(told, np.where(same, 0.0, r / (2 - r)), r)
    near = np.where(before >= 0, before, np.where(after >= 0, after, of_stay))
    filled = np.where(only[at] >= 0, only[at], np.where(elsewhere, own, near))
    return np.where(unknown, filled, found)


def _changes(paths: Paths, found: IntArray, only: IntArray) -> FloatArray:
    """Give how often each class changes municipality from a week to the next within a state, shape (2, M)."""
    state = paths.state
    pair = (found[:, :-1] >= 0) & (found[:, 1:] >= 0) & (state[:, :-1] == state[:, 1:])
    cell = (paths.is_mover.astype(np.int64)[:, None] * len(only) + np.maximum(state[:, :-1], 0))[pair]
    changed = (found[:, :-1] != found[:, 1:])[pair]
    total, many = (np.bincount(cell, each, 2 * len(only)) for each in (np.ones(len(cell)), changed))
    return np.asarray((many / np.maximum(total, 1.0)).reshape(2, len(only)))


def _nearest(state: IntArray, found: IntArray) -> tuple[IntArray, IntArray]:
    """Give the municipality last seen before and first seen after each week in one stay in a state, -1 without one."""
    result = []
    for step in (1, -1):
        walked, told = state[:, ::step], found[:, ::step].copy()
        for t in range(1, walked.shape[1]):
            same = (walked[:, t] >= 0) & (told[:, t] < 0) & (walked[:, t] == walked[:, t - 1])
            told[same, t] = told[same, t - 1]
        result.append(told[:, ::step])
    return result[0], result[1]


def distinct(where: IntArray) -> IntArray:
    """Count the different places of each row; `ABSENT` is none, shape (I,)."""
    ordered = np.sort(where, axis=1)
    new = np.ones(ordered.shape, dtype=np.bool_)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    return np.asarray((new & (ordered != ABSENT)).sum(axis=1))


def carousel(paths: Paths, where: IntArray, weight: FloatArray) -> tuple[float, float]:
    """Give the shares of those present in the last eight weeks who were in three places or more, and in only one."""
    count = distinct(where[:, -CAROUSEL_WEEKS:])
    here = (paths.state[:, -CAROUSEL_WEEKS:] >= 0).any(axis=1)
    total = float(weight[here].sum())
    many, one = (float(weight[here & which].sum()) for which in (count >= CAROUSEL_PLACES, count == 1))
    return (many / total, one / total) if total else (np.nan, np.nan)


def new_to_region(paths: Paths, region: Sequence[int], block: int, weight: FloatArray) -> float:
    """Give the share of arrivals in a region in the last `block` weeks who had not been there earlier in the window."""
    inside = np.isin(paths.state, list(region))
    occasions = inside.shape[1]
    arrivals = new = 0.0
    for t in range(max(occasions - block, 1), occasions):
        arrived = inside[:, t] & ~inside[:, t - 1]
        arrived &= ~(paths.is_continued & (paths.state[:, t - 1] == ABSENT))
        arrivals += float(weight[arrived].sum())
        new += float(weight[arrived & ~inside[:, :t].any(axis=1)].sum())
    return new / arrivals if arrivals else np.nan
