"""Linking, on handmade cases and against a plain restatement of its rules."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import clusters, db, duplicates, personas
from warehouse.clusters import MOST_CONTACTS_OF_A_TEXT, MOST_CONTACTS_OF_AN_IDENTITY, MOST_TIED_BY_TEXT
from warehouse.identities import link_day
from warehouse.keys import PseudonymKeys
from warehouse.personas import MOST_PLACES_AT_ONCE, MOST_TEXTS_AT_ONCE
from warehouse.sketches import SIMILAR

DAY = date(2026, 10, 12)
Partition = frozenset[frozenset[str]]


def days(n: int) -> date:
    return DAY + timedelta(n)


def partition(conn, handmade, day: date, names: dict[str, list[str]]) -> Partition:
    """Identities as of a day, as sets of source:listing."""
    name_of = {handmade.keys.listing(source, one): f"{source}:{one}" for source, all_ in names.items() for one in all_}
    found = conn.execute(
        "SELECT DISTINCT ON (m.listing_id) l.listing_key, m.identity_id FROM core.identity_member m "
        "JOIN core.listing l USING (listing_id) WHERE m.from_date <= %s ORDER BY m.listing_id, m.from_date DESC",
        [day],
    ).fetchall()
    groups = defaultdict(set)
    for key, identity in found:
        groups[identity].add(name_of.get(key, key.hex()))
    return frozenset(map(frozenset, groups.values()))


def link(conn, handmade, rows: dict[str, dict[str, tuple[list[int], str]]], day: date = DAY) -> Partition:
    """Load one day {source: {listing: (numbers, text)}}, link it, and give the identities."""
    for source, listings in rows.items():
        handmade.load(conn, source, day, [handmade.row(source, name, *facts) for name, facts in listings.items()])
    link_day(conn, day, "E0003")
    return partition(conn, handmade, day, {source: list(listings) for source, listings in rows.items()})


def sets(*groups: str) -> Partition:
    return frozenset(frozenset(group.split()) for group in groups)


def test_a_number_ties_across_sources(conn, handmade):
    market = {"a": {"1": ([1], "x"), "2": ([2], "y")}, "b": {"1": ([1], "z"), "2": ([], "w")}}
    assert link(conn, handmade, market) == sets("a:1 b:1", "a:2", "b:2")


def test_ties_chain(conn, handmade):
    market = {"a": {"1": ([1, 2], "x")}, "b": {"1": ([2], "y"), "2": ([], "y~3")}}
    assert link(conn, handmade, market) == sets("a:1 b:1 b:2")


def test_near_identical_text_ties_and_another_text_does_not(conn, handmade):
    market = {"a": {"1": ([1], "x"), "2": ([2], "x~12"), "3": ([3], "y"), "4": ([4], "y~30")}}
    assert link(conn, handmade, market) == sets("a:1 a:2", "a:3", "a:4")


def test_no_text_and_no_number_tie_nobody(conn, handmade):
    market = {"a": {"1": ([], ""), "2": ([], "")}, "b": {"1": ([], "")}}
    assert link(conn, handmade, market) == sets("a:1", "a:2", "b:1")


def test_a_shared_number_ties_nobody(conn, handmade):
    club = {str(n): ([9], f"text {n}") for n in range(MOST_TEXTS_AT_ONCE + 1)}
    market = {"a": club, "b": {"1": ([9], "other"), "2": ([9, 5], "text 0~2"), "3": ([5], "five")}}
    # Texts and other numbers still tie.
    alone = [f"a:{n}" for n in range(1, MOST_TEXTS_AT_ONCE + 1)]
    assert link(conn, handmade, market) == sets(*alone, "b:1", "a:0 b:2 b:3")


def test_reposts_of_one_text_do_not_make_a_number_shared(conn, handmade):
    market = {"a": {str(n): ([9], "the same") for n in range(8)}}
    assert len(link(conn, handmade, market)) == 1


def test_one_text_each_on_many_sources_does_not_make_a_number_shared(conn, handmade):
    market = {source: {"1": ([9], f"text on {source}")} for source in "abcdef"}
    assert len(link(conn, handmade, market)) == 1


def test_boilerplate_ties_nobody(conn, handmade):
    market = {"a": {str(n): ([n], f"model~{n % 3}") for n in range(MOST_CONTACTS_OF_A_TEXT + 1)}}
    assert len(link(conn, handmade, market)) == MOST_CONTACTS_OF_A_TEXT + 1


def test_no_giant_grows_from_shared_numbers_and_boilerplate(conn, handmade):
    market = {
        source: {str(n): ([n, 5_000 + n % 5], f"model {n % 7}~{n % 4}") for n in range(200)} for source in ("a", "b")
    }
    found = link(conn, handmade, market)
    # Each with its own cross-post, by its own number. The text of a shared model says nothing either.
    assert max(map(len, found)) == 2
    assert len(found) == 200


def test_a_number_that_becomes_shared_lets_go_from_that_day(conn, handmade):
    few = [str(n) for n in range(MOST_TEXTS_AT_ONCE)]
    names = {"a": [*few, "more"], "b": ["0"]}
    before = link(conn, handmade, {"a": {n: ([9], f"t{n}") for n in few}, "b": {"0": ([9], "t")}})
    assert len(before) == 1
    handmade.load(conn, "a", days(1), [handmade.row("a", "more", [9], "other")], present=few)
    handmade.load(conn, "b", days(1), present=["0"])
    link_day(conn, days(1), "E0003")
    assert partition(conn, handmade, DAY, names) == before
    assert partition(conn, handmade, days(1), names) == sets("b:0", "a:more", *(f"a:{n}" for n in few))


def test_an_identity_keeps_its_record_number_and_the_older_one_stays(conn, handmade):
    def numbers(day):
        return dict(
            conn.execute(
                "SELECT DISTINCT ON (m.listing_id) l.listing_key, i.record_number FROM core.identity_member m "
                "JOIN core.listing l USING (listing_id) JOIN core.identity i USING (identity_id) "
                "WHERE from_date <= %s ORDER BY m.listing_id, from_date DESC",
                [day],
            ).fetchall()
        )

    key = handmade.keys.listing
    link(conn, handmade, {"a": {"1": ([1], "x")}})
    first = numbers(DAY)[key("a", "1")]
    assert first == int.from_bytes(key("a", "1")[:8], "big") >> 1
    link(conn, handmade, {"b": {"1": ([2], "y")}}, days(1))
    link(conn, handmade, {"c": {"1": ([1, 2], "z")}}, days(2))
    assert set(numbers(days(2)).values()) == {first}
    assert len(set(numbers(days(1)).values())) == 2


def _rows(conn) -> list[tuple]:
    return conn.execute(
        "SELECT l.source_code, l.listing_key, m.from_date, i.record_number FROM core.identity_member m "
        "JOIN core.listing l USING (listing_id) JOIN core.identity i USING (identity_id) ORDER BY 1, 2, 3"
    ).fetchall()


def test_linking_again_changes_nothing(conn, handmade):
    market = {"a": {str(n): ([n % 5], f"t{n}") for n in range(12)}, "b": {str(n): ([n], f"t{n}~3") for n in range(12)}}
    link(conn, handmade, market)
    link(conn, handmade, {"c": {str(n): ([n, n + 1], f"u{n}") for n in range(6)}}, days(1))
    members, serial = _rows(conn), conn.execute("SELECT max(identity_id) FROM core.identity").fetchone()
    for day in (days(1), DAY, days(1), DAY):
        link_day(conn, day, "E0003")
    assert _rows(conn) == members
    assert conn.execute("SELECT max(identity_id) FROM core.identity").fetchone() == serial


def test_a_number_with_texts_in_several_places_ties_nobody(conn, handmade):
    for n in range(MOST_PLACES_AT_ONCE + 1):
        row = handmade.row(f"s{n}", "1", [9], f"text {n}", area_codes=(f"GM{n:04d}",))
        handmade.load(conn, f"s{n}", DAY, [row])
    names = {f"s{n}": ["1"] for n in range(MOST_PLACES_AT_ONCE + 1)}
    link_day(conn, DAY, "E0003")
    assert partition(conn, handmade, DAY, names) == sets(*(f"s{n}:1" for n in range(MOST_PLACES_AT_ONCE + 1)))


def test_one_text_in_many_places_is_one_advertiser_who_travels(conn, handmade):
    for n in range(6):
        handmade.load(conn, f"s{n}", DAY, [handmade.row(f"s{n}", "1", [9], f"x~{n}", area_codes=(f"GM{n:04d}",))])
    link_day(conn, DAY, "E0003")
    assert len(partition(conn, handmade, DAY, {f"s{n}": ["1"] for n in range(6)})) == 1


def test_a_number_beside_those_of_others_ties_nobody(conn, handmade):
    market = {
        "a": {str(n): ([9, n], f"text {n}") for n in range(2)},
        "b": {str(n): ([n], f"other {n}") for n in range(2)},
    }
    assert link(conn, handmade, market) == sets("a:0 b:0", "a:1 b:1")


# -- attacks ----------------------------------------------------------------------------------------------------------


def largest(conn) -> int:
    found = conn.execute(
        "SELECT count(*) FROM (SELECT DISTINCT ON (listing_id) listing_id, identity_id FROM core.identity_member "
        "ORDER BY listing_id, from_date DESC) AS m GROUP BY identity_id ORDER BY 1 DESC LIMIT 1"
    ).fetchone()
    return found[0]


def test_a_chain_of_numbers_makes_no_giant(conn, handmade):
    chain = {str(n): ([n, n + 1], f"t{n}") for n in range(300)}
    link(conn, handmade, {"a": {n: facts for n, facts in chain.items() if int(n) % 2}, "b": chain})
    assert largest(conn) <= 3


def test_a_chain_that_grows_by_a_link_a_day_makes_no_giant(conn, handmade):
    """By number and text in turn, so that no contact and no text stands out."""
    for n in range(30):
        rows = [handmade.row("a", f"{n}", [n // 2], f"text {(n + 1) // 2}~{n % 2}")]
        handmade.load(conn, "a", days(n), rows)
        link_day(conn, days(n), "E0003")
    assert largest(conn) <= 2 * MOST_CONTACTS_OF_AN_IDENTITY


def test_a_drifting_text_makes_no_giant(conn, handmade):
    base = np.frombuffer(handmade.sketch("x"), "<u2").copy()
    rows = []
    for n in range(400):
        base[n % 64] = n
        rows.append(
            handmade.row("a", str(n), [], "x", sketch=base.tobytes(), content_key=handmade.keys.content(str(n)))
        )
    handmade.load(conn, "a", DAY, rows)
    link_day(conn, DAY, "E0003")
    assert largest(conn) <= MOST_TIED_BY_TEXT


def test_a_number_on_two_thousand_listings_makes_no_giant(conn, handmade):
    link(conn, handmade, {source: {str(n): ([9], f"{source}{n}") for n in range(1_000)} for source in "ab"})
    assert largest(conn) == 1


@pytest.mark.parametrize("size", [600, pytest.param(2_500, marks=pytest.mark.full)])
def test_a_text_on_thousands_of_listings_makes_no_giant(conn, handmade, size):
    link(
        conn,
        handmade,
        {"a": {str(n): ([n], "model") for n in range(size)}, "b": {str(n): ([], "model") for n in range(size)}},
    )
    assert largest(conn) == 1


def test_a_bridge_unites_two_advertisers_but_not_two_crowds(conn, handmade):
    assert MOST_CONTACTS_OF_AN_IDENTITY == 4
    one = {str(n): ([n % 3, 3], "one") for n in range(30)}
    other = {str(n): ([10 + n % 3, 13], "other") for n in range(30)}
    link(conn, handmade, {"a": one, "b": other})
    assert largest(conn) == 30
    link(conn, handmade, {"c": {"1": ([3, 13], "bridge")}}, days(1))
    assert largest(conn) <= 31


# -- against a plain restatement of the rules -------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """A listing present on a day, and what its page said if it was read: numbers, text, place."""

    source: str
    listing: str
    facts: tuple[tuple[int, ...], str, str] | None

    @property
    def name(self) -> str:
        return f"{self.source}:{self.listing}"


TEXTS = [f"{base}{change}" for base in ("x", "y", "z") for change in ("", "~4", "~9", "~30")] + [""]
FACTS = st.tuples(
    st.lists(st.integers(1, 6), max_size=3, unique=True).map(lambda numbers: tuple(sorted(numbers))),
    st.sampled_from(TEXTS),
    st.sampled_from(["GM0153", "GM0164", "GM0141"]),
)
READING = st.builds(
    Reading,
    source=st.sampled_from("ab"),
    listing=st.integers(1, 7).map(str),
    facts=st.one_of(st.none(), FACTS),
)
DAYS = st.lists(st.lists(READING, max_size=9, unique_by=lambda r: (r.source, r.listing)), min_size=1, max_size=5)


@dataclass
class Restated:
    """Identities of one day after the other, from all there is, in the plainest way."""

    handmade: object
    history: dict = field(default_factory=lambda: defaultdict(list))  # name -> (day, facts), one for each change
    present: set = field(default_factory=set)
    shared: set = field(default_factory=set)
    groups: list = field(default_factory=list)

    def key(self, name: str) -> tuple:
        return self.history[name][0][0], self.handmade.keys.listing(*name.split(":"))

    def named(self, name: str, until: int = 10**6) -> set:
        return {number for day, facts in self.history[name] if day <= until for number in facts[0]}

    def near(self, one: str, other: str, until: int = 10**6) -> bool:
        texts = [[facts[1] for day, facts in self.history[name] if day <= until and facts[1]] for name in (one, other)]
        for first in texts[0]:
            for second in texts[1]:
                a, b = (np.frombuffer(self.handmade.sketch(text), "<u2") for text in (first, second))
                meets = (a == b).reshape(-1, 4).all(axis=1).any()
                if meets and (a == b).mean() >= SIMILAR:
                    return True
        return False

    def components(self, nodes, tied) -> list[set]:
        left, found = set(nodes), []
        while left:
            group, edge = set(), [left.pop()]
            while edge:
                node = edge.pop()
                group.add(node)
                reached = {other for other in left if tied(node, other)}
                left -= reached
                edge += reached
            found.append(group)
        return found

    def beside(self, name: str) -> set:
        near = [other for other in self.history if other != name and self.near(name, other)]
        around = self.named(name).union(*map(self.named, near))
        return around if len(around) <= clusters.MOST_CONTACTS_OF_A_TEXT else self.named(name)

    def is_shared(self, number: int) -> bool:
        # One that names more than an advertiser has is no witness. Not made smaller for this test, as the guards are.
        namers = [
            name
            for name in self.history
            if number in self.named(name) and len(self.named(name)) <= MOST_CONTACTS_OF_AN_IDENTITY
        ]
        texts = self.components(namers, self.near)
        text_of = {name: n for n, text in enumerate(texts) for name in text}
        live = [n for n in namers if n in self.present and number in self.history[n][-1][1][0]]
        if any(len({text_of[n] for n in live if n[0] == source}) > personas.MOST_TEXTS_AT_ONCE for source in "ab"):
            return True
        for pairs, most in (
            ({(text_of[n], self.history[n][-1][1][2]) for n in live}, personas.MOST_PLACES_AT_ONCE),
            ({(text_of[n], o) for n in namers for o in self.beside(n) - {number}}, personas.MOST_COMPANIES),
        ):
            if len(self.components(pairs, lambda p, q: p[0] == q[0] or p[1] == q[1])) > most:
                return True
        return False

    def step(self, day: int, readings: list[Reading]) -> Partition:  # noqa: C901 - plain, not short
        """Live through a day."""
        appeared = set()
        for reading in readings:
            if reading.facts and (not self.history[reading.name] or self.history[reading.name][-1][1] != reading.facts):
                self.history[reading.name].append((day, reading.facts))
                appeared.add(reading.name)
        self.history = defaultdict(list, {name: said for name, said in self.history.items() if said})
        now = {reading.name for reading in readings}
        appeared |= now - self.present
        self.present = now
        candidates = {number for name in appeared if name in self.history for number in self.named(name)}
        self.shared |= {number for number in candidates - self.shared if self.is_shared(number)}

        common = set()
        for name in self.history:
            near = [other for other in self.history if other != name and self.near(name, other)]
            if near and len(set().union(*map(self.named, [name, *near]))) > clusters.MOST_CONTACTS_OF_A_TEXT:
                common.add(name)

        def stands(one: str, other: str) -> bool:
            return bool((self.named(one, day - 1) & self.named(other, day - 1)) - self.shared) or (
                not {one, other} & common and self.near(one, other, day - 1)
            )

        old = {name for group in self.groups for name in group}
        groups = [part for group in self.groups for part in self.components(group, stands)]
        groups += [{name} for name in self.history if name not in old]

        def unite(one: str, other: str, by_text: bool) -> None:
            first, second = (next(group for group in groups if name in group) for name in (one, other))
            if first is second:
                return
            contacts = {number for name in first | second for number in self.named(name)} - self.shared
            if len(contacts) > clusters.MOST_CONTACTS_OF_AN_IDENTITY:
                return
            if by_text and len(first | second) > clusters.MOST_TIED_BY_TEXT:
                return
            groups.remove(second)
            first |= second

        names = sorted(self.history, key=self.key)
        since = {
            (name, number): min(d for d, facts in self.history[name] if number in facts[0])
            for name in names
            for number in self.named(name) - self.shared
        }
        earlier = {}
        for number in {number for _, number in since}:
            namers = sorted(
                (name for name in names if (name, number) in since), key=lambda n: (since[n, number], names.index(n))
            )
            earlier |= {(name, number): former for former, name in pairwise(namers)}
        keys = {number: self.handmade.number(number) for _, number in since}
        for name, number in sorted(earlier, key=lambda e: (since[e], names.index(e[0]), keys[e[1]])):
            if since[name, number] == day:
                unite(name, earlier[name, number], by_text=False)
        for name in names:
            for former in names[: names.index(name)]:
                is_new = self.near(name, former) and not self.near(name, former, day - 1)
                if is_new and not {name, former} & common:
                    unite(name, former, by_text=True)
        self.groups = groups
        return frozenset(map(frozenset, groups))


def load(conn, handmade, market: list[list[Reading]], n: int, source: str, order: np.random.Generator | None) -> None:
    here = [reading for reading in market[n] if reading.source == source]
    rows = [handmade.row(source, r.listing, *r.facts[:2], area_codes=(r.facts[2],)) for r in here if r.facts]
    if order is not None:
        order.shuffle(rows)
    handmade.load(conn, source, days(n), rows, present=[r.listing for r in here])


def load_and_link(conn, handmade, market: list[list[Reading]], way: str, order: np.random.Generator) -> None:  # noqa: C901
    """Load and link, in one of several ways that must make no difference."""
    shuffled = None if way == "plain" else order
    sources = "ab" if way == "plain" else "ba"
    if way == "at once":  # days that were never linked are made up for
        for n in order.permutation(len(market)):
            for source in sources:
                load(conn, handmade, market, int(n), source, shuffled)
        link_day(conn, days(len(market) - 1), "E0003")
        return
    for n in range(len(market)):
        for source in sources:
            if not (way.startswith("late") and source == "b"):
                load(conn, handmade, market, n, source, shuffled)
        link_day(conn, days(n), "E0003")
        if way == "twice":
            link_day(conn, days(int(order.integers(0, n + 1))), "E0003")
    if way == "late":  # and each day is linked again
        for n in range(len(market)):
            load(conn, handmade, market, n, "b", shuffled)
            link_day(conn, days(n), "E0003")
    if way == "late, last only":
        for n in order.permutation(len(market)):
            load(conn, handmade, market, int(n), "b", shuffled)
        link_day(conn, days(len(market) - 1), "E0003")


WAYS = ["shuffled", "twice", "at once", "late", "late, last only"]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DAYS, st.integers(0, 9), st.sampled_from(WAYS))
def test_day_by_day_equals_the_rules_in_any_order(conn, handmade, monkeypatch, market, seed, way):
    names = {source: [str(n) for n in range(1, 8)] for source in "ab"}
    # So that small markets meet every guard.
    monkeypatch.setattr(personas, "MOST_TEXTS_AT_ONCE", 1 + seed % 2)
    monkeypatch.setattr(personas, "MOST_PLACES_AT_ONCE", 1)
    monkeypatch.setattr(personas, "MOST_COMPANIES", 1 + seed % 3)
    monkeypatch.setattr(clusters, "MOST_CONTACTS_OF_AN_IDENTITY", 2)
    monkeypatch.setattr(clusters, "MOST_TIED_BY_TEXT", 3)
    results = []
    for each in ("plain", way):
        with db.transaction(conn, rollback=True):
            load_and_link(conn, handmade, market, each, np.random.default_rng(seed))
            found = [partition(conn, handmade, days(n), names) for n in range(len(market))]
            results.append((found, _rows(conn), _changes(conn), _duplicates(conn)))
    model = Restated(handmade)
    assert results[0][0] == [model.step(n, readings) for n, readings in enumerate(market)]
    assert results[0] == results[1]


def _changes(conn) -> list[tuple]:
    return conn.execute(
        "SELECT c.day_date, f.record_number, i.record_number, c.kind_code, c.listing_count FROM core.identity_change c "
        "JOIN core.identity f ON f.identity_id = c.former_id JOIN core.identity i ON i.identity_id = c.identity_id "
        "ORDER BY 1, 2, 3"
    ).fetchall()


def _duplicates(conn) -> list[tuple]:
    return conn.execute("SELECT day_date, kind_code, listing_count FROM core.duplicate_day ORDER BY 1, 2").fetchall()


# -- what is kept beside ----------------------------------------------------------------------------------------------


def test_merges_and_splits_are_logged_as_numbers_and_days(conn, handmade):
    link(conn, handmade, {"a": {"1": ([1], "x")}, "b": {"1": ([2], "y"), "2": ([2], "y")}})
    handmade.load(conn, "a", days(1), [handmade.row("a", "2", [1, 2], "z")], present=["1"])
    link_day(conn, days(1), "E0003")
    few = [str(n) for n in range(3, 3 + MOST_TEXTS_AT_ONCE)]
    handmade.load(conn, "a", days(2), [handmade.row("a", n, [1], f"t{n}") for n in few], present=["1", "2"])
    link_day(conn, days(2), "E0003")
    changes = [(day, kind, count) for day, _, _, kind, count in _changes(conn)]
    assert [each[:2] for each in changes if each[0] == days(1)] == [(days(1), "merge")]
    assert {each[1] for each in changes if each[0] == days(2)} == {"split"}


def test_what_was_one_in_the_epoch_before_stays_one(conn, handmade):
    crowd = {str(n): ([n], f"t{n}") for n in range(MOST_CONTACTS_OF_AN_IDENTITY + 3)}
    handmade.load(conn, "a", DAY, [handmade.row("a", name, *facts) for name, facts in crowd.items()])
    conn.execute("INSERT INTO core.carried_tie SELECT listing_id, listing_key, 7 FROM core.listing")
    link_day(conn, DAY, "E0003")
    assert len(partition(conn, handmade, DAY, {"a": list(crowd)})) == 1
    link(conn, handmade, {"b": {"1": ([0], "z")}}, days(1))
    assert largest(conn) == len(crowd) + 1 or largest(conn) == len(crowd)


def test_duplicates_are_told_apart_by_words_and_days(conn, handmade):
    link(conn, handmade, {"a": {"1": ([1], "x"), "2": ([1], "x"), "3": ([1], "x~6")}, "b": {"1": ([2], "y")}})
    handmade.load(
        conn, "b", days(1), [handmade.row("b", "2", [1], "x~9"), handmade.row("b", "3", [2], "z")], present=["1"]
    )
    handmade.load(conn, "a", days(1), present=["1", "2", "3"])
    link_day(conn, days(1), "E0003")
    counted = duplicates.count(conn, DAY, "E0003")
    assert counted == duplicates.Duplicates(none=2, full=1, semantic=1, temporal=0, partial=0)
    counted = duplicates.count(conn, days(1), "E0003")
    assert counted == duplicates.Duplicates(none=2, full=1, semantic=1, temporal=1, partial=1)
    assert (counted.listings, counted.distinct, counted.identities) == (6, 3, 2)


def test_houses_are_counted_on_the_days_on_which_they_are_seen(conn, handmade):
    house = {str(n): ([9], f"text {n}") for n in range(MOST_TEXTS_AT_ONCE + 1)}
    link(conn, handmade, {"a": house, "b": {"1": ([1], "x"), "2": ([1], "y")}})
    assert duplicates.facilitated(conn, DAY, "E0003") == 1
    link(conn, handmade, {"b": {"1": ([1], "x")}}, days(1))
    assert duplicates.facilitated(conn, days(1), "E0003") == 0


def test_a_skipped_day_is_made_up_for(conn, handmade):
    link(conn, handmade, {"a": {"1": ([1], "x")}})
    handmade.load(conn, "a", days(1), [handmade.row("a", "2", [1], "y")])
    handmade.load(conn, "a", days(2), [handmade.row("a", "3", [2], "y~3")])
    link_day(conn, days(2), "E0003")
    assert partition(conn, handmade, days(2), {"a": ["1", "2", "3"]}) == sets("a:1 a:2 a:3")


def test_epochs_do_not_meet(conn, handmade):
    link(conn, handmade, {"a": {"1": ([1], "x")}})
    handmade.epoch = "E0004"
    handmade.keys = PseudonymKeys(b"next" * 8, "E0004")
    handmade.load(conn, "a", date(2027, 1, 4), [handmade.row("a", "1", [1], "x")])
    assert link_day(conn, date(2027, 1, 4), "E0004") == 1
    found = conn.execute("SELECT epoch_code, count(*) FROM core.identity GROUP BY 1 ORDER BY 1").fetchall()
    assert found == [("E0003", 1), ("E0004", 1)]


def test_the_reading_role_can_link(database, handmade):
    with database.connect("reader") as conn:
        assert link(conn, handmade, {"a": {"1": ([1], "x"), "2": ([1], "x")}}) == sets("a:1 a:2")


@pytest.mark.full
def test_a_day_costs_the_same_whatever_came_before(database, handmade):
    """Measured, not promised: printed with -s."""
    import time

    rng = np.random.default_rng(1)
    with database.connect("reader") as conn:
        for n in range(6):
            rows = [
                handmade.row("a", f"{n}-{k}", [int(rng.integers(0, 9_999))], f"t{rng.integers(0, 10**9)}")
                for k in range(5_000)
            ]
            start = time.perf_counter()
            handmade.load(conn, "a", days(n), rows)
            loaded = time.perf_counter()
            link_day(conn, days(n), "E0003")
            print(f"day {n}: load {loaded - start:.2f} s, link {time.perf_counter() - loaded:.2f} s")  # noqa: T201


def test_lists_of_everybodys_numbers_part_nobody(conn, handmade):
    own = [handmade.row("a", f"{n}-{k}", [n], f"text {n} {k}") for n in range(10) for k in range(2)]
    handmade.load(conn, "a", handmade.monday, own)
    link_day(conn, handmade.monday, handmade.epoch)
    lists = [handmade.row("b", f"list {k}", range(10), f"list {k}") for k in range(3)]
    day = handmade.monday + timedelta(1)
    handmade.load(conn, "a", day, present=[f"{n}-{k}" for n in range(10) for k in range(2)])
    handmade.load(conn, "b", day, lists)
    link_day(conn, day, handmade.epoch)
    found = conn.execute(
        "SELECT count(*) FROM (SELECT DISTINCT ON (listing_id) listing_id, identity_id FROM core.identity_member "
        "ORDER BY listing_id, from_date DESC) AS m GROUP BY identity_id"
    ).fetchall()
    assert sorted(size for (size,) in found) == [1] * 3 + [2] * 10
