"""The proof of the release gate at the smallest size: the market, the reader who attacks it, and each battery in a slice."""

import importlib
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from warehouse.areas import ENTRY, EXIT, FOCUS, MOVEMENT_STATES
from warehouse.audit.view import PROTECTED
from warehouse.estimates.counting import NUMBER_MASK, sealed
from warehouse.flows import flow_pairs, wide_flows
from warehouse.protection.cells import CellId, MovementFigure
from warehouse.protection.gate import protect
from warehouse.release import release_areas

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FOLDERS = [BENCHMARKS / name for name in ("protection", "statistics", "keeping")]


@pytest.fixture
def module(monkeypatch):
    """Give a module of the benchmarks by its name, as the command would import it; forget all of them afterwards."""
    for folder in FOLDERS[::-1]:
        monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if any(folder in Path(getattr(sys.modules[name], "__file__", None) or "/").parents for folder in FOLDERS):
            sys.modules.pop(name)


@pytest.fixture
def market(module):
    worlds = module("worlds")
    return worlds.Market(worlds.twente(60.0), 56, 3)


def missed(checks):
    return [
        f"{check.scenario}: {check.figure} {check.value:.4g}, asked {check.asked}" for check in checks if check.missed
    ]


def there(market, first, length):
    """Say who is where in a window, stay by stay."""
    return {
        (int(person), market.places.codes[town])
        for person, town, begin, end in zip(market.person, market.town, market.begin, market.end, strict=True)
        if begin < first + length and end > first
    }


def test_a_market_is_its_seed(module, market):
    worlds = module("worlds")
    again, other = (worlds.Market(worlds.twente(60.0), 56, seed).estimates(27) for seed in (3, 4))
    assert again == market.estimates(27)
    assert other != again


def test_cells_are_counted_and_numbered_as_the_estimates_do(market):
    rows = {row.cell: row for row in market.estimates(27).volumes}
    start = min(cell.period_start for cell in rows)
    who = {person for person, town in there(market, 0, 28) if town == FOCUS}
    row = rows[CellId("block", start, FOCUS, "all")]
    assert row.identity_count == row.point_count == len(who)
    assert row.cell_number == sealed(int(market.record[sorted(who)].sum() & NUMBER_MASK))
    region = {person for person, town in there(market, 0, 28) if (town in market.places.codes) and town != "DE"}
    assert rows[CellId("block", start, "NL", "all")].identity_count == len(region)
    assert {cell.setting_code for cell in rows if cell.period_code == "day"} == {"all"}


def test_people_stay_25_days_on_average_and_some_move(market):
    stays = {}
    for person, begin, end in zip(market.person, market.begin, market.end, strict=True):
        first, last = stays.get(person, (begin, end))
        stays[person] = min(first, begin), max(last, end)
    assert np.mean([last - first for first, last in stays.values()]) == pytest.approx(25, abs=1)
    assert 0.05 < np.mean(np.bincount(market.person) > 1) < 0.4


def test_movements_have_a_row_for_each_flow_that_is_estimated(market):
    rows = {(row.origin_code, row.destination_code): row for row in market.estimates(55).movements}
    states = {
        (a, b)
        for a in (ENTRY, *MOVEMENT_STATES)
        for b in (*MOVEMENT_STATES, EXIT)
        if a != b and (a, b) != (ENTRY, EXIT)
    }
    assert set(rows) == states | set(wide_flows())
    who = market.changes(28)
    for pair in wide_flows():
        assert rows[pair].identity_count == len(set().union(*(who[part] for part in flow_pairs(*pair))))
    assert sum(len(people) for (a, b), people in who.items() if b == FOCUS and a in MOVEMENT_STATES) > 5


def test_one_person_more_or_less_is_seen_in_each_cell_he_is_in(market):
    person = int(market.people(FOCUS, 20)[0])
    all_of, without = ({row.cell: row for row in market.estimates(20, gone).volumes} for gone in ((), (person,)))
    all_of = {cell: row for cell, row in all_of.items() if cell.period_code == "day"}
    changed = {cell.area_code for cell in all_of if all_of[cell] != without.get(cell)}
    assert {FOCUS, "CR12", "PV-Overijssel", "NL"} <= changed
    cell = CellId("day", min(cell.period_start for cell in all_of), FOCUS, "all")
    assert all_of[cell].identity_count - without[cell].identity_count == 1
    assert all_of[cell].cell_number != without[cell].cell_number


def test_the_attacker_bares_what_sums_give_away_and_nothing_else(module, market):
    attacker, series = module("attacker"), module("series")
    start = market.estimates(0).volumes[0].period_start_date

    def cell(area, setting="all"):
        return CellId("block", start, area, setting)

    ends = {cell("GM0153"): (31, 31), cell("GM0153", "home"): (20, 20), cell("GM0153", "club"): (10, 10),
            cell("GM0153", "escort"): (0, 9)}  # fmt: skip
    reader = attacker.Reader(ends, series.PARENTS)
    (found,) = reader.bared({cell("GM0153", "escort"): 1})
    assert (found.cell.setting_code, found.low, found.high, found.is_exact) == ("escort", 0, 1, False)
    ends[cell("GM0153")] = (31, 45)
    assert attacker.Reader(ends, series.PARENTS).bared({cell("GM0153", "escort"): 1}) == []
    nested = {cell("GM0153")._replace(period_code="week", period_start=start + timedelta(days=7 * week)): (0, 9)
              for week in range(4)} | {cell("GM0153"): (33, 40)}  # fmt: skip
    assert attacker.Reader(nested, series.PARENTS).low.min() == 33 - 27
    assert attacker.between("below_threshold", "below_threshold", None) == (0, 9)
    assert attacker.between("published", "", 10) == (10, 17)


def test_the_attacker_puts_versions_of_flows_together(module):
    attacker = module("attacker")

    def row(origin, count):
        status, reason = ("below_threshold", "below_threshold") if count is None else ("published", "")
        return MovementFigure(market_day(module, 0), origin, "GM0153", status, reason, count, count, count, [])

    truth = {(origin, "GM0153"): count for origin, count in (("GM0164", 17), ("GM0141", 8), ("CR12R", 8))}
    parts = [row("GM0164", 10), row("GM0141", None), row("CR12R", None)]
    assert attacker.flows_bared([row("CR12X", 40)], truth) == []
    assert attacker.flows_bared(parts, truth) == []
    found = attacker.flows_bared(
        [*parts, row("CR12X", 40)], truth
    )  # at least 33 people, of whom at most 17 + 9 + 9 are known
    assert {(bound.cell.origin_code, bound.low, bound.high) for bound in found} == {("GM0141", 7, 9), ("CR12R", 7, 9)}


def test_attackers_bounds_hold_the_truth_where_estimates_are_counts(module, market):
    attacker, series = module("attacker"), module("series")
    released = protected(module, market, 27)
    truth = attacker.counts([(released.estimates, released.figures)])
    reader = attacker.Reader(attacker.readings([released.figures]), series.PARENTS)
    known = np.array([truth.get(cell, 0) for cell in reader.cells])
    # A label is also put on a cell of ten or more whose error takes the figure under ten.
    assert (reader.low <= known).all()
    assert (known - reader.high).max() <= PROTECTED.noise
    assert reader.bared(truth) == []


def market_day(module, day):
    return module("worlds").FIRST + timedelta(days=day)


def protected(module, market, day):
    """Pass the gate without the attacks."""
    series, estimates = module("series"), market.estimates(day)
    figures = protect(estimates, release_areas(), series.KEY)
    return series.Released(market_day(module, day), 1, estimates, figures, (), 1)


def test_a_year_in_a_slice(module):
    """Two weeks with a correction; twelve months over five seeds in the long run."""
    found = {check.figure: check for check in module("year").checks(1, 14, 8001)}
    assert found.pop("control: exact at N = 40").value > 0.1  # of a dozen pairs; the full battery asks .25
    assert missed(found.values()) == []
    assert found["control: small cells, least"].value > 10
    assert found["releases"].value == 15


def test_the_utility_of_a_block(module, market):
    utility = module("utility")
    table = utility.Table()
    table.add(protected(module, market, 27), is_whole=False)
    assert {*utility.CUBES, "flows by block"} <= set(table.cells)
    found = {(check.scenario, check.figure): check for check in utility.checks(table)}
    assert missed(check for check in found.values() if check.figure == "mean |error|") == []
    shares = [cell.count is None for cell in table.cells["municipality by week"] if 20 <= cell.truth < 40]
    assert found["municipality by week, 20-39", "withheld"].value == np.mean(shares)


def test_signs_of_changes_are_compared_with_the_truth(module):
    utility = module("utility")
    start = market_day(module, 0)

    def cells(counts, truth):
        return [
            utility.Cell("municipality by day", ("GM0153", "all"), start + timedelta(days=day), there, count, "")
            for day, (count, there) in enumerate(zip(counts, truth, strict=True))
        ]

    found = cells([20, 25, 25, 20], [20, 22, 25, 26])
    assert sorted(utility.signs(found, 1, 1, 0.0)) == [-1, 0, 1]
    assert utility.signs(found, 1, 1, 3.0) == [0]
    assert utility.signs(cells([20, None, 25, 25], [20, 22, 25, 25]), 1, 1, 0.0) == []


def test_what_is_released_beside_the_figures_in_a_slice(module):
    """A dozen runs: that nothing is bared is law, and so is the control; coverage is chance at this size."""
    beside = module("beside")
    checks = beside.results(12, 8302)
    assert {check.battery for check in checks} == {checks[0].battery}
    assert missed(check for check in checks if check.figure.startswith(("A3", "A10"))) == []
    assert any(check.figure.startswith("A3") for check in checks)


@pytest.mark.full
def test_twelve_months_over_five_seeds(module):
    assert missed(module("year").results()) == []


@pytest.mark.full
def test_the_utility_table(module):
    assert missed(module("utility").results()) == []


@pytest.mark.full
def test_the_red_team_gets_nothing(module):
    red_team = module("red_team")
    assert {check.figure for check in red_team.results() if check.missed} == {red_team.UNDONE}  # and nothing else


@pytest.mark.full
def test_a_release_of_the_country_is_quick_enough(module):
    """At a size that tells whether it works; the figures of the full size are of `speed.py`."""
    found = module("speed").results(8)
    assert missed(found) == []
    assert {check.figure for check in found} >= {"seconds", "of which attack", "of which write"}
