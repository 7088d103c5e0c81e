"""Whether a log-linear model has an estimate at all, from the table alone, before anything is fitted.

With empty overlaps the maximum of the likelihood can lie at infinity. Then the fitted model is that of a smaller table:
a pair of lists that nobody shares has interaction -infinity, the cells that hold that pair are 0 for certain and leave
the table (Chan, Silverman & Vincent 2021, Journal of Survey Statistics and Methodology 9). On what remains, the
estimate exists if and only if the sufficient statistics lie in the relative interior of their cone: a positive table
with the same statistics exists (Fienberg & Rinaldo 2012, Annals of Statistics 40), which a linear programme decides.
It is unique if and only if the design has full column rank.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

EXISTS, NO_ESTIMATE, NOT_IDENTIFIABLE, NEITHER = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Existence:
    """`estimate_exists` by linear programming, `identifiable` by rank; `code` as published: 0 both, 1, 2, 3 neither."""

    estimate_exists: bool
    identifiable: bool

    @property
    def code(self) -> int:
        """0 both hold, 1 no estimate, 2 not identifiable, 3 neither."""
        return (0 if self.estimate_exists else NO_ESTIMATE) + (0 if self.identifiable else NOT_IDENTIFIABLE)


def empty_pairs(counts: FloatArray, pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return those `pairs` of lists that no identity shares, whatever the other lists; counts of shape (2**S,)."""
    patterns = np.arange(len(counts))
    return [(a, b) for a, b in pairs if counts[(patterns >> a & 1 == 1) & (patterns >> b & 1 == 1)].sum() == 0]


def kept_cells(lists: int, dropped: list[tuple[int, int]]) -> BoolArray:
    """Mark the cells that remain when those of the `dropped` pairs leave, shape (2**S,); pattern 0 never counts."""
    patterns = np.arange(2**lists)
    keep = patterns > 0
    for a, b in dropped:
        keep &= ~((patterns >> a & 1 == 1) & (patterns >> b & 1 == 1))
    return keep


def check(design: FloatArray, counts: FloatArray) -> Existence:
    """Decide existence and identifiability.

    Args:
        design: of the remaining cells, shape (C, P).
        counts: of the same cells, shape (C,).

    Returns:
        Both verdicts.
    """
    identifiable = bool(np.linalg.matrix_rank(design) == design.shape[1])
    if (counts > 0).all():
        return Existence(estimate_exists=True, identifiable=identifiable)
    if _recedes(design, counts):
        return Existence(estimate_exists=False, identifiable=identifiable)
    cells = len(counts)
    scale = max(float(counts.max()), 1.0)
    # Maximise s subject to design' x = design' counts, x >= s, s <= 1 (scaled so that the answer is of order one).
    result = linprog(
        c=np.r_[np.zeros(cells), -1.0],
        A_ub=np.c_[-np.eye(cells), np.ones(cells)],
        b_ub=np.zeros(cells),
        A_eq=np.c_[design.T, np.zeros(design.shape[1])],
        b_eq=design.T @ (counts / scale),
        bounds=[(0, None)] * cells + [(None, 1.0)],
        method="highs",
    )
    exists = bool(result.status == 0 and result.x is not None and float(result.x[-1]) > 1e-9)
    return Existence(estimate_exists=exists, identifiable=identifiable)


def _recedes(design: FloatArray, counts: FloatArray) -> bool:
    """Look for a direction in which the likelihood never falls and some empty cell's mean goes to 0: there is no maximum.

    Sufficient, and far cheaper than the programme: of directions that leave all occupied cells alone, the one that comes
    nearest to lowering every empty cell alike. A sparse table has such a direction under almost every model.
    """
    empty = counts == 0
    _, size, basis = np.linalg.svd(design[~empty])
    free = basis[int((size > 1e-9 * size.max(initial=1e-300)).sum()) :].T
    if not free.shape[1]:
        return False
    moved = design[empty] @ free
    change = moved @ np.linalg.lstsq(moved, -np.ones(len(moved)), rcond=None)[0]
    return bool((change < 1e-9).all() and (change < -1e-6).any())
