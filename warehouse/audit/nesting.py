"""A2, nested cells: what is in one of two printed cells and not in the other that it holds.

An area in an area, a class in the total, a day in its week, a week in its block; a language of a region in that of the
region around it; a flow in a wider one, of whatever version. The difference counts those in the outer cell only; the
reader bounds it with the published blur of both, of every version that was told.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from warehouse.audit.view import WIDE_ENOUGH, View, ancestors, printed, read
from warehouse.calendar import inner_windows, outer_window
from warehouse.flows import flow_pairs
from warehouse.protection.cells import AnyCell, CellId, LanguageFigure, MoveId, MovementFigure
from warehouse.protection.languages import OTHER

_Readings = Mapping[AnyCell, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A derived difference: those in `outer` and not in `inner` number between `low` and `high`, ends included."""

    outer: AnyCell
    inner: AnyCell
    low: int
    high: int

    def __str__(self) -> str:
        """Name the pair by its public coordinates."""
        return f"{self.outer} minus {self.inner}"


def nested(view: View) -> list[Difference]:
    """Derive small differences from nested pairs of which at least one cell is new.

    Returns:
        Claims that fewer than ten people lie between the two cells, narrower than 0..9.
    """
    claims = []
    for outer, inner, whole, part in _pairs(view):
        low, high = max(whole[0] - part[1], 0), whole[1] - part[0]
        # A negative upper end contradicts the nesting: the reader learns that estimates need not nest.
        if 0 < high < WIDE_ENOUGH and high - low + 1 < WIDE_ENOUGH:
            claims.append(Difference(outer, inner, low, high))
    return sorted(claims, key=lambda claim: (str(claim.outer), str(claim.inner)))


def pair_count(view: View) -> int:
    """Count the nested pairs that `nested` looks at."""
    return sum(1 for _ in _pairs(view))


def _pairs(view: View) -> Iterator[tuple[AnyCell, AnyCell, tuple[int, int], tuple[int, int]]]:
    found: dict[tuple[AnyCell, AnyCell], tuple[tuple[int, int], tuple[int, int]]] = {}
    told: dict[AnyCell, tuple[int, int]] = {
        cell: read(figure, view.mechanism) for cell, figure in printed((*view.earlier, *view.new)).items()
    }
    told |= {
        row.cell: read(row.advertiser_count, view.mechanism)
        for row in view.languages
        if row.advertiser_count is not None
    }
    told |= {
        row.cell: read(row.move_count, view.mechanism)
        for row in (*view.earlier_movements, *view.movements)
        if row.move_count is not None
    }
    for outer, inner in (*_volumes(view), *_languages(view.languages, view), *_flows(view.movements, told)):
        if outer in told and inner in told:
            found[outer, inner] = told[outer], told[inner]
    yield from ((outer, inner, *readings) for (outer, inner), readings in found.items())


def _volumes(view: View) -> Iterator[tuple[CellId, CellId]]:
    for cell in sorted(printed(view.new)):
        for code in ancestors(cell.area_code, view.parents):
            yield cell._replace(area_code=code), cell
        if cell.setting_code != "all":
            yield cell._replace(setting_code="all"), cell
        # A day that is released after its week has the week around it, a week that comes last its days inside.
        around = outer_window(cell.period_code, cell.period_start)
        if around is not None:
            yield _at(cell, around), cell
        for window in inner_windows(cell.period_code, cell.period_start):
            yield cell, _at(cell, window)


def _at(cell: CellId, window: tuple[str, date]) -> CellId:
    return cell._replace(period_code=window[0], period_start=window[1])


def _languages(rows: Iterable[LanguageFigure], view: View) -> Iterator[tuple[AnyCell, AnyCell]]:
    for row in rows:
        # Two areas fold different languages, so that the `other` of one need not hold that of the other.
        if row.language_code == OTHER:
            continue
        for code in ancestors(row.area_code, view.parents):
            yield row.cell._replace(area_code=code), row.cell


def _flows(rows: Iterable[MovementFigure], told: _Readings) -> Iterator[tuple[AnyCell, AnyCell]]:
    """Pair each new flow with those told of the same block that hold it or lie in it."""
    flows = [cell for cell in told if isinstance(cell, MoveId)]
    for row in rows:
        if row.move_count is None:
            continue
        here = flow_pairs(row.origin_code, row.destination_code)
        for other in flows:
            if other.block_start == row.block_start_date:
                there = flow_pairs(other.origin_code, other.destination_code)
                if here < there:
                    yield other, row.cell
                elif there < here:
                    yield row.cell, other
