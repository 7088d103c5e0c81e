"""What it costs to leave no trace: VACUUM every night, tables written anew every week, and a backup.

    .venv/bin/python -P benchmarks/keeping/erasing.py [--sightings 1000000]

Rows are made up: 25 sightings a listing and a version, contacts and sketches of random bytes, 1/26 of all of it deleted.
First it looks whether a pseudonym that was deleted is still in the files; where it is after writing anew, no time is
printed. There is no bar for it but that the night (05:15 to 06:00) is long enough: 45 minutes.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from warehouse import backups, db, erasure
from warehouse.server import Server

NIGHT_SECONDS = 45 * 60
PER_LISTING = 25
FILL = """
INSERT INTO core.source VALUES ('a', 'a');
INSERT INTO core.listing (source_code, epoch_code, listing_key)
SELECT 'a', 'E0003', sha256(int4send(n)) FROM generate_series(1, {listings}) AS n;
INSERT INTO core.listing_version
SELECT listing_id, date '2026-10-12' + listing_id % 26, '{{GM0153}}', '{{1}}', 'nl', 1, 'home', 1,
    ARRAY[sha256(listing_key)], sha256(listing_key || '\\x01'), (
        SELECT string_agg(sha256(listing_key || int4send(part)), '') FROM generate_series(1, {parts}) AS part
    ), '1'
FROM core.listing;
SELECT core.ensure_month('2026-10-12'), core.ensure_month('2026-11-12');
INSERT INTO core.sighting
SELECT date '2026-10-12' + day, listing_id FROM generate_series(0, {days}) AS day, core.listing ORDER BY 1, 2;
ANALYZE;
"""
DELETE = """
DELETE FROM core.sighting WHERE day_date = '2026-10-12';
DELETE FROM core.listing WHERE listing_id % 26 = 0;
"""


def main() -> None:
    """Fill, delete, and measure each step once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sightings", type=int, default=1_000_000)
    listings = parser.parse_args().sightings // PER_LISTING
    base = Path(tempfile.mkdtemp(prefix="admon-erasing-"))
    base.chmod(0o711)
    server = Server(base / "state")
    server.keep_log()
    try:
        with server, db.connect(server.dsn("owner")) as owner, db.connect(server.dsn("admin")) as admin:
            db.migrate(owner)
            db.script(owner, FILL.format(listings=listings, parts=4, days=PER_LISTING - 1))
            (size,) = admin.execute("SELECT pg_database_size(current_database())").fetchone()
            print(f"{listings:,} listings, {listings * PER_LISTING:,} sightings, {size / 1e6:,.0f} MB")
            (gone,) = admin.execute("SELECT sha256(int4send(26 * 1000))").fetchone()
            db.script(owner, DELETE)
            nightly, nightly_log = timed(admin, erasure.tidy)
            found = holding(server, gone)
            weekly, weekly_log = timed(admin, erasure.rewrite)
            if left := holding(server, gone):
                raise SystemExit(f"still there after writing anew: {left} files")
            print(f"bytes of a deleted pseudonym: in {found} files after VACUUM, in 0 after writing anew")
            print(f"every night: {nightly:.1f} s, {nightly_log / 1e6:,.0f} MB of log")
            print(f"every week:  {weekly:.1f} s, {weekly_log / 1e6:,.0f} MB of log")
            start = time.perf_counter()
            made = backups.make(server.state, base / "kept")
            took = time.perf_counter() - start
            print(f"a backup:    {took:.1f} s, {sum(p.stat().st_size for p in made.path.rglob('*')) / 1e6:,.0f} MB")
            said = "met" if nightly + weekly < NIGHT_SECONDS else "MISSED"
            print(f"bar: night and week together under {NIGHT_SECONDS} s: {said}")
    finally:
        server.destroy()
        shutil.rmtree(base)


def timed(admin: db.Connection, step: Callable[[db.Connection], None]) -> tuple[float, int]:
    """Give the seconds of a step and the bytes of log that it wrote."""
    (before,) = admin.execute("SELECT pg_current_wal_lsn()").fetchone()
    start = time.perf_counter()
    step(admin)
    took = time.perf_counter() - start
    (log,) = admin.execute("SELECT pg_current_wal_lsn() - %s::pg_lsn", [before]).fetchone()
    return took, int(log)


def holding(server: Server, key: bytes) -> int:
    """Count the files that hold these bytes."""
    os.sync()
    return sum(key in path.read_bytes() for path in server.data.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()
