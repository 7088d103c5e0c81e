from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.changes import compare, false_alarm_share
from reports.figures import Volume

FIRST, SECOND = date(2026, 10, 26), date(2026, 11, 2)


def week(start, count, low, high, **more):
    row = Volume("week", start, "GM0153", "all", "published", "", count, None, low, high, 0.8, 3, 0.98, [])
    return replace(row, **more)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ((100, 80, 120), (105, 85, 125), "none"),
        ((100, 80, 120), (140, 120, 160), "none"),  # ends touch: rounded outwards, so nothing is shown
        ((100, 80, 120), (145, 125, 165), "higher"),
        ((145, 125, 165), (100, 80, 120), "lower"),
        ((15, 0, 30), (20, 10, 35), "none"),
    ],
)
def test_only_intervals_that_miss_each_other_are_a_change(before, after, kind):
    assert compare(week(FIRST, *before), week(SECOND, *after)).kind == kind


def test_plus_ten_percent_is_never_reported():
    told = compare(week(FIRST, 100, 80, 120), week(SECOND, 110, 90, 130))
    assert told.title == "Geen aantoonbare verandering"
    assert "10%" not in told.sentence
    assert not told.is_alert


@pytest.mark.parametrize("status", ["below_threshold", "withheld", "unreliable"])
@pytest.mark.parametrize("which", [0, 1])
def test_without_a_figure_nothing_is_compared(status, which):
    rows = [week(FIRST, 100, 80, 120), week(SECOND, 300, 280, 320)]
    rows[which] = replace(rows[which], status_code=status, advertiser_count=None, lower_count=None, upper_count=None)
    told = compare(*rows)
    assert told.kind == "not_comparable"
    assert told.false_alarm_share is None


def test_another_number_of_sources_is_a_break_and_no_change():
    told = compare(week(FIRST, 100, 80, 120), week(SECOND, 300, 280, 320, source_group_count=2))
    assert told.kind == "not_comparable"


def test_a_first_week_has_nothing_to_be_compared_with():
    assert compare(None, week(SECOND, 100, 80, 120)).kind == "not_comparable"
    assert compare(None, None).kind == "not_comparable"


def test_an_alert_states_its_false_alarm_rate():
    told = compare(week(FIRST, 100, 80, 120), week(SECOND, 150, 130, 170))
    assert "1 op de 179 keer" in told.sentence


@given(st.floats(0.1, 1e6), st.floats(0.1, 1e6))
def test_false_alarm_share_is_symmetric_and_bounded(first, second):
    share = false_alarm_share(first, second)
    assert share == pytest.approx(false_alarm_share(second, first))
    assert 0.0055 < share <= 0.0501


@pytest.mark.parametrize("ratio", [1.0, 3.0])
def test_false_alarm_share_is_what_simulation_gives(ratio):
    rng = np.random.default_rng(11)
    first, second = rng.normal(0, 1, 400_000), rng.normal(0, ratio, 400_000)
    missed = np.abs(first - second) > 1.959963984540054 * (1 + ratio)
    assert missed.mean() == pytest.approx(false_alarm_share(1.0, ratio), abs=4 * np.sqrt(0.02 / 400_000))
