"""Dwell, returns and carousel on paths that can be counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.estimates import stays
from warehouse.estimates.paths import Paths


def paths(*rows: list[int], lost: list[bool] | None = None) -> Paths:
    """States by week, -1 for away."""
    state = np.array(rows)
    own = np.broadcast_to(np.arange(len(state))[:, None], state.shape)
    neither = np.zeros(len(state), dtype=bool)
    return Paths(state, neither, neither if lost is None else np.array(lost), neither, own)


ONE = np.ones(4)


def test_dwell_is_a_life_table_of_stays_whose_beginning_was_seen() -> None:
    told = paths([-1, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1], [1, 0, 1, 1, 1, 1], [-1, 0, 0, -1, -1, -1])
    curve = stays.dwell(told, 2, ONE)
    # State 0: three begin in the window, of 1 and 2 weeks and one censored after 5: 1/3 ends at 1, 1/2 of the rest at 2.
    assert curve[0, :5] == pytest.approx([1, 2 / 3, 1 / 3, 1 / 3, 1 / 3])
    # State 1: two begin, none ends.
    assert curve[1, :3] == pytest.approx([1, 1, 1])
    assert np.isnan(curve[1, -1])


def test_a_lost_link_is_no_end_of_a_stay() -> None:
    told = paths([-1, 0, 0, -1, -1, -1], [-1, 0, 0, 0, 0, -1], lost=[True, False])
    assert stays.dwell(told, 1, np.ones(2))[0, :5] == pytest.approx([1, 1, 1, 1, 0])


def test_quartiles_are_read_off_linearly() -> None:
    curve = np.array([[1.0, 0.8, 0.4, 0.1], [1.0, 0.9, 0.9, np.nan]])
    assert stays.quantiles(curve)[0] == pytest.approx([1.125, 1.75, 2.5])
    assert np.isnan(stays.quantiles(curve)[1]).all()


def test_returns_are_those_who_left_for_another_state_and_came_back() -> None:
    told = paths([0, 1, 0, 0, 0, 0], [0, 1, 1, 1, -1, -1], [0, -1, -1, -1, -1, -1], [0, 0, 0, 0, 0, 0])
    share = stays.returns(told, 2, ONE)
    assert share[0] == pytest.approx(0.5)  # who stops has not left for another state
    assert share[1] == pytest.approx(0.0)
    assert np.isnan(stays.returns(paths([0, 0, 0]), 1, np.ones(1))[0])


def test_the_eighth_week_after_the_last_one_is_the_last_that_counts() -> None:
    eighth, ninth = [0, *[1] * 7, 0, 0], [0, *[1] * 8, 0]
    assert stays.returns(paths(eighth), 2, np.ones(1))[0] == pytest.approx(1)
    assert stays.returns(paths(ninth), 2, np.ones(1))[0] == pytest.approx(0)


def test_weights_count_individuals_several_times() -> None:
    told = paths([0, 1, 0, 0, 0, 0], [0, 1, 1, 1, 1, 1])
    assert stays.returns(told, 2, np.array([3.0, 1.0]))[0] == pytest.approx(0.75)


def test_weeks_unseen_are_where_the_stay_was_seen_and_else_a_place_of_their_own() -> None:
    told = paths([0, 0, 0, 1, 1, -1], [1, 2, 2, 2, 2, 2])
    seen_in = np.array([[-1, 7, -1, -1, 9, -1], [9, -1, -1, -1, -1, -1]])
    rng = np.random.default_rng(1)
    where = stays.places(told, seen_in, np.array([-1, -1, -1]), rng)
    assert where[0].tolist() == [7, 7, 7, 9, 9, -1]
    assert where[1, 0] == 9
    assert len(set(where[1].tolist())) == 2  # a stay that was never seen is at one place
    assert stays.places(told, seen_in, np.array([-1, -1, 5]), rng)[1].tolist() == [9, 5, 5, 5, 5, 5]


def test_moves_within_a_state_are_as_frequent_unseen_as_seen() -> None:
    rng = np.random.default_rng(2)
    moves = (rng.random((3000, 12)) < 0.5).cumsum(axis=1)  # a new municipality every other week, never an old one
    seen_in = np.where(rng.random(moves.shape) < 0.6, moves, -1)
    told = paths(*np.zeros((3000, 12), dtype=int).tolist())
    where = stays.places(told, seen_in, np.array([-1]), rng)
    assert stays.distinct(where).mean() == pytest.approx(stays.distinct(moves).mean(), rel=0.06)
    at_home = np.where(seen_in >= 0, 3, -1)
    assert set(stays.distinct(stays.places(told, at_home, np.array([-1]), rng)[(seen_in >= 0).any(axis=1)])) == {1}


def test_carousel_and_one_place_are_shares_of_those_present() -> None:
    told = paths([0] * 9, [0, 1, 2, 0, 1, 2, 0, 1, 2], [0, 0, 0, 0, 1, 1, 1, 1, 1], [0] + [-1] * 8)
    where = np.array([[5] * 9, [1, 2, 3, 1, 2, 3, 1, 2, 3], [1, 1, 1, 1, 2, 2, 2, 2, 2], [4] + [-1] * 8])
    many, one = stays.carousel(told, where, ONE)
    assert (many, one) == pytest.approx((1 / 3, 1 / 3))  # the fourth had gone before the last eight weeks


@given(st.lists(st.lists(st.integers(-1, 4), min_size=3, max_size=3), min_size=1, max_size=8))
def test_distinct_counts_as_sets_do(rows: list[list[int]]) -> None:
    assert stays.distinct(np.array(rows)).tolist() == [len(set(row) - {-1}) for row in rows]


def test_new_to_the_region_is_who_was_not_there_before_in_the_window() -> None:
    told = paths([0, 2, 2, 0, 0, 0], [2, 2, 2, 1, 1, 1], [-1, -1, -1, -1, 0, 0], [2, 2, 2, 2, 2, 2])
    assert stays.new_to_region(told, [0, 1], 3, ONE) == pytest.approx(2 / 3)
    assert np.isnan(stays.new_to_region(told, [0, 1], 1, ONE))
