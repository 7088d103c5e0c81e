import pytest

from warehouse.areas import (
    FOCUS,
    MOVEMENT_STATES,
    REGION,
    all_areas,
    area_parents,
    municipalities,
    municipality,
    state_of,
)
from warehouse.errors import UnknownArea


def test_the_table_is_whole():
    everyone = municipalities()
    assert len(everyone) == len({m.code for m in everyone}) == 342
    assert len({m.corop_code for m in everyone}) == 40
    assert len({m.province for m in everyone}) == 12
    assert sum(m.population for m in everyone) == pytest.approx(17_942_942)
    assert all(50.7 < m.latitude < 53.6 and 3.3 < m.longitude < 7.3 for m in everyone)


def test_enschede_lies_in_twente():
    assert municipality(FOCUS).name == "Enschede"
    assert area_parents(FOCUS) == (REGION, "PV-Overijssel", "NL")
    assert sum(m.corop_code == REGION for m in municipalities()) == 14


def test_every_area_has_its_parent_and_a_state():
    codes = {area.code for area in all_areas()}
    assert len(codes) == len(all_areas()) == 2 + 12 + 40 + 342 + 4
    assert all(area.parent is None or area.parent in codes for area in all_areas())
    assert {state_of(m.code) for m in municipalities()} | {"DE"} == set(MOVEMENT_STATES)
    assert set(MOVEMENT_STATES) <= codes


def test_populations_add_up():
    by_level: dict[str, int] = {}
    for area in all_areas():
        if area.population and area.code != "NL":
            by_level[area.level] = by_level.get(area.level, 0) + area.population
    focus = municipality(FOCUS).population
    total = sum(m.population for m in municipalities())
    assert by_level["corop"] == by_level["province"] == by_level["municipality"] == total
    assert by_level["state"] == total - focus


@pytest.mark.parametrize("code", ["GM9999", "GM", "GM0153x"])
def test_an_unknown_municipality_has_a_name(code):
    for ask in (state_of, area_parents, municipality):
        with pytest.raises(UnknownArea):
            ask(code)
