import numpy as np

from warehouse.estimates import shared
from warehouse.estimates.forward import Chances, Observed, forward

K, T = 3, 10
NAMING = np.vstack([np.zeros(K), np.eye(K), [[1, 1, 0]]])  # the fourth event names the first two places
STAYS = Chances(np.full((T - 1, K), 0.97), np.full((K, K), 0.02) + 0.94 * np.eye(K), np.full((T, K), 0.7))


def odds(*rows: list[int]) -> np.ndarray:
    """Log odds of some histories among many who stay."""
    many = [[1] * T] * 40 + [[2] * T] * 30 + [[3] * T] * 30
    events = np.array([*rows, *many])
    observed = Observed.of(events, np.ones(len(events)), NAMING, np.zeros(len(events), dtype=np.int64))
    return shared.log_odds(observed, STAYS, forward(observed, STAYS).log_likelihood)[: len(rows)]


def test_two_places_again_and_again_are_two_who_stay() -> None:
    both, to_and_fro, moved, stayed = odds([4] * T, [1, 2] * 5, [1] * 5 + [2] * 5, [1] * T)
    assert both > 3
    assert to_and_fro > 3
    assert moved < 0
    assert stayed < 0


def test_three_places_are_no_two_who_stay() -> None:
    assert odds([1, 2, 3, 1, 2, 3, 1, 2, 3, 1])[0] < -10


def test_with_one_state_nobody_can_be_two() -> None:
    observed = Observed.of(np.ones((3, 4), dtype=np.int64), np.ones(3), np.array([[0.0], [1.0]]), np.zeros(3, int))
    assert (shared.log_odds(observed, STAYS, np.zeros(3)) == -np.inf).all()
