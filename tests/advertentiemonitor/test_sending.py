"""Sending the digest: to each recipient once, whatever the mail server, a second process or SIGKILL does in between."""

import email
import os
import signal
import subprocess
import sys
import threading
from datetime import date, timedelta
from email import policy
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import mail_server
from mail_server import HOST, PASSWORD, USER, Mailbox, serving
from socket_ports import free_port

from advertentiemonitor import publishing, sending, stages
from advertentiemonitor.airflow import home as airflow_home
from advertentiemonitor.errors import BadSetting, MailNotSent, NoMailServer
from advertentiemonitor.sending import Mail
from advertentiemonitor.settings import Settings
from advertentiemonitor.watching import diagnosis
from reports import outbox
from reports.errors import BadAddress, LoginRefused, SenderRefused
from warehouse import bootstrap, db

DAY = date(2026, 11, 8)
ONE, TWO, THREE = "een@gemeente.example", "twee@gemeente.example", "drie@gemeente.example"
FIRST = Mail(DAY, "dagbericht", 1)


@pytest.fixture(scope="module")
def pem(tmp_path_factory) -> Path:
    return mail_server.certificate(tmp_path_factory.mktemp("pem"))


@pytest.fixture
def settings(server, migrated, pem, tmp_path):
    """An installation on the session's database, with an empty ledger; the mail server's port is taken by nobody yet."""
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    password.chmod(0o600)
    with db.connect(server.dsn("owner")) as owner:
        db.script(owner, "TRUNCATE post.sending")
    for path in (server.state / "outbox").glob("*"):
        path.unlink()
    made = Settings(
        state=server.state,
        market_today=DAY,
        recipients=(ONE, TWO, THREE),
        smtp_host=HOST,
        smtp_port=free_port(),
        smtp_user=USER,
        smtp_password_file=password,
        smtp_ca_file=pem,
    )
    put(made, FIRST)
    return made


def put(settings: Settings, mail: Mail, subject: str = "Dagbericht") -> bytes:
    message = outbox.message(
        subject,
        "Tekst é\n",
        "<p>é</p>",
        day=mail.day,
        version=mail.version,
        kind=mail.kind,
        sender=settings.sender,
        recipients=outbox.recipients_of(settings, mail.kind),
        attachments=[(f"{mail.name}.pdf", b"%PDF-1.7")],
    )
    return outbox.put(message, settings.folder("outbox"), mail.day, mail.version, mail.kind).read_bytes()


@pytest.fixture
def send(settings):
    """Send at once, with as many rounds as are asked for; nobody waits."""

    def now(*mails: Mail, rounds: int = 1, today: date = DAY, sleep=lambda seconds: None, using=settings) -> int:
        return sending.send(using, mails or [FIRST], today, pauses=[1.0] * (rounds - 1), sleep=sleep)

    return now


def states(server) -> list[str]:
    with db.connect(server.dsn("owner")) as owner:
        return sorted(state for (state,) in owner.execute(b"SELECT state_code FROM post.sending").fetchall())


def grow_old(server) -> None:
    """Let what was begun be longer ago than any sender waits."""
    with db.connect(server.dsn("owner")) as owner:
        db.script(owner, "UPDATE post.sending SET begun_at = begun_at - interval '21 minutes'")


def mail_findings(settings: Settings) -> list[str]:
    return [finding.told for finding in diagnosis._mail(settings) if not finding.ok]


def test_each_recipient_gets_a_mail_of_their_own_once(settings, send, server, pem):
    box, file = Mailbox(), (settings.root / "outbox" / f"{FIRST.name}.eml").read_bytes()
    with serving(box, settings.smtp_port, pem):
        assert send() == 3
        assert send() == 0
        assert sending.again(settings, DAY) == 0
        assert mail_findings(settings) == []
    assert {one.recipients for one in box.taken} == {(ONE,), (TWO,), (THREE,)}
    assert len(box.taken) == 3
    read = [email.message_from_bytes(one.content, policy=policy.default) for one in box.taken]
    assert [mail["To"].addresses[0].addr_spec for mail in read] == [one.recipients[0] for one in box.taken]
    assert len({mail["Message-ID"] for mail in read}) == 3
    assert {one.content.partition(b"\r\n\r\n")[2] for one in box.taken} == {file.partition(b"\r\n\r\n")[2]}
    assert {one.sender for one in box.taken} == {settings.sender}
    assert all(sum(address.encode() in one.content for address in (ONE, TWO, THREE)) == 1 for one in box.taken)
    assert states(server) == ["sent"] * 3


def test_without_a_mail_server_nothing_is_written_down_or_sent(settings, send, server):
    silent = settings.model_copy(update={"smtp_host": ""})
    assert send(using=silent) == 0
    assert states(server) == []
    with pytest.raises(NoMailServer):
        sending.again(silent, DAY)
    assert [finding.ok for finding in diagnosis._mail(silent)] == [True]


def test_a_server_that_is_down_and_comes_up_later_gets_each_mail_once(settings, send, server, pem):
    with pytest.raises(MailNotSent, match="3 still due"):
        send(rounds=3)
    assert states(server) == ["due"] * 3
    assert "still due" in " ".join(mail_findings(settings))
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        assert send() == 3
        assert send() == 0
    assert len(box.taken) == 3


def test_a_server_that_comes_up_during_a_pause_is_tried_again_in_the_same_run(settings, send, pem):
    box, stops, pauses = Mailbox(), [], []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            serve = serving(box, settings.smtp_port, pem)
            serve.__enter__()
            stops.append(serve)

    try:
        assert send(rounds=4, sleep=sleep) == 3
    finally:
        for serve in stops:
            serve.__exit__(None, None, None)
    assert len(pauses) == 2
    assert len(box.taken) == 3


def test_a_temporary_refusal_is_tried_again(settings, send, server, pem):
    box = Mailbox(to_recipient={TWO: ["450 greylisted"]}, to_mail=["451 later"])
    with serving(box, settings.smtp_port, pem):
        assert send(rounds=2) == 3
    assert len(box.taken) == 3
    with db.connect(server.dsn("owner")) as owner:
        tried = owner.execute(b"SELECT attempt_count, reply_number FROM post.sending ORDER BY 1").fetchall()
    assert [number for number, _ in tried] == [1, 2, 2]
    assert {reply for _, reply in tried} == {250}


def test_a_refused_recipient_stops_nobody_else_and_is_told(settings, send, server, pem):
    box = Mailbox(to_recipient={TWO: ["550 5.1.1 onbekend"]})
    with serving(box, settings.smtp_port, pem):
        with pytest.raises(MailNotSent, match="1 refused") as caught:
            send(rounds=3)
        assert caught.value.sent == 2
        assert TWO not in str(caught.value)
        assert states(server) == ["refused", "sent", "sent"]
        assert ["1 refused" in told for told in mail_findings(settings)] == [True]
        later = Mail(DAY + timedelta(days=1), "dagbericht", 1)
        put(settings, later)
        assert send(later, today=later.day) == 3  # another day is not held up by it
        assert ["1 refused" in told for told in mail_findings(settings)] == [True]
        # Taken out of the settings, it wants nobody's attention any more; put right, it is sent when somebody says so.
        without = settings.model_copy(update={"recipients": (ONE, THREE)})
        assert send(using=without) == 0
        assert mail_findings(without) == []
        assert sending.again(settings, DAY) == 1
    assert [len(box.of(who)) for who in (ONE, TWO, THREE)] == [2, 2, 2]


def test_a_link_that_breaks_before_the_answer_leaves_a_doubt_that_only_a_person_resolves(settings, send, server, pem):
    alone = settings.model_copy(update={"recipients": (ONE,)})
    box = Mailbox(on_mail=mail_server.hang_up)
    with serving(box, settings.smtp_port, pem), pytest.raises(MailNotSent, match="may have arrived"):
        send(using=alone, rounds=2)
    assert len(box.taken) == 1
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        with pytest.raises(MailNotSent, match="may have arrived"):
            send(using=alone)
        assert box.taken == []
        assert mail_findings(alone) == []  # it might be under way
        grow_old(server)
        assert ["report resend" in told for told in mail_findings(alone)] == [True]
        assert sending.again(alone, DAY, arrived=True) == 1
        assert states(server) == ["sent"]
        assert (send(using=alone), mail_findings(alone), box.taken) == (0, [], [])


def test_what_is_in_doubt_is_sent_again_when_a_person_says_so_and_never_while_it_is_under_way(
    settings, server, send, pem
):
    alone = settings.model_copy(update={"recipients": (ONE,)})
    box = Mailbox(on_mail=mail_server.hang_up)
    with serving(box, settings.smtp_port, pem), pytest.raises(MailNotSent):
        send(using=alone)
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        with pytest.raises(MailNotSent):
            sending.again(alone, DAY)
        assert box.taken == []
        grow_old(server)
        assert sending.again(alone, DAY) == 1
    assert len(box.taken) == 1


SENDER = """
import sys
from datetime import date
from advertentiemonitor import sending
from advertentiemonitor.settings import Settings
day = date.fromisoformat(sys.argv[1])
print(sending.send(Settings(), [sending.Mail(day, "dagbericht", 1)], day, pauses=[]))
"""


def start(settings: Settings) -> subprocess.Popen[str]:
    given = {
        "STATE": settings.state,
        "RECIPIENTS": f'["{ONE}"]',
        "SMTP_HOST": HOST,
        "SMTP_PORT": settings.smtp_port,
        "SMTP_USER": USER,
        "SMTP_PASSWORD_FILE": settings.smtp_password_file,
        "SMTP_CA_FILE": settings.smtp_ca_file,
    }
    environment = os.environ | {f"ADVERTENTIEMONITOR_{name}": str(value) for name, value in given.items()}
    return subprocess.Popen(
        [sys.executable, "-c", SENDER, DAY.isoformat()],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_sender_killed_before_the_answer_leaves_a_doubt_and_no_second_mail(settings, send, server, pem):
    alone = settings.model_copy(update={"recipients": (ONE,)})
    arrived, go_on = threading.Event(), threading.Event()

    def hold(_server) -> None:
        arrived.set()
        assert go_on.wait(60)

    box = Mailbox(on_mail=hold)
    with serving(box, settings.smtp_port, pem):
        process = start(settings)
        try:
            assert arrived.wait(60), process.communicate(timeout=5)
            os.kill(process.pid, signal.SIGKILL)
        finally:
            process.kill()
            process.communicate(timeout=60)
            go_on.set()
        assert states(server) == ["begun"]
        with pytest.raises(MailNotSent, match="may have arrived"):
            send(using=alone, rounds=3)
        grow_old(server)
        assert len(mail_findings(alone)) == 1
    assert len(box.taken) == 1


def test_of_two_senders_at_once_one_wins(settings, send, server, pem):
    """The second comes while the first waits for its answer."""
    arrived, go_on = threading.Event(), threading.Event()

    def hold(_server) -> None:
        arrived.set()
        assert go_on.wait(60)

    box = Mailbox(on_mail=hold)
    with serving(box, settings.smtp_port, pem):
        process = start(settings)
        try:
            assert arrived.wait(60), process.communicate(timeout=5)
            with pytest.raises(MailNotSent) as caught:
                send(using=settings.model_copy(update={"recipients": (ONE,)}), rounds=2)
            assert caught.value.sent == 0
        finally:
            go_on.set()
            out, _ = process.communicate(timeout=60)
    assert (out.strip(), states(server), len(box.taken)) == ("1", ["sent"], 1)


def test_a_claim_is_had_by_one_connection_only(settings, server):
    key = sending.sendings.Key(DAY, "dagbericht", 1, b"x" * 32)
    with db.connect(server.dsn("mailer")) as first, db.connect(server.dsn("mailer")) as second:
        sending.sendings.enrol(first, key)
        sending.sendings.enrol(second, key)
        assert [sending.sendings.begin(conn, key) for conn in (first, second, first)] == [True, False, False]
        sending.sendings.settle(first, key, "sent", 250)
        sending.sendings.settle(second, key, "due", None)  # too late: it is settled
    assert states(server) == ["sent"]


def test_who_read_that_a_mail_is_due_before_another_claimed_it_does_not_send_it(
    settings, send, server, pem, monkeypatch
):
    """Both have read what is due before either begins: the claim decides, not the reading."""
    read, both = sending._open, []

    def at_once(*asked):
        found = read(*asked)
        if not both and any(each.state_code == "due" for each in found):
            both.append(True)
            assert send() == 3  # another sender, from here to its end
        return found

    monkeypatch.setattr(sending, "_open", at_once)
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        assert send() == 0
    assert (both, states(server), len(box.taken)) == ([True], ["sent"] * 3, 3)


def test_capitals_make_no_other_recipient(settings, send, pem):
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        assert send() == 3
        louder = settings.model_copy(update={"recipients": tuple(each.upper() for each in settings.recipients)})
        assert send(using=louder) == 0
    assert len(box.taken) == 3


def test_a_mail_that_is_gone_from_the_outbox_is_told_and_not_sent(settings, send, server, pem):
    with pytest.raises(MailNotSent):
        send()
    (settings.root / "outbox" / f"{FIRST.name}.eml").unlink()
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        assert send() == 0
        [told] = mail_findings(settings)
        assert "3 due, but gone from the outbox" in told
        put(settings, FIRST)
        assert send() == 3
    assert (len(box.taken), states(server)) == (3, ["sent"] * 3)


def test_a_refused_sender_leaves_all_mail_due_and_is_not_tried_again(settings, send, server, pem):
    box = Mailbox(to_sender=["553 5.7.1 not yours"] * 9)
    with serving(box, settings.smtp_port, pem), pytest.raises(SenderRefused, match=r"answer 553.*SENDER") as caught:
        send(rounds=4)
    assert caught.value.exit_code == 2
    assert (states(server), len(box.to_sender), box.taken) == (["due"] * 3, 8, [])


def test_resend_is_about_one_day(settings, send, pem):
    later = Mail(DAY + timedelta(days=1), "dagbericht", 1)
    put(settings, later)
    with pytest.raises(MailNotSent):
        send(FIRST, later, today=later.day)
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        assert sending.again(settings, DAY) == 3
    names = {one.content.partition(b"Message-ID: <")[2][:21] for one in box.taken}
    assert names == {f"dagbericht-{DAY}".encode()}


def test_what_a_correction_replaced_is_not_sent_beside_or_after_it(settings, send, server, pem):
    second = Mail(DAY, "dagbericht", 2)
    put(settings, second)
    with pytest.raises(MailNotSent, match="3 still due"):
        send()
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        assert send(FIRST, second) == 3
        assert send(FIRST) == 0
        assert sending.again(settings, DAY) == 0
        assert mail_findings(settings) == []
    assert {b"v2" in one.content.partition(b"Message-ID: <")[2][:30] for one in box.taken} == {True}


def test_a_correction_is_a_mail_of_its_own(settings, send, pem):
    second = Mail(DAY, "dagbericht", 2)
    put(settings, second, "Verbeterd dagbericht")
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        assert send() == 3
        assert send(FIRST, second) == 3
        assert send(FIRST, second) == 0
    subjects = [email.message_from_bytes(one.content, policy=policy.default)["Subject"] for one in box.of(ONE)]
    assert subjects == ["Dagbericht", "Verbeterd dagbericht"]


def test_outreach_has_recipients_of_its_own(settings, send, pem):
    both = settings.model_copy(update={"recipients": (ONE, TWO), "outreach_recipients": (TWO, THREE)})
    put(both, outreach := Mail(DAY, "hulpverlening", 1))
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        assert send(FIRST, outreach, using=both) == 4
    ids = {one.recipients[0]: one.content.partition(b"Message-ID: <")[2].split(b"-")[0] for one in box.taken[:2]}
    assert ids == {ONE: b"dagbericht", TWO: b"dagbericht"}
    assert (len(box.of(ONE)), len(box.of(TWO)), len(box.of(THREE))) == (1, 2, 1)


def test_old_news_is_not_sent_by_itself_and_yesterdays_still_is(settings, send, server, pem):
    assert send(today=DAY + timedelta(days=sending.FRESH_DAYS + 1)) == 0
    assert states(server) == []
    with pytest.raises(MailNotSent):
        send()
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        assert send(today=DAY + timedelta(days=sending.FRESH_DAYS + 1)) == 0
        tomorrow = Mail(DAY + timedelta(days=1), "dagbericht", 1)
        put(settings, tomorrow)
        assert send(tomorrow, today=tomorrow.day) == 6


def test_a_login_that_is_refused_is_not_tried_again(settings, send, server, pem):
    settings.smtp_password_file.write_text("iets anders")
    box = Mailbox()
    with serving(box, settings.smtp_port, pem):
        with pytest.raises(LoginRefused):
            send(rounds=4)
        assert states(server) == ["due"] * 3
        tries = len(box.logins)
        assert "let this user in" in " ".join(mail_findings(settings))
    assert tries <= 2  # one for each way of logging in that the server offers
    assert "iets anders" not in repr(settings)


def test_the_ledger_forgets_after_its_term_and_holds_no_address(settings, send, server, pem):
    with serving(Mailbox(), settings.smtp_port, pem):
        send()
    with db.connect(server.dsn("owner")) as owner:
        rows = " ".join(text for (text,) in owner.execute(b"SELECT s::text FROM post.sending AS s").fetchall())
    assert "gemeente.example" not in rows
    kept = sending.purge(settings, DAY + timedelta(days=91))
    assert (kept.gone, kept.left, kept.oldest, kept.next_date) == (0, 3, DAY, DAY + timedelta(days=92))
    assert sending.purge(settings, DAY + timedelta(days=92)).gone == 3
    assert states(server) == []


@pytest.mark.parametrize("host", ["post.gemeente.example", "10.0.0.1", "127.0.0.1.gemeente.example", "0.0.0.0"])
def test_mail_in_the_clear_goes_to_this_machine_only(host):
    with pytest.raises(BadSetting, match="SMTP_SECURITY"):
        Settings(smtp_host=host, smtp_security="none")
    for here in ("127.0.0.1", "::1", "localhost", ""):
        assert Settings(smtp_host=here, smtp_security="none").smtp_security == "none"


@pytest.mark.parametrize("host", ["post..example", ".example", "a" * 64 + ".example", "post example", "post\n"])
def test_a_host_that_can_be_none_is_named(host):
    with pytest.raises(BadSetting, match="SMTP_HOST"):
        Settings(smtp_host=host)


@pytest.mark.parametrize("user", ["beheerdér", "a\r\nb"])
def test_a_user_that_cannot_log_in_is_named(user):
    with pytest.raises(BadSetting, match="SMTP_USER") as caught:
        Settings(smtp_user=user)
    assert user not in str(caught.value)


def test_doctor_tells_of_mail_when_the_database_does_not_answer(settings, pem, tmp_path):
    (tmp_path / "pg").write_text("no database")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / f"db-{bootstrap.OWNER}").touch()  # though there was one
    broken = settings.model_copy(update={"state": tmp_path})
    vars(broken).pop("root", None)
    with serving(Mailbox(), settings.smtp_port, pem):
        found = list(diagnosis._mail(broken))
    assert [finding.ok for finding in found] == [True, False]
    assert "does not answer" in found[1].told


def test_a_list_that_is_none_is_named(monkeypatch):
    monkeypatch.setenv("ADVERTENTIEMONITOR_OUTREACH_RECIPIENTS", "a@gemeente.example")
    with pytest.raises(BadSetting, match="ADVERTENTIEMONITOR_OUTREACH_RECIPIENTS"):
        Settings()


def test_airflow_is_told_the_settings_and_where_the_password_is_but_not_the_password(settings, monkeypatch):
    monkeypatch.chdir(settings.smtp_password_file.parent)
    given = Settings(**{**settings.model_dump(), "smtp_password_file": "password"})
    environment = airflow_home.environment(given, settings.root / "airflow")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir("/")
    assert Settings() == settings
    assert PASSWORD not in str(environment)


def test_a_day_of_the_chain_is_told_to_both_kinds_of_readers_once(installation, pem, tmp_path):
    """The stage itself, on a week that was run: files of both kinds, then mail, and the same again changes nothing."""
    last = date(2026, 10, 18)
    told = installation.settings.model_copy(
        update={
            "market_today": last,
            "recipients": (ONE, TWO),
            "outreach_recipients": (THREE,),
            "smtp_host": HOST,
            "smtp_port": free_port(),
            "smtp_ca_file": pem,
        }
    )
    box = Mailbox()
    with serving(box, told.smtp_port, pem, login=False):
        made = stages.publish(told, last)
        files = [path for name in ("digest", "outbox") for path in (told.root / name).glob(f"*{last}*")]
        files += [path for path in (told.root / "dashboard").rglob("*") if path.is_file()]
        assert made == len(files)
        assert stages.publish(told, last) == made
        assert mail_findings(told) == []
    assert [len(box.of(who)) for who in (ONE, TWO, THREE)] == [1, 1, 1]
    names = {path.name for path in (told.root / "outbox").glob(f"*{last}*")}
    assert names == {f"dagbericht-{last}-v1.eml", f"hulpverlening-{last}-v1.eml"}
    read = email.message_from_bytes(box.of(THREE)[0].content, policy=policy.default)
    assert [part.get_filename() for part in read.iter_attachments()] == [f"hulpverlening-{last}-v1.pdf"]
    assert publishing.digest_page(told, last).name == f"dagbericht-{last}-v1.html"


def test_what_fails_beside_the_digest_does_not_stop_it(installation, pem, tmp_path):
    """Outreach's address and the dashboard's theme are wrong: supervision gets its mail; then outreach; then pages are made."""
    day = date(2026, 10, 17)
    told = installation.settings.model_copy(
        update={
            "market_today": day,
            "recipients": (ONE,),
            "outreach_recipients": ("geen adres",),
            "theme": tmp_path / "none.css",
            "smtp_host": HOST,
            "smtp_port": free_port(),
            "smtp_ca_file": pem,
        }
    )
    box = Mailbox()
    with serving(box, told.smtp_port, pem, login=False):
        with pytest.raises(BadAddress):
            stages.publish(told, day)
        assert [one.recipients for one in box.taken] == [(ONE,)]
        told = told.model_copy(update={"outreach_recipients": (TWO,)})
        with pytest.raises(BadSetting, match="THEME"):
            stages.publish(told, day)
        assert [one.recipients for one in box.taken] == [(ONE,), (TWO,)]
        assert stages.publish(told.model_copy(update={"theme": None}), day) > 6
    assert len(box.taken) == 2


def test_pages_do_not_wait_for_a_mail_server(installation, pem, monkeypatch):
    day = date(2026, 10, 16)
    update = {"market_today": day, "smtp_host": HOST, "smtp_port": free_port(), "smtp_ca_file": pem}
    told = installation.settings.model_copy(update=update)
    monkeypatch.setattr(sending, "PAUSES", ())
    index = told.root / "dashboard" / "index.html"
    index.unlink(missing_ok=True)
    with pytest.raises(MailNotSent, match="still due"):
        stages.publish(told, day)
    assert index.exists()
