"""A day that suffers faults: whatever dies, fills up or is started twice, a further run makes it as if nothing happened.

In each run a kill halfway collecting and reading, two at once and a break; the whole table (`benchmarks/faults/table.py`)
is `full`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "warehouse"))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import breaks
import faults
import rig as rigs

MORNING = ("collect", "read")


@pytest.fixture(scope="module")
def rig() -> Iterator[rigs.Rig]:
    with rigs.made() as rig:
        yield rig


@pytest.fixture(scope="module")
def morning(rig) -> faults.Day:
    return faults.Day(rig, MORNING)


@pytest.fixture(scope="module")
def day(rig) -> faults.Day:
    return faults.Day(rig)


def held(rows: Iterator[faults.Row]) -> None:
    for row in rows:
        if not row.tried:
            pytest.skip(f"NOT TESTED: {row.fault}, for no disk may be mounted here")
        assert not row.failures, row


@pytest.mark.parametrize("step", MORNING)
def test_killed_halfway(morning, step):
    row = faults.one_kill(morning, step)
    assert row.held, row


def test_two_at_once(morning):
    row = morning.row("two at once", "read", {"both": faults.simply("read", times=2)})
    assert row.held, row


def test_a_break_is_seen(morning):
    name = "unlink before commit"
    assert any(breaks.SHOWS[name][2] in each for each in faults.is_red(morning, name))


@pytest.mark.full
def test_a_day_is_worth_the_faults(day):
    """Something comes of every step, so that a loss would show."""
    for step in faults.STEPS:
        assert day.passed[step], step
        assert day.before[step] != day.after[step], step
    assert day.after["publish"].mail == {"sent": len(rigs.RECIPIENTS)}
    assert not any(name.endswith(".spool") for name in day.after["read"].files)


@pytest.mark.full
@pytest.mark.parametrize(
    "fault",
    [
        *(faults.kills, faults.everything_dies, faults.server_restarts, faults.twice_at_once, faults.clock_jumps),
        *(faults.source_fails, faults.mail_fails, faults.disk_full, faults.read_only, faults.broken_on_purpose),
    ],
    ids=lambda fault: fault.__name__,
)
def test_all_of(day, fault):
    held(fault(day))


@pytest.mark.full
def test_the_night_of_winter_time(day):
    held(faults.nights(day, faults.AUTUMN))


@pytest.mark.full
def test_the_night_of_summer_time():
    with rigs.made(rigs.SUMMER_TIME) as rig:
        held(faults.nights(faults.Day(rig, faults.WHOLE), faults.SPRING))
