"""Laws of advertisements, on whole worlds: what estimates rely on."""

import re
from itertools import pairwise

import numpy as np
import pytest

from simulation.settings import SITE_GROUPS, SITE_NAMES, WorldSettings
from simulation.world import World, generate


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + 3]) for i in range(len(words) - 2)}


def test_an_edit_always_shows_on_the_card(world: World) -> None:
    for name in SITE_NAMES:
        before = {}
        for day in world.days:
            now = {ad.listing_id: ad for ad in world.site(name).listings(day)}
            for key, ad in now.items():
                old = before.get(key)
                if old is not None and old.refreshed == ad.refreshed:
                    assert (old.title, old.body, old.place, old.contact, old.category) == (
                        ad.title, ad.body, ad.place, ad.contact, ad.category,
                    )  # fmt: skip
            before = now


def test_stamps_lie_before_noon_of_the_day(world: World) -> None:
    for name in SITE_NAMES:
        for day in world.days[::9]:
            for ad in world.site(name).listings(day):
                assert ad.posted <= ad.refreshed
                assert ad.refreshed.date() <= day
                assert ad.refreshed.hour < 12


def test_size_and_turnover_are_as_intended() -> None:
    live, stayed, fresh = [], [], []
    for seed in (1, 2, 3):
        world = generate(WorldSettings(seed=seed))
        live.append(sum(len(world.site(name).listings(world.days[13])) for name in SITE_NAMES))
        for name in SITE_NAMES:
            shown = [{ad.listing_id: ad.refreshed for ad in world.site(name).listings(day)} for day in world.days]
            for old, new in pairwise(shown):
                stayed.append(len(old.keys() & new.keys()) / len(old))
                fresh.append(sum(old.get(key) != stamp for key, stamp in new.items()) / len(new))
    assert all(850 <= count <= 1300 for count in live)
    assert 0.95 < np.mean(stayed) < 0.98
    assert 0.04 < np.mean(fresh) < 0.07


def test_ghosts_outlive_their_authors_by_two_days_on_average() -> None:
    lags = [
        max(0, ad.last - ad.ghost_from + 1)
        for seed in (1, 2, 3)
        for ads in generate(WorldSettings(seed=seed))._ads.values()
        for ad in ads
        if ad.ghost_from is not None and ad.last < 20
    ]
    # Those without lag carry no mark; with them the mean of the geometric law is two, without them three.
    assert 2.5 < np.mean(lags) < 3.5


def test_same_words_of_one_author_and_other_words_of_others(world: World) -> None:
    truth, day = world.truth, world.days[5]
    shown = [(truth.ad_identity(n, ad.listing_id), ad) for n in SITE_NAMES for ad in world.site(n).listings(day)]
    texts = [(owner, _shingles(f"{ad.title} {ad.body}")) for owner, ad in shown if owner is not None][:600]
    own, others = [], []
    for i, (owner, text) in enumerate(texts):
        for other, compared in texts[:i]:
            (own if owner == other else others).append(len(text & compared) / len(text | compared))
    assert max(others) < 0.6
    assert np.mean(np.array(own) > 0.8) > 0.35  # the others are second advertisements with words of their own


def test_groups_are_chosen_independently_given_disposition() -> None:
    """With disposition held at nil, seeing someone on beta tells nothing about gamma."""
    world = generate(WorldSettings(seed=4, scale=3))
    people = [person for person in world._people if abs(person.visibility) < 0.2]
    on: dict[str, set[int]] = {group: set() for group in SITE_GROUPS.values()}
    for name, group in SITE_GROUPS.items():
        on[group].update(owner for owner in world.truth.identities(name).values() if owner is not None)
    n = len(people)
    shares = {group: sum(p.number in members for p in people) / n for group, members in on.items()}
    both = sum(p.number in on["beta"] and p.number in on["gamma"] for p in people) / n
    assert both == pytest.approx(shares["beta"] * shares["gamma"], abs=0.035)
    assert shares["alfa"] > shares["beta"] > shares["gamma"]


def test_fakes_belong_to_nobody(world: World) -> None:
    owners = [owner for name in SITE_NAMES for owner in world.truth.identities(name).values()]
    assert 0.01 < sum(owner is None for owner in owners) / len(owners) < 0.03
