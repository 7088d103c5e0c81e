"""Mail as `.eml` files: each at most once, whole or not at all, the same bytes for the same digest."""

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
from zoneinfo import ZoneInfo

from reports.errors import BadAddress, NoRecipients, ReportNotWritten

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SENT_AT = time(6, 30)  # when the digest leaves (DESIGN 5); taken as its date, so that making it again changes no byte

# Stricter than the standard: what a municipality uses, and nothing that could end a header or a list.
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def stem(day: date, version: int) -> str:
    """Name the files of a digest.

    >>> stem(date(2026, 11, 8), 1)
    'dagbericht-2026-11-08-v1'
    """
    return f"dagbericht-{day.isoformat()}-v{version}"


def address(text: str, which: str) -> Address:
    """Read a mail address.

    Raises:
        BadAddress: it is not one; it is not repeated in the message.
    """
    if not _ADDRESS.fullmatch(text) or ".." in text:
        raise BadAddress(which)
    user, domain = text.rsplit("@", 1)
    return Address(username=user, domain=domain)


def message(
    subject: str,
    text: str,
    html: str,
    *,
    day: date,
    version: int,
    sender: str,
    recipients: Sequence[str],
) -> EmailMessage:
    """Make the mail: plain text first, HTML as the alternative, every header from us or checked.

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
    mail["Message-ID"] = f"<{stem(day, version)}@{origin.domain}>"
    mail["Content-Language"] = "nl"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text, cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    # The library draws a boundary at random; taken from the content it is the same each time.
    mail.set_boundary("am-" + hashlib.sha256(f"{text}\0{html}".encode()).hexdigest()[:40])
    return mail


def one_line(text: str) -> str:
    r"""Make a header value: no control character, no line end of any kind.

    >>> one_line("Dagbericht\r\nBcc: iemand@gemeente.example")
    'Dagbericht Bcc: iemand@gemeente.example'
    """
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def put(mail: EmailMessage, folder: Path, day: date, version: int) -> Path:
    """Write the mail into the outbox unless it is there already, and give its path.

    The file appears whole under its name or not at all; of two processes at once one wins and the other leaves it so.

    Raises:
        ReportNotWritten: the folder cannot be written.
    """
    target = folder / f"{stem(day, version)}.eml"
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
