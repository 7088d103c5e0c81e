import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates.existence import empty_pairs, kept_cells
from warehouse.estimates.tables import CaptureTable, read_table

PUBLISHED = json.loads((Path(__file__).parent / "data" / "published.json").read_text())


@pytest.mark.parametrize("published", [pytest.param(c, id=c["id"]) for c in PUBLISHED if c["kind"] == "existence"])
def test_codes_as_printed(published: dict[str, Any], data: Path) -> None:
    table = read_table(data / f"{published['dataset']}.csv")
    assert isinstance(table, CaptureTable)
    for terms, code in published["codes"]:
        assert cr.check(table, terms.split(",")).code == code, terms


def test_a_pair_that_nobody_shares_takes_its_cells_out() -> None:
    counts = np.array([0, 5, 4, 0, 3, 2, 1, 0], dtype=float)
    assert empty_pairs(counts, [(0, 1), (0, 2), (1, 2)]) == [(0, 1)]
    assert kept_cells(3, [(0, 1)]).tolist() == [False, True, True, False, True, True, True, False]
