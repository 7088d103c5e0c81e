"""Nothing about a single listing is older than 26 weeks, wherever it is; what goes has a receipt."""

import os
import shutil
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse import leftovers, retention
from warehouse.calendar import epoch_code
from warehouse.errors import ClockAhead, ClockSetBack, StorageFull
from warehouse.identities import link_day
from warehouse.keys import PseudonymKeys

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FIRST = datetime(2026, 10, 20, tzinfo=UTC)
DAY = date(2026, 10, 12)
ROW_DAYS = 161  # 26 weeks, less one to write pages anew, less two that a backup stays
TERM = timedelta(weeks=26)
# Counts, days and proofs: what is in these has no listing.
WITHOUT_LISTINGS = {"core.crawl", "core.crawl_field", "core.receipt", "core.epoch", "core.duplicate_day"}
FOLDERS = {  # what the state folder may hold, and how long; None: no single listing is in it
    "spool": timedelta(hours=72),
    "seen": timedelta(days=14),
    "airflow": timedelta(days=28),
    "backups": timedelta(days=14),
    "logs": timedelta(days=28),
    "crawl": None,
    "outbox": None,
}
COUNTED = (
    "listing",
    "listing_version",
    "sighting",
    "identity",
    "identity_member",
    "shared_contact",
    "linked_day",
    "exclusion",
)


def counts(conn) -> dict[str, int]:
    return {table: conn.execute(f"SELECT count(*) FROM core.{table}").fetchone()[0] for table in COUNTED}


def oldest(conn) -> dict[str, date]:
    """The oldest day of every table of core that has one, by the catalogue: whatever table comes is looked at."""
    columns = conn.execute(
        "SELECT a.attrelid::regclass::text, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid "
        "WHERE c.relnamespace = 'core'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
        "AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('date'::regtype, 'timestamptz'::regtype)"
    ).fetchall()
    found = {}
    for table, column in columns:
        if table not in WITHOUT_LISTINGS:
            day = conn.execute(f"SELECT min({column})::date FROM {table}").fetchone()[0]
            if day is not None:
                found[f"{table}.{column}"] = day
    return found


@pytest.fixture
def state():
    """A state folder of the test's own that the server's user can enter, so that all of it is in one place."""
    folder = Path(tempfile.mkdtemp(prefix="admon-state-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def run(database, state):
    """Run retention on a day, as the commands do."""
    with database.connect("reader") as conn, database.connect("admin") as admin:

        def on(day: date, *, is_sure: bool = True) -> retention.RetentionReport:
            return retention.run(conn, admin, state, state / "backups", day, is_sure=is_sure)

        yield on


@pytest.fixture
def reading(database, handmade):
    """Three days of the epoch, loaded and linked, with a shared contact, a tie and an objection."""
    with database.connect("reader") as conn:
        for n, day in enumerate((DAY, DAY + timedelta(1), DAY + timedelta(40))):
            rows = [handmade.row("a", f"{n}-{k}", [9], f"t{n}{k}") for k in range(4)]
            rows.append(handmade.row("b", f"{n}", [n], f"t{n}0~3"))
            handmade.load(conn, "a", day, rows[:4])
            handmade.load(conn, "b", day, rows[4:])
            link_day(conn, day, "E0003")
        conn.execute("SELECT core.object('E0003', %s)", [handmade.number(77)])
        yield conn


def test_the_term_is_shared_out():
    assert retention.ROW_DAYS == ROW_DAYS
    assert TERM.days == retention.ROW_DAYS + retention.REWRITE_DAYS + 14


def test_everything_young_stays(reading, run):
    before = counts(reading)
    assert all(before.values())
    assert run(DAY + timedelta(ROW_DAYS)).total == 0
    assert counts(reading) == before


def test_rows_past_their_term_go(reading, run):
    report = run(DAY + timedelta(ROW_DAYS + 1))
    assert [report.of(kind).gone for kind in ("sighting", "listing_version", "listing", "linked_day")] == [5, 5, 5, 1]
    left = counts(reading)
    assert (left["listing"], left["listing_version"], left["sighting"]) == (10, 10, 10)
    assert reading.execute("SELECT min(day_date) FROM core.sighting").fetchone() == (DAY + timedelta(1),)
    assert run(DAY + timedelta(ROW_DAYS + 1)).total == 0


def test_the_report_says_what_is_left_and_when_it_goes(reading, run):
    line = run(DAY + timedelta(ROW_DAYS)).of("sighting")
    assert (line.left, line.oldest, line.rule) == (15, DAY, "23 weeks")
    assert run(line.next_date - timedelta(1)).of("sighting").gone == 0
    assert run(line.next_date).of("sighting").gone == 5


def test_the_report_counts_as_the_tables_do(reading, run):
    report = run(DAY + timedelta(ROW_DAYS + 1))
    left = counts(reading)
    assert {kind: report.of(kind).left for kind in COUNTED} == left


def test_in_the_end_nothing_is_left_but_logs_and_receipts(reading, run):
    report = run(DAY + timedelta(400))
    assert report.of("sighting").gone == 15
    assert set(counts(reading).values()) == {0}
    assert oldest(reading) == {}
    assert reading.execute("SELECT count(*) FROM core.crawl").fetchone() == (6,)
    kinds = dict(reading.execute("SELECT kind_code, count(*) FROM core.receipt GROUP BY 1").fetchall())
    assert kinds["load"] == 6
    months = reading.execute("SELECT count(*) FROM core.receipt WHERE subject LIKE 'sighting/2026-%'").fetchone()
    assert months == (2,)
    assert run(DAY + timedelta(400)).total == 0


@pytest.mark.full
def test_nothing_is_older_than_the_rules_allow_on_any_day(database, handmade, run):
    """A year of one crawl in nine days; listings come, stay and go. Each day is looked at by the catalogue itself."""
    with database.connect("reader") as conn:
        for n in range(0, 365, 9):
            day = DAY + timedelta(n)
            handmade.epoch = epoch_code(day)
            handmade.keys = PseudonymKeys(b"test" * 8, handmade.epoch)
            rows = [handmade.row("a", f"{(n + k) // 60}-{k}", [k], f"t{k}") for k in range(4)]
            handmade.load(conn, "a", day, rows)
            handmade.load(conn, "b", day, [handmade.row("b", f"{n // 90}", [1], "t1~2")])
            link_day(conn, day, handmade.epoch)
            run(day)
            assert {name: at for name, at in oldest(conn).items() if day - at > timedelta(ROW_DAYS)} == {}
        assert len(oldest(conn)) >= 5


def test_a_link_of_long_ago_holds_from_the_first_day_that_is_kept(database, handmade, run):
    """A listing that stays keeps its identity; since when is no longer known."""
    with database.connect("reader") as conn:
        for n in (0, 80):
            handmade.load(conn, "a", DAY + timedelta(n), [handmade.row("a", "1", [1], "t")])
            link_day(conn, DAY + timedelta(n), "E0003")
        before = conn.execute("SELECT listing_id, identity_id FROM core.identity_member").fetchall()
        today = DAY + timedelta(ROW_DAYS + 40)
        run(today)
        after = conn.execute("SELECT listing_id, identity_id, from_date FROM core.identity_member").fetchall()
        assert after == [(*before[0], today - timedelta(ROW_DAYS))]


def test_an_epoch_started_within_its_weeks_ends_with_them(database, handmade, run):
    """E0003a is no number; an objection under it goes with those under E0003."""
    with database.connect() as owner:
        for epoch in ("E0003", "E0003a", "E0004"):
            owner.execute("SELECT core.object(%s, %s)", [epoch, handmade.number(1)])
    with database.connect("reader") as conn:
        end = date(2027, 1, 4)  # of E0003
        run(end + timedelta(ROW_DAYS - 1))
        assert counts(conn)["exclusion"] == 3
        run(end + timedelta(ROW_DAYS))
        assert conn.execute("SELECT epoch_code FROM core.exclusion").fetchall() == [("E0004",)]


@pytest.mark.parametrize(("days", "error"), [(41, None), (39, ClockSetBack), (40 + 15, ClockAhead), (4000, ClockAhead)])
def test_a_clock_that_cannot_be_right_destroys_nothing(reading, run, state, days, error):
    spool(state, "2026-10-12.spool")
    before = counts(reading)
    if error is None:
        assert run(DAY + timedelta(days), is_sure=False).of("spool file").gone == 1
        return
    with pytest.raises(error):
        run(DAY + timedelta(days), is_sure=False)
    assert counts(reading) == before
    assert (state / "spool/a/2026-10-12.spool").exists()
    assert reading.execute("SELECT count(*) FROM core.receipt WHERE kind_code <> 'load'").fetchone() == (0,)


def test_a_person_may_say_that_the_clock_is_right_once(reading, run):
    later = DAY + timedelta(100)
    with pytest.raises(ClockAhead):
        run(later, is_sure=False)
    run(later, is_sure=True)
    run(later + timedelta(1), is_sure=False)  # that run is known now


def spool(folder: Path, name: str, hours_ago: float = 0) -> None:
    write(folder / "spool" / "a" / name, hours_ago)


def write(path: Path, hours_ago: float = 0) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(b"sealed")
    then = time.time() - hours_ago * 3600
    os.utime(path, (then, then))


def test_spool_files_go_before_72_hours_by_name_or_by_clock(reading, run, state):
    spool(state, "2026-11-22.spool")
    spool(state, "2026-11-23.spool")
    spool(state, "2026-11-24.spool", hours_ago=47)
    spool(state, "2026-11-25.spool", hours_ago=45)
    spool(state, ".2026-11-21.spool.part")
    day = date(2026, 11, 25)
    assert run(day).of("spool file").gone == 3
    assert sorted(path.name for path in (state / "spool/a").iterdir()) == ["2026-11-23.spool", "2026-11-25.spool"]
    purged = reading.execute("SELECT subject FROM core.receipt WHERE kind_code = 'purge' ORDER BY 1").fetchall()
    assert purged == [("a/2026-11-21.spool.part",), ("a/2026-11-22.spool",), ("a/2026-11-24.spool",)]
    line = run(day).of("spool file")
    assert (line.gone, line.left, line.oldest, line.next_date) == (0, 2, date(2026, 11, 23), date(2026, 11, 25))


@given(
    st.floats(0, 14).map(lambda days: FIRST + timedelta(days)),
    st.floats(0, 0.9),
)
def test_looked_at_each_morning_no_spool_file_gets_older_than_72_hours(written, late):
    """Whenever a page was fetched, in the week of winter time too, and however long a look takes, within the hour."""
    written = written.astimezone(AMSTERDAM)
    mornings = [datetime.combine(written.date() + timedelta(n), clock(5, 15), AMSTERDAM) for n in range(6)]
    looks = [at.timestamp() + late * 3600 for at in mornings if at.timestamp() + late * 3600 > written.timestamp()]
    path = Path("spool/a") / f"{written.date()}.spool"
    days = {at.timestamp() + late * 3600: at.date() for at in mornings}
    gone = next(at for at in looks if leftovers.SPOOL.is_due(path, written.timestamp(), days[at], at))
    hours = (gone - written.timestamp()) / 3600
    assert leftovers.SPOOL_HOURS - leftovers.BETWEEN_LOOKS <= hours < leftovers.SPOOL_HOURS


def test_the_state_folder_holds_nothing_past_its_term(reading, run, state):
    """Old and young files of every kind; afterwards every file is looked at, whatever it is."""
    days = (0, 2, 3, 4, 13, 14, 15, 27, 29, 400)
    today = datetime.now().astimezone().date()
    for ago in days:
        day = today - timedelta(ago)
        hours = ago * 24 + 1
        write(state / f"spool/a/{day}.spool", hours)
        write(state / f"seen/a/{day}.seen2", hours)
        write(state / f"seen/a/.{day}.seen2.part", hours)
        write(state / f"airflow/logs/dag_id=read/run_id={day}/attempt=1.log", hours)
        write(state / f"airflow/logs/scheduler-{ago}.log", hours)
        write(state / f"logs/advertentiemonitor-{day}.jsonl", hours)
        write(state / f"backups/{day}T051500Z/data/PG_VERSION", hours)
        write(state / f"backups/log/0000000100000000000000{ago % 256:02X}", hours)
        write(state / f"pg/archive/0000000100000000000001{ago % 256:02X}", hours)
        write(state / f"crawl/a/{day}.json", hours)
        write(state / f"outbox/dagbericht-{day}-v1.eml", hours)
    write(state / "backups/log/00000002.history", 9000)
    report = run(today)
    now = time.time()
    for path in state.rglob("*"):
        if not path.is_file() or path.suffix == ".history":
            continue
        top = path.relative_to(state).parts[0]
        allowed = timedelta(days=14) if top == "pg" else FOLDERS[top]
        if allowed is not None:
            assert now - path.stat().st_mtime <= allowed.total_seconds(), path.relative_to(state)
    assert len(list((state / "crawl/a").iterdir())) == len(days)
    assert len(list((state / "outbox").iterdir())) == len(days)
    assert (state / "backups/log/00000002.history").exists()
    young = {"spool file": 1, "seen snapshot": 10, "backup": 5, "log archive": 10, "log of Airflow": 16, "own log": 8}
    assert {kind: report.of(kind).left for kind in young} == young
    assert run(today).total == 0


def test_drafts_of_a_writer_that_was_killed_go_after_a_day(run, state):
    """What it had written under a hidden name goes; what it had finished stays, and so does a draft of just now."""
    drafts = [
        *("outbox/.dagbericht-2026-10-12-v1.eml.a1", "digest/.dagbericht-2026-10-12-v1.pdf.84691b96d36a"),
        *("dashboard/.index.html.b2", "dashboard/downloads/.a.json.e5", "reports/2026/.cube.csv.c3"),
    ]
    finished = ["outbox/dagbericht-2026-10-12-v1.eml", "digest/dagbericht-2026-10-12-v1.pdf", "dashboard/index.html"]
    for name in (*drafts, *finished):
        write(state / name, 25)
    write(state / "digest/.dagbericht-2026-10-13-v1.pdf.d4", 23)
    report = run(DAY + timedelta(1)).of("draft of a report")
    assert (report.gone, report.left) == (len(drafts), 1)
    assert not any((state / name).exists() for name in drafts)
    assert all((state / name).exists() for name in finished)
    assert (state / "digest/.dagbericht-2026-10-13-v1.pdf.d4").exists()


def test_a_year_without_a_run_is_caught_up_in_one(reading, run):
    report = run(DAY + timedelta(365))
    assert report.of("listing").gone == 15
    assert oldest(reading) == {}


def test_pages_are_written_anew_once_a_week(reading, run):
    def node() -> int:
        return reading.execute("SELECT pg_relation_filenode('core.listing_version')").fetchone()[0]

    nodes = []
    for n in range(16):
        run(DAY + timedelta(40 + n))
        nodes.append(node())
    changes = [n for n in range(1, 16) if nodes[n] != nodes[n - 1]]
    assert changes == [7, 14]


def test_every_run_leaves_a_receipt(reading, run):
    for n in range(3):
        run(DAY + timedelta(40 + n))
    subjects = reading.execute("SELECT subject FROM core.receipt WHERE subject LIKE 'run/%' ORDER BY 1").fetchall()
    assert subjects == [("run/2026-11-21",), ("run/2026-11-22",), ("run/2026-11-23",)]


def test_where_backups_cannot_be_removed_all_else_goes(reading, run, state):
    run(DAY + timedelta(40))
    old = state / "backups" / "2026-01-05T040000Z"
    (old / "data").mkdir(parents=True)
    (old / "data/backup_label").touch()
    in_the_way = old.with_name(f".{old.name}.part")  # a folder that is not empty is not replaced, not by root either
    (in_the_way / "data").mkdir(parents=True)
    with pytest.raises(StorageFull, match="backups"):
        run(DAY + timedelta(50))
    rewritten = "SELECT count(*) FROM core.receipt WHERE subject = %s"
    assert reading.execute(rewritten, [f"rewrite/{DAY + timedelta(50)}"]).fetchone() == (1,)
    assert reading.execute(rewritten, [f"run/{DAY + timedelta(50)}"]).fetchone() == (0,)  # it is not done
    shutil.rmtree(in_the_way)
    assert run(DAY + timedelta(50)).of("backup").gone == 1


def test_a_file_that_cannot_be_removed_stops_the_run_and_says_where(reading, run, state, monkeypatch):
    spool(state, "2026-10-12.spool")

    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", refuse)  # as root no mode of a folder refuses
        with pytest.raises(StorageFull, match="spool/a"):
            run(DAY + timedelta(50))
    assert run(DAY + timedelta(50)).of("spool file").gone == 1
