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
    full = rule.threshold - 1
    leaking: list[Margin] = []
    for _ in range(_PASSES):
        changed = False
        for margin in margins:
            changed |= _propagate(margin, known)
            if margin not in leaking and any(
                is_unsaid(figures[part]) and known[part].high - known[part].low < full
                for part in margin.parts
                if part in figures
            ):
                leaking.append(margin)
        if not changed:
            break
    return leaking


def _propagate(margin: Margin, known: dict[CellId, _Interval]) -> bool:
    total = known.get(margin.total)
    if total is None:
        return False
    parts = [known[cell] for cell in margin.parts if cell in known]
    if len(parts) < len(margin.parts):
        return False
    low_sum, high_sum = sum(part.low for part in parts), sum(part.high for part in parts)
    changed = False
    for part in parts:
        # A partition has an unseen rest (other, unknown) of 0 or more: it can hold all that the parts leave.
        low = 0 if margin.is_partition else total.low - (high_sum - part.high)
        high = total.high - (low_sum - part.low) if margin.is_partition else INFINITE
        if part.low < low <= part.high:
            part.low, changed = low, True
        if part.high > high >= part.low:
            part.high, changed = high, True
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
