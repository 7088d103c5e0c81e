"""What the embedded server needs to know of the machine: users, folders and the processes that run in them."""

import contextlib
import ipaddress
import os
import pwd
import signal
import stat
import time
from pathlib import Path

_PROGRAMS = {"postgres", "initdb"}


def is_here(host: str) -> bool:
    """Tell whether a host is this machine, by its name or address alone: nobody is asked.

    >>> is_here("127.0.0.1"), is_here("localhost"), is_here("db.gemeente.example")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def can_enter(folder: Path, user: pwd.struct_passwd) -> bool:
    """Tell whether another user can pass through a folder (made or not) and all that hold it."""
    for part in (folder, *folder.parents):
        try:
            status = part.stat()
        except FileNotFoundError:
            continue
        bit = (
            stat.S_IXUSR
            if status.st_uid == user.pw_uid
            else stat.S_IXGRP
            if status.st_gid == user.pw_gid
            else stat.S_IXOTH
        )
        if not status.st_mode & bit:
            return False
    return True


def running_in(folder: Path) -> list[int]:
    """Give PostgreSQL's processes that work in a folder; an administrator's shell there is none of them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink() == folder and (entry / "comm").read_text().strip() in _PROGRAMS:
                found.append(int(entry.name))
    return found


def kill_all_in(folder: Path, seconds: float = 10.0) -> None:
    """Kill PostgreSQL's processes that work in a folder and wait until they are gone."""
    folder = folder.resolve()
    deadline = time.monotonic() + seconds
    while (found := running_in(folder)) and time.monotonic() < deadline:
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def lives(pid: int) -> bool:
    """Tell whether a process is there, dead ones that wait for their parent included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
