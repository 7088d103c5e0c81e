import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warehouse.estimates.closed_form import memberships
from warehouse.estimates.coverage import chao_tsay, sample_coverage
from warehouse.estimates.errors import TooFewRecaptures
from warehouse.estimates.tables import CaptureTable, read_table

PUBLISHED = json.loads((Path(__file__).parent / "data" / "published.json").read_text())


@pytest.mark.parametrize(
    "published", [pytest.param(c, id=c["id"]) for c in PUBLISHED if c["kind"] == "sample_coverage"]
)
def test_sample_coverage_as_printed(published: dict[str, Any], data: Path) -> None:
    table = read_table(data / f"{published['dataset']}.csv")
    assert isinstance(table, CaptureTable)
    found = sample_coverage(table.counts)
    for name, (printed, tolerance) in published["figures"].items():
        assert abs(float(getattr(found, name)) - printed) <= tolerance


def independent(p: list[float], n: float) -> np.ndarray:
    x = memberships(len(p))
    return n * np.prod(np.where(x == 1, p, 1 - np.array(p)), axis=1)


@pytest.mark.parametrize("p", [[0.5, 0.3], [0.45, 0.3, 0.2], [0.45, 0.3, 0.2, 0.12], [0.3, 0.3, 0.2, 0.2, 0.1]])
def test_under_independence_all_versions_find_the_population(p: list[float]) -> None:
    found = sample_coverage(independent(p, 1000))
    assert float(found.independent) == pytest.approx(1000)
    assert float(found.one_step) == pytest.approx(1000)
    assert np.isnan(found.general) if len(p) == 2 else float(found.general) == pytest.approx(1000)


def test_two_lists_are_petersen() -> None:
    assert float(sample_coverage([0, 781, 254, 167]).independent) == pytest.approx(948 * 421 / 167)


def test_a_pair_that_shares_more_than_by_chance_is_allowed_for() -> None:
    """The second list holds 40 % of the first beside its own share; the third is apart."""
    x = memberships(3)
    first, third = 0.4, 0.3
    second = np.where(x[:, 0] == 1, 0.2 + 0.8 * 0.4, 0.2)
    cells = 2000 * np.where(x[:, 0] == 1, first, 1 - first) * np.where(x[:, 2] == 1, third, 1 - third)
    cells *= np.where(x[:, 1] == 1, second, 1 - second)
    found = sample_coverage(cells)
    assert float(found.independent) < 1700
    assert float(found.independent) < float(found.one_step) < float(found.general)
    assert float(found.general) == pytest.approx(2000, rel=0.1)


def test_many_tables_at_once_equal_one_by_one() -> None:
    tables = np.random.default_rng(0).poisson(12, (6, 16)).astype(float)
    at_once = sample_coverage(tables)
    for i, table in enumerate(tables):
        alone = sample_coverage(table)
        for name in ("coverage", "independent", "general", "one_step"):
            assert getattr(at_once, name)[i] == pytest.approx(float(getattr(alone, name)), nan_ok=True)


def test_the_version_follows_the_coverage_and_the_seed_gives_the_same_bits(data: Path) -> None:
    low, high = (read_table(data / f"{name}.csv") for name in ("hepatitis_taiwan_3lists", "diabetes_italy_4lists"))
    assert isinstance(low, CaptureTable)
    assert isinstance(high, CaptureTable)
    first = chao_tsay(low.counts, rng=np.random.default_rng(1))
    assert first == chao_tsay(low.counts, rng=np.random.default_rng(1))
    assert first.version == "one_step"
    assert 271 < first.lower < first.n < first.upper
    second = chao_tsay(high.counts, rng=np.random.default_rng(1))
    assert second.version == "general"
    assert second.lower < 2609 < second.upper
    with pytest.raises(TooFewRecaptures):
        chao_tsay([0, 5, 4, 0, 3, 0, 0, 0], rng=np.random.default_rng(1))
