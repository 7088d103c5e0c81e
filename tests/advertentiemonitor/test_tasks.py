"""Which day a run is about, and what of an error reaches Airflow's log."""

import traceback
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advertentiemonitor import failure_mail, retrying, stages, tasks
from advertentiemonitor.crawler import crawl_log_path, write_crawl_log
from advertentiemonitor.errors import NoDay, NothingCollected, RefusedByRule, SourceNotSeen, StageFailed
from advertentiemonitor.observing import logs, metrics, runs
from advertentiemonitor.settings import Settings
from warehouse.records import CrawlLog


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


class _TimeOut(BaseException):
    """As Airflow's, which no `except Exception` stops."""


def test_a_time_out_takes_no_other_error_along(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_settings: object, _day: date) -> int:
        raise ValueError("ontvang thuis, bel +31620000000")

    def too_long(_settings: object) -> None:
        raise _TimeOut

    monkeypatch.setattr(stages, "read", broken)
    monkeypatch.setattr(failure_mail, "send_waiting", too_long)
    with pytest.raises(_TimeOut) as caught:
        tasks.run("read", date(2026, 11, 7))
    assert caught.value.__context__ is caught.value.__cause__ is None


def test_our_own_error_comes_through_without_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_settings: object, _day: date, source: str) -> int:
        try:
            {}["+31620000000"]
        except KeyError as error:
            raise RefusedByRule(f"{source} may not run") from error

    monkeypatch.setattr(stages, "collect", refused)
    with pytest.raises(RefusedByRule) as caught:
        tasks.collect(date(2026, 11, 7), "nl_prikbord")
    assert "+3162" not in "".join(traceback.format_exception(caught.value))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings that tasks find, with a state folder of the test's own."""
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(tmp_path))
    return Settings()


def crawl(settings: Settings, source: str, state: str, reason: str = "", present: int = 0) -> None:
    """Write what a crawl of the day says of itself."""
    log = CrawlLog(
        source=source,
        source_group=source,
        day=date(2026, 11, 7),
        state=state,  # type: ignore[arg-type]
        reason=reason,
        pages_expected=1,
        pages_fetched=1,
        listings_present=present,
        listings_read=present,
        parse_failures=0,
        completeness=1.0,
        spider_version="1",
    )
    write_crawl_log(crawl_log_path(settings.shared, source, log.day), log)


@pytest.mark.parametrize(
    ("state", "reason", "may_pass"),
    [
        ("failed", "timeout", True),
        ("failed", "http_503", True),
        ("failed", "robots_unreachable", True),
        ("failed", "error_KeyError", False),
        ("refused", "robots_disallow", False),
        ("changed", "index_page_changed", False),
        ("blind", "no_listings", False),
    ],
)
def test_a_source_that_was_not_seen_fails_its_task(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, state: str, reason: str, may_pass: bool
) -> None:
    monkeypatch.setattr(stages, "collect", lambda *_given: 0)
    crawl(settings, "nl_prikbord", state, reason)
    with pytest.raises(SourceNotSeen, match=f"nl_prikbord was not seen .{state}: {reason}") as caught:
        tasks.collect(date(2026, 11, 7), "nl_prikbord")
    assert caught.value.may_pass is may_pass
    part = part_of(settings, "collect", "nl_prikbord")
    assert (part.outcome, part.error, part.first_done) == ("failed", "SourceNotSeen", None)
    told = (settings.root / "metrics" / metrics.FILES).read_text()
    assert 'stage_failed{error="SourceNotSeen",source="nl_prikbord",stage="collect"} 1.0' in told
    assert 'last_success_timestamp_seconds{source="nl_prikbord",stage="collect"} 0.0' in told
    assert '"stage failed"' in logs.path(settings).read_text()


def part_of(settings: Settings, stage: str, source: str | None = None) -> runs.Part:
    report = runs.report_of(settings, date(2026, 11, 7))
    assert report is not None
    found = report.part(stage, source)
    assert found is not None
    return found


def test_a_day_run_by_hand_goes_on_without_a_source_that_was_not_seen_and_says_so(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(stages, "sources", lambda _settings: ["nl_kaartjes", "nl_prikbord"])
    monkeypatch.setattr(stages, "collect", lambda *_given: 12)
    crawl(settings, "nl_kaartjes", "changed", "listings_replaced", present=12)
    crawl(settings, "nl_prikbord", "ok", present=12)
    no_crawler: Any = object()
    assert stages.collect_all(settings, date(2026, 11, 7), [no_crawler]) == 24
    assert part_of(settings, "collect", "nl_kaartjes").outcome == "failed"
    assert part_of(settings, "collect", "nl_prikbord").outcome == "done"


@pytest.mark.parametrize("state", ["ok", "thin"])
def test_a_source_that_was_seen_gives_its_count_whatever_became_of_others(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, state: str
) -> None:
    monkeypatch.setattr(stages, "collect", lambda *_given: 12)
    crawl(settings, "nl_kaartjes", "failed", "timeout")
    crawl(settings, "nl_prikbord", state, present=12)
    assert tasks.collect(date(2026, 11, 7), "nl_prikbord") == 12


def test_a_day_that_has_passed_is_refused_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(tmp_path))
    monkeypatch.setenv("ADVERTENTIEMONITOR_MARKET_TODAY", "2026-11-08")
    with pytest.raises(RefusedByRule, match="cannot be crawled for 2026-11-07") as caught:
        tasks.collect(date(2026, 11, 7), "nl_prikbord")
    assert retrying.reason_against(caught.value, 1)


def test_gate_counts_what_came_in_and_needs_one_source(settings: Settings) -> None:
    day = date(2026, 11, 7)
    assert tasks.gate(day, [[120, 80], [], [0]]) == 200
    assert tasks.gate(day, [[], [0]]) == 0
    crawl(settings, "nl_prikbord", "refused", "http_403")
    with pytest.raises(NothingCollected):
        tasks.gate(day, [[], []])
    assert (part_of(settings, "gate").outcome, part_of(settings, "gate").error) == ("failed", "NothingCollected")
    assert 'stage="gate"' in (settings.root / "metrics" / metrics.FILES).read_text()
    crawl(settings, "nl_kaartjes", "changed", "listings_replaced", present=9)
    assert tasks.gate(day, [[], []]) == 0  # its task failed, but it was seen
    assert part_of(settings, "gate").outcome == "done"
