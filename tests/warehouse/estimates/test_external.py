"""A list that is not ours: counts only, and only where they can be ours."""

from datetime import date
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates.errors import OverlapDiffers, RowsAboutPersons, TableError
from warehouse.estimates.external import ExternalList, _elsewhere, extended, read
from warehouse.estimates.tables import CaptureTable, as_table

WEEK = date(2026, 11, 16)
GROUPS = ("a", "b", "c")
HEADER = "week_start,area_code,a,b,outreach,count\n"
OVERLAP = {"a": 20, "a+outreach": 10, "a+b": 6, "a+b+outreach": 4, "b": 12, "outreach": 9}


def told(**changes: int) -> ExternalList:
    return ExternalList(WEEK, "GM0153", "outreach", OVERLAP | {key.replace("_", "+"): n for key, n in changes.items()})


def own(overlap: dict[str, int]) -> CaptureTable:
    return as_table(overlap)


@pytest.fixture
def file(tmp_path):
    def write(text: str):
        path = tmp_path / "counts.csv"
        path.write_text(text)
        return path

    return write


def test_a_file_of_counts(file):
    lines = "2026-11-16,GM0153,1,0,1,10\n2026-11-16,GM0153,0,0,1,9\n2026-11-09,CR12,1,1,0,3\n"
    first, second = read(file(HEADER + lines), GROUPS)
    assert (first.week_start, first.area_code, first.overlap) == (date(2026, 11, 9), "CR12", {"a+b": 3})
    assert second == ExternalList(WEEK, "GM0153", "outreach", {"a+outreach": 10, "outreach": 9})


@pytest.mark.parametrize(
    "text",
    [
        "week_start,area_code,a,b,name,outreach,count\n2026-11-16,GM0153,1,0,Roos,1,1\n",
        "week_start,area_code,a,b,telephone,outreach,count\n2026-11-16,GM0153,1,0,0620000001,1,1\n",
        HEADER + "2026-11-16,GM0153,1,0,Roos,1\n",
        HEADER + "2026-11-16,GM0153,1,0,1,Roos\n",
        HEADER + "2026-11-16,GM0153,1,0,1,0620000001\n",
        HEADER + "2026-11-16,GM0153,1,0,1,1\n2026-11-16,GM0153,1,0,1,1\n",
    ],
)
def test_what_looks_like_persons_is_refused_and_not_repeated(file, text):
    with pytest.raises(RowsAboutPersons) as caught:
        read(file(text), GROUPS)
    assert caught.value.exit_code == 3
    assert "Roos" not in str(caught.value)
    assert "20000001" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("week,area,a,b,outreach,count\n", "no lines under it"),
        ("week,area,a,b,outreach,count\n1,1,1,1,1,1\n", "line 1: the columns"),
        ("week_start,area_code,a,c,count\n2026-11-16,GM0153,1,0,1\n", "line 1: the column before count"),
        ("week_start,area_code,a,Lijst 7,count\n2026-11-16,GM0153,1,0,1\n", "line 1: the column before count"),
        (HEADER + "2026-11-16,GM0153,1,0,1,3\n2026-11-16,GM0153,1,2,1,3\n", "line 3: a list column"),
        (HEADER + "2026-11-17,GM0153,1,0,1,3\n", "line 2: week_start must be a Monday"),
        (HEADER + "gisteren,GM0153,1,0,1,3\n", "line 2: week_start must be a Monday"),
        (HEADER + "2026-13-40,GM0153,1,0,1,3\n", "line 2: week_start must be a Monday"),
        (HEADER + "2026-11-16,Enschede,1,0,1,3\n", "line 2: area_code"),
        (HEADER + "2026-11-16,GM0153,0,0,0,3\n", "line 2: nobody"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(file, text, problem):
    with pytest.raises(TableError, match=problem):
        read(file(text), GROUPS)


def test_the_table_gets_one_list_more():
    table = extended(own({"a": 30, "a+b": 10, "b": 12}), told())
    assert table.lists == ("a", "b", "outreach")
    assert table.as_overlap() == OVERLAP
    assert table.observed == 61


def test_a_group_that_saw_nobody_changes_nothing():
    table = extended(own({"a": 30, "a+b": 10, "b": 12, "c": 0}), told())
    assert table.as_overlap() == OVERLAP


@pytest.mark.parametrize(
    "later",
    [
        {"a": 31, "a+b": 10, "b": 12},  # one came in
        {"a": 29, "a+b": 11, "b": 12},  # one of a was seen on b as well
        {"a": 30, "a+b": 11, "b": 11},
        {"a": 30, "a+b": 10, "b": 12, "c": 1},
    ],
)
def test_late_sightings_are_taken_in_either_direction(later):
    assert extended(own(later), told()).as_overlap() == OVERLAP
    earlier = ExternalList(WEEK, "GM0153", "outreach", later | {"outreach": 9})
    assert extended(own({"a": 30, "a+b": 10, "b": 12}), earlier).observed == sum(later.values()) + 9


@pytest.mark.parametrize(
    ("overlap", "elsewhere"),
    [
        ({"a": 30, "a+b": 10, "b": 10, "c": 2}, 2),  # two left b for c
        ({"a": 12, "a+b": 10, "b": 30}, 18),
        ({"a": 60, "a+b": 20, "b": 24}, 12),  # twice as many: more than can have been missing
    ],
)
def test_a_table_that_is_not_ours_is_refused_and_says_by_how_much(overlap, elsewhere):
    with pytest.raises(OverlapDiffers, match="GM0153, week of 2026-11-16") as caught:
        extended(own(overlap), told())
    assert caught.value.elsewhere == elsewhere
    assert caught.value.exit_code == 3


def test_an_empty_table_is_not_somebodys():
    with pytest.raises(OverlapDiffers):
        extended(own({"a": 40, "b": 40}), ExternalList(WEEK, "NL", "outreach", {"outreach": 9}))


cells = st.lists(st.integers(0, 6), min_size=7, max_size=7).map(lambda row: np.array([0, *row]))


def _fewest_without_place(before: np.ndarray, after: np.ndarray) -> int:
    """By Hall's theorem: the most by which a set of patterns closed upwards holds more before than after."""
    patterns = range(1, 8)
    worst = 0
    for size in range(8):
        for chosen in combinations(patterns, size):
            closed = {up for low in chosen for up in patterns if low & ~up == 0}
            worst = max(worst, sum(int(before[p] - after[p]) for p in closed))
    return worst


@given(cells, cells)
def test_nobody_is_called_elsewhere_who_has_a_place(before, after):
    """Against all sets of patterns, where no list has grown (so that the limit of growth says nothing)."""
    on = np.arange(8)[:, None] >> np.arange(3) & 1
    grown = ((after - before) @ on > 0).any()
    expected = _fewest_without_place(before, after)
    assert _elsewhere(before, after) == expected if not grown else _elsewhere(before, after) >= expected


@given(cells, st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), max_size=3))
def test_a_few_late_sightings_are_always_explained(before, moves):
    before = before + 10
    before[0] = 0
    after = before.copy()
    for low, more in moves:
        after[low] -= 1
        after[low | more] += 1
    assert _elsewhere(before, after) == 0


def test_with_those_on_no_source_the_whole_is_nearer():
    """A fifth of 3,000 are on no source; a list holds .3 of all, whatever they are on."""
    rng = np.random.default_rng(8)
    hidden = rng.random(3000) < 0.2
    on = (rng.random((3000, 3)) < (0.45, 0.3, 0.2)) & ~hidden[:, None]
    pattern = on @ (1, 2, 4)
    listed = rng.random(3000) < 0.3
    names = ["", "a", "b", "a+b", "c", "a+c", "b+c", "a+b+c"]
    counts = {names[p]: int((pattern == p).sum()) for p in range(1, 8)}
    overlap = {names[p]: int(((pattern == p) & ~listed).sum()) for p in range(1, 8)}
    overlap |= {f"{names[p]}+listed".lstrip("+"): int(((pattern == p) & listed).sum()) for p in range(8)}
    alone = cr.ensemble(as_table(counts), seed=1)
    together = cr.ensemble(extended(as_table(counts), ExternalList(WEEK, "NL", "listed", overlap)), seed=1)
    assert alone.point < 2700
    assert together.lower <= 3000 <= together.upper
    assert abs(together.point - 3000) < abs(alone.point - 3000)
