"""A disk that is full, or that can only be read. Where none may be mounted, these rows are not tried."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import acting
from points import Point, middle
from rig import Rig
from trials import Day, Fault, Row, simply

DISK = "900m"  # the guard refuses a disk with under 500 MB


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
        trials = {"at its start": full(step, None, 0), "halfway": full(step, point, 0)}
        if step == "read":
            trials["300,000 bytes left halfway"] = full(step, point, 300_000)
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
