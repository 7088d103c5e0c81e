"""What the turn of an epoch costs at national volume: opening (four weeks are carried over), the first day, and closing.

    .venv/bin/python -P benchmarks/keeping/turn.py [--live 25000]

An epoch of 91 days is written at once, with the true identities. Then the first day of the next is opened, loaded, linked
and counted like any other, and a week later the old key and the bridge are destroyed. Ends with 1 where sightings were
lost or doubled, or a listing was not known again.
"""

import argparse
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import bench  # noqa: E402
import history  # noqa: E402
import national  # noqa: E402
from scale import count  # noqa: E402

from warehouse import db, epochs, identities, loading  # noqa: E402
from warehouse.calendar import BRIDGE_DAYS, EPOCH_DAYS, Epochs  # noqa: E402
from warehouse.keys import FileKeys  # noqa: E402

SIGHTINGS = "SELECT count(*), count(DISTINCT (day_date, listing_id)) FROM core.sighting"

LINKED = """
INSERT INTO core.linked_day (epoch_code, day_date, load_count)
SELECT 'E0000', r.day_date, sum(count(*)) OVER (ORDER BY r.day_date)
FROM core.receipt AS r WHERE r.kind_code = 'load' GROUP BY r.day_date
"""


def first_day(market: national.Market) -> list[tuple[national.Crawl, dict[bytes, bytes]]]:
    """Give the crawls of an epoch's first day, a seventh of the pages read, with what each listing was the day before."""
    ad, _, _ = market.seen(EPOCH_DAYS)
    found = []
    for source, crawl in enumerate(market.crawls(EPOCH_DAYS)):
        mine = ad[market.source[ad] == source]
        former = dict(
            zip(market.listing_keys(mine, EPOCH_DAYS), market.listing_keys(mine, EPOCH_DAYS - 1), strict=True)
        )
        before = {row.listing_key: row.contact_keys for row in market.facts(mine, EPOCH_DAYS - 1)}
        rows = [replace(row, former_contact_keys=before[former[row.listing_key]]) for row in crawl.rows[::7]]
        found.append((replace(crawl, rows=rows), former))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print costs beside their bars."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--live", type=int, default=25_000)
    live = parser.parse_args(arguments).live
    market = national.Market(live=live, days=EPOCH_DAYS + 2)
    start = national.day_of(EPOCH_DAYS)
    with bench.warehouse() as server, tempfile.TemporaryDirectory() as folder:
        keys = FileKeys.create(Path(folder) / "keys", epochs=["E0000", "E0001"])
        with db.connect(server.dsn("owner")) as owner:
            filled = history.fill(owner, market, EPOCH_DAYS)
            history.link_truly(owner, filled)
            owner.execute(LINKED)  # or opening would link the whole epoch first
        crawls = first_day(market)
        with db.connect(server.dsn("reader")) as conn, db.connect(server.dsn("estimator")) as estimator:
            opened = bench.timed(lambda: epochs.open_for(conn, keys, Epochs(), start))
            bridged = epochs.bridged(conn)

            def load() -> None:
                for crawl, former in crawls:
                    loading.load_day(
                        conn,
                        source=crawl.log.source,
                        day=start,
                        crawl_log=crawl.log,
                        rows=crawl.rows,
                        present=former,
                        epoch="E0001",
                        spool_digest=crawl.log.source.encode().ljust(32),
                    )

            loaded = bench.timed(load)
            linked = bench.timed(lambda: identities.link_day(conn, start, "E0001"))
            counted = bench.timed(lambda: count(estimator, EPOCH_DAYS, all_periods=True))
            closed = bench.timed(lambda: epochs.destroy(conn, keys, "E0000", start + timedelta(days=BRIDGE_DAYS)))
        with db.connect(server.dsn("owner")) as owner:
            kept, distinct = owner.execute(SIGHTINGS).fetchone()
            new = sum(len(former) for _, former in crawls)
            known = owner.execute(
                "SELECT count(*) FROM core.listing WHERE epoch_code = 'E0001' AND listing_key = ANY (%s)",
                [[key for _, former in crawls for key in former]],
            ).fetchone()[0]
    print(f"{live:,} live a day, {filled.sightings:,} sightings in the epoch, {bridged:,} listings bridged")
    for name, seconds in (("open", opened), ("load", loaded), ("link", linked), ("count", counted)):
        print(f"  {name:<8}{seconds:>8.2f} s")
    print(bench.bar("first day of an epoch", opened + loaded + linked + counted, 30, "s"))
    print(f"  close   {closed:>8.2f} s")
    if (kept, distinct, known) != (filled.sightings + new, filled.sightings + new, new):
        print("sightings were lost or doubled, or listings not known again")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
