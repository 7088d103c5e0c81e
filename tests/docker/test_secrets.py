"""docker/geheimen.sh, run for real: every secret that compose.yaml names, for its owner only, and they fit together."""

import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
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
    pair = load_pem_private_key((made / "queue-signing.key").read_bytes(), password=None)
    assert pair.public_key() == load_pem_public_key((made / "queue-signing.pub").read_bytes())
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


def test_a_new_certificate_leaves_all_else_as_it_is(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "geheim"
    shutil.copytree(made, folder)
    added = (folder / "server.crt").read_bytes()  # any certificate, of an authority that the operator trusts
    with (folder / "ca.crt").open("ab") as authorities:
        authorities.write(added)
    before = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    subprocess.run(
        ["sh", ROOT / "docker" / "geheimen.sh", "--certificaat", folder], check=True, capture_output=True, text=True
    )
    after = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after.keys() == before.keys()
    changed = {str(path) for path in after if after[path] != before[path]}
    assert changed == {"ca.crt", "server.crt", "server.key"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*"))
    authority, kept = x509.load_pem_x509_certificates(after[Path("ca.crt")])
    certificate = x509.load_pem_x509_certificate(after[Path("server.crt")])
    certificate.verify_directly_issued_by(authority)
    assert kept == x509.load_pem_x509_certificate(added)
    key = load_pem_private_key(after[Path("server.key")], password=None)
    assert key.public_key() == certificate.public_key()
    assert certificate.not_valid_after_utc - authority.not_valid_after_utc < timedelta(minutes=1), "init looks at one"


@pytest.mark.parametrize(("days", "told"), [(59, True), (61, False)])
def test_init_tells_that_the_certificate_ends(tmp_path: Path, days: int, told: bool) -> None:
    """Before it does anything: what comes first in it is replaced by something that fails."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "/dev/null"]
    made = ["openssl", "req", "-x509", *key, "-days", str(days), "-subj", "/CN=x", "-out", tmp_path / "ca.crt"]
    subprocess.run(made, check=True, capture_output=True)
    stop = tmp_path / "advertentiemonitor"
    stop.write_text("#!/bin/sh\nexit 7\n")
    stop.chmod(0o700)
    path = f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", ROOT / "docker" / "init.sh"],
        env={"PATH": path, "SECRETS": str(tmp_path), "AIRFLOW_HOME": str(tmp_path / "home")},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 7, done.stderr
    assert ("geheimen.sh --certificaat" in done.stderr) is told


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
