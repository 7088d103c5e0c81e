"""Spells: what ends one, what a ghost hides, and days on which nothing could be seen."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from warehouse.estimates.spells import BRIDGED_DAYS, JUST_OVER, Pieces, Spells, Window

NOBODY = np.zeros(1, dtype=bool)


def seen_on(*stretches: tuple[int, int], days: int = 80) -> np.ndarray:
    row = np.zeros(days, dtype=bool)
    for first, last in stretches:
        row[first : last + 1] = True
    return row


def spells(days: np.ndarray, completeness: np.ndarray | None = None, lag: float = 0.0) -> list[tuple[int, int, int]]:
    complete = np.ones(days.shape[1]) if completeness is None else completeness
    pieces = Pieces.of(days, np.zeros(len(days), dtype=bool), Window.of(complete))
    told = Spells.of(pieces, np.array([lag]))
    assert (told.weight == 1).all()
    return sorted(zip(told.row.tolist(), told.first.tolist(), told.last.tolist(), strict=True))


def test_ten_days_off_are_bridged_and_eleven_are_not() -> None:
    assert spells(np.array([seen_on((5, 9), (20, 30))])) == [(0, 5, 30)]
    assert spells(np.array([seen_on((5, 9), (21, 30))])) == [(0, 5, 9), (0, 21, 30)]


def test_rows_are_not_run_together() -> None:
    assert spells(np.array([seen_on((70, 79)), seen_on(), seen_on((0, 4))])) == [(0, 70, 79), (2, 0, 4)]


def test_days_on_which_nothing_could_be_seen_make_no_break() -> None:
    completeness = np.ones(80)
    completeness[12:18] = 0
    assert spells(np.array([seen_on((5, 9), (24, 30))]), completeness) == [(0, 5, 30)]
    window = Window.of(completeness)
    assert (window.opens, window.closes) == (11, 68)
    assert Window.of(np.r_[np.zeros(5), np.ones(75)]).opens == 16


def test_nobody_seen_gives_no_spell() -> None:
    assert spells(np.zeros((3, 80), dtype=bool)) == []


@given(arrays(np.bool_, st.tuples(st.integers(1, 6), st.just(60))))
def test_each_sighting_lies_in_one_spell_and_breaks_are_as_they_should_be(days: np.ndarray) -> None:
    told = spells(days)
    inside = np.zeros_like(days, dtype=int)
    for row, first, last in told:
        assert days[row, first]
        assert days[row, last]
        inside[row, first : last + 1] += 1
    assert (inside[days] == 1).all()
    assert inside.max(initial=0) <= 1
    for (row, _, last), (other, first, _) in pairwise(told):
        assert other != row or first - last - 1 > BRIDGED_DAYS


@given(arrays(np.bool_, st.tuples(st.just(8), st.just(60))), st.floats(0, 8))
def test_ways_to_open_breaks_add_up(days: np.ndarray, lag: float) -> None:
    window = Window.of(np.ones(60))
    pieces = Pieces.of(days, np.arange(8) % 2 > 0, window)
    told = Spells.of(pieces, np.array([lag, 0.0]))
    assert (told.weight >= 0).all()
    # However breaks are opened, each day seen lies in exactly one spell.
    for row, day in zip(*np.nonzero(days), strict=True):
        over = (told.row == row) & (told.first <= day) & (day <= told.last)
        assert told.weight[over].sum(axis=0) == pytest.approx([1.0, 1.0])
    assert set(np.unique(told.weight[:, 1])) <= {0.0, 1.0}


def test_breaks_shortened_by_ghosts_are_counted_as_many_as_there_are() -> None:
    rng = np.random.default_rng(5)
    lag, rows = 4.0, 30_000
    breaks = rng.integers(5, 25, rows)
    shown = breaks - (rng.geometric(1 / (1 + lag), rows) - 1)
    days = np.array([seen_on((2, 9), (10 + gap, 79)) if gap > 0 else seen_on((2, 79)) for gap in shown])
    pieces = Pieces.of(days, np.zeros(rows, dtype=bool), Window.of(np.ones(80)))
    chances = pieces.open_chances(np.array([lag]))[: BRIDGED_DAYS + 1, 0]
    for gap in range(2, BRIDGED_DAYS + 1):
        truly = (breaks[shown == gap] > BRIDGED_DAYS).mean()
        assert chances[gap] == pytest.approx(truly, abs=0.06)
    assert (pieces.open_chances(np.array([lag]))[12:23, 0] == 0).all()  # nobody travels here
    assert JUST_OVER.start == BRIDGED_DAYS + 1


@pytest.mark.parametrize("chance", [0.6, 0.9])
def test_the_chance_to_be_missed_is_told_from_single_days(chance: float) -> None:
    rng = np.random.default_rng(3)
    days = rng.random((2000, 80)) < chance
    days[:, 30:36] = False  # a break of days off tells nothing of it
    missed = Pieces.of(days, np.zeros(2000, dtype=bool), Window.of(np.ones(80))).missed
    assert missed == pytest.approx(1 - chance, abs=0.02)
