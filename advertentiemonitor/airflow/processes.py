"""Run several commands as one: they start together, and when one ends, or we do, none is left.

A small guardian process stands between us and the commands. It ends them when it is told to, when one of them ends by
itself, and when we die however abruptly (its standard input closes). On Linux it also adopts whatever the commands
leave behind, in whichever session or process group, and ends that too. `airflow standalone` does none of this.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from advertentiemonitor.airflow.piped_log import PipedLog

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36
_TICK_SECONDS = 0.1
_GATHER_SECONDS = 0.01  # what is said line by line is written down together


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended by itself, with its exit code; minus the number of the signal that killed it."""

    name: str
    code: int


class Group:
    """Commands that live and die together. Standard output and error of each go to `<name>.log`, of a bounded size.

    Args:
        commands: name -> argument list.
        env: the whole environment of the commands. Secrets do not belong in it: it can be read by the same user.
        logs: folder for the logs, made if need be.
        folder: working directory.
        grace: seconds that the commands get to end by themselves before they are killed.
    """

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        *,
        env: Mapping[str, str],
        logs: Path,
        folder: Path,
        grace: float = 10,
    ) -> None:
        self._orders = {
            "commands": {name: list(command) for name, command in commands.items()},
            "logs": str(logs),
            "folder": str(folder),
            "grace": grace,
        }
        self._env = dict(env)
        self._grace = grace
        self._guardian: subprocess.Popen[str] | None = None
        self._ended: Ended | None = None

    def __enter__(self) -> Self:
        """Start the commands; they may not be ready yet."""
        self._guardian = subprocess.Popen(
            [sys.executable, "-P", "-m", "advertentiemonitor.airflow.processes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=self._env,
            start_new_session=True,  # Ctrl-C reaches us alone; we pass on an orderly end
        )
        assert self._guardian.stdin is not None  # noqa: S101 - it is a pipe
        self._guardian.stdin.write(json.dumps(self._orders) + "\n")
        self._guardian.stdin.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def ended(self) -> Ended | None:
        """Tell which command ended by itself, if one has; the others are then ended too."""
        if self._ended is None and self._guardian is not None and self._guardian.poll() is not None:
            assert self._guardian.stdout is not None  # noqa: S101 - it is a pipe
            name, _, code = self._guardian.stdout.read().partition(" ")
            self._ended = Ended(name, int(code)) if code else Ended("guardian", self._guardian.returncode)
        return self._ended

    def stop(self) -> None:
        """End the commands and all that they started; returns when nothing is left. May be called twice."""
        guardian = self._guardian
        if guardian is None:
            return
        assert guardian.stdin is not None and guardian.stdout is not None  # noqa: S101, PT018 - both are pipes
        with contextlib.suppress(OSError):
            guardian.stdin.close()
        try:
            guardian.wait(self._grace + 10)
        except subprocess.TimeoutExpired:
            guardian.kill()
            guardian.wait()
        # Empty by now, unless the guardian itself was killed: then its group still holds the commands.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(guardian.pid, signal.SIGKILL)
        guardian.stdout.close()
        self._guardian = None


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _die_with_parent() -> None:
    """Ask the kernel to end this process when the one that started it dies. Kept across exec."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def descendants(root: int) -> list[int]:
    """Process ids of all that descend from `root`, as far as this system has /proc."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name stands in brackets and may hold brackets itself; the parent is the second field after it.
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue  # it ended while we looked
        children.setdefault(parent, []).append(int(entry.parent.name))
    found: list[int] = []
    left = [root]
    while left:
        born = children.get(left.pop(), [])
        found += born
        left += born
    return found


class _Guardian:
    """The commands' parent: starts, watches, ends."""

    def __init__(self, orders: Mapping[str, object]) -> None:
        self._orders = orders
        self._parent = os.getppid()
        self._running: dict[int, str] = {}
        self._logs: list[PipedLog] = []
        self._told_to_stop = False

    def run(self) -> Ended | None:
        """Start everything, wait for the end, leave nothing. Tells which command ended by itself."""
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        os.set_blocking(0, False)
        os.umask(0o077)  # for the logs, and for whatever the commands write
        ended = None
        try:
            self._start()
            while not self._told_to_stop and not self._orphaned() and ended is None:
                self._listen()
                ended = self._reap()
        finally:
            self._end()
            self._listen()  # to their last words
        return ended

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._told_to_stop = True

    def _start(self) -> None:
        logs = Path(str(self._orders["logs"]))
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        commands: Mapping[str, list[str]] = self._orders["commands"]  # type: ignore[assignment]
        for name, command in commands.items():
            log = PipedLog(logs / f"{name}.log")
            process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                stdin=subprocess.DEVNULL,
                stdout=log.pipe,
                stderr=subprocess.STDOUT,
                cwd=str(self._orders["folder"]),
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - this process has one thread
            )
            os.close(log.pipe)
            self._logs.append(log)
            self._running[process.pid] = name

    def _listen(self) -> None:
        """Write down what the commands say, and wait a moment for it."""
        talking = [log for log in self._logs if not log.is_over]
        if select.select([log.source for log in talking], [], [], _TICK_SECONDS)[0]:
            time.sleep(_GATHER_SECONDS)
        for log in talking:
            log.pump()

    def _orphaned(self) -> bool:
        """Whether our parent closed its end of standard input, or died while a fork of it keeps that open.

        Not by a signal at its death: the kernel would send that when the *thread* that started us ends.
        """
        try:
            closed = os.read(0, 1024) == b""
        except BlockingIOError:
            closed = False
        return closed or os.getppid() != self._parent

    def _reap(self) -> Ended | None:
        """Collect what has ended, adopted processes included; tell the first of the commands among it."""
        ended = None
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                name = self._running.pop(pid, None)
                if name is not None and ended is None:
                    ended = Ended(name, os.waitstatus_to_exitcode(status))
        return ended

    def _end(self) -> None:
        """Ask the commands, then all that is left, then leave no choice."""
        me = os.getpid()
        deadline = time.monotonic() + float(str(self._orders["grace"]))
        _signal(list(self._running), signal.SIGTERM)
        while self._running and time.monotonic() < deadline:
            self._listen()
            self._reap()
        for number, seconds in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 5.0)):
            until = time.monotonic() + seconds
            _signal(descendants(me), number)
            while time.monotonic() < until:
                self._reap()
                if not descendants(me):
                    return
                self._listen()


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


if __name__ == "__main__":
    told = _Guardian(json.loads(sys.stdin.readline())).run()
    if told:
        sys.stdout.write(f"{told.name} {told.code}")
