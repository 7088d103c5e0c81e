"""A PostgreSQL that somebody else runs: where it is, and how its roles log in. And what it has in common with our own."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from warehouse import bootstrap
from warehouse.errors import UnusableAddress
from warehouse.machine import is_here
from warehouse.passwords import ensure_password, password_of

_SCHEMES = {"postgresql", "postgres"}
_OPTIONS = {"sslmode", "sslrootcert", "connect_timeout"}
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_NOT_OURS = {bootstrap.AIRFLOW, "postgres", "template0", "template1"}
_MODES = {"verify-full", "disable"}  # what lies between encrypts for whoever claims to be the server


class Database(Protocol):
    """A PostgreSQL server with our databases and roles: the embedded one, or one that runs elsewhere."""

    @property
    def address(self) -> Mapping[str, str]:
        """Where it is, in the words of libpq: `host`, and what else is needed to reach it. No user, no password."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def dsn(self, role: str, database: str | None = None) -> str:
        """Give the connection string of a role, with its password: never log it."""

    def database_of(self, role: str) -> str:
        """Give the name of the database that a role works in."""

    def password(self, role: str) -> str:
        """Give the password of a role, from `keys/db-<role>`."""

    def set_up(self) -> None:
        """Make the databases and roles where they are missing."""


def conninfo(**words: str) -> str:
    r"""Join libpq's words into a connection string.

    >>> conninfo(host="db.example", sslrootcert="/a folder/ca.pem")
    "host='db.example' sslrootcert='/a folder/ca.pem'"
    """
    quoted = {word: value.replace("\\", r"\\").replace("'", r"\'") for word, value in words.items()}
    return " ".join(f"{word}='{value}'" for word, value in quoted.items())


class RemoteServer:
    """A server at an address. Entering and leaving it does nothing: it runs whether we are there or not.

    Args:
        address: `postgresql://host:port/database?sslmode=verify-full&sslrootcert=FILE`, without user and password. A
            server on another machine is reached with its certificate checked or not at all; on this machine
            `sslmode` may be left out. The database is `advertentiemonitor` where none is named.
        keys: folder with a file `db-<role>` for each role that is used here.

    Raises:
        UnusableAddress: it is no such address; what it held is not repeated.
    """

    def __init__(self, address: str, keys: Path) -> None:
        self._keys = keys
        try:
            read = urlsplit(address)
            host, port = read.hostname or "", read.port
            options = dict(parse_qsl(read.query, keep_blank_values=True, strict_parsing=bool(read.query)))
        except ValueError:
            raise UnusableAddress("it is not postgresql://host:port/database?sslmode=verify-full") from None
        if read.scheme not in _SCHEMES or not host or read.fragment:
            raise UnusableAddress("it is not postgresql://host:port/database?sslmode=verify-full")
        if read.username is not None or read.password is not None:
            raise UnusableAddress(
                "user and password do not belong in it: passwords are files db-ROLE in the key folder"
            )
        if unknown := options.keys() - _OPTIONS:
            raise UnusableAddress(
                f"it may hold {', '.join(sorted(_OPTIONS))}, and {len(unknown)} of its words are others"
            )
        mode = options.setdefault("sslmode", "disable" if is_here(host) else "")
        if mode not in _MODES or (mode == "disable" and not is_here(host)):
            raise UnusableAddress("sslmode has to be verify-full for a server on another machine")
        if mode == "verify-full":
            options.setdefault("sslrootcert", "system")
        self._database = unquote(read.path.lstrip("/")) or bootstrap.WAREHOUSE
        if not _NAME.fullmatch(self._database) or self._database in _NOT_OURS:
            raise UnusableAddress(
                "its database has a name of lower-case letters, digits and _, and is none of PostgreSQL's"
            )
        self.address: Mapping[str, str] = {"host": host, "port": str(port or 5432), **options}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def dsn(self, role: str, database: str | None = None) -> str:
        """Give the connection string of a role, with its password: never log it.

        Args:
            role: one of `warehouse.bootstrap.LOGIN_ROLES`.
            database: if not the role's own.

        Raises:
            MissingKey: its password is not in the key folder.
        """
        name = database or self.database_of(role)
        return conninfo(**self.address, user=role, dbname=name, password=self.password(role))

    def database_of(self, role: str) -> str:
        """Give the name of the database that a role works in."""
        return bootstrap.database_of(role, self._database)

    def password(self, role: str) -> str:
        """Give the password of a role, from `db-<role>` in the key folder.

        Raises:
            MissingKey: there is none.
        """
        return password_of(self._keys, role)

    def set_up(self) -> None:
        """Make databases and roles, and give each role its password; run again it makes what is missing.

        The role `admin` has to be there, a superuser, with its password in `db-admin`. A password is made for a new role
        only: another machine may hold that of a role which is there.

        Raises:
            MissingKey: the password of `admin`, or of a role that is there, is not in the key folder.
            WarehouseError: the server refused.
        """

        def password(role: str, is_there: bool) -> str:  # noqa: FBT001 - as bootstrap asks
            return (password_of if is_there else ensure_password)(self._keys, role)

        bootstrap.run(self.dsn(bootstrap.ADMIN, "postgres"), self._database, password)
