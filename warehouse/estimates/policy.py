"""What changed with a policy: smallest effect that could be told, then the effect, against placebo dates and places. STATISTICS 4.

Two steps, so that nobody looks before the rules are fixed. `plan` sees the weeks before the event only: how strong the
chance of coming and going is, how wide the model's foretelling was on placebo dates, the smallest effect that would be
found. `effect` then holds the weeks after against what was foretold.

Placebos correct the model's own width. On a date without an event, gap / standard error should have variance 1. What it
had, with `TRUST` pseudo-placebos of variance 1, gives a factor and Student's t (conjugate: scaled inverse chi-squared).
Placebo dates that overlap say little more than one: each area counts as many times as windows fit beside each other.

Source: placebo places and dates: Abadie, Diamond & Hainmueller (2010), JASA 105, and (2015), AJPS 59; minimum detectable
effect: Bloom (1995), Evaluation Review 19; conjugate variance: Gelman et al. (2013), Bayesian Data Analysis, section 2.6.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from warehouse.estimates import counterfactual as cf
from warehouse.estimates.counterfactual import Contrasts, Factorised, Panel
from warehouse.estimates.errors import TooFewComparators, TooFewPeriods

FloatArray = npt.NDArray[np.float64]

MINIMUM_BEFORE, MINIMUM_AFTER, AFTER = 26, 8, 26  # weeks: needed before and after, and looked at after
MINIMUM_COMPARATORS = 5
LEVEL, POWER = 0.95, 0.80
TRUST = 20.0  # how many placebos the model's own width is worth

Verdict = Literal["decline", "growth", "displacement", "both", "cannot_tell"]


@dataclass(frozen=True, slots=True)
class Placebos:
    """What placebos say: `count` of them, as many as `worth` independent ones, mean `square` of gap / standard error."""

    count: int
    worth: float
    square: float

    @property
    def scale(self) -> float:
        """Factor on the model's standard errors."""
        return float(np.sqrt((TRUST + self.worth * self.square) / (TRUST + self.worth)))

    @property
    def quantile(self) -> float:
        """Half-width of an interval, in standard errors of the model."""
        return float(student.ppf((1 + LEVEL) / 2, TRUST + self.worth)) * self.scale

    @classmethod
    def of(cls, scores: FloatArray, worth: float) -> "Placebos":
        """Sum up gaps in standard errors."""
        return cls(len(scores), worth, float(np.mean(scores**2))) if len(scores) else cls(0, 0.0, 1.0)

    def together(self, other: "Placebos") -> "Placebos":
        """Take two sets together."""
        worth = self.worth + other.worth
        square = (self.worth * self.square + other.worth * other.square) / worth if worth else 1.0
        return Placebos(self.count + other.count, worth, square)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is fixed before anybody looks: made of the periods before the event only.

    `before`: first period that is not before the event; `after`: periods looked at. `weight` (G,) of the grid points.
    `detectable_fall`, `detectable_rise`: ratios that would be found with 80 % power at 5 % size. `log_detectable` is the
    same on the log scale.
    """

    before: int
    after: int
    others: int
    weight: FloatArray
    placebos: Placebos
    log_detectable: float

    @property
    def detectable_fall(self) -> float:
        """Ratio, below 1."""
        return float(np.exp(-self.log_detectable))

    @property
    def detectable_rise(self) -> float:
        """Ratio, above 1."""
        return float(np.exp(self.log_detectable))

    @property
    def grid(self) -> tuple[cf.Chance, ...]:
        """Grid points that have any weight."""
        return tuple(cf.GRID[g] for g in np.flatnonzero(self.weight))


@dataclass(frozen=True, slots=True)
class Effect:
    """Mean ratio of the level after the event to what it would have been, with its 95 % interval.

    `log_ratio`, `deviation`: mean and standard deviation, the placebos' factor included, `freedom` of Student's t.
    `beyond` of `placebos.count` placebos were as far out as this, in standard errors of their own.
    """

    log_ratio: float
    deviation: float
    freedom: float
    placebos: Placebos
    beyond: int
    periods: int

    @property
    def half_width(self) -> float:
        """Half the width of the interval of the logarithm."""
        return float(student.ppf((1 + LEVEL) / 2, self.freedom)) * self.deviation

    @property
    def ratio(self) -> tuple[float, float, float]:
        """Point, lower and upper end."""
        ends = (0.0, -self.half_width, self.half_width)
        point, lower, upper = (float(np.exp(self.log_ratio + each)) for each in ends)
        return point, lower, upper

    @property
    def is_demonstrable(self) -> bool:
        """Whether the interval leaves out 1."""
        return abs(self.log_ratio) > self.half_width


def plan(panel: Panel, after: int, others: int = 1) -> Plan:
    """Fix how an effect will be judged, from the periods before the event.

    Args:
        panel: periods before the event only; the municipality, its neighbours' sum if `others` is 2, comparators.
        after: how many periods after the event will be looked at.
        others: how many areas of the panel are no comparators.

    Raises:
        TooFewPeriods: under 26 weeks before or 8 weeks after.
        TooFewComparators: under five.
    """
    before = panel.level.shape[1]
    _enough(int(np.isfinite(panel.level[0]).sum()), MINIMUM_BEFORE, panel.weeks, "before")
    _enough(after, MINIMUM_AFTER, panel.weeks, "after")
    comparators = len(panel.level) - others
    if comparators < MINIMUM_COMPARATORS:
        raise TooFewComparators(comparators, MINIMUM_COMPARATORS)
    contrast = cf.contrasts(panel, others)
    found = Factorised.of(contrast, cf.GRID, panel.weeks)
    weight = cf.weights(np.delete(found.log_likelihood(before), np.arange(1, others), axis=1))
    kept = weight > 0
    found = Factorised(found.root[kept], found.innovation[kept], found.seen)
    placebos, _ = _dates(found, weight[kept], before, after, panel.weeks, others)
    grid = tuple(cf.GRID[g] for g in np.flatnonzero(kept))
    ahead = _ahead(contrast, grid, weight[kept], after, panel.weeks)
    quantile = placebos.quantile + float(student.ppf(POWER, TRUST + placebos.worth)) * placebos.scale
    return Plan(before, after, others, weight, placebos, quantile * ahead)


def _enough(periods: int, weeks: int, length: int, side: str) -> None:
    needed = -(-weeks // length)
    if periods < needed:
        raise TooFewPeriods(periods * length, weeks, side)


def _dates(
    found: Factorised, weight: FloatArray, before: int, after: int, weeks: int, others: int
) -> tuple[Placebos, FloatArray]:
    """Hold every admissible date before the event against what was foretold, in all areas but neighbours."""
    first, least = -(-MINIMUM_BEFORE // weeks), -(-MINIMUM_AFTER // weeks)
    dates = range(first, before - least + 1)
    rows = np.delete(np.arange(found.seen.shape[0]), np.arange(1, others))
    if not dates:
        return Placebos.of(np.empty(0), 0.0), np.empty(0)
    scores = []
    for date in dates:
        mean, variance = cf.averaged(*found.gap(date, min(date + after, before)), weight)
        scores.append((mean / np.sqrt(variance))[rows])
    score = np.array(scores)
    known = np.isfinite(score)
    worth = float(known.any(axis=0).sum()) * max(1, (before - first) // after)
    return Placebos.of(score[known], worth), score[known]


def _ahead(contrast: Contrasts, grid: tuple[cf.Chance, ...], weight: FloatArray, after: int, weeks: int) -> float:
    """Give the standard error that the gap of the municipality will have, if the periods after are like those before."""
    specific = contrast.specific[0]
    told = np.isfinite(contrast.level[0])
    factor = np.sqrt(np.mean(contrast.factor[0] ** 2))

    def extended(values: FloatArray, with_: float) -> FloatArray:
        return np.concatenate([values, np.full(after, with_)])[None]

    future = Contrasts(
        extended(np.where(told, 0.0, np.nan), 0.0),
        extended(specific, float(specific[told].mean())),
        extended(contrast.factor[0], float(factor)),
        contrast.own[:1],
        contrast.apart[:1],
    )
    found = Factorised.of(future, grid, weeks)
    before = len(specific)
    _, variance = found.gap(before, before + after)
    return float(np.sqrt(weight @ variance[:, 0]))


def effects(panel: Panel, of: Plan, start: int) -> tuple[Effect, ...]:
    """Hold the periods from `start` on against what was foretold.

    Args:
        panel: as in `plan`, with the periods after the event; those of the event itself, before `start`, do not count.
        of: the plan.
        start: first period after.

    Returns:
        The effect of the municipality, then that of its neighbours, if these have a figure in eight weeks after.

    Raises:
        TooFewPeriods: under eight weeks after have a figure of the municipality.
    """
    panel = panel.until(start + of.after)
    periods = np.isfinite(panel.level[: of.others, start:]).sum(axis=1)
    _enough(int(periods[0]), MINIMUM_AFTER, panel.weeks, "after")
    found = Factorised.of(cf.contrasts(panel, of.others), of.grid, panel.weeks)
    weight = of.weight[of.weight > 0]
    mean, variance = cf.averaged(*found.gap(start, panel.level.shape[1], of.before), weight)
    score = mean / np.sqrt(variance)
    elsewhere = score[of.others :][np.isfinite(score[of.others :])]
    _, past = _dates(found, weight, of.before, of.after, panel.weeks, of.others)
    placebos = of.placebos.together(Placebos.of(elsewhere, float(len(elsewhere))))
    scores = np.abs(np.concatenate([past, elsewhere]))
    return tuple(
        Effect(
            float(mean[a]),
            float(np.sqrt(variance[a])) * placebos.scale,
            TRUST + placebos.worth,
            placebos,
            int((scores >= np.abs(score[a])).sum()),
            int(periods[a]),
        )
        for a in range(of.others)
        if periods[a] * panel.weeks >= MINIMUM_AFTER
    )
