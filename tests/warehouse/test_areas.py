import numpy as np
import pytest

from warehouse.areas import (
    COARSE_STATES,
    ENTRY,
    EVERYWHERE,
    EXIT,
    FOCUS,
    MOVEMENT_STATES,
    REGION,
    all_areas,
    area_parents,
    around,
    coarser,
    municipalities,
    municipality,
    state_distances,
    state_of,
    states_in,
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
    assert len(codes) == len(all_areas()) == 2 + 12 + 40 + 342 + 9
    assert all(area.parent is None or area.parent in codes for area in all_areas())
    assert {state_of(m.code) for m in municipalities()} | {"DE"} == set(MOVEMENT_STATES)
    assert {code for state in MOVEMENT_STATES for code in around(state)} <= codes


def test_populations_add_up():
    by_level: dict[str, int] = {}
    for area in all_areas():
        if area.population and area.code != "NL":
            by_level[area.level] = by_level.get(area.level, 0) + area.population
    people = {area.code: area.population or 0 for area in all_areas()}
    total = sum(m.population for m in municipalities())
    assert by_level["corop"] == by_level["province"] == by_level["municipality"] == total
    for states in (MOVEMENT_STATES, COARSE_STATES):
        assert sum(people[state] for state in states) == total
    for state in COARSE_STATES:
        assert sum(people[part] for part in states_in(state)) == people[state]


def test_states_lie_in_ever_wider_areas():
    for state in MOVEMENT_STATES:
        chain = around(state)
        assert chain[-1] == EVERYWHERE
        assert coarser(EVERYWHERE) is None
        assert [coarser(code) for code in chain] == [*chain[1:], None]
        sizes = [len(states_in(code)) for code in chain]
        assert sizes == sorted(set(sizes)) or state in COARSE_STATES
    assert states_in(EVERYWHERE) == MOVEMENT_STATES
    assert [state for area in COARSE_STATES for state in states_in(area)] == list(MOVEMENT_STATES)
    assert (coarser(ENTRY), states_in(EXIT)) == (None, (EXIT,))
    for ask in (coarser, around, states_in):
        with pytest.raises(UnknownArea):
            ask("CR12")


def test_distances_between_states():
    """Symmetric, as the map says, and a state is nearer to itself than to any other."""
    km = state_distances()
    place = {state: number for number, state in enumerate(MOVEMENT_STATES)}
    assert km.shape == (len(MOVEMENT_STATES),) * 2
    np.testing.assert_allclose(km, km.T)
    # Enschede - Hengelo as the crow flies, by the coordinates of the table.
    assert km[place["GM0153"], place["GM0164"]] == pytest.approx(6.2, abs=0.1)
    assert km[place["GM0153"]].argsort().tolist()[:2] == [place["GM0153"], place["GM0164"]]
    assert km[place["GM0141"], place["CR12R"]] > 10  # around it, not next to it
    assert km[place["DE"], place["PVX"]] == km.max()
    others = km + np.diag(np.full(len(km), np.inf))
    np.testing.assert_allclose(others.min(axis=1), 2 * km.diagonal())


@pytest.mark.parametrize("code", ["GM9999", "GM", "GM0153x"])
def test_an_unknown_municipality_has_a_name(code):
    for ask in (state_of, area_parents, municipality):
        with pytest.raises(UnknownArea):
            ask(code)
