"""The connection breaks anywhere in a load: never a half day, a named error, and all there after the same call again."""

import contextlib
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from warehouse import db
from warehouse.errors import ServerUnavailable, StatementTooSlow

DAY = date(2026, 10, 12)
TABLES = {
    "crawl": "source_code",
    "listing": "source_code",
    "receipt": "split_part(subject, '/', 1)",
    "sighting": "(SELECT source_code FROM core.listing AS l WHERE l.listing_id = t.listing_id)",
    "listing_version": "(SELECT source_code FROM core.listing AS l WHERE l.listing_id = t.listing_id)",
}
FULL = {"crawl": 1, "listing": 60, "receipt": 1, "sighting": 60, "listing_version": 50}
NOTHING = dict.fromkeys(FULL, 0)
SOCKET = ".s.PGSQL.5432"


class Wire:
    """Stands between a client and the server; at a chosen byte in one direction it does something to the connection."""

    def __init__(self, folder: Path, target: Path) -> None:
        self.folder = folder
        self._target = str(target / SOCKET)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / SOCKET))
        self._listener.listen()
        self.counted: dict[str, int] = {}
        self._threads: list[threading.Thread] = []
        self.limit: tuple[str, int] | None = None
        self.action: Callable[[], None] | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._target)
                self.counted = {"out": 0, "in": 0}
                for way, ends in (("out", (client, server)), ("in", (server, client))):
                    thread = threading.Thread(target=self._pump, args=(way, *ends, self.counted), daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _pump(self, way: str, source: socket.socket, sink: socket.socket, counted: dict[str, int]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if self.limit and self.limit[0] == way and counted[way] + len(data) > self.limit[1]:
                    before = self.limit[1] - counted[way]
                    self.limit = None
                    sink.sendall(data[:before])
                    counted[way] += before
                    if self.action is None:
                        break
                    self.action()
                    data = data[before:]
                counted[way] += len(data)
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def settle(self) -> dict[str, int]:
        """Wait until all that was sent has passed; give the bytes of the last connection."""
        for thread in self._threads:
            thread.join()
        return self.counted

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def wire(server) -> Iterator[Wire]:
    folder = Path(tempfile.mkdtemp(prefix="admon-wire-"))
    made = Wire(folder, server.socket_folder)
    yield made
    made.close()
    shutil.rmtree(folder)


def load(handmade, dsn: str, source: str) -> None:
    rows = [handmade.row(source, str(n), [n], f"text {n}") for n in range(50)]
    with db.connect(dsn) as conn:
        handmade.load(conn, source, DAY, rows, [str(n) for n in range(60)])


def count(conn: db.Connection, source: str) -> dict[str, int]:
    return {
        table: conn.execute(f"SELECT count(*) FROM core.{table} AS t WHERE {of} = %s".encode(), [source]).fetchone()[0]
        for table, of in TABLES.items()
    }


def through(database, wire: Wire) -> str:
    return database.dsn("reader").replace(str(database.server.socket_folder), str(wire.folder))


@pytest.mark.parametrize(
    ("way", "how"), [("out", "cut"), ("in", "cut"), ("out", "terminate"), ("in", "terminate"), ("out", "cancel")]
)
def test_never_half_a_day(database, wire, handmade, way, how):
    """Broken off after so many bytes to the server or from it: by the network, or by an administrator."""
    load(handmade, through(database, wire), "clean")
    total = wire.settle()[way]
    assert total > 1000
    with database.connect() as owner, db.connect(database.server.dsn("admin", database.name)) as admin:
        assert count(owner, "clean") == FULL
        end = {"terminate": "pg_terminate_backend(pid)", "cancel": "pg_cancel_backend(pid)"}.get(how)
        if end:
            wire.action = lambda: db.script(
                admin, f"SELECT {end} FROM pg_stat_activity WHERE usename = 'reader' AND datname = '{database.name}'"
            )
        broken = 0
        for number in range(12):
            source = f"s{number}"
            wire.settle()
            wire.limit = (way, total * (number + 1) // 13)
            try:
                load(handmade, through(database, wire), source)
            except (ServerUnavailable, StatementTooSlow):
                broken += 1
            # The server may still be busy with what it was sent: whoever comes next waits for it at the day's lock.
            load(handmade, database.dsn("reader"), source)
            assert count(owner, source) == FULL
        assert broken >= (8 if how == "cut" else 1)


def test_a_broken_load_leaves_nothing(database, wire, handmade):
    """Cut in the middle of COPY, nobody comes after it: nothing of the day is there."""
    load(handmade, through(database, wire), "clean")
    wire.limit = ("out", wire.settle()["out"] // 2)
    with pytest.raises(ServerUnavailable, match="run the same step again"):
        load(handmade, through(database, wire), "a")
    with database.connect() as owner:
        assert count(owner, "a") == NOTHING


def test_a_commit_that_was_not_heard_of_counts_once(database, wire, handmade):
    """The answer to COMMIT is lost: the day is there, the caller does not know; again it finds the receipt."""
    load(handmade, through(database, wire), "clean")
    heard = wire.settle()["in"]
    unheard = 0
    with database.connect() as owner:
        for back in range(4, 80, 4):
            source = f"c{back}"
            wire.settle()
            wire.limit = ("in", heard - back)
            try:
                load(handmade, through(database, wire), source)
            except ServerUnavailable:
                unheard += count(owner, source) == FULL
            load(handmade, database.dsn("reader"), source)
            assert count(owner, source) == FULL
    assert unheard >= 1
