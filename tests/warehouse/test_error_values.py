"""Errors never carry values: whatever fails, a planted value is nowhere in what is raised, printed or logged."""

import contextlib
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from threading import Thread

import pytest
import structlog

from warehouse import db
from warehouse.errors import WarehouseError

PLANTED = "+31620000042"
DIGITS = "31620000042"
SURROGATE = PLANTED + "\udcff"


@dataclass(frozen=True, slots=True)
class Place:
    """Where things can go wrong: two connections to a database with a table that refuses."""

    conn: db.Connection
    other: db.Connection
    admin: db.Connection


TABLES = """
CREATE TABLE public.parent (a text PRIMARY KEY);
CREATE TABLE public.t (
    a text PRIMARY KEY CHECK (a <> '31620000042x'), b varchar(5), c int, d date, e text REFERENCES public.parent,
    f text UNIQUE DEFERRABLE INITIALLY DEFERRED, g int4range, h text NOT NULL DEFAULT '', EXCLUDE USING gist (g WITH &&)
);
CREATE FUNCTION public.tell(t text) RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no %', t USING DETAIL = t, HINT = t; END $$;
CREATE FUNCTION public.warn(t text) RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE WARNING 'no %', t; PERFORM 1 / 0; RETURN 1; END $$;
"""


@pytest.fixture(scope="module")
def refusing(server) -> Iterator[str]:
    """Name of a migrated database with tables that refuse."""
    name = "test_error_values"
    with db.connect(server.dsn("admin", "postgres")) as admin:
        db.script(admin, f"CREATE DATABASE {name} OWNER owner")
        try:
            with db.connect(server.dsn("owner", name)) as owner:
                db.migrate(owner)
                db.script(owner, TABLES)
            yield name
        finally:
            db.script(admin, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def place(server, refusing) -> Iterator[Place]:
    owner = server.dsn("owner", refusing)
    with db.connect(owner) as conn, db.connect(owner) as other, db.connect(server.dsn("admin", refusing)) as admin:
        db.script(admin, "TRUNCATE public.t, public.parent")
        yield Place(conn, other, admin)


def copied(conn: db.Connection, columns: dict[str, str], *records: tuple[object, ...]) -> None:
    db.copy_in(conn, "public.t", columns, iter(records))


def said(conn: db.Connection, text: str) -> None:
    db.script(conn, text)


def deferred(place: Place) -> None:
    with db.transaction(place.conn):
        said(place.conn, f"INSERT INTO public.t (a, f) VALUES ('1', '{PLANTED}'), ('2', '{PLANTED}')")


def deadlocked(place: Place) -> None:
    """Whichever of the two the server chooses to end."""
    found: list[WarehouseError] = []

    def other() -> None:
        try:
            said(place.other, f"UPDATE public.parent SET a = a WHERE a = '{PLANTED}'")
        except WarehouseError as error:
            found.append(error)

    said(place.conn, f"INSERT INTO public.parent VALUES ('{PLANTED}'), ('2')")
    with db.transaction(place.conn), db.transaction(place.other):
        said(place.conn, f"UPDATE public.parent SET a = a WHERE a = '{PLANTED}'")
        said(place.other, "UPDATE public.parent SET a = a WHERE a = '2'")
        waits = Thread(target=other)
        waits.start()
        try:
            said(place.conn, "UPDATE public.parent SET a = a WHERE a = '2'")
        finally:
            waits.join()
        raise found.pop()


def timed_out(place: Place, setting: str, text: str) -> None:
    with db.transaction(place.other), db.transaction(place.conn):
        said(place.other, f"INSERT INTO public.parent VALUES ('{PLANTED}')")
        said(place.conn, f"SET LOCAL {setting} = '30ms'")
        said(place.conn, text)


def cut_off(place: Place) -> None:
    said(place.admin, f"SELECT pg_terminate_backend({place.conn.info.backend_pid})")
    copied(place.conn, {"a": "text"}, (PLANTED,))


def unrightful(place: Place) -> None:
    with db.transaction(place.admin):
        said(place.admin, "SET LOCAL ROLE analist")
        said(place.admin, f"INSERT INTO public.t (a) VALUES ('{PLANTED}')")


WAYS: dict[str, Callable[[Place], None]] = {
    "unique": lambda p: said(p.conn, f"INSERT INTO public.t (a) VALUES ('{PLANTED}'), ('{PLANTED}')"),
    "unique in COPY": lambda p: copied(p.conn, {"a": "text"}, (PLANTED,), (PLANTED,)),
    "unique at COMMIT": deferred,
    "check": lambda p: said(p.conn, f"INSERT INTO public.t (a, h) VALUES ('{DIGITS}x', '{PLANTED}')"),
    "check in COPY": lambda p: copied(p.conn, {"a": "text"}, (f"{DIGITS}x",)),
    "not null": lambda p: said(p.conn, f"INSERT INTO public.t (a, h) VALUES ('{PLANTED}', NULL)"),
    "exclusion": lambda p: said(
        p.conn, f"INSERT INTO public.t (a, g) VALUES ('{PLANTED}', '[1,{DIGITS[:9]})'), ('2', '[1,{DIGITS[:9]})')"
    ),
    "foreign key": lambda p: said(p.conn, f"INSERT INTO public.t (a, e) VALUES ('1', '{PLANTED}')"),
    "too long": lambda p: said(p.conn, f"INSERT INTO public.t (a, b) VALUES ('1', '{PLANTED}')"),
    "too long in COPY": lambda p: copied(p.conn, {"a": "text", "b": "varchar"}, ("1", PLANTED)),
    "no number": lambda p: said(p.conn, f"SELECT '{PLANTED}x'::int"),
    "number too large": lambda p: said(p.conn, f"SELECT {DIGITS}::int"),
    "no date": lambda p: said(p.conn, f"SELECT '{PLANTED}'::date"),
    "bad syntax": lambda p: said(p.conn, f"SELEKT '{PLANTED}'"),
    "no such column": lambda p: said(p.conn, f'SELECT "{PLANTED}" FROM public.t'),
    "no such table": lambda p: said(p.conn, f'SELECT 1 FROM "{PLANTED}"'),
    "raised by a function": lambda p: said(p.conn, f"SELECT public.tell('{PLANTED}')"),
    "warned by a function": lambda p: said(p.conn, f"SELECT public.warn('{PLANTED}')"),
    "wrong type in COPY": lambda p: copied(p.conn, {"a": "text", "d": "date"}, ("1", PLANTED)),
    "number for text in COPY": lambda p: copied(p.conn, {"a": "text"}, (int(DIGITS),)),
    "number too large in COPY": lambda p: copied(p.conn, {"a": "text", "c": "int4"}, ("1", int(DIGITS))),
    "too few columns in COPY": lambda p: copied(p.conn, {"a": "text", "b": "varchar"}, (PLANTED,)),
    "half a surrogate in COPY": lambda p: copied(p.conn, {"a": "text"}, (SURROGATE,)),
    "a zero byte in COPY": lambda p: copied(p.conn, {"a": "text"}, (f"{PLANTED}\0",)),
    "half a surrogate in a parameter": lambda p: db.execute(p.conn, "load_receipt", {"subject": SURROGATE}),
    "a wrong type in a parameter": lambda p: db.tuples(p.conn, "load_month", {"day": PLANTED}),
    "an object in a parameter": lambda p: db.tuples(p.conn, "load_month", {"day": {PLANTED}}),
    "a missing parameter": lambda p: db.rows(p.conn, "load_month", Place, {PLANTED: PLANTED}),
    "a row of another type": lambda p: db.rows(p.conn, "migration_list", Place, {"subject": PLANTED}),
    "half a surrogate in a script": lambda p: said(p.conn, f"SELECT '{SURROGATE}'"),
    "deadlock": deadlocked,
    "lock timeout": lambda p: timed_out(p, "lock_timeout", f"INSERT INTO public.parent VALUES ('{PLANTED}')"),
    "statement timeout": lambda p: timed_out(p, "statement_timeout", f"SELECT pg_sleep(9), '{PLANTED}'"),
    "no right": unrightful,
    "connection lost": cut_off,
}


@contextlib.contextmanager
def listening() -> Iterator[StringIO]:
    """All that Python's logging and structlog write meanwhile, with the driver at its most talkative."""
    heard = StringIO()
    handler = logging.StreamHandler(heard)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(heard),
    )
    try:
        yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        structlog.configure(**before)


def chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and each not in seen:
            seen.append(each)
            yield each
            waiting += [each.__cause__, each.__context__]


def told(error: BaseException) -> str:
    """Everything that an error can be made to say, variables of the frames of our own rooms included."""
    parts = []
    for each in chain(error):
        parts += [
            str(each),
            repr(each),
            repr(each.args),
            repr(getattr(each, "__dict__", {})),
            *getattr(each, "__notes__", []),
        ]
        for frame in traceback.TracebackException.from_exception(each, capture_locals=True).stack:
            if "/warehouse/" in frame.filename and "/tests/" not in frame.filename:
                parts.append(repr(frame.locals))
    return "\n".join(parts)


@pytest.mark.parametrize("way", WAYS)
def test_an_error_tells_no_value(place, server, capfd, way):
    log = server.state / "pg" / "server.log"
    start = log.stat().st_size
    with listening() as heard:
        with pytest.raises(WarehouseError) as caught:
            WAYS[way](place)
        structlog.get_logger().error("failed", exc_info=_without_this_file(caught.value))
        logging.getLogger("job").error("failed", exc_info=_without_this_file(caught.value))
    printed = capfd.readouterr()
    everything = {
        "error": told(caught.value),
        "logging": heard.getvalue(),
        "printed": printed.out + printed.err,
        "server": log.read_bytes()[start:].decode(),
    }
    assert '"failed"' in everything["logging"]  # structlog was heard
    for where, text in everything.items():
        assert DIGITS not in text, where
        assert DIGITS[:9] not in text, where
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def _without_this_file(error: WarehouseError) -> tuple[type, WarehouseError, object]:
    """The error as it leaves the room: frames of this test hold the value as a matter of course."""
    trace = error.__traceback__
    while trace is not None and "/tests/" in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    return type(error), error.with_traceback(trace), trace


def test_the_value_would_be_seen(place):
    """The same questions put to the driver itself: this is what is kept out."""
    with pytest.raises(Exception, match="duplicate key") as caught:
        place.conn.execute(f"INSERT INTO public.t (a) VALUES ('{PLANTED}'), ('{PLANTED}')".encode())
    assert PLANTED in told(caught.value)


def test_nothing_of_a_failed_copy_stays(place):
    """Also where Python failed and not the server, half of the rows having been sent."""
    for way in ("half a surrogate in COPY", "wrong type in COPY", "number too large in COPY", "unique in COPY"):
        columns = {"a": "text", "c": "int4", "d": "date"}
        bad = {"half": (SURROGATE, 1, None), "wrong": ("x", 1, PLANTED), "number": ("x", 2**40, None)}
        record = bad.get(way.split(maxsplit=1)[0], ("0", 0, None))
        good = [(str(n), n, date(2026, 10, 12)) for n in range(1000)]
        with pytest.raises(WarehouseError):
            copied(place.conn, columns, *good, record)
        assert place.conn.execute(b"SELECT count(*) FROM public.t").fetchone() == (0,)
