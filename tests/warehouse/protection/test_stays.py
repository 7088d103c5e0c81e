"""Stays and shares of a quarter: fixed rows, nothing small, a share that says no more than its parts."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import calendar
from warehouse.areas import all_areas
from warehouse.audit import disclosure_beside
from warehouse.audit.ratios import recover
from warehouse.protection.cells import Area, MovementEstimate
from warehouse.protection.gate import Estimates
from warehouse.protection.rows import Beside, StayEstimate, StayFigure
from warehouse.protection.stays import protect_stays, told_of

KEY = b"\x09" * 32
TOLD = date(2026, 12, 6)  # ends the last block of four weeks of the fourth quarter
START = TOLD - timedelta(days=27)
QUARTER = date(2026, 10, 1)
AREAS = {a.code: Area(a.code, a.name, a.level, a.parent) for a in all_areas()}
BLUR = 7  # half of the rounding and the largest error


def estimate(code="carousel_share", area="ALLX", *, n=300, part=90, point=0.32, width=0.05, refusal=None, number=77):
    is_share = code.endswith("_share")
    values = (point, point - width, point + width) if refusal is None else (None, None, None)
    return StayEstimate(
        START, code, area, n, number, part if is_share else None, number + 1 if is_share else None, *values, refusal
    )


def flow(refusal=None):
    return MovementEstimate(START, "DE", "GM0153", 0, None, None, None, refusal, [], 0)


def protect(*rows, flows=(), key=KEY):
    return {(row.area_code, row.figure_code): row for row in protect_stays(rows, flows or [flow()], AREAS, key)}


def one(row, **kw):
    return protect(row, **kw)[row.area_code, row.figure_code]


def test_a_quarter_is_told_by_the_last_block_that_ends_in_it_and_by_no_other():
    ends = [calendar.ORIGIN + timedelta(days=28 * n - 1) for n in range(1, 700)]
    told = [calendar.quarter_told(day) for day in ends]
    quarters = [quarter for quarter in told if quarter]
    assert quarters == sorted(set(quarters))
    assert set(quarters[:-1]) == {calendar.quarter_start(day) for day in ends[:-4]} - set(quarters[-1:])
    other = estimate()
    assert not protect_stays([replace(other, block_start_date=date(2026, 10, 12))], [], AREAS, KEY)


def test_every_figure_has_a_row_and_nobody_looks_like_nineteen():
    keys = told_of(AREAS)
    nobody, nineteen = protect(), protect(*(estimate(code, area, n=19, part=9) for area, code in keys))
    assert set(nobody) == set(keys) == set(nineteen)
    assert nobody == nineteen
    assert {(row.status_code, row.reason_code) for row in nobody.values()} == {("withheld", "small_denominator")}


def test_a_quarter_that_nobody_saw_says_so_everywhere():
    figures = protect(flows=[flow("low_completeness")])
    assert {(row.status_code, row.reason_code) for row in figures.values()} == {("unreliable", "low_completeness")}
    few = protect(flows=[flow("too_few_seen")])
    assert {row.status_code for row in few.values()} == {"withheld"}


def test_a_share_stands_between_its_ends_and_beside_its_parts():
    figure = one(estimate())
    assert figure.status_code == "published"
    assert figure.advertiser_share == round(figure.part_count / figure.whole_count, 2)
    assert abs(figure.whole_count - 300) <= BLUR
    assert abs(figure.part_count - 96) <= BLUR + 0.5
    assert figure.lower_share <= 0.27
    assert figure.upper_share >= 0.37


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (estimate(point=0.03, part=30), "complement"),  # estimated nine of 300
        (estimate(point=0.98, part=200), "complement"),
        (estimate(part=9), "complement"),  # estimated enough, seen nine
        (estimate(part=291), "complement"),
        (estimate(n=19, part=9), "small_denominator"),
        (estimate(number=0), "small_denominator"),  # kept before it was known who stands behind
        (estimate("dwell_median_weeks", "GM0153", n=19, point=3.0), "small_denominator"),
        (estimate("dwell_lower_quartile_weeks", "GM0153", n=39, point=3.0), "small_side"),
        (estimate("dwell_upper_quartile_days", "GM0153", n=39, point=30.0), "small_side"),
    ],
)
def test_what_rests_on_too_few_is_withheld(row, reason):
    figure = one(row)
    assert (figure.status_code, figure.reason_code) == ("withheld", reason)
    assert not any(getattr(figure, name) for name in StayFigure.__slots__ if name.endswith(("_share", "_count")))


def test_what_could_not_be_estimated_keeps_its_reason():
    assert one(estimate(refusal="too_few_weeks")).reason_code == "too_few_weeks"
    row = estimate("dwell_median_days", "GM0153", n=50, refusal="too_few_ended")
    assert (one(row).status_code, one(row).reason_code) == ("unreliable", "too_few_ended")


def test_who_are_left_between_two_shares_are_not_a_few():
    many, single = estimate(part=90, point=0.3), estimate("one_place_share", part=205, point=0.68)
    figures = protect(many, single)
    assert figures["ALLX", "carousel_share"].status_code == "published"
    assert figures["ALLX", "one_place_share"].reason_code == "complement"
    enough = protect(many, estimate("one_place_share", part=150, point=0.5))
    assert enough["ALLX", "one_place_share"].status_code == "published"
    assert enough["ALLX", "one_place_share"].whole_count == enough["ALLX", "carousel_share"].whole_count


rows = st.builds(
    estimate,
    code=st.sampled_from(["carousel_share", "one_place_share"]),
    n=st.integers(0, 400),
    part=st.integers(0, 400),
    point=st.floats(0, 1),
    width=st.floats(0, 0.2),
    number=st.integers(1, 1 << 40),
).filter(lambda row: row.part_count <= row.identity_count)
stays = st.builds(
    estimate,
    code=st.sampled_from([f"dwell_{q}_{u}" for q in ("lower_quartile", "median", "upper_quartile") for u in ("days", "weeks")]),
    area=st.just("GM0153"),
    n=st.integers(0, 200),
    point=st.floats(0, 90),
    width=st.floats(0, 20),
    number=st.integers(1, 1 << 40),
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.one_of(rows, stays), max_size=4, unique_by=lambda row: (row.area_code, row.figure_code)))
def test_nothing_rests_on_fewer_than_the_threshold_and_the_scan_finds_nothing(found):
    figures = list(protect(*found).values())
    beside = Beside(stays=figures)
    assert not disclosure_beside.found(beside, Estimates([], stays=found))
    assert not disclosure_beside.narrowed(beside)
    assert figures == list(protect(*reversed(found)).values())
    for row in figures:
        if row.advertiser_share is not None:
            assert row.lower_share <= row.advertiser_share <= row.upper_share
        if row.stay_count is not None:
            assert row.lower_count <= row.stay_count <= row.upper_count


def printed_by_parts(shown):
    """Group what is behind, and what share is printed, by the printed parts."""
    groups = {}
    for n in range(60, 120):
        for top in range(20, n - 20, 2):
            figure = one_share(n, top)
            if figure.advertiser_share is not None:
                behind, shares = groups.setdefault((figure.part_count, figure.whole_count), (set(), set()))
                behind.add((top, n))
                shares.add(shown(figure, top / n))
    return groups


def one_share(n, top):
    row = estimate(n=n, part=top, point=top / n, number=n * 1_000 + top)
    key = (row.area_code, row.figure_code)
    return next(
        figure for figure in protect_stays([row], [], SMALL, KEY) if (figure.area_code, figure.figure_code) == key
    )


SMALL = {"NL": AREAS["NL"]}


def test_a3_the_share_is_the_same_whatever_pair_is_behind_its_parts():
    """No pair of whole numbers behind the rounded parts is struck out by the share: it is made of the parts alone."""
    groups = printed_by_parts(lambda figure, _: figure.advertiser_share)
    assert all(len(shares) == 1 for _, shares in groups.values())
    assert max(len(behind) for behind, _ in groups.values()) > 10
    for (part, whole), (behind, shares) in groups.items():
        assert shares == {round(part / whole, 2)}
        assert all(abs(part - top) <= BLUR and abs(whole - n) <= BLUR for top, n in behind)


def test_a3_control_a_share_of_what_is_behind_strikes_pairs_out():
    """A twin that prints the share of the unprotected counts beside the same parts is found, and the truth is among few."""
    groups = printed_by_parts(lambda _, share: round(share, 2))
    assert sum(len(shares) > 1 for _, shares in groups.values()) > 0.8 * len(groups)
    left = recover(30, 80, round(26 / 86, 2), blur=BLUR, digits=2)
    assert 26 in left.numerators
    assert len(left.numerators) == 4  # of fifteen
    twin = replace(one_share(80, 32), part_count=30, whole_count=80, advertiser_share=round(26 / 86, 2))
    assert disclosure_beside.narrowed(Beside(stays=[twin])) == ["stay 2026-10-01 ALLX carousel_share"]


def test_a10_control_a_figure_of_few_is_found():
    few = estimate(n=18, part=5, point=0.3)
    told = StayFigure(QUARTER, "ALLX", "carousel_share", "published", "", 0.3, 0.1, 0.5, 5, 20)
    found = disclosure_beside.found(Beside(stays=[told]), Estimates([], stays=[few]))
    assert any("small" in line for line in found)
    days = StayFigure(
        QUARTER, "GM0153", "dwell_lower_quartile_days", "published", "", stay_count=8, lower_count=7, upper_count=9
    )
    behind = estimate("dwell_lower_quartile_days", "GM0153", n=30, point=8.0)
    found = disclosure_beside.found(Beside(stays=[days]), Estimates([], stays=[behind]))
    assert any("small side" in line for line in found)
    assert any("to the day" in line for line in found)


def test_noise_moves_a_quartile_by_as_many_identities_and_the_interval_grows():
    """Over many sets of 60 the median moves by e s / sqrt(n q (1 - q)); rounded to weeks it is mostly where it was."""
    rows = [estimate("dwell_median_weeks", "GM0153", n=60, point=6.0, width=2.0, number=k) for k in range(1, 200)]
    shown = [one(row) for row in rows]
    counts = [figure.stay_count for figure in shown]
    assert 5 <= min(counts) <= max(counts) <= 8
    assert abs(sum(counts) / len(counts) - 6.0) < 0.15
    assert all(figure.lower_count <= 4 and figure.upper_count >= 8 for figure in shown if figure.stay_count == 6)
    assert one(estimate("dwell_median_days", "GM0153", n=60, point=1.0, width=0.5)).stay_count == 5
