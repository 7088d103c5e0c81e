"""docker/geheimen.sh, run for real: every secret that compose.yaml names, for its owner only, and they fit together."""

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy.engine import make_url

ROOT = Path(__file__).resolve().parents[2]
Compose = dict[str, Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that geheimen.sh makes."""
    folder = tmp_path_factory.mktemp("docker") / "geheim"
    subprocess.run(["sh", ROOT / "docker" / "geheimen.sh", folder], check=True, capture_output=True)
    return folder


def test_the_script_makes_every_secret(compose: Compose, made: Path) -> None:
    there = {f"./geheim/{path.relative_to(made)}" for path in made.rglob("*") if path.is_file()}
    named = {it["file"] for it in compose["secrets"].values()}
    assert named - there == {"./geheim/keys/spool.key"}, "the keys are init's"
    assert there - named == {"./geheim/keys/db-airflow"}, "a password that only the key folder holds"
    assert all(path.stat().st_mode & 0o077 == 0 for path in [made, *made.rglob("*")])


def test_what_the_script_makes_fits_together(made: Path) -> None:
    address = make_url((made / "airflow-database").read_text())
    assert address.password == (made / "keys" / "db-airflow").read_text()
    assert (address.drivername, address.host, address.query["sslmode"]) == (
        "postgresql+psycopg",
        "postgres",
        "verify-full",
    )
    broker = make_url((made / "airflow-broker").read_text())
    assert f"requirepass {broker.password}\n" in (made / "redis.conf").read_text()
    assert make_url((made / "airflow-results").read_text()).password == broker.password
    assert len((made / "airflow-jwt").read_text()) >= 64
    passwords = {
        (made / name).read_text() for name in ("keys/db-admin", "keys/db-airflow", "airflow-session", "beheer")
    }
    assert len(passwords | {broker.password}) == 5
    certificate, authority = (
        x509.load_pem_x509_certificate((made / name).read_bytes()) for name in ("server.crt", "ca.crt")
    )
    certificate.verify_directly_issued_by(authority)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"postgres", "mailtest"}


def test_the_script_never_replaces_secrets(made: Path) -> None:
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    again = subprocess.run(["sh", ROOT / "docker" / "geheimen.sh", made], check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == before


@pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed")
def test_redis_takes_the_file_and_wants_the_password(compose: Compose, made: Path, tmp_path: Path) -> None:
    """On a socket of this test: the health check of compose.yaml answers, and nobody reads without the password."""
    socket = tmp_path / "s"
    text = (made / "redis.conf").read_text().replace("dir /data", f"dir {tmp_path}")
    (tmp_path / "redis.conf").write_text(f"{text}port 0\nunixsocket {socket}\n")
    password = make_url((made / "airflow-broker").read_text()).password

    def asked(*words: str, login: str = "") -> str:
        environment = {"PATH": "/usr/bin:/bin", **({"REDISCLI_AUTH": login} if login else {})}
        told = subprocess.run(
            ["redis-cli", "-s", socket, *words], env=environment, check=False, capture_output=True, text=True
        )
        return told.stdout

    with subprocess.Popen(["redis-server", tmp_path / "redis.conf"], stdout=subprocess.DEVNULL) as running:
        try:
            while not socket.exists() and running.poll() is None:
                time.sleep(0.01)
            assert asked("ping", login=str(password)) == "PONG\n"
            assert "NOAUTH" in asked("keys", "*")
            check = compose["services"]["redis"]["healthcheck"]["test"][1].replace(
                "redis-cli", f"redis-cli -s {socket}"
            )
            assert subprocess.run(check, shell=True, check=False).returncode == 0
        finally:
            running.terminate()
    assert subprocess.run(check, shell=True, check=False, stderr=subprocess.DEVNULL).returncode != 0
