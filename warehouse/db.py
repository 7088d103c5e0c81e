"""The one door to PostgreSQL. SQL lives in `queries/<name>.sql` with named parameters, and in `migrations/`.

Errors of the driver carry values (DETAIL of a unique violation, CONTEXT of a COPY): here they become errors that hold
the SQL state and the table only, without a cause or context to print. Nor do the frames of this module keep a value
when an error leaves them, in case somebody prints a traceback with its variables.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg import pq, sql
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Dumper, Loader
from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from warehouse.errors import MigrationChanged, MigrationMissing, WarehouseError
from warehouse.sqlstate import named, refused_connection

__all__ = [
    "Connection",
    "Json",
    "Params",
    "append",
    "arrays",
    "connect",
    "copy_in",
    "copy_out",
    "execute",
    "in_transaction",
    "migrate",
    "rows",
    "script",
    "set_password",
    "stream",
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
_ARRAY_KINDS = {"int4": "i4", "int8": "i8", "float4": "f4", "float8": "f8"}
_ARRAY_HEADER = struct.Struct(">5i")  # of an array in binary form: dimensions, has NULLs, type, length, lower bound
_BATCH = 20_000  # rows in memory at once
_INT4 = range(-(2**31), 2**31)
# What the driver cannot write fails before it reaches the server, with errors of Python that hold the value whole.
_FAILURES = (psycopg.Error, ValueError, TypeError, AttributeError, OverflowError, struct.error)


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
        failure = refused_connection(str(error))
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
    except _FAILURES as error:
        failure = _named(error)
    del params
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
    except _FAILURES as error:
        failure = _named(error)
    del params
    raise failure


def arrays(conn: Connection, query: str, params: Params = None) -> list[tuple[Any, ...]]:
    """Run `queries/<query>.sql` and give tuples in which arrays of numbers are numpy's: no object for each number.

    An array of int4, int8, float4 or float8 becomes one of numpy in this machine's byte order; it must hold no NULL. A
    parameter may be an array of numpy: it goes as int4[].

    Raises:
        WarehouseError: the database refused.
    """
    failure: WarehouseError | None = None
    try:
        with conn.cursor(binary=True) as cursor:
            _take_arrays(cursor.adapters)
            return cursor.execute(_text(query), params).fetchall()
    except _FAILURES as error:
        failure = _named(error)
    del params
    raise failure


def stream(
    conn: Connection, table: str, columns: Sequence[str], order: Sequence[str], upto: tuple[str, Any] | None = None
) -> Iterator[list[tuple[Any, ...]]]:
    """Read a table in order, some ten thousand rows at a time; inside a transaction.

    Args:
        conn: a connection from `connect`, in a transaction.
        table: name with its schema.
        columns: what to read.
        order: columns to sort by.
        upto: a column and the largest value of it to read.

    Raises:
        WarehouseError: the database refused.
    """
    failure: WarehouseError | None = None
    names, keys = (sql.SQL(", ").join(map(sql.Identifier, each)) for each in (columns, order))
    only = sql.SQL("WHERE {} <= {}").format(sql.Identifier(upto[0]), sql.Literal(upto[1])) if upto else sql.SQL("")
    source = sql.Identifier(*table.split("."))
    try:
        with conn.cursor("streamed") as cursor:
            cursor.execute(sql.SQL("SELECT {} FROM {} {} ORDER BY {}").format(names, source, only, keys))
            while batch := cursor.fetchmany(_BATCH):
                yield batch
    except _FAILURES as error:
        failure = _named(error)
    if failure is not None:
        raise failure


def copy_out(conn: Connection, *table: str) -> Iterator[bytes]:
    """Read all rows of a table in the text form of COPY, one a line; `bytea` is hexadecimal. Errors are those of `stream`."""
    failure: WarehouseError | None = None
    try:
        with conn.cursor().copy(sql.SQL("COPY (TABLE {}) TO STDOUT").format(sql.Identifier(*table))) as copy:
            yield from map(bytes, copy)
    except _FAILURES as error:
        failure = _named(error)
    if failure is not None:
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
    except _FAILURES as error:
        failure = _named(error)
    del params
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
    count, record = 0, None
    # The driver cuts off what does not fit, without a word.
    whole = [place for place, kind in enumerate(columns.values()) if kind == "int4"]
    try:
        with conn.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(list(columns.values()))
            for record in records:
                if any(not _INT4.start <= (record[place] or 0) < _INT4.stop for place in whole):
                    raise OverflowError
                copy.write_row(record)
                count += 1
    except _FAILURES as error:
        failure = _named(error)
    del records, record
    if failure is not None:
        raise failure
    return count


def append(conn: Connection, table: str, columns: Mapping[str, str], records: Iterable[Sequence[Any]]) -> int:
    """Write many rows to a table with row security, which COPY cannot do: they pass through a temporary table.

    Arguments, result and errors are those of `copy_in`.
    """
    target, names = sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    fill = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM appended").format(target, names, names)
    with transaction(conn):
        script(conn, sql.SQL("CREATE TEMP TABLE appended (LIKE {})").format(target).as_string(conn))
        count = copy_in(conn, "appended", columns, records)
        script(conn, fill.as_string(conn))
        script(conn, "DROP TABLE appended")
    return count


def script(conn: Connection, text: str) -> None:
    """Run SQL of our own that may hold several statements and takes no parameters.

    Raises:
        WarehouseError: the database refused.
    """
    failure: WarehouseError | None = None
    try:
        conn.execute(text.encode())
    except _FAILURES as error:
        failure = _named(error)
    del text
    if failure is not None:
        raise failure


def vacuum(conn: Connection, *tables: str) -> None:
    """Free the space of deleted rows, so that what was destroyed does not linger in the files; count anew for plans.

    Raises:
        WarehouseError: the database refused, or a transaction is open.
    """
    for table in tables:
        script(conn, sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(*table.split("."))).as_string(conn))


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
    with alone(conn):
        due = migrations_due(conn, folder)
        for name, content in due.items():
            with transaction(conn):
                script(conn, content.decode())
                execute(conn, "migration_add", {"name": name, "digest": hashlib.sha256(content).digest()})
    return list(due)


def migrations_due(conn: Connection, folder: Path = HERE / "migrations") -> dict[str, bytes]:
    """Give the migrations that have not run here by name, in order, with their text.

    Raises:
        MigrationChanged, MigrationMissing: see `migrate`.
    """
    execute(conn, "migration_table")
    ran = dict(tuples(conn, "migration_list"))
    files = {path.stem: path.read_bytes() for path in sorted(folder.glob("[0-9]*.sql"))}
    for name, digest in sorted(ran.items()):
        if name not in files:
            raise MigrationMissing(name)
        if hashlib.sha256(files[name]).digest() != digest:
            raise MigrationChanged(name)
    return {name: content for name, content in files.items() if name not in ran}


def _take_arrays(adapters: AdaptersMap) -> None:
    """Let arrays of numbers pass as they are, in the binary form of PostgreSQL: a header, then length and value of each."""
    import numpy as np

    def element(kind: str) -> "np.dtype[Any]":
        return np.dtype([("length", ">i4"), ("value", f">{kind}")])

    class ArrayDumper(Dumper):
        format = pq.Format.BINARY
        oid = adapters.types["int4"].array_oid

        def dump(self, obj: Any) -> bytes:
            table = np.empty(len(obj), dtype=element("i4"))
            table["length"], table["value"] = 4, obj
            return _ARRAY_HEADER.pack(1, 0, adapters.types["int4"].oid, len(obj), 1) + table.tobytes()

    def loader_of(kind: str) -> type[Loader]:
        class ArrayLoader(Loader):
            format = pq.Format.BINARY

            def load(self, data: Buffer) -> Any:
                if struct.unpack_from(">4xi", data)[0]:
                    raise ValueError("an array of numbers holds NULL")
                values = np.frombuffer(data, dtype=element(kind), offset=min(len(data), _ARRAY_HEADER.size))
                return values["value"].astype(kind)

        return ArrayLoader

    adapters.register_dumper(np.ndarray, ArrayDumper)
    for name, kind in _ARRAY_KINDS.items():
        adapters.register_loader(adapters.types[name].array_oid, loader_of(kind))


@cache
def _text(query: str) -> bytes:
    return (HERE / "queries" / f"{query}.sql").read_bytes()


def _named(error: Exception) -> WarehouseError:
    """Give an error of ours that holds no value."""
    if isinstance(error, psycopg.Error) and (error.sqlstate or isinstance(error, psycopg.OperationalError)):
        return named(error.sqlstate or "", error.diag.table_name or "")
    return named(type(error).__name__)
