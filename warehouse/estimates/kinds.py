"""Kinds of individuals: residents and movers, and two who stay under one identity. Chances, never a verdict on anybody."""

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from warehouse.estimates import multistate, shared, sighted
from warehouse.estimates.forward import TINY, Chances, Observed, forward
from warehouse.estimates.multistate import MultistateFit, Prior
from warehouse.estimates.tables import Histories

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ROUNDS = 30  # of expectation-maximisation, long after it stands still


def best(data: Histories, share: FloatArray, prior: Prior, starts: int, seed: int) -> MultistateFit:
    """Fit one class and two and take what explains more."""
    found = [
        multistate.fit(data, classes=c, detection_offset=share, prior=prior, starts=starts, seed=seed) for c in (1, 2)
    ]
    return min(found, key=lambda one: one.aic)


def chance_of_two(
    masks: IntArray, k: int, share: FloatArray, prior: Prior, share_of_two: float, seed: int
) -> FloatArray:
    """Give the chance that each individual is two who stay, shape (I,): by all that its weeks name, and what is audited."""
    if share_of_two <= 0:
        return np.zeros(len(masks))
    data, history = sighted.histories(masks, k)
    fit, observed = best(data, share, prior, 1, seed), observed_of_all(data)
    odds = shared.log_odds(observed, fit.layout.chances(fit.theta), log_likelihood(observed, fit))
    return np.asarray(expit(odds + logit(share_of_two))[history])


def observed_of_all(data: Histories) -> Observed:
    """Turn histories of one group into events."""
    return multistate.observed_of(data, data.state_count, np.zeros(len(data.counts), dtype=np.int64))


def classes(observed: Observed, fit: MultistateFit, theta: FloatArray) -> tuple[list[Chances], FloatArray]:
    """Give the chances of each class and the log share of each, by history, shape (C, H)."""
    each = [fit.layout.chances(theta, c) for c in range(fit.layout.classes)]
    if len(each) == 1:
        return each, np.zeros((1, len(observed.counts)))
    share = fit.layout.share(theta)
    return each, np.log(np.maximum(np.array([1 - share, share]), TINY))[:, (observed.first > 0).astype(np.int64)]


def log_likelihood(observed: Observed, fit: MultistateFit) -> FloatArray:
    """Give the log likelihood of each history over the classes, shape (H,)."""
    each, log_class = classes(observed, fit, fit.theta)
    found = np.array([forward(observed, chances).log_likelihood for chances in each])
    return np.asarray(np.logaddexp.reduce(log_class + found, axis=0))


def log_odds(observed: Observed, fit: MultistateFit) -> FloatArray:
    """Give the log odds that each history is a mover's, shape (H,); -infinity where there is one class."""
    each, log_class = classes(observed, fit, fit.theta)
    if len(each) == 1:
        return np.full(len(observed.counts), -np.inf)
    settled, moving = (forward(observed, chances).log_likelihood for chances in each)
    return np.asarray(log_class[1] - log_class[0] + moving - settled)


def restless(
    states: IntArray, where: IntArray, only: IntArray, log_odds: FloatArray, rounds: int = ROUNDS
) -> FloatArray:
    """Give the log odds of being a mover that changes of municipality within a state add for each individual, shape (I,).

    The model of states does not see these.

    Args:
        states: state seen in each week, 1..K, 0 or less where none, shape (I, T).
        where: municipality in which it was seen, shape (I, T).
        only: the one municipality of a state, -1 where it has several, shape (K,).
        log_odds: of being a mover, by states, shape (I,).
        rounds: of expectation-maximisation for how often each class changes.
    """
    pair = (states[:, 1:] > 0) & (states[:, 1:] == states[:, :-1]) & (where[:, 1:] >= 0) & (where[:, :-1] >= 0)
    pair &= only[np.maximum(states[:, 1:], 1) - 1] < 0
    row, week = np.nonzero(pair)
    cell = row * len(only) + states[row, week] - 1
    shape = (len(states), len(only))
    total = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    changed = np.bincount(cell, where[row, week] != where[row, week + 1], shape[0] * shape[1]).reshape(shape)
    told = np.zeros(len(states))
    if not np.isfinite(log_odds).any():
        return told
    for _ in range(rounds):
        mover = expit(log_odds + told)
        # Half a change and half a stay more than seen: no class is held to change always or never.
        settled, moving = ((weight @ changed + 0.5) / (weight @ total + 1.0) for weight in (1 - mover, mover))
        told = changed @ np.log(moving / settled) + (total - changed) @ np.log((1 - moving) / (1 - settled))
    return np.asarray(told)
