"""`up` as systemd runs it: it tells how it goes, stops clean when asked, and ends when one of its processes does."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Thread

import pytest

from advertentiemonitor.airflow.processes import descendants
from advertentiemonitor.settings import Settings
from advertentiemonitor.watching import nights
from advertentiemonitor.watching.diagnosis import examine
from warehouse import db
from warehouse.server import Server

from .conftest import free_ports

PATIENCE = 300.0
_END = "nothing more is said"

pytestmark = pytest.mark.full


@dataclass
class Up:
    """A running `up`, and the service manager's end of its socket."""

    settings: Settings
    process: "subprocess.Popen[str]"
    said: list[str]
    seen: int = 0

    def wait_for(self, word: str) -> list[str]:
        """Hear what it says until `word` comes; all of it since the last call."""
        until, begun = time.monotonic() + PATIENCE, self.seen
        while True:
            while self.seen < len(self.said):
                self.seen += 1
                if word in self.said[self.seen - 1]:
                    return self.said[begun : self.seen]
            assert time.monotonic() < until, f"{word} never came"
            time.sleep(0.05)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def children(self) -> dict[str, int]:
        """Process ids of Airflow's commands by their name; some rename themselves."""
        found: dict[str, int] = {}
        for pid in descendants(self.process.pid):
            line = Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
            if named := re.search(r"airflow (api[-_]server|scheduler|dag[-_]processor)\b", line):
                found.setdefault(named[1].replace("_", "-"), pid)
        return found


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="admon-up-"))
    made.chmod(0o711)
    yield made
    Server(made / "state").destroy()
    shutil.rmtree(made)


@contextmanager
def running(folder: Path) -> Iterator[Up]:
    settings = Settings(state=folder / "state", market_today=date(2026, 10, 12))
    name = folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(str(name))
        said: list[str] = []
        # As systemd does: whoever does not listen all the time misses words, for the queue is short.
        Thread(target=_listen, args=(link, said), daemon=True).start()
        environment = os.environ | {
            "ADVERTENTIEMONITOR_STATE": str(settings.root),
            "ADVERTENTIEMONITOR_MARKET_TODAY": "2026-10-12",
            "NOTIFY_SOCKET": str(name),
        }
        script = "from advertentiemonitor.cli import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-c", script, "up", "--port", str(free_ports(1))],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Up(settings, process, said)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(PATIENCE)
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
                other.sendto(_END.encode(), str(name))
            name.unlink()


def _listen(link: socket.socket, said: list[str]) -> None:
    while not said or said[-1] != _END:
        said.append(link.recv(500).decode())


def test_it_tells_how_it_goes_and_stops_clean_when_asked(folder):
    with running(folder) as up:
        heard = up.wait_for("READY=1")
        assert "database up to date" in heard[0]
        assert "STATUS=Airflow starts" in heard
        assert "WATCHDOG=1" not in heard
        later = up.wait_for("WATCHDOG=1") + up.wait_for("WATCHDOG=1")
        assert any(re.fullmatch(r"STATUS=Airflow runs: http://127\.0\.0\.1:\d+", each) for each in later)
        assert set(up.children()) >= {"api-server", "scheduler", "dag-processor"}
        # Nobody below speaks to the service manager in its name.
        for pid in up.children().values():
            assert b"NOTIFY_SOCKET" not in Path(f"/proc/{pid}/environ").read_bytes()

        # What doctor and status read of Airflow, from its real tables.
        assert nights.is_up(up.settings)
        assert all(seconds < 120 for seconds in nights.heartbeats(up.settings).values())
        assert {"SchedulerJob", "DagProcessorJob"} == nights.heartbeats(up.settings).keys()
        assert nights.paused(up.settings) == []
        assert nights.stages_run(up.settings) == []
        coming = nights.next_run(up.settings)
        assert coming is None or coming[0] in nights.ORDER
        assert [each.told for each in examine(up.settings) if each.what == "Airflow"] == ["runs"]
        with Server(up.settings.root) as server, db.connect(server.dsn("airflow")) as conn:
            db.script(conn, "UPDATE dag SET is_paused = true WHERE dag_id = 'retention'")
            assert nights.paused(up.settings) == ["retention"]
            db.script(conn, "UPDATE dag SET is_paused = false WHERE dag_id = 'retention'")

        below = descendants(up.process.pid)
        begun = time.monotonic()
        assert up.end(signal.SIGTERM) == 143
        assert time.monotonic() - begun < 120  # TimeoutStopSec of the unit
        up.wait_for("STOPPING=1")
        assert up.wait_for("STATUS=stopped")
        assert not [pid for pid in below if Path(f"/proc/{pid}/stat").exists()]
        assert not Server(up.settings.root).is_running()
    assert not nights.is_up(up.settings)


def test_one_of_its_processes_that_ends_ends_it_with_one(folder):
    with running(folder) as up:
        up.wait_for("WATCHDOG=1")
        os.kill(up.children()["scheduler"], signal.SIGKILL)
        assert up.process.wait(PATIENCE) == 1
        assert up.process.stdout is not None
        assert "Airflow's scheduler ended by itself (code -9)" in up.process.stdout.read()
        up.wait_for("STOPPING=1")


@pytest.mark.full
def test_a_database_that_ends_is_named(folder):
    with running(folder) as up:
        up.wait_for("WATCHDOG=1")
        pid = int((Server(up.settings.root).data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        assert up.process.wait(PATIENCE) == 1
        assert up.process.stdout is not None
        assert "The database server is not available: it ended while Airflow ran" in up.process.stdout.read()


def test_asked_to_stop_while_it_starts_it_leaves_nothing(folder):
    with running(folder) as up:
        up.wait_for("STATUS=Airflow starts")
        below = descendants(up.process.pid)
        assert up.end(signal.SIGTERM) == 143
        assert not [pid for pid in below if Path(f"/proc/{pid}/stat").exists()]
    assert not Server(up.settings.root).is_running()
