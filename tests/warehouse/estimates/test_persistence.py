from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.estimates import persistence


def seen(rng: np.random.Generator, n: int, phi: float, eta: float, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Advertisements of a stationary market: what was seen and what was live, each (n, T)."""
    days = len(q)
    start = rng.integers(-60, days, n)
    length = rng.geometric(1 - phi, n)
    day = np.arange(days)
    live = (day >= start[:, None]) & (day < (start + length)[:, None])
    return live & (rng.random((n, days)) < eta * q), live


def test_persistence_and_detection_are_found_with_missed_and_partial_crawls() -> None:
    rng = np.random.default_rng(1)
    q = np.ones(28)
    q[[4, 11, 12]] = 0.0
    q[[7, 20]] = 0.6
    table, _ = seen(rng, 6000, 0.95, 0.97, q)
    fitted = persistence.fit(table[table.any(axis=1)], q)
    assert fitted.phi == pytest.approx(0.95, abs=0.005)
    assert fitted.eta == pytest.approx(0.97, abs=0.01)


def test_no_data_give_the_prior_back() -> None:
    fitted = persistence.fit(np.zeros((0, 5), dtype=bool), np.ones(5))
    assert fitted.phi == pytest.approx(0.95, abs=0.001)
    assert fitted.eta == pytest.approx(0.975, abs=0.001)


@given(st.integers(0, 2**32), st.integers(0, 15), st.integers(1, 12))
def test_next_sightings_are_counted_one_by_one(seed: int, people: int, days: int) -> None:
    seen = np.random.default_rng(seed).random((people, days)) < 0.4
    expected = np.zeros((days, days + 1))
    for row in seen:
        when = np.flatnonzero(row).tolist()
        for day, later in pairwise([*when, days]):
            expected[day, later] += 1
    assert (persistence.next_seen(seen) == expected).all()
