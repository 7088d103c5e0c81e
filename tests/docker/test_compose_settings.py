"""docker/compose.yaml: every setting in it is one that Airflow, PostgreSQL or we know, and says what one machine says."""

import configparser
import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from advertentiemonitor.airflow.home import configuration
from advertentiemonitor.settings import PREFIX, Settings
from warehouse import binaries

ROOT = Path(__file__).resolve().parents[2]
Compose = dict[str, Any]

EXECUTOR = """
import signed_celery
from airflow.executors.executor_loader import ExecutorLoader
from airflow.providers.celery.executors.celery_executor import app
from celery.exceptions import SecurityError
executor, _ = ExecutorLoader.import_default_executor_cls()
sealed = signed_celery.signed("work", "magazijn")
assert signed_celery.checked(sealed, {"magazijn"}) == "work"
for run in (
    lambda: signed_celery.checked(sealed, {"verzamelen"}),
    lambda: signed_celery.checked(sealed.replace("work", "more"), {"magazijn"}),
    lambda: app.tasks["execute_workload"].run("work"),
):
    try:
        run()
    except SecurityError:
        continue
    raise SystemExit("it was taken")
print(executor.__name__, type(app).__name__)
"""


def unknown(names: set[str], options: dict[tuple[str, str], bool]) -> set[str]:
    """Names of Airflow's options that there are not, or that cannot be read from a command."""
    wrong = set()
    for name in names:
        _, section, option = name.lower().split("__")
        is_command = option.endswith("_cmd") and (section, option) not in options
        if (
            not options.get((section, option.removesuffix("_cmd")), False)
            if is_command
            else (section, option) not in options
        ):
            wrong.add(name)
    return wrong


def test_airflow_knows_every_option(compose: Compose, airflow_options: dict[tuple[str, str], bool]) -> None:
    named = {
        name
        for it in compose["services"].values()
        for name in it.get("environment", {})
        if name.startswith("AIRFLOW__")
    }
    assert len(named) > 40
    assert unknown(named, airflow_options) == set()
    assert unknown({"AIRFLOW__CORE__EXECUTER"}, airflow_options)
    assert unknown({"AIRFLOW__CORE__EXECUTOR_CMD"}, airflow_options), "only of secrets"


def test_we_know_every_setting(compose: Compose) -> None:
    named = {
        name for it in compose["services"].values() for name in it.get("environment", {}) if name.startswith(PREFIX)
    }
    assert {name.removeprefix(PREFIX).lower() for name in named} <= set(Settings.model_fields)
    for name in ("verzamelen", "magazijn"):
        said = compose["services"][name]["environment"]
        Settings(**{key.removeprefix(PREFIX).lower(): _read(said[key]) for key in said if key.startswith(PREFIX)})


def _read(value: str) -> Any:
    return json.loads(value) if str(value).startswith("[") else value


# What several machines ask otherwise than one: secrets from files, an executor, addresses, and who may log in.
OTHERWISE = {
    "api": {"base_url", "host", "port", "secret_key", "worker_timeout"},
    "api_auth": {"jwt_secret"},
    "core": {
        *("auth_manager", "dags_folder", "execution_api_server_url", "executor", "fernet_key"),
        *("max_active_tasks_per_dag", "parallelism", "simple_auth_manager_passwords_file", "simple_auth_manager_users"),
    },
    "dag_processor": {"parsing_processes"},
    "database": {"sql_alchemy_conn", "sql_alchemy_conn_async"},
    "logging": {"base_log_folder", "dag_processor_child_process_log_directory"},
    "scheduler": {"enable_health_check", "scheduler_idle_sleep_time"},
}


def test_airflow_is_told_the_same_as_on_one_machine(compose: Compose, tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    settings.folder("keys")
    (tmp_path / "keys" / "db-airflow").write_text("x")
    one = configparser.ConfigParser(interpolation=None)
    one.read_string(configuration(settings, settings.folder("airflow"), 1, tmp_path))
    said = compose["services"]["scheduler"]["environment"]
    differs = {
        section: {
            name for name, value in one[section].items() if said.get(f"AIRFLOW__{section}__{name}".upper()) != value
        }
        for section in one.sections()
    }
    assert {section: names for section, names in differs.items() if names - OTHERWISE.get(section, set())} == {}


def test_the_executor_that_is_named_can_be_imported(compose: Compose, tmp_path: Path) -> None:
    """With the application that its workers serve, which takes only what was signed. Celery 5.7 broke the import."""
    said = compose["services"]["scheduler"]["environment"]
    named = {name: value for name, value in said.items() if not name.endswith("_CMD")}
    secret = {name.removesuffix("_CMD") for name in said.keys() - named.keys() if name.startswith("AIRFLOW__CELERY__")}
    named |= dict.fromkeys(secret, "redis://127.0.0.1/0")
    named |= {"PYTHONPATH": said["PYTHONPATH"].replace("/opt/advertentiemonitor", str(ROOT)), "SECRETS": str(tmp_path)}
    pair = Ed25519PrivateKey.generate()
    private = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "queue-signing.key").write_bytes(private)
    public = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "queue-signing.pub").write_bytes(public)
    told = subprocess.run(
        [sys.executable, "-P", "-c", EXECUTOR],
        env=os.environ | named | {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.split()[-2:] == [said["AIRFLOW__CORE__EXECUTOR"], "Celery"]


def test_postgresql_knows_every_option(compose: Compose) -> None:
    asked = [binaries.find() / "postgres", "--describe-config"]
    told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    known = {line.split("\t")[0].lower() for line in told.splitlines()}
    named = {word.removeprefix("--").split("=")[0] for word in compose["services"]["postgres"]["command"][1:]}
    assert len(named) > 20
    assert named - known == set()


def test_no_address_that_docker_hands_out_is_one_that_we_gave(compose: Compose) -> None:
    """It hands out the lowest that is free, and after a reboot others may come first."""
    fixed = [
        (network, ipaddress.ip_address(how["ipv4_address"]))
        for it in compose["services"].values()
        if isinstance(it["networks"], dict)
        for network, how in it["networks"].items()
        if "ipv4_address" in how
    ]
    assert fixed
    for network, address in fixed:
        (config,) = compose["networks"][network]["ipam"]["config"]
        subnet, handed_out = ipaddress.ip_network(config["subnet"]), ipaddress.ip_network(config["ip_range"])
        assert handed_out.subnet_of(subnet)
        assert address in subnet
        assert address not in handed_out
        assert config["gateway"] not in {str(address), *map(str, handed_out)}
        members = sum(network in it["networks"] for it in compose["services"].values())
        assert handed_out.num_addresses - 1 > members  # the last is for broadcast


def test_only_who_knows_the_mail_server_is_told_whom_to_mail_about_failures(compose: Compose) -> None:
    """So nobody mails about a source, nor about a process that was lost: docker/README.md says who tells of those."""
    knows = {
        name for name, it in compose["services"].items() if f"{PREFIX}OPERATOR_RECIPIENTS" in it.get("environment", {})
    }
    assert knows == {
        name for name, it in compose["services"].items() if f"{PREFIX}SMTP_HOST" in it.get("environment", {})
    }
    assert knows == {"magazijn"}
