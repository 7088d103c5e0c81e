import signal
import subprocess
import sys
import textwrap
from datetime import date, timedelta
from pathlib import Path

import pytest

from warehouse import db
from warehouse.errors import DatabaseFailed, LoadedDifferently, WrongUse
from warehouse.loading import LoadResult, is_loaded, load_day

DAY = date(2026, 10, 12)
TABLES = ("source", "crawl", "listing", "listing_version", "sighting", "receipt")


def _counts(conn) -> dict[str, int]:
    return {table: conn.execute(f"SELECT count(*) FROM core.{table}").fetchone()[0] for table in TABLES}


def test_a_day_is_loaded_once(conn, handmade):
    rows = [handmade.row("a", "1", [1], "x"), handmade.row("a", "2", [], "y")]
    result = handmade.load(conn, "a", DAY, rows, present=["1", "2", "3"])
    assert result == LoadResult(sightings=3, new_listings=3, versions=2, excluded=0, already_loaded=False)
    assert is_loaded(conn, "a", DAY)
    assert not is_loaded(conn, "a", DAY + timedelta(1))
    before = _counts(conn)

    def unread():
        raise AssertionError("rows of a loaded day are not even read")
        yield

    again = handmade.load(conn, "a", DAY, unread(), present=["1", "2", "3"])
    assert again == LoadResult(0, 0, 0, 0, already_loaded=True)
    assert _counts(conn) == before == {**dict.fromkeys(TABLES, 1), "listing": 3, "listing_version": 2, "sighting": 3}


def test_what_is_stored_is_what_was_given(conn, handmade):
    row = handmade.row(
        "a", "1", [2, 1, 2], "x", area_codes=("GM0153", "DE"), area_probabilities=(0.75, 0.25), language_code=None
    )
    handmade.load(conn, "a", DAY, [row])
    stored = conn.execute(
        "SELECT l.listing_key, l.epoch_code, v.read_date, v.area_codes, v.area_probabilities, v.language_code, "
        "v.setting_code, v.contact_keys, v.content_key, v.sketch FROM core.listing_version v JOIN core.listing l USING (listing_id)"
    ).fetchone()
    numbers = sorted([handmade.number(1), handmade.number(2)])
    expected = (
        row.listing_key,
        "E0003",
        DAY,
        ["GM0153", "DE"],
        [0.75, 0.25],
        None,
        "home",
        numbers,
        row.content_key,
        row.sketch,
    )
    assert stored == expected


def test_another_file_of_a_loaded_day_is_refused(conn, handmade):
    handmade.load(conn, "a", DAY, present=["1"])
    with pytest.raises(LoadedDifferently) as caught:
        handmade.load(conn, "a", DAY, present=["2"], digest=b"x" * 32)
    assert caught.value.exit_code == 3
    assert _counts(conn)["listing"] == 1


def test_a_reading_that_says_the_same_adds_no_version(conn, handmade):
    first = handmade.row("a", "1", [1], "x")
    assert handmade.load(conn, "a", DAY, [first]).versions == 1
    assert handmade.load(conn, "a", DAY + timedelta(7), [first]).versions == 0
    assert handmade.load(conn, "a", DAY + timedelta(9), [handmade.row("a", "1", [2], "x")]).versions == 1
    assert handmade.load(conn, "a", DAY + timedelta(10), [first]).versions == 1
    dates = conn.execute("SELECT read_date FROM core.listing_version ORDER BY 1").fetchall()
    assert dates == [(DAY,), (DAY + timedelta(9),), (DAY + timedelta(10),)]


def test_doubles_in_one_crawl_count_once_and_the_last_reading_counts(conn, handmade):
    rows = [handmade.row("a", "1", [1], "old"), handmade.row("a", "1", [1], "new")]
    result = handmade.load(conn, "a", DAY, rows, present=["1", "1"])
    assert (result.sightings, result.versions) == (1, 1)
    stored = conn.execute("SELECT sketch FROM core.listing_version").fetchone()
    assert stored == (handmade.sketch("new"),)


def test_months_get_their_partitions(conn, handmade):
    for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 12, 31), date(2026, 1, 5)):
        handmade.load(conn, "a", day, present=["1"])
    parts = conn.execute(
        "SELECT tableoid::regclass::text, count(*) FROM core.sighting GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert parts == [(f"core.sighting_2026_{month}", 1) for month in ("01", "10", "11", "12")]


def test_an_empty_or_failed_crawl_leaves_its_log(conn, handmade):
    log = handmade.log("a", DAY, state="failed", reason="unreachable", completeness=0.0, pages_fetched=0)
    result = load_day(
        conn, source="a", day=DAY, crawl_log=log, rows=[], present=[], epoch="E0003", spool_digest=b"d" * 32
    )
    assert result == LoadResult(0, 0, 0, 0, already_loaded=False)
    assert conn.execute("SELECT state_code, reason, completeness_share FROM core.crawl").fetchall() == [
        ("failed", "unreachable", 0.0)
    ]


@pytest.mark.parametrize("days", [14, None])
def test_the_expiry_that_a_contract_declared_is_kept(conn, handmade, days):
    log = handmade.log("a", DAY, expires_after_days=days)
    load_day(conn, source="a", day=DAY, crawl_log=log, rows=[], present=[], epoch="E0003", spool_digest=b"d" * 32)
    assert conn.execute("SELECT expiry_day_count FROM core.crawl").fetchall() == [(days,)]


def test_a_log_of_another_day_is_wrong_use(conn, handmade):
    with pytest.raises(WrongUse):
        load_day(
            conn, source="a", day=DAY, crawl_log=handmade.log("a", DAY + timedelta(1)), rows=[], present=[],
            epoch="E0003", spool_digest=b"d" * 32,
        )  # fmt: skip


def test_a_load_that_fails_leaves_nothing(database, handmade):
    bad = handmade.row("a", "2", [], "y", setting_code="nonsense")
    with database.connect("reader") as conn:
        with pytest.raises(DatabaseFailed) as caught:
            handmade.load(conn, "a", DAY, [handmade.row("a", "1", [], "x"), bad], present=["1", "2"])
        assert caught.value.table == "listing_version"
        assert "nonsense" not in str(caught.value)
        assert set(_counts(conn).values()) == {0}
        assert not handmade.load(conn, "a", DAY, present=["1"]).already_loaded


@pytest.mark.full
def test_a_loader_killed_at_any_point_loses_and_doubles_nothing(database, handmade, tmp_path):
    """SIGKILL between every two steps of a load; run again, it ends in the same state."""
    script = tmp_path / "load.py"
    script.write_text(
        textwrap.dedent(
            """
            import hashlib, os, signal, sys
            sys.path.insert(0, sys.argv[3])
            from datetime import date
            from conftest import Handmade
            from warehouse import db
            steps = int(sys.argv[2])
            def counted(function):
                def run(*args, **kwargs):
                    global steps
                    steps -= 1
                    if steps < 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return function(*args, **kwargs)
                return run
            db.execute, db.copy_in = counted(db.execute), counted(db.copy_in)
            made = Handmade()
            rows = [made.row("a", str(n), [n], f"text {n}") for n in range(50)]
            with db.connect(sys.argv[1]) as conn:
                made.load(conn, "a", date(2026, 10, 12), rows, present=["x", "y"])
            """
        )
    )
    folder = str(Path(__file__).parent)
    expected = None
    killed = 0
    with database.connect() as owner:
        for steps in (*range(16), 1_000):
            command = [sys.executable, str(script), database.dsn("reader"), str(steps), folder]
            result = subprocess.run(command, check=False, capture_output=True)
            killed += result.returncode == -signal.SIGKILL
            assert result.returncode in {0, -signal.SIGKILL}, result.stderr.decode()
            counts = _counts(owner)
            if result.returncode == 0:
                expected = expected or counts
                assert counts == expected
                assert counts["sighting"] == 52
            else:
                assert set(counts.values()) == {0}
    assert killed >= 10


def test_two_loaders_at_once_load_once(database, handmade):
    from concurrent.futures import ThreadPoolExecutor

    rows = [handmade.row("a", str(n), [n], f"text {n}") for n in range(100)]

    def one(_):
        with database.connect("reader") as conn:
            return handmade.load(conn, "a", DAY, rows)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(one, range(4)))
    assert sorted(result.already_loaded for result in results) == [False, True, True, True]


def test_different_sources_load_at_once(database, handmade):
    from concurrent.futures import ThreadPoolExecutor

    def one(source):
        with database.connect("reader") as conn:
            return handmade.load(conn, source, DAY, present=["1", "2"]).sightings

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, "abcd")) == [2, 2, 2, 2]


def test_nothing_but_pseudonyms_is_stored(conn, handmade):
    handmade.load(conn, "a", DAY, [handmade.row("a", "advertentie-7", [7], "tekst")])
    dump = "".join(str(conn.execute(f"SELECT t.* FROM core.{table} t").fetchall()) for table in TABLES)
    assert "advertentie-7" not in dump
    assert "20000007" not in dump
    assert db.in_transaction(conn)
