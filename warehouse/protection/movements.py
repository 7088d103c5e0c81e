"""Flows between areas: origins are rolled up, per destination, until most moves can be published."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from warehouse.protection.cells import (
    BELOW,
    PUBLISHED,
    UNRELIABLE,
    WITHHELD,
    MovementEstimate,
    MovementFigure,
)
from warehouse.protection.noise import draw
from warehouse.protection.rounding import protect_value
from warehouse.protection.rules import BLIND_REFUSALS, MOVEMENT, RuleSet

NEW: Final = "NEW"
REST_OF_COUNTRY: Final = "NLR"
EVERYWHERE: Final = "ALLX"
_ABROAD: Final = 2  # length of an ISO 3166-1 country code; Dutch areas have longer codes, except NL itself
_MODULUS: Final = 1 << 63


def protect_movements(
    estimates: Iterable[MovementEstimate], record_key: bytes, rule: RuleSet = MOVEMENT
) -> list[MovementFigure]:
    """Protect flows of one or more blocks.

    Args:
        estimates: unprotected flows; staying (origin equals destination) is no move and is left out.
        record_key: noise key, 32 bytes.
        rule: rule set of the cube.

    Returns:
        Rows in order of block, destination, origin. Each origin state has a row; those rolled up are withheld with
        reason `rolled_up`, and a row of the wider origin (`NLR`: elsewhere in the Netherlands, `ALLX`: elsewhere in
        the Netherlands and abroad) stands for them. Arrivals from outside what is monitored (`NEW`) stay apart.
    """
    groups: dict[tuple[date, str], list[MovementEstimate]] = {}
    for row in estimates:
        if row.origin_code != row.destination_code:
            groups.setdefault((row.block_start_date, row.destination_code), []).append(row)
    figures = [
        figure
        for _, rows in sorted(groups.items())
        for figure in _of_destination(sorted(rows, key=lambda row: row.origin_code), record_key, rule)
    ]
    return sorted(figures, key=lambda row: (row.block_start_date, row.destination_code, row.origin_code))


def _of_destination(rows: Sequence[MovementEstimate], record_key: bytes, rule: RuleSet) -> list[MovementFigure]:
    arrivals = [row for row in rows if row.origin_code == NEW]
    places = [row for row in rows if row.origin_code != NEW]
    figures = [_figure(row, record_key, rule) for row in arrivals]
    if not places:
        return figures
    home = [row for row in places if len(row.origin_code) > _ABROAD]
    abroad = [row for row in places if len(row.origin_code) == _ABROAD]
    levels = [places, [*_merge(home, REST_OF_COUNTRY), *abroad], _merge(places, EVERYWHERE)]
    total = sum(row.identity_count for row in places)
    chosen: list[MovementFigure] = []
    for level in levels:
        chosen = [_figure(row, record_key, rule) for row in level]
        shown = sum(
            row.identity_count
            for row, figure in zip(level, chosen, strict=True)
            if figure.status_code in (PUBLISHED, UNRELIABLE)
        )
        if shown >= rule.rollup_share * total:
            break
    present = {figure.origin_code for figure in chosen}
    rolled = [_rolled_up(row) for row in places if row.origin_code not in present]
    return [*figures, *chosen, *rolled]


def _merge(rows: Sequence[MovementEstimate], code: str) -> list[MovementEstimate]:
    """Add flows up. Ends of the interval add up too: wide enough however the flows hang together."""
    if not rows:
        return []
    first = rows[0]
    refusals = sorted({row.refusal_code for row in rows if row.refusal_code})
    return [
        MovementEstimate(
            block_start_date=first.block_start_date,
            origin_code=code,
            destination_code=first.destination_code,
            identity_count=sum(row.identity_count for row in rows),
            point_count=_total([row.point_count for row in rows]),
            lower_count=_total([row.lower_count for row in rows]),
            upper_count=_total([row.upper_count for row in rows]),
            refusal_code=refusals[0] if refusals else None,
            warnings=sorted({warning for row in rows for warning in row.warnings}),
            cell_number=sum(row.cell_number for row in rows) % _MODULUS,
        )
    ]


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _rolled_up(row: MovementEstimate) -> MovementFigure:
    return MovementFigure(
        row.block_start_date, row.origin_code, row.destination_code, WITHHELD, "rolled_up", None, None, None, []
    )


def _figure(row: MovementEstimate, record_key: bytes, rule: RuleSet) -> MovementFigure:
    def without(status: str, reason: str) -> MovementFigure:
        code = BELOW if status == BELOW else UNRELIABLE
        return MovementFigure(
            row.block_start_date, row.origin_code, row.destination_code, code, reason, None, None, None, []
        )

    if row.refusal_code in BLIND_REFUSALS:  # such a refusal holds for the whole block: it tells no flow from another
        return without(UNRELIABLE, row.refusal_code or "")
    if row.identity_count < rule.threshold:
        return without(BELOW, BELOW)
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
