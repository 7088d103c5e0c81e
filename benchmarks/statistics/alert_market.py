"""Markets for the battery of alerts: people by the day, on sites that are crawled or missed; and the demo's own people.

Not those that the thresholds were simulated with (`alert_thresholds.py`): there a week is seen or not as a whole.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from simulation.population import populate
from simulation.settings import WorldSettings
from simulation.towns import towns
from warehouse.estimates import volumes
from warehouse.estimates.level import Knowledge, Level

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Rng = np.random.Generator

SITES = np.array([0.45, 0.30, 0.20, 0.12])
RESIDENTS, LEAVES, STAY = 0.75, 0.0055, (7, 10)
SEEN = 1 - np.prod(1 - SITES)
GROUPS = np.array([0.5, 0.35, 0.25])  # of the demo's people on its three source groups, at usual visibility
FIRST = date(2026, 10, 12)


@dataclass(frozen=True)
class Stays:
    """Stays of all runs: `run`, first and last `day`, `sites` (., 4), and `rank` 0 to 1, by which seasons thin."""

    run: IntArray
    first: IntArray
    last: IntArray
    sites: BoolArray
    rank: FloatArray


def stays(n: float, runs: int, days: int, rng: Rng, factor: float = 1.0, at: IntArray | None = None) -> Stays:
    """Let people come and go with `n` there on a day; from day `at` of each run on there are `factor` times as many."""
    parts = [_cohort(n, runs, days, rng)]
    if at is not None and factor > 1:
        run, first, last = _cohort(n * (factor - 1), runs, days, rng)
        later = last >= at[run]
        parts.append((run[later], np.maximum(first, at[run])[later], last[later]))
    run, first, last = (np.concatenate(each) for each in zip(*parts, strict=True))
    if at is not None and factor < 1:
        goes = rng.random(run.size) >= factor
        last = np.where(goes, np.minimum(last, at[run] - 1), last)
        run, first, last = (each[last >= first] for each in (run, first, last))
    return Stays(run, first, last, rng.random((run.size, len(SITES))) < SITES, rng.random(run.size))


def _cohort(n: float, runs: int, days: int, rng: Rng) -> tuple[IntArray, IntArray, IntArray]:
    short, long = STAY
    mean = (short + long) / 2
    standing = np.repeat(np.arange(runs), rng.poisson(n * RESIDENTS, runs))
    coming = np.repeat(np.arange(runs), rng.poisson(n * RESIDENTS * LEAVES * days, runs))
    passing = np.repeat(np.arange(runs), rng.poisson(n * (1 - RESIDENTS) / mean * (days + long), runs))
    run = np.concatenate([standing, coming, passing])
    first = np.concatenate(
        [np.zeros(standing.size), rng.integers(0, days, coming.size), rng.integers(-long, days, passing.size)]
    )
    length = np.concatenate(
        [rng.geometric(LEAVES, standing.size + coming.size), rng.integers(short, long + 1, passing.size)]
    )
    last = first + length - 1
    there = last >= 0
    return run[there], first[there].astype(np.int64), np.minimum(last, days)[there].astype(np.int64)


def weekly(of: Stays, runs: int, weeks: int, crawled: BoolArray, thinned: FloatArray | None = None) -> IntArray:
    """Count who is seen in each week, shape (runs, weeks): on a site she shows on, on a day on which that was crawled.

    Args:
        of: people.
        runs: markets.
        weeks: to count.
        crawled: shape (runs, 7 * weeks, sites).
        thinned: share of people who are there at all, by day; None for everybody, every day.
    """
    start = np.maximum(of.first, 0)
    begin, end = start // 7, np.minimum(of.last, 7 * weeks - 1) // 7
    many = np.maximum(end - begin + 1, 0)
    who = np.repeat(np.arange(of.run.size), many)
    week = begin[who] + np.arange(who.size) - np.repeat(many.cumsum() - many, many)
    run = of.run[who]
    so_far = np.zeros((runs, 7 * weeks + 1, len(SITES)), dtype=np.int32)
    so_far[:, 1:] = crawled.cumsum(axis=1)
    come, gone = np.maximum(start[who], 7 * week), np.minimum(of.last[who], 7 * week + 6) + 1
    seen = ((so_far[run, gone] > so_far[run, come]) & of.sites[who]).any(axis=1)
    if thinned is not None:
        seen &= of.rank[who] < thinned.reshape(weeks, 7).max(axis=1)[week]
    return np.bincount((run * weeks + week)[seen], minlength=runs * weeks).reshape(runs, weeks)


def flows(of: Stays, runs: int, blocks: int) -> tuple[IntArray, IntArray]:
    """Count who is seen among those that come and those that go in each block, two arrays (runs, blocks)."""
    seen = of.sites.any(axis=1)

    def counted(day: IntArray) -> IntArray:
        inside = seen & (day > 0) & (day < 28 * blocks)
        found = np.bincount(of.run[inside] * blocks + day[inside] // 28, minlength=runs * blocks)
        return found.reshape(runs, blocks)

    return counted(of.first), counted(of.last + 1)


@dataclass(frozen=True)
class Market:
    """The demo's market told as the warehouse tells it: by week and area, all (areas, weeks); flows by block, (2, blocks).

    `log_n`, `specific`: of the weekly figures of `areas`; `truth`: who was there; `moves`: seen to come, seen to go.
    """

    log_n: FloatArray
    specific: FloatArray
    truth: FloatArray
    moves: IntArray


def market(seed: int, weeks: int, areas: tuple[str, ...], factor: float = 1.0, at: int | None = None) -> Market:
    """Take the people of a world and estimate each week from who is on which source group; flows are of `areas[0]`.

    From day `at` on each area but the regions has `factor` times the people, who stay as those that are there do.
    """
    people = populate(WorldSettings(seed=seed, first_day=FIRST, days=7 * weeks))
    rng = np.random.default_rng([seed, weeks])
    # All municipalities, so that how they differ is told from as many as in the warehouse.
    local = sorted({place.area_code for place in towns() if place.country == "NL"} - set(areas))
    codes = ("NL", *areas, *local)
    where = np.array([[code in place.areas for code in codes] for place in towns()])
    each = np.array([(one.number, s.town, s.first, s.last) for one in people for s in one.stays])
    visibility = np.array([one.visibility for one in people])
    if at is not None:
        own = where[:, [1 + i for i, code in enumerate(areas) if code.startswith("GM")]].any(axis=1)
        more = each[own[each[:, 1]] & (each[:, 3] >= at) & (rng.random(len(each)) < factor - 1)].copy()
        visibility = np.append(visibility, visibility[more[:, 0]])
        more[:, 0], more[:, 2] = len(people) + np.arange(len(more)), np.maximum(more[:, 2], at)
        each = np.concatenate([each, more])
    logit = np.log(GROUPS / (1 - GROUPS)) + visibility[:, None]
    pattern = (rng.random(logit.shape) < 1 / (1 + np.exp(-logit))) @ (1 << np.arange(len(GROUPS)))
    level = Level.of(seed, Knowledge(FIRST))
    told = np.full((3, len(codes), weeks), np.nan)
    for week in range(weeks):
        here = each[(each[:, 2] <= 7 * week + 6) & (each[:, 3] >= 7 * week)]
        counts = np.zeros((len(codes), 2 ** len(GROUPS)))
        for a in range(len(codes)):
            who = np.unique(here[where[here[:, 1], a], 0])
            counts[a] = np.bincount(pattern[who], minlength=2 ** len(GROUPS))
            told[2, a, week] = len(who)
        counts[:, 0] = 0
        scene = volumes.Scene(
            volumes.Period("week", str(week), 7),
            volumes.Quality(1.0, 1.0),
            ("alfa", "beta", "gamma"),
            codes,
            "NL",
            np.array([code.startswith("GM") for code in codes]),
            np.full(len(codes), 0.98),
            seed,
            level,
        )
        for a, figure in enumerate(volumes.estimate_areas(scene, counts, np.zeros(len(codes)), "all")):
            if figure.point is not None and figure.specific is not None:
                told[:2, a, week] = np.log(figure.point), figure.specific
    log_n, specific, truth = told[:, 1 : 1 + len(areas)]
    return Market(log_n, specific, truth, _moves(each[where[each[:, 1], 1]], pattern > 0, weeks // 4))


def _moves(here: IntArray, seen: BoolArray, blocks: int) -> IntArray:
    """Count who of those seen comes to and leaves an area in each block; a break of ten days is no move."""
    order = here[np.lexsort((here[:, 2], here[:, 0]))]
    same = (order[1:, 0] == order[:-1, 0]) & (order[1:, 2] - order[:-1, 3] <= 11)
    came = order[np.append(True, ~same)]
    went = order[np.append(~same, True)]
    result = np.zeros((2, blocks), dtype=np.int64)
    for i, (who, day) in enumerate(((came[:, 0], came[:, 2]), (went[:, 0], went[:, 3] + 1))):
        inside = seen[who] & (day > 0) & (day < 28 * blocks)
        result[i] = np.bincount(day[inside] // 28, minlength=blocks)[:blocks]
    return result
