import hashlib
import traceback
from dataclasses import dataclass
from pathlib import Path

import pytest

from warehouse import db
from warehouse.errors import (
    DatabaseFailed,
    MigrationChanged,
    MigrationMissing,
    NotAllowed,
    ServerUnavailable,
    StatementTooSlow,
)

SECRET = "+31620000042"


@dataclass(frozen=True)
class Applied:
    name: str
    digest: bytes


def test_rows_fill_a_row_type(conn):
    applied = db.rows(conn, "migration_list", Applied)
    first = next(row for row in applied if row.name == "0001_core")
    content = (Path(db.__file__).parent / "migrations" / "0001_core.sql").read_bytes()
    assert first.digest == hashlib.sha256(content).digest()


def test_copy_in_writes_every_type_we_use(conn):
    db.script(
        conn, "CREATE TEMP TABLE t (a int, b bytea[], c text[], d real[], e date, f jsonb, g text, h float8, i bigint)"
    )
    columns = {
        "a": "int4",
        "b": "bytea[]",
        "c": "text[]",
        "d": "float4[]",
        "f": "jsonb",
        "g": "text",
        "h": "float8",
        "i": "int8",
    }
    records = [
        (1, [b"\0x", b"y"], ["GM0153"], [0.5], db.Json({"a": [1, None]}), None, 0.25, 2**62),
        (2, [], [], [], None, "é", 1.0, 0),
    ]
    assert db.copy_in(conn, "t", columns, records) == 2
    cursor = conn.execute("SELECT a, b, c, d, f, g, h, i FROM t ORDER BY a")
    assert cursor.fetchall() == [
        (1, [b"\0x", b"y"], ["GM0153"], [0.5], {"a": [1, None]}, None, 0.25, 2**62),
        (2, [], [], [], None, "é", 1.0, 0),
    ]


def test_an_error_carries_no_value(conn):
    db.script(conn, "CREATE TEMP TABLE t (a text PRIMARY KEY)")
    for what in (
        lambda: db.script(conn, f"INSERT INTO t VALUES ('{SECRET}'), ('{SECRET}')"),
        lambda: db.script(conn, f"SELECT '{SECRET}'::date"),
        lambda: db.copy_in(conn, "t", {"a": "text"}, [(SECRET,), (SECRET,)]),
    ):
        with pytest.raises(DatabaseFailed) as caught, db.transaction(conn):
            what()
        error = caught.value
        assert error.__cause__ is None
        told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
        # The source line of this test is in a traceback, the value is not.
        assert SECRET not in told


def test_an_error_inside_a_transaction_undoes_it(database):
    with database.connect() as conn:
        with pytest.raises(DatabaseFailed), db.transaction(conn):  # noqa: PT012
            db.script(conn, "INSERT INTO core.source VALUES ('a', 'g')")
            db.script(conn, "SELECT 1 / 0")
        assert conn.execute("SELECT count(*) FROM core.source").fetchone() == (0,)


def test_a_lost_connection_has_a_name(database, server):
    with database.connect("reader") as conn, db.connect(server.dsn("admin", "postgres")) as admin:
        db.script(admin, f"SELECT pg_terminate_backend({conn.info.backend_pid})")
        with pytest.raises(ServerUnavailable, match="run the same step again"):
            db.execute(conn, "migration_table")


def test_a_statement_over_its_time_has_a_name(conn):
    with pytest.raises(StatementTooSlow), db.transaction(conn):  # noqa: PT012
        db.script(conn, "SET LOCAL statement_timeout = '20ms'")
        db.script(conn, "SELECT pg_sleep(1)")


def test_a_wrong_password_and_a_missing_server_have_names(server, tmp_path):
    with pytest.raises(ServerUnavailable, match="password"):
        db.connect(f"host={server.socket_folder} user=reader dbname=advertentiemonitor password=wrong")
    with pytest.raises(ServerUnavailable, match="nothing answers"):
        db.connect(f"host={tmp_path} user=reader dbname=advertentiemonitor password=wrong")


def test_migrations_run_once_and_are_checked(database, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in (Path(db.__file__).parent / "migrations").glob("*.sql"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "9001_new.sql").write_text("CREATE TABLE core.fresh (a int);")
    with database.connect() as conn:
        assert db.migrate(conn) == []
        assert db.migrate(conn, folder) == ["9001_new"]
        assert db.migrate(conn, folder) == []
        (folder / "9001_new.sql").write_text("CREATE TABLE core.fresh (a bigint);")
        with pytest.raises(MigrationChanged, match="9001_new"):
            db.migrate(conn, folder)
        with pytest.raises(MigrationMissing, match="9001_new"):
            db.migrate(conn)


def test_a_failing_migration_leaves_nothing(database, tmp_path):
    folder = tmp_path / "migrations"
    folder.mkdir()
    for path in (Path(db.__file__).parent / "migrations").glob("*.sql"):
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "9001_good.sql").write_text("CREATE TABLE core.good (a int);")
    (folder / "9002_bad.sql").write_text("CREATE TABLE core.half (a int); SELECT 1 / 0;")
    with database.connect() as conn:
        with pytest.raises(DatabaseFailed, match="22012"):
            db.migrate(conn, folder)
        found = conn.execute(
            "SELECT to_regclass('core.good') IS NOT NULL, to_regclass('core.half') IS NOT NULL"
        ).fetchone()
        assert found == (True, False)
        (folder / "9002_bad.sql").write_text("CREATE TABLE core.half (a int);")
        assert db.migrate(conn, folder) == ["9002_bad"]


def test_readers_may_not_migrate(database):
    with database.connect("analist") as conn, pytest.raises(NotAllowed):
        db.migrate(conn)


def test_every_column_of_every_table_is_documented(conn):
    missing = conn.execute(
        """
        SELECT c.oid::regclass::text || '.' || a.attname
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE n.nspname IN ('core', 'est', 'release') AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
            AND col_description(c.oid, a.attnum) IS NULL
        """
    ).fetchall()
    assert missing == []
