"""A stage that is watched leaves lines and its part of the day's report, and ends as it would have without."""

import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from advertentiemonitor import tasks
from advertentiemonitor.commands import keeping
from advertentiemonitor.crawler import crawl_log_path, write_crawl_log
from advertentiemonitor.errors import NoInstallation, RefusedByRule
from advertentiemonitor.observing import logs, metrics, runs
from advertentiemonitor.observing.observed import observed
from advertentiemonitor.settings import Settings
from warehouse.records import CrawlLog
from warehouse.retention import Line, RetentionReport

DAY = date(2026, 11, 8)
CRAWL = CrawlLog("nl_prikbord", "prikbord", DAY, "thin", "low_completeness", 9, 8, 120, 100, 0, 0.91, "1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path)


def test_of_a_day_to_come_nothing_is_told(settings: Settings) -> None:
    """It was mistyped, and would be the newest for ever."""
    with pytest.raises(RefusedByRule), observed("collect", date(9999, 12, 31), settings):
        raise RefusedByRule
    assert not (settings.root / "runs").exists()


def lines(settings: Settings) -> list[dict[str, object]]:
    return [json.loads(line) for line in logs.path(settings).read_text().splitlines()]


def report(settings: Settings) -> runs.RunReport:
    found = runs.report_of(settings, DAY)
    assert found is not None
    return found


def part(settings: Settings, stage: str, source: str | None = None) -> runs.Part:
    found = report(settings).part(stage, source)
    assert found is not None
    return found


def test_a_stage_that_ends_well(settings: Settings) -> None:
    with observed("read", DAY, settings) as ran:
        assert part(settings, "read").outcome == "begun"  # what a killed one leaves behind
        ran.count = 1238
    told = part(settings, "read")
    assert (told.outcome, told.count, told.error, told.first_done) == ("done", 1238, None, told.ended)
    assert told.ended is not None
    assert told.ended >= told.begun
    begun, done = lines(settings)
    assert (begun["event"], done["event"]) == ("stage begun", "stage done")
    assert (done["stage"], done["day"], done["count"]) == ("read", "2026-11-08", 1250)
    assert report(settings).software["advertentiemonitor"]
    assert report(settings).migration >= "0142"


def test_a_source_stands_beside_the_others_with_how_it_was_seen(settings: Settings) -> None:
    with observed("collect", DAY, settings, "nl_rubriek"):
        pass
    write_crawl_log(crawl_log_path(settings.shared, "nl_prikbord", DAY), CRAWL)
    with observed("collect", DAY, settings, "nl_prikbord") as ran:
        ran.count = 120
    assert {(each.stage, each.source) for each in report(settings).parts} == {
        ("collect", "nl_rubriek"), ("collect", "nl_prikbord"),
    }  # fmt: skip
    seen = runs.SourceSeen(state="thin", reason="low_completeness", completeness=0.91)
    assert report(settings).sources == {"nl_prikbord": seen}


def test_an_error_comes_through_as_it_is_and_only_its_name_is_told(settings: Settings) -> None:
    error = RefusedByRule("bel 0620009900")
    with pytest.raises(RefusedByRule) as caught, observed("release", DAY, settings):
        raise error
    assert caught.value is error
    told = part(settings, "release")
    assert (told.outcome, told.error, told.count, told.first_done) == ("failed", "RefusedByRule", None, None)
    assert lines(settings)[-1]["error"] == "RefusedByRule"
    assert lines(settings)[-1]["level"] == "error"
    assert not any("0620009900" in path.read_text() for path in settings.root.rglob("*") if path.is_file())


def test_one_that_is_stopped_says_so(settings: Settings) -> None:
    with pytest.raises(SystemExit), observed("read", DAY, settings):
        raise SystemExit(143)
    assert part(settings, "read").outcome == "stopped"


def test_what_airflow_ended_for_it_took_too_long_has_failed(settings: Settings) -> None:
    class OutOfTime(BaseException):
        """As Airflow's, which is no `Exception` either."""

    with pytest.raises(OutOfTime), observed("collect", DAY, settings, "nl_prikbord"):
        raise OutOfTime
    assert part(settings, "collect", "nl_prikbord").outcome == "failed"


def test_a_rerun_takes_the_place_of_the_run_and_remembers_when_it_was_first_done(settings: Settings) -> None:
    for count in (1, 2):
        with observed("publish", DAY, settings) as ran:
            ran.count = count
    with pytest.raises(NoInstallation), observed("publish", DAY, settings):
        raise NoInstallation(settings.root)
    (told,) = report(settings).parts
    assert (told.outcome, told.count) == ("failed", None)
    assert told.first_done is not None
    assert told.first_done < told.begun


def test_nothing_is_made_where_no_installation_is(tmp_path: Path) -> None:
    with observed("read", DAY, Settings(state=tmp_path / "mistyped")) as ran:
        ran.count = 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["logs", "runs"])
def test_what_cannot_be_written_stops_nothing(settings: Settings, where: str) -> None:
    """A file where a folder should be: nobody can write in it, not even root."""
    (settings.root / where).write_text("in the way")
    with observed("read", DAY, settings) as ran:
        ran.count = 5
    with pytest.raises(KeyError), observed("read", DAY, settings):
        raise KeyError
    assert ran.count == 5
    metrics.write(settings)


def test_a_disk_that_is_full_stops_nothing_and_leaves_what_was(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with observed("read", DAY, settings) as ran:
        ran.count = 5
    before = report(settings)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(KeyError), observed("read", DAY, settings):
        raise KeyError
    assert report(settings) == before


def test_a_report_that_cannot_be_read_is_begun_anew(settings: Settings) -> None:
    settings.folder("runs")
    (settings.root / "runs" / "2026-11-08.json").write_text('{"day": ')
    with observed("read", DAY, settings):
        pass
    assert part(settings, "read").outcome == "done"


def _collect(state: Path, source: str) -> None:
    with observed("collect", DAY, Settings(state=state), source) as ran:
        ran.count = 7


def test_stages_that_end_at_once_lose_nothing_of_each_other(settings: Settings) -> None:
    names = [f"nl_{letter}" for letter in "abcdefghijkl"]
    with ProcessPoolExecutor(4, multiprocessing.get_context("fork")) as pool:
        list(pool.map(_collect, [settings.root] * len(names), names))
    assert sorted(each.source or "" for each in report(settings).parts) == names
    assert {each.outcome for each in report(settings).parts} == {"done"}
    assert len(lines(settings)) == 2 * len(names)


def test_files_are_for_their_owner(settings: Settings) -> None:
    with observed("read", DAY, settings):
        pass
    for path in (settings.root / "runs").glob("*.json"), (settings.root / "logs").glob("*.jsonl"):
        (file,) = path
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_command_by_hand_ends_what_a_failed_stage_began(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(settings.root))
    monkeypatch.setenv("ADVERTENTIEMONITOR_MARKET_TODAY", str(DAY))
    with pytest.raises(NoInstallation):
        tasks.run("retention", DAY)
    assert part(settings, "retention").outcome == "failed"
    line = Line("sighting", 3, 0, None, "26 weeks", None)
    monkeypatch.setattr("advertentiemonitor.stages.retain", lambda *_given: RetentionReport(DAY, (line,)))
    keeping.retention_run(as_json=True)
    assert (part(settings, "retention").outcome, part(settings, "retention").count) == ("done", 3)
    text = (settings.root / "metrics" / metrics.FILES).read_text()
    assert 'advertentiemonitor_stage_failed{error="",source="",stage="retention"} 0.0' in text


def test_what_airflow_runs_is_watched(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an installation's database the stage fails; that is written down, and metrics with it."""
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(settings.root))
    with pytest.raises(NoInstallation):
        tasks.run("estimate", DAY)
    assert part(settings, "estimate").error == "NoInstallation"
    text = (settings.root / "metrics" / metrics.FILES).read_text()
    assert 'advertentiemonitor_stage_failed{error="NoInstallation",source="",stage="estimate"} 1.0' in text
