"""`init` and `up` make what is missing, and nothing in the place of what was lost; retention does what it can."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from advertentiemonitor import stages
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from warehouse import db
from warehouse.copy_errors import DataGone
from warehouse.errors import MissingKey, StorageFull
from warehouse.server import Server


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="admon-init-"))
    made.chmod(0o711)
    yield made
    Server(made / "state").destroy()
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def settings(folder: Path) -> Iterator[Settings]:
    """An installation in which nothing was kept yet, running."""
    settings = Settings(state=folder / "state")
    initialise(settings)
    with Server(settings.root):
        yield settings


@pytest.fixture
def used(settings: Settings) -> Iterator[Settings]:
    """The same, with a receipt in it."""
    with db.connect(Server(settings.root).dsn("admin")) as conn:
        db.script(
            conn, "INSERT INTO core.receipt VALUES ('retention', 'run/x', decode(repeat('00', 32), 'hex'), now(), 0)"
        )
    yield settings
    with db.connect(Server(settings.root).dsn("admin")) as conn:
        db.script(conn, "TRUNCATE core.receipt")


def root_keys(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (settings.root / "keys").glob("*.key") if "-" not in path.name}


def test_before_anything_is_kept_lost_keys_are_made_anew(settings):
    before = root_keys(settings)
    for name in before:
        (settings.root / "keys" / name).unlink()
    assert initialise(settings) == ["keys"]
    assert root_keys(settings).keys() == before.keys() == {"spool.key", "record.key"}


@pytest.mark.parametrize("lost", [["spool.key"], ["record.key"], ["spool.key", "record.key"]], ids=" and ".join)
def test_where_anything_was_kept_no_new_key_takes_the_place_of_a_lost_one(used, lost, tmp_path):
    keys, seen = used.root / "keys", used.root / "seen/nl_kaartjes/2026-01-05.seen"
    seen.parent.mkdir(parents=True)
    seen.touch()
    for name in lost:
        shutil.move(keys / name, tmp_path)
    try:
        with pytest.raises(MissingKey, match=lost[0]):
            initialise(used)
        assert not any((keys / name).exists() for name in lost)
    finally:
        for name in lost:
            shutil.move(tmp_path / name, keys)
        shutil.rmtree(seen.parent)
    assert initialise(used) == []


def test_a_lost_spool_key_is_made_anew_once_nothing_is_left_that_it_closed(used):
    before = root_keys(used)
    (used.root / "keys/spool.key").unlink()
    assert initialise(used) == ["keys"]
    after = root_keys(used)
    assert after["spool.key"] != before["spool.key"]
    assert after["record.key"] == before["record.key"]


def test_where_backups_cannot_be_removed_what_was_sent_long_ago_is_forgotten_all_the_same(used):
    old = used.backup_folder / "2026-01-05T040000Z"
    (old / "data").mkdir(parents=True)
    (old.with_name(f".{old.name}.part") / "data").mkdir(parents=True)  # in the way of its removal, for root too
    with db.connect(Server(used.root).dsn("admin")) as conn:
        db.script(
            conn, "INSERT INTO post.sending VALUES ('2026-01-05', 'dagbericht', 1, decode(repeat('00', 32), 'hex'))"
        )
        try:
            with pytest.raises(StorageFull, match="backups"):
                stages.retain(used)
            assert conn.execute("SELECT count(*) FROM post.sending").fetchone() == (0,)
        finally:
            db.script(conn, "TRUNCATE post.sending")
            shutil.rmtree(used.backup_folder)


def test_where_the_files_of_the_database_are_gone_nothing_is_made(folder):
    lost = Settings(state=folder / "lost")
    (lost.folder("pg") / "ready").touch()
    with pytest.raises(DataGone, match="advertentiemonitor restore"):
        initialise(lost)
    assert not root_keys(lost)
    assert not (lost.root / "pg/data").exists()
