"""Cell-key noise: the laws of the error law."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.protection.errors import NoSuchNoise
from warehouse.protection.noise import draw, law, solve, support_of
from warehouse.protection.rules import NoiseRule

RULE = NoiseRule()
KEY = b"\x01" * 32


@given(count=st.integers(0, 300))
def test_mean_zero_variance_three_bounded_never_negative(count: int) -> None:
    errors, p = law(count, RULE)
    assert math.isclose(sum(p), 1.0, abs_tol=1e-12)
    assert math.isclose(sum(e * q for e, q in zip(errors, p, strict=True)), 0.0, abs_tol=1e-9)
    assert math.isclose(sum(e * e * q for e, q in zip(errors, p, strict=True)), 3.0 if count else 0.0, abs_tol=1e-9)
    assert all(abs(error) <= 5 and count + error >= 0 for error in errors)


def test_a_structural_zero_stays_zero() -> None:
    assert law(0, RULE) == ((0,), (1.0,))
    assert {draw(KEY, "volume", number, 0, RULE) for number in range(200)} == {0}


@given(
    direction=st.lists(st.floats(-1, 1), min_size=11, max_size=11),
    count=st.sampled_from([1, 2, 3, 4, 5]),
)
def test_no_law_with_the_same_moments_has_more_entropy(direction: list[float], count: int) -> None:
    """Step from the solution in any direction that keeps total, mean and variance: entropy falls."""
    support = np.array(support_of(count, 5), dtype=float)
    p = np.array(law(count, RULE)[1])
    kept = np.stack([np.ones_like(support), support, support**2])
    step = np.array(direction[: len(support)])
    step -= kept.T @ np.linalg.lstsq(kept @ kept.T, kept @ step, rcond=None)[0]
    size = np.abs(step).max()
    if size < 1e-6:
        return
    other = p + step * (0.5 * p.min() / size)
    assert -(other * np.log(other)).sum() <= -(p * np.log(p)).sum() + 1e-12


@pytest.mark.parametrize(
    ("support", "variance"), [((-5, 0, 5), 25.0), ((-1, 0, 1), 1.5), ((0, 1, 2), 0.5), ((-2, -1), 1.0)]
)
def test_what_cannot_exist_is_refused(support: tuple[int, ...], variance: float) -> None:
    with pytest.raises(NoSuchNoise):
        solve(support, variance)


def test_three_points_are_solved_by_hand() -> None:
    assert solve((-1, 0, 1), 0.5) == pytest.approx([0.25, 0.5, 0.25])
    assert solve((-2, 0, 2), 1.0) == pytest.approx([0.125, 0.75, 0.125])


@given(number=st.integers(0, 2**63 - 1), count=st.integers(1, 1000))
def test_the_same_cell_always_has_the_same_noise(number: int, count: int) -> None:
    assert len({draw(KEY, "volume", number, count, RULE) for _ in range(5)}) == 1


def test_draws_follow_the_law() -> None:
    errors, p = law(40, RULE)
    draws = [draw(KEY, "volume", number * 7_919, 40, RULE) for number in range(40_000)]
    seen = np.array([draws.count(error) for error in errors]) / len(draws)
    assert np.abs(seen - np.array(p)).max() < 0.01


def test_another_key_or_kind_gives_unrelated_noise() -> None:
    def series(key: bytes, kind: str) -> np.ndarray:
        return np.array([draw(key, kind, number, 40, RULE) for number in range(4_000)], dtype=float)

    base = series(KEY, "volume")
    for other in (series(b"\x02" * 32, "volume"), series(KEY, "movement"), np.roll(base, 1)):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.06


def test_the_documented_table_is_the_solver_s() -> None:
    text = (Path(__file__).parents[3] / "docs" / "protection.md").read_text()
    rows = [
        line.strip("| ").split("|")
        for line in text.splitlines()
        if line.startswith(("| 1 |", "| 2 |", "| 3 |", "| 4 |", "| 5 and"))
    ]
    assert len(rows) == 5
    for count, (_, *cells) in enumerate(rows, start=1):
        support, p = law(count, RULE)
        shown = {error: cell.strip() for error, cell in zip(range(-5, 6), cells, strict=True) if cell.strip()}
        assert shown == {error: f"{chance:.4f}"[1:] for error, chance in zip(support, p, strict=True)}
