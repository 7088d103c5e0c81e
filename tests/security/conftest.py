"""One day of an installation, from the command line, watched by whoever may look at processes and files."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import mail_server
from socket_ports import free_port

from advertentiemonitor.airflow.processes import descendants
from simulation.serve import Market
from simulation.settings import WorldSettings
from simulation.world import generate
from warehouse.calendar import epoch_code
from warehouse.server import Server

DAY = date(2026, 10, 12)
KEYS = {
    f"ADVERTENTIEMONITOR_KEY_{name}": secrets.token_hex(32)
    for name in ("SPOOL", "RECORD", f"PSEUDONYM_{epoch_code(DAY)}")
}
COMMAND = [sys.executable, "-P", "-c", "from advertentiemonitor.cli import main; main()"]
# Told by Python itself of each program that it starts, however short its life.
SPY = """
import json, os, sys
def tell(event, args):
    if event == "subprocess.Popen":
        program, command, _, env = args
        said = {"command": [str(part) for part in command], "env": dict(os.environ if env is None else env)}
        with open(os.environ["SPY_FILE"], "a") as file:
            file.write(json.dumps(said, default=str) + "\\n")
sys.addaudithook(tell)
"""


@dataclass
class Seen:
    """What somebody who looks at processes saw of one: its words, and its environment."""

    command: str
    environment: str


@dataclass
class Day:
    """An installation with a day behind it, all that its programs said, and what was seen of its processes."""

    root: Path
    environment: dict[str, str]
    said: list[str] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    box: mail_server.Mailbox = field(default_factory=mail_server.Mailbox)

    @property
    def state(self) -> Path:
        return self.root / "state"

    def run(self, *arguments: str, keys: bool = True, codes: tuple[int, ...] = (0,)) -> str:
        """Run a command as an operator with a careless umask does; give what it printed."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            check=False,
            env=self.environment | (KEYS if keys else {}),
            capture_output=True,
            text=True,
            umask=0,
            cwd=self.root,
        )
        self.said += [done.stdout, done.stderr]
        assert done.returncode in codes, done.stderr
        return done.stdout

    def secrets(self) -> dict[str, str]:
        """Each secret of this installation, by name, in the forms in which it could be seen."""
        found = KEYS | {"password for mail": mail_server.PASSWORD}
        for path in (self.state / "keys").glob("db-*"):
            found[path.name] = path.read_text().strip()
        if (airflow := self.state / "airflow" / "secrets.json").exists():
            found |= json.loads(airflow.read_text())
        return found


@pytest.fixture(scope="session")
def begun() -> Iterator[Day]:
    """Keys from the environment, made and looked at; no day has run."""
    with _installation() as made:
        yield made


@pytest.fixture(scope="session")
def day() -> Iterator[Day]:
    """Keys from the environment, mail over TLS with a login: every secret that there can be, with one day of work."""
    with _installation() as made:
        made.run("run", "--day", str(DAY))
        made.run("doctor", codes=(0, 1))
        made.run("backup", keys=False)
        made.run("tabulate", "--by", "municipality", "--from", str(DAY), "--to", str(DAY), keys=False, codes=(0, 3))
        made.run("audit", keys=False, codes=(0, 1))
        yield made


@pytest.fixture(scope="session")
def airflow() -> Iterator[Day]:
    """An installation on which Airflow's processes ran, and were stopped."""
    with _installation() as made:
        command = [*COMMAND, "up", "--port", str(free_port())]
        with subprocess.Popen(command, env=made.environment | KEYS, stdout=subprocess.PIPE, text=True, umask=0) as up:
            for line in up.stdout:
                made.said.append(line)
                if line.startswith("Airflow:"):
                    break
            up.terminate()
            made.said.append(up.stdout.read())
        yield made


@contextmanager
def _installation() -> Iterator[Day]:
    root = Path(tempfile.mkdtemp(prefix="admon-security-"))
    root.chmod(0o711)  # as root the server runs as another user, who has to pass through
    spying = root / "spying"
    spying.mkdir()
    (spying / "sitecustomize.py").write_text(SPY)
    password = root / "smtp"
    password.touch(0o600)
    password.write_text(mail_server.PASSWORD)
    pem, port = mail_server.certificate(root), free_port()
    ports = _free_ports()
    settings = {
        "STATE": root / "state", "MARKET_TODAY": DAY, "MARKET_PORT": ports[0], "KEYS": "environment",
        "SMTP_HOST": mail_server.HOST, "SMTP_PORT": port, "SMTP_USER": mail_server.USER,
        "SMTP_PASSWORD_FILE": password, "SMTP_CA_FILE": pem, "RECIPIENTS": '["een@gemeente.example"]',
    }  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ADVERTENTIEMONITOR_")}
    environment |= {f"ADVERTENTIEMONITOR_{name}": str(value) for name, value in settings.items()}
    made = Day(root, environment | {"PYTHONPATH": str(spying), "SPY_FILE": str(root / "spied")})
    world = generate(WorldSettings(seed=7, first_day=DAY, days=1, scale=0.05))
    try:
        with (
            Market(world, ports, root / "market"),
            mail_server.serving(made.box, port, pem),
            _looking(made),
        ):
            made.run("init")
            made.run("psql", "-c", r"\! env", keys=False)
            yield made
    finally:
        Server(root / "state").destroy()
        shutil.rmtree(root)


class _looking:  # noqa: N801 - reads as a verb
    """Look at /proc, as `ps` does, at all that descends from this process, again and again."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        known: set[tuple[str, str]] = set()
        while not self._end.wait(0.05):
            for process in descendants(os.getpid()):
                try:
                    command = _proc(process, "cmdline")
                    environment = _proc(process, "environ")
                except OSError:
                    continue  # it ended while we looked
                if (command, environment) not in known:
                    known.add((command, environment))
                    self._day.seen.append(Seen(command, environment))


def _proc(process: int, what: str) -> str:
    return Path(f"/proc/{process}/{what}").read_bytes().replace(b"\0", b"\n").decode(errors="replace")


def _free_ports() -> range:
    """Four in a row."""
    while True:
        first = free_port()
        if first < 64_000 and all(_is_free(port) for port in range(first, first + 4)):
            return range(first, first + 4)


def _is_free(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
