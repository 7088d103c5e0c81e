"""A1: linear bounds on hidden cells over all linked tables, margins included.

The reader asks a linear program how small and how large each hidden small cell can be, given all that is linked
(`warehouse.audit.linked`). If the released figures contradict the links, the contradicted links are dropped first:
estimates need not add up, and a reader who trusts what cannot hold learns nothing.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, identity

from warehouse.audit.linked import LARGE, Linked, systems
from warehouse.audit.view import WIDE_ENOUGH, View
from warehouse.protection.cells import AnyCell, VolumeFigure

_EPSILON: Final = 1e-6

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bound:
    """A hidden cell and the whole numbers it can still be, ends included."""

    cell: AnyCell
    low: int
    high: int


@dataclass(slots=True)
class _Program:
    """Unknowns with bounds and rows `matrix @ x <= 0`."""

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
                [np.concatenate([self.low, np.zeros(rows)]), np.concatenate([self.high, np.full(rows, LARGE * 10)])]
            ),
            method="highs",
        )
        if slack.status != 0:
            raise ArithmeticError("the bounds program did not solve; report the release day with this message")
        holds = np.asarray(slack.x)[columns:] <= _EPSILON
        return _Program(self.low, self.high, self.matrix[np.flatnonzero(holds)])


def narrowed(view: View) -> list[Bound]:
    """Find hidden small cells that the linked rows leave fewer than ten whole numbers (or only one).

    Returns:
        Bounds in order of cell; empty when the attack finds nothing. Printed cells under ten are found too.
    """
    found = list(_printed_small(view.new, view))
    if view.mechanism.threshold:  # or no cell is hidden for being small
        for system, before in systems(view):
            bounds = _hidden_small(system, view.mechanism.threshold)
            # What older releases tell by themselves is told; no new release can take it back.
            known = set(_hidden_small(before, view.mechanism.threshold)) if before is not None and bounds else set()
            found += [bound for bound in bounds if bound not in known]
    return sorted(found, key=lambda bound: str(bound.cell))


def _printed_small(rows: Iterable[VolumeFigure], view: View) -> list[Bound]:
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


def _hidden_small(system: Linked, threshold: int) -> list[Bound]:
    if not system.small or not system.links:
        return []
    program = _program(system).consistent()
    lowest = _ends(program, system.small, 1.0)
    highest = _ends(program, system.small, -1.0)
    found = []
    for place in system.small:
        low, high = math.ceil(lowest[place] - _EPSILON), math.floor(highest[place] + _EPSILON)
        cell = system.cells[place]
        if cell is not None and low < threshold and high - low + 1 < min(WIDE_ENOUGH, threshold):
            found.append(Bound(cell, low, high))
    return found


def _ends(program: _Program, small: Sequence[int], sign: float) -> dict[int, float]:
    """Give the end (low for sign 1, high for -1) that each small cell can reach.

    One program reaches for all ends at once; those that are reached are settled and no longer compete. Only the cells
    that no joint program brings to their end are solved alone.
    """
    ends: dict[int, float] = {}
    open_cells = list(small)
    while open_cells:
        goal = np.zeros(len(program.low))
        goal[open_cells] = sign
        point = program.solve(goal)
        limit = program.low if sign > 0 else program.high
        settled = [index for index in open_cells if abs(point[index] - limit[index]) <= _EPSILON]
        if not settled:
            break
        ends |= {index: float(limit[index]) for index in settled}
        open_cells = [index for index in open_cells if index not in ends]
    for index in open_cells:
        alone = np.zeros(len(program.low))
        alone[index] = sign
        ends[index] = float(program.solve(alone)[index])
    return ends


def _program(system: Linked) -> _Program:
    entries = [(at, column, weight) for at, link in enumerate(system.links) for column, weight in link.items()]
    at, columns, weights = (list(column) for column in zip(*entries, strict=True))
    matrix = csr_array((weights, (at, columns)), shape=(len(system.links), len(system.cells)))
    return _Program(np.array(system.low), np.array(system.high), matrix)
