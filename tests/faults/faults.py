"""Every fault that is tried on the steps of a day, in the order of the table."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "warehouse"))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import clocks
import disks
import dying
import networks
import outage
import reddening
import rig as rigs
from trials import Day, Row


def autumn(day: Day) -> Iterator[Row]:
    """The day of the rig is that of winter time."""
    return clocks.nights(day, clocks.AUTUMN)


def spring() -> Iterator[Row]:
    """The night of summer time, on a market of its own."""
    with rigs.made(rigs.SUMMER_TIME) as rig:
        yield from clocks.nights(Day(rig, rigs.WHOLE), clocks.SPRING)


KINDS: dict[str, Callable[[Day], Iterator[Row]]] = {
    each.__name__: each
    for each in (
        *(reddening.broken_on_purpose, networks.source_fails, networks.mail_fails, outage.three_days, autumn),
        *(dying.night_of_deaths, dying.everything_dies, dying.server_restarts, dying.twice_at_once),
        *(clocks.calendar_jumps, clocks.an_hour_back, disks.disk_full, disks.read_only, dying.kills),
    )
}


def all_of(only: str | None = None) -> Iterator[Row]:
    """The whole table, or the rows of one kind, row by row as it is measured."""
    if only != spring.__name__:
        with rigs.made() as rig:
            day = Day(rig)
            for name, rows in KINDS.items():
                if only in {None, name}:
                    yield from rows(day)
    if only in {None, spring.__name__}:
        yield from spring()
