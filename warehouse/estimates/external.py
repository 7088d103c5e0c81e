"""An external list beside our own: counts from outreach or permits, matched inside a trusted third party. STATISTICS 2G.

Who holds which key and what crosses: docs/external-list.md. What comes in is a table of counts; it goes no further than
the estimate, and no cell of it is ever released.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from warehouse.estimates.errors import OverlapDiffers, RowsAboutPersons, TableError
from warehouse.estimates.tables import MAXIMUM_LISTS, CaptureTable, Pattern, as_table, csv_lines

IntArray = npt.NDArray[np.int64]

# No figure is made of a week of which less than .8 is known (volumes.MINIMUM_COMPLETENESS): the rest may come in late.
MOST_LATE = 0.2
SURE = 0.999
_NAME = re.compile(r"[a-z][a-z_]{0,29}")
_AREA = re.compile(r"(GM|CR|PV)\d{2,4}|NL")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_COUNT = re.compile(r"\d{1,6}")


@dataclass(frozen=True, slots=True)
class ExternalList:
    """Overlap of our source groups and one external list in a week (its Monday) and area.

    `overlap` counts by list names joined by "+", those on the external list only included.
    """

    week_start: date
    area_code: str
    list_name: str
    overlap: Mapping[str, int]


def read(path: Path, groups: Collection[str]) -> list[ExternalList]:
    """Read tables of counts: `week_start,area_code`, a 0/1 column a source group, one for the external list, `count`.

    Args:
        path: CSV file; combinations that are left out are 0.
        groups: source groups that are known here.

    Raises:
        RowsAboutPersons: there are more columns, or text, or the same combination twice. Nothing of it is repeated.
        TableError: it cannot be read; says the line.
    """
    header, body = csv_lines(path)
    if header[:2] != ["week_start", "area_code"] or header[-1] != "count" or len(header) < 5:
        raise TableError(path.name, 1, "the columns must be week_start, area_code, source groups, the list, count.")
    *ours, name = header[2:-1]
    if unknown := len(set(ours) - set(groups)):
        raise RowsAboutPersons(path.name, 1, f"{unknown} columns before the list are no source group of ours")
    if name in groups or not _NAME.fullmatch(name):
        raise TableError(
            path.name, 1, "the column before count is the external list: a short name in lower case letters."
        )
    if len(ours) >= MAXIMUM_LISTS:
        raise TableError(path.name, 1, f"has {len(ours) + 1} lists; at most {MAXIMUM_LISTS} can be estimated from.")
    tables: dict[tuple[date, str], dict[str, int]] = {}
    for line, (week, area, *pattern, count) in body:
        cell = _cell(path.name, line, (week, area, *pattern, count))
        names = "+".join(each for each, field in zip((*ours, name), pattern, strict=True) if field == "1")
        if not names:
            raise TableError(path.name, line, "nobody can have been counted on no list: leave this line out.")
        table = tables.setdefault((cell, area), {})
        if names in table:
            raise RowsAboutPersons(
                path.name, line, "the same combination of lists stands twice, as in a list of persons"
            )
        table[names] = int(count)
    return [ExternalList(week, area, name, table) for (week, area), table in sorted(tables.items())]


def _cell(name: str, line: int, fields: tuple[str, ...]) -> date:
    """Check one line; give its Monday."""
    week, area, *pattern, count = fields
    if any(not field.isdigit() for field in pattern) or not _COUNT.fullmatch(count):
        raise RowsAboutPersons(name, line, "there is something else than 0, 1 and a count of at most six digits")
    if not set(pattern) <= {"0", "1"}:
        raise TableError(name, line, "a list column must hold 0 or 1.")
    if not _AREA.fullmatch(area):
        raise TableError(name, line, "area_code must be a code such as GM0153, CR12, PV23 or NL.")
    try:
        monday = date.fromisoformat(week) if _DAY.fullmatch(week) else None
    except ValueError:
        monday = None
    if monday is None or monday.weekday():
        raise TableError(name, line, "week_start must be a Monday, written as 2026-11-02.")
    return monday


def extended(own: CaptureTable, told: ExternalList) -> CaptureTable:
    """Give the table with the external list as list S + 1, after holding it against our own.

    It holds the identities that were matched: those that came in since are not in it, and nobody knows whether they are on
    the external list. With it the population is larger: it holds those who are on no source and can be on that list.

    Args:
        own: our table of that week and area, as it is known now.
        told: what the third party counted.

    Raises:
        OverlapDiffers: summed over the external list it cannot be ours, not even before late sightings.
    """
    known = {name for key in told.overlap for name in key.split("+")} - {told.list_name}
    lists = (*own.lists, *sorted(known - set(own.lists)), told.list_name)
    both = as_table(dict[Pattern, float](told.overlap.items()), lists)
    matched = both.counts.reshape(2, -1).sum(axis=0)
    matched[0] = 0  # on the external list only
    ours = np.zeros_like(matched)
    ours[: len(own.counts)] = own.counts
    earlier, later = matched.astype(np.int64), ours.astype(np.int64)
    # Whichever of the two was made first: what was estimated may be older than what was handed over.
    if elsewhere := min(_elsewhere(earlier, later), _elsewhere(later, earlier)):
        raise OverlapDiffers(told.week_start, told.area_code, elsewhere, int(later.sum()))
    return both


def _elsewhere(before: IntArray, after: IntArray) -> int:
    """Count at least how many identities late sightings cannot account for when a table (2**S,) goes from `before` to `after`.

    A late sighting adds an identity, or a list to those that it is on, so each identity of `before` must find a place in
    `after` with the same lists or more: a flow (Ford and Fulkerson 1956). And no list may have grown by more than what
    could still be missing.
    """
    cells = len(before)
    few, many = np.nonzero(np.arange(cells)[:, None] & ~np.arange(cells)[None, :] == 0)
    inside = few > 0
    few, many = few[inside], many[inside]
    nodes = np.arange(1, cells)
    source, sink = np.zeros_like(nodes), np.full_like(nodes, 2 * cells)
    arcs = np.concatenate([before[1:], np.minimum(before[few], after[many]), after[1:]])
    start, end = np.concatenate([source, few, cells + nodes]), np.concatenate([nodes, cells + many, sink])
    graph = coo_array((arcs.astype(np.int32), (start, end)), shape=(2 * cells + 1, 2 * cells + 1)).tocsr()
    without_place = int(before.sum()) - int(maximum_flow(graph, 0, 2 * cells).flow_value)
    on = np.arange(cells)[:, None] >> np.arange(cells.bit_length() - 1) & 1
    late, full = (after - before) @ on, after @ on
    return max(without_place, int((late - stats.binom.ppf(SURE, full, MOST_LATE)).max(initial=0)))
