"""Which day a run is about, and what of an error reaches Airflow's log."""

import traceback
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advertentiemonitor import stages, tasks
from advertentiemonitor.errors import NoDay, NothingCollected, RefusedByRule, StageFailed, WrongUse


def context(conf: Any = None, partition: str | None = None, logical: datetime | None = None) -> dict[str, Any]:
    return {"dag_run": SimpleNamespace(conf=conf, partition_key=partition, logical_date=logical)}


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_partition_names_the_day(day: date) -> None:
    assert tasks.day_of(context(partition=day.isoformat())) == day


def test_what_was_asked_for_counts() -> None:
    assert tasks.day_of(context(conf={"day": "2026-11-07"})) == date(2026, 11, 7)
    assert tasks.day_of(context(conf={"day": "2026-11-07"}, partition="2026-11-07")) == date(2026, 11, 7)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), date(2026, 3, 28)),  # winter time: midnight is 23:00 UTC
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),  # the day of 23 hours begins
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),  # summer time: midnight is 22:00 UTC
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),  # the day of 25 hours begins
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), date(2026, 10, 25)),  # 02:30 for the first time
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 25)),  # 02:30 for the second time
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_logical_date_is_seen_in_amsterdam(moment: datetime, day: date) -> None:
    assert tasks.day_of(context(logical=moment)) == day


@pytest.mark.parametrize(
    "told",
    [
        context(),
        context(conf={}),
        context(conf={"day": "2026-11-07"}, partition="2026-11-08"),
        context(conf={"day": 20261107}),
        context(partition="2026-02-30"),
        context(partition="20261107"),
        context(partition="2026-W45-6"),
        context(partition="2026-11-07T00:30:00"),
        context(partition=""),
        context(logical=datetime(2026, 11, 7)),  # noqa: DTZ001 - that is the point
    ],
)
def test_no_day_or_two_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(NoDay):
        tasks.day_of(told)


def test_unforeseen_error_tells_kind_and_place_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_settings: object, _day: date) -> int:
        raise ValueError("ontvang thuis, bel +31620000000")

    monkeypatch.setattr(stages, "read", broken)
    with pytest.raises(StageFailed) as caught:
        tasks.run("read", date(2026, 11, 7))
    printed = "".join(traceback.format_exception(caught.value))
    assert "+3162" not in printed
    assert "ValueError at" in printed
    assert "test_tasks.py" in printed


def test_our_own_error_comes_through_without_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_settings: object, _day: date, source: str) -> int:
        try:
            {}["+31620000000"]
        except KeyError as error:
            raise RefusedByRule(f"{source} may not run") from error

    monkeypatch.setattr(stages, "collect", refused)
    with pytest.raises(RefusedByRule) as caught:
        tasks.run("collect", date(2026, 11, 7), "nl_prikbord")
    assert "+3162" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("error", "final"), [(WrongUse(), True), (RefusedByRule(), True), (NothingCollected(), False), (OSError(), False)]
)
def test_refusals_are_final_and_the_rest_is_not(error: Exception, final: bool) -> None:
    assert tasks.is_final(error) is final


def test_gate_counts_what_came_in_and_needs_one_source() -> None:
    assert tasks.gate([[120, 80], [], [0]]) == 200
    assert tasks.gate([[], [0]]) == 0
    with pytest.raises(NothingCollected):
        tasks.gate([[], []])
