import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.estimates import alerts
from warehouse.estimates.alerts import FLOW, LEVEL, MINIMUM_PERIODS, RATES, judge, shared, threshold, watch

LIMIT = threshold(LEVEL, 0.25)
VARIANCE = 0.005


def series(values, variance=VARIANCE, complete=1.0):
    log_n = np.log(np.atleast_2d(np.asarray(values, dtype=float)))
    return log_n, np.full(log_n.shape, variance), np.full(log_n.shape, complete)


def told(values, chart=LEVEL, limit=LIMIT, **more):
    found = judge(*series(values, **more), chart, limit)
    return found.status(0), str(found.withheld[0]), int(found.since[0])


def test_a_flat_series_has_no_demonstrable_change():
    assert told([100.0] * 20) == ("no_demonstrable_change", "", -1)


@pytest.mark.parametrize(("factor", "status"), [(2.0, "higher"), (0.5, "lower")])
@pytest.mark.parametrize("weeks", [1, 2, 3])
def test_a_doubling_is_told_with_the_week_in_which_it_began(factor, status, weeks):
    assert told([100.0] * 20 + [100.0 * factor] * weeks) == (status, "", 20)


def test_ten_percent_is_never_told():
    for n in (40.0, 100.0, 300.0):
        assert told([n] * 20 + [1.1 * n])[0] == "no_demonstrable_change"


def test_what_was_long_ago_is_the_level_before():
    assert told([50.0] * 10 + [100.0] * 8)[0] == "no_demonstrable_change"


@given(st.integers(5, LEVEL.window), st.integers(0, 2**32), st.sampled_from([LEVEL, FLOW]))
def test_up_mirrors_down(periods, seed, chart):
    rng = np.random.default_rng(seed)
    moved = rng.normal(0, 0.2, (1, min(periods, chart.window)))
    moved -= moved.mean()
    own, whole = np.full_like(moved, VARIANCE), np.ones_like(moved)
    up, down = (judge(5 + each, own, whole, chart, LIMIT) for each in (moved, -moved))
    assert up.statistic == pytest.approx(-down.statistic, rel=1e-6)
    assert (up.direction == -down.direction).all()
    assert up.since.tolist() == down.since.tolist()


def test_the_step_is_that_of_generalised_least_squares():
    rng = np.random.default_rng(3)
    periods = LEVEL.window
    log_n, own = rng.normal(4.0, 0.3, (1, periods)), rng.uniform(0.001, 0.02, (1, periods))
    lasts = shared(periods, 7)[np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))]
    covariance = lasts * np.exp(-log_n.mean()) + alerts.DRIFT**2 * np.minimum.outer(
        np.arange(periods), np.arange(periods)
    )
    error = alerts.LASTING * lasts + (1 - alerts.LASTING) * np.eye(periods)
    covariance += error * np.sqrt(np.outer(own, own))
    steps = []
    for begin in range(periods - LEVEL.candidates, periods):
        design = np.column_stack([np.ones(periods), np.arange(periods) >= begin])
        normal = np.linalg.inv(design.T @ np.linalg.inv(covariance) @ design)
        fit = normal @ design.T @ np.linalg.inv(covariance) @ log_n[0]
        steps.append(fit[1] / np.sqrt(normal[1, 1]))
    found = judge(log_n, own, np.ones_like(log_n), LEVEL, LIMIT)
    assert found.statistic[0] == pytest.approx(max(steps, key=abs), rel=1e-6)


def test_people_that_two_weeks_share_are_counted_so_in_a_simulation():
    rng = np.random.default_rng(5)
    days, n = 7 * 30, 20_000
    begin = np.concatenate([np.zeros(n), rng.uniform(0, days, rng.poisson(n * alerts.RESIDENT_EXIT * days))])
    end = begin + rng.exponential(1 / alerts.RESIDENT_EXIT, begin.size)
    few = rng.uniform(-10, days, rng.poisson(n / 3 / 8.5 * (days + 10)))
    begin, end = np.append(begin, few), np.append(end, few + rng.uniform(*alerts.STAY, few.size))
    there = [(begin < 7 * week + 7) & (end >= 7 * week) for week in (10, 11, 12, 18)]
    parts = [(there[0] & later).sum() / there[0].sum() for later in there]
    assert parts == pytest.approx(shared(9, 7)[[0, 1, 2, 8]], abs=0.01)


def test_few_weeks_and_a_missing_one_are_said_to_be_so():
    assert told([100.0] * MINIMUM_PERIODS) == ("not_comparable", "too_few_periods", -1)
    assert told([100.0] * MINIMUM_PERIODS + [300.0])[0] == "higher"
    assert told([100.0] * 10 + [np.nan]) == ("not_comparable", "missing_period", -1)


def test_low_completeness_is_quiet_and_adds_nothing_up():
    log_n, own, complete = series([100.0] * 15 + [20.0] * 3 + [100.0])
    complete[:, 15:18] = 0.79
    assert judge(log_n[:, :18], own[:, :18], complete[:, :18], LEVEL, LIMIT).status(0) == "not_comparable"
    found = judge(log_n, own, complete, LEVEL, LIMIT)
    assert found.status(0) == "no_demonstrable_change"
    assert found.statistic[0] == pytest.approx(0, abs=1e-4)


def test_after_an_alarm_the_baseline_starts_anew():
    log_n, own, complete = series([100.0] * 10 + [200.0] * 10)
    direction, statistic = watch(log_n, own, complete, LEVEL, LIMIT)
    assert np.flatnonzero(direction[0]).tolist() == [10]
    quiet = np.isnan(statistic[0])
    assert np.flatnonzero(quiet).tolist() == [0, 1, 2, 3, 11, 12, 13]
    assert statistic[0, 14:] == pytest.approx(0, abs=1e-4)


def test_across_a_break_nothing_is_compared():
    values = series([100.0] * 10 + [300.0] * 8)
    anew = np.arange(18) == 10
    direction, statistic = watch(*values, LEVEL, LIMIT, anew=anew)
    assert not direction.any()
    assert np.isnan(statistic[0, 10:14]).all()


def test_series_are_judged_apart_and_the_same_each_time():
    rng = np.random.default_rng(4)
    values = series(np.exp(rng.normal(4, 0.3, (7, 30))))
    values[0][rng.random((7, 30)) < 0.1] = np.nan
    whole = judge(*values, LEVEL, LIMIT)
    for row in range(7):
        alone = judge(*(each[row : row + 1] for each in values), LEVEL, LIMIT)
        assert alone.statistic == pytest.approx(whole.statistic[row : row + 1], nan_ok=True)
        assert alone.status(0) == whole.status(row)


@pytest.mark.parametrize("chart", [LEVEL, FLOW])
def test_fewer_false_alarms_ask_for_a_higher_threshold(chart):
    limits = [threshold(chart, rate) for rate in RATES]
    assert limits == sorted(set(limits)) == list(chart.thresholds)
    assert limits[1] < threshold(chart, 0.3) < limits[2]
    for rate in (1.1, 0.01):
        with pytest.raises(ValueError, match="simulated"):
            threshold(chart, rate)


def test_shapes_and_variances_must_fit():
    log_n, own, complete = series([100.0] * 10)
    with pytest.raises(ValueError, match="shape"):
        judge(log_n, own[:, 1:], complete, LEVEL, LIMIT)
    own[0, 4] = np.nan
    with pytest.raises(ValueError, match="variance"):
        judge(log_n, own, complete, LEVEL, LIMIT)
