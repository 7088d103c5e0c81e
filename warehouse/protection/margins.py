"""Secondary suppression: totals minus published parts may not narrow down a cell under the threshold.

A reader turns each row into an interval of whole numbers: a published figure P stands for P +- (half the rounding base
+ largest noise); "minder dan 10" for 0..9; a cell withheld for its own sake for anything from the threshold up, one
withheld for the sake of others for anything, like a window in which nothing could be seen. Linked rows then bound
each other: classes of one area add up to its total (the classes that are never published stand as one unknown part);
an area counts at most the sum of its parts (an advertiser with places in two municipalities counts in both). A label
of which a reader can strike out a single number tells more than the label, so one of the rows that gave it away is
withheld too, until no label can be narrowed. `warehouse.audit.bounds` attacks the result with other means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from warehouse.protection.cells import (
    ATTACK,
    BELOW,
    FEW_FOR_A_DAY,
    PUBLISHED,
    SECONDARY,
    WITHHELD,
    CellId,
    VolumeFigure,
)
from warehouse.protection.rules import BLIND_REFUSALS, RuleSet

INFINITE: Final = 1 << 40
_PASSES: Final = 6
# Withheld for the sake of other cells: of any size, since small parts are withheld along with their total.
SACRIFICED: Final = frozenset({SECONDARY, ATTACK})


@dataclass(frozen=True, slots=True)
class Margin:
    """A total and its parts. `is_partition`: parts add up to the total, an unseen rest included; otherwise at least."""

    total: CellId
    parts: tuple[CellId, ...]
    is_partition: bool


@dataclass(slots=True)
class _Interval:
    low: int
    high: int


def reading(figure: VolumeFigure | None, rule: RuleSet) -> tuple[int, int]:
    """Say between which whole numbers a reader places the figure before noise, ends included."""
    if figure is None:
        return 0, INFINITE
    if figure.status_code == PUBLISHED and figure.advertiser_count is not None:
        blur = (rule.rounding - 1) // 2 + rule.noise.bound
        least = rule.day_threshold if figure.period_code == "day" else rule.threshold
        return max(figure.advertiser_count - blur, least), figure.advertiser_count + blur
    if is_label(figure):
        return 0, (rule.day_threshold if figure.reason_code == FEW_FOR_A_DAY else rule.threshold) - 1
    if is_unsaid(figure) or figure.reason_code in BLIND_REFUSALS:
        return 0, INFINITE
    return rule.threshold, INFINITE


def is_unsaid(figure: VolumeFigure) -> bool:
    """Tell whether a hidden cell may be small: a label, or withheld for the sake of others."""
    return is_label(figure) or (figure.status_code == WITHHELD and figure.reason_code in SACRIFICED)


def is_label(figure: VolumeFigure) -> bool:
    """Tell whether a cell is hidden for being small itself, or because nobody was there."""
    return figure.status_code == BELOW or figure.reason_code == FEW_FOR_A_DAY


def narrowed(figures: Mapping[CellId, VolumeFigure], margins: Sequence[Margin], rule: RuleSet) -> list[Margin]:
    """Find the margins through which a label is narrowed, in the given order; empty when nothing leaks."""
    known = {cell: _Interval(*reading(figure, rule)) for cell, figure in figures.items()}
    unsaid = {cell for cell, figure in figures.items() if is_unsaid(figure)}
    whole = [_links(margin, known) for margin in margins]
    small = [[known[part] for part in margin.parts if part in unsaid] for margin in margins]
    full = rule.threshold - 1
    leaking: dict[int, Margin] = {}
    for _ in range(_PASSES):
        changed = False
        for place, margin in enumerate(margins):
            if links := whole[place]:
                changed |= _propagate(*links, is_partition=margin.is_partition)
            if place not in leaking and any(each.high - each.low < full for each in small[place]):
                leaking[place] = margin
        if not changed:
            break
    return list(leaking.values())


def _links(margin: Margin, known: Mapping[CellId, _Interval]) -> tuple[_Interval, list[_Interval]] | None:
    """Give a total and its parts, None where one is not known: then they do not bound each other."""
    total = known.get(margin.total)
    parts = [known[cell] for cell in margin.parts if cell in known]
    return None if total is None or len(parts) < len(margin.parts) else (total, parts)


def _propagate(total: _Interval, parts: list[_Interval], *, is_partition: bool) -> bool:
    changed = False
    if is_partition:
        # It has an unseen rest (other, unknown) of 0 or more, which can hold all that the parts leave.
        left = total.high - sum([part.low for part in parts])
        for part in parts:
            if part.high > left + part.low >= part.low:
                part.high, changed = left + part.low, True
        return changed
    lacking = total.low - sum([part.high for part in parts])
    for part in parts:
        if part.low < lacking + part.high <= part.high:
            part.low, changed = lacking + part.high, True
    return changed


def sacrifice(margin: Margin, figures: Mapping[CellId, VolumeFigure]) -> CellId | None:
    """Choose what to withhold: of an area's parts the area itself, of a class split the smallest class."""
    published = [cell for cell in margin.parts if _count(figures, cell) is not None]
    if not margin.is_partition and _count(figures, margin.total) is not None:
        return margin.total
    if published:
        return min(published, key=lambda cell: (_count(figures, cell) or 0, cell))
    return margin.total if _count(figures, margin.total) is not None else None


def _count(figures: Mapping[CellId, VolumeFigure], cell: CellId) -> int | None:
    figure = figures.get(cell)
    return None if figure is None else figure.advertiser_count
