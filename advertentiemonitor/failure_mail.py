"""A mail to the operator when a task failed for good: which, for which day, what its error says, and where to read on.

One for each task of a run, and one for all its sources together: the first of those tells, the user interface shows which
others failed. What is told again is a failure after somebody cleared the task. A mail is a file in the outbox first, which is
also the mark that this was told of. Where a mail server is set it is handed in; until that has taken it, or refused it for
good, whoever comes by with the settings for it tries again (`send_waiting`).
"""

import hashlib
import os
import smtplib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from advertentiemonitor import sending
from advertentiemonitor.errors import MailNotSent
from advertentiemonitor.locking import alone
from advertentiemonitor.settings import AMSTERDAM, Settings
from reports import outbox, smtp

RUNBOOK = "docs/storingen.md"
COLLECTING = "collect_"  # begins the name of a task that collects sources


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that failed for good.

    Attributes:
        sentence: by us, and safe to mail: never an error's text that is not ours.
        former_tries: that the task had before it was cleared; 0 where it never was.
    """

    dag: str
    run_id: str
    day: str
    task: str
    sentence: str
    former_tries: int = 0

    @property
    def is_of_a_source(self) -> bool:
        """Whether it is one of many that may fail alike, and the run goes on."""
        return self.task.startswith(COLLECTING)


def tell(settings: Settings, failure: Failure) -> None:
    """Mail `failure` to the operators that the settings name, if it was not told of before, and what waits from before.

    Raises:
        MailNotSent: the mail server did not take all; what it may take later is in the outbox.
        ReportError: the mail server cannot be used; it is in the outbox.
        OSError: it could not be written either, for the disk is full; where a mail server is set, it was sent.
    """
    if not settings.operator_recipients:
        return
    content = message(settings, failure).as_bytes()
    try:
        _put(settings.folder("outbox"), file_name(failure), content)
    except OSError:
        if settings.smtp_host:
            with smtp.session(sending.server(settings)) as link:
                for each in settings.operator_recipients:
                    smtp.hand_over(link, settings.sender, each, content)
        raise
    send_waiting(settings)


def send_waiting(settings: Settings) -> None:
    """Send the mails about failures of the last days that some operator still has to get, each once.

    Does nothing without a mail server or operators in the settings.

    Raises:
        MailNotSent, ReportError: as `tell`.
        OSError: that one was sent cannot be written down, so none is.
    """
    if not (settings.smtp_host and waiting(settings)):
        return
    with alone(settings.folder("outbox")):
        due = [(path, each) for path in waiting(settings) for each in _left(settings, path)]
        if due:
            with smtp.session(sending.server(settings)) as link:
                answers = [_send(settings, link, path, each) for path, each in due]
            left = sum(answer.state != "sent" for answer in answers)
            if left:
                raise MailNotSent(len(answers) - left, f"{left} not taken by the mail server")


def waiting(settings: Settings) -> list[Path]:
    """Give the mails about failures of the last days that some operator still has to get, the oldest first."""
    fresh = time.time() - timedelta(days=sending.FRESH_DAYS).total_seconds()
    found = []
    for path in (settings.root / "outbox").glob("storing-*.eml"):
        written = path.stat().st_mtime
        if written >= fresh and _left(settings, path):
            found.append((written, path))
    return [path for _, path in sorted(found)]


def _left(settings: Settings, mail: Path) -> list[str]:
    try:
        had = _record(mail).read_text(encoding="ascii").split()
    except FileNotFoundError:
        had = []
    return [each for each in settings.operator_recipients if _mark(mail, each) not in had]


def _send(settings: Settings, link: smtplib.SMTP, mail: Path, recipient: str) -> smtp.Answer:
    """Hand one in. That it was is written down before, and taken back if it was not: killed in between, none goes twice."""
    record = os.open(_record(mail), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        size = os.fstat(record).st_size
        os.write(record, f"{_mark(mail, recipient)}\n".encode())
        answer = smtp.Answer("due")
        try:
            answer = smtp.hand_over(link, settings.sender, recipient, mail.read_bytes())
        finally:
            if answer.state == "due":
                os.ftruncate(record, size)
    finally:
        os.close(record)
    return answer


def _record(mail: Path) -> Path:
    """Where it is kept who had a mail."""
    return mail.with_suffix(".sent")


def _mark(mail: Path, recipient: str) -> str:
    return hashlib.sha256(f"{mail.name}\0{recipient.casefold()}".encode()).hexdigest()[:16]


def file_name(failure: Failure) -> str:
    """Name the mail about a failure. The run's own name is not in it: whoever triggers a run may choose it."""
    of = "sources" if failure.is_of_a_source else failure.task
    mark = hashlib.sha256(f"{failure.run_id}\0{of}\0{failure.former_tries}".encode()).hexdigest()[:12]
    return f"storing-{failure.dag}-{failure.day}-{mark}.eml"


def message(settings: Settings, failure: Failure) -> EmailMessage:
    """Make the mail.

    Raises:
        BadAddress: the sender or a recipient has none that can be used.
    """
    more = (
        "\nMislukken er meer bronnen in deze run, dan krijgt u daar geen mail over. Kijk in Airflow.\n"
        "Is er geen enkele bron gezien, dan stopt de dag. Daarover krijgt u wel een mail.\n"
    )
    origin = outbox.address(settings.sender, "sender")
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = outbox.one_line(f"Storing: {failure.dag}, {failure.day}")
    mail["From"] = Address("Advertentiemonitor", origin.username, origin.domain)
    mail["To"] = tuple(outbox.address(each, "recipient") for each in settings.operator_recipients)
    mail["Date"] = format_datetime(datetime.now(AMSTERDAM).replace(microsecond=0))
    mail["Message-ID"] = f"<{file_name(failure).removesuffix('.eml')}@{origin.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    mail.set_content(
        f"Een taak is mislukt en wordt niet opnieuw geprobeerd.\n\n"
        f"DAG: {failure.dag}\nDag: {failure.day}\nTaak: {failure.task}\n\n"
        f"Melding: {outbox.one_line(failure.sentence)}\n\n"
        f"Wat u doet: {RUNBOOK}#{failure.dag}\n{more if failure.is_of_a_source else ''}",
        cte="quoted-printable",
    )
    mail["Content-Language"] = "nl"
    return mail


def _put(folder: Path, name: str, content: bytes) -> None:
    """Write the mail unless it is there, whole or not at all."""
    draft = folder / f".{name}.{os.getpid()}"
    try:
        draft.write_bytes(content)
        os.link(draft, folder / name)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
