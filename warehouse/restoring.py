"""Bringing back a database from a backup, as it was at a moment (docs/keeping.md).

All of it is done beside the state folder's own place: the copy is replayed, what may not be kept any more goes (rows past
their term, bridges from keys that were destroyed), and only then the database takes its place. Killed anywhere, there is
no restored database, and the same command starts over.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from warehouse import backups, bootstrap, clock, db, epochs, machine, retention
from warehouse.backups import Backup
from warehouse.calendar import EPOCHS_FILE, Epochs, epoch_start
from warehouse.copy_errors import DataExists, MomentNotReached, NoBackup
from warehouse.errors import ServerUnavailable, StorageFull
from warehouse.keys import KeyProvider
from warehouse.retention import RetentionReport
from warehouse.server import Server

_STAGING = "restoring"
_REPLAY = "replay"  # in the data folder: the server, which may be another user, reads it there


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought back: from which backup, up to which last change, and what had to go at once."""

    backup: Backup
    last_change: datetime | None
    retention: RetentionReport


def restore(
    state: Path,
    kept: Path,
    provider: KeyProvider,
    today: date,
    moment: datetime | None = None,
    *,
    is_sure: bool = False,
) -> Restored:
    """Bring back the database of `kept` into a state folder that has none.

    Args:
        state: the state folder; its `keys` have been put back already, from where they are kept apart.
        kept: the folder of backups.
        provider: the installation's keys.
        today: the current local day.
        moment: with time zone; None: as far as the log leads.
        is_sure: a person says that `today` is right, whatever the backup knows.

    Raises:
        DataExists: the state folder has a database.
        MissingKey: the administrator's password is not among the keys.
        NoBackup, MomentNotReached: that moment cannot be reached.
        BackupDamaged: the backup is not as it was made.
        ClockSetBack, ClockAhead: see `warehouse.clock`; nothing was put in place.
        StorageFull: it cannot be written.
    """
    if (Server(state).data / "PG_VERSION").exists():
        raise DataExists(state)
    Server(state).password(bootstrap.ADMIN)  # missing keys are told before the work starts
    with backups.alone(state):
        return _restore(state, kept, provider, today, moment, is_sure=is_sure)


def _restore(
    state: Path, kept: Path, provider: KeyProvider, today: date, moment: datetime | None, *, is_sure: bool
) -> Restored:
    if (Server(state).data / "PG_VERSION").exists():  # by another that went first
        raise DataExists(state)
    backup = _last_before(kept, moment)
    # Who objected after the moment is heard all the same: that is not what went wrong.
    objections = _objections(state, kept) if moment is not None else []
    with _staging(state) as server:
        _lay_out(server, backup, kept, moment)
        try:
            server.start()
        except ServerUnavailable as error:
            if moment is not None and "recovery target" in error.how:
                raise MomentNotReached(moment.isoformat(" ", "seconds")) from None
            raise
        with db.connect(server.dsn(bootstrap.OWNER)) as owner:
            db.migrate(owner)
        with db.connect(server.dsn("reader")) as reader, db.connect(server.dsn(bootstrap.ADMIN)) as admin:
            last = db.tuples(admin, "restore_last")[0][0]
            for epoch, contact in objections:
                db.execute(reader, "objection_add", {"epoch": epoch, "contact": contact})
            if not is_sure:
                clock.check(reader, today)  # keys are destroyed by it
            _close_epochs(reader, provider, today)
            early = {row.code: row.start for row in epochs.known(reader) if row.start != epoch_start(row.code)}
            # Of this database only: the backups stay until it is in place.
            told = retention.run(reader, admin, server.state, server.state / "backups", today, is_sure=is_sure)
        server.stop()
        shutil.rmtree(server.data / _REPLAY)
        (server.data / "postgresql.auto.conf").write_text("")
        with _named(state):
            _put_along(backup, server.state / "along", state)
            # An epoch may have started early after the backup, within the log that was replayed.
            calendar = Epochs.load(state / EPOCHS_FILE)
            if not early.items() <= calendar.early.items():
                Epochs({**calendar.early, **early}).save(state / EPOCHS_FILE)
        # Last of all: once it is in its place, nothing is brought back any more.
        Server(state).adopt(server.data)
    return Restored(backup, last, told)


def _put_along(backup: Backup, staged: Path, state: Path) -> None:
    """Bring back what was kept beside the database, each whole or not at all; what is there already stays."""
    staged.mkdir()
    for name in backups.ALONG:
        backups.copy(backup.path / name, staged / name)
        if (staged / name).exists() and not (state / name).exists():
            (staged / name).rename(state / name)


def _last_before(kept: Path, moment: datetime | None) -> Backup:
    found = [each for each in backups.whole(kept) if moment is None or each.moment <= moment]
    if not found:
        raise NoBackup(kept, moment.isoformat(" ", "seconds") if moment else None)
    return found[-1]


def _objections(state: Path, kept: Path) -> list[tuple[str, bytes]]:
    """Give all objections that the log knows of, to its end."""
    with _staging(state) as server:
        _lay_out(server, _last_before(kept, None), kept, None)
        server.start()
        with db.connect(server.dsn("reader")) as conn:
            return [(str(epoch), bytes(contact)) for epoch, contact in db.tuples(conn, "objection_list")]


@contextmanager
def _staging(state: Path) -> Iterator[Server]:
    """Give a server with a state folder of its own inside the real one; nothing of it is left afterwards."""
    # A hot standby would wait for settings as large as those of the server that wrote the log.
    server = Server(state / _STAGING, options={"hot_standby": "off"})
    _clear(server)
    with _named(state):
        server.state.mkdir()
        server.state.chmod(0o711)  # whatever the umask: root's server runs as another, who must pass
        server.keys.symlink_to(state / "keys")
    try:
        yield server
    finally:
        _clear(server)


def _clear(server: Server) -> None:
    machine.kill_all_in(server.data)
    server.destroy()
    if server.keys.is_symlink():
        server.keys.unlink()  # the keys themselves stay
    shutil.rmtree(server.state, ignore_errors=True)


def _lay_out(server: Server, backup: Backup, kept: Path, moment: datetime | None) -> None:
    """Put a copy of the backup in the server's place, with the log beside it and the order to replay it."""
    with _named(server.state):
        backups.verify(backup.path / "data")
        incoming = server.state / "incoming"
        shutil.copytree(backup.path / "data", incoming)
        shutil.copytree(kept / "log", incoming / _REPLAY)
        settings = {"restore_command": f"cp {_REPLAY}/%f %p", "recovery_target_action": "promote"}
        if moment is not None:
            settings["recovery_target_time"] = moment.astimezone(UTC).isoformat(" ")
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        (incoming / "postgresql.auto.conf").write_text("".join(lines))
        (incoming / "recovery.signal").touch()
    server.adopt(incoming)


def _close_epochs(conn: db.Connection, provider: KeyProvider, today: date) -> None:
    """Empty the bridges that lead from keys that were destroyed since, or should have been."""
    rows = epochs.known(conn)
    gone = {*provider.destroyed(), *epochs.due(rows, today)}
    for row in rows[:-1]:
        if row.closed is None and row.code in gone:
            epochs.destroy(conn, provider, row.code, today)


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFull(str(folder), error.strerror or type(error).__name__) from None
