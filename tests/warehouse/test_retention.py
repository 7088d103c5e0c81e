import os
import time
from datetime import date, timedelta

import pytest

from warehouse import retention
from warehouse.identities import link_day

DAY = date(2026, 10, 12)
COUNTED = (
    "listing",
    "listing_version",
    "sighting",
    "identity",
    "identity_member",
    "text_tie",
    "shared_contact",
    "exclusion",
)


def counts(conn) -> dict[str, int]:
    return {table: conn.execute(f"SELECT count(*) FROM core.{table}").fetchone()[0] for table in COUNTED}


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


def test_everything_young_stays(reading, tmp_path):
    before = counts(reading)
    assert all(before.values())
    report = retention.run(reading, tmp_path / "none", DAY + timedelta(182))
    assert report == retention.RetentionReport(0, 0, 0, 0, 0, 0)
    assert counts(reading) == before


def test_rows_older_than_26_weeks_go(reading, tmp_path):
    report = retention.run(reading, tmp_path / "none", DAY + timedelta(183))
    assert (report.sightings, report.versions, report.listings, report.months) == (5, 5, 5, 0)
    left = counts(reading)
    assert (left["listing"], left["listing_version"], left["sighting"]) == (10, 10, 10)
    assert reading.execute("SELECT min(day_date) FROM core.sighting").fetchone() == (DAY + timedelta(1),)
    assert retention.run(reading, tmp_path / "none", DAY + timedelta(183)).total == 0


def test_in_the_end_nothing_is_left_but_logs_and_receipts(reading, tmp_path):
    report = retention.run(reading, tmp_path / "none", DAY + timedelta(400))
    assert report.months == 2
    assert report.sightings == 15
    assert set(counts(reading).values()) == {0}
    assert reading.execute("SELECT count(*) FROM core.crawl").fetchone() == (6,)
    kinds = dict(reading.execute("SELECT kind_code, count(*) FROM core.receipt GROUP BY 1").fetchall())
    assert kinds["load"] == 6
    assert kinds["retention"] >= 3
    assert retention.run(reading, tmp_path / "none", DAY + timedelta(400)).total == 0


def test_what_was_destroyed_is_gone_from_the_files(database, reading, handmade, tmp_path):
    retention.run(reading, tmp_path / "none", DAY + timedelta(183))
    # After VACUUM no dead row is left to be read from a page.
    dead = reading.execute(
        "SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_user_tables WHERE schemaname = 'core' AND relname LIKE 'listing%'"
    ).fetchone()
    assert dead == (0,)


def _spool(folder, name: str, hours_ago: float = 0) -> None:
    path = folder / "a" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"sealed")
    then = time.time() - hours_ago * 3600
    os.utime(path, (then, then))


def test_spool_files_go_after_72_hours_by_name_or_by_clock(reading, tmp_path):
    _spool(tmp_path, "2026-10-12.spool")
    _spool(tmp_path, "2026-10-13.spool")
    _spool(tmp_path, "2026-10-14.spool", hours_ago=73)
    _spool(tmp_path, "2026-10-15.spool", hours_ago=71)
    _spool(tmp_path, ".2026-10-11.spool.part")
    report = retention.run(reading, tmp_path, date(2026, 10, 15))
    assert report.spool_files == 3
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["2026-10-13.spool", "2026-10-15.spool"]
    purged = reading.execute("SELECT subject FROM core.receipt WHERE kind_code = 'purge' ORDER BY 1").fetchall()
    assert purged == [("a/2026-10-11.spool.part",), ("a/2026-10-12.spool",), ("a/2026-10-14.spool",)]
    assert retention.run(reading, tmp_path, date(2026, 10, 15)).spool_files == 0
