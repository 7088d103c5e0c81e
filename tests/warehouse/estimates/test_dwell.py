"""Dwell: Kaplan-Meier as printed, each correction against what is so, and refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.estimates import dwell
from warehouse.estimates.dwell import Dwell

DAYS = 119


def test_kaplan_meier_as_printed() -> None:
    # Freireich et al. (1963): weeks in remission under 6-MP, + for censored; S(t) as in Kalbfleisch & Prentice (2002), 1.2.
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    age = np.array([*ended, *censored])
    told = dwell._kaplan_meier(age, np.arange(21) < 9, np.ones((21, 1)), 35, np.zeros(1))[:, 0]
    printed = {5: 1.0, 6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448, 35: 0.448}
    for week, share in printed.items():
        assert told[week] == pytest.approx(share, abs=0.0006)


def test_quartiles_of_whole_days_are_those_of_grouped_data() -> None:
    lengths = np.repeat([7, 8, 9, 10], 5)
    survival = np.array([(lengths > k).mean() for k in range(12)])[:, None]
    assert [dwell.quantile(survival, share)[0] for share in (0.25, 0.5, 0.75)] == pytest.approx([7.5, 8.5, 9.5])
    assert np.isinf(dwell.quantile(np.array([1.0, 0.9, 0.8])[:, None], 0.5)).all()


@given(
    st.lists(st.floats(0.0, 1.0), min_size=12, max_size=12),
    st.lists(st.floats(0.0, 1.0), min_size=12, max_size=12),
    st.floats(0.0, 9.0),
    st.floats(0.0, 0.8),
)
def test_what_is_seen_is_taken_apart_by_the_transpose(one: list, other: list, lag: float, missed: float) -> None:
    left, right = np.array(one)[:, None, None], np.array(other)[:, None, None]
    stays_on, unseen = np.array([lag / (1 + lag)]), np.array([[missed]])
    seen, back = dwell._forward(left, stays_on, unseen), dwell._backward(right, stays_on, unseen)
    assert (seen * right).sum() == pytest.approx((left * back).sum())
    assert seen.sum() <= left.sum() + 1e-9  # some are never seen, nobody is invented


def test_without_ghosts_or_misses_stays_are_what_is_seen() -> None:
    seen = np.array([1.0, 0.9, 0.6, 0.55, 0.2])[:, None, None]
    assert dwell._stays(seen, np.zeros(1), np.zeros((1, 1))) == pytest.approx(seen, abs=1e-9)


def pairs(rng: np.random.Generator, people: int, draw, *, lag: float = 0.0, chance: float = 1.0, split: float = 0.0):
    """Stays in one area, one after another for so many people, with long breaks between; area, days, identity."""
    days = np.zeros((people, 900), dtype=bool)
    for row in days:
        day = 0
        while day < 900:
            length = draw(rng)
            ghost = rng.geometric(1 / (1 + lag)) - 1 if lag else 0
            row[day : day + length + ghost] = True
            day += length + rng.integers(40, 90)
    seen = (days & (rng.random(days.shape) < chance))[:, 600 : 600 + DAYS]
    identity = np.arange(people)
    if split:
        number = np.cumsum(rng.random(seen.shape) < split / 7, axis=1)  # a new one at any time, again and again
        numbers = range(int(number.max()) + 1)
        identity = np.concatenate([identity + people * k for k in numbers])
        seen = np.concatenate([seen & (number == k) for k in numbers])
    kept = seen.any(axis=1)
    return np.zeros(kept.sum(), dtype=np.int64), seen[kept], identity[kept]


def told(area, days, identity, **how) -> Dwell:
    (only,) = dwell.estimate(
        area, days, identity, np.ones(DAYS), np.full(20, how.pop("lag", 0.0)), rng=np.random.default_rng(1), **how
    )
    return only


def short(rng: np.random.Generator) -> int:
    return int(rng.integers(6, 15))


def test_the_median_of_what_is_plainly_seen() -> None:
    made = told(*pairs(np.random.default_rng(2), 1500, short))
    assert made.refusal is None
    assert made.median is not None
    assert made.median.lower <= 10 <= made.median.upper
    assert made.median.point == pytest.approx(10, abs=0.4)
    assert made.lower_quartile.point < made.median.point < made.upper_quartile.point


@pytest.mark.parametrize(("lag", "chance"), [(4.0, 1.0), (0.0, 0.6), (3.0, 0.8)])
def test_ghosts_and_missed_days_are_taken_out(lag: float, chance: float) -> None:
    seen = pairs(np.random.default_rng(3), 3000, short, lag=lag, chance=chance)
    right, uncorrected = told(*seen, lag=lag), told(*seen)
    assert right.median.point == pytest.approx(10, abs=0.5)
    if lag:
        assert uncorrected.median.point > 11


def test_lost_links_are_no_ends_and_new_numbers_no_beginnings() -> None:
    def long(rng: np.random.Generator) -> int:
        return int(rng.integers(30, 60))

    seen = pairs(np.random.default_rng(4), 4000, long, split=0.12)
    right, uncorrected = told(*seen, lost=(0.12, 0.0)), told(*seen)
    assert right.median.point == pytest.approx(44.5, abs=2)
    assert uncorrected.median.point < 40


def test_not_knowing_the_lag_widens_the_interval() -> None:
    area, days, identity = pairs(np.random.default_rng(5), 1500, short, lag=3.0)

    def width(lag: np.ndarray) -> float:
        (made,) = dwell.estimate(area, days, identity, np.ones(DAYS), lag, rng=np.random.default_rng(1))
        return made.median.upper - made.median.lower

    assert width(np.linspace(0.5, 6, 400)) > 1.5 * width(np.full(400, 3.0))


def test_few_ends_are_refused_and_other_areas_are_not() -> None:
    area, days, identity = pairs(np.random.default_rng(6), 600, short)
    area = np.where(np.arange(len(area)) < 20, 7, 2)
    many, few = dwell.estimate(area, days, identity, np.ones(DAYS), np.zeros(1), rng=np.random.default_rng(1))
    assert (many.area, many.refusal) == (2, None)
    assert (few.area, few.refusal, few.median) == (7, "too_few_ended", None)
    assert few.ended < dwell.FEWEST_ENDED <= many.ended


def test_what_takes_longer_than_can_be_followed_has_no_figure() -> None:
    def mixed(rng: np.random.Generator) -> int:
        return int(rng.integers(6, 15)) if rng.random() < 0.6 else 400

    made = told(*pairs(np.random.default_rng(7), 3000, mixed))
    assert made.refusal is None
    assert made.median.point is not None
    assert made.upper_quartile.point is None


def test_who_is_missed_more_often_than_seen_has_no_figure() -> None:
    made = told(*pairs(np.random.default_rng(9), 3000, short, chance=0.35))
    assert (made.refusal, made.median) == ("low_completeness", None)


def test_a_window_without_room_refuses() -> None:
    days = np.random.default_rng(8).random((500, 20)) < 0.5
    (made,) = dwell.estimate(
        np.zeros(500, dtype=np.int64), days, np.arange(500), np.ones(20), np.ones(5), rng=np.random.default_rng(1)
    )
    assert (made.begun, made.ended, made.refusal) == (0, 0, "too_few_ended")


@settings(max_examples=5)
@given(st.integers(0, 100))
def test_the_same_seed_gives_the_same_bits_and_longer_lags_shorter_stays(seed: int) -> None:
    area, days, identity = pairs(np.random.default_rng(seed), 250, short, lag=2.0, chance=0.9)
    one, same, longer = (
        dwell.estimate(area, days, identity, np.ones(DAYS), np.full(9, lag), rng=np.random.default_rng(3))[0]
        for lag in (2.0, 2.0, 4.0)
    )
    assert one == same
    assert longer.median.point < one.median.point
