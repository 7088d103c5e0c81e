import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import matched
from warehouse.estimates.errors import SourceBreak
from warehouse.estimates.tables import CaptureTable

GROUPS = ("alfa", "beta", "gamma", "delta")
COUNTS = st.lists(st.integers(0, 30), min_size=15, max_size=15)


def table(counts: list[int], names: tuple[str, ...] = GROUPS) -> CaptureTable:
    return CaptureTable(names, np.array([0, *counts], dtype=float))


def market(seed: int, size: int, shares: tuple[float, ...] = (0.45, 0.3, 0.2, 0.25)) -> CaptureTable:
    seen = np.random.default_rng(seed).random((size, len(shares))) < shares
    counts = np.bincount(seen @ (1 << np.arange(len(shares))), minlength=2 ** len(shares)).astype(float)
    counts[0] = 0
    return CaptureTable(GROUPS[: len(shares)], counts)


@given(COUNTS)
def test_without_a_group_only_who_was_seen_elsewhere_is_left(counts: list[int]) -> None:
    whole = table(counts)
    for group in GROUPS:
        left = matched.without(whole, group)
        others = [name for name in GROUPS if name != group]
        assert left.lists == tuple(others)
        assert left.counts[0] == 0
        assert left.observed == matched.seen_on(whole, others)
        for name in others:
            assert matched.seen_on(left, [name]) == matched.seen_on(whole, [name])


@given(COUNTS)
def test_the_order_of_leaving_out_does_not_matter(counts: list[int]) -> None:
    one = matched.without(matched.without(table(counts), "beta"), "delta")
    other = matched.without(matched.without(table(counts), "delta"), "beta")
    assert one.counts.tolist() == other.counts.tolist()


def test_a_group_that_is_not_there_cannot_be_left_out() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        matched.without(table([1] * 15), "omega")


def test_breaks_are_where_the_set_differs_from_the_latest_known() -> None:
    assert matched.breaks([{"a", "b"}, ["b", "a"], None, {"a", "b"}, {"a"}, None, {"a", "b"}]) == [4, 6]
    assert matched.breaks([None, {"a"}, {"b"}]) == [2]
    assert matched.breaks([]) == []


@given(st.lists(st.lists(st.integers(1, 30), min_size=15, max_size=15), min_size=1, max_size=6))
def test_with_the_same_groups_the_chain_is_a_ratio_of_counts(weeks: list[list[int]]) -> None:
    tables = [table(week) for week in weeks]
    found = matched.index(tables, [GROUPS] * len(tables))
    assert found.value == pytest.approx([sum(week) / sum(weeks[0]) for week in weeks])
    assert found.variance[1:] == pytest.approx([1 / sum(week) + 1 / sum(weeks[0]) for week in weeks[1:]])
    assert found.variance[0] == 0
    assert not found.is_break.any()


@settings(max_examples=30)
@given(COUNTS, st.integers(1, 30))
def test_a_group_that_opens_or_closes_moves_nothing_by_itself(counts: list[int], both: int) -> None:
    whole = table([count + both for count in counts])  # the same people every week, on the same groups
    part = matched.without(whole, "delta")
    for order in ([part, part, whole, whole], [whole, whole, part, part], [part, whole, part, whole]):
        found = matched.index(order, [one.lists for one in order])
        assert found.value == pytest.approx(np.ones(4))
        assert found.is_break.tolist() == [False] + [a is not b for a, b in itertools.pairwise(order)]


def test_a_chain_by_hand() -> None:
    # a alone 10, b alone 20, both 10: 40 in all, 20 on a; then 15 on a and 5 on a new c alone; then a and c again.
    weeks = [
        CaptureTable(("a", "b"), np.array([0.0, 10, 20, 10])),
        CaptureTable(("a", "c"), np.array([0.0, 10, 5, 5])),
        CaptureTable(("a", "c"), np.array([0.0, 10, 25, 5])),
    ]
    found = matched.index(weeks, [one.lists for one in weeks])
    assert found.value == pytest.approx([1, 15 / 20, 15 / 20 * 40 / 20])
    until = 1 / 40 + 1 / 40 + 1 / 20 + 1 / 15
    assert found.variance == pytest.approx([0, until, until + 1 / 20 + 1 / 40])
    assert found.is_break.tolist() == [False, True, False]


def test_a_gap_is_bridged_and_nothing_matched_ends_the_chain() -> None:
    one, other = table([4] * 15), table([8] * 15)
    gap = matched.index([one, None, other], [GROUPS, (), GROUPS])
    assert gap.value == pytest.approx([1, np.nan, 2], nan_ok=True)
    assert not gap.is_break.any()
    strange = table([4] * 15, ("e", "f", "g", "h"))
    ended = matched.index([one, strange, strange], [GROUPS, strange.lists, strange.lists])
    assert ended.value == pytest.approx([1, np.nan, np.nan], nan_ok=True)
    assert ended.is_break.tolist() == [False, True, False]


def test_a_link_is_the_mean_log_ratio_with_and_without() -> None:
    weeks = {f"week {seed}": market(seed, 400) for seed in range(5)}
    found = matched.link(weeks, "delta")
    ratios = [
        np.log(cr.ensemble(week).point / cr.ensemble(matched.without(week, "delta")).point) for week in weeks.values()
    ]
    assert found.periods == 5
    assert found.mean == pytest.approx(np.mean(ratios))
    assert found.variance == pytest.approx(np.var(ratios, ddof=1) / 5 * 4 / 2)
    assert found == matched.link(weeks, "delta")
    back = found.reversed
    assert (back.mean, back.variance, back.periods) == (-found.mean, found.variance, 5)


def test_a_link_needs_four_periods_that_can_be_estimated_both_ways() -> None:
    weeks = {f"week {seed}": market(seed, 200) for seed in range(3)}
    # A group and one other: without it a single group is left, which tells nothing.
    weeks["of two groups"] = market(9, 200, (0.5, 0.4))
    with pytest.raises(SourceBreak) as refused:
        matched.link(weeks, "beta")
    assert refused.value.code == "source_break"
    assert refused.value.periods == 3
