"""The batteries of the estimates: a seeded slice of each every time, the whole of them in the long run."""

import importlib.util
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from warehouse.estimates.hidden import covered_share, hide_one
from warehouse.estimates.tables import CaptureTable

STATISTICS = Path(__file__).parents[2] / "benchmarks" / "statistics"


@pytest.fixture
def module(monkeypatch):
    """Give a battery by its name, as the command would import it."""
    monkeypatch.syspath_prepend(str(STATISTICS))
    names = []

    def load(name, folder=STATISTICS):
        spec = importlib.util.spec_from_file_location(f"battery_{name}", folder / f"{name}.py")
        loaded = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = loaded
        names.append(spec.name)
        spec.loader.exec_module(loaded)
        return loaded

    yield load
    for name in (*names, "checks", "closed"):
        sys.modules.pop(name, None)


def missed(checks):
    return [
        f"{check.scenario}: {check.figure} {check.value:.4g}, asked {check.asked}" for check in checks if check.missed
    ]


@pytest.mark.parametrize(("mixed", "cross"), [(False, False), (True, True)])
def test_intervals_hold_the_truth_in_a_slice(module, mixed, cross):
    closed = module("closed")
    got = closed.measure(closed.Scenario(300, mixed, cross), 40, seed=1)
    assert got.coverage >= 0.85  # of 40 runs; the full battery asks .93 of 200
    assert abs(got.bias) <= 0.20
    assert got.refused == 0


def test_populations_are_seen_as_asked(module):
    closed = module("closed")
    table = closed.Scenario(200_000).table(np.random.default_rng(3))
    on = [table.counts[np.arange(16) >> s & 1 == 1].sum() / 200_000 for s in range(4)]
    assert on == pytest.approx([0.45, 0.30, 0.20, 0.12], abs=0.005)
    crossed = closed.Scenario(200_000, cross=True).table(np.random.default_rng(3))
    both, first = (crossed.counts[np.arange(16) & bits == bits].sum() for bits in (3, 1))
    assert both / first == pytest.approx(0.30 + 0.70 * 0.30, abs=0.005)
    mixed = closed.Scenario(200_000, mixed=True).table(np.random.default_rng(3))
    logit = np.log(0.45 / 0.55)
    share = 0.35 / (1 + np.exp(-(logit + 1.2))) + 0.65 / (1 + np.exp(-(logit - 0.7)))
    assert mixed.counts[np.arange(16) & 1 == 1].sum() / 200_000 == pytest.approx(share, abs=0.005)


def test_a_battery_is_its_seed(module):
    closed = module("closed")
    scenario = closed.Scenario(100, mixed=True)
    assert closed.measure(scenario, 5, seed=1) == closed.measure(scenario, 5, seed=1)
    assert closed.measure(scenario, 5, seed=1) != closed.measure(scenario, 5, seed=2)


def test_hidden_lists_are_covered_in_a_slice(module):
    closed = module("closed")
    scenarios = (closed.Scenario(300), closed.Scenario(300, mixed=True, cross=True))
    weeks = [hide_one(table, seed=1) for scenario in scenarios for table in scenario.tables(4, seed=1)]
    verdict = covered_share(weeks)
    assert verdict.judged >= 24
    assert verdict.share >= 0.80  # of 32; the full battery asks .85 of more


def test_every_public_table_of_three_lists_or_more_is_hidden(module):
    tables = module("hidden").public_tables()
    assert {"hiv_rome_4lists", "diabetes_italy_4lists", "uk_2013_5lists", "cormack_fatalities_3lists"} <= set(tables)
    assert "seber_1982_p107_2lists" not in tables


def test_the_alarm_comes_where_lists_hang_together_and_only_there(module):
    assert missed(module("hidden").of_the_rule(seed=1)) == []


def test_ours_is_what_statsmodels_fits(module):
    speed = module("speed")
    made = speed.week(1500, seed=1)
    assert speed.disagreement(made.tables()[-1:]) < 1e-4


def test_a_national_week_adds_up(module):
    speed = module("speed")
    made = speed.week(2000, seed=1)
    whole = made.counts[made.country]
    assert len(made.tables()) == 342 * 4 + 1
    for level in range(4):
        assert (made.counts[made.level == level].sum(axis=0) == whole).all()
    assert (whole[1:].sum(axis=0) == whole[0]).all()  # home, club and escort are all
    assert speed.sound(speed.ensemble(CaptureTable(speed.LISTS, whole[0]), 1))


def test_the_page_says_what_is_missed_in_words(module):
    report, checks = module("report"), sys.modules["checks"]
    told = report.Told("closed", "Closed populations", runs=200, seed=7, seconds=3.0)
    told.checks = [
        checks.Check("closed", "N < 100", "coverage", 0.91, 0.93, "at_least"),
        checks.Check("closed", "N = 300", "coverage", 1.0, 0.93, "at_least"),
        checks.Check("closed", "N = 300", "refused", float("nan")),
    ]
    page = report.page([told], full=True)
    assert "1 of 2 bars missed" in page
    assert '<td class="bad">missed</td>' in page
    assert "missed: closed, N &lt; 100: coverage 0.910, asked &gt;= 0.93" in page
    assert len(re.findall("<circle", page)) == 1
    assert len(re.findall("<rect", page)) == 1
    assert not re.search(r"<script|<link|<img|src=|url\(|@import|https?:", page)
    told.checks = told.checks[1:]
    assert "All 1 bars met" in report.page([told], full=True)


BATTERY = """
"The only battery of this folder."
from checks import Check
RUNS, SEED = 10, 1
def results(runs, seed):
    return [Check("closed", "N = 100", "coverage", {value}, 0.93, "at_least")]
"""


@pytest.mark.parametrize(("value", "code"), [(0.95, 0), (0.92, 1)])
def test_the_command_ends_with_1_where_a_bar_is_missed(module, capsys, tmp_path, value, code):
    folder = tmp_path / "benchmarks" / "statistics"
    folder.mkdir(parents=True)
    for name in ("checks.py", "report.py", "report.html.j2"):
        shutil.copy(STATISTICS / name, folder)
    (folder / "closed.py").write_text(BATTERY.format(value=value))
    assert module("report", folder).main(["--only", "closed", "hidden"]) == code
    said = capsys.readouterr()
    assert f"{code} of 1 bars missed" in said.out
    assert ("missed: closed, N = 100: coverage 0.920, asked >= 0.93" in said.out) == bool(code)
    assert "hidden: there is no battery of this name yet" in said.err
    assert "N = 100" in (tmp_path / "build" / "batteries.html").read_text()


@pytest.mark.full
def test_closed_populations_at_full_size(module):
    assert missed(module("closed").results()) == []


@pytest.mark.full
def test_hidden_lists_at_full_size(module):
    assert missed(module("hidden").results()) == []


@pytest.mark.full
def test_the_market_from_end_to_end_at_full_size(module):
    assert missed(module("market").results()) == []


@pytest.mark.full
def test_one_world_from_end_to_end(module):
    market = module("market")
    (figures,) = list(market.run(seed=502, days=7).values())[:1]
    assert {figure.period for figure in figures} == {"day", "week"}
    assert {market.FOCUS, market.REGION} <= {figure.area for figure in figures}
    assert all(figure.lower <= figure.point <= figure.upper for figure in figures)
    assert np.mean([figure.inside for figure in figures]) >= 0.85
