"""The processes of docker/compose.yaml, run here without containers: its commands, settings and secrets; hosts replaced.

What a container would give, this gives too: a state folder and secrets of its own for each service, and a start anew for
whatever ends.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOM = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOM / "docker" / "compose.yaml").read_text())
SECRETS = "/run/secrets"
STATE, LOGS, CODE = "/var/lib/advertentiemonitor", "/var/log/airflow", "/opt/advertentiemonitor"


def environment_of(service: str, folder: Path, secrets: Path, replaced: dict[str, str]) -> dict[str, str]:
    """Give what compose sets for a service, its folders below `folder`, and `replaced` after it.

    Variables of compose itself (${NAME:-default}) are left out: the test says what it needs of them.
    """
    places = {SECRETS: str(secrets), STATE: str(folder / "state"), LOGS: str(folder / "logs"), CODE: str(ROOM)}
    chosen = {"AIRFLOW_HOME": str(folder / "airflow"), "ADVERTENTIEMONITOR_STATE": str(folder / "state")}
    for name, value in COMPOSE["services"][service]["environment"].items():
        if name not in chosen and "${" not in str(value):
            text = str(value)
            for place, ours in places.items():
                text = text.replace(place, ours)
            chosen[name] = text
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ADVERTENTIEMONITOR_"))
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    return (
        kept
        | chosen
        | {name: value for name, value in replaced.items() if value}
        | {"PATH": path, "SECRETS": str(secrets)}
    )


@dataclass
class Services:
    """Commands that are started again when they end, each in a session of its own, as compose does it."""

    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    _orders: dict[str, tuple[list[str], dict[str, str], Path]] = field(default_factory=dict)
    _done: threading.Event = field(default_factory=threading.Event)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _watch: threading.Thread | None = None

    def start(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        with self._lock:
            self._orders[name] = (command, environment, log)
            self._run(name)
            if self._watch is None:
                self._watch = threading.Thread(target=self._keep, daemon=True)
                self._watch.start()

    def _run(self, name: str) -> None:
        command, environment, log = self._orders[name]
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            self.running[name] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, start_new_session=True
            )
        self.starts[name] = self.starts.get(name, 0) + 1

    def _keep(self) -> None:
        while not self._done.wait(0.5):
            with self._lock:
                for name, process in list(self.running.items()):
                    if process.poll() is not None:
                        self._end(process, signal.SIGKILL)  # what a container held goes with its first process
                        self._run(name)

    def kill(self, name: str) -> None:
        """SIGKILL a service whole, as the machine that it ran on would lose it."""
        self._end(self.running[name], signal.SIGKILL)

    @contextlib.contextmanager
    def still(self, name: str) -> Iterator[set[int]]:
        """Keep a service from going on for a block; gives its processes, those of its tasks among them."""
        with self._lock:
            processes = _whole(self.running[name].pid, signal.SIGSTOP)
            try:
                yield processes
            finally:
                _send(processes, signal.SIGCONT)

    def hold(self, name: str) -> None:
        """Kill it and keep it down until `start`."""
        with self._lock:
            self._end(self.running.pop(name), signal.SIGKILL)

    def again(self, name: str) -> None:
        with self._lock:
            self._run(name)

    def close(self) -> None:
        self._done.set()
        if self._watch is not None:
            self._watch.join()
        for process in self.running.values():
            self._end(process, signal.SIGTERM)
        until = time.monotonic() + 15
        for process in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, until - time.monotonic()))
            self._end(process, signal.SIGKILL)
            process.wait()

    @staticmethod
    def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
        if how is signal.SIGKILL:
            _send(_whole(process.pid, signal.SIGSTOP), how)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)


def _whole(leader: int, how: signal.Signals) -> set[int]:
    """Send a signal to all that a container would hold: Airflow gives each task a process group of its own."""
    found: set[int] = set()
    while new := _members(leader, found) - found:
        _send(new, how)
        found |= new
    return found


def _members(leader: int, found: set[int]) -> set[int]:
    members, sessions = set(found), found | {leader}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            _, parent, _, session = path.read_text().rpartition(")")[2].split()[:4]
            if int(parent) in sessions or int(session) in sessions:
                members.add(int(path.parent.name))
    return members - {os.getpid()}


def _send(processes: set[int], how: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, how)


def command_of(service: str) -> list[str]:
    """Give the command that compose runs for a service."""
    command: Any = COMPOSE["services"][service]["command"]
    return shlex.split(command) if isinstance(command, str) else [str(part) for part in command]
