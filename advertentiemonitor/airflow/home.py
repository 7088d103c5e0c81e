"""Airflow's home in the state folder: its settings, secrets and database. Nothing here imports Airflow.

All of its settings stand in one file, so that its own command line works too:
`AIRFLOW_HOME=<state>/airflow airflow dags list`.
"""

import base64
import json
import os
import secrets
import sys
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote, urlencode

from advertentiemonitor import databases
from advertentiemonitor.airflow.processes import Group
from advertentiemonitor.errors import AirflowEnded, AirflowNotReady, DagsBroken
from advertentiemonitor.settings import PREFIX, Settings
from warehouse import db
from warehouse.errors import DatabaseFailed
from warehouse.key_providers import without_keys
from warehouse.remote import Database

HOST = "127.0.0.1"
PORT = 18780
USER = "beheer"
DAGS = Path(__file__).resolve().parents[2] / "dags"
PARALLELISM = 2  # tasks at once; 2 cores
_MIGRATE_SECONDS = 300.0


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
    write(home / "airflow.cfg", configuration(settings, home, port, dags))
    stamp = home / "migrated"
    release = version("apache-airflow-core")
    with databases.database(settings) as server:
        if stamp.exists() and stamp.read_text() == release and _has_tables(server):
            return
        migrate = {"migrate": command("db", "migrate")}
        with Group(migrate, env=environment(settings, home), logs=home / "logs", folder=home) as group:
            until = time.monotonic() + _MIGRATE_SECONDS
            while (ended := group.ended()) is None:
                if time.monotonic() > until:
                    raise AirflowNotReady(_MIGRATE_SECONDS, "its database is not made", home / "logs")
                time.sleep(0.1)
        if ended.code != 0:
            raise AirflowEnded("db migrate", ended.code, home / "logs" / "migrate.log")
    write(stamp, release)


def command(*arguments: str) -> list[str]:
    """Give the command line that runs one of Airflow's commands."""
    # -P: a folder named airflow where we happen to stand must not be taken for the package
    return [sys.executable, "-P", "-m", "airflow", *arguments]


def command_without_keys(*arguments: str) -> list[str]:
    """Give a command that runs one of Airflow's commands and takes what keys there are out of its environment.

    For those that run no tasks: the API server, which speaks with others, and whoever reads DAG files. Names of
    variables stand in the command, never what is in them.
    """
    withheld = (word for name in sorted(_keys_of(os.environ)) for word in ("-u", name))
    return ["/usr/bin/env", *withheld, *command(*arguments)]


def _keys_of(environment: Mapping[str, str]) -> set[str]:
    return set(environment) - set(without_keys(environment))


# Read by others than `Settings`: the register of sources, and the finder of PostgreSQL.
_NOT_SETTINGS = (f"{PREFIX}SOURCES", f"{PREFIX}POSTGRES_BIN")


def environment(settings: Settings, home: Path, *, with_keys: bool = False) -> dict[str, str]:
    """Give the environment of Airflow's processes: ours, without another Airflow's settings.

    No secrets, but for one: where keys come from the environment, whoever starts tasks must have them (`with_keys`).
    """
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", PREFIX))}
    ours |= {name: os.environ[name] for name in _NOT_SETTINGS if name in os.environ}
    if with_keys and settings.keys == "environment":
        ours |= {name: os.environ[name] for name in _keys_of(os.environ)}
    for name, value in settings.model_dump(mode="json", exclude_none=True).items():
        ours[PREFIX + name.upper()] = value if isinstance(value, str) else json.dumps(value)
    loopback = ",".join(filter(None, [ours.get("NO_PROXY"), HOST, "localhost"]))
    return ours | {
        "ADVERTENTIEMONITOR_STATE": str(settings.root),
        "AIRFLOW_HOME": str(home),
        "NO_PROXY": loopback,
        "no_proxy": loopback,
        "PYTHONUNBUFFERED": "1",
    }


def password(home: Path) -> str:
    """Give the password of `USER` for the user interface and the API."""
    return str(json.loads((home / "passwords.json").read_text(encoding="ascii"))[USER])


def _has_tables(server: Database) -> bool:
    try:
        with db.connect(server.dsn("airflow")) as conn:
            db.script(conn, "SELECT FROM alembic_version LIMIT 1")
    except DatabaseFailed:
        return False
    return True


def _ensure_secrets(home: Path) -> dict[str, str]:
    """Give the secrets of this installation's Airflow, made the first time; the file is for its owner only."""
    path = home / "secrets.json"
    if not path.exists():
        made = {
            "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode("ascii"),
            "jwt_secret": secrets.token_urlsafe(64),  # 64 bytes at least, for HS512
            "secret_key": secrets.token_urlsafe(32),
            "password": secrets.token_urlsafe(16),
        }
        write(path, json.dumps(made))
    read: dict[str, str] = json.loads(path.read_text(encoding="ascii"))
    return read


def configuration(settings: Settings, home: Path, port: int, dags: Path) -> str:
    """Give the text of airflow.cfg; writes the password file, which Airflow wants beside it."""
    secret = _ensure_secrets(home)
    write(home / "passwords.json", json.dumps({USER: secret["password"]}))
    server = databases.database(settings)
    # Without the second, asynchronous address every command asks for another driver.
    address = f"postgresql+psycopg://airflow:{quote(server.password('airflow'), safe='')}@/airflow?{urlencode(server.address)}"
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
            "max_active_tasks_per_dag": PARALLELISM,
            # One more than a DAG can take: crawls that hang do not keep out the one that tells that the digest is late.
            "parallelism": PARALLELISM + 1,
            "simple_auth_manager_passwords_file": home / "passwords.json",
            "simple_auth_manager_users": f"{USER}:admin",
            "task_success_overtime": 60,  # seconds to mail that a task failed; a mail server may be slow
        },
        "database": {"sql_alchemy_conn": address, "sql_alchemy_conn_async": address, "sql_alchemy_pool_size": 3},
        "api": {
            "base_url": f"http://{HOST}:{port}",
            "expose_config": False,
            "host": HOST,
            "instance_name": "Advertentiemonitor",
            "port": port,
            "secret_key": secret["secret_key"],
            "worker_timeout": 2,  # how long it waits for open connections when told to stop
            "workers": 1,
        },
        "api_auth": {"jwt_secret": secret["jwt_secret"]},
        # How soon it is seen that something was killed. A task whose supervisor is gone says nothing any more: after a
        # minute it is tried again (by default after five), and a minute is far over the second between two heartbeats,
        # also where both cores are busy. Tasks of a scheduler that is gone are taken up by the next one, which looks for
        # them at its start and every half minute, once the other has been silent for half a minute.
        "scheduler": {
            "catchup_by_default": False,
            "enable_health_check": False,
            "orphaned_tasks_check_interval": 30,
            "scheduler_health_check_threshold": 30,
            "scheduler_idle_sleep_time": 0.25,
            "task_instance_heartbeat_timeout": 60,
            "task_instance_heartbeat_timeout_detection_interval": 10,
        },
        "dag_processor": {
            "min_file_process_interval": 60,
            "parsing_processes": PARALLELISM,
            "refresh_interval": 60,
        },
        # A task's end can slip by unseen until the next heartbeat, so that is soon. An answer may be slow: two tasks can
        # hold both cores.
        "workers": {"execution_api_timeout": 30, "max_failed_heartbeats": 10, "min_heartbeat_interval": 1},
        "logging": {
            "base_log_folder": home / "logs",
            "colored_console_log": False,
            "dag_processor_child_process_log_directory": home / "logs" / "dag_processor",
            "logging_level": "INFO",
            "namespace_levels": "http.access=WARNING",
        },
        "openlineage": _lineage(settings),
    }
    lines = ["# Written by every start; settings of your own do not belong here.", ""]
    for section, options in sections.items():
        lines += [f"[{section}]"]
        lines += [f"{name} = {str(value).replace('%', '%%')}" for name, value in options.items()]
        lines += [""]
    return "\n".join(lines)


def _lineage(settings: Settings) -> dict[str, object]:
    """Options of the extra `lineage`, which sends events as soon as it is installed unless it is told not to."""
    if settings.lineage is None:
        return {"disabled": True}
    transport = {"type": "file", "log_file_path": str(settings.lineage), "append": True}
    return {
        "disabled": False,
        "emission_policy": json.dumps([{"scope": {}, "controls": {"include_source_code": False}}]),
        "execution_timeout": 60,  # its imports take ten seconds where both cores are busy, and then it is killed
        "extractors": "dag_lineage.AssetsOfTask",
        "namespace": "advertentiemonitor",
        "transport": json.dumps(transport),
    }


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner's eyes only."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(0o600)
    part.write_text(text, encoding="utf-8")
    part.replace(path)
