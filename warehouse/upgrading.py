"""The database's version and the program's: forward with a backup first, whole or not at all; never backward."""

from pathlib import Path

from warehouse import backups, db
from warehouse.copy_errors import UpgradeFailed
from warehouse.errors import DatabaseFailed, MigrationMissing
from warehouse.remote import Database
from warehouse.server import Server

MIGRATIONS = Path(__file__).parent / "migrations"


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

    Arguments and errors are those of `check`.
    """
    check(conn, folder)
    return sorted(_known(folder) - _ran(conn))


def upgrade(database: Database, state: Path, kept: Path, folder: Path = MIGRATIONS) -> tuple[list[str], Path | None]:
    """Bring the database up to this program; before a change of what holds anything, make a backup.

    All that is due runs in one transaction: broken off anywhere, the database is as it was, and the program of before
    goes on with it. Called again, it starts anew. Of a database that runs elsewhere we make no backup: its keeper does.

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
        MigrationChanged: a file was edited after it had run.
        WarehouseError: the backup could not be made, so nothing was changed.
    """
    with database:
        database.set_up()
        with db.connect(database.dsn("owner")) as conn:
            if not pending(conn, folder):
                return [], None
            if not isinstance(database, Server) or db.tuples(conn, "holds_anything") != [(True,)]:
                return _run(conn, folder, None), None
    backup = backups.make(state, kept).path  # which starts the server with an archive, so it may not run yet
    with database, db.connect(database.dsn("owner")) as conn:
        return _run(conn, folder, backup), backup


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
