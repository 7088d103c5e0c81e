"""A3: ratios give away the counts behind rounded figures, unless they are made of the rounded figures themselves.

The reader lists all whole numerators and denominators behind the rounded parts and strikes out those whose ratio does
not round to the printed share. A share that equals the ratio of the printed parts strikes out nothing: it is a sum
that the reader could have done himself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from warehouse.audit.view import WIDE_ENOUGH, Mechanism, View
from warehouse.protection.cells import BELOW, CellId, ShareFigure, VolumeFigure

_EPSILON: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Recovery:
    """Whole numbers that the numerator and the denominator behind a printed ratio can still be, ascending."""

    numerators: tuple[int, ...]
    denominators: tuple[int, ...]


def recover(numerator: int, denominator: int, ratio: float, *, blur: int, digits: int) -> Recovery:
    """Strike out all pairs that do not give the printed ratio.

    Args:
        numerator: printed, rounded.
        denominator: printed, rounded.
        ratio: printed, 0 to 1.
        blur: how far the unrounded whole numbers can lie from the printed ones.
        digits: decimals of the printed ratio (3 for a percentage with one decimal).

    Returns:
        What is left; empty where no pair fits.

    >>> recover(80, 385, 0.206, blur=2, digits=3)
    Recovery(numerators=(79,), denominators=(383, 384))
    """
    half = 0.5 * 10**-digits + _EPSILON
    pairs = [
        (top, bottom)
        for bottom in range(max(denominator - blur, 1), denominator + blur + 1)
        for top in range(max(numerator - blur, 0), min(numerator + blur, bottom) + 1)
        if abs(top / bottom - ratio) <= half
    ]
    return Recovery(tuple(sorted({top for top, _ in pairs})), tuple(sorted({bottom for _, bottom in pairs})))


def narrowed(view: View) -> list[CellId]:
    """Find cells whose count is narrowed to fewer than ten whole numbers by a printed share.

    Returns:
        Cells in order; empty when every share is a sum of printed parts.
    """
    parts: dict[tuple[str, str], dict[str, VolumeFigure]] = {}
    for row in (*view.earlier, *view.new):
        if row.period_code == "block" and row.setting_code != "all":
            parts.setdefault((row.period_start_date.isoformat(), row.area_code), {})[row.setting_code] = row
    return sorted(
        CellId("block", share.block_start_date, share.area_code, share.setting_code)
        for share in view.shares
        if share.advertiser_share is not None
        and _tells(share, parts.get((share.block_start_date.isoformat(), share.area_code), {}), view.mechanism)
    )


def _tells(share: ShareFigure, parts: Mapping[str, VolumeFigure], mechanism: Mechanism) -> bool:
    ratio = share.advertiser_share
    if ratio is None:
        return False
    printed = {name: _as_printed(row, mechanism) for name, row in parts.items()}
    whole = [value for value in printed.values() if value is not None]
    top = printed.get(share.setting_code)
    if top is None or len(whole) < len(printed):
        return True  # a share of something that is not printed tells of it
    if sum(whole) and abs(round(top / sum(whole), mechanism.share_digits) - ratio) <= _EPSILON:
        return False
    left = recover(
        round(top),
        round(sum(whole)),
        ratio,
        blur=mechanism.blur * len(whole),  # the denominator is a sum of parts, each with a blur of its own
        digits=mechanism.share_digits,
    ).numerators
    near = [count for count in left if abs(count - top) <= mechanism.blur]
    return 0 < len(near) < min(WIDE_ENOUGH, 2 * mechanism.blur + 1)


def _as_printed(row: VolumeFigure, mechanism: Mechanism) -> float | None:
    if row.advertiser_count is not None:
        return float(row.advertiser_count)
    return mechanism.threshold / 2 if row.status_code == BELOW else None


def statline_control(table: Iterable[Mapping[str, str]]) -> int:
    """Count the numerators that come out exactly, of a table with rounded counts beside unrounded percentages.

    Args:
        table: rows with `numerator`, `denominator` (rounded to 5) and `percent` (one decimal).
    """
    return sum(
        len(
            recover(
                int(row["numerator"]), int(row["denominator"]), float(row["percent"]) / 100, blur=2, digits=3
            ).numerators
        )
        == 1
        for row in table
    )


# Six official rows of registered and cleared crimes rounded to 5 beside percentages of the unrounded counts
# (CBS StatLine 80344ned, 2012), and three where two numerators remain or none is unique.
STATLINE: Final[Sequence[Mapping[str, str]]] = tuple(
    {"numerator": str(top), "denominator": str(bottom), "percent": percent}
    for bottom, top, percent in (
        (385, 80, "20.6"),
        (1390, 315, "22.8"),
        (1345, 220, "16.5"),
        (190, 40, "19.9"),
        (340, 65, "18.8"),
        (160, 50, "31.4"),
        (625, 95, "15.3"),
        (485, 75, "15.9"),
        (360, 70, "18.9"),
    )
)
