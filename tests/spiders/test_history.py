"""A crawl held against earlier ones: what is strange, and what a small place may do."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_site import board_entry

from spiders.history import alike, beta_binomial, collapsed, strange_field, usual_listings
from spiders.tally import Chain, Tally
from spiders.verdict import judge
from warehouse.records import CrawlLog, FieldShape, Listing

DAY = date(2026, 11, 26)


def log(back: int, *, read: int = 30, present: int = 200, state: str = "ok", **fields: FieldShape) -> CrawlLog:
    return CrawlLog(
        "xx_board", "alfa", DAY - timedelta(days=back), state, "", 9, 9, present, read, 0, 1.0, "1", fields=fields
    )  # fmt: skip


def shape(filled: int, numeric: int = 0, length: int = 8) -> FieldShape:
    return FieldShape(filled, numeric, length)


HISTORY = [log(back, place=shape(28), contact=shape(10, 10, 12)) for back in range(1, 29)]


@pytest.mark.parametrize(
    ("name", "now", "found"),
    [
        ("place", shape(28), None),
        ("place", shape(30), None),
        ("place", shape(14), "fill_place"),
        ("place", shape(0, 0, 0), "fill_place"),
        ("place", shape(28, 28), "shape_place"),  # a number where a place was
        ("place", shape(28, 0, 300), "shape_place"),
        ("place", shape(28, 0, 14), None),
        ("contact", shape(10, 10, 12), None),
        ("contact", shape(30, 30, 12), "fill_contact"),  # suddenly everywhere
        ("contact", shape(10, 0, 12), "shape_contact"),
    ],
)
def test_a_field_that_is_not_as_it_was_is_named(name, now, found):
    assert strange_field({name: now}, 30, HISTORY, DAY) == found


def test_a_rare_field_that_goes_is_noticed_within_three_nights():
    history, nights = list(HISTORY), 0
    for later in range(4):
        day, nights = DAY + timedelta(days=later), nights + 1
        if strange_field({"contact": shape(0, 0, 0)}, 18, history, day) == "fill_contact":
            break
        history.append(log(-later, read=18, contact=shape(0, 0, 0)))
    assert nights <= 3


def test_without_history_nothing_is_strange():
    assert strange_field({"place": shape(0)}, 30, [], DAY) is None
    assert strange_field({"place": shape(0)}, 30, [log(1, state="changed", place=shape(28))], DAY) is None


def test_a_day_is_held_against_the_same_weekdays_where_these_have_seen_enough():
    sundays = [log(back, read=60 if back % 7 == 0 else 10) for back in range(1, 57)]
    assert {each.day.weekday() for each in alike(sundays, DAY)} == {DAY.weekday()}
    few = [log(back, read=2) for back in range(1, 57)]
    assert len(alike(few, DAY)) == 28


@given(st.integers(1, 40), st.floats(0.01, 0.99), st.floats(0.5, 60))
def test_a_law_adds_up_to_one(trials, share, weight):
    chance = beta_binomial(trials, share * weight, (1 - share) * weight)
    assert sum(map(chance, range(trials + 1))) == pytest.approx(1)


@pytest.mark.parametrize(
    ("present", "usual", "expected"),
    [(40, 120, True), (70, 120, False), (0, 4, False), (0, 15, False), (0, 20, True), (9, None, False)],
)
def test_a_collapse_is_told_from_a_small_place(present, usual, expected):
    assert collapsed(present, usual) is expected


def test_usual_is_the_median_of_enough_healthy_days():
    assert usual_listings([log(1, present=90), log(2, present=100), log(3, present=500)], DAY) == 100
    assert usual_listings([log(1), log(2)], DAY) is None
    assert usual_listings([log(1), log(2), log(3, state="thin")], DAY) is None


def crawled(count: int, stated: int | None) -> Tally:
    tally = Tally()
    tally.chains[0] = Chain(listings_stated=stated, pages_asked=1, numbers_read={1})
    for number in range(count):
        tally.present[f"a{number}"] = ""
        tally.wanted.add(f"a{number}")
        tally.take(
            Listing("xx_board", f"a{number}", f"Titel {number}", f"tekst {number}", contact=f"06 2000 {number:04d}")
        )
    tally.good_cards = count
    return tally


def test_far_fewer_listings_than_usual_are_thin_also_where_the_site_says_so():
    plain = [log(back) for back in range(1, 9)]
    few = crawled(20, 20)
    few.wanted = set(sorted(few.read)[:3])
    assert judge(few, board_entry(), DAY, plain).reason == "fewer_listings_than_usual"
    assert judge(crawled(20, 20), board_entry(), DAY, ()).state == "ok"


def test_a_small_place_may_truly_have_none_and_a_large_one_may_not():
    may_be_empty = board_entry(assertions={"min_listings": 0, "max_listings": 900})
    small = [log(back, present=3) for back in range(1, 9)]
    none = judge(crawled(0, 0), may_be_empty, DAY, small)
    assert (none.state, none.completeness) == ("ok", 1.0)
    assert judge(crawled(0, 0), may_be_empty, DAY, HISTORY).state == "blind"


def with_one_value(tally: Tally, field: str, count: int) -> Tally:
    tally.looks[field].values.clear()
    tally.looks[field].values.update([1] * count)
    return tally


@pytest.mark.parametrize("field", ["body", "title", "contact"])
def test_one_text_everywhere_is_no_text_of_theirs(field):
    assert judge(with_one_value(crawled(10, 10), field, 10), board_entry(), DAY).reason == "same_text"
    assert judge(with_one_value(crawled(10, 10), field, 6), board_entry(), DAY).state == "ok"  # one who advertises much
    assert judge(with_one_value(crawled(4, 4), field, 4), board_entry(), DAY).state == "ok"


def test_one_value_in_many_more_listings_than_before_is_strange():
    history = [log(back, place=FieldShape(30, 0, 8, 6)) for back in range(1, 29)]
    assert strange_field({"place": FieldShape(30, 0, 8, 9)}, 30, history, DAY) is None
    assert strange_field({"place": FieldShape(30, 0, 8, 30)}, 30, history, DAY) == "shape_place"


@pytest.mark.parametrize(("stayed", "state"), [(185, "ok"), (170, "ok"), (130, "changed"), (0, "changed")])
def test_listings_of_yesterday_that_are_not_there_are_noticed_whatever_the_total_says(stayed, state):
    nights = [replace(log(back), listings_before=200, listings_stayed=184) for back in range(1, 15)]
    tally = crawled(30, 30)
    tally.wanted, tally.before, tally.stayed = set(), 200, stayed
    assert (judge(tally, board_entry(), DAY, nights).reason == "listings_replaced") == (state == "changed")
    assert judge(tally, board_entry(), DAY, nights[1:]).reason != "listings_replaced"  # after a night without


def test_listings_on_index_pages_that_are_missing_are_no_change():
    nights = [replace(log(back), listings_before=200, listings_stayed=184) for back in range(1, 15)]
    tally = crawled(30, 45)
    tally.wanted, tally.before, tally.stayed = set(), 200, 120
    tally.chains[0] = Chain(listings_stated=45, pages_stated=3, pages_asked=3, numbers_read={1, 3})
    assert judge(tally, board_entry(), DAY, nights).reason == "index_pages_missing"


def test_a_total_that_is_another_number_is_not_believed():
    log_ = judge(crawled(50, 1), board_entry(), DAY)
    assert (log_.state, log_.reason) == ("thin", "more_listings_than_stated")
    assert judge(crawled(50, 47), board_entry(), DAY).state == "ok"


def test_a_missing_page_is_named():
    tally = crawled(30, 35)
    tally.chains[0] = Chain(listings_stated=35, pages_stated=7, pages_asked=7, numbers_read={1, 2, 4, 5, 6, 7})
    assert judge(tally, board_entry(), DAY).index_pages_missing == ("3/7",)
    tally.chains[1] = Chain(pages_asked=2, numbers_read={1})
    assert judge(tally, board_entry(), DAY).index_pages_missing == ("1:3/7", "2:2/2")


def test_a_title_in_place_of_the_text_is_noticed():
    tally = crawled(10, 10)
    tally.titles_as_text = 6
    assert judge(tally, board_entry(), DAY).reason == "title_as_text"
    tally.titles_as_text = 5  # some write no more than a title
    assert judge(tally, board_entry(), DAY).state == "ok"


def test_a_long_history_makes_nobody_stricter():
    """Shares move between nights by more than chance; 8,000 listings of history must not take that for a change."""
    history = [log(back, read=300, place=shape(276)) for back in range(1, 29)]
    assert strange_field({"place": shape(44)}, 60, history, DAY) is None  # 73 % where it was 92 %
    assert strange_field({"place": shape(30)}, 60, history, DAY) == "fill_place"
