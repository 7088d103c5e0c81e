"""A day that suffers faults: whatever dies, fills up or is started twice, a further run makes it as if nothing happened.

In each run a kill halfway reading, two at once and a break; the whole table (`make faults`) is `full`.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "warehouse"))
sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

import breaks
import dying
import faults
import reddening
import rig as rigs
import trials

MORNING = ("collect", "read")


@pytest.fixture(scope="module")
def morning() -> Iterator[trials.Day]:
    with rigs.made(lived=MORNING) as rig:
        yield trials.Day(rig, MORNING)


@pytest.fixture(scope="module")
def day() -> Iterator[trials.Day]:
    with rigs.made() as rig:
        yield trials.Day(rig)


def held(rows: Iterator[trials.Row]) -> None:
    for row in rows:
        if not row.tried:
            pytest.skip(f"NOT TESTED: {row.fault}, for nothing may be mounted here")
        assert not row.failures, row


@pytest.mark.full
def test_killed_halfway(morning):
    row = dying.one_kill(morning, "read")
    assert row.held, row


@pytest.mark.full
def test_two_at_once(morning):
    row = morning.row("two at once", "read", {"both": trials.simply("read", times=2)})
    assert row.held, row


@pytest.mark.full
def test_a_break_is_seen(morning):
    name = "unlink before commit"
    assert any(breaks.SHOWS[name][2] in each for each in reddening.is_red(morning, name))


@pytest.mark.full
def test_a_day_is_worth_the_faults(day):
    """Something comes of every step, so that a loss would show."""
    for step in rigs.STEPS:
        assert day.passed[step], step
        assert day.before[step] != day.after[step], step
    assert day.after["publish"].mail == {"sent": len(rigs.RECIPIENTS)}
    assert not any(name.endswith(".spool") for name in day.after["read"].files)


@pytest.mark.full
@pytest.mark.parametrize("name", faults.KINDS)
def test_all_of(day, name):
    held(faults.KINDS[name](day))


@pytest.mark.full
def test_the_night_of_summer_time():
    held(faults.spring())
