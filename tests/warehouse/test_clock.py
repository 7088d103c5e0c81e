"""A clock that was set back or runs ahead is refused before anything is destroyed by it."""

from datetime import date, timedelta

import pytest

from warehouse import clock
from warehouse.errors import ClockAhead, ClockSetBack

DAY = date(2026, 10, 12)


@pytest.fixture
def known(database, handmade):
    """As reader, a database whose newest day is DAY."""
    with database.connect("reader") as conn:
        handmade.load(conn, "a", DAY - timedelta(3), [handmade.row("a", "1", [1])])
        handmade.load(conn, "a", DAY, [handmade.row("a", "1", [1])])
        yield conn


def test_an_empty_database_believes_any_clock(conn):
    assert clock.newest(conn) is None
    clock.check(conn, date(1999, 1, 1))
    clock.check(conn, date(2999, 1, 1))


@pytest.mark.parametrize("days", [0, 1, clock.LONGEST_PAUSE.days])
def test_days_that_follow_are_believed(known, days):
    assert clock.newest(known) == DAY
    clock.check(known, DAY + timedelta(days))


@pytest.mark.parametrize("days", [-1, -400])
def test_a_clock_set_back_is_refused(known, days):
    with pytest.raises(ClockSetBack) as refused:
        clock.check(known, DAY + timedelta(days))
    assert (refused.value.newest, refused.value.exit_code) == (DAY, 3)


@pytest.mark.parametrize("days", [clock.LONGEST_PAUSE.days + 1, 40_000])
def test_a_clock_far_ahead_is_refused(known, days):
    with pytest.raises(ClockAhead) as refused:
        clock.check(known, DAY + timedelta(days))
    assert (refused.value.newest, refused.value.exit_code) == (DAY, 3)


@pytest.mark.parametrize(
    "witness",
    [
        "INSERT INTO core.receipt VALUES ('key', 'E0003', '\\x00', %s, 0)",
        "UPDATE core.crawl SET day_date = %s WHERE day_date = '2026-10-12'",
    ],
)
def test_a_crawl_and_a_receipt_are_witnesses(database, known, witness):
    later = DAY + timedelta(10)
    with database.connect() as owner:
        owner.execute(witness, [later])
    assert clock.newest(known) == later
