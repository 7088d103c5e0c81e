"""A1, first half: what a reader writes down. Every released row bounds an unknown, every link between rows is a sum.

Volumes: an area counts at most the sum of its parts and at least each of them; classes add up to at most the total; who
was there on a day was there in its week, who in a week in its block. Languages: as areas, and what has no row of its own
is in `other`. Flows: every row, of whatever version, is a sum of flows between states.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from warehouse.audit.view import Mechanism, View, read
from warehouse.calendar import inner_windows, outer_window
from warehouse.flows import flow_pairs
from warehouse.protection.cells import (
    ATTACK,
    BELOW,
    FEW_FOR_A_DAY,
    ROLLED_UP,
    SECONDARY,
    WITHHELD,
    AnyCell,
    CellId,
    LanguageFigure,
    LanguageId,
    MovementFigure,
    VolumeFigure,
)

LARGE: Final = 1e6
OTHER: Final = "other"
# Reasons that are given to cells of any size; every other reason is given only to cells that reach the threshold.
_OF_ANY_SIZE: Final = frozenset({SECONDARY, ATTACK, FEW_FOR_A_DAY})
_BLIND: Final = frozenset({"low_completeness", "too_few_source_groups", "epoch_boundary", "no_data"})


@dataclass(slots=True)
class Linked:
    """Unknown whole numbers with bounds, and links between them.

    A link gives weights of unknowns (by place) that sum to at most zero. `small` are the places of cells that are hidden
    for being small, or may be.
    """

    cells: list[AnyCell | None] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    links: list[dict[int, float]] = field(default_factory=list)
    small: list[int] = field(default_factory=list)

    def add(self, cell: AnyCell | None, low: float, high: float, *, is_small: bool = False) -> int:
        """Add an unknown and give its place."""
        self.cells.append(cell)
        self.low.append(low)
        self.high.append(high)
        place = len(self.cells) - 1
        if is_small:
            self.small.append(place)
        return place

    def at_most(self, smaller: Iterable[int], larger: Iterable[int]) -> None:
        """Say that some unknowns together are at most others together."""
        link = dict.fromkeys(smaller, 1.0)
        link.update(dict.fromkeys(larger, -1.0))
        self.links.append(link)


def systems(view: View) -> Iterator[tuple[Linked, Linked | None]]:
    """Write down each set of rows that hang together: a window of volumes, a block of languages, a block of flows.

    Returns:
        Each with what was to be known of it before, where it was released before: the days of a new week, which its
        labels narrow, and the weeks of a new block.
    """
    before = {row.cell: row for row in view.earlier}
    now = before | {row.cell: row for row in view.new}
    windows: dict[tuple[str, date], list[VolumeFigure]] = {}
    for row in now.values():
        windows.setdefault((row.period_code, row.period_start_date), []).append(row)
    new = sorted({(row.period_code, row.period_start_date) for row in view.new})
    for window in new:
        yield _volumes(windows[window], now, view), None
    inside = {inner for window in new for inner in inner_windows(*window)} & windows.keys()
    for window in sorted(inside - set(new)):
        yield _volumes(windows[window], now, view), _volumes(windows[window], before, view)
    spoken: dict[date, list[LanguageFigure]] = {}
    for language in view.languages:
        spoken.setdefault(language.block_start_date, []).append(language)
    for _, languages in sorted(spoken.items()):
        yield _languages(languages, view), None
    flows: dict[date, list[MovementFigure]] = {}
    for block in {row.block_start_date for row in view.movements}:
        flows[block] = [row for row in (*view.earlier_movements, *view.movements) if row.block_start_date == block]
    for _, moves in sorted(flows.items()):
        yield _movements(moves, view.mechanism), None


def may_be_small(row: VolumeFigure | LanguageFigure | MovementFigure) -> bool:
    """Tell whether a hidden cell may be small: a label, or withheld for the sake of others."""
    return row.status_code == BELOW or (row.status_code == WITHHELD and row.reason_code in _OF_ANY_SIZE)


def _reading(
    row: VolumeFigure | LanguageFigure | MovementFigure, figure: int | None, mechanism: Mechanism
) -> tuple[float, float]:
    """Say between which whole numbers a reader places what is behind a row."""
    if figure is not None:
        low, high = read(figure, mechanism)
        is_day = isinstance(row, VolumeFigure) and row.period_code == "day"
        # Figures of an older rule set can lie under the threshold of today.
        return _within(low, high, mechanism.day_threshold if is_day else mechanism.threshold, LARGE)
    if row.status_code == BELOW:
        return 0.0, mechanism.threshold - 1.0
    if row.reason_code == FEW_FOR_A_DAY:
        return 0.0, mechanism.day_threshold - 1.0
    if may_be_small(row) or row.reason_code in _BLIND:
        return 0.0, LARGE
    return float(mechanism.threshold), LARGE


def _volumes(rows: Sequence[VolumeFigure], touching: Mapping[CellId, VolumeFigure], view: View) -> Linked:
    system = Linked()
    position: dict[CellId, int] = {}
    for row in rows:
        low, high = _reading(row, row.advertiser_count, view.mechanism)
        low, high = _narrowed(row.cell, low, high, touching, view.mechanism)
        position[row.cell] = system.add(row.cell, low, high, is_small=may_be_small(row))
    parts: dict[int, list[int]] = {}
    classes: dict[int, list[int]] = {}
    for cell, here in position.items():
        parent = view.parents.get(cell.area_code)
        above = None if parent is None else position.get(cell._replace(area_code=parent))
        if above is not None:
            system.at_most([here], [above])
            parts.setdefault(above, []).append(here)
        if cell.setting_code != "all":
            total = position.get(cell._replace(setting_code="all"))
            if total is not None:
                classes.setdefault(total, []).append(here)
    # Of an area of which not every part is on the table the rest is unknown: then its total bounds no part from below.
    children = Counter(parent for parent in view.parents.values() if parent is not None)
    for total, inside in parts.items():
        if len(inside) == children[rows[total].area_code]:
            system.at_most([total], inside)
    for total, inside in classes.items():
        system.at_most(inside, [total])
    return system


def _narrowed(
    cell: CellId, low: float, high: float, touching: Mapping[CellId, VolumeFigure], mechanism: Mechanism
) -> tuple[float, float]:
    """Narrow a cell by the windows in it and around it, labels too, where these do not contradict it."""
    for period, start in inner_windows(cell.period_code, cell.period_start):
        inner = touching.get(cell._replace(period_code=period, period_start=start))
        if inner is not None:
            low, high = _within(low, high, _reading(inner, inner.advertiser_count, mechanism)[0], LARGE)
    window = outer_window(cell.period_code, cell.period_start)
    outer = None if window is None else touching.get(cell._replace(period_code=window[0], period_start=window[1]))
    if outer is not None:
        low, high = _within(low, high, 0.0, _reading(outer, outer.advertiser_count, mechanism)[1])
    return low, high


def _within(low: float, high: float, least: float, most: float) -> tuple[float, float]:
    """Narrow an interval by another, unless the two contradict each other."""
    if max(low, least) > min(high, most):
        return low, high
    return max(low, least), min(high, most)


def _languages(rows: Sequence[LanguageFigure], view: View) -> Linked:
    system = Linked()
    told = {(row.area_code, row.language_code): row for row in rows}
    named = sorted({language for _, language in told} - {OTHER})
    position: dict[tuple[str, str], int] = {}
    for area in sorted({area for area, _ in told}):
        for language in (OTHER, *named):
            row = told.get((area, language))
            # What has no row of its own is in `other`, because it is small or would print as if it were.
            few = max(view.mechanism.threshold - 1.0 + view.mechanism.noise - view.mechanism.rounding // 2, 0.0)
            low, high = (0.0, few) if row is None else _reading(row, row.advertiser_count, view.mechanism)
            cell = LanguageId(rows[0].block_start_date, area, language)
            position[area, language] = system.add(cell, low, high, is_small=row is None or may_be_small(row))
        unnamed = [position[area, language] for language in named if (area, language) not in told]
        system.at_most(unnamed, [position[area, OTHER]])
    _nest(system, position, named, view.parents)
    return system


def _nest(
    system: Linked,
    position: Mapping[tuple[str, str], int],
    named: Sequence[str],
    parents: Mapping[str, str | None],
) -> None:
    """Say of each language that a region counts at most what its parts count, and at least each of them."""
    for parent in sorted({area for area, _ in position}):
        parts = sorted(area for area, above in parents.items() if above == parent)
        inside = [area for area in parts if (area, OTHER) in position]
        for language in named:
            for area in inside:
                system.at_most([position[area, language]], [position[parent, language]])
            if inside and len(inside) == len(parts):
                system.at_most([position[parent, language]], [position[area, language] for area in inside])


def _movements(rows: Sequence[MovementFigure], mechanism: Mechanism) -> Linked:
    system = Linked()
    flows: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.reason_code == ROLLED_UP:
            continue
        low, high = _reading(row, row.move_count, mechanism)
        total = system.add(row.cell, low, high, is_small=may_be_small(row))
        inside = []
        for pair in sorted(flow_pairs(row.origin_code, row.destination_code)):
            if pair not in flows:
                flows[pair] = system.add(None, 0.0, LARGE)
            inside.append(flows[pair])
        system.at_most([total], inside)
        system.at_most(inside, [total])
    return system
