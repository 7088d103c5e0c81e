"""A10: scan for dominance, small groups and complements, and shares of 0 or 100 %.

Written apart from the rules it checks: it goes from what is printed back to who stands behind it.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from warehouse.areas import ENTRY, EVERYWHERE, EXIT, MOVEMENT_STATES
from warehouse.audit.view import View, ancestors, printed
from warehouse.flows import flow_pairs
from warehouse.protection.cells import WITHHELD, CellId, MovementEstimate, VolumeEstimate
from warehouse.protection.gate import Estimates

LEAST: Final = 10
MOST: Final = 0.5
LEAST_DENOMINATOR: Final = 20


def found(view: View, estimates: Estimates) -> list[str]:
    """List printed cells that break a rule of disclosure, by their public coordinates and the rule."""
    truth = {row.cell: row for row in estimates.volumes}
    return sorted(
        {
            *_volumes(view, truth),
            *_ends(view),
            *_shares(view),
            *_movements(view, estimates),
            *_languages(view, estimates),
        }
    )


def _volumes(view: View, truth: Mapping[CellId, VolumeEstimate]) -> Iterator[str]:
    figures = printed(view.new)
    for cell, count in figures.items():
        row = truth.get(cell)
        if row is None:
            yield f"{cell}: nobody was seen"
            continue
        if count < LEAST or row.identity_count < LEAST:
            yield f"{cell}: small"
        if row.largest_share > MOST:
            yield f"{cell}: dominated"
        if cell.setting_code != "all":
            everyone = truth.get(cell._replace(setting_code="all"))
            if everyone is None or everyone.identity_count - row.identity_count < LEAST:
                yield f"{cell}: all but a few"
        for code in ancestors(cell.area_code, view.parents):
            outer = cell._replace(area_code=code)
            if outer in figures and outer in truth and truth[outer].identity_count - row.identity_count < LEAST:
                yield f"{outer}: all but a few in one part"


def _ends(view: View) -> Iterator[str]:
    for figure in view.new:
        ends = (figure.lower_count, figure.upper_count, figure.floor_count)
        if any(end is not None and 0 < end < LEAST for end in ends):
            yield f"{figure.cell}: small end"


def _shares(view: View) -> Iterator[str]:
    parts: dict[tuple[str, str], int] = {}
    for row in view.new:
        if row.period_code == "block" and row.setting_code != "all":
            at = (row.period_start_date.isoformat(), row.area_code)
            parts[at] = parts.get(at, 0) + (LEAST // 2 if row.advertiser_count is None else row.advertiser_count)
    for share in view.shares:
        if share.advertiser_share is None:
            continue
        name = f"share {share.block_start_date} {share.area_code} {share.setting_code}"
        if any(end in (0.0, 1.0) for end in (share.advertiser_share, share.lower_share, share.upper_share)):
            yield f"{name}: none or all"
        if parts.get((share.block_start_date.isoformat(), share.area_code), 0) < LEAST_DENOMINATOR:
            yield f"{name}: small denominator"


def _movements(view: View, estimates: Estimates) -> Iterator[str]:
    seen = {(row.block_start_date, row.origin_code, row.destination_code): row for row in estimates.movements}
    told: set[tuple[date, tuple[str, str]]] = set()
    for figure in view.movements:
        if figure.status_code == WITHHELD:
            continue
        ends = (figure.block_start_date, figure.origin_code, figure.destination_code)
        name = f"move {ends[0]} {ends[1]} {ends[2]}"
        flows = {(ends[0], pair) for pair in flow_pairs(ends[1], ends[2])}
        # A sum beside one of its parts bares the rest by subtraction.
        if told & flows:
            yield f"{name}: told twice"
        told |= flows
        if figure.move_count is None:
            continue
        parts = [row.identity_count for at, pair in flows if (row := seen.get((at, *pair))) is not None]
        behind = seen[ends].identity_count if ends in seen else _fewest(parts, ends[1], ends[2])
        if min(figure.move_count, behind) < LEAST:
            yield f"{name}: small"
        if any(sum(row.identity_count for row in others) < LEAST for others in _others(ends, estimates.movements)):
            yield f"{name}: all but a few"


def _others(ends: tuple[date, str, str], estimates: Iterable[MovementEstimate]) -> Iterator[list[MovementEstimate]]:
    """Give the other arrivals at the places of a flow and the other departures from them; nothing where it names none."""
    block, origin, destination = ends
    if origin in (ENTRY, EVERYWHERE) or destination == EXIT:
        return
    own = flow_pairs(origin, destination)
    starts, stops = {a for a, _ in own}, {b for _, b in own}
    single = {*MOVEMENT_STATES, ENTRY, EXIT}
    rows = [
        row
        for row in estimates
        if row.block_start_date == block
        and {row.origin_code, row.destination_code} <= single
        and (row.origin_code, row.destination_code) not in own
    ]
    yield [row for row in rows if row.destination_code in stops]
    yield [row for row in rows if row.origin_code in starts]


def _fewest(parts: Sequence[int], origin: str, destination: str) -> int:
    """Say how many identities there are at least behind these, each of them in all the parts it can be in."""
    often = 4 if origin == destination else 1 if origin == ENTRY or destination == EXIT else 2
    return max([math.ceil(sum(parts) / often), *parts])


def _languages(view: View, estimates: Estimates) -> Iterator[str]:
    truth = {(row.block_start_date, row.area_code, row.language_code): row for row in estimates.languages}
    totals: dict[tuple[object, str], int] = {}
    for row in estimates.languages:
        at = (row.block_start_date, row.area_code)
        totals[at] = totals.get(at, 0) + row.identity_count
    named: dict[tuple[object, str], int] = {}
    sizes: dict[tuple[date, str, str], int] = {}
    for figure in view.languages:
        behind = truth.get((figure.block_start_date, figure.area_code, figure.language_code))
        if behind is not None and figure.language_code != "other":
            at = (figure.block_start_date, figure.area_code)
            named[at] = named.get(at, 0) + behind.identity_count
    for figure in view.languages:
        if figure.advertiser_count is None:
            continue
        at = (figure.block_start_date, figure.area_code)
        behind = truth.get((*at, figure.language_code))
        is_own_row = behind is not None and figure.language_code != "other"
        size = behind.identity_count if behind is not None and is_own_row else totals.get(at, 0) - named.get(at, 0)
        sizes[*at, figure.language_code] = size
        if size < LEAST or totals.get(at, 0) - size < LEAST:
            yield f"language {at[0]} {at[1]} {figure.language_code}: small"
        if behind is not None and is_own_row and behind.largest_share > MOST:
            yield f"language {at[0]} {at[1]} {figure.language_code}: dominated"
    yield from _in_one_part(sizes, view.parents)


def _in_one_part(sizes: Mapping[tuple[date, str, str], int], parents: Mapping[str, str | None]) -> Iterator[str]:
    """Find printed languages of an area of which all but a few are in a printed part of it."""
    for (block, area, language), size in sizes.items():
        for code in ancestors(area, parents):
            if sizes.get((block, code, language), size + LEAST) - size < LEAST:
                yield f"language {block} {code} {language}: all but a few in one part"


def checked(view: View) -> int:
    """Count the rows that the scan goes through."""
    tables: Iterable[Sequence[object]] = (view.new, view.shares, view.movements, view.languages)
    return sum(len(table) for table in tables)
