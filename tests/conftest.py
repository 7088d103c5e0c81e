"""Fixtures for all rooms: a real PostgreSQL 18, nothing mocked."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from warehouse import db
from warehouse.server import Server

# A shell starts its background jobs with Ctrl-C ignored, and children inherit that: tests of Ctrl-C would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A test database need not survive a power cut.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}


# A deadline is a timed test, and two processes share this machine.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@dataclass(frozen=True, slots=True)
class Database:
    """A migrated database of one test, in which commits are real. Roles are the server's."""

    name: str
    server: Server

    def dsn(self, role: str = "owner") -> str:
        return self.server.dsn(role, self.name)

    def connect(self, role: str = "owner") -> db.Connection:
        return db.connect(self.dsn(role))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server of this test session, in a folder that another user can pass through (needed as root)."""
    folder = Path(tempfile.mkdtemp(prefix="admon-test-"))
    folder.chmod(0o711)
    running = Server(folder / "state", options=FAST)
    try:
        yield running.start()
    finally:
        running.destroy()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated(server: Server) -> str:
    """Connection string of the owner to the session's migrated database."""
    with db.connect(server.dsn("owner")) as conn:
        db.migrate(conn)
    return server.dsn("owner")


@pytest.fixture
def conn(migrated: str) -> Iterator[db.Connection]:
    """A connection as owner to a migrated database; all that a test does is rolled back."""
    with db.connect(migrated) as connection, db.transaction(connection, rollback=True):
        yield connection


@pytest.fixture
def database(server: Server) -> Iterator[Database]:
    """A database of the test's own, migrated, for tests that commit or need several roles or connections."""
    name = f"test_{next(_NUMBERS)}"
    with db.connect(server.dsn("admin", "postgres")) as admin:
        db.script(admin, f"CREATE DATABASE {name} OWNER owner")
        try:
            with db.connect(server.dsn("owner", name)) as owner:
                db.migrate(owner)
            yield Database(name, server)
        finally:
            db.script(admin, f"DROP DATABASE {name} WITH (FORCE)")


_NUMBERS = iter(range(1, 1_000_000))
