"""What a reader holds: released rows, the areas, and how the figures are said to be protected."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from warehouse.protection.cells import CellId, LanguageFigure, MovementFigure, ShareFigure, VolumeFigure


@dataclass(frozen=True, slots=True)
class Mechanism:
    """The published description of the protection: what a printed figure can stand for.

    `threshold` 0 means that no cell is hidden for being small.
    """

    rounding: int = 5
    noise: int = 5
    threshold: int = 10
    share_digits: int = 2

    @property
    def blur(self) -> int:
        """Largest distance, in whole advertisers, between a printed figure and what it was made from."""
        return (self.rounding - 1) // 2 + self.noise


PROTECTED: Final = Mechanism()
EXACT: Final = Mechanism(rounding=1, noise=0, threshold=0)
THRESHOLD_ONLY: Final = Mechanism(rounding=1, noise=0, threshold=10)
ROUNDED_ONLY: Final = Mechanism(rounding=5, noise=0, threshold=0, share_digits=3)

# Fewer whole numbers than this left for a small cell or difference is a disclosure: +-5 is the bar.
WIDE_ENOUGH: Final = 10


@dataclass(frozen=True, slots=True)
class View:
    """All that one reader has on the table.

    `new` are the rows about to be published, `earlier` those already released that touch the same windows; `parents`
    tells which area holds which; `replaced` is the version that a correction replaces.
    """

    new: Sequence[VolumeFigure]
    parents: Mapping[str, str | None]
    earlier: Sequence[VolumeFigure] = ()
    shares: Sequence[ShareFigure] = ()
    movements: Sequence[MovementFigure] = ()
    languages: Sequence[LanguageFigure] = ()
    mechanism: Mechanism = PROTECTED
    replaced: Sequence[VolumeFigure] = ()


def printed(rows: Iterable[VolumeFigure]) -> dict[CellId, int]:
    """Give the figures that are printed, by cell."""
    return {row.cell: row.advertiser_count for row in rows if row.advertiser_count is not None}


def ancestors(code: str, parents: Mapping[str, str | None]) -> list[str]:
    """List the areas that hold an area, the nearest first."""
    found = []
    parent = parents.get(code)
    while parent is not None:
        found.append(parent)
        parent = parents.get(parent)
    return found
