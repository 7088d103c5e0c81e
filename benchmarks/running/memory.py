"""Peak memory and processor time of an installation while it works, by what its processes are for. Linux only."""

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

EVERY = 1.0  # seconds
_KB_A_MB = 1024


class Peaks:
    """Peaks in MB by role: of one process (`rss`), and of all of a role at once without counting a page twice (`pss`)."""

    def __init__(self) -> None:
        self.rss: dict[str, float] = defaultdict(float)
        self.pss: dict[str, float] = defaultdict(float)
        self.together = 0.0

    def look(self, roles: dict[str, int], apart: set[int]) -> None:
        """Look once at the processes of each role; see `watched`."""
        sums: dict[str, float] = defaultdict(float)
        for role, processes in below(roles, apart).items():
            for process in processes:
                with suppress(OSError, ValueError):
                    told = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
                    lines = dict(line.split(":", 1) for line in told)
                    rss, pss = (int(lines[name].split()[0]) / _KB_A_MB for name in ("Rss", "Pss"))
                    self.rss[role] = max(self.rss[role], rss)
                    sums[role] += pss
        for role, megabytes in sums.items():
            self.pss[role] = max(self.pss[role], megabytes)
        self.together = max(self.together, sum(sums.values()))


def below(roles: dict[str, int], apart: set[int]) -> dict[str, list[int]]:
    """Give the processes of each role: its own and what is below it, but for other roles' and those `apart`."""
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            children[int(_fields(stat)[1])].append(int(stat.parent.name))
    found: dict[str, list[int]] = {}
    for role, root in roles.items():
        found[role], ahead = [], [root]
        while ahead:
            found[role].append(process := ahead.pop())
            ahead += [each for each in children[process] if each not in roles.values() and each not in apart]
    return found


def processor_seconds(roles: dict[str, int], apart: set[int]) -> float:
    """Give the processor time that all roles have taken so far, ended processes included."""
    ticks = 0
    for processes in below(roles, apart).values():
        for process in processes:
            with suppress(OSError):
                ticks += sum(map(int, _fields(Path(f"/proc/{process}/stat"))[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _fields(stat: Path) -> list[str]:
    """Read a process's line from its state on; its name may hold anything."""
    return stat.read_text().rpartition(")")[2].split()


@contextmanager
def watched(roles: Callable[[], dict[str, int]], apart: set[int]) -> Iterator[Peaks]:
    """Look every second until the block ends.

    Args:
        roles: gives a process by the name of its role; what is below one that is no role of its own counts with it.
        apart: processes that are no part of the installation.
    """
    peaks, done = Peaks(), threading.Event()

    def watch() -> None:
        while not done.wait(EVERY):
            peaks.look(roles(), apart)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peaks
    finally:
        done.set()
        thread.join()
        peaks.look(roles(), apart)
