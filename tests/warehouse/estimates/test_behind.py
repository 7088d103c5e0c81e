"""Who stands behind a figure of movement, on histories that one can count by hand."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.estimates import behind, movement
from warehouse.estimates.counting import SMALLEST_DRAWN

NAMES = ("A", "B", "C")


def sets(*weeks, region=(0,), block=4):
    """Weeks of each identity as letters of states; a dot is not seen. The municipality is the state's own."""
    masks = np.array([[0 if each == "." else 1 << NAMES.index(each) for each in row] for row in weeks])
    places = np.array([[-1 if each == "." else NAMES.index(each) for each in row] for row in weeks])
    found = behind.sets(masks, places, NAMES, region, block)
    return {key: (list(told.whole), None if told.part is None else list(told.part)) for key, told in found.items()}


def test_the_carousel_counts_places_of_the_last_eight_weeks():
    told = sets("CCABC.......", "....ABC.....", "....A...A...", "....AAABBB..")
    assert told["carousel_share", movement.ALL] == ([0, 1, 2, 3], [1])
    assert told["one_place_share", movement.ALL] == ([0, 1, 2, 3], [0, 2])


def test_who_left_for_another_state_and_came_back_within_eight_weeks():
    told = sets("AABA........", "AAB.........", "AA..........", "A.B........A", "A..A........")
    assert told["return_share", "A"] == ([0, 1, 3], [0])
    assert told["return_share", "B"] == ([0, 3], [])


def test_arrivals_of_the_block_and_who_of_them_was_new():
    told = sets("........A...", "A.......BA..", "........BBBB", "AAAAAAAAAAAA", ".......A....")
    assert told["new_to_region_share", movement.REGION] == ([0, 1], [0])


def test_stays_begin_by_arriving_and_not_in_the_first_week():
    told = sets("A..A", ".A..", "BA..", "AA..")
    assert told["dwell_median", "A"] == ([1, 2], None)
    assert told["dwell_lower_quartile", "A"] == told["dwell_upper_quartile", "A"] == told["dwell_median", "A"]


def test_every_figure_that_is_estimated_has_its_set():
    codes = {code for code, _ in sets("A..A")}
    assert codes == {
        "carousel_share", "one_place_share", "return_share", "new_to_region_share", "dwell_lower_quartile", "dwell_median",
        "dwell_upper_quartile",
    }  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.text("ABC.", min_size=12, max_size=12), min_size=1, max_size=12))
def test_the_part_is_of_the_whole_and_nobody_is_counted_twice(weeks):
    for whole, part in sets(*weeks).values():
        assert sorted(set(whole)) == whole
        assert set(part or ()) <= set(whole)


def test_a_set_is_told_by_its_number_and_a_seal_that_hangs_on_the_set_only():
    numbers = np.arange(100, dtype=np.uint64) ** np.uint64(5)
    told = behind.Behind(np.arange(30), np.arange(9))
    count, seal, part, part_seal = told.columns(numbers)
    assert (count, part, part_seal) == (30, 9, 0)  # of under ten nothing is printed, so nothing is drawn
    assert seal == behind.Behind(np.arange(30)[::-1]).columns(numbers)[1] != 0
    assert seal != behind.Behind(np.arange(1, 31)).columns(numbers)[1]
    assert seal not in (int(numbers[:30].sum()), int(numbers[29]))
    assert behind.Behind((1, 2)).columns(numbers) == (2, 0, None, None)
    assert SMALLEST_DRAWN == 10
