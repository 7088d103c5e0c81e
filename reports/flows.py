"""Moves between the four coarse places.

A release tells a flow as finely as it may, which is too much for a digest or a map of the country. What is told in parts is
added up here, from printed figures only. `reports.dashboard.flow_map` draws them.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

from reports import wording
from reports.figures import PUBLISHED, Movement
from warehouse.areas import COARSE_STATES, around

ROLLED_UP = "rolled_up"
PARTLY = "small_left_out"


def between_places(moves: Sequence[Movement]) -> list[Movement]:
    """Add up the moves of one block by coarse place, in the order of their codes; those within a place are left out.

    A flow of which some part is too small or not known has the warning `small_left_out`: its figure is that of the
    other parts. A flow between places that is only in a wider one is withheld as `rolled_up`.
    """
    parts: dict[tuple[str, str], list[Movement]] = {}
    hidden: dict[tuple[str, str], Movement] = {}
    for row in moves:
        ends = _place(row.origin_code), _place(row.destination_code)
        if ends[0] != ends[1]:
            if row.reason_code == ROLLED_UP:
                hidden[ends] = row
            else:
                parts.setdefault(ends, []).append(row)
    added = [_added(ends, rows) for ends, rows in parts.items()]
    only_wider = [
        replace(hidden[ends], origin_code=ends[0], destination_code=ends[1])
        for ends in permutations(COARSE_STATES, 2)
        if ends in hidden and ends not in parts
    ]
    return sorted([*added, *only_wider], key=lambda row: (row.destination_code, row.origin_code))


def _place(code: str) -> str:
    """Find the coarse place of a state; wider areas, arrivals and exits stand for themselves."""
    return next((area for area in around(code) if area in COARSE_STATES), code)


def _added(ends: tuple[str, str], rows: Sequence[Movement]) -> Movement:
    shown = [row for row in rows if row.status_code == PUBLISHED]
    first = replace((shown or rows)[0], origin_code=ends[0], destination_code=ends[1])
    if not shown:
        return first
    warnings = {warning for row in shown for warning in row.warnings}
    return replace(
        first,
        move_count=sum(row.move_count or 0 for row in shown),
        lower_count=sum(row.lower_count or 0 for row in shown),
        upper_count=sum(row.upper_count or 0 for row in shown),
        warnings=sorted(warnings | ({PARTLY} if len(shown) < len(rows) else set())),
    )


def told(row: Movement) -> str:
    """Write the figure of a flow, and that some part is not in it."""
    return wording.figure(row) + (" plus een klein deel" if PARTLY in row.warnings else "")
