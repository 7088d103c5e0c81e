"""Airflow's home: for its owner's eyes only, on loopback only, deaf to the settings of another Airflow."""

import configparser
import stat
from datetime import date
from pathlib import Path

import pytest

from advertentiemonitor import airflow_home
from advertentiemonitor.errors import DagsBroken
from advertentiemonitor.settings import Settings


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
    assert database["sql_alchemy_conn"].startswith("postgresql+psycopg://airflow:from%the-server@/airflow?host=/")


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
