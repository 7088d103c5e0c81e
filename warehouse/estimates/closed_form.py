"""Estimators with a closed form: Chapman, Chao's lower bounds, Zelterman, Good-Turing coverage, Darroch's independence.

Functions of `counts` are vectorised over leading axes: shape (..., 2**S), indexed by the capture pattern as a binary
number (bit s set: seen on list s); the entry of pattern 0 is ignored.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warehouse.estimates.errors import TooFewRecaptures

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NORMAL = 1.959963984540054  # 97.5 % point
MINIMUM_RECAPTURES = 7  # Chapman's estimator is unbiased to first order from seven recaptures on (Robson & Regier 1964)


@dataclass(frozen=True, slots=True)
class Point:
    """A closed-form estimate: `n` advertisers with standard error `se`, both in advertisers."""

    n: float
    se: float


def log_normal_interval(observed: float, n: float, se: float) -> tuple[float, float]:
    """Return the ends of a 95 % interval that is log-normal on the unseen, so that it never goes below what was seen.

    Source: Burnham et al. (1987), American Fisheries Society Monograph 5; Chao (1987), Biometrics 43.

    >>> [round(end) for end in log_normal_interval(1202, 2382.8, 129.1)]
    [2156, 2664]
    """
    unseen = n - observed
    if unseen <= 0:
        return n, n
    spread = np.exp(NORMAL * np.sqrt(np.log1p((se / unseen) ** 2)))
    return float(observed + unseen / spread), float(observed + unseen * spread)


def list_count(counts: npt.NDArray[np.float64] | npt.NDArray[np.int64]) -> int:
    """Return S of an array whose last axis has length 2**S."""
    return int(counts.shape[-1]).bit_length() - 1


def memberships(lists: int) -> IntArray:
    """Return the 0/1 matrix of all patterns, shape (2**S, S), row index = pattern number.

    >>> memberships(2).tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    return ((np.arange(2**lists)[:, None] >> np.arange(lists)[None, :]) & 1).astype(np.int64)


def times_seen(counts: FloatArray) -> FloatArray:
    """Return f_0..f_S, shape (..., S + 1): identities seen on exactly k lists; f_0 is returned as 0."""
    lists = list_count(counts)
    k = memberships(lists).sum(axis=1)
    onto = (k[:, None] == np.arange(lists + 1)[None, :]) & (np.arange(2**lists) > 0)[:, None]
    return np.asarray(counts @ onto.astype(np.float64))


def chapman(first: int, second: int, both: int) -> Point:
    """Estimate a closed population from two independent lists.

    Args:
        first: distinct identities on the first list.
        second: distinct identities on the second list, chosen independently.
        both: those on both; at most `min(first, second)`.

    Returns:
        Size of the population and its standard error, in advertisers.

    Raises:
        TooFewRecaptures: `both` is under seven.
        ValueError: `both` exceeds one of the lists, or a count is negative.

    Source: Chapman (1951), University of California Publications in Statistics 1; variance from Seber (1970),
    Biometrika 57. Assumes independent lists, nobody comes or goes.

    >>> round(chapman(948, 421, 167).n, 1)
    2382.8
    """
    if min(first, second, both) < 0 or both > min(first, second):
        raise ValueError("chapman() wants 0 <= both <= min(first, second); check the order of the arguments")
    if both < MINIMUM_RECAPTURES:
        raise TooFewRecaptures(both, MINIMUM_RECAPTURES)
    n = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    return Point(n, float(np.sqrt(variance)))


def chao(frequencies: npt.ArrayLike) -> Point:
    """Lower bound from how often each was seen, `frequencies` = (f_1, f_2, ...), number of occasions unbounded.

    N = n + f_1^2 / (2 f_2). The standard error counts Poisson variation of the unseen too, as for log-linear fits.

    Raises:
        TooFewRecaptures: nobody was seen twice.

    Source: Chao (1987), Biometrics 43; as log-linear bound: Rivest & Baillargeon (2007), Biometrics 63.
    """
    f = np.asarray(frequencies, dtype=np.float64)
    if f.size < 2 or f[1] <= 0:
        raise TooFewRecaptures(0, 1)
    unseen = f[0] ** 2 / (2 * f[1])
    # log(f0) = 2 log f1 - log(2 f2), Poisson cells: delta method.
    variance = 4 / f[0] + 1 / f[1] if f[0] > 0 else 0.0
    return Point(float(f.sum() + unseen), float(np.sqrt(unseen + unseen**2 * variance)))


def chao_floor(counts: npt.ArrayLike) -> FloatArray:
    """Lower bound on the population from the overlaps of S >= 2 lists of unequal size, shape (...).

    n + (f_1^2 - sum_s z_s^2) / (2 (f_2 + 1)), z_s = identities on list s only. Under heterogeneity of any shape this is
    a lower bound on the mean; with S = 2 it is Chapman's estimate. Needs no recapture to be finite.

    Source: Chao (1989), Biometrics 45, eq. for model M_t, bias-corrected.

    >>> round(float(chao_floor([0, 781, 254, 167])), 1)
    2382.8
    """
    table = np.asarray(counts, dtype=np.float64)
    lists = list_count(table)
    f = times_seen(table)
    singles = table[..., 2 ** np.arange(lists)]
    unseen = (f[..., 1] ** 2 - (singles**2).sum(axis=-1)) / (2 * (f[..., 2] + 1))
    return np.asarray(f.sum(axis=-1) + unseen)


def zelterman(frequencies: npt.ArrayLike) -> Point:
    """Estimate from those seen once and twice only, `frequencies` = (f_1, f_2, ...).

    N = n / (1 - exp(-L)), L = 2 f_2 / f_1: the rate is told by those seldom seen, who resemble the unseen most. The
    variance is that of the sampling of n plus that of L by the delta method. Where many are seen often it lies above
    Chao's bound and can be far too high: a diagnostic.

    Raises:
        TooFewRecaptures: nobody was seen twice.

    Source: Zelterman (1988), J. Statistical Planning and Inference 18; variance: Boehning (2008), Statistical
    Methodology 5.

    >>> round(zelterman([1645, 183, 37, 13, 1, 1]).n)
    9425
    """
    f = np.asarray(frequencies, dtype=np.float64)
    if f.size < 2 or f[1] <= 0:
        raise TooFewRecaptures(0, 1)
    n = float(f.sum())
    if f[0] == 0:  # nobody was seen only once: the rate is infinite and nobody is missed
        return Point(n, 0.0)
    rate = 2 * f[1] / f[0]
    missed, seen = float(np.exp(-rate)), float(-np.expm1(-rate))
    odds = missed / seen**2
    variance = n * odds + (n * odds * rate) ** 2 * (1 / f[0] + 1 / f[1])
    return Point(n / seen, float(np.sqrt(variance)))


def good_turing(counts: npt.ArrayLike) -> FloatArray:
    """Sample coverage in [0, 1]: 1 - f_1 / sum_k k f_k, shape (...); 0 for an empty table.

    Source: Good (1953), Biometrika 40, for incidence counts.

    >>> round(float(good_turing([0, 781, 254, 167])), 4)
    0.244
    """
    table = np.asarray(counts, dtype=np.float64)
    f = times_seen(table)
    total = f @ np.arange(f.shape[-1], dtype=np.float64)
    return np.where(total > 0, 1 - f[..., 1] / np.where(total > 0, total, 1.0), 0.0)


def darroch(counts: npt.ArrayLike, *, rounds: int = 200) -> tuple[FloatArray, FloatArray]:
    """Maximum likelihood under independent lists (M_t), vectorised: (N, variance of log(N - n)), each shape (...).

    Solves 1 - n/N = prod_s (1 - n_s/N) by bisection. Tables without recapture give N = inf.

    Source: Darroch (1958), Biometrika 45.
    """
    table = np.asarray(counts, dtype=np.float64).copy()
    table[..., 0] = 0
    lists = list_count(table)
    marginals = table @ memberships(lists).astype(np.float64)
    n = table.sum(axis=-1)
    recaptured = (times_seen(table)[..., 2:].sum(axis=-1) > 0) & (n > 0)
    lower, upper = n.copy(), np.maximum(n, 1.0) ** 2 + 1.0
    # Bisection on N: the left side minus the right side changes sign once above n.
    for _ in range(rounds):
        middle = (lower + upper) / 2
        safe = np.maximum(middle, 1e-12)[..., None]
        gap = (1 - n / safe[..., 0]) - np.prod(1 - np.minimum(marginals / safe, 1.0), axis=-1)
        # Each row ends by itself: a table's answer is the same bits whatever tables stand beside it.
        moving = upper - lower >= 1e-9 * np.maximum(upper, 1.0)
        if not moving.any():
            break
        upper = np.where(moving & (gap > 0), middle, upper)
        lower = np.where(moving & (gap <= 0), middle, lower)
    size = np.where(recaptured, (lower + upper) / 2, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.minimum(marginals / size[..., None], 1 - 1e-9)
        information = 1 / np.prod(1 - p, axis=-1) + lists - 1 - (1 / (1 - p)).sum(axis=-1)
        unseen = np.maximum(size - n, 0.5)
        variance = np.where(recaptured & (information > 0), size / np.maximum(information, 1e-12) / unseen**2, np.inf)
    return size, np.asarray(variance)
