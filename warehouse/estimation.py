"""From facts to estimates: one day's vintage, made again whole each time it is asked for.

Reads `core` as of a day (links of that day, readings and sightings up to it) and writes `est`: figures of the day;
when the day ends a Monday week, of that week; when it ends a block of four, of the block, with movement and language.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from warehouse import db, epochs, window
from warehouse.errors import EpochClosed
from warehouse.estimates import vintage
from warehouse.estimates.vintage import Crawls, View

WINDOW = 28

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
    view = look(conn, day, seed)
    due = vintage.estimate(view) if view is not None else vintage.Vintage()
    tables = (
        ("est.volume", _VOLUME, due.volume),
        ("est.movement", _MOVEMENT, due.movement),
        ("est.language", _LANGUAGE, due.language),
        ("est.pipeline_count", _PIPELINE, due.pipeline),
    )
    with db.transaction(conn):
        db.execute(conn, "est_erase", {"day": day})
        return sum(db.copy_in(conn, name, columns, map(_writable, rows)) for name, columns, rows in tables)


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
    crawls = _crawls(conn, first, day, days)
    if crawls is None:
        return None
    # Rows that were carried over are linked from the epoch's first day on.
    frame = window.read(
        conn, first, day, linked=max(day, epoch.start), epoch=epoch.code, groups=crawls.groups, sources=crawls.sources
    )
    return vintage.view(frame, crawls, day=day, epoch_start=epochs.comparable_from(rows, epoch), seed=seed)


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
