"""Alerts: has a watched series demonstrably changed? Told for each week and block that is due, from figures kept.

What is watched is a fixed list (`WATCHED`). Each series has a share of the `FALSE_ALARMS` that all of them together may
raise in 180 days in which nothing changes, and its threshold follows from that: who watches more finds less. Never anything smaller than a municipality (PRIVACY P13): `Watched`
refuses it and so does the table. Nothing is compared across other sources, another method or a lost key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np

from warehouse import areas, calendar, db, epochs, trends
from warehouse.errors import UnknownArea
from warehouse.estimates import alerts
from warehouse.estimates.alerts import Chart

FALSE_ALARMS: Final = 1.0  # in 180 days, all watched series together
LEVELS: Final = frozenset({"municipality", "corop", "province", "country"})
SOURCE_BREAK, EPOCH_BOUNDARY, AFTER_ALERT = "source_break", "epoch_boundary", "after_alert"
NO_DATA, LOW_COMPLETENESS = "no_data", "low_completeness"

SeriesCode = Literal["level", "arrivals", "departures"]


@dataclass(frozen=True, slots=True)
class Watched:
    """A series that is watched: the level of an area by week, or the flow into or out of it by block of four weeks.

    `share` is its part of the false alarms.

    Raises:
        UnknownArea: not the country, nor an area of `LEVELS` within it.
    """

    area_code: str
    series_code: SeriesCode
    share: float

    def __post_init__(self) -> None:
        """Refuse whatever is no municipality or larger."""
        known = [area for area in areas.all_areas() if area.code == areas.COUNTRY or area.parent is not None]
        if not any(area.code == self.area_code and area.level in LEVELS for area in known):
            raise UnknownArea(self.area_code)

    @property
    def chart(self) -> Chart:
        """Chart that this series is judged by."""
        return alerts.LEVEL if self.series_code == "level" else alerts.FLOW

    @property
    def limit(self) -> float:
        """What the statistic must exceed."""
        return alerts.threshold(self.chart, FALSE_ALARMS * self.share)


# Half for what the digest is about, since a small place needs it most.
WATCHED: Final = (
    Watched(areas.FOCUS, "level", 1 / 2),
    Watched(areas.REGION, "level", 1 / 4),
    Watched(areas.FOCUS, "arrivals", 1 / 8),
    Watched(areas.FOCUS, "departures", 1 / 8),
)


@dataclass(frozen=True, slots=True)
class _Level:
    """A kept level; field order as in alert_levels.sql."""

    period_start_date: date
    point_count: float | None
    specific_variance_value: float | None
    completeness_share: float
    refusal_code: str | None
    kappa: float | None
    active_share: float | None
    calibration: list[Any]


@dataclass(frozen=True, slots=True)
class _Flow:
    """All flows into or out of an area in one block, added up; field order as in alert_flows.sql."""

    period_start_date: date
    point_count: float | None
    specific_variance_value: float | None
    completeness_share: float
    refusal_code: str | None
    estimator_version: str
    linkage: str | None


def rows(conn: db.Connection, day: date) -> list[tuple[Any, ...]]:
    """Judge every watched series of which a period ends on `day`; rows in the order of `est.alert`.

    Args:
        conn: as role estimator; volumes, trends and movement of that day are written.
        day: vintage.
    """
    due = [each for each in WATCHED if _ends(each.chart, day)]
    if not due:
        return []
    broken = _broken(conn, day)
    return [_row(conn, each, day, broken) for each in due]


def _ends(chart: Chart, day: date) -> bool:
    return calendar.is_last_day_of_week(day) if chart.period_code == "week" else calendar.is_last_day_of_block(day)


def _broken(conn: db.Connection, day: date) -> list[tuple[date, str]]:
    """Give the days from which on nothing is compared with what was before, with the reason."""
    known = [row for row in epochs.known(conn) if row.start <= day]
    lost = [(since, EPOCH_BOUNDARY) for row in known if (since := epochs.comparable_from(known, row)) > row.first]
    return [*lost, *((on, SOURCE_BREAK) for (on,) in db.tuples(conn, "alert_breaks", {"day": day}))]


def _row(conn: db.Connection, watched: Watched, day: date, broken: Sequence[tuple[date, str]]) -> tuple[Any, ...]:
    chart = watched.chart
    start = day - timedelta(days=chart.days - 1)
    starts = [start - timedelta(days=chart.days * back) for back in reversed(range(chart.window))]
    asked = {"area": watched.area_code, "series": watched.series_code, "first": starts[0], "last": start}
    others = [*areas.COARSE_STATES, areas.ENTRY, areas.EXIT]
    kept: dict[date, _Level | _Flow] = {}
    if watched.series_code == "level":
        kept.update((row.period_start_date, row) for row in db.rows(conn, "alert_levels", _Level, asked))
    else:
        flows = db.rows(conn, "alert_flows", _Flow, {**asked, "others": others})
        kept.update((row.period_start_date, row) for row in flows)
        broken = [*broken, *_other_methods(flows)]
    alarms = [(on, AFTER_ALERT) for (on,) in db.tuples(conn, "alert_last", asked)]
    since, reason = max([*broken, *alarms], default=(starts[0], alerts.TOO_FEW))
    log_n, specific, completeness = (np.full((1, chart.window), fill) for fill in (np.nan, np.nan, 0.0))
    for n, on in enumerate(starts):
        one = kept.get(on)
        if on < since or one is None or not one.point_count or one.specific_variance_value is None:
            continue
        log_n[0, n] = np.log(one.point_count) + _recalibrated(one, kept.get(start))
        specific[0, n], completeness[0, n] = one.specific_variance_value, one.completeness_share
    found = alerts.judge(log_n, specific, completeness, chart, watched.limit)
    why = str(found.withheld[0])
    if why == alerts.MISSING:
        why = reason if start < since else _unseen(kept.get(start))
    elif why == alerts.TOO_FEW and since >= starts[0]:
        why = reason
    changed = int(found.since[0])
    statistic = float(found.statistic[0])
    return (
        day,
        chart.period_code,
        start,
        watched.area_code,
        watched.series_code,
        found.status(0),
        why or None,
        starts[changed] if changed >= 0 else None,
        round(statistic, 6) if np.isfinite(statistic) else None,
        watched.limit,
        int(found.baseline[0]),
        FALSE_ALARMS,
    )


def _other_methods(flows: Sequence[_Flow]) -> list[tuple[date, str]]:
    """Give the blocks from which on flows were estimated in another way, or with another error of links.

    That error is part of the model, so a new audit of links moves flows, and nothing here can put the old ones on it.
    """
    known = [one for one in flows if one.point_count is not None]
    return [
        (b.period_start_date, SOURCE_BREAK)
        for a, b in pairwise(known)
        if (a.estimator_version, a.linkage) != (b.estimator_version, b.linkage)
    ]


def _recalibrated(one: _Level | _Flow, now: _Level | _Flow | None) -> float:
    return trends.recalibrated(one, now) if isinstance(one, _Level) and isinstance(now, _Level) else 0.0


def _unseen(one: _Level | _Flow | None) -> str:
    """Say why a period has no figure that counts."""
    if one is None:
        return NO_DATA
    return one.refusal_code or (LOW_COMPLETENESS if one.point_count else NO_DATA)
