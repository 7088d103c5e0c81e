from dataclasses import replace

import pytest

from simulation import generic, numbers
from simulation.errors import WrongSettings
from simulation.settings import SITE_NAMES, WorldSettings
from simulation.world import generate

SETTINGS = WorldSettings(seed=3, days=10, scale=0.4)


def shown(settings):
    world = generate(settings)
    return {
        (source, ad.listing_id): (ad.title, ad.body, ad.contact)
        for day in world.days
        for source in SITE_NAMES
        for ad in world.site(source).listings(day)
    }


def test_a_share_of_the_advertisements_says_something_else_and_no_other():
    plain, mixed = shown(SETTINGS), shown(replace(SETTINGS, generic_share=0.1))
    # Fakes copy other people's words; where those changed, so did the copy.
    changed = sum(sorted(plain.values(), key=str)[n] not in set(mixed.values()) for n in range(len(plain)))
    assert len(plain) == len(mixed)
    assert 0.05 < changed / len(plain) < 0.15


def test_without_a_share_nothing_changes():
    assert shown(SETTINGS) == shown(replace(SETTINGS, generic_share=0.0))


def test_a_few_numbers_stand_in_many_and_most_in_few():
    said = generic.writings(5_000, 0.02, seed=1)
    assert len(said) == 100
    assert 0.3 < sum(replaces for _, replaces in said.values()) / 100 < 0.7
    assert said == generic.writings(5_000, 0.02, seed=1) != generic.writings(5_000, 0.02, seed=2)


def test_the_numbers_are_nobodys():
    block = numbers.BLOCKS["BE"]
    assert "BE" not in set(numbers.FIRST_OF_LANGUAGE.values()) | {"DE", "NL", "GB"}
    assert block.number(numbers.FAKES_FROM).startswith("+3247000")


def test_it_takes_the_place_of_the_own_number_or_stands_beside_it():
    assert generic.rewritten("bel 1", "9", ["1"], "of 9") == "bel 9"
    assert generic.rewritten("bel 1", "9", [], "of 9") == "bel 1\nof 9"


def test_a_share_over_one_is_refused():
    with pytest.raises(WrongSettings):
        WorldSettings(generic_share=1.5)
