"""An audit on record: entered like a release, refused on a ledger that does not verify, and never taken for a release."""

import threading
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from reports import quality
from reports.loading import load_dashboard
from warehouse import auditing, db, ledger
from warehouse.audit import Evidence
from warehouse.errors import DatabaseFailed
from warehouse.release import release_day, tabulate

from .audit.test_whole import DAY, KEY, put

TODAY = date(2026, 10, 14)
QUICK = Evidence(trials=0)


@pytest.fixture
def released(database: Any) -> Any:
    """A warehouse with one day released and one custom table asked, twice."""
    with database.connect() as owner:
        put(owner)
    with database.connect("releaser") as conn:
        release_day(conn, DAY, KEY)
    with database.connect("analist") as conn:
        for _ in range(2):
            tabulate(conn, ["corop", "day"], DAY, DAY)
        tabulate(conn, ["municipality"], DAY, DAY + timedelta(days=1), {"area": ["CR12"]})
    return database


def entries(conn: db.Connection, columns: str) -> list[Any]:
    """Entries of audits, oldest first."""
    query = f"SELECT {columns} FROM release.edition WHERE kind_code = 'audit' ORDER BY vintage_date, version_number"
    return conn.execute(query.encode()).fetchall()


def test_nothing_released_enters_nothing(database: Any) -> None:
    with database.connect() as owner:
        found = auditing.run(owner, QUICK, TODAY)
        assert found.entry_digest is None
        assert not found.has_failed
        assert {result.outcome for result in found.results} == {"not_run"}
        assert ledger.verify_ledger(owner).entries == 0


def test_an_audit_is_chained_and_is_no_release(released: Any) -> None:
    with released.connect() as owner:
        found = [auditing.run(owner, QUICK, TODAY) for _ in range(2)]
        assert not any(audit.has_failed for audit in found), found
        assert [audit.verification.entries for audit in found] == [4, 5]
        assert ledger.verify_ledger(owner).head == found[1].entry_digest
        assert not release_day(owner, DAY, KEY).is_new
        assert release_day(owner, DAY, KEY, correct=True).version == 1
    with released.connect("analist") as conn:
        assert len(tabulate(conn, ["corop", "day"], DAY, DAY).rows) > 0
    with released.connect("beleid") as conn:
        shown = load_dashboard(conn, DAY)
        assert len(shown.editions) == 1
        assert shown.audit is not None
        assert shown.audit.ran_date == TODAY
        assert shown.audit.attacks["A1"]["outcome"] == "passed"
    with released.connect() as owner:
        assert auditing.run(owner, QUICK, TODAY).verification.problems == ()


def test_what_does_not_verify_fails_and_is_entered_unless_the_chain_is_broken(released: Any, tmp_path: Path) -> None:
    steps = (
        (
            "UPDATE release.volume SET reason_code = 'x' WHERE area_code = 'GM0164'",
            "custom table of 2026-10-12 number 3",
        ),
        ("UPDATE release.volume SET source_group_count = 9 WHERE area_code = 'NL'", "the figures of 2026-10-12"),
        ("UPDATE release.edition SET figures_digest = repeat('a', 64) WHERE kind_code = 'custom'", "was changed"),
    )
    with released.connect() as owner:
        for table in ("edition", "volume"):
            db.script(owner, f"ALTER TABLE release.{table} DISABLE TRIGGER frozen")
        for tamper, told in steps:
            db.script(owner, tamper)
            checked = auditing.verified(owner)
            assert any(told in problem for problem in checked.problems), checked
            if checked.head is not None:
                found = auditing.run(owner, QUICK, TODAY)
                assert found.has_failed
                assert found.entry_digest is not None
                (request,) = entries(owner, "request")[-1]
                assert request["problems"] == list(checked.problems)
                shown = load_dashboard(owner, DAY)
                assert shown.audit is not None
                assert shown.audit.problem_count == len(checked.problems)
                page = quality.build(owner, tmp_path / "quality.html", day=DAY, contact="x", notice="")
                assert f"klopte niet alles met wat is vastgelegd ({len(checked.problems)})" in page.read_text()
        found = auditing.run(owner, QUICK, TODAY)
        assert found.has_failed
        assert found.entry_digest is None


def test_a_custom_table_is_verified_as_of_when_it_was_asked(released: Any) -> None:
    """A correction afterwards changes what the same question gives, not what was given."""
    with released.connect() as owner:
        db.script(owner, "UPDATE est.volume SET point_count = 900, upper_count = 900 WHERE area_code = 'CR12'")
        assert release_day(owner, DAY, KEY, correct=True).version == 2
        assert ledger.changed_tables(owner) == []
    with released.connect("analist") as conn:
        tabulate(conn, ["corop", "day"], DAY, DAY)
    with released.connect() as owner:
        assert ledger.changed_tables(owner) == []


TABLES = """
    SELECT table_name, count(*) FILTER (WHERE c.column_name = 'version_number') = 0 AS is_open
    FROM information_schema.columns AS c
    JOIN information_schema.tables AS t USING (table_schema, table_name)
    WHERE t.table_type = 'BASE TABLE' AND table_schema = 'release' AND c.column_name IN ('vintage_date', 'version_number') AND table_name <> 'edition'
    GROUP BY table_name
    ORDER BY table_name
"""


def test_rows_without_an_entry_are_refused_at_commit_and_found_in_any_table(released: Any) -> None:
    """Every table of figures is in the query, and has the trigger: one that is added needs both."""
    by_hand = "INSERT INTO release.method VALUES ('seed', '', 7, '2026-10-12', '1', NULL)"
    with released.connect("releaser") as conn:
        with pytest.raises(DatabaseFailed, match="23001"):
            db.script(conn, by_hand)
        with db.transaction(conn, rollback=True):
            db.script(conn, by_hand)
            with pytest.raises(DatabaseFailed, match="23001"), db.transaction(conn):
                db.script(conn, "SET CONSTRAINTS ALL IMMEDIATE")
    with released.connect() as owner:
        tables = [name for name, _ in owner.execute(TABLES.encode()).fetchall()]
        guarded = owner.execute(
            b"SELECT c.relname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
            b"WHERE t.tgname = 'entered' AND t.tgdeferrable AND t.tginitdeferred ORDER BY 1"
        ).fetchall()
        assert [name for (name,) in guarded] == tables
        query = (Path(db.__file__).parent / "queries" / "audit_unentered.sql").read_text()
        assert {name for name in tables if f"FROM release.{name}" in query} == set(tables)
        assert auditing.verified(owner).problems == ()
        db.script(owner, f"ALTER TABLE release.method DISABLE TRIGGER entered; {by_hand}")
        db.script(
            owner,
            "ALTER TABLE release.open_week DISABLE TRIGGER entered; "
            "INSERT INTO release.open_week VALUES ('2027-01-04', '2028-01-02', 'released', '', 1)",
        )
        assert auditing.verified(owner).problems == (
            "rows of 2026-10-12 version 7 in release.method belong to no entry of the ledger: nobody released them",
            "rows of 2028-01-02 version 1 in release.open_week belong to no entry of the ledger: nobody released them",
        )


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        ("UPDATE release.rule SET value_name = '3' WHERE rule_code = 'threshold' AND cube_code = 'volume'", "changed or removed"),
        ("UPDATE release.rule SET value_name = 'three' WHERE rule_code = 'threshold'", "changed or removed"),
        ("DELETE FROM release.rule WHERE rule_code = 'dominance'", "changed or removed"),
        ("DELETE FROM release.rule", "changed or removed"),
        ("INSERT INTO release.rule SELECT ruleset_version, 'volume', 'more', '1' FROM release.edition LIMIT 1", "changed or removed"),
        ("INSERT INTO release.rule VALUES ('9-a', 'volume', 'threshold', '1')", "no release was made by"),
    ],
)  # fmt: skip
def test_rules_are_what_their_name_says(released: Any, tamper: str, told: str) -> None:
    with released.connect() as owner:
        assert auditing.verified(owner).problems == ()
        db.script(owner, f"ALTER TABLE release.rule DISABLE TRIGGER frozen; {tamper}")
        (problem,) = auditing.verified(owner).problems
        assert told in problem


def test_an_audit_names_the_last_entry_that_it_saw(released: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is entered while it runs comes before it in the chain, and is not said to be attacked."""
    run = auditing.audit.run

    def meanwhile(conn: db.Connection, evidence: Evidence) -> Any:
        with released.connect("analist") as asks:
            tabulate(asks, ["country", "day"], DAY, DAY)  # it does not wait
        return run(conn, evidence)

    with released.connect() as owner:
        head = ledger.verify_ledger(owner).head
        monkeypatch.setattr(auditing.audit, "run", meanwhile)
        assert auditing.run(owner, QUICK, TODAY).entry_digest == ledger.verify_ledger(owner).head
        ((inputs, previous, request),) = entries(owner, "inputs_digest, previous_digest, request")
        assert (inputs, request["entries"]) == (head, 4)
        assert previous != head


def test_custom_tables_raise_no_false_alarm(released: Any) -> None:
    with released.connect("analist") as conn:
        db.script(conn, "SET datestyle = 'German, DMY'")
        for areas in (None, ["CR12"], [], [None]):
            filters = {} if areas is None else {"area": areas}
            tabulate(conn, ["municipality", "day"], DAY, DAY, filters)  # type: ignore[arg-type]
        with pytest.raises(DatabaseFailed, match="22023"):
            db.script(
                conn, "SELECT * FROM release.tabulate(ARRAY[['municipality'], ['day']], '12.10.2026', '12.10.2026')"
            )
        with pytest.raises(DatabaseFailed, match="22023"):
            db.script(
                conn,
                "SELECT * FROM release.tabulate(ARRAY['municipality'], '12.10.2026', '12.10.2026', ARRAY[['GM0164'], ['GM0153']])",
            )
    with released.connect() as owner:
        db.script(owner, "SET datestyle = 'SQL, DMY'")
        assert auditing.verified(owner).problems == ()
        # The region lost its towns: what was told of it then was told.
        db.script(owner, "UPDATE release.area SET parent_code = NULL WHERE parent_code = 'CR12'")
        assert auditing.verified(owner).problems == ()
        told = owner.execute(
            b"SELECT request -> 'told' FROM release.edition WHERE kind_code = 'custom' ORDER BY version_number"
        )
        assert [len(row[0]) for row in told.fetchall()][-2:] == [0, 0]


def test_a_table_asked_while_a_day_is_released_names_what_it_holds(released: Any) -> None:
    """It waits for the release before it reads, and names the last release in the ledger, of whatever day that is."""
    later = DAY + timedelta(days=1)
    outcome: list[int] = []
    with released.connect() as owner:
        db.script(
            owner,
            f"CREATE TEMP TABLE more AS SELECT * FROM est.volume WHERE vintage_date = '{DAY}'; "
            f"UPDATE more SET vintage_date = '{later}', period_start_date = period_start_date + 1 WHERE period_code = 'day'; "
            f"INSERT INTO est.volume SELECT * FROM more WHERE vintage_date = '{later}'",
        )
        release_day(owner, later, KEY)
        db.script(owner, "UPDATE est.volume SET point_count = 900, upper_count = 900 WHERE area_code = 'CR12'")

        def ask() -> None:
            with released.connect("analist") as asks:
                outcome.append(len(tabulate(asks, ["corop", "day"], DAY, later).rows))

        waiting = threading.Thread(target=ask)
        with db.transaction(owner):
            assert release_day(owner, DAY, KEY, correct=True).version == 2  # of the earlier day, after the later one
            waiting.start()
            while not owner.execute(b"SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchall():
                assert not outcome
        waiting.join()
        assert outcome[0] > 0
        assert ledger.changed_tables(owner) == []
        assert owner.execute(
            b"SELECT e.inputs_digest = d.entry_digest FROM release.edition AS e, release.edition AS d WHERE e.kind_code = 'custom' "
            b"AND e.vintage_date = %s AND d.vintage_date = %s AND d.version_number = 2 AND d.kind_code = 'daily'",
            (later, DAY),
        ).fetchall() == [(True,)]


def test_a_replaced_function_keeps_its_comment(conn: db.Connection) -> None:
    comments = conn.execute(
        b"SELECT obj_description('release.tabulate'::regproc), obj_description('release.chosen_cells'::regproc)"
    ).fetchone()
    assert comments is not None
    assert all("custom table" in comment.lower() for comment in comments)
