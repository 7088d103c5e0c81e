"""All figures of one vintage from arrays: no database here, so it can be made again from kept statistics anywhere."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from warehouse import calendar
from warehouse.areas import COUNTRY
from warehouse.estimates import counting, identity_weeks, movement_rows, share_rows, step_rows
from warehouse.estimates.counting import CELL_SETTINGS, Cells
from warehouse.estimates.errors import LowCompleteness, OverlapDiffers
from warehouse.estimates.external import ExternalList, extended
from warehouse.estimates.inputs import LENGTHS, Cell, Inputs, figures
from warehouse.estimates.tables import CaptureTable
from warehouse.estimates.view import View, rounded
from warehouse.estimates.volumes import MINIMUM_COMPLETENESS, Figure, Quality, refused

Rows = list[tuple[Any, ...]]

VERSION = "4"  # goes up when the same facts would give other figures
REVISED_DAYS = 7  # a day's figure is smoothed by the days after it for so long, then it stays (STATISTICS 2F)


@dataclass(frozen=True, slots=True)
class Vintage:
    """Rows for each table of `est`, columns in the order of the table; `inputs` is the document they share."""

    inputs: dict[str, Any]
    volume: Rows = field(default_factory=list)
    revision: Rows = field(default_factory=list)
    source_day: Rows = field(default_factory=list)
    movement: Rows = field(default_factory=list)
    movement_figure: Rows = field(default_factory=list)
    language: Rows = field(default_factory=list)
    count_step: Rows = field(default_factory=list)
    share: Rows = field(default_factory=list)
    identity_week: Rows = field(default_factory=list)


def estimate(of: View) -> Vintage:
    """Estimate everything that is due on the view's last day."""
    last = of.frame.seen.shape[1] - 1
    due = [("day", of.day)]
    if calendar.is_last_day_of_week(of.day):
        due.append(("week", calendar.week_start(of.day)))
    if calendar.is_last_day_of_block(of.day):
        due.append(("block", calendar.block_start(of.day)))
    before = [of.day - timedelta(days=n) for n in range(1, min(REVISED_DAYS, last) + 1)]
    quality = {(code, start): _quality(of, code, start) for code, start in due}
    quality |= {("day", day): _quality(of, "day", day) for day in before}
    inputs = Inputs(of.seed, of.frame.groups, of.phi, of.epoch_start, of.known, quality)
    result = Vintage(inputs.as_json())
    if of.places.codes:
        for code, start in due:
            result.volume.extend(_volume_rows(of, inputs, code, start))
        for day in before:
            result.revision.extend(_revision_rows(of, inputs, day))
    result.source_day.extend(_source_rows(of))
    for code, start in due:
        if code == "week":
            result.count_step.extend(step_rows.rows(of, start, result.volume))
            result.identity_week.extend(_identity_week_rows(of, start))
        if code == "block":
            moves, figures = movement_rows.rows(of, start, VERSION)
            result.movement.extend(moves)
            result.movement_figure.extend(figures)
            result.language.extend(share_rows.languages(of, start))
            result.share.extend(share_rows.rows(of, start))
    return result


def _columns(of: View, code: str, start: date) -> tuple[int, int]:
    """Give the first and last column of the window that lie in a period."""
    last = of.frame.seen.shape[1] - 1 - (of.day - start).days + LENGTHS[code] - 1
    return max(last - LENGTHS[code] + 1, 0), last


def _quality(of: View, code: str, start: date) -> Quality:
    return of.presence.quality(*_columns(of, code, start), LENGTHS[code])


def _count(of: View, code: str, start: date) -> Cells:
    first, last = _columns(of, code, start)
    if code == "day":
        return counting.likely_cells(of.frame, of.presence.chance[:, last], last, of.places)
    return counting.cells(of.frame, of.frame.seen[:, first : last + 1], first, of.places)


def _made(of: View, inputs: Inputs, code: str, start: date, k: int, cells: Cells) -> dict[str, tuple[Cell, Figure]]:
    """Estimate all areas in which anybody is held to be, for one setting; by area."""
    setting = CELL_SETTINGS[k]
    told = {each.area_code: each for each in of.external} if code == "week" and setting == "all" else {}
    here = []
    for i in np.flatnonzero(cells.held[:, k] > 0):
        area, table = of.places.codes[i], CaptureTable(of.frame.groups, cells.counts[i, k])
        external = _extended(table, told[area]) if area in told else None
        here.append(Cell(area, table, float(cells.uncertain[i, k]), external))
    found = figures(inputs, of.level, code, start, setting, here)
    return {cell.area: (cell, found[cell.area]) for cell in here}


def _extended(own: CaptureTable, told: ExternalList) -> CaptureTable | None:
    try:
        return extended(own, told)
    except OverlapDiffers:  # it was held against our week when it came in; what is estimated now is not that week
        return None


def _volume_rows(of: View, inputs: Inputs, code: str, start: date) -> Rows:
    cells, quality = _count(of, code, start), inputs.quality[code, start]
    places = {area: i for i, area in enumerate(of.places.codes)}
    rows = []
    if not cells.held.any():
        return [_blind_row(of, code, start, setting, quality) for setting in CELL_SETTINGS[: cells.held.shape[1]]]
    for k, setting in enumerate(CELL_SETTINGS[: cells.held.shape[1]]):
        for area, (cell, figure) in _made(of, inputs, code, start, k, cells).items():
            held = int(cells.held[places[area], k])
            number = int(cells.number[places[area], k])
            rows.append(
                (
                    of.day,
                    code,
                    start,
                    area,
                    setting,
                    cell.table.as_overlap(),
                    held,
                    float(cells.largest[places[area], k]),
                    *figures_kept(figure),
                    len(cell.table.without_empty_lists().lists),
                    round(quality.completeness, 6),
                    figure.refusal,
                    list(figure.warnings),
                    figure.models,
                    counting.sealed(number) if held >= counting.SMALLEST_DRAWN else 0,
                    VERSION,
                    of.seed,
                )
            )
    return rows


def _identity_week_rows(of: View, start: date) -> Rows:
    """Count a week for open data: a row for every municipality and setting, or none if the window misses a day of it."""
    first, last = _columns(of, "week", start)
    if last - first + 1 < LENGTHS["week"]:
        return []
    codes = identity_weeks.municipality_codes()
    table = identity_weeks.counts(of.frame, of.frame.seen[:, first : last + 1], first, of.places, codes)
    return [
        (of.day, start, code, setting, int(count), VERSION)
        for code, row in zip(codes, table, strict=True)
        for setting, count in zip(identity_weeks.CLASSES, row, strict=True)
    ]


def _blind_row(of: View, code: str, start: date, setting: str, quality: Quality) -> tuple[Any, ...]:
    """Write that nobody was seen in the whole country: the reader is told why there is no figure."""
    figure = refused(LowCompleteness(quality.known, MINIMUM_COMPLETENESS), of.level.record)
    told: tuple[Any, ...] = (0, round(quality.completeness, 6), figure.refusal, [], figure.models)
    return (of.day, code, start, COUNTRY, setting, {}, 0, 0.0, *figures_kept(figure), *told, 0, VERSION, of.seed)


def figures_kept(figure: Figure) -> tuple[float | None, ...]:
    """Give floor, point, lower, upper, coverage, common and specific variance as they are kept."""
    told = (figure.floor, figure.point, figure.lower, figure.upper, figure.coverage, figure.common, figure.specific)
    return rounded(told)


def _revision_rows(of: View, inputs: Inputs, day: date) -> Rows:
    if day < of.epoch_start:
        return []
    cells = _count(of, "day", day)
    made = _made(of, inputs, "day", day, 0, cells)
    held = dict(zip(of.places.codes, cells.held[:, 0], strict=True))
    return [
        (of.day, day, area, int(held[area]), *rounded((figure.point, figure.lower, figure.upper)), figure.refusal)
        for area, (_, figure) in made.items()
        if held[area] >= counting.SMALLEST_DRAWN  # of fewer there is no figure to revise
    ]


def _source_rows(of: View) -> Rows:
    rows = []
    last = of.frame.seen.shape[1] - 1
    for i, (source, told) in enumerate(zip(of.presence.crawls.sources, of.presence.live, strict=True)):
        for column in range(max(last - REVISED_DAYS, 0), last + 1):
            q = float(of.presence.crawls.q[i, column])
            if told is None or np.isnan(q):
                continue
            live = (told.mean[column], told.lower[column], told.upper[column])
            day = of.day - timedelta(days=last - column)
            rows.append((of.day, day, source, int(told.naive[column]), *rounded(map(float, live)), round(q, 6)))
    return rows
