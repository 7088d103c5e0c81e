"""What the attacks are given from the database: released rows, windows that touch, and the truth to judge with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from warehouse import calendar, db
from warehouse.protection.cells import (
    AlertEstimate,
    AlertFigure,
    Area,
    CellId,
    LanguageEstimate,
    LanguageFigure,
    MovementEstimate,
    MovementFigure,
    ShareFigure,
    VolumeEstimate,
    VolumeFigure,
)
from warehouse.protection.gate import Estimates, Figures, QualityFigure

Window = tuple[str, date]
LENGTH: Final = {"day": 1, "week": 7, "block": calendar.BLOCK_DAYS}


@dataclass(frozen=True, slots=True)
class _Column:
    table_name: str
    column_name: str
    type_name: str


def released(conn: db.Connection, day: date, version: int) -> Figures:
    """Read back what one version of a day's release holds."""
    at = {"day": day, "version": version}
    return Figures(
        volumes=db.rows(conn, "release_read_volume", VolumeFigure, at),
        shares=db.rows(conn, "release_read_setting_share", ShareFigure, at),
        movements=db.rows(conn, "release_read_movement", MovementFigure, at),
        languages=db.rows(conn, "release_read_language", LanguageFigure, at),
        quality=db.rows(conn, "release_read_quality_day", QualityFigure, at),
        alerts=db.rows(conn, "release_read_alert", AlertFigure, at),
    )


def released_areas(conn: db.Connection) -> dict[str, Area]:
    """Read the areas as readers see them, by code."""
    return {area.area_code: area for area in db.rows(conn, "report_areas", Area)}


def estimates_of(conn: db.Connection, day: date) -> Estimates:
    """Read all unprotected rows of a vintage. Needs the rights of the releaser."""
    at = {"day": day}
    return Estimates(
        volumes=db.rows(conn, "release_est_volume", VolumeEstimate, at),
        movements=db.rows(conn, "release_est_movement", MovementEstimate, at),
        languages=db.rows(conn, "release_est_language", LanguageEstimate, at),
        quality=db.rows(conn, "release_crawls", QualityFigure, at),
        alerts=db.rows(conn, "release_est_alert", AlertEstimate, at),
    )


def reader_columns(conn: db.Connection) -> dict[str, list[tuple[str, str]]]:
    """List the columns (name, SQL type) of each table that readers see."""
    columns: dict[str, list[tuple[str, str]]] = {}
    for column in db.rows(conn, "release_columns", _Column):
        columns.setdefault(column.table_name, []).append((column.column_name, column.type_name))
    return columns


def linked_windows(cells: set[CellId]) -> list[Window]:
    """List the windows that touch those of a release: before and after, the days of a week, the weeks of a block."""
    windows = {(cell.period_code, cell.period_start) for cell in cells}
    linked: set[Window] = set()
    for period, start in windows:
        step = timedelta(days=LENGTH[period])
        linked |= {(period, start - step), (period, start + step)}
        if period == "day":
            linked.add(("week", calendar.week_start(start)))
        if period == "week":
            linked.add(("block", calendar.block_start(start)))
            linked |= {("day", start + timedelta(days=offset)) for offset in range(7)}
        if period == "block":
            linked |= {("week", start + timedelta(days=offset)) for offset in range(0, calendar.BLOCK_DAYS, 7)}
    return sorted(linked - windows)


def earlier_figures(conn: db.Connection, windows: Sequence[Window]) -> list[VolumeFigure]:
    """Read what was released of some windows, the last version of each cell."""
    return db.rows(conn, "release_linked", VolumeFigure, _params(windows))


def truth_behind(conn: db.Connection, windows: Sequence[Window]) -> list[VolumeEstimate]:
    """Read the estimates behind some windows, as of the last day of each; only cells that could have been printed."""
    ends = [start + timedelta(days=LENGTH[period] - 1) for period, start in windows]
    return db.rows(conn, "release_est_earlier", VolumeEstimate, {**_params(windows), "ends": ends})


def _params(windows: Sequence[Window]) -> dict[str, Any]:
    return {"periods": [period for period, _ in windows], "starts": [start for _, start in windows]}
