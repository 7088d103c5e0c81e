"""What of a figure's uncertainty is common to all periods and what is the period's own. STATISTICS 2F.

Figures of one area share random numbers over periods: delta, kappa, ghost lag, the area's own detection. Draw a figure
twice with the same shared numbers and fresh ones for all else: what the two draws have in common is common, how they
differ is specific. That is the law of total variance, exact however log N depends on either.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Variances on log N, shape (...): what shifts all periods alike, and what is the period's own."""

    common: FloatArray
    specific: FloatArray


def split(draws: FloatArray, again: FloatArray) -> Split:
    """Split the variance of log N.

    Args:
        draws: of N, all above zero, shape (..., D).
        again: the same with the same shared numbers in each draw and fresh ones for the rest. Another period of an
            area that did not change, drawn with the same shared numbers, serves as well.

    Raises:
        ValueError: a draw is zero or negative.
    """
    if not ((draws > 0).all() and (again > 0).all()):
        raise ValueError("draws must be above zero: a refusal has none")
    first, second = np.log(draws), np.log(again)
    specific = np.var(first - second, axis=-1, ddof=1) / 2
    total = (np.var(first, axis=-1, ddof=1) + np.var(second, axis=-1, ddof=1)) / 2
    return Split(np.maximum(total - specific, 0.0), specific)


def of_deviation(spread: FloatArray, tau: float, unseen_share: FloatArray) -> FloatArray:
    """Give what is to be added to the specific variance of an area whose own detection is told anew each period.

    The draws of u share their random numbers, but its posterior mean moves with each period's overlap: with shrinkage
    s = 1 - spread^2 / tau^2 its variance is spread^2 s, on the logit scale. On log N it counts for the share unseen.
    Week-on-week noise is .98, 1.10 and 1.24 times what the specific part says at N = 40, 100 and 300 without it, and .89,
    .90 and .94 times with it (benchmarks/statistics/trend.py, 50 runs).

    Args:
        spread: posterior standard deviation of u (`pooling.Deviations`), shape (A,).
        tau: standard deviation between areas.
        unseen_share: unseen identities as a share of the area's total, shape (A,).
    """
    return np.asarray(spread**2 * (1 - spread**2 / tau**2) * unseen_share**2, dtype=np.float64)
