"""An audit on record: entered like a release, refused on a ledger that does not verify, and never taken for a release."""

from datetime import date, timedelta
from typing import Any

import pytest

from reports.figures import load_dashboard
from warehouse import auditing, db, ledger
from warehouse.audit import Evidence
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


def test_what_does_not_verify_fails_and_enters_nothing(released: Any) -> None:
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
