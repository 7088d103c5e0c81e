import json
from datetime import date

import pytest

from simulation.errors import DayOutsideWorld, WrongSettings
from simulation.settings import Canaries, Policy, WorldSettings


def test_settings_survive_json() -> None:
    settings = WorldSettings(seed=5, days=3, canaries=Canaries(("+31620009001",), ("Een zin.",), 7))
    assert WorldSettings.from_dict(settings.to_dict()) == settings


def test_a_policy_survives_json_and_none_leaves_no_trace() -> None:
    settings = WorldSettings(policy=Policy("GM0153", date(2026, 10, 20), "relaxed", 0.2, is_displacing=True))
    assert WorldSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
    assert "policy" not in WorldSettings().to_dict()


def test_a_policy_lies_within_its_world_and_its_effect_within_reason() -> None:
    with pytest.raises(DayOutsideWorld):
        WorldSettings(policy=Policy("GM0153", date(2027, 10, 20)))
    with pytest.raises(WrongSettings):
        Policy("GM0153", date(2026, 10, 20), effect=1.2)


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
