from datetime import timedelta

import pytest

from simulation.errors import DayOutsideWorld, UnknownArea, UnknownSite
from simulation.settings import SITE_NAMES
from simulation.towns import STATES, towns
from simulation.truth import EXIT, NEW
from simulation.world import World


def test_areas_nest(world: World) -> None:
    truth, first, last = world.truth, world.days[0], world.days[-1]
    for day in (first, last):
        one = {area: truth.advertisers(area, day, day) for area in truth.areas}
        assert one["GM0153"] + one["CR12X"] == one["CR12"]
        assert one["CR12"] + one["NLX"] == one["NL"]
        assert one["CR12"] <= one["PV-Overijssel"] <= one["NL"]
    assert truth.advertisers("GM0153", first, last) > truth.advertisers("GM0153", first, first)


def test_settings_and_languages_add_up(world: World) -> None:
    truth, first, last = world.truth, world.days[0], world.days[-1]
    total = truth.advertisers("CR12", first, last)
    assert sum(truth.advertisers("CR12", first, last, s) for s in ("home", "club", "escort")) == total
    assert sum(truth.languages("CR12", first, last).values()) == total


def test_moves_balance_the_books(world: World) -> None:
    """Present on the last day = present on the first + came - went, once those on a break are counted where they were."""
    truth, first, last = world.truth, world.days[0], world.days[-1]
    for state in STATES:

        def standing(index: int, state: str = state) -> int:
            count = 0
            for person in world._people:
                past = [stay for stay in person.stays if stay.first <= index]
                gone = person.exit_day is not None and person.exit_day <= index
                count += bool(past) and not gone and towns()[past[-1].town].state == state
            return count

        came = sum(truth.moves(origin, state, first + timedelta(days=1), last) for origin in (NEW, *STATES))
        went = sum(truth.moves(state, to, first + timedelta(days=1), last) for to in (*STATES, EXIT))
        assert standing(27) == standing(0) + came - went


def test_weekly_moves_are_fewer_but_alike(world: World) -> None:
    truth, first, last = world.truth, world.days[0], world.days[-1]
    pairs = [(a, b) for a in STATES for b in STATES if a != b]
    daily = sum(truth.moves(a, b, first, last) for a, b in pairs)
    weekly = sum(truth.weekly_moves(a, b, first, last) for a, b in pairs)
    assert 0.5 * daily < weekly <= daily


def test_dwell_tells_carousel_from_residents(world: World) -> None:
    spells = world.truth.dwell("GM0153", world.days[0], world.days[-1])
    assert all(spell.last >= world.days[0] for spell in spells)
    whole = [spell.days for spell in spells if not spell.is_left_censored and not spell.is_right_censored]
    assert sum(7 <= days <= 10 for days in whole) > len(whole) / 2
    assert any(spell.is_left_censored for spell in spells)


def test_nearby_flows_are_larger_than_far_ones_of_the_same_size(world: World) -> None:
    truth, first, last = world.truth, world.days[0], world.days[-1]
    near = truth.moves("GM0153", "CR12X", first, last) / sum(t.advertisers for t in towns() if t.state == "CR12X")
    far = truth.moves("GM0153", "NLX", first, last) / sum(t.advertisers for t in towns() if t.state == "NLX")
    assert near > 2 * far


def test_each_advertisement_names_where_its_author_is_or_was(world: World) -> None:
    truth, day = world.truth, world.days[10]
    for name in SITE_NAMES:
        for ad in world.site(name).listings(day):
            area = truth.area_of_ad(name, ad.listing_id, day)
            owner = truth.ad_identity(name, ad.listing_id)
            if owner is not None:
                assert area in {towns()[stay.town].area_code for stay in world._people[owner].stays}
        assert 0 <= truth.ghosts(name, day) < 0.2 * len(world.site(name).listings(day))


def test_wrong_questions_are_refused(world: World) -> None:
    truth, day = world.truth, world.days[0]
    with pytest.raises(UnknownArea):
        truth.advertisers("GM9999", day, day)
    with pytest.raises(UnknownArea):
        truth.moves("CR12", "DE", day, day)
    with pytest.raises(DayOutsideWorld):
        truth.advertisers("NL", day - timedelta(days=1), day)
    with pytest.raises(UnknownSite):
        truth.identities("nl_elders")
    with pytest.raises(KeyError) as caught:
        truth.ad_identity("nl_kaartjes", "12345")
    assert "12345" not in str(caught.value)
