"""The DAG files as Airflow reads them: all of them, quickly, and chained as the design says."""

from pathlib import Path
from typing import Any

import pytest

from advertentiemonitor import stages, tasks
from advertentiemonitor.settings import Settings

from .conftest import DAGS, ask

ALL = (*tasks.CHAIN, *tasks.ON_THEIR_OWN)


def test_every_file_is_read_without_error(bag: Any) -> None:
    assert bag["errors"] == {}
    assert sorted(bag["dags"]) == sorted(ALL)
    assert sorted(path.stem for path in DAGS.glob("*.py")) == sorted([*ALL, "dag_wiring"])


def test_a_file_is_read_in_two_seconds(bag: Any) -> None:
    assert max(bag["seconds"].values()) < 2


def test_reading_imports_nothing_heavy(bag: Any) -> None:
    assert bag["heavy"] == []


@pytest.mark.parametrize("name", ALL)
def test_each_has_owner_tags_and_a_page_for_the_operator(bag: Any, name: str) -> None:
    dag = bag["dags"][name]
    assert dag["owner"] == "advertentiemonitor"
    assert dag["tags"]
    assert Path(dag["file"]).stem == name
    for needed in ("**Waits for**", "**Makes**", "**If it fails**"):
        assert needed in dag["doc"]


@pytest.mark.parametrize("name", ALL)
def test_each_runs_one_day_at_a_time_and_catches_nothing_up(bag: Any, name: str) -> None:
    assert bag["dags"][name]["max_active_runs"] == 1
    assert bag["dags"][name]["catchup"] is False


@pytest.mark.parametrize("name", ALL)
def test_tasks_know_an_end_and_no_executor(bag: Any, name: str) -> None:
    for task in bag["dags"][name]["tasks"].values():
        assert 0 < task["minutes"] <= 300
        assert task["executor"] is None
        assert task["policy"]


@pytest.mark.parametrize(("first", "second"), list(zip(tasks.CHAIN, tasks.CHAIN[1:], strict=False)))
def test_what_one_makes_the_next_waits_for(bag: Any, first: str, second: str) -> None:
    assert bag["dags"][second]["timetable"] == "PartitionedAssetTimetable"
    assert bag["dags"][second]["waits_for"] == bag["dags"][first]["makes"]
    assert len(bag["dags"][first]["makes"]) == 1


@pytest.mark.parametrize("name", ["collect", "retention"])
def test_nights_are_one_partition_each_when_the_clock_changes(bag: Any, name: str) -> None:
    assert bag["dags"][name]["timetable"] == "CronPartitionTimetable"
    assert bag["dags"][name]["keys"] == {
        "spring": ["2026-03-28", "2026-03-29", "2026-03-30"],
        "autumn": ["2026-10-24", "2026-10-25", "2026-10-26"],
    }


def test_the_check_on_own_data_is_looked_at_on_mondays(bag: Any) -> None:
    assert bag["dags"]["calibrate"]["keys"] == {"spring": ["2026-03-30"], "autumn": ["2026-10-26"]}


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
