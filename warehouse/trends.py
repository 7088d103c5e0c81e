"""Volume over time: level and change of the newest day and week, from the figures kept of those before. STATISTICS 2F.

Everything comes from `est.volume` as it stood at the end of each period, so a level can be made again as its figures can.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

import numpy as np

from warehouse import db
from warehouse.areas import COUNTRY
from warehouse.estimates import holidays, matched, trend
from warehouse.estimates.capture_recapture import DELTA
from warehouse.estimates.errors import SourceBreak
from warehouse.estimates.tables import CaptureTable, Pattern, as_table
from warehouse.estimates.trend import Break, Column

PERIODS = {"day": (56, 1), "week": (26, 7)}  # how many are looked at, and how long each is in days
NEAR_ZERO = 1e-9


class Calibrated(Protocol):
    """What a kept figure's level went by."""

    @property
    def kappa(self) -> float | None:
        """Advertisers per identity."""

    @property
    def active_share(self) -> float | None:
        """Share of them that is no ghost."""

    @property
    def calibration(self) -> list[Any]:
        """All of it, to tell whether it changed."""


@dataclass(frozen=True, slots=True)
class Past:
    """One kept figure; field order as in trend_history.sql. `calibration` is what its level went by."""

    period_start_date: date
    area_code: str
    setting_code: str
    point_count: float | None
    common_variance_value: float | None
    specific_variance_value: float | None
    overlap: dict[str, float] = field(repr=False)
    estimator_version: str
    delta: float | None
    kappa: float | None
    active_share: float | None
    calibration: list[Any]
    matched_index_value: float | None


def rows(conn: db.Connection, period: str, start: date, seed: int) -> list[tuple[Any, ...]]:
    """Estimate level and change of a period for every area and setting; rows in the order of `est.trend`.

    Args:
        conn: as role estimator; the volumes of the period are written.
        period: day or week.
        start: its first day.
        seed: of the links over breaks.
    """
    many, days = PERIODS[period]
    first = start - timedelta(days=days * (many - 1))
    past = db.rows(conn, "trend_history", Past, {"period": period, "days": days, "first": first, "last": start})
    if not past or max(one.period_start_date for one in past) != start:
        return []
    since = min(one.period_start_date for one in past)
    starts = [since + timedelta(days=days * n) for n in range((start - since).days // days + 1)]
    series: dict[tuple[str, str], dict[date, Past]] = {}
    for one in past:
        series.setdefault((one.area_code, one.setting_code), {})[one.period_start_date] = one
    country = series.get((COUNTRY, "all"), {})
    groups = _groups_of(starts, country)
    breaks = _breaks(starts, country, groups, seed)
    due = {key: kept for key, kept in series.items() if start in kept}
    found = _estimated(list(due.values()), starts, breaks, is_daily=period == "day")
    vintage = start + timedelta(days=days - 1)
    is_break = any(one.at == len(starts) - 1 for one in breaks)
    return [
        (
            vintage,
            period,
            start,
            *key,
            *_figures(found, i),
            _chained(kept, starts, groups),
            is_break,
            str(found.withheld[i, -1]) or None,
        )
        for i, (key, kept) in enumerate(due.items())
    ]


def _figures(found: trend.Trend, i: int) -> tuple[Any, ...]:
    told = (found.point, found.lower, found.upper, found.change, found.change_lower, found.change_upper)
    values = [float(each[i, -1]) for each in told]
    return (*(round(v, 6) if np.isfinite(v) else None for v in values), bool(found.is_demonstrable[i, -1]))


def _groups(one: Past) -> set[str]:
    return {name for names in one.overlap for name in names.split("+")}


def _table(one: Past, groups: Sequence[str]) -> CaptureTable:
    return as_table(dict[Pattern, float](one.overlap.items()), groups)


def source_breaks(starts: Sequence[date], country: dict[date, Past], seed: int) -> list[Break]:
    """Find where source groups come and go, with a link where one can be made, and where the method changes.

    Args:
        starts: first days of all periods.
        country: figures of the country, by period.
        seed: of the links.
    """
    return _breaks(starts, country, _groups_of(starts, country), seed)


def _groups_of(starts: Sequence[date], country: dict[date, Past]) -> list[frozenset[str]]:
    return [frozenset(_groups(country[on])) if on in country else frozenset() for on in starts]


def _breaks(
    starts: Sequence[date], country: dict[date, Past], groups: Sequence[frozenset[str]], seed: int
) -> list[Break]:
    """Find where source groups come and go, with a link where one can be made, and where the method changes."""
    found = []
    before: int | None = None
    for n, on in enumerate(starts):
        if on not in country:
            continue
        if before is not None:
            if country[on].estimator_version != country[starts[before]].estimator_version:
                found.append(Break(n))
            elif groups[n] != groups[before]:
                found.append(_linked(n, before, (starts, country, groups), seed))
        before = n
    return found


def _linked(
    at: int, before: int, of: tuple[Sequence[date], dict[date, Past], Sequence[frozenset[str]]], seed: int
) -> Break:
    """Link over a period in which one group opened or closed; more at once cannot be told apart."""
    starts, country, groups = of
    opened, closed = groups[at] - groups[before], groups[before] - groups[at]
    if len(opened) + len(closed) != 1:
        return Break(at)
    names = groups[at] if opened else groups[before]
    on_side = range(at, len(starts)) if opened else range(before + 1)
    tables = {starts[n].isoformat(): _table(country[starts[n]], sorted(names)) for n in on_side if groups[n] == names}
    try:
        delta = country[starts[-1]].delta if starts[-1] in country else None
        link = matched.link(tables, next(iter(opened | closed)), seed=seed, delta=DELTA if delta is None else delta)
    except SourceBreak:
        return Break(at)
    link = link if opened else link.reversed
    return Break(at, link.mean, link.variance)


def _estimated(
    series: Sequence[dict[date, Past]], starts: Sequence[date], breaks: Sequence[Break], *, is_daily: bool
) -> trend.Trend:
    log_n, common, specific = (np.full((len(series), len(starts)), np.nan) for _ in range(3))
    for i, kept in enumerate(series):
        now = kept[starts[-1]]
        for n, on in enumerate(starts):
            one = kept.get(on)
            if one is None or one.point_count is None or one.specific_variance_value is None:
                continue
            log_n[i, n] = np.log(max(one.point_count, 0.5)) + recalibrated(one, now)
            common[i, n], specific[i, n] = one.common_variance_value or 0.0, max(one.specific_variance_value, NEAR_ZERO)
    if not is_daily:
        return trend.estimate(log_n, specific, common, breaks=breaks)
    off = np.array([float(holidays.is_holiday(on)) for on in starts])
    weekday = np.array([on.weekday() for on in starts])
    columns = [Column(off)] if off.any() else []
    return trend.estimate(log_n, specific, common, weekday=weekday, columns=columns, breaks=breaks)


def recalibrated(one: Calibrated, now: Calibrated) -> float:
    """Put an older figure on today's kappa and ghosts: a new audit moves every level, and that is no change of volume."""
    if one.calibration == now.calibration or not (one.kappa and now.kappa and one.active_share and now.active_share):
        return 0.0
    return float(np.log(now.kappa / one.kappa) + np.log(now.active_share / one.active_share))


def _chained(kept: dict[date, Past], starts: Sequence[date], groups: Sequence[frozenset[str]]) -> float | None:
    """Continue the index of matched sources from the latest period that has one; 1 where none has."""
    earlier = [n for n, on in enumerate(starts[:-1]) if on in kept and kept[on].matched_index_value is not None]
    if not earlier:
        return 1.0
    before, names = kept[starts[earlier[-1]]], sorted(groups[earlier[-1]] | groups[-1])
    tables = [_table(before, names), _table(kept[starts[-1]], names)]
    ratio = float(matched.index(tables, [groups[earlier[-1]], groups[-1]]).value[-1])
    if not np.isfinite(ratio) or before.matched_index_value is None:
        return None
    return round(before.matched_index_value * ratio, 6)
