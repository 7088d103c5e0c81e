"""The migration runner: once, in order, whole or not at all, by one at a time; and rows that were there before stay."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from warehouse import db
from warehouse.errors import DatabaseFailed, MigrationChanged, MigrationMissing, ServerUnavailable

OURS = Path(db.__file__).parent / "migrations"
PREVIOUS = "0031"  # the last one of the version before this one
SHAPE = """
SELECT 'column ' || format('%s.%s.%s %s %s %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE n.nspname IN ('core', 'est', 'release', 'public') AND a.attnum > 0 AND NOT a.attisdropped AND NOT c.relispartition
    AND c.relkind IN ('r', 'p', 'v', 'i', 'S') AND c.relname !~ '_[0-9]{4}_[0-9]{2}(_|$)'
UNION ALL
SELECT 'rights ' || format('%s.%s %s', n.nspname, c.relname, c.relacl::text)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('core', 'est', 'release', 'public') AND NOT c.relispartition AND c.relname !~ '_[0-9]{4}_[0-9]{2}(_|$)'
UNION ALL
SELECT 'constraint ' || format('%s %s', conrelid::regclass, pg_get_constraintdef(c.oid)) FROM pg_constraint AS c
JOIN pg_namespace AS n ON n.oid = c.connamespace WHERE n.nspname IN ('core', 'est', 'release')
    AND conrelid::regclass::text !~ '_[0-9]{4}_[0-9]{2}$'
UNION ALL
SELECT 'function ' || pg_get_functiondef(p.oid) || p.proacl::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
WHERE n.nspname IN ('core', 'est', 'release')
UNION ALL
SELECT 'policy ' || format('%s %s %s %s', polrelid::regclass, polname, polroles::text, pg_get_expr(polqual, polrelid)) FROM pg_policy
ORDER BY 1
"""
ROWS = f"""
INSERT INTO core.source VALUES ('a', 'g');
INSERT INTO core.crawl VALUES ('a', '2026-10-12', 'ok', '', 1, 1, 2, 2, 0, 1, 'v');
INSERT INTO core.crawl_field VALUES ('a', '2026-10-12', 'title', 2, 0, 10, 1);
INSERT INTO core.listing (source_code, epoch_code, listing_key) VALUES
    ('a', 'E0003', decode(repeat('01', 32), 'hex')), ('a', 'E0003', decode(repeat('02', 32), 'hex'));
SELECT core.ensure_month('2026-10-12');
INSERT INTO core.sighting SELECT '2026-10-12', listing_id FROM core.listing;
INSERT INTO core.listing_version SELECT listing_id, '2026-10-12', '{{GM0153}}', '{{0.9}}', 'nl', 0.9, 'home', 0.8,
    ARRAY[decode(repeat('03', 32), 'hex')], decode(repeat('04', 32), 'hex'), decode(repeat('05', 256), 'hex'), 'p'
    FROM core.listing;
INSERT INTO core.identity (epoch_code, record_number) VALUES ('E0003', 77);
INSERT INTO core.identity_member SELECT listing_id, '2026-10-12', identity_id FROM core.listing, core.identity;
INSERT INTO core.text_tie SELECT min(listing_id), max(listing_id), '2026-10-12' FROM core.listing;
INSERT INTO core.shared_contact VALUES ('E0003', decode(repeat('06', 32), 'hex'), '2026-10-12');
INSERT INTO core.linked_day VALUES ('E0003', '2026-10-12');
INSERT INTO core.exclusion VALUES ('E0003', decode(repeat('07', 32), 'hex'));
INSERT INTO core.receipt VALUES ('load', 'a/2026-10-12', decode(repeat('08', 32), 'hex'), '2026-10-12', 2);
INSERT INTO est.pipeline_count VALUES ('2026-10-18', '2026-10-12', 'GM0153', 2, 2, 1);
INSERT INTO release.area VALUES ('NL', 'Nederland', 'country', NULL, 1, NULL, NULL);
INSERT INTO release.volume VALUES ('day', '2026-10-12', 'NL', 'all', 1, '2026-10-12', 'published', '', 15, 10, 10, 20, 0.5, 2, 0.9, '{{}}');
INSERT INTO release.edition VALUES ('2026-10-12', 1, 'daily', 'r', 'e', 'i', 'f', '{"0" * 64}', '{"1" * 64}', '{{}}', '{{}}');
"""
# What the migrations since then may not touch: facts, objections, receipts and released figures, by their old columns.
KEPT = {
    "core.source": "source_code, source_group_code",
    "core.crawl": "source_code, day_date, state_code, completeness_share",
    "core.listing": "source_code, epoch_code, listing_key",
    "core.sighting": "day_date",
    "core.listing_version": "read_date, area_codes, area_probabilities, language_code, setting_code, contact_keys",
    "core.identity": "epoch_code, record_number",
    "core.exclusion": "epoch_code, contact_key",
    "core.receipt": "kind_code, subject, digest, day_date, row_count",
    "release.area": "area_code, area_name",
    "release.volume": "period_code, area_code, advertiser_count, status_code",
    "release.edition": "vintage_date, kind_code, previous_digest, entry_digest",
}


@pytest.fixture
def empty(server) -> Iterator[str]:
    """Connection string of the owner to a database in which nothing has run."""
    with db.connect(server.dsn("admin", "postgres")) as admin:
        db.script(admin, "CREATE DATABASE test_empty OWNER owner")
        try:
            yield server.dsn("owner", "test_empty")
        finally:
            db.script(admin, "DROP DATABASE test_empty WITH (FORCE)")


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(shutil.copytree(OURS, tmp_path / "migrations"))


def all_names() -> list[str]:
    return sorted(path.stem for path in OURS.glob("*.sql"))


def texts(conn: db.Connection, query: str) -> list[str]:
    return [text for (text,) in conn.execute(query.encode()).fetchall()]


def content(conn: db.Connection) -> dict[str, list[str]]:
    return {table: texts(conn, f"SELECT ({columns})::text FROM {table} ORDER BY 1") for table, columns in KEPT.items()}


def test_from_empty_they_run_once_in_order(empty):
    with db.connect(empty) as conn:
        assert db.migrate(conn) == all_names()
        shape = texts(conn, SHAPE)
        assert db.migrate(conn) == []
        assert texts(conn, SHAPE) == shape
        assert texts(conn, "SELECT name FROM public.migration ORDER BY name") == all_names()


def test_from_the_version_before_with_rows(empty, folder, database):
    """The rows are as they were, and all else is as in a database that began empty."""
    for path in folder.glob("*.sql"):
        if path.stem[:4] > PREVIOUS:
            path.unlink()
    with db.connect(empty) as conn:
        before = db.migrate(conn, folder)
        for statement in ROWS.split(";\n"):
            db.script(conn, statement)
        kept = content(conn)
        assert all(kept.values())
        assert db.migrate(conn) == [name for name in all_names() if name not in before]
        assert content(conn) == kept
        with database.connect() as fresh:
            assert texts(conn, SHAPE) == texts(fresh, SHAPE)
        assert len(texts(conn, SHAPE)) > 100


def test_an_edited_file_a_lost_file_and_an_early_one(empty, folder):
    with db.connect(empty) as conn:
        db.migrate(conn, folder)
        (folder / "0001_core.sql").write_bytes((folder / "0001_core.sql").read_bytes() + b"\n")
        with pytest.raises(MigrationChanged, match="0001_core"):
            db.migrate(conn, folder)
        (folder / "0001_core.sql").unlink()
        with pytest.raises(MigrationMissing, match="0001_core"):
            db.migrate(conn, folder)
        # A file with a number below those that have run comes late, as one of a colleague may: it runs too.
        shutil.copy(OURS / "0001_core.sql", folder)
        (folder / "0009_late.sql").write_text("CREATE TABLE core.late (a int)")
        assert db.migrate(conn, folder) == ["0009_late"]


def test_a_failing_file_leaves_those_before_it_and_nothing_of_itself(empty, folder):
    (folder / "9001_good.sql").write_text("CREATE TABLE core.good (a int);")
    (folder / "9002_bad.sql").write_text("CREATE TABLE core.half (a int); SELECT 1 / 0;")
    (folder / "9003_after.sql").write_text("CREATE TABLE core.after (a int);")
    with db.connect(empty) as conn:
        with pytest.raises(DatabaseFailed, match="22012"):
            db.migrate(conn, folder)
        assert texts(conn, "SELECT name FROM public.migration ORDER BY name")[-1] == "9001_good"
        assert texts(conn, "SELECT relname::text FROM pg_class WHERE relname IN ('good', 'half', 'after')") == ["good"]
        with db.connect(empty) as other:  # the lock was given back
            (folder / "9002_bad.sql").write_text("CREATE TABLE core.half (a int);")
            assert db.migrate(other, folder) == ["9002_bad", "9003_after"]


def test_several_at_once(empty):
    def run(_: int) -> list[str]:
        with db.connect(empty) as conn:
            return db.migrate(conn)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(run, range(4)))
    assert sorted(results, key=len) == [[], [], [], all_names()]


MIGRATE = """
import sys
from pathlib import Path
from warehouse import db
with db.connect(sys.argv[1]) as conn:
    db.migrate(conn, Path(sys.argv[2]))
"""


@contextmanager
def migrating(dsn: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(MIGRATE), dsn, str(folder)], stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def wait_for(conn: db.Connection, query: str) -> None:
    deadline = time.monotonic() + 60
    while not texts(conn, query):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_killed_in_a_file_and_between_two(empty, folder):
    """Seen from outside: the file waits for a lock that we hold, so the runner is killed exactly there."""
    waiting = "SELECT 'x' FROM pg_locks WHERE locktype = 'advisory' AND objid = 4242 AND NOT granted"
    (folder / "9001_first.sql").write_text("CREATE TABLE core.first (a int);")
    (folder / "9002_waits.sql").write_text("CREATE TABLE core.half (a int); SELECT pg_advisory_xact_lock(4242);")
    with db.connect(empty) as held:
        db.script(held, "SELECT pg_advisory_lock(4242)")
        for _ in range(2):
            with migrating(empty, folder) as process:
                wait_for(held, waiting)
                os.kill(process.pid, signal.SIGKILL)
                assert process.wait() == -signal.SIGKILL
            assert texts(held, "SELECT name FROM public.migration ORDER BY name")[-1] == "9001_first"
            assert texts(held, "SELECT relname::text FROM pg_class WHERE relname IN ('first', 'half')") == ["first"]
            # Its backend still waits: whoever comes next waits for it, and goes on when it has found its client dead.
            db.script(held, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE objid = 4242 AND NOT granted")
        db.script(held, "SELECT pg_advisory_unlock(4242)")
        assert db.migrate(held, folder) == ["9002_waits"]


def test_a_lost_server_in_between(empty, folder, server):
    (folder / "9001_waits.sql").write_text("CREATE TABLE core.half (a int); SELECT pg_sleep(60);")
    with (
        db.connect(empty) as conn,
        db.connect(server.dsn("admin", "test_empty")) as admin,
        ThreadPoolExecutor(1) as pool,
    ):
        running = pool.submit(db.migrate, conn, folder)
        wait_for(admin, "SELECT 'x' FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = 'test_empty'")
        db.script(admin, f"SELECT pg_terminate_backend({conn.info.backend_pid})")
        with pytest.raises(ServerUnavailable):
            running.result(60)
        (folder / "9001_waits.sql").write_text("CREATE TABLE core.half (a int);")
        with db.connect(empty) as again:
            assert db.migrate(again, folder) == ["9001_waits"]
