"""A mail server on loopback, with a certificate of its own, that keeps what it takes and can be told what to answer."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST, USER, PASSWORD = "127.0.0.1", "monitor", "zeer geheim! 8-Kx"


@dataclass(frozen=True)
class Taken:
    """A mail that was taken in: over an encrypted link, by whom, for whom."""

    is_encrypted: bool
    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class Mailbox:
    """What a mail server took, and what it is to answer: a list for each recipient, and one for the mail itself."""

    taken: list[Taken] = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)
    to_recipient: dict[str, list[str]] = field(default_factory=dict)
    to_sender: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)  # before the mail itself; nothing is a link that breaks
    to_mail: list[str] = field(default_factory=list)
    on_mail: Callable[[Any], object] = lambda server: None  # taken in, before that is said

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:  # noqa: N802 - the name is aiosmtpd's
        if self.to_sender:
            return self.to_sender.pop(0)
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802 - the name is aiosmtpd's
        if queue := self.to_recipient.get(address):
            return queue.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802 - the name is aiosmtpd's
        if self.to_mail and not (answer := self.to_mail.pop(0)).startswith("2"):
            return answer
        is_encrypted = server.transport.get_extra_info("ssl_object") is not None
        recipients = tuple(envelope.rcpt_tos)
        self.taken.append(Taken(is_encrypted, envelope.mail_from, recipients, envelope.original_content))
        await asyncio.get_running_loop().run_in_executor(None, self.on_mail, server)
        return "250 ok"

    def authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        self.logins.append((data.login, data.password) == (USER.encode(), PASSWORD.encode()))
        return AuthResult(success=self.logins[-1], handled=False)

    def of(self, recipient: str) -> list[Taken]:
        """What was taken for a recipient."""
        return [one for one in self.taken if one.recipients == (recipient,)]


class _Server(SMTP):
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the name is aiosmtpd's
        if not (queue := self.event_handler.to_data):
            await super().smtp_DATA(arg)
        elif answer := queue.pop(0):
            await self.push(answer)
        else:
            self.transport.abort()


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


def certificate(folder: Path, name: str = HOST) -> Path:
    """Make a key with its own certificate, in one file, which is an authority's certificate too."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=True, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def serving(box: Mailbox, port: int, pem: Path | None, *, implicit: bool = False, login: bool = True) -> Iterator[None]:
    """Serve on a port: with STARTTLS, encrypted from the start (`implicit`), or without a certificate in the clear."""
    options: dict[str, Any] = {}
    if pem is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        options = {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": True}
        if login:
            options |= {"authenticator": box.authenticate, "auth_required": True, "auth_require_tls": not implicit}
    controller = _Controller(box, hostname=HOST, port=port, server_hostname="post.gemeente.example", **options)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def hang_up(server: Any) -> None:
    """Break the link, as `Mailbox.on_mail`: the sender never hears that the mail was taken."""
    server.loop.call_soon_threadsafe(server.transport.abort)
