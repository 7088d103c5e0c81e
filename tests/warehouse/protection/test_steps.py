"""The four-step count: nobody moves a count by more than a unit, and what is told is a sum of what is printed."""

from dataclasses import replace
from datetime import date
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.audit import disclosure_beside
from warehouse.protection.cells import Area, VolumeEstimate, VolumeFigure
from warehouse.protection.gate import Estimates
from warehouse.protection.noise import draw
from warehouse.protection.rows import Beside, StepEstimate, StepFigure
from warehouse.protection.rules import HOLDINGS, VOLUME
from warehouse.protection.steps import STEPS, protect_steps

WEEK = date(2026, 11, 2)
KEY = b"\x03" * 32
AREAS = {
    "NL": Area("NL", "NL", "country", None),
    "PV": Area("PV", "PV", "province", "NL"),
    "CR01": Area("CR01", "CR01", "corop", "PV"),
    "CR02": Area("CR02", "CR02", "corop", "PV"),
    "GM1": Area("GM1", "GM1", "municipality", "CR01"),
}


def steps(area="CR01", n=60, ads=150, distinct=110, most=(4, 3), number=None):
    number = n * 977 + 5 if number is None else number
    counts = ((STEPS[0], ads, most[0]), (STEPS[1], distinct, most[1]), (STEPS[2], n, 1))
    return [StepEstimate(WEEK, area, step, float(held), largest, n, number) for step, held, largest in counts]


def volume(area="CR01", printed=90, status="published", reason=""):
    told = (printed, None, printed - 20, printed + 30) if status == "published" else (None,) * 4
    return VolumeFigure("week", WEEK, area, "all", status, reason, *told, None, 3, 0.98, [])


def people(*rows):
    """Volumes behind steps, for the scan."""
    known = (0.05, None, None, None, None, None, 3, 0.9, None, [])
    return [
        VolumeEstimate("week", WEEK, row.area_code, "all", row.identity_count, *known, row.cell_number)
        for row in rows
        if row.step_code == STEPS[2]
    ]


WHOLE = steps("NL", n=400, ads=1000, distinct=800)
VOLUMES = [volume(), volume("CR02"), volume("NL", 600)]


def protect(rows, volumes=None):
    told = protect_steps(rows, volumes or VOLUMES, AREAS, KEY)
    return {(row.area_code, row.step_code): row for row in told}


def test_steps_of_regions_and_the_country_only_each_a_multiple_of_its_rounding():
    figures = protect([*steps(), *steps("CR02"), *WHOLE, *steps("GM1"), *steps("PV")])
    assert {area for area, _ in figures} == {"CR01", "CR02", "NL"}
    ads, distinct, identities, advertisers = (figures["CR01", step] for step in STEPS)
    assert (ads.rounding_count, distinct.rounding_count, identities.rounding_count) == (25, 25, 5)
    assert all(row.step_count % row.rounding_count == 0 for row in (ads, distinct, identities, advertisers))
    assert (advertisers.step_count, advertisers.lower_count, advertisers.upper_count) == (90, 70, 120)
    assert ads.lower_count < 150 < ads.upper_count


def test_a_deflator_is_that_of_the_printed_counts():
    figures = protect([*steps(), *steps("CR02"), *WHOLE])
    for area in ("CR01", "NL"):
        for before, now in pairwise(STEPS):
            row = figures[area, now]
            if row.deflator_value is not None:
                assert row.deflator_value == round(row.step_count / figures[area, before].step_count, 2)
                assert row.lower_deflator_value <= row.deflator_value <= row.upper_deflator_value
    assert figures["NL", "distinct"].deflator_value is not None
    assert figures["NL", "advertisers"].deflator_value > 1
    assert not disclosure_beside.narrowed(Beside(steps=list(figures.values())))
    before = StepFigure(WEEK, "CR01", "distinct", "published", "", 40, 35, 45, 5)
    twin = StepFigure(WEEK, "CR01", "identities", "published", "", 25, 20, 30, 5, 0.8, 0.7, 0.9)
    assert disclosure_beside.narrowed(Beside(steps=[before, twin])) == [f"step {WEEK} CR01 identities"]


def test_identities_have_the_error_of_their_volume_and_what_everybody_can_count_errors_of_its_own():
    """Who counts the advertisements himself learns their error, which must not be that of the people."""
    foreign = dict.fromkeys(STEPS[:2], 0)
    for number in range(1, 41):
        error = draw(KEY, VOLUME.cube, number, 60, VOLUME.noise)
        figures = protect([*steps(ads=600, distinct=450, number=number), *steps("CR02"), *WHOLE])
        assert abs(figures["CR01", "identities"].step_count - 60 - error) <= 2.5
        own = {}
        for step, held in zip(STEPS[:2], (600, 450), strict=True):
            units = figures["CR01", step].step_count / 5
            own[step] = draw(KEY, f"count_step/{step}", number, 60, VOLUME.noise)
            assert abs(units - held / 5 - own[step]) <= 2.5
            foreign[step] += abs(units - held / 5 - error) > 2.5
    assert min(foreign.values()) > 5
    assert own[STEPS[0]] != own[STEPS[1]]


def test_advertisements_of_which_everybody_has_one_are_no_second_look_at_the_people():
    figures = protect([*steps(n=300, ads=300, distinct=300, most=(1, 1)), *steps("CR02"), *WHOLE])
    assert [figures["CR01", step].rounding_count for step in STEPS[:3]] == [25, 25, 5]


def test_the_interval_of_what_its_error_let_through_holds_the_truth():
    """Thirteen print as 20 by an error of five only: of such counts alone an interval of one rounding never holds."""
    number = next(number for number in count(1) if draw(KEY, VOLUME.cube, number, 13, VOLUME.noise) == 5)
    figures = protect([*steps(n=13, ads=600, distinct=500, number=number), *steps("CR02"), *WHOLE])
    told = figures["CR01", "identities"]
    assert (told.step_count, told.lower_count, told.upper_count) == (20, 10, 25)
    # The deflator knows it: 13 of 500 texts too.
    assert figures["CR01", "identities"].lower_deflator_value <= 13 / 500


def test_whether_a_step_is_told_hangs_on_what_is_printed_only():
    """The volume has the same error: told beside it, a refusal for the number of people would tell of that number."""
    words, sizes = {}, {}
    for n in range(10, 31):
        for number in range(1, 25):
            printed = max(5 * ((n + draw(KEY, VOLUME.cube, number, n, VOLUME.noise) + 2) // 5), 10)
            rows = steps(n=n, ads=9 * n, distinct=8 * n, number=number)
            figures = protect([*rows, *steps("CR02"), *WHOLE], [volume(printed=printed), *VOLUMES[1:]])
            words.setdefault(printed, set()).add(figures["CR01", "identities"].status_code)
            sizes.setdefault(printed, set()).add(n)
    assert words == {10: {"withheld"}, 15: {"withheld"}} | {printed: {"published"} for printed in range(20, 40, 5)}
    assert min(sizes[20]) < 18
    assert max(sizes[20]) > 22


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (steps(n=12, ads=600, distinct=500), "small_denominator"),
        (steps(number=0), "small_denominator"),
        ([replace(row, largest_count=None) for row in steps()], "small_denominator"),  # kept before it was counted
    ],
)
def test_of_too_few_no_step_is_told(rows, reason):
    figures = protect([*rows, *steps("CR02"), *WHOLE])
    assert {(figures["CR01", step].status_code, figures["CR01", step].reason_code) for step in STEPS} == {
        ("withheld", reason)
    }


def test_a_step_of_which_one_holds_much_is_withheld_alone():
    """One of 60 has 40 of 150 advertisements: units of 100, of which there are two."""
    figures = protect([*steps(most=(40, 3)), *steps("CR02"), *WHOLE])
    assert figures["CR01", "advertisements"].reason_code == "dominance"
    assert figures["CR01", "distinct"].deflator_value is None
    assert figures["CR01", "identities"].status_code == "published"


@pytest.mark.parametrize(
    ("status", "reason"), [("below_threshold", "below_threshold"), ("unreliable", "too_few_recaptures")]
)
def test_where_the_volume_is_not_published_no_step_is_and_the_word_is_the_same(status, reason):
    hidden = [volume(status=status, reason=reason), *VOLUMES[1:]]
    for rows in (steps(), []):
        figures = protect([*rows, *steps("CR02"), *WHOLE], hidden)
        told = {(figures["CR01", step].status_code, figures["CR01", step].reason_code) for step in STEPS}
        assert told == {(status, reason)}


def test_the_country_goes_where_all_but_a_few_are_in_one_region():
    figures = protect([*steps("CR01", n=395, ads=900, distinct=700), *WHOLE])
    assert {figures["NL", step].reason_code for step in STEPS} == {"complement"}


def test_the_country_goes_where_it_says_that_a_label_is_not_empty():
    hidden = [volume(), volume("CR02", status="below_threshold", reason="below_threshold"), VOLUMES[2]]
    figures = protect([*steps("CR01", n=300, ads=900, distinct=700), *WHOLE], hidden)
    assert figures["NL", "identities"].reason_code == "secondary"


@settings(max_examples=150)
@given(
    n=st.integers(0, 150),
    extra=st.integers(0, 300),
    copies=st.integers(0, 300),
    most=st.tuples(st.integers(1, 700), st.integers(1, 700)),
    number=st.integers(1, 1 << 40),
)
def test_nobody_is_more_than_a_unit_of_what_is_printed(n, extra, copies, most, number):
    rows = steps(n=n, ads=n + extra + copies, distinct=n + extra, most=most, number=number)
    figures = protect([*rows, *steps("CR02"), *WHOLE])
    estimates = Estimates(people(*rows, *steps("CR02"), *WHOLE), steps=[*rows, *steps("CR02"), *WHOLE])
    assert not disclosure_beside.found(Beside(steps=list(figures.values())), estimates)
    for row in rows:
        figure = figures["CR01", row.step_code]
        if figure.step_count is not None:
            unit = figure.rounding_count // 5
            assert unit in HOLDINGS
            assert row.largest_count <= unit
            assert figure.step_count / unit >= 20
            assert row.point_count / unit >= 12.5
            assert row.identity_count >= 12.5
            assert abs(figure.step_count - row.point_count) <= 7.5 * unit
            # The least that is printed was let through by its error: its interval holds all that an error can hide.
            assert figure.step_count > 20 * unit or figure.lower_count <= row.point_count


def test_a10_control_a_count_that_one_holds_is_found():
    figures = protect([*steps(), *steps("CR02"), *WHOLE]).values()
    rows = [*steps(most=(80, 3)), *steps("CR02"), *WHOLE]
    found = disclosure_beside.found(Beside(steps=list(figures)), Estimates(people(*rows), steps=rows))
    assert found == [f"step {WEEK} CR01 advertisements: dominated"]
    few = [replace(row, identity_count=9) if row.area_code == "CR01" else row for row in rows]
    found = disclosure_beside.found(Beside(steps=list(figures)), Estimates(people(*few), steps=few))
    assert f"step {WEEK} CR01 identities: small" in found
    below = [replace(row, step_count=15) for row in figures if row.area_code == "CR01" and row.step_code == STEPS[2]]
    assert disclosure_beside.found(Beside(steps=below), Estimates(people(*rows), steps=rows)) == [
        f"step {WEEK} CR01 identities: small"
    ]
