"""q and state, over all tallies that can come about."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_site import board_entry
from scipy.stats import binom

from spiders.tally import Chain, Tally
from spiders.verdict import REFUSALS, at_least, completeness, judge

DAY = date(2026, 10, 14)


@st.composite
def tallies(draw):
    count = st.integers(0, 30)
    pages = draw(st.lists(st.tuples(count, count, st.none() | st.integers(0, 200)), min_size=1, max_size=3))
    tally = Tally()
    for number, (asked, read, stated) in enumerate(pages):
        tally.chains[number] = Chain(
            listings_stated=stated, pages_asked=asked, numbers_read=set(range(1, min(asked, read) + 1))
        )
    present = draw(st.integers(0, 60)) if tally.index_read else 0
    tally.present = {f"a{n}": "" for n in range(present)}
    wanted = draw(st.integers(0, present))
    read = draw(st.integers(0, wanted))
    tally.wanted, tally.read = {f"a{n}" for n in range(wanted)}, {f"a{n}" for n in range(read)}
    gone = draw(st.integers(0, wanted - read))
    tally.page_failures = Counter({"gone": gone, "listing_page_changed": wanted - read - gone})
    tally.good_cards, tally.faulty_cards = present, draw(st.integers(0, 5))
    for _ in range(draw(st.integers(0, read))):
        tally.looks["contact"].add(f"06 2000 {draw(st.integers(0, 9999)):04d}")
    tally.stopped = draw(st.sampled_from(["", "", "http_403", "timeout", "listing_page_changed"]))
    return tally


@given(tallies())
def test_q_lies_between_zero_and_one_and_is_zero_where_nothing_was_seen(tally):
    log = judge(tally, board_entry(), DAY)
    assert 0 <= log.completeness <= 1
    assert (log.completeness == 0) or tally.present
    assert (log.state == "ok") == (log.reason == "")
    assert tally.present or log.state != "ok"
    assert log.state != "ok" or log.completeness >= 0.95


@given(tallies())
def test_one_listing_less_read_never_raises_q(tally):
    before = completeness(tally)
    if tally.read:
        tally.read.pop()
        assert completeness(tally) <= before


@pytest.mark.parametrize("reason", sorted(REFUSALS))
def test_every_refusal_has_its_state(reason):
    tally = Tally(stopped=reason)
    assert (judge(tally, board_entry(), DAY).state, judge(tally, board_entry(), DAY).reason) == ("refused", reason)


def test_a_chance_is_a_tail_of_the_binomial():
    assert at_least(0, 5, 0.3) == pytest.approx(1)
    assert at_least(3, 3, 0.1) == pytest.approx(0.001)
    assert at_least(1, 400, 0.02) == pytest.approx(1 - 0.98**400)


@given(st.integers(0, 20_000), st.floats(0, 1), st.sampled_from([0.0, 0.001, 0.02, 0.5, 0.99, 1.0]))
def test_a_chance_holds_for_large_sites_and_every_share(trials, part, share):
    hits = round(part * trials)
    assert at_least(hits, trials, share) == pytest.approx(binom.sf(hits - 1, trials, share), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("unreadable", "state"), [(0, "ok"), (60, "ok"), (400, "changed")])
def test_a_large_site_is_judged_like_any_other(unreadable, state):
    every = {f"a{number}": "" for number in range(5000)}
    tally = Tally(present=every, wanted=set(every), good_cards=5000)
    tally.chains[0] = Chain(listings_stated=5000, pages_asked=100, numbers_read=set(range(1, 101)))
    tally.read = set(sorted(every)[unreadable:])
    tally.page_failures["listing_page_changed"] = unreadable
    for number in range(5000 - unreadable):
        tally.looks["contact"].add(f"06 2000 {number:04d}")
    large = board_entry(assertions={"min_listings": 1, "max_listings": 9000, "fill": {"contact": 1.0}})
    assert judge(tally, large, DAY).state == state


def test_the_log_tells_what_the_contract_declares_of_expiry():
    declared = board_entry().model_copy(update={"expires_after_days": 14})
    assert judge(Tally(), declared, DAY).expires_after_days == 14
    assert judge(Tally(), board_entry(), DAY).expires_after_days is None
