from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.calendar import (
    Epochs,
    block_start,
    epoch_code,
    epoch_end,
    epoch_start,
    is_last_day_of_block,
    is_last_day_of_week,
    week_start,
)
from warehouse.errors import DayBeforeCalendar, WrongUse

DAYS = st.dates(date(2020, 1, 1), date(2060, 1, 1))
EPOCH_DAYS = st.dates(date(2026, 1, 5), date(2060, 1, 1))


@given(DAYS)
def test_weeks_and_blocks_hold_their_days(day):
    assert week_start(day).weekday() == 0
    assert 0 <= (day - week_start(day)).days < 7
    assert 0 <= (day - block_start(day)).days < 28
    assert (block_start(day) - date(2026, 1, 5)).days % 28 == 0
    assert is_last_day_of_week(day) == (week_start(day + timedelta(1)) != week_start(day))
    assert is_last_day_of_block(day) == (block_start(day + timedelta(1)) != block_start(day))


@given(EPOCH_DAYS)
def test_epochs_hold_their_days_and_follow_each_other(day):
    code = epoch_code(day)
    assert epoch_start(code) <= day <= epoch_end(code)
    assert epoch_code(epoch_start(code)) == epoch_code(epoch_end(code)) == code
    assert epoch_start(epoch_code(epoch_end(code) + timedelta(1))) == epoch_end(code) + timedelta(1)


def test_the_demos_four_weeks_are_one_block_in_one_epoch():
    days = [date(2026, 10, 12) + timedelta(n) for n in range(28)]
    assert {block_start(day) for day in days} == {days[0]}
    assert {epoch_code(day) for day in days} == {"E0003"}
    assert is_last_day_of_block(days[-1])


def test_earlier_days_have_no_epoch():
    with pytest.raises(DayBeforeCalendar) as caught:
        epoch_code(date(2026, 1, 4))
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("code", ["", "E", "E12", "X0003", "E00a3", "E٠٠٠٣"])
def test_a_bad_epoch_code_has_a_name(code):
    with pytest.raises(WrongUse):
        epoch_start(code)


@given(
    st.dictionaries(st.integers(0, 12), st.integers(1, 90), max_size=5), st.dates(date(2026, 1, 5), date(2029, 1, 1))
)
def test_epochs_started_early_hold_their_days_and_end_with_the_calendar(early, day):
    starts = {f"E{number:04d}a": epoch_start(f"E{number:04d}") + timedelta(after) for number, after in early.items()}
    epochs = Epochs(starts)
    code = epochs.code(day)
    assert epochs.start(code) <= day <= epoch_end(code)
    assert code[:5] == epoch_code(day)
    following = epochs.code(day + timedelta(1))
    assert following >= code
    assert (following != code) == (epochs.start(following) == day + timedelta(1))
    ahead = epochs.ahead(day)
    assert ahead[0] == code
    assert list(ahead) == sorted(set(ahead))
    assert epochs.next_early(day) > code


def test_early_starts_are_kept_in_a_file(tmp_path):
    path = tmp_path / "epochs.json"
    assert Epochs.load(path) == Epochs()
    early = Epochs({"E0003a": date(2026, 11, 10)})
    early.save(path)
    assert Epochs.load(path) == early
    assert [file.name for file in tmp_path.iterdir()] == ["epochs.json"]
