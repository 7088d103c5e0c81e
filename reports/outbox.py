"""Mail as `.eml` files: each at most once, whole or not at all, the same bytes for the same digest."""

import email
import hashlib
import os
import re
import secrets
from collections.abc import Sequence
from datetime import date, datetime, time
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from reports.errors import BadAddress, NoRecipients, ReportNotWritten

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SENT_AT = time(6, 30)  # when the digest leaves (DESIGN 5); the file's date, so that making it again changes no byte

# Stricter than the standard: what a municipality uses, and nothing that could end a header or a list.
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class Recipients(Protocol):
    """What the outbox takes from the installation's settings."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Mail addresses of those who get the digest."""

    @property
    def outreach_recipients(self) -> tuple[str, ...]:
        """Mail addresses of those who get the one for outreach."""


def recipients_of(settings: Recipients, kind: str) -> tuple[str, ...]:
    """Give the mail addresses of those who get a kind of digest: "dagbericht" or "hulpverlening"."""
    return settings.outreach_recipients if kind == "hulpverlening" else settings.recipients


def stem(day: date, version: int, kind: str = "dagbericht") -> str:
    """Name the files of a digest; `kind` is "dagbericht" or "hulpverlening".

    >>> stem(date(2026, 11, 8), 1)
    'dagbericht-2026-11-08-v1'
    """
    return f"{kind}-{day.isoformat()}-v{version}"


def address(text: str, which: str) -> Address:
    """Read a mail address.

    Raises:
        BadAddress: it is not one; it is not repeated in the message.
    """
    if not _ADDRESS.fullmatch(text) or ".." in text:
        raise BadAddress(which)
    user, domain = text.rsplit("@", 1)
    return Address(username=user, domain=domain)


def message(  # noqa: PLR0913 - the parts of a mail
    subject: str,
    text: str,
    html: str,
    *,
    day: date,
    version: int,
    sender: str,
    recipients: Sequence[str],
    kind: str = "dagbericht",
    attachments: Sequence[tuple[str, bytes]] = (),
) -> EmailMessage:
    """Make the mail: plain text first, HTML as the alternative, every header from us or checked.

    `attachments` are PDF files: the name of the file and its bytes.

    Raises:
        BadAddress, NoRecipients: the addresses cannot be used.
    """
    if not recipients:
        raise NoRecipients
    origin = address(sender, "sender")
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = one_line(subject)
    mail["From"] = Address("Advertentiemonitor", origin.username, origin.domain)
    mail["To"] = tuple(address(recipient, "recipient") for recipient in recipients)
    mail["Date"] = format_datetime(datetime.combine(day, SENT_AT, AMSTERDAM))
    mail["Message-ID"] = f"<{stem(day, version, kind)}@{origin.domain}>"
    # RFC 3834: no holiday replies. `Precedence` would say no more, and it gives that field no agreed meaning (3.1.8).
    mail["Auto-Submitted"] = "auto-generated"
    # Not "All": that takes away reports of mail that could not be delivered too (MS-OXCMAIL 2.1.3.2.20).
    mail["X-Auto-Response-Suppress"] = "DR, RN, NRN, OOF, AutoReply"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    # The library draws a boundary at random; taken from the content it is the same each time.
    mark = hashlib.sha256(f"{text}\0{html}".encode()).hexdigest()[:40]
    mail.set_boundary(f"am-{mark}")
    for name, content in attachments:
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=one_line(name))
        mail.set_boundary(f"am-all-{mark}")  # no boundary may begin with another (RFC 2046, 5.1.2)
    mail["Content-Language"] = "nl"  # last, for setting content takes such fields away
    return mail


def addressed(content: bytes, recipient: str, mark: str, at: datetime) -> bytes:
    """Give one recipient's copy of a mail from the outbox: it names nobody else, and has a Message-ID and date of its own.

    Args:
        content: of the `.eml` file; its body stays as it is, byte for byte.
        recipient: mail address.
        mark: letters and digits that no other recipient's copy has.
        at: when it is sent, with its time zone.

    Raises:
        BadAddress: the address cannot be used.
    """
    head, blank, body = content.partition(b"\r\n\r\n")
    mail = email.message_from_bytes(head + blank, policy=SMTP)
    mail.replace_header("To", address(recipient, "recipient"))
    mail.replace_header("Message-ID", mail["Message-ID"].replace("@", f".{mark}@", 1))
    mail.replace_header("Date", format_datetime(at.replace(microsecond=0)))
    return mail.as_bytes().partition(b"\r\n\r\n")[0] + blank + body


def one_line(text: str) -> str:
    r"""Make a header value: no control character, no line end of any kind, nothing that is decoded into one (RFC 2047).

    >>> one_line("Dagbericht\r\nBcc: iemand@gemeente.example")
    'Dagbericht Bcc: iemand@gemeente.example'
    """
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).replace("=?", "= ?").split())


def put(mail: EmailMessage, folder: Path, day: date, version: int, kind: str = "dagbericht") -> Path:
    """Write the mail into the outbox unless it is there already, and give its path.

    The file appears whole under its name or not at all; of two processes at once one wins and the other leaves it so.

    Raises:
        ReportNotWritten: the folder cannot be written.
    """
    target = folder / f"{stem(day, version, kind)}.eml"
    if target.exists():
        return target
    write_atomically(target, mail.as_bytes(), keep=True)
    return target


def write_atomically(target: Path, content: bytes, *, keep: bool = False) -> Path:
    """Write a file whole or not at all; with `keep` a file that is there already stays as it is.

    Raises:
        ReportNotWritten: the folder cannot be written.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if keep:
                try:
                    os.link(draft, target)
                except FileExistsError:
                    return target
            else:
                draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise ReportNotWritten(str(target.parent), error.strerror or type(error).__name__) from None
    return target
