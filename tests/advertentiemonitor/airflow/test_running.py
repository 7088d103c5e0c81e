"""Airflow's processes as the front door runs them, up to a real day through its real scheduler."""

import os
import shutil
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from advertentiemonitor import tasks
from advertentiemonitor.airflow import backfilling
from advertentiemonitor.airflow.api import AirflowApi
from advertentiemonitor.airflow.home import DAGS, USER, password
from advertentiemonitor.airflow.processes import descendants
from advertentiemonitor.airflow.running import Airflow, Progress, only_one
from advertentiemonitor.crawler import Crawler
from advertentiemonitor.errors import AirflowRunsAlready, DayFailed, PortInUse
from advertentiemonitor.settings import Settings
from warehouse import binaries, db
from warehouse.audit.brute_force import Haystack, needles_of_numbers, needles_of_texts, scan_files
from warehouse.server import Server

from ..conftest import FIRST, NUMBERS, SENTENCES, free_ports

LISTENING = "0A"  # in /proc/net/tcp


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path)


def test_port_in_use_is_named(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)), Airflow(settings, port=port):
            pass
    assert not (settings.root / "pg").exists()  # nothing was started for it


def test_a_second_one_for_the_same_state_is_refused(settings: Settings) -> None:
    settings.folder("airflow")
    lock = settings.root / "airflow" / "lock"
    with only_one(lock), pytest.raises(AirflowRunsAlready), Airflow(settings):
        pass
    with only_one(lock):
        pass


def listening(pids: list[int]) -> Iterator[str]:
    """Local addresses, in the hexadecimal of the kernel, on which processes listen."""
    inodes = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").glob("*"):
            status = handle.stat() if handle.exists() else None
            if status is not None and stat.S_ISSOCK(status.st_mode):
                inodes.add(str(status.st_ino))
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in inodes:
                yield fields[1].partition(":")[0]


CARELESS = """
from pathlib import Path

from airflow.sdk import dag, get_current_context, task

from advertentiemonitor import tasks
from dag_wiring import SHARED, every_day_at


@dag(schedule=every_day_at(12, 0), **SHARED)
def careless():
    @task(retries=0)
    def quote():
        from advertentiemonitor import stages

        def broken(settings, day):
            raise ValueError(Path("{listing}").read_text())

        stages.read = broken
        return tasks.run("read", tasks.day_of(get_current_context()))

    quote()


careless()
"""


def with_a_careless_dag(folder: Path) -> Path:
    """The DAGs, and one whose error quotes a listing. The listing lies beside them: Airflow keeps what DAG files say."""
    listing = folder / "listing.txt"
    listing.write_text(f"{SENTENCES[0]} bel {NUMBERS[0]}", encoding="utf-8")
    dags = folder / "dags"
    shutil.copytree(DAGS, dags, ignore=shutil.ignore_patterns("__pycache__"))
    (dags / "careless.py").write_text(CARELESS.format(listing=listing), encoding="utf-8")
    return dags


def failed_run(airflow: Airflow, dag: str, day: str) -> None:
    """Start a DAG for a day and wait until its run has failed."""
    with AirflowApi(airflow.url, USER, password(airflow.home)) as api:
        api.trigger(dag, day)
        until = time.monotonic() + 120
        while [run.state for run in api.runs(dag, day)] != ["failed"]:
            assert time.monotonic() < until, api.runs(dag, day)
            time.sleep(0.5)


def kept_by(server: Server) -> tuple[bytes, dict[str, list[tuple[Any, ...]]]]:
    """All that Airflow's database holds as text, and some of it by name."""
    dump = subprocess.run([str(binaries.find() / "pg_dump"), server.dsn("airflow")], capture_output=True, check=True)
    asked = {
        "returned": "SELECT value FROM xcom",
        "tries": "SELECT dag_id, max(try_number) FROM task_instance WHERE state = 'failed' GROUP BY 1 ORDER BY 1",
    }
    with db.connect(server.dsn("airflow")) as conn:
        return dump.stdout, {name: conn.execute(query.encode()).fetchall() for name, query in asked.items()}


@pytest.mark.full
def test_a_real_day_gives_what_the_stages_give_and_leaves_nothing(job, released, tmp_path):
    """Two installations live the same days; of one, Airflow runs the last, once more from reading on, and what cannot be."""
    by_stages, by_airflow = job.settings("by-stages"), job.settings("by-airflow")
    days = 2
    last, never = FIRST + timedelta(days=days - 1), FIRST - timedelta(days=1)
    told: list[Progress] = []
    with Crawler() as crawler, Server(by_stages.root), Server(by_airflow.root) as server:
        job.run(by_stages, crawler, days)
        job.run(by_airflow, crawler, days - 1)
        now = job.at(by_airflow, last).model_copy(update={"operator_recipients": ("beheer@gemeente.example",)})
        before = set(descendants(os.getpid()))
        with Airflow(now, port=free_ports(1), dags=with_a_careless_dag(tmp_path)) as airflow:
            ours = [pid for pid in descendants(os.getpid()) if pid not in before]
            assert set(listening(ours)) == {"0100007F"}  # 127.0.0.1
            done = airflow.run_day(last, 300, told.append)
            again = backfilling.backfill(now, last, last, "read", lambda _day, _progress: None)
            with pytest.raises(DayFailed, match="collect"):
                airflow.run_day(never, 300)
            failed_run(airflow, "careless", str(last))
        assert not [pid for pid in descendants(os.getpid()) if pid in ours]
        dump, kept = kept_by(server)
        assert released(now) == released(job.at(by_stages, last))
    assert list(done.seconds) == list(tasks.CHAIN)
    assert [list(one.seconds) for one in again] == [list(tasks.CHAIN[1:])]
    assert done.failed == again[0].failed == ()
    assert [step.stage for step in told if step.state == "success"] == list(tasks.CHAIN)
    assert kept["tries"] == [("careless", 1), ("collect", 1)]  # a day that has passed is refused at once
    assert kept["returned"]
    assert all(isinstance(value, int) for (value,) in kept["returned"]), "a task handed back more than a count"

    mails = {path.name.split("-")[1]: path.read_text() for path in (now.root / "outbox").glob("storing-*.eml")}
    assert sorted(mails) == ["careless", "collect"]
    assert "ValueError at" in mails["careless"].replace("=\n", "")

    canaries = Haystack({**needles_of_numbers(NUMBERS), **needles_of_texts(SENTENCES)})
    assert b"dag_code" in dump
    assert not canaries.scan("dump", dump)
    hits, files = scan_files(canaries, [now.root / "airflow", now.root / "outbox"])
    assert hits == set()
    assert files > 10
    assert canaries.scan("listing", (tmp_path / "listing.txt").read_bytes()), "the search would not find it"
