"""Dwell: how long people stay in Enschede and in Twente, told from what is seen of them for 17 weeks.

    python -P benchmarks/statistics/dwell.py [--runs 200] [--seed 3301]

Every run is a population of its own seed. Who is in an area is seen by day on the sources that she chose, of which 8 % of
the crawls are missed; her advertisement stays on after each stay, for a geometric number of days with mean 2 or 5; a new
number begins at a constant rate under which 15 % of the identities are split. The estimator is told the lag as an audit of 50
would tell it, and the rate of lost links to within 20 %. Truth is the law of the stays that begin in such a window, each
followed to its end, over 100 other populations; so much of the spread of a run's own stays is part of the error. Plain
figures are those of the days from first to last sighting, for stays that ended. Ends with 1 where a bar is missed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from checks import Check, command  # noqa: E402

from simulation.population import Advertiser, populate  # noqa: E402
from simulation.settings import WorldSettings  # noqa: E402
from simulation.towns import towns  # noqa: E402
from warehouse.estimates import dwell  # noqa: E402
from warehouse.estimates.spells import BRIDGED_DAYS  # noqa: E402

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

RUNS, SEED = 200, 3301
WINDOW, RUN_OUT = 119, 400  # days; of those who arrive in the window 3 % stay longer than they are followed
AREAS = {"Enschede": "GM0153", "Twente": "CR12"}
LEVELS = {"Enschede": "area_code", "Twente": "corop_code"}  # of all places; who was seen in another one travels
LAGS = (2.0, 5.0)
ON_SOURCES = np.array([0.57, 0.22, 0.16])  # as `simulation.advertisements` chooses
SEEN, MISSED_CRAWLS = 0.97, 0.08
SPLIT = 0.15 / 14  # a week: 15 % of the identities, which are there for 14 of the 17 weeks in the mean
AUDITED = 50  # lags
RATE_ERROR = 0.2  # of the rate of lost links
LAW = 100  # populations
QUARTILES = ("lower_quartile", "median", "upper_quartile")


def results(runs: int, seed: int) -> list[Check]:
    """Run the whole battery."""
    truths = _truths(seed)
    told: dict[tuple[str, float], list[tuple[FloatArray, float, FloatArray]]] = {}
    for run in range(runs):
        people = populate(WorldSettings(seed=seed + run, days=WINDOW + RUN_OUT))
        for lag in LAGS:
            rng = np.random.default_rng([seed, run, round(lag)])
            pairs, completeness, lost = _observed(people, lag, rng)
            audited = lag * (1 + rng.standard_normal() / AUDITED**0.5)
            lags = np.maximum(audited * (1 + rng.standard_normal(1000) / AUDITED**0.5), 0.0)
            rate = max(lost * (1 + RATE_ERROR * rng.standard_normal()), 0.0), RATE_ERROR * lost
            for name, (area, identity, days) in pairs.items():
                made = dwell.estimate(area, days, identity, completeness, lags, lost=rate, rng=rng)
                own = np.array([stay for stay in _stays(people, name) if stay[0] in range(WINDOW)])
                told.setdefault((name, lag), []).append(
                    (_ends(made[0]), _plain(days[area == 0]), _quartiles(own[:, 1] - own[:, 0] + 1))
                )
    return [check for (name, lag), each in told.items() for check in _checks(name, lag, each, truths[name])]


def _checks(
    name: str, lag: float, told: list[tuple[FloatArray, float, FloatArray]], truth: FloatArray
) -> Iterator[Check]:
    scenario = f"{name}, ghosts of {lag:.0f} days"
    ends = np.stack([each[0] for each in told])  # runs, quartiles, (lower, point, upper); infinite: not reached
    bias = np.median(ends[:, :, 1], axis=0) / truth - 1
    inside = ((ends[:, :, 0] <= truth) & (truth <= ends[:, :, 2])).mean(axis=0)
    own = np.stack([each[2] for each in told])
    yield Check("dwell", scenario, "true median", float(truth[1]))
    yield Check("dwell", scenario, "median, bias", float(abs(bias[1])), 0.10, "at_most")
    yield Check("dwell", scenario, "coverage", float(inside[1]), 0.90, "at_least")
    yield Check("dwell", scenario, "coverage, at most", float(inside[1]), 0.97, "at_most")
    yield Check("dwell", scenario, "runs within 10 %", float((np.abs(ends[:, 1, 1] / truth[1] - 1) <= 0.1).mean()))
    width = ends[:, 1, 2] - ends[:, 1, 0]
    yield Check("dwell", scenario, "half-width", float(np.median(width) / 2 / truth[1]))
    covers_own = (ends[:, 1, 0] <= own[:, 1]) & (own[:, 1] <= ends[:, 1, 2])
    yield Check("dwell", scenario, "coverage of the run's own", float(covers_own.mean()))
    yield Check("dwell", scenario, "plain median, bias", float(np.median([each[1] for each in told]) / truth[1] - 1))
    for k, quartile in ((0, "lower quartile"), (2, "upper quartile")):
        yield Check("dwell", scenario, f"true {quartile}", float(truth[k]))
        yield Check("dwell", scenario, f"{quartile}, bias", float(bias[k]))
        yield Check("dwell", scenario, f"{quartile}, coverage", float(inside[k]))
        yield Check("dwell", scenario, f"{quartile}, not reached", float(np.isinf(ends[:, k, 1]).mean()))


def _ends(made: dwell.Dwell) -> FloatArray:
    """Give (lower, point, upper) of each quartile, infinite where there is none."""
    each = [getattr(made, name) or dwell.Days(None, None, None) for name in QUARTILES]
    return np.array([[np.inf if d is None else d for d in (days.lower, days.point, days.upper)] for days in each])


def _stays(people: list[Advertiser], name: str) -> Iterator[tuple[int, int]]:
    """Give first and last day of each stay in an area, breaks bridged, as `simulation.truth` does."""
    inside = [AREAS[name] in town.areas for town in towns()]
    for person in people:
        merged: list[tuple[int, int]] = []
        for stay in person.stays:
            if not inside[stay.town]:
                continue
            if merged and stay.first - merged[-1][1] - 1 <= BRIDGED_DAYS:
                merged[-1] = (merged[-1][0], stay.last)
            else:
                merged.append((stay.first, stay.last))
        yield from merged


def _quartiles(lengths: IntArray) -> FloatArray:
    survival = np.array([(lengths > k).mean() for k in range(int(lengths.max()) + 1)])[:, None]
    return np.array([dwell.quantile(survival, share)[0] for share in dwell.QUARTILES])


def _truths(seed: int) -> dict[str, FloatArray]:
    lengths: dict[str, list[int]] = {name: [] for name in AREAS}
    for world in range(LAW):
        people = populate(WorldSettings(seed=seed + 1_000_000 + world, days=WINDOW + RUN_OUT))
        for name, each in lengths.items():
            each.extend(last - first + 1 for first, last in _stays(people, name) if 0 <= first < WINDOW)
    return {name: _quartiles(np.array(each)) for name, each in lengths.items()}


def _observed(
    people: list[Advertiser], lag: float, rng: np.random.Generator
) -> tuple[dict[str, tuple[IntArray, IntArray, BoolArray]], FloatArray, float]:
    """Give area (0 is the one asked for), identity and days (R, T) of each pair, completeness (T,), splits a week."""
    crawled = rng.random((len(ON_SOURCES), WINDOW)) >= MISSED_CRAWLS
    found: dict[str, list[tuple[int, int, BoolArray]]] = {name: [] for name in AREAS}
    codes = {name: [getattr(town, level) for town in towns()] for name, level in LEVELS.items()}
    numbers = {
        name: {
            code: i
            for i, code in enumerate(sorted({*codes[name]} - {""}, key=lambda code: (code != AREAS[name], code)))
        }
        for name in AREAS
    }
    identity, split, weeks = 0, 0, 0.0
    for person in people:
        first, last = max(person.stays[0].first, 0), min(person.stays[-1].last, WINDOW - 1)
        if first > last:
            continue
        on = rng.random(len(ON_SOURCES)) < ON_SOURCES
        on[rng.choice(len(on), p=ON_SOURCES / ON_SOURCES.sum())] |= not on.any()
        seen = (crawled & on[:, None] & (rng.random(crawled.shape) < SEEN)).any(axis=0)
        new_number = first + int(rng.exponential(7 / SPLIT))
        weeks += (min(last, new_number) - first + 1) / 7
        split += new_number <= last
        after = np.arange(WINDOW) >= (new_number if new_number <= last else WINDOW)
        stays_on = rng.geometric(1 / (1 + lag), len(person.stays)) - 1
        for name, pairs in found.items():
            live: dict[int, BoolArray] = {}
            for stay, more in zip(person.stays, stays_on, strict=True):
                code = codes[name][stay.town]
                if code and stay.first < WINDOW:
                    there = live.setdefault(numbers[name][code], np.zeros(WINDOW, dtype=bool))
                    there[max(stay.first, 0) : max(stay.last + int(more) + 1, 0)] = True
            for area, there in live.items():
                parts = (there & seen & ~after, there & seen & after)
                pairs.extend((identity + k, area, part) for k, part in enumerate(parts) if part.any())
        identity += 2
    told = {}
    for name, pairs in found.items():
        identities, areas, rows = zip(*sorted(pairs, key=lambda pair: pair[:2]), strict=True)
        told[name] = np.array(areas), np.array(identities), np.array(rows)
    return told, crawled.mean(axis=0), split / weeks


def _plain(days: BoolArray) -> float:
    """Give the median days from first to last sighting of stays that ended in the window, breaks bridged."""
    row, day = np.nonzero(days)
    starts = np.flatnonzero((np.diff(row, prepend=-1) > 0) | (np.diff(day, prepend=0) > BRIDGED_DAYS + 1))
    last = day[np.r_[starts[1:], len(day)] - 1]
    whole = (day[starts] > BRIDGED_DAYS) & (last < WINDOW - 1 - BRIDGED_DAYS)
    return float(np.median((last - day[starts] + 1)[whole]))


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", results, RUNS, SEED))
