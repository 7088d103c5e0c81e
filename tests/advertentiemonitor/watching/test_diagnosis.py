"""`doctor` finds each thing that can be wrong, made wrong for real, and says what to do; its first line says the worst."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from advertentiemonitor import databases
from advertentiemonitor.airflow.running import only_one
from advertentiemonitor.crawler import write_crawl_log
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import AMSTERDAM, Settings
from advertentiemonitor.watching import nights
from advertentiemonitor.watching.diagnosis import examine
from advertentiemonitor.watching.findings import headline
from warehouse import backups, db
from warehouse.copy_errors import DataGone
from warehouse.keys import FileKeys
from warehouse.records import CrawlLog
from warehouse.server import Server

from ..conftest import KEYS

# What we read of Airflow's own tables; tests/advertentiemonitor/test_up.py asks the real ones.
AIRFLOW = """
CREATE TABLE job (job_type text, latest_heartbeat timestamptz);
CREATE TABLE dag (dag_id text, is_paused boolean, is_stale boolean, next_dagrun_create_after timestamptz);
CREATE TABLE dag_run (id serial, partition_key text, dag_id text, state text, start_date timestamptz, end_date timestamptz);
INSERT INTO job VALUES ('SchedulerJob', now()), ('DagProcessorJob', now()), ('SchedulerJob', now() - interval '3 days');
INSERT INTO dag VALUES ('collect', false, false, now() + interval '1 hour'), ('gone', true, true, NULL);
"""


@dataclass(frozen=True)
class House:
    """An installation in which all is well at half past seven: its night has run, its digest was there at 06:31."""

    settings: Settings
    server: Server
    today: date

    @property
    def root(self) -> Path:
        return self.settings.root

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, time(7, 30), AMSTERDAM)

    def other(self, **changes: Any) -> Settings:
        """Its settings with changes; a copy would keep the folders that follow from them."""
        return Settings(**(self.settings.model_dump() | changes))

    def run(self, text: str, role: str = "admin") -> None:
        with db.connect(self.server.dsn(role)) as conn:
            if role == "admin":
                db.script(
                    conn, "SET session_replication_role = replica"
                )  # what is released cannot be changed otherwise
            db.script(conn, text)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    now = datetime.now(AMSTERDAM)
    if now.time() > time(23, 50):
        pytest.skip("NOT TESTED: what doctor finds, for it is nearly midnight")
    today = now.date()
    folder = Path(tempfile.mkdtemp(prefix="admon-doctor-"))
    folder.chmod(0o711)
    settings = Settings(state=folder / "state", backups=folder / "kept")
    server = Server(settings.root)
    try:
        initialise(settings, KEYS)
        backups.make(settings.root, settings.backup_folder)
        with server:
            made = House(settings, server, today)
            made.run(
                f"""
                INSERT INTO release.edition
                    VALUES ('{today}', 1, 'daily', 'r', 'e', 'i', 'f', '{"0" * 64}', '{"1" * 64}', '{{}}', '{{}}');
                INSERT INTO core.receipt VALUES ('retention', 'run/{today}', decode(repeat('00', 32), 'hex'), '{today}', 0);
                """
            )
            made.run(AIRFLOW, "airflow")
            for name in ("migrated", "airflow.cfg"):
                (settings.folder("airflow") / name).touch(0o600)
            os.utime(settings.root / "airflow/airflow.cfg", (0, 0))  # started long ago
            (settings.folder("digest") / f"dagbericht-{today}-v1.html").touch(0o600)  # made again just now
            mail = settings.folder("outbox") / f"dagbericht-{today}-v1.eml"
            mail.touch(0o600)
            at = datetime.combine(today, time(6, 31), AMSTERDAM).timestamp()
            os.utime(mail, (at, at))
            with only_one(settings.root / "airflow/lock"):
                yield made
    finally:
        server.destroy()
        shutil.rmtree(folder)


Broken = Iterator[Settings | None]
CASES: dict[str, tuple[str, Callable[[House], AbstractContextManager[Settings | None]]]] = {}


def case(what: str, told: str) -> Callable[[Callable[[House], Broken]], Callable[[House], Broken]]:
    """Enter a way to break a house, with what is found and a part of what is told."""

    def enter(breaking: Callable[[House], Broken]) -> Callable[[House], Broken]:
        CASES[f"{what} -- {told}"] = (breaking.__name__, contextmanager(breaking))
        return breaking

    return enter


def changed(path: Path, mode: int) -> Callable[[], None]:
    before = path.stat().st_mode
    path.chmod(mode)
    return lambda: path.chmod(before)


@case("state folder", "run `advertentiemonitor init`")
def no_folder(house: House) -> Broken:
    yield house.other(state=house.root.parent / "none")


@case("state folder", "give this user rights on it")
def a_file_for_a_folder(house: House) -> Broken:
    (house.root.parent / "file").touch()
    yield house.other(state=house.root.parent / "file")


@case("disk", "make room for 2 GB; under 0.5 GB no stage begins")
def little_room(house: House) -> Broken:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(3_000_000_000, 2_000_000_000, 1_000_000_000)
        )
        yield None


@case("key folder", "chmod -R go=")
def open_passwords(house: House) -> Broken:
    undo = changed(house.root / "keys/db-reader", 0o644)
    yield None
    undo()


@case("key record", "Put it back from your backup")
def no_record_key(house: House) -> Broken:
    key = house.root / "keys/record.key"
    key.rename(key.with_suffix(".away"))
    yield None
    key.with_suffix(".away").rename(key)


@case("database", "run `advertentiemonitor init`")
def no_database(house: House) -> Broken:
    empty = house.root.parent / "empty"
    FileKeys.create(empty / "keys")
    (empty / "pg").mkdir()
    yield house.other(state=empty)
    assert not list((empty / "pg").iterdir())


@case("database", "Mount the disk that they are on")
def no_files_of_the_database(house: House) -> Broken:
    gone = house.root.parent / "gone"
    shutil.copytree(house.root / "keys", gone / "keys")  # with the passwords of a database that was there
    yield house.other(state=gone)
    assert not (gone / "pg").exists()
    shutil.rmtree(gone)


@case("database", "which makes a backup first")
def behind(house: House) -> Broken:
    house.run("CREATE TABLE kept AS SELECT * FROM migration; DELETE FROM migration WHERE name > '0138'")
    yield None
    house.run("INSERT INTO migration SELECT * FROM kept ON CONFLICT DO NOTHING; DROP TABLE kept")


@case("database", "Install the version that has it")
def newer(house: House) -> Broken:
    house.run("INSERT INTO migration VALUES ('9999_future', '')")
    yield None
    house.run("DELETE FROM migration WHERE name = '9999_future'")


@case("clock", "Set the clock right")
def a_clock_set_back(house: House) -> Broken:
    house.run(f"UPDATE core.receipt SET day_date = '{house.today + timedelta(2)}'")
    yield None
    house.run(f"UPDATE core.receipt SET day_date = '{house.today}'")


@case("clock", "Set the clock right. If it is right and this installation lay still")
def a_clock_ahead(house: House) -> Broken:
    house.run(f"UPDATE core.receipt SET day_date = '{house.today - timedelta(20)}'")
    yield None
    house.run(f"UPDATE core.receipt SET day_date = '{house.today}'")


@case("Airflow", "systemctl restart advertentiemonitor")
def silent(house: House) -> Broken:
    house.run("UPDATE job SET latest_heartbeat = latest_heartbeat - interval '1 hour'", "airflow")
    yield None
    house.run("UPDATE job SET latest_heartbeat = latest_heartbeat + interval '1 hour'", "airflow")


@case("switched off", "collect: switch on")
def paused(house: House) -> Broken:
    house.run("UPDATE dag SET is_paused = true WHERE dag_id = 'collect'", "airflow")
    yield None
    house.run("UPDATE dag SET is_paused = false WHERE dag_id = 'collect'", "airflow")


@case("release", "`advertentiemonitor status` shows")
def an_old_release(house: House) -> Broken:
    house.run(f"UPDATE release.edition SET vintage_date = '{house.today - timedelta(3)}'")
    yield None
    house.run(f"UPDATE release.edition SET vintage_date = '{house.today}'")


@case("digest", "Als het dagbericht niet komt")
def no_digest(house: House) -> Broken:
    mail = house.root / f"outbox/dagbericht-{house.today}-v1.eml"
    mail.rename(mail.with_suffix(".away"))
    yield None
    mail.with_suffix(".away").rename(mail)


@case("retention", "advertentiemonitor retention run")
def overdue(house: House) -> Broken:
    house.run(f"UPDATE core.receipt SET day_date = '{house.today - timedelta(2)}'")
    yield None
    house.run(f"UPDATE core.receipt SET day_date = '{house.today}'")


@case("backup", "give `advertentiemonitor backup`")
def no_backup(house: House) -> Broken:
    yield house.other(backups=house.root.parent / "other")


@case("backup", "days old: give `advertentiemonitor backup`")
def an_old_backup(house: House) -> Broken:
    (made,) = backups.whole(house.settings.backup_folder)
    other = house.root.parent / "older"
    (other / (made.moment - timedelta(days=3)).strftime(backups.FORM)).mkdir(parents=True)
    yield house.other(backups=other)


@case("mail server", "run the same command again")
def no_mail_server(house: House) -> Broken:
    yield house.other(smtp_host="127.0.0.1", smtp_port=1, smtp_security="none")


@case("mail server", "mend the file or name another one")
def no_certificates(house: House) -> Broken:
    yield house.other(smtp_host="127.0.0.1", smtp_port=1, smtp_ca_file=house.root / "none.pem")


@case("spool", "run `advertentiemonitor retention run`")
def an_old_spool_file(house: House) -> Broken:
    path = house.root / "spool/nl_kaartjes/2026-01-05.spool"
    path.parent.mkdir()
    path.touch()
    os.utime(path, (0, 0))
    yield None
    shutil.rmtree(path.parent)


@case("source nl_kaartjes alive", "leave the site alone; write to its keeper")
def a_dead_source(house: House) -> Broken:
    empty = CrawlLog("nl_kaartjes", "g", house.today, "refused", "http_403", 0, 0, 0, 0, 0, 0.0, "v")
    for ago in range(3):
        day = house.today - timedelta(ago)
        write_crawl_log(house.root / f"crawl/nl_kaartjes/{day}.json", replace(empty, day=day))
    yield None
    shutil.rmtree(house.root / "crawl/nl_kaartjes")


@case("crawl log", "nl_kaartjes/{today}.json cannot be read")
def a_damaged_crawl_log(house: House) -> Broken:
    path = house.root / f"crawl/nl_kaartjes/{house.today}.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    yield None
    shutil.rmtree(path.parent)


@case("metrics", "name it in ReadWritePaths")
def no_folder_for_metrics(house: House) -> Broken:
    yield house.other(metrics=house.root.parent / "not made")


@case("lineage", "name it in ReadWritePaths")
def no_folder_for_lineage(house: House) -> Broken:
    yield house.other(lineage=house.root.parent / "not made/events.jsonl")


def test_all_is_well(house):
    found = examine(house.settings, house.now)
    assert [finding for finding in found if not finding.ok] == []
    assert headline(found) == f"All is well: digest of {house.today} was there at 06:31."


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_found_with_its_remedy(house, name):
    what, remedy = name.format(today=house.today).split(" -- ")
    with CASES[name][1](house) as settings:
        found = examine(settings or house.settings, house.now)
    wrong = [finding for finding in found if not finding.ok]
    assert what in [finding.what for finding in wrong]
    told = next(finding.told for finding in wrong if finding.what == what)
    assert remedy in told
    assert headline(found).startswith(f"Not all is well: {wrong[0].what}: ")


def test_it_is_no_news_that_the_digest_is_not_there_at_six(house):
    with CASES["digest -- Als het dagbericht niet komt"][1](house):
        early = examine(house.settings, datetime.combine(house.today, time(6, 0), AMSTERDAM))
    assert all(finding.ok for finding in early)


def test_without_up_the_coming_night_is_at_stake(house, tmp_path):
    with ExitStack() as stack:
        lock = house.root / "airflow/lock"
        lock.rename(tmp_path / "held")  # of `up`, which is the fixture here
        stack.callback((tmp_path / "held").rename, lock)
        found = examine(house.settings, house.now)
    assert [finding.what for finding in found if not finding.ok] == ["Airflow"]
    assert "systemctl start advertentiemonitor" in headline(found)


def test_airflow_that_runs_elsewhere_is_judged_by_its_signs_of_life(house):
    """Where `up` never ran there is no stamp, no lock and no file of its settings."""
    stamp = house.root / "airflow/migrated"
    stamp.unlink()
    try:
        assert [each.told for each in examine(house.settings, house.now) if each.what == "Airflow"] == [
            "runs elsewhere"
        ]
        with CASES["Airflow -- systemctl restart advertentiemonitor"][1](house):
            (found,) = (each for each in examine(house.settings, house.now) if each.what == "Airflow")
        assert not found.ok
        assert "see to its processes where they run" in found.told
        with CASES["switched off -- collect: switch on"][1](house):
            assert "switched off" in {each.what for each in examine(house.settings, house.now) if not each.ok}
    finally:
        stamp.touch(0o600)


def test_on_a_market_s_calendar_nothing_is_late(house):
    settings = house.other(market_today=house.today)
    with ExitStack() as stack:
        for name in ("digest -- Als het dagbericht niet komt", "retention -- advertentiemonitor retention run"):
            stack.enter_context(CASES[name][1](house))
        assert all(finding.ok for finding in examine(settings, house.now))


def test_a_wrong_time_zone_is_told(tmp_path):
    """Europe/Amsterdam as some images have it: a file, but without its summers."""
    import tzdata

    there = tmp_path / "Europe/Amsterdam"
    there.parent.mkdir()
    shutil.copy(Path(tzdata.__file__).parent / "zoneinfo/Etc/UTC", there)
    script = "from advertentiemonitor.watching.diagnosis import _time_zone; print(*_time_zone(None))"
    environment = os.environ | {"PYTHONTZPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert "ok=False" in done.stdout
    assert "install tzdata" in done.stdout


def test_status_tells_the_stages_of_the_night_what_runs_and_what_is_next(house, capsys):
    from advertentiemonitor.commands.daily import _show_status

    day = house.today
    house.run(
        f"""
        INSERT INTO dag_run (partition_key, dag_id, state, start_date, end_date) VALUES
            ('{day}', 'collect', 'failed', '{day} 00:30 Europe/Amsterdam', '{day} 00:31 Europe/Amsterdam'),
            ('{day}', 'read', 'running', '{day} 01:10 Europe/Amsterdam', NULL),
            ('{day}', 'collect', 'success', '{day} 00:40 Europe/Amsterdam', '{day} 01:09 Europe/Amsterdam'),
            (NULL, 'collect', 'success', NULL, NULL);
        """,
        "airflow",
    )
    try:
        (told,) = nights.days_run(house.settings)
        assert [(each.stage, each.state, each.told) for each in told.stages] == [
            ("collect", "success", "00:40-01:09"),
            ("read", "running", "01:10-..."),
        ]
        assert told.digest_at == f"{day} 06:31+0{house.now.utcoffset().seconds // 3600}:00"
        _show_status(house.settings)
    finally:
        house.run("TRUNCATE dag_run", "airflow")
    said = capsys.readouterr().out
    assert said.splitlines()[0].startswith("All is well")
    assert f"Runs now: read of {day}." in said
    assert "Next by the clock: collect, " in said


def test_status_says_what_is_wrong_first_also_where_nothing_can_be_read(house, capsys):
    from advertentiemonitor.commands.daily import _show_status

    with CASES["database -- Mount the disk that they are on"][1](house) as settings, pytest.raises(DataGone):
        _show_status(settings)
    assert capsys.readouterr().out.startswith("Not all is well: ")
    with CASES["crawl log -- nl_kaartjes/{today}.json cannot be read"][1](house):
        _show_status(house.settings)
    assert capsys.readouterr().out.startswith("Not all is well: crawl log: ")


def test_status_tells_of_nothing_to_come_while_airflow_does_not_run(house, tmp_path, capsys):
    from advertentiemonitor.commands.daily import _show_status

    started = f"INSERT INTO dag_run (partition_key, dag_id, state) VALUES ('{house.today}', 'read', 'running')"
    house.run(started, "airflow")
    lock = house.root / "airflow/lock"
    lock.rename(tmp_path / "held")  # of `up`, which is the fixture here
    try:
        _show_status(house.settings)
    finally:
        (tmp_path / "held").rename(lock)
        house.run("TRUNCATE dag_run", "airflow")
    said = capsys.readouterr().out
    assert "Runs now" not in said
    assert "Next by the clock" not in said
    assert "Airflow does not run: nothing runs now, and nothing comes next." in said


def test_status_json_is_still_a_list_of_days(house):
    environment = os.environ | {
        "ADVERTENTIEMONITOR_STATE": str(house.root),
        "ADVERTENTIEMONITOR_BACKUPS": str(house.settings.backup_folder),
    }
    script = "from advertentiemonitor.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "status", "--json"], env=environment, capture_output=True, text=True, check=True
    )
    (day,) = json.loads(done.stdout)
    assert {"day", "sources", "not_ok", "completeness", "released", "digest_at", "stages"} == day.keys()


def test_an_older_program_refuses_every_command_that_needs_the_database(house, monkeypatch):
    from typer.testing import CliRunner

    from advertentiemonitor.cli import app
    from warehouse.errors import MigrationMissing

    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(house.root))
    commands = [
        "init", "status", "keys status", "keys rotate", "retention run", "dictionary", "psql", "audit",
        f"run --day {house.today}", "report accountability", "report digest", "objections add",
        f"tabulate --by municipality --from {house.today} --to {house.today}", "export --out none", "up",
    ]  # fmt: skip
    with CASES["database -- Install the version that has it"][1](house):
        for command in commands:
            monkeypatch.setattr(databases, "_NOT_NEWER", set())
            result = CliRunner().invoke(app, command.split(), input="+31620001234\n")
            assert isinstance(result.exception, MigrationMissing), (command, result.exception, result.output)
            assert "newer than this program" in str(result.exception)
