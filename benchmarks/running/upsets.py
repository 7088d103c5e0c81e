"""What goes wrong during a fortnight under `up`: processes killed, power lost, the database gone, people in a hurry."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from house import House, title
from mail_server import Mailbox, serving
from socket_ports import free_port

from advertentiemonitor import tasks
from advertentiemonitor.airflow.processes import descendants
from warehouse.server import Server


@dataclass
class Scene:
    """What faults act on."""

    house: House
    rng: random.Random
    box: Mailbox
    mail_port: int
    mail: ExitStack = field(default_factory=ExitStack)
    seen: set[str] = field(default_factory=set)

    def mail_up(self) -> None:
        self.mail.enter_context(serving(self.box, self.mail_port, None, login=False))

    def mail_down(self) -> None:
        self.mail.close()


Fault = Callable[[Scene], None]


def _kill(*names: str) -> Fault:
    def fault(scene: Scene) -> None:
        for _ in range(50):  # a task's process is there for moments only
            if scene.house.kill(*names):
                return
            time.sleep(0.1)
        raise LookupError(f"nothing called {names} runs")

    return fault


def _power_loss(scene: Scene) -> None:
    scene.house.kill()


def _kill_database(scene: Scene) -> None:
    for pid in scene.house.postgres():
        os.kill(pid, signal.SIGKILL)


def _restart_database(scene: Scene) -> None:
    """As `pg_ctl restart -m fast`: whoever is connected is put out."""
    pid = int((Server(scene.house.settings.root).data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGINT)


def _hang(name: str, seconds: float) -> Fault:
    def fault(scene: Scene) -> None:
        assert scene.house.process is not None
        pids = [pid for pid in descendants(scene.house.process.pid) if name in title(pid)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        for pid in pids:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGCONT)

    return fault


def _stop_and_start(scene: Scene) -> None:
    scene.house.stop()
    scene.house.start()


def _a_second_up(scene: Scene) -> None:
    """Somebody starts it once more for the same state folder: it has to refuse."""
    environment = dict(os.environ) | {"ADVERTENTIEMONITOR_STATE": str(scene.house.settings.root)}
    program = str(Path(sys.executable).with_name("advertentiemonitor"))
    done = subprocess.run(
        [program, "up", "--port", str(free_port())], env=environment, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stderr
    assert b"runs already" in done.stderr, done.stderr


def _twice(stage: str) -> Fault:
    """Two runs for the same day at once, as of two schedulers."""

    def fault(scene: Scene) -> None:
        scene.house.trigger(stage)

    return fault


def mail_away(scene: Scene) -> None:
    scene.mail_down()


FAULTS: dict[str, tuple[str, Fault]] = {  # name -> the stage that has to run when it strikes, and what it does
    "SIGKILL of a crawl": ("collect", _kill("advertentiemonitor.crawler")),
    "SIGKILL of collecting tasks": ("collect", _kill("task runner", "task supervisor")),
    "SIGKILL of a reading task": ("read", _kill("task runner", "task supervisor")),
    "SIGKILL of an estimating task": ("estimate", _kill("task runner", "task supervisor")),
    "SIGKILL of a releasing task": ("release", _kill("task runner", "task supervisor")),
    "SIGKILL of a publishing task": ("publish", _kill("task runner", "task supervisor")),
    "SIGKILL of the scheduler": ("estimate", _kill("airflow scheduler")),
    "SIGKILL of the API server": ("read", _kill("api-server", "api_server")),
    "SIGKILL of the DAG processor": ("collect", _kill("dag-processor")),
    "SIGKILL of PostgreSQL": ("release", _kill_database),
    "PostgreSQL restarts": ("estimate", _restart_database),
    "power loss while collecting": ("collect", _power_loss),
    "power loss while reading": ("read", _power_loss),
    "power loss while publishing": ("publish", _power_loss),
    "the scheduler hangs for 30 s": ("collect", _hang("airflow scheduler", 30)),
    "stopped in order and started": ("read", _stop_and_start),
    "a second `up`": ("collect", _a_second_up),
    "two runs of collect": ("collect", _twice("collect")),
    "two runs of estimate": ("estimate", _twice("estimate")),
    "no mail server at first": ("collect", mail_away),
}


def chosen(days: int, seed: int) -> list[list[str]]:
    """Two different faults a day, each kind as often as the others, in an order drawn from the seed."""
    rng = random.Random(seed)
    names: list[str] = []
    while len(names) < 2 * days:
        names += rng.sample(sorted(FAULTS), len(FAULTS))
    plan = [names[2 * day : 2 * day + 2] for day in range(days)]
    return [sorted(pair, key=lambda name: tasks.CHAIN.index(FAULTS[name][0])) for pair in plan]
