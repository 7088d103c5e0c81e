"""A new version brings an old database along: with a backup first, whole or not at all; never the other way round."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from warehouse import backups, db, upgrading
from warehouse.copy_errors import UpgradeFailed
from warehouse.errors import MigrationChanged, MigrationMissing
from warehouse.server import Server

from .test_migrations import KEPT, OURS, PREVIOUS, ROWS, all_names, content, texts

OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "16MB"}
RAN = "SELECT name FROM public.migration ORDER BY name"


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that the server's user can enter, with an installation of the version before in `old`, not running."""
    folder = Path(tempfile.mkdtemp(prefix="admon-upgrade-"))
    folder.chmod(0o711)
    former = folder / "former"
    former.mkdir()
    for path in OURS.glob("*.sql"):
        if path.stem[:4] <= PREVIOUS:
            shutil.copy(path, former)
    try:
        with Server(folder / "old", options=OPTIONS) as server, db.connect(server.dsn("owner")) as conn:
            db.migrate(conn, former)
            db.script(conn, ROWS)
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def old(place) -> Iterator[Server]:
    """The old installation, in a state folder of the test's own."""
    state = Path(tempfile.mkdtemp(prefix="state-", dir=place))
    state.rmdir()
    subprocess.run(["cp", "-a", str(place / "old"), str(state)], check=True)
    server = Server(state, options=OPTIONS)
    yield server
    server.destroy()


def looked_at(server: Server) -> tuple[dict[str, list[str]], list[str]]:
    """What it holds, and which migrations have run."""
    with server, db.connect(server.dsn("owner")) as conn:
        return content(conn), texts(conn, RAN)


def test_all_that_was_there_is_there_and_a_backup_of_before(old, place):
    before, ran = looked_at(old)
    done, backup = upgrading.upgrade(old, old.state, place / "kept")
    after, now = looked_at(old)
    assert (after, now) == (before, all_names())
    assert [*ran, *done] == all_names()
    assert set(before) == set(KEPT)
    assert [each.path for each in backups.whole(place / "kept")] == [backup]
    assert upgrading.upgrade(old, old.state, place / "kept") == ([], None)
    assert len(backups.whole(place / "kept")) == 1  # nothing to do needs no backup
    shutil.rmtree(place / "kept")


@pytest.mark.full
def test_one_that_fails_leaves_all_as_it_was_and_names_the_backup(old, place, tmp_path):
    folder = Path(shutil.copytree(OURS, tmp_path / "migrations"))
    (folder / "9999_wrong.sql").write_text("ALTER TABLE core.listing DROP COLUMN listing_key; SELECT 1 / 0;")
    before = looked_at(old)
    with pytest.raises(UpgradeFailed, match="nothing was changed") as caught:
        upgrading.upgrade(old, old.state, place / "kept", folder)
    (backup,) = backups.whole(place / "kept")
    assert str(backup.path) in str(caught.value)
    assert "22012" in str(caught.value)
    assert looked_at(old) == before
    with pytest.raises(UpgradeFailed, match=re.escape(str(backup.path))):  # once a minute, for all it knows
        upgrading.upgrade(old, old.state, place / "kept", folder)
    assert backups.whole(place / "kept") == [backup]
    # The version of before goes on, and writes what no backup has: the next try makes one.
    assert upgrading.upgrade(old, old.state, place / "kept", place / "former") == ([], None)
    with pytest.raises(UpgradeFailed):
        upgrading.upgrade(old, old.state, place / "kept", folder)
    assert len(backups.whole(place / "kept")) == 2
    shutil.rmtree(place / "kept")


def test_what_is_asked_again_is_not_what_the_backup_was_made_for(place, tmp_path):
    note = tmp_path / "note"
    made = place / "noted" / datetime.now(UTC).strftime(backups.FORM)
    made.mkdir(parents=True)
    assert upgrading._made_for(["0200_a"], note, place / "noted") is None
    note.write_text("{")
    assert upgrading._made_for(["0200_a"], note, place / "noted") is None
    note.write_text(json.dumps({"backup": made.name, "due": ["0200_a"]}))
    assert upgrading._made_for(["0200_a"], note, place / "noted") == made
    assert upgrading._made_for(["0200_a", "0201_b"], note, place / "noted") is None
    old = made.rename(made.with_name((datetime.now(UTC) - timedelta(days=1)).strftime(backups.FORM)))
    note.write_text(json.dumps({"backup": old.name, "due": ["0200_a"]}))
    assert upgrading._made_for(["0200_a"], note, place / "noted") is None


def test_an_edited_migration_is_told_before_a_backup_is_made(old, place, tmp_path):
    folder = Path(shutil.copytree(OURS, tmp_path / "migrations"))
    with (folder / "0001_core.sql").open("a") as file:
        file.write("-- edited")
    with pytest.raises(MigrationChanged, match="0001_core") as caught:
        upgrading.upgrade(old, old.state, place / "kept", folder)
    assert caught.value.exit_code == UpgradeFailed.exit_code == 3  # at which the service stays down
    assert not (place / "kept").exists()


@pytest.mark.full
def test_killed_between_two_it_is_as_it_was_and_goes_on(old, place, tmp_path):
    folder = Path(shutil.copytree(OURS, tmp_path / "migrations"))
    (folder / "9999_slow.sql").write_text("CREATE TABLE core.half (n integer); SELECT pg_sleep(600);")
    before = looked_at(old)
    script = f"""
        from pathlib import Path
        from warehouse import upgrading
        from warehouse.server import Server
        state = Path({str(old.state)!r})
        upgrading.upgrade(Server(state), state, Path({str(place / "kept")!r}), Path({str(folder)!r}))
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    until = time.monotonic() + 120
    query = "SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()"
    while True:
        assert time.monotonic() < until
        assert process.poll() is None
        if old.is_running() and backups.whole(place / "kept"):
            with db.connect(old.dsn("admin")) as conn:
                if texts(conn, query) == ["1"]:
                    break
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    old.stop()
    assert looked_at(old) == before
    assert upgrading.upgrade(old, old.state, place / "kept")[0] == all_names()[-len(all_names()) + len(before[1]) :]
    assert looked_at(old) == (before[0], all_names())
    shutil.rmtree(place / "kept")


def test_a_database_without_rows_has_nothing_to_lose(place, tmp_path):
    server = Server(place / "new", options=OPTIONS)
    try:
        with server, db.connect(server.dsn("owner")) as conn:
            db.migrate(conn, place / "former")
        done, backup = upgrading.upgrade(server, server.state, tmp_path / "kept")
        assert (len(done) > 0, backup) == (True, None)
        assert not (tmp_path / "kept").exists()
        with server, db.connect(server.dsn("owner")) as conn:  # a program that is older than the database
            for refused in (upgrading.check, upgrading.pending):
                with pytest.raises(MigrationMissing, match="newer than this program"):
                    refused(conn, place / "former")
        with pytest.raises(MigrationMissing):
            upgrading.upgrade(server, server.state, tmp_path / "kept", place / "former")
    finally:
        server.destroy()
