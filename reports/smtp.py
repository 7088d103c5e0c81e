"""Handing mail to a mail server by SMTP (RFC 5321): encrypted, the server known by its certificate, one recipient a time.

What the server says is never repeated: it may quote an address. Of an answer only the number is kept.
"""

import contextlib
import os
import smtplib
import ssl
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reports.errors import LoginRefused, MailFileUnusable, MailServerSilent, NoEncryption, ReportError, UntrustedServer

ANSWER_SECONDS = 30.0
DATA_SECONDS = 120.0
LAST_ANSWER_SECONDS = 600.0  # a server may take 10 minutes to take a mail in; who gives up sends twice (4.5.3.2.6)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in.

    Attributes:
        security: `starttls` (RFC 3207), `tls` from the first byte (RFC 8314), or `none`, for a server on this machine.
        user: whom to log in as; empty: nobody.
        password_file: holds the password; read when it is needed, and kept nowhere.
        ca_file: certificates of authorities to trust besides those of the system.
        helo: how we introduce ourselves, a domain.
    """

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    helo: str
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a mail: `begun` is that nobody knows, for no answer came that says so.

    Attributes:
        state: as in `post.sending`.
        number: of the server's answer; None where there was none.
    """

    state: Literal["sent", "due", "refused", "begun"]
    number: int | None = None

    @property
    def is_about_us(self) -> bool:
        """Whether the server refused us or our sender for good, so that no recipient's mail would get through."""
        return self.state == "due" and self.number is not None and self.number >= 500


@contextlib.contextmanager
def session(server: MailServer) -> Iterator[smtplib.SMTP]:
    """Open a link to the server, encrypted and logged in, for as long as the block lasts.

    Raises:
        MailServerSilent: it cannot be reached, or has no time now.
        NoEncryption: it offers none, and what we have to say is not for everybody.
        UntrustedServer: it is not who it should be.
        LoginRefused: it does not know the user or the password.
        MailFileUnusable: the password, or the file with authorities, cannot be read, or others can read the password.
    """
    link = _opened(server)
    try:
        yield link
    finally:
        _wait_at_most(link, ANSWER_SECONDS)
        with contextlib.suppress(OSError):
            link.quit()
        link.close()


def hand_over(link: smtplib.SMTP, sender: str, recipient: str, content: bytes) -> Answer:
    """Hand one mail in for one recipient.

    Args:
        link: from `session`.
        sender: of the envelope, who gets it back when it cannot be delivered.
        recipient: of the envelope.
        content: the mail in ASCII, with line ends as RFC 5322 has them, also at its end.
    """
    is_handed = False
    try:
        _wait_at_most(link, ANSWER_SECONDS)
        number, _ = link.mail(sender)
        if not _is_yes(number):  # about us, not about this recipient
            return _not_taken(link, "due", number)
        number, _ = link.rcpt(recipient)
        if _is_yes(number):
            _wait_at_most(link, DATA_SECONDS)
            number, _ = link.docmd("DATA")
            if number == 354:  # go ahead
                is_handed = True
                link.send(f"{smtplib.quotedata(content.decode('ascii'))}.\r\n")
                _wait_at_most(link, LAST_ANSWER_SECONDS)
                number, _ = link.getreply()
                if _is_yes(number):
                    return Answer("sent", number)
    except OSError:  # every error of smtplib is one
        link.close()
        return Answer("begun" if is_handed else "due")
    if is_handed and not 400 <= number < 600:  # no answer that says whether it was taken
        link.close()
        return Answer("begun")
    return _not_taken(link, "refused" if number >= 500 else "due", number)


def _not_taken(link: smtplib.SMTP, state: Literal["due", "refused"], number: int) -> Answer:
    _wait_at_most(link, ANSWER_SECONDS)
    with contextlib.suppress(OSError):
        link.rset()
    return Answer(state, number if 200 <= number < 600 else None)


def _wait_at_most(link: smtplib.SMTP, seconds: float) -> None:
    if link.sock is not None:  # it is where the link broke before
        link.sock.settimeout(seconds)


def _is_yes(number: int) -> bool:
    return 200 <= number < 300


def _opened(server: MailServer) -> smtplib.SMTP:
    context = _context(server)
    try:
        with contextlib.ExitStack() as stack:
            link = _connected(server, context)
            stack.callback(link.close)
            if server.security == "starttls":
                link.ehlo_or_helo_if_needed()
                if not link.has_extn("starttls"):
                    raise NoEncryption(server.host)
                link.starttls(context=context)
            link.ehlo_or_helo_if_needed()
            if server.user:
                _log_in(link, server)
            stack.pop_all()
            return link
    except ssl.SSLCertVerificationError as error:
        raise UntrustedServer(server.host, error.verify_message) from None
    except ssl.SSLEOFError as error:  # it went away
        raise _silent(server, error) from None
    except ssl.SSLError:
        raise UntrustedServer(server.host, "it does not speak TLS as we do") from None
    except OSError as error:  # every error of smtplib is one
        raise _silent(server, error) from None


def _log_in(link: smtplib.SMTP, server: MailServer) -> None:
    password = _password(server)
    failure: ReportError | None = None
    try:
        link.login(server.user, password)
    except smtplib.SMTPAuthenticationError as error:
        failure = _silent(server, error) if error.smtp_code < 500 else LoginRefused(server.host)
    except (smtplib.SMTPNotSupportedError, UnicodeError):  # no way to log in that both know; a user that is not ASCII
        failure = LoginRefused(server.host)
    except OSError as error:
        failure = _silent(server, error)
    # Raised here, the error has no frames of the library, which know the password; nor does this one.
    del password
    if failure is not None:
        raise failure


def _silent(server: MailServer, error: OSError) -> MailServerSilent:
    if isinstance(error, smtplib.SMTPResponseException):
        return MailServerSilent(server.host, f"answer {error.smtp_code}")
    told = None if isinstance(error, smtplib.SMTPException) else error.strerror
    return MailServerSilent(server.host, told or type(error).__name__)


def _connected(server: MailServer, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, server.helo, timeout=ANSWER_SECONDS, context=context)
    return smtplib.SMTP(server.host, server.port, server.helo, timeout=ANSWER_SECONDS)


def _context(server: MailServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.ca_file is not None:
        try:
            context.load_verify_locations(server.ca_file)
        except OSError:  # an SSLError is one
            raise MailFileUnusable(server.ca_file, "holds no certificates that can be read") from None
    return context


def _password(server: MailServer) -> str:
    path = server.password_file
    if path is None:
        raise LoginRefused(server.host)
    try:
        found, refused = path.stat(), stat.S_IRWXG | stat.S_IRWXO
        if found.st_gid == os.getegid():
            refused &= ~stat.S_IRGRP  # Kubernetes lets the pod's own group read every secret that it mounts
        if found.st_mode & refused:
            raise MailFileUnusable(path, "can be read by others; take their rights away (chmod 600)")
        password = path.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeError):
        raise MailFileUnusable(path, "cannot be read") from None
    if not password.isascii() or not password.isprintable() or not password:
        del password
        raise MailFileUnusable(path, "holds no password of printable ASCII characters on one line")
    return password
