"""Processes that die, are stopped, or are started twice."""

from collections.abc import Iterator

from points import chosen, spread
from rig import WHOLE
from trials import Day, Row, at_point, halfway, measured, simply

WITH_DATABASE = ("read", "estimate", "release", "publish", "rotate_keys", "retention")


def kills(day: Day, more: int = 1) -> Iterator[Row]:
    """SIGKILL at the named points of each step and `more` others."""
    for step in day.steps:
        found = chosen(step, day.passed[step]) + spread(step, day.passed[step], more)
        yield day.row("SIGKILL", step, {f"{p.victim} {p.label} {p.number}": at_point(p) for p in found})


def one_kill(day: Day, step: str) -> Row:
    """SIGKILL halfway a step."""
    return day.row("SIGKILL", step, halfway(day, step, "kill"))


def everything_dies(day: Day) -> Iterator[Row]:
    """Power fails: server, helper, crawl and stage die at once."""
    for step in day.steps:
        yield day.row("power loss", step, halfway(day, step, "power"))


def night_of_deaths(day: Day) -> Iterator[Row]:
    """Every step of one day is killed halfway and taken again before the next: at the end all is as it should be."""
    with measured("power loss at each step", "the whole day") as row:
        day.rig.take(WHOLE[0])
        for step in WHOLE:
            row.tried += 1
            row.failures += [f"{step}: {each}" for each in halfway(day, step, "power")["power"](day.rig)]
            row.failures += [f"{step}: {each}" for each in day.again(step, step)]
    yield row


def server_restarts(day: Day) -> Iterator[Row]:
    """The server is stopped under each step that uses it; the step ends well or with an error of ours."""
    for step in day.steps:
        if step in WITH_DATABASE:
            yield day.row("database restart", step, halfway(day, step, "immediate", "fast"))


def twice_at_once(day: Day) -> Iterator[Row]:
    """Two schedulers start the same step of the same day."""
    for step in day.steps:
        yield day.row("two at once", step, {"both": simply(step, times=2)})
