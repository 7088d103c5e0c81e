"""Movement: do flows, dwell and the carousel come out as they are, where detection differs, links err and keys rotate?

    python -P benchmarks/statistics/movement.py [--runs 200] [--seed 3607]

Some 710 people in eight states, weekly (`movement_world`): residents, and a quarter who stay one or two weeks and move on
by gravity. 13 weeks are seen; truth is counted on whole paths (`movement_truth`). Sizes are known with an error of 10 %
by state, the same in all weeks. Every scenario but the clean one has detection that differs by place (.55 to .95), two
poor weeks, moving weeks that show both places, and adverts that name two. Relative bias of a flow or figure is that of its
mean over runs; the mean of absolute values is asked, beside what chance alone would make of it with so many runs.
Coverage of .90 to .97 is asked of flows of ten and more; intervals of smaller ones end at whole numbers and hold more, so
of all flows together .90 is asked and no most.
The naive count of moves between sightings goes through the same checks, shown, and has to fail. Seeds under 100 are
for tuning. Runs on all cores, each with threads of its own unless OMP_NUM_THREADS=1. Ends with 1 where a bar is missed.
"""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import movement_truth as true  # noqa: E402
import movement_world as worlds  # noqa: E402
import numpy as np  # noqa: E402
from checks import Check, Kind, command  # noqa: E402
from movement_truth import Told  # noqa: E402
from movement_world import NAMES, REGION, Observed, Sight, World  # noqa: E402

from warehouse.estimates.errors import Refusal  # noqa: E402
from warehouse.estimates.movement import Linkage, estimate  # noqa: E402

RUNS, SEED = 200, 3607
BATTERY = "movement"
UNEVEN = (0.95, 0.85, 0.75, 0.65, 0.70, 0.60, 0.55, 0.80)
SEEN_WELL = Sight((0.8,) * len(NAMES), poor=0, both=0.0, named=0.0)
AS_IT_IS = Sight(UNEVEN)
LARGE = 10  # true advertisers in the block from which the bias of a flow counts
CODES = ("carousel_share", "one_place_share", *true.QUANTILES, "return_share", "new_to_region_share")
Key = tuple[str, str]
Truths = tuple[Mapping[Key, float], Mapping[Key, float]]


@dataclass(frozen=True)
class Scenario:
    """People and how they are seen; without `kinds`, the people of the synthetic market."""

    name: str
    kinds: tuple[worlds.Kind, ...] = worlds.TWO_CLASSES
    sight: Sight = AS_IT_IS
    off: float = 0.0
    weeks: int = 13

    def world(self, rng: np.random.Generator) -> World:
        """Draw people and their paths."""
        if not self.kinds:
            return worlds.market_paths(int(rng.integers(2**31)), self.weeks)
        return worlds.simulated(self.kinds, self.off, self.weeks, rng)


UNEVENLY_SEEN = Scenario("detection differs by place")
SCENARIOS = (
    Scenario("clean", sight=SEEN_WELL),
    UNEVENLY_SEEN,
    Scenario("off weeks", off=0.05),
    Scenario("one class", kinds=worlds.ONE_CLASS),
    Scenario("split 15 %", sight=Sight(UNEVEN, lost=0.15)),
    Scenario("shared 3 %", sight=Sight(UNEVEN, shared=0.03)),
    Scenario("split and shared", sight=Sight(UNEVEN, lost=0.15, shared=0.03)),
    Scenario("key rotation, 1 week", sight=Sight(UNEVEN, poor=1), off=0.05, weeks=5),
    Scenario("key rotation, 4 weeks", off=0.05, weeks=8),
    Scenario("key rotation, 9 weeks", off=0.05, weeks=13),
    Scenario("nobody moves", kinds=worlds.SETTLED),
    Scenario("nobody moves, shared 3 %", kinds=worlds.SETTLED, sight=Sight(UNEVEN, shared=0.03)),
    Scenario("the market's own paths", kinds=()),
)


@dataclass
class Score:
    """What was told in all runs beside what was true: of each flow or figure rows of truth, point, lower, upper."""

    rows: dict[Key, list[tuple[float, float, float, float]]] = field(default_factory=lambda: defaultdict(list))
    refused: int = 0

    def add(self, truth: Mapping[Key, float], told: Mapping[Key, Told]) -> None:
        """Take in one run; what is no number in truth (nobody came, nobody left) is left out."""
        for key, value in truth.items():
            one = told.get(key)
            if one is None or one.point is None or one.lower is None or one.upper is None:
                self.refused += 1
            elif np.isfinite(value):
                self.rows[key].append((value, one.point, one.lower, one.upper))

    def only(self, keep: Callable[[Key], bool]) -> "Score":
        """Keep some flows or figures."""
        return Score({key: rows for key, rows in self.rows.items() if keep(key)})

    def of(self, code: str) -> "Score":
        """Keep the figures of one code."""
        return self.only(lambda key: key[0] == code)

    @property
    def large(self) -> "Score":
        """Keep flows that are large enough for their relative bias to count."""
        return self.only(lambda key: bool(np.mean([row[0] for row in self.rows[key]]) >= LARGE))

    @property
    def bias(self) -> tuple[float, float, float]:
        """Give the mean absolute relative bias, the mean signed one, and what chance alone would make the first."""
        signed, chance = [], []
        for rows in map(np.array, self.rows.values()):
            error, true_mean = rows[:, 1] - rows[:, 0], max(rows[:, 0].mean(), 1e-9)
            signed.append(error.mean() / true_mean)
            chance.append(error.std() / true_mean / max(len(rows) - 1, 1) ** 0.5 * (2 / np.pi) ** 0.5)
        if not signed:
            return float("nan"), float("nan"), float("nan")
        return float(np.abs(signed).mean()), float(np.mean(signed)), float(np.mean(chance))

    @property
    def every(self) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
        """All rows, shape (R, 4)."""
        return np.array([row for rows in self.rows.values() for row in rows], dtype=np.float64).reshape(-1, 4)

    @property
    def coverage(self) -> float:
        """Share of intervals that hold the truth."""
        value, _, lower, upper = self.every.T
        return float(np.mean((lower <= value) & (value <= upper))) if len(value) else float("nan")

    @property
    def error(self) -> float:
        """Mean of point minus truth."""
        return float(np.mean(self.every[:, 1] - self.every[:, 0])) if self.rows else float("nan")


@dataclass
class Measured:
    """All runs of one scenario, of the estimator or of the naive count."""

    flows: Score = field(default_factory=Score)
    figures: Score = field(default_factory=Score)
    moved: float = 0.0  # moves told between states
    there: float = 0.0  # advertiser-weeks in which they could be made

    def add(self, truths: Truths, told: tuple[Mapping[Key, Told], Mapping[Key, Told]], there: float) -> None:
        """Take in one run."""
        self.flows.add(truths[0], told[0])
        self.figures.add(truths[1], told[1])
        self.moved += sum(one.point or 0.0 for key, one in told[0].items() if set(key) <= set(NAMES))
        self.there += there if told[0] else 0.0

    @property
    def false_moves(self) -> float:
        """Moves told per advertiser-week."""
        return self.moved / self.there if self.there else float("nan")


def told(seen: Observed, world: World, seed: int) -> tuple[dict[Key, Told], dict[Key, Told], float]:
    """Ask the estimator for flows and figures, and which share of its starts agreed; nothing where it refuses."""
    try:
        got = estimate(
            seen.seen,
            NAMES,
            seen.size,
            municipality=seen.municipality,
            completeness=seen.completeness,
            distance=world.distance,
            linkage=Linkage(**seen.linkage),
            region=REGION,
            block=true.BLOCK,
            seed=seed,
        )
    except Refusal:
        return {}, {}, float("nan")
    return (
        {(one.origin, one.destination): Told(one.point, one.lower, one.upper) for one in got.flows},
        {(one.code, one.area): Told(one.point, one.lower, one.upper) for one in got.figures},
        got.fit.agreeing / got.fit.starts,
    )


@dataclass(frozen=True)
class Run:
    """One world: what is true, what the estimator and the naive count tell, and what it took."""

    truths: Truths
    told: tuple[Mapping[Key, Told], Mapping[Key, Told]]
    naive: tuple[Mapping[Key, Told], Mapping[Key, Told]]
    there: float  # advertiser-weeks in which the moves of the block could be made
    agreed: float
    seconds: float


def run(scenario: Scenario, seed: int, number: int) -> Run:
    """Draw a world, see it, and ask."""
    rng = np.random.default_rng([seed, *scenario.name.encode(), number])
    world = scenario.world(rng)
    seen = worlds.observe(world, scenario.sight, rng)
    began = time.perf_counter()
    flows, figures, agreed = told(seen, world, number)
    seconds, there = time.perf_counter() - began, float(world.stock[-true.BLOCK - 1 : -1].sum())
    return Run(true.truth(world), (flows, figures), true.naive(seen), there, agreed, seconds)


def measure(scenario: Scenario, runs: int, seed: int, pool: Executor) -> Iterator[Check]:
    """Draw `runs` worlds of a scenario, estimate movement in each, and hold it against what is true."""
    model, naive = Measured(), Measured()
    done = list(pool.map(partial(run, scenario, seed), range(runs)))
    for each in done:
        model.add(each.truths, each.told, each.there)
        naive.add(each.truths, each.naive, each.there)
    agreed = [each.agreed for each in done if np.isfinite(each.agreed)]

    def check(figure: str, value: float, bar: float | None = None, kind: Kind = "at_most") -> Check:
        return Check(BATTERY, scenario.name, figure, value, bar, "shown" if bar is None else kind)

    yield from of_flows(model, check)
    if scenario.kinds == worlds.SETTLED:
        yield check("false moves a week", model.false_moves, 0.02)
    yield from of_figures(model, check, scenario)
    yield check("refused flows a run", model.flows.refused / runs)
    yield check("refused figures a run", model.figures.refused / runs)
    yield check("starts that agree", float(np.mean(agreed)) if agreed else float("nan"))
    yield check("seconds a fit", float(np.mean([each.seconds for each in done])))
    yield from of_naive(naive, check, barred=scenario == UNEVENLY_SEEN)


def of_flows(model: Measured, check: Callable[..., Check]) -> Iterator[Check]:
    """Check the flows of a scenario."""
    large = model.flows.large
    yield check("mean |bias| of flows", large.bias[0], 0.10)
    yield check("|bias| by chance alone", large.bias[2])
    yield check("bias of moves", large.only(lambda key: set(key) <= set(NAMES)).bias[1])
    yield check("bias of arrivals", large.of(true.ENTRY).bias[1])
    yield check("bias of exits", large.only(lambda key: key[1] == true.EXIT).bias[1])
    yield check("coverage", model.flows.coverage, 0.90, "at_least")
    yield check("coverage of large flows", large.coverage, 0.90, "at_least")
    yield check("the same, not above", large.coverage, 0.97)


def of_figures(model: Measured, check: Callable[..., Check], scenario: Scenario) -> Iterator[Check]:
    """Check the figures of a scenario: coverage of those that are told, and bias.

    Where nobody moves, half of the stays outlast the window and the bias of dwell has no bar; where less than eight weeks
    are linked, the carousel may be refused.
    """
    for code in CODES:
        coverage = model.figures.of(code).coverage
        yield check(f"cov. {code}", coverage, 0.90 if np.isfinite(coverage) else None, "at_least")
    median = model.figures.of("dwell_median")
    yield check("|bias| of dwell_median", median.bias[0], None if scenario.kinds == worlds.SETTLED else 0.10)
    yield check("|bias| of it by chance", median.bias[2])
    yield check("bias of dwell_median", median.bias[1])
    carousel = model.figures.of("carousel_share")
    may_refuse = scenario.weeks < true.CAROUSEL_WEEKS and not carousel.rows
    yield check("|error| of carousel_share", abs(carousel.error), None if may_refuse else 0.05)
    yield check("error of carousel_share", carousel.error)
    yield check("error of one_place_share", model.figures.of("one_place_share").error)
    yield check("error of return_share", model.figures.of("return_share").error)


def of_naive(naive: Measured, check: Callable[..., Check], *, barred: bool) -> Iterator[Check]:
    """Show the naive count through the same checks; where detection differs by place, its bias must be seen."""
    large = naive.flows.large
    yield check("naive |bias| of flows", large.bias[0], 0.20 if barred else None, "at_least")
    yield check("naive |bias| of moves", large.only(lambda key: set(key) <= set(NAMES)).bias[0])
    yield check("naive coverage", naive.flows.coverage)
    yield check("naive moves a week", naive.false_moves)
    yield check("naive |bias| dwell_median", naive.figures.of("dwell_median").bias[0])
    yield check("naive error of carousel", naive.figures.of("carousel_share").error)


def results(runs: int = RUNS, seed: int = SEED) -> list[Check]:
    """Run all scenarios; the same runs and seed give the same figures, seconds apart."""
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("fork")) as pool:
        return [check for scenario in SCENARIOS for check in measure(scenario, runs, seed, pool)]


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", results, RUNS, SEED))
