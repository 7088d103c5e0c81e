"""What `backfill` refuses before it asks Airflow anything. That it runs days: `test_running.py`, with a real one."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from advertentiemonitor import tasks
from advertentiemonitor.airflow import backfilling
from advertentiemonitor.airflow.days import Progress
from advertentiemonitor.cli import app
from advertentiemonitor.errors import AirflowNotRunning, PastNotCollected, WrongUse
from advertentiemonitor.settings import Settings

TODAY = date(2026, 11, 8)
DAYS = st.dates(min_value=date(2026, 1, 1), max_value=date(2027, 12, 31))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path, market_today=TODAY)


def say_nothing(_day: date, _progress: Progress) -> None:
    pass


@given(first=DAYS, length=st.integers(0, 400))
def test_days_are_in_order_without_a_gap_and_both_ends_are_in(first: date, length: int) -> None:
    days = backfilling.days_between(first, first + timedelta(days=length))
    assert (days[0], days[-1], len(days)) == (first, first + timedelta(days=length), length + 1)
    assert days == sorted(set(days))


@given(last=DAYS, before=st.integers(1, 400))
def test_a_range_that_runs_backwards_is_wrong_use(last: date, before: int) -> None:
    with pytest.raises(WrongUse, match="comes before"):
        backfilling.days_between(last + timedelta(days=before), last)


def test_a_day_that_has_passed_cannot_be_collected(settings: Settings) -> None:
    with pytest.raises(PastNotCollected) as caught:
        backfilling.backfill(settings, TODAY, TODAY, "collect", say_nothing)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("stage", "last", "told"),
    [("retention", TODAY, "read, estimate"), ("read", TODAY + timedelta(days=1), "up to today")],
)
def test_other_stages_and_days_to_come_are_wrong_use(settings: Settings, stage: str, last: date, told: str) -> None:
    with pytest.raises(WrongUse, match=told):
        backfilling.backfill(settings, TODAY, last, stage, say_nothing)


@pytest.mark.parametrize("stage", tasks.CHAIN[1:])
def test_without_a_running_airflow_it_says_what_to_start(settings: Settings, stage: str) -> None:
    with pytest.raises(AirflowNotRunning, match="`advertentiemonitor up`"):
        backfilling.backfill(settings, TODAY, TODAY, stage, say_nothing)


def test_an_airflow_that_was_stopped_is_not_running(settings: Settings) -> None:
    home = settings.folder("airflow")
    (home / "airflow.cfg").write_text("[api]\nport = 1\n")
    (home / "passwords.json").write_text('{"beheer": "x"}')
    with pytest.raises(AirflowNotRunning):
        backfilling.backfill(settings, TODAY, TODAY, "read", say_nothing)


def test_the_command_refuses_by_exit_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(tmp_path))
    done = CliRunner().invoke(app, ["backfill", "--from", "2026-11-01", "--to", "2026-11-02", "--stage", "collect"])
    assert isinstance(done.exception, PastNotCollected)
