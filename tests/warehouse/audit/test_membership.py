"""Membership on the real gate: worlds as they should be, a score that is right, and a gate that is what is attacked."""

import numpy as np
import pytest
from scipy.stats import norm

from warehouse import calendar
from warehouse.audit import guesses, membership, neighbours, printing
from warehouse.audit.membership import Case, auc, best, membership_auc, observed
from warehouse.audit.neighbours import AREAS, BLOCK_START, FOCUS, VOLUME_CELLS, Market, draw, mean_counts
from warehouse.audit.printing import HIDDEN, LABEL, SHOWN
from warehouse.protection.cells import BELOW, FEW_FOR_A_DAY
from warehouse.protection.gate import protect

KEY = b"a key that the attacker has not!"
SMALL = Case(Market(12, 0.25), is_carousel=True)


def test_worlds_have_the_counts_that_are_expected() -> None:
    market = Market(40, 0.25)
    worlds = draw(market, 400, np.random.default_rng(5), is_carousel=True)
    volumes = len(VOLUME_CELLS)
    expected = mean_counts(market)[:volumes]
    error = (worlds.counts[:, :volumes].mean(axis=0) - expected) / np.sqrt(expected / 400)
    assert np.abs(error).max() < 4.5
    assert calendar.block_start(BLOCK_START) == BLOCK_START


def test_she_is_counted_once_in_every_area_that_holds_her() -> None:
    worlds = draw(Market(5, 0.5), 200, np.random.default_rng(6), is_carousel=True)
    joined = worlds.joined()
    assert ((joined.counts - worlds.counts) == worlds.template).all()
    same = worlds.template == 0
    assert (joined.numbers[same] == worlds.numbers[same]).all()
    assert (joined.numbers[~same] != worlds.numbers[~same]).all()
    day = {cell.area_code: place for place, cell in enumerate(VOLUME_CELLS[: len(AREAS)])}
    inside = worlds.template[:, day[FOCUS]] == 1
    assert inside.any()
    assert (worlds.template[inside][:, [day["CR12"], day["PV-Overijssel"], day["NL"]]] == 1).all()


def test_what_is_read_is_what_the_gate_printed() -> None:
    worlds = draw(Market(30, 0.25), 3, np.random.default_rng(7), is_carousel=False)
    prints = printing.gate(KEY)(worlds, np.random.default_rng(0))
    for world in range(3):
        counts, numbers = worlds.counts[world].tolist(), worlds.numbers[world].tolist()
        figures = protect(printing.estimates(counts, numbers), AREAS, KEY)
        known = {row.cell: row for row in figures.volumes}
        for place, cell in enumerate(VOLUME_CELLS):
            row, status = known[cell], prints.status[world, place]
            said = BELOW if row.reason_code == FEW_FOR_A_DAY else row.status_code
            assert status == {"published": SHOWN, BELOW: LABEL}.get(said, HIDDEN)
            if row.advertiser_count is not None:
                low, high = prints.low[world, place], prints.high[world, place]
                assert row.advertiser_count - 3 <= low <= row.advertiser_count <= high + 2
                assert low - 5 <= counts[place] <= high + 5


def test_area_and_error_of_two_normal_samples() -> None:
    rng = np.random.default_rng(8)
    areas = [auc(rng.normal(0, 1, 300), rng.normal(0.5, 1, 300)) for _ in range(300)]
    true = norm.cdf(0.5 / np.sqrt(2))
    assert abs(np.mean([found.area for found in areas]) - true) < 0.004
    spread = np.std([found.area for found in areas])
    assert abs(np.mean([found.standard_error for found in areas]) / spread - 1) < 0.15
    assert np.mean([found.lower <= true for found in areas]) == pytest.approx(membership.CONFIDENCE, abs=0.04)


def test_a_row_says_what_a_poisson_count_says() -> None:
    """Exact counts of one cell: the log likelihood ratio of n is log(n / mean)."""
    market = Market(12, 0.0)
    worlds = draw(market, 50, np.random.default_rng(9), is_carousel=False)
    prints = printing.exact(worlds, np.random.default_rng(0))
    found = guesses.parts(prints, worlds, market)[f"block {FOCUS}"]
    cell = next(n for n, cell in enumerate(VOLUME_CELLS) if cell[0] == "block" and cell[2:] == (FOCUS, "all"))
    counts = worlds.counts[:, cell]
    assert found == pytest.approx(np.log(counts / mean_counts(market)[cell]), abs=1e-6)


@pytest.mark.parametrize("twin", membership.CONTROLS)
def test_the_attack_succeeds_where_nothing_is_protected(twin: str) -> None:
    assert best(membership_auc(membership.CONTROLS[twin], SMALL, 200, seed=3)).area > 0.65


def test_nobody_is_told_from_worlds_without_her() -> None:
    """The attacker finds nothing where there is nothing: the same worlds on both sides of the bar."""
    prints, worlds = observed(printing.gate(KEY), SMALL, 40, seed=4)
    nobody = np.arange(80) < 40
    twice = prints[nobody].stacked(prints[nobody])
    assert best(membership.told(twice, worlds[nobody].stacked(worlds[nobody]), SMALL.market)).lower < membership.BAR


def test_cases_are_named_and_counted() -> None:
    assert [case.name for case in membership.cases(40)] == [
        "40_residents_resident", "40_mixed_resident", "40_mixed_carousel", "40_carousel_carousel",
    ]  # fmt: skip
    assert len(mean_counts(Market(5, 0.0))) == neighbours.CELLS
