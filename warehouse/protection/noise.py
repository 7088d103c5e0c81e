"""Cell-key noise: the same set of identities always gets the same error.

Which error law? Among all laws on the whole numbers of a support S with mean zero and a given variance v, the one of
greatest entropy assumes least and so gives away least. Maximise -sum p_k log p_k under sum p_k = 1, sum k p_k = 0,
sum k^2 p_k = v: setting the derivative of the Lagrangian to zero gives p_k proportional to exp(a k + b k^2). Its dual
is the convex function log sum_k exp(a k + b k^2) - b v of (a, b); its gradient is (mean, second moment - v) and its
Hessian the covariance matrix of (k, k^2), so Newton's method with step halving finds it. With mean zero a variance
can be at most -min(S) max(S) (Bhatia and Davis 2000: at most (max - mean)(mean - min)); beyond it there is no law.

A count of n may not become negative, so S = {-min(n, bound), ..., bound}; n = 0 is a structural zero and stays zero;
from n = bound on, every count has the same symmetric law. n = 1 .. bound - 1 are solved the same way although the
threshold keeps such cells from being published at all.

Which draw? u = first 64 bits of HMAC-SHA-256(record key, kind, cell number), turned into an error by the law's
cumulative table. The cell number is a hash of the sum of the record numbers of the identities in the cell. Area, class and
period are left out of the message on purpose: a set of people that has not changed keeps one error whichever heading
or day it is published under, so that averaging over headings and days gains nothing; one person more or less gives
an unrelated error.

Sources: cell-key method as used by the Australian and European statistical offices (Fraser and Wooton 2005; Marley
and Leaver 2011); maximum-entropy perturbation tables: Giessing (2016).
"""

import hmac
from bisect import bisect_right
from functools import lru_cache
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from warehouse.protection.errors import NoSuchNoise
from warehouse.protection.rules import NoiseRule

FloatArray = npt.NDArray[np.float64]


def solve(support: tuple[int, ...], variance: float) -> FloatArray:
    """Find the law of greatest entropy on `support` with mean zero and the given variance.

    Args:
        support: distinct whole numbers, ascending.
        variance: in squared units of the support.

    Returns:
        Probabilities in the order of `support`; they sum to one.

    Raises:
        NoSuchNoise: no law on this support has mean zero and this variance with every outcome possible.
    """
    k = np.asarray(support, dtype=np.float64)
    if variance == 0.0 and 0 in support:
        return np.asarray(k == 0, dtype=np.float64)
    if not 0.0 < variance < -float(k.min()) * float(k.max()):
        raise NoSuchNoise(f"no noise on {support[0]}..{support[-1]} has mean 0 and variance {variance}; choose another")
    moments = np.stack([k, k * k])
    target = np.array([0.0, variance])
    theta = np.zeros(2)

    def law(at: FloatArray) -> tuple[FloatArray, float]:
        exponent = at @ moments
        top = exponent.max()
        weight = np.exp(exponent - top)
        total = weight.sum()
        return weight / total, float(top + np.log(total) - at @ target)

    p, height = law(theta)
    for _ in range(200):
        mean = moments @ p
        gradient = mean - target
        if np.abs(gradient).max() < 1e-13:
            return p
        centred = moments - mean[:, None]
        step = np.linalg.solve((centred * p) @ centred.T, gradient)
        scale = 1.0
        while scale > 1e-12:
            candidate, lower = law(theta - scale * step)
            if lower <= height + 1e-15:
                break
            scale /= 2
        theta, p, height = theta - scale * step, candidate, lower
    if np.abs(moments @ p - target).max() < 1e-9:
        return p
    raise NoSuchNoise(f"the noise law on {support[0]}..{support[-1]} was not found; choose another variance")


def support_of(count: int, bound: int) -> tuple[int, ...]:
    """Errors that a cell of `count` identities may get: never below zero, a zero stays zero."""
    if count <= 0:
        return (0,)
    return tuple(range(-min(count, bound), bound + 1))


@lru_cache(maxsize=64)
def law(count: int, rule: NoiseRule) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Errors and their probabilities for a cell of `count` identities.

    >>> errors, p = law(40, NoiseRule())
    >>> errors[0], errors[-1], round(p[5], 3)
    (-5, 5, 0.229)
    """
    support = support_of(min(count, rule.bound), rule.bound)
    variance = 0.0 if len(support) == 1 else rule.variance
    return support, tuple(float(value) for value in solve(support, variance))


@lru_cache(maxsize=64)
def _steps(count: int, rule: NoiseRule) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Cumulative law on 64-bit whole numbers, so that a draw never hangs on how a float is rounded."""
    support, p = law(count, rule)
    cumulative = np.cumsum(p)[:-1]
    return support, tuple(int(value * (1 << 40)) << 24 for value in cumulative)


def uniform(record_key: bytes, kind: str, cell_number: int) -> int:
    """Draw a 64-bit whole number that only the record key's holder can foretell.

    Args:
        record_key: 32 secret bytes.
        kind: cube the cell belongs to; one alphabet of cells, one sequence.
        cell_number: the same for the same identities, below 2^63 (`warehouse.estimates.counting.sealed`).
    """
    message = b"advertentiemonitor/noise/" + kind.encode() + b"/" + cell_number.to_bytes(8, "big")
    return int.from_bytes(hmac.digest(record_key, message, sha256)[:8], "big")


def draw(record_key: bytes, kind: str, cell_number: int, count: int, rule: NoiseRule) -> int:
    """Draw the error, in advertisers, that this set of identities always gets."""
    support, steps = _steps(min(max(count, 0), rule.bound), rule)
    return support[bisect_right(steps, uniform(record_key, kind, cell_number))]
