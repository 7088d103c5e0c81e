"""The rows of the table: which benchmark, at which sizes; and how one is run in a process of its own.

A row is a module with `measure(rounds, size, sizes) -> Measured`: it races ours against its peer at `size` and grows
ours over `sizes`. To add one: write that function beside the benchmark, and a line here.
"""

import importlib.util
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from measured import Disagreement, Measured

BENCHMARKS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Row:
    """A module under benchmarks/, the size of the race, and sizes x1, x3, x10 of the growth, whole and quick."""

    module: str
    size: int
    sizes: tuple[int, ...]
    quick: tuple[int, ...]


ROWS = {
    "collect": Row("collecting/throughput.py", 500, (150, 450, 1_500), (50, 150, 500)),
    "read": Row("reading/throughput.py", 1_000, (1_000, 3_000, 10_000), (300, 900, 3_000)),
    "load": Row("keeping/loading.py", 25_000, (10_000, 30_000, 100_000), (2_500, 7_500, 25_000)),
    "link": Row("keeping/linking_speed.py", 10_000, (10_000, 30_000, 100_000), (2_000, 6_000, 20_000)),
    "estimate": Row("statistics/speed.py", 8_000, (800, 2_400, 8_000), (800, 2_400, 8_000)),
    "protect": Row("protection/plain.py", 12_000, (6, 18, 60), (1, 3, 10)),
    "tell": Row("telling/site.py", 34, (34, 103, 342), (5, 15, 50)),
}
ROUNDS, QUICK_ROUNDS = 7, 3


def measure(name: str, row: Row, rounds: int, sizes: tuple[int, ...]) -> Measured | str:
    """Run a row in this process; give what it measured, or in what ours and the peer disagree."""
    file = BENCHMARKS / row.module
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # or what it gives to processes of its own has no name
    spec.loader.exec_module(module)
    try:
        found: Measured = module.measure(rounds, row.size, sizes)
    except Disagreement as error:
        return str(error)
    return found


def measure_apart(name: str, row: Row, *, quick: bool) -> Measured | str:
    """Run a row in a process of its own: its memory and imports are nobody else's."""
    rounds, sizes = (QUICK_ROUNDS, row.quick) if quick else (ROUNDS, row.sizes)
    # Not a pool of multiprocessing: its processes may start none themselves.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(measure, name, row, rounds, sizes).result()
