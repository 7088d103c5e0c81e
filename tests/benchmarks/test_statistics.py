"""The batteries of the estimates: a seeded slice of each every time, the whole of them in the long run."""

import importlib.util
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

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
    for name in (*names, "checks", "closed", "movement_truth", "movement_world"):
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


@pytest.mark.parametrize("kinds", ["TWO_CLASSES", "ONE_CLASS", "SETTLED"])
def test_people_in_less_people_out_is_the_change_of_stock(module, kinds):
    worlds = module("movement_world")
    world = worlds.simulated(getattr(worlds, kinds), 0.0, 13, np.random.default_rng(4))
    flows = module("movement_truth").flows
    stock = world.stock
    for week in range(1, 13):
        table = flows(world.state, world.start + week, world.start + week + 1, 8)
        came, went = table.sum(axis=0)[1:], table.sum(axis=1)[1:]
        assert (went == stock[week - 1]).all()
        assert (came == stock[week]).all()
        moved = table - np.diag(table.diagonal())
        assert (kinds == "SETTLED") == (moved[1:, 1:].sum() == 0)


def test_places_keep_their_size_and_as_many_go_as_come(module):
    worlds = module("movement_world")
    where = worlds.geography()
    assert np.bincount(where.state)[1:].tolist() == list(worlds.TOWNS)
    assert np.bincount(where.state, where.size)[1:] == pytest.approx(worlds.SIZES)
    going = where.size[:, None] * where.going
    assert going == pytest.approx(going.T)
    assert where.going.sum(axis=1) == pytest.approx(1.0, abs=1e-6)
    # Balancing leaves cross ratios as they are: those of distance to the power 1.2.
    towns = [0, 1, 2, 14]  # Enschede, Hengelo, Almelo, and the first of the rest of the province
    at = np.array(worlds.CENTRES)[[0, 1, 2, 4]] + [[0, 0], [0, 0], [0, 0], [20 / 8**0.5, 0]]
    near = (np.linalg.norm(at[:, None] - at[None], axis=2) + 8) ** -1.2
    flow = going[np.ix_(towns, towns)]
    crossed = [table[0, 1] * table[2, 3] / (table[0, 3] * table[2, 1]) for table in (flow, near)]
    assert crossed[0] == pytest.approx(crossed[1])
    made = [worlds.simulated(worlds.TWO_CLASSES, 0.05, 13, np.random.default_rng(run)) for run in range(12)]
    # Those who are off are not there: as many as stop less.
    assert np.mean([world.stock.mean(axis=0) for world in made], axis=0) == pytest.approx(worlds.SIZES, rel=0.10)


def test_people_stop_and_move_at_the_rates_asked(module):
    worlds = module("movement_world")
    for kind, stopped, moved in ((worlds.TWO_CLASSES[0], 0.04, 0.96 * 0.007), (worlds.TWO_CLASSES[1], 0.10, None)):
        town = worlds.live([replace(kind, share=1.0)], 0.0, 60, np.random.default_rng(8), worlds.geography())[:, 20:]
        here, later = town[:, :-1], town[:, 1:]
        assert (later[here >= 0] < 0).mean() == pytest.approx(stopped, abs=0.005)
        moves = ((here != later) & (here >= 0) & (later >= 0)).sum() / (here >= 0).sum()
        if moved is not None:
            assert moves == pytest.approx(moved, abs=0.001)
        else:  # nobody stays for a third week, about half for a second
            assert not ((town[:, 2:] >= 0) & (town[:, 2:] == town[:, 1:-1]) & (town[:, 1:-1] == town[:, :-2])).any()
            assert moves == pytest.approx(0.9 * (1 + 0.5) / (1 + 0.9 * 0.5) * 0.5 / 0.75, abs=0.03)


PATHS = arrays.arrays(np.int64, (4, 24), elements=st.sampled_from([0, 0, 1, 1, 2, 3]))


def told_of(path, start, end, region):
    """Tell of one path, week by week: changes, spells, returns and arrivals in the region, by the definitions."""
    weeks = [week for week, state in enumerate(path) if state]
    changes, spells, back, new = [], [], [], []
    if not weeks:
        return changes, spells, back, new
    changes += [(0, path[weeks[0]])] if start <= weeks[0] < end else []
    changes += [(path[weeks[-1]], 0)] if start <= weeks[-1] + 1 < end else []
    changes += [(path[w - 1], path[w]) for w in range(start, end) if path[w - 1] and path[w]]
    for before, week in pairwise([None, *weeks]):
        was, state = path[before] if before is not None else 0, path[week]
        if was != state and start <= week < end:
            last = week
            while (more := [w for w in (last + 1, last + 2) if w < len(path) and path[w]]) and path[more[0]] == state:
                last = more[0]
            spells.append((state, last - week + 1))
        if was not in region and state in region and start <= week < end:
            new.append(all(path[w] not in region for w in weeks if w < week))
        if was and was != state and start <= before < end - 1:
            back.append((was, was in path[before + 1 : before + 9]))
    return changes, spells, back, new


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paths=PATHS)
def test_truth_is_what_counting_week_by_week_gives(module, paths):
    true = sys.modules.get("battery_movement_truth") or module("movement_truth")
    start, end, region = 6, 14, (0, 1)
    told = [told_of(path.tolist(), start, end, {1, 2}) for path in paths]
    changes, spells, back, new = ([each for one in told for each in one[kind]] for kind in range(4))
    table = np.zeros((4, 4), dtype=np.int64)
    for change in changes:
        table[change] += 1
    assert true.flows(paths, start, end, 3).tolist() == table.tolist()
    lengths = true.dwell(paths, start, end, 3)
    shares = true.returns(paths, start, end, 3)
    for state in (1, 2, 3):
        assert sorted(lengths[state - 1].tolist()) == sorted(length for at, length in spells if at == state)
        found = [returned for at, returned in back if at == state]
        assert shares[state - 1] == pytest.approx(np.mean(found) if found else np.nan, nan_ok=True)
    assert true.new_to(paths, start, end, region) == pytest.approx(np.mean(new) if new else np.nan, nan_ok=True)
    number = [len(set(path[-8:]) - {0}) for path in paths.tolist() if any(path[-8:])]
    if number:
        many, one = true.carousel(paths - 1)
        assert many == np.mean(np.array(number) >= 3)
        assert one == np.mean(np.array(number) == 1)


def test_back_after_eight_weeks_is_back_and_after_nine_is_not(module):
    returns = module("movement_truth").returns
    away = np.full((2, 16), 2)
    away[:, 2] = away[0, 10] = away[1, 11] = 1  # the last week in state 1 is week 2
    assert returns(away[:1], 0, 4, 2)[0] == 1.0
    assert returns(away[1:], 0, 4, 2)[0] == 0.0


def test_quartiles_of_dwell_are_read_off_a_line_between_weeks(module):
    quantile = module("movement_truth").quantile
    lengths = np.array([1, 1, 2, 4])  # survival 1, .5, .25, .25, 0
    assert quantile(lengths, 0.75) == pytest.approx(0.5)
    assert quantile(lengths, 0.5) == pytest.approx(1.0)
    assert quantile(lengths, 0.25) == pytest.approx(2.0)
    assert quantile(lengths, 0.125) == pytest.approx(3.5)
    assert np.isnan(quantile(np.empty(0, dtype=np.int64), 0.5))


@pytest.mark.parametrize("kinds", ["TWO_CLASSES", "ONE_CLASS", "SETTLED"])
def test_what_is_wholly_seen_gives_back_the_truth_by_counting(module, kinds):
    worlds, true = module("movement_world"), module("movement_truth")
    world = worlds.simulated(getattr(worlds, kinds), 0.0, 13, np.random.default_rng(6))
    sight = worlds.Sight((1.0,) * 8, visible=1.0, poor=0, both=0.0, named=0.0)
    seen = worlds.observe(world, sight, np.random.default_rng(7), draws=4)
    within = world.state[:, world.start : world.end]
    rows = np.lexsort(np.where(within > 0, 1 << np.maximum(within - 1, 0), 0).T)
    assert (seen.seen[np.lexsort(seen.seen.T)] == np.where(within > 0, 1 << np.maximum(within - 1, 0), 0)[rows]).all()
    flows, figures = true.naive(replace(seen, size=world.stock[None].astype(float)))
    truth = true.truth(world)
    assert {pair: one.point for pair, one in flows.items()} == pytest.approx(truth[0])
    assert figures["carousel_share", "ALL"].point == truth[1]["carousel_share", "ALL"]
    assert figures["one_place_share", "ALL"].point == truth[1]["one_place_share", "ALL"]


def test_what_is_seen_is_as_asked(module):
    worlds = module("movement_world")
    world = worlds.simulated(worlds.TWO_CLASSES, 0.0, 13, np.random.default_rng(6))
    stock = world.stock.sum(axis=0)
    uneven = tuple(np.linspace(0.55, 0.95, 8))
    plain = worlds.Sight(uneven, poor=0, both=0.0, named=0.0)
    seen = np.array(
        [worlds.observe(world, plain, np.random.default_rng(run), 4).seen for run in range(20)], dtype=object
    )
    of_state = [np.mean([(each == 1 << k).sum() for each in seen]) / stock[k] for k in range(8)]
    assert of_state == pytest.approx(np.array(uneven) * plain.visible, rel=0.08)
    poor = worlds.observe(world, replace(plain, poor=2), np.random.default_rng(1), 4)
    weekly = (poor.seen > 0).sum(axis=0)
    low = poor.completeness[:, 0] == 0.5
    assert low.sum() == 2
    assert weekly[low].mean() / weekly[~low].mean() == pytest.approx(0.5, abs=0.08)
    both = worlds.observe(world, replace(plain, both=1.0), np.random.default_rng(1), 4).seen
    assert ((both & (both - 1)) > 0).any()
    assert not ((seen[0] & (seen[0] - 1)) > 0).any()


def test_identities_split_and_join_as_an_audit_finds(module):
    worlds = module("movement_world")
    world = worlds.simulated(worlds.TWO_CLASSES, 0.0, 13, np.random.default_rng(6))
    plain = worlds.Sight((0.8,) * 8)

    def observe(run=1, **error):
        return worlds.observe(world, replace(plain, **error), np.random.default_rng(run), 4)

    whole, split, shared = observe(), observe(lost=0.15), observe(shared=0.03)
    assert whole.linkage == {}
    assert (split.seen > 0).sum() == (whole.seen > 0).sum()  # nothing is lost but the link
    # A split before the first sighting or after the last one makes no second identity.
    assert 1.05 < len(split.seen) / len(whole.seen) < 1.15
    assert len(whole.seen) / len(shared.seen) == pytest.approx(1.03, abs=0.002)
    assert np.bitwise_or.reduce(shared.seen) == pytest.approx(np.bitwise_or.reduce(whole.seen))
    assert ((shared.seen > 0) == (shared.municipality >= 0)).all()
    audits = [observe(run, lost=0.15, shared=0.03).linkage for run in range(40)]
    assert np.mean([each["shared"] for each in audits]) == pytest.approx(0.03, abs=0.007)
    z = [(each["shared"] - 0.03) / each["shared_error"] for each in audits]
    assert 0.6 < np.std(z) < 1.6
    weekly = np.array([each["lost"] for each in audits])
    assert 0.6 < weekly.std() / np.mean([each["lost_error"] for each in audits]) < 1.6


def test_the_market_gives_the_place_of_most_days(module):
    worlds = module("movement_world")
    world = worlds.market_paths(3, 13)
    span = worlds.MARKET_BEFORE + 13 + worlds.MARKET_AFTER
    people = worlds.populate(worlds.WorldSettings(seed=3, days=7 * span))
    for week in (0, 6, 12):
        days = range(7 * (worlds.MARKET_BEFORE + week), 7 * (worlds.MARKET_BEFORE + week) + 7)
        place = []
        for person in people:
            at = [stay.town for day in days for stay in person.stays if stay.first <= day <= stay.last]
            place += [max(at, key=lambda town, at=at: (at.count(town), -at.index(town)))] if at else []
        found = world.town[:, world.start + week]
        assert np.bincount(found[found >= 0], minlength=46).tolist() == np.bincount(place, minlength=46).tolist()
    assert set(world.town[world.state == 1]) == {0}  # Enschede is the first of the towns
    assert ((world.state > 0) == (world.town >= 0)).all()


def test_a_flow_told_too_high_shows_as_bias_and_not_as_chance(module):
    score = module("movement").Score()
    told = sys.modules["movement_truth"].Told
    for truth in (20.0, 40.0):
        score.add({("A", "B"): truth, ("B", "A"): truth / 10}, {("A", "B"): told(truth * 1.5, truth, truth * 2)})
    assert score.refused == 2
    assert score.large.bias[:2] == pytest.approx((0.5, 0.5))
    assert score.coverage == 1.0
    assert score.error == pytest.approx(15.0)
    assert score.of("B").rows == {}


@pytest.mark.full
def test_closed_populations_at_full_size(module):
    assert missed(module("closed").results()) == []


@pytest.mark.full
def test_hidden_lists_at_full_size(module):
    assert missed(module("hidden").results()) == []


@pytest.mark.full
def test_movement_comes_out_in_a_slice(module):
    movement = module("movement")
    with ThreadPoolExecutor(1) as pool:
        found = {each.figure: each.value for each in movement.measure(movement.UNEVENLY_SEEN, 6, 1, pool)}
    assert found["coverage"] >= 0.85  # of 432 flows; the full battery asks .90 of 200 worlds
    assert found["|error| of carousel_share"] <= 0.05
    assert found["mean |bias| of flows"] < found["naive |bias| of flows"]


@pytest.fixture
def alerts(module):
    """Load the battery of alerts, and forget its market afterwards."""
    yield module("alerts")
    sys.modules.pop("alert_market", None)


def test_false_alarms_stay_under_their_rate_and_a_doubling_is_found_in_a_slice(alerts):
    assert missed(alerts.unchanged(40, 60, "seasons and weekdays", np.random.default_rng(1))) == []
    found = {check.figure: check.value for check in alerts.power(80, 2.0, 60, np.random.default_rng(1))}
    assert found["found within 14 days"] >= 0.9


def test_a_chart_that_knows_only_the_error_of_an_estimate_raises_too_many(alerts):
    log_n, own, _, _ = alerts.as_is(40, 60, np.random.default_rng(1))
    before = np.stack([log_n[:, week - 8 : week].mean(axis=1) for week in range(8, alerts.WEEKS)], axis=1)
    step = (log_n[:, 8:] - before) / np.sqrt(own[:, 8:] * (1 + 1 / 8))
    naive = (np.abs(step) > alerts.LEVEL.limit).mean() / 7 * 180
    allowed = alerts.watched.FALSE_ALARMS * alerts.LEVEL.share
    assert naive > 3 * allowed  # in an unchanged market the number itself moves


@pytest.mark.full
def test_alerts_at_full_size(alerts):
    assert missed(alerts.results()) == []


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
