"""How long a full fit of movement takes, and how its cost grows: against a plain loop over histories in the same run.

    python -P benchmarks/statistics/movement_speed.py [--runs 1] [--seed 7] [--individuals 10000] [--weeks 52] [--states 10]

Histories of residents and movers, all starts, Hessian and standard errors, one class and two. The peer takes one history
after the other through the same forward algorithm, likelihood only. Ends with 1 where a bar is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
from checks import Check, print_checks  # noqa: E402

from warehouse.estimates import multistate  # noqa: E402
from warehouse.estimates.forward import Chances, Observed, backward, forward  # noqa: E402
from warehouse.estimates.multistate import Prior  # noqa: E402

RUNS, SEED = 1, 7
INDIVIDUALS, WEEKS, STATES = 10_000, 52, 10
FULL_FIT_SECONDS = 300.0
BATTERY = "movement_speed"
STAYS, LEAVES = np.array([0.96, 0.9]), np.array([0.01, 0.6])  # a week, of residents and of movers


def histories(individuals: int, weeks: int, states: int, rng: np.random.Generator) -> np.ndarray:
    """Simulate weekly states seen, shape (I, T): a quarter moves on every other week, detection differs by place."""
    kind = (rng.random(individuals) < 0.25).astype(int)
    going = rng.random((states, states)) + 0.2
    np.fill_diagonal(going, 0)
    upto = (going / going.sum(axis=1, keepdims=True)).cumsum(axis=1)
    chance = np.linspace(0.55, 0.95, states)
    born = rng.integers(0, weeks - 1, individuals) * (rng.random(individuals) > 0.4)
    state, alive = rng.integers(0, states, individuals), np.ones(individuals, dtype=bool)
    seen = np.zeros((individuals, weeks), dtype=np.int64)
    for week in range(weeks):
        here = alive & (week >= born)
        told = here & (rng.random(individuals) < chance[state])
        seen[told, week] = state[told] + 1
        alive &= ~(here & (rng.random(individuals) > STAYS[kind]))
        moves = here & alive & (rng.random(individuals) < LEAVES[kind])
        state[moves] = (upto[state[moves]] < rng.random((moves.sum(), 1))).sum(axis=1).clip(0, states - 1)
    return seen[(seen > 0).any(axis=1)]


def one_by_one(observed: Observed, chances: Chances) -> float:
    """Log likelihood, history by history."""
    total = 0.0
    for events, first, count in zip(observed.events, observed.first, observed.counts, strict=True):
        alive, gone = observed.naming[events[first]].copy(), 0.0
        for t in range(first + 1, len(events)):
            stay = alive * chances.survival[t - 1]
            left = gone + float((alive - stay).sum())
            alive = stay @ chances.moves
            event = events[t]
            alive = alive * (
                (1 - chances.detection[t]) if event == 0 else chances.detection[t] * observed.naming[event]
            )
            gone = left if event == 0 else 0.0
            norm = float(alive.sum()) + gone
            total += count * np.log(norm)
            alive, gone = alive / norm, gone / norm
    return total


def timed(work: Callable[[], object]) -> float:
    """Seconds of the fastest of three."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def cost(seen: np.ndarray, states: int) -> tuple[float, Observed, Chances]:
    """Seconds of one likelihood with its slope, and what it was made of."""
    unique, counts = np.unique(seen, axis=0, return_counts=True)
    naming = np.vstack([np.zeros(states), np.eye(states)])
    observed = Observed.of(unique, counts.astype(float), naming, np.zeros(len(unique), dtype=np.int64))
    weeks = seen.shape[1]
    moves = np.full((states, states), 0.2 / (states - 1))
    np.fill_diagonal(moves, 0.8)
    chances = Chances(np.full((weeks - 1, states), 0.9), moves, np.full((weeks, states), 0.7))
    return timed(lambda: backward(observed, chances, forward(observed, chances), observed.counts)), observed, chances


def results(
    runs: int = RUNS, seed: int = SEED, size: tuple[int, int, int] = (INDIVIDUALS, WEEKS, STATES)
) -> list[Check]:
    """Measure; `runs` full fits of each kind, the slowest counts."""
    seen = histories(*size, np.random.default_rng(seed))
    title = f"{len(seen):,} x {size[1]} x {size[2]}"
    checks = []
    for classes in (1, 2):
        slowest, agreeing = 0.0, 1.0
        for run in range(runs):
            began = time.perf_counter()
            fit = multistate.fit(seen, classes=classes, prior=Prior(), seed=run)
            fit.standard_errors()
            slowest = max(slowest, time.perf_counter() - began)
            agreeing = min(agreeing, fit.agreeing / fit.starts)
        name = f"{title}, classes: {classes}"
        checks += [
            Check(BATTERY, name, "seconds of a full fit", slowest, FULL_FIT_SECONDS, "at_most"),
            Check(BATTERY, name, "starts that agree", agreeing),
            Check(BATTERY, name, "parameters", fit.parameter_count),
        ]
    whole, observed, chances = cost(seen, size[2])
    half, of_half, _ = cost(seen[: len(seen) // 2], size[2])
    began = time.perf_counter()
    plain = one_by_one(observed, chances)
    loop = time.perf_counter() - began
    growth = (whole / half) / (len(observed.events) / len(of_half.events))
    ours = float(forward(observed, chances).log_likelihood @ observed.counts)
    checks += [
        Check(BATTERY, title, "unique histories", len(observed.events)),
        Check(BATTERY, title, "cost for twice as many / 2", growth, 1.3, "at_most"),
        Check(BATTERY, title, "loop / likelihood and slope", loop / whole),
        Check(BATTERY, title, "relative difference", abs(ours / plain - 1), 1e-9, "at_most"),
    ]
    return checks


def main() -> int:
    """Read the size, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (
        ("runs", RUNS), ("seed", SEED), ("individuals", INDIVIDUALS), ("weeks", WEEKS), ("states", STATES)
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    return 0 if print_checks(results(asked.runs, asked.seed, (asked.individuals, asked.weeks, asked.states))) else 1


if __name__ == "__main__":
    sys.exit(main())
