"""Ghosts: advertisements that are still seen after the advertiser stopped. STATISTICS 2B.

The mean lag g in days between stopping and disappearing is seen in no crawl. Its prior is narrowed by what the contract of
a source declares (an advertisement goes so many days after its last refresh) and by an audit; what stays unknown of it
goes into the interval, draw by draw.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import gamma, t

from warehouse.estimates.errors import WrongModel

FloatArray = npt.NDArray[np.float64]

SHAPE, MEAN = 3.0, 2.5  # Gamma prior of the mean lag in days: 95 % between 0.5 and 6
GRID = np.linspace(0, 30, 12_001)[1:]  # days; the prior holds 1e-13 beyond


@dataclass(frozen=True, slots=True)
class Audit:
    """What is known of a sample of advertisers on one source who stopped; no row of any of them is kept.

    `mean_days` is their mean lag between stopping and disappearing, `standard_error_days` its standard error, of
    `advertisements` in all, at least 2.
    """

    mean_days: float
    standard_error_days: float
    advertisements: int


def lags(
    rng: np.random.Generator,
    draws: int,
    *,
    expiry_days: float | None = None,
    audit: Audit | None = None,
) -> FloatArray:
    """Draw the mean lag of one source in days from its posterior, shape (draws,).

    Args:
        rng: of the draws; one uniform number is taken for each.
        draws: how many.
        expiry_days: days after its last refresh on which the source takes an advertisement away, where declared.
        audit: the one in force, where there is one.

    Raises:
        WrongModel: the audit has under two advertisements.
    """
    weight = gamma.logpdf(GRID, SHAPE, scale=MEAN / SHAPE)
    if expiry_days is not None:
        weight = np.where(expiry_days >= GRID, weight, -np.inf)
    if audit is not None:
        if audit.advertisements < 2 or audit.standard_error_days <= 0:
            raise WrongModel("an audit needs two advertisements and a standard error over 0: leave it out.")
        weight = weight + t.logpdf(audit.mean_days, audit.advertisements - 1, GRID, audit.standard_error_days)
    chance = np.cumsum(np.exp(weight - weight.max()))
    return np.asarray(np.interp(rng.random(draws) * chance[-1], np.r_[0.0, chance], np.r_[0.0, GRID]))


def active_persistence(leaving: npt.ArrayLike, lag: npt.ArrayLike) -> FloatArray:
    """Turn the share of what is seen that disappears in a day into the daily persistence of what is active.

    As many stop in a day as disappear, but ghosts swell the stock: of N seen, N h disappear and N h g are ghosts, so that
    h / (1 - g h) of the active stop. 0 where g h is so large that nothing seen could be active.

    Args:
        leaving: h in [0, 1], as `Live.leaving`.
        lag: g in days.

    >>> round(float(active_persistence(0.04 / 1.12, 3.0)), 12)
    0.96
    """
    leaving, lag = np.asarray(leaving, dtype=np.float64), np.asarray(lag, dtype=np.float64)
    return np.asarray(1 - np.minimum(leaving / np.maximum(1 - lag * leaving, 1e-9), 1.0))


def factor(phi: npt.ArrayLike, lag: npt.ArrayLike, days: int) -> FloatArray:
    """Give the share of what is seen in a period of `days` that was active in it, in (0, 1].

    Of N active on a day, N (1 + (days - 1)(1 - phi)) are active at some time of the period; those who stopped up to
    `lag` days before it are seen in it too. For one day this is 1 / (1 + lag (1 - phi)).

    Args:
        phi: daily persistence of what is active, not of what is seen: see `active_persistence`.
        lag: mean lag in days.
        days: of the period: 1, 7 or 28.

    Source: STATISTICS 2B; stationary population, arrivals balance departures.

    >>> round(float(1 / factor(0.96, 3.0, 1)), 12)
    1.12
    """
    leaving = 1 - np.asarray(phi, dtype=np.float64)
    lag = np.asarray(lag, dtype=np.float64)
    active = 1 + (days - 1) * leaving
    return np.asarray(active / (active + lag * leaving))
