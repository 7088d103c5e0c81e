"""What the attacks are given from the database: released rows, windows that touch, and the truth to judge with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from warehouse import calendar, db, methods
from warehouse.audit import sequence
from warehouse.audit.view import View
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
from warehouse.protection.rows import (
    Method,
    PolicyEffectEstimate,
    PolicyEffectFigure,
    PolicyEvent,
    StayEstimate,
    StayFigure,
    StepEstimate,
    StepFigure,
)

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
        stays=db.rows(conn, "release_read_stay", StayFigure, at),
        steps=db.rows(conn, "release_read_count_step", StepFigure, at),
        events=db.rows(conn, "release_read_policy_event", PolicyEvent, at),
        effects=db.rows(conn, "release_read_policy_effect", PolicyEffectFigure, at),
        methods=db.rows(conn, "release_read_method", Method, at),
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
        stays=db.rows(conn, "release_est_stay", StayEstimate, at),
        steps=db.rows(conn, "release_est_count_step", StepEstimate, at),
        events=db.rows(conn, "release_est_policy_event", PolicyEvent, at),
        effects=db.rows(conn, "release_est_policy_effect", PolicyEffectEstimate, at),
        methods=methods.of_vintage(conn, day),
    )


def reader_columns(conn: db.Connection) -> dict[str, list[tuple[str, str]]]:
    """List the columns (name, SQL type) of each table that readers see."""
    columns: dict[str, list[tuple[str, str]]] = {}
    for column in db.rows(conn, "release_columns", _Column):
        columns.setdefault(column.table_name, []).append((column.column_name, column.type_name))
    return columns


def linked_windows(cells: Iterable[CellId]) -> list[Window]:
    """List the windows that touch those of a release: before and after, the days of a week, the weeks of a block."""
    windows = {(cell.period_code, cell.period_start) for cell in cells}
    linked: set[Window] = set()
    for period, start in windows:
        step = timedelta(days=LENGTH[period])
        around = calendar.outer_window(period, start)
        linked |= {(period, start - step), (period, start + step), *calendar.inner_windows(period, start)}
        linked |= {around} if around is not None else set()
    return sorted(linked - windows)


def view_of(
    conn: db.Connection, figures: Figures, parents: Mapping[str, str | None], *, but: tuple[date, int] | None = None
) -> View:
    """Lay figures beside all that was released of windows that touch theirs, in whatever vintage and version.

    Args:
        conn: a role that may read `release`.
        figures: what is about to be published, or was.
        parents: area that holds each area.
        but: vintage and version of the figures, where they have been published already.
    """
    own = {(row.period_code, row.period_start_date) for row in figures.volumes}
    series = {
        (period, start + timedelta(days=distance))
        for period, start in own
        if period == "day"
        for distance in range(-sequence.REACH, sequence.REACH + 1)
    }
    day, version = but or (None, None)
    at = {"day": day, "version": version}
    volumes = {**_params(sorted(own | series | {*linked_windows(row.cell for row in figures.volumes)})), **at}
    flows = sorted({row.block_start_date for row in figures.movements})
    spoken = sorted({row.block_start_date for row in figures.languages})
    return View(
        new=figures.volumes,
        parents=parents,
        earlier=db.rows(conn, "release_linked", VolumeFigure, volumes),
        shares=figures.shares,
        movements=figures.movements,
        languages=figures.languages,
        beside=figures.beside,
        earlier_movements=db.rows(conn, "release_linked_movement", MovementFigure, {"starts": flows, **at}),
        earlier_languages=db.rows(conn, "release_linked_language", LanguageFigure, {"starts": spoken, **at}),
    )


def earlier_figures(conn: db.Connection, windows: Sequence[Window]) -> list[VolumeFigure]:
    """Read what was released of some windows, all versions, the older first."""
    return db.rows(conn, "release_linked", VolumeFigure, {**_params(windows), "day": None, "version": None})


def truth_behind(conn: db.Connection, cells: Iterable[CellId]) -> list[VolumeEstimate]:
    """Read the estimates behind what touches some cells, as of the last day of each window; of cells that can be printed."""
    windows = linked_windows(cells)
    ends = [start + timedelta(days=LENGTH[period] - 1) for period, start in windows]
    return db.rows(conn, "release_est_earlier", VolumeEstimate, {**_params(windows), "ends": ends})


def _params(windows: Sequence[Window]) -> dict[str, Any]:
    return {"periods": [period for period, _ in windows], "starts": [start for _, start in windows]}
