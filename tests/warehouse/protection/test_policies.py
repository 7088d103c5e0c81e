"""Effects of policy: told of published figures only, blurred once and for all, said in words that the figures bear."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.audit import disclosure_beside
from warehouse.protection.gate import Estimates
from warehouse.protection.policies import protect_effects, protect_events
from warehouse.protection.rows import Beside, PolicyEffectEstimate, PolicyEvent

KEY = b"\x0a" * 32


def effect(**changed):
    told = PolicyEffectEstimate(
        event_code="GM0402-2",
        until_date=date(2026, 11, 8),
        outcome_code="all",
        area_code="GM0402",
        before_count=104,
        after_count=26,
        comparator_count=20,
        neighbour_codes=["GM0406", "GM0376"],
        detectable_fall_value=0.783,
        detectable_rise_value=1.277,
        ratio_value=0.6,
        lower_ratio_value=0.5,
        upper_ratio_value=0.72,
        is_demonstrable=True,
        placebo_count=140,
        beyond_count=1,
        change_value=-40.0,
        lower_change_value=-60.0,
        upper_change_value=-25.0,
        neighbour_change_value=30.0,
        lower_neighbour_change_value=12.0,
        upper_neighbour_change_value=50.0,
        verdict_code="displacement",
        refusal_code=None,
        hidden_count=0,
        hidden_neighbour_count=0,
        level_count=80.0,
    )
    return replace(told, **changed)


def one(**changed):
    return protect_effects([effect(**changed)], KEY)[0]


def numbers(figure):
    fields = ("ratio", "lower_ratio", "upper_ratio", "detectable_fall", "detectable_rise", "displaced")
    counts = ("change", "lower_change", "upper_change")
    values = [getattr(figure, f"{name}_value") for name in fields]
    return [*values, *(getattr(figure, f"{p}_count") for p in counts)]


def test_an_effect_of_published_figures_is_told_with_its_interval():
    figure = one()
    assert (figure.status_code, figure.effect_code, figure.verdict_code) == ("published", "lower", "displacement")
    assert figure.lower_ratio_value <= 0.5
    assert figure.upper_ratio_value >= 0.7
    assert abs(figure.ratio_value - 0.6) <= 0.6 * 5 / 80 + 0.025
    assert (figure.detectable_fall_value, figure.detectable_rise_value) == (0.75, 1.3)
    assert abs(figure.change_count + 40) <= 7.5
    assert figure.displaced_value == pytest.approx(-figure.neighbour_change_count / figure.change_count, abs=0.025)
    assert figure.neighbour_codes == ["GM0376", "GM0406"]


@pytest.mark.parametrize("changed", [{"hidden_count": 1}, {"level_count": None}, {"level_count": 9.0}])
def test_of_figures_that_readers_do_not_have_nothing_is_told(changed):
    figure = one(**changed)
    assert (figure.status_code, figure.reason_code, figure.effect_code) == ("withheld", "not_published", "")
    assert [each for each in numbers(figure) if each is not None] in ([], [0.75, 1.3])
    assert numbers(one(hidden_count=1)) == [None] * 9


def test_a_refusal_keeps_its_reason_but_not_of_a_hidden_town():
    none = {"ratio_value": None, "lower_ratio_value": None, "upper_ratio_value": None}
    assert one(refusal_code="too_few_periods", **none).reason_code == "too_few_periods"
    assert one(refusal_code="too_few_periods", hidden_count=3, **none).reason_code == "not_published"


def test_neighbours_that_are_not_published_are_left_out_and_so_is_the_verdict():
    figure = one(hidden_neighbour_count=1)
    assert (figure.neighbour_codes, figure.neighbour_change_count, figure.displaced_value) == ([], None, None)
    assert (figure.effect_code, figure.verdict_code) == ("lower", "cannot_tell")


def test_a_setting_has_no_verdict_and_no_effect_has_none_that_can_be_told():
    assert one(outcome_code="home", verdict_code=None).verdict_code == ""
    none = one(ratio_value=0.98, lower_ratio_value=0.8, upper_ratio_value=1.2, is_demonstrable=False)
    assert (none.effect_code, none.verdict_code) == ("no_demonstrable_effect", "cannot_tell")


def test_words_go_by_the_printed_interval():
    """Demonstrable behind the gate, .99 at its end: what is printed reaches 1."""
    figure = one(ratio_value=0.9, lower_ratio_value=0.82, upper_ratio_value=0.99)
    assert figure.upper_ratio_value >= 1.0
    assert figure.effect_code == "no_demonstrable_effect"


def test_a_later_estimate_keeps_its_error_and_another_event_has_its_own():
    shown = {one(event_code=f"GM0402-{k}").change_count for k in range(40)}
    assert len(shown) >= 2
    assert one(until_date=date(2026, 12, 6)).ratio_value == one().ratio_value


ends = st.floats(-150, 150)


@st.composite
def effects(draw):
    ratio, change, near = draw(st.floats(0.05, 4.0)), draw(ends), draw(st.none() | ends)
    below, above = draw(st.floats(0.0, 0.99)), draw(st.floats(0.0, 1.5))
    return effect(
        ratio_value=ratio,
        lower_ratio_value=ratio * (1 - below),
        upper_ratio_value=ratio * (1 + above),
        change_value=change,
        lower_change_value=change - 10 * below,
        upper_change_value=change + 10 * above,
        neighbour_change_value=near,
        lower_neighbour_change_value=None if near is None else near - 9,
        upper_neighbour_change_value=None if near is None else near + 9,
        level_count=draw(st.none() | st.floats(0, 500)),
        hidden_count=draw(st.integers(0, 1)),
        hidden_neighbour_count=draw(st.integers(0, 1)),
    )


@settings(max_examples=200)
@given(effects())
def test_nothing_small_or_fine_is_told_and_the_scan_finds_nothing(row):
    change = row.change_value
    (figure,) = protect_effects([row], KEY)
    assert not disclosure_beside.found(Beside(effects=[figure]), Estimates([], effects=[row]))
    assert figure == protect_effects([row], KEY)[0]
    if figure.status_code == "published":
        assert figure.lower_ratio_value <= figure.ratio_value <= figure.upper_ratio_value
        assert figure.lower_change_count <= change + 5
        assert figure.upper_change_count >= change - 5
    if figure.change_count is not None:
        assert figure.lower_change_count <= figure.change_count <= figure.upper_change_count
        assert abs(figure.change_count) >= 10
        assert abs(change) >= 10


def test_a10_control_what_is_not_published_or_too_fine_is_found():
    figure = one()
    rows = [effect(hidden_count=1)]
    assert any(
        "not published" in line
        for line in disclosure_beside.found(Beside(effects=[figure]), Estimates([], effects=rows))
    )
    for twin, word in (
        (replace(figure, ratio_value=0.61), "too fine"),
        (replace(figure, lower_change_count=-5), "small change"),
    ):
        found = disclosure_beside.found(Beside(effects=[twin]), Estimates([], effects=[effect()]))
        assert [line.rsplit(": ", 1)[1] for line in found] == [f"ratio {word}" if word == "too fine" else word]
    neighbours = disclosure_beside.found(
        Beside(effects=[figure]), Estimates([], effects=[effect(hidden_neighbour_count=1)])
    )
    assert [line for line in neighbours if "neighbours" in line]


def test_events_are_as_they_are_in_order():
    told = [PolicyEvent(f"GM0402-{k}", "GM0402", None, "unknown", "Iets", "other", "Brief") for k in (3, 1)]
    assert protect_events(told) == told[::-1]
