"""Backup, restore and point in time, on servers of their own: what comes back, what does not, and what is refused."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from warehouse import backups, db, restoring, retention
from warehouse.calendar import EPOCHS_FILE, Epochs
from warehouse.copy_errors import (
    ArchiveDiffers,
    BackupDamaged,
    BackupNeedsRestart,
    DataExists,
    MomentNotReached,
    NoBackup,
)
from warehouse.errors import ClockAhead, KeyDestroyed, MissingKey
from warehouse.keys import FileKeys
from warehouse.server import Server

TODAY = date(2026, 11, 10)  # in epoch E0003
QUICK = {"fsync": "off"}
PAST_TERM = TODAY - timedelta(162)
EARLY, LATE = b"e" * 32, b"l" * 32  # pseudonyms of two numbers; the later one is objected to after the moment


@dataclass(frozen=True)
class Past:
    """An installation with a history: what was there at which moment, and its backups."""

    state: Path
    kept: Path
    first: datetime  # just after the first backup
    second: datetime  # later, between two changes that only the log knows
    last: datetime


def folder() -> Path:
    made = Path(tempfile.mkdtemp(prefix="admon-backup-"))
    made.chmod(0o711)
    return made


def add(server: Server, source: str) -> None:
    with db.connect(server.dsn("owner")) as conn:
        conn.execute("INSERT INTO core.source VALUES (%s, %s)", [source, source])
        conn.execute(
            "INSERT INTO core.crawl (source_code, day_date, state_code, reason, page_expected_count, page_fetched_count, "
            "listing_present_count, listing_read_count, parse_failure_count, completeness_share, spider_version) "
            "VALUES (%s, %s, 'ok', '', 1, 1, 1, 1, 0, 1, '1')",
            [source, TODAY],
        )


def sources(state: Path) -> list[str]:
    with Server(state, options=QUICK) as server, db.connect(server.dsn("owner")) as conn:
        return [name for (name,) in conn.execute("SELECT source_code FROM core.source ORDER BY 1").fetchall()]


def moment() -> datetime:
    """A moment that lies strictly between what was done before and what is done after."""
    time.sleep(1.2)
    now = datetime.now(UTC)
    time.sleep(1.2)
    return now


@pytest.fixture(scope="module")
def past() -> Iterator[Past]:
    base = folder()
    try:
        yield history(base / "state", base / "kept")
    finally:
        Server(base / "state").stop()
        shutil.rmtree(base)


def history(state: Path, kept: Path) -> Past:
    """Let an installation live through two backups, with changes between them and an accident."""
    FileKeys.create(state / "keys", epochs=["E0002", "E0003"])
    (state / "crawl/a").mkdir(parents=True)
    (state / "crawl/a/2026-11-10.json").write_text("{}")
    server = Server(state, options=QUICK)
    server.keep_log()
    with server:
        with db.connect(server.dsn("owner")) as conn:
            db.migrate(conn)
            conn.execute("INSERT INTO core.epoch VALUES ('E0003', '2026-10-05', '2026-10-05')")
            conn.execute("SELECT core.ensure_month(%s)", [PAST_TERM])
            conn.execute("INSERT INTO core.sighting VALUES (%s, 1)", [PAST_TERM])
            for number, contact in enumerate((EARLY, LATE)):
                listing = (
                    "INSERT INTO core.listing (source_code, epoch_code, listing_key) VALUES ('zero', 'E0003', %s) "
                    "RETURNING listing_id"
                )
                conn.execute("INSERT INTO core.source VALUES ('zero', 'zero') ON CONFLICT DO NOTHING")
                conn.execute(
                    f"WITH l AS ({listing}) INSERT INTO core.listing_version SELECT listing_id, %s, '{{}}', '{{}}', NULL, 0, "
                    "'home', 0, ARRAY[%s::bytea], %s, decode(repeat('00', 128), 'hex'), 'x' FROM l",
                    [bytes([number]) * 32, TODAY, contact, contact],
                )
        add(server, "one")
        backups.make(state, kept)
        first = moment()
        add(server, "two")
        with db.connect(
            server.dsn("owner")
        ) as conn:  # a key was rotated; the first backup's epochs.json does not say so
            conn.execute("INSERT INTO core.epoch VALUES ('E0003a', %s, %s)", [TODAY, TODAY])
        second = moment()
        add(server, "three")
        with db.connect(server.dsn("reader")) as conn:
            conn.execute("SELECT core.object('E0003', %s)", [LATE])
        with db.connect(server.dsn("admin")) as conn:
            conn.execute("DROP TABLE release.volume CASCADE")  # the accident
        last = moment()
        backups.make(state, kept)
    return Past(state, kept, first, second, last)


@pytest.fixture
def elsewhere(past) -> Iterator[Path]:
    """A new state folder into which the keys have been put back."""
    base = folder()
    state = base / "state"
    state.mkdir(mode=0o711)
    shutil.copytree(past.state / "keys", state / "keys")
    yield state
    Server(state).destroy()
    shutil.rmtree(base)


@pytest.fixture
def restore(past, elsewhere) -> Callable[..., restoring.Restored]:
    def run(at: datetime | None = None, *, today: date = TODAY, is_sure: bool = False) -> restoring.Restored:
        return restoring.restore(elsewhere, past.kept, FileKeys(elsewhere / "keys"), today, at, is_sure=is_sure)

    return run


def test_a_database_is_brought_back_as_it_was_at_a_moment(past, elsewhere, restore):
    done = restore(past.second)
    assert sources(elsewhere) == ["one", "two", "zero"]
    assert past.first < done.last_change < past.second
    with Server(elsewhere, options=QUICK) as server, db.connect(server.dsn("analist")) as conn:
        assert conn.execute("SELECT count(*) FROM release.volume").fetchone() == (0,)
    with Server(elsewhere, options=QUICK) as server, db.connect(server.dsn("reader")) as conn:
        # Objected to after the moment: heard all the same, and what stood under it is gone again.
        assert conn.execute("SELECT contact_key FROM core.exclusion").fetchall() == [(LATE,)]
        assert conn.execute("SELECT contact_keys FROM core.listing_version").fetchall() == [([EARLY],)]
    assert (elsewhere / "crawl/a/2026-11-10.json").exists()
    assert Epochs.load(elsewhere / EPOCHS_FILE).early == {"E0003a": TODAY}
    # A row that was past its term never came to be used again; and nothing of the work is left lying about.
    assert done.retention.of("sighting").gone == 1
    assert not (elsewhere / "restoring").exists()
    data = Server(elsewhere).data
    assert not (data / "replay").exists()
    assert not (data / "recovery.signal").exists()


@pytest.mark.full
def test_without_a_moment_all_that_is_known_comes_back(past, elsewhere, restore):
    restore()
    assert sources(elsewhere) == ["one", "three", "two", "zero"]


@pytest.mark.full
def test_the_first_backup_serves_what_came_before_the_second(past, elsewhere, restore):
    done = restore(past.first)
    assert done.backup == backups.whole(past.kept)[0]
    assert sources(elsewhere) == ["one", "zero"]


@pytest.mark.full
def test_a_restored_database_can_be_backed_up_and_restored_again(past, elsewhere, restore):
    restore(past.second)
    kept = elsewhere / "backups"
    backups.make(elsewhere, kept)
    base = folder()
    try:
        (base / "state").mkdir(mode=0o711)
        shutil.copytree(elsewhere / "keys", base / "state/keys")
        restoring.restore(base / "state", kept, FileKeys(base / "state/keys"), TODAY)
        assert sources(base / "state") == ["one", "two", "zero"]
    finally:
        Server(base / "state").destroy()
        shutil.rmtree(base)


@pytest.mark.full
def test_whatever_the_umask_it_comes_back(past, elsewhere, restore):
    """The command line sets it to 077; root's server runs as another, who has to pass."""
    usual = os.umask(0o077)
    try:
        restore()
    finally:
        os.umask(usual)
    assert sources(elsewhere) == ["one", "three", "two", "zero"]


def test_a_segment_of_hardly_anything_takes_hardly_any_place(past, elsewhere, restore):
    """Each stop of the server closes one; `doctor` and `status` start and stop it several times."""
    restore()
    server = Server(elsewhere, options=QUICK)
    server.keep_log()
    with server:
        pass
    known = set(server.archive.iterdir())
    for _ in range(3):
        with server:
            pass
    log = elsewhere / "log"
    backups.take_segments(server.archive, log)
    new = [path for path in sorted(server.archive.iterdir()) if path not in known]
    assert len(new) >= 2
    for path in (*new, *(log / path.name for path in new)):
        assert path.stat().st_size == 16 * 2**20
        assert path.stat().st_blocks * 512 < 2**20
    assert all((log / path.name).read_bytes() == path.read_bytes() for path in new)


def test_a_key_that_was_destroyed_stays_so(past, elsewhere, restore):
    """The backup knows nothing of it: it was made before. The mark beside the keys does."""
    FileKeys(elsewhere / "keys").destroy("E0002")
    restore(past.second)
    with Server(elsewhere, options=QUICK) as server, db.connect(server.dsn("owner")) as conn:
        assert conn.execute("SELECT count(*) FROM core.receipt WHERE kind_code = 'key'").fetchone() == (0,)
    with pytest.raises(KeyDestroyed):
        FileKeys(elsewhere / "keys").pseudonyms("E0002")
    with pytest.raises(KeyDestroyed):
        FileKeys(elsewhere / "keys").ensure_epoch("E0002")


def test_no_key_lies_among_the_backups(past):
    secrets = [path.read_bytes() for path in (past.state / "keys").iterdir()]
    assert len(secrets) > 5
    for path in past.kept.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(secret.strip() in content for secret in secrets if secret.strip()), path.name
    assert past.kept.stat().st_mode & 0o077 == 0


@pytest.mark.full
def test_a_database_is_never_written_over(past, restore, elsewhere):
    restore(past.first)
    with pytest.raises(DataExists):
        restore(past.second)
    assert sources(elsewhere) == ["one", "zero"]


@pytest.mark.full
@pytest.mark.parametrize("damage", [lambda p: p.write_bytes(b"x"), lambda p: p.unlink()])
def test_a_damaged_backup_is_refused(past, restore, elsewhere, damage):
    path = backups.whole(past.kept)[1].path / "data/global/pg_control"
    content = path.read_bytes()
    damage(path)
    try:
        with pytest.raises(BackupDamaged, match="pg_control"):
            restore()
    finally:
        path.write_bytes(content)
    assert nothing_in_place(elsewhere)


def nothing_in_place(state: Path) -> bool:
    return not (Server(state).data / "PG_VERSION").exists() and not (state / "restoring").exists()


@pytest.mark.full
def test_what_cannot_be_reached_is_refused_and_leaves_nothing(past, restore, elsewhere):
    with pytest.raises(NoBackup):
        restore(past.first - timedelta(days=1))
    with pytest.raises(MomentNotReached):
        restore(past.last + timedelta(days=1))
    with pytest.raises(ClockAhead):
        restore(past.second, today=TODAY + timedelta(30))
    assert nothing_in_place(elsewhere)
    assert "E0003" in FileKeys(elsewhere / "keys").epochs()  # by that clock its week would be over
    (elsewhere / "keys/db-admin").rename(elsewhere / "keys/away")
    with pytest.raises(MissingKey):
        restore(past.second)
    assert nothing_in_place(elsewhere)
    (elsewhere / "keys/away").rename(elsewhere / "keys/db-admin")
    restore(past.second, today=TODAY + timedelta(30), is_sure=True)
    assert sources(elsewhere) == ["one", "two", "zero"]


@pytest.mark.full
@pytest.mark.parametrize("after", [0.3, 1.0, 2.0, 4.0])
def test_a_restore_that_was_killed_starts_over(past, restore, elsewhere, after):
    """Killed at several points, with the server that replays left running."""
    child = os.fork()
    if child == 0:
        try:
            restore(past.second)
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, 9)
    os.waitpid(child, 0)
    if (Server(elsewhere).data / "PG_VERSION").exists():
        pytest.skip("it was done before it was killed")
    restore(past.second)
    assert sources(elsewhere) == ["one", "two", "zero"]


@pytest.mark.full
def test_of_two_that_restore_at_once_the_second_finds_it_done(past, restore, elsewhere):
    (elsewhere / "restoring/keys").mkdir(parents=True)  # left by who was killed
    with ThreadPoolExecutor() as pool:
        done = [pool.submit(restore) for _ in range(2)]
        failed = [each.exception() for each in done if each.exception()]
    assert [type(error) for error in failed] == [DataExists]
    assert sources(elsewhere) == ["one", "three", "two", "zero"]
    assert (elsewhere / "keys" / "record.key").exists()


@pytest.mark.full
def test_two_backups_and_a_retention_run_at_once_do_not_hinder_each_other(past, restore, elsewhere):
    restore()
    kept = elsewhere / "backups"
    backups.make(elsewhere, kept)  # from now on the log is kept
    with Server(elsewhere, options=QUICK) as server, ThreadPoolExecutor() as pool:
        made = [pool.submit(backups.make, elsewhere, kept) for _ in range(2)]
        with db.connect(server.dsn("reader")) as reader, db.connect(server.dsn("admin")) as admin:
            retention.run(reader, admin, elsewhere, kept, TODAY)
        assert all(each.result().path.exists() for each in made)


@pytest.mark.full
def test_a_server_that_keeps_no_log_has_to_be_started_anew_once():
    base = folder()
    try:
        with Server(base / "state", options=QUICK), pytest.raises(BackupNeedsRestart):
            backups.make(base / "state", base / "kept")
        assert backups.whole(base / "kept") == []
        assert list((base / "kept").iterdir()) == []
        made = backups.make(base / "state", base / "kept")
        assert backups.whole(base / "kept") == [made]
    finally:
        Server(base / "state").destroy()
        shutil.rmtree(base)


def test_the_log_of_another_database_is_not_mixed_with_ours(past):
    base = folder()
    try:
        for path in (past.kept / "log").glob("0*"):
            (base / path.name).write_bytes(b"another")
        with pytest.raises(ArchiveDiffers):
            backups.take_segments(base, past.kept / "log")
    finally:
        shutil.rmtree(base)


def test_backups_go_after_two_weeks(past):
    made = backups.whole(past.kept)
    day = made[-1].moment.date()
    assert backups.due(past.kept, day + timedelta(13)) == []
    assert backups.due(past.kept, day + timedelta(14)) == [each.path for each in made]
    now = datetime.now(UTC)
    assert backups.due_segments(past.state, past.kept, now + timedelta(13)) == []
    count, _ = backups.left_segments(past.state, past.kept)
    assert len(backups.due_segments(past.state, past.kept, now + timedelta(15))) == count > 2


@pytest.mark.full
def test_what_has_the_bridge_from_a_destroyed_key_goes_once_there_is_a_later_backup(past):
    """An epoch is not unlinkable while a copy still tells which listing was which."""
    early, late = backups.whole(past.kept)
    today = late.moment.date()
    now = datetime.now(UTC)
    assert backups.due(past.kept, today, today) == []  # no copy of later yet: better this one than none
    assert backups.due_segments(past.state, past.kept, now, today) == []
    renamed = early.path.rename(early.path.with_name(f"{today - timedelta(3)}T051500Z"))
    try:
        assert backups.due(past.kept, today, today - timedelta(1)) == [renamed]
        due = {path.name for path in backups.due_segments(past.state, past.kept, now, today - timedelta(1))}
        kept = {path.name for path in (past.kept / "log").iterdir()} - due
        first = (late.path / "data/backup_label").read_text().split("(file ")[1].split(")")[0]
        assert due
        assert min(kept) == first
    finally:
        renamed.rename(early.path)


def test_a_backup_that_is_taken_away_is_gone_at_once(tmp_path):
    path = tmp_path / "2026-11-10T051500Z"
    (path / "data").mkdir(parents=True)
    (path / "data/PG_VERSION").touch()
    assert len(backups.whole(tmp_path)) == 1
    backups.remove(path)
    assert list(tmp_path.iterdir()) == []
