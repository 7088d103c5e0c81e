"""`doctor` finds each thing that can be wrong, made wrong for real, and says what to do; its first line says the worst."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer

from advertentiemonitor import databases
from advertentiemonitor.airflow.running import only_one
from advertentiemonitor.crawler import write_crawl_log
from advertentiemonitor.installation import initialise
from advertentiemonitor.settings import AMSTERDAM, Settings
from advertentiemonitor.watching import nights
from advertentiemonitor.watching.diagnosis import examine
from advertentiemonitor.watching.findings import headline
from warehouse import backups, db
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


SECRET = "geheim-woord"


@contextmanager
def away(path: Path) -> Iterator[Path]:
    """Let a file, a folder or nothing be out of the way for the block; what was put in its place goes."""
    kept = path.with_name(f"{path.name}.away")
    was_there = path.exists()
    path.parent.mkdir(exist_ok=True)
    if was_there:
        path.rename(kept)
    try:
        yield path
    finally:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        if was_there:
            kept.rename(path)


def changed(path: Path, mode: int) -> Callable[[], None]:
    before = path.stat().st_mode
    path.chmod(mode)
    return lambda: path.chmod(before)


@case("state folder", "run `advertentiemonitor init`")
def no_folder(house: House) -> Broken:
    yield house.other(state=house.root.parent / "none")


@case("state folder", "name a folder with ADVERTENTIEMONITOR_STATE")
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


@case("keys", "epochs.json cannot be read. Put it back from a backup")
def a_damaged_calendar(house: House) -> Broken:
    with away(house.root / "epochs.json") as path:
        path.write_text(f'["{SECRET}"]')
        yield None


@case("keys", "epochs.json cannot be used (Is a directory): see what is there")
def a_folder_for_a_calendar(house: House) -> Broken:
    with away(house.root / "epochs.json") as path:
        path.mkdir()
        yield None


@case("clock", "db-reader is not a password. Put it back from your backup")
def a_damaged_password(house: House) -> Broken:
    with away(house.root / "keys/db-reader") as path:
        path.write_bytes(SECRET.encode() + bytes(range(128, 256)))
        path.chmod(0o600)
        yield None


@case("key spool", "spool.key cannot be used (Is a directory)")
def a_folder_for_a_key(house: House) -> Broken:
    with away(house.root / "keys/spool.key") as path:
        path.mkdir(0o700)
        yield None


@case("key record", "record.key is missing")
def a_key_that_leads_nowhere(house: House) -> Broken:
    with away(house.root / "keys/record.key") as path:
        path.symlink_to("/none")
        yield None


@case("folder keys", "put the folder back from a backup")
def a_file_for_the_keys(house: House) -> Broken:
    with away(house.root / "keys") as path:
        path.write_text(SECRET)
        yield None


@case("folder crawl", "put the folder back from a backup")
def a_file_for_the_crawls(house: House) -> Broken:
    with away(house.root / "crawl") as path:
        path.write_text(SECRET)
        yield None


@case("folder hosts", "put the folder back from a backup")
def a_link_to_nowhere_for_the_hosts(house: House) -> Broken:
    with away(house.root / "hosts") as path:
        path.symlink_to("/none")
        yield None


@case("database", "does not accept the administrator's password")
def another_password_of_the_administrator(house: House) -> Broken:
    with away(house.root / "keys/db-admin") as path:
        path.write_text("another")
        path.chmod(0o600)
        yield None


@case("crawl log", "nl_kaartjes/{today}.json cannot be read: ")
def a_folder_for_a_crawl_log(house: House) -> Broken:
    with away(house.root / "crawl/nl_kaartjes") as path:
        (path / f"{house.today}.json").mkdir(parents=True)
        yield None


@case("waiting crawls", "nl_kaartjes on {today}")
def a_folder_for_what_waits(house: House) -> Broken:
    with away(house.root / "crawl/nl_kaartjes") as logs, away(house.root / "spool/nl_kaartjes") as spools:
        log = CrawlLog("nl_kaartjes", "g", house.today, "ok", "", 1, 1, 1, 1, 0, 1.0, "v")
        write_crawl_log(logs / f"{house.today}.json", log)
        (spools / f"{house.today}.spool").mkdir(parents=True)
        yield None


@case("Airflow", "airflow/lock cannot be used (Is a directory)")
def a_folder_for_the_lock(house: House) -> Broken:
    with away(house.root / "airflow/lock") as path:
        path.mkdir()
        yield None


@case("theme", "Change it in the environment, or leave it out")
def no_theme(house: House) -> Broken:
    yield house.other(theme=house.root / "none.css")


@case("theme", "it fetches a file")
def a_theme_that_fetches(house: House) -> Broken:
    theme = house.root.parent / "theme.css"
    theme.write_text("@import 'https://gemeente.example/stijl.css';")
    yield house.other(theme=theme)


@case("recipients", "to a JSON list of mail addresses")
def no_recipients(house: House) -> Broken:
    yield house.other(recipients=())


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
    assert found[-1].what.startswith("port "), "the other looks went on"
    assert not any(SECRET in finding.told for finding in found)


@pytest.mark.parametrize("options", ["", "remount,ro"], ids=["full", "read-only"])
def test_a_disk_that_takes_nothing_is_told_with_what_is_free(tmp_path, options):
    command = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0711", "tmpfs", str(tmp_path)]
    may_mount = os.geteuid() == 0 and shutil.which("mount") is not None
    if not may_mount or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("NOT TESTED: a full disk, for no small one may be mounted here")
    try:
        with suppress(OSError), (tmp_path / "full").open("wb", buffering=0) as full:
            while True:
                full.write(bytes(4096))
        if options:
            (tmp_path / "full").unlink()
            subprocess.run(["mount", "-o", options, str(tmp_path)], check=True)
        found = {each.what: each for each in examine(Settings(state=tmp_path)) if not each.ok}
        assert [path.name for path in tmp_path.iterdir()] == ([] if options else ["full"])
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)
    assert found["state folder"].told.endswith("free some space, or make its disk writable")
    assert "make room for 2 GB" in found["disk"].told


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
        ran = nights.stages_run(house.settings)
        (told,) = nights.days_run(
            house.settings, nights.crawls(house.settings), nights.released_days(house.settings), ran
        )
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


@pytest.mark.parametrize(
    "name",
    [
        "database -- Mount the disk that they are on",
        "database -- Install the version that has it",
        "folder keys -- put the folder back from a backup",
    ],
)
def test_status_tells_what_files_say_where_the_database_does_not_answer(house, capsys, monkeypatch, name):
    from advertentiemonitor.commands.daily import _show_status

    monkeypatch.setattr(databases, "_NOT_NEWER", set())
    with CASES[name][1](house) as settings:
        root = (settings or house.settings).root
        log = CrawlLog("nl_kaartjes", "g", house.today, "ok", "", 1, 1, 1, 1, 0, 1.0, "v")
        (root / "outbox").mkdir(exist_ok=True)
        with (
            away(root / "crawl") as logs,
            away(root / f"outbox/dagbericht-{house.today - timedelta(1)}-v1.eml") as mail,
        ):
            write_crawl_log(logs / f"nl_kaartjes/{house.today}.json", log)
            mail.touch()
            for as_json in (False, True):
                with pytest.raises(typer.Exit) as ended:
                    _show_status(settings or house.settings, as_json=as_json)
                assert ended.value.exit_code == 1
                said = capsys.readouterr()
                assert "for want of an answer of the database" in said.err
                assert said.err.count("\n") == 1
                if as_json:
                    days = [(each["day"], each["sources"], each["released"]) for each in json.loads(said.out)]
                    assert days == [(str(house.today), 1, "unknown"), (str(house.today - timedelta(1)), 0, "unknown")]
                else:
                    assert said.out.startswith("Not all is well: ")
                    assert str(house.today) in said.out


@pytest.mark.parametrize(
    "name",
    [
        "crawl log -- nl_kaartjes/{today}.json cannot be read: ",
        "Airflow -- airflow/lock cannot be used (Is a directory)",
    ],
)
def test_status_goes_on_where_one_file_is_damaged(house, capsys, name):
    from advertentiemonitor.commands.daily import _show_status

    with CASES[name][1](house):
        _show_status(house.settings)
    said = capsys.readouterr().out
    assert said.startswith(f"Not all is well: {name.split(' -- ')[0]}: ")
    assert ("Runs now: nothing." in said) == name.startswith("crawl log")


def test_status_of_a_market_s_calendar_names_no_moment_to_come(house, capsys):
    from advertentiemonitor.commands.daily import _show_status

    _show_status(house.other(market_today=house.today))
    said = capsys.readouterr().out
    assert "Nothing starts by the clock" in said
    assert "Next by the clock" not in said


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
        "init", "keys status", "keys rotate", "retention run", "dictionary", "psql", "audit",
        f"run --day {house.today}", "report accountability", "report digest", "objections add",
        f"tabulate --by municipality --from {house.today} --to {house.today}", "export --out none", "up",
    ]  # fmt: skip
    with CASES["database -- Install the version that has it"][1](house):
        for command in commands:
            monkeypatch.setattr(databases, "_NOT_NEWER", set())
            result = CliRunner().invoke(app, command.split(), input="+31620001234\n")
            assert isinstance(result.exception, MigrationMissing), (command, result.exception, result.output)
            assert "newer than this program" in str(result.exception)
