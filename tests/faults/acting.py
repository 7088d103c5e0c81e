"""What goes wrong inside a process: at a chosen point of it, something is killed, stopped or filled.

Points are those of tests/warehouse/killing.py: a profile function sees the calls and returns of the rooms' functions, of
PostgreSQL's driver and of the file system pass by. No hook in the product.
"""

import json
import os
import shutil
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "warehouse"))
sys.path.insert(0, str(Path(__file__).parent))

import clock
import killing

WRITERS = {
    killing.ROOM / "reports" / name for name in ("outbox.py", "smtp.py", "dashboard/__init__.py", "digest/__init__.py")
}
killing.FILES |= {"fsync", "link", "mkdir", "open"}
FAST = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "64MB", "shared_buffers": "32MB"}
MARK = "FAULT_RIG"  # in the environment of every process of a rig: so its orphans are known


def pid_of_postmaster(state: Path) -> int:
    """Give the process of a state folder's server."""
    return int((state / "pg" / "data" / "postmaster.pid").read_text().splitlines()[0])


def processes(state: Path, mark: str) -> dict[int, str]:
    """Give every process of a rig's installation, and what it is: our programs by their mark, PostgreSQL by its folder."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            is_server = entry.joinpath("cwd").readlink() == state / "pg" / "data"
            is_ours = f"{MARK}={mark}".encode() in entry.joinpath("environ").read_bytes().split(b"\0")
            if is_server or is_ours:
                found[int(entry.name)] = entry.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode()[:60]
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def fill(folder: Path, leave: int) -> None:
    """Fill the disk of a folder up to so many bytes."""
    with (folder / "ballast").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(folder).free - leave))


def act(what: str, order: dict[str, Any]) -> None:
    """Do the harm: `kill` who is named, `power` off, stop the server `immediate` or `fast`, set the `clock` or `fill` the disk."""
    state = Path(order["state"])
    if what == "kill":
        victim = order.get("victim", "self")
        pids = {"self": os.getpid(), "helper": os.getppid(), "stage": order.get("stage", 0)}
        os.kill(pids[victim] if victim in pids else pid_of_postmaster(state), signal.SIGKILL)
        if victim in {"helper", "stage"}:
            time.sleep(5)  # until the signal that follows a parent's death comes
    elif what == "power":
        spared = {int(order["rig"])}
        mine = [pid for pid in processes(state, order["mark"]) if pid not in spared | {os.getpid()}]
        for pid in (*mine, os.getpid()):
            os.kill(pid, signal.SIGKILL)
    elif what in {"immediate", "fast"}:
        os.kill(pid_of_postmaster(state), signal.SIGQUIT if what == "immediate" else signal.SIGINT)
    elif what == "clock":
        clock.be_off(timedelta(hours=-1))
    else:
        fill(state, int(order["leave"]))


def kind_of(path: Path, name: str) -> str:
    """As in killing.py; of the reports those that write and send, for the others only count and draw."""
    return name if path in WRITERS and not name.startswith("<") else _kind_in_rooms(path, name)


_kind_in_rooms, killing.kind_of = killing.kind_of, kind_of


class Faulty(killing.Tracer):
    """A tracer that does what its order says, once, at the chosen point."""

    def __init__(self, order: dict[str, Any], stage: str) -> None:
        super().__init__((order["label"], order["number"]) if "label" in order else None, 0)
        self.order_given, self.stage = order, stage

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        if event == "c_call" and getattr(arg, "__name__", "") == "_exit" and "told" in self.order_given:
            sys.setprofile(None)
            Path(self.order_given["told"]).write_text(json.dumps(self.order))
            return
        super().__call__(frame, event, arg)

    def at(self, what: str) -> None:
        """Count a point that is passed; at the chosen one, act."""
        label = f"{self.stage} {what}"
        self.passed[label] += 1
        self.order.append(label)
        if self.point == (label, self.passed[label]):
            self.point = None
            sys.setprofile(None)
            Path(self.order_given["reached"]).touch()
            act(self.order_given["act"], self.order_given)


def trace_a_crawl(order: dict[str, Any]) -> None:
    """Trace this process, which crawls."""
    sys.setprofile(Faulty(order, "collect"))
