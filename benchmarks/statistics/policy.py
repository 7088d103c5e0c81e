"""Policy effects: is 5 % of what is called an effect on dates without one, and is displacement told from decline?

    python -P benchmarks/statistics/policy.py [--runs 4000] [--seed 2611]

`--runs` series without an event for the size (its simulation error is printed), an eighth of them for each scenario with
one: 52 weeks before and 26 after, an effect of 30 % at N = 80, two neighbours of 44 and 40, twelve comparators of 30 to
250. Three quarters of the people are residents, of whom .0055 a day stop; the others stay seven to ten days. Everybody is
well or hardly visible on each of two sources, for good; N are there in a usual week. Season and shocks are shared. Who is touched by the policy is a
group apart, so that what would have been is known in each run. A two-hundredth of the runs goes by the paths of
`simulation.population` with the policy switch on. Ends with 1 where a bar is missed.
"""

import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from checks import Check, Kind, command  # noqa: E402

from simulation.population import populate  # noqa: E402
from simulation.settings import Policy, WorldSettings  # noqa: E402
from simulation.towns import towns  # noqa: E402
from warehouse import comparators  # noqa: E402
from warehouse.estimates import displacement, policy  # noqa: E402
from warehouse.estimates.counterfactual import Panel  # noqa: E402

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Rng = np.random.Generator

BATTERY = "policy"
RUNS, SEED = 4000, 2611
BEFORE, AFTER, WARM = 52, 26, 4
OTHERS, NEIGHBOURS = (250, 180, 150, 120, 100, 80, 70, 60, 50, 40, 40, 30), (44, 40)
EFFECT = 0.3
RESIDENTS, STOP = 0.75, 1 - np.exp(-7 * 0.0055)
VISIBLE = np.array([1 - (1 - a) * (1 - b) for a in (0.7, 0.15) for b in (0.7, 0.15)])  # to be seen in a week, by class
NOISE = 0.03  # of what is pooled in a week's estimate
PRESENT = 0.8  # share of people who are there in a usual week
CONFUSED = 0.1  # of settings, read as another one
HOME, FEW = 0.62, 8


@dataclass
class Scores:
    """What was found in the runs of a scenario."""

    log_ratio: list[float] = field(default_factory=list)
    truth: list[float] = field(default_factory=list)
    half_width: list[float] = field(default_factory=list)
    detectable: list[float] = field(default_factory=list)
    share_held: list[bool] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)

    def add(self, panel: Panel, truth: float, moved: float, seed: int, others: int = 2, before: int = BEFORE) -> None:
        """Plan, look and score one run; `moved` is the true displaced share."""
        plan = policy.plan(panel.until(before), AFTER // panel.weeks, others)
        own, *near = policy.effects(panel, plan, before)
        self.log_ratio.append(own.log_ratio)
        self.truth.append(truth)
        self.half_width.append(own.half_width)
        self.detectable.append(plan.log_detectable)
        levels = [float(np.nanmean(np.exp(panel.level[a, before:]))) for a in range(others)]
        if near:
            told = displacement.displaced(own, levels[0], near[0], levels[1], common=0.0, seed=seed)
            self.verdicts.append(told.verdict)
            if told.share:
                self.share_held.append(told.share.lower <= moved <= told.share.upper)

    @property
    def called(self) -> FloatArray:
        return np.abs(np.array(self.log_ratio)) > np.array(self.half_width)

    @property
    def error(self) -> FloatArray:
        return np.array(self.log_ratio) - np.array(self.truth)

    @property
    def coverage(self) -> float:
        return float((np.abs(self.error) <= np.array(self.half_width)).mean())


def checks_of(scores: Scores, title: str, right: tuple[str, ...] = (), *, barred: bool = True) -> list[Check]:
    """Write what a scenario with an effect gave."""
    found = []

    def add(figure: str, value: float, bar: float | None = None, kind: Kind = "shown") -> None:
        found.append(Check(BATTERY, title, figure, float(value), bar if barred else None, kind if barred else "shown"))

    truth = float(np.mean(scores.truth))
    add("true mean ratio", np.exp(truth))
    add("detection power", scores.called.mean())
    add("detectable ratio, planned", np.exp(np.sign(truth) * np.mean(scores.detectable)))
    add("power at that by deviation seen", _power(scores))
    add("coverage", scores.coverage, 0.93, "at_least")
    add("relative bias of ratio", np.exp(scores.error).mean() - 1)
    if right:
        verdicts = np.array(scores.verdicts)
        add(f"told: {' or '.join(right)}", np.isin(verdicts, right).mean(), 0.80, "at_least")
        add("cannot tell", (verdicts == "cannot_tell").mean())
        add("coverage of displaced share", np.mean(scores.share_held))
    return found


def _power(scores: Scores) -> float:
    """Give the power that an effect as large as the planned detectable one has, with the errors seen."""
    error = scores.error
    return float((np.abs(error + np.array(scores.detectable)) > np.array(scores.half_width)).mean())


def people(sizes: FloatArray, runs: int, rng: Rng, weeks: int = BEFORE + AFTER) -> IntArray:
    """Draw who is there by week, shape (runs, areas, weeks, classes of visibility)."""
    classes = len(VISIBLE)
    mean = np.broadcast_to((sizes / classes)[:, None], (runs, len(sizes), classes))
    here = rng.poisson(RESIDENTS * mean)
    found = np.empty((runs, len(sizes), weeks, classes), dtype=np.int64)
    for week in range(weeks):
        found[:, :, week] = here
        here = rng.binomial(here, 1 - STOP) + rng.poisson(RESIDENTS * mean * STOP)
    # From a day of the week on for seven to ten days: parts of one, two or three weeks.
    first, length = np.meshgrid(np.arange(7), np.arange(7, 11))
    spans = np.bincount(((first + length - 1) // 7 + 1).ravel(), minlength=WARM)
    rate = (1 - RESIDENTS) * mean / (spans @ np.arange(len(spans)))
    for span, weight in enumerate(spans):
        come = rng.poisson(np.broadcast_to((rate * weight)[:, :, None], (runs, len(sizes), weeks + WARM, classes)))
        for late in range(span):
            found += come[:, :, WARM - late : WARM - late + weeks]
    return found


def shared(runs: int, rng: Rng, weeks: int = BEFORE + AFTER) -> FloatArray:
    """Draw the share of people who are there, by season and shocks that all areas have, shape (runs, weeks)."""
    shock, season = np.zeros((runs, weeks)), rng.random((runs, 1))
    for week in range(weeks):
        shock[:, week] = 0.8 * shock[:, week - 1] + rng.normal(0, 0.03, runs)
    wave = 0.1 * np.sin(2 * np.pi * (np.arange(weeks) / 52 + season))
    return np.minimum(PRESENT * np.exp(shock + wave), 1.0)


def observe(there: IntArray, rng: Rng) -> tuple[FloatArray, FloatArray]:
    """See each by her class and estimate: log N and its specific variance, shape (..., weeks)."""
    seen, chance = rng.binomial(there, VISIBLE).sum(axis=-1), float(VISIBLE.mean())
    log_n = np.log(np.maximum(seen, 1) / chance) + rng.normal(0, NOISE, seen.shape)
    return log_n, (1 - chance) / np.maximum(seen, 1) + NOISE**2


def panel(level: FloatArray, specific: FloatArray, before: int = BEFORE) -> Panel:
    return Panel(level, specific, np.exp(level[:, :before]).mean(axis=1))


def drawn(n: int, way: str, runs: int, rng: Rng, *, local: float = 0.0) -> Scores:
    """Run a scenario: `way` is none, or tightened | relaxed with or without 'displaced'; `local`: of own loadings."""
    at_risk = 0.0 if way == "none" else EFFECT * n
    base = n - at_risk if way.startswith("tightened") else n
    sizes = np.array([base, at_risk, *NEIGHBOURS, *OTHERS], dtype=np.float64)
    many, common = people(sizes / PRESENT, runs, rng), shared(runs, rng)
    loading = np.exp(rng.normal(0, local, (runs, len(sizes)))) if local else np.ones((runs, len(sizes)))
    share = np.minimum(PRESENT * np.exp(np.log(common / PRESENT)[:, None] * loading[..., None]), 1.0)
    there = rng.binomial(many, share[..., None])
    touched = there[:, 1].copy()
    after = np.arange(BEFORE + AFTER) >= BEFORE
    is_here = ~after if way.startswith("tightened") else after
    own, near = there[:, 0] + touched * is_here[:, None], there[:, 2:4].sum(axis=1)
    if way.endswith("displaced"):
        near = near + touched * ~is_here[:, None]
    without = there[:, 0] + touched * is_here[0]
    log_n, specific = observe(np.concatenate([own[:, None], near[:, None], there[:, 4:]], axis=1), rng)
    truth = np.log(own.sum(axis=-1) / without.sum(axis=-1))[:, after].mean(axis=1)
    scores = Scores()
    for run in range(runs):
        scores.add(panel(log_n[run], specific[run]), truth[run], float(way.endswith("displaced")), run)
    return scores


def size(n: int, runs: int, rng: Rng, *, local: float = 0.0, barred: bool = True) -> list[Check]:
    scores = drawn(n, "none", runs, rng, local=local)
    title = f"N = {n}, no event" + (", own loadings" if local else "")
    rate = float(scores.called.mean())
    return [
        Check(BATTERY, title, "test size", rate, 0.04 if barred else None, "at_least" if barred else "shown"),
        Check(BATTERY, title, "test size, at most", rate, 0.06 if barred else None, "at_most" if barred else "shown"),
        Check(BATTERY, title, "its simulation error", float(np.sqrt(rate * (1 - rate) / runs))),
    ]


def settings_shift(runs: int, rng: Rng, effect: float) -> list[Check]:
    """Share of home work in a region, by blocks of four weeks; a share `effect` of those at home stops at once."""
    blocks, before = (BEFORE + AFTER) // 4, BEFORE // 4
    sizes = np.array([90.0, *OTHERS]) * 1.5
    home = sizes / (1 + np.exp(-np.log(HOME / (1 - HOME)) - rng.normal(0, 0.2, (runs, len(sizes)))))
    leaving = home * effect * (np.arange(len(sizes)) == 0)
    stay, go, rest = (standing(mean, blocks, rng) for mean in (home - leaving, leaving, sizes - home))
    without = stay + go
    go[..., before:] = 0
    at_home, total = stay + go, stay + go + rest
    read = rng.binomial(at_home, 1 - CONFUSED) + rng.binomial(rest, CONFUSED)
    slope = 1 - 2 * CONFUSED
    point = np.clip((read / total - CONFUSED) / slope, 0.05, 0.95)
    log_odds = np.log(point / (1 - point))
    variance = CONFUSED * (1 - CONFUSED) / total / slope**2 / (point * (1 - point)) ** 2
    truth = np.log(at_home[:, 0, before:] / without[:, 0, before:]).mean(axis=1)
    number = (total * point * (1 - point))[..., :before].mean(axis=-1)
    scores = Scores()
    for run in range(runs):
        one = Panel(log_odds[run], variance[run], number[run], 4)
        scores.add(one, truth[run], 0.0, run, others=1, before=before)
    if not effect:
        return [Check(BATTERY, "setting, no event", "test size", float(scores.called.mean()))]
    return checks_of(scores, "setting, half of home work stops", barred=False)


def standing(mean: FloatArray, blocks: int, rng: Rng) -> IntArray:
    """Draw residents by block of four weeks, shape (..., blocks)."""
    stays = np.exp(-28 * 0.0055)
    here = rng.poisson(mean)
    found = []
    for _ in range(blocks):
        found.append(here)
        here = rng.binomial(here, stays) + rng.poisson(mean * (1 - stays))
    return np.stack(found, axis=-1)


def market(runs: int, seed: int, *, is_displacing: bool) -> list[Check]:
    """Enschede tightens in the synthetic market: paths of its population, twice the usual scale for enough places."""
    first, scores = date(2026, 1, 5), Scores()
    here = next(n for n, town in enumerate(towns()) if town.area_code == "GM0153")
    codes = [town.area_code for town in towns()]
    usable = {town.area_code for town in towns() if town.country == "NL" and town.advertisers >= FEW}
    near, others = comparators.neighbours("GM0153", usable), comparators.chosen("GM0153", usable)
    for run in range(runs):
        rule = Policy("GM0153", first + timedelta(weeks=BEFORE), "tightened", EFFECT, is_displacing)
        counts = [
            weekly(WorldSettings(seed=seed + run, first_day=first, days=7 * (BEFORE + AFTER), scale=2, policy=each))
            for each in (rule, None)
        ]
        rng = np.random.default_rng([seed, run])
        rows = [
            counts[0][here],
            counts[0][[codes.index(each) for each in near]].sum(axis=0),
            *(counts[0][codes.index(each)] for each in others),
        ]
        log_n, specific = observe(np.array(rows), rng)
        with_, without = (np.log(each[here, BEFORE:].sum(axis=-1)).mean() for each in counts)
        gone = (counts[1] - counts[0])[here, BEFORE:].sum()
        moved = -(counts[1] - counts[0])[[codes.index(each) for each in near], BEFORE:].sum() / max(gone, 1)
        scores.add(panel(log_n, specific), float(with_ - without), float(moved), run)
    right = ("displacement", "both") if is_displacing else ("decline",)
    title = f"market, tightened{', displaced' if is_displacing else ''} ({runs} runs)"
    return checks_of(scores, title, right, barred=False)


def weekly(settings: WorldSettings) -> IntArray:
    """Count who is in each town in each week, by class of visibility, shape (towns, weeks, classes)."""
    weeks = settings.days // 7
    found = np.zeros((len(towns()), weeks, len(VISIBLE)), dtype=np.int64)
    for person in populate(settings):
        seen = {
            (stay.town, week)
            for stay in person.stays
            for week in range(max(stay.first, 0) // 7, min(stay.last // 7, weeks - 1) + 1)
            if stay.last >= 0
        }
        kind = int(np.searchsorted([-0.34, 0.0, 0.34], person.visibility))  # quarters of a normal with deviation .5
        for town, week in seen:
            found[town, week, kind] += 1
    return found


def results(runs: int = RUNS, seed: int = SEED) -> list[Check]:
    """Run all scenarios; the same runs and seed give the same figures."""
    few = max(runs // 8, 20)
    found = size(80, runs, np.random.default_rng([seed, 0]))
    for place, (n, local) in enumerate(((40, 0.0), (200, 0.0), (80, 0.3))):
        found += size(n, few, np.random.default_rng([seed, 1, place]), local=local, barred=False)
    ways: dict[str, tuple[str, ...]] = {
        "tightened": ("decline",),
        "tightened, displaced": ("displacement", "both"),
        "relaxed": ("growth",),
        "relaxed, displaced": ("displacement", "both"),
    }
    for place, (way, right) in enumerate(ways.items()):
        scores = drawn(80, way, few, np.random.default_rng([seed, 2, place]))
        found += checks_of(scores, f"N = 80, {way}", right)
    for place, effect in enumerate((0.0, 0.5)):
        found += settings_shift(few, np.random.default_rng([seed, 3, place]), effect)
    for is_displacing in (False, True):
        found += market(max(runs // 200, 2), seed, is_displacing=is_displacing)
    return found


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", results, RUNS, SEED))
