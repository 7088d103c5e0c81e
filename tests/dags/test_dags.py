"""The DAG files as Airflow reads them: all of them, quickly, and chained as the design says."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from advertentiemonitor import failure_mail, stages, tasks
from advertentiemonitor.settings import Settings

from .conftest import CHANGES, DAGS, ask

ALL = (*tasks.CHAIN, *tasks.ON_THEIR_OWN)


def test_every_file_is_read_without_error(bag: Any) -> None:
    assert bag["errors"] == {}
    assert sorted(bag["dags"]) == sorted(ALL)
    beside = {path.stem for path in DAGS.glob("dag_*.py")}  # what DAGs share
    assert {path.stem for path in DAGS.glob("*.py")} - beside == set(ALL)


def test_reading_imports_nothing_heavy(bag: Any) -> None:
    assert bag["heavy"] == []


@pytest.mark.parametrize("name", ALL)
def test_each_has_owner_tags_and_a_page_for_the_operator(bag: Any, name: str) -> None:
    dag = bag["dags"][name]
    assert dag["owner"] == "advertentiemonitor"
    assert dag["tags"]
    assert Path(dag["file"]).stem == name
    for needed in ("**Waits for**", "**Makes**", "**If it fails**"):
        assert dag["doc"].count(needed) == 1


@pytest.mark.parametrize("name", ALL)
def test_where_a_mail_sends_the_operator_there_is_something_to_read(name: str) -> None:
    runbook = (DAGS.parent / failure_mail.RUNBOOK).read_text(encoding="utf-8")
    assert f"### {name}\n" in runbook


@pytest.mark.parametrize("name", ALL)
def test_each_runs_one_day_at_a_time_and_catches_nothing_up(bag: Any, name: str) -> None:
    assert bag["dags"][name]["max_active_runs"] == 1
    assert bag["dags"][name]["catchup"] is False


@pytest.mark.parametrize("name", ALL)
def test_tasks_know_an_end_and_no_executor(bag: Any, name: str) -> None:
    for task in bag["dags"][name]["tasks"].values():
        assert 0 < task["minutes"] <= 315
        assert task["executor"] is None
        assert task["policy"]


@pytest.mark.parametrize(("first", "second"), list(zip(tasks.CHAIN, tasks.CHAIN[1:], strict=False)))
def test_what_one_makes_the_next_waits_for(bag: Any, first: str, second: str) -> None:
    assert bag["dags"][second]["timetable"] == "PartitionedAssetTimetable"
    assert bag["dags"][second]["waits_for"] == bag["dags"][first]["makes"]
    assert len(bag["dags"][first]["makes"]) == 1


@pytest.mark.parametrize("name", ALL)
def test_work_goes_to_the_queue_of_its_trust_domain_and_failures_to_the_operator(bag: Any, name: str) -> None:
    dag = bag["dags"][name]
    collecting = {task for task, told in dag["tasks"].items() if told["mapped"]}
    assert dag["queues"] == {task: "verzamelen" if task in collecting else "magazijn" for task in dag["tasks"]}
    assert bool(collecting) is (name == "collect")
    assert dag["told"]


@pytest.mark.parametrize("name", ALL)
def test_pauses_between_tries_grow(bag: Any, name: str) -> None:
    for task, (first, growth, most) in bag["dags"][name]["pauses"].items():
        assert growth == 3
        assert (first, most) == ((600, 3600) if bag["dags"][name]["tasks"][task]["mapped"] else (60, 1800))


def test_what_hung_until_its_time_was_over_is_not_tried_again(bag: Any) -> None:
    assert bag["decided"]["out of time"] == ["fail"]


def test_after_a_clear_tries_are_counted_anew(bag: Any) -> None:
    assert bag["decided"]["unforeseen"] == ["default", "fail"]
    assert bag["decided"]["unforeseen, cleared after two tries"] == ["default", "fail"]


def local_days(year: int) -> list[str]:
    first = date(year, 1, 1)
    return [str(first + timedelta(days=number)) for number in range((date(year + 1, 1, 1) - first).days)]


EVERY_DAY = ("collect", "deadline", "retention", "rotate_keys")


@pytest.mark.parametrize("year", [2026, 2027])
@pytest.mark.parametrize("name", EVERY_DAY)
def test_a_year_has_one_partition_for_each_local_day(bag: Any, name: str, year: int) -> None:
    assert bag["dags"][name]["timetable"] == "CronPartitionTimetable"
    assert bag["dags"][name]["keys"][str(year)] == local_days(year)


@pytest.mark.parametrize(
    ("name", "at"), [("collect", "00:30"), ("deadline", "06:45"), ("retention", "05:15"), ("rotate_keys", "05:30")]
)
def test_when_the_clock_changes_the_scheduler_makes_one_run_a_local_day_at_its_hour(
    bag: Any, name: str, at: str
) -> None:
    """On the days of 23 and of 25 hours too; none twice, none skipped."""
    for change in CHANGES:
        first = date.fromisoformat(change) - timedelta(days=3)
        days = [str(first + timedelta(days=number)) for number in range(7)]
        made = [run for run in bag["scheduled"][name][change] if run[0] >= days[0]]
        assert [key for key, _ in made] == days
        for key, moment in made:
            assert moment.startswith(f"{key}T{at}:00")


def test_the_check_on_own_data_is_looked_at_on_mondays(bag: Any) -> None:
    assert bag["dags"]["calibrate"]["timetable"] == "CronPartitionTimetable"
    keys = [date.fromisoformat(key) for key in bag["dags"]["calibrate"]["keys"]["2027"]]
    assert keys == [date(2027, 1, 4) + timedelta(weeks=number) for number in range(52)]


def test_a_night_that_the_machine_was_off_is_run_once_it_is_on_and_older_ones_are_not(bag: Any) -> None:
    """`catchup` is off: of what the clock missed only the last is made up for. Days before it cannot be crawled any more."""
    keys = [key for key, _ in bag["after_off"]]
    assert keys == ["2026-11-09", "2026-11-10", "2026-11-13"]


def test_each_enabled_source_is_mapped_once_in_the_pool_of_its_owner(bag: Any) -> None:
    mapped = [task for task in bag["dags"]["collect"]["tasks"].values() if task["mapped"]]
    assert sorted(source for task in mapped for source in task["sources"]) == sorted(stages.sources(Settings()))
    assert {task["pool"]: task["sources"] for task in mapped} == tasks.pools()


def test_the_gate_waits_for_all_and_needs_none(bag: Any) -> None:
    collecting = bag["dags"]["collect"]["tasks"]
    assert collecting["gate"]["trigger_rule"] == "all_done"
    assert collecting["gate"]["upstream"] == sorted(name for name in collecting if name != "gate")


def test_on_the_markets_calendar_the_clock_starts_nothing(bag: Any, tmp_path: Path) -> None:
    on_market = ask(tmp_path, ADVERTENTIEMONITOR_MARKET_TODAY="2026-11-08")
    assert on_market["errors"] == {}
    assert {dag["first_year"] for dag in bag["dags"].values()} == {2026}
    assert {dag["first_year"] for dag in on_market["dags"].values()} == {2999}
