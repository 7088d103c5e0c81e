"""What a national day costs, against the sightings that are there already; a full recompute; bytes a sighting; memory.

    .venv/bin/python -P benchmarks/keeping/scale.py [--cases 25000:0.1 25000:1 25000:10 100000:1] [--whole]

Each case is advertisements a day and millions of sightings of history. The history is written at once; the days of the
last key epoch are then linked and counted one by one as a recompute does, with `--whole` those of all epochs (else the
earlier ones get the true identities). After that come days like any other: all sources loaded, linked, counted. Counting
is what an estimate reads and counts: day, week and block; the fits of the models are told apart. Ends with 1 where the
counts do not add up to what was loaded.
"""

import argparse
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import bench  # noqa: E402
import history  # noqa: E402
import national  # noqa: E402

from warehouse import calendar, db, estimation, identities  # noqa: E402
from warehouse.estimates import counting, vintage  # noqa: E402
from warehouse.estimates.view import View  # noqa: E402
from warehouse.server import Server  # noqa: E402

YEAR = 395  # days, 13 months
STEPS = ("load", "link", "count")
FULL_SIZE = 9_000_000  # sightings: below, a few days of listings carry all the bytes of what stays a quarter
STORED = """
SELECT regexp_replace(c.relname, '_[0-9]{4}_[0-9]{2}$', '') AS name,
    sum(pg_table_size(c.oid))::float8 AS rows, sum(pg_indexes_size(c.oid))::float8 AS indexes
FROM pg_class AS c
WHERE c.relnamespace = 'core'::regnamespace AND c.relkind = 'r'
GROUP BY 1 ORDER BY sum(pg_total_relation_size(c.oid)) DESC
"""


@dataclass
class Spent:
    """Seconds of each step, a list of days each, and the peak memory in MB of the step and its server process."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    megabytes: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def run(self, step: str, conn: db.Connection, work: Callable[[], object]) -> None:
        """Run a step of one day."""
        peak = bench.peak_mb([0, bench.backend(conn)])
        self.seconds[step].append(bench.timed(work))
        self.megabytes[step] = max(self.megabytes[step], peak())


def count(conn: db.Connection, day: int, *, all_periods: bool) -> View:
    """Read and count what an estimate of the day needs: its day, and on the last day of a week or block, or if asked, those.

    Raises:
        AssertionError: who was seen in the week adds up to another number than the sightings say.
    """
    on = national.day_of(day)
    view = estimation.look(conn, on, 1)
    assert view is not None
    frame, window = view.frame, view.frame.seen.shape[1]
    counting.likely_cells(frame, view.presence.chance[:, -1], window - 1, view.places)
    for span, is_due in ((7, calendar.is_last_day_of_week(on)), (28, calendar.is_last_day_of_block(on))):
        if is_due or all_periods:
            seen = frame.seen[:, -span:]
            cells = counting.cells(frame, seen, max(window - span, 0), view.places)
            whole = cells.counts[view.places.codes.index("NL"), 0].sum()
            assert whole == len({*frame.identity[seen.any(axis=1)].tolist()}), "the counts do not add up"
    return view


class Case:
    """A warehouse with history, on which days go on."""

    def __init__(self, server: Server, live: int, millions: float, days: int) -> None:
        self.server = server
        self.history = max(round(millions * 1e6 / live), 1)
        self.market = national.Market(live=live, days=self.history + days)
        with db.connect(server.dsn("owner")) as owner:
            self.filled = history.fill(owner, self.market, self.history)

    def link(self, conn: db.Connection, day: int) -> None:
        """Link a day."""
        identities.link_day(conn, national.day_of(day), calendar.epoch_code(national.day_of(day)))

    def recompute(self, *, whole: bool) -> Spent:
        """Link and count day by day: all days, or those of the last epoch after the others got the true identities."""
        spent = Spent()
        last = (self.history - 1) // calendar.EPOCH_DAYS * calendar.EPOCH_DAYS
        if not whole:
            with db.connect(self.server.dsn("owner")) as owner:
                history.link_truly(owner, self.filled, last // calendar.EPOCH_DAYS)
        with db.connect(self.server.dsn("reader")) as conn, db.connect(self.server.dsn("estimator")) as estimator:
            for day in range(0 if whole else last, self.history):
                spent.run("link", conn, lambda day=day: self.link(conn, day))
                spent.run("count", estimator, lambda day=day: count(estimator, day, all_periods=False))
        return spent

    def go_on(self, days: int) -> Spent:
        """Load, link and count the days after the history, and fit the models of the last."""
        spent, view = Spent(), None
        with db.connect(self.server.dsn("reader")) as conn, db.connect(self.server.dsn("estimator")) as estimator:
            for day in range(self.history, self.history + days):
                crawls = self.market.crawls(day)
                spent.run("load", conn, lambda crawls=crawls: [each.load(conn) for each in crawls])
                spent.run("link", conn, lambda day=day: self.link(conn, day))
                spent.run("count", estimator, lambda day=day: count(estimator, day, all_periods=True))
                seen = sum(len(each.present) for each in crawls)
                view = count(estimator, day, all_periods=False)
                assert int(view.frame.seen[:, -1].sum()) == seen, "other sightings than were loaded"
            spent.run("fit", estimator, lambda: vintage.estimate(view))
        return spent

    def stored(self) -> list[tuple[str, float, float]]:
        """Give each table of `core` with the bytes of its rows and of its indexes, the largest first."""
        with db.connect(self.server.dsn("owner")) as owner:
            db.script(owner, "VACUUM (ANALYZE)")
            return owner.execute(STORED).fetchall()


def tell_storage(sizes: Iterable[tuple[str, float, float]], sightings: int, *, whole: bool) -> None:
    """Print bytes a sighting."""
    print(f"\n{'bytes a sighting':<30}{'rows':>10}{'indexes':>10}")
    total = 0.0
    for name, rows, indexes in sizes:
        total += rows + indexes
        if rows + indexes > sightings / 100:
            print(f"  core.{name:<23}{rows / sightings:>10.2f}{indexes / sightings:>10.2f}")
    if sightings >= FULL_SIZE:
        print(bench.bar("all of core, with indexes", total / sightings, 120, "bytes"))
    else:
        print(f"all of core, with indexes: {total / sightings:.1f} (the bar is of ten million sightings)")
    if not whole:
        print("  (of earlier epochs without their ties: --whole links those too)")


def tell_recompute(spent: Spent, days: int) -> None:
    """Print what a recompute took, and what 13 months would at that rate."""
    each = {step: sum(spent.seconds[step]) for step in ("link", "count")}
    told = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in each.items())
    print(
        f"\nrecompute of {days} days, one by one: {told}; the longest day {max(map(sum, zip(*spent.seconds.values(), strict=True))):.2f} s"
    )
    print(bench.bar(f"13 months ({YEAR} days) at that rate", sum(each.values()) / days * YEAR, 600, "s"))


def main(arguments: list[str] | None = None) -> int:
    """Print costs beside their bars."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", nargs="+", default=["25000:0.1", "25000:1", "100000:1", "25000:10"])
    parser.add_argument(
        "--days", type=int, default=3, help="days that are loaded, linked and counted; medians are told"
    )
    parser.add_argument(
        "--whole", action="store_true", help="recompute all days one by one, not those of the last epoch"
    )
    asked = parser.parse_args(arguments)
    costs: dict[str, list[tuple[float, dict[str, float]]]] = defaultdict(list)
    print(
        f"{'live a day':>10}{'sightings there':>17}" + "".join(f"{step + ' s':>9}" for step in (*STEPS, "sum", "fit"))
    )
    for each in asked.cases:
        live, millions = each.split(":")
        with bench.warehouse() as server:
            case = Case(server, int(live), float(millions), asked.days)
            try:
                again = case.recompute(whole=asked.whole)
                spent = case.go_on(asked.days)
            except AssertionError as wrong:
                print(f"{each}: {wrong}")
                return 1
            sizes = case.stored()
        middle = {step: statistics.median(seconds) for step, seconds in spent.seconds.items()}
        day = sum(middle[step] for step in STEPS)
        figures = "".join(f"{value:>9.2f}" for value in (*(middle[step] for step in STEPS), day, middle["fit"]))
        print(f"{int(live):>10,}{case.filled.sightings:>17,}{figures}", flush=True)
        costs[live].append((case.filled.sightings, middle | {"sum": day}))
    print(
        "\npeak MB (with its server process): " + ", ".join(f"{step} {mb:.0f}" for step, mb in spent.megabytes.items())
    )
    for live, of in costs.items():
        if len(of) > 1:
            fits = {s: bench.exponent([n for n, _ in of], [cost[s] for _, cost in of]) for s in (*STEPS, "sum")}
            told = ", ".join(f"{step} {value:+.2f}" for step, value in fits.items())
            print(f"cost = a * history ** b at {int(live):,} a day, b: {told}")
    print(bench.bar(f"a day at {case.filled.sightings:,} sightings, without fits", day, 30, "s"))
    tell_recompute(again, len(again.seconds["link"]))
    tell_storage(sizes, case.filled.sightings + asked.days * int(live), whole=asked.whole)
    return 0


if __name__ == "__main__":
    sys.exit(main())
