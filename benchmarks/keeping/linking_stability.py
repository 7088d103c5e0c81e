"""How many identities stay what they were: over a rerun, and from day to day over eight weeks of a synthetic market.

    python -P benchmarks/keeping/linking_stability.py [--seed 301] [--days 56]

A listing keeps its identity when its record number on a day is that of the day before; new listings have none to keep.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import bench  # noqa: E402
import markets  # noqa: E402

from warehouse import db  # noqa: E402
from warehouse.identities import link_day  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=301)
    parser.add_argument("--days", type=int, default=56)
    asked = parser.parse_args()
    made = markets.market(asked.seed, days=asked.days, generic=0.02)
    before: dict[markets.Handle, int] = {}
    stayed, reran = [], []
    with bench.warehouse() as server, db.connect(server.dsn("owner")) as conn:
        for day in made.keep(conn):
            now = markets.identities(conn, made, day)
            if before:
                same = sum(now[handle] == number for handle, number in before.items())
                stayed.append(same / len(before))
            link_day(conn, day, made.epoch)
            again = markets.identities(conn, made, day)
            reran.append(sum(again[handle] == number for handle, number in now.items()) / len(now))
            before = now
        changes = conn.execute(
            "SELECT kind_code, count(*), sum(listing_count) FROM core.identity_change GROUP BY 1 ORDER BY 1"
        ).fetchall()
    print(f"Synthetic market {asked.seed}, {asked.days} days, {len(before):,} listings in the end")
    print("  " + bench.bar("ids unchanged over a day, worst day", 100 * min(stayed), 99, "%", least=True))
    print(f"  {'mean over days':<46} {100 * sum(stayed) / len(stayed):>10,.2f} %")
    print("  " + bench.bar("ids unchanged over a rerun, worst day", 100 * min(reran), 99, "%", least=True))
    for kind, count, listings in changes:
        print(f"  {kind}s logged: {count}, of {listings} listings")


if __name__ == "__main__":
    main()
