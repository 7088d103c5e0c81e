import hashlib
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from simulation.errors import UnknownArea, WrongSettings
from simulation.population import BURN_IN, Advertiser, populate
from simulation.settings import Policy, WorldSettings
from simulation.towns import towns


def test_stays_follow_each_other_and_lie_within_the_world() -> None:
    people = populate(WorldSettings(seed=2))
    for number, person in enumerate(people):
        assert person.number == number
        assert person.since <= person.stays[0].first
        for one, other in zip(person.stays, person.stays[1:], strict=False):
            assert one.last < other.first
        assert all(-BURN_IN <= stay.first <= stay.last <= 27 for stay in person.stays)
        if person.is_carousel:
            assert all(one.town != other.town for one, other in zip(person.stays, person.stays[1:], strict=False))
            assert all(stay.last - stay.first + 1 <= 10 for stay in person.stays)
        if person.exit_day is not None:
            assert person.exit_day == person.stays[-1].last + 1


def test_sizes_are_as_the_table_says_and_stay_so() -> None:
    """Over five worlds the mean number present is within sampling error of the table, at start and end."""
    counts = {"GM0153": [], "CR12": [], "NLX": [], "DE": []}
    for seed in range(1, 6):
        stays = [stay for person in populate(WorldSettings(seed=seed)) for stay in person.stays]
        for day in (0, 27):
            here = [towns()[stay.town] for stay in stays if stay.first <= day <= stay.last]
            for area, found in counts.items():
                found.append(sum(area in town.areas for town in here))
    for area, found in counts.items():
        wanted = sum(town.advertisers for town in towns() if area in town.areas)
        assert abs(np.mean(found) - wanted) < 3.5 * np.sqrt(wanted / 5), area


def test_numbers_are_shared_and_split_as_asked() -> None:
    people = populate(WorldSettings(seed=3, scale=3))
    holders: dict[str, int] = {}
    for person in people:
        for e164 in person.contacts:
            holders[e164] = holders.get(e164, 0) + 1
    shared = sum(any(holders[e164] > 1 for e164 in person.contacts) for person in people) / len(people)
    double = sum(len(person.contacts) == 2 for person in people) / len(people)
    assert 0.01 < shared < 0.06
    assert 0.05 < double < 0.11


DAY = date(2026, 10, 12) + timedelta(100)


@cache
def present(area_code: str, days: range, policy: Policy | None) -> float:
    """Mean number present on those days, over two worlds."""
    inside = [area_code in town.areas for town in towns()]
    total = sum(
        len(range(max(stay.first, days.start), min(stay.last + 1, days.stop)))
        for person in governed(policy)
        for stay in person.stays
        if inside[stay.town]
    )
    return total / len(days) / 2


@cache
def governed(policy: Policy | None) -> list[Advertiser]:
    return [person for seed in (1, 2) for person in populate(WorldSettings(seed=seed, days=190, policy=policy))]


BEFORE, AFTER = range(100), range(120, 190)


@pytest.mark.parametrize(("direction", "ratio"), [("tightened", 0.7), ("relaxed", 1.3)])
@pytest.mark.parametrize("is_displacing", [False, True])
def test_a_policy_moves_a_share_from_its_day_on(direction: str, ratio: float, *, is_displacing: bool) -> None:
    """Worlds with and without are one until the day, so what differs is the policy's: the ratio is sharp."""
    rule = Policy("GM0153", DAY, direction, 0.3, is_displacing)
    assert present("GM0153", BEFORE, rule) == present("GM0153", BEFORE, None)
    here, without = present("GM0153", AFTER, rule), present("GM0153", AFTER, None)
    assert here / without == pytest.approx(ratio, abs=0.08)
    moved = present("CR12", AFTER, rule) - here - (present("CR12", AFTER, None) - without)
    # Goor lies in the region and just over 30 km away; rural places beyond are not touched.
    assert moved == pytest.approx(without - here if is_displacing else 0.0, abs=0.05 * without)
    assert present("GM0363", AFTER, rule) == pytest.approx(present("GM0363", AFTER, None), rel=0.02)


def test_under_a_policy_everybody_is_still_somewhere_at_a_time() -> None:
    for direction in ("tightened", "relaxed"):
        for is_displacing in (False, True):
            people = populate(WorldSettings(days=190, policy=Policy("GM0153", DAY, direction, 0.5, is_displacing)))
            for number, person in enumerate(people):
                assert person.number == number
                assert person.since <= person.stays[0].first
                assert all(-BURN_IN <= stay.first <= stay.last <= 189 for stay in person.stays)
                assert all(a.last < b.first for a, b in zip(person.stays, person.stays[1:], strict=False))
                assert person.exit_day in {None, person.stays[-1].last + 1}


def test_a_policy_without_effect_is_no_policy() -> None:
    for direction in ("tightened", "relaxed"):
        rule = Policy("GM0153", date(2026, 10, 20), direction, 0.0)
        assert populate(WorldSettings(policy=rule)) == populate(WorldSettings())


def test_a_world_without_a_policy_stays_as_it_was() -> None:
    """Made before there were policies: any other digest means that all demos and benchmarks moved."""
    told = [
        (p.setting, p.language, p.contacts, p.number_style, p.visibility, p.since, p.stays, p.exit_day)
        for p in populate(WorldSettings(seed=7, days=40))
    ]
    assert hashlib.sha256(repr(told).encode()).hexdigest()[:16] == "4b1b2ac548c469c0"


def test_a_policy_of_no_place_is_refused() -> None:
    with pytest.raises(UnknownArea):
        populate(WorldSettings(policy=Policy("GM9999", date(2026, 10, 20))))
    with pytest.raises(WrongSettings, match="no neighbours"):
        populate(WorldSettings(policy=Policy("GM0983", date(2026, 10, 20), is_displacing=True)))
