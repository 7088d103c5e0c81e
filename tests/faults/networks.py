"""Mail servers and sources that cannot be reached, have no name, or are not who they say."""

import json
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import mail_server
import names
from rig import Rig
from socket_ports import free_port
from trials import Day, Fault, Row, simply

from simulation.serve import HOST


def closed_port() -> int:
    """Give a port on which nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def mail_fails(day: Day) -> Iterator[Row]:
    """The mail server is down at half past six, has no name any more, or is another; later it is right."""
    folder = day.rig.folder / "tls"
    folder.mkdir(exist_ok=True)
    pem, port = mail_server.certificate(folder), free_port()
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # that the server tells of who hangs up, is no news here
    with mail_server.serving(day.rig.box, port, pem, login=False):
        wrong = {
            "SMTP down": {"smtp_port": closed_port()},
            "DNS failure": {"smtp_host": "post.invalid", "smtp_security": "starttls"},
            "TLS failure": {"smtp_port": port, "smtp_security": "starttls"},
        }
        for fault, changes in wrong.items():
            yield day.row(fault, "publish", {"later right": simply("publish", changes, must="fail")})


@contextmanager
def pretending(pem: Path) -> Iterator[str]:
    """Serve as a site that signed its own certificate; give its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with ThreadingHTTPServer((HOST, 0), BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign] - whoever does not trust it hangs up
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://{HOST}:{server.server_address[1]}"
        server.shutdown()


def lost(source: str, address: str, reason: str = "robots_unreachable", **order: Any) -> Fault:
    """Make the fault that a source is elsewhere than it should be; the other sources are crawled all the same."""

    def fault(rig: Rig) -> list[str]:
        told = simply("collect", elsewhere={source: address}, must="succeed", **order)(rig)
        logs = [json.loads(path.read_text()) for path in (rig.state / "crawl").glob(f"*/{rig.day}.json")]
        found = {log["source"]: (log["state"], log["reason"], log["completeness"]) for log in logs}
        if found.pop(source, None) != ("failed", reason, 0.0):
            told.append(f"the source is not told as {reason}")
        return told + ([] if [state for state, *_ in found.values()] == ["ok"] * 3 else [f"of the others: {found}"])

    return fault


def source_fails(day: Day) -> Iterator[Row]:
    """A source cannot be reached: its name leads nowhere, it is down, or who answers is not trusted; later it is right."""
    source = min(path.name for path in (day.rig.folder / "read" / "spool").iterdir())
    # A made-up source is on this machine only, so the one name that it may have is this machine's.
    named = f"http://localhost:{day.rig.market_port}"
    nameless = {source: lost(source, named, nameless=True)}
    row = day.row("DNS failure", "collect", nameless if names.can_be_forgotten() else {})
    control = day.trial("collect", simply("collect", elsewhere={source: named}, must="succeed"))
    row.failures += [f"while names are found: {each}" for each in control]
    yield row
    down = {source: lost(source, f"http://{HOST}:{closed_port()}")}
    yield day.row("source down", "collect", down)
    folder = day.rig.folder / "tls"
    folder.mkdir(exist_ok=True)
    with pretending(mail_server.certificate(folder)) as address:
        row = day.row("TLS failure", "collect", {source: lost(source, address, "tls")})
    yield row
