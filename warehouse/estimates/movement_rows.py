"""Movement of one vintage as rows: flows of a block between states, and how long and where people stay.

Sightings of all weeks that an epoch can link are used, thirteen and the four that were carried over; flows are of the
block only.
"""

from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse import areas
from warehouse import flows as between
from warehouse.estimates import (
    behind,
    calibration,
    counting,
    dwell,
    ghosts,
    goodness,
    movement,
    paths,
    pooling,
    sighted,
    volumes,
)
from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import frame as frames
from warehouse.estimates.errors import (
    EpochBoundary,
    LowCompleteness,
    Refusal,
    SourceBreak,
    TooFewEnded,
    TooFewSeen,
)
from warehouse.estimates.frame import Frame
from warehouse.estimates.level import generator
from warehouse.estimates.tables import CaptureTable, Histories
from warehouse.estimates.view import Past, View, rounded

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Rows = list[tuple[Any, ...]]

WEEKS = 4
LEAST_SEEN = 0.2  # completeness of the last week, and of the week before the block
MINIMUM_WEEKS = 3  # movement needs a week before and after
# Level (`frame.LEVELS`) whose persistence holds in each state, in the order of `areas.MOVEMENT_STATES`.
PERSISTENCE_LEVEL = (0, 0, 0, 1, 2, 2, 3, 3)
REGION_STATES = tuple(
    i for i, state in enumerate(areas.MOVEMENT_STATES) if state in (areas.FOCUS, *areas.states_in(areas.REST_OF_REGION))
)
DWELL_LEVELS = (0, 1, 3)  # of areas whose stays are told in days: municipality, region, country


def rows(of: View, start: date, version: str) -> tuple[Rows, Rows]:
    """Estimate the block of four weeks from `start` on.

    Returns:
        Rows of `est.movement`, one for each pair of states and for each wider flow that they may be rolled up to, and of
        `est.movement_figure`.
    """
    if of.past is None:
        return [], []
    names, frame = areas.MOVEMENT_STATES, of.past.frame
    of_place = np.array(
        [names.index(state) + 1 if (state := areas.state_of(code)) in names else 0 for code in frame.area_codes],
        dtype=np.int64,
    )
    weeks = frame.seen.shape[1] // 7
    masks, most = frames.weekly_places(frame, of_place, weeks)
    found, refusal = _estimated(of, of.past, start, of_place, (masks, most))
    links = calibration.linkage(of.known.audits, of.day)
    record = _record(found, masks, links) if found is not None else {}
    told = {(flow.origin, flow.destination): flow for flow in found.flows} if found is not None else {}
    states = sighted.resolved(masks)[:, -WEEKS - 1 :]
    could = (
        of.past.weekly()[-WEEKS - 1 :] > paths.BLIND
    )  # whoever was there in the first or last of these did not come or go
    changes = {
        (names[a - 1] if a else areas.ENTRY, names[b - 1] if b else areas.EXIT): who
        for (a, b), who in sighted.observed_changes(states[:, could], len(names)).items()
    }
    opened, closed = of.past.breaks(WEEKS + 1)
    moves = []
    for pair in (*changes, *between.wide_flows()):
        parts = between.flow_pairs(*pair) if pair not in changes else {pair}
        who = sorted(frozenset().union(*(changes[part] for part in parts)))
        figure: tuple[float | None, ...] = (None, None, None)
        why = refusal
        if found is not None:
            why = told[pair].refusal if pair in told else None
            if (opened and pair[0] == areas.ENTRY) or (closed and pair[1] == areas.EXIT):
                why = SourceBreak.code
            figure = found.total(parts) if why is None else figure
        number = counting.sealed(int(frame.record_number[who].sum() & counting.NUMBER_MASK)) if who else 0
        shown = list(of.level.warnings) if why is None else []
        moves.append((of.day, start, *pair, len(who), *rounded(figure), why, shown, number, record, version, of.seed))
    figures: Rows = []
    if found is not None:
        sets = behind.sets(masks, most, names, REGION_STATES, WEEKS)
        numbers = frame.record_number
        figures = [_figure_row(of, start, one, sets[one.code, one.area].columns(numbers)) for one in found.figures]
        figures += _focus_rows(of, start, found, changes, (opened, closed))
    if refusal is None:
        figures += _dwell_rows(of, of.past, start)
    return sorted(moves, key=lambda row: (row[2], row[3])), figures


def _estimated(
    of: View, past: Past, start: date, of_place: IntArray, seen: tuple[IntArray, IntArray]
) -> tuple[movement.Movement | None, str | None]:
    """Give movement, or the code of its refusal."""
    try:
        if start < of.epoch_start:
            raise EpochBoundary(of.epoch_start)
        weekly = [_known(of, week) for week in range(WEEKS)]
        if sum(share >= volumes.MINIMUM_COMPLETENESS for share in weekly) < MINIMUM_WEEKS:
            raise LowCompleteness(float(np.mean(weekly)), volumes.MINIMUM_COMPLETENESS)
        share = past.weekly()
        since = int((share > paths.BLIND).argmax())
        ends = [len(share) - 1, *([len(share) - WEEKS - 1] if since < len(share) - WEEKS - 1 else [])]
        if share[ends].min() < LEAST_SEEN:  # who comes or goes at an end that nobody saw is told too late or not at all
            raise LowCompleteness(float(share[ends].min()), LEAST_SEEN)
        if areas.COUNTRY not in of.places.codes:
            raise TooFewSeen(0, volumes.MINIMUM_SEEN)
        return (
            movement.estimate(
                seen[0],
                areas.MOVEMENT_STATES,
                _sizes(of, of_place, past.frame, seen[0]),
                municipality=seen[1],
                completeness=past.weekly()[:, None],
                distance=areas.state_distances(),
                linkage=calibration.linkage(of.known.audits, of.day),
                region=REGION_STATES,
                block=WEEKS,
                seed=int(generator(of.seed, "movement", start.isoformat()).integers(2**62)),
            ),
            None,
        )
    except Refusal as refused:
        return None, refused.code


def _record(found: movement.Movement, masks: IntArray, links: movement.Linkage) -> dict[str, Any]:
    fit = found.fit
    histories = sighted.resolved(masks)
    kept = histories[(histories > 0).any(axis=1)]
    memory = goodness.memory(Histories(kept, np.ones(len(kept)), {}))
    record = {
        "neg2lnl": round(fit.neg2lnl, 4),
        "parameters": fit.parameter_count,
        "survival": np.round(fit.survival[0, 0], 4).tolist(),
        "detection": np.round(fit.detection[0].max(axis=0), 4).tolist(),
        "transitions": np.round(fit.transitions, 4).tolist(),
        "starts": fit.starts,
        "agreeing": fit.agreeing,
        "weeks": found.weeks,
        "linkage": [round(each, 6) for each in (links.lost, links.lost_error, links.shared, links.shared_error)],
        "memory": [round(memory.statistic, 4), memory.df, round(memory.p, 6)],
    }
    if fit.movers is not None and fit.share is not None:
        record["movers"] = {
            "share": np.round(fit.share, 4).tolist(),
            "survival": np.round(fit.movers.survival[0, 0], 4).tolist(),
            "transitions": np.round(fit.movers.transitions, 4).tolist(),
        }
    return record


def _figure_row(of: View, start: date, one: movement.Figure, who: tuple[int | None, ...]) -> tuple[Any, ...]:
    code = {movement.REGION: areas.REGION, movement.ALL: areas.EVERYWHERE}.get(one.area, one.area)
    unit = "_weeks" if one.code.startswith("dwell") else ""
    figure = rounded((one.point, one.lower, one.upper))
    return (of.day, start, one.code + unit, code, who[0], *figure, one.refusal, *who[1:])


def _focus_rows(
    of: View,
    start: date,
    found: movement.Movement,
    changes: dict[tuple[str, str], tuple[int, ...]],
    breaks: tuple[bool, bool],
) -> Rows:
    """Tell where arrivals in the focus municipality come from and where departures go, as shares of the block's."""
    others = [state for state in areas.COARSE_STATES if state != areas.FOCUS]
    arrivals = {end: between.flow_pairs(end, areas.FOCUS) for end in others}
    departures = {end: between.flow_pairs(areas.FOCUS, end) for end in others}
    arrivals[areas.ENTRY] = frozenset({(areas.ENTRY, areas.FOCUS)})
    departures[areas.EXIT] = frozenset({(areas.FOCUS, areas.EXIT)})
    result = []
    for code, flows, is_break in (
        ("arrival_share", arrivals, breaks[0]),
        ("departure_share", departures, breaks[1]),
    ):
        whole = frozenset[tuple[str, str]]().union(*flows.values())
        for end, pairs in flows.items():
            count = len({who for pair in pairs for who in changes[pair]})
            told = (None, None, None) if is_break else rounded(found.share(pairs, whole))
            refusal = SourceBreak.code if is_break else None
            result.append((of.day, start, code, end, count, *told, refusal, 0, None, None))
    return result


def _dwell_rows(of: View, past: Past, start: date) -> Rows:
    """Tell how many days people stay in municipalities, regions and the country; one row a quartile."""
    result = []
    lost = calibration.linkage(of.known.audits, of.day)
    for level in DWELL_LEVELS:
        places = frames.places(past.frame.area_codes, areas.area_parents)
        identity, area, days = frames.days_seen(past.frame, places.above[:, level])
        if not len(area):
            continue
        rng = generator(of.seed, "dwell", start.isoformat(), frames.LEVELS[level])
        told = dwell.estimate(
            area, days, identity, past.daily(), of.level.lag, lost=(lost.lost, lost.lost_error), rng=rng
        )
        for one in told:
            count, *numbers = behind.Behind(one.who).columns(past.frame.record_number)
            for code, quartile in (
                ("dwell_lower_quartile_days", one.lower_quartile),
                ("dwell_median_days", one.median),
                ("dwell_upper_quartile_days", one.upper_quartile),
            ):
                figure = (quartile.point, quartile.lower, quartile.upper) if quartile else (None, None, None)
                refusal = one.refusal or (TooFewEnded.code if None in figure else None)
                shown = rounded(figure) if refusal is None else (None, None, None)
                result.append((of.day, start, code, places.codes[one.area], count, *shown, refusal, *numbers))
    return result


def _known(of: View, week: int) -> float:
    """Give the share of live listings whose state was known on average over a week, 0 the last."""
    last = of.frame.seen.shape[1] - 1 - 7 * week
    return sum(of.presence.quality(day, day, 1).known for day in range(max(last - 6, 0), last + 1)) / 7


def _sizes(of: View, of_place: IntArray, frame: Frame, masks: IntArray) -> FloatArray:
    """Draw the number of advertisers in each week and state, shape (D, T, K): the block's weeks and the one before.

    Earlier weeks, which only tell how many are not seen, go by the ratio of these to who was seen.
    """
    k, weeks, draws = len(areas.MOVEMENT_STATES), masks.shape[1], len(of.level.kappa)
    places = frames.places(frame.area_codes, areas.area_parents)
    seen = (masks[:, :, None] >> np.arange(k) & 1).sum(axis=0).astype(np.float64)
    phi = np.array(of.phi)[list(PERSISTENCE_LEVEL)]
    active = [ghosts.factor(ghosts.active_persistence(1 - each, of.level.lag), of.level.lag, 7) for each in phi]
    scale = of.level.kappa * np.array(active)
    # The same draws of how states differ in every week: a level, not week-to-week noise.
    common = np.array(
        [generator(of.seed, "apart", state, "movement").standard_normal(draws) for state in areas.MOVEMENT_STATES]
    )
    totals: dict[int, FloatArray] = {}
    for week in range(max(weeks - WEEKS - 1, 0), weeks):
        first = frame.seen.shape[1] - 7 * (weeks - week)
        present = frame.seen[:, first : first + 7]
        if not present.any():
            continue  # a blind week tells nothing; how many may be missing is decided before
        counts = np.zeros((k, 2 ** len(frame.groups)))
        listing, state = frames.members(frame, present, first, of_place - 1)
        pair, inverse = np.unique(frame.identity[listing] * k + state, return_inverse=True)
        pattern = np.zeros(len(pair), dtype=np.int64)
        np.bitwise_or.at(pattern, inverse, 1 << frame.group[listing])
        np.add.at(counts, (pair % k, pattern), 1.0)
        whole = counting.cells(frame, present, first, places).counts[places.codes.index(areas.COUNTRY), 0]
        name = (of.day - timedelta(days=7 * (weeks - week) - 1)).isoformat()
        found = cr.unseen(
            CaptureTable(frame.groups, whole),
            of.level.common,
            delta=of.level.delta,
            most=cr.most_terms(len(frame.groups)),
        )
        unseen = found.draw(generator(of.seed, "movement", name))
        rngs = [generator(of.seed, "movement", name, each) for each in areas.MOVEMENT_STATES]
        log_odds = np.log(whole.sum() / np.maximum(unseen, 0.5))
        apart = pooling.deviations(counts, whole)
        totals[week] = pooling.draw_totals(counts.sum(axis=1), log_odds, apart, common, rngs) * scale
    told = np.array(list(totals.values()))
    ratio = told.sum(axis=0) / np.maximum(seen[list(totals)].sum(axis=0), 1.0)[:, None]
    seen[seen.sum(axis=1) == 0] = seen[seen.sum(axis=1) > 0].mean(axis=0)
    return np.array([totals.get(week, seen[week][:, None] * ratio).T for week in range(weeks)]).transpose(1, 0, 2)
