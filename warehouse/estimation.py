"""From facts to estimates: one day's vintage, made again whole each time it is asked for.

Reads `core` as of a day (links of that day, readings and sightings up to it) and writes `est`: figures of the day;
when the day ends a Monday week, of that week; when it ends a block of four, of the block, with movement and language.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse import calendar, db
from warehouse.estimates import frame as frames
from warehouse.estimates import vintage
from warehouse.estimates.errors import NotLinked
from warehouse.estimates.frame import Frame
from warehouse.estimates.vintage import Crawls, View
from warehouse.records import SETTINGS

IntArray = npt.NDArray[np.int64]

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
        Rows written. The same facts, day and seed give the same rows.

    Raises:
        NotLinked: listings were seen that belong to no identity yet.
        DayBeforeCalendar: the day lies before the first epoch.
        WarehouseError: the database refused; the vintage is as it was.
    """
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
    epoch = calendar.epoch_code(day)
    epoch_start = calendar.epoch_start(epoch)
    first = max(day - timedelta(days=WINDOW - 1), epoch_start)
    days = (day - first).days + 1
    crawls = _crawls(conn, first, day, days)
    if crawls is None:
        return None
    frame = _frame(conn, first, day, epoch, crawls)
    return vintage.view(frame, crawls, day=day, epoch_start=epoch_start, seed=seed)


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
