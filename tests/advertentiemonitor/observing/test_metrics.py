"""Metrics are what is so, from closed lists, and are there whatever is not."""

import os
import shutil
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from advertentiemonitor import databases
from advertentiemonitor.crawler import crawl_log_path, spool_path, write_crawl_log
from advertentiemonitor.installation import initialise
from advertentiemonitor.observing import looks, metrics, runs, vocabulary
from advertentiemonitor.settings import AMSTERDAM, Settings
from warehouse import bootstrap, db
from warehouse.records import CrawlLog
from warehouse.server import Server

TODAY = datetime.now(AMSTERDAM).date()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path)


def samples(settings: Settings, name: str = metrics.FILES) -> dict[tuple[str, ...], float]:
    """Every sample of a file: its name without our prefix, then the values of its labels in order of name."""
    text = (metrics.folder(settings) / name).read_text()
    return {
        (
            each.name.removeprefix("advertentiemonitor_"),
            *(value for _, value in sorted(each.labels.items())),
        ): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


def written(settings: Settings, *, may_ask: bool = False) -> dict[tuple[str, ...], float]:
    metrics.write(settings, may_ask=may_ask)
    return samples(settings)


def crawl(settings: Settings, source: str, state: Any, *, days_ago: int = 0, q: float = 0.0) -> None:
    day = TODAY - timedelta(days=days_ago)
    log = CrawlLog(source, "x", day, state, "http_403", 1, 1, round(100 * q), 0, 0, q, "1")
    write_crawl_log(crawl_log_path(settings.shared, source, day), log)


def stage(settings: Settings, name: str, day: date = TODAY, **told: Any) -> None:
    begun = datetime.now(UTC) - timedelta(seconds=90)
    fields = {"begun": begun, "ended": begun + timedelta(seconds=60), "seconds": 60.0, "outcome": "done"} | told
    runs.change(settings, day, lambda report: report.with_part(runs.Part(stage=name, **fields)))


def test_what_a_stage_did(settings: Settings) -> None:
    stage(settings, "read", count=1238)
    stage(settings, "publish", count=7)
    stage(settings, "collect", source="nl_prikbord", count=8)
    found = written(settings)
    assert found["stage_items", "", "read"] == 1250
    assert found["stage_items", "", "publish"] == 7
    assert found["stage_items", "nl_prikbord", "collect"] == 0  # too few to tell
    assert found["stage_duration_seconds", "", "read"] == 60
    assert found["stage_failed", "", "", "read"] == 0
    assert 0 < time.time() - found["stage_last_success_timestamp_seconds", "", "read"] < 600


def test_a_failure_is_of_the_last_run_and_success_of_the_last_that_did(settings: Settings) -> None:
    long_ago = datetime(2026, 10, 1, 6, tzinfo=UTC)
    stage(settings, "release", TODAY - timedelta(days=1), begun=long_ago, ended=long_ago)
    stage(settings, "release", outcome="failed", error="AttackSucceeded")
    found = written(settings)
    assert found["stage_failed", "AttackSucceeded", "", "release"] == 1
    assert found["stage_last_success_timestamp_seconds", "", "release"] == long_ago.timestamp()
    stage(settings, "release")
    found = written(settings)
    assert ("stage_failed", "AttackSucceeded", "", "release") not in found
    assert found["stage_failed", "", "", "release"] == 0


def test_a_stage_that_is_killed_has_the_success_of_before_and_0_where_there_was_none(settings: Settings) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    killed: dict[str, Any] = {"outcome": "begun", "ended": None, "seconds": None}
    stage(settings, "retention", TODAY - timedelta(days=1), begun=yesterday, ended=yesterday)
    stage(settings, "retention", **killed)
    stage(settings, "rotate_keys", **killed)
    found = written(settings)
    assert found["stage_last_success_timestamp_seconds", "", "retention"] == yesterday.timestamp()
    assert found["stage_last_success_timestamp_seconds", "", "rotate_keys"] == 0
    assert found["stage_failed", "", "", "retention"] == 0  # that of before: why age is what the alert looks at
    assert ("stage_failed", "", "", "rotate_keys") not in found


def test_labels_are_from_closed_lists_whatever_a_report_says(settings: Settings) -> None:
    stage(settings, "bel 0620009900")
    stage(settings, "collect", source="nl_0620009900")
    written(settings)
    assert "0620009900" not in (metrics.folder(settings) / metrics.FILES).read_text()


def test_how_sources_were_seen(settings: Settings) -> None:
    crawl(settings, "nl_prikbord", "ok", q=0.97)
    for days_ago in range(4):
        crawl(settings, "nl_rubriek", "refused", days_ago=days_ago)
    found = written(settings)
    assert found["source_completeness_ratio", "nl_prikbord"] == 0.97
    assert found["source_state", "nl_prikbord", "ok"] == 1
    assert found["source_state", "nl_prikbord", "refused"] == 0
    assert found["source_state", "nl_rubriek", "refused"] == 1
    assert (found["source_dead", "nl_prikbord"], found["source_dead", "nl_rubriek"]) == (0, 1)


def test_one_damaged_crawl_log_hides_no_other_source(settings: Settings) -> None:
    crawl(settings, "nl_prikbord", "ok", q=0.97)
    crawl(settings, "nl_rubriek", "ok", q=0.9)
    crawl_log_path(settings.root, "nl_rubriek", TODAY).write_text("{")
    found = written(settings)
    assert found["source_completeness_ratio", "nl_prikbord"] == 0.97
    assert ("source_completeness_ratio", "nl_rubriek") not in found
    assert ("disk_free_bytes",) in found


@pytest.mark.full  # five seconds of asking again
def test_an_exchange_that_is_away_hides_nothing_else(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "ACCESS_KEY_ID": "x",
        "SECRET_ACCESS_KEY": "x",
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    stage(settings, "read", count=1238)
    found = written(settings.model_copy(update={"exchange": "s3://away/exchange"}))
    assert ("stage_items", "", "read") in found
    assert ("disk_free_bytes",) in found
    assert not {name for name, *_ in found} & {"source_state", "source_dead", "spool_files_waiting"}


def test_what_waits_in_the_spool_and_how_long(settings: Settings) -> None:
    assert written(settings)["spool_oldest_age_seconds",] == 0
    for hours in (1, 50):
        path = spool_path(settings.root, "nl_prikbord", TODAY - timedelta(days=hours))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (time.time() - hours * 3600,) * 2)
    found = written(settings)
    assert found["spool_files_waiting",] == 2
    assert found["spool_oldest_age_seconds",] // 3600 == 50


@pytest.mark.parametrize(("at", "was_in_time"), [((6, 31), 1), ((7, 1), 0)])
def test_the_next_digest_is_due_the_morning_after_the_last(settings: Settings, at: Any, was_in_time: int) -> None:
    assert ("digest_next_due_timestamp_seconds",) not in written(settings)  # none was ever made
    (settings.folder("digest") / f"dagbericht-{TODAY}-v1.html").touch()  # made again by a rerun, just now
    mail = settings.folder("outbox") / f"dagbericht-{TODAY}-v1.eml"
    mail.touch()
    os.utime(mail, (datetime(TODAY.year, TODAY.month, TODAY.day, *at, tzinfo=AMSTERDAM).timestamp(),) * 2)
    found = written(settings)
    assert found["digest_on_time",] == was_in_time
    due = datetime.fromtimestamp(found["digest_next_due_timestamp_seconds",], AMSTERDAM)
    assert (due.date(), due.hour, due.minute) == (TODAY + timedelta(days=1), 7, 0)
    mail.rename(mail.with_name(f"dagbericht-{TODAY - timedelta(days=3)}-v1.eml"))
    due = datetime.fromtimestamp(written(settings)["digest_next_due_timestamp_seconds",], AMSTERDAM)
    assert (due.date(), due.hour) == (TODAY, 7)


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.booleans())
def test_it_is_due_at_seven_by_the_clock_on_the_wall(day: date, is_made: bool) -> None:
    """Through both nights on which the clock is changed."""

    class On(Settings):
        def today(self, *, synthetic: bool) -> date:
            return day

    made = {day if is_made else day - timedelta(days=1): 0.0}
    night = looks._night(On(), made, looks.nightly_checks.DIGEST_DUE)
    assert night is not None
    due = datetime.fromtimestamp(night.next_due, AMSTERDAM)
    assert (due.date(), due.hour, due.minute) == (day + timedelta(days=is_made), 7, 0)


def test_on_the_calendar_of_the_market_no_hour_is_too_late(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path, market_today=TODAY)
    (settings.folder("outbox") / f"dagbericht-{TODAY}-v1.eml").touch()
    stage(settings, "release")
    assert not any("next_due" in name for name, *_ in written(settings))


def test_a_release_is_due_by_when_it_was_first_done(settings: Settings) -> None:
    stage(settings, "release")
    found = written(settings)
    due = datetime.fromtimestamp(found["release_next_due_timestamp_seconds",], AMSTERDAM)
    assert (due.date(), due.hour) == (TODAY + timedelta(days=1), 6)
    stage(
        settings, "release", outcome="failed", error="DatabaseFailed"
    )  # run again, in vain: it is released all the same
    assert written(settings)["release_last_timestamp_seconds",] == found["release_last_timestamp_seconds",]


def test_who_collects_leaves_what_the_database_said(settings: Settings) -> None:
    (settings.folder("metrics") / metrics.DATABASE).write_text("of before")
    written(settings)
    assert (metrics.folder(settings) / metrics.DATABASE).read_text() == "of before"


def test_a_folder_of_the_operators_own(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "textfile").mkdir()
    settings = Settings(state=tmp_path / "state", metrics=tmp_path / "textfile")
    metrics.write(settings, may_ask=False)
    (file,) = (tmp_path / "textfile").iterdir()
    assert file.name == metrics.FILES
    assert file.stat().st_mode & 0o777 == 0o644  # node_exporter is another user
    written(own := Settings(state=tmp_path / "state"))
    assert (metrics.folder(own) / metrics.FILES).stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_where_no_installation_is(tmp_path: Path) -> None:
    metrics.write(Settings(state=tmp_path / "mistyped"))
    assert list(tmp_path.iterdir()) == []


def test_what_the_database_of_this_session_says(server: Server, migrated: str, tmp_path: Path) -> None:
    settings = Settings(state=server.state, metrics=tmp_path, smtp_host="127.0.0.1")
    metrics.write(settings)
    found = samples(settings, metrics.DATABASE)
    assert (found["database_up",], found["migrations_behind",], found["mails_due",]) == (1, 0, 0)
    assert found["keys_wrong",] >= 2  # nobody made keys here
    assert not (server.state / "metrics").exists()


def test_a_database_that_is_gone_is_told_and_hides_nothing_else(settings: Settings) -> None:
    (settings.root / "pg").write_text("in the way")
    (settings.folder("keys") / f"db-{bootstrap.OWNER}").touch()  # there was one
    metrics.write(settings)
    assert samples(settings, metrics.DATABASE) == {("database_up",): 0}
    assert ("disk_free_bytes",) in samples(settings)


@pytest.mark.full
def test_what_is_wrong_with_a_database_is_told() -> None:
    root = Path(tempfile.mkdtemp(prefix="admon-metrics-"))
    root.chmod(0o711)  # as root the server runs as another user, who has to pass through
    settings = Settings(state=root / "state", smtp_host="127.0.0.1")
    initialise(settings)
    try:
        with databases.opened(settings):
            metrics.write(settings)
            found = samples(settings, metrics.DATABASE)
            assert found.pop(("key_epoch_days_left",)) > 0
            assert found == {
                ("database_up",): 1, ("migrations_behind",): 0, ("keys_wrong",): 0, ("clock_credible",): 1,
                ("mails_due",): 0, ("mails_refused",): 0, ("mails_doubtful",): 0,
            }  # fmt: skip
            (settings.root / "keys" / "record.key").rename(settings.root / "keys" / "elsewhere")
            receipt = {"kind": "retention", "subject": "x", "digest": bytes(32), "count": 0}
            with databases.warehouse_as(settings, "owner") as conn:
                db.script(conn, "DELETE FROM public.migration WHERE name = '0142_release_current'")
                # By a clock that ran ahead.
                db.execute(conn, "retention_receive", {**receipt, "day": TODAY + timedelta(days=3)})
            metrics.write(settings)
            found = samples(settings, metrics.DATABASE)
            assert (found["migrations_behind",], found["keys_wrong",], found["clock_credible",]) == (1, 1, 0)
    finally:
        Server(settings.root).destroy()
        shutil.rmtree(root)


@given(st.integers(0, 10**6))
def test_counts_of_listings_are_told_in_steps_that_hide_one(count: int) -> None:
    told = vocabulary.told_count("collect", count)
    assert told % 25 == 0
    assert abs(told - count) <= 12.5
