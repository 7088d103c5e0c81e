"""The operator hears of a failed task: once, with our own sentence, and never at the cost of what failed."""

import email
import email.policy
import logging
import os
import re
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from mail_server import Mailbox, serving
from socket_ports import free_port

from advertentiemonitor import failure_mail, tasks
from advertentiemonitor.errors import MailNotSent, NothingCollected, StageFailed
from advertentiemonitor.failure_mail import Failure
from advertentiemonitor.settings import AMSTERDAM, Settings
from advertentiemonitor.watching import diagnosis
from reports.errors import MailServerSilent
from warehouse import leftovers

OPERATORS = ("beheer@gemeente.example", "wacht@gemeente.example")
FAILURE = Failure("publish", "scheduled__2026-11-08__x", "2026-11-08", "publish", "De schijf is vol; maak ruimte.")
LISTING = "ontvang thuis, bel +31620000000"


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture
def settings(tmp_path: Path, box: Mailbox) -> Iterator[Settings]:
    """An installation whose mail server, on this machine, is there."""
    port = free_port()
    with serving(box, port, None):
        yield Settings(
            state=tmp_path,
            operator_recipients=OPERATORS,
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security="none",
        )


def outbox(settings: Settings) -> list[Path]:
    return sorted((settings.root / "outbox").glob("*"))


def read(content: bytes) -> EmailMessage:
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def test_the_mail_says_which_task_for_which_day_why_and_where_to_read_on(settings: Settings, box: Mailbox) -> None:
    failure_mail.tell(settings, FAILURE)
    assert [taken.recipients for taken in box.taken] == [(address,) for address in OPERATORS]
    mail = read(box.taken[0].content)
    assert mail["Subject"] == "Storing: publish, 2026-11-08"
    told = mail.get_content()
    for line in (
        "DAG: publish",
        "Dag: 2026-11-08",
        "Taak: publish",
        f"Melding: {FAILURE.sentence}",
        "Wat u doet: docs/storingen.md#publish",
    ):
        assert line in told.splitlines()
    assert FAILURE.run_id not in str(mail)


def test_the_sources_of_a_run_have_one_mail_and_the_gate_that_stops_the_day_its_own(
    settings: Settings, box: Mailbox
) -> None:
    for task, run in (("collect_a", "1"), ("collect_b", "1"), ("gate", "1"), ("collect_a", "1"), ("collect_a", "2")):
        failure_mail.tell(settings, Failure("collect", run, "2026-11-08", task, "x"))
    told = [read(taken.content).get_content() for taken in box.of(OPERATORS[0])]
    tasks_told = [re.findall(r"Taak: (\S+)", text)[0] for text in told]
    assert tasks_told == ["collect_a", "gate", "collect_a"]
    assert ["stopt de dag" in text for text in told] == [True, False, True]


def test_who_cleared_a_task_hears_that_it_failed_again(settings: Settings, box: Mailbox) -> None:
    for former_tries in (0, 0, 1, 1):
        failure_mail.tell(settings, replace(FAILURE, former_tries=former_tries))
    assert len(box.of(OPERATORS[0])) == 2


def test_without_somebody_to_tell_nothing_is_made(settings: Settings, box: Mailbox) -> None:
    failure_mail.tell(settings.model_copy(update={"operator_recipients": ()}), FAILURE)
    assert not outbox(settings)
    assert not box.taken


def test_without_a_mail_server_it_waits_in_the_outbox(settings: Settings) -> None:
    failure_mail.tell(settings.model_copy(update={"smtp_host": ""}), FAILURE)
    (path,) = outbox(settings)
    assert path.name.startswith("storing-publish-2026-11-08-")
    assert path.suffix == ".eml"
    assert read(path.read_bytes())["To"] == ", ".join(OPERATORS)


def test_with_the_mail_server_down_it_waits_in_the_outbox(settings: Settings) -> None:
    with pytest.raises(MailServerSilent):
        failure_mail.tell(settings.model_copy(update={"smtp_port": free_port()}), FAILURE)
    assert len(outbox(settings)) == 1


def test_one_who_is_refused_does_not_keep_it_from_others(settings: Settings, box: Mailbox) -> None:
    box.to_recipient[OPERATORS[0]] = ["550 unknown"]
    with pytest.raises(MailNotSent, match="1 did"):
        failure_mail.tell(settings, FAILURE)
    assert len(box.of(OPERATORS[1])) == 1


def test_on_a_full_disk_it_is_sent_all_the_same(
    settings: Settings, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        failure_mail.tell(settings, FAILURE)
    assert len(box.taken) == len(OPERATORS)


def lost(settings: Settings) -> Settings:
    """The same, while its mail server is away."""
    return settings.model_copy(update={"smtp_port": free_port()})


def test_what_the_mail_server_missed_goes_with_the_next_failure_once(settings: Settings, box: Mailbox) -> None:
    with pytest.raises(MailServerSilent):
        failure_mail.tell(lost(settings), FAILURE)
    failure_mail.tell(settings, replace(FAILURE, run_id="another"))
    failure_mail.tell(settings, replace(FAILURE, run_id="another"))
    failure_mail.send_waiting(settings)
    assert {len(box.of(each)) for each in OPERATORS} == {2}
    assert len({read(taken.content)["Message-ID"] for taken in box.of(OPERATORS[0])}) == 2


def test_what_the_mail_server_missed_goes_when_the_same_is_told_again(settings: Settings, box: Mailbox) -> None:
    with pytest.raises(MailServerSilent):
        failure_mail.tell(lost(settings), FAILURE)
    failure_mail.tell(settings, FAILURE)
    assert len(box.taken) == len(OPERATORS)


def test_only_who_did_not_get_it_is_written_to_again(settings: Settings, box: Mailbox) -> None:
    """One is put off, one is refused for good, one gets it."""
    told = settings.model_copy(update={"operator_recipients": (*OPERATORS, "derde@gemeente.example")})
    box.to_recipient = {OPERATORS[0]: ["450 later"], OPERATORS[1]: ["550 unknown"]}
    with pytest.raises(MailNotSent, match="1 did"):
        failure_mail.tell(told, FAILURE)
    assert len(failure_mail.waiting(told)) == 1
    failure_mail.send_waiting(told)
    failure_mail.send_waiting(told)
    assert [len(box.of(each)) for each in told.operator_recipients] == [1, 0, 1]
    assert failure_mail.waiting(told) == []


def test_of_two_that_send_at_once_one_does(settings: Settings, box: Mailbox) -> None:
    failure_mail.tell(settings.model_copy(update={"smtp_host": ""}), FAILURE)
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda _: failure_mail.send_waiting(settings), range(4)):
            pass
    assert len(box.taken) == len(OPERATORS)


def test_what_is_a_week_old_is_no_news(settings: Settings, box: Mailbox) -> None:
    failure_mail.tell(settings.model_copy(update={"smtp_host": ""}), FAILURE)
    (path,) = outbox(settings)
    os.utime(path, 2 * (time.time() - 8 * 86_400,))
    failure_mail.send_waiting(settings)
    assert not box.taken


def test_doctor_names_what_waits(settings: Settings) -> None:
    with pytest.raises(MailServerSilent):
        failure_mail.tell(lost(settings), FAILURE)
    wrong = [finding.told for finding in diagnosis._mail(settings) if not finding.ok]
    assert [told.partition(":")[0] for told in wrong] == ["1 still to be sent"]
    failure_mail.send_waiting(settings)
    assert all(finding.ok for finding in diagnosis._mail(settings))


def test_mails_of_over_four_weeks_ago_are_due_whether_or_not_there_is_another_and_digests_are_not(
    settings: Settings,
) -> None:
    folder = settings.folder("outbox")
    old, record, digest, young = (
        folder / name
        for name in (
            "storing-read-2026-10-01-x.eml",
            "storing-read-2026-10-01-x.sent",
            "dagbericht-2026-10-01-v1.eml",
            "storing-read-2026-11-07-x.eml",
        )
    )
    for path, days in ((old, 29), (record, 29), (digest, 29), (young, 27)):
        path.touch()
        os.utime(path, 2 * (time.time() - days * 86_400,))
    today = datetime.now(AMSTERDAM).date()
    due = [path for rule in leftovers.OTHERS for path in leftovers.due(rule, today, settings.root)]
    assert sorted(due) == [old, record]


def context(
    error: Any, run_id: str = "manual__x", partition: str | None = "2026-11-08", max_tries: int = 4
) -> dict[str, Any]:
    """What Airflow hands to whoever hears of a failure."""
    run = SimpleNamespace(run_id=run_id, conf=None, partition_key=partition, logical_date=None)
    task = SimpleNamespace(retries=4)
    ti = SimpleNamespace(dag_id="read", task_id="read", max_tries=max_tries, task=task)
    return {"dag_run": run, "ti": ti, "exception": error}


@pytest.fixture
def told(settings: Settings, monkeypatch: pytest.MonkeyPatch, box: Mailbox) -> Any:
    """Tells what of an error the operator reads."""
    for name in ("state", "operator_recipients", "smtp_host", "smtp_port", "smtp_security"):
        value = settings.model_dump(mode="json")[name]
        text = str(value) if not isinstance(value, list) else str(value).replace("'", '"')
        monkeypatch.setenv(f"ADVERTENTIEMONITOR_{name.upper()}", text)

    def tell(given: dict[str, Any]) -> str:
        tasks.tell_of_failure(given)
        return str(read(box.taken[-1].content).get_content())

    return tell


def test_an_error_of_ours_is_told_as_it_is(told: Any) -> None:
    assert f"Melding: {NothingCollected()}" in told(context(NothingCollected()))


def test_of_another_error_only_the_kind_is_told(told: Any) -> None:
    text = told(context(ValueError(LISTING)))
    assert "It ended with ValueError." in text
    assert "+3162" not in text


def test_an_unforeseen_error_of_a_stage_is_told_without_what_it_said(told: Any) -> None:
    with pytest.raises(ValueError, match="ontvang") as caught:
        raise ValueError(LISTING)
    text = told(context(StageFailed("read", caught.value)))
    assert "ValueError at" in text
    assert "+3162" not in text


def test_a_task_whose_process_was_lost_is_told_of_too(told: Any) -> None:
    assert "Its process was lost" in told(context(None))


def test_a_run_about_no_day_is_told_of_too(told: Any) -> None:
    assert "Dag: unknown" in told(context(NothingCollected(), partition=None))


def test_after_a_clear_it_is_told_again(told: Any, box: Mailbox) -> None:
    for max_tries in (4, 4, 5):
        told(context(NothingCollected(), max_tries=max_tries))
    assert len(box.of(OPERATORS[0])) == 2


def test_whatever_runs_next_sends_what_the_mail_server_missed(
    told: Any, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setenv("ADVERTENTIEMONITOR_SMTP_PORT", str(free_port()))
        tasks.tell_of_failure(context(NothingCollected()))
    assert not box.taken
    for _ in range(2):
        assert tasks.deadline(date(2026, 11, 8)) == 0
    assert len(box.of(OPERATORS[0])) == 1


def test_a_mail_that_cannot_be_sent_fails_no_other_task(told: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_SMTP_PORT", str(free_port()))
    tasks.tell_of_failure(context(NothingCollected()))
    assert tasks.deadline(date(2026, 11, 8)) == 0


def test_what_goes_wrong_in_telling_hides_nothing(
    told: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The task's error stays the last word: nothing is raised, and the log gets a kind, no address."""
    monkeypatch.setenv("ADVERTENTIEMONITOR_SMTP_PORT", str(free_port()))
    with caplog.at_level(logging.WARNING):
        tasks.tell_of_failure(context(NothingCollected(), run_id="another"))
    assert caplog.messages == ["The operator was not told by mail: MailServerSilent"]


def test_settings_that_cannot_be_used_hide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_SMTP_PORT", "no port")
    tasks.tell_of_failure(context(NothingCollected()))
