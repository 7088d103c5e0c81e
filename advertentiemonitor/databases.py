"""Which database an installation has, and connecting to it in a role. Embedded or elsewhere makes no difference above here."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from advertentiemonitor.errors import DatabaseElsewhere, NoInstallation
from advertentiemonitor.settings import Settings
from warehouse import db, upgrading
from warehouse.errors import DatabaseFailed, DatabaseOlder, MissingKey, WarehouseError
from warehouse.remote import Database, RemoteServer
from warehouse.server import Server

# SQL states of a table, column or function that is not there.
_NOT_THERE = frozenset({"42P01", "42703", "42883"})
_NOT_NEWER: set[Path] = set()  # state folders whose database this process has found to be none of a newer program


def database(settings: Settings) -> Database:
    """The database of these settings: the embedded server, or the one at their address. Nothing is made or asked."""
    if settings.database:
        return RemoteServer(settings.database, settings.root / "keys")
    return Server(settings.root)


def is_made(settings: Settings) -> bool:
    """Tell whether an installation has a database: elsewhere, or its own, even where its files are gone since."""
    return bool(settings.database) or Server(settings.root).was_made


def installed(settings: Settings) -> Database:
    """The database of an installation.

    Raises:
        NoInstallation: there is none in the state folder; nothing is made there, for a folder may be mistyped.
    """
    return database(settings) if settings.database else embedded(settings)


def embedded(settings: Settings) -> Server:
    """The embedded server of an installation: what only a server of our own can do (backups, its files).

    Raises:
        NoInstallation: there is none in the state folder.
        DatabaseElsewhere: its database runs elsewhere.
    """
    if settings.database:
        raise DatabaseElsewhere
    if not is_made(settings):
        raise NoInstallation(settings.root)
    return Server(settings.root)


@contextmanager
def kept_running(settings: Settings) -> Iterator[None]:
    """Start the embedded server once for all that is asked of it within the block; where it cannot, whoever asks is told.

    Started for each question, it would close a segment of its log each time, and take a second for it.
    """
    with ExitStack() as stack:
        with suppress(WarehouseError, OSError, ValueError):
            if not settings.database and is_made(settings):
                stack.enter_context(Server(settings.root))
        yield


@contextmanager
def warehouse_as(settings: Settings, role: str) -> Iterator[db.Connection]:
    """Connect as `role`, starting the embedded server if it does not run yet.

    Raises:
        NoInstallation: see `installed`.
        DatabaseOlder: see `opened`.
    """
    with opened(settings) as server, db.connect(server.dsn(role)) as conn:
        yield conn


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """Start the embedded server of an installation if it does not run yet.

    Raises:
        NoInstallation: see `installed`.
        DatabaseOlder: what was asked of the database is not in it, and there are migrations that have not run.
        MigrationMissing: the database is newer than this program.
    """
    with installed(settings) as server:
        _refuse_if_newer(settings, server)
        try:
            yield server
        except DatabaseFailed as error:
            if error.sqlstate not in _NOT_THERE:
                raise
            if not _is_behind(server):
                raise
            raise DatabaseOlder from None


def _refuse_if_newer(settings: Settings, server: Database) -> None:
    if settings.root not in _NOT_NEWER:
        with suppress(MissingKey), db.connect(server.dsn("owner")) as owner:  # a worker of one trust domain cannot look
            upgrading.check(owner)
        _NOT_NEWER.add(settings.root)


def _is_behind(server: Database) -> bool:
    try:
        with db.connect(server.dsn("owner")) as owner:
            return bool(upgrading.pending(owner))
    except MissingKey:  # a worker of one trust domain cannot look
        return False
