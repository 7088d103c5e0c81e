"""Poisson log-linear models of overlap tables: designs and fits, many models or many tables in one go.

Design of a capture pattern: intercept (whose exponential estimates the unseen), one column a list, products for pairs
of lists, and for heterogeneity one or more functions of k, the number of lists that saw it, that vanish at k = 0: Chao's
lower bound max(k - j, 0), j = 2..S-1; Poisson a^k - 1; Darroch k^2 / 2; Gamma -log(a + k) + log(a).

Source: Cormack (1989), Biometrics 45; Rivest & Baillargeon (2007), Biometrics 63; Rivest (2011), Biometrics 67.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, xlogy

from warehouse.estimates.closed_form import memberships
from warehouse.estimates.errors import WrongModel

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Heterogeneity = Literal["none", "chao", "poisson", "darroch", "gamma"]

HETEROGENEITY: tuple[Heterogeneity, ...] = ("none", "chao", "poisson", "darroch", "gamma")
DEFAULT_THETA: dict[str, float] = {"poisson": 2.0, "gamma": 3.5}
ROUNDS = 200
TOLERANCE = 1e-10


def heterogeneity_columns(times: FloatArray, occasions: int, kind: Heterogeneity, theta: float | None) -> FloatArray:
    """Return the columns for heterogeneity, shape (C, 0..): functions of the number of `times` seen, shape (C,)."""
    a = theta if theta is not None else DEFAULT_THETA.get(kind, 0.0)
    if kind == "none":
        return np.zeros((len(times), 0))
    if kind == "chao":
        if occasions < 3:
            raise WrongModel("Chao's lower bound as a log-linear model needs three lists or more: use --model chao.")
        return np.stack([np.maximum(times - j, 0) for j in range(2, occasions)], axis=1)
    if kind == "poisson":
        column = a**times - 1
    elif kind == "darroch":
        column = times**2 / 2
    elif kind == "gamma":
        column = -np.log(a + times) + np.log(a)
    else:
        raise WrongModel(f"heterogeneity must be one of {', '.join(HETEROGENEITY)}.")
    return np.asarray(column[:, None], dtype=np.float64)


def without_untold(x: FloatArray, y: FloatArray, bounds: int) -> tuple[FloatArray, int]:
    """Take out those last effects of Chao's bound that no count tells of; give the design and how many effects are left.

    Where nobody was on the most lists they have no maximum: they run below 0, and are out as effects below 0 are.

    Args:
        x: design of the cells used, shape (C, P), the effects last.
        y: counts, shape (C,).
        bounds: how many effects there are; 0 for other models.
    """
    if not bounds:
        return x, 0
    told = int(np.flatnonzero((x[y > 0][:, -bounds:] > 0).any(axis=0)).max(initial=-1)) + 1
    return x[:, : x.shape[1] - bounds + told], told


def design(
    lists: int,
    pairs: list[tuple[int, int]],
    kind: Heterogeneity = "none",
    theta: float | None = None,
    *,
    equal_lists: bool = False,
) -> FloatArray:
    """Return the design of all 2**S patterns, row index = pattern, shape (2**S, P); the first column is the intercept.

    `equal_lists` gives all lists one capture probability (models M0 and Mh); then `pairs` must be empty.
    """
    x = memberships(lists).astype(np.float64)
    k = x.sum(axis=1)
    main = k[:, None] if equal_lists else x
    products = [(x[:, a] * x[:, b])[:, None] for a, b in pairs]
    return np.hstack([np.ones((len(x), 1)), main, *products, heterogeneity_columns(k, lists, kind, theta)])


@dataclass(frozen=True, slots=True)
class Fits:
    """B fits at once.

    `beta` (B, P) with 0 where a parameter was off; `variance` of the intercept (B,); `deviance`, `log_likelihood`,
    `converged`, `smallest` fitted mean among the cells used: each (B,).
    """

    beta: FloatArray
    variance: FloatArray
    deviance: FloatArray
    log_likelihood: FloatArray
    converged: BoolArray
    smallest: FloatArray


def fit_many(
    x: FloatArray,
    y: FloatArray,
    parameters: BoolArray | None = None,
    cells: BoolArray | None = None,
    offset: FloatArray | None = None,
) -> Fits:
    """Fit B Poisson log-linear models by iteratively reweighted least squares.

    Args:
        x: one design for all, shape (C, P).
        y: counts, shape (C,) or (B, C).
        parameters: which columns each model has, shape (B, P); None: all, for every row of `y`.
        cells: which cells each model uses, shape (B, C) or (C,); None: all.
        offset: added to the linear predictor, shape (C,).

    Returns:
        The fits; those that did not converge say so and are not estimates.
    """
    y = np.atleast_2d(y)
    batch = max(len(y), 1 if parameters is None else len(parameters))
    on = np.ones((batch, x.shape[1]), dtype=np.bool_) if parameters is None else parameters
    use = np.ones((batch, x.shape[0])) if cells is None else np.broadcast_to(cells, (batch, x.shape[0])).astype(float)
    y = np.broadcast_to(y, (batch, x.shape[0]))
    shift = np.zeros(x.shape[0]) if offset is None else offset
    idle = (~on).astype(np.float64)
    mu = np.where(use > 0, y + 0.5, 1.0)
    eta = np.log(mu)
    deviance = np.full(batch, np.inf)
    beta = np.zeros((batch, x.shape[1]))
    converged = np.zeros(batch, dtype=np.bool_)
    information = np.zeros((batch, x.shape[1], x.shape[1]))
    rows = np.arange(batch)  # models still moving
    for _ in range(ROUNDS):
        weight = mu[rows] * use[rows]
        target = (eta[rows] - shift) + (y[rows] - mu[rows]) / mu[rows]
        # One design for all: X'WX is linear in the weights, so it is one matrix product over the outer products of X.
        outer = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        hessian = (weight @ outer).reshape(len(rows), x.shape[1], x.shape[1])
        active = on[rows].astype(np.float64)
        hessian = hessian * active[:, :, None] * active[:, None, :]
        idx = np.arange(x.shape[1])
        hessian[:, idx, idx] += idle[rows]
        information[rows] = hessian
        ridge = 1e-12 * np.maximum(hessian[:, idx, idx], 1e-8)
        hessian = hessian.copy()
        hessian[:, idx, idx] += ridge
        step = np.linalg.solve(hessian, (((weight * target) @ x) * active)[:, :, None])[:, :, 0]
        beta[rows] = step
        eta[rows] = np.clip(step @ x.T + shift, -60, 60)
        mu[rows] = np.exp(eta[rows])
        now = _deviance(y[rows], mu[rows], use[rows])
        settled = np.abs(deviance[rows] - now) <= TOLERANCE * (np.abs(now) + 0.1)
        deviance[rows] = now
        converged[rows] = settled
        rows = rows[~settled]
        if not len(rows):
            break
    likelihood = (use * (xlogy(y, mu) - mu - gammaln(y + 1))).sum(axis=1)
    smallest = np.where(use > 0, mu, np.inf).min(axis=1)
    return Fits(beta, _first_variance(information), deviance, likelihood, converged, smallest)


def _deviance(y: FloatArray, mu: FloatArray, use: FloatArray) -> FloatArray:
    return np.asarray(2 * (use * (xlogy(y, np.where(y > 0, y, 1.0) / mu) - (y - mu))).sum(axis=1))


def _first_variance(information: FloatArray) -> FloatArray:
    """Return the first diagonal entry of each inverse; infinite where there is none."""
    result = np.full(len(information), np.inf)
    # A scaled condition number tells a flat direction from mere differences of unit between columns.
    scale = np.sqrt(np.maximum(np.einsum("bii->bi", information), 1e-300))
    scaled = information / scale[:, :, None] / scale[:, None, :]
    sound = np.linalg.cond(scaled) < 1e12
    if sound.any():
        result[sound] = np.linalg.inv(scaled[sound])[:, 0, 0] / scale[sound, 0] ** 2
    return result
