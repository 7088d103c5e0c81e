"""A whole installation on a PostgreSQL that runs elsewhere, reached by its address."""

import shutil
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from postgres_elsewhere import Postgres, serving

from advertentiemonitor import databases, publishing, stages
from advertentiemonitor.airflow import cleaning
from advertentiemonitor.crawler import Crawler
from advertentiemonitor.errors import BadSetting, DatabaseElsewhere
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import AMSTERDAM, Settings
from advertentiemonitor.watching import nightly_checks, nights
from warehouse import bootstrap, db
from warehouse.errors import MissingKey, ServerUnavailable
from warehouse.remote import RemoteServer

from .conftest import FIRST, KEYS


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Postgres]:
    with serving() as server:
        keys = server.folder / "passwords"  # roles are of the whole server: its first installation made them
        keys.mkdir()
        (keys / "db-admin").write_text(server.password)
        RemoteServer(f"{server.address}/eerste", keys).set_up()
        yield server


def on(elsewhere: Postgres, settings: Settings, name: str) -> Settings:
    """Settings of an installation there, with a database of its own; whoever made the roles gave us their passwords."""
    keys = settings.folder("keys")
    for path in (elsewhere.folder / "passwords").iterdir():
        shutil.copy2(path, keys)
    return settings.model_copy(update={"database": f"{elsewhere.address}/{name}"})


def test_a_day_there_releases_what_it_releases_here(job, elsewhere, released):
    here, there = job.settings("here"), on(elsewhere, job.settings("there"), "werk")
    for settings in (here, there):
        initialise(job.at(settings, FIRST), KEYS)
    with databases.database(here):
        with Crawler() as crawler:
            stages.collect_all(job.at(here, FIRST), FIRST, [crawler])
        for name in ("spool", "crawl", "seen"):  # as collected: the keys are alike
            shutil.copytree(here.root / name, there.root / name, dirs_exist_ok=True)
        for stage in (stages.read, stages.estimate, stages.release):
            stage(job.at(here, FIRST), FIRST)
            stage(job.at(there, FIRST), FIRST)
        assert stages.AFTER_COLLECTING["publish"](job.at(there, FIRST), FIRST) > 0
        assert released(there) == released(here)
        assert len(released(there)["volume"]) > 100
        assert not (there.root / "pg").exists()
        assert initialise(job.at(there, FIRST), KEYS) == []
        assert publishing.psql(there, ["-c", "SELECT FROM release.volume LIMIT 1"]) == 0
        assert b"\nrelease.volume\n" in b"".join(publishing.dump(databases.database(there), "owner"))
    assert stages.retain(job.at(there, FIRST)).total >= 0


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


def test_what_airflow_remembers_is_asked_of_its_database(job, elsewhere):
    """Airflow may run on other machines: nothing in the state folder tells of it."""
    there = on(elsewhere, job.settings("of-airflow"), "vlucht")
    server = databases.database(there)
    server.set_up()
    assert (cleaning.kept(there).left, cleaning.clean(there).left) == (0, 0)  # it has made no tables yet
    with db.connect(server.dsn("airflow")) as conn:
        db.script(conn, "CREATE TABLE dag_run (dag_id text, run_after timestamptz)")
        db.script(
            conn, "INSERT INTO dag_run SELECT 'read', now() - n * interval '1 day' FROM generate_series(1, 3) AS n"
        )
        try:
            assert (cleaning.kept(there).left, cleaning.clean(there).left) == (2, 3)
            (there.root / "keys/db-airflow").unlink()
            for line in (cleaning.kept(there), cleaning.clean(there)):
                assert (line.gone, line.left) == (0, None)
                assert "not ours to clear here" in line.rule
            (found,) = nightly_checks._airflow(there, datetime.now(AMSTERDAM), has_nights=True)
            assert "not ours to clear here" in found.told
            assert nights.stages_run(there) == []
        finally:
            db.script(conn, "DROP TABLE dag_run")


def test_a_machine_that_does_not_know_the_passwords_changes_none(job, elsewhere):
    first, second = (on(elsewhere, job.settings(name), "samen") for name in ("first", "second"))
    initialise(first, KEYS)
    for path in (second.root / "keys").glob("db-[!a]*"):
        path.unlink()
    with pytest.raises(MissingKey, match="db-"):
        initialise(second, KEYS)
    assert stages.read(first, FIRST) == 0


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
        "postgresql://127.0.0.1/Monitor",
        "postgresql://127.0.0.1/advertentie-monitor",
        "postgresql://127.0.0.1/airflow",
        "postgresql://127.0.0.1/template1",
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
