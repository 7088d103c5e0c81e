"""The link to a database elsewhere: encrypted to the server that was meant, or none."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import mail_server
from socket_ports import free_port

from advertentiemonitor import databases, publishing
from advertentiemonitor.errors import NoTls
from advertentiemonitor.settings import Settings
from warehouse import binaries, db, passwords
from warehouse.errors import ServerUnavailable, UnusableAddress, WarehouseError
from warehouse.remote import RemoteServer

PASSWORD = "een-wachtwoord-dat-nergens-hoort"
PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)  # the wheel's has no TLS
needs_debian = pytest.mark.skipif(
    PROGRAMS is None or os.geteuid() != 0, reason="needs a PostgreSQL with TLS (Debian's package), and root to run it"
)


@pytest.fixture
def keys(tmp_path) -> Path:
    (tmp_path / "db-admin").touch(0o600)
    (tmp_path / "db-admin").write_text(PASSWORD)
    return tmp_path


def refused(address: str, keys: Path) -> str:
    """What is said of a server that is not spoken to: one sentence or two, without the password."""
    with pytest.raises(WarehouseError) as caught, db.connect(RemoteServer(address, keys).dsn("admin", "postgres")):
        pass
    told = str(caught.value)
    assert PASSWORD not in told
    assert "\n" not in told
    assert isinstance(caught.value, ServerUnavailable)
    return told


@pytest.mark.parametrize(
    "mode", ["", "?sslmode=disable", "?sslmode=allow", "?sslmode=prefer", "?sslmode=require", "?sslmode=verify-ca"]
)
@pytest.mark.parametrize(
    "host",
    [
        "db.gemeente.example",
        "192.0.2.7",
        "[2001:db8::7]",
        "127.0.0.1,db.gemeente.example",
        "localhost.gemeente.example",
    ],
)
def test_a_server_on_another_machine_needs_its_certificate_checked(host, mode, keys):
    with pytest.raises(UnusableAddress, match=r"postgresql://|sslmode has to be verify-full"):
        RemoteServer(f"postgresql://{host}:5432/werk{mode}", keys)


@contextmanager
def listening(answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Somebody who took the place of the server: answers the question for TLS, and keeps all that is said after."""
    heard: list[bytes] = []
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            link, _ = listener.accept()
            with link:
                link.settimeout(5)
                heard.append(link.recv(8))
                link.sendall(answer)
                while said := link.recv(65_536):
                    heard.append(said)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1], heard
        finally:
            thread.join()


def test_a_server_that_speaks_no_tls_hears_no_password(keys):
    """Nor the name of a role or database."""
    pem = mail_server.certificate(keys)
    with listening(b"N") as (port, heard):
        refused(f"postgresql://127.0.0.1:{port}/werk?sslmode=verify-full&sslrootcert={pem}", keys)
    assert heard == [b"\0\0\0\x08\x04\xd2\x16\x2f"]  # SSLRequest, and nothing after it


@pytest.fixture(scope="module")
def secure() -> Iterator[tuple[int, Path]]:
    """A PostgreSQL that speaks TLS on loopback: its port, and the certificate for 127.0.0.1."""
    root = Path(tempfile.mkdtemp(prefix="admon-tls-"))
    root.chmod(0o711)
    owner = pwd.getpwnam("nobody")
    home, data = root / "server", root / "server" / "data"
    home.mkdir(mode=0o700)
    pem = mail_server.certificate(root)
    shutil.copy(pem, home / "server.pem")
    (home / "password").write_text(PASSWORD)
    for path in (home, home / "server.pem", home / "password"):
        os.chown(path, owner.pw_uid, owner.pw_gid)
    (home / "server.pem").chmod(0o600)
    run_as = {
        "user": owner.pw_uid,
        "group": owner.pw_gid,
        "extra_groups": [],
        "cwd": home,
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    }
    subprocess.run(
        [PROGRAMS / "initdb", "-D", data, "-U", "admin", "-A", "scram-sha-256", f"--pwfile={home / 'password'}", "--no-sync"],
        check=True, capture_output=True, **run_as,
    )  # fmt: skip
    port = free_port()
    options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off", "ssl": "on",
               "ssl_cert_file": home / "server.pem", "ssl_key_file": home / "server.pem"}  # fmt: skip
    (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n")
    control = [PROGRAMS / "pg_ctl", "-D", data, "-l", home / "log", "-w"]
    words = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in options.items())
    try:
        subprocess.run([*control, "-o", words, "start"], check=True, capture_output=True, **run_as)
        yield port, pem
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True, **run_as)
        shutil.rmtree(root)


@needs_debian
def test_the_right_certificate_is_spoken_to_over_tls(secure, keys):
    port, pem = secure
    with db.connect(
        RemoteServer(f"postgresql://127.0.0.1:{port}/werk?sslmode=verify-full&sslrootcert={pem}", keys).dsn(
            "admin", "postgres"
        )
    ) as conn:
        told = conn.execute(b"SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    assert told in {(True, b"TLSv1.3"), (True, b"TLSv1.2")}


@needs_debian
@pytest.mark.parametrize("wrong", ["name", "authority", "none that the system knows"])
def test_a_wrong_certificate_is_refused(secure, keys, wrong):
    port, pem = secure
    host, root = "127.0.0.1", f"&sslrootcert={pem}"
    if wrong == "name":
        host = "localhost"  # the certificate is for the address
    elif wrong == "authority":
        root = f"&sslrootcert={mail_server.certificate(keys)}"
    else:
        root = ""
    assert refused(f"postgresql://{host}:{port}/werk?sslmode=verify-full{root}", keys)


@needs_debian
def test_in_the_clear_it_is_not_let_in(secure, keys):
    port, _ = secure
    assert refused(f"postgresql://127.0.0.1:{port}/werk?sslmode=disable", keys)


@needs_debian
def test_what_the_owner_can_read_is_read_over_tls_and_psql_needs_a_program_that_can(secure, keys, monkeypatch, capfd):
    """The programs that come along cannot; the audit does not need them."""
    port, pem = secure
    settings = Settings(
        state=keys / "state", database=f"postgresql://127.0.0.1:{port}/werk?sslmode=verify-full&sslrootcert={pem}"
    )
    server = databases.database(settings)
    assert isinstance(server, RemoteServer)
    shutil.copy(keys / "db-admin", settings.folder("keys") / "db-admin")
    with db.connect(server.dsn("admin", "postgres")) as admin:
        for role, name in (("airflow", "airflow"), ("analist", "werk")):
            db.script(admin, f"CREATE ROLE {role}")
            db.set_password(admin, role, passwords.ensure_password(settings.root / "keys", role))
            db.script(admin, f"CREATE DATABASE {name} OWNER {role} ENCODING UTF8 TEMPLATE template0")
    with db.connect(server.dsn("airflow")) as conn:
        db.script(conn, "CREATE TABLE xcom (value jsonb); INSERT INTO xcom VALUES ('[\"bel +31620000005\"]')")
    assert b"bel +31620000005" in b"".join(publishing.dump(server, "airflow"))
    question = ["-X", "-A", "-t", "-c", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"]
    monkeypatch.delenv(binaries.SETTING, raising=False)
    if binaries.find() != PROGRAMS:  # the wheel's
        with pytest.raises(NoTls, match=binaries.SETTING):
            publishing.psql(settings, question)
    monkeypatch.setenv(binaries.SETTING, str(PROGRAMS))
    assert publishing.psql(settings, question) == 0
    assert capfd.readouterr().out == "t\n"


def test_a_password_is_handed_over_in_memory():
    with passwords.password_file("reader", r"a:b\c") as handle:
        told = os.pread(handle, 100, 0)
        path = Path(passwords.password_path(handle))
        assert path.resolve().parts[-1].startswith("memfd:")
        assert path.stat().st_mode & 0o777 == 0o600
    assert told == b"*:*:*:reader:a\\:b\\\\c\n"
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(handle)
