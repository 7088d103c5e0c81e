"""Flows between areas: rolled up, origins first, until most moves can be published.

Four coarse places are the backbone: the focus, the rest of its region, the rest of the country, Germany. The flow from
one to another is told as finely as it can be: between states; from the coarse place to each state; from each state to
the coarse place; between the coarse places. Where that is not enough for a destination, its origins become elsewhere in
the Netherlands, then everywhere. Each branch rolls up on its own; a row from a coarse place to itself stands for the
moves between states in it.

A flow between places is held against what it leaves out: the other arrivals at the one and the other departures from
the other, as "nearly all who came, came from there" is told of each of them. Arrivals from everywhere or from outside
what is monitored, and exits, name no place.

Two rules keep a sum from baring its parts. Each flow between states is in one row that is not rolled up and in no other:
no printed sum holds a printed part. And whether to roll up is decided by what the finer rows would print, a label
standing for half the threshold. Decided by the counts, rows left fine beside a label would tell that it hides almost
nobody; decided by the sum, that the sum is hardly more than what is printed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Final

from warehouse.areas import COARSE_STATES, ELSEWHERE, ENTRY, EVERYWHERE, EXIT, MOVEMENT_STATES, around
from warehouse.flows import flow_pairs
from warehouse.protection.cells import (
    ATTACK,
    BELOW,
    PUBLISHED,
    ROLLED_UP,
    UNRELIABLE,
    WITHHELD,
    AnyCell,
    MovementEstimate,
    MovementFigure,
    Status,
)
from warehouse.protection.noise import draw
from warehouse.protection.rounding import protect_value
from warehouse.protection.rules import BLIND_REFUSALS, MOVEMENT, RuleSet

_MODULUS: Final = 1 << 63
_CHANGES: Final = 4  # that one identity can make in the weeks of a block
_Rows = Sequence[MovementEstimate]
_Pairs = frozenset[tuple[str, str]]


def protect_movements(
    estimates: Iterable[MovementEstimate],
    record_key: bytes,
    rule: RuleSet = MOVEMENT,
    *,
    forced: frozenset[AnyCell] = frozenset(),
) -> list[MovementFigure]:
    """Protect flows of one or more blocks.

    Args:
        estimates: unprotected flows between states, and between wider areas where those are estimated as well (they
            know who is in more than one part, and their interval is narrower than that of added parts). Staying in a
            state is no move and is left out.
        record_key: noise key, 32 bytes.
        rule: rule set of the cube.
        forced: cells that an attack got through, to be withheld.

    Returns:
        Rows in order of block, destination, origin. Each flow between states has a row; those rolled up are withheld
        with reason `rolled_up`, and a row between wider areas stands for them. Where its areas overlap, the wider one
        is meant without the other. Arrivals from outside what is monitored (`NEW`) stay apart.
    """
    blocks: dict[date, list[MovementEstimate]] = {}
    for row in estimates:
        if flow_pairs(row.origin_code, row.destination_code):
            blocks.setdefault(row.block_start_date, []).append(row)
    figures = [
        figure
        for _, rows in sorted(blocks.items())
        for figure in _Block(sorted(rows, key=_ends), record_key, rule).figures()
    ]
    figures = [_taken_back(row) if row.cell in forced else row for row in figures]
    return sorted(figures, key=lambda row: (row.block_start_date, row.destination_code, row.origin_code))


def _ends(row: MovementEstimate) -> tuple[str, str]:
    return row.origin_code, row.destination_code


class _Block:
    """Flows of one block. A cut is a list of sums that together hold some flows, each flow once."""

    def __init__(self, rows: _Rows, record_key: bytes, rule: RuleSet) -> None:
        pairs = [flow_pairs(*_ends(row)) for row in rows]
        is_wide = [any(part < whole for part in pairs) for whole in pairs]
        self._rows = [row for row, wide in zip(rows, is_wide, strict=True) if not wide]
        self._wide = {_ends(row): row for row, wide in zip(rows, is_wide, strict=True) if wide}
        self._sizes = [(inside, row.identity_count) for inside, row in zip(pairs, rows, strict=True)]
        self._key, self._rule = record_key, rule

    def figures(self) -> list[MovementFigure]:
        shown = [sum_ for end in (*COARSE_STATES, EXIT) for sum_ in self._to(end)]
        kept = {*map(_ends, shown)}
        rolled = [_rolled_up(row) for row in self._rows if _ends(row) not in kept]
        return [*(self._figure(row) for row in shown), *rolled]

    def _to(self, end: str) -> list[MovementEstimate]:
        """Cut all flows that end in a coarse place, those within it included."""
        rows = [row for row in self._rows if end in around(row.destination_code)]
        came = {place: [row for row in rows if place in around(row.origin_code)] for place in (*COARSE_STATES, ENTRY)}
        inside = came.pop(end, [])
        within = self._enough(self._by_destination(inside, end), [self._sum(end, end, inside)])
        new = self._between(ENTRY, end, came.pop(ENTRY))
        home = [row for place, found in came.items() if ELSEWHERE in around(place) for row in found]
        whole = [row for found in came.values() for row in found]
        apart = {place: self._between(place, end, found) for place, found in came.items()}
        abroad = [row for place, cut in apart.items() if ELSEWHERE not in around(place) for row in cut]
        places = self._enough(
            [[row for cut in apart.values() for row in cut]],
            [[*self._sum(ELSEWHERE, end, home), *abroad]],
            [self._sum(EVERYWHERE, end, whole)],
        )
        return [*within, *new, *places]

    def _between(self, start: str, end: str, rows: _Rows) -> list[MovementEstimate]:
        """Cut the flows from one coarse place to another."""
        by_origin = [row for origin, found in _by(rows, 0) for row in self._sum(origin, end, found)]
        return self._enough(self._by_destination(rows, start), [by_origin], [self._sum(start, end, rows)])

    def _by_destination(self, rows: _Rows, start: str) -> list[list[MovementEstimate]]:
        """Cut flows from a coarse place: to each state from each state, or from the coarse place as one."""
        return [self._enough([found], [self._sum(start, state, found)]) for state, found in _by(rows, 1)]

    def _enough(self, *cuts: Sequence[list[MovementEstimate]]) -> list[MovementEstimate]:
        """Take the first cut, from fine to coarse, of which enough would be printed; if none, the coarsest.

        A cut comes in groups: of each of them enough has to be printed. A sum without an estimate, because a part has
        none, never replaces parts that can be printed.
        """
        best = cuts[0]
        for cut in cuts[1:]:
            if all(map(self._is_enough, best)):
                break
            if not any(self._printed(group) for group in best) or not any(self._number(g, UNRELIABLE) for g in cut):
                best = cut
        return [row for group in best for row in group]

    def _is_enough(self, rows: _Rows) -> bool:
        printed, labels = self._printed(rows), self._number(rows, BELOW, WITHHELD)
        return printed >= self._rule.rollup_share * (printed + labels * self._rule.threshold / 2)

    def _sum(self, origin: str, destination: str, rows: _Rows) -> list[MovementEstimate]:
        """Give the flow that holds these: as it was estimated, else added up."""
        if not rows:
            return []
        return [self._wide.get((origin, destination)) or _added(origin, destination, rows)]

    def _printed(self, cut: _Rows) -> int:
        return sum(self._figure(row).move_count or 0 for row in cut)

    def _number(self, cut: _Rows, *statuses: Status) -> int:
        return sum(self._figure(row).status_code in statuses for row in cut)

    def _figure(self, row: MovementEstimate) -> MovementFigure:
        return _figure(row, self._others(row), self._key, self._rule)

    def _others(self, row: MovementEstimate) -> int | None:
        """Count the identities of the largest flow among those left out by this one; None where it leaves out none.

        The largest, not the sum: that small flows add up to the threshold would tell of each of them that it is not 0.
        """
        return min(
            (
                max((count for pairs, count in self._sizes if pairs <= left_out), default=0)
                for left_out in _complements(*_ends(row))
            ),
            default=None,
        )


@cache
def _complements(origin: str, destination: str) -> tuple[_Pairs, ...]:
    """List, for the two ends of a flow, the pairs of states that share this end and are left out; none where no place is told.

    >>> _complements("ALLX", "GM0153"), len(_complements("DE", "GM0153"))
    ((), 2)
    """
    if origin in (ENTRY, EVERYWHERE) or destination == EXIT:
        return ()
    pairs = flow_pairs(origin, destination)
    came = {(a, b) for _, b in pairs for a in (ENTRY, *MOVEMENT_STATES) if a != b}
    went = {(a, b) for a, _ in pairs for b in (*MOVEMENT_STATES, EXIT) if a != b}
    return frozenset(came - pairs), frozenset(went - pairs)


def _times(origin: str, destination: str) -> int:
    """Say how many moves of a flow one can make: once new, once gone; into an area every other week; weekly in it."""
    return 1 if origin == ENTRY or destination == EXIT else _CHANGES if origin == destination else _CHANGES // 2


def _fewest(counts: Sequence[int], times: int) -> int:
    """Count who is behind several flows at least: the largest of them, or the sum shared by the most that one makes."""
    return max([*counts, -(-sum(counts) // times)], default=0)


def _taken_back(row: MovementFigure) -> MovementFigure:
    return replace(
        row,
        status_code=WITHHELD,
        reason_code=ATTACK if row.reason_code != ROLLED_UP else ROLLED_UP,
        move_count=None,
        lower_count=None,
        upper_count=None,
        warnings=[],
    )


def _by(rows: _Rows, end: int) -> list[tuple[str, list[MovementEstimate]]]:
    """Group by origin (0) or destination (1), in the order of the codes."""
    return [(code, [row for row in rows if _ends(row)[end] == code]) for code in sorted({_ends(r)[end] for r in rows})]


def _added(origin: str, destination: str, rows: _Rows) -> MovementEstimate:
    """Add flows up. Ends of the interval add up too: wide enough however the flows hang together.

    Who made several of these moves is in several rows, so that the identities are told from below.
    """
    refusals = sorted({row.refusal_code for row in rows if row.refusal_code})
    counts = [row.identity_count for row in rows]
    return replace(
        rows[0],
        origin_code=origin,
        destination_code=destination,
        identity_count=_fewest(counts, _times(origin, destination)),
        point_count=_total([row.point_count for row in rows]),
        lower_count=_total([row.lower_count for row in rows]),
        upper_count=_total([row.upper_count for row in rows]),
        refusal_code=refusals[0] if refusals else None,
        warnings=sorted({warning for row in rows for warning in row.warnings}),
        cell_number=sum(row.cell_number for row in rows) % _MODULUS,
    )


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _rolled_up(row: MovementEstimate) -> MovementFigure:
    return MovementFigure(
        row.block_start_date, row.origin_code, row.destination_code, WITHHELD, ROLLED_UP, None, None, None, []
    )


def _figure(row: MovementEstimate, others: int | None, record_key: bytes, rule: RuleSet) -> MovementFigure:
    def without(status: Status, reason: str) -> MovementFigure:
        return MovementFigure(
            row.block_start_date, row.origin_code, row.destination_code, status, reason, None, None, None, []
        )

    if row.refusal_code in BLIND_REFUSALS:  # such a refusal holds for the whole block: it tells no flow from another
        return without(UNRELIABLE, row.refusal_code or "")
    if row.identity_count < rule.threshold:
        return without(BELOW, BELOW)
    if others is not None and others < rule.threshold:
        return without(WITHHELD, "complement")
    if row.refusal_code is not None or row.point_count is None:
        return without(UNRELIABLE, row.refusal_code or "no_estimate")
    error = draw(record_key, rule.cube, row.cell_number, row.identity_count, rule.noise)
    shown = protect_value(row.point_count, row.lower_count, row.upper_count, None, error, rule)
    if shown.count < rule.threshold:
        return without(BELOW, BELOW)
    return MovementFigure(
        row.block_start_date,
        row.origin_code,
        row.destination_code,
        PUBLISHED,
        "",
        shown.count,
        shown.lower,
        shown.upper,
        sorted(row.warnings),
    )
