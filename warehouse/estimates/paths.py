"""Where individuals were in weeks in which nobody saw them: paths drawn from what was seen, and completed.

Three things are hidden in capture histories, and each is drawn in turn. Where somebody was between sightings, and whether
she had gone by the end: forward filter, backward sample. How long she had been there before anybody saw her: by how many
first captures are late ones. And who is the same person under a new identity: some who seem to have gone went on under
another one, and are tied to one that begins there the week after. Which one is drawn at random, so that counts come out
right and nobody is told apart.

Source: Carter & Kohn (1994), Biometrika 81 (backward sampling); Crosbie & Manly (1985), Biometrics 41, Schwarz & Arnason
(1996), Biometrics 52 (entries from first captures); Lahiri & Larsen (2005), JASA 100 (error of links in later estimates).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from warehouse.estimates.forward import Chances, Filtered, Observed

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

ABSENT = -1
BLIND = 0.02  # under this chance of being seen a week tells nothing of who entered
MOST = 0.95  # of a chance that is a ratio of estimates


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Weekly states of I individuals: `state` (I, T), 0..M-1, `ABSENT` before entry and after exit.

    `is_mover` (I,) is the class. `is_lost` (I,): its end is none, it went on under another identity; `is_continued` (I,): its
    beginning is none. `weeks_of` (I, T): row of the input whose sighting belongs to that week.
    """

    state: IntArray
    is_mover: BoolArray
    is_lost: BoolArray
    is_continued: BoolArray
    weeks_of: IntArray

    def entry(self) -> IntArray:
        """Give the first week of each individual, shape (I,)."""
        return np.asarray((self.state >= 0).argmax(axis=1))


def draw(
    observed: Observed,
    rows: IntArray,
    each: Sequence[tuple[Chances, Filtered]],
    log_class: FloatArray,
    beside: FloatArray,
    rng: np.random.Generator,
) -> Paths:
    """Draw a path for each individual, from the first capture on.

    Args:
        observed: H unique histories.
        rows: history of each individual, shape (I,).
        each: chances of a class, and the histories filtered with them, for one class or two.
        log_class: log share of each class by history, shape (C, H).
        beside: what else speaks for each individual being of the second class, as log odds, shape (I,).
        rng: of the draw.
    """
    is_mover = np.zeros(len(rows), dtype=np.bool_)
    if len(each) > 1:
        joint = log_class + np.array([filtered.log_likelihood for _, filtered in each])
        is_mover = rng.random(len(rows)) < expit((joint[1] - joint[0])[rows] + beside)
    occasions = observed.events.shape[1]
    state = np.full((len(rows), occasions), ABSENT, dtype=np.int64)
    for which, (chances, filtered) in enumerate(each):
        mine = np.flatnonzero(is_mover == bool(which))
        state[mine] = _backward(rows[mine], chances, filtered, rng)
    state[np.arange(occasions) < observed.first[rows][:, None]] = ABSENT
    own = np.broadcast_to(np.arange(len(rows))[:, None], state.shape).copy()
    neither = np.zeros(len(rows), dtype=np.bool_)
    return Paths(state, is_mover, neither, neither, own)


def _backward(rows: IntArray, chances: Chances, filtered: Filtered, rng: np.random.Generator) -> IntArray:
    occasions, _, m = filtered.alive.shape
    state = np.full((len(rows), occasions), ABSENT, dtype=np.int64)
    # One column more than states: it stands for gone, so that moves to it and from it are a table like any other.
    weight = np.concatenate([filtered.alive[-1, rows], filtered.gone[-1, rows, None]], axis=1)
    into = np.zeros((m + 1, m + 1))
    now = _choose(weight, rng)
    state[:, -1] = now
    for t in range(occasions - 2, -1, -1):
        into[:m, :m] = chances.survival[t][:, None] * chances.moves
        into[:m, m] = 1 - chances.survival[t]
        into[m, m] = 1.0
        weight = np.concatenate([filtered.alive[t, rows], filtered.gone[t, rows, None]], axis=1)
        now = _choose(weight * into[:, now].T, rng)
        state[:, t] = now
    return np.where(state == m, ABSENT, state)


def _choose(weight: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw a column of each row in proportion to its weight."""
    upto = weight.cumsum(axis=1)
    return np.asarray((upto < rng.random(len(weight))[:, None] * upto[:, -1:]).sum(axis=1).clip(0, weight.shape[1] - 1))


def extend(paths: Paths, into: FloatArray, detection: FloatArray, rng: np.random.Generator) -> Paths:
    """Draw how long individuals had been there, unseen, before their first capture.

    Those unseen at t come from first captures: if F were captured first at a chance p, F (1 - p) / p were there and were
    not. So many of them stay, move and are captured first a week later; the rest of those is new.

    Args:
        paths: from the first capture on.
        into: chance to go on from one state to another, shape (M, M); rows sum to survival.
        detection: chance to be seen, shape (T, M).
        rng: of the draw.
    """
    state, m = paths.state.copy(), len(into)
    entry = paths.entry()
    occasions = state.shape[1]
    late: list[FloatArray] = [
        np.zeros((m, m))
    ]  # for each week: share of its first captures that were in a state before
    unseen = np.zeros(m)
    for t in range(occasions):
        first = np.bincount(state[entry == t, t], minlength=m).astype(np.float64)
        p = detection[t]
        coming = unseen[:, None] * into
        if t:
            whole = np.maximum(first / np.maximum(p, BLIND), coming.sum(axis=0) / MOST)
            late.append(coming / np.maximum(whole, 1e-12))
        unseen = np.where(p > BLIND, first * (1 - p) / np.maximum(p, BLIND), coming.sum(axis=0))
    for t in range(occasions - 1, 0, -1):
        new = np.flatnonzero(entry == t)
        share = late[t][:, state[new, t]].T
        before = _choose(np.concatenate([share, np.maximum(1 - share.sum(axis=1, keepdims=True), 0.0)], axis=1), rng)
        older = before < m
        state[new[older], t - 1] = before[older]
        entry[new[older]] = t - 1
    return replace(paths, state=state)


def rejoin(
    paths: Paths, each: Sequence[Chances], seen_in: tuple[IntArray, IntArray], lost: float, rng: np.random.Generator
) -> Paths:
    """Tie some of those who seem to have gone to identities that begin a week later, as a new identity of theirs.

    Who stays goes on in the municipality where she was: such two become one path. Where none begins there, or where she moved,
    any that begins in that state will do: it is no new arrival then and she is no exit, and they stay two.

    Args:
        paths: completed.
        each: chances of each class, in which survival is that of identities.
        seen_in: municipality in which each individual was seen first and last, shape (I,) each.
        lost: weekly chance that who goes on does so under another identity.
        rng: of the draw.
    """
    if lost <= 0:
        return paths
    state, weeks_of = paths.state.copy(), paths.weeks_of.copy()
    is_lost, is_continued = paths.is_lost.copy(), paths.is_continued.copy()
    entry, is_dropped = paths.entry(), np.zeros(len(state), dtype=np.bool_)
    which = paths.is_mover.astype(np.int64)
    first, last = seen_in
    for t in range(state.shape[1] - 2, -1, -1):  # backward, so that what follows a new identity is tied to it already
        ended = np.flatnonzero((state[:, t] >= 0) & (state[:, t + 1] == ABSENT) & ~is_lost)
        stays = np.array([chances.survival[t] for chances in each])[which[ended], state[ended, t]]
        false = np.minimum(lost * stays / ((1 - lost) * np.maximum(1 - stays, 1e-12)), MOST)
        ended = ended[rng.random(len(ended)) < false]
        if not len(ended):
            continue
        to = _choose(np.array([chances.moves for chances in each])[which[ended], state[ended, t]], rng)
        new = rng.permutation(np.flatnonzero((entry == t + 1) & ~is_dropped & (state[:, t + 1] >= 0)))
        at_home = to == state[ended, t]
        here = ended[at_home]
        towns = int(max(first.max(initial=0), last.max(initial=0))) + 2  # one more for none
        a, b = _pairs(here, state[here, t] * towns + last[here], new, state[new, t + 1] * towns + first[new])
        state[a, t + 1 :], weeks_of[a, t + 1 :], is_lost[a] = state[b, t + 1 :], weeks_of[b, t + 1 :], is_lost[b]
        is_dropped[b] = True
        left, free = ~np.isin(ended, a), new[~np.isin(new, b)]
        _, others = _pairs(ended[left], to[left], free, state[free, t + 1])
        is_lost[ended[left]], is_continued[others] = True, True
    kept = ~is_dropped
    return Paths(state[kept], paths.is_mover[kept], is_lost[kept], is_continued[kept], weeks_of[kept])


def _pairs(ones: IntArray, wanted: IntArray, others: IntArray, offered: IntArray) -> tuple[IntArray, IntArray]:
    """Pair those whose keys are equal, each once, in the order in which they stand."""
    parts = [(ones[wanted == key], others[offered == key]) for key in np.unique(wanted)]
    sizes = [min(len(a), len(b)) for a, b in parts]
    none = np.empty(0, dtype=np.int64)
    return (
        np.concatenate([none, *(a[:n] for (a, _), n in zip(parts, sizes, strict=True))]),
        np.concatenate([none, *(b[:n] for (_, b), n in zip(parts, sizes, strict=True))]),
    )
