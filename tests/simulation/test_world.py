import random
import time

import pytest

from simulation import numbers
from simulation.errors import UnknownSite, WrongSettings
from simulation.settings import SITE_NAMES, Canaries, WorldSettings
from simulation.world import World, generate


def test_the_same_settings_make_the_same_world(world: World) -> None:
    again = generate(WorldSettings(seed=1))
    for name in SITE_NAMES:
        for day in world.days[::5]:
            assert world.site(name).listings(day) == again.site(name).listings(day)


def test_other_seeds_make_other_worlds(world: World) -> None:
    other = generate(WorldSettings(seed=2))
    assert other.site("nl_kaartjes").listings(other.days[0]) != world.site("nl_kaartjes").listings(world.days[0])


def test_it_is_made_in_time() -> None:
    start = time.process_time()
    generate(WorldSettings(seed=9))
    assert time.process_time() - start < 3


def test_listing_ids_are_unique_for_ever(world: World) -> None:
    for name in SITE_NAMES:
        ids = [ad.listing_id for ad in world._ads[name]]
        assert len(ids) == len(set(ids))


def test_nothing_shows_in_a_representation(world: World) -> None:
    ad = world.site("nl_kaartjes").listings(world.days[0])[0]
    for shown in (
        repr(ad),
        repr(world),
        repr(world._ads["nl_kaartjes"][0]),
        repr(world._people[0]),
        repr(ad.as_listing()),
    ):
        assert ad.listing_id not in shown
        assert ad.title not in shown
        assert "+31" not in shown


def test_only_numbers_of_the_blocks_are_used(world: World) -> None:
    for person in range(len(world._people)):
        for e164 in world.truth.contacts(person):
            numbers.block_of(e164)


def test_canaries_are_planted_once_each_and_tie_nobody_together() -> None:
    planted = numbers.canaries(50)
    sentences = tuple(f"De blauwe vlieger nummer {i} hangt boven de molen." for i in range(20))
    settings = WorldSettings(seed=3, days=5, scale=0.4, canaries=Canaries(planted, sentences, 60))
    world, plain = generate(settings), generate(WorldSettings(seed=3, days=5, scale=0.4))
    changed = 0
    holders = dict.fromkeys(planted, 0)
    for name in SITE_NAMES:
        for ad, before in zip(world._ads[name], plain._ads[name], strict=True):
            assert ad.listing_id == before.listing_id
            assert len(ad.versions) == len(before.versions)
            if ad != before:
                changed += 1
                assert any(sentence in ad.versions[0].body for sentence in sentences)
            for e164 in planted:
                digits = "".join(c for c in ad.versions[0].body if c.isdigit())
                holders[e164] += e164[3:] in digits
    assert changed == 60
    assert set(holders.values()) == {1}


def test_a_canary_outside_the_blocks_is_refused() -> None:
    outside = "+" + "".join(random.Random(1).choices("789", k=11))
    with pytest.raises(ValueError, match="outside the blocks"):
        generate(WorldSettings(days=2, scale=0.1, canaries=Canaries((outside,), ())))


def test_too_many_advertisers_for_the_numbers_is_said() -> None:
    with pytest.raises(WrongSettings, match="made-up numbers"):
        generate(WorldSettings(days=400, scale=8))


def test_an_unknown_site_is_refused(world: World) -> None:
    with pytest.raises(UnknownSite, match="nl_kaartjes"):
        world.site("nl_elders")
