"""Several machines: the settings and commands of docker/compose.yaml, real Celery workers, a real Redis, a PostgreSQL
elsewhere and S3 on loopback. A worker dies in the middle of a task, the queue is lost, the database is away for a minute.

Each strike hits something, or the test fails: what would be hit is held still, seen to run, and only then struck. The
database speaks no TLS here: ours needs PostgreSQL 18, and the server that we carry was built without it. That compose's
own settings refuse to speak without TLS is seen by tests/docker and tests/security.
"""

import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from composed import Services, command_of, environment_of
from postgres_elsewhere import Postgres
from socket_ports import free_port

from advertentiemonitor import databases, publishing, stages, tasks
from advertentiemonitor.airflow.api import AirflowApi
from advertentiemonitor.crawler import Crawler
from advertentiemonitor.errors import AirflowRefused, AirflowSilent
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from simulation.serve import Market
from simulation.settings import WorldSettings
from simulation.world import generate
from warehouse import db
from warehouse.keys import FileKeys
from warehouse.server import Server

DAY = date(2026, 10, 12)
KEYS = b"several machines"
NEEDED = ("redis-server", "openssl", "setsid")
DAY_SECONDS = 900
DATABASE_AWAY_SECONDS = 60
QUEUE_AWAY_SECONDS = 15

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(
        bool(missing := [program for program in NEEDED if not shutil.which(program)]),
        reason=f"NOT TESTED: several machines, for want of {', '.join(missing)} (apt-get install redis-server)",
    ),
]


@dataclass
class Region:
    """An installation on several machines, all of them this one."""

    root: Path
    secrets: Path
    services: Services
    postgres: Postgres
    settings: Settings  # of the warehouse's worker
    replaced: dict[str, str]
    port: int
    twin: Settings

    def environment(self, service: str, machine: str) -> dict[str, str]:
        folder = self.root / machine
        (folder / "state").mkdir(parents=True, exist_ok=True)
        return environment_of(service, folder, self.secrets, self.replaced)

    def start(self, service: str, machine: str) -> None:
        command = [str(self.port) if part == "8080" else part for part in command_of(service)]
        if "celery" in command:
            command += ["--celery-hostname", f"{machine}@%h"]  # containers have names of their own
        self.services.start(machine, command, self.environment(service, machine), self.root / machine / "out.log")

    def states(self) -> dict[str, tuple[str, list[str]]]:
        """State of each stage's newest run and of its tasks; empty while nobody answers."""
        found: dict[str, tuple[str, list[str]]] = {}
        try:
            with AirflowApi(f"http://127.0.0.1:{self.port}", "beheer", (self.secrets / "beheer").read_text()) as api:
                for stage in tasks.CHAIN:
                    if runs := api.runs(stage, DAY.isoformat()):
                        found[stage] = (runs[0].state, [task.state for task in api.tasks(runs[0])])
        except (AirflowRefused, AirflowSilent, OSError):
            return {}
        return found

    def trigger(self) -> None:
        with AirflowApi(f"http://127.0.0.1:{self.port}", "beheer", (self.secrets / "beheer").read_text()) as api:
            until = time.monotonic() + 180
            while not api.health() or not set(tasks.CHAIN) <= set(api.dags()):
                assert time.monotonic() < until, "Airflow did not become ready"
                assert max(self.services.starts.values()) == 1, f"it ends by itself: {self.services.starts}"
                time.sleep(0.5)
            api.trigger("collect", DAY.isoformat())

    def until(self, seen: Callable[[dict[str, tuple[str, list[str]]]], bool]) -> None:
        end = time.monotonic() + DAY_SECONDS
        while not seen(states := self.states()):
            assert time.monotonic() < end, states
            assert not [stage for stage, (state, _) in states.items() if state == "failed"], states
            time.sleep(0.3)


@dataclass(frozen=True)
class Task:
    """A task as Airflow's database has it; `process` is that of its newest try."""

    name: str
    place: int
    state: str | None
    tries: int
    process: int | None


def tasks_of(region: Region, stage: str) -> list[Task]:
    """The tasks of a stage's runs of the day."""
    with db.connect(databases.database(region.settings).dsn("airflow")) as conn:
        found = conn.execute(
            """SELECT t.task_id, t.map_index, t.state, t.try_number, t.pid FROM task_instance t
               JOIN dag_run r USING (dag_id, run_id) WHERE dag_id = %s AND partition_key = %s""",
            (stage, DAY.isoformat()),
        ).fetchall()
    return [Task(*row) for row in found]


def strike(region: Region, stage: str, machines: tuple[str, ...], blow: Callable[[str], None]) -> Task:
    """Strike once a task of a stage runs on one of the machines, which is held still from before that is seen until after.

    Returns:
        The task that ran.
    """
    end = time.monotonic() + DAY_SECONDS
    while time.monotonic() < end:
        found = tasks_of(region, stage)
        assert not [task for task in found if task.state in {"failed", "upstream_failed"}], found
        assert not found or [task for task in found if task.state != "success"], (
            f"{stage} was over before it was struck"
        )
        for machine in machines if any(task.state == "running" for task in found) else ():
            with region.services.still(machine) as processes:
                for task in tasks_of(region, stage):
                    if task.state == "running" and task.process in processes:
                        blow(machine)
                        return task
        time.sleep(0.1)
    pytest.fail(f"no task of {stage} was seen to run")


def tried_again(region: Region, stage: str, struck: Task) -> bool:
    """Tell whether Airflow began a task anew after it was struck."""
    return any(
        task.tries > struck.tries
        for task in tasks_of(region, stage)
        if (task.name, task.place) == (struck.name, struck.place)
    )


@pytest.fixture
def region() -> Iterator[Region]:
    from moto.server import ThreadedMotoServer

    root = Path(tempfile.mkdtemp(prefix="admon-region-"))
    root.chmod(0o711)
    storage = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    services = Services()
    secrets = root / "secrets"
    subprocess.run(["docker/geheimen.sh", str(secrets)], check=True, capture_output=True)
    postgres = Postgres(root / "postgres", free_port(), (secrets / "keys" / "db-admin").read_text())
    postgres.folder.mkdir(mode=0o711)
    market_port = 23000 + (postgres.port % 500) * 8
    world = generate(WorldSettings(seed=7, first_day=DAY, days=2, scale=0.15))
    try:
        storage.start()
        postgres.make()
        postgres.start()
        with Market(world, range(market_port, market_port + 4), root / "market"):
            yield _installed(root, secrets, services, postgres, storage.get_host_and_port(), market_port)
    finally:
        services.close()
        postgres.stop()
        storage.stop()
        shutil.rmtree(root, ignore_errors=True)


def _installed(
    root: Path, secrets: Path, services: Services, postgres: Postgres, storage: tuple[str, int], market_port: int
) -> Region:
    """Do what docker/README.md tells the operator, up to the first start."""
    queue_port, port = free_port(), free_port()
    for name in ("airflow-broker", "airflow-results", "airflow-database"):
        text = (secrets / name).read_text().replace("redis:6379", f"127.0.0.1:{queue_port}")
        text = re.sub(r"postgres:5432/airflow\?.*", f"127.0.0.1:{postgres.port}/airflow", text)
        (secrets / name).write_text(text)
    queue = (secrets / "redis.conf").read_text().replace("dir /data", f"dir {root}")
    (secrets / "redis.conf").write_text(f"{queue}\nbind 127.0.0.1\nport {queue_port}\n")
    replaced = {
        "ADVERTENTIEMONITOR_DATABASE": f"{postgres.address}/advertentiemonitor",
        "ADVERTENTIEMONITOR_EXCHANGE": "s3://advertentiemonitor/uitwisseling",
        "ADVERTENTIEMONITOR_MARKET_TODAY": DAY.isoformat(),
        "ADVERTENTIEMONITOR_MARKET_PORT": str(market_port),
        "ADVERTENTIEMONITOR_SEED": "7",
        "AWS_ENDPOINT_URL": f"http://{storage[0]}:{storage[1]}",
        "AWS_ACCESS_KEY_ID": "verzonnen",
        "AWS_SECRET_ACCESS_KEY": "verzonnen",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",  # half an hour in earnest
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",  # one port of this machine less
    }
    warehouse = root / "magazijn" / "state"
    settings = Settings(
        state=warehouse,
        database=replaced["ADVERTENTIEMONITOR_DATABASE"],
        market_today=DAY,
        market_port=market_port,
        seed=7,
    )
    region = Region(
        root, secrets, services, postgres, settings, replaced, port,
        Settings(state=root / "twin", market_today=DAY, market_port=market_port, seed=7),
    )  # fmt: skip
    # The secrets of compose are the keys of both: the same noise, so that releases can be compared.
    FileKeys.create(settings.folder("keys"), KEYS, stages.epoch_calendar(settings).ahead(DAY))
    for path in (secrets / "keys").iterdir():
        shutil.copy2(path, warehouse / "keys")
    _bucket(replaced)
    done = subprocess.run(
        ["docker/init.sh"], env=region.environment("init", "magazijn"), capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    collecting = [root / machine / "state" / "keys" for machine in ("verzamelen-1", "verzamelen-2")]
    for keys in collecting:
        keys.mkdir(mode=0o700, parents=True)
        shutil.copy2(warehouse / "keys" / "spool.key", keys)
    return region


def _bucket(replaced: dict[str, str]) -> None:
    import s3fs

    s3fs.S3FileSystem(
        key="verzonnen", secret="verzonnen", endpoint_url=replaced["AWS_ENDPOINT_URL"], use_listings_cache=False
    ).mkdir("advertentiemonitor")


def _rows(settings: Settings, query: str) -> list[str]:
    with databases.warehouse_as(settings, "owner") as conn:
        return [text for (text,) in conn.execute(query.encode()).fetchall()]


def _released(settings: Settings) -> dict[str, list[str]]:
    tables = """SELECT table_name::text FROM information_schema.tables
                WHERE table_schema = 'release' AND table_type = 'BASE TABLE' ORDER BY 1"""
    return {
        table: _rows(settings, f"SELECT t::text FROM release.{table} t ORDER BY 1") for table in _rows(settings, tables)
    }


def test_a_day_completes_whatever_dies(region):
    services = region.services
    services.start(
        "redis",
        ["redis-server", str(region.secrets / "redis.conf")],
        {"PATH": "/usr/bin:/bin"},
        region.root / "redis.log",
    )
    for service in ("api-server", "scheduler", "dag-processor"):
        region.start(service, service)
    for machine in ("verzamelen-1", "verzamelen-2", "magazijn"):
        region.start(machine.partition("-")[0], machine)
    region.trigger()

    in_collect = strike(region, "collect", ("verzamelen-1", "verzamelen-2"), services.kill)

    def lose_the_queue(_: str) -> None:
        services.hold("redis")  # and what was queued with it

    strike(region, "read", ("magazijn",), lose_the_queue)
    time.sleep(QUEUE_AWAY_SECONDS)
    services.again("redis")

    def lose_the_database(_: str) -> None:
        region.postgres.stop(signal.SIGQUIT)  # Airflow's and ours

    strike(region, "estimate", ("magazijn",), lose_the_database)
    time.sleep(DATABASE_AWAY_SECONDS)
    region.postgres.start()

    region.until(lambda states: all(states.get(stage, ("",))[0] == "success" for stage in tasks.CHAIN))
    assert services.starts["verzamelen-1"] + services.starts["verzamelen-2"] >= 3
    assert services.starts["redis"] == 2
    assert tried_again(region, "collect", in_collect), "the worker that was killed lost no task"
    _logs_lie_apart(region)

    initialise(region.twin, KEYS)
    with Crawler() as crawler, Server(region.twin.root):
        stages.collect_all(region.twin, DAY, [crawler])
        for stage in stages.AFTER_COLLECTING.values():
            stage(region.twin, DAY)
        for table in ("core.sighting", "core.listing_version", "core.crawl"):
            counted = f"SELECT count(*)::text FROM {table}"
            assert _rows(region.settings, counted) == _rows(region.twin, counted) != ["0"], table
        assert _released(region.settings) == _released(region.twin)
        pages = [publishing.digest_page(each, DAY).read_bytes() for each in (region.settings, region.twin)]
        assert pages[0] == pages[1]
    _nothing_lies_about(region)


def _nothing_lies_about(region: Region) -> None:
    """Each machine holds what its domain needs, the bucket no spool file, and what tasks handed on is numbers."""
    for machine in ("verzamelen-1", "verzamelen-2"):
        assert sorted(path.name for path in (region.root / machine / "state" / "keys").iterdir()) == ["spool.key"]
        assert not list((region.root / machine / "state").rglob("*.spool"))
    with db.connect(databases.database(region.settings).dsn("airflow")) as conn:
        handed = [value for (value,) in conn.execute("SELECT value FROM xcom").fetchall()]
    assert handed
    assert all(isinstance(value, int) for value in handed)


def _logs_lie_apart(region: Region) -> None:
    """Each worker writes in the folder of its queue and nowhere else."""
    for machine in ("verzamelen-1", "verzamelen-2", "magazijn"):
        written = {path.name for path in (region.root / machine / "logs").iterdir()}
        assert written == {machine.partition("-")[0]}
