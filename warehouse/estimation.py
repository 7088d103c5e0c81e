"""From facts to estimates: one day's vintage, made again whole each time it is asked for.

Reads `core` as of a day (links of that day, readings and sightings up to it) and writes `est`: figures of the day;
when the day ends a Monday week, of that week; when it ends a block of four, of the block, with movement and language.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse import areas, calendar, db
from warehouse.estimates import frame as frames
from warehouse.estimates import movement, persistence, pooling, volumes
from warehouse.estimates import capture_recapture as cr
from warehouse.estimates.errors import EpochBoundary, LowCompleteness, NotLinked, Refusal
from warehouse.estimates.frame import CELL_SETTINGS, LEVELS, Frame, Places
from warehouse.estimates.tables import CaptureTable
from warehouse.records import SETTINGS

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

VERSION = "1"  # goes up when the same facts would give other figures
WINDOW = 28
WEEKS = 4
MINIMUM_WEEKS = 3  # movement needs a week before and after
LANGUAGE_UNTOLD = "und"
LANGUAGE_LEVELS = (1, 2, 3)  # COROP region, province, country: never a municipality (PRIVACY P10)

_VOLUME = {
    "vintage_date": "date",
    "period_code": "text",
    "period_start_date": "date",
    "area_code": "text",
    "setting_code": "text",
    "overlap": "jsonb",
    "identity_count": "int4",
    "largest_share": "float8",
    "floor_count": "float8",
    "point_count": "float8",
    "lower_count": "float8",
    "upper_count": "float8",
    "coverage_share": "float8",
    "source_group_count": "int4",
    "completeness_share": "float8",
    "refusal_code": "text",
    "warnings": "text[]",
    "models": "jsonb",
    "cell_number": "int8",
    "estimator_version": "text",
    "seed": "int8",
}
_MOVEMENT = {
    "vintage_date": "date",
    "block_start_date": "date",
    "origin_code": "text",
    "destination_code": "text",
    "identity_count": "int4",
    "point_count": "float8",
    "lower_count": "float8",
    "upper_count": "float8",
    "refusal_code": "text",
    "warnings": "text[]",
    "cell_number": "int8",
    "models": "jsonb",
    "estimator_version": "text",
    "seed": "int8",
}
_LANGUAGE = {
    "vintage_date": "date",
    "block_start_date": "date",
    "area_code": "text",
    "language_code": "text",
    "identity_count": "int4",
    "largest_share": "float8",
    "cell_number": "int8",
}
_PIPELINE = {
    "vintage_date": "date",
    "week_start_date": "date",
    "area_code": "text",
    "listing_count": "int4",
    "distinct_listing_count": "int4",
    "identity_count": "int4",
}


@dataclass(frozen=True, slots=True, eq=False)
class Crawls:
    """Completeness of S sources on T days, `q` (S, T); NaN before a source that came later was first crawled."""

    sources: tuple[str, ...]
    groups: tuple[str, ...]
    q: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """All that one vintage is estimated from. `first` is the window's first day; `day` its last."""

    day: date
    first: date
    epoch_start: date
    seed: int
    frame: Frame
    crawls: Crawls
    places: Places
    present: BoolArray
    known: FloatArray
    phi: FloatArray
    level: volumes.Level


def estimate_day(conn: db.Connection, day: date, seed: int) -> int:
    """Estimate everything that is due on a day and replace that vintage in one transaction.

    Args:
        conn: connection as role estimator.
        day: last day of data used; later sightings, readings and links are ignored.
        seed: of all draws.

    Returns:
        Rows written. The same facts, day and seed give the same rows.

    Raises:
        NotLinked: listings were seen that belong to no identity yet.
        DayBeforeCalendar: the day lies before the first epoch.
        WarehouseError: the database refused; the vintage is as it was.
    """
    view = look(conn, day, seed)
    volume, flows, language, pipeline = [], [], [], []
    if view is not None:
        volume = _volume_rows(view, "day", day, 1)
        if calendar.is_last_day_of_week(day):
            volume += _volume_rows(view, "week", calendar.week_start(day), 7)
            pipeline = _pipeline_rows(view)
        if calendar.is_last_day_of_block(day):
            volume += _volume_rows(view, "block", calendar.block_start(day), calendar.BLOCK_DAYS)
            flows = _movement_rows(view)
            language = _language_rows(view)
    with db.transaction(conn):
        db.execute(conn, "est_erase", {"day": day})
        written = db.copy_in(conn, "est.volume", _VOLUME, volume)
        written += db.copy_in(conn, "est.movement", _MOVEMENT, flows)
        written += db.copy_in(conn, "est.language", _LANGUAGE, language)
        written += db.copy_in(conn, "est.pipeline_count", _PIPELINE, pipeline)
    return written


def look(conn: db.Connection, day: date, seed: int) -> View | None:
    """Read what is needed for a vintage; None where no source was ever crawled.

    Raises:
        NotLinked: listings were seen that belong to no identity yet.
    """
    epoch = calendar.epoch_code(day)
    epoch_start = calendar.epoch_start(epoch)
    first = max(day - timedelta(days=WINDOW - 1), epoch_start)
    days = (day - first).days + 1
    crawls = _crawls(conn, first, day, days)
    if crawls is None:
        return None
    frame = _frame(conn, first, day, epoch, crawls)
    where = frames.places(frame.area_codes, areas.area_parents)
    present, known = _presence(frame, crawls)
    return View(
        day=day,
        first=first,
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


def _crawls(conn: db.Connection, first: date, day: date, days: int) -> Crawls | None:
    found = db.tuples(conn, "est_crawls", {"first": first, "day": day})
    if not found:
        return None
    sources = tuple(dict.fromkeys(row[0] for row in found))
    groups = {row[0]: row[1] for row in found}
    since = {row[0]: row[2] for row in found}
    start = min(since.values())
    q = np.zeros((len(sources), days))
    for i, source in enumerate(sources):
        if since[source] > start:
            q[i, : max((since[source] - first).days, 0)] = np.nan
    for source, _, _, on, share in found:
        if on is not None:
            q[sources.index(source), (on - first).days] = share
    return Crawls(sources, tuple(groups[source] for source in sources), q)


def _frame(conn: db.Connection, first: date, day: date, epoch: str, crawls: Crawls) -> Frame:
    listings = db.tuples(conn, "est_listings", {"first": first, "day": day, "epoch": epoch})
    unlinked = sum(row[3] is None for row in listings)
    if unlinked:
        raise NotLinked(unlinked)
    position = {row[0]: i for i, row in enumerate(listings)}
    found = db.tuples(conn, "est_versions", {"day": day, "listings": [row[0] for row in listings]})
    # Sorted by position, which does not depend on running numbers; readings of a listing stay in order of day.
    versions = sorted(found, key=lambda row: (position[row[0]], row[1]))
    days = (day - first).days + 1
    mask = np.array([row[5] for row in listings], dtype=np.int64)
    groups = tuple(sorted({*crawls.groups, *(row[2] for row in listings)}))
    sources = tuple(sorted({*crawls.sources, *(row[1] for row in listings)}))
    numbers: dict[int, int] = {}
    identity = [numbers.setdefault(row[3], len(numbers)) for row in listings]
    record = {row[3]: row[4] for row in listings}
    codes = tuple(sorted({row[2] for row in versions if row[2] is not None}))
    languages = tuple(sorted({row[3] for row in versions if row[3] is not None}))
    texts: dict[bytes, int] = {}
    return Frame(
        seen=(mask[:, None] >> np.arange(days)[None, :] & 1).astype(np.bool_),
        group=_places_in(groups, (row[2] for row in listings)),
        source=_places_in(sources, (row[1] for row in listings)),
        identity=np.array(identity, dtype=np.int64),
        record_number=np.array([record[key] % 2**63 for key in numbers], dtype=np.uint64),
        version=frames.versions_by_day(
            np.array([position[row[0]] for row in versions], dtype=np.int64),
            np.array([(row[1] - first).days for row in versions], dtype=np.int64),
            len(listings),
            days,
        ),
        area=_places_in(codes, (row[2] for row in versions)),
        setting=_places_in(SETTINGS, (row[5] for row in versions)),
        setting_probability=np.array([row[6] for row in versions], dtype=np.float64),
        language=_places_in(languages, (row[3] for row in versions)),
        language_probability=np.array([row[4] for row in versions], dtype=np.float64),
        content=np.array([texts.setdefault(bytes(row[7]), len(texts)) for row in versions], dtype=np.int64),
        groups=groups,
        sources=sources,
        area_codes=codes,
        languages=languages,
    )


def _places_in(names: tuple[str, ...], values: Iterable[str | None]) -> IntArray:
    index = {name: i for i, name in enumerate(names)}
    return np.array([-1 if value is None else index[value] for value in values], dtype=np.int64)


def _presence(frame: Frame, crawls: Crawls) -> tuple[BoolArray, FloatArray]:
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
    return present, np.nanmean(np.vstack([known, np.full(days, np.nan)]), axis=0) if len(known) else np.zeros(days)


def _persistence_by_level(frame: Frame, crawls: Crawls, where: Places) -> FloatArray:
    """Estimate the daily persistence of an identity within an area of each level, shape (4,)."""
    weight = np.bincount(frame.source, weights=frame.seen.sum(axis=1), minlength=len(frame.sources))
    share = np.array([weight[frame.sources.index(source)] for source in crawls.sources])
    q = (np.nan_to_num(crawls.q) * share[:, None]).sum(axis=0) / max(share.sum(), 1.0)
    result = np.zeros(len(LEVELS))
    listing, day = np.nonzero(frame.seen)
    version = frame.version[listing, day]
    place = np.where(version >= 0, frame.area[version], -1) if len(frame.area) else np.full(len(listing), -1)
    for level in range(len(LEVELS)):
        area = np.where(place >= 0, where.above[place, level], -1) if len(where.above) else place
        kept = area >= 0
        key = frame.identity[listing[kept]] * (len(where.codes) + 1) + area[kept]
        rows, inverse = np.unique(key, return_inverse=True)
        seen = np.zeros((len(rows), frame.seen.shape[1]), dtype=np.bool_)
        seen[inverse, day[kept]] = True
        result[level] = persistence.fit(seen, q).phi
    return result


def _volume_rows(view: View, code: str, start: date, days: int) -> list[tuple[Any, ...]]:
    where, frame = view.places, view.frame
    if not where.codes:
        return []
    window = frame.seen.shape[1]
    span = min(days, window)
    seen = frame.seen[:, window - span :]
    cells = (
        frames.cells(frame, view.present[:, None], window - 1, where, sighted=seen)
        if code == "day"
        else frames.cells(frame, seen, window - span, where)
    )
    quality = _quality(view, days)
    scene = volumes.Scene(
        period=volumes.Period(code, start.isoformat(), days),
        quality=quality,
        groups=frame.groups,
        areas=where.codes,
        whole=where.codes.index(areas.COUNTRY),
        peers=where.level == 0,
        phi=view.phi[where.level],
        seed=view.seed,
        level=view.level,
    )
    rows = []
    for k, setting in enumerate(CELL_SETTINGS[:1] if code == "day" else CELL_SETTINGS):
        counts = cells.counts[:, k]
        if start < view.epoch_start:
            figures = [volumes.refused(EpochBoundary(view.epoch_start)) for _ in where.codes]
        else:
            figures = volumes.estimate_areas(scene, counts, cells.carried[:, k], setting)
        for i, area in enumerate(where.codes):
            seen_here = counts[i].sum()
            if not seen_here:
                continue
            figure, table = figures[i], CaptureTable(frame.groups, counts[i])
            rows.append(
                (
                    view.day,
                    code,
                    start,
                    area,
                    setting,
                    db.Json(table.as_overlap()),
                    int(seen_here),
                    float(cells.largest[i, k]),
                    *(_rounded(v) for v in (figure.floor, figure.point, figure.lower, figure.upper, figure.coverage)),
                    len(table.without_empty_lists().lists),
                    round(quality.completeness, 6),
                    figure.refusal,
                    list(figure.warnings),
                    db.Json(figure.models),
                    int(cells.number[i, k]),
                    VERSION,
                    view.seed,
                )
            )
    return rows


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _quality(view: View, days: int) -> volumes.Quality:
    """Average completeness and knowledge over the days of a period; days outside the window count as not seen."""
    q = np.nanmean(view.crawls.q[:, -days:], axis=0)
    missing = days - len(q)
    known = view.known[-days:]
    return volumes.Quality(
        completeness=float(np.nan_to_num(q).sum() / (len(q) + missing)),
        known=float(np.nan_to_num(known).sum() / (len(known) + missing)),
    )


def _pipeline_rows(view: View) -> list[tuple[Any, ...]]:
    frame, start = view.frame, calendar.week_start(view.day)
    span = min(7, frame.seen.shape[1])
    first = frame.seen.shape[1] - span
    seen = frame.seen[:, first:]
    last = first + span - 1 - seen[:, ::-1].argmax(axis=1)
    version = frame.version[np.arange(len(seen)), last]
    content = np.where(version >= 0, frame.content[version], -1) if len(frame.content) else version
    rows = []
    for level in range(len(LEVELS)):
        listing, area = frames.members(frame, seen, first, view.places.above[:, level])
        for a in np.unique(area):
            mine = listing[area == a]
            counts = (len(mine), len(np.unique(content[mine])), len(np.unique(frame.identity[mine])))
            rows.append((view.day, start, view.places.codes[a], *counts))
    return sorted(rows, key=lambda row: row[2])


def _language_rows(view: View) -> list[tuple[Any, ...]]:
    frame, start = view.frame, calendar.block_start(view.day)
    if start < view.epoch_start or not len(frame.area):
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
        listing, area = frames.members(frame, seen, first, view.places.above[:, level])
        for a in np.unique(area):
            who, held = np.unique(frame.identity[listing[area == a]], return_counts=True)
            for code in np.unique(language[who]):
                mine = language[who] == code
                number = int(frame.record_number[who[mine]].sum() & frames.NUMBER_MASK)
                share = float(held[mine].max() / held[mine].sum())
                rows.append((view.day, start, view.places.codes[a], names[code], int(mine.sum()), share, number))
    return sorted(rows, key=lambda row: (row[2], row[3]))


def _movement_rows(view: View) -> list[tuple[Any, ...]]:
    names, frame = areas.MOVEMENT_STATES, view.frame
    start = calendar.block_start(view.day)
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
        if start < view.epoch_start:
            raise EpochBoundary(view.epoch_start)
        weekly = [float(np.nan_to_num(view.known[-7 * (w + 1) : len(view.known) - 7 * w]).mean()) for w in range(WEEKS)]
        if sum(share >= volumes.MINIMUM_COMPLETENESS for share in weekly) < MINIMUM_WEEKS:
            raise LowCompleteness(float(np.mean(weekly)), volumes.MINIMUM_COMPLETENESS)
        expansion = _expansion(view, of_place, len(names))
        estimated, fit = movement.flows(
            states,
            names,
            expansion,
            completeness=np.array(weekly[::-1])[:, None],
            seed=int(volumes.generator(view.seed, "movement", start.isoformat()).integers(2**62)),
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
        number = int(frame.record_number[list(who)].sum() & frames.NUMBER_MASK) if who else 0
        point, lower, upper, why = (
            (flow.point, flow.lower, flow.upper, flow.refusal) if flow else (None, None, None, refusal)
        )
        rows.append(
            (
                view.day,
                start,
                *pair,
                len(who),
                *(_rounded(v) for v in (point, lower, upper)),
                why,
                warnings if point is not None else [],
                number,
                db.Json(record),
                VERSION,
                view.seed,
            )
        )
    return sorted(rows, key=lambda row: (row[2], row[3]))


def _expansion(view: View, of_place: IntArray, k: int) -> FloatArray:
    """Draw advertisers per identity seen in a week, for each movement state, shape (D, K), from the block's weeks."""
    frame, window = view.frame, view.frame.seen.shape[1]
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
        whole = frames.cells(frame, present, first, view.places).counts[view.places.codes.index(areas.COUNTRY), 0]
        start = (view.day - timedelta(days=7 * (week + 1) - 1)).isoformat()
        unseen, _, _ = cr.unseen_draws(
            CaptureTable(frame.groups, whole),
            rng=volumes.generator(view.seed, "movement", start),
            draws=volumes.DRAWS,
            most=volumes.most_terms(len(frame.groups)),
        )
        seen = counts.sum(axis=1)
        # The same draws of how states differ in every week: a level, not week-to-week noise.
        rngs = [volumes.generator(view.seed, "movement", areas.MOVEMENT_STATES[a]) for a in range(k)]
        log_odds = np.sort(np.log(whole[1:].sum() / np.maximum(unseen, 0.5)))
        order = volumes.generator(view.seed, "movement", "order").permutation(volumes.DRAWS)
        totals += pooling.draw_totals(seen, log_odds[order], pooling.deviations(counts, whole), rngs)
        seen_total += seen
    phi = view.phi[np.minimum(np.array([0, 1, 3, 3]), len(LEVELS) - 1)][:k]
    ghosts = np.array([persistence.ghost_factor(phi[a], view.level.lag, 7) for a in range(k)])
    ratio = totals / np.maximum(seen_total, 1.0)[:, None] * view.level.kappa * ghosts
    return np.asarray(ratio.T)
