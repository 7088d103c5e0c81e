import numpy as np
import pytest

from warehouse.estimates import variance

DRAWS = 4000


def weeks(seed: int, *, own: float = 0.15, shared: float = 1.0) -> np.ndarray:
    """Draws of two weeks that share delta, kappa and u; log N depends on them not linearly."""
    rng = np.random.default_rng(seed)
    delta, u = shared * rng.standard_normal((2, DRAWS))
    kappa = 0.85 + shared * rng.uniform(-0.25, 0.25, DRAWS)
    unseen = 45 * np.exp(0.4 * delta - 0.3 * u)
    return (55 + unseen * np.exp(rng.normal(0, own, (2, DRAWS)))) * kappa


def test_the_parts_are_the_covariance_and_half_the_variance_of_the_change() -> None:
    for seed in range(5):
        first, second = weeks(seed)
        found = variance.split(first, second)
        covariance = np.cov(np.log(first), np.log(second))
        assert found.common == pytest.approx(covariance[0, 1])
        assert 2 * found.specific == pytest.approx(np.log(second / first).var(ddof=1))
        assert found.common + found.specific == pytest.approx(np.diag(covariance).mean())


def test_the_parts_are_what_each_would_be_alone() -> None:
    found = variance.split(*weeks(1))
    only_own, only_shared = weeks(1, shared=0.0), weeks(1, own=0.0)
    assert found.specific == pytest.approx(np.log(only_own[0]).var(), rel=0.1)
    assert found.common == pytest.approx(np.log(only_shared[0]).var(), rel=0.05)


def test_nothing_shared_is_all_specific_and_nothing_else_is_all_common() -> None:
    apart, same = variance.split(*weeks(2, shared=0.0)), variance.split(*weeks(2, own=0.0))
    assert apart.common < 0.05 * apart.specific
    assert same.specific == pytest.approx(0, abs=1e-15)
    assert same.common > 0.03


def test_many_areas_at_once_in_any_unit_are_as_each_alone() -> None:
    pairs = np.stack([weeks(seed) for seed in range(3)])
    found = variance.split(7 * pairs[:, 0], 7 * pairs[:, 1])
    for i, (first, second) in enumerate(pairs):
        alone = variance.split(first, second)
        assert (found.common[i], found.specific[i]) == pytest.approx((alone.common, alone.specific))


def test_a_draw_of_nobody_is_refused() -> None:
    first, second = weeks(3)
    second[7] = 0
    with pytest.raises(ValueError, match="above zero"):
        variance.split(first, second)


def test_the_noise_of_a_posterior_mean_is_what_simulation_shows() -> None:
    rng = np.random.default_rng(6)
    tau, noise, unseen = 0.3, 0.35, 0.4
    shrunk = tau**2 / (tau**2 + noise**2)
    told = shrunk * (0.2 + rng.normal(0, noise, 200_000))  # one area, told anew each week
    spread = np.array([tau * np.sqrt(1 - shrunk)])
    found = variance.of_deviation(spread, tau, np.array([unseen]))
    assert found[0] == pytest.approx((unseen * told).var(), rel=0.02)
    assert variance.of_deviation(np.array([tau]), tau, np.array([unseen]))[0] == pytest.approx(0)
