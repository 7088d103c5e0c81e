"""Airflow beside us: its own processes, on loopback, on the embedded PostgreSQL. Nothing here imports it.

Its home is `airflow` in the state folder. All of its settings stand in one file there, so that its own command line
works too: `AIRFLOW_HOME=<state>/airflow airflow dags list`.
"""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from advertentiemonitor import tasks
from advertentiemonitor.airflow_api import AirflowApi, DagRun, TaskState
from advertentiemonitor.errors import FrontDoorError
from advertentiemonitor.processes import Group
from advertentiemonitor.settings import Settings
from warehouse import db
from warehouse.errors import DatabaseFailed
from warehouse.server import Server

HOST = "127.0.0.1"
PORT = 18780
USER = "beheer"
DAGS = Path(__file__).resolve().parents[1] / "dags"
PARALLELISM = 2  # tasks at once; 2 cores
_START_SECONDS = 180.0
_MIGRATE_SECONDS = 300.0
_GRACE_SECONDS = 8.0  # for a task to end in order; killed after that, it is as if it never ran
_POLL_SECONDS = 0.5


class PortInUse(FrontDoorError):
    """Somebody else listens where Airflow's user interface would."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(f"Port {port} on {HOST} is in use. Stop what listens there, or choose another with --port.")


class AirflowRunsAlready(FrontDoorError):
    """Another process runs Airflow for this state folder."""

    def __init__(self) -> None:
        super().__init__(
            "Airflow runs already for this state folder. Use that one, stop it, or choose another state folder."
        )


class AirflowEnded(FrontDoorError):
    """One of Airflow's processes ended by itself."""

    def __init__(self, name: str, code: int, log: Path) -> None:
        self.name = name
        super().__init__(
            f"Airflow's {name} ended by itself (code {code}), so the others were stopped. {log} says why; nothing is "
            "lost: start it and run the same day again."
        )


class AirflowNotReady(FrontDoorError):
    """Airflow did not become ready in time."""

    def __init__(self, seconds: float, missing: str, logs: Path) -> None:
        super().__init__(
            f"Airflow was not ready after {seconds:.0f} s: {missing}. See {logs}; close other programs and try again."
        )


class DagsBroken(FrontDoorError):
    """Airflow cannot read some of the DAG files, or they are not there."""

    def __init__(self, files: list[str]) -> None:
        self.files = files
        super().__init__(f"Airflow cannot read {', '.join(files)}. `airflow dags list-import-errors` says why.")


class DayFailed(FrontDoorError):
    """A stage of a day failed in Airflow."""

    def __init__(self, day: date, stage: str, failed: list[str], logs: Path) -> None:
        self.day = day
        self.stage = stage
        self.failed = failed
        super().__init__(
            f"Day {day} failed in Airflow at {stage} ({', '.join(failed) or 'no task ran'}). The task's log under {logs} "
            "says why and what to do; nothing is lost or doubled: run the same day again after that."
        )


class DayTooSlow(FrontDoorError):
    """A day was not done in time."""

    def __init__(self, day: date, stage: str, seconds: float, states: list[TaskState]) -> None:
        self.stage = stage
        told = ", ".join(f"{task.name} {task.state}" for task in states) or "not begun"
        super().__init__(
            f"Day {day} was not done by Airflow after {seconds:.0f} s; it was at {stage} ({told}). "
            "Nothing is lost: run the same day again with more patience."
        )


class StagePaused(FrontDoorError):
    """A DAG that the day needs is switched off in Airflow."""

    def __init__(self, stages: list[str]) -> None:
        self.stages = stages
        super().__init__(
            f"Switched off in Airflow: {', '.join(stages)}. Switch on in its user interface, then run again."
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a day is. `state`: waiting, queued, running, retrying, success; tasks are counted within the stage."""

    stage: str
    state: str
    tasks_done: int
    tasks: int


@dataclass(frozen=True, slots=True)
class DayRun:
    """A day that Airflow ran through: seconds a stage, and the tasks that failed without stopping it (sources)."""

    day: date
    seconds: Mapping[str, float]
    failed: tuple[str, ...]


def _say_nothing(_progress: Progress) -> None:
    pass


def prepare(settings: Settings, *, port: int = PORT, dags: Path = DAGS) -> None:
    """Make Airflow's home, settings and database; quick when all is there. The server must run, and stay so.

    May be called long before `Airflow` is entered, for example beside other work: it takes some ten seconds once.

    Raises:
        AirflowEnded: its migration failed.
        DagsBroken: the folder of the DAGs is not there.
    """
    if not dags.is_dir():
        raise DagsBroken([str(dags)])
    home = settings.folder("airflow")
    _write(home / "airflow.cfg", _configuration(settings, home, port, dags))
    stamp = home / "migrated"
    release = version("apache-airflow-core")
    with Server(settings.root) as server:
        if stamp.exists() and stamp.read_text() == release and _has_tables(server):
            return
        migrate = {"migrate": _command("db", "migrate")}
        with Group(migrate, env=_environment(settings, home), logs=home / "logs", folder=home) as group:
            until = time.monotonic() + _MIGRATE_SECONDS
            while (ended := group.ended()) is None:
                if time.monotonic() > until:
                    raise AirflowNotReady(_MIGRATE_SECONDS, "its database is not made", home / "logs")
                time.sleep(_POLL_SECONDS / 5)
        if ended.code != 0:
            raise AirflowEnded("db migrate", ended.code, home / "logs" / "migrate.log")
    _write(stamp, release)


class Airflow:
    """Airflow's API server, scheduler and DAG processor: `with Airflow(settings) as airflow: airflow.run_day(day)`.

    They listen on loopback only, run two tasks at once, and are gone when the block ends, or when this process dies.
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
            stack.enter_context(_only_one(self.home / "lock"))
            _check_port(self._port)
            stack.enter_context(Server(self._settings.root))
            prepare(self._settings, port=self._port, dags=self._dags)
            commands = {
                "api-server": _command("api-server"),
                "scheduler": _command("scheduler", "--skip-serve-logs"),
                "dag-processor": _command("dag-processor"),
            }
            environment = _environment(self._settings, self.home)
            self._group = stack.enter_context(
                Group(commands, env=environment, logs=self.logs, folder=self.home, grace=_GRACE_SECONDS)
            )
            password = str(json.loads(self.password_file.read_text(encoding="ascii"))[USER])
            self._api = stack.enter_context(AirflowApi(self.url, USER, password))
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
        """
        ended = self._group.ended() if self._group is not None else None
        if ended is not None:
            raise AirflowEnded(ended.name, ended.code, self.logs / f"{ended.name}.log")

    def run_day(self, day: date, timeout: float = 600, told: Callable[[Progress], None] = _say_nothing) -> DayRun:
        """Run one day from collect to publish, as the night's schedule would, and wait for the end.

        Args:
            day: local day. A day that has passed can be run only as far as its sources still take it.
            timeout: seconds for the whole day.
            told: called whenever a stage begins, ends or comes further.

        Raises:
            DayFailed: a stage failed for good; says which tasks.
            DayTooSlow: not done in time.
            StagePaused: a DAG is switched off.
            AirflowEnded: one of its processes stopped.
        """
        api = self._api
        if api is None:
            raise AirflowNotReady(0, "it was not started", self.logs)
        partition = day.isoformat()
        if paused := [dag for dag, is_paused in api.dags().items() if is_paused and dag in tasks.CHAIN]:
            raise StagePaused(paused)
        earlier = {(dag, run.run_id) for dag in tasks.CHAIN for run in api.runs(dag, partition)}
        begun = time.monotonic()
        api.trigger(tasks.CHAIN[0], partition)
        seconds: dict[str, float] = {}
        failed: list[str] = []
        for stage in tasks.CHAIN:
            stage_begun = time.monotonic()
            last = None
            while True:
                self.check()
                run, states = self._look(api, stage, partition, earlier)
                progress = _progress(stage, run, states)
                if progress != last:
                    told(progress)
                    last = progress
                bad = [task.name for task in states if task.is_failed]
                if run is not None and run.state == "success":
                    failed += bad
                    break
                if run is not None and run.state == "failed":
                    raise DayFailed(day, stage, bad, self.logs)
                if time.monotonic() - begun > timeout:
                    raise DayTooSlow(day, stage, timeout, states)
                time.sleep(_POLL_SECONDS)
            seconds[stage] = time.monotonic() - stage_begun
        return DayRun(day, seconds, tuple(failed))

    @staticmethod
    def _look(
        api: AirflowApi, stage: str, partition: str, earlier: set[tuple[str, str]]
    ) -> tuple[DagRun | None, list[TaskState]]:
        """Give this day's new run of a stage and the states of its tasks, as far as they are there."""
        new = [run for run in api.runs(stage, partition) if (stage, run.run_id) not in earlier]
        return (new[0], api.tasks(new[0])) if new else (None, [])

    def _wait_until_ready(self, api: AirflowApi) -> None:
        begun = time.monotonic()
        read_since: float | None = None
        missing = "its API does not answer"
        while time.monotonic() - begun < _START_SECONDS:
            self.check()
            health = api.health()
            sick = [part for part in ("metadatabase", "scheduler", "dag_processor") if health.get(part) != "healthy"]
            if health and sick:
                missing = f"not healthy: {', '.join(sick)}"
            elif health:
                unread = sorted({*tasks.CHAIN, "retention"} - set(api.dags()))
                if not unread:
                    api.make_pools(dict.fromkeys(tasks.pools(), 1), "Sites of one owner: visited one after the other.")
                    return
                missing = f"not read yet: {', '.join(unread)}"
                read_since = read_since or time.monotonic()
                # Old errors stay listed until the file has been read again, which a start does at once.
                if time.monotonic() - read_since > 20 and (broken := api.import_errors()):
                    raise DagsBroken(broken)
            time.sleep(_POLL_SECONDS)
        raise AirflowNotReady(_START_SECONDS, missing, self.logs)


def _progress(stage: str, run: DagRun | None, states: list[TaskState]) -> Progress:
    state = "waiting" if run is None else run.state
    if any(task.state == "up_for_retry" for task in states):
        state = "retrying"
    done = sum(task.is_failed or task.state in {"success", "skipped"} for task in states)
    return Progress(stage, state, done, len(states))


@contextlib.contextmanager
def _only_one(lock: Path):  # type: ignore[no-untyped-def]
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


def _command(*arguments: str) -> list[str]:
    # -P: a folder named airflow where we happen to stand must not be taken for the package
    return [sys.executable, "-P", "-m", "airflow", *arguments]


def _environment(settings: Settings, home: Path) -> dict[str, str]:
    """Give the environment of Airflow's processes: ours, without another Airflow's settings. No secrets."""
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ADVERTENTIEMONITOR_"))
    }
    for name, value in settings.model_dump(mode="json", exclude_none=True).items():
        ours[f"ADVERTENTIEMONITOR_{name.upper()}"] = value if isinstance(value, str) else json.dumps(value)
    loopback = ",".join(filter(None, [ours.get("NO_PROXY"), HOST, "localhost"]))
    return ours | {
        "ADVERTENTIEMONITOR_STATE": str(settings.root),
        "AIRFLOW_HOME": str(home),
        "NO_PROXY": loopback,
        "no_proxy": loopback,
        "PYTHONUNBUFFERED": "1",
    }


def _has_tables(server: Server) -> bool:
    try:
        with db.connect(server.dsn("airflow")) as conn:
            db.script(conn, "SELECT FROM alembic_version LIMIT 1")
    except DatabaseFailed:
        return False
    return True


def _secrets(home: Path) -> dict[str, str]:
    """Give the secrets of this installation's Airflow, made the first time; the file is for its owner only."""
    path = home / "secrets.json"
    if not path.exists():
        made = {
            "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"),
            "jwt_secret": secrets.token_urlsafe(64),  # 64 bytes at least, for HS512
            "secret_key": secrets.token_urlsafe(32),
            "password": secrets.token_urlsafe(16),
        }
        _write(path, json.dumps(made))
    read: dict[str, str] = json.loads(path.read_text(encoding="ascii"))
    return read


def _configuration(settings: Settings, home: Path, port: int, dags: Path) -> str:
    """Give the text of airflow.cfg; writes the password file, which Airflow wants beside it."""
    secret = _secrets(home)
    _write(home / "passwords.json", json.dumps({USER: secret["password"]}))
    server = Server(settings.root)
    # Without the second, asynchronous address every command asks for another driver.
    address = (
        f"postgresql+psycopg://airflow:{server.password('airflow')}@/airflow?host={quote(str(server.socket_folder))}"
    )
    sections: dict[str, dict[str, object]] = {
        "core": {
            "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
            "dags_are_paused_at_creation": False,
            "dags_folder": dags,
            "execution_api_server_url": f"http://{HOST}:{port}/execution/",
            "executor": "LocalExecutor",
            "fernet_key": secret["fernet_key"],
            "hostname_callable": "socket.gethostname",  # the default asks a name server
            "load_examples": False,
            "max_active_tasks_per_dag": PARALLELISM * 4,
            "parallelism": PARALLELISM,
            "simple_auth_manager_passwords_file": home / "passwords.json",
            "simple_auth_manager_users": f"{USER}:admin",
        },
        "database": {"sql_alchemy_conn": address, "sql_alchemy_conn_async": address, "sql_alchemy_pool_size": 3},
        "api": {
            "base_url": f"http://{HOST}:{port}",
            "expose_config": False,
            "host": HOST,
            "instance_name": "Advertentiemonitor",
            "port": port,
            "secret_key": secret["secret_key"],
            "worker_timeout": 10,
            "workers": 1,
        },
        "api_auth": {"jwt_secret": secret["jwt_secret"]},
        "scheduler": {"catchup_by_default": False, "enable_health_check": False, "scheduler_idle_sleep_time": 0.25},
        "dag_processor": {
            "min_file_process_interval": 60,
            "parsing_processes": PARALLELISM,
            "refresh_interval": 60,
        },
        "logging": {
            "base_log_folder": home / "logs",
            "colored_console_log": False,
            "dag_processor_child_process_log_directory": home / "logs" / "dag_processor",
            "file_task_handler_new_file_permissions": "0o600",
            "file_task_handler_new_folder_permissions": "0o700",
            "logging_level": "INFO",
        },
    }
    lines = ["# Written by every start; settings of your own do not belong here.", ""]
    for section, options in sections.items():
        lines += [f"[{section}]"]
        lines += [f"{name} = {str(value).replace('%', '%%')}" for name, value in options.items()]
        lines += [""]
    return "\n".join(lines)


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner's eyes only."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(0o600)
    part.write_text(text, encoding="utf-8")
    part.replace(path)
