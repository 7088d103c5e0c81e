import numpy as np
import pytest

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates.closed_form import chao_floor, darroch, good_turing, memberships, times_seen


def table(p: list[float], n: float) -> np.ndarray:
    """Expected counts of independent lists."""
    x = memberships(len(p))
    cells = n * np.prod(np.where(x == 1, p, 1 - np.array(p)), axis=1)
    cells[0] = 0
    return cells


@pytest.mark.parametrize("p", [[0.5, 0.3], [0.45, 0.3, 0.2], [0.45, 0.3, 0.2, 0.12]])
def test_under_independence_all_find_the_population(p: list[float]) -> None:
    cells = table(p, 1e7)
    size, _ = darroch(cells)
    assert float(size) == pytest.approx(1e7, rel=1e-6)
    assert float(chao_floor(cells)) == pytest.approx(1e7, rel=1e-4)


def test_the_floor_lies_below_a_mixed_population() -> None:
    cells = table([0.6, 0.5, 0.4], 300) + table([0.2, 0.1, 0.05], 700)
    assert cells.sum() < float(chao_floor(cells)) < 1000


def test_independence_equals_the_log_linear_fit_and_its_variance() -> None:
    cells = np.array([0, 60, 40, 25, 20, 12, 9, 5], dtype=float)
    size, variance = darroch(cells)
    fit = cr.fit(cr.CaptureTable(("a", "b", "c"), cells))
    assert float(size) == pytest.approx(fit.n, rel=1e-6)
    # Poisson and multinomial variances differ by the variation of the unseen themselves.
    assert float(variance) == pytest.approx(fit.log_unseen_variance + 1 / (fit.n - cells.sum()), rel=0.02)


def test_many_tables_at_once_equal_one_by_one() -> None:
    rng = np.random.default_rng(0)
    cells = rng.poisson(8, (5, 8)).astype(float)
    cells[:, 0] = 0
    for function in (chao_floor, good_turing, times_seen):
        assert np.allclose(function(cells), [function(row) for row in cells])
    assert np.allclose(darroch(cells)[0], [float(darroch(row)[0]) for row in cells])


def test_nobody_seen_twice_means_no_bound_from_above() -> None:
    cells = np.array([0, 5, 4, 0, 3, 0, 0, 0], dtype=float)
    size, variance = darroch(cells)
    assert np.isinf(size)
    assert np.isinf(variance)
    assert np.isfinite(chao_floor(cells))
    assert float(good_turing(cells)) == 0
    assert float(good_turing(np.zeros(8))) == 0
