"""What has to be withheld for an attack to find nothing: not the bared cell, which is hidden, but what bared it."""

from collections.abc import Iterable, Mapping, Sequence

from warehouse.audit.differencing import Pair
from warehouse.audit.nesting import Difference
from warehouse.audit.sequence import Step
from warehouse.audit.view import View, ancestors, printed
from warehouse.calendar import outer_window
from warehouse.flows import flow_pairs
from warehouse.protection.cells import BELOW, ROLLED_UP, AnyCell, CellId, LanguageId, MoveId


def withheld(
    view: View, narrowed: Iterable[AnyCell], nested: Iterable[Difference], of_one: Iterable[Pair | Step]
) -> frozenset[AnyCell]:
    """Choose the new cells to withhold.

    Args:
        view: what was attacked.
        narrowed: hidden cells that bounds narrowed.
        nested: small differences between printed cells.
        of_one: cells of which it is told that exactly one came or left.

    Returns:
        Cells of the new release; withholding some can bare others, so attack again.
    """
    figures = printed(view.new)
    new: set[AnyCell] = {row.cell for row in view.new}
    new |= {row.cell for row in view.languages}
    new |= {row.cell for row in view.movements}
    found: set[AnyCell] = {claim.outer if claim.outer in new else claim.inner for claim in nested}
    for claim in of_one:
        cell = claim.cell
        found.add(_newest(cell, figures) if isinstance(cell, CellId) and cell not in figures else cell)
    for cell in narrowed:
        if isinstance(cell, CellId):
            found |= _volumes(cell, view, figures)
        elif isinstance(cell, LanguageId):
            found |= _languages(cell, view)
        else:
            found |= _movements(cell, view)
    return frozenset(found)


def _newest(cell: CellId, figures: Mapping[CellId, int]) -> CellId:
    """Of a step between older days the new day in its series is what told of it."""
    return max(other for other in figures if other._replace(period_start=cell.period_start) == cell)


def _volumes(cell: CellId, view: View, figures: Mapping[CellId, int]) -> set[AnyCell]:
    """The printed area around a bared cell, else a printed sibling class, else its label.

    Of a cell of an older window the new labels around it: that a week is small says so of its days.
    """
    window = outer_window(cell.period_code, cell.period_start)
    if window is not None and cell not in {row.cell for row in view.new}:
        beside = {area for area, above in view.parents.items() if above == view.parents.get(cell.area_code)}
        outer = cell._replace(period_code=window[0], period_start=window[1])
        around = {row.cell for row in view.new if row.cell._replace(area_code="") == outer._replace(area_code="")}
        labels = {row.cell for row in view.new if row.status_code == BELOW and row.area_code in beside} & around
        return set(labels or {outer})
    parent = view.parents.get(cell.area_code)
    if parent is not None and (outer := cell._replace(area_code=parent)) in figures:
        return {outer}
    siblings = [other for other in figures if other._replace(setting_code="") == cell._replace(setting_code="")]
    classes = [other for other in siblings if other.setting_code != "all"] or siblings
    return {min(classes, key=lambda other: (figures[other], other))} if classes else {cell}


def _languages(cell: LanguageId, view: View) -> set[AnyCell]:
    """The language in the printed regions around, else what else is printed of this region, else its label."""
    shown = {row.cell for row in view.languages if row.advertiser_count is not None}
    around = {cell._replace(area_code=area) for area in ancestors(cell.area_code, view.parents)} & shown
    return set(around or {other for other in shown if other.area_code == cell.area_code} or {cell})


def _movements(cell: MoveId, view: View) -> set[AnyCell]:
    """All new flows that hang together with the bared one through what was told before of the same moves."""
    rows: Sequence[tuple[MoveId, bool]] = [
        *((row.cell, True) for row in view.movements if row.reason_code != ROLLED_UP),
        *((row.cell, False) for row in view.earlier_movements if row.reason_code != ROLLED_UP),
    ]
    of_block = [(other, is_new) for other, is_new in rows if other.block_start == cell.block_start]
    reached = set(flow_pairs(cell.origin_code, cell.destination_code))
    found: set[AnyCell] = set()
    for _ in of_block:
        touching = {
            (other, is_new)
            for other, is_new in of_block
            if flow_pairs(other.origin_code, other.destination_code) & reached
        }
        found |= {other for other, is_new in touching if is_new}
        wider = reached.union(*(flow_pairs(other.origin_code, other.destination_code) for other, _ in touching))
        if wider == reached:
            break
        reached = wider
    return found
