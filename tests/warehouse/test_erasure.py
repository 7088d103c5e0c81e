"""What was erased is gone from the bytes on the disk: planted, erased, and looked for in every file of the server."""

import hashlib
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest

from warehouse import db, erasure
from warehouse.server import Server

PLANTED = tuple(hashlib.sha256(b"planted %d" % n).digest() for n in range(600))
ERASED = PLANTED[200:300]  # in the middle of pages, where those beside them stay


@pytest.fixture(scope="module")
def server():
    """A server of this module's own: the log of others must not be in it, and its own must be written."""
    folder = Path(tempfile.mkdtemp(prefix="admon-erasure-"))
    folder.chmod(0o711)
    running = Server(folder / "state", options={"fsync": "off"})
    try:
        yield running.start()
    finally:
        running.destroy()
        shutil.rmtree(folder)


@pytest.fixture
def admin(server):
    """As administrator, to a database in which pseudonyms were planted and then erased."""
    with db.connect(server.dsn("admin", "postgres")) as conn:
        conn.execute("DROP DATABASE IF EXISTS planted WITH (FORCE)")
        conn.execute("CREATE DATABASE planted OWNER owner")
    with db.connect(server.dsn("owner", "planted")) as owner:
        db.migrate(owner)
        owner.execute("INSERT INTO core.source VALUES ('a', 'a')")
        owner.execute(
            "WITH l AS (INSERT INTO core.listing (source_code, epoch_code, listing_key) "
            "SELECT 'a', 'E0003', k FROM unnest(%s::bytea[]) AS k RETURNING listing_id, listing_key) "
            "INSERT INTO core.listing_version SELECT listing_id, '2026-10-12', '{}', '{}', NULL, "
            "0, 'home', 0, ARRAY[listing_key], listing_key, decode(repeat('00', 128), 'hex'), 'x' FROM l",
            [list(PLANTED)],
        )
        owner.execute("ANALYZE")
    with db.connect(server.dsn("admin", "planted")) as conn:
        conn.execute("CHECKPOINT")
        yield conn


def places(server: Server, keys: tuple[bytes, ...]) -> dict[str, int]:
    """Kinds of files that hold any of these keys, with how many of them. The first eight bytes of a key stand for it."""
    wanted = np.array([int.from_bytes(key[:8], "little") for key in keys], dtype="<u8")
    likely = np.zeros(1 << 16, dtype=bool)  # by the first two bytes, so that few words have to be looked up
    likely[wanted & 0xFFFF] = True
    found: dict[str, set[int]] = {}
    for path in server.data.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for offset in range(min(8, len(content))):
                words = np.frombuffer(content, "<u8", (len(content) - offset) // 8, offset)
                words = words[likely[words & 0xFFFF]]
                if hits := set(words[np.isin(words, wanted)].tolist()):
                    found.setdefault("log" if path.parent.name == "pg_wal" else "table", set()).update(hits)
    return {kind: len(hits) for kind, hits in found.items()}


def erase(conn) -> None:
    conn.execute("DELETE FROM core.listing WHERE listing_key = ANY (%s)", [list(ERASED)])


def test_deleting_and_vacuum_leave_bytes_in_pages_but_not_in_the_log(server, admin):
    """Why tables are written anew: this is what PostgreSQL does by itself, and docs/keeping.md says so.

    That what was planted is found at all is the positive control for what follows.
    """
    assert places(server, ERASED) == {"log": len(ERASED), "table": len(ERASED)}
    erase(admin)
    erasure.tidy(admin)
    left = places(server, ERASED)
    assert left.get("table", 0) > 0
    assert "log" not in left


def test_written_anew_nothing_is_left(server, admin):
    """Nor in the planner's statistics, into which ANALYZE copies values where no DELETE or VACUUM of the table reaches."""
    statistics = "SELECT string_agg(s::text, ' ') FROM pg_stats AS s WHERE schemaname = 'core'"
    erase(admin)
    assert any(key.hex() in admin.execute(statistics).fetchone()[0] for key in ERASED)
    erasure.rewrite(admin)
    assert places(server, ERASED) == {}
    assert not any(key.hex() in admin.execute(statistics).fetchone()[0] for key in ERASED)
    kept = tuple(key for key in PLANTED if key not in ERASED)
    assert places(server, kept)["table"] == len(kept)
    assert admin.execute("SELECT count(*) FROM core.listing_version").fetchone() == (len(kept),)


@pytest.mark.full
def test_of_a_table_that_is_empty_now_nothing_is_left_in_the_planners_statistics(server, admin):
    """ANALYZE of an empty table leaves what it knew: of the bridge, pseudonyms under a key that was destroyed since."""
    bridged = tuple(hashlib.sha256(key).digest() for key in PLANTED)
    admin.execute(
        "INSERT INTO core.bridge SELECT k.key, l.listing_id, ARRAY[k.key] FROM unnest(%s::bytea[]) WITH ORDINALITY AS k (key, n) "
        "JOIN (SELECT listing_id, row_number() OVER () AS n FROM core.listing) AS l USING (n)",
        [list(bridged)],
    )
    admin.execute("ANALYZE core.bridge")
    admin.execute("TRUNCATE core.bridge")
    admin.execute("VACUUM (FULL, ANALYZE) core.bridge")
    admin.execute("CHECKPOINT")
    assert places(server, bridged)["table"] > 0
    erasure.rewrite(admin)
    assert places(server, bridged) == {}


def test_a_dropped_month_is_gone(server, admin):
    """A partition's file goes with it; what the log says of it goes with the log."""
    admin.execute("SELECT core.ensure_month('2026-10-12')")
    admin.execute("INSERT INTO core.sighting SELECT '2026-10-12', listing_id FROM core.listing")
    (node,) = admin.execute("SELECT pg_relation_filepath('core.sighting_2026_10')").fetchone()
    admin.execute("CHECKPOINT")
    assert (server.data / node).stat().st_size > 0
    admin.execute("SELECT core.purge_month('2026-12-01')")
    erasure.tidy(admin)
    assert not (server.data / node).exists()
