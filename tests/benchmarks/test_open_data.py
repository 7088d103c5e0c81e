"""The battery of open data: what it makes of figures whose truth is known."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from warehouse.protection.open_mechanism import BELOW

FILE = Path(__file__).parents[2] / "benchmarks" / "protection" / "open_data.py"


@pytest.fixture(scope="module")
def battery() -> Iterator[ModuleType]:
    before, path = set(sys.modules), list(sys.path)
    spec = importlib.util.spec_from_file_location("battery_open_data", FILE)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    yield loaded
    sys.path[:] = path
    for name in {"checks", "stored", "bench", "worlds"} & (set(sys.modules) - before):
        del sys.modules[name]


def test_errors_and_shares_are_by_what_is_there(battery):
    truth = np.array([[5, 5, 30, 30], [5, 5, 30, 50]])
    shown = np.array([[BELOW, BELOW, 33, BELOW], [BELOW, 24, 27, 51]])
    found = {(check.scenario, check.figure): check for check in battery._of_table("municipality", truth, shown)}
    assert found["municipality, 0-9", "share printed"].value == 0.25
    assert found["municipality, 0-9", "share printed"].missed
    assert ("municipality, 0-9", "mean absolute error") not in found
    assert found["municipality, 23-39", "share printed"].value == pytest.approx(2 / 3)
    assert found["municipality, 23-39", "mean absolute error"].value == 3
    assert found["municipality, 23-39", "mean error"].value == 0
    assert found["municipality, 40-79", "mean absolute error"].bar == 3


def test_the_market_is_in_proportion_and_has_a_seed(battery):
    one, again = (np.stack(list(battery.weeks(20, 5))) for _ in range(2))
    assert (one == again).all()
    focus = [each.code for each in battery.municipalities()].index("GM0153")
    assert one[:, focus].sum(axis=1).mean() == pytest.approx(80, abs=8)


def test_a_slice_holds_its_bars(battery):
    checks = battery.utility(3, 5)
    # Errors of 3 weeks are chance; that small cells stay hidden and large ones are shown is law.
    assert not [check for check in checks if check.missed and check.figure == "share printed"]
