"""Dippers and geese as printed; then size, power and what must not matter."""

from collections import Counter
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from warehouse.estimates import goodness
from warehouse.estimates.tables import Histories, read_histories

# R2ucare 1.0 (Gimenez, Lebreton, Choquet & Pradel 2018, Methods in Ecology and Evolution 9), vignette "Introduction to
# R2ucare" for females; its test suite for the males' 3.SR and 2.CL.
DIPPERS = [
    ("Female", "3.SR", 4.985, 5, 0.418),
    ("Female", "3.SM", 2.041, 3, 0.564),
    ("Female", "2.CT", 3.250, 4, 0.517),
    ("Female", "2.CL", 0.0, 0, 1.0),
    ("Female", "overall", 10.276, 12, 0.592),
    ("Male", "3.SR", 6.778, 5, None),
    ("Male", "2.CL", 0.0, 0, 1.0),
]
# The 21,435 Canada geese of Hestbeck, Nichols & Malecki (1991), as the same vignette has them: for each occasion 2 to 5 and
# each site, those seen before and after by the site before (rows) and the site after (columns), and what WBWA makes of it.
GEESE = {
    (2, 1): ([[102, 9, 0], [24, 14, 0], [10, 5, 0]], 19.5914428, 2),
    (2, 2): ([[13, 8, 0], [31, 253, 3], [1, 10, 2]], 37.8676763, 2),
    (2, 3): ([[0, 0, 0], [1, 2, 0], [1, 10, 27]], 4.4873614, 1),
    (3, 1): ([[228, 26, 1], [45, 49, 2], [2, 4, 2]], 80.590305, 1),
    (3, 2): ([[21, 39, 1], [32, 433, 9], [4, 43, 12]], 98.7610833, 4),
    (3, 3): ([[0, 0, 0], [0, 3, 6], [2, 16, 83]], 0.8071348, 1),
    (4, 1): ([[278, 57, 0], [39, 29, 2], [1, 2, 0]], 27.7054638, 1),
    (4, 2): ([[44, 75, 1], [52, 491, 13], [0, 26, 13]], 53.6936048, 2),
    (4, 3): ([[3, 1, 1], [1, 7, 7], [4, 9, 97]], 25.2931602, 1),
    (5, 1): ([[176, 31, 0], [31, 35, 0], [2, 2, 2]], 43.6547442, 1),
    (5, 2): ([[38, 55, 1], [39, 346, 5], [4, 19, 5]], 50.9264976, 2),
    (5, 3): ([[2, 5, 1], [1, 9, 5], [1, 20, 90]], 29.4763896, 2),
}
GEESE_WBWA = (472.855, 20)


def by_sex(data: Path, sex: str) -> Histories:
    dippers = read_histories(data / "dipper_7occ.csv")
    of = np.array(dippers.labels["sex"]) == sex
    return Histories(dippers.states[of], dippers.counts[of], {})


@pytest.mark.parametrize(("sex", "name", "statistic", "df", "p"), DIPPERS)
def test_dippers_as_printed(sex: str, name: str, statistic: float, df: int, p: float | None, data: Path) -> None:
    components = goodness.tests(by_sex(data, sex))
    told = {each.name: each for each in (*components, goodness.overall(components))}[name]
    # The printed sum is of rounded parts.
    assert told.statistic == pytest.approx(statistic, abs=0.0011 if name == "overall" else 0.0006)
    assert told.df == df
    if p is not None:
        assert told.p == pytest.approx(p, abs=0.0006)


def test_c_hat_is_the_statistic_by_its_degrees(data: Path) -> None:
    whole = goodness.overall(goodness.tests(by_sex(data, "Female")))
    assert whole.inflation == pytest.approx(10.276 / 12, abs=0.0002)
    assert np.isnan(goodness.overall(()).inflation)
    assert goodness.overall(()).p == 1


def three_sightings(tables: dict[tuple[int, int], list[list[int]]], sites: int = 3) -> Histories:
    """Histories that have these tables: seen on the occasion before, on the occasion and on the one after."""
    states, counts = [], []
    for (occasion, site), table in tables.items():
        for before, after in product(range(sites), repeat=2):
            history = [0] * 6
            history[occasion - 2 : occasion + 1] = before + 1, site, after + 1
            states.append(history)
            counts.append(float(table[before][after]))
    return Histories(np.array(states), np.array(counts), {})


def test_memory_of_the_geese_as_printed() -> None:
    told = goodness.memory(three_sightings({key: table for key, (table, _, _) in GEESE.items()}))
    assert (told.statistic, told.df) == (pytest.approx(GEESE_WBWA[0], abs=0.0006), GEESE_WBWA[1])
    assert told.p < 1e-80


@pytest.mark.parametrize("key", GEESE)
def test_memory_of_the_geese_by_occasion_and_site(key: tuple[int, int]) -> None:
    table, statistic, df = GEESE[key]
    told = goodness.memory(three_sightings({key: table}))
    assert (told.statistic, told.df) == (pytest.approx(statistic, abs=1e-6), df)


def test_transients_and_memory_among_the_geese_subsample(data: Path) -> None:
    geese = read_histories(data / "canada_geese_subsample500.csv")
    told = {each.name: each for each in goodness.tests(geese)}
    assert list(told) == ["3G.SR", "3G.SM", "WBWA"]
    assert told["WBWA"] == goodness.memory(geese)
    assert all(each.df > 0 for each in told.values())


def simulated(
    rng: np.random.Generator,
    n: int,
    *,
    states: int = 3,
    occasions: int = 8,
    homing: float = 0.0,
    transients: float = 0.0,
) -> Histories:
    """First-order Markov moves, survival .85, detection .6; with `homing` one returns to the state before with that chance."""
    moves = np.full((states, states), 0.3 / states) + np.eye(states) * 0.7
    now = rng.integers(states, size=n)
    before = now.copy()
    first = rng.integers(occasions - 1, size=n)
    alive = np.full(n, True)
    seen = np.zeros((n, occasions), dtype=np.int64)
    passing = rng.random(n) < transients
    for occasion in range(occasions):
        there = alive & (occasion >= first)
        seen[:, occasion] = np.where(there & ((rng.random(n) < 0.6) | (occasion == first)), now + 1, 0)
        alive &= ~((occasion >= first) & ((rng.random(n) < 0.15) | passing))
        onward = (rng.random(n)[:, None] > moves[now].cumsum(axis=1)).sum(axis=1).clip(max=states - 1)
        onward = np.where(rng.random(n) < homing, before, onward)
        before, now = np.where(occasion >= first, now, before), np.where(occasion >= first, onward, now)
    return Histories(seen, np.ones(n), {})


def rejected(states: int, runs: int, n: int = 800, **how: float) -> Counter[str]:
    """Count the runs in which each test is rejected at 5 %."""
    told: Counter[str] = Counter()
    for run in range(runs):
        tests = goodness.tests(simulated(np.random.default_rng([7, run]), n, states=states, **how))
        told.update(each.name for each in (*tests, goodness.overall(tests)) if each.p < 0.05)
    return told


@pytest.mark.parametrize(("states", "n"), [pytest.param(3, 2000, marks=pytest.mark.full), (1, 800)])
def test_no_more_than_one_in_twenty_is_rejected_where_the_model_holds(states: int, n: int) -> None:
    runs = 30
    told = rejected(states, runs, n)
    assert told
    assert max(told.values()) <= binom.ppf(0.9995, runs, 0.05), told


@pytest.mark.full
def test_size_of_the_test_for_memory() -> None:
    runs = 600  # three standard errors of the size are 2.7 %
    assert 0.023 <= rejected(3, runs, 6000)["WBWA"] / runs <= 0.077


def test_a_memory_is_found() -> None:
    assert rejected(3, 20, homing=0.5)["WBWA"] >= 19


def test_passers_by_are_found_and_not_taken_for_a_memory() -> None:
    told = rejected(3, 20, transients=0.3)
    assert told["3G.SR"] >= 18
    assert told["WBWA"] <= 5
    assert rejected(1, 20, transients=0.3)["3.SR"] >= 19


@settings(max_examples=5)
@given(st.integers(0, 10**6), st.sampled_from([1, 3]), st.randoms(use_true_random=False))
def test_neither_order_nor_grouping_of_individuals_matters(seed: int, states: int, random) -> None:
    each = simulated(np.random.default_rng(seed), 200, states=states)
    order = random.sample(range(200), 200)
    rows, inverse = np.unique(each.states, axis=0, return_inverse=True)
    grouped = Histories(rows, np.bincount(inverse.ravel()).astype(float), {})
    told = goodness.tests(each)
    assert goodness.tests(Histories(each.states[order], each.counts, {})) == told
    assert goodness.tests(grouped) == told


@settings(max_examples=5)
@given(st.integers(0, 10**6), st.permutations([1, 2, 3]))
def test_names_of_states_do_not_matter(seed: int, names: list[int]) -> None:
    each = simulated(np.random.default_rng(seed), 300)
    renamed = Histories(np.array([0, *names])[each.states], each.counts, {})
    for one, other in zip(goodness.tests(each), goodness.tests(renamed), strict=True):
        assert (one.name, one.df) == (other.name, other.df)
        assert one.statistic == pytest.approx(other.statistic)


@pytest.mark.parametrize("states", [np.zeros((2, 4)), np.eye(4), np.array([[1, 1]]), np.array([[1, 2, 0, 0]])])
def test_histories_that_tell_nothing_reject_nothing(states: np.ndarray) -> None:
    histories = Histories(states.astype(np.int64), np.ones(len(states)), {})
    assert all((each.statistic, each.df, each.p) == (0.0, 0, 1.0) for each in goodness.tests(histories))
