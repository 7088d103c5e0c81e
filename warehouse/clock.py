"""Whether the clock can be believed: what is destroyed by the calendar is gone for good (PRIVACY P7).

The days that the database knows are the only witness that a machine without a network has.
"""

from datetime import date, timedelta

from warehouse import db
from warehouse.errors import ClockAhead, ClockSetBack

LONGEST_PAUSE = timedelta(days=14)
"""A crawl and a retention run are due daily; an installation that lay still for longer needs a person to say so."""


def newest(conn: db.Connection) -> date | None:
    """Give the newest local day that the database knows of a crawl, a sighting or a receipt; None when it is empty.

    Args:
        conn: as role reader or owner.

    Raises:
        WarehouseError: the database refused.
    """
    day: date | None = db.tuples(conn, "clock_newest")[0][0]
    return day


def check(conn: db.Connection, today: date) -> None:
    """Refuse a day on which nothing may be destroyed by the calendar. An empty database has nothing to lose.

    Args:
        conn: as role reader or owner.
        today: the current local day, by the clock.

    Raises:
        ClockSetBack: `today` lies before the newest day known; by it, too much would be kept.
        ClockAhead: `today` lies more than `LONGEST_PAUSE` after it; by it, too much would be destroyed.
        WarehouseError: the database refused.
    """
    known = newest(conn)
    if known is not None and today < known:
        raise ClockSetBack(today, known)
    check_ahead(conn, today)


def check_ahead(conn: db.Connection, day: date) -> None:
    """Refuse a day that lies absurdly far after all that is known: no key epoch starts by it.

    Raises:
        ClockAhead, WarehouseError: see `check`.
    """
    known = newest(conn)
    if known is not None and day - known > LONGEST_PAUSE:
        raise ClockAhead(day, known)
