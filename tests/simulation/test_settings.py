from datetime import date

import pytest

from simulation.errors import DayOutsideWorld, WrongSettings
from simulation.settings import Canaries, WorldSettings


def test_settings_survive_json() -> None:
    settings = WorldSettings(seed=5, days=3, canaries=Canaries(("+31620009001",), ("Een zin.",), 7))
    assert WorldSettings.from_dict(settings.to_dict()) == settings


@pytest.mark.parametrize(
    "wrong", [{"seed": -1}, {"days": 0}, {"scale": 0.0}, {"outage_rate": 1.5}, {"ghost_lag_days": -1}]
)
def test_impossible_settings_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(WrongSettings):
        WorldSettings(**wrong)


def test_a_day_outside_the_world_is_refused_with_the_way_out() -> None:
    with pytest.raises(DayOutsideWorld, match="2026-10-12 to 2026-11-08"):
        WorldSettings().index_of(date(2026, 11, 9))


def test_canaries_are_not_shown() -> None:
    assert "31620009001" not in repr(WorldSettings(canaries=Canaries(("+31620009001",), ("Een zin.",))))
