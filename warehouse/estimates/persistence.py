"""Identities in an area as they come and go from day to day: persistence and detection.

Seen if there with probability eta * q, q known from the crawl log; who is there stays with probability phi. Conditional on first sightings this is a Cormack-Jolly-Seber model
with two parameters, and the m-array (from which day to which next day) is sufficient for it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, xlogy

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Pseudo-observations of a weak prior: of 20 survivals 19, of 20 sightings 19.5; they decide only where data are few.
PRIOR_SURVIVALS, PRIOR_DEATHS = 19.0, 1.0
PRIOR_SEEN, PRIOR_MISSED = 19.5, 0.5


@dataclass(frozen=True, slots=True)
class Persistence:
    """Daily persistence `phi` and detection `eta` at full completeness, both in (0, 1)."""

    phi: float
    eta: float


def next_seen(seen: BoolArray) -> FloatArray:
    """Count from which day to which next day individuals were seen.

    Args:
        seen: shape (n, T).

    Returns:
        Shape (T, T + 1): entry (i, j) counts those seen on i and next on j; (i, T) those not seen after i.
    """
    days = seen.shape[1]
    table = np.zeros((days, days + 1))
    later = np.full(len(seen), days, dtype=np.int64)
    for t in range(days - 1, -1, -1):
        here = np.flatnonzero(seen[:, t])
        table[t] = np.bincount(later[here], minlength=days + 1)
        later[here] = t
    return table


def fit(seen: BoolArray, completeness: FloatArray) -> Persistence:
    """Estimate persistence and detection.

    Args:
        seen: shape (n, T), one row an advertisement (or an advertiser in a place), one column a day.
        completeness: q of each day in [0, 1], shape (T,).

    Returns:
        The posterior mode under a weak prior, so few data give the prior back.
    """
    table = next_seen(seen)
    days = len(completeness)

    def loss(theta: FloatArray) -> float:
        phi, eta = expit(theta)
        p = eta * completeness
        value = PRIOR_SURVIVALS * np.log(phi) + PRIOR_DEATHS * np.log1p(-phi)
        value += PRIOR_SEEN * np.log(eta) + PRIOR_MISSED * np.log1p(-eta)
        # On each day at once: the chance that those last seen on i are alive and unseen so far.
        open_chance = np.ones(days)
        never = np.ones(days)
        for gap in range(1, days):
            upto = days - gap
            chance = open_chance[:upto] * phi * p[gap:]
            value += xlogy(table[np.arange(upto), np.arange(upto) + gap], chance).sum()
            never[:upto] -= chance
            open_chance[:upto] *= phi * (1 - p[gap:])
        value += xlogy(table[:, days], np.maximum(never, 1e-300)).sum()
        return -float(value)

    found = minimize(loss, np.array([3.0, 3.0]), method="L-BFGS-B", bounds=[(-3, 9), (-3, 9)])
    phi, eta = (float(v) for v in expit(found.x))
    return Persistence(phi, eta)
