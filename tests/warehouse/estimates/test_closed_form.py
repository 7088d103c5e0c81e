import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates.closed_form import (
    NORMAL,
    Point,
    chao,
    chao_floor,
    chapman,
    darroch,
    good_turing,
    log_normal_interval,
    memberships,
    times_seen,
    zelterman,
)
from warehouse.estimates.errors import TooFewRecaptures
from warehouse.estimates.tables import CaptureTable, read_table

PUBLISHED = json.loads((Path(__file__).parent / "data" / "published.json").read_text())


def by_formula(kind: str, path: Path) -> Point:
    table = read_table(path)
    if kind == "chapman":
        assert isinstance(table, CaptureTable)
        _, only_first, only_second, both = (round(float(count)) for count in table.counts)
        return chapman(only_first + both, only_second + both, both)
    assert not isinstance(table, CaptureTable)
    return {"chao1": chao, "zelterman": zelterman}[kind](table.frequencies)


@pytest.mark.parametrize(
    "published",
    [pytest.param(c, id=c["id"]) for c in PUBLISHED if c["kind"] in {"chapman", "chao1", "zelterman"}],
)
def test_formulas_as_printed(published: dict[str, Any], data: Path) -> None:
    point = by_formula(published["kind"], data / f"{published['dataset']}.csv")
    ends = {"lo": point.n - NORMAL * point.se, "hi": point.n + NORMAL * point.se}
    for name, (printed, tolerance) in published["figures"].items():
        assert abs({"N": point.n, "se": point.se, **ends}[name] - printed) <= tolerance


def test_zelterman_finds_poisson_captures_and_needs_somebody_seen_twice() -> None:
    k = np.arange(1, 12)
    poisson = 5000 * np.exp(-0.8) * 0.8**k / np.cumprod(k)
    assert zelterman(poisson).n == pytest.approx(5000, rel=1e-6)
    with pytest.raises(TooFewRecaptures):
        zelterman([5, 0, 3])
    assert zelterman([0, 4]) == Point(4.0, 0.0)


def test_zelterman_variance_is_that_of_its_sampling() -> None:
    k = np.arange(12)
    cells = np.exp(-0.8) * 0.8**k / np.r_[1, np.cumprod(k[1:])]
    drawn = np.random.default_rng(2).multinomial(3000, cells / cells.sum(), 2000)[:, 1:]
    points = [zelterman(row) for row in drawn]
    assert np.std([p.n for p in points]) == pytest.approx(np.mean([p.se for p in points]), rel=0.06)


def test_an_interval_never_goes_below_what_was_seen() -> None:
    lower, upper = log_normal_interval(100, 105, 40)
    assert 100 < lower < 105 < upper
    assert log_normal_interval(100, 100, 0) == pytest.approx((100, 100))


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
