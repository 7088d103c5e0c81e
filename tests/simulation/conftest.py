"""Worlds are cheap to read and take half a second to make: one for all tests that only look."""

from collections.abc import Iterator

import pytest

from simulation.serve import Market
from simulation.world import World, WorldSettings, generate


@pytest.fixture(scope="session")
def world() -> World:
    return generate(WorldSettings(seed=1))


@pytest.fixture(scope="session")
def quiet_world() -> World:
    """A small world without outages."""
    return generate(WorldSettings(seed=7, days=10, scale=0.3, outage_rate=0.0, partial_rate=0.0, layout_change="none"))


@pytest.fixture(scope="session")
def market(quiet_world: World) -> Iterator[Market]:
    with Market(quiet_world, (0, 0, 0, 0)) as served:
        yield served
