"""Weeks, four-week blocks and key epochs. All days are local days (Europe/Amsterdam)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Self

from warehouse.errors import CalendarDamaged, DayBeforeCalendar, WrongUse
from warehouse.store import Place, write

ORIGIN = date(2026, 1, 5)  # a Monday; blocks and epochs are counted from it
BLOCK_DAYS = 28
EPOCH_DAYS = 91
BRIDGE_DAYS = 7  # from the first day of an epoch on, the key before it is still there (PRIVACY P7)
EPOCHS_AHEAD = 8  # keys made ahead, so that an objection of today holds under them too: two years
SPARES = "abc"  # as many early starts within 13 weeks as objections are known to hold for

EPOCHS_FILE = "epochs.json"

_CODE = re.compile(r"E([0-9]{4})([a-z]?)")


def day_named(stem: str) -> date | None:
    """Give the day that a file is named after; None for any other name, and for a day before the calendar.

    >>> day_named("2026-10-12"), day_named("0001-01-01"), day_named("abcd-ef-gh"), day_named("20261012")
    (datetime.date(2026, 10, 12), None, None, None)
    """
    try:
        day = date.fromisoformat(stem)
    except ValueError:
        return None
    return day if day >= ORIGIN and day.isoformat() == stem else None


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


def quarter_start(day: date) -> date:
    """Give the first day of the calendar quarter that holds `day`.

    >>> quarter_start(date(2026, 12, 6))
    datetime.date(2026, 10, 1)
    """
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def quarter_told(day: date) -> date | None:
    """Give the first day of the quarter that the vintage of `day` tells of; None for all other days.

    A quarter is told once, by the last day of the last block of four weeks that ends in it. A quarter has 90 to 92 days
    and a block 28, so that three or four end in each and one of them is the last.

    >>> quarter_told(date(2026, 12, 6)), quarter_told(date(2026, 11, 8)), quarter_told(date(2026, 12, 31))
    (datetime.date(2026, 10, 1), None, None)
    """
    is_last = is_last_day_of_block(day) and quarter_start(day + timedelta(days=BLOCK_DAYS)) != quarter_start(day)
    return quarter_start(day) if is_last else None


def outer_window(period: str, start: date) -> tuple[str, date] | None:
    """Give the fixed window (week, block) that holds a day or a week; None for a block.

    >>> outer_window("day", date(2026, 10, 14)), outer_window("week", date(2026, 10, 19))
    (('week', datetime.date(2026, 10, 12)), ('block', datetime.date(2026, 10, 12)))
    """
    if period == "day":
        return "week", week_start(start)
    return ("block", block_start(start)) if period == "week" else None


def inner_windows(period: str, start: date) -> list[tuple[str, date]]:
    """Give the days of a week, or the weeks of a block; a day holds none.

    >>> len(inner_windows("week", date(2026, 10, 12))), inner_windows("block", date(2026, 10, 12))[-1]
    (7, ('week', datetime.date(2026, 11, 2)))
    """
    if period == "week":
        return [("day", start + timedelta(days=offset)) for offset in range(7)]
    if period == "block":
        return [("week", start + timedelta(days=offset)) for offset in range(0, BLOCK_DAYS, 7)]
    return []


def epoch_code(day: date) -> str:
    """Give the code of the key epoch of 13 weeks that holds `day` by the calendar.

    Raises:
        DayBeforeCalendar: `day` lies before the first epoch.

    >>> epoch_code(date(2026, 10, 12))
    'E0003'
    """
    if day < ORIGIN:
        raise DayBeforeCalendar(day)
    return f"E{(day - ORIGIN).days // EPOCH_DAYS:04d}"


def epoch_start(code: str) -> date:
    """Give the first day (a Monday) of the 13 weeks that an epoch belongs to.

    Raises:
        WrongUse: `code` does not look like E0003 or E0003a.

    >>> epoch_start("E0003")
    datetime.date(2026, 10, 5)
    """
    found = _CODE.fullmatch(code)
    if not found:
        raise WrongUse("An epoch is written as E and four digits, e.g. E0003. Ask for a day's epoch with epoch_code.")
    return ORIGIN + timedelta(days=int(found[1]) * EPOCH_DAYS)


def epoch_end(code: str) -> date:
    """Give the last day (a Sunday, included) of the 13 weeks that an epoch belongs to."""
    return epoch_start(code) + timedelta(days=EPOCH_DAYS - 1)


@dataclass(frozen=True, slots=True)
class Epochs:
    """Which key epoch a day lies in: 13 weeks by the calendar, or less where a new key was started early.

    `early` gives the first day of each epoch that did not start by the calendar: E0003a is the first new key within
    the 13 weeks of E0003, E0003b the next.
    """

    early: Mapping[str, date] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Place) -> Self:
        """Read early starts from a file of {"E0003a": "2026-11-10"}; none where there is no file.

        Raises:
            CalendarDamaged: it is not such a file.
        """
        try:
            said = json.loads(path.read_bytes().decode("ascii"))
            early = {code: date.fromisoformat(day) for code, day in said.items()}
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise CalendarDamaged(path) from None
        if not all(_CODE.fullmatch(code) for code in early):
            raise CalendarDamaged(path)
        return cls(early)

    def save(self, path: Place) -> None:
        """Write them, whole or not at all.

        Raises:
            StorageFull, ExchangeFailed: they cannot be written; what was there still is.
        """
        write(path, json.dumps({code: day.isoformat() for code, day in sorted(self.early.items())}).encode("ascii"))

    def code(self, day: date) -> str:
        """Give the code of the epoch that holds `day`.

        >>> started = Epochs({"E0003a": date(2026, 11, 10)})
        >>> started.code(date(2026, 11, 9)), started.code(date(2026, 11, 10)), started.code(date(2027, 1, 4))
        ('E0003', 'E0003a', 'E0004')
        """
        scheduled = epoch_code(day)
        started = [code for code, start in self.early.items() if code.startswith(scheduled) and start <= day]
        return max(started, default=scheduled)

    def start(self, code: str) -> date:
        """Give the first day of an epoch."""
        return self.early[code] if code in self.early else epoch_start(code)

    def ahead(self, day: date) -> tuple[str, ...]:
        """Give the epochs of `day` and after it whose keys are made ahead, each with spares for early starts.

        >>> Epochs().ahead(date(2026, 10, 12))[:5]
        ('E0003', 'E0003a', 'E0003b', 'E0003c', 'E0004')
        """
        first = self.code(day)
        number = (day - ORIGIN).days // EPOCH_DAYS
        codes = [f"E{n:04d}{spare}" for n in range(number, number + EPOCHS_AHEAD + 1) for spare in ("", *SPARES)]
        return (first, *(code for code in codes if code > first))

    def next_early(self, day: date) -> str:
        """Give the code that an epoch started early on `day` would get.

        Raises:
            WrongUse: 26 were started in these 13 weeks already.
        """
        code = self.code(day)
        if code.endswith("z"):
            raise WrongUse("So many keys were started in these 13 weeks that there is no name left for another.")
        return f"{code}a" if code[-1].isdigit() else f"{code[:-1]}{chr(ord(code[-1]) + 1)}"
