"""Audits and external lists in the database: kept, replaced from their day on, and out of everybody's sight."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from warehouse import calibration, db
from warehouse.errors import DatabaseFailed, NotAllowed, WrongUse
from warehouse.estimates.calibration import Audit, in_force
from warehouse.estimates.errors import OverlapDiffers
from warehouse.estimates.external import ExternalList

DAY = date(2026, 11, 22)
WEEK = date(2026, 11, 16)
KAPPA = Audit("kappa", DAY, 0.9, 0.03, 200)
LAG = Audit("ghost_lag", DAY, 2.0, 0.4, 80, "nl_rubriek")
OURS = {"a": 30, "a+b": 10, "b": 12}
TOLD = ExternalList(
    WEEK, "GM0153", "outreach", {"a": 20, "a+outreach": 10, "a+b": 6, "a+b+outreach": 4, "b": 12, "outreach": 9}
)


def estimated(conn: db.Connection, overlap: dict[str, int], vintage: date = DAY, area: str = "GM0153") -> None:
    conn.execute(
        b"INSERT INTO est.volume (vintage_date, period_code, period_start_date, area_code, setting_code, overlap, "
        b"identity_count, largest_share, source_group_count, completeness_share, warnings, models, cell_number, "
        b"estimator_version, seed) VALUES (%s, 'week', %s, %s, 'all', %s, 1, 0, 2, 1, '{}', '{}', 0, '2', 1)",
        [vintage, WEEK, area, db.Json(overlap)],
    )


def test_what_is_entered_is_given_back(conn):
    assert calibration.enter(conn, KAPPA)
    assert calibration.enter(conn, LAG)
    assert calibration.valid_on(conn, DAY) == [KAPPA, LAG]
    assert calibration.valid_on(conn, DAY - timedelta(1)) == []


def test_the_same_once_more_is_no_news(conn):
    corrected = replace(KAPPA, point=0.85)
    assert [calibration.enter(conn, audit) for audit in (KAPPA, KAPPA, corrected, corrected)] == [
        True,
        False,
        True,
        False,
    ]
    assert calibration.valid_on(conn, DAY) == [KAPPA, corrected]
    assert calibration.enter(conn, KAPPA)  # taken back
    assert in_force(calibration.valid_on(conn, DAY), "kappa", DAY) == KAPPA


def test_all_of_history_is_kept(conn):
    later = replace(KAPPA, audited_date=DAY + timedelta(30), point=0.8)
    for audit in (later, KAPPA):  # in any order of entry
        calibration.enter(conn, audit)
    for day, holds in ((DAY, KAPPA), (DAY + timedelta(29), KAPPA), (DAY + timedelta(30), later)):
        assert in_force(calibration.valid_on(conn, day), "kappa", day) == holds


@pytest.mark.parametrize(
    "audit",
    [
        replace(KAPPA, source_code="nl_rubriek"),
        replace(LAG, source_code=None),
        replace(KAPPA, standard_error=0.0),
        replace(KAPPA, point=float("nan")),
        replace(KAPPA, kind="false_links"),
    ],
)
def test_the_table_takes_no_nonsense(conn, audit):
    with pytest.raises(DatabaseFailed), db.transaction(conn):
        calibration.enter(conn, audit)


def test_who_estimates_reads_and_who_publishes_does_not(database):
    with database.connect() as owner:
        calibration.enter(owner, KAPPA)
        estimated(owner, OURS)
        calibration.enter_external(owner, [TOLD])
    with database.connect("estimator") as conn:
        assert calibration.valid_on(conn, DAY) == [KAPPA]
        assert calibration.external_on(conn, WEEK) == [TOLD]
        with pytest.raises(NotAllowed):
            calibration.enter(conn, LAG)
        with pytest.raises(NotAllowed):
            calibration.enter_external(conn, [replace(TOLD, overlap=dict(TOLD.overlap) | {"outreach": 11})])
    for role in ("reader", "releaser", "analist", "handhaving", "beleid"):
        with database.connect(role) as conn:
            for look in (calibration.valid_on, calibration.external_on):
                with pytest.raises(NotAllowed):
                    look(conn, WEEK)


def test_an_external_list_is_kept_and_the_latest_holds(conn):
    estimated(conn, OURS)
    assert calibration.enter_external(conn, [TOLD]) == 1
    assert calibration.enter_external(conn, [TOLD]) == 0
    more = replace(TOLD, overlap=dict(TOLD.overlap) | {"outreach": 11})
    assert calibration.enter_external(conn, [more]) == 1
    assert calibration.external_on(conn, WEEK) == [more]
    assert calibration.external_on(conn, WEEK - timedelta(7)) == []
    assert conn.execute("SELECT count(*) FROM est.external_list").fetchone() == (2,)
    assert calibration.held(conn) == [calibration.Held("outreach", 1, WEEK)]
    assert calibration.enter_external(conn, [TOLD]) == 1  # back to the first
    assert calibration.external_on(conn, WEEK) == [TOLD]


def test_it_is_held_against_the_last_vintage_of_that_week(conn):
    estimated(conn, {"a": 1, "b": 1}, DAY)
    with pytest.raises(OverlapDiffers):
        calibration.enter_external(conn, [TOLD])
    estimated(conn, OURS, DAY + timedelta(1))
    assert calibration.enter_external(conn, [TOLD]) == 1


def test_all_of_a_file_or_nothing(conn):
    estimated(conn, OURS)
    estimated(conn, {"a": 5, "b": 70}, area="CR12")
    for second, error in ((replace(TOLD, area_code="CR12"), OverlapDiffers), (replace(TOLD, area_code="NL"), WrongUse)):
        with pytest.raises(error):
            calibration.enter_external(conn, [TOLD, second])
        assert calibration.external_on(conn, WEEK) == []


def test_source_groups_are_those_that_were_loaded(conn, handmade):
    assert calibration.source_groups(conn) == []
    handmade.load(conn, "b", DAY)
    handmade.load(conn, "a", DAY)
    assert calibration.source_groups(conn) == ["group of a", "group of b"]


@pytest.mark.parametrize("name", ["Lijst 7", "0620000001", "a" * 31])
def test_a_list_is_named_for_what_it_is(conn, name):
    with pytest.raises(DatabaseFailed), db.transaction(conn):
        conn.execute(
            "INSERT INTO est.external_list (week_start_date, area_code, list_name, overlap) VALUES (%s, 'NL', %s, '{}')",
            [WEEK, name],
        )
