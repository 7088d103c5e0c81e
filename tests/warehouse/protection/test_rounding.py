"""One figure: noise, rounding, interval."""

from hypothesis import given
from hypothesis import strategies as st

from warehouse.protection.rounding import protect_value
from warehouse.protection.rules import VOLUME

values = st.floats(0, 5_000, allow_nan=False)


@given(point=values, below=values, above=values, error=st.integers(-5, 5))
def test_a_figure_stays_near_and_its_interval_only_grows(point: float, below: float, above: float, error: int) -> None:
    shown = protect_value(point, point - below, point + above, point - below, error, VOLUME)
    assert abs(shown.count - point) <= 7.5 + 1e-6
    assert shown.count % 5 == shown.lower % 5 == shown.upper % 5 == 0
    assert shown.lower <= shown.count <= shown.upper
    assert shown.upper - shown.lower >= 0
    assert shown.lower <= max(point + error - below, 0) + 1e-6
    assert shown.upper >= point + error + above - 1e-6


@given(point=values, floor=values, error=st.integers(-5, 5))
def test_no_end_between_zero_and_the_threshold(point: float, floor: float, error: int) -> None:
    shown = protect_value(point, floor, point, floor, error, VOLUME)
    assert shown.lower == 0 or shown.lower >= 10 or shown.count < 10
    assert shown.floor is None or shown.floor >= 10 or shown.count < 10
