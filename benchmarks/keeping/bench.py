"""What the measurements of keeping share: a server of their own, figures beside their bars, ratios, peak memory."""

import math
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from warehouse import db
from warehouse.server import Server

_MB = 1024 * 1024


@contextmanager
def warehouse() -> Iterator[Server]:
    """Give a server with a migrated, empty warehouse and the settings of an installation; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="admon-bench-"))
    folder.chmod(0o711)  # as root, the server runs as another user
    server = Server(folder / "state")
    try:
        server.start()
        with db.connect(server.dsn("owner")) as conn:
            db.migrate(conn)
        yield server
    finally:
        server.destroy()
        shutil.rmtree(folder)


def timed(step: Callable[[], object]) -> float:
    """Run a step and give the seconds that it took."""
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


def peak_mb(reset: Sequence[int] = ()) -> Callable[[], float]:
    """Start to watch the peak memory of processes (ids; 0 is this one); call what is given for the sum in MB.

    Linux only: it is reset through /proc/<id>/clear_refs. Shared memory of the server counts once for each process.
    """
    folders = [Path("/proc") / (str(process) if process else "self") for process in reset or (0,)]
    for folder in folders:
        (folder / "clear_refs").write_text("5")

    def read() -> float:
        lines = [line for folder in folders for line in (folder / "status").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / _MB

    return read


def backend(conn: db.Connection) -> int:
    """Give the process of the server that serves a connection."""
    return int(conn.info.backend_pid)


def bar(name: str, value: float, limit: float, unit: str, *, least: bool = False) -> str:
    """Write a figure beside its bar; `least` where it is to be reached, else it is not to be passed."""
    met = value >= limit if least else value <= limit
    return (
        f"{name:<46} {value:>10,.2f} {unit:<14} bar {'>=' if least else '<='} {limit:,g}   {'met' if met else 'MISSED'}"
    )


def spread(ours: Sequence[float], peer: Sequence[float]) -> tuple[float, float, float]:
    """Tell how many times as long the peer took: median of the rounds' ratios, lowest and highest but the outermost."""
    each = sorted(b / a for a, b in zip(ours, peer, strict=True))
    cut = 1 if len(each) >= 7 else 0
    return statistics.median(each), each[cut], each[-1 - cut]


def ratio(name: str, ours: Sequence[float], peer: Sequence[float], limit: float) -> str:
    """Write how many times as long the peer took beside its bar, with the range of all rounds but the outermost."""
    middle, low, high = spread(ours, peer)
    met = "met" if middle >= limit else "MISSED"
    return f"{name:<46} {middle:>10,.2f} x [{low:.2f}, {high:.2f}]   bar >= {limit:g}   {met}"


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Fit cost = a * size ** b by least squares of logarithms and give b."""
    x, y = [math.log(size) for size in sizes], [math.log(cost) for cost in costs]
    return statistics.linear_regression(x, y).slope if len(set(x)) > 1 else math.nan
