"""Published answers first; then what holds of every table. Whether intervals hold the truth: benchmarks/statistics."""

import json
from itertools import combinations, pairwise, permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import sensitivity
from warehouse.estimates.errors import NoModelHolds, Refusal, TooFewRecaptures, TooFewSourceGroups, WrongModel
from warehouse.estimates.tables import CaptureTable, FrequencyTable, as_table, read_table

PUBLISHED = json.loads((Path(__file__).parent / "data" / "published.json").read_text())


def case(kind: str) -> list[Any]:
    return [pytest.param(c, id=c["id"]) for c in PUBLISHED if c["kind"] == kind]


def assert_published(fit: cr.Fit, figures: dict[str, list[float]]) -> None:
    got = {"N": fit.n, "se": fit.se, "deviance": fit.deviance, "df": fit.df, "AIC": fit.aic}
    for name, (value, tolerance) in figures.items():
        assert abs(got[name] - value) <= tolerance, f"{name}: {got[name]} where {value} was printed"


@pytest.mark.parametrize("published", case("closed_loglinear"))
def test_log_linear_models_as_printed(published: dict[str, Any], data: Path) -> None:
    table = read_table(data / f"{published['dataset']}.csv")
    assert isinstance(table, CaptureTable)
    terms = published["terms"]
    if terms == "all":
        terms = list(combinations(range(len(table.lists)), 2))
    fit = cr.fit(
        table,
        terms,
        published["heterogeneity"],
        theta=published["theta"],
        equal_lists=published["equal_lists"],
    )
    assert fit.exists
    assert fit.identifiable
    assert_published(fit, published["figures"])


@pytest.mark.parametrize("published", case("count_loglinear"))
def test_models_of_times_seen_as_printed(published: dict[str, Any], data: Path) -> None:
    table = read_table(data / f"{published['dataset']}.csv")
    assert isinstance(table, FrequencyTable)
    fit = cr.fit_frequencies(table.frequencies, published["heterogeneity"], theta=published["theta"])
    assert_published(fit, published["figures"])


def test_chao_and_chapman_as_printed(data: Path) -> None:
    table = read_table(data / "nl_illegal_immigrants_counts.csv")
    assert isinstance(table, FrequencyTable)
    bound = cr.chao(table.frequencies)
    assert bound.n == pytest.approx(9273.5, abs=0.06)
    assert bound.se == pytest.approx(662.6, abs=0.06)
    chapman = cr.chapman(948, 421, 167)
    assert chapman.n == pytest.approx(2382.8, abs=0.06)
    assert chapman.se == pytest.approx(129.1, abs=0.06)


@pytest.mark.parametrize(
    ("terms", "code"), [(("A:B", "A:C", "B:C"), 2), (("A:B",), 1), (("A:C", "B:C"), 0), ((), 0), (("A:C",), 0)]
)
def test_existence_and_identifiability_as_printed(terms: tuple[str, ...], code: int, data: Path) -> None:
    table = read_table(data / "artificial_3lists_nonexistence.csv")
    assert isinstance(table, CaptureTable)
    assert cr.check(table, terms).code == code
    fit = cr.fit(table, terms)
    assert (fit.exists, fit.identifiable) == (code not in {1, 3}, code not in {2, 3})
    assert np.isnan(fit.n) == (code != 0)


def test_uk_2013_two_printed_models_and_an_interval_that_holds_both(data: Path) -> None:
    """Silverman's stepwise model and the model of best BIC, from one table; neither is the answer."""
    table = read_table(data / "uk_2013_5lists.csv")
    assert isinstance(table, CaptureTable)
    stepwise = cr.fit(table, ["LA:NG", "LA:PF", "NG:GO", "NG:GP", "PF:GP", "GO:GP"])
    best = cr.fit(table, ["LA:NG", "LA:PF", "NG:PF", "NG:GP", "PF:GO"])
    for fit, n, lower, upper in ((stepwise, 11313, 9884, 13027), (best, 22991, 17862, 29862)):
        width = 1.959964 * np.sqrt(fit.log_unseen_variance)
        ends = [fit.observed + np.exp(fit.log_unseen + sign * width) for sign in (0, -1, 1)]
        assert [round(float(end)) for end in ends] == pytest.approx([n, lower, upper], abs=1)
    estimate = cr.ensemble(table, seed=1)
    assert estimate.lower <= 11313
    assert estimate.upper >= 22991
    assert estimate.observed == 2744


def test_terms_may_be_names_or_positions(data: Path) -> None:
    table = read_table(data / "diabetes_italy_4lists.csv")
    forms: list[Any] = [["c1:c3"], [("c1", "c3")], [(0, 2)], [(2, 0)]]
    assert len({cr.fit(table, form).n for form in forms}) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("term", ["c1", "c1:c9", "c1:c1", "c1:c2:c3"])
def test_unknown_terms_are_wrong_use(term: str, data: Path) -> None:
    with pytest.raises(WrongModel):
        cr.fit(read_table(data / "diabetes_italy_4lists.csv"), [term])  # type: ignore[arg-type]


def test_refusals_are_named() -> None:
    with pytest.raises(TooFewSourceGroups):
        cr.ensemble({"10": 30, "01": 0, "11": 0})
    with pytest.raises(TooFewRecaptures):
        cr.ensemble({"100": 30, "010": 20, "001": 10, "110": 2})
    with pytest.raises(TooFewRecaptures):
        cr.chapman(30, 20, 6)
    with pytest.raises(ValueError, match="both <= min"):
        cr.chapman(10, 20, 15)
    assert issubclass(NoModelHolds, Refusal)
    assert Refusal.exit_code == 3


def test_two_lists_are_chapman_with_a_warning() -> None:
    estimate = cr.ensemble({"10": 781, "01": 254, "11": 167}, seed=4)
    assert estimate.warnings == ("two_sources",)
    assert estimate.point == pytest.approx(2382.8, rel=0.02)
    assert estimate.floor <= estimate.point


def test_same_seed_same_bits_and_another_seed_another_draw(data: Path) -> None:
    table = read_table(data / "diabetes_italy_4lists.csv")
    assert isinstance(table, CaptureTable)
    first, again, other = (cr.ensemble(table, seed=seed) for seed in (5, 5, 6))
    assert first == again
    assert first.upper != other.upper
    assert sum(model.weight for model in first.models) == pytest.approx(1)
    assert {model.heterogeneity for model in first.models} == {"none", "chao", "poisson", "darroch"}
    assert len(first.models) == 57 * 4  # six pairs, at most four of them


def test_ensemble_fits_equal_single_fits(data: Path) -> None:
    table = read_table(data / "diabetes_italy_4lists.csv")
    assert isinstance(table, CaptureTable)
    for model in cr.ensemble(table).models[::7]:
        if model.heterogeneity == "chao" or model.dropped:
            continue  # the ensemble's bound has one effect, the single fit all that are not negative
        single = cr.fit(table, model.terms, model.heterogeneity)
        assert model.n == pytest.approx(single.n, rel=1e-6)
        assert model.aic == pytest.approx(single.aic, abs=1e-6)


def test_without_delta_the_interval_is_narrower(data: Path) -> None:
    table = read_table(data / "diabetes_italy_4lists.csv")
    assert isinstance(table, CaptureTable)
    bare, with_delta = cr.ensemble(table, delta=0.0), cr.ensemble(table)
    assert bare.upper - bare.lower < with_delta.upper - with_delta.lower


counts = st.lists(st.integers(0, 60), min_size=7, max_size=7)


@settings(max_examples=40)
@given(counts, st.integers(0, 5))
def test_any_table_gives_an_estimate_or_a_named_refusal(cells: list[int], seed: int) -> None:
    table = CaptureTable(("a", "b", "c"), np.array([0, *cells], dtype=float))
    try:
        estimate = cr.ensemble(table, seed=seed)
    except Refusal:
        return
    assert table.observed <= estimate.lower <= estimate.point <= estimate.upper
    assert estimate.floor <= estimate.point
    assert 0 <= estimate.coverage <= 1


@settings(max_examples=25)
@given(counts, st.permutations([0, 1, 2]))
def test_the_order_of_lists_does_not_matter(cells: list[int], order: list[int]) -> None:
    table = CaptureTable(("a", "b", "c"), np.array([0, *cells], dtype=float))
    moved = as_table(
        {
            tuple(pattern >> order[s] & 1 for s in range(3)): table.counts[pattern]
            for pattern in range(1, 8)
        }
    )  # fmt: skip
    here, there = cr.fit(table), cr.fit(moved)
    assert here.exists == there.exists
    if not np.isnan(here.n):
        assert here.n == pytest.approx(there.n, rel=1e-5)


def simulated(rng: np.random.Generator, n: int) -> CaptureTable:
    """N on four lists that are chosen apart."""
    seen = rng.random((n, 4)) < (0.45, 0.30, 0.20, 0.12)
    cells = np.bincount(seen @ (1, 2, 4, 8), minlength=16).astype(float)
    cells[0] = 0
    return CaptureTable(("a", "b", "c", "d"), cells)


def drawn(table: CaptureTable, *, delta: float = 0.0) -> cr.Unseen:
    """The ensemble at the middle of everything that is common: the lean alone, and the middle model."""
    return cr.unseen(table, cr.Common(np.full(1, 0.5), np.zeros(1)), delta=delta)


def test_the_discrepancy_leans_and_two_lists_do_not() -> None:
    four = simulated(np.random.default_rng(5), 300)
    found = drawn(four)
    used = sorted((m for m in found.models if m.weight > 0), key=lambda m: (m.log_unseen, m.aic))
    middle = next(m for m, w in zip(used, np.cumsum([m.weight for m in used]), strict=True) if w > 0.5)
    assert found.centre[0] == pytest.approx(middle.log_unseen + 0.25)
    assert found.spread[0] == pytest.approx(np.sqrt(middle.log_unseen_variance))
    two = as_table({"10": 781, "01": 254, "11": 167})
    assert drawn(two).centre[0] == pytest.approx(np.log(2382.8 - 1202), abs=1e-3)


def test_delta_widens_and_counts_more_on_two_lists_up_to_an_end() -> None:
    four, two = simulated(np.random.default_rng(5), 300), as_table({"10": 781, "01": 254, "11": 167})
    one_up = cr.Common(np.full(1, 0.5), np.ones(1))
    for table, delta, moved in ((four, 0.3, 0.3), (two, 0.3, 1.05), (two, 1.0, 2.0)):
        plain = drawn(table, delta=delta).centre[0]
        assert cr.unseen(table, one_up, delta=delta).centre[0] - plain == pytest.approx(moved)


def test_ends_nest_as_delta_grows() -> None:
    """What is learnt from hidden lists moves the width and not the level, so a larger delta covers what a smaller one did."""
    table = simulated(np.random.default_rng(6), 200)
    told = [cr.ensemble(table, seed=3, delta=delta) for delta in (0.25, 0.4, 0.7, 1.2)]
    assert all(a.lower >= b.lower - 1 and a.upper <= b.upper for a, b in pairwise(told))
    assert max(e.point for e in told) - min(e.point for e in told) < 0.05 * told[0].point


def test_models_are_weighed_by_their_prior_and_dropped_by_their_rules() -> None:
    models = cr.ensemble(simulated(np.random.default_rng(5), 300)).models
    used = [m for m in models if m.weight > 0]
    for one, other in pairwise(used):
        expected = -(one.aic - other.aic) / 2 + 1.0 * ((one.heterogeneity != "none") - (other.heterogeneity != "none"))
        expected -= 0.5 * (len(one.terms) - len(other.terms))
        assert np.log(one.weight / other.weight) == pytest.approx(expected, abs=1e-6)
    sparse = as_table({"1000": 60, "0100": 50, "0010": 40, "0001": 30, "1100": 2, "0110": 2, "0011": 2, "1010": 2})
    by_reason = {m.dropped: m for m in cr.weigh(sparse)[0]}
    assert by_reason["unseen more than six times the seen"].n > 7 * sparse.observed
    assert all(m.n <= 7 * sparse.observed and m.log_unseen_variance <= 4 for m in cr.weigh(sparse)[0] if m.weight > 0)


def test_the_order_of_columns_does_not_choose_among_models_that_fit_alike(data: Path) -> None:
    table = read_table(data / "hepatitis_taiwan_3lists.csv")
    assert isinstance(table, CaptureTable)
    best = set()
    for order in permutations(range(3)):
        moved = {
            "".join(str(pattern >> s & 1) for s in order): float(count)
            for pattern, count in enumerate(table.counts)
            if pattern
        }
        beside = {b.name: b.point for b in sensitivity.beside(as_table(moved, [table.lists[s] for s in order]), 1)}
        best.add(round(beside["best_aic"], 1))
    assert len(best) == 1


def test_chaos_bound_where_nobody_is_on_the_most_lists(data: Path) -> None:
    """The UK of 2013 has nobody on all five: its last effect is out, as effects below 0 are (Rivest & Baillargeon 2007)."""
    table = read_table(data / "uk_2013_5lists.csv")
    assert isinstance(table, CaptureTable)
    fit = cr.fit(table, (), "chao")
    assert fit.exists
    assert (
        fit.df == 31 - 7
    )  # five lists, the intercept, and of three effects one: the last has no data, one lies below 0
    assert fit.n > cr.fit(table).n
