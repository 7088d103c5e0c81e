"""One figure: noise, rounding, interval."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.protection.noise import law
from warehouse.protection.rounding import protect_value
from warehouse.protection.rules import VOLUME, NoiseRule

values = st.floats(0, 5_000, allow_nan=False)


@given(point=values, below=values, above=values, error=st.integers(-5, 5))
def test_a_figure_stays_near_and_its_interval_only_grows(point: float, below: float, above: float, error: int) -> None:
    shown = protect_value(point, point - below, point + above, point - below, error, VOLUME)
    assert abs(shown.count - point) <= 7.5 + 1e-6
    assert shown.count % 5 == shown.lower % 5 == shown.upper % 5 == 0
    assert shown.lower <= shown.count <= shown.upper
    assert shown.upper - shown.lower >= 0
    assert shown.lower <= max(shown.count - below, 0) + 1e-6
    assert shown.upper >= shown.count + above - 1e-6


@given(point=values, below=values, above=values, floor=values, errors=st.tuples(*[st.integers(-5, 5)] * 2))
def test_nothing_but_the_figure_tells_of_the_error(
    point: float, below: float, above: float, floor: float, errors: tuple[int, int]
) -> None:
    """Two errors that round to one figure cannot be told apart by its ends or its floor."""
    one, other = (protect_value(point, point - below, point + above, point - floor, error, VOLUME) for error in errors)
    assert one.count != other.count or one == other


@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0, 8.0])
def test_the_interval_covers_as_often_as_it_says(spread: float) -> None:
    rng = np.random.default_rng(17)
    errors, weights = law(5, NoiseRule())
    truths = rng.uniform(30, 90, 4_000)
    points = truths + spread * rng.standard_normal(truths.size)
    drawn = rng.choice(errors, truths.size, p=weights)
    covered = 0
    for truth, point, error in zip(truths, points, drawn, strict=True):
        half = 1.96 * spread
        shown = protect_value(point, point - half, point + half, None, int(error), VOLUME)
        covered += shown.lower <= truth <= shown.upper
    assert covered / truths.size >= 0.95


@given(point=values, floor=values, error=st.integers(-5, 5))
def test_no_end_between_zero_and_the_threshold(point: float, floor: float, error: int) -> None:
    shown = protect_value(point, floor, point, floor, error, VOLUME)
    assert shown.lower == 0 or shown.lower >= 10 or shown.count < 10
    assert shown.floor is None or shown.floor >= 10 or shown.count < 10
