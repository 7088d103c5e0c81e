import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulation.population import BURN_IN, balanced, populate
from simulation.settings import WorldSettings
from simulation.towns import towns


@given(arrays(float, 12, elements=st.floats(1.0, 9.0)), arrays(float, (12, 2), elements=st.floats(0, 100), unique=True))
def test_flows_balance_and_add_up(size: np.ndarray, where: np.ndarray) -> None:
    away = np.hypot(*(where[:, None, :] - where[None, :, :]).transpose(2, 0, 1))
    kernel = (away + 8.0) ** -1.2
    np.fill_diagonal(kernel, 0.0)
    flows = balanced(kernel, size)
    np.testing.assert_allclose(flows, flows.T)
    np.testing.assert_allclose(flows.sum(axis=1), size, rtol=1e-3)


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
