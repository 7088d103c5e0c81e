from datetime import date, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from warehouse.clusters import (
    MOST_CONTACTS_OF_AN_IDENTITY,
    MOST_TIED_BY_TEXT,
    Evidence,
    Groups,
    cluster,
)
from warehouse.personas import Namer, shared_reason

DAY = date(2026, 10, 12)


def evidence(named=None, near=None, carried=None, shared=(), listings=200):
    order = {n: (DAY, n.to_bytes(4)) for n in range(listings)}
    contacts = {n: {c.encode(): DAY for c in said.split()} for n, said in (named or {}).items()}
    ties = {}
    for one, other in near or ():
        ties.setdefault(one, {})[other] = DAY
        ties.setdefault(other, {})[one] = DAY
    return Evidence(contacts, ties, carried or {}, {c.encode() for c in shared}, order)


def found(listings, told, current=None, before=date.min):
    return {frozenset(group) for group in cluster(set(listings), told, current or {}, before)}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_groups_are_the_connected_ones(pairs):
    groups = Groups(range(10))
    for one, other in pairs:
        groups.unite(one, other)
    together = {frozenset(group) for group in groups.all()}
    assert set().union(*together) == set(range(10))
    assert all(any({one, other} <= group for group in together) for one, other in pairs)
    # As few joins as that needs: each group is one piece.
    for group in together:
        reached = {min(group)}
        for _ in group:
            reached |= {n for pair in pairs if reached & set(pair) for n in pair}
        assert reached == group


def test_a_union_of_too_many_contacts_is_refused():
    chain = {n: f"c{n} c{n + 1}" for n in range(10)}
    assert max(map(len, found(range(10), evidence(chain)))) == MOST_CONTACTS_OF_AN_IDENTITY - 1


def test_text_alone_makes_no_giant_and_a_number_may():
    line = [(n, n + 1) for n in range(199)]
    assert max(map(len, found(range(200), evidence(near=line)))) == MOST_TIED_BY_TEXT
    assert len(found(range(200), evidence(dict.fromkeys(range(200), "same")))) == 1


def test_what_was_refused_is_not_asked_again():
    named = {n: f"a{n % 3}" for n in range(6)} | {6: "a0 b0"}
    near = [(0, 1), (1, 2)]
    told = evidence(named, near, listings=8)
    apart = {0: 1, 1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 2}
    assert found(range(7), told, apart, DAY) == {frozenset(range(6)), frozenset({6})}


def test_what_no_longer_ties_comes_apart():
    told = evidence({0: "x a", 1: "x", 2: "a"}, shared=["x"])
    assert found(range(3), told, {0: 1, 1: 1, 2: 1}, DAY) == {frozenset({0, 2}), frozenset({1})}


def test_a_carried_tie_passes_every_limit():
    named = {n: f"c{n}" for n in range(20)}
    assert found(range(20), evidence(named, carried=dict.fromkeys(range(20), 7))) == {frozenset(range(20))}


@given(st.permutations(range(6)), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8))
def test_running_numbers_make_no_difference(numbers, pairs):
    """The order is by day and pseudonym; the same listings under other running numbers cluster alike."""
    named = {0: "a b", 1: "b c", 2: "c d", 3: "d e", 4: "e f", 5: ""}
    near = [pair for pair in pairs if pair[0] != pair[1]]
    plain = evidence(named, near)
    moved = Evidence(
        {numbers[n]: said for n, said in plain.named.items()},
        {numbers[n]: {numbers[m]: since for m, since in tied.items()} for n, tied in plain.near.items()},
        {},
        plain.shared,
        {numbers[n]: plain.order[n] for n in range(6)},
    )
    assert {frozenset(numbers[n] for n in group) for group in found(range(6), plain)} == found(range(6), moved)


def namer(listing, source="a", place="GM0153", others=()):
    return Namer(listing, source, place, frozenset(other.encode() for other in others))


def test_texts_at_once_on_one_source_show_a_shared_number():
    three = [namer(n) for n in range(3)]
    assert shared_reason(three, {}) == "texts"
    assert shared_reason(three, {0: [1]}) is None  # two of them are one text
    assert shared_reason([*three[:2], namer(2, source=None, place=None)], {}) is None  # not there any more
    assert shared_reason([namer(n, source="abc"[n]) for n in range(3)], {}) is None


def test_texts_in_several_places_at_once_show_a_shared_number():
    spread = [namer(n, "abc"[n], f"GM000{n}") for n in range(3)]
    assert shared_reason(spread, {}) == "places"
    assert shared_reason(spread, {0: [1]}) is None  # one text in two places is one advertiser on the way


def test_numbers_of_others_beside_it_show_a_shared_number():
    beside = [namer(0, others=["x"]), namer(1, "b", others=["y"])]
    assert shared_reason(beside, {}) == "contacts"
    assert shared_reason(beside, {0: [1]}) is None
    assert shared_reason([namer(0, others=["x", "y"]), namer(1, "b", others=["y"])], {}) is None


def test_the_order_of_namers_makes_no_difference():
    told = [namer(0, "a", "GM1", ["x"]), namer(1, "b", "GM2"), namer(2, "c", "GM3", ["y"]), namer(3, "a", "GM3")]
    assert len({shared_reason(list(each), {0: [3]}) for each in permutations(told)}) == 1


def test_days_are_judged_apart():
    """What came up before the day is not new on it."""
    named = {0: {b"c": DAY}, 1: {b"c": DAY + timedelta(1)}}
    told = Evidence(named, {}, {}, set(), {n: (DAY, bytes([n])) for n in range(2)})
    assert found({0, 1}, told, {0: 1}, DAY) == {frozenset({0, 1})}
    assert found({0, 1}, told, {0: 1, 1: 2}, DAY + timedelta(1)) == {frozenset({0}), frozenset({1})}
