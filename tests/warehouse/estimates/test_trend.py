from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import helmert

from warehouse.estimates import kalman, trend

FIGURES = [field.name for field in fields(trend.Trend)]


def noisy(series: int, periods: int, spread: float = 0.1, seed: int = 0) -> np.ndarray:
    return np.log(100) + np.random.default_rng(seed).normal(0, spread, (series, periods))


def estimated(log_n: np.ndarray, specific: float = 0.01, common: float = 0.0, **more: object) -> trend.Trend:
    return trend.estimate(log_n, np.full(log_n.shape, specific), np.full(log_n.shape, common), **more)  # type: ignore[arg-type]


@settings(max_examples=25)
@given(st.floats(0.01, 1000), st.integers(1, 15), st.integers(0, 2**31))
def test_other_units_move_the_level_and_nothing_else(factor: float, periods: int, seed: int) -> None:
    log_n = noisy(2, periods, seed=seed)
    one, other = estimated(log_n), estimated(log_n + np.log(factor))
    for name in ("point", "lower", "upper", "trend", "trend_lower", "trend_upper"):
        assert getattr(other, name) == pytest.approx(factor * getattr(one, name), rel=1e-7)
    for name in ("change", "change_lower", "change_upper"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-7, nan_ok=True)


@settings(max_examples=15)
@given(st.permutations(range(6)))
def test_no_series_depends_on_the_others(order: list[int]) -> None:
    log_n = noisy(6, 12)
    log_n[2, 5] = np.nan
    one, other = estimated(log_n), estimated(log_n[order])
    for name in FIGURES:
        assert np.array_equal(getattr(one, name)[order], getattr(other, name), equal_nan=name != "withheld")


def test_splitting_into_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    log_n = noisy(7, 12)
    link = trend.Break(6, np.linspace(-0.2, 0.2, 7), np.linspace(0.01, 0.04, 7))
    whole = estimated(log_n, breaks=[link])
    monkeypatch.setattr(trend, "ELEMENTS", 1)
    parts = estimated(log_n, breaks=[link])
    assert parts.point == pytest.approx(whole.point, rel=1e-10)
    assert parts.trend == pytest.approx(whole.trend, rel=1e-10)


def test_later_periods_never_revise_level_and_change() -> None:
    log_n = noisy(3, 20)
    whole, early = estimated(log_n), estimated(log_n[:, :11])
    for name in ("point", "lower", "upper", "change", "change_lower", "change_upper", "withheld"):
        assert np.array_equal(getattr(whole, name)[:, :11], getattr(early, name), equal_nan=name != "withheld")


def test_a_constant_series_without_variance_is_itself() -> None:
    found = estimated(np.full((1, 8), np.log(70)), specific=0.0)
    assert found.point == pytest.approx(np.full((1, 8), 70.0))
    assert found.upper == pytest.approx(found.lower, rel=1e-5)
    assert found.trend == pytest.approx(np.full((1, 8), 70.0))
    assert found.change[0, 3:] == pytest.approx(np.ones(5))
    assert not found.is_demonstrable.any()


def test_one_observation_is_itself_with_both_variances() -> None:
    found = estimated(np.log([[100.0]]), specific=0.03, common=0.06)
    assert found.point[0, 0] == pytest.approx(100)
    assert np.log(found.upper / found.lower)[0, 0] == pytest.approx(2 * 1.959964 * 0.3, rel=1e-3)
    assert found.withheld[0, 0] == "too_few_periods"
    assert np.isnan(found.change[0, 0])


@pytest.mark.parametrize("periods", [1, 2, 3])
def test_no_change_is_shown_on_fewer_than_four_periods(periods: int) -> None:
    log_n = np.log([[100.0, 1000.0, 100.0]])[:, :periods]
    found = estimated(log_n, specific=1e-6)
    assert not found.is_demonstrable.any()
    assert np.isnan(found.change).all()
    assert np.isfinite(found.point).all()


def test_what_is_common_widens_the_level_and_leaves_the_change_alone() -> None:
    log_n = noisy(2, 10)
    without, with_common = estimated(log_n), estimated(log_n, common=0.09)
    assert np.array_equal(without.change_upper, with_common.change_upper, equal_nan=True)
    own, both = np.log(without.upper / without.point), np.log(with_common.upper / with_common.point)
    assert both**2 - own**2 == pytest.approx(np.full(own.shape, 1.959964**2 * 0.09), rel=1e-5)


def test_with_a_still_level_the_estimate_is_the_weighted_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trend, "SPREADS", np.array([1e-7]))
    log_n, specific = noisy(1, 9), np.linspace(0.01, 0.05, 9)[None]
    found = trend.estimate(log_n, specific, np.zeros((1, 9)))
    for t in range(9):
        weight = 1 / specific[0, : t + 1]
        assert np.log(found.point[0, t]) == pytest.approx((weight @ log_n[0, : t + 1]) / weight.sum(), rel=1e-3)
        width = np.log(found.upper / found.point)[0, t] / 1.959964
        assert width**2 == pytest.approx(1 / weight.sum(), rel=1e-2)
        if t >= 3:  # the change: this period against the mean of all before it
            before = (weight[:-1] @ log_n[0, :t]) / weight[:-1].sum()
            assert np.log(found.change[0, t]) == pytest.approx(log_n[0, t] - before, abs=1e-4)
            spread = np.log(found.change_upper / found.change)[0, t] / 1.959964
            assert spread**2 == pytest.approx(specific[0, t] + 1 / weight[:-1].sum(), rel=1e-3)


def test_the_grid_is_fine_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    log_n = noisy(20, 15) + np.where(np.arange(15) >= 8, 0.3, 0.0)
    coarse = estimated(log_n)
    monkeypatch.setattr(trend, "SPREADS", np.geomspace(trend.SPREADS[0], trend.SPREADS[-1], 79))
    fine = estimated(log_n)
    assert np.log(coarse.point) == pytest.approx(np.log(fine.point), abs=0.005)
    assert np.log(coarse.upper / coarse.lower) == pytest.approx(np.log(fine.upper / fine.lower), abs=0.02)


@pytest.mark.parametrize("daily", [False, True])
def test_the_spreads_are_weighed_by_prior_and_likelihood(daily: bool) -> None:
    log_n = noisy(1, 20)[0] + np.where(np.arange(20) >= 8, 0.3, 0.0)
    days = np.arange(20) % 7
    spreads = trend.SPREADS / np.sqrt(7) if daily else trend.SPREADS
    scale = 0.15 / np.sqrt(7) if daily else 0.15
    effects = helmert(7).T[days] if daily else np.zeros((20, 0))
    size = 2 + effects.shape[1]
    z = np.hstack([np.ones((20, 1)), np.zeros((20, 1)), effects])
    move = np.eye(size)
    move[0, 1], move[1, 1] = 1, 0.8
    smoothed, likelihood = [], []
    for spread in spreads:  # one at a time, each with its own filter and smoother
        noise = np.zeros((20, size))
        noise[:, :2] = spread**2, (0.3 * spread) ** 2
        variance = np.array([100, (0.3 * spread) ** 2 / (1 - 0.8**2), *[0.09] * effects.shape[1]])
        model = kalman.Model(z, move, noise, np.zeros(size), variance)
        done = kalman.run(log_n - log_n[0], np.full(20, 0.01), model)
        smoothed.append(kalman.smooth(model, done)[0][:, 0])
        likelihood.append(done.log_likelihood[-1])
    weight = np.exp(likelihood) * spreads / (1 + (spreads / scale) ** 2)
    found = estimated(log_n[None], weekday=days if daily else None)
    expected = log_n[0] + weight @ np.array(smoothed) / weight.sum()
    assert np.log(found.trend[0]) == pytest.approx(expected, abs=1e-9)


def test_a_missing_period_is_missing_and_not_zero() -> None:
    log_n = noisy(1, 12)
    log_n[0, 6] = np.nan
    specific = np.full(log_n.shape, 0.01)
    specific[0, 6] = np.nan
    found = trend.estimate(log_n, specific, specific)
    assert np.isnan(found.point[0, 6])
    assert found.withheld[0, 5:9].tolist() == ["", "missing_period", "missing_period", ""]
    assert found.trend[0, 5:8] == pytest.approx(found.trend[0, 5], rel=0.1)
    assert np.log(found.upper / found.lower)[0, 7] > np.log(found.upper / found.lower)[0, 5]


def test_a_series_of_refusals_has_no_figure() -> None:
    found = estimated(np.vstack([noisy(1, 6), np.full((1, 6), np.nan)]))
    assert np.isnan(found.trend[1]).all()
    assert np.isnan(found.point[1]).all()
    assert set(found.withheld[1]) == {"missing_period"}
    assert np.isfinite(found.point[0]).all()


def test_an_inflated_period_says_little() -> None:
    log_n = noisy(1, 12)
    log_n[0, 8] -= 0.7
    calm = np.full(log_n.shape, 0.01)
    inflated = calm.copy()
    inflated[0, 8] = 1.0
    plain = trend.estimate(log_n, calm, calm * 0)
    wide = trend.estimate(log_n, inflated, calm * 0)
    assert plain.is_demonstrable[0, 8]
    assert not wide.is_demonstrable[0, 8]
    assert abs(np.log(wide.point[0, 9] / 100)) < abs(np.log(plain.point[0, 9] / 100))


def test_a_break_without_a_link_is_never_compared_across() -> None:
    log_n = noisy(1, 16, 0.02)
    log_n[0, 8:] += 0.5
    found = estimated(log_n, specific=0.0004, breaks=[trend.Break(8)])
    assert found.withheld[0, 8] == "source_break"
    assert np.isnan(found.change[0, 8])
    assert found.trend[0, :8] == pytest.approx(np.full(8, 100.0), rel=0.06)
    assert found.trend[0, 8:] == pytest.approx(np.full(8, 165.0), rel=0.06)
    assert not found.is_demonstrable[0, 8:].any()


def test_a_link_brings_the_past_onto_the_newest_sources() -> None:
    log_n = noisy(1, 16, 0.02)
    log_n[0, 8:] += 0.2
    found = estimated(log_n, specific=0.0004, breaks=[trend.Break(8, 0.2, 0.01)])
    assert found.trend[0] == pytest.approx(np.full(16, 122.0), rel=0.06)
    assert found.change[0, 8] == pytest.approx(1.0, abs=0.06)
    assert not found.is_demonstrable[0, 8]
    # What the link does not know, the first comparison across it does not know either.
    assert np.log(found.change_upper / found.change)[0, 8] > 1.959964 * 0.1
    assert np.log(found.upper / found.point)[0, 4] > np.log(found.upper / found.point)[0, 12]


def test_weekdays_are_in_the_level_and_not_in_the_change() -> None:
    days = np.arange(70)
    pattern = np.array([-0.2, -0.1, 0.0, 0.0, 0.1, 0.2, 0.0])
    log_n = np.log(100) + pattern[days % 7][None] + np.random.default_rng(3).normal(0, 0.02, (1, 70))
    found = estimated(log_n, specific=0.0004, weekday=days % 7)
    assert np.log(found.point[0, 28:] / 100) == pytest.approx(pattern[days % 7][28:], abs=0.06)
    assert found.trend[0] == pytest.approx(np.full(70, 100.0), rel=0.03)
    assert found.is_demonstrable[0, 28:].mean() <= 0.1
    blind = estimated(log_n, specific=0.0004)
    assert blind.is_demonstrable[0, 28:].mean() > 0.3


def test_a_holiday_is_in_the_level_and_an_outage_is_not() -> None:
    log_n = noisy(1, 14, 0.01)
    log_n[0, 9] -= 0.5
    low = (np.arange(14) == 9).astype(float)
    holiday = estimated(log_n, specific=0.0001, columns=[trend.Column(low)])
    outage = estimated(log_n, specific=0.0001, columns=[trend.Column(low, of_level=False)])
    assert holiday.point[0, 9] == pytest.approx(60.7, rel=0.05)
    assert outage.point[0, 9] == pytest.approx(100.0, rel=0.05)
    assert not holiday.is_demonstrable[0, 9:].any()


def test_a_clear_step_is_demonstrable_in_its_own_week_only() -> None:
    log_n = np.full((1, 12), np.log(100.0))
    log_n[0, 6:] += 0.5
    found = estimated(log_n, specific=0.0025)
    assert found.is_demonstrable[0].tolist() == [t == 6 for t in range(12)]
    assert found.change[0, 6] == pytest.approx(np.exp(0.5), rel=0.02)


def test_flat_counts_are_rarely_called_a_change_and_steps_are_held() -> None:
    rng = np.random.default_rng(11)  # the battery has other seeds and more runs: benchmarks/statistics/trend.py
    true = np.where(np.arange(20) >= 12, 52, 40) * np.ones((300, 1), dtype=int)
    count = rng.binomial(true, 0.55)
    found = trend.estimate(np.log(count / 0.55), 0.45 / count, np.zeros(count.shape))
    ratio = true[:, 1:] / true[:, :-1]
    held = (found.change_lower[:, 1:] <= ratio) & (ratio <= found.change_upper[:, 1:])
    assert held[:, 2:].mean() >= 0.93
    assert held[:, 11].mean() >= 0.93  # the week of the step
    calm = np.delete(found.is_demonstrable, 12, axis=1)[:, 3:12]
    assert 0.01 <= calm.mean() <= 0.05
    rises = found.is_demonstrable & (found.change > 1)
    assert found.change[rises].min() > 1.1


@pytest.mark.parametrize(
    ("log_n", "specific", "common"),
    [
        (np.zeros((1, 4)), np.zeros((1, 3)), np.zeros((1, 4))),
        (np.zeros((1, 4)), np.full((1, 4), np.nan), np.zeros((1, 4))),
        (np.zeros((1, 4)), np.full((1, 4), -1.0), np.zeros((1, 4))),
        (np.zeros(4), np.zeros(4), np.zeros(4)),
    ],
)
def test_an_observation_needs_its_variances(log_n: np.ndarray, specific: np.ndarray, common: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"must all have shape|both variances"):
        trend.estimate(log_n, specific, common)
