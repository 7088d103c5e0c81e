"""The disk guard: a stage does not begin where a disk is nearly full, for half a day is worth less than the room.

Retention and backups go on: they make room, or need little beside what they save.
"""

import shutil
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from advertentiemonitor.errors import DiskNearlyFull
from advertentiemonitor.settings import Settings

REFUSED_BYTES = 500_000_000  # what is left has to do for retention, which writes tables anew
WARNED_BYTES = 2_000_000_000  # database, Airflow's logs and a month of growth

P = ParamSpec("P")
R = TypeVar("R")


def free_bytes(folder: Path) -> int:
    """Give the room on the disk of a folder that may not be there yet."""
    return shutil.disk_usage(next(each for each in (folder, *folder.parents) if each.exists())).free


def check(settings: Settings, floor: int = REFUSED_BYTES) -> None:
    """Do nothing as long as there is room.

    Raises:
        DiskNearlyFull: less than `floor` bytes are free on the disk of the state folder.
    """
    free = free_bytes(settings.root)
    if free < floor:
        raise DiskNearlyFull(settings.root, free, floor)


def needs_room(stage: Callable[Concatenate[Settings, P], R]) -> Callable[Concatenate[Settings, P], R]:
    """Let a stage begin only where there is room; see `check`."""

    @wraps(stage)
    def guarded(settings: Settings, /, *args: P.args, **kwargs: P.kwargs) -> R:
        check(settings)
        return stage(settings, *args, **kwargs)

    return guarded
