"""Weeks, four-week blocks and key epochs. All days are local days (Europe/Amsterdam)."""

from datetime import date, timedelta

from warehouse.errors import DayBeforeCalendar, WrongUse

ORIGIN = date(2026, 1, 5)  # a Monday; blocks and epochs are counted from it
BLOCK_DAYS = 28
EPOCH_DAYS = 91


def week_start(day: date) -> date:
    """Give the Monday of the week that holds `day`.

    >>> week_start(date(2026, 11, 8))
    datetime.date(2026, 11, 2)
    """
    return day - timedelta(days=day.weekday())


def block_start(day: date) -> date:
    """Give the Monday on which the block of four weeks that holds `day` starts.

    >>> block_start(date(2026, 11, 8)), block_start(date(2026, 1, 4))
    (datetime.date(2026, 10, 12), datetime.date(2025, 12, 8))
    """
    return ORIGIN + timedelta(days=(day - ORIGIN).days // BLOCK_DAYS * BLOCK_DAYS)


def is_last_day_of_week(day: date) -> bool:
    """Tell whether `day` is a Sunday."""
    return day.weekday() == 6


def is_last_day_of_block(day: date) -> bool:
    """Tell whether a block of four weeks ends on `day`."""
    return (day - ORIGIN).days % BLOCK_DAYS == BLOCK_DAYS - 1


def epoch_code(day: date) -> str:
    """Give the code of the key epoch of 13 weeks that holds `day`.

    Raises:
        DayBeforeCalendar: `day` lies before the first epoch.

    >>> epoch_code(date(2026, 10, 12))
    'E0003'
    """
    if day < ORIGIN:
        raise DayBeforeCalendar(day)
    return f"E{(day - ORIGIN).days // EPOCH_DAYS:04d}"


def epoch_start(code: str) -> date:
    """Give the first day (a Monday) of an epoch.

    Raises:
        WrongUse: `code` does not look like E0003.

    >>> epoch_start("E0003")
    datetime.date(2026, 10, 5)
    """
    if len(code) < 5 or code[0] != "E" or not (code[1:].isascii() and code[1:].isdigit()):
        raise WrongUse("An epoch is written as E and four digits, e.g. E0003. Ask for a day's epoch with epoch_code.")
    return ORIGIN + timedelta(days=int(code[1:]) * EPOCH_DAYS)


def epoch_end(code: str) -> date:
    """Give the last day (a Sunday, included) of an epoch."""
    return epoch_start(code) + timedelta(days=EPOCH_DAYS - 1)
