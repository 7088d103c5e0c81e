"""The counterfactual: the same likelihood as the filter's, a gap that is a conditional mean, a factor that misses nobody."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.estimates import counterfactual as cf
from warehouse.estimates import kalman
from warehouse.estimates.counterfactual import Chance, Factorised, Panel


def made(seed: int, areas: int = 7, periods: int = 40) -> Panel:
    rng = np.random.default_rng(seed)
    season = np.sin(np.arange(periods) / 5)
    level = 4 + 0.2 * season + rng.normal(0, 0.1, (areas, periods)) + rng.normal(0, 1, (areas, 1))
    return Panel(level, rng.uniform(0.002, 0.02, level.shape), rng.uniform(20, 200, areas))


def test_likelihood_is_that_of_the_kalman_filter():
    """The same states one after the other, in the house's own filter: level, slow and fast chance, loading."""
    chance = Chance(0.96, 0.8, 0.4, 0.006)
    panel = made(1)
    of = cf.contrasts(panel, 1)
    found = Factorised.of(of, (chance,), 1)
    own, periods = of.own[0], panel.level.shape[1]
    slow, fast = chance.slow * own, chance.fast * own
    noise = np.array(
        [
            chance.drift**2 * of.apart[0],
            slow * (1 - chance.memory**2),
            fast * (1 - cf.FAST_MEMORY**2),
            0.0,
        ]
    )
    model = kalman.Model(
        np.column_stack([np.ones((periods, 3)), of.factor[0]]),
        np.diag([1.0, chance.memory, cf.FAST_MEMORY, 1.0]),
        np.broadcast_to(noise, (periods, 4)),
        np.zeros(4),
        np.array([cf.VAGUE, slow, fast, cf.LOADING_VARIANCE]),
    )
    y = of.level[0] - of.level[0, 0]
    ran = kalman.run(y, of.specific[0], model)
    constant = 0.5 * np.log(2 * np.pi) * np.arange(1, periods + 1)
    ours = [found.log_likelihood(t + 1)[0, 0] for t in range(periods)]
    np.testing.assert_allclose(ours - constant, ran.log_likelihood, atol=1e-8)
    standardised = ran.innovation / np.sqrt(ran.innovation_variance)
    np.testing.assert_allclose(found.innovation[0, 0], standardised, atol=1e-7)


@given(st.integers(0, 50), st.integers(12, 30), st.integers(1, 6))
def test_gap_is_what_the_conditional_normal_says(seed: int, before: int, skipped: int):
    panel = made(seed)
    of = cf.contrasts(panel, 1)
    found = Factorised.of(of, cf.GRID[5:6], 1)
    whole = cf.covariance(of, cf.GRID[5:6], 1)[0, 0]
    y = of.level[0] - of.level[0, 0]
    start = before + skipped
    past, after = slice(None, before), slice(start, None)
    pull = np.linalg.solve(whole[past, past], whole[past, after])
    ones = np.full(panel.level.shape[1] - start, 1 / (panel.level.shape[1] - start))
    mean = (y[after] - pull.T @ y[past]) @ ones
    variance = ones @ (whole[after, after] - whole[after, past] @ pull) @ ones
    gap, its = found.gap(start, panel.level.shape[1], before)
    np.testing.assert_allclose([gap[0, 0], its[0, 0]], [mean, variance], rtol=1e-6, atol=1e-9)


@given(st.integers(0, 50), st.floats(-3, 3), st.floats(-3, 3))
def test_what_all_areas_share_moves_no_contrast(seed: int, shift: float, step: float):
    panel = made(seed)
    moved = panel.level + shift + step * (np.arange(40) > 20)
    one, other = (cf.contrasts(Panel(each, panel.specific, panel.size), 1).level for each in (panel.level, moved))
    np.testing.assert_allclose(one, other, atol=1e-9)


def test_a_missing_figure_of_a_large_area_moves_no_week():
    """Two areas at far levels, without noise: leaving out one of them for a week must not be read as a fall of all."""
    level = np.array([[2.0] * 6, [3.0] * 6, [7.0] * 6])
    seen = np.ones(level.shape, dtype=bool)
    seen[2, 3] = False
    factor, there = cf.common_factor(np.where(seen, level, 0.0), seen, np.array([0.0, 0.2, 0.8]))
    assert there.all()
    np.testing.assert_allclose(factor, factor[0], atol=1e-9)


def test_a_week_without_any_comparator_is_no_week():
    panel = made(3)
    level = panel.level.copy()
    level[1:, 30] = np.nan
    of = cf.contrasts(Panel(level, panel.specific, panel.size), 1)
    assert np.isnan(of.level[0, 30])
    found = Factorised.of(of, cf.GRID[:1], 1)
    gap, _ = found.gap(30, 31)
    assert np.isnan(gap).all()
    # And what that week's figure was makes no difference to any other.
    level[0, 30] += 5
    again = Factorised.of(cf.contrasts(Panel(level, panel.specific, panel.size), 1), cf.GRID[:1], 1)
    np.testing.assert_array_equal(found.gap(31, 40)[0], again.gap(31, 40)[0])


def test_a_level_without_its_variance_is_no_panel():
    with pytest.raises(ValueError, match="variance"):
        Panel(np.ones((2, 3)), np.full((2, 3), np.nan), np.ones(2))
    with pytest.raises(ValueError, match="shape"):
        Panel(np.ones((2, 3)), np.ones((2, 3)), np.ones(3))
