from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates.sensitivity import beside
from warehouse.estimates.tables import CaptureTable, FrequencyTable, read_table

ROWS = [
    "chapman",
    "chao",
    "zelterman",
    "chao_lists",
    "good_turing",
    "chao_tsay",
    "decomposable_average",
    "latent_class",
    "best_aic",
    "best_bic",
]


def of(data: Path, name: str) -> CaptureTable:
    table = read_table(data / f"{name}.csv")
    assert isinstance(table, CaptureTable)
    return table


def test_every_estimator_has_its_row_with_the_printed_answers(data: Path) -> None:
    rows = {row.name: row for row in beside(of(data, "diabetes_italy_4lists"), seed=1)}
    assert list(rows) == ROWS
    assert rows["chao_tsay"].point == pytest.approx(2609, abs=0.6)
    assert all(row.lower <= row.point <= row.upper for row in rows.values() if not np.isnan(row.lower))
    assert all(row.point > 2069 and row.note for row in rows.values())


def test_the_same_seed_gives_the_same_bits_and_known_models_change_nothing(data: Path) -> None:
    table = of(data, "diabetes_italy_4lists")
    rows = beside(table, seed=3)
    assert repr(rows) == repr(beside(table, seed=3, models=cr.ensemble(table).models))
    assert repr(rows) != repr(beside(table, seed=4))


def test_the_best_single_model_is_the_best_of_those_tried(data: Path) -> None:
    table = of(data, "diabetes_italy_4lists")
    models = [m for m in cr.ensemble(table).models if not m.dropped and m.heterogeneity != "chao"]
    rows = {row.name: row for row in beside(table, seed=1)}
    lowest = min(models, key=lambda m: m.aic)
    assert rows["best_aic"].note.startswith(" ".join(":".join(term) for term in lowest.terms))
    parameters = [15 - m.df for m in models]
    bic = [m.aic + k * (np.log(table.observed) - 2) for m, k in zip(models, parameters, strict=True)]
    best = models[int(np.argmin(bic))]
    assert rows["best_bic"].note.startswith(" ".join(":".join(term) for term in best.terms))


def test_times_seen_have_their_own_rows(data: Path) -> None:
    table = read_table(data / "nl_illegal_immigrants_counts.csv")
    assert isinstance(table, FrequencyTable)
    rows = {row.name: row for row in beside(table, seed=1)}
    assert list(rows) == ["chao", "zelterman", "good_turing", "best_aic", "best_bic"]
    assert rows["chao"].point == pytest.approx(9273.5, abs=0.06)
    assert "gamma" in rows["best_aic"].note  # the lowest of the printed AICs


def test_what_cannot_be_computed_says_why(data: Path) -> None:
    rows = {row.name: row for row in beside(of(data, "snowshoe_hare_6occ"), seed=1)}
    assert np.isnan(rows["decomposable_average"].point)
    assert "at most 5 lists" in rows["decomposable_average"].note
    rows = {row.name: row for row in beside(of(data, "hepatitis_taiwan_3lists"), seed=1)}
    assert np.isnan(rows["latent_class"].point)
    assert "no point" in rows["latent_class"].note


@settings(max_examples=8)
@given(st.lists(st.sampled_from([0, 0, 1, 3, 40, 10**7]), min_size=7, max_size=7), st.integers(0, 5))
@example([0] * 7, 1)  # nobody
@example([9, 0, 0, 0, 0, 0, 0], 1)  # one list
@example([30, 20, 0, 15, 0, 0, 0], 1)  # no overlap
@example([30, 0, 9, 0, 6, 0, 3], 1)  # a list with everybody
@example([0, 0, 0, 0, 0, 0, 40], 1)  # everybody everywhere
@example([10**7, 20, 9, 15, 6, 7, 3], 1)
def test_any_table_gives_all_rows_and_no_exception(cells: list[int], seed: int) -> None:
    table = CaptureTable(("a", "b", "c"), np.array([0, *cells], dtype=float))
    rows = beside(table, seed)
    assert [row.name for row in rows] == ROWS
    for row in rows:
        assert row.note
        if not np.isnan(row.lower):
            assert row.lower <= row.upper
            assert np.isnan(row.point) or row.lower <= row.point * (1 + 1e-9)
