"""Airflow's home: for its owner's eyes only, on loopback only, deaf to the settings of another Airflow."""

import configparser
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from advertentiemonitor.airflow import home as airflow_home
from advertentiemonitor.errors import DagsBroken
from advertentiemonitor.settings import Settings
from spiders import register
from warehouse import binaries


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "db-airflow").write_text("from%the-server")
    return Settings(state=tmp_path, market_today=date(2026, 11, 8), recipients=("a@gemeente.example",))


def configured(settings: Settings) -> configparser.ConfigParser:
    home = settings.folder("airflow")
    parser = configparser.ConfigParser()
    parser.read_string(airflow_home.configuration(settings, home, 18799, airflow_home.DAGS))
    return parser


def test_listens_on_loopback_and_asks_for_a_password(settings: Settings) -> None:
    parser = configured(settings)
    assert parser["api"]["host"] == "127.0.0.1"
    assert parser["core"]["execution_api_server_url"] == "http://127.0.0.1:18799/execution/"
    assert "simple_auth_manager_all_admins" not in parser["core"]
    assert not parser["core"].getboolean("load_examples")
    assert len(parser["api_auth"]["jwt_secret"]) >= 64


def test_both_addresses_of_the_database_name_the_driver_and_its_own_role(settings: Settings) -> None:
    database = configured(settings)["database"]
    assert database["sql_alchemy_conn"] == database["sql_alchemy_conn_async"]
    assert database["sql_alchemy_conn"].startswith("postgresql+psycopg://airflow:from%25the-server@/airflow?host=%2F")


def test_secrets_stay_the_same_and_are_for_the_owner_only(settings: Settings) -> None:
    first, second = configured(settings), configured(settings)
    assert first == second
    airflow_home.write(settings.root / "airflow" / "airflow.cfg", "secret")
    files = [path for path in (settings.root / "airflow").iterdir() if path.is_file()]
    assert {path.name for path in files} == {"airflow.cfg", "passwords.json", "secrets.json"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_environment_has_our_settings_and_no_others(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "SequentialExecutor")
    monkeypatch.setenv("ADVERTENTIEMONITOR_SEED", "99")
    monkeypatch.setenv("NO_PROXY", "example.org")
    env = airflow_home.environment(settings, settings.root / "airflow")
    assert not [name for name in env if name.startswith("AIRFLOW") and name != "AIRFLOW_HOME"]
    assert env["NO_PROXY"] == "example.org,127.0.0.1,localhost"
    with monkeypatch.context() as inside:
        for name, value in env.items():
            inside.setenv(name, value)
        assert Settings() == settings
    secrets = configured(settings)
    assert not {secrets["api_auth"]["jwt_secret"], secrets["core"]["fernet_key"], "from%the-server"} & set(env.values())


def test_missing_dags_are_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DagsBroken, match="nowhere"):
        airflow_home.prepare(settings, dags=tmp_path / "nowhere")


KEYS = {
    "ADVERTENTIEMONITOR_KEY_SPOOL": "a" * 64,
    "ADVERTENTIEMONITOR_KEY_RECORD": "b" * 64,
    "ADVERTENTIEMONITOR_KEY_PSEUDONYM_E0003": "c" * 64,
}


@pytest.fixture
def keys_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("keys_in_the_environment")
def test_keys_of_the_environment_reach_whoever_starts_tasks_and_nobody_else(settings: Settings) -> None:
    home = settings.root / "airflow"
    by_environment = settings.model_copy(update={"keys": "environment"})
    assert KEYS.items() <= airflow_home.environment(by_environment, home, with_keys=True).items()
    for asked in (settings, by_environment):
        assert not KEYS.keys() & airflow_home.environment(asked, home).keys()
    assert not KEYS.keys() & airflow_home.environment(settings, home, with_keys=True).keys()  # keys lie in files


@pytest.mark.usefixtures("keys_in_the_environment")
def test_who_starts_no_tasks_is_started_without_keys_and_no_key_stands_in_its_command(settings: Settings) -> None:
    """The real command, with another program at its end, in the environment that all of Airflow gets."""
    by_environment = settings.model_copy(update={"keys": "environment"})
    env = airflow_home.environment(by_environment, settings.root / "airflow", with_keys=True)
    command = airflow_home.command_without_keys("api-server")
    assert not any(value in " ".join(command) for value in KEYS.values())
    assert command[-len(airflow_home.command("api-server")) :] == airflow_home.command("api-server")
    before = command[: command.index(sys.executable)]
    seen = subprocess.run([*before, "/usr/bin/env"], env=env, capture_output=True, text=True, check=True).stdout
    assert "ADVERTENTIEMONITOR_STATE=" in seen
    assert "ADVERTENTIEMONITOR_KEYS=environment" in seen
    assert "ADVERTENTIEMONITOR_KEY_" not in seen


def test_what_others_than_the_settings_read_reaches_the_tasks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_SOURCES", "/srv/bronnen")
    monkeypatch.setenv("ADVERTENTIEMONITOR_POSTGRES_BIN", "/usr/lib/postgresql/18/bin")
    env = airflow_home.environment(settings, settings.root / "airflow")
    assert env["ADVERTENTIEMONITOR_SOURCES"] == "/srv/bronnen"
    assert env["ADVERTENTIEMONITOR_POSTGRES_BIN"] == "/usr/lib/postgresql/18/bin"


def test_names_that_are_passed_on_are_those_that_are_read() -> None:
    assert set(airflow_home._NOT_SETTINGS) == {register.OWN_FOLDER, binaries.SETTING}


def test_a_killed_task_is_seen_soon_and_the_digest_is_looked_for_though_crawls_hang(settings: Settings) -> None:
    parser = configured(settings)
    timeout = parser["scheduler"].getint("task_instance_heartbeat_timeout")
    assert timeout <= 60
    # Who waits longer for an answer than it takes to be given up for dead is killed while it works.
    assert timeout > parser["workers"].getint("execution_api_timeout")
    assert parser["scheduler"].getint("orphaned_tasks_check_interval") <= 30
    assert parser["core"].getint("parallelism") > parser["core"].getint("max_active_tasks_per_dag")
