"""What one day's release costs at national size, protected, attacked and written, against how much has been released.

    .venv/bin/python -P benchmarks/protection/speed.py [--runs 60] [--seed 8401] [--profile]

A market in all municipalities, in a real PostgreSQL. The history (`--runs` weeks, and about a half and a quarter of it)
passes the gate without attacks; what is timed after it is `warehouse.release.release_day` as an installation runs it: on
ordinary days, on last days of a week, and on the last day of a block. `--profile` prints what the block's day is spent on.
Ends with 1 where a bar is missed.
"""

import argparse
import cProfile
import os
import pstats
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [
    str(Path(__file__).parents[2]),
    str(Path(__file__).parents[1] / "statistics"),
    str(Path(__file__).parent),
]

import stored  # noqa: E402
import worlds  # noqa: E402
from checks import Check, print_checks  # noqa: E402
from stored import bench  # noqa: E402

from warehouse import db, ledger, release  # noqa: E402
from warehouse.audit import battery  # noqa: E402

NAME = "release speed"
RUNS, SEED = 60, 8401  # a run is a week of history
ADVERTISERS = 12_000
LONGEST, GROWTH = 120.0, 0.2  # seconds a day; exponent of its cost in the weeks of history
TIMED = {0: "ordinary day", 1: "ordinary day", 2: "ordinary day", 6: "last day of a week", 13: "last day of a week"} | {
    27: "last day of a block"
}
PARTS = ("protect", "attack", "read", "write")
_PART_OF = {"warehouse.audit.reading": "read", "warehouse.protection.gate": "protect"}


class Clock:
    """Seconds by part, each without the parts inside it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside: list[float] = []

    def timed(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            began = time.perf_counter()
            self._inside.append(0.0)
            try:
                return work(*args, **named)
            finally:
                spent = time.perf_counter() - began
                self.seconds[part] += spent - self._inside.pop()
                if self._inside:
                    self._inside[-1] += spent

        return run

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Time the parts of `warehouse.release` while this lasts."""
        found: list[tuple[Any, str, str]] = [(battery, "before_release", "attack"), (ledger, "enter", "write")]
        found.append((release, "_write", "write"))
        for name, value in vars(release).items():
            part = _PART_OF.get(getattr(value, "__module__", ""))
            if part and callable(value) and not isinstance(value, type):
                found.append((release, name, part))
        kept = [(owner, name, getattr(owner, name)) for owner, name, _ in found]
        try:
            for owner, name, part in found:
                setattr(owner, name, self.timed(part, getattr(owner, name)))
            yield
        finally:
            for owner, name, value in kept:
                setattr(owner, name, value)


class History:
    """A national database that grows day by day."""

    def __init__(self, owner: db.Connection, releaser: db.Connection, market: worlds.Market) -> None:
        self._owner, self._releaser, self._market = owner, releaser, market
        self._known = release.release_areas()
        self.days = 0

    def grow(self, days: int) -> None:
        """Release days through the gate without the attacks."""
        while self.days < days:
            estimates = self._market.estimates(self.days)
            stored.put_estimates(self._owner, self.days, estimates)
            stored.put_release(self._releaser, self.days, estimates, self._known)
            self.days += 1

    def settle(self) -> None:
        """Let the database know how large its tables are, as an installation's does."""
        db.vacuum(self._owner, "est.volume", "est.movement", "est.language")
        for table in ("volume", "movement", "language", "setting_share", "edition"):
            db.vacuum(self._owner, f"release.{table}")

    def _cpu(self) -> float:
        """Seconds of processor that this process and its server process have used."""
        fields = Path(f"/proc/{bench.backend(self._releaser)}/stat").read_text().rpartition(")")[2].split()
        return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def put(self) -> None:
        """Write the estimates of the next day."""
        stored.put_estimates(self._owner, self.days, self._market.estimates(self.days))

    def release(self, clock: Clock) -> tuple[float, float]:
        """Release the next day, of which the estimates are there, as an installation does; give the seconds, and those of a processor."""
        day = worlds.FIRST + timedelta(days=self.days)
        before = self._cpu()
        with clock.watching():
            spent = bench.timed(lambda: release.release_day(self._releaser, day, stored.KEY))
        self.days += 1
        return spent, self._cpu() - before


@dataclass(frozen=True, slots=True, order=True)
class Spent:
    """Seconds of one release, those of a processor, and seconds by part."""

    seconds: float
    cpu: float
    parts: dict[str, float] = field(compare=False)


def measure(history: History, profile: cProfile.Profile | None = None) -> dict[str, Spent]:
    """Release a block of four weeks; give the median of each kind of day."""
    start, spent = history.days, defaultdict[str, list[Spent]](list)
    for day, kind in TIMED.items():
        history.grow(start + day)
        history.put()
        clock = Clock()
        with profile if profile is not None and day == max(TIMED) else nullcontext():
            seconds, cpu = history.release(clock)
        spent[kind].append(Spent(seconds, cpu, dict(clock.seconds)))
    return {kind: sorted(each)[len(each) // 2] for kind, each in spent.items()}


def results(runs: int = RUNS, seed: int = SEED, profile: cProfile.Profile | None = None) -> list[Check]:
    """Give every figure beside its bar; `runs` are weeks of history."""
    sizes = sorted({max(weeks // 4 * 4, 4) for weeks in (runs // 4, runs // 2, runs)})
    market = worlds.Market(worlds.nation(ADVERTISERS), 7 * sizes[-1] + 28, seed)
    found, cost = [], defaultdict[str, list[float]](list)
    with (
        stored.database() as server,
        db.connect(server.dsn("owner")) as owner,
        db.connect(server.dsn("releaser")) as conn,
    ):
        history = History(owner, conn, market)
        for weeks in sizes:
            history.grow(7 * weeks)
            history.settle()
            for kind, spent in measure(history, profile if weeks == sizes[-1] else None).items():
                cost[kind].append(spent.cpu)
                name = f"{kind}, {weeks} weeks"
                found.append(Check(NAME, name, "seconds", spent.seconds, LONGEST, "at_most"))
                found.append(Check(NAME, name, "seconds of a processor", spent.cpu))
                found += [Check(NAME, name, f"of which {part}", spent.parts.get(part, 0.0)) for part in PARTS]
    # By processor: on a busy machine the clock tells of others.
    found += [
        Check(NAME, f"{kind}, over history", "exponent", bench.exponent(sizes, each), GROWTH, "at_most")
        for kind, each in cost.items()
        if len(each) > 1 and runs >= RUNS
    ]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    profile = cProfile.Profile() if asked.profile else None
    is_good = print_checks(results(asked.runs, asked.seed, profile))
    if profile is not None:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(40)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
