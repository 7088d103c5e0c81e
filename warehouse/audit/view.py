"""What a reader holds: released rows, the areas, and how the figures are said to be protected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from warehouse.protection.cells import CellId, LanguageFigure, MovementFigure, ShareFigure, VolumeFigure
from warehouse.protection.rows import NOTHING_BESIDE, Beside


@dataclass(frozen=True, slots=True)
class Mechanism:
    """The published description of the protection: what a printed figure can stand for.

    `threshold` 0 means that no cell is hidden for being small; days have a threshold of their own.
    """

    rounding: int = 5
    noise: int = 5
    threshold: int = 10
    day_threshold: int = 20
    share_digits: int = 2

    @property
    def blur(self) -> int:
        """Largest distance, in whole advertisers, between a printed figure and what it was made from."""
        return (self.rounding - 1) // 2 + self.noise


PROTECTED: Final = Mechanism()
EXACT: Final = Mechanism(rounding=1, noise=0, threshold=0, day_threshold=0)
THRESHOLD_ONLY: Final = Mechanism(rounding=1, noise=0, threshold=10, day_threshold=10)
ROUNDED_ONLY: Final = Mechanism(rounding=5, noise=0, threshold=0, day_threshold=0, share_digits=3)

# Fewer whole numbers than this left for a small cell or difference is a disclosure: +-5 is the bar.
WIDE_ENOUGH: Final = 10


@dataclass(frozen=True, slots=True)
class View:
    """All that one reader has on the table.

    `new` are the rows about to be published. `earlier` are those released in any vintage and version that touch the same
    windows, the older version of a cell before the younger; so are `earlier_movements` and `earlier_languages`, of the
    same blocks. `parents` tells which area holds which.
    """

    new: Sequence[VolumeFigure]
    parents: Mapping[str, str | None]
    earlier: Sequence[VolumeFigure] = ()
    shares: Sequence[ShareFigure] = ()
    movements: Sequence[MovementFigure] = ()
    languages: Sequence[LanguageFigure] = ()
    mechanism: Mechanism = PROTECTED
    earlier_movements: Sequence[MovementFigure] = ()
    earlier_languages: Sequence[LanguageFigure] = ()
    beside: Beside = NOTHING_BESIDE


def printed(rows: Iterable[VolumeFigure]) -> dict[CellId, int]:
    """Give the figures that are printed, by cell; of several versions the last."""
    return {row.cell: row.advertiser_count for row in rows if row.advertiser_count is not None}


def versions(rows: Iterable[VolumeFigure]) -> dict[CellId, tuple[int, ...]]:
    """Give the different figures that were printed of each cell, in the order of their versions."""
    found: dict[CellId, tuple[int, ...]] = {}
    for row in rows:
        before = found.get(row.cell, ())
        if row.advertiser_count is not None and row.advertiser_count not in before:
            found[row.cell] = (*before, row.advertiser_count)
    return found


def read(figure: int, mechanism: Mechanism) -> tuple[int, int]:
    """Say between which whole numbers, ends included, what lies behind a printed figure can lie.

    The threshold does not count here: it is on those seen, who can be more than those estimated.
    """
    return max(figure - mechanism.blur, 0), figure + mechanism.blur


def ancestors(code: str, parents: Mapping[str, str | None]) -> list[str]:
    """List the areas that hold an area, the nearest first."""
    found = []
    parent = parents.get(code)
    while parent is not None:
        found.append(parent)
        parent = parents.get(parent)
    return found
