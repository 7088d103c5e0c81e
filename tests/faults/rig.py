"""An installation on a small market, a copy of it before each step of one day, and processes that take a step and fail.

The day is that of the change to winter time, the first of a new key epoch: reading it carries listings over.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Self

sys.path.insert(0, str(Path(__file__).parents[1] / "warehouse"))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import acting
import mail_server
from socket_ports import free_port, free_ports

from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from simulation.numbers import canaries
from simulation.serve import Market
from simulation.settings import Canaries, WorldSettings
from simulation.world import generate
from warehouse import retention
from warehouse.server import Server

WINTER_TIME = date(2026, 10, 25)
SUMMER_TIME = date(2027, 3, 28)
BEFORE = 1  # days that have been lived before
AFTER = 4
ROTATED_AFTER = timedelta(days=8)
STEPS = ("collect", "read", "estimate", "release", "publish", "rotate_keys", "retention")
WHOLE = STEPS[: STEPS.index("publish") + 1]
RECIPIENTS = ("een@gemeente.example", "twee@gemeente.example")
KEYS = b"of the faults"
PLANTED = Canaries(canaries(20), tuple(f"kanarie {n:02d} {secrets.token_hex(6)} fluit zacht" for n in range(20)), 20)


@dataclass(frozen=True)
class Ended:
    """How a step ended: by which signal, at which error of ours or not, and whether the chosen point was reached."""

    signal: int
    errors: tuple[str, ...]
    texts: tuple[str, ...]
    is_ours: bool
    reached: bool


class Rig:
    """Runs steps of the day `day`; `state` is the installation now, `box` what the mail server took."""

    def __init__(self, folder: Path, day: date, lived: tuple[str, ...]) -> None:
        self.folder, self.day, self.lived = folder, day, lived
        self.state, self.printed = folder / "state", folder / "printed"
        self.mark = secrets.token_hex(8)
        self.box = mail_server.Mailbox()
        self.mail_port = free_port()
        self.market_port = free_ports(4)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            first = self.day - timedelta(days=BEFORE)
            self.world = generate(
                WorldSettings(seed=7, first_day=first, days=BEFORE + AFTER, scale=0.05, canaries=PLANTED)
            )
            ports = range(self.market_port, self.market_port + 4)
            self.market = stack.enter_context(Market(self.world, ports, self.folder / "market"))
            stack.enter_context(mail_server.serving(self.box, self.mail_port, None))
            initialise(Settings(**self.settings("collect", day=first)), KEYS)
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(Path(__file__).with_name("acted.py"))],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.printed.open("ab"), text=True,
                env=os.environ | {"OPENBLAS_NUM_THREADS": "1", acting.MARK: self.mark},
            )  # fmt: skip
            stack.callback(self._end)
            self._warm(first)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def server(self) -> Server:
        """Its database, as whoever looks at it starts it: the machine stays up, so nothing has to reach the disk."""
        return Server(self.state, options=acting.FAST)

    def _end(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()
        Server(self.state).destroy()

    def _warm(self, first: date) -> None:
        """Live the first days, the last of them told apart by its own keys, and take the copies of an undisturbed day."""
        for number in range(BEFORE):
            day = first + timedelta(days=number)
            self.market.set_day(day)
            steps = list(self.lived) + (["new epoch"] if number == BEFORE - 1 else [])
            self._ask({"steps": steps, "settings": self.settings("collect", day=day), "day": day.isoformat()})
        self.market.set_day(self.day)
        shutil.rmtree(self.state / "seen")  # every page is read anew on the day: what is planted has to come by
        self._late_leftovers()
        self.keep("start")

    def _late_leftovers(self) -> None:
        """Leave what only retention takes away: a part of a spool file, and one that nobody read in time."""
        source = min(path.name for path in (self.state / "spool").iterdir())
        (self.state / "spool" / source / f".{self.day - timedelta(9)}.spool.part").write_bytes(b"torn")

    def day_of(self, step: str) -> date:
        """Give the day on which a step is taken: keys go when their bridge week is over, rows half a year later."""
        later = {"rotate_keys": ROTATED_AFTER, "retention": timedelta(days=retention.ROW_DAYS + 1)}
        return self.day + later.get(step, timedelta())

    def settings(self, step: str, **changes: Any) -> dict[str, Any]:
        """Give the settings under which a step is taken, in JSON's words."""
        today = changes.pop("day", None) or self.day_of(step)
        usual = {
            "state": str(self.state), "market_port": self.market_port, "market_today": today.isoformat(), "seed": 7,
            "recipients": RECIPIENTS, "smtp_host": "127.0.0.1", "smtp_port": self.mail_port, "smtp_security": "none",
        }  # fmt: skip
        return usual | changes

    def run(self, step: str, changes: dict[str, Any] | None = None, **order: Any) -> Ended:
        """Take a step in a process of its own; `changes` are to its settings, the rest as in `acted.child`."""
        reached = self.folder / "reached"
        reached.unlink(missing_ok=True)
        asked = {
            "step": step, "day": self.day_of(step).isoformat(), "settings": self.settings(step, **(changes or {})),
            "state": str(self.state), "mark": self.mark, "rig": self._process.pid, "reached": str(reached), **order,
        }  # fmt: skip
        said = self._ask(asked)
        failed = [each for each in said if "error" in each]
        return Ended(
            -min(0, said[-1]["ended"]),
            tuple(each["error"] for each in failed),
            tuple(each["text"] for each in failed),
            all(each["is_ours"] for each in failed),
            reached.exists(),
        )

    def _ask(self, order: dict[str, Any]) -> list[dict[str, Any]]:
        self._process.stdin.write(json.dumps(order, default=str) + "\n")
        self._process.stdin.flush()
        said: list[dict[str, Any]] = []
        while not said or "ended" not in said[-1]:
            said.append(json.loads(self._process.stdout.readline()))
        return said

    def points(self, step: str) -> list[str]:
        """Give the points that a step passes, in order; the step is taken."""
        told = self.folder / "told"
        self.run(step, told=str(told))
        return json.loads(told.read_text())

    def processes(self) -> dict[int, str]:
        """Give what still runs of this installation."""
        found = acting.processes(self.state, self.mark)
        found.pop(self._process.pid, None)
        return found

    def settled(self, seconds: float = 15.0) -> dict[int, str]:
        """Wait until nothing runs any more; give what does not end."""
        deadline = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return left

    @staticmethod
    def kill(pid: int) -> None:
        """Kill a process that may be gone."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def keep(self, name: str) -> None:
        """Keep a copy of the installation, whose server does not run, under a name."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        _copy(self.state, self.folder / name)

    def take(self, name: str) -> None:
        """Make the installation what it was when it was kept."""
        for pid in self.processes():
            self.kill(pid)
        self.settled()
        _empty(self.state)
        _copy(self.folder / name, self.state)
        self.box.taken.clear()


def _copy(source: Path, target: Path) -> None:
    target.mkdir(mode=0o711, exist_ok=True)
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _in_memory() -> str | None:
    """Give a folder in memory, where there is one with room: an installation is copied for each trial."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 3_000_000_000 else None


@contextmanager
def made(day: date = WINTER_TIME, lived: tuple[str, ...] = WHOLE) -> Iterator[Rig]:
    """Make a rig in a folder of its own, which goes with it; `lived` are the steps of the days before."""
    folder = Path(tempfile.mkdtemp(prefix="admon-faults-", dir=_in_memory()))
    folder.chmod(0o711)  # as root the server runs as another user, who has to pass through
    try:
        with Rig(folder, day, lived) as rig:
            yield rig
    finally:
        shutil.rmtree(folder)
