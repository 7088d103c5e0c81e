import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import gammaln

from warehouse.estimates import decomposable
from warehouse.estimates.decomposable import average, decomposable_graphs, gamma_poisson
from warehouse.estimates.errors import WrongModel
from warehouse.estimates.tables import CaptureTable, read_table

PUBLISHED = json.loads((Path(__file__).parent / "data" / "published.json").read_text())


@pytest.mark.parametrize("published", [pytest.param(c, id=c["id"]) for c in PUBLISHED if c["kind"] == "decomposable"])
def test_average_as_printed(published: dict[str, Any], data: Path) -> None:
    table = read_table(data / f"{published['dataset']}.csv")
    assert isinstance(table, CaptureTable)
    prior = gamma_poisson(published["shape"], published["scale"])
    found = average(table.counts, delta=published["delta"], log_prior=prior, most=published["most"])
    top = found.weights[np.argmax(found.graph_weights)]
    got = {
        "top_prob": top.sum(),
        "bayes_top": found.bayes(top),
        "mode_top": found.mode(top),
        "bayes_avg": found.bayes(found.averaged),
        "mode_avg": found.mode(found.averaged),
    }
    for name, (printed, tolerance) in published["figures"].items():
        assert abs(got[name] - printed) <= tolerance, (name, got[name])


@pytest.mark.parametrize(("lists", "graphs"), [(2, 2), (3, 8), (4, 61), (5, 822)])
def test_as_many_graphs_as_are_decomposable(lists: int, graphs: int) -> None:
    """Labelled chordal graphs: OEIS A058862."""
    assert len(decomposable_graphs(lists)) == graphs


def test_cliques_and_separators_of_graphs_one_can_see() -> None:
    by_edges = {graph.edges: graph.signs for graph in decomposable_graphs(4)}
    star = by_edges[(0, 1), (0, 2), (0, 3)]
    assert {int(s): int(star[s]) for s in np.flatnonzero(star)} == {0b0011: 1, 0b0101: 1, 0b1001: 1, 0b0001: -2}
    assert tuple(np.flatnonzero(by_edges[tuple(combinations(range(4), 2))])) == (0b1111,)
    assert ((0, 1), (0, 3), (1, 2), (2, 3)) not in by_edges  # a ring of four without a chord
    for signs in by_edges.values():  # each list stands once in the product of cliques over separators
        for v in range(4):
            assert sum(int(signs[s]) for s in range(16) if s >> v & 1) == 1


def test_two_lists_by_hand() -> None:
    """The posterior under independence is that of two binomials with uniform-like margins, written out."""
    n10, n01, n11, most = 12.0, 9.0, 6.0, 200
    found = average([0, n10, n01, n11], delta=0.5, log_prior=np.zeros_like, most=most)
    missing = np.arange(most + 1.0)
    n = n10 + n01 + n11 + missing
    log = gammaln(n + 1) - gammaln(missing + 1)
    for on in (n10 + n11, n01 + n11):
        log = log + gammaln(on + 1) + gammaln(n - on + 1) - gammaln(n + 2)
    expected = np.exp(log - log.max())
    assert found.weights[0] / found.graph_weights[0] == pytest.approx(expected / expected.sum(), rel=1e-9)


def test_probabilities_sum_to_one_whatever_the_order_of_lists() -> None:
    counts = np.array([0, 30, 22, 9, 17, 8, 6, 5, 12, 5, 4, 3, 3, 2, 2, 1], dtype=float)
    order = [2, 0, 3, 1]
    moved = np.zeros(16)
    for pattern in range(16):
        moved[sum((pattern >> s & 1) << order[s] for s in range(4))] = counts[pattern]
    here, there = average(counts), average(moved)
    assert here.weights.sum() == pytest.approx(1)
    assert here.averaged == pytest.approx(there.averaged)
    assert sorted(here.graph_weights) == pytest.approx(sorted(there.graph_weights))


def test_the_coarse_grid_of_large_tables_agrees_with_every_number(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.array([0, 900, 700, 300, 500, 200, 150, 90], dtype=float)
    coarse = average(counts, most=20_000)
    monkeypatch.setattr(decomposable, "EXACT_UNTIL", 20_000)
    every = average(counts, most=20_000)
    assert len(coarse.n) < 5_000 < len(every.n)
    for level in (0.025, 0.5, 0.975):
        assert coarse.quantile(level) == pytest.approx(every.quantile(level), abs=1)
    assert coarse.graph_weights == pytest.approx(every.graph_weights, abs=1e-4)


def test_more_than_five_lists_are_not_averaged() -> None:
    with pytest.raises(WrongModel, match="at most 5"):
        average(np.ones(64))
