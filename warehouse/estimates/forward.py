"""The forward and backward algorithm over many capture histories at once: likelihood and expected counts.

An individual in state a survives an interval with chance S_a, moves to b with chance psi_ab, and is then seen there with
chance p_b; once gone it is never seen again. What is seen is an event: a state, or a set of states of which one is
right. All rests on each first capture, so nothing is supposed of how individuals enter.

Cost is linear in unique histories and in occasions. By Fisher's identity the expected counts give the exact slope of the
log likelihood, so no numerical differences are needed.

Source: Pradel (2005), Biometrics 61 (multievent models); Rabiner (1989), Proceedings of the IEEE 77, with scaling.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
TINY = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Unique histories, sorted by first capture.

    `events` (H, T): 0 not seen, else the row of `naming`; `counts` (H,); `first` (H,); `naming` (E + 1, M) holds 1 where
    an event may have come from a state (row 0 is not used); `group` (H,) tells them apart where parameters differ.
    """

    events: IntArray
    counts: FloatArray
    first: IntArray
    naming: FloatArray
    group: IntArray

    @classmethod
    def of(cls, events: IntArray, counts: FloatArray, naming: FloatArray, group: IntArray) -> "Observed":
        """Sort histories, none of them empty, by first capture."""
        first = (events > 0).argmax(axis=1)
        order = np.argsort(first, kind="stable")
        return cls(events[order], counts[order], first[order], naming, group[order])

    def of_group(self, g: int) -> "Observed":
        """Take the histories of one group."""
        here = self.group == g
        return Observed(self.events[here], self.counts[here], self.first[here], self.naming, self.group[here])

    def begun(self) -> IntArray:
        """Tell how many histories have begun by each occasion, shape (T,): they stand first."""
        return np.asarray(np.searchsorted(self.first, np.arange(self.events.shape[1]), side="right"))


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """Parameters of one class of individuals: `survival` (T - 1, M), `moves` (M, M), `detection` (T, M)."""

    survival: FloatArray
    moves: FloatArray
    detection: FloatArray

    def emission(self, naming: FloatArray, t: int) -> FloatArray:
        """Give the chance of each event in each state at an occasion, shape (E + 1, M)."""
        told: FloatArray = naming * self.detection[t]
        told[0] = 1 - self.detection[t]
        return told


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """What is known after each occasion: `alive` (T, H, M) and `gone` (T, H) sum to 1 for histories that have begun.

    `scale` (T, H): chance of each event given those before it; `log_likelihood` (H,).
    """

    alive: FloatArray
    gone: FloatArray
    scale: FloatArray
    log_likelihood: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """Expected counts over all histories: who stayed alive and who left (T - 1, M), moves (M, M), seen and unseen (T, M).

    The first capture counts as neither seen nor unseen.
    """

    alive: FloatArray
    left: FloatArray
    moves: FloatArray
    seen: FloatArray
    unseen: FloatArray


def forward(observed: Observed, chances: Chances) -> Filtered:
    """Filter all histories, one occasion after the other."""
    events, begun = observed.events, observed.begun()
    count, occasions = events.shape
    m = observed.naming.shape[1]
    alive, gone = np.zeros((occasions, count, m)), np.zeros((occasions, count))
    scale = np.ones((occasions, count))
    every = np.ones(m)  # sums over short rows are several times faster as products
    start = observed.naming / np.maximum(observed.naming.sum(axis=1, keepdims=True), 1.0)
    for t in range(occasions):
        old = int(begun[t - 1]) if t else 0
        new = slice(old, int(begun[t]))
        alive[t, new] = start[events[new, t]]
        if not old:
            continue
        emission = chances.emission(observed.naming, t)
        survival = chances.survival[t - 1]
        here = (alive[t - 1, :old] @ (survival[:, None] * chances.moves)) * emission[events[:old, t]]
        left = gone[t - 1, :old] + alive[t - 1, :old] @ (1 - survival)
        left[events[:old, t] > 0] = 0.0
        total = np.maximum(here @ every + left, TINY)
        alive[t, :old], gone[t, :old], scale[t, :old] = here / total[:, None], left / total, total
    return Filtered(alive, gone, scale, np.log(scale).sum(axis=0))


def backward(observed: Observed, chances: Chances, filtered: Filtered, weight: FloatArray) -> Expected:
    """Go back over filtered histories and sum what is expected, each history counted `weight` (H,) times."""
    events, begun = observed.events, observed.begun()
    count, occasions = events.shape
    m = observed.naming.shape[1]
    alive, left = np.zeros((occasions - 1, m)), np.zeros((occasions - 1, m))
    seen, unseen, moves = np.zeros((occasions, m)), np.zeros((occasions, m)), np.zeros((m, m))
    later, later_gone = np.ones((count, m)), np.ones(count)
    for t in range(occasions - 1, 0, -1):
        old = int(begun[t - 1])
        if not old:
            break
        event = events[:old, t]
        here = filtered.alive[t, :old] * later[:old]
        nothing = event == 0
        unseen[t] = (weight[:old] * nothing) @ here
        seen[t] = weight[:old] @ here - unseen[t]
        emission = chances.emission(observed.naming, t)
        onward = emission[event] * later[:old] / filtered.scale[t, :old, None]
        onward_gone = np.where(nothing, later_gone[:old] / filtered.scale[t, :old], 0.0)
        before = filtered.alive[t - 1, :old] * weight[:old, None]
        passed = before * chances.survival[t - 1]
        each = chances.moves * (passed.T @ onward)
        moves += each
        alive[t - 1] = each.sum(axis=1)
        left[t - 1] = onward_gone @ (before - passed)
        later[:old] = chances.survival[t - 1] * (onward @ chances.moves.T)
        later[:old] += (1 - chances.survival[t - 1]) * onward_gone[:, None]
        later_gone[:old] = onward_gone
    return Expected(alive, left, moves, seen, unseen)
