"""From facts to estimates: one day's vintage, made again whole each time it is asked for.

Reads `core` as of a day (links of that day, readings and sightings up to it) and writes `est`: figures of the day;
when the day ends a Monday week, of that week; when it ends a block of four, of the block, with movement and language; and
whether the levels and flows that are watched changed.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from warehouse import alerts, calendar, calibration, db, epochs, hiding, trends, window
from warehouse import est_tables as tables
from warehouse.errors import EpochClosed
from warehouse.estimates import vintage
from warehouse.estimates.presence import BLIND_DAYS, Crawls
from warehouse.estimates.view import Beside, Past, View, view

WINDOW = 28
LINKED = calendar.EPOCH_DAYS + calendar.BLOCK_DAYS  # an epoch, and the four weeks carried over into it


def estimate_day(conn: db.Connection, day: date, seed: int) -> int:
    """Estimate everything that is due on a day and replace that vintage in one transaction.

    Args:
        conn: connection as role estimator.
        day: last day of data used; later sightings, readings and links are ignored.
        seed: of all draws.

    Returns:
        Rows written. The same facts, day and seed give the same rows. A vintage from whose rows some were carried
        into a later epoch, or whose epoch is closed, stays as it was made: then 0.

    Raises:
        EpochClosed: nothing was estimated for this day while its epoch had a key.
        NotLinked: listings were seen that belong to no identity yet.
        DayBeforeCalendar: the day lies before the first epoch.
        WarehouseError: the database refused; the vintage is as it was.
    """
    epoch = epochs.holding(epochs.known(conn), day)
    if epoch.start > day or epoch.closed is not None:
        if db.tuples(conn, "est_is_made", {"day": day}):
            return 0
        if epoch.closed is not None:
            raise EpochClosed(epoch.code, day)
    seen = look(conn, day, seed)
    due = vintage.estimate(seen) if seen is not None else vintage.Vintage({})
    made: list[tuple[str, tables.Columns, vintage.Rows]] = [
        ("est.vintage", tables.VINTAGE, [(day, due.inputs, vintage.VERSION, seed)] if due.inputs else []),
        ("est.volume", tables.VOLUME, due.volume),
        ("est.revision", tables.REVISION, due.revision),
        ("est.source_day", tables.SOURCE_DAY, due.source_day),
        ("est.movement", tables.MOVEMENT, due.movement),
        ("est.movement_figure", tables.MOVEMENT_FIGURE, due.movement_figure),
        ("est.language", tables.LANGUAGE, due.language),
        ("est.count_step", tables.COUNT_STEP, due.count_step),
        ("est.share", tables.SHARE, due.share),
        ("est.identity_week", tables.IDENTITY_WEEK, due.identity_week),
    ]
    if due.inputs and calendar.is_last_day_of_week(day):
        made.append(("est.hidden", tables.HIDDEN, hiding.rows(day, due.volume, due.inputs, seed)))
    with db.transaction(conn):
        db.execute(conn, "est_erase", {"day": day})
        written = sum(_write(conn, *each) for each in made)
        periods = {(row[1], row[2]) for row in due.volume} & {("day", day), ("week", calendar.week_start(day))}
        for period, start in sorted(periods):
            written += _write(conn, "est.trend", tables.TREND, trends.rows(conn, period, start, seed))
        if due.inputs:
            written += _write(conn, "est.alert", tables.ALERT, alerts.rows(conn, day))
        return written


def _write(conn: db.Connection, table: str, columns: tables.Columns, rows: vintage.Rows) -> int:
    return db.copy_in(conn, table, columns, map(_writable, rows))


def _writable(row: Sequence[Any]) -> list[Any]:
    return [db.Json(value) if isinstance(value, dict) else value for value in row]


def look(conn: db.Connection, day: date, seed: int) -> View | None:
    """Read what is needed for a vintage; None where no source was ever crawled.

    Raises:
        NotLinked: listings were seen that belong to no identity yet.
    """
    rows = epochs.known(conn)
    epoch = epochs.holding(rows, day)
    first = max(day - timedelta(days=WINDOW - 1), epoch.first)
    days = (day - first).days + 1
    crawled = _crawls(conn, first, day, days)
    if crawled is None:
        return None
    crawls, expiry = crawled
    # Rows that were carried over are linked from the epoch's first day on.
    frame = window.read(
        conn, first, day, linked=max(day, epoch.start), epoch=epoch.code, groups=crawls.groups, sources=crawls.sources
    )
    beside = Beside(
        audits=tuple(calibration.valid_on(conn, day)),
        external=tuple(calibration.external_on(conn, calendar.week_start(day))),
        delta=hiding.delta(conn, day),
        expiry_days=expiry,
    )
    since = epochs.comparable_from(rows, epoch)
    past = _past(conn, day, epoch, since) if calendar.is_last_day_of_block(day) else None
    return view(frame, crawls, day=day, epoch_start=since, seed=seed, beside=beside, past=past)


def _past(conn: db.Connection, day: date, epoch: epochs.EpochRow, since: date) -> Past | None:
    """Read all whole weeks up to a day that its epoch can link: movement is told from them."""
    days = min((day - max(since, epoch.first)).days + 1, LINKED) // 7 * 7
    crawled = _crawls(conn, day - timedelta(days=days - 1), day, days, is_past=True) if days else None
    if crawled is None:
        return None
    crawls, _ = crawled
    frame = window.read(
        conn,
        day - timedelta(days=days - 1),
        day,
        linked=max(day, epoch.start),
        epoch=epoch.code,
        groups=crawls.groups,
        sources=crawls.sources,
    )
    return Past(frame, crawls)


def _crawls(
    conn: db.Connection, first: date, day: date, days: int, *, is_past: bool = False
) -> tuple[Crawls, dict[str, float]] | None:
    """Give how sources were crawled, and after how many days they declare to take an advertisement away.

    A source that was closed has no part in the figures of the day; of the past (`is_past`) it has until it closed.
    """
    found = db.tuples(conn, "est_crawls", {"first": first, "day": day})
    if not found:
        return None
    sources = tuple(dict.fromkeys(row[0] for row in found))
    groups = {row[0]: row[1] for row in found}
    since = {row[0]: row[2] for row in found}
    q = np.zeros((len(sources), days))
    for i, source in enumerate(sources):
        q[i, : max((since[source] - first).days, 0)] = np.nan
    for source, _, _, on, share, _ in found:
        if on is not None:
            q[sources.index(source), (on - first).days] = share
    last = {row[0]: row[3] for row in found if row[3] is not None}
    for i, source in enumerate(sources):
        # A crawl that fails has a row; a source without one for so long was closed, and the others do not wait for it.
        if source not in last or (day - last[source]).days >= BLIND_DAYS:
            q[i, (last[source] - first).days + 1 if is_past and source in last else 0 :] = np.nan
    expiry = {row[0]: float(row[5]) for row in found if row[5] is not None}  # by day: the last one holds
    return Crawls(sources, tuple(groups[source] for source in sources), q), expiry
