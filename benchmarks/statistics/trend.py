"""Volume in time: do level and change hold the truth, and what is called a change where there is none?

    python -P benchmarks/statistics/trend.py [--runs 1000] [--seed 2609]

`--runs` series a scenario, of 24 weeks (8 for days), N in {40, 100, 300}: flat, +1 % a week, a step of +30 %, every fifth
week missing, a week in which most crawls failed, a pattern of weekdays, sources that open with and without a link. Each
person is seen with chance .55; the count divided by it is the estimate, its binomial variance is what is specific, and
a shift with standard deviation .25, the same in all weeks, is what is common. From four periods on all weeks count.
A twentieth of the runs goes from tables of overlap to the figure: pooled areas, and a group that opens or closes.
Ends with 1 where a bar is missed.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from checks import Check, command  # noqa: E402

from warehouse.estimates import capture_recapture as cr  # noqa: E402
from warehouse.estimates import matched, pooling, trend, variance  # noqa: E402
from warehouse.estimates.tables import CaptureTable  # noqa: E402

FloatArray = npt.NDArray[np.float64]
Rng = np.random.Generator

BATTERY = "trend"
RUNS, SEED = 1000, 2609
SIZES = (40, 100, 300)
WEEKS, DAYS, STEP_AT = 24, 56, 12
SEEN, COMMON = 0.55, 0.25
START = trend.MINIMUM_PERIODS - 1
BAR = 0.93
SHARES = (0.45, 0.30, 0.20, 0.12)  # of people on each list; the last comes or goes
KAPPA = (0.6, 1.1)
DRAWS = 2000
TABLE_WEEKS = 16


@dataclass(frozen=True)
class Scene:
    """What is true, (B, T), with the chance to be seen, (T,) or one, and what the estimator is told besides."""

    truth: FloatArray
    seen: FloatArray | float = SEEN
    missing: FloatArray | None = None
    offset: FloatArray | float = 0.0
    told: dict[str, Any] = field(default_factory=dict)


def scenes(n: int, runs: int, rng: Rng) -> dict[str, Scene]:
    week, flat = np.arange(WEEKS), np.full((runs, WEEKS), float(n))
    day = np.arange(DAYS)
    weekdays = np.array([-0.15, -0.1, 0.0, 0.0, 0.1, 0.15, 0.0])[day % 7]
    opened, link = rng.normal(0.15, 0.1, (runs, 1)), 0.08
    after = (week >= STEP_AT) * opened
    measured = opened[:, 0] + rng.normal(0, link, runs)
    return {
        "flat": Scene(flat),
        "flat, .8 seen": Scene(flat, seen=0.8),
        "+1 % a week": Scene(flat * 1.01**week),
        "step of +30 %": Scene(np.where(week >= STEP_AT, 1.3, 1.0) * flat),
        "every fifth week missing": Scene(flat, missing=rng.random((runs, WEEKS)) < 0.2),
        "outage week": Scene(flat, seen=np.where(week == STEP_AT, SEEN / 3, SEEN)),
        "days with weekdays": Scene(n * np.exp(weekdays) * np.ones((runs, 1)), told={"weekday": day % 7}),
        # Truth is that of the newest sources: before the break the old ones measured `opened` less.
        "opened, linked": Scene(
            flat, offset=after - opened, told={"breaks": [trend.Break(STEP_AT, measured, link**2)]}
        ),
        "opened, not linked": Scene(flat, offset=after, told={"breaks": [trend.Break(STEP_AT)]}),
    }


def observe(scene: Scene, rng: Rng) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give log estimates, their specific variance, and the common one."""
    chance = np.broadcast_to(scene.seen, scene.truth.shape)
    whole = np.floor(scene.truth)
    true = (whole + (rng.random(whole.shape) < scene.truth - whole)).astype(int)
    count = np.maximum(rng.binomial(true, chance), 1)
    log_n = np.log(count / chance) + scene.offset + rng.normal(0, COMMON, (len(count), 1))
    if scene.missing is not None:
        log_n = np.where(scene.missing, np.nan, log_n)
    return log_n, (1 - chance) / count, np.full(log_n.shape, COMMON**2)


def inside(lower: FloatArray, truth: FloatArray, upper: FloatArray) -> float:
    """Give the share of intervals that hold the truth, of those that are given."""
    given = np.isfinite(lower)
    return float(((lower <= truth) & (truth <= upper))[given].mean())


def truths(scene: Scene) -> tuple[FloatArray, FloatArray]:
    """Give the true level and, from the second period on, the true ratio without weekdays."""
    weekly = "weekday" not in scene.told
    ratio = scene.truth[:, 1:] / scene.truth[:, :-1] if weekly else np.ones_like(scene.truth[:, 1:])
    return scene.truth, ratio


def simple(n: int, runs: int, rng: Rng) -> list[Check]:
    checks = []
    for name, scene in scenes(n, runs, rng).items():
        title = f"N = {n}, {name}"

        def add(
            figure: str, value: float, bar: float | None = None, kind: Any = "shown", *, title: str = title
        ) -> None:
            checks.append(Check(BATTERY, title, figure, float(value), bar, kind))

        log_n, specific, common = observe(scene, rng)
        found = trend.estimate(log_n, specific, common, **scene.told)
        level, ratio = truths(scene)
        if name == "opened, not linked":
            level = level * np.exp(np.asarray(scene.offset))  # each side keeps its own level
        late = slice(START, None)
        add("coverage", inside(found.lower[:, late], level[:, late], found.upper[:, late]), BAR, "at_least")
        lower, upper = found.change_lower[:, 1:], found.change_upper[:, 1:]
        add("coverage of change", inside(lower, ratio, upper), BAR, "at_least")
        rises, falls = (found.is_demonstrable & side for side in (found.change > 1, found.change < 1))
        told = np.isfinite(found.change)
        if name.startswith("flat"):
            add("called a change, either way", found.is_demonstrable[told].mean(), 0.05, "at_most")
            add("called a rise", rises[told].mean())
            add("called a fall", falls[told].mean())
            add("either way, first week told", found.is_demonstrable[:, START].mean(), 0.05, "at_most")
            add("week-on-week noise, 1 sd", np.diff(log_n, axis=1).std())
            add("half-width of a change", np.nanmean(np.log(found.change_upper / found.change)))
            if n == 40:
                add("smallest rise ever called", np.nanmin(np.where(rises, found.change, np.nan)), 1.1, "at_least")
        elif "step" in name:
            at = STEP_AT
            add("coverage, week of the step", inside(found.lower[:, at], level[:, at], found.upper[:, at]))
            add("of change, week of the step", inside(lower[:, at - 1], ratio[:, at - 1], upper[:, at - 1]))
            add("rise called within 14 days", rises[:, at : at + 2].any(axis=1).mean())
            add("weekly, called a rise by noise", rises[:, START:at].mean())
        elif name == "opened, not linked":
            add("compared across", np.isfinite(found.change[:, STEP_AT]).mean(), 0.0, "at_most")
        elif name == "days with weekdays":
            add("called a change, either way", found.is_demonstrable[told].mean(), 0.05, "at_most")
    return checks


def table(size: int, shift: float, shares: tuple[float, ...], rng: Rng) -> CaptureTable:
    """Draw a week: `size` people, each on each list with its share, moved by `shift` on the logit."""
    odds = np.array(shares) / (1 - np.array(shares)) * np.exp(shift)
    on = rng.random((size, len(shares))) < odds / (1 + odds)
    counts = np.bincount(on @ (1 << np.arange(len(shares))), minlength=2 ** len(shares)).astype(np.float64)
    counts[0] = 0.0
    return CaptureTable(tuple("abcd"[: len(shares)]), counts)


def pooled(runs: int, rng: Rng) -> list[Check]:
    """Areas pooled with a whole, 12 weeks each: noise against what is called specific; level and change of all."""
    sizes, weeks = np.repeat(SIZES, 2), 12
    noise, claimed, bare, level_in, change_in, called = [], [], [], [], [], []
    for _ in range(runs):
        u, factor = rng.normal(0, 0.3, len(sizes)), rng.uniform(*KAPPA)
        shared, kappa = cr.Common.of(rng, DRAWS), rng.uniform(*KAPPA, DRAWS)
        how = rng.standard_normal((len(sizes), DRAWS))
        log_n, own, extra, common = (np.empty((len(sizes), weeks)) for _ in range(4))
        for week in range(weeks):
            tables = [table(int(size), shift, SHARES, rng) for size, shift in zip(sizes, u, strict=True)]
            counts = np.array([one.counts for one in tables])
            whole = CaptureTable(tables[0].lists, counts.sum(axis=0) + table(2000, 0.0, SHARES, rng).counts)
            ensemble, apart = cr.unseen(whole, shared), pooling.deviations(counts, whole.counts)
            draws = []
            for _ in range(2):
                odds = np.log(whole.observed / np.maximum(ensemble.draw(rng), 0.5))
                draws.append(pooling.draw_totals(counts.sum(axis=1), odds, apart, how, rng.spawn(len(sizes))))
            parts = variance.split(draws[0] * kappa, draws[1] * kappa)
            middle = np.median(draws[0], axis=1)
            log_n[:, week], common[:, week] = np.log(middle * np.median(kappa)), parts.common
            own[:, week] = parts.specific
            extra[:, week] = variance.of_deviation(apart.spread, apart.tau, 1 - counts.sum(axis=1) / middle)
        found = trend.estimate(log_n, own + extra, common)
        truth = (sizes * factor)[:, None]
        level_in.append(((found.lower <= truth) & (truth <= found.upper))[:, START:])
        change_in.append(((found.change_lower <= 1) & (found.change_upper >= 1))[:, START:])
        called.append(found.is_demonstrable[:, START:])
        noise.append((np.diff(log_n, axis=1) ** 2).mean(axis=1) / 2)
        bare.append(own.mean(axis=1))
        claimed.append((own + extra).mean(axis=1))
    checks = []
    for n in SIZES:
        of, title = sizes == n, f"N = {n}, pooled from tables"
        spread = np.mean(noise, axis=0)[of].mean()
        for figure, values, bar, kind in (
            ("coverage", np.array(level_in)[:, of], BAR, "at_least"),
            ("coverage of change", np.array(change_in)[:, of], BAR, "at_least"),
            ("called a change, either way", np.array(called)[:, of], 0.05, "at_most"),
            ("noise / specific, sd", np.sqrt(spread / np.mean(claimed, axis=0)[of].mean()), None, "shown"),
            ("the same without u told anew", np.sqrt(spread / np.mean(bare, axis=0)[of].mean()), None, "shown"),
        ):
            checks.append(Check(BATTERY, title, figure, float(np.mean(values)), bar, kind))  # type: ignore[arg-type]
    return checks


def source(n: int, way: str, runs: int, rng: Rng) -> list[Check]:
    """A group opens or closes: the level on the newest sources, the change across, and the matched index."""
    half, shares = TABLE_WEEKS // 2, (*SHARES[:3], 0.25)
    level_in, across, index_in, refused = [], [], [], 0
    for run in range(runs):
        weeks = [table(n, 0.0, shares, rng) for _ in range(TABLE_WEEKS)]
        old, new = weeks[:half], weeks[half:]
        both = dict(enumerate(new[:4] if way == "opened" else old[-4:]))
        try:
            link = matched.link({str(week): one for week, one in both.items()}, "d", seed=run)
        except matched.SourceBreak:
            refused += 1
            continue
        link = link if way == "opened" else link.reversed
        gone = [matched.without(one, "d") for one in (old if way == "opened" else new)]
        tables = [*gone, *new] if way == "opened" else [*old, *gone]
        shared = cr.Common.of(rng, DRAWS)
        log_n, own, common = (np.full((1, TABLE_WEEKS), np.nan) for _ in range(3))
        for week, one in enumerate(tables):
            try:
                ensemble = cr.unseen(one, shared)
            except matched.Refusal:
                continue
            draws = [one.observed + ensemble.draw(rng) for _ in range(2)]
            parts = variance.split(*draws)
            log_n[0, week], own[0, week], common[0, week] = np.log(np.median(draws[0])), parts.specific, parts.common
        found = trend.estimate(log_n, own, common, breaks=[trend.Break(half, link.mean, link.variance)])
        level_in.append(((found.lower <= n) & (n <= found.upper))[np.isfinite(found.lower)])
        if np.isfinite(found.change[0, half]):
            across.append((found.change_lower <= 1)[0, half] & (found.change_upper >= 1)[0, half])
        chain = matched.index(tables, [one.lists for one in tables])
        index_in.append(np.abs(np.log(chain.value[1:])) <= 1.96 * np.sqrt(chain.variance[1:]))
    title = f"N = {n}, group {way}, from tables"
    return [
        Check(BATTERY, title, "coverage", float(np.concatenate(level_in).mean()), BAR, "at_least"),
        Check(BATTERY, title, "of change across the break", float(np.mean(across)), BAR, "at_least"),
        Check(BATTERY, title, "coverage of matched index", float(np.mean(index_in)), BAR, "at_least"),
        Check(BATTERY, title, "link refused", refused / runs),
    ]


def results(runs: int = RUNS, seed: int = SEED) -> list[Check]:
    """Run all scenarios; the same runs and seed give the same figures."""
    checks = []
    few = max(runs // 20, 4)
    for n in SIZES:
        checks += simple(n, runs, np.random.default_rng([seed, n]))
    checks += pooled(few, np.random.default_rng([seed, 1]))
    for place, way in enumerate(("opened", "closed")):
        for n in SIZES[1:]:
            checks += source(n, way, few, np.random.default_rng([seed, 2 + place, n]))
    return checks


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", results, RUNS, SEED))
