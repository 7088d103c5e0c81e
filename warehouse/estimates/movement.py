"""Flows between places within a block of weeks, with arrivals and exits: F_ab = N_a S_a psi_ab, never counts of moves.

STATISTICS 3. Weekly states, detection estimated per state next to the known completeness of the crawls, weak priors
so that few data give wide intervals and not a boundary. N_a is the volume estimate of the state in that week. Sums run
over all weeks of the block: a flow is what moves out of the place in these weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from warehouse.estimates import multistate
from warehouse.estimates.errors import NotIdentifiable, TooFewRecaptures

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MINIMUM_SEEN_AGAIN = 20
MINIMUM_SEEN = 10
ENTRY, EXIT = "NEW", "EXIT"


@dataclass(frozen=True, slots=True)
class Flow:
    """Moves from `origin` to `destination` in the block: median and 95 % interval, or a refusal.

    `observed` holds the rows (positions) of the individuals seen to make this change, for thresholds only.
    """

    origin: str
    destination: str
    observed: tuple[int, ...] = field(repr=False)
    point: float | None
    lower: float | None
    upper: float | None
    refusal: str | None


def observed_changes(states: IntArray, k: int) -> dict[tuple[int, int], tuple[int, ...]]:
    """Tell who was seen to change: {(from, to): rows}; from 0 = not seen before, to 0 = not seen after.

    States are 1..K at consecutive sightings, however many weeks apart. First sightings in the first week and last ones
    in the last week are no changes.
    """
    found: dict[tuple[int, int], list[int]] = {}
    for row, history in enumerate(states):
        weeks = np.flatnonzero(history)
        if not len(weeks):
            continue
        changes = {(int(history[a]), int(history[b])) for a, b in pairwise(weeks)}
        if weeks[0] > 0:
            changes.add((0, int(history[weeks[0]])))
        if weeks[-1] < len(history) - 1:
            changes.add((int(history[weeks[-1]]), 0))
        for change in changes:
            found.setdefault(change, []).append(row)
    return {(a, b): tuple(found.get((a, b), ())) for a in range(k + 1) for b in range(k + 1) if a != b}


def flows(
    states: npt.ArrayLike,
    names: Sequence[str],
    expansion: FloatArray,
    *,
    completeness: npt.ArrayLike | None = None,
    seed: int = 0,
    starts: int = 5,
) -> tuple[list[Flow], multistate.MultistateFit]:
    """Estimate all flows between K states, from NEW and to EXIT.

    Args:
        states: weekly states of individuals, shape (I, T): 0 not seen, 1..K.
        names: of the K states.
        expansion: draws of (advertisers / seen) for each state, shape (D, K).
        completeness: share of what could be seen in each week, broadcast to (T, K).
        seed: of the draws.
        starts: random starts of the fit.

    Returns:
        One flow a pair of different states, and the fit. A state with under ten individuals has refused flows.

    Raises:
        TooFewRecaptures: under twenty individuals were seen in two weeks or more.
        NotIdentifiable: the likelihood is flat even with weak priors.
    """
    y = np.asarray(states, dtype=np.int64)
    k, weeks = len(names), y.shape[1]
    again = int(((y > 0).sum(axis=1) > 1).sum())
    if again < MINIMUM_SEEN_AGAIN:
        raise TooFewRecaptures(again, MINIMUM_SEEN_AGAIN)
    present = np.array([(y == a).any(axis=1).sum() for a in range(1, k + 1)])
    used = [a for a in range(1, k + 1) if present[a - 1] >= MINIMUM_SEEN]
    if not used:
        raise TooFewRecaptures(int(present.max(initial=0)), MINIMUM_SEEN)
    renumber = np.zeros(k + 1, dtype=np.int64)
    renumber[used] = np.arange(1, len(used) + 1)
    offset = None
    if completeness is not None:
        offset = np.broadcast_to(np.asarray(completeness, dtype=np.float64), (weeks, k))[:, [a - 1 for a in used]]
    fit = multistate.fit(renumber[y], detection_offset=offset, prior=multistate.Prior(), starts=starts, seed=seed)
    if not fit.identifiable:
        raise NotIdentifiable("flat even with weak priors")
    rng = np.random.default_rng(np.random.SeedSequence([seed % 2**63, 3]))
    draws = _draw_flows(y, used, expansion, fit, rng)
    changes = observed_changes(y, k)
    result = []
    for a in range(k + 1):
        for b in range(k + 1):
            if a == b:
                continue
            ends = (names[a - 1] if a else ENTRY, names[b - 1] if b else EXIT)
            if all(end == 0 or end in used for end in (a, b)):
                place = {state: i for i, state in enumerate([*used, 0])}
                lower, point, upper = (float(q) for q in np.quantile(draws[:, place[a], place[b]], (0.025, 0.5, 0.975)))
                result.append(Flow(*ends, changes[a, b], point, lower, upper, None))
            else:
                result.append(Flow(*ends, changes[a, b], None, None, None, "too_few_seen"))
    return result, fit


def _draw_flows(
    y: IntArray, used: list[int], expansion: FloatArray, fit: multistate.MultistateFit, rng: np.random.Generator
) -> FloatArray:
    """Draw counts of moves, shape (D, U + 1, U + 1): the last row is NEW, the last column EXIT."""
    count, weeks, u = len(expansion), y.shape[1], len(used)
    survival, transitions, _ = fit.draws(rng, count)
    stay = survival[:, 0, 0, :u]
    seen = np.array([[(y[:, t] == a).sum() for a in used] for t in range(weeks)], dtype=np.float64)
    # A week in which nothing could be seen stands for the mean of the others.
    empty = seen.sum(axis=1) == 0
    seen[empty] = seen[~empty].mean(axis=0)
    size = seen[None] * expansion[:, None, [a - 1 for a in used]]
    leaving = size.sum(axis=1)
    mean = np.zeros((count, u + 1, u + 1))
    mean[:, :u, :u] = (leaving * stay)[:, :, None] * transitions[:, :u, :u]
    mean[:, :u, u] = leaving * (1 - stay)
    # Jolly-Seber: arrivals are what is there next week beyond those who stayed or moved in, over the weeks observed.
    kept = np.einsum("dta,dab->dtb", size[:, :-1] * stay[:, None, :], transitions[:, :u, :u])
    arrivals = (size[:, 1:] - kept).sum(axis=1) * weeks / (weeks - 1)
    mean[:, u, :u] = np.maximum(arrivals, 0.0)
    return rng.poisson(mean).astype(np.float64)
