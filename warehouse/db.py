"""The one door to PostgreSQL. SQL lives in `queries/<name>.sql` with named parameters, and in `migrations/`.

Errors of the driver carry values (DETAIL of a unique violation, CONTEXT of a COPY): here they become errors that hold
the SQL state and the table only, without a cause or context to print.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg import pq, sql
from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from warehouse.errors import (
    DatabaseFailed,
    MigrationChanged,
    MigrationMissing,
    NotAllowed,
    ServerUnavailable,
    StatementTooSlow,
    StorageFull,
    WarehouseError,
)

__all__ = [
    "Connection",
    "Json",
    "Params",
    "connect",
    "copy_in",
    "execute",
    "in_transaction",
    "migrate",
    "rows",
    "script",
    "set_password",
    "transaction",
    "tuples",
    "vacuum",
]

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]
Params: TypeAlias = Mapping[str, Any] | None
Json = Jsonb  # wrap a dict in it to write a jsonb column
Row = TypeVar("Row")

HERE = Path(__file__).parent
_SETUP_LOCK = 4_711_026  # any number; it only has to be ours


def connect(dsn: str) -> Connection:
    """Connect; use it in a `with` block, which closes it. Statements commit at once unless in `transaction`.

    Args:
        dsn: as given by `warehouse.server.Server.dsn`.

    Raises:
        ServerUnavailable: nothing listens there, or the password is not right.
    """
    failure: WarehouseError | None = None
    try:
        # Plans are not kept: settings and partitions change under them.
        return psycopg.connect(dsn, autocommit=True, prepare_threshold=None, row_factory=tuple_row)
    except psycopg.OperationalError as error:
        failure = _connect_failure(error)
    raise failure


@contextmanager
def transaction(conn: Connection, *, rollback: bool = False) -> Iterator[None]:
    """Run a block whole or not at all; inside another transaction it is a savepoint.

    Args:
        conn: a connection from `connect`.
        rollback: undo the block in any case (tests, trials).

    Raises:
        WarehouseError: the database refused; nothing of the block was kept.
    """
    failure: WarehouseError | None = None
    try:
        with conn.transaction(force_rollback=rollback):
            yield
    except psycopg.Error as error:
        failure = _named(error)
    if failure is not None:
        raise failure


def in_transaction(conn: Connection) -> bool:
    """Tell whether a transaction is open."""
    return conn.info.transaction_status != pq.TransactionStatus.IDLE


def rows(conn: Connection, query: str, row: type[Row], params: Params = None) -> list[Row]:
    """Run `queries/<query>.sql`; its column names must equal the field names of `row`.

    Raises:
        WarehouseError: the database refused.
    """
    failure: WarehouseError | None = None
    try:
        with conn.cursor(row_factory=class_row(row)) as cursor:
            return cursor.execute(_text(query), params).fetchall()
    except psycopg.Error as error:
        failure = _named(error)
    raise failure


def tuples(conn: Connection, query: str, params: Params = None, *, binary: bool = True) -> list[tuple[Any, ...]]:
    """Run `queries/<query>.sql` and give plain tuples: for many rows, several times quicker than `rows`.

    Raises:
        WarehouseError: the database refused.
    """
    failure: WarehouseError | None = None
    try:
        with conn.cursor(binary=binary) as cursor:
            return cursor.execute(_text(query), params).fetchall()
    except psycopg.Error as error:
        failure = _named(error)
    raise failure


def execute(conn: Connection, query: str, params: Params = None) -> int:
    """Run `queries/<query>.sql` and give the number of rows it touched.

    Raises:
        WarehouseError: the database refused.
    """
    failure: WarehouseError | None = None
    try:
        with conn.cursor() as cursor:
            return cursor.execute(_text(query), params).rowcount
    except psycopg.Error as error:
        failure = _named(error)
    raise failure


def copy_in(conn: Connection, table: str, columns: Mapping[str, str], records: Iterable[Sequence[Any]]) -> int:
    """Write many rows with binary COPY and give their number.

    Args:
        conn: a connection from `connect`.
        table: name, with its schema where it has one.
        columns: names with their PostgreSQL types, in the order of each record, e.g. `{"day_date": "date"}`.
        records: rows, best in the order of the table's index; wrap values of jsonb columns in `Json`.

    Raises:
        WarehouseError: the database refused.
    """
    failure: WarehouseError | None = None
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    target = sql.Identifier(*table.split("."))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(target, names)
    count = 0
    try:
        with conn.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(list(columns.values()))
            for record in records:
                copy.write_row(record)
                count += 1
    except psycopg.Error as error:
        failure = _named(error)
    if failure is not None:
        raise failure
    return count


def script(conn: Connection, text: str) -> None:
    """Run SQL of our own that may hold several statements and takes no parameters.

    Raises:
        WarehouseError: the database refused.
    """
    failure: WarehouseError | None = None
    try:
        conn.execute(text.encode())
    except psycopg.Error as error:
        failure = _named(error)
    if failure is not None:
        raise failure


def vacuum(conn: Connection, *tables: str) -> None:
    """Free the space of deleted rows, so that what was destroyed does not linger in the files.

    Raises:
        WarehouseError: the database refused, or a transaction is open.
    """
    for table in tables:
        script(conn, sql.SQL("VACUUM {}").format(sql.Identifier(*table.split("."))).as_string(conn))


def set_password(conn: Connection, role: str, password: str) -> None:
    """Let `role` log in with a password. The server gets a SCRAM verifier, never the password itself.

    Raises:
        WarehouseError: the database refused.
    """
    verifier = conn.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(verifier))
    script(conn, statement.as_string(conn))


@contextmanager
def alone(conn: Connection) -> Iterator[None]:
    """Wait until nobody else sets up this database, then be the only one.

    A process that was killed still counts until the server has finished its last statement: CREATE DATABASE goes on
    for a while without its client.

    Raises:
        WarehouseError: the database refused.
    """
    script(conn, f"SELECT pg_advisory_lock({_SETUP_LOCK})")
    try:
        yield
    finally:
        if not conn.closed:
            script(conn, f"SELECT pg_advisory_unlock({_SETUP_LOCK})")


def migrate(conn: Connection, folder: Path = HERE / "migrations") -> list[str]:
    """Run the migrations that have not run here, each in a transaction of its own, and give their names.

    Several processes may call it at once: one works, the others wait and find nothing left to do.

    Raises:
        MigrationChanged: a file was edited after it had run.
        MigrationMissing: the database has run a file that is not here.
        DatabaseFailed: a file failed; those before it are kept, nothing of it is.
    """
    done: list[str] = []
    with alone(conn):
        execute(conn, "migration_table")
        ran = dict(tuples(conn, "migration_list"))
        files = {path.stem: path.read_bytes() for path in sorted(folder.glob("[0-9]*.sql"))}
        for name, digest in sorted(ran.items()):
            if name not in files:
                raise MigrationMissing(name)
            if hashlib.sha256(files[name]).digest() != digest:
                raise MigrationChanged(name)
        for name, content in files.items():
            if name not in ran:
                with transaction(conn):
                    script(conn, content.decode())
                    execute(conn, "migration_add", {"name": name, "digest": hashlib.sha256(content).digest()})
                done.append(name)
    return done


@cache
def _text(query: str) -> bytes:
    return (HERE / "queries" / f"{query}.sql").read_bytes()


def _named(error: psycopg.Error) -> WarehouseError:
    """Give an error of ours that holds no value."""
    state = error.sqlstate or ""
    table = error.diag.table_name or ""
    if state in {"53100", "58030"}:
        return StorageFull("the database's folder", "the disk is full" if state == "53100" else "input/output error")
    if state == "42501":
        return NotAllowed(state, table)
    if state == "57014":
        return StatementTooSlow(state, table)
    if state[:2] in {"08", "57"} or (not state and isinstance(error, psycopg.OperationalError)):
        return ServerUnavailable(
            "the connection was lost", "Nothing of the step at hand was kept; run the same step again."
        )
    if state[:2] == "53":
        return ServerUnavailable("it has no memory or connections to spare", "Close other programs and run it again.")
    return DatabaseFailed(state or type(error).__name__, table)


def _connect_failure(error: psycopg.OperationalError) -> WarehouseError:
    # A failed connection has no SQL state in libpq; the embedded server's messages are in English.
    said = str(error)
    if "authentication failed" in said or "no password supplied" in said:
        return ServerUnavailable("it does not accept this role's password", "Run `init`, which sets passwords anew.")
    if 'database "' in said and "does not exist" in said:
        return ServerUnavailable("it has no such database", "Run `init`, which makes it.")
    if "starting up" in said or "shutting down" in said or "recovery" in said:
        return ServerUnavailable("it is starting or stopping", "Wait a moment and run the same command again.")
    if "too many" in said or "connection slots" in said:
        return ServerUnavailable("all its connections are taken", "Close other programs and run it again.")
    if "permission denied for database" in said:
        return NotAllowed()
    return ServerUnavailable("nothing answers at its socket", "Start it with `up`, or run `doctor`.")
