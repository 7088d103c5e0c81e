"""Thresholds of the charts of `warehouse.estimates.alerts`: simulated, and printed to be pasted there.

    python -P benchmarks/statistics/alert_thresholds.py [--runs 2000] [--seed 77]

Not a battery: nothing here has a bar, and `alerts.py` measures with another market and other seeds what comes of these.
A market in which nothing changes: three quarters of those present are residents who leave at .0055 a day, the others stay
seven to ten days, and new ones come at random. Each shows on each of four sites or not for as long as she stays; the
estimate is who was seen over the chance to be on any site. Or a part of them is seen or not anew each week, and 8 % of
the weeks are missing. A flow is a Poisson number a block, each of them seen with the same chance. A threshold is the
smallest at which no size of market raises more false alarms than asked, counted to the first alarm of each run.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402

from warehouse.estimates import alerts  # noqa: E402
from warehouse.estimates.alerts import Chart  # noqa: E402

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Rng = np.random.Generator

RUNS, SEED = 2000, 77
SIZES = (40, 80, 150, 300)  # present on a day
FLOWS = (15, 30, 60, 120)  # a block
SEEN = 1 - (1 - 0.45) * (1 - 0.30) * (1 - 0.20) * (1 - 0.12)  # on at least one of four sites
ANEW, MISSING = 0.2, 0.08  # share that is seen or not anew each week; weeks without a figure
WEEKS, BLOCKS = 80, 60


def present(n: float, runs: int, weeks: int, rng: Rng) -> IntArray:
    """Count who is there in each week of markets with `n` present on a day, in a steady state, shape (runs, weeks)."""
    days, share, leaves = 7.0 * weeks, alerts.RESIDENT_SHARE, alerts.RESIDENT_EXIT
    short, long = alerts.STAY
    change = np.zeros(runs * (weeks + 1), dtype=np.int64)
    for expected, begins, is_resident in (
        (n * share, 0.0, True),  # there at the start: what is left of a stay without memory is a whole one
        (n * share * leaves * days, days, True),
        (n * (1 - share) * 2 / (short + long) * (days + long), days, False),
    ):
        run = np.repeat(np.arange(runs), rng.poisson(expected, runs))
        begin = rng.uniform(0.0 if is_resident else -long, begins, run.size) if begins else np.zeros(run.size)
        stay = rng.exponential(1 / leaves, run.size) if is_resident else rng.uniform(short, long, run.size)
        there = begin + stay >= 0
        first = np.clip(begin[there] // 7, 0, weeks).astype(np.int64)
        last = np.minimum((begin + stay)[there] // 7, weeks - 1).astype(np.int64)
        row = run[there] * (weeks + 1)
        change += np.bincount(row + first, minlength=change.size) - np.bincount(row + last + 1, minlength=change.size)
    return np.asarray(change.reshape(runs, weeks + 1).cumsum(axis=1)[:, :weeks], dtype=np.int64)


def seen_of(n: float, runs: int, weeks: int, rng: Rng, anew: float = 0.0) -> IntArray:
    """Count who is seen: a share is for as long as she stays or never, of a share `anew` it is drawn each week."""
    always = present(n * (1 - anew) * SEEN, runs, weeks, rng)
    return always + rng.binomial(present(n * anew, runs, weeks, rng), SEEN) if anew else always


def estimate(seen: IntArray) -> tuple[FloatArray, FloatArray]:
    """Give log N and its own variance, from who was seen."""
    count = np.maximum(seen, 1)
    return np.log(count / SEEN), (1 - SEEN) / count


def rate(statistic: FloatArray, limit: float, days: int) -> float:
    """Count the first alarms per 180 days judged until then."""
    hit = np.abs(np.nan_to_num(statistic)) > limit
    judged = np.isfinite(statistic) & (hit.cumsum(axis=1) - hit == 0)
    return float(hit.any(axis=1).sum() / judged.sum() / days * alerts.HORIZON_DAYS)


def simulated(chart: Chart, runs: int, rng: Rng) -> list[FloatArray]:
    """Give the statistics (runs, periods) of every kind of market in which nothing changes."""
    found = []
    for size in SIZES if chart.is_stock else FLOWS:
        for anew, missing in ((0.0, 0.0), (ANEW, MISSING)):
            if chart.is_stock:
                seen = seen_of(size, runs, WEEKS, rng, anew)
            else:
                seen = rng.binomial(rng.poisson(size, (runs, BLOCKS)), SEEN)
            log_n, specific = estimate(seen)
            log_n[rng.random(log_n.shape) < missing] = np.nan
            whole = np.ones_like(log_n)
            found.append(alerts.watch(log_n, specific, whole, chart, np.inf)[1])
    return found


def thresholds(chart: Chart, runs: int, seed: int) -> list[float]:
    """Give a chart's threshold for each of `alerts.RATES`."""
    statistics = simulated(chart, runs, np.random.default_rng([seed, chart.days]))
    grid = np.arange(1.0, 6.0, 0.01)
    worst = np.array([max(rate(each, limit, chart.days) for each in statistics) for limit in grid])
    return [round(float(grid[(worst > asked).sum()]), 2) for asked in alerts.RATES]


def main() -> None:
    """Print the thresholds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    print("false alarms of one series in 180 days:", *alerts.RATES)
    for chart in (alerts.LEVEL, alerts.FLOW):
        print(f"{chart.period_code:>5}:", *thresholds(chart, asked.runs, asked.seed))


if __name__ == "__main__":
    main()
