"""Pooling and testing of sparse tables."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.stats import chi2, chi2_contingency

from warehouse.estimates.contingency import FEWEST_EXPECTED, independence, pool, pool_ordered

TABLES = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=5), elements=st.integers(0, 9))


def test_a_full_table_has_the_plain_chi_square():
    table = np.array([[12.0, 30.0, 22.0], [25.0, 18.0, 9.0]])
    plain = chi2_contingency(table, correction=False)
    assert independence(table) == (pytest.approx(plain.statistic), plain.dof)


def test_a_sparse_table_of_four_has_the_tail_of_the_exact_test():
    # Of the 56 ways to take 3 of 8, 4 are as this one and 4 its mirror image: p = 1/7.
    statistic, df = independence(np.array([[3.0, 0.0], [1.0, 4.0]]))
    assert df == 1
    assert chi2.sf(statistic, 1) == pytest.approx(1 / 7)


def test_a_larger_sparse_table_must_be_pooled_first():
    with pytest.raises(ValueError, match="pool it first"):
        independence(np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]]))


@pytest.mark.parametrize("table", [np.zeros((2, 3)), np.array([[4.0, 5.0], [0.0, 0.0]]), np.array([[4.0], [5.0]])])
def test_nothing_to_compare_counts_for_nothing(table):
    assert independence(pool(table)) == (0.0, 0)


@given(TABLES)
def test_pooling_loses_nobody_and_leaves_a_table_that_can_be_tested(table):
    pooled = pool(table)
    assert pooled.sum() == table.sum()
    statistic, df = independence(pooled)
    assert statistic >= 0
    if df > 1:
        assert np.outer(pooled.sum(axis=1), pooled.sum(axis=0)).min() / pooled.sum() >= FEWEST_EXPECTED


@given(TABLES, st.randoms(use_true_random=False))
def test_where_rows_and_columns_stand_does_not_matter(table, random):
    # Different totals, so that no two are alike.
    table = table + np.arange(table.shape[0])[:, None] * 20 + np.arange(table.shape[1]) * 5
    rows, columns = (random.sample(range(size), size) for size in table.shape)
    assert independence(pool(table[rows][:, columns])) == pytest.approx(independence(pool(table)))


def test_ordered_columns_are_pooled_with_their_neighbours_only():
    table = np.array([[1.0, 9.0, 8.0, 2.0, 0.0], [0.0, 8.0, 9.0, 3.0, 1.0]])
    columns = {tuple(column) for column in pool_ordered(table).T}
    assert columns == {(10.0, 8.0), (8.0, 9.0), (2.0, 4.0)}


def test_pooling_of_ordered_columns_goes_on_from_the_emptier_end():
    table = np.array([[1.0, 0.0, 6.0, 9.0, 9.0], [0.0, 1.0, 5.0, 9.0, 9.0]])
    columns = {tuple(column) for column in pool_ordered(table).T}
    assert (9.0, 9.0) not in columns  # the last column is pooled first, whatever stands at the other end
    assert {sum(column) for column in columns} == {13.0, 36.0}
