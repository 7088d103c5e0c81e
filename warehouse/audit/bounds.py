"""A1: linear bounds on hidden cells over all linked tables, margins included.

The reader writes every released row as bounds on an unknown and every link as an inequality (an area counts at most
the sum of its parts and at least each part; classes add up to at most the total) and asks a linear program how small
and how large each hidden small cell can be. If the released figures contradict the links, the contradicted links are
dropped first: estimates need not add up, and a reader who trusts what cannot hold learns nothing.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, identity

from warehouse.audit.view import WIDE_ENOUGH, View
from warehouse.protection.cells import BELOW, CellId, VolumeFigure

_EPSILON: Final = 1e-6
_LARGE: Final = 1e6
# Reasons that are given to cells of any size; every other reason is given only to cells that reach the threshold.
_OF_ANY_SIZE: Final = frozenset({"secondary", "attack"})
_BLIND: Final = frozenset({"low_completeness", "too_few_source_groups", "epoch_boundary", "no_data"})

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bound:
    """A hidden cell and the whole numbers it can still be, ends included."""

    cell: CellId
    low: int
    high: int


@dataclass(slots=True)
class _Program:
    """Unknowns with bounds and rows `matrix @ x <= 0`."""

    cells: list[CellId]
    low: FloatArray
    high: FloatArray
    matrix: csr_array

    def solve(self, goal: FloatArray) -> FloatArray:
        found = linprog(  # type: ignore[call-overload]  # the stubs know no sparse matrices
            goal,
            A_ub=self.matrix,
            b_ub=np.zeros(self.matrix.shape[0]),
            bounds=np.column_stack([self.low, self.high]),
            method="highs",
        )
        if found.status != 0:
            raise ArithmeticError("the bounds program did not solve; report the release day with this message")
        return np.asarray(found.x, dtype=np.float64)

    def consistent(self) -> "_Program":
        """Drop the links that the figures contradict (least total contradiction)."""
        rows, columns = self.matrix.shape
        if not rows:
            return self
        slack = linprog(  # type: ignore[call-overload]
            np.concatenate([np.zeros(columns), np.ones(rows)]),
            A_ub=hstack([self.matrix, -identity(rows, format="csr")], format="csr"),
            b_ub=np.zeros(rows),
            bounds=np.column_stack(
                [np.concatenate([self.low, np.zeros(rows)]), np.concatenate([self.high, np.full(rows, _LARGE * 10)])]
            ),
            method="highs",
        )
        if slack.status != 0:
            raise ArithmeticError("the bounds program did not solve; report the release day with this message")
        holds = np.asarray(slack.x)[columns:] <= _EPSILON
        return _Program(self.cells, self.low, self.high, self.matrix[np.flatnonzero(holds)])


def narrowed(view: View) -> list[Bound]:
    """Find hidden small cells that the linked rows leave fewer than ten whole numbers (or only one).

    Returns:
        Bounds in order of cell; empty when the attack finds nothing. Printed cells under ten are found too.
    """
    found: list[Bound] = []
    windows: dict[tuple[str, str], list[VolumeFigure]] = {}
    for row in view.new:
        windows.setdefault((row.period_code, row.period_start_date.isoformat()), []).append(row)
    for _, rows in sorted(windows.items()):
        found += _printed_small(rows, view)
        found += _hidden_small(rows, view)
    return sorted(found, key=lambda bound: bound.cell)


def _printed_small(rows: Sequence[VolumeFigure], view: View) -> list[Bound]:
    """A printed figure needs no program: what it stands for may be small and narrow by itself."""
    blur = view.mechanism.blur
    floor = view.mechanism.threshold
    return [
        Bound(row.cell, max(count - blur, floor, 0), count + blur)
        for row in rows
        if (count := row.advertiser_count) is not None
        and 0 < count + blur < WIDE_ENOUGH
        and count + blur - max(count - blur, floor, 0) + 1 < WIDE_ENOUGH
    ]


def _hidden_small(rows: Sequence[VolumeFigure], view: View) -> list[Bound]:
    small = [index for index, row in enumerate(rows) if _may_be_small(row)]
    if not small:
        return []
    program = _program(rows, view).consistent()
    lowest = _ends(program, small, 1.0)
    highest = _ends(program, small, -1.0)
    found = []
    for index in small:
        low = math.ceil(lowest[index] - _EPSILON)
        high = math.floor(highest[index] + _EPSILON)
        if high - low + 1 < min(WIDE_ENOUGH, view.mechanism.threshold):
            found.append(Bound(rows[index].cell, low, high))
    return found


def _may_be_small(row: VolumeFigure) -> bool:
    return row.status_code == BELOW or (row.status_code == "withheld" and row.reason_code in _OF_ANY_SIZE)


def _ends(program: _Program, small: Sequence[int], sign: float) -> dict[int, float]:
    """Give the end (low for sign 1, high for -1) that each small cell can reach.

    One program reaches for all ends at once; those that are reached are settled and no longer compete. Only the cells
    that no joint program brings to their end are solved alone.
    """
    ends: dict[int, float] = {}
    open_cells = list(small)
    while open_cells:
        goal = np.zeros(len(program.cells))
        goal[open_cells] = sign
        point = program.solve(goal)
        limit = program.low if sign > 0 else program.high
        settled = [index for index in open_cells if abs(point[index] - limit[index]) <= _EPSILON]
        if not settled:
            break
        ends |= {index: float(limit[index]) for index in settled}
        open_cells = [index for index in open_cells if index not in ends]
    for index in open_cells:
        alone = np.zeros(len(program.cells))
        alone[index] = sign
        ends[index] = float(program.solve(alone)[index])
    return ends


def _program(rows: Sequence[VolumeFigure], view: View) -> _Program:
    position = {row.cell: index for index, row in enumerate(rows)}
    low, high = np.zeros(len(rows)), np.full(len(rows), _LARGE)
    mechanism = view.mechanism
    for index, row in enumerate(rows):
        if row.advertiser_count is not None:
            low[index] = max(row.advertiser_count - mechanism.blur, mechanism.threshold)
            high[index] = row.advertiser_count + mechanism.blur
        elif row.status_code == BELOW:
            high[index] = mechanism.threshold - 1
        elif not _may_be_small(row) and row.reason_code not in _BLIND:
            low[index] = mechanism.threshold
    links: list[dict[int, float]] = []
    parts: dict[int, list[int]] = {}
    classes: dict[int, list[int]] = {}
    for row in rows:
        here = position[row.cell]
        parent = view.parents.get(row.area_code)
        above = None if parent is None else position.get(row.cell._replace(area_code=parent))
        if above is not None:
            links.append({here: 1.0, above: -1.0})
            parts.setdefault(above, []).append(here)
        if row.setting_code != "all":
            total = position.get(row.cell._replace(setting_code="all"))
            if total is not None:
                classes.setdefault(total, []).append(here)
    # Of an area of which not every part is on the table the rest is unknown: then its total bounds no part from below.
    children = Counter(parent for parent in view.parents.values() if parent is not None)
    links += [
        {total: 1.0, **dict.fromkeys(inside, -1.0)}
        for total, inside in parts.items()
        if len(inside) == children[rows[total].area_code]
    ]
    links += [{total: -1.0, **dict.fromkeys(inside, 1.0)} for total, inside in classes.items()]
    entries = [(at, column, weight) for at, link in enumerate(links) for column, weight in link.items()]
    at, columns, weights = (list(column) for column in zip(*entries, strict=True)) if entries else ([], [], [])
    matrix = csr_array((weights, (at, columns)), shape=(len(links), len(rows)))
    return _Program([row.cell for row in rows], low, high, matrix)
