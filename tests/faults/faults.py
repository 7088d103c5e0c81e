"""Every fault that is tried on the steps of a day, and the table of what came of it."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "warehouse"))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import acting
import breaks
import mail_server
from invariants import State, broken, state_of
from points import Point, chosen, middle, spread
from rig import STEPS, Rig

from simulation.serve import HOST

Fault = Callable[[Rig], list[str]]
WHOLE = STEPS[: STEPS.index("publish") + 1]
WITH_DATABASE = STEPS[1:]
DISK = "900m"  # the guard refuses a disk with under 500 MB


@dataclass
class Row:
    """One line of the table: a fault, tried on a step at so many points; `failures` says what did not hold, and where."""

    fault: str
    step: str
    tried: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether it was tried at all and every invariant held each time."""
        return self.tried > 0 and not self.failures

    def as_json(self) -> dict[str, Any]:
        """Give it for a file."""
        return asdict(self) | {"held": self.held}


class Day:
    """An undisturbed day, step by step: what was there before and after each, and which points it passed."""

    def __init__(self, rig: Rig, steps: tuple[str, ...] = STEPS) -> None:
        self.rig, self.steps = rig, steps
        self.passed: dict[str, list[str]] = {}
        self.before: dict[str, State] = {}
        self.after: dict[str, State] = {}
        rig.take("start")
        now = state_of(rig)
        for step in steps:
            rig.keep(step)
            rig.box.taken.clear()
            self.before[step], self.passed[step] = now, rig.points(step)
            rig.settled()
            self.after[step] = now = state_of(rig)

    def trial(self, step: str, fault: Fault, *, whole: bool = False) -> list[str]:
        """Let a step suffer a fault, take it again undisturbed, and give what does not hold; `whole`: to the day's end.

        Args:
            step: where the day is.
            fault: does it; may give words about what went otherwise than it should.
            whole: the steps after it too, up to publishing.
        """
        self.rig.take(step)
        told = fault(self.rig)
        ended = self.rig.run(step)
        told += broken(self.rig, self.before[step], self.after[step], ended)
        if whole and step in WHOLE and WHOLE[-1] in self.steps:
            for each in WHOLE[WHOLE.index(step) + 1 :]:
                ended = self.rig.run(each)
            told += [
                f"at the end: {each}" for each in broken(self.rig, self.before[WHOLE[-1]], self.after[WHOLE[-1]], ended)
            ]
        return told

    def row(self, fault: str, step: str, trials: Mapping[str, Fault], *, whole: bool = False) -> Row:
        """Try each, count and time; see `trial`."""
        row, began = Row(fault, step), time.monotonic()
        for name, trial in trials.items():
            row.tried += 1
            row.failures += [f"{name}: {each}" for each in self.trial(step, trial, whole=whole)]
        row.seconds = round(time.monotonic() - began, 1)
        return row


def at_point(point: Point, act: str = "kill", **order: Any) -> Fault:
    """Make the fault that something happens at a point."""

    def fault(rig: Rig) -> list[str]:
        ended = rig.run(point.step, **point.order, act=act, **order)
        told = [] if ended.reached else [f"the point {point.label} was not reached"]
        if act == "kill" and point.victim in {"self", "stage"} and point.step != "collect" and ended.signal != 9:
            told.append(f"was not killed: {ended}")
        return told + ([] if ended.is_ours else [f"an error of no name: {ended.errors}"])

    return fault


def simply(step: str, changes: dict[str, Any] | None = None, *, must: str = "", **order: Any) -> Fault:
    """Make the fault that a step is taken otherwise than usual; it `must` "fail" or "succeed", or end by its own name."""

    def fault(rig: Rig) -> list[str]:
        ended = rig.run(step, changes, **order)
        told = [] if ended.is_ours and not ended.signal else [f"an error of no name: {ended}"]
        if (must == "fail" and not ended.errors) or (must == "succeed" and ended.errors):
            told.append(f"did not {must}: {ended.errors}")
        return told

    return fault


def kills(day: Day, more: int = 2) -> Iterator[Row]:
    """SIGKILL at the named points of each step and `more` others."""
    for step in day.steps:
        found = chosen(step, day.passed[step]) + spread(step, day.passed[step], more)
        points = {f"{p.victim} {p.label} {p.number}": at_point(p) for p in found}
        yield day.row("SIGKILL", step, points, whole=True)


def halfway(day: Day, step: str, *acts: str) -> dict[str, Fault]:
    """Make each of some acts happen halfway a step."""
    return {act: at_point(middle(step, day.passed[step]), act) for act in acts}


def one_kill(day: Day, step: str) -> Row:
    """SIGKILL halfway a step."""
    return day.row("SIGKILL", step, halfway(day, step, "kill"))


def everything_dies(day: Day) -> Iterator[Row]:
    """Power fails: server, helper, crawl and stage die at once."""
    for step in day.steps:
        yield day.row("power loss", step, halfway(day, step, "power"))


def server_restarts(day: Day) -> Iterator[Row]:
    """The server is stopped under each step that uses it; the step ends well or with an error of ours."""
    for step in day.steps:
        if step in WITH_DATABASE:
            yield day.row("database restart", step, halfway(day, step, "immediate", "fast"))


def twice_at_once(day: Day) -> Iterator[Row]:
    """Two schedulers start the same step of the same day."""
    for step in day.steps:
        yield day.row("two at once", step, {"both": simply(step, times=2)})


@contextmanager
def disk_of(rig: Rig) -> Iterator[bool]:
    """Put the state folder on a disk of its own; False where none may be mounted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0711", "tmpfs", str(rig.state)]
    try:
        is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        is_mounted = False
    try:
        yield is_mounted
    finally:
        if is_mounted:
            for pid in rig.processes():
                rig.kill(pid)
            rig.settled()
            subprocess.run(["umount", "-l", str(rig.state)], check=True)


def full(step: str, point: Point | None, leave: int) -> Fault:
    """Make the fault that the disk is full, from the start or from a point on, up to so many bytes."""

    def fault(rig: Rig) -> list[str]:
        if point is None:
            acting.fill(rig.state, leave)
            ended = rig.run(step)
        else:
            ended = rig.run(step, **point.order, act="fill", leave=leave)
        (rig.state / "ballast").unlink(missing_ok=True)
        return [] if ended.is_ours and not ended.signal else [f"an error of no name: {ended}"]

    return fault


def disk_full(day: Day) -> Iterator[Row]:
    """The disk is full: found at the start, by the guard, and halfway, when that no longer helps."""
    for step in day.steps:
        point = middle(step, day.passed[step])
        trials = {"at its start": full(step, None, 0)}
        trials |= {f"{n} bytes left halfway": full(step, point, n) for n in (0, 300_000)}
        with disk_of(day.rig) as is_mounted:
            row = day.row("disk full", step, trials if is_mounted else {})
        yield row  # not under the mount: whoever asks for no more rows would leave it


def unwritable(step: str) -> Fault:
    """Make the fault that the volume can be read only."""

    def fault(rig: Rig) -> list[str]:
        subprocess.run(["mount", "-o", "remount,ro", str(rig.state)], check=True)
        try:
            return simply(step, must="fail")(rig)
        finally:
            subprocess.run(["mount", "-o", "remount,rw", str(rig.state)], check=True)

    return fault


def read_only(day: Day) -> Iterator[Row]:
    """The volume can be read only, and is mended."""
    for step in day.steps:
        with disk_of(day.rig) as is_mounted:
            row = day.row("read-only volume", step, {"from the start": unwritable(step)} if is_mounted else {})
        yield row


CLOCKS = {"a year ahead": 365, "a day back": -1}


def clock_jumps(day: Day) -> Iterator[Row]:
    """The calendar is wrong for one run: nothing is destroyed or fetched by it, and mail goes out once all the same."""
    for step in day.steps:
        if step != "retention":  # its day is one that a person gave
            wrong = {name: (day.rig.day_of(step) + timedelta(days)).isoformat() for name, days in CLOCKS.items()}
            yield day.row("clock jump", step, {name: simply(step, {"market_today": on}) for name, on in wrong.items()})


def nights(day: Day, moments: tuple[str, ...]) -> Iterator[Row]:
    """The night in which the clock changes: by the wall clock, whichever hour it is, the local day is the same."""
    for step in WHOLE:
        at = {moment: simply(step, {"market_today": None}, clock=moment, must="succeed") for moment in moments}
        yield day.row("DST night", step, at)


AUTUMN = ("2026-10-25T00:30+02:00", "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00")
SPRING = ("2027-03-28T00:30+01:00", "2027-03-28T01:59+01:00", "2027-03-28T03:01+02:00", "2027-03-28T23:30+02:00")


def closed_port() -> int:
    """Give a port on which nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def mail_fails(day: Day) -> Iterator[Row]:
    """The mail server is down at half past six, has no name any more, or is another; later it is right."""
    folder = day.rig.folder / "tls"
    folder.mkdir(exist_ok=True)
    pem, port = mail_server.certificate(folder), mail_server.free_port()
    with mail_server.serving(day.rig.box, port, pem, login=False):
        wrong = {
            "SMTP down": {"smtp_port": closed_port()},
            "DNS failure": {"smtp_host": "post.invalid", "smtp_security": "starttls"},
            "TLS failure": {"smtp_port": port, "smtp_security": "starttls"},
        }
        for fault, changes in wrong.items():
            yield day.row(fault, "publish", {"later right": simply("publish", changes, must="fail")})


def lost(source: str, address: str) -> Fault:
    """Make the fault that a source is elsewhere than it should be; the other sources are crawled all the same."""

    def fault(rig: Rig) -> list[str]:
        told = simply("collect", elsewhere={source: address})(rig)
        count = len(list((rig.state / "crawl").glob(f"*/{rig.day}.json")))
        return told + ([] if count >= 3 else [f"{count} sources were crawled"])

    return fault


def source_fails(day: Day) -> Iterator[Row]:
    """A source cannot be reached: its name leads nowhere, it is down, or who answers speaks no TLS; later it is right."""
    source = min(path.name for path in (day.rig.folder / "read" / "spool").iterdir())
    wrong = {
        "DNS failure": "http://weg.invalid",
        "source down": f"http://{HOST}:{closed_port()}",
        "TLS failure": f"https://{HOST}:{day.rig.market_port}",
    }
    for fault, address in wrong.items():
        yield day.row(fault, "collect", {source: lost(source, address)}, whole=True)


def is_red(day: Day, name: str) -> list[str]:
    """Break the product on purpose, and give what the invariants say of it."""
    step, label, _ = breaks.SHOWS[name]
    point = {"label": label, "number": 1, "act": "kill"} if label else {}

    def fault(rig: Rig) -> list[str]:
        rig.run(step, **{"break": name}, **point)
        return []

    return day.trial(step, fault)


def broken_on_purpose(day: Day) -> Iterator[Row]:
    """The invariants can fail: a row holds when its break was seen, as what it is."""
    for name, (step, _, told) in breaks.SHOWS.items():
        began = time.monotonic()
        seen = is_red(day, name)
        row = Row(f"broken: {name}", step, tried=1, seconds=round(time.monotonic() - began, 1))
        if not any(told in each for each in seen):
            row.failures.append(f"was not seen: {seen}")
        yield row


def all_of(day: Day, more: int = 2) -> Iterator[Row]:
    """The whole table of one day, row by row as it is measured."""
    yield from kills(day, more)
    for rows in (everything_dies, server_restarts, twice_at_once, clock_jumps, mail_fails, source_fails):
        yield from rows(day)
    yield from nights(day, AUTUMN)
    yield from disk_full(day)
    yield from read_only(day)
    yield from broken_on_purpose(day)
