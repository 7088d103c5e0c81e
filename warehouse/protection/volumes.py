"""Volumes: one status and at most one protected figure for every area, class and window, whoever was seen there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from warehouse.protection.cells import (
    ATTACK,
    BELOW,
    FEW_FOR_A_DAY,
    PUBLISHED,
    SECONDARY,
    UNRELIABLE,
    WITHHELD,
    AnyCell,
    Area,
    CellId,
    Status,
    VolumeEstimate,
    VolumeFigure,
)
from warehouse.protection.margins import Margin, is_label, narrowed, sacrifice
from warehouse.protection.noise import draw
from warehouse.protection.rounding import Rounded, nearest, protect_value
from warehouse.protection.rules import BLIND_REFUSALS, LEVELS, SETTINGS_OF_PERIOD, VOLUME, RuleSet

COUNTRY = "NL"


@dataclass(frozen=True, slots=True)
class _Window:
    """What holds for every area of a window: whether anything could be seen at all, and by how many sources."""

    refusal: str | None
    source_group_count: int
    completeness_share: float


def protect_volumes(
    estimates: Iterable[VolumeEstimate],
    areas: Mapping[str, Area],
    record_key: bytes,
    *,
    forced: frozenset[AnyCell] = frozenset(),
    rule: RuleSet = VOLUME,
) -> list[VolumeFigure]:
    """Protect the volumes of one release.

    Args:
        estimates: unprotected rows; areas without a row had no identity.
        areas: areas by code, with their parents.
        record_key: noise key, 32 bytes.
        forced: cells that an attack got through, to be withheld.
        rule: rule set of the cube.

    Returns:
        A row for each area of each level and each class of the windows that occur in `estimates`, in order of cell.
        An area where nobody was seen and one with nine look the same.
    """
    known = {row.cell: row for row in estimates}
    windows = sorted({(row.period_code, row.period_start_date) for row in known.values()})
    places = [area for area in areas.values() if is_counted(area)]
    figures: dict[CellId, VolumeFigure] = {}
    for period, start in windows:
        window = _window(known, period, start)
        for area in places:
            for setting in SETTINGS_OF_PERIOD[period]:
                cell = CellId(period, start, area.area_code, setting)
                figures[cell] = _figure(cell, known, window, record_key, rule)
        _withhold_complements(figures, known, places, period, start, rule)
    margins = volume_margins(figures.keys(), areas)
    for hit in sorted(cell for cell in figures if cell in forced):
        _sacrifice(figures, hit, margins, ATTACK)
    for each in windows:  # no margin links two of them
        own = {cell: figure for cell, figure in figures.items() if cell[:2] == each}
        _withhold_leaks(own, [margin for margin in margins if margin.total[:2] == each], rule)
        figures |= own
    return [figures[cell] for cell in sorted(figures)]


def _withhold_leaks(figures: dict[CellId, VolumeFigure], margins: Sequence[Margin], rule: RuleSet) -> None:
    """Withhold cells of a window, one at a time, until none narrows a label."""
    while leaking := narrowed(figures, margins, rule):
        victims = [victim for margin in leaking if (victim := sacrifice(margin, figures)) is not None]
        if victims:
            _sacrifice(figures, victims[0], margins, SECONDARY)
        elif not any(_unsay(figures, margin, SECONDARY) for margin in leaking):
            break  # nothing is left to withhold here; the attacks decide whether the day may be published


def is_counted(area: Area) -> bool:
    """Tell whether volumes are released for an area: the country and what lies in it, no states of movement."""
    return area.area_code == COUNTRY or (area.level_code in LEVELS and area.parent_code is not None)


def _window(known: Mapping[CellId, VolumeEstimate], period: str, start: date) -> _Window:
    country = known.get(CellId(period, start, COUNTRY, "all"))
    if country is None:
        return _Window("no_data", 0, 0.0)
    refusal = country.refusal_code if country.refusal_code in BLIND_REFUSALS else None
    return _Window(refusal, country.source_group_count, round(country.completeness_share, 2))


def _figure(
    cell: CellId, known: Mapping[CellId, VolumeEstimate], window: _Window, record_key: bytes, rule: RuleSet
) -> VolumeFigure:
    row = known.get(cell)
    status, reason, shown = _decide(cell, row, known, window, record_key, rule)
    if row is None or shown is None:
        return VolumeFigure(
            *cell,
            status_code=status,
            reason_code=reason,
            advertiser_count=None,
            floor_count=None,
            lower_count=None,
            upper_count=None,
            coverage_share=None,
            source_group_count=window.source_group_count,
            completeness_share=window.completeness_share,
            warnings=[],
        )
    return VolumeFigure(
        *cell,
        status_code=PUBLISHED,
        reason_code="",
        advertiser_count=shown.count,
        floor_count=shown.floor,
        lower_count=shown.lower,
        upper_count=shown.upper,
        coverage_share=None if row.coverage_share is None else nearest(row.coverage_share * 100, 10) / 100,
        source_group_count=row.source_group_count,
        completeness_share=round(row.completeness_share, 2),
        warnings=sorted(row.warnings),
    )


def _decide(
    cell: CellId,
    row: VolumeEstimate | None,
    known: Mapping[CellId, VolumeEstimate],
    window: _Window,
    record_key: bytes,
    rule: RuleSet,
) -> tuple[Status, str, Rounded | None]:
    if window.refusal is not None:
        return UNRELIABLE, window.refusal, None
    is_day = cell.period_code == "day"
    least = rule.day_threshold if is_day else rule.threshold
    few: tuple[Status, str, None] = (WITHHELD, FEW_FOR_A_DAY, None) if is_day else (BELOW, BELOW, None)
    if row is None or row.identity_count < least:
        return few
    if row.largest_share > rule.dominance:
        return WITHHELD, "dominance", None
    if cell.setting_code != "all":
        everyone = known.get(cell._replace(setting_code="all"))
        if everyone is None or everyone.identity_count - row.identity_count < rule.threshold:
            return WITHHELD, "complement", None
    if row.refusal_code is not None or row.point_count is None:
        return UNRELIABLE, row.refusal_code or "no_estimate", None
    error = draw(record_key, rule.cube, row.cell_number, row.identity_count, rule.noise)
    shown = protect_value(row.point_count, row.lower_count, row.upper_count, row.floor_count, error, rule)
    return (PUBLISHED, "", shown) if shown.count >= least else few


def _sacrifice(figures: dict[CellId, VolumeFigure], cell: CellId, margins: Sequence[Margin], reason: str) -> None:
    """Withhold a cell for the sake of others, and the labels among its parts under the same word.

    A total that is withheld among labels would say of itself that it is no label, so at least the threshold; with its
    small parts under the same word nobody can tell which of them are small.
    """
    if is_label(figures[cell]):
        figures[cell] = replace(figures[cell], status_code=WITHHELD, reason_code=reason)
    figures[cell] = _hidden(figures[cell], WITHHELD, reason)
    for margin in margins:
        if margin.total == cell and not margin.is_partition:
            _unsay(figures, margin, reason)


def _unsay(figures: dict[CellId, VolumeFigure], margin: Margin, reason: str) -> bool:
    """Take back the labels among the parts of a margin; tell whether there were any."""
    labels = [part for part in margin.parts if is_label(figures[part])]
    for part in labels:
        figures[part] = replace(figures[part], status_code=WITHHELD, reason_code=reason)
    return bool(labels)


def _hidden(figure: VolumeFigure, status: Status, reason: str) -> VolumeFigure:
    if figure.status_code != PUBLISHED:
        return figure
    return replace(
        figure,
        status_code=status,
        reason_code=reason,
        advertiser_count=None,
        floor_count=None,
        lower_count=None,
        upper_count=None,
        coverage_share=None,
        warnings=[],
    )


def _withhold_complements(  # areas inside areas, one window
    figures: dict[CellId, VolumeFigure],
    known: Mapping[CellId, VolumeEstimate],
    places: Sequence[Area],
    period: str,
    start: date,
    rule: RuleSet,
) -> None:
    """Withhold an area's total where all but fewer than the threshold lie in one published part of it.

    The total goes, not the part: a municipality's level is what the figures are for.
    """
    parents = {area.area_code: area.parent_code for area in places}
    by_level = sorted(places, key=lambda area: (LEVELS.index(area.level_code), area.area_code))
    for setting in SETTINGS_OF_PERIOD[period]:
        largest: dict[str, int] = {}
        for area in by_level:
            cell = CellId(period, start, area.area_code, setting)
            row = known.get(cell)
            if row is None or figures[cell].status_code != PUBLISHED:
                continue
            if row.identity_count - largest.get(area.area_code, 0) < rule.threshold and area.area_code in largest:
                figures[cell] = _hidden(figures[cell], WITHHELD, "complement")
                continue
            parent = parents[area.area_code]
            while parent is not None and parent in parents:
                largest[parent] = max(largest.get(parent, 0), row.identity_count)
                parent = parents[parent]


def volume_margins(cells: Iterable[CellId], areas: Mapping[str, Area]) -> list[Margin]:
    """List how the cells of a release add up: classes to `all`, areas to the area that holds them."""
    present = set(cells)
    children: dict[str, list[str]] = {}
    for area in areas.values():
        if is_counted(area) and area.parent_code is not None:
            children.setdefault(area.parent_code, []).append(area.area_code)
    margins = []
    for cell in sorted(present):
        parts = tuple(
            part
            for code in sorted(children.get(cell.area_code, ()))
            if (part := cell._replace(area_code=code)) in present
        )
        if parts:
            margins.append(Margin(cell, parts, is_partition=False))
        if cell.setting_code == "all":
            classes = tuple(
                part for setting in VOLUME.settings[1:] if (part := cell._replace(setting_code=setting)) in present
            )
            if classes:
                margins.append(Margin(cell, classes, is_partition=True))
    return margins
