"""A group of processes leaves nothing behind, whoever dies first."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from advertentiemonitor.airflow.processes import Ended, Group, descendants

# A command that starts a child in a session of its own, which ignores requests to end, and tells both pids.
STUBBORN = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(120)"],
    start_new_session=True, stdout=subprocess.PIPE)
child.stdout.readline()
print(os.getpid(), child.pid, flush=True)
time.sleep(120)
"""
HOLDER = """
import os, sys, time
from pathlib import Path
from advertentiemonitor.airflow.processes import Group
folder = Path(sys.argv[1])
commands = {"stubborn": [sys.executable, "-c", sys.argv[2]]}
with Group(commands, env=dict(os.environ), logs=folder, folder=folder, grace=1):
    print("started", flush=True)
    time.sleep(120)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="adopting orphans needs Linux")


def group(tmp_path: Path, **commands: str) -> Group:
    return Group(
        {name: [sys.executable, "-c", text] for name, text in commands.items()},
        env=dict(os.environ),
        logs=tmp_path,
        folder=tmp_path,
        grace=1,
    )


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def pids_in(log: Path) -> list[int]:
    wait_for(lambda: log.exists() and len(log.read_text().split()) == 2)
    return [int(pid) for pid in log.read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_stop_ends_a_stubborn_grandchild_in_another_session(tmp_path: Path) -> None:
    with group(tmp_path, stubborn=STUBBORN):
        pids = pids_in(tmp_path / "stubborn.log")
        assert all(alive(pid) for pid in pids)
    assert not any(alive(pid) for pid in pids)


def test_one_that_ends_takes_the_others_along_and_is_named(tmp_path: Path) -> None:
    with group(tmp_path, stubborn=STUBBORN, brief="import time; time.sleep(1); raise SystemExit(7)") as running:
        pids = pids_in(tmp_path / "stubborn.log")
        wait_for(running.ended)
        assert running.ended() == Ended("brief", 7)
    assert not any(alive(pid) for pid in pids)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_death_of_the_parent_ends_all(tmp_path: Path, number: signal.Signals) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), STUBBORN], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "started\n"
    pids = pids_in(tmp_path / "stubborn.log")
    guardians = descendants(holder.pid)
    holder.send_signal(number)
    holder.wait()
    holder.stdout.close()
    wait_for(lambda: not any(alive(pid) for pid in [*pids, *guardians]))


def test_death_of_the_guardian_ends_the_commands(tmp_path: Path) -> None:
    with group(tmp_path, plain="import os, time; print(os.getpid(), 0, flush=True); time.sleep(120)") as running:
        pid = pids_in(tmp_path / "plain.log")[0]
        guardian = running._guardian
        assert guardian is not None
        guardian.kill()
        wait_for(running.ended)
    wait_for(lambda: not alive(pid))


def test_stop_twice_is_fine(tmp_path: Path) -> None:
    running = group(tmp_path, plain="import time; time.sleep(120)")
    with running:
        running.stop()
    running.stop()
