"""The service manager hears what it should, over a real socket; nobody else does, and nobody has to listen."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from advertentiemonitor.watching.notifying import ServiceManager


@pytest.fixture(params=["file", "abstract"])
def listener(request, tmp_path):
    name = str(tmp_path / "notify") if request.param == "file" else f"@admon-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        link.settimeout(5)
        yield name, link


def test_each_word_arrives_once_and_the_name_goes(listener):
    name, link = listener
    environment = {"NOTIFY_SOCKET": name, "OTHER": "stays"}
    manager = ServiceManager(environment)
    assert environment == {"OTHER": "stays"}
    manager.status("Airflow starts")
    manager.status("Airflow starts")
    manager.ready()
    manager.alive()
    manager.stopping()
    heard = [link.recv(200).decode() for _ in range(4)]
    assert heard == ["STATUS=Airflow starts", "READY=1", "WATCHDOG=1", "STOPPING=1"]


def test_nobody_who_listens_is_no_error(tmp_path):
    ServiceManager({}).ready()
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "none")}).ready()


def test_one_that_is_slow_does_not_hold_us_up(listener):
    name, _ = listener
    manager = ServiceManager({"NOTIFY_SOCKET": name})
    for _ in range(5_000):  # far more than its queue takes
        manager.alive()


def test_systemd_itself_reads_the_same_words(tmp_path):
    """Its own client, where there is one, says it in the same form."""
    program = Path("/usr/bin/systemd-notify")
    if not program.exists():
        pytest.skip("NOT TESTED: the words of systemd-notify, which is not here")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
        link.bind(str(tmp_path / "notify"))
        link.settimeout(5)
        environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        subprocess.run([program, "--ready", "--status=Airflow starts", "--no-block"], env=environment, check=True)
        theirs = set(link.recv(200).decode().split("\n"))
        script = "from advertentiemonitor.watching.notifying import ServiceManager as M; m = M(); m.ready(); m.status('Airflow starts')"
        subprocess.run([sys.executable, "-c", script], env=environment, check=True)
        ours = {link.recv(200).decode() for _ in range(2)}
    assert ours <= theirs
