"""The database's version and the program's: forward with a backup first, whole or not at all; never backward."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warehouse import backups, db
from warehouse.copy_errors import UpgradeFailed
from warehouse.errors import DatabaseFailed, MigrationMissing
from warehouse.remote import Database
from warehouse.server import Server

MIGRATIONS = Path(__file__).parent / "migrations"
_NOTE = "upgrade.json"  # which backup was made before which migrations, for whoever tries them again
_FRESH = timedelta(days=1)


def check(conn: db.Connection, folder: Path = MIGRATIONS) -> None:
    """Refuse a database that a newer program has changed: what we would write, it may not understand.

    Args:
        conn: connection of the owner.
        folder: migrations.

    Raises:
        MigrationMissing: see there.
        WarehouseError: the database refused.
    """
    newer = sorted(_ran(conn) - _known(folder))
    if newer:
        raise MigrationMissing(newer[-1])


def pending(conn: db.Connection, folder: Path = MIGRATIONS) -> list[str]:
    """Give the migrations that have not run here, in order.

    Arguments are those of `check`, and its errors.

    Raises:
        MigrationChanged: a file was edited after it had run.
    """
    check(conn, folder)
    return list(db.migrations_due(conn, folder))


def holds_anything(database: Database) -> bool:
    """Tell whether a database was ever given a row; one that was never made holds nothing, and is not made for this.

    Raises:
        WarehouseError: it does not answer.
    """
    if isinstance(database, Server) and not database.was_made:
        return False
    with database:
        database.set_up()
        with db.connect(database.dsn("owner")) as conn:
            return _holds_anything(conn)


def upgrade(database: Database, state: Path, kept: Path, folder: Path = MIGRATIONS) -> tuple[list[str], Path | None]:
    """Bring the database up to this program; before a change of what holds anything, make a backup.

    All that is due runs in one transaction: broken off anywhere, the database is as it was, and the program of before
    goes on with it. Called again, it starts anew, and makes no second backup for the same migrations within a day. Of a
    database that runs elsewhere we make no backup: its keeper does.

    Args:
        database: it must not run yet where a backup is due and none was ever made (`BackupNeedsRestart`).
        state: the state folder.
        kept: the folder of backups.
        folder: migrations.

    Returns:
        What has run, and the backup that was made before it.

    Raises:
        MigrationMissing: the program is older than the database.
        UpgradeFailed: a migration failed; says where the backup is.
        MigrationChanged: a file was edited after it had run; no backup was made for that.
        WarehouseError: the backup could not be made, so nothing was changed.
    """
    note = state / "pg" / _NOTE
    with database:
        database.set_up()
        with db.connect(database.dsn("owner")) as conn:
            due = pending(conn, folder)
            if not due:
                note.unlink(missing_ok=True)  # the program of before goes on: what it writes now is in no backup yet
                return [], None
            if not isinstance(database, Server) or not _holds_anything(conn):
                return _run(conn, folder, None), None
    backup = _made_for(due, note, kept) or _make(due, note, state, kept)
    with database, db.connect(database.dsn("owner")) as conn:
        return _run(conn, folder, backup), backup


def _made_for(due: list[str], note: Path, kept: Path) -> Path | None:
    """Give the backup that was made before the same migrations were tried a short time ago."""
    try:
        noted = json.loads(note.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    fresh = [each.path for each in backups.whole(kept) if datetime.now(UTC) - each.moment < _FRESH]
    return next((path for path in fresh if noted == {"backup": path.name, "due": due}), None)


def _make(due: list[str], note: Path, state: Path, kept: Path) -> Path:
    backup = backups.make(state, kept).path  # which starts the server with an archive, so it may not run yet
    note.write_text(json.dumps({"backup": backup.name, "due": due}), encoding="ascii")
    return backup


def _holds_anything(conn: db.Connection) -> bool:
    return db.tuples(conn, "holds_anything") == [(True,)]


def _run(conn: db.Connection, folder: Path, backup: Path | None) -> list[str]:
    try:
        # The lock is held until the transaction has ended: who waits for it sees what has run.
        with db.alone(conn), db.transaction(conn):
            return db.migrate(conn, folder)
    except DatabaseFailed as error:
        failure = UpgradeFailed(error.sqlstate, backup)
    raise failure


def _known(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("[0-9]*.sql")}


def _ran(conn: db.Connection) -> set[str]:
    db.execute(conn, "migration_table")
    return {str(name) for name, _ in db.tuples(conn, "migration_list")}
