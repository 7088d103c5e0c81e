"""A reader who puts everything together that was ever released and bounds each count; written apart from the audit.

Whole numbers between which each cell lies go up and down along what must hold: an area counts at most its parts and at
least each of them; classes do not exceed their total and languages add up to it; a day lies in its week and a week in its
block, which count at most their parts. He is given more than readers have: that estimates are the counts themselves, so
that all of it holds.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from warehouse import calendar
from warehouse.audit.view import PROTECTED, Mechanism
from warehouse.flows import flow_pairs
from warehouse.protection.cells import BELOW, FEW_FOR_A_DAY, WITHHELD, CellId, MoveId, MovementFigure
from warehouse.protection.gate import Estimates, Figures

Ints = npt.NDArray[np.int64]

ENOUGH = 10  # whole numbers that must be left for a small cell
LARGE = 1 << 40
_ANY_SIZE = ("secondary", "attack")
TOLD_IN = "language "
_OTHER = TOLD_IN + "other"
_CLASSES = ("home", "club", "escort")
_PASSES = 12


@dataclass(frozen=True, slots=True)
class Bared:
    """A cell of which too few whole numbers are left, the true one among them."""

    cell: CellId | MoveId
    low: int
    high: int
    truth: int
    is_exact: bool


def between(
    status: str, reason: str, count: int | None, by: Mechanism = PROTECTED, *, is_day: bool = False
) -> tuple[int, int]:
    """Say between which whole numbers the count behind a released row lies, ends included."""
    least = by.day_threshold if is_day else by.threshold
    if count is not None:
        return max(count - by.blur, least, 0), count + by.blur
    if reason == FEW_FOR_A_DAY:
        return 0, least - 1
    if status == BELOW:
        return 0, ENOUGH - 1
    return (least, LARGE) if status == WITHHELD and reason not in _ANY_SIZE else (0, LARGE)


def readings(figures: Iterable[Figures], by: Mechanism = PROTECTED) -> dict[CellId, tuple[int, int]]:
    """Read releases in their order; of a cell's versions only the last one holds. Languages are classes of a block."""
    ends: dict[CellId, tuple[int, int]] = {}
    for each in figures:
        for row in each.volumes:
            is_day = row.period_code == "day"
            ends[row.cell] = between(row.status_code, row.reason_code, row.advertiser_count, by, is_day=is_day)
        for told in each.languages:
            cell = CellId("block", told.block_start_date, told.area_code, TOLD_IN + told.language_code)
            ends[cell] = between(told.status_code, told.reason_code, told.advertiser_count, by)
    return ends


def counts(releases: Iterable[tuple[Estimates, Figures]]) -> dict[CellId, int]:
    """Give the true count behind each cell of `readings`."""
    truth: dict[CellId, int] = {}
    for estimates, figures in releases:
        truth |= {row.cell: row.identity_count for row in estimates.volumes}
        rest: dict[tuple[date, str], int] = {}
        shown = {(row.block_start_date, row.area_code, row.language_code) for row in figures.languages}
        for row in estimates.languages:
            at = (row.block_start_date, row.area_code)
            if (*at, row.language_code) in shown:
                truth[CellId("block", *at, TOLD_IN + row.language_code)] = row.identity_count
            else:
                rest[at] = rest.get(at, 0) + row.identity_count
        truth |= {CellId("block", *at, _OTHER): count for at, count in rest.items()}
    return truth


def flows_bared(rows: Iterable[MovementFigure], truth: Mapping[tuple[str, str], int]) -> list[Bared]:
    """Bound the flows between states of one block by every row that was ever told of it, all versions.

    A row counts the people in its flows once: each flow is at most that, and together they are at least that.
    """
    told = [(flow_pairs(row.origin_code, row.destination_code), row) for row in rows if row.reason_code != "rolled_up"]
    low, high = dict.fromkeys(truth, 0), dict.fromkeys(truth, LARGE)
    sums = [(pairs, between(row.status_code, row.reason_code, row.move_count), row) for pairs, row in told]
    for _ in range(_PASSES):
        for pairs, (least, most), _ in sums:
            whole = sum(high[pair] for pair in pairs)
            for pair in pairs:
                low[pair] = max(low[pair], least - (whole - high[pair]))
            for pair in pairs:
                high[pair] = min(high[pair], most)
    start = min((row.block_start_date for _, row in told), default=None)
    return [
        Bared(MoveId(start, *pair), low[pair], high[pair], count, low[pair] == high[pair])
        for pair, count in truth.items()
        if start is not None and 1 <= count < ENOUGH and high[pair] - low[pair] + 1 < ENOUGH
        if low[pair] <= count <= high[pair]
    ]


class Reader:
    """What can be concluded about each cell from rows that bind each other: `low` and `high` in the order of `cells`."""

    def __init__(self, ends: Mapping[CellId, tuple[int, int]], parents: Mapping[str, str | None]) -> None:
        self.cells = sorted(ends)
        self._at = {cell: number for number, cell in enumerate(self.cells)}
        both = np.array([ends[cell] for cell in self.cells], dtype=np.int64).reshape(-1, 2)
        self.low, self.high = both[:, 0].copy(), both[:, 1].copy()
        links = list(self._links(parents))
        for _ in range(_PASSES):
            before = self.low.sum() + self.high.sum()
            for link in links:
                self._bind(link)
            if before == self.low.sum() + self.high.sum():
                break

    def _links(self, parents: Mapping[str, str | None]) -> Iterator["_Link"]:
        children = Counter(parent for parent in parents.values() if parent is not None)
        area, span, kind, tongue = (list[tuple[CellId, CellId]]() for _ in range(4))
        for cell in self.cells:
            if (parent := parents.get(cell.area_code)) is not None and cell.setting_code != _OTHER:
                area.append((cell, cell._replace(area_code=parent)))
            if cell.setting_code in _CLASSES:
                kind.append((cell, cell._replace(setting_code="all")))
            if cell.setting_code.startswith(TOLD_IN):
                tongue.append((cell, cell._replace(setting_code="all")))
            if cell.period_code == "day":
                monday = calendar.week_start(cell.period_start)
                span.append((cell, cell._replace(period_code="week", period_start=monday)))
            if cell.period_code == "week":
                start = calendar.block_start(cell.period_start)
                span.append((cell, cell._replace(period_code="block", period_start=start)))
        yield from self._linked(area, lambda total: children[total.area_code], is_sum=False)
        yield from self._linked(span, lambda total: 7 if total.period_code == "week" else 4, is_sum=False)
        yield from self._linked(kind, lambda _: LARGE, is_sum=True)
        yield from self._linked(tongue, None, is_sum=True)

    def _linked(
        self, pairs: Sequence[tuple[CellId, CellId]], parts: Callable[[CellId], int] | None, *, is_sum: bool
    ) -> Iterator["_Link"]:
        """Link parts to totals on the table; `parts`: how many a total has, None where those on the table are all."""
        known = [(self._at[part], self._at[total]) for part, total in pairs if total in self._at]
        if not known:
            return
        part, total = np.array(known).T
        yield _Link(part, total, is_covered=False, is_sum=is_sum)
        have = np.bincount(total, minlength=len(self.cells))[total]
        full = have == [parts(self.cells[each]) if parts else have[at] for at, each in enumerate(total)]
        if full.any():
            yield _Link(part[full], total[full], is_covered=True, is_sum=is_sum)

    def _bind(self, link: "_Link") -> None:
        low, high, part, total = self.low.copy(), self.high.copy(), link.part, link.total
        if link.is_covered:  # a total is at most the sum of its parts
            most = np.zeros_like(high)
            np.add.at(most, total, self.high[part])
            np.minimum.at(high, total, most[total])
            np.maximum.at(low, part, self.low[total] - (most[total] - self.high[part]))
        else:  # a total is at least each part, or their sum
            least = np.zeros_like(low)
            (np.add if link.is_sum else np.maximum).at(least, total, self.low[part])
            np.maximum.at(low, total, least[total])
            np.minimum.at(high, part, self.high[total] - (least[total] - self.low[part] if link.is_sum else 0))
        holds = low <= high  # what cannot hold teaches nothing
        self.low, self.high = np.where(holds, low, self.low), np.where(holds, high, self.high)

    def bared(self, truth: Mapping[CellId, int]) -> list[Bared]:
        """Find the cells of 1 to 9 with fewer than ten numbers left, and any cell with one: where the truth is among them."""
        found = []
        for at in np.flatnonzero(self.high - self.low + 1 < ENOUGH):
            cell, low, high = self.cells[at], int(self.low[at]), int(self.high[at])
            count = truth.get(cell, 0)
            is_exact = low == high == count and count > 0
            if low <= count <= high and (is_exact or 1 <= count < ENOUGH):
                found.append(Bared(cell, low, high, count, is_exact))
        return found


@dataclass(frozen=True, slots=True)
class _Link:
    """Parts and their totals by place; `is_covered`: the total is at most the sum; `is_sum`: and at least, else the largest."""

    part: Ints
    total: Ints
    is_covered: bool
    is_sum: bool
