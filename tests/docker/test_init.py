"""docker/init.sh for real, with the settings of compose.yaml: run twice it is done once, and only `beheer` gets in."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from socket_ports import free_port

from warehouse.server import Server

pytestmark = pytest.mark.full

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where another user can pass through: as root the database runs as one."""
    made = Path(tempfile.mkdtemp(prefix="admon-docker-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


def environment(compose: dict[str, Any], folder: Path, port: int) -> dict[str, str]:
    """What `scheduler` is told, with our folders for the container's."""
    moved = {"/run/secrets": "secrets", "/var/log/airflow": "logs", "/tmp/airflow": "home"}
    said = compose["services"]["scheduler"]["environment"]
    for inside, here in moved.items():
        said = {name: value.replace(inside, str(folder / here)) for name, value in said.items()}
    said = {name: value.replace("/opt/advertentiemonitor", str(ROOT)) for name, value in said.items()}
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ADVERTENTIEMONITOR_"))
    }
    return {
        **ours,
        **said,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "ADVERTENTIEMONITOR_STATE": str(folder / "state"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SECRETS": str(folder / "secrets"),
    }


def test_init_makes_one_administrator_and_nobody_else_gets_in(compose: dict[str, Any], folder: Path) -> None:
    subprocess.run(["sh", ROOT / "docker" / "geheimen.sh", folder / "secrets"], check=True, capture_output=True)
    password = (folder / "secrets" / "beheer").read_text()
    port = free_port()
    told = environment(compose, folder, port)
    with Server(folder / "state") as server:
        address = f"airflow:{server.password('airflow')}@/airflow?host={quote(str(server.socket_folder))}"
        (folder / "secrets" / "airflow-database").write_text(f"postgresql+psycopg://{address}")
        for expected in ('User "beheer" created with role "Admin"', "beheer already exist"):
            done = subprocess.run(
                [ROOT / "docker" / "init.sh"],
                env=told,
                cwd=folder,
                check=False,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
            )
            assert done.returncode == 0, done.stderr[-2000:]
            assert expected in done.stdout
            assert password not in done.stdout + done.stderr
        with (
            (folder / "api.log").open("wb") as log,
            subprocess.Popen(
                ["airflow", "api-server"], env=told, cwd=folder, stdout=log, stderr=log, start_new_session=True
            ) as api,
            httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as http,
        ):
            try:
                wait_for(http, api)
                assert http.get("/api/v2/dags").status_code == 401
                login = {"username": "beheer", "password": "another"}
                assert http.post("/auth/token", json=login).status_code == 401
                answer = http.post("/auth/token", json={**login, "password": password})
                assert answer.status_code == 201
                bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
                pools = {
                    pool["name"]: pool["slots"] for pool in http.get("/api/v2/pools", headers=bearer).json()["pools"]
                }
                assert {slots for name, slots in pools.items() if name != "default_pool"} == {1}
                assert len(pools) > 1
                assert http.get("/api/v2/config", headers=bearer).status_code == 403
            finally:
                os.killpg(api.pid, signal.SIGTERM)


def wait_for(http: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    """Until it answers; its end is an answer too."""
    while process.poll() is None:
        try:
            if http.get("/api/v2/monitor/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail("the API server ended")
