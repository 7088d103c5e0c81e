"""Which histories look like two advertisers under one identity: two who stay, at two places, seen now here, now there.

Taken for one person they would move every week. An audit tells which share of identities is so; which of them, follows
from what two who stay would have shown against what one who moves would have. Chances, never a verdict on anybody.
"""

import numpy as np
import numpy.typing as npt

from warehouse.estimates.forward import TINY, Chances, Observed

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def log_odds(observed: Observed, chances: Chances, log_likelihood: FloatArray) -> FloatArray:
    """Give how much likelier each history is as that of two who stay than as one person's, shape (H,), as a logarithm.

    Args:
        observed: the histories.
        chances: of those who stay: survival and detection are taken, moves are not.
        log_likelihood: of each history after its first capture, as one person's, shape (H,).
    """
    naming, events = observed.naming, observed.events
    start = events[np.arange(len(events)), observed.first]
    a, b = np.triu_indices(naming.shape[1], 1)
    if not len(a) or not len(events):
        return np.full(len(events), -np.inf)
    weight = naming.T @ (np.bincount(start, observed.counts, len(naming)) / np.maximum(naming.sum(axis=1), 1.0))
    weight = weight / weight.sum()
    chance = weight[a] * weight[b] / (weight[a] * weight[b]).sum()
    first = _emissions(naming, chances.detection.mean(axis=0), a, b)
    first[0] = 0.0
    joint = chance * first[start] / (chance * first.sum(axis=0)).sum()
    two = np.log(np.maximum(joint.sum(axis=1), TINY))
    alive, gone = joint / np.maximum(joint.sum(axis=1, keepdims=True), TINY), np.zeros(len(events))
    for t in range(1, events.shape[1]):
        # Whether one of two has gone is not followed: they stay and go as one.
        stay = chances.survival[t - 1][a]
        here = alive * stay * _emissions(naming, chances.detection[t], a, b)[events[:, t]]
        left = np.where(events[:, t] == 0, gone + (alive * (1 - stay)).sum(axis=1), 0.0)
        whole, on = np.maximum(here.sum(axis=1) + left, TINY), observed.first < t
        two += np.where(on, np.log(whole), 0.0)
        alive = np.where(on[:, None], here / whole[:, None], alive)
        gone = np.where(on, left / whole, gone)
    one = log_likelihood + np.log(weight @ naming.T[:, start]) + _naming(observed)
    return np.asarray(two - one)


def _emissions(naming: FloatArray, p: FloatArray, a: IntArray, b: IntArray) -> FloatArray:
    """Give the chance of each event for each pair of places, shape (E + 1, pairs): both are seen, or one, or none."""
    at_a, at_b = naming[:, a] > 0, naming[:, b] > 0
    within = naming.sum(axis=1)[:, None] == at_a.astype(float) + at_b
    told = np.where(at_a, p[a], 1 - p[a]) * np.where(at_b, p[b], 1 - p[b]) * within
    told[0] = (1 - p[a]) * (1 - p[b])
    return np.asarray(told)


def _naming(observed: Observed) -> FloatArray:
    """Log chance that one person's events name several places or one, shape (H,): as often as is seen of all."""
    several = observed.naming.sum(axis=1) > 1
    seen = observed.events > 0
    many = float((several[observed.events].sum(axis=1) * observed.counts).sum())
    often = min(max(many / float((seen.sum(axis=1) * observed.counts).sum()), 1e-3), 0.5)
    told = np.where(several, np.log(often / max(observed.naming.shape[1] - 1, 1)), np.log(1 - often))
    told[0] = 0.0
    return np.asarray(told[observed.events].sum(axis=1))
