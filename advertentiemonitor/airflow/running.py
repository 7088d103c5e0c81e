"""Airflow beside us: its own processes, on loopback, on the embedded PostgreSQL. Nothing here imports it."""

import contextlib
import fcntl
import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from advertentiemonitor import databases, tasks
from advertentiemonitor.airflow.api import AirflowApi
from advertentiemonitor.airflow.days import POLL_SECONDS, DayRun, Progress, run_day, say_nothing
from advertentiemonitor.airflow.home import (
    DAGS,
    HOST,
    PORT,
    USER,
    command,
    command_without_keys,
    environment,
    password,
    prepare,
)
from advertentiemonitor.airflow.processes import Group
from advertentiemonitor.errors import AirflowEnded, AirflowNotReady, AirflowRunsAlready, DagsBroken, PortInUse
from advertentiemonitor.settings import Settings
from warehouse.errors import ServerUnavailable
from warehouse.server import Server

__all__ = ["PORT", "Airflow", "DayRun", "Progress", "prepare"]

_START_SECONDS = 180.0
_REREAD_SECONDS = 20.0
_GRACE_SECONDS = 8.0  # for a task to end in order; killed after that, it is as if it never ran
_PARTS = ("metadatabase", "scheduler", "dag_processor")  # as its health report names what we run


class Airflow:
    """Airflow's API server, scheduler and DAG processor: `with Airflow(settings) as airflow: airflow.run_day(day)`.

    They listen on loopback only, run three tasks at once, and are gone when the block ends, or when this process dies.
    There is no triggerer: nothing waits in one. There are no log servers: they would listen on every interface, and
    the user interface reads the same files.

    Args:
        settings: as the tasks will see them.
        port: of the user interface.
        dags: folder of the DAGs.
    """

    def __init__(self, settings: Settings, *, port: int = PORT, dags: Path = DAGS) -> None:
        self._settings = settings
        self._port = port
        self._dags = dags
        self._stack = contextlib.ExitStack()
        self._group: Group | None = None
        self._api: AirflowApi | None = None
        self.url = f"http://{HOST}:{port}"
        self.home = settings.root / "airflow"
        self.logs = self.home / "logs"
        self.password_file = self.home / "passwords.json"  # of USER, for the user interface

    def __enter__(self) -> Self:
        """Start, and return when it is healthy and has read the DAGs.

        Raises:
            PortInUse: the port is taken.
            AirflowRunsAlready: another process runs it for the same state folder.
            AirflowEnded: one of its processes stopped.
            AirflowNotReady: it takes too long.
            DagsBroken: some DAG files cannot be read.
        """
        with contextlib.ExitStack() as stack:
            self._settings.folder("airflow")
            stack.enter_context(only_one(self.home / "lock"))
            _check_port(self._port)
            stack.enter_context(databases.database(self._settings))
            prepare(self._settings, port=self._port, dags=self._dags)
            commands = {
                "api-server": command_without_keys("api-server"),
                "scheduler": command("scheduler", "--skip-serve-logs"),  # it starts the tasks
                "dag-processor": command_without_keys("dag-processor"),
            }
            env = environment(self._settings, self.home, with_keys=True)
            self._group = stack.enter_context(
                Group(commands, env=env, logs=self.logs, folder=self.home, grace=_GRACE_SECONDS)
            )
            self._api = stack.enter_context(AirflowApi(self.url, USER, password(self.home)))
            self._wait_until_ready(self._api)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def check(self) -> None:
        """Do nothing as long as all runs.

        Raises:
            AirflowEnded: one of the processes ended by itself; the others are then stopped.
            ServerUnavailable: it did for want of the database, which ended first.
        """
        ended = self._group.ended() if self._group is not None else None
        if ended is not None:
            database = databases.database(self._settings)
            if isinstance(database, Server) and not database.is_running():
                raise ServerUnavailable("it ended while Airflow ran", "Nothing is lost: start `up` again.")
            raise AirflowEnded(ended.name, ended.code, self.logs / f"{ended.name}.log")

    def run_day(self, day: date, timeout: float = 600, told: Callable[[Progress], None] = say_nothing) -> DayRun:
        """Run one day from collect to publish, as the night's schedule would, and wait for the end.

        Args:
            day: local day. A day that has passed can be run only as far as its sources still take it.
            timeout: seconds for the whole day.
            told: called whenever a stage begins, ends or comes further.

        Raises:
            Exception: as `advertentiemonitor.airflow.days.run_day`.
            AirflowEnded: one of its processes stopped.
        """
        if self._api is None:
            raise AirflowNotReady(0, "it was not started", self.logs)
        return run_day(self._api, day, tasks.CHAIN, timeout=timeout, told=told, check=self.check, logs=self.logs)

    def _wait_until_ready(self, api: AirflowApi) -> None:
        begun = time.monotonic()
        steps = self._steps_to_readiness(api)
        missing = next(steps)
        while missing is not None:
            if time.monotonic() - begun > _START_SECONDS:
                raise AirflowNotReady(_START_SECONDS, missing, self.logs)
            time.sleep(POLL_SECONDS)
            self.check()
            missing = next(steps)

    @staticmethod
    def _steps_to_readiness(api: AirflowApi) -> Iterator[str | None]:
        """Say what is missing still, again and again; None when nothing is."""
        while not api.health():
            yield "its API does not answer"
        while not api.warm_up():
            yield "its API does not answer to tasks"
        api.make_pools(dict.fromkeys(tasks.pools(), 1), "Sites of one owner or host: visited one after the other.")
        since = time.monotonic()
        while unread := sorted({*tasks.CHAIN, *tasks.ON_THEIR_OWN} - set(api.dags())):
            # Old errors stay listed until the file has been read again, which a start does at once.
            if time.monotonic() - since > _REREAD_SECONDS and (broken := api.import_errors()):
                raise DagsBroken(broken)
            yield f"not read yet: {', '.join(unread)}"
        while api.health() != dict.fromkeys(_PARTS, "healthy"):
            yield f"not healthy: {', '.join(part for part in _PARTS if api.health().get(part) != 'healthy')}"
        yield None


@contextlib.contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold `lock` for this process; the kernel lets go of it if we are killed.

    Raises:
        AirflowRunsAlready: another process holds it.
    """
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AirflowRunsAlready from None
        yield
    finally:
        os.close(handle)


def _check_port(port: int) -> None:
    """Wait a moment for a predecessor that is leaving; give up when the port stays taken."""
    until = time.monotonic() + 3
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                if time.monotonic() > until:
                    raise PortInUse(port) from None
            else:
                return
        time.sleep(0.2)
