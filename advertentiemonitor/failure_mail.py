"""A mail to the operator when a task failed for good: which, for which day, what its error says, and where to read on.

One a run of a DAG: the first failure tells, the user interface shows what else failed. It is a file in the outbox first,
which is also the mark that this run was told of, and is then handed to the mail server where one is set.
"""

import hashlib
import os
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
from advertentiemonitor.settings import AMSTERDAM, Settings
from reports import outbox, smtp
from warehouse.leftovers import LOG_DAYS

RUNBOOK = "docs/storingen.md"


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that failed for good. `sentence` is by us, and safe to mail: never an error's text that is not ours."""

    dag: str
    run_id: str
    day: str
    task: str
    sentence: str


def tell(settings: Settings, failure: Failure) -> None:
    """Mail `failure` to the operators that the settings name, if no failure of its run was mailed before.

    Raises:
        MailNotSent: the mail server did not take it for everybody; it is in the outbox.
        ReportError: the mail server cannot be used; it is in the outbox.
        OSError: it could not be written either, for the disk is full; where a mail server is set, it was sent.
    """
    if not settings.operator_recipients:
        return
    content = message(settings, failure).as_bytes()
    unwritten = None
    try:
        if not _put(settings.folder("outbox"), file_name(failure), content):
            return
    except OSError as error:
        unwritten = error
    if settings.smtp_host:
        _send(settings, content)
    if unwritten is not None:
        raise unwritten


def file_name(failure: Failure) -> str:
    """Name the mail of a failure's run. The run's own name is not in it: whoever triggers a run may choose it."""
    mark = hashlib.sha256(failure.run_id.encode()).hexdigest()[:12]
    return f"storing-{failure.dag}-{failure.day}-{mark}.eml"


def message(settings: Settings, failure: Failure) -> EmailMessage:
    """Make the mail.

    Raises:
        BadAddress: the sender or a recipient has none that can be used.
    """
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
        f"Wat u doet: {RUNBOOK}#{failure.dag}\n\n"
        "Mislukt er meer in deze run, dan krijgt u daar geen mail over. Kijk in Airflow.\n",
        cte="quoted-printable",
    )
    mail["Content-Language"] = "nl"
    return mail


def _put(folder: Path, name: str, content: bytes) -> bool:
    """Write the mail unless it is there; of two tasks that fail at once, one hears that it was the first."""
    for old in folder.glob("storing-*.eml"):
        if old.stat().st_mtime < time.time() - timedelta(days=LOG_DAYS).total_seconds():
            old.unlink(missing_ok=True)
    draft = folder / f".{name}.{os.getpid()}"
    try:
        draft.write_bytes(content)
        os.link(draft, folder / name)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _send(settings: Settings, content: bytes) -> None:
    with smtp.session(sending.server(settings)) as link:
        answers = [smtp.hand_over(link, settings.sender, each, content) for each in settings.operator_recipients]
    left = sum(answer.state != "sent" for answer in answers)
    if left:
        raise MailNotSent(len(answers) - left, f"{left} not taken by the mail server")
