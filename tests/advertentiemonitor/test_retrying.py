"""What is tried again: every error of every room has its place in one table, every end of a crawl too."""

import errno
import inspect
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

from advertentiemonitor import retrying, tasks
from advertentiemonitor.errors import (
    CrawlFailed,
    DigestLate,
    MailNotSent,
    NothingCollected,
    PastNotCollected,
    RefusedByRule,
    SourceNotSeen,
    StageFailed,
    WrongUse,
)
from advertentiemonitor.retrying import TABLE, reason_against, verdict
from reports.errors import LoginRefused, MailServerSilent, ReportNotWritten, UntrustedServer
from spiders import reasons
from spiders.errors import CrawlInterrupted, PageChanged, SourceRefused
from spiders.verdict import CHANGES, REFUSALS, UNASKED
from warehouse.errors import DatabaseFailed, MissingKey, StatementTooSlow, StorageFull
from warehouse.sqlstate import named

ROOMS = ("advertentiemonitor", "nlp", "reports", "simulation", "spiders", "warehouse")
HOUSE = Path(__file__).parents[2]
MODULES = [
    ".".join(path.relative_to(HOUSE).with_suffix("").parts)
    for room in ROOMS
    for path in sorted((HOUSE / room).rglob("*errors.py"))
]
ERRORS = {
    f"{kind.__module__}.{kind.__qualname__}": kind
    for module in MODULES
    for kind in vars(import_module(module)).values()
    if inspect.isclass(kind) and issubclass(kind, Exception) and kind.__module__ == module
}
DAY = date(2026, 11, 8)


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_each_error_of_each_room_has_one_place(name: str) -> None:
    """Whoever adds an error decides here whether trying again can mend it: in `TABLE`, or `ELSEWHERE` if no task meets it."""
    kind = ERRORS[name]
    by_exit_code = kind.exit_code in (2, 3)
    assert [by_exit_code, name in TABLE, name.rpartition(".")[2] in retrying.ELSEWHERE].count(True) == 1


def test_the_table_names_errors_that_exist() -> None:
    assert set(TABLE) <= set(ERRORS)
    assert not retrying.ELSEWHERE - {name.rpartition(".")[2] for name in ERRORS}


def foreign(error: Exception) -> StageFailed:
    """The error as it comes out of the boundary with Airflow."""

    def broken() -> None:
        raise error

    try:
        broken()
    except Exception as raised:  # noqa: BLE001 - as the boundary does
        return StageFailed("read", raised)
    raise AssertionError


@pytest.mark.parametrize(
    "error",
    [
        named("57P01"),  # PostgreSQL is restarted
        named("08006"),
        named(""),
        named("53300"),
        named("40P01"),
        StatementTooSlow(),
        MailServerSilent("post.gemeente.example", "answer 421"),
        MailNotSent(0, "1 still due", may_pass=True),
        CrawlInterrupted("nl_prikbord"),
        CrawlFailed("nl_prikbord", "its process was killed"),
        SourceNotSeen("nl_prikbord", "failed: name_not_found", may_pass=True),
        foreign(TimeoutError()),
        foreign(ConnectionResetError()),
        foreign(MemoryError()),
    ],
    ids=repr,
)
def test_what_may_pass_is_tried_as_often_as_the_task_says(error: Exception) -> None:
    assert [reason_against(error, number) for number in (1, 2, 3, 4)] == [None] * 4


@pytest.mark.parametrize(
    "error",
    [
        WrongUse(),
        RefusedByRule(),
        PastNotCollected(),
        SourceRefused("nl_prikbord", ["robots.txt says no"]),
        PageChanged("index"),
        SourceNotSeen("nl_prikbord", "changed: index_page_changed", may_pass=False),
        LoginRefused("post.gemeente.example"),
        UntrustedServer("post.gemeente.example", "expired"),
        MailNotSent(1, "1 refused", may_pass=False),
        MissingKey("spool"),
        NothingCollected(),
        DigestLate(DAY, "it has not been made"),
        named("53100"),
        StorageFull("/srv", "No space left on device"),
        ReportNotWritten("/srv", "No space left on device"),
    ],
    ids=repr,
)
def test_what_stays_as_it_is_fails_at_once(error: Exception) -> None:
    assert verdict(error) == "stays"
    assert reason_against(error, 1)


@pytest.mark.parametrize("error", [foreign(ValueError("x")), DatabaseFailed("42P01"), KeyError("x")], ids=repr)
def test_what_nobody_foresaw_is_tried_once_more(error: Exception) -> None:
    assert reason_against(error, 1) is None
    assert reason_against(error, 2)


@pytest.mark.parametrize("number", sorted(retrying.DISK_IS_FULL))
def test_a_full_disk_fails_at_once_whoever_met_it(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> int:
        raise OSError(number, "No space left on device", "/srv/spool/nl_prikbord/2026-11-08.spool")

    monkeypatch.setattr("advertentiemonitor.stages.read", full)
    with pytest.raises(StorageFull, match="Free some space") as caught:
        tasks.run("read", DAY)
    assert reason_against(caught.value, 1)


def test_another_error_of_the_system_is_no_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("advertentiemonitor.stages.read", broken)
    with pytest.raises(StageFailed):
        tasks.run("read", DAY)


def test_a_site_that_said_no_or_changed_is_left_alone() -> None:
    for reason in REFUSALS | CHANGES:
        assert not retrying.crawl_may_pass("failed", reason)
    assert not retrying.PASSING_REASONS & (REFUSALS | CHANGES)
    assert UNASKED - REFUSALS <= retrying.PASSING_REASONS


def test_of_what_a_crawl_may_meet_the_network_passes() -> None:
    met = {reason for _, reason in reasons._BY_TYPE} | {"http_500", "http_503", "http_599", "robots_unreachable"}
    left = {reason for reason in met if not retrying.crawl_may_pass("failed", reason)}
    assert left == {"page_too_large", "not_a_page"}


@pytest.mark.parametrize("state", ["refused", "changed", "blind"])
def test_only_a_crawl_that_failed_is_tried_again(state: str) -> None:
    assert not retrying.crawl_may_pass(state, "timeout")
