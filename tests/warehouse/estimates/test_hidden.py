"""Hiding a list: its people are counted exactly, what the others say follows the ensemble, and the rule does what it says."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates.hidden import (
    ALARM_SHARE,
    ASKED_SHARE,
    MAXIMUM_DELTA,
    WEEKS,
    Hidden,
    among,
    covered_share,
    hide_one,
    recalibrated_delta,
)
from warehouse.estimates.tables import CaptureTable, as_table, read_table


def told(*, covered: bool, needed: float = cr.DELTA) -> Hidden:
    return Hidden("a", 100, 90.0, 80.0, 120.0 if covered else 99.0, cr.DELTA, needed)


REFUSED = Hidden("a", 4, None, None, None, cr.DELTA, None, "too_few_recaptures")


def test_the_others_among_those_on_a_list() -> None:
    table = CaptureTable(("a", "b", "c"), np.array([0, 1, 2, 3, 4, 5, 6, 7], dtype=float))
    others, size = among(table, 1)  # patterns with b: 2 (b), 3 (ab), 6 (bc), 7 (abc)
    assert size == 2 + 3 + 6 + 7
    assert others.lists == ("a", "c")
    assert others.counts.tolist() == [0, 3, 6, 7]


@settings(max_examples=60)
@given(st.integers(3, 5), st.data())
def test_nobody_is_lost_in_hiding(lists: int, data: st.DataObject) -> None:
    cells = data.draw(st.lists(st.integers(0, 9), min_size=2**lists - 1, max_size=2**lists - 1))
    table = CaptureTable(tuple("abcde"[:lists]), np.array([0, *cells], dtype=float))
    for s in range(lists):
        others, size = among(table, s)
        assert size == sum(count for pattern, count in enumerate(table.counts) if pattern >> s & 1)
        assert others.observed == size - table.counts[1 << s]  # those on it alone are the unseen


def test_what_the_others_say_is_the_ensemble_of_their_overlaps(data: Path) -> None:
    table = read_table(data / "diabetes_italy_4lists.csv")
    assert isinstance(table, CaptureTable)
    for s, hidden in enumerate(hide_one(table, seed=3)):
        others, size = among(table, s)
        assert (hidden.hidden, hidden.true) == (table.lists[s], size)
        assert hidden.point == pytest.approx(cr.ensemble(others, seed=3).point, rel=0.03)


def test_the_same_table_and_seed_give_the_same_bits(data: Path) -> None:
    table = read_table(data / "uk_2013_5lists.csv")
    assert isinstance(table, CaptureTable)
    first, again, other = (hide_one(table, seed) for seed in (5, 5, 6))
    assert first == again
    assert first != other
    assert {each.refusal for each in first} == {None, "too_few_recaptures"}


def test_tables_as_the_warehouse_keeps_them_can_be_hidden() -> None:
    overlap = {"alfa": 40, "beta": 30, "gamma": 20, "alfa+beta": 15, "alfa+gamma": 12, "beta+gamma": 11}
    table = as_table({**overlap, "alfa+beta+gamma": 9}, lists=("alfa", "beta", "gamma"))
    assert [each.true for each in hide_one(table, 1)] == [76, 65, 52]


def test_two_lists_leave_nothing_to_overlap() -> None:
    assert hide_one(CaptureTable(("a", "b"), np.array([0.0, 30, 20, 10])), 1) == ()
    assert hide_one(CaptureTable(("a", "b", "c"), np.array([0.0, 30, 20, 10, 0, 0, 0, 0])), 1) == ()


def test_the_needed_delta_is_the_first_that_covers() -> None:
    """Half of a is put on b: what a and b say of those on c is too few, and delta has to make up for it."""
    rng = np.random.default_rng(4)
    seen = rng.random((1000, 3)) < [0.35, 0.2, 0.3]
    seen[:, 1] |= seen[:, 0] & (rng.random(1000) < 0.5)
    counts = np.bincount(seen @ [1, 2, 4], minlength=8).astype(float)
    counts[0] = 0
    table = CaptureTable(("a", "b", "c"), counts)
    needed = hide_one(table, 2)[2].needed_delta
    assert needed is not None
    assert cr.DELTA < needed <= MAXIMUM_DELTA
    assert hide_one(table, 2)[2].covered is False
    assert hide_one(table, 2, delta=needed)[2].covered is True
    assert hide_one(table, 2, delta=needed - 0.05)[2].covered is False
    assert hide_one(table, 2, delta=needed)[2].needed_delta == needed


def test_the_alarm_needs_twelve_weeks_and_counts_only_what_was_judged() -> None:
    bad = (told(covered=True), told(covered=True), told(covered=True), told(covered=False), REFUSED)
    assert not covered_share([bad] * (WEEKS - 1)).alarm
    verdict = covered_share([(), *[bad] * WEEKS])
    assert (verdict.weeks, verdict.judged, verdict.covered) == (12, 48, 36)
    assert verdict.share == 0.75 < ALARM_SHARE
    assert verdict.alarm
    good = (told(covered=True),) * 4 + (told(covered=False),)
    assert covered_share([good] * WEEKS).share == ALARM_SHARE
    assert not covered_share([good] * WEEKS).alarm
    assert covered_share([(REFUSED,)] * WEEKS).share is None


needed_deltas = st.lists(
    st.sampled_from([cr.DELTA, 0.55, 0.8, 1.3, float("inf")]), min_size=WEEKS * 2, max_size=WEEKS * 2
)


@given(needed_deltas)
def test_recalibration_gives_the_smallest_delta_that_covers_enough(needed: list[float]) -> None:
    history = [tuple(told(covered=True, needed=each) for each in needed[2 * w : 2 * w + 2]) for w in range(WEEKS)]
    delta = recalibrated_delta(history)
    enough = [d for d in sorted({*needed, cr.DELTA}) if np.mean(np.array(needed) <= d) >= ASKED_SHARE]
    assert delta == min(enough[0], MAXIMUM_DELTA)
    assert recalibrated_delta([(REFUSED,), *history]) == delta  # only twelve weeks count


def test_without_twelve_weeks_there_is_nothing_to_learn() -> None:
    assert recalibrated_delta([(told(covered=False, needed=1.5),)] * (WEEKS - 1)) == cr.DELTA
    assert recalibrated_delta([(REFUSED,)] * WEEKS) == cr.DELTA
