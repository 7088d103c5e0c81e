"""Dutch public holidays, on which fewer or other people advertise than on the same weekday of other weeks."""

from datetime import date, timedelta


def easter(year: int) -> date:
    """Give Easter Sunday.

    Source: the anonymous Gregorian algorithm (Meeus 1991, Astronomical Algorithms, chapter 8).

    >>> easter(2026), easter(2027)
    (datetime.date(2026, 4, 5), datetime.date(2027, 3, 28))
    """
    century, rest = divmod(year, 100)
    golden = year % 19
    shift = century - century // 4 - (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + shift + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    month, day = divmod(moon + weekday - 7 * ((golden + 11 * moon + 22 * weekday) // 451) + 114, 31)
    return date(year, month, day + 1)


def is_holiday(day: date) -> bool:
    """Tell whether a day is a public holiday in the Netherlands: those on fixed days, and those that go by Easter.

    >>> is_holiday(date(2026, 4, 27)), is_holiday(date(2026, 5, 14)), is_holiday(date(2026, 5, 15))
    (True, True, False)
    """
    kings_day = date(day.year, 4, 27)
    fixed = [
        date(day.year, 1, 1),
        kings_day - timedelta(days=1) if kings_day.weekday() == 6 else kings_day,
        date(day.year, 5, 5),
        date(day.year, 12, 25),
        date(day.year, 12, 26),
    ]
    moving = [easter(day.year) + timedelta(days=n) for n in (0, 1, 39, 49, 50)]
    return day in (*fixed, *moving)
