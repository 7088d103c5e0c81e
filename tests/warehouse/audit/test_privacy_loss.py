"""A8: bounds that hold for a law with a known loss, and twins that lose more than they claim."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from warehouse.audit import privacy_loss
from warehouse.protection.open_rules import budget

SPENT = dict(budget(privacy_loss.YEAR))


@given(mu=st.floats(0.01, 3), line=st.floats(-4, 4))
def test_no_event_shows_more_than_a_gaussian_loses(mu: float, line: float) -> None:
    """Two Gaussians at a distance of mu are mu^2 / 2 - zCDP exactly; whatever line is drawn shows no more."""
    p, q = norm.sf([line - mu]), norm.sf([line])
    rho = mu**2 / 2
    assert privacy_loss._rho(p, q)[0] <= rho * (1 + 1e-6) + 1e-9
    assert privacy_loss._epsilon(p, q)[0] <= privacy_loss.claimed_epsilon(rho)


def test_the_best_line_shows_most_of_it() -> None:
    """A line in the middle shows two coins of sf(-mu / 2) and sf(mu / 2): some 2 / pi of what there is."""
    mu = 0.3
    p, q = norm.sf([-mu / 2]), norm.sf([mu / 2])
    assert privacy_loss._rho(p, q)[0] / (mu**2 / 2) == pytest.approx(2 / np.pi, abs=0.02)


def test_neighbouring_worlds_differ_by_one_person_who_advertises_in_three_towns() -> None:
    worlds = privacy_loss.pair(7)
    changes = [b - a for a, b in zip(worlds.without, worlds.within, strict=True)]
    assert [change.sum() for change in changes] == [1, 1, 1]
    assert changes[0].tolist() == [0, 1, 0]  # the town in which she had a day more
    careless = privacy_loss.pair(7, privacy_loss.unbounded)
    changes = [b - a for a, b in zip(careless.without, careless.within, strict=True)]
    assert [change.tolist() for change in changes] == [[1, 1, 1], [3, 0, 0, 0], [3, 0, 0, 0]]


def test_open_data_lose_no_more_than_is_claimed_and_twins_are_found() -> None:
    found = privacy_loss.attack()
    assert (found.outcome, found.cells, found.is_control_won) == ("passed", (), True)
    measures = found.measures
    assert measures["epsilon_no_noise"] > 2 * measures["epsilon_claimed"]
    assert measures["rho_no_bound"] > measures["rho_claimed"]


def test_a_label_decided_by_the_true_count_is_found() -> None:
    """A twin that prints a noisy number only where the true count reaches the threshold: 9 or 10 is then plain to see."""

    def careless(tables, spent):
        printed = privacy_loss.publish(tables, spent)
        return [np.where(table >= 10, 30, privacy_loss.BELOW) for table in tables[:1]] + printed[1:]

    found = privacy_loss.measure(privacy_loss.pair(9), 400, SPENT, careless)
    assert found.epsilon > privacy_loss.claimed_epsilon(0.1)


def test_the_same_world_twice_shows_nothing() -> None:
    worlds = privacy_loss.pair(60)
    same = privacy_loss.Pair(worlds.without, worlds.without)
    found = privacy_loss.measure(same, 50, SPENT)
    assert (found.epsilon, found.rho) == pytest.approx((0, 0), abs=1e-12)
