from datetime import timedelta
from math import isnan

import pytest

from simulation.errors import DayOutsideWorld, UnknownArea, UnknownSite
from simulation.population import Advertiser, Stay
from simulation.settings import SITE_NAMES, WorldSettings
from simulation.towns import towns
from simulation.truth import Truth
from simulation.world import World
from warehouse.areas import COARSE_STATES, EXIT, states_in
from warehouse.areas import ENTRY as NEW
from warehouse.areas import MOVEMENT_STATES as STATES


def test_areas_nest(world: World) -> None:
    truth, first, last = world.truth, world.days[0], world.days[-1]
    for day in (first, last):
        one = {area: truth.advertisers(area, day, day) for area in truth.areas}
        assert one["GM0153"] + one["CR12X"] == one["CR12"]
        assert one["CR12"] + one["NLX"] == one["NL"] == one["NLR"]
        assert sum(one[state] for state in STATES) == one["ALLX"]
        for area in COARSE_STATES:
            assert sum(one[state] for state in states_in(area)) == one[area]
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


@pytest.mark.parametrize("count", ["moves", "weekly_moves"])
def test_moves_between_wide_areas_are_those_between_their_parts(world: World, count: str) -> None:
    """Where areas overlap the larger is meant without the other; moves inside one area are none of it."""
    ask, first, last = getattr(world.truth, count), world.days[0], world.days[-1]
    fine = {(a, b): ask(a, b, first, last) for a in (NEW, *STATES) for b in (*STATES, EXIT)}
    assert not any(fine[state, state] for state in STATES)
    ends = (*COARSE_STATES, "GM0164", "PVX", "NLR", "ALLX")
    for origin in (NEW, *ends):
        for destination in (*ends, EXIT):
            a, b = set(states_in(origin)), set(states_in(destination))
            a, b = (a - b, b) if len(a) >= len(b) else (a, b - a)
            assert ask(origin, destination, first, last) == sum(fine.get((i, j), 0) for i in a for j in b)
    assert ask("CR12", "GM0363", first, last) + ask("PV-Overijssel", "NLX", first, last) > 0
    assert ask("NL", "GM0153", first, last) == ask("NLR", "GM0153", first, last)


PLACE = {town.name: number for number, town in enumerate(towns())}


def known(*people: list[tuple[str, int, int]], since: int | None = None, gone: bool = False) -> Truth:
    """Make the truth of a world of 28 days, a Monday first, with these stays (place, first day, last day)."""
    made = [
        Advertiser(
            number, "home", "nl", False, "x", (), "plain", 0.0, stays[0][1] if since is None else since,
            tuple(Stay(PLACE[name], first, last) for name, first, last in stays), stays[-1][2] + 1 if gone else None,
        )
        for number, stays in enumerate(people)
    ]  # fmt: skip
    return Truth(WorldSettings(), made, {})


FIRST, LAST = WorldSettings().first_day, WorldSettings().last_day


def test_a_week_counts_for_where_most_days_were() -> None:
    """Three days in Enschede and four in two places around it: the rest of Twente, and there the place of three days."""
    truth = known([("Enschede", -7, 2), ("Oldenzaal", 3, 3), ("Borne", 4, 6), ("Amsterdam", 7, 20)])
    assert truth.weekly_moves("GM0153", "CR12R", FIRST, LAST) == 1
    assert truth.weekly_moves("GM0153", "GM0147", FIRST, LAST) == 1
    assert truth.weekly_moves("GM0147", "GM0363", FIRST, LAST) == 1
    assert truth.weekly_moves("GM0153", "GM0173", FIRST, LAST) == 0
    assert truth.moves("GM0153", "GM0173", FIRST, LAST) == 1


def test_of_two_equal_places_the_later_counts() -> None:
    truth = known([("Hengelo", -7, -1), ("Almelo", 0, 2), ("Enschede", 4, 6), ("Hengelo", 7, 20)])
    assert truth.weekly_moves("GM0164", "GM0153", FIRST, LAST) == 1


def test_the_later_week_of_a_weekly_move_lies_in_the_window() -> None:
    truth = known([("Enschede", -7, -1), ("Hengelo", 0, 6), ("Almelo", 7, 27)])
    week = timedelta(days=7)
    assert truth.weekly_moves("GM0153", "GM0164", FIRST, FIRST + week - timedelta(days=1)) == 1
    assert truth.weekly_moves("GM0164", "GM0141", FIRST, FIRST + week) == 0
    assert truth.weekly_moves("GM0164", "GM0141", FIRST + week, LAST) == 1
    assert truth.weekly_moves("GM0153", "GM0164", FIRST + timedelta(days=1), LAST) == 0


def test_a_week_away_is_no_move_and_no_newcomer() -> None:
    truth = known([("Enschede", -30, 6), ("Hengelo", 14, 20)], since=-100, gone=True)
    assert truth.weekly_moves("GM0153", "GM0164", FIRST, LAST) == 0
    assert truth.weekly_moves(NEW, "NL", FIRST, LAST) == 0
    assert truth.weekly_moves("GM0153", EXIT, FIRST, LAST) == 0
    assert truth.weekly_moves("GM0164", EXIT, FIRST, LAST) == 1
    assert truth.moves("GM0153", "GM0164", FIRST, LAST) == 1


def test_newcomers_count_in_their_first_week() -> None:
    truth = known([("Enschede", 8, 27)], [("Gronau", 3, 4), ("Enschede", 7, 9)])
    assert truth.weekly_moves(NEW, "GM0153", FIRST, LAST) == truth.weekly_moves(NEW, "DE", FIRST, LAST) == 1
    assert truth.weekly_moves("DE", "GM0153", FIRST, LAST) == 1


def test_carousel_and_one_place() -> None:
    truth = known(
        [("Enschede", 0, 6), ("Hengelo", 7, 13), ("Almelo", 14, 20)],
        [("Gronau", 0, 6), ("Ahaus", 7, 13)],  # Germany is one place
        [("Enschede", 0, 6), ("Hengelo", 7, 13), ("Enschede", 14, 27)],
        [("Enschede", -20, -1)],
    )
    assert truth.carousel_share(FIRST, LAST) == pytest.approx(1 / 3)
    assert truth.carousel_share(FIRST, LAST, municipalities=2) == pytest.approx(2 / 3)
    assert truth.one_place_share(FIRST, LAST) == pytest.approx(1 / 3)


def test_returns_are_counted_from_the_last_week_there() -> None:
    truth = known(
        [("Enschede", -7, -1), ("Hengelo", 0, 6), ("Enschede", 7, 27)],
        [("Enschede", -7, -1), ("Hengelo", 0, 13), ("Enschede", 14, 27)],
        [("Enschede", -7, -1), ("Hengelo", 0, 20)],
        [("Enschede", -7, -1)],
    )
    assert truth.return_share("GM0153", FIRST, LAST, within_weeks=2) == pytest.approx(1 / 3)
    assert truth.return_share("GM0153", FIRST, LAST, within_weeks=3) == pytest.approx(2 / 3)
    assert isnan(truth.return_share("GM0153", FIRST, LAST))  # the world ends before eight weeks are over


def test_new_to_a_region() -> None:
    truth = known(
        [("Amsterdam", -7, -1), ("Hengelo", 0, 6)],
        [("Almelo", -14, -8), ("Amsterdam", -7, -1), ("Hengelo", 0, 6), ("Almelo", 7, 20)],
        [("Enschede", 7, 27)],
    )
    assert truth.new_to_region_share("CR12", FIRST, LAST) == pytest.approx(2 / 3)
    assert isnan(truth.new_to_region_share("NLX", FIRST, LAST))


def test_dwell_tells_carousel_from_residents(world: World) -> None:
    spells = world.truth.dwell("GM0153", world.days[0], world.days[-1])
    assert all(spell.last >= world.days[0] for spell in spells)
    whole = [spell.days for spell in spells if not spell.is_left_censored and not spell.is_right_censored]
    assert sum(7 <= days <= 10 for days in whole) > len(whole) / 2
    assert any(spell.is_left_censored for spell in spells)


def test_nearby_flows_are_larger_than_far_ones_of_the_same_size(world: World) -> None:
    truth, first, last = world.truth, world.days[0], world.days[-1]
    near = truth.moves("GM0153", "CR12X", first, last) / sum(t.advertisers for t in towns() if "CR12X" in t.areas)
    far = truth.moves("GM0153", "NLX", first, last) / sum(t.advertisers for t in towns() if "NLX" in t.areas)
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
        truth.moves("CR99", "DE", day, day)
    for origin, destination in ((EXIT, "DE"), ("DE", NEW), ("GM0153", "CR12Y")):
        with pytest.raises(UnknownArea):
            truth.weekly_moves(origin, destination, day, day)
    with pytest.raises(DayOutsideWorld):
        truth.carousel_share(day, day - timedelta(days=1))
    with pytest.raises(DayOutsideWorld):
        truth.advertisers("NL", day - timedelta(days=1), day)
    with pytest.raises(UnknownSite):
        truth.identities("nl_elders")
    with pytest.raises(KeyError) as caught:
        truth.ad_identity("nl_kaartjes", "12345")
    assert "12345" not in str(caught.value)
