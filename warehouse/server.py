"""The embedded server: a real PostgreSQL for one state folder, without root, network or container.

Processes that use the same state folder share one server: the first starts it, the last to leave stops it. A user is
whoever holds a shared lock on `pg/users`; the kernel drops the lock of a killed process, so no count can go wrong.
As root the server runs as user nobody, for PostgreSQL refuses to run as root.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from warehouse import binaries, bootstrap, data_folder, db, machine
from warehouse.copy_errors import DataExists, DataGone
from warehouse.errors import MissingKey, NotAllowed, PasswordRefused, ServerUnavailable, StorageFull
from warehouse.passwords import ensure_password, password_of
from warehouse.postmaster import SOCKET_NAME, Postmaster
from warehouse.remote import conninfo
from warehouse.server_options import ARCHIVING, OPTIONS

_SOCKET_PATH_LIMIT = 107  # bytes, sun_path of Linux without its final zero
_OTHER_USER = "nobody"
_SHELTER = Path("/var/lib/advertentiemonitor")  # for state folders that the other user cannot enter
_JOIN_SECONDS = 3.0  # to answer, for a server that says it is ready


class Server:
    """The server of one state folder: `with Server(state) as server: db.connect(server.dsn("reader"))`.

    Args:
        state: the state folder; the server keeps its data in `pg` and its roles' passwords in `keys`.
        keep_running: leave it running when the last user leaves, until `stop`.
        options: settings of PostgreSQL on top of `OPTIONS`; count only for whoever starts it.
    """

    def __init__(self, state: Path, *, keep_running: bool = False, options: Mapping[str, str] | None = None) -> None:
        self.state = state.absolute()
        self.keys = self.state / "keys"
        self._keep_running = keep_running
        self._options = {**OPTIONS, **(options or {})}
        self._home = self.state / "pg"
        self._user_lock: int | None = None
        digest = hashlib.sha256(str(self.state).encode()).hexdigest()[:16]
        self._owner: pwd.struct_passwd | None = None
        self._data_home = self._home
        if os.geteuid() == 0:
            self._owner = pwd.getpwnam(_OTHER_USER)
            if not machine.can_enter(self.state, self._owner):
                self._data_home = _SHELTER / digest
        self.data = self._data_home / "data"
        self.archive = self._data_home / "archive"
        self.socket_folder = self._choose_socket_folder(digest)
        self._postmaster = Postmaster(self.data, self.socket_folder, self._home / "server.log", self._owner)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def start(self) -> Self:
        """Start the server, or join the one that runs; make the cluster, databases and roles if need be.

        Raises:
            DataGone: there was a cluster, and its files are not there; an empty one is not made in its place.
            ServerUnavailable: it does not start; the sentence says why, as far as PostgreSQL tells.
            StorageFull: the state folder cannot be written.
            MissingKey: the password of the administrator is gone.
        """
        try:
            self._refuse_if_gone()
            self._make_folders()
            with self._lock():
                if not self.is_running():
                    self._make_socket_folder()  # under the lock, for who leaves last takes it away
                if self._user_lock is None:
                    self._user_lock = os.open(self._home / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                    fcntl.flock(self._user_lock, fcntl.LOCK_SH)
                try:
                    if not self._has_joined():
                        self._start()
                    if not self._is_set_up():
                        self._bootstrap()
                    if self._keep_running:
                        (self._home / "keep").touch(0o600)
                except BaseException:
                    self._stop_if_alone()  # Ctrl-C while it starts must not leave it behind
                    raise
        except OSError as error:
            raise StorageFull(str(self.state), error.strerror or type(error).__name__) from None
        return self

    def leave(self) -> None:
        """Stop using the server; the last to leave stops it, unless it was asked to keep running."""
        if self._user_lock is None:
            return
        with self._lock():
            self._stop_if_alone()

    def _stop_if_alone(self) -> None:
        """Give up our use of the server, and stop it if nobody else uses it and it need not stay. The lock is ours."""
        if self._user_lock is None:
            return
        try:
            fcntl.flock(self._user_lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            alone = False
        else:
            alone = not (self._home / "keep").exists()
        if alone:
            self._stop()
        self._drop_user_lock()

    def stop(self) -> None:
        """Stop the server, whoever uses it. Nothing of it is left: no process, socket or temporary file."""
        if not self._home.exists():
            return
        with self._lock():
            (self._home / "keep").unlink(missing_ok=True)
            self._stop()
            self._drop_user_lock()

    def destroy(self) -> None:
        """Stop the server and remove its data for good; keys and the rest of the state folder stay.

        Its roles' passwords are among those keys: while they are there, no other cluster is made here.
        """
        self.stop()
        shutil.rmtree(self._data_home, ignore_errors=True)
        shutil.rmtree(self._home, ignore_errors=True)

    def keep_log(self) -> None:
        """Keep the log in `archive`, from the next start of the server on.

        Raises:
            StorageFull: the folder cannot be made.
        """
        try:
            self._make_folders()
            self.archive.mkdir(mode=0o700, exist_ok=True)
            self._give(self.archive)
        except OSError as error:
            raise StorageFull(str(self.archive), error.strerror or type(error).__name__) from None

    def adopt(self, data: Path) -> None:
        """Take over a data folder that was made elsewhere, whole or not at all; the server must not run.

        Raises:
            DataExists: there is one already, which is never replaced.
            StorageFull: the state folder cannot be written.
        """
        try:
            self._make_folders()
            with self._lock():
                if (self.data / "PG_VERSION").exists():
                    raise DataExists(self.state)
                for path in (data, *data.rglob("*")):
                    self._give(path)
                (self._home / "ready").unlink(missing_ok=True)
                shutil.rmtree(self.data, ignore_errors=True)  # without PG_VERSION: never a cluster
                shutil.move(data, self.data)
        except OSError as error:
            raise StorageFull(str(self.state), error.strerror or type(error).__name__) from None

    def is_running(self) -> bool:
        """Tell whether the server of this state folder runs and takes connections."""
        return self._postmaster.is_ready()

    @property
    def was_made(self) -> bool:
        """Tell whether a cluster was ever made here, by what is left of it wherever its files are by now."""
        # The owner's password is made as soon as the cluster is there, and outlives it where `pg` was a disk of its own.
        traces = (self._home / "ready", self.keys / f"db-{bootstrap.OWNER}", self.data / "PG_VERSION")
        return any(path.exists() for path in traces)

    @property
    def address(self) -> Mapping[str, str]:
        """Where it is, in the words of libpq."""
        return {"host": str(self.socket_folder)}

    def set_up(self) -> None:
        """Set the roles' passwords to those in `keys`, where one is not accepted; what else it needs was made at its start.

        Raises:
            ServerUnavailable: it does not run, or does not accept the administrator's password.
            MissingKey: the password of the administrator is gone.
            UnsafeKeyFile: the file of a password holds none.
        """
        if not all(map(self._accepts, bootstrap.LOGIN_ROLES)):
            self._bootstrap()

    def dsn(self, role: str, database: str | None = None) -> str:
        """Give the connection string of a role, with its password: never log it.

        Args:
            role: owner, reader, estimator, releaser, mailer, analist, handhaving, beleid, airflow, or admin.
            database: if not the role's own (`airflow` for airflow, else the warehouse).

        Raises:
            MissingKey: the server has never been started, or its password file is gone.
        """
        name = database or self.database_of(role)
        return conninfo(host=str(self.socket_folder), user=role, dbname=name, password=self.password(role))

    def database_of(self, role: str) -> str:
        """Give the name of the database that a role works in."""
        return bootstrap.database_of(role, bootstrap.WAREHOUSE)

    def password(self, role: str) -> str:
        """Give the password of a role, from `keys/db-<role>`.

        Raises:
            MissingKey: there is none.
        """
        return password_of(self.keys, role)

    def _refuse_if_gone(self) -> None:
        # In this order: what was made meanwhile, by another first start, is not taken for gone.
        if self.was_made and not (self.data / "PG_VERSION").exists():
            raise DataGone(self.data)

    def _make_folders(self) -> None:
        for folder in (self._home, self.keys):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._owner is not None:
            _SHELTER.mkdir(mode=0o755, parents=True, exist_ok=True)
            if self._data_home != self._home:
                data_folder.shelter(self._data_home, self.state)
            self._data_home.chmod(0o711)  # root's folder, through which the server's user reaches its data

    def _choose_socket_folder(self, digest: str) -> Path:
        beside = self._data_home / "run"
        # Of other letters PostgreSQL, its client and Airflow make a list, or something else.
        is_plain = re.fullmatch(r"[\w./-]+", str(beside), re.ASCII)
        if is_plain and len(os.fsencode(beside / SOCKET_NAME)) <= _SOCKET_PATH_LIMIT:
            return beside
        runtime = os.environ.get("XDG_RUNTIME_DIR")
        if runtime and self._owner is None and len(os.fsencode(runtime)) < 60 and Path(runtime).is_dir():
            return Path(runtime) / f"admon-{digest}"
        return Path("/tmp") / f"admon-{os.geteuid()}-{digest}"  # noqa: S108 - its owner and mode are checked before use

    def _make_socket_folder(self) -> None:
        folder = self.socket_folder
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            self._give(folder)
        status = folder.lstat()
        owner = os.geteuid() if self._owner is None else self._owner.pw_uid
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {owner, os.geteuid()}:
            raise ServerUnavailable(f"{folder} belongs to somebody else", "Remove it, or choose another state folder.")
        folder.chmod(0o700)
        self._give(folder)

    def _give(self, path: Path) -> None:
        if self._owner is not None:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """Let one process at a time start or stop this server."""
        handle = os.open(self._home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _drop_user_lock(self) -> None:
        if self._user_lock is not None:
            fcntl.flock(self._user_lock, fcntl.LOCK_UN)  # also for children that inherited it
            os.close(self._user_lock)
            self._user_lock = None

    def _programs(self) -> Path:
        found = binaries.find()
        if self._owner is None:
            return found
        return binaries.reachable_for(found, self._owner.pw_uid, self._owner.pw_gid, _SHELTER)

    def _has_joined(self) -> bool:
        """Tell whether a server runs and answers; one that was just killed still looks alive for a moment."""
        deadline = time.monotonic() + _JOIN_SECONDS
        while self.is_running():
            try:
                db.connect(self.dsn(bootstrap.ADMIN, "postgres")).close()
            except PasswordRefused:
                return True  # it answers; whoever needs the administrator gets the reason
            except ServerUnavailable:
                pass
            else:
                return True
            if time.monotonic() > deadline:
                return True  # alive but deaf: whoever connects gets the reason
            time.sleep(0.02)
        return False

    def _start(self) -> None:
        programs = self._programs()
        if not (self.data / "PG_VERSION").exists():
            password = ensure_password(self.keys, bootstrap.ADMIN)
            data_folder.make(programs, self._data_home, self.data, password, self._owner)
        options = {**self._options, **(ARCHIVING if self.archive.is_dir() else {})}
        self._postmaster.start(programs, options)

    def _stop(self) -> None:
        self._postmaster.stop()
        shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _has_passwords(self) -> bool:
        return all((self.keys / f"db-{role}").exists() for role in bootstrap.LOGIN_ROLES)

    def _is_set_up(self) -> bool:
        ready = self._home / "ready"
        return ready.exists() and ready.read_bytes() == bootstrap.VERSION.encode() and self._has_passwords()

    def _accepts(self, role: str) -> bool:
        try:
            db.connect(self.dsn(role, "postgres")).close()
        except (MissingKey, PasswordRefused):
            return False
        except NotAllowed:  # that database is not for everybody, but the password was right
            return True
        return True

    def _bootstrap(self) -> None:
        bootstrap.run(
            self.dsn(bootstrap.ADMIN, "postgres"), bootstrap.WAREHOUSE, lambda role, _: ensure_password(self.keys, role)
        )
        ready = self._home / "ready"
        ready.touch(0o600)
        ready.write_text(bootstrap.VERSION, encoding="ascii")
