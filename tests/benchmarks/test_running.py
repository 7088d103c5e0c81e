"""The national market that the benchmark of a night stands on, and how it measures processes."""

import importlib
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from simulation import numbers
from simulation.settings import SITE_NAMES

RUNNING = Path(__file__).parents[2] / "benchmarks" / "running"


@pytest.fixture
def module(monkeypatch):
    """Give a module of the benchmark by its name, as the command would import it."""
    monkeypatch.syspath_prepend(str(RUNNING))
    yield importlib.import_module
    for name in ("country", "memory", "national"):
        sys.modules.pop(name, None)


def shown(country, day):
    return {(site, ad.listing_id): ad for site in SITE_NAMES for ad in country.site(site).listings(day)}


def test_a_country_is_its_seed_and_has_the_size_that_was_asked(module):
    make = module("country").Country
    country, again, other = (make(400, 28, seed) for seed in (1, 1, 2))
    day = country.settings.last_day
    assert shown(country, day) == shown(again, day)
    assert shown(country, day) != shown(other, day)
    assert 320 < country.advertisers(day) < 480
    assert 2 < len(shown(country, day)) / country.advertisers(day) < 2.5


def test_nine_of_ten_cards_are_as_they_were_the_night_before(module):
    country = module("country").Country(400, 28)
    last = country.settings.last_day
    before, after = shown(country, last - timedelta(days=1)), shown(country, last)
    stayed = before.keys() & after.keys()
    same = [key for key in stayed if before[key] == after[key]]
    assert 0.85 < len(same) / len(after) < 0.95
    assert all(before[key].refreshed == after[key].refreshed for key in same)
    assert all(after[key].refreshed.date() == last for key in stayed - {*same})


def test_every_number_is_a_made_up_one(module):
    country = module("country").Country(400, 28)
    given = [number for who in country.market.who[country.kept].tolist() if (number := country.number(who))]
    assert given
    for number in given:
        numbers.block_of(number)


def test_processes_count_with_the_role_that_they_stand_below(module):
    memory = module("memory")
    waiting = [subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) for _ in range(3)]
    own, role, apart = (each.pid for each in waiting)
    try:
        found = memory.below({"own": os.getpid(), "role": role}, {apart})
        assert own in found["own"]
        assert role in found["role"]
        assert not {role, apart} & {*found["own"]}
        assert memory.processor_seconds({"own": os.getpid()}, set()) > 0
    finally:
        for each in waiting:
            each.communicate(b"\n")
