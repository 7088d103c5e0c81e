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


def test_live_chance_is_what_bayes_says() -> None:
    model = persistence.Persistence(0.9, 1.0)
    # Missed crawl yesterday and today: alive with 0.9^2. Whole crawl today and not seen: gone for certain.
    assert persistence.live_chance(model, np.array([1.0, 0.0, 0.0]))[1:] == pytest.approx([0.9, 0.81])
    assert persistence.live_chance(model, np.array([1.0, 0.0, 1.0]))[1] == 0
    half = persistence.live_chance(persistence.Persistence(0.9, 0.5), np.array([1.0, 1.0]))[1]
    assert half == pytest.approx(0.45 / (0.45 + 0.1))


def test_carrying_forward_over_a_missed_crawl_keeps_the_level() -> None:
    rng = np.random.default_rng(2)
    q = np.ones(28)
    q[[9, 27]] = 0.0
    table, live = seen(rng, 8000, 0.95, 0.98, q)
    chance = persistence.live_chance(persistence.fit(table[table.any(axis=1)], q), q)
    since = np.where(table.any(axis=1), table[:, ::-1].argmax(axis=1), 27)
    held = table.any(axis=1) & (chance[since] > 0.5)
    assert held.sum() / live[:, 27].sum() == pytest.approx(1, abs=0.05)
    assert table[:, 27].sum() == 0  # the naive count


def test_known_share_fades_while_a_source_is_down() -> None:
    shares = persistence.known_share(persistence.Persistence(0.9, 1.0), np.array([1.0, 0.0, 0.0, 0.5]))
    assert shares == pytest.approx([1, 0.9, 0.81, 0.5 + 0.5 * 0.9 * 0.81])


def test_ghosts_are_taken_out_of_a_day_and_a_week() -> None:
    assert float(1 / persistence.ghost_factor(0.96, 3.0, 1)) == pytest.approx(1.12)
    rng = np.random.default_rng(3)
    phi, lag, days = 0.95, 3, 7
    start = rng.integers(0, 400, 200_000)
    end = start + rng.geometric(1 - phi, len(start))
    first = 300
    active = (start <= first + days - 1) & (end > first)
    shown = (start <= first + days - 1) & (end + lag > first)
    assert float(persistence.ghost_factor(phi, float(lag), days)) == pytest.approx(active.sum() / shown.sum(), abs=0.01)
    lags = persistence.ghost_lags(rng, 20_000)
    assert lags.mean() == pytest.approx(2.5, abs=0.05)


@given(st.integers(0, 2**32), st.integers(0, 15), st.integers(1, 12))
def test_next_sightings_are_counted_one_by_one(seed: int, people: int, days: int) -> None:
    seen = np.random.default_rng(seed).random((people, days)) < 0.4
    expected = np.zeros((days, days + 1))
    for row in seen:
        when = np.flatnonzero(row).tolist()
        for day, later in pairwise([*when, days]):
            expected[day, later] += 1
    assert (persistence.next_seen(seen) == expected).all()
