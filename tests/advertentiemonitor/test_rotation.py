"""The rotation drill in small: a market with an epoch's end in it is estimated as the same market without."""

import sys
from pathlib import Path

import pytest

KEEPING = Path(__file__).parents[2] / "benchmarks" / "keeping"


@pytest.fixture(scope="module")
def drill():
    sys.path.insert(0, str(KEEPING))
    try:
        import rotation
    finally:
        sys.path.remove(str(KEEPING))
    return rotation


@pytest.mark.parametrize("early", [False, pytest.param(True, marks=pytest.mark.full)], ids=["by the calendar", "early"])
@pytest.mark.full
def test_level_and_movement_over_a_rotation_are_as_without(drill, tmp_path_factory, early):
    plain, turned = drill.worlds(seed=2, scale=0.12, blocks=1)
    turn = drill.turn_of(plain)
    days = (turn - 1, turn, turn + 6, turn + 7, plain.days - 1)
    runs = []
    for settings in (plain, plain if early else turned):
        folder = tmp_path_factory.mktemp("drill")
        runs.append(drill.run(folder, settings, early=early and bool(runs), days=days))
        drill.Server(folder).destroy()
    told = drill.compare(*runs, turn)
    assert told["before: counts that differ"] == 0
    assert told["bridge: rows missing"] == told["after: rows missing"] == 0
    assert told["bridge: figures lost"] == told["after: figures lost"] == told["movement: flows lost"] == 0
    assert abs(told["bridge: bias of counts, %"]) < 3
    assert abs(told["after: bias of counts, %"]) < 3
    assert told["movement: observed changes, rotated"] == pytest.approx(
        told["movement: observed changes, plain"], rel=0.1
    )
