"""A plan before, an effect after: size on nothing, an effect found, and nothing seen before its time."""

import numpy as np
import pytest

from warehouse.estimates import policy
from warehouse.estimates.counterfactual import Panel
from warehouse.estimates.errors import TooFewComparators, TooFewPeriods
from warehouse.estimates.policy import Placebos

BEFORE, AFTER = 52, 26


def people(seed: int, n: int = 80, areas: int = 12) -> Panel:
    """Residents who come and go by themselves; seven of ten are seen."""
    rng = np.random.default_rng(seed)
    mean = np.array([n, *np.linspace(40, 200, areas)])
    here, rows = rng.poisson(mean), []
    for _ in range(BEFORE + AFTER):
        rows.append(rng.binomial(here, 0.7))
        here = rng.binomial(here, 0.9622) + rng.poisson(mean * 0.0378)
    seen = np.maximum(np.array(rows).T, 1)
    return Panel(np.log(seen / 0.7), 0.3 / seen, mean)


def changed(panel: Panel, step: float) -> Panel:
    level = panel.level.copy()
    level[0, BEFORE:] += step
    return Panel(level, panel.specific, panel.size)


def found(panel: Panel, start: int = BEFORE) -> policy.Effect:
    plan = policy.plan(panel.until(BEFORE), AFTER)
    return policy.effects(panel, plan, start)[0]


def test_nothing_is_seldom_called_an_effect_and_a_large_one_always_is():
    panels = [people(seed) for seed in range(30)]
    called = np.mean([found(panel).is_demonstrable for panel in panels])
    assert called <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 30)
    halved = [found(changed(panel, np.log(0.5))) for panel in panels[:10]]
    assert all(one.is_demonstrable and one.ratio[2] < 1 for one in halved)
    assert abs(np.mean([one.log_ratio for one in halved]) - np.log(0.5)) < 0.08


@pytest.mark.parametrize("step", [-1.0, -0.2, 0.7])
def test_a_step_shifts_the_effect_by_itself_and_leaves_its_width(step: float):
    panel = people(3)
    before, after = found(panel), found(changed(panel, step))
    assert after.log_ratio == pytest.approx(before.log_ratio + step, abs=1e-9)
    assert after.deviation == pytest.approx(before.deviation, rel=1e-9)


def test_the_plan_sees_nothing_of_what_comes_after():
    panel = people(4)
    plan = policy.plan(panel.until(BEFORE), AFTER)
    again = policy.plan(changed(panel, -0.7).until(BEFORE), AFTER)
    assert (plan.placebos, plan.log_detectable) == (again.placebos, again.log_detectable)
    np.testing.assert_array_equal(plan.weight, again.weight)


def test_what_is_planned_as_detectable_is_about_what_it_turns_out():
    """2.8 standard errors, nearly: the planned error is the one that the effect gets."""
    panel = people(5)
    plan = policy.plan(panel.until(BEFORE), AFTER)
    width = policy.effects(panel, plan, BEFORE)[0].deviation
    assert plan.log_detectable / width == pytest.approx(2.85, rel=0.12)
    assert plan.detectable_fall == pytest.approx(1 / plan.detectable_rise)


def test_more_weeks_after_and_more_people_tell_smaller_effects():
    def detectable(n: int, after: int) -> float:
        return policy.plan(people(6, n).until(BEFORE), after).log_detectable

    assert detectable(300, 26) < detectable(80, 26) < detectable(25, 26)


def test_weeks_of_the_event_itself_do_not_count():
    panel = people(7)
    level = panel.level.copy()
    level[0, BEFORE : BEFORE + 4] += 3
    noisy = Panel(level, panel.specific, panel.size)
    plan = policy.plan(panel.until(BEFORE), 20)
    one, other = (policy.effects(each, plan, BEFORE + 4)[0] for each in (panel, noisy))
    assert one.log_ratio == pytest.approx(other.log_ratio, abs=1e-9)


def test_same_input_same_bits():
    assert found(people(8)) == found(people(8))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda p: (p.until(25), AFTER), TooFewPeriods),
        (lambda p: (p.until(BEFORE), 7), TooFewPeriods),
        (lambda p: (Panel(p.level[:5, :BEFORE], p.specific[:5, :BEFORE], p.size[:5]), AFTER), TooFewComparators),
    ],
)
def test_too_little_is_refused(change, error):
    with pytest.raises(error):
        policy.plan(*change(people(9)))


def test_too_few_weeks_after_with_a_figure_are_refused():
    panel = people(10)
    plan = policy.plan(panel.until(BEFORE), AFTER)
    level = panel.level.copy()
    level[0, BEFORE + 7 :] = np.nan
    with pytest.raises(TooFewPeriods, match="7 week"):
        policy.effects(Panel(level, panel.specific, panel.size), plan, BEFORE)


def test_neighbours_without_weeks_after_have_no_effect_and_take_none_away():
    panel = people(11)
    plan = policy.plan(panel.until(BEFORE), AFTER, 2)
    level = panel.level.copy()
    level[1, BEFORE + 7 :] = np.nan
    both = policy.effects(panel, plan, BEFORE)
    own = policy.effects(Panel(level, panel.specific, panel.size), plan, BEFORE)
    assert (len(both), len(own)) == (2, 1)
    assert own[0].log_ratio == pytest.approx(both[0].log_ratio, rel=1e-9)


def test_placebos_as_far_out_are_counted():
    panel = people(12)
    by_itself = found(panel).log_ratio
    steps = [-by_itself, 0.15 - by_itself, 3.0]  # to no effect at all, a usual one, and one that nothing comes near
    none, usual, huge = (found(changed(panel, step)) for step in steps)
    assert none.beyond == none.placebos.count > 100
    assert 0 < usual.beyond < usual.placebos.count / 2
    assert huge.beyond == 0


def test_placebos_that_go_wide_make_intervals_wide():
    trusted = Placebos(0, 0.0, 1.0)
    assert trusted.scale == 1
    assert trusted.quantile == pytest.approx(2.086, abs=1e-3)  # Student's t with 20
    assert Placebos(40, 20.0, 4.0).scale == pytest.approx(np.sqrt(2.5))
    both = Placebos(10, 10.0, 1.0).together(Placebos(30, 30.0, 3.0))
    assert (both.count, both.worth, both.square) == (40, 40.0, 2.5)
