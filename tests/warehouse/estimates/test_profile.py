import json
from pathlib import Path
from typing import Any

import pytest

from warehouse.estimates.errors import NoModelHolds
from warehouse.estimates.profile import profile_frequencies, profile_interval
from warehouse.estimates.tables import CaptureTable, FrequencyTable, read_table

PUBLISHED = json.loads((Path(__file__).parent / "data" / "published.json").read_text())


@pytest.mark.parametrize("published", [pytest.param(c, id=c["id"]) for c in PUBLISHED if c["kind"] == "profile_ci"])
def test_profile_intervals_as_printed(published: dict[str, Any], data: Path) -> None:
    table = read_table(data / f"{published['dataset']}.csv")
    assert isinstance(table, CaptureTable)
    got = profile_interval(table, published["terms"], published["heterogeneity"], theta=published["theta"])
    for name, value in (("N", got.n), ("lo", got.lower), ("hi", got.upper)):
        printed, tolerance = published["figures"][name]
        assert abs(value - printed) <= tolerance, (name, value, printed)


@pytest.mark.parametrize(
    "published", [pytest.param(c, id=c["id"]) for c in PUBLISHED if c["kind"] == "profile_ci_counts"]
)
def test_profile_intervals_of_times_seen_as_printed(published: dict[str, Any], data: Path) -> None:
    table = read_table(data / f"{published['dataset']}.csv")
    assert isinstance(table, FrequencyTable)
    got = profile_frequencies(table.frequencies, published["heterogeneity"], theta=published["theta"])
    for name, value in (("N", got.n), ("lo", got.lower), ("hi", got.upper)):
        printed, tolerance = published["figures"][name]
        assert abs(value - printed) <= tolerance, (name, value, printed)


def test_the_bound_has_a_profile_too(data: Path) -> None:
    table = read_table(data / "diabetes_italy_4lists.csv")
    assert isinstance(table, CaptureTable)
    got = profile_interval(table, ["c1:c3", "c2:c4", "c3:c4"], "chao")
    assert got.lower < 2588 < got.upper  # the printed bound, of standard error 75
    assert got.upper - got.lower == pytest.approx(2 * 1.96 * 75, rel=0.05)


def test_no_estimate_no_interval(data: Path) -> None:
    table = read_table(data / "artificial_3lists_nonexistence.csv")
    assert isinstance(table, CaptureTable)
    with pytest.raises(NoModelHolds):
        profile_interval(table, ["A:B"])
