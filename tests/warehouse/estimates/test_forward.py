"""Against all paths one by one: the likelihood, the expected counts, and the slope that they give."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.estimates.forward import Chances, Observed, backward, forward
from warehouse.estimates.multistate import Prior, objective_of, observed_of
from warehouse.estimates.parameters import Layout
from warehouse.estimates.tables import Histories

M, T = 2, 4
NAMING = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])


def some_chances(rng: np.random.Generator) -> Chances:
    moves = rng.random((M, M)) + 0.1
    return Chances(rng.random((T - 1, M)), moves / moves.sum(axis=1, keepdims=True), rng.uniform(0.1, 0.9, (T, M)))


def some_observed(rng: np.random.Generator, count: int = 6) -> Observed:
    events = rng.integers(0, 4, (count, T))
    events[:, 0] = np.where(events.any(axis=1), events[:, 0], 1)
    return Observed.of(events, rng.integers(1, 4, count).astype(float), NAMING, np.zeros(count, dtype=np.int64))


def by_paths(events: np.ndarray, chances: Chances) -> tuple[float, np.ndarray]:
    """Sum over all paths from the first capture on: likelihood, and expected moves (M, M) times it."""
    first = int((events > 0).argmax())
    total, moves = 0.0, np.zeros((M, M))
    for path in product(range(M + 1), repeat=T - first):  # M is gone
        if path[0] == M or not NAMING[events[first], path[0]]:
            continue
        chance = 1 / NAMING[events[first]].sum()
        here = np.zeros((M, M))
        for t, (a, b) in enumerate(pairwise(path), start=first + 1):
            if a == M:
                chance *= float(b == M and events[t] == 0)
                continue
            s = chances.survival[t - 1, a]
            if b == M:
                chance *= (1 - s) * (events[t] == 0)
                continue
            here[a, b] += 1
            p = chances.detection[t, b]
            chance *= s * chances.moves[a, b] * (1 - p if events[t] == 0 else p * NAMING[events[t], b])
        total += chance
        moves += chance * here
    return total, moves


@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_likelihood_and_moves_are_the_sum_over_all_paths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    observed, chances = some_observed(rng), some_chances(rng)
    filtered = forward(observed, chances)
    told = [by_paths(events, chances) for events in observed.events]
    assert np.exp(filtered.log_likelihood) == pytest.approx([each for each, _ in told])
    expected = backward(observed, chances, filtered, observed.counts)
    moves = sum(count * each / total for count, (total, each) in zip(observed.counts, told, strict=True))
    assert expected.moves == pytest.approx(moves)
    assert expected.alive.sum() == pytest.approx(expected.moves.sum())


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_who_is_seen_is_counted_and_who_is_not_is_alive_or_gone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    observed, chances = some_observed(rng), some_chances(rng)
    expected = backward(observed, chances, forward(observed, chances), observed.counts)
    again = (observed.events > 0) & (np.arange(T) > observed.first[:, None])
    assert expected.seen.sum(axis=1) == pytest.approx((again * observed.counts[:, None]).sum(axis=0))
    assert (expected.seen + expected.unseen)[1:].sum(axis=1) == pytest.approx(expected.alive.sum(axis=1))


@pytest.mark.parametrize("classes", [1, 2])
def test_the_slope_is_that_of_the_likelihood(classes: int) -> None:
    rng = np.random.default_rng(classes)
    states = rng.integers(-1, 4, (40, 6))
    states[:, 0] = np.where((states != 0).any(axis=1), states[:, 0], 1)
    data = Histories(states, rng.integers(1, 4, 40).astype(float), {}, ((1, 3),))
    group = rng.integers(0, 2, 40)
    layout = Layout(
        survival=np.broadcast_to(np.arange(2)[:, None, None], (2, 5, 4)).astype(np.int64),
        detection=np.concatenate(
            [np.broadcast_to(2 + np.arange(6)[:, None], (2, 6, 3)), np.full((2, 6, 1), -1)], axis=2
        ).astype(np.int64),
        known=np.zeros((2, 6, 4)),
        offset=np.where(np.arange(6)[:, None] == 3, 0.5, 1.0) * np.ones((2, 6, 4)),
        states=4,
        moves_from=8,
        classes=classes,
    )
    prior = Prior(distance=np.array([[1.0, 10, 50], [10, 1, 40], [50, 40, 1]]))
    objective = objective_of(observed_of(data, 4, group), layout, prior)
    theta = rng.normal(0, 0.7, layout.size)
    numerical = [
        (objective(theta + step)[0] - objective(theta - step)[0]) / 2e-5 for step in np.eye(layout.size) * 1e-5
    ]
    assert objective(theta)[1] == pytest.approx(numerical, abs=1e-5)


def test_gravity_prior_believes_in_near_and_busy_places() -> None:
    far = np.array([[1.0, 5, 100], [5, 1, 100], [100, 100, 1]])
    mean, covariance = Prior(distance=far).moves(3)
    assert mean[0] > mean[1]  # from the first to the second rather than to the third
    assert np.linalg.eigvalsh(covariance).min() > 0
    same_origin, other = covariance[0, 1], covariance[0, 3]
    assert same_origin > other  # 1 to 2 hangs together with 1 to 3 more than with 2 to 3
