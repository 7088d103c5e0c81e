"""Who holds the queue's password, as the collecting worker does, and no private key: what it can make `magazijn` do."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

sys.path.insert(0, str(Path(__file__).parents[1] / "scale"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from composed import command_of, environment_of
from socket_ports import free_port

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed"),
]

SCHEDULER = """
import sys
from airflow.executors.base_executor import ExecutorConf
from airflow.providers.celery.executors.celery_executor_utils import create_celery_app
task = create_celery_app(ExecutorConf(None)).tasks["execute_workload"]
for queue, work in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    task.apply_async(args=(work,), queue=queue, task_id=None)
"""


def makes(path: Path) -> str:
    """Work that makes a file, as Airflow's executor takes it: any function of any module, without a DAG."""
    call = {"path": "subprocess.check_call", "kwargs": {"args": ["touch", str(path)]}}
    callback = {"id": str(uuid.uuid4()), "fetch_method": "import_path", "data": call}
    bundle = {"name": "dags-folder"}
    return json.dumps(
        {"type": "ExecuteCallback", "token": "x", "dag_rel_path": "x", "bundle_info": bundle, "log_path": None}
        | {"callback": callback}
    )


def message(args: list[Any], embed: dict[str, Any], **how: Any) -> str:
    """A message as Celery lays it in Redis."""
    name = str(uuid.uuid4())
    headers = {"lang": "py", "task": "execute_workload", "id": name, "root_id": name, "retries": 0}
    properties = {"delivery_info": {"exchange": "", "routing_key": "magazijn"}, "delivery_tag": name, "priority": 0}
    body = json.dumps([args, {}, embed])
    whole = {
        "body": base64.b64encode(body.encode()).decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": headers | {"timelimit": [None, None], "argsrepr": "", "kwargsrepr": ""},
        "properties": properties | {"body_encoding": "base64", "correlation_id": name, "reply_to": ""},
    }
    whole["properties"] |= how.pop("properties", {})
    return json.dumps(whole | how)


def plain(work: str) -> str:
    return message([work], {})


def unread(work: str) -> str:
    """A type that no serializer reads: the body arrives as it is, whatever `accept_content` says."""
    raw = {"content-type": "application/text", "content-encoding": "binary", "body": [[work], {}, {}]}
    return message([], {}, properties={"body_encoding": None}, **raw)


def by_an_errand(work: str) -> str:
    """A task that fails calls another, here in the worker itself."""
    errand = {"task": "celery.map", "args": [{"task": "execute_workload"}, [work]], "kwargs": {}, "options": {}}
    return message([], {"errbacks": [errand | {"immutable": True, "subtask_type": None}]})


def another_key(work: str) -> str:
    return message([f"{base64.b64encode(bytes(64)).decode()}.{json.dumps(['magazijn', work])}"], {})


ATTACKS: list[Callable[[str], str]] = [plain, unread, by_an_errand, another_key]


class Queue:
    """A Redis of compose's secrets, and what writes to it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.secrets, port = folder, folder / "geheim", free_port()
        subprocess.run(["sh", ROOT / "docker" / "geheimen.sh", self.secrets], check=True, capture_output=True)
        for name in ("airflow-broker", "airflow-results"):
            path = self.secrets / name
            path.write_text(path.read_text().replace("redis:6379", f"127.0.0.1:{port}"))
        self.settings = self.secrets / "redis.conf"
        text = self.settings.read_text().replace("dir /data", f"dir {folder}")
        self.settings.write_text(f"{text}bind 127.0.0.1\nport {port}\n")
        self.client = redis.Redis.from_url((self.secrets / "airflow-broker").read_text())

    def scheduled(self, *asked: str) -> None:
        """Have the scheduler's own code send work: queue and work by turns."""
        told = environment_of("scheduler", self.folder / "scheduler", self.secrets, {})
        unneeded = {name for name in told if name.startswith("AIRFLOW__DATABASE")}
        told = {name: value for name, value in told.items() if name not in unneeded}
        subprocess.run([sys.executable, "-P", "-c", SCHEDULER, *asked], env=told, check=True, capture_output=True)


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Queue]:
    made = Queue(tmp_path)
    with subprocess.Popen(["redis-server", made.settings], stdout=subprocess.DEVNULL) as running:
        try:
            while True:
                try:
                    made.client.ping()
                    break
                except redis.ConnectionError:
                    assert running.poll() is None
                    time.sleep(0.02)
            yield made
        finally:
            running.terminate()


@contextmanager
def magazijn(queue: Queue, **replaced: str) -> Iterator[Path]:
    """The worker as compose starts it, one task at a time; gives its folder."""
    folder = queue.folder / "magazijn"
    (folder / "airflow").mkdir(parents=True)
    told = environment_of("magazijn", folder, queue.secrets, {})
    told |= {"AIRFLOW__CELERY__WORKER_CONCURRENCY": "1"} | replaced
    with (
        (folder / "log").open("wb") as out,
        subprocess.Popen(
            command_of("magazijn"), env=told, stdout=out, stderr=out, cwd=folder, start_new_session=True
        ) as running,
    ):
        try:
            yield folder
        finally:
            os.killpg(running.pid, signal.SIGTERM)
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)


def wait_for(path: Path, log: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until, log.read_text()[-3000:]
        time.sleep(0.05)


def test_only_what_the_scheduler_signed_for_this_queue_runs(queue: Queue) -> None:
    taken = [queue.folder / attack.__name__ for attack in ATTACKS]
    for attack, path in zip(ATTACKS, taken, strict=True):
        queue.client.lpush("magazijn", attack(makes(path)))
    elsewhere, honest = queue.folder / "elsewhere", queue.folder / "honest"
    queue.scheduled("verzamelen", makes(elsewhere), "magazijn", makes(honest))
    moved = queue.client.lpop("verzamelen")
    assert moved
    queue.client.rpush("magazijn", moved)  # before the honest one
    with magazijn(queue) as folder:
        wait_for(honest, folder / "log")
        wait_for(folder / "airflow" / "worker-alive", folder / "log")
        assert [path.name for path in (*taken, elsewhere) if path.exists()] == []
    log = (folder / "log").read_text()
    assert log.count("SecurityError('This message was not signed by the scheduler.')") >= 2
    assert "SecurityError('This message was signed for another queue.')" in log


@pytest.mark.parametrize("attack", [plain, unread, by_an_errand])
def test_without_signing_it_runs(queue: Queue, attack: Callable[[str], str]) -> None:
    """So that each of the attacks above is one."""
    taken = queue.folder / "taken"
    queue.client.lpush("magazijn", attack(makes(taken)))
    unsigned = "airflow.providers.celery.executors.default_celery.DEFAULT_CELERY_CONFIG"
    with magazijn(queue, AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS=unsigned) as folder:
        wait_for(taken, folder / "log")
