"""Whether the digest is late: not made, or made and sent to nobody."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from advertentiemonitor import databases
from advertentiemonitor.crawler import crawl_log_path, write_crawl_log
from advertentiemonitor.errors import DigestLate
from advertentiemonitor.settings import Settings
from advertentiemonitor.watching import lateness
from warehouse import db, sendings
from warehouse.records import CrawlLog
from warehouse.sendings import Key, State

DAY = date(2026, 11, 8)
ONE, TWO = "een@gemeente.example", "twee@gemeente.example"


@pytest.fixture
def settings(server, migrated) -> Iterator[Settings]:
    """An installation on the session's database, with an empty ledger and outbox."""
    with db.connect(server.dsn("owner")) as owner:
        db.script(owner, "TRUNCATE post.sending")
    made = Settings(state=server.state, market_today=DAY, recipients=(ONE, TWO), smtp_host="post.gemeente.example")
    for path in made.folder("outbox").glob("*"):
        path.unlink()
    yield made
    for path in made.folder("outbox").glob("*"):
        path.unlink()


def digest(settings: Settings, day: date = DAY) -> Path:
    path = settings.folder("outbox") / f"dagbericht-{day}-v1.eml"
    path.touch()
    return path


def sent(settings: Settings, **states: State) -> None:
    with databases.warehouse_as(settings, "mailer") as conn:
        for name, state in states.items():
            key = Key(DAY, "dagbericht", 1, sendings.digest_of(f"dagbericht-{DAY}-v1", f"{name}@gemeente.example"))
            sendings.enrol(conn, key)
            if state != "due" and sendings.begin(conn, key) and state != "begun":
                sendings.settle(conn, key, state, 250)


def test_a_day_without_a_digest_is_late(settings: Settings) -> None:
    digest(settings, date(2026, 11, 7))
    with pytest.raises(DigestLate, match="2026-11-08 will be late: it has not been made"):
        lateness.mails_or_late(settings, DAY)


def test_a_digest_that_everybody_got_is_in_time(settings: Settings) -> None:
    digest(settings)
    sent(settings, een="sent", twee="sent")
    assert lateness.mails_or_late(settings, DAY) == 1


def test_without_a_mail_server_a_digest_in_the_outbox_is_in_time(settings: Settings) -> None:
    digest(settings)
    assert lateness.mails_or_late(settings.model_copy(update={"smtp_host": ""}), DAY) == 1


@pytest.mark.parametrize("state", ["due", "begun", "refused"])
def test_a_digest_that_somebody_got_is_in_time_for_what_others_did_not_get_is_told_by_publish(
    settings: Settings, state: State
) -> None:
    digest(settings)
    sent(settings, een="sent", twee=state)
    assert lateness.mails_or_late(settings, DAY) == 1


@pytest.mark.parametrize("state", ["due", "begun", "refused"])
def test_a_digest_that_nobody_got_is_late(settings: Settings, state: State) -> None:
    digest(settings)
    sent(settings, een=state, twee=state)
    with pytest.raises(DigestLate, match="2 of its mails are not sent"):
        lateness.mails_or_late(settings, DAY)


def test_on_its_first_day_an_installation_is_not_late(settings: Settings, tmp_path: Path) -> None:
    """Airflow makes up for the night before its first start; what was collected that day came after."""
    new = settings.model_copy(update={"state": tmp_path})
    crawled(new, DAY)
    assert lateness.mails_or_late(new, DAY) == 0
    crawled(new, DAY - timedelta(days=1))
    with pytest.raises(DigestLate, match="has not been made"):
        lateness.mails_or_late(new, DAY)


def crawled(settings: Settings, day: date) -> None:
    log = CrawlLog("nl_prikbord", "prikbord", day, "ok", "", 9, 9, 120, 120, 0, 1.0, "1")
    write_crawl_log(crawl_log_path(settings.shared, "nl_prikbord", day), log)


def test_a_digest_whose_sending_has_not_begun_is_late(settings: Settings) -> None:
    digest(settings)
    with pytest.raises(DigestLate, match="2 of its mails"):
        lateness.mails_or_late(settings, DAY)
