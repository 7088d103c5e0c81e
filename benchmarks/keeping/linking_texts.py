"""Finding the near-identical texts of a day: all sketches of the epoch looked through, or an index of bands asked.

    python -P benchmarks/keeping/linking_texts.py [--sizes 25000,100000,400000] [--new 1500]

Both ways give the same candidates: texts that are equal in one of sixteen bands of four places. The index is PostgreSQL's
own for elements of arrays (GIN) over the sketch as sixteen numbers of eight bytes, asked once for each band of each new
text. Told are the time of a day's search and the room that the index takes. A national epoch holds 75,000 to 130,000 texts.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import bench  # noqa: E402
import numpy as np  # noqa: E402

from warehouse import db  # noqa: E402
from warehouse.ties import near_pairs  # noqa: E402

TEXT = np.dtype([("listing", ">i4"), ("sketch", "<u2", (64,))])
ASK = """
SELECT DISTINCT n.listing_id, t.listing_id
FROM scratch.text AS n
CROSS JOIN LATERAL unnest(n.bands) AS b (band)
CROSS JOIN LATERAL (SELECT t.listing_id FROM scratch.text AS t WHERE t.bands @> ARRAY[b.band] OFFSET 0) AS t
WHERE n.listing_id >= %s AND t.listing_id <> n.listing_id
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="25000,100000,400000")
    parser.add_argument("--new", type=int, default=1_500)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    rng = np.random.default_rng(7)
    for size in map(int, asked.sizes.split(",")):
        sketches = rng.integers(0, 2**16, (size, 64), dtype=np.uint16)
        copies = np.arange(size // 2, size, 3)
        changed = rng.random((len(copies), 64)) < 0.1
        sketches[copies] = np.where(changed, sketches[copies], sketches[rng.integers(0, size // 2, len(copies))])
        with bench.warehouse() as server, db.connect(server.dsn("owner")) as conn:
            db.script(conn, "CREATE SCHEMA scratch")
            db.script(conn, "CREATE TABLE scratch.text (listing_id int PRIMARY KEY, sketch bytea, bands bigint[])")
            rows = ((n, row.tobytes(), row.view("<i8").tolist()) for n, row in enumerate(sketches.astype("<u2")))
            db.copy_in(conn, "scratch.text", {"listing_id": "int4", "sketch": "bytea", "bands": "int8[]"}, rows)
            db.script(conn, "CREATE INDEX bands ON scratch.text USING gin (bands); ANALYZE scratch.text")
            ((room,),) = conn.execute("SELECT pg_relation_size('scratch.bands')").fetchall()
            first = size - asked.new
            read, index = [], []
            for _ in range(asked.rounds):
                began = time.perf_counter()
                cursor = conn.cursor(binary=True)
                found = cursor.execute("SELECT string_agg(int4send(listing_id) || sketch, '') FROM scratch.text")
                texts = np.frombuffer(found.fetchone()[0], TEXT)
                texts = texts[np.argsort(texts["listing"])]
                pairs = near_pairs(texts["sketch"], texts["listing"] >= first)
                read.append(time.perf_counter() - began)
                began = time.perf_counter()
                candidates = conn.execute(ASK, [first]).fetchall()
                index.append(time.perf_counter() - began)
            met = {(min(pair), max(pair)) for pair in candidates}
            assert set(zip(*(each.tolist() for each in pairs), strict=True)) <= met
        print(
            f"{size:>8,} texts, {asked.new:,} new: all looked through {statistics.median(read):.3f} s, index asked "
            f"{statistics.median(index):.3f} s; the index takes {room / size:.0f} bytes a text"
        )


if __name__ == "__main__":
    main()
