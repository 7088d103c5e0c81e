from pathlib import Path

import numpy as np
import pytest

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import latent_class
from warehouse.estimates.closed_form import memberships
from warehouse.estimates.tables import CaptureTable, read_table

OFTEN, SELDOM = (0.6, 0.5, 0.4, 0.3), (0.2, 0.1, 0.15, 0.05)


def mixture(*classes: tuple[float, tuple[float, ...]]) -> np.ndarray:
    """Expected counts of classes of a size and detection."""
    x = memberships(len(classes[0][1]))
    cells = sum(n * np.prod(np.where(x == 1, p, 1 - np.array(p)), axis=1) for n, p in classes)
    cells = np.asarray(cells)
    cells[0] = 0
    return cells


def fit(cells: np.ndarray, seed: int = 1) -> latent_class.LatentClass:
    return latent_class.fit(cells, rng=np.random.default_rng(seed))


def test_two_classes_are_found_where_there_are_two() -> None:
    found = fit(mixture((30_000, OFTEN), (70_000, SELDOM)))
    assert found.n == pytest.approx(100_000, rel=1e-3)
    assert found.shares == pytest.approx((0.3, 0.7), abs=1e-3)
    assert found.detection[0] == pytest.approx(OFTEN, abs=1e-3)
    assert found.detection[1] == pytest.approx(SELDOM, abs=1e-3)
    assert found.lower < found.n < found.upper
    assert found.agreeing >= 2


def test_one_class_is_independence() -> None:
    cells = mixture((2_000, OFTEN))
    found = fit(cells)
    independent = cr.fit(CaptureTable(("a", "b", "c", "d"), cells))
    assert found.n == pytest.approx(independent.n, rel=1e-3)
    assert found.lower < 2_000 < found.upper


def test_three_lists_give_no_point_and_say_what_they_rule_out() -> None:
    found = fit(mixture((300, OFTEN[:3]), (700, SELDOM[:3])))
    assert np.isnan(found.n)
    assert not found.identifiable
    assert found.lower < 1_000 < found.upper
    assert np.isinf(found.upper)


def test_the_fit_is_at_least_as_good_as_independence_and_every_start_is_reported(data: Path) -> None:
    table = read_table(data / "uk_2013_5lists.csv")
    assert isinstance(table, CaptureTable)
    found, again = fit(table.counts), fit(table.counts)
    assert found == again
    used = np.flatnonzero(table.counts)
    share = table.counts[used] / table.observed
    independent = cr.fit(table)
    # Deviance of the same cells, from the conditional likelihood.
    assert -2 * found.log_likelihood + 2 * table.observed * float(share @ np.log(share)) < independent.deviance
    assert 1 <= found.agreeing <= found.starts
    other = fit(table.counts, seed=9)
    assert other.n == pytest.approx(found.n, rel=1e-3)


@pytest.mark.full
def test_the_profile_holds_the_truth_about_as_often_as_it_says() -> None:
    expected = mixture((300, OFTEN), (400, SELDOM))
    inside = 0
    for run in range(100):
        rng = np.random.default_rng([7, run])
        found = fit(rng.poisson(expected).astype(float), seed=run)
        inside += found.lower <= 700 <= found.upper
    assert inside >= 88  # of 100; 95 expected
