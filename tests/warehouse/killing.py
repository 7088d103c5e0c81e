"""A job of all stages in a process of its own, killed at a chosen point. No hook in the product: a profile function of
Python sees the calls and returns of its functions, and of PostgreSQL's driver and the file system, pass by.

Run as a program it loads what is slow to load, then forks for each order that it reads from standard input.
"""

import json
import os
import signal
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from types import CodeType, FrameType

FIRST = date(2026, 10, 12)
DAYS = (FIRST, FIRST + timedelta(1))
PARTS = ("days", "later")
SOURCES = ("nl_kaartjes", "nl_prikbord")
ROOM = Path(__file__).parents[2]
ROOMS = {ROOM / "warehouse", ROOM / "advertentiemonitor"}  # their folders below compute, and neither read nor write
FILES = {"unlink", "replace", "rename", "rmdir"}


ASKING = {"rows", "tuples", "execute"}


def kind_of(path: Path, name: str) -> str:
    """Give what a function is called in a label; nothing for one that is no point."""
    if path.name == "transaction.py" and path.parent.name == "psycopg":
        return f"transaction{name}" if name in {"__enter__", "__exit__"} else ""
    if path.parent not in ROOMS:
        return ""
    return "row" if name.startswith("<") or name in {"_record", "_values", "_writable"} else name


class Tracer:
    """Names each point that is passed; at the chosen one it kills."""

    def __init__(self, point: tuple[str, int] | None, victim: int) -> None:
        self.point, self.victim = point, victim
        self.stage, self.copying = "", False
        self.kinds: dict[CodeType, str] = {}
        self.passed: Counter[str] = Counter()
        self.order: list[str] = []

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        if event in {"c_call", "c_return"}:
            name = getattr(arg, "__name__", "")
            if name in FILES and not isinstance(
                getattr(arg, "__self__", None), str | bytes
            ):  # a text has a `replace` too
                self.at(f"{event[2:]} {name}")
            return
        code = frame.f_code
        if code not in self.kinds:
            self.kinds[code] = kind_of(Path(code.co_filename), code.co_name)
        kind = self.kinds[code]
        if not kind:
            return
        if kind == "row":
            if self.copying:
                self.at("copying")  # what makes the next row
            return
        if kind == "copy_in":
            self.copying = event == "call"
        query = frame.f_locals.get("query", "") if kind in ASKING else ""
        self.at(f"{event} {kind} {query}".rstrip())

    def at(self, what: str) -> None:
        label = f"{self.stage} {what}"
        self.passed[label] += 1
        self.order.append(label)
        if self.point == (label, self.passed[label]):
            self.point = None
            sys.setprofile(None)
            os.kill(self.victim, signal.SIGKILL)


def job(root: Path, tracer: Tracer, parts: tuple[str, ...] = PARTS) -> None:
    """Read two days, estimate and release the second; half a year later, drop the first of them."""
    from advertentiemonitor import stages
    from advertentiemonitor.settings import Settings
    from warehouse import retention

    settings = Settings(state=root, market_today=DAYS[-1], seed=7)
    if "read" in parts:
        stages.read(settings, DAYS[-1])
    steps = [*(("read", day) for day in DAYS), ("estimate", DAYS[-1]), ("release", DAYS[-1])]
    for name, day in steps if "days" in parts else ():
        tracer.stage = name
        stages.AFTER_COLLECTING[name](settings, day)
    if "later" in parts:
        tracer.stage = "retention"
        later = FIRST + timedelta(retention.ROW_DAYS + 1)
        stages.retain(settings.model_copy(update={"market_today": later}), later)


def say(**what: object) -> None:
    """Answer whoever gave the order."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def child(root: Path, order: dict[str, object]) -> None:
    """Do the job in this process, which ends with it."""
    from warehouse.errors import WarehouseError
    from warehouse.server import Server

    victim = os.getpid()
    if order.get("victim") == "postmaster":
        victim = int((Server(root).data / "postmaster.pid").read_text().splitlines()[0])
    point = (str(order["label"]), int(str(order["number"]))) if "label" in order else None
    tracer = Tracer(point, victim)
    code = 0
    if point or order.get("tell"):
        sys.setprofile(tracer)
    try:
        job(root, tracer, tuple(order.get("parts", PARTS)))
    except WarehouseError as error:
        sys.setprofile(None)
        say(error=type(error).__name__, reached=tracer.point is None)
        code = 3
    sys.setprofile(None)
    if not code:
        reached = point is None or tracer.point is None
        say(passed=tracer.order if order.get("tell") else [], reached=reached)
    os._exit(code)


def serve(root: Path) -> None:
    """Do the job once, so that all is loaded; then fork for each order, and say how the child ended."""
    job(root, Tracer(None, 0))
    say(ready=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            child(root, json.loads(line))
        _, status = os.waitpid(pid, 0)
        say(signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOM))
    serve(Path(sys.argv[1]))
