"""Profile likelihood intervals of the population under one log-linear model, and its multinomial maximum.

The unseen cell is given a count n0 and the model is fitted to the whole table; the likelihood is that of a multinomial
of n + n0 individuals. Unlike Poisson plus normal intervals it is not symmetric, and it never goes below what was seen.

Source: Cormack (1992), Biometrics 48.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaln, xlogy
from scipy.stats import chi2

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import loglinear
from warehouse.estimates.errors import NoModelHolds
from warehouse.estimates.existence import kept_cells
from warehouse.estimates.tables import as_table

FloatArray = npt.NDArray[np.float64]

UNBOUNDED = 1e4  # times the estimate: an upper end beyond is called infinite


@dataclass(frozen=True, slots=True)
class ProfileInterval:
    """Multinomial maximum likelihood estimate `n` and the ends of its profile interval, in individuals."""

    n: float
    lower: float
    upper: float


def profile_interval(
    table: cr.Table,
    terms: Iterable[cr.Term] = (),
    heterogeneity: str | None = None,
    *,
    theta: float | None = None,
    level: float = 0.95,
) -> ProfileInterval:
    """Give the population and its profile interval under one model.

    Args:
        table: overlap table.
        terms: pairs of lists.
        heterogeneity: none, chao, poisson, darroch or gamma.
        theta: parameter of poisson or gamma.
        level: of the interval.

    Raises:
        NoModelHolds: the model has no unique estimate on this table.
        WrongModel: an unknown list, pair or heterogeneity.
    """
    overlap = as_table(table)
    start = cr.fit(overlap, tuple(terms), heterogeneity, theta=theta)
    kind = _held(start)
    pairs = [
        (overlap.lists.index(a), overlap.lists.index(b)) for a, b in start.terms if (a, b) not in start.empty_terms
    ]
    gone = [(overlap.lists.index(a), overlap.lists.index(b)) for a, b in start.empty_terms]
    cells = kept_cells(len(overlap.lists), gone)
    cells[0] = True
    x = loglinear.design(len(overlap.lists), pairs, kind, theta)[cells]
    bounds = len(overlap.lists) - 2 if kind == "chao" else 0
    return _interval(x, overlap.counts[cells], np.zeros(len(x)), start, level, bounds=bounds)


def profile_frequencies(
    frequencies: npt.ArrayLike, heterogeneity: str | None = None, *, theta: float | None = None, level: float = 0.95
) -> ProfileInterval:
    """Give the same from how often each was seen, shape (t0,), the number of occasions being unbounded.

    Raises:
        NoModelHolds: the model has no unique estimate on these frequencies.
        WrongModel: an unknown heterogeneity.
    """
    f = np.asarray(frequencies, dtype=np.float64)
    start = cr.fit_frequencies(f, heterogeneity, theta=theta)
    kind = _held(start)
    k = np.arange(len(f) + 1, dtype=np.float64)
    x = np.hstack([np.ones((len(k), 1)), k[:, None], loglinear.heterogeneity_columns(k, len(f), kind, theta)])
    bounds = len(f) - 2 if kind == "chao" else 0
    return _interval(x, np.r_[0.0, f], -gammaln(k + 1), start, level, bounds=bounds)


def _held(start: cr.Fit) -> loglinear.Heterogeneity:
    if np.isnan(start.n):
        raise NoModelHolds(1)
    return next(k for k in loglinear.HETEROGENEITY if k == start.heterogeneity)


def _without_negative(x: FloatArray, y: FloatArray, offset: FloatArray, bounds: int) -> FloatArray:
    """Take those of the last `bounds` columns out whose effects are negative: Chao's bound holds only without them."""
    _, kept = loglinear.without_untold(x[1:], y[1:], bounds)
    x, bounds = x[:, : x.shape[1] - bounds + kept], kept
    while bounds:
        negative = loglinear.fit_many(x[1:], y[1:], offset=offset[1:]).beta[0] < 0
        negative[:-bounds] = False
        if not negative.any():
            break
        x, bounds = x[:, ~negative], bounds - int(negative.sum())
    return x


def _interval(
    x: FloatArray, y: FloatArray, offset: FloatArray, start: cr.Fit, level: float, *, bounds: int = 0
) -> ProfileInterval:
    """Profile the unseen, which stand in the first cell, starting from the fit of the others."""
    x, y = _without_negative(x, y, offset, bounds), y.copy()

    def likelihood(unseen: float) -> float:
        y[0] = unseen
        fits = loglinear.fit_many(x, y, offset=offset)
        mu = np.exp(np.clip(x @ fits.beta[0] + offset, -60, 60))
        total = y.sum()
        return float(gammaln(total + 1) - gammaln(unseen + 1) + xlogy(y, mu / total).sum())

    found = minimize_scalar(
        lambda log_unseen: -likelihood(float(np.exp(log_unseen))),
        bounds=(start.log_unseen - 3, start.log_unseen + 3),
        method="bounded",
        options={"xatol": 1e-8},
    )
    best, drop = float(np.exp(found.x)), float(chi2.ppf(level, 1)) / 2
    top = -float(found.fun)

    def gap(unseen: float) -> float:
        return likelihood(unseen) - (top - drop)

    lower = 0.0 if gap(1e-6) > 0 else float(brentq(gap, 1e-6, best, xtol=1e-4))
    high = best * 2 + 1
    while gap(high) > 0 and high < UNBOUNDED * (start.observed + best):
        high *= 2
    upper = float(brentq(gap, best, high, xtol=1e-4)) if gap(high) <= 0 else float("inf")
    return ProfileInterval(start.observed + best, start.observed + lower, start.observed + upper)
