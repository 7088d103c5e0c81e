"""Where those who are gone went: what a verdict may claim."""

import pytest

from warehouse.estimates.displacement import displaced
from warehouse.estimates.policy import Effect, Placebos

NONE = Placebos(0, 0.0, 1.0)


def effect(log_ratio: float, deviation: float = 0.05) -> Effect:
    return Effect(log_ratio, deviation, 40.0, NONE, 0, 26)


def told(own: float, near: float, deviation: float = 0.03):
    return displaced(effect(own), 70.0, effect(near, deviation), 130.0, common=0.04, seed=1)


@pytest.mark.parametrize(
    ("own", "near", "deviation", "verdict"),
    [
        (-0.357, 0.0, 0.03, "decline"),
        (0.357, 0.0, 0.03, "growth"),
        (-0.357, 0.26, 0.03, "displacement"),  # 30 gone from here, 30 more there
        (-0.357, 0.12, 0.02, "both"),
        (-0.357, 0.12, 0.30, "cannot_tell"),
        (-0.357, 1.85 * 0.03, 0.03, "both"),  # one-sided p of "nobody moved" is .036
        (-0.357, 1.5 * 0.03, 0.03, "decline"),  # .07
        (-0.05, 0.26, 0.03, "cannot_tell"),  # nothing shown here: nothing to be displaced
    ],
)
def test_verdict(own, near, deviation, verdict):
    assert told(own, near, deviation).verdict == verdict


def test_numbers_are_what_is_there_minus_what_would_have_been():
    found = told(-0.356675, 0.262364)
    assert found.own.point == pytest.approx(70 - 100, abs=0.01)
    assert found.neighbours.point == pytest.approx(130 - 100, abs=0.01)
    assert found.share.point == pytest.approx(1.0, abs=0.001)
    for figure in (found.own, found.neighbours, found.share):
        assert figure.lower < figure.point < figure.upper


def test_doubt_about_the_level_widens_numbers_and_not_the_share():
    sure, unsure = (displaced(effect(-0.4), 70, effect(0.2), 130, common=c, seed=1) for c in (0.0, 0.25))
    assert unsure.own.upper - unsure.own.lower > 1.5 * (sure.own.upper - sure.own.lower)
    assert unsure.share == sure.share


def test_without_neighbours_nothing_is_said_of_displacement():
    found = displaced(effect(-0.4), 70, None, 0.0, common=0.0, seed=1)
    assert (found.neighbours, found.share, found.verdict) == (None, None, "cannot_tell")


def test_same_seed_same_bits():
    assert told(-0.4, 0.1) == told(-0.4, 0.1)
