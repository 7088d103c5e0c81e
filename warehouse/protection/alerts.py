"""Alerts: what is said of a series may be said where its level, or its flow, is published; elsewhere nothing is.

An alert holds no number of its own, and none is read off it: that a level moved by more than its noise is told, not by
how much.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date

from warehouse.protection.cells import (
    PUBLISHED,
    AlertEstimate,
    AlertFigure,
    CellId,
    MovementFigure,
    VolumeFigure,
)

NOT_COMPARABLE = "not_comparable"
NOT_PUBLISHED = "not_published"


def protect_alerts(
    estimates: Iterable[AlertEstimate], volumes: Sequence[VolumeFigure], movements: Sequence[MovementFigure]
) -> list[AlertFigure]:
    """Protect the alerts of one release.

    Args:
        estimates: unprotected rows.
        volumes: protected volumes of the same release: the area's own for the same period must be published.
        movements: protected flows of the same release: of a flow, one at least of those that it adds up must be too.

    Returns:
        A row for each, in order; not comparable where it may not be said, whatever it would have said.
    """
    levels = {row.cell: row for row in volumes}
    flows = {
        (row.block_start_date, area, series)
        for row in movements
        if row.status_code == PUBLISHED
        for area, series in ((row.destination_code, "arrivals"), (row.origin_code, "departures"))
    }
    ordered = sorted(
        estimates, key=lambda row: (row.period_code, row.period_start_date, row.area_code, row.series_code)
    )
    return [_figure(row, _hidden(row, levels, flows)) for row in ordered]


def _hidden(row: AlertEstimate, levels: dict[CellId, VolumeFigure], flows: set[tuple[date, str, str]]) -> str:
    """Say why an alert may not be told; empty where it may."""
    level = levels.get(CellId(row.period_code, row.period_start_date, row.area_code, "all"))
    if level is None:
        return NOT_PUBLISHED
    if level.status_code != PUBLISHED:
        return level.reason_code or NOT_PUBLISHED
    if row.series_code != "level" and (row.period_start_date, row.area_code, row.series_code) not in flows:
        return NOT_PUBLISHED
    return ""


def _figure(row: AlertEstimate, hidden: str) -> AlertFigure:
    return AlertFigure(
        period_code=row.period_code,
        period_start_date=row.period_start_date,
        area_code=row.area_code,
        series_code=row.series_code,
        status_code=NOT_COMPARABLE if hidden else row.status_code,
        reason_code=hidden or row.reason_code or "",
        since_date=None if hidden else row.since_date,
        false_alarm_count=math.ceil(row.false_alarm_value),
    )
