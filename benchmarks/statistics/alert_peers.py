"""Charts beside that of `warehouse.estimates.alerts`, all at one false-alarm rate: which finds most?

    python -P benchmarks/statistics/alert_peers.py [--runs 1500] [--seed 123]

Not a battery: the choice was made with it. N = 40 on a day; each chart's own threshold gives one first alarm in 360 days
where nothing changes. Printed: found within 14 and within 56 days, of +30 % and of -30 %.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import alert_market as markets  # noqa: E402
import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402

from warehouse.estimates import alerts  # noqa: E402

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

N, WEEKS, BEFORE, AFTER, RATE = 40, 78, 26, 10, 0.5
Peer = tuple[Callable[[IntArray], FloatArray], Callable[[FloatArray, float], BoolArray]]


def figures(count: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    seen = np.maximum(count, 1)
    return np.log(seen / markets.SEEN), (1 - markets.SEEN) / seen, np.ones(count.shape)


def ratio(candidates: int) -> Callable[[IntArray], FloatArray]:
    """Give the step in standard errors, of one candidate the whitened residual of a week."""
    chart = replace(alerts.LEVEL, candidates=candidates)
    return lambda count: np.nan_to_num(alerts.watch(*figures(count), chart, np.inf)[1])


def residual(count: IntArray) -> FloatArray:
    """Hold each week against the mean of the eight before it, as if all were independent."""
    log_n, own, _ = figures(count)
    told = np.zeros(log_n.shape)
    for week in range(8, log_n.shape[1]):
        before = log_n[:, week - 8 : week].mean(axis=1)
        told[:, week] = (log_n[:, week] - before) / np.sqrt(np.exp(-before) + own[:, week])
    return told


def beyond(statistic: FloatArray, limit: float) -> BoolArray:
    return np.asarray(np.abs(statistic) > limit)


def cusum(slack: float) -> Callable[[FloatArray, float], BoolArray]:
    """Add up what goes beyond the slack, either way (Page 1954); from nothing again after an alarm."""

    def hits(step: FloatArray, limit: float) -> BoolArray:
        up, down, hit = np.zeros(len(step)), np.zeros(len(step)), np.zeros(step.shape, dtype=np.bool_)
        for week in range(step.shape[1]):
            up, down = (np.maximum(0, side + way * step[:, week] - slack) for side, way in ((up, 1), (down, -1)))
            hit[:, week] = np.maximum(up, down) > limit
            up, down = (np.where(hit[:, week], 0, side) for side in (up, down))
        return hit

    return hits


PEERS: dict[str, Peer] = {
    **{f"likelihood ratio, {k} candidates": (ratio(k), beyond) for k in (1, 2, 3, 4, 8)},
    **{f"CUSUM of whitened residuals, k = {k}": (ratio(1), cusum(k)) for k in (0.5, 1.0)},
    **{f"CUSUM of residuals, k = {k}": (residual, cusum(k)) for k in (0.5, 1.0)},
}


def first_alarms(hit: BoolArray) -> float:
    """Count first alarms per 180 days until then."""
    return float(hit.any(axis=1).sum() / (hit.cumsum(axis=1) - hit == 0).sum() / 7 * alerts.HORIZON_DAYS)


def limit_of(statistic: FloatArray, hits: Callable[[FloatArray, float], BoolArray]) -> float:
    low, high = 0.0, 40.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if first_alarms(hits(statistic, middle)) > RATE else (low, middle)
    return high


def main() -> None:
    """Print what each chart finds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=123)
    asked = parser.parse_args()
    rng, runs = np.random.default_rng(asked.seed), asked.runs
    at = 7 * BEFORE + rng.integers(0, 7, runs)

    def seen(weeks: int, factor: float = 1.0) -> IntArray:
        crawled = np.ones((runs, 7 * weeks, len(markets.SITES)), dtype=np.bool_)
        changed = at if factor != 1 else None
        return markets.weekly(markets.stays(N, runs, 7 * weeks, rng, factor, changed), runs, weeks, crawled)

    same, changed = seen(WEEKS), [seen(BEFORE + AFTER, factor) for factor in (1.3, 0.7)]
    for name, (statistic, hits) in PEERS.items():
        limit = limit_of(statistic(same), hits)
        found = []
        for count in changed:
            hit = hits(statistic(count), limit)[:, BEFORE:]
            after = np.where(hit.any(axis=1), 7 * (BEFORE + hit.argmax(axis=1) + 1) - at, np.inf)
            found += [float((after <= days).mean()) for days in (14, 56)]
        print(
            f"{name:<38} limit {limit:5.2f}  +30 %: {found[0]:.2f} {found[1]:.2f}  -30 %: {found[2]:.2f} {found[3]:.2f}"
        )


if __name__ == "__main__":
    main()
