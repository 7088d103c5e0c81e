"""The peer of a release: the same estimates with a threshold, dominance and rounding in polars, no error and no attack.

The table of benchmarks (docs/benchmarks.md) runs it beside `warehouse.release.release_day` on the same ordinary days of
a national market. It reads the estimates from PostgreSQL and writes its figures there too, so that the ratio tells
what complements, secondary withholding, error, attacks and the ledger cost. Speed is told only where both tell the same cells
and no figure of ours differs from the peer's by more than the error and the rounding can make of it.
"""

import random
import statistics
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / name) for name in ("protection", "statistics", "keeping", "table")]

import bench  # noqa: E402
import polars as pl  # noqa: E402
import speed  # noqa: E402
import stored  # noqa: E402
import worlds  # noqa: E402
from measured import Bar, Disagreement, Growth, Measured  # noqa: E402

from warehouse import calendar, db  # noqa: E402
from warehouse.protection.rules import VOLUME  # noqa: E402

CELL = ("period_code", "period_start_date", "area_code", "setting_code")
COLUMNS = {name: "date" if name.endswith("_date") else "text" for name in CELL} | {
    f"{name}_count": "int4" for name in ("advertiser", "lower", "upper")
}
MADE = "CREATE TABLE peer.volume AS SELECT vintage_date, {}, advertiser_count, lower_count, upper_count FROM release.volume LIMIT 0"
READ = "SELECT {}, identity_count, largest_share, point_count, lower_count, upper_count FROM est.volume WHERE vintage_date = %s"


def protect(conn: db.Connection, day: date) -> None:
    """Read the estimates of a vintage, withhold small and dominated cells, round the others, and write all."""
    names = (*CELL, "identity_count", "largest_share", "point", "lower", "upper")
    with db.transaction(conn):
        read = conn.execute(READ.format(", ".join(CELL)), (day,)).fetchall()
        least = pl.when(pl.col("period_code") == "day").then(VOLUME.day_threshold).otherwise(VOLUME.threshold)
        is_told = (pl.col("identity_count") >= least) & (pl.col("largest_share") <= VOLUME.dominance)
        rounded = [
            pl.when(is_told).then((pl.col(name) / VOLUME.rounding).round() * VOLUME.rounding).cast(pl.Int32)
            for name in ("point", "lower", "upper")
        ]
        figures = pl.DataFrame(read, schema=list(names), orient="row").select(*CELL, *rounded).sort(CELL)
        columns = {"vintage_date": "date", **COLUMNS}
        db.copy_in(conn, "peer.volume", columns, ((day, *row) for row in figures.iter_rows()))


def difference(conn: db.Connection, day: date) -> str:
    """Say where a released day and the peer's do not go together; empty where they do."""
    told = {}
    for schema in ("release", "peer"):
        query = f"SELECT {', '.join(CELL)}, advertiser_count FROM {schema}.volume WHERE vintage_date = %s"
        found = conn.execute(query, (day,)).fetchall()
        told[schema] = {row[:-1]: row[-1] for row in found}
    ours, peer = told["release"], told["peer"]
    if not peer.keys() <= ours.keys():
        return "cells of the peer are not released"
    printed = {cell: count for cell, count in ours.items() if count is not None}
    if not printed or any(peer.get(cell) is None for cell in printed):
        return "ours prints a cell that the peer withholds, or none at all"
    furthest = max(abs(count - peer[cell]) for cell, count in printed.items())
    if furthest > VOLUME.noise.bound + VOLUME.rounding:
        return f"a figure differs by {furthest}"
    return ""


def ordinary(history: speed.History) -> date:
    """Write the estimates of the next day that ends no week and give it; days before it are released without attacks."""
    while calendar.is_last_day_of_week(worlds.FIRST + timedelta(days=history.days)):
        history.grow(history.days + 1)
    history.put()
    return worlds.FIRST + timedelta(days=history.days)


def grow(history: speed.History, weeks: Sequence[int], turns: int) -> Growth:
    """Measure ordinary days after so many weeks of history, seconds of a processor: on a busy machine the clock tells of others."""
    seconds = []
    for each in weeks:
        history.grow(7 * each)
        history.settle()
        spent = []
        for _ in range(turns):
            ordinary(history)
            spent.append(history.release(speed.Clock())[1])
        seconds.append(statistics.median(spent))
    return Growth("weeks of history", tuple(weeks), tuple(seconds))


def race(history: speed.History, conn: db.Connection, rounds: int) -> tuple[list[float], list[float]]:
    """Let both release the same ordinary days, in an order drawn anew for each; give the seconds of both."""
    ours: list[float] = []
    peer: list[float] = []
    order = random.Random(1)
    for _ in range(rounds):
        day = ordinary(history)
        steps = [
            lambda: ours.append(history.release(speed.Clock())[0]),
            lambda day=day: peer.append(bench.timed(lambda: protect(conn, day))),
        ]
        for step in order.sample(steps, len(steps)):
            step()
        if found := difference(conn, day):
            raise Disagreement(found)
    return ours, peer


def measure(rounds: int, size: int, sizes: Sequence[int]) -> Measured:
    """Grow over weeks of history of a market of `size` advertisers; then race on the days after them."""
    turns = max(rounds // 2, 1)
    market = worlds.Market(worlds.nation(size), 7 * max(sizes) + 2 * (rounds + turns) + 14, speed.SEED)
    with (
        stored.database() as server,
        db.connect(server.dsn("owner")) as owner,
        db.connect(server.dsn("releaser")) as conn,
    ):
        db.script(owner, f"CREATE SCHEMA peer; {MADE.format(', '.join(CELL))};")
        db.script(owner, "GRANT USAGE ON SCHEMA peer TO releaser; GRANT SELECT, INSERT ON peer.volume TO releaser")
        history = speed.History(owner, conn, market)
        history.grow(1)
        peak = bench.peak_mb([0, bench.backend(conn)])
        growth = grow(history, sizes, turns)
        megabytes = peak()
        protect(conn, worlds.FIRST)  # a warm-up
        ours, peer = race(history, conn, rounds)
        cells = len(market.estimates(history.days - 1).volumes)
    bars = [Bar("seconds a day", statistics.median(ours), speed.LONGEST)]
    if max(sizes) >= speed.RUNS:  # a short history still grows into all that a day is held against
        bars.append(Bar("exponent", growth.exponent, speed.GROWTH))
    return Measured(
        "cells", cells, "threshold and rounding in polars", ("polars", "psycopg"), tuple(ours), tuple(peer), growth,
        megabytes, tuple(bars),
    )  # fmt: skip
