"""How many there are when each list sees only some: one log-linear model, or an ensemble of all that hold.

STATISTICS 2D. The published answers these functions must reproduce lie in tests/warehouse/estimates/data.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from warehouse.estimates.candidates import all_models, weighted
from warehouse.estimates.closed_form import Point, chao, chao_floor, chapman, good_turing, times_seen
from warehouse.estimates.errors import TooFewRecaptures, TooFewSourceGroups
from warehouse.estimates.models import Fit, Table, Term, bare_fit, check, fit, fit_frequencies
from warehouse.estimates.tables import CaptureTable, as_table

__all__ = [
    "DELTA",
    "CaptureTable",
    "Common",
    "Estimate",
    "Fit",
    "Point",
    "Table",
    "Term",
    "Unseen",
    "bare_fit",
    "chao",
    "chao_floor",
    "chapman",
    "chapman_fit",
    "check",
    "ensemble",
    "fit",
    "fit_frequencies",
    "good_turing",
    "most_terms",
    "times_seen",
    "unseen",
    "weigh",
]

FloatArray = npt.NDArray[np.float64]

# What no model knows is log-normal on n0: standard deviation DELTA, centre LEAN above the model's. Dependence that every
# model misses (heterogeneity, one owner's habits) hides people, so the discrepancy leans upwards. STATISTICS 2D has .4 and
# no lean; with these the intervals of the battery are narrower and hold the truth more often (ADR 0015). What is learnt
# from hidden lists moves the width only.
DELTA, LEAN = 0.25, 0.25
# Two lists cannot tell dependence at all: Chapman's estimate stays where it is and delta counts this many times, up to a
# factor of 50 both ways.
TWO_LISTS, MOST_SPREAD = 3.5, 2.0
MAXIMUM_TERMS = 4
MINIMUM_RECAPTURES = 7
DRAWS = 4000
TWO_SOURCES = "two_sources"  # the warning of an estimate from two lists


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with everything that is always printed together.

    `floor` is Chao's lower bound (never above the point: noise can put it there), `point` the median of the draws,
    `lower` and `upper` their 2.5 % and 97.5 % points (or as asked), `coverage` the Good-Turing sample coverage in
    [0, 1], `models` every model tried, dropped ones too.
    """

    floor: float
    point: float
    lower: float
    upper: float
    coverage: float
    models: tuple[Fit, ...] = field(repr=False)
    observed: float
    lists: tuple[str, ...]
    delta: float
    seed: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Common:
    """What shifts all figures of a seed alike, whatever the week: draws (D,).

    `choice` is uniform and picks the model, `discrepancy` standard normal for what no model knows. Figures that share them
    differ by their own week's chance only, so that a change between them has an interval of its own.
    """

    choice: FloatArray
    discrepancy: FloatArray

    @classmethod
    def of(cls, rng: np.random.Generator, draws: int = DRAWS) -> "Common":
        """Draw both."""
        return cls(rng.random(draws), rng.standard_normal(draws))


@dataclass(frozen=True, slots=True, eq=False)
class Unseen:
    """What the ensemble says of one table.

    `models` are all that were tried, weighted; `centre` and `spread` (D,) the drawn models' log n0 and its standard
    deviation, discrepancy included in the centre.
    """

    models: tuple[Fit, ...]
    warnings: tuple[str, ...]
    centre: FloatArray
    spread: FloatArray

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Draw n0, shape (D,): log n0 ~ N(centre, spread^2), then Poisson."""
        mean = np.exp(np.minimum(self.centre + self.spread * rng.standard_normal(len(self.centre)), 30.0))
        return rng.poisson(mean).astype(np.float64)


def weigh(table: Table, *, most: int = MAXIMUM_TERMS) -> tuple[tuple[Fit, ...], tuple[str, ...]]:
    """Fit and weigh the models of a table and return (models, warnings): two lists by Chapman, three or more by ensemble.

    Raises:
        TooFewSourceGroups: fewer than two lists saw anybody.
        TooFewRecaptures: under seven identities on more than one list.
        NoModelHolds: no model has a usable estimate.
    """
    overlap = as_table(table).without_empty_lists()
    if len(overlap.lists) < 2:
        raise TooFewSourceGroups(len(overlap.lists))
    if overlap.recaptures < MINIMUM_RECAPTURES:
        raise TooFewRecaptures(overlap.recaptures, MINIMUM_RECAPTURES)
    if len(overlap.lists) == 2:
        return (chapman_fit(overlap),), (TWO_SOURCES,)
    return weighted(all_models(overlap, most)), ()


def unseen(table: Table, common: Common, *, delta: float = DELTA, most: int = MAXIMUM_TERMS) -> Unseen:
    """Estimate how many of a table's population were on no list.

    A model is drawn by weight (prior times exp(-AIC / 2)), then log n0 ~ N(b0 + LEAN, V + delta^2), n0 ~ Poisson.

    Raises:
        Refusal: as `weigh`.
    """
    models, warnings = weigh(table, most=most)
    # In order of their answer, so that one uniform draw means "among the high ones" in every week.
    used = sorted((model for model in models if model.weight > 0), key=lambda model: (model.log_unseen, model.aic))
    edges = np.cumsum([model.weight for model in used])
    chosen = np.minimum(np.searchsorted(edges, common.choice * edges[-1], side="right"), len(used) - 1)
    two = TWO_SOURCES in warnings
    apart = (min(delta * TWO_LISTS, MOST_SPREAD) if two else delta) * common.discrepancy + (0.0 if two else LEAN)
    centre = np.array([model.log_unseen for model in used])[chosen] + apart
    spread = np.sqrt(np.array([model.log_unseen_variance for model in used]))[chosen]
    return Unseen(models, warnings, centre, spread)


def chapman_fit(overlap: CaptureTable) -> Fit:
    """Write Chapman's estimate of a table of two lists as a model record."""
    only_first, only_second, both = overlap.counts[1], overlap.counts[2], overlap.counts[3]
    result = chapman(round(only_first + both), round(only_second + both), round(both))
    return bare_fit("none", overlap.observed, result)


def most_terms(lists: int) -> int:
    """Give how many interactions the ensemble may hold: four, fewer where the number of models would explode."""
    return MAXIMUM_TERMS if lists <= 5 else 2 if lists <= 7 else 1


def ensemble(table: Table, *, seed: int = 0, delta: float = DELTA, draws: int = DRAWS, level: float = 0.95) -> Estimate:
    """Estimate the population from all models that hold, weighted by AIC; never one model's headline.

    Args:
        table: overlap of two lists or more.
        seed: of the draws; the same table and seed give the same figures bit for bit.
        delta: standard deviation added on log n0 for what no model knows.
        draws: number of draws.
        level: of the interval.

    Returns:
        Floor, median, interval, coverage and every model tried.

    Raises:
        Refusal: too few lists, too few recaptures, or no usable model.
    """
    overlap = as_table(table).without_empty_lists()
    rng = np.random.default_rng(np.random.SeedSequence([seed % 2**63, 1]))
    found = unseen(overlap, Common.of(rng, draws), delta=delta, most=most_terms(len(overlap.lists)))
    total = overlap.observed + found.draw(rng)
    lower, point, upper = (float(q) for q in np.quantile(total, [(1 - level) / 2, 0.5, (1 + level) / 2]))
    return Estimate(
        floor=min(float(chao_floor(overlap.counts)), point),
        point=point,
        lower=lower,
        upper=upper,
        coverage=float(good_turing(overlap.counts)),
        models=found.models,
        observed=overlap.observed,
        lists=overlap.lists,
        delta=delta,
        seed=seed,
        warnings=found.warnings,
    )
