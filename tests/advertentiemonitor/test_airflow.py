"""Airflow's processes as the front door runs them, up to a real day through its real scheduler."""

import os
import socket
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from advertentiemonitor import tasks
from advertentiemonitor.airflow import Airflow, Progress, only_one
from advertentiemonitor.crawler import Crawler
from advertentiemonitor.errors import AirflowRunsAlready, PortInUse
from advertentiemonitor.processes import descendants
from advertentiemonitor.settings import Settings
from warehouse import db
from warehouse.server import Server

from .conftest import FIRST, NUMBERS, SENTENCES, free_ports

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


@pytest.mark.full
def test_a_real_day_gives_what_the_stages_give_and_leaves_nothing(job, released):
    """Two installations live the same days; of one, Airflow runs the last."""
    by_stages, by_airflow = job.settings("by-stages"), job.settings("by-airflow")
    days = 2
    last = FIRST + timedelta(days=days - 1)
    told: list[Progress] = []
    with Crawler() as crawler, Server(by_stages.root), Server(by_airflow.root) as server:
        job.run(by_stages, crawler, days)
        job.run(by_airflow, crawler, days - 1)
        now = job.at(by_airflow, last)
        before = set(descendants(os.getpid()))
        with Airflow(now, port=free_ports(1)) as airflow:
            ours = [pid for pid in descendants(os.getpid()) if pid not in before]
            assert set(listening(ours)) == {"0100007F"}  # 127.0.0.1
            done = airflow.run_day(last, 300, told.append)
            again = airflow.run_day(last, 300)
        assert not [pid for pid in descendants(os.getpid()) if pid in ours]
        with db.connect(server.dsn("airflow")) as conn:
            kept = [value for (value,) in conn.execute("SELECT value FROM xcom").fetchall()]
        assert released(now) == released(job.at(by_stages, last))
    assert list(done.seconds) == list(again.seconds) == list(tasks.CHAIN)
    assert done.failed == again.failed == ()
    assert [step.stage for step in told if step.state == "success"] == list(tasks.CHAIN)
    assert kept
    assert all(isinstance(value, int) for value in kept), "a task handed back more than a count"
    canaries = [text.encode() for text in (*NUMBERS, *(number[3:] for number in NUMBERS), *SENTENCES)]
    logs = [path for path in (now.root / "airflow").rglob("*") if path.is_file()]
    assert len(logs) > 10
    assert not [path for path in logs if any(canary in path.read_bytes() for canary in canaries)]
