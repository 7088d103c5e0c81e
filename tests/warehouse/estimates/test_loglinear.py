import numpy as np
import pytest

from warehouse.estimates import loglinear
from warehouse.estimates.errors import WrongModel


def test_many_models_at_once_equal_one_by_one() -> None:
    y = np.array([0, 40, 30, 12, 20, 9, 7, 4], dtype=float)
    x = loglinear.design(3, [(0, 1), (0, 2)])
    on = np.ones((3, x.shape[1]), dtype=bool)
    on[1, 4], on[2, 4:] = False, False
    cells = np.tile(np.arange(8) > 0, (3, 1))
    batch = loglinear.fit_many(x, y, on, cells)
    for row in range(3):
        single = loglinear.fit_many(x[1:, on[row]], y[1:])
        assert batch.beta[row, on[row]] == pytest.approx(single.beta[0], abs=1e-7)
        assert (batch.beta[row, ~on[row]] == 0).all()
        assert batch.variance[row] == pytest.approx(single.variance[0], rel=1e-6)
        assert batch.deviance[row] == pytest.approx(single.deviance[0], abs=1e-7)
        assert batch.log_likelihood[row] == pytest.approx(single.log_likelihood[0], abs=1e-7)


def test_many_tables_at_once_solve_their_likelihood_equations() -> None:
    y = np.random.default_rng(1).poisson(9, (20, 7)).astype(float)
    x = loglinear.design(3, [(1, 2)])[1:]
    fits = loglinear.fit_many(x, y)
    assert fits.converged.all()
    assert np.exp(fits.beta @ x.T) @ x == pytest.approx(y @ x, rel=1e-6)


def test_a_flat_direction_has_infinite_variance() -> None:
    x = np.hstack([loglinear.design(3, [])[1:], np.ones((7, 1))])
    assert np.isinf(loglinear.fit_many(x, np.arange(1, 8, dtype=float)).variance[0])


def test_every_form_of_heterogeneity_is_nothing_for_the_unseen() -> None:
    for kind in loglinear.HETEROGENEITY:
        assert (loglinear.heterogeneity_columns(np.zeros(1), 4, kind, None) == 0).all()
    with pytest.raises(WrongModel):
        loglinear.heterogeneity_columns(np.zeros(1), 2, "chao", None)
