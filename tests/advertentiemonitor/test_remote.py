"""A whole installation on a PostgreSQL that runs elsewhere, reached by its address."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from postgres_elsewhere import Postgres, free_port, serving

from advertentiemonitor import databases, publishing, stages
from advertentiemonitor.crawler import Crawler
from advertentiemonitor.errors import BadSetting, DatabaseElsewhere
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import Settings
from warehouse import bootstrap
from warehouse.errors import MissingKey, ServerUnavailable

from .conftest import FIRST, KEYS

DAYS = 1


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Postgres]:
    root = Path(tempfile.mkdtemp(prefix="admon-elsewhere-"))
    root.chmod(0o711)
    try:
        with serving(root / "postgres", free_port()) as server:
            yield server
    finally:
        shutil.rmtree(root)


def on(elsewhere: Postgres, settings: Settings, name: str) -> Settings:
    """Settings of an installation there, with a database of its own; its administrator gave us a password."""
    keys = settings.folder("keys")
    (keys / "db-admin").touch(0o600)
    (keys / "db-admin").write_text(elsewhere.password)
    return settings.model_copy(update={"database": f"{elsewhere.address}/{name}"})


def test_days_there_release_what_they_release_here(job, elsewhere, released):
    here, there = job.settings("here"), on(elsewhere, job.settings("there"), "werk")
    with Crawler() as crawler, databases.database(here):
        job.run(here, crawler, DAYS)
        job.run(there, crawler, DAYS)
        last = FIRST + timedelta(days=DAYS - 1)
        assert released(there) == released(here)
        assert len(released(there)["volume"]) > 100
        assert not (there.root / "pg").exists()
        assert initialise(job.at(there, last), KEYS) == []
        assert publishing.psql(there, ["-c", "SELECT FROM release.volume LIMIT 1"]) == 0
        with publishing.dump(there, "owner") as dumped:
            assert b"CREATE TABLE release.volume" in dumped.read()
    assert stages.retain(job.at(there, last)).total >= 0


def test_what_only_the_embedded_server_can_do_is_refused_with_the_way_out(job, elsewhere):
    there = on(elsewhere, job.settings("no-copies"), "kopie")
    with pytest.raises(DatabaseElsewhere, match="whoever keeps that server"):
        databases.embedded(there)


def test_a_role_without_its_password_gets_nowhere(job, elsewhere):
    there = on(elsewhere, job.settings("of-a-domain"), "domein")
    initialise(there, KEYS)
    (there.root / "keys" / "db-releaser").unlink()
    with pytest.raises(MissingKey, match="db-releaser"):
        stages.release(there, FIRST)
    (there.root / "keys" / "db-admin").unlink()
    with pytest.raises(MissingKey, match="db-admin"):
        initialise(there, KEYS)
    (there.root / "keys" / "db-reader").write_text("not this one")
    with pytest.raises(ServerUnavailable, match="does not accept this role's password"):
        stages.read(there, FIRST)


def test_a_server_that_is_gone_is_told_and_comes_back(job, elsewhere):
    there = on(elsewhere, job.settings("gone"), "weg")
    initialise(there, KEYS)
    elsewhere.stop()
    try:
        with pytest.raises(ServerUnavailable):
            stages.read(there, FIRST)
    finally:
        elsewhere.start()
    assert stages.read(there, FIRST) == 0


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://db.gemeente.example/x",
        "postgresql://db.gemeente.example/x?sslmode=require",
        "postgresql://db.gemeente.example/x?sslmode=disable",
        "postgresql://beheer:geheim@127.0.0.1/x",
        "postgresql://beheer@127.0.0.1/x",
        "postgresql://127.0.0.1:port/x",
        "postgresql://127.0.0.1/x?options=-csearch_path",
        "postgresql://127.0.0.1/x?sslmode=allow",
        "postgresql:///x",
        "mysql://127.0.0.1/x",
        "127.0.0.1",
        "postgresql://[::1/x",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_not_repeated(address, tmp_path):
    with pytest.raises(BadSetting, match="ADVERTENTIEMONITOR_DATABASE") as caught:
        Settings(state=tmp_path, database=address)
    assert "geheim" not in str(caught.value)


def test_an_address_on_another_machine_is_reached_with_its_certificate_checked(tmp_path):
    settings = Settings(state=tmp_path, database="postgresql://db.gemeente.example/werk?sslmode=verify-full")
    server = databases.database(settings)
    assert dict(server.address) == {
        "host": "db.gemeente.example",
        "port": "5432",
        "sslmode": "verify-full",
        "sslrootcert": "system",
    }
    assert server.database_of("reader") == "werk"
    assert server.database_of(bootstrap.AIRFLOW) == "airflow"
