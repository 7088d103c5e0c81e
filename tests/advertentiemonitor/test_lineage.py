"""OpenLineage: which task reads and makes what, and nothing else; off unless it is asked for."""

import configparser
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from advertentiemonitor import databases, stages
from advertentiemonitor.airflow import home as airflow_home
from advertentiemonitor.crawler import Crawler
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from warehouse.audit.brute_force import Haystack, needles_of_numbers, needles_of_texts
from warehouse.server import Server

from .conftest import FIRST, KEYS, NUMBERS, SENTENCES, Job

RUN_READ = """
import sys
from airflow.dag_processing.dagbag import BundleDagBag

bag = BundleDagBag(dag_folder=sys.argv[1], bundle_path=sys.argv[1], bundle_name="dags-folder")
assert not bag.import_errors
run = bag.dags["read"].test(run_conf={"day": sys.argv[2]})
print("state", run.state)
"""


def options(settings: Settings, tmp_path: Path) -> dict[str, str]:
    read = configparser.ConfigParser()
    read.read_string(airflow_home.configuration(settings, tmp_path, 18780, airflow_home.DAGS))
    return dict(read["openlineage"])


def test_it_is_off_unless_it_is_asked_for(tmp_path: Path) -> None:
    """The provider sends as soon as it finds a transport in the environment; only `disabled` stops it."""
    (tmp_path / "keys").mkdir(mode=0o700)
    (tmp_path / "keys" / "db-airflow").write_text("a password")
    settings = Settings(state=tmp_path)
    assert options(settings, tmp_path) == {"disabled": "True"}
    asked = options(settings.model_copy(update={"lineage": tmp_path / "events.jsonl"}), tmp_path)
    assert asked["disabled"] == "False"
    assert json.loads(asked["transport"])["log_file_path"] == str(tmp_path / "events.jsonl")
    assert json.loads(asked["emission_policy"])[0]["controls"]["include_source_code"] is False


@pytest.mark.full
def test_a_task_tells_its_assets_and_nothing_of_anybody(job: Job, tmp_path: Path) -> None:
    """A night's pages with canaries in them, read by Airflow."""
    events = tmp_path / "events.jsonl"
    settings = job.at(job.settings("lineage"), FIRST).model_copy(
        update={"lineage": events, "recipients": ("kanarie@gemeente.example",), "smtp_user": "kanarie"}
    )
    initialise(settings, KEYS)
    try:
        with databases.opened(settings):
            with Crawler() as crawler:
                assert stages.collect_all(settings, FIRST, [crawler]) > 100
            settings = settings.model_copy(update={"market_today": None})  # its calendar has DAGs begin in 2999
            off = run_read(settings.model_copy(update={"lineage": None}), FIRST - timedelta(days=1))
            assert "OpenLineage" not in off
            assert not events.exists()
            log = run_read(settings, FIRST)
        told = events.read_bytes()
        passwords = [path.read_bytes() for path in (settings.root / "keys").glob("db-*")]
    finally:
        Server(settings.root).destroy()
    tasks = [event for line in told.splitlines() if (event := json.loads(line))["job"]["name"] == "read.read"]
    assert [event["eventType"] for event in tasks] == ["START", "COMPLETE"], log
    for event in tasks:
        assert (names(event["inputs"]), names(event["outputs"])) == ({"spool"}, {"warehouse/core"})
    haystack = Haystack({**needles_of_numbers(NUMBERS), **needles_of_texts(SENTENCES)})
    assert not haystack.scan("lineage", told)
    assert passwords
    for never in (b"kanarie", b"tasks.run(", b"ADVERTENTIEMONITOR_", b"gemeente.example", *passwords):
        assert never.strip() not in told


def names(datasets: list[dict[str, Any]]) -> set[str]:
    assert {each["namespace"] for each in datasets} == {"advertentiemonitor"}
    return {each["name"] for each in datasets}


def run_read(settings: Settings, day: Any) -> str:
    airflow_home.prepare(settings)
    home = settings.root / "airflow"
    command = [sys.executable, "-P", "-c", RUN_READ, str(airflow_home.DAGS), day.isoformat()]
    environment = airflow_home.environment(settings, home)
    ran = subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False)
    assert "state success" in ran.stdout, ran.stderr[-2000:] + ran.stdout[-2000:]
    assert "stage done" in ran.stdout
    return ran.stdout + ran.stderr
