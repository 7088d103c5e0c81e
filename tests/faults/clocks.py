"""Clocks that jump, and the two nights in which the local clock is changed."""

from collections.abc import Iterator
from datetime import timedelta

from rig import WHOLE
from trials import Day, Row, halfway, measured, simply

CALENDARS = {"a year ahead": 365, "a day back": -1}
AUTUMN = ("2026-10-25T00:30+02:00", "2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00")
SPRING = ("2027-03-28T00:30+01:00", "2027-03-28T01:59+01:00", "2027-03-28T03:01+02:00", "2027-03-28T23:30+02:00")


def calendar_jumps(day: Day) -> Iterator[Row]:
    """The calendar is wrong for one run: nothing is destroyed or fetched by it, and mail goes out once all the same."""
    for step in day.steps:
        if step != "retention":  # its day is one that a person gave
            wrong = {name: (day.rig.day_of(step) + timedelta(days)).isoformat() for name, days in CALENDARS.items()}
            yield day.row("clock jump", step, {name: simply(step, {"market_today": on}) for name, on in wrong.items()})


def an_hour_back(day: Day) -> Iterator[Row]:
    """Halfway a step the wall clock goes back an hour."""
    for step in day.steps:
        yield day.row("an hour back during a day", step, halfway(day, step, "clock"))


def nights(day: Day, moments: tuple[str, ...]) -> Iterator[Row]:
    """The night in which the clock changes: by the wall clock, whichever hour it is, the local day is the same."""
    last = WHOLE[-1]
    with measured("DST night", "the whole day") as row:
        for moment in moments:
            row.tried += 1
            day.rig.take(WHOLE[0])
            with day.rig.server():
                for step in WHOLE:
                    told = simply(step, {"market_today": None}, clock=moment, must="succeed")(day.rig)
                    row.failures += [f"{moment}, {step}: {each}" for each in told]
            row.failures += [f"{moment}: {each}" for each in day.again(last, last)]
    yield row
