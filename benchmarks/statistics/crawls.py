"""Crawls that fail, advertisements that linger: does the number live on each day come out, with its interval?

    .venv/bin/python -P benchmarks/statistics/crawls.py [--runs N] [--seed S]      200 runs take five minutes

The truth is simulated here: advertisements are posted and withdrawn, crawls fail, pages are lost. STATISTICS 5 asks for a
daily bias of at most 3 % and coverage of at least .93; with ghosts and an audit a bias of at most 5 %; and for days within
5 % of what all crawls give, where a quarter of them is deleted.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from checks import Check, command  # noqa: E402

from warehouse.estimates import ghosts, live  # noqa: E402

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Rng = np.random.Generator
Lives = Callable[[Rng, int], npt.NDArray[np.int64]]  # days that so many advertisements stay

BATTERY = "crawls"
DAYS, BURN = 28, 400
RUNS, SEED = 200, 20261126
SIZES = (100, 1000)  # live on a day, about
ETA = 0.98
PAGE = 25  # advertisements on an index page
DRAWS = 2000
FIRST, MIDDLE, LAST = slice(0, 3), slice(3, DAYS - 1), slice(DAYS - 1, DAYS)


# Markets: when advertisements are posted and withdrawn.


def one_class(rng: Rng, n: int) -> npt.NDArray[np.int64]:
    return rng.geometric(0.05, n)


def two_classes(rng: Rng, n: int) -> npt.NDArray[np.int64]:
    """Of those posted, 60 % stay 4 days on average and 40 % stay 40."""
    return rng.geometric(np.where(rng.random(n) < 0.6, 0.25, 0.025))


def terms(rng: Rng, n: int) -> npt.NDArray[np.int64]:
    """Paid for 7, 14 or 30 days, a fifth withdrawn before: nothing that a constant chance would give."""
    term = rng.choice([7, 14, 30], n, p=[0.5, 0.3, 0.2])
    return np.where(rng.random(n) < 0.2, rng.integers(1, term + 1), term)


def market(rng: Rng, size: int, lives: Lives, *, waves: bool = False) -> tuple[BoolArray, npt.NDArray[np.int64]]:
    """Give who is live on which day (n, T), and since when, of a market of about `size` at any time."""
    rate = size / lives(rng, 20_000).mean()
    day = np.arange(-BURN, DAYS)
    daily = rate * np.where(day % 7 < 2, 1.75, 0.7) if waves else np.full(len(day), rate)
    start = np.repeat(day, rng.poisson(daily))
    end = start + lives(rng, len(start))
    here = (end > 0) & (start < DAYS)
    start, end, day = start[here], end[here], np.arange(DAYS)
    return (day >= start[:, None]) & (day < end[:, None]), start


# Crawls: what is seen of what is live, and what the log says of it. Each gives (seen (n, T), q (T,)).


def missed(share: float) -> Callable[..., tuple[BoolArray, FloatArray]]:
    def crawl(rng: Rng, on: BoolArray, start: FloatArray) -> tuple[BoolArray, FloatArray]:
        del start
        q = (rng.random(DAYS) >= share).astype(np.float64)
        return on & (rng.random(on.shape) < ETA) & (q > 0), q

    return crawl


def offline(rng: Rng, on: BoolArray, start: FloatArray) -> tuple[BoolArray, FloatArray]:
    """The source cannot be reached on 30 % of days, three on end on average."""
    del start
    down = np.zeros(DAYS, dtype=np.bool_)
    down[0] = rng.random() < 0.3
    for t in range(1, DAYS):
        down[t] = rng.random() < (2 / 3 if down[t - 1] else 1 / 7)
    return on & (rng.random(on.shape) < ETA) & ~down, (~down).astype(np.float64)


def pages_lost(rng: Rng, on: BoolArray, start: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Index pages of 25 in the order of the day, 50 to 90 % of which came."""
    del start
    return _by_page(rng, on, rng.random(on.shape))


def stops_early(rng: Rng, on: BoolArray, start: FloatArray) -> tuple[BoolArray, FloatArray]:
    """Newest first, and the crawl ends after 50 to 90 % of the pages: the same old ones are missed day after day."""
    return _by_page(rng, on, np.broadcast_to(-start[:, None] + rng.random((len(start), 1)), on.shape), last=True)


def _by_page(rng: Rng, on: BoolArray, order: FloatArray, *, last: bool = False) -> tuple[BoolArray, FloatArray]:
    place = np.where(on, order, np.inf).argsort(axis=0).argsort(axis=0)
    pages = np.maximum(-(-on.sum(axis=0) // PAGE), 1)
    got = np.maximum(np.round(rng.uniform(0.5, 0.9, DAYS) * pages), 1)
    chance = rng.random((int(pages.max()), DAYS))
    chance[np.arange(len(chance))[:, None] >= pages] = np.inf
    rank = np.arange(len(chance))[:, None] if last else chance.argsort(axis=0).argsort(axis=0)
    came = (rank < got)[np.minimum(place // PAGE, len(chance) - 1), np.arange(DAYS)]
    return on & came & (rng.random(on.shape) < ETA), got / pages


def paused(length: float) -> Callable[..., tuple[BoolArray, FloatArray]]:
    """Each advertisement is hidden by its owner on 30 % of its days, so many on end; every crawl is complete."""

    def crawl(rng: Rng, on: BoolArray, start: FloatArray) -> tuple[BoolArray, FloatArray]:
        del start
        hidden = np.zeros(on.shape, dtype=np.bool_)
        hidden[:, 0] = rng.random(len(on)) < 0.3
        for t in range(1, DAYS):
            hidden[:, t] = rng.random(len(on)) < np.where(hidden[:, t - 1], 1 - 1 / length, 0.3 / 0.7 / length)
        return on & ~hidden & (rng.random(on.shape) < ETA), np.ones(DAYS)

    return crawl


@dataclass(frozen=True)
class Scenario:
    name: str
    crawl: Callable[..., tuple[BoolArray, FloatArray]]
    lives: Lives = one_class
    waves: bool = False


SCENARIOS = (
    Scenario("8 % missed", missed(0.08)),
    Scenario("25 % missed", missed(0.25)),
    Scenario("50-90 % complete, any pages", pages_lost),
    Scenario("50-90 % complete, newest pages", stops_early),
    Scenario("30 % offline days, 3 on end", offline),
    Scenario("ads paused 30 % of days", paused(1 / 0.7)),
    Scenario("ads paused 30 % of days, 3 on end", paused(3.0)),
    Scenario("two classes, 25 % missed", missed(0.25), two_classes),
    Scenario("two classes, 50-90 % complete", pages_lost, two_classes),
    Scenario("paid terms and waves, 25 % missed", missed(0.25), terms, waves=True),
)


def failures(scenario: Scenario, size: int, runs: int, rng: Rng) -> list[Check]:
    """Hold mean and interval of every day against the truth."""
    off, naive = np.zeros((runs, DAYS)), np.zeros((runs, DAYS))
    held = np.zeros((runs, DAYS), dtype=np.bool_)
    for run in range(runs):
        on, start = market(rng, size, scenario.lives, waves=scenario.waves)
        seen, q = scenario.crawl(rng, on, start)
        counts, truth = live.live_counts(live.fit(seen, q)), on.sum(axis=0)
        off[run], naive[run] = counts.mean / truth - 1, counts.naive / truth - 1
        held[run] = (counts.lower <= truth) & (truth <= counts.upper)
    name = f"{scenario.name}, N = {size}"
    return [
        *_bias(name, off, 0.03),
        Check(BATTERY, name, "bias of naive counts", float(naive.mean())),
        Check(BATTERY, name, "coverage, all days", float(held.mean()), 0.93, "at_least"),
        Check(BATTERY, name, "coverage, first 3 days", float(held[:, FIRST].mean())),
        Check(BATTERY, name, "coverage, middle", float(held[:, MIDDLE].mean())),
        Check(BATTERY, name, "coverage, last day", float(held[:, LAST].mean()), 0.93, "at_least"),
    ]


def _bias(name: str, off: FloatArray, bar: float) -> list[Check]:
    daily = off.mean(axis=0)
    return [
        Check(BATTERY, name, "largest daily bias", float(np.abs(daily).max()), bar, "at_most"),
        Check(BATTERY, name, "bias, first 3 days", float(daily[FIRST].mean())),
        Check(BATTERY, name, "bias, middle", float(daily[MIDDLE].mean())),
        Check(BATTERY, name, "bias, last day", float(daily[LAST].mean())),
    ]


def _lags(rng: Rng, lag: float, n: int) -> npt.NDArray[np.int64]:
    return rng.poisson(rng.gamma(2.0, lag / 2.0, n))


def lingering(lag: float, size: int, runs: int, rng: Rng, *, audited: bool, lives: Lives = one_class) -> list[Check]:
    """Advertisements stay `lag` days after the advertiser stopped; an audit of 60 tells how long, or only the prior."""
    off, naive = np.zeros((runs, DAYS)), np.zeros((runs, DAYS))
    held = np.zeros((runs, DAYS), dtype=np.bool_)
    day = np.arange(DAYS)
    for run in range(runs):
        rate = size / lives(rng, 20_000).mean()
        start = np.repeat(np.arange(-BURN, DAYS), rng.poisson(rate, BURN + DAYS))
        stopped = start + lives(rng, len(start))
        gone = stopped + _lags(rng, lag, len(start))
        start, stopped, gone = start[gone > 0], stopped[gone > 0], gone[gone > 0]
        truth = ((day >= start[:, None]) & (day < stopped[:, None])).sum(axis=0)
        seen, q = missed(0.08)(rng, (day >= start[:, None]) & (day < gone[:, None]), start)
        fitted = live.fit(seen, q)
        counts = live.live_counts(fitted)
        asked = _lags(rng, lag, 60)
        audit = ghosts.Audit(float(asked.mean()), float(asked.std(ddof=1) / 60**0.5), 60)
        lags = ghosts.lags(rng, DRAWS, audit=audit if audited else None)
        share = ghosts.factor(ghosts.active_persistence(fitted.leaving, lags), lags, 1)
        drawn = counts.mean + np.sqrt(counts.variance) * rng.standard_normal((DRAWS, DAYS))
        drawn = rng.binomial(np.maximum(np.round(drawn), 0).astype(np.int64), share[:, None])
        lower, upper = np.quantile(drawn, [0.025, 0.975], axis=0)
        off[run], naive[run] = drawn.mean(axis=0) / truth - 1, counts.naive / truth - 1
        held[run] = (lower <= truth) & (truth <= upper)
    kind = "two classes" if lives is two_classes else "one class"
    name = f"ghosts {lag:g} days, {kind}, {'audit' if audited else 'no audit'}, N = {size}"
    bias = _bias(name, off, 0.05)
    return [
        *(bias if audited else bias[1:]),
        Check(BATTERY, name, "bias of naive counts", float(naive.mean())),
        Check(BATTERY, name, "coverage, all days", float(held.mean())),
        Check(BATTERY, name, "coverage, last day", float(held[:, LAST].mean())),
    ]


def thinning(size: int, runs: int, rng: Rng) -> list[Check]:
    """Delete a quarter of the crawl days and compare with what all of them give."""
    near, naive = np.zeros((runs, DAYS), dtype=np.bool_), np.zeros((runs, DAYS), dtype=np.bool_)
    for run in range(runs):
        on, start = market(rng, size, two_classes)
        seen, q = missed(0.0)(rng, on, start)
        whole = live.live_counts(live.fit(seen, q)).mean
        kept = np.ones(DAYS)
        kept[rng.permutation(DAYS)[: DAYS // 4]] = 0.0
        thinned = live.live_counts(live.fit(seen & (kept > 0), kept))
        near[run] = np.abs(thinned.mean / whole - 1) <= 0.05
        naive[run] = np.abs(thinned.naive / whole - 1) <= 0.05
    name = f"25 % of crawl days deleted, N = {size}"
    return [
        Check(BATTERY, name, "days within 5 %", float(near.mean()), 0.90, "at_least"),
        Check(BATTERY, name, "last days within 5 %", float(near[:, LAST].mean())),
        Check(BATTERY, name, "naive days within 5 %", float(naive.mean())),
    ]


def results(runs: int = RUNS, seed: int = SEED) -> list[Check]:
    """Run the battery; each scenario has a stream of its own, so that the figures of one do not hang on the others."""
    tasks: list[Callable[[Rng], list[Check]]] = [
        *(lambda rng, s=s, n=n: failures(s, n, runs, rng) for s in SCENARIOS for n in SIZES),
        *(lambda rng, g=g, n=n: lingering(g, n, runs, rng, audited=True) for g in (1.0, 3.0, 6.0) for n in SIZES),
        lambda rng: lingering(3.0, SIZES[1], runs, rng, audited=True, lives=two_classes),
        lambda rng: lingering(3.0, SIZES[1], runs, rng, audited=False),
        *(lambda rng, n=n: thinning(n, runs, rng) for n in SIZES),
    ]
    streams = np.random.default_rng(seed).spawn(len(tasks))
    return [check for task, stream in zip(tasks, streams, strict=True) for check in task(stream)]


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", results, RUNS, SEED))
