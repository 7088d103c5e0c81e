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
from warehouse.estimates.closed_form import memberships
from warehouse.estimates.errors import NoModelHolds
from warehouse.estimates.tables import as_table

FloatArray = npt.NDArray[np.float64]


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
        heterogeneity: none, poisson, darroch or gamma.
        theta: parameter of poisson or gamma.
        level: of the interval.

    Raises:
        NoModelHolds: the model has no unique estimate on this table.
        WrongModel: an unknown list, pair or heterogeneity.
    """
    overlap = as_table(table)
    terms = tuple(terms)
    start = cr.fit(overlap, terms, heterogeneity, theta=theta)
    if not (start.exists and start.identifiable):
        raise NoModelHolds(1)
    pairs = [
        (overlap.lists.index(a), overlap.lists.index(b)) for a, b in start.terms if (a, b) not in start.empty_terms
    ]
    kind = next(k for k in loglinear.HETEROGENEITY if k == start.heterogeneity)
    x = loglinear.design(len(overlap.lists), pairs, kind, theta)
    gone = [(overlap.lists.index(a), overlap.lists.index(b)) for a, b in start.empty_terms]
    member = memberships(len(overlap.lists))
    cells = ~np.any([member[:, a] * member[:, b] > 0 for a, b in gone], axis=0) if gone else np.ones(len(x), dtype=bool)
    x, y = x[cells], overlap.counts[cells].copy()

    def likelihood(unseen: float) -> float:
        y[0] = unseen
        fits = loglinear.fit_many(x, y)
        mu = np.exp(np.clip(x @ fits.beta[0], -60, 60))
        total = y.sum()
        return float(gammaln(total + 1) - gammaln(unseen + 1) + xlogy(y, mu / total).sum())

    centre = np.exp(start.log_unseen)
    found = minimize_scalar(
        lambda log_unseen: -likelihood(float(np.exp(log_unseen))),
        bounds=(np.log(centre) - 3, np.log(centre) + 3),
        method="bounded",
        options={"xatol": 1e-8},
    )
    best, drop = float(np.exp(found.x)), float(chi2.ppf(level, 1)) / 2
    top = -float(found.fun)

    def gap(unseen: float) -> float:
        return likelihood(unseen) - (top - drop)

    lower = 0.0 if gap(1e-6) > 0 else float(brentq(gap, 1e-6, best, xtol=1e-4))
    high = best * 2 + 1
    while gap(high) > 0 and high < 1e9:
        high *= 2
    upper = float(brentq(gap, best, high, xtol=1e-4)) if high < 1e9 else float("inf")
    return ProfileInterval(overlap.observed + best, overlap.observed + lower, overlap.observed + upper)
