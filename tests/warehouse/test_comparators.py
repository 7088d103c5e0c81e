"""Who is held against whom: rules on facts."""

import pytest

from warehouse import comparators
from warehouse.areas import municipalities, municipality
from warehouse.errors import WrongUse

EVERYONE = frozenset(one.code for one in municipalities())


def test_comparators_are_far_and_alike_and_nobody_else():
    chosen = comparators.chosen("GM0153", EVERYONE)
    own = municipality("GM0153")
    assert len(chosen) == len(set(chosen)) == comparators.MAXIMUM
    for code in chosen:
        assert comparators.distance_km(own, municipality(code)) > comparators.FAR_KM
    ratios = [municipality(code).population / own.population for code in chosen]
    assert all(1 / comparators.SIZE_FACTOR <= ratio <= comparators.SIZE_FACTOR for ratio in ratios)
    assert "GM0363" not in chosen  # Amsterdam is six times as large
    fewer = comparators.chosen("GM0153", EVERYONE - {chosen[0]})
    assert fewer[: len(chosen) - 1] == chosen[1:]


def test_neighbours_are_near_and_usable_the_nearest_first():
    found = comparators.neighbours("GM0153", EVERYONE - {"GM0141"})
    assert {"GM0164", "GM0158"} <= set(found)
    assert not {"GM0153", "GM0141", "GM0193"} & set(found)
    own = municipality("GM0153")
    away = [comparators.distance_km(own, municipality(code)) for code in found]
    assert away == sorted(away)
    assert away[-1] <= comparators.NEIGHBOUR_KM
    assert not set(found) & set(comparators.chosen("GM0153", EVERYONE))


def test_regions_near_by_or_with_an_event_are_out():
    regions = {one.corop_code for one in municipalities()}
    found = comparators.chosen_regions("GM0153", regions, ["GM0106"])
    assert not {"CR12", municipality("GM0106").corop_code} & set(found)
    assert "CR23" in found


@pytest.mark.parametrize("text", ["Enschede", " enschede", "GM0153", "gm0153"])
def test_a_municipality_is_known_by_name_and_code(text):
    assert comparators.named(text).code == "GM0153"


def test_who_is_unknown_is_told_what_is_alike():
    with pytest.raises(WrongUse, match="Perhaps Hilversum"):
        comparators.named("Hilversem")


def test_two_of_one_name_are_told_apart_by_their_codes():
    with pytest.raises(WrongUse, match=r"GM0373 \(Noord-Holland\) and GM0893 \(Limburg\). Write its code"):
        comparators.named("bergen")
    assert comparators.named("gm0893").province == "Limburg"
