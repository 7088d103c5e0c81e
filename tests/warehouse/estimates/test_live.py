from itertools import combinations_with_replacement, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.estimates import lifetimes, live
from warehouse.estimates.errors import WrongModel

BENCHMARKS = Path(__file__).parents[3] / "benchmarks" / "statistics"


def paths(days: int) -> list[tuple[int, int]]:
    """All hidden paths: first day live and first day gone; (d, d) for none."""
    return [(a, b) for a, b in combinations_with_replacement(range(days + 1), 2) if a < b]


def path_rates(rates: lifetimes.Rates, days: int) -> np.ndarray:
    """Expected number of each class on each hidden path, written out from the model's definition."""
    result = np.zeros((2, len(paths(days))))
    for c in range(2):
        for i, (a, b) in enumerate(paths(days)):
            stay = rates.phi[c] ** (b - a - 1) * (1.0 if b == days else 1 - rates.phi[c])
            result[c, i] = rates.posted[c, a] * stay
    return result


def sighting_chance(history: tuple[bool, ...], path: tuple[int, int], p: np.ndarray) -> float:
    on = range(*path)
    if any(seen and d not in on for d, seen in enumerate(history)):
        return 0.0
    return float(np.prod([p[d] if history[d] else 1 - p[d] for d in on]))


@st.composite
def sources(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """Parameters and completeness of a short window; q is 0 and 1 as often as anything between."""
    days = draw(st.integers(1, 5))
    q = np.array(draw(st.lists(st.sampled_from([0.0, 0.3, 0.8, 1.0]), min_size=days, max_size=days)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.normal(0, 1, lifetimes.DAILY + days - 1), q, rng


def model(theta: np.ndarray, q: np.ndarray, seen: np.ndarray) -> live.Live:
    size = len(theta)
    return live.Live(lifetimes.Numbers.of(seen), q, 0, theta, np.zeros((size, size)))


@settings(max_examples=40)
@given(sources())
def test_chances_and_counts_are_those_of_all_hidden_paths_added_up(source: tuple) -> None:
    theta, q, _ = source
    days = len(q)
    rates = lifetimes.Rates.of(theta, q)
    weight = path_rates(rates, days)
    on = np.array([[a <= d < b for d in range(days)] for a, b in paths(days)], dtype=float)
    histories = np.array(
        [h for h in product([False, True], repeat=days) if any(h) and not (np.array(h) & (q == 0)).any()]
    )
    histories = histories.reshape(-1, days)
    expected = np.zeros(histories.shape)
    for i, history in enumerate(histories):
        of_path = weight * [sighting_chance(tuple(history), path, rates.detection) for path in paths(days)]
        expected[i] = (of_path.sum(axis=0) @ on) / of_path.sum()
    never = weight * [sighting_chance((False,) * days, path, rates.detection) for path in paths(days)]
    fitted = model(theta, q, histories)
    assert live.chances(fitted, histories) == pytest.approx(expected, abs=1e-9)
    counts = live.live_counts(fitted)
    assert counts.mean == pytest.approx(expected.sum(axis=0) + never.sum(axis=0) @ on, rel=1e-9)
    state = (expected * (1 - expected)).sum(axis=0) + never.sum(axis=0) @ on
    assert counts.variance == pytest.approx(np.maximum(state, 1e-9), rel=1e-6, abs=1e-8)


@settings(max_examples=40)
@given(sources())
def test_the_likelihood_is_that_of_poisson_numbers_of_histories(source: tuple) -> None:
    theta, q, rng = source
    days = len(q)
    histories = [h for h in product([False, True], repeat=days) if any(h) and not (np.array(h) & (q == 0)).any()]
    times = rng.integers(0, 4, len(histories))
    seen = np.repeat(np.array(histories).reshape(-1, days), times, axis=0)
    numbers = lifetimes.Numbers.of(seen)

    def by_hand(at: np.ndarray) -> float:
        rates = lifetimes.Rates.of(at, q)
        weight = path_rates(rates, days).sum(axis=0)
        means = [
            weight @ np.array([sighting_chance(h, path, rates.detection) for path in paths(days)]) for h in histories
        ]
        return float(times @ np.log(means) - np.sum(means)) if histories else 0.0

    def ours(at: np.ndarray) -> float:
        return -lifetimes.loss(at, numbers, q)[0] - lifetimes.log_prior(at)[0]

    assert ours(theta) == pytest.approx(by_hand(theta), rel=1e-9, abs=1e-9)


@settings(max_examples=40)
@given(sources())
def test_the_gradient_is_the_slope(source: tuple) -> None:
    theta, q, rng = source
    seen = (rng.random((30, len(q))) < 0.5) & (q > 0)
    numbers = lifetimes.Numbers.of(seen)
    step = 1e-5 * np.eye(len(theta))
    slope = [(lifetimes.loss(theta + s, numbers, q)[0] - lifetimes.loss(theta - s, numbers, q)[0]) / 2e-5 for s in step]
    assert lifetimes.loss(theta, numbers, q)[1] == pytest.approx(np.array(slope), rel=1e-4, abs=1e-4)


def market(rng: np.random.Generator, size: int, phi: float, days: int = 28) -> np.ndarray:
    start = np.repeat(np.arange(-200, days), rng.poisson(size * (1 - phi), 200 + days))
    day = np.arange(days)
    on = (day >= start[:, None]) & (day < (start + rng.geometric(1 - phi, len(start)))[:, None])
    return on[on.any(axis=1)]


def test_complete_crawls_give_sightings_back() -> None:
    seen = market(np.random.default_rng(1), 400, 0.95)
    fitted = live.fit(seen, np.ones(28))
    counts = live.live_counts(fitted)
    assert fitted.eta > 0.999
    assert live.chances(fitted, seen) == pytest.approx(seen.astype(float), abs=0.01)
    assert counts.mean == pytest.approx(seen.sum(axis=0), rel=1e-3)
    assert (counts.naive == seen.sum(axis=0)).all()
    assert (counts.lower <= counts.naive).all()
    assert (counts.upper <= counts.naive + 2).all()


def test_parameters_are_found() -> None:
    rng = np.random.default_rng(2)
    on, q = market(rng, 3000, 0.95), np.ones(28)
    q[[4, 11, 12, 27]], q[[7, 20]] = 0.0, 0.6
    fitted = live.fit(on & (rng.random(on.shape) < 0.97 * q), q)
    assert fitted.eta == pytest.approx(0.97, abs=0.005)
    assert fitted.leaving == pytest.approx(0.05, abs=0.003)


def test_a_missed_day_is_filled_before_first_sightings_and_after_last_ones() -> None:
    rng = np.random.default_rng(3)
    on, q = market(rng, 2000, 0.95), np.ones(28)
    q[[10, 27]] = 0.0
    seen = on & (q > 0)
    fitted = live.fit(seen, q)
    counts, chance = live.live_counts(fitted), live.chances(fitted, seen)
    assert counts.mean[[10, 27]] == pytest.approx(on.sum(axis=0)[[10, 27]], rel=0.02)
    assert (counts.lower[[10, 27]] < on.sum(axis=0)[[10, 27]]).all()
    new = seen[:, 11] & ~seen[:, :10].any(axis=1)
    assert chance[new, 10] == pytest.approx(np.full(new.sum(), 0.49), abs=0.05)  # posted on the day missed, or the next
    assert chance[seen[:, 26], 27] == pytest.approx(np.full(seen[:, 26].sum(), 0.95), abs=0.02)


def test_days_before_the_first_crawl_are_unknown_and_change_nothing() -> None:
    rng = np.random.default_rng(4)
    on, q = market(rng, 300, 0.95), np.ones(28)
    q[9] = 0.0
    seen = on & (q > 0)
    seen[:, :5] = False
    late = np.where(np.arange(28) < 5, np.nan, q)
    fitted, alone = live.fit(seen, late), live.fit(seen[:, 5:], q[5:])
    for got, short in (
        (live.live_counts(fitted).mean, live.live_counts(alone).mean),
        (live.live_counts(fitted).upper, live.live_counts(alone).upper),
        (live.chances(fitted, seen).T, live.chances(alone, seen[:, 5:]).T),
    ):
        assert np.isnan(got[:5]).all()
        assert (got[5:] == short).all()


@pytest.mark.parametrize("q", [[np.nan, np.nan], [1.0, np.nan], [1.2, 1.0], [-0.1, 1.0]])
def test_completeness_that_means_nothing_is_refused(q: list[float]) -> None:
    with pytest.raises(WrongModel, match="completeness"):
        live.fit(np.ones((3, 2), dtype=bool), np.array(q))


def test_a_log_that_denies_sightings_is_not_believed() -> None:
    rng = np.random.default_rng(5)
    on = market(rng, 500, 0.95)
    q = np.ones(28)
    q[13] = 0.0
    fitted = live.fit(on, q)
    assert fitted.completeness[13] == 1.0
    assert live.live_counts(fitted).mean == pytest.approx(on.sum(axis=0), rel=0.005)


@pytest.mark.parametrize("days", [1, 2, 28])
def test_nothing_seen_is_few_and_not_nothing(days: int) -> None:
    counts = live.live_counts(live.fit(np.zeros((0, days), dtype=bool), np.ones(days)))
    assert (counts.mean < 1).all()
    assert (counts.lower == 0).all()
    assert ((counts.upper >= 1) & (counts.upper < 5)).all()


def test_one_day_is_what_was_seen_over_its_completeness() -> None:
    counts = live.live_counts(live.fit(np.ones((60, 1), dtype=bool), np.array([0.6])))
    assert counts.mean[0] == pytest.approx(60 / 0.6 / 0.975, rel=0.05)
    assert counts.lower[0] < 95
    assert counts.upper[0] > 110


def test_the_same_sightings_give_the_same_bits() -> None:
    rng = np.random.default_rng(6)
    on, q = market(rng, 300, 0.9), rng.uniform(0.5, 0.9, 28)
    seen = on & (rng.random(on.shape) < q)
    one, other = (live.live_counts(live.fit(seen[rows], q)) for rows in (slice(None), slice(None, None, -1)))
    assert all((getattr(one, name) == getattr(other, name)).all() for name in ("mean", "lower", "upper", "naive"))


def test_a_slice_of_the_battery_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import crawls

    rng = np.random.default_rng(8)
    for name in ("25 % missed", "50-90 % complete, any pages", "two classes, 25 % missed"):
        scenario = next(known for known in crawls.SCENARIOS if known.name == name)
        checks = {check.figure: check for check in crawls.failures(scenario, 1000, 12, rng)}
        assert not checks["largest daily bias"].missed
        assert not checks["coverage, all days"].missed
        assert checks["bias of naive counts"].value < -0.15
    assert not any(check.missed for check in crawls.thinning(1000, 5, rng))
