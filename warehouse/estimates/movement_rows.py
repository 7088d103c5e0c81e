"""Movement of one vintage: observed changes, expanded from identities seen to advertisers, as rows."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse import areas
from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import counting, ghosts, movement, pooling, volumes
from warehouse.estimates import frame as frames
from warehouse.estimates.errors import EpochBoundary, LowCompleteness, Refusal, TooFewSeen
from warehouse.estimates.level import generator
from warehouse.estimates.tables import CaptureTable
from warehouse.estimates.view import View, rounded

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

WEEKS = 4
MINIMUM_WEEKS = 3  # movement needs a week before and after


def rows(of: View, start: date, version: str) -> list[tuple[Any, ...]]:
    """Estimate the flows of a block of four weeks; one row a pair of states, in the order of `est.movement`."""
    names, frame = areas.MOVEMENT_STATES, of.frame
    of_place = np.array(
        [names.index(state) + 1 if (state := areas.state_of(code)) in names else 0 for code in frame.area_codes],
        dtype=np.int64,
    )
    states = frames.weekly_states(frame, of_place, WEEKS)
    changes = movement.observed_changes(states, len(names))
    record: dict[str, Any] = {}
    warnings: list[str] = []
    flows: dict[tuple[str, str], movement.Flow] = {}
    refusal: str | None = None
    try:
        if start < of.epoch_start:
            raise EpochBoundary(of.epoch_start)
        weekly = [_known(of, week) for week in range(WEEKS)]
        if sum(share >= volumes.MINIMUM_COMPLETENESS for share in weekly) < MINIMUM_WEEKS:
            raise LowCompleteness(float(np.mean(weekly)), volumes.MINIMUM_COMPLETENESS)
        if areas.COUNTRY not in of.places.codes:
            raise TooFewSeen(0, volumes.MINIMUM_SEEN)
        expansion = _expansion(of, of_place, len(names))
        estimated, fit = movement.flows(
            states,
            names,
            expansion,
            completeness=np.array(weekly[::-1])[:, None],
            seed=int(generator(of.seed, "movement", start.isoformat()).integers(2**62)),
        )
        flows = {(flow.origin, flow.destination): flow for flow in estimated}
        warnings = list(of.level.warnings)
        record = {
            "neg2lnl": round(fit.neg2lnl, 4),
            "parameters": fit.parameter_count,
            "survival": np.round(fit.survival[0, 0], 4).tolist(),
            "detection": np.round(fit.detection[0, -1], 4).tolist(),
            "transitions": np.round(fit.transitions, 4).tolist(),
            "starts": fit.starts,
            "agreeing": fit.agreeing,
            "weeks": WEEKS,
        }
    except Refusal as refused:
        refusal = refused.code
    result = []
    for (a, b), who in sorted(changes.items()):
        pair = (names[a - 1] if a else areas.ENTRY, names[b - 1] if b else areas.EXIT)
        flow = flows.get(pair)
        number = counting.sealed(int(frame.record_number[list(who)].sum() & counting.NUMBER_MASK)) if who else 0
        point, lower, upper, why = (
            (flow.point, flow.lower, flow.upper, flow.refusal) if flow else (None, None, None, refusal)
        )
        result.append(
            (
                of.day,
                start,
                *pair,
                len(who),
                *rounded((point, lower, upper)),
                why,
                warnings if point is not None else [],
                number,
                record,
                version,
                of.seed,
            )
        )
    return sorted(result, key=lambda row: (row[2], row[3]))


def _known(of: View, week: int) -> float:
    """Give the share of live listings whose state was known on average over a week, 0 the last."""
    last = of.frame.seen.shape[1] - 1 - 7 * week
    return sum(of.presence.quality(day, day, 1).known for day in range(max(last - 6, 0), last + 1)) / 7


def _expansion(of: View, of_place: IntArray, k: int) -> FloatArray:
    """Draw advertisers per identity seen in a week, for each movement state, shape (D, K), from the block's weeks."""
    frame, window, level = of.frame, of.frame.seen.shape[1], of.level
    draws = len(level.kappa)
    totals, seen_total = np.zeros((k, draws)), np.zeros(k)
    # The same draws of how states differ in every week: a level, not week-to-week noise.
    states = areas.MOVEMENT_STATES[:k]
    common = np.array([generator(of.seed, "apart", state, "movement").standard_normal(draws) for state in states])
    for week in range(WEEKS):
        first = window - 7 * (week + 1)
        if first < 0 or not frame.seen[:, first : first + 7].any():
            continue  # a blind week tells nothing; how many may be missing is decided before
        present = frame.seen[:, first : first + 7]
        counts = np.zeros((k, 2 ** len(frame.groups)))
        listing, state = frames.members(frame, present, first, of_place - 1)
        pair, inverse = np.unique(frame.identity[listing] * k + state, return_inverse=True)
        pattern = np.zeros(len(pair), dtype=np.int64)
        np.bitwise_or.at(pattern, inverse, 1 << frame.group[listing])
        np.add.at(counts, (pair % k, pattern), 1.0)
        whole = counting.cells(frame, present, first, of.places).counts[of.places.codes.index(areas.COUNTRY), 0]
        start = (of.day - timedelta(days=7 * (week + 1) - 1)).isoformat()
        table = CaptureTable(frame.groups, whole)
        found = cr.unseen(table, level.common, delta=level.delta, most=cr.most_terms(len(frame.groups)))
        unseen = found.draw(generator(of.seed, "movement", start))
        seen = counts.sum(axis=1)
        rngs = [generator(of.seed, "movement", start, each) for each in states]
        log_odds = np.log(whole.sum() / np.maximum(unseen, 0.5))
        totals += pooling.draw_totals(seen, log_odds, pooling.deviations(counts, whole), common, rngs)
        seen_total += seen
    phi = np.array(of.phi)[[0, 1, 3, 3]][:k]
    active = [ghosts.factor(ghosts.active_persistence(1 - each, level.lag), level.lag, 7) for each in phi]
    ratio = totals / np.maximum(seen_total, 1.0)[:, None] * level.kappa * np.array(active)
    return np.asarray(ratio.T)
