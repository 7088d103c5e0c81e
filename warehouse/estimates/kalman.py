"""Kalman filter and smoother for many scalar series at once: one loop over periods, none over series.

State a' = T a + noise, observation y = z a + error; the errors' variances are known and may differ each period. Leading
axes broadcast, so that one call runs every series under every candidate variance.

Source: Durbin & Koopman (2012), Time Series Analysis by State Space Methods, sections 4.3, 4.4 and 4.10.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A linear Gaussian model with m states; `...` stands for leading axes that broadcast.

    `z` (T, m); `transition` (m, m); `noise` (..., T, m) variances of what is added to each state on the way to a period
    (the first is never used); `mean` (..., m) and `variance` (..., m) of the states in the first period, independent.
    """

    z: FloatArray
    transition: FloatArray
    noise: FloatArray
    mean: FloatArray
    variance: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """What is known after each period, from that period and those before it.

    `state` (..., T, m) and `covariance` (..., T, m, m) after each period; `ahead` and `ahead_covariance` before it;
    `innovation`, `innovation_variance` (..., T), the first NaN where nothing was observed; `log_likelihood` (..., T) of
    all observations up to and including each period; `step`, `step_variance` (..., T): the first state minus what it
    was a period earlier, as the data tell it if nothing is supposed of that step beforehand; NaN in the first period
    and where nothing was observed.
    """

    state: FloatArray
    covariance: FloatArray
    ahead: FloatArray
    ahead_covariance: FloatArray
    innovation: FloatArray
    innovation_variance: FloatArray
    log_likelihood: FloatArray
    step: FloatArray
    step_variance: FloatArray


def run(y: FloatArray, error: FloatArray, model: Model) -> Filtered:
    """Filter.

    Args:
        y: observations, shape (..., T); NaN where there is none.
        error: variance of each observation, same shape; not used where `y` is NaN.
        model: the model; its leading axes broadcast with those of `y`.
    """
    periods, size = model.z.shape
    lead = np.broadcast_shapes(y.shape[:-1], model.noise.shape[:-2], model.mean.shape[:-1], model.variance.shape[:-1])
    state, ahead = np.empty((*lead, periods, size)), np.empty((*lead, periods, size))
    covariance, ahead_covariance = (np.empty((*lead, periods, size, size)) for _ in range(2))
    innovation, spread, step, step_variance = (np.full((*lead, periods), np.nan) for _ in range(4))
    log_likelihood = np.zeros((*lead, periods))
    move, diagonal = model.transition, np.arange(size)
    a = np.broadcast_to(model.mean, (*lead, size)).copy()
    p = np.zeros((*lead, size, size))
    p[..., diagonal, diagonal] = model.variance
    for t in range(periods):
        z = model.z[t]
        if t:
            before, link = a, p @ move.T  # link: covariance of the states before with those now
            was = p[..., 0, 0]
            a, p = a @ move.T, move @ link
            p[..., diagonal, diagonal] += model.noise[..., t, :]
        ahead[..., t, :], ahead_covariance[..., t, :, :] = a, p
        pz = p @ z
        f = pz @ z + np.where(np.isnan(y[..., t]), 1.0, error[..., t])
        there = np.broadcast_to(~np.isnan(y[..., t]), lead) & (f > 0)
        f = np.where(there, f, 1.0)
        v = np.where(there, y[..., t] - a @ z, 0.0)
        if t:
            # A step of unknown size goes wholly into the innovation: the limit of a gain with a vague prior is 1.
            now = (pz - link @ z)[..., 0]  # covariance of the step with the observation
            step[..., t] = np.where(there, a[..., 0] - before[..., 0] + v, np.nan)
            step_variance[..., t] = p[..., 0, 0] + was - 2 * link[..., 0, 0] + f - 2 * now
        k = np.where(there[..., None], pz / f[..., None], 0.0)
        a = a + k * v[..., None]
        p = p - k[..., :, None] * pz[..., None, :]
        state[..., t, :], covariance[..., t, :, :] = a, p
        innovation[..., t], spread[..., t] = np.where(there, v, np.nan), f
        log_likelihood[..., t] = np.where(there, -0.5 * (np.log(2 * np.pi * f) + v**2 / f), 0.0)
    total, step_variance = log_likelihood.cumsum(axis=-1), np.maximum(step_variance, 0.0)
    return Filtered(state, covariance, ahead, ahead_covariance, innovation, spread, total, step, step_variance)


def smooth(model: Model, run_of: Filtered) -> tuple[FloatArray, FloatArray]:
    """Give what is known of each period from all periods: states (..., T, m) and covariances (..., T, m, m)."""
    periods, size = model.z.shape
    states, covariances = np.empty_like(run_of.state), np.empty_like(run_of.covariance)
    r = np.zeros(run_of.state[..., 0, :].shape)
    n = np.zeros(run_of.covariance[..., 0, :, :].shape)
    move = model.transition
    for t in reversed(range(periods)):
        z, p = model.z[t], run_of.ahead_covariance[..., t, :, :]
        v, f = run_of.innovation[..., t], run_of.innovation_variance[..., t]
        there = ~np.isnan(v)
        weight = np.where(there, 1 / f, 0.0)
        k = (p @ z) * weight[..., None]
        # L = I - k z' is what the update leaves of an error; r and n gather what later periods say.
        left = np.eye(size) - k[..., :, None] * z
        back = np.swapaxes(left, -1, -2)
        r = (z * (np.nan_to_num(v) * weight)[..., None]) + (back @ r[..., None])[..., 0]
        n = np.multiply.outer(weight, np.outer(z, z)) + back @ n @ left
        states[..., t, :] = run_of.ahead[..., t, :] + (p @ r[..., None])[..., 0]
        covariances[..., t, :, :] = p - p @ n @ p
        r, n = r @ move, move.T @ n @ move
    return states, covariances
