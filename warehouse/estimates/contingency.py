"""Tests of independence in sparse tables of counts: rows and columns pooled until chi-square holds, else Fisher's exact test.

Chi-square is trusted where every expected count is at least two. Ordered columns (occasions) are pooled with their
neighbours, unordered ones (states) with the smallest other. What is two by two and still sparse gets Fisher's exact
test, its p value turned into the chi-square with the same tail, so that tables can be summed.

Source: the rules of U-CARE, Choquet, Lebreton, Gimenez, Reboulet & Pradel (2009), Ecography 32; unordered tables as in
Pradel, Wintrebert & Gimenez (2003), Biometrics 59.
"""

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2, fisher_exact

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FEWEST_EXPECTED = 2.0


def independence(table: FloatArray) -> tuple[float, int]:
    """Test a pooled table; give the chi-square (no continuity correction) and its degrees of freedom, 0 without any.

    Raises:
        ValueError: the table is sparse and larger than two by two: pool it first.

    >>> independence(np.array([[20.0, 10.0], [10.0, 20.0]]))
    (6.666666666666667, 1)
    """
    table = _filled(table)
    degrees = (table.shape[0] - 1) * (table.shape[1] - 1)
    if min(table.shape) < 2:
        return 0.0, 0
    expected = _expected(table)
    if expected.min() >= FEWEST_EXPECTED:
        return float(((table - expected) ** 2 / expected).sum()), degrees
    if degrees > 1:
        raise ValueError("a sparse table larger than two by two: pool it first")
    p = min(float(fisher_exact(table).pvalue), 1.0)
    return float(chi2.isf(p, 1)), 1


def pool_ordered(table: FloatArray) -> FloatArray:
    """Pool columns of a table (2, C) with their neighbours, from the end that holds fewer, until none is sparse.

    >>> pool_ordered(np.array([[9.0, 8.0, 1.0, 0.0], [9.0, 7.0, 0.0, 1.0]]))
    array([[9., 9.],
           [9., 8.]])
    """
    while table.shape[1] > 2 and table.sum() and _expected(table).min() < FEWEST_EXPECTED:
        table = np.column_stack([table[:, :-2], table[:, -2:].sum(axis=1)])
        if table[:, 0].sum() < table[:, -1].sum():
            table = table[:, ::-1]
    return table


def pool(table: FloatArray) -> FloatArray:
    """Pool rows and columns of a table (R, C) without order until none is sparse or two by two are left.

    The row or column (whichever holds less for each of its cells) of the smallest expected count takes in the smallest
    other one. Equal ones are told apart by their counts, never by their place, so that names of states do not matter.
    """
    table = _filled(table)
    while min(table.shape) >= 2 and max(table.shape) > 2:
        table = _by_size(table)
        expected = _expected(table)
        if expected.min() >= FEWEST_EXPECTED:
            break
        row, column = np.unravel_index(expected.argmin(), expected.shape)
        rows, columns = table.shape
        by_column = rows == 2 or (columns > 2 and table[row].mean() > table[:, column].mean())
        table = _taken_in(table.T, int(column)).T if by_column else _taken_in(table, int(row))
    return table


def _taken_in(table: FloatArray, row: int) -> FloatArray:
    """Add the smallest other row to `row`; rows stand in order of size."""
    smallest = 1 if row == 0 else 0
    pooled = table.copy()
    pooled[row] += pooled[smallest]
    return np.delete(pooled, smallest, axis=0)


def _by_size(table: FloatArray) -> FloatArray:
    """Sort rows and columns by total; equal totals by what stands in them, where names of states have no part in.

    Rows are ranked by their counts in columns of each rank, columns by rows alike, until that tells no more apart
    (Weisfeiler & Leman 1968).
    """
    rows, columns = (np.zeros(size, dtype=np.int64) for size in table.shape)
    while True:
        further = _ranks(table, rows, columns), _ranks(table.T, columns, rows)
        if all(new.max() == old.max() for new, old in zip(further, (rows, columns), strict=True)):
            return np.asarray(table[np.argsort(rows, kind="stable")][:, np.argsort(columns, kind="stable")])
        rows, columns = further


def _ranks(table: FloatArray, own: IntArray, other: IntArray) -> IntArray:
    """Rank rows by total, then by rank so far, then by counts and ranks of the columns that they stand in."""
    counts = np.sort(other * 2.0**32 + table, axis=1)
    return np.unique(np.column_stack([table.sum(axis=1), own, counts]), axis=0, return_inverse=True)[1].ravel()


def _expected(table: FloatArray) -> FloatArray:
    return np.asarray(np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum())


def _filled(table: FloatArray) -> FloatArray:
    """Leave out empty rows and columns."""
    return np.asarray(table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0])
