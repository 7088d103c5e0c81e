"""All figures of one vintage from arrays: no database here, so it can be made again from kept statistics anywhere."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse import areas, calendar
from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import frame as frames
from warehouse.estimates import movement, persistence, pooling, volumes
from warehouse.estimates.errors import EpochBoundary, LowCompleteness, Refusal
from warehouse.estimates.frame import CELL_SETTINGS, LEVELS, Frame, Places
from warehouse.estimates.tables import CaptureTable

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
Rows = list[tuple[Any, ...]]

VERSION = "2"  # goes up when the same facts would give other figures
WEEKS = 4
MINIMUM_WEEKS = 3  # movement needs a week before and after
LANGUAGE_UNTOLD = "und"
LANGUAGE_LEVELS = (1, 2, 3)  # COROP region, province, country: never a municipality (PRIVACY P10)


@dataclass(frozen=True, slots=True, eq=False)
class Crawls:
    """Completeness of S sources on T days, `q` (S, T); NaN before a source that came later was first crawled."""

    sources: tuple[str, ...]
    groups: tuple[str, ...]
    q: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """All that one vintage is estimated from. `day` is the window's last day.

    `present` (n,): listings held to be live on the last day; `known` (T,): share of live advertisements whose state was
    known; `phi` (4,): daily persistence of an identity within an area of each level.
    """

    day: date
    epoch_start: date
    seed: int
    frame: Frame
    crawls: Crawls
    places: Places
    present: BoolArray
    known: FloatArray
    phi: FloatArray
    level: volumes.Level


@dataclass(frozen=True, slots=True)
class Vintage:
    """Rows for each table of `est`, columns in the order of the table."""

    volume: Rows = field(default_factory=list)
    movement: Rows = field(default_factory=list)
    language: Rows = field(default_factory=list)
    pipeline: Rows = field(default_factory=list)


def view(frame: Frame, crawls: Crawls, *, day: date, epoch_start: date, seed: int) -> View:
    """Prepare what all figures share: areas, presence on the last day, persistence, draws of kappa and ghost lag."""
    where = frames.places(frame.area_codes, areas.area_parents)
    present, known = presence(frame, crawls)
    return View(
        day=day,
        epoch_start=epoch_start,
        seed=seed,
        frame=frame,
        crawls=crawls,
        places=where,
        present=present,
        known=known,
        phi=_persistence_by_level(frame, crawls, where),
        level=volumes.Level.of(seed),
    )


def estimate(of: View) -> Vintage:
    """Estimate everything that is due on the view's last day."""
    result = Vintage()
    result.volume.extend(_volume_rows(of, "day", of.day, 1))
    if calendar.is_last_day_of_week(of.day):
        result.volume.extend(_volume_rows(of, "week", calendar.week_start(of.day), 7))
        result.pipeline.extend(_pipeline_rows(of))
    if calendar.is_last_day_of_block(of.day):
        start = calendar.block_start(of.day)
        result.volume.extend(_volume_rows(of, "block", start, calendar.BLOCK_DAYS))
        result.movement.extend(_movement_rows(of, start))
        result.language.extend(_language_rows(of, start))
    return result


def presence(frame: Frame, crawls: Crawls) -> tuple[BoolArray, FloatArray]:
    """Tell which listings were live on the last day: seen, or more likely live than not though not seen.

    Returns:
        Shape (n,), and the share of live advertisements whose state was known on each day, shape (T,).
    """
    present = frame.seen[:, -1].copy()
    known = np.full(crawls.q.shape, np.nan)
    days = frame.seen.shape[1]
    for i, source in enumerate(crawls.sources):
        mine = frame.source == frame.sources.index(source)
        q = np.nan_to_num(crawls.q[i])
        fitted = persistence.fit(frame.seen[mine], q)
        chance = persistence.live_chance(fitted, q)
        since = frame.seen[:, ::-1].argmax(axis=1)
        present |= mine & (chance[np.minimum(since, days - 1)] > 0.5)
        known[i] = np.where(np.isnan(crawls.q[i]), np.nan, persistence.known_share(fitted, q))
    return present, np.nanmean(known, axis=0)


def _persistence_by_level(frame: Frame, crawls: Crawls, where: Places) -> FloatArray:
    """Estimate the daily persistence of an identity within an area of each level, shape (4,)."""
    weight = np.bincount(frame.source, weights=frame.seen.sum(axis=1), minlength=len(frame.sources))
    share = np.array([weight[frame.sources.index(source)] for source in crawls.sources])
    q = (np.nan_to_num(crawls.q) * share[:, None]).sum(axis=0) / max(share.sum(), 1.0)
    result = np.zeros(len(LEVELS))
    for level in range(len(LEVELS)):
        result[level] = persistence.fit(frames.days_seen(frame, where.above[:, level])[1], q).phi
    return result


def _volume_rows(of: View, code: str, start: date, days: int) -> Rows:
    where, frame = of.places, of.frame
    if not where.codes:
        return []
    window = frame.seen.shape[1]
    span = min(days, window)
    seen = frame.seen[:, window - span :]
    cells = (
        frames.cells(frame, of.present[:, None], window - 1, where, sighted=seen)
        if code == "day"
        else frames.cells(frame, seen, window - span, where)
    )
    quality = _quality(of, days)
    scene = volumes.Scene(
        period=volumes.Period(code, start.isoformat(), days),
        quality=quality,
        groups=frame.groups,
        areas=where.codes,
        whole=where.codes.index(areas.COUNTRY),
        peers=where.level == 0,
        phi=of.phi[where.level],
        seed=of.seed,
        level=of.level,
    )
    rows = []
    for k, setting in enumerate(CELL_SETTINGS[:1] if code == "day" else CELL_SETTINGS):
        counts = cells.counts[:, k]
        if start < of.epoch_start:
            figures = [volumes.refused(EpochBoundary(of.epoch_start)) for _ in where.codes]
        else:
            figures = volumes.estimate_areas(scene, counts, cells.carried[:, k], setting)
        for i, area in enumerate(where.codes):
            seen_here = counts[i].sum()
            if not seen_here:
                continue
            figure, table = figures[i], CaptureTable(frame.groups, counts[i])
            rows.append(
                (
                    of.day,
                    code,
                    start,
                    area,
                    setting,
                    table.as_overlap(),
                    int(seen_here),
                    float(cells.largest[i, k]),
                    *(_rounded(v) for v in (figure.floor, figure.point, figure.lower, figure.upper, figure.coverage)),
                    len(table.without_empty_lists().lists),
                    round(quality.completeness, 6),
                    figure.refusal,
                    list(figure.warnings),
                    figure.models,
                    frames.sealed(int(cells.number[i, k])) if seen_here >= frames.SMALLEST_DRAWN else 0,
                    VERSION,
                    of.seed,
                )
            )
    return rows


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _quality(of: View, days: int) -> volumes.Quality:
    """Average completeness and knowledge over the days of a period; days outside the window count as not seen."""
    q = np.nanmean(of.crawls.q[:, -days:], axis=0)
    missing = days - len(q)
    known = of.known[-days:]
    return volumes.Quality(
        completeness=float(np.nan_to_num(q).sum() / (len(q) + missing)),
        known=float(np.nan_to_num(known).sum() / (len(known) + missing)),
    )


def _pipeline_rows(of: View) -> Rows:
    frame, start = of.frame, calendar.week_start(of.day)
    span = min(7, frame.seen.shape[1])
    first = frame.seen.shape[1] - span
    seen = frame.seen[:, first:]
    last = first + span - 1 - seen[:, ::-1].argmax(axis=1)
    version = frame.version[np.arange(len(seen)), last]
    content = np.where(version >= 0, frame.content[version], -1) if len(frame.content) else version
    rows = []
    for level in range(len(LEVELS)):
        listing, area = frames.members(frame, seen, first, of.places.above[:, level])
        for a in np.unique(area):
            mine = listing[area == a]
            counts = (len(mine), len(np.unique(content[mine])), len(np.unique(frame.identity[mine])))
            rows.append((of.day, start, of.places.codes[a], *counts))
    return sorted(rows, key=lambda row: row[2])


def _language_rows(of: View, start: date) -> Rows:
    frame = of.frame
    if start < of.epoch_start or not len(frame.area):
        return []
    days = frame.seen.shape[1]
    first = max(days - calendar.BLOCK_DAYS, 0)
    seen = frame.seen[:, first:]
    here = np.flatnonzero(seen.any(axis=1))
    version = frame.version[here, days - 1 - seen[here, ::-1].argmax(axis=1)]
    told = (version >= 0) & (frame.language[version] >= 0)
    weight = np.zeros((len(frame.record_number), len(frame.languages) + 1))
    np.add.at(
        weight,
        (frame.identity[here[told]], frame.language[version[told]]),
        frame.language_probability[version[told]],
    )
    names = (*frame.languages, LANGUAGE_UNTOLD)
    language = np.where(weight.sum(axis=1) > 0, np.round(weight, 12).argmax(axis=1), len(names) - 1)
    rows = []
    for level in LANGUAGE_LEVELS:
        listing, area = frames.members(frame, seen, first, of.places.above[:, level])
        for a in np.unique(area):
            who, held = np.unique(frame.identity[listing[area == a]], return_counts=True)
            for code in np.unique(language[who]):
                mine = language[who] == code
                number = frames.sealed(int(frame.record_number[who[mine]].sum() & frames.NUMBER_MASK))
                share = float(held[mine].max() / held[mine].sum())
                rows.append((of.day, start, of.places.codes[a], names[code], int(mine.sum()), share, number))
    return sorted(rows, key=lambda row: (row[2], row[3]))


def _movement_rows(of: View, start: date) -> Rows:
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
        weekly = [float(np.nan_to_num(of.known[-7 * (w + 1) : len(of.known) - 7 * w]).mean()) for w in range(WEEKS)]
        if sum(share >= volumes.MINIMUM_COMPLETENESS for share in weekly) < MINIMUM_WEEKS:
            raise LowCompleteness(float(np.mean(weekly)), volumes.MINIMUM_COMPLETENESS)
        expansion = _expansion(of, of_place, len(names))
        estimated, fit = movement.flows(
            states,
            names,
            expansion,
            completeness=np.array(weekly[::-1])[:, None],
            seed=int(volumes.generator(of.seed, "movement", start.isoformat()).integers(2**62)),
        )
        flows = {(flow.origin, flow.destination): flow for flow in estimated}
        warnings = ["not_calibrated"]
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
    rows = []
    for (a, b), who in sorted(changes.items()):
        pair = (names[a - 1] if a else areas.ENTRY, names[b - 1] if b else areas.EXIT)
        flow = flows.get(pair)
        number = frames.sealed(int(frame.record_number[list(who)].sum() & frames.NUMBER_MASK)) if who else 0
        point, lower, upper, why = (
            (flow.point, flow.lower, flow.upper, flow.refusal) if flow else (None, None, None, refusal)
        )
        rows.append(
            (
                of.day,
                start,
                *pair,
                len(who),
                *(_rounded(v) for v in (point, lower, upper)),
                why,
                warnings if point is not None else [],
                number,
                record,
                VERSION,
                of.seed,
            )
        )
    return sorted(rows, key=lambda row: (row[2], row[3]))


def _expansion(of: View, of_place: IntArray, k: int) -> FloatArray:
    """Draw advertisers per identity seen in a week, for each movement state, shape (D, K), from the block's weeks."""
    frame, window = of.frame, of.frame.seen.shape[1]
    totals, seen_total = np.zeros((k, volumes.DRAWS)), np.zeros(k)
    for week in range(WEEKS):
        first = window - 7 * (week + 1)
        if first < 0:
            continue
        present = frame.seen[:, first : first + 7]
        counts = np.zeros((k, 2 ** len(frame.groups)))
        listing, state = frames.members(frame, present, first, of_place - 1)
        pair, inverse = np.unique(frame.identity[listing] * k + state, return_inverse=True)
        pattern = np.zeros(len(pair), dtype=np.int64)
        np.bitwise_or.at(pattern, inverse, 1 << frame.group[listing])
        np.add.at(counts, (pair % k, pattern), 1.0)
        whole = frames.cells(frame, present, first, of.places).counts[of.places.codes.index(areas.COUNTRY), 0]
        start = (of.day - timedelta(days=7 * (week + 1) - 1)).isoformat()
        unseen, _, _ = cr.unseen_draws(
            CaptureTable(frame.groups, whole),
            rng=volumes.generator(of.seed, "movement", start),
            draws=volumes.DRAWS,
            most=volumes.most_terms(len(frame.groups)),
        )
        seen = counts.sum(axis=1)
        # The same draws of how states differ in every week: a level, not week-to-week noise.
        rngs = [volumes.generator(of.seed, "movement", areas.MOVEMENT_STATES[a]) for a in range(k)]
        log_odds = np.sort(np.log(whole[1:].sum() / np.maximum(unseen, 0.5)))
        order = volumes.generator(of.seed, "movement", "order").permutation(volumes.DRAWS)
        totals += pooling.draw_totals(seen, log_odds[order], pooling.deviations(counts, whole), rngs)
        seen_total += seen
    phi = of.phi[np.minimum(np.array([0, 1, 3, 3]), len(LEVELS) - 1)][:k]
    ghosts = np.array([persistence.ghost_factor(phi[a], of.level.lag, 7) for a in range(k)])
    ratio = totals / np.maximum(seen_total, 1.0)[:, None] * of.level.kappa * ghosts
    return np.asarray(ratio.T)
