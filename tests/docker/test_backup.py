"""docker/backup.sh for real, against a PostgreSQL 18 with both databases: made, put back, and gone after its term."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse import binaries, db
from warehouse.server import Server

ROOT = Path(__file__).resolve().parents[2]
DAY_SECONDS = 86_400


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One of this test's own, in a folder that another user can pass through: its databases are dropped."""
    folder = Path(tempfile.mkdtemp(prefix="admon-docker-"))
    folder.chmod(0o711)
    with Server(folder / "state", options={"fsync": "off"}) as running:
        with db.connect(running.dsn("owner")) as conn:
            db.migrate(conn)
        yield running
    shutil.rmtree(folder)


def backup(server: Server, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    secrets = folder.parent / "secrets"
    secrets.mkdir(exist_ok=True)
    (secrets / "db-admin").write_text(server.password("admin"))
    told = {
        "PATH": f"{binaries.find()}:{os.environ['PATH']}",
        "BACKUPS": str(folder),
        "SECRETS": str(secrets),
        "PGHOST": str(server.socket_folder),
        "PGUSER": "admin",
    }
    return subprocess.run(
        ["sh", ROOT / "docker" / "backup.sh", *words], env=told, check=False, capture_output=True, text=True
    )


def rights(server: Server) -> list[tuple[object, ...]]:
    """Who owns a database and may do what in it, and what is set for it: `init` gave these, not a migration."""
    with db.connect(server.dsn("admin", "postgres")) as conn:
        return conn.execute("""
            SELECT datname, pg_get_userbyid(datdba), datacl::text, datcollate, setrole, setconfig::text
            FROM pg_database LEFT JOIN pg_db_role_setting ON setdatabase = pg_database.oid ORDER BY datname, setrole
        """).fetchall()


@pytest.mark.full
def test_what_was_made_can_be_put_back(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "back-ups"
    folder.mkdir()
    old, young = folder / "20200101T000000Z-airflow.dump", folder / "20200102T000000Z-airflow.dump"
    for path, days in ((old, 14.1), (young, 13.0)):
        path.touch()
        os.utime(path, (time.time() - days * DAY_SECONDS,) * 2)
    (folder / "half.part").touch()
    with db.connect(server.dsn("owner")) as conn:
        db.script(conn, "CREATE TABLE core.probe AS SELECT 1 AS seen")
    with db.connect(server.dsn("airflow")) as conn:
        db.script(conn, "CREATE TABLE probe AS SELECT 1 AS seen")
    before = rights(server)
    done = backup(server, folder)
    assert done.returncode == 0, done.stderr
    made = sorted(path.name for path in folder.iterdir() if path != young)
    assert [name.partition("-")[2] for name in made] == ["advertentiemonitor.dump", "airflow.dump"]
    assert all((folder / name).stat().st_mode & 0o077 == 0 for name in made)

    with db.connect(server.dsn("owner")) as conn:
        db.script(conn, "DROP TABLE core.probe; CREATE TABLE core.later AS SELECT 1 AS seen")
    with db.connect(server.dsn("airflow")) as conn:
        db.script(conn, "DROP TABLE probe")
    done = backup(server, folder, "--terug", made[0].partition("-")[0])
    assert done.returncode == 0, done.stderr
    with db.connect(server.dsn("owner")) as conn:
        assert conn.execute("SELECT seen FROM core.probe").fetchall() == [(1,)]
        assert conn.execute("SELECT to_regclass('core.later')").fetchall() == [(None,)]
    with db.connect(server.dsn("airflow")) as conn:
        assert conn.execute("SELECT seen FROM probe").fetchall() == [(1,)]
    assert rights(server) == before


@pytest.mark.full
def test_a_moment_without_both_drops_nothing(server: Server, tmp_path: Path) -> None:
    folder = tmp_path / "back-ups"
    folder.mkdir()
    assert backup(server, folder).returncode == 0
    (made,) = folder.glob("*-airflow.dump")
    made.unlink()
    with db.connect(server.dsn("airflow")) as conn:
        db.script(conn, "CREATE TABLE alone AS SELECT 1 AS seen")
    assert backup(server, folder, "--terug", made.name.partition("-")[0]).returncode != 0
    with db.connect(server.dsn("airflow")) as conn:
        assert conn.execute("SELECT seen FROM alone").fetchall() == [(1,)]


def test_what_is_too_old_goes_while_no_new_one_can_be_made(tmp_path: Path) -> None:
    folder = tmp_path / "back-ups"
    folder.mkdir()
    (folder / "db-admin").write_text("x")
    old, young = folder / "20200101T000000Z-airflow.dump", folder / "20200102T000000Z-airflow.dump"
    for path, days in ((old, 20), (young, 13)):
        path.touch()
        os.utime(path, (time.time() - days * DAY_SECONDS,) * 2)
    told = {"BACKUPS": str(folder), "SECRETS": str(folder), "PGHOST": str(tmp_path), "PGUSER": "admin"}
    told["PATH"] = f"{binaries.find()}:{os.environ['PATH']}"
    done = subprocess.run(["sh", ROOT / "docker" / "backup.sh"], env=told, check=False, capture_output=True, text=True)
    assert done.returncode != 0
    assert "pg_dump" in done.stderr
    assert [path.name for path in folder.glob("*.dump")] == [young.name]
