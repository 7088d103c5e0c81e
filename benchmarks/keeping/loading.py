"""The idempotent loader against executemany with ON CONFLICT DO NOTHING, on the same sightings in the same run.

    .venv/bin/python -P benchmarks/keeping/loading.py [--millions 1] [--rounds 9] [--live 100000]

Ours: `warehouse.loading.load_day`, from pseudonyms to sightings, one transaction with its receipt for each source.
Peers, into an equal table with the same history, one transaction for each source too: executemany (pipelined) of the
pseudonyms with the same look-up of the listing, and executemany of listing numbers that somebody else has looked up.
First all must agree, and loading again must change nothing; ends with 1 where they do not.
"""

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent), str(Path(__file__).parents[1] / "table")]

import bench  # noqa: E402
import history  # noqa: E402
import national  # noqa: E402
from measured import Bar, Disagreement, Measured, grown  # noqa: E402

from warehouse import db  # noqa: E402

BY_KEY = """
INSERT INTO peer.by_key (day_date, listing_id)
SELECT %s, listing_id FROM core.listing WHERE epoch_code = %s AND source_code = %s AND listing_key = %s
ON CONFLICT DO NOTHING
"""
BY_NUMBER = "INSERT INTO peer.by_number (day_date, listing_id) VALUES (%s, %s) ON CONFLICT DO NOTHING"
LEAST_RATE, LEAST_RATIO = 100_000, 2.5  # sightings a second; against executemany
HISTORY = 1_000_000  # sightings that are there when the table measures
LOADED = "SELECT listing_id, listing_key FROM core.listing WHERE epoch_code = %s AND source_code = %s"


def make_peer(conn: db.Connection, table: str) -> None:
    """Make an equal table: same columns, key, partitions and rows as core.sighting."""
    conn.execute("CREATE SCHEMA IF NOT EXISTS peer")
    conn.execute(
        f"CREATE TABLE peer.{table} (day_date date NOT NULL, listing_id integer NOT NULL, "
        "PRIMARY KEY (day_date, listing_id)) PARTITION BY RANGE (day_date)"
    )
    months = "SELECT relname, pg_get_expr(relpartbound, oid) FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE 'sighting%'"
    for name, bound in conn.execute(months).fetchall():
        conn.execute(f"CREATE TABLE peer.{table}_{name[-7:]} PARTITION OF peer.{table} {bound}")
    conn.execute(f"INSERT INTO peer.{table} SELECT * FROM core.sighting ORDER BY day_date, listing_id")
    conn.execute(f"GRANT USAGE ON SCHEMA peer TO reader; GRANT SELECT, INSERT ON peer.{table} TO reader")


class Race:
    """Three loaders and the days that they load: the listings of one day, said to be present on later days."""

    def __init__(self, conn: db.Connection, crawls: list[national.Crawl]) -> None:
        self.conn = conn
        self.crawls = [replace(each, rows=[]) for each in crawls]
        self.number: list[dict[bytes, int]] = []
        for each in crawls:
            found = conn.execute(LOADED, (each.epoch, each.log.source)).fetchall()
            self.number.append({bytes(key): listing for listing, key in found})

    def loaders(self) -> dict[str, Callable[[int], None]]:
        """Give each loader by its name; it takes the day."""
        return {"ours": self.ours, "by_key": self.by_key, "by_number": self.by_number}

    def ours(self, day: int) -> None:
        for each in self.crawls:
            replace(each, log=replace(each.log, day=national.day_of(day))).load(self.conn)

    def by_key(self, day: int) -> None:
        for each in self.crawls:
            with db.transaction(self.conn), self.conn.cursor() as cursor:
                where = (national.day_of(day), each.epoch, each.log.source)
                cursor.executemany(BY_KEY, [(*where, key) for key in each.present])

    def by_number(self, day: int) -> None:
        for each, number in zip(self.crawls, self.number, strict=True):
            with db.transaction(self.conn), self.conn.cursor() as cursor:
                on = national.day_of(day)
                cursor.executemany(BY_NUMBER, [(on, number[key]) for key in each.present])


def sightings(conn: db.Connection, table: str) -> tuple[object, ...] | None:
    """Sum up a table of sightings: rows and a digest of all of them, whatever their order."""
    return conn.execute(
        f"SELECT count(*), sum(('x' || md5(day_date::text || ' ' || listing_id))::bit(64)::bigint::numeric) FROM {table}"
    ).fetchone()


def run(race: Race, days: range) -> dict[str, list[float]]:
    """Let all load each of the days, in an order drawn anew for each; give the seconds."""
    loaders = race.loaders()
    spent: dict[str, list[float]] = {name: [] for name in loaders}
    order = random.Random(1)
    for day in days:
        for name in order.sample(sorted(loaders), len(loaders)):
            spent[name].append(bench.timed(lambda name=name, day=day: loaders[name](day)))
    return spent


def agree(race: Race, owner: db.Connection, day: int) -> bool:
    """Tell whether all tables hold the same, and still do after one day is loaded again; ours without its receipts."""
    tables = ("core.sighting", "peer.by_key", "peer.by_number")
    before = [sightings(owner, table) for table in tables]
    owner.execute("TRUNCATE core.receipt")
    owner.execute("DELETE FROM core.crawl WHERE day_date = %s", (national.day_of(day),))
    for load in race.loaders().values():
        load(day)
        load(day)
    after = [sightings(owner, table) for table in tables]
    return len({*before, *after}) == 1


def part(crawls: list[national.Crawl], size: int) -> list[national.Crawl]:
    """Cut crawls down to about `size` sightings in sum, each to the same share."""
    share = size / sum(len(each.present) for each in crawls)
    return [replace(each, present=each.present[: max(round(share * len(each.present)), 1)]) for each in crawls]


@contextmanager
def filled(
    live: int, days: int, rounds: int
) -> Iterator[tuple[db.Connection, db.Connection, list[national.Crawl], int]]:
    """Give owner, reader, the crawls of the last day and the sightings there; equal peer tables, months for the rounds."""
    market = national.Market(live=live, days=days)
    with bench.warehouse() as server, db.connect(server.dsn("owner")) as owner:
        found = history.fill(owner, market, days)
        for each in range(days, days + rounds):
            owner.execute("SELECT core.ensure_month(%s)", (national.day_of(each),))
        for table in ("by_key", "by_number"):
            make_peer(owner, table)
        db.vacuum(owner, "core.sighting", "peer.by_key", "peer.by_number")
        with db.connect(server.dsn("reader")) as conn:
            yield owner, conn, market.crawls(days - 1), found.sightings


def measure(rounds: int, size: int, sizes: Sequence[int]) -> Measured:
    """Race with `size` sightings a round onto a history of a million, or of a week where the sizes are small."""
    live = max(*sizes, size)
    first = min(max(HISTORY // live, 7), 90)
    turns = max(rounds // 2, 1)
    with filled(live, first, rounds + turns * len(sizes)) as (owner, conn, crawls, _):
        race = Race(conn, part(crawls, size))
        spent = run(race, range(first, first + rounds))
        if not agree(race, owner, first):
            raise Disagreement("the tables differ, or loading again changed them")
        days = iter(range(first + rounds, first + rounds + turns * len(sizes)))
        races = {each: Race(conn, part(crawls, each)) for each in sizes}
        peak = bench.peak_mb([0, bench.backend(conn)])
        growth = grown("sightings", sizes, rounds, lambda n: bench.timed(lambda: races[n].ours(next(days))))
        megabytes = peak()
    row = Measured(
        "sightings", sum(len(each.present) for each in race.crawls), "executemany ON CONFLICT", ("psycopg",),
        tuple(spent["ours"]), tuple(spent["by_key"]), growth, megabytes,
    )  # fmt: skip
    bars = (
        Bar("sightings/s", row.throughput, LEAST_RATE, at_least=True),
        Bar("ratio", row.ratio[0], LEAST_RATIO, at_least=True),
    )
    return replace(row, bars=bars)


def main(arguments: list[str] | None = None) -> int:
    """Print the race."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--millions", type=float, default=1.0, help="sightings that are there already")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--live", type=int, default=25_000, help="advertisements a day")
    asked = parser.parse_args(arguments)
    days = max(round(asked.millions * 1e6 / asked.live), 1)
    with filled(asked.live, days, asked.rounds) as (owner, conn, crawls, sightings_there):
        race = Race(conn, crawls)
        peak = bench.peak_mb([0, bench.backend(conn)])
        spent = run(race, range(days, days + asked.rounds))
        megabytes = peak()
        if not agree(race, owner, days):
            print("loading: the tables differ, or loading again changed them; no speed is told")
            return 1
    count = sum(len(each.present) for each in race.crawls)
    print(
        f"{sightings_there:,} sightings there; {count:,} of 4 sources a round, {asked.rounds} rounds; same rows; again: no change"
    )
    rate = {name: count / statistics.median(seconds) for name, seconds in spent.items()}
    print(bench.bar("ours, from pseudonyms", rate["ours"], LEAST_RATE, "sightings/s", least=True))
    print(f"{'executemany, from pseudonyms':<46} {rate['by_key']:>10,.0f} sightings/s")
    print(f"{'executemany, numbers looked up beforehand':<46} {rate['by_number']:>10,.0f} sightings/s")
    print(bench.ratio("executemany from pseudonyms / ours", spent["ours"], spent["by_key"], LEAST_RATIO))
    print(bench.ratio("executemany of numbers / ours", spent["ours"], spent["by_number"], LEAST_RATIO))
    print(f"peak memory, loader and its server process: {megabytes:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
