"""Linking, on handmade cases and against a plain restatement of its rules."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import db, identities
from warehouse.clusters import MOST_CONTACTS_OF_A_TEXT
from warehouse.identities import MOST_TEXTS_OF_A_CONTACT, link_day
from warehouse.keys import PseudonymKeys
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
    market = {"a": {"1": ([1, 2], "x")}, "b": {"1": ([2], "y"), "2": ([3], "y~3")}}
    assert link(conn, handmade, market) == sets("a:1 b:1 b:2")


def test_near_identical_text_ties_and_another_text_does_not(conn, handmade):
    market = {"a": {"1": ([1], "x"), "2": ([2], "x~12"), "3": ([3], "y"), "4": ([4], "y~18")}}
    assert link(conn, handmade, market) == sets("a:1 a:2", "a:3", "a:4")


def test_no_text_and_no_number_tie_nobody(conn, handmade):
    market = {"a": {"1": ([], ""), "2": ([], "")}, "b": {"1": ([], "")}}
    assert link(conn, handmade, market) == sets("a:1", "a:2", "b:1")


def test_a_shared_number_ties_nobody(conn, handmade):
    club = {str(n): ([9], f"text {n}") for n in range(MOST_TEXTS_OF_A_CONTACT + 1)}
    market = {"a": club, "b": {"1": ([9], "other"), "2": ([9, 5], "text 0~2"), "3": ([5], "five")}}
    # Texts and other numbers still tie.
    alone = [f"a:{n}" for n in range(1, MOST_TEXTS_OF_A_CONTACT + 1)]
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
    assert max(map(len, found)) == 2  # each with its own cross-post, by its own number
    assert len(found) == 200


def test_a_number_that_becomes_shared_lets_go_from_that_day(conn, handmade):
    few = [str(n) for n in range(MOST_TEXTS_OF_A_CONTACT)]
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


# -- against a plain restatement of the rules -------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """A listing present on a day, and what its page said if it was read."""

    source: str
    listing: str
    facts: tuple[tuple[int, ...], str] | None


TEXTS = [f"{base}{change}" for base in ("x", "y", "z") for change in ("", "~4", "~9", "~20")] + [""]
FACTS = st.tuples(st.lists(st.integers(1, 6), max_size=2, unique=True).map(tuple), st.sampled_from(TEXTS))
READING = st.builds(
    Reading,
    source=st.sampled_from("ab"),
    listing=st.integers(1, 7).map(str),
    facts=st.one_of(st.none(), FACTS),
)
DAYS = st.lists(st.lists(READING, max_size=9, unique_by=lambda r: (r.source, r.listing)), min_size=1, max_size=4)


def restated(market: list[list[Reading]], handmade) -> Partition:  # noqa: C901 - plain, not short
    """Identities as of the last day, from all readings at once, in the plainest way."""
    history: dict[str, list[tuple[tuple[int, ...], str]]] = defaultdict(list)
    shared = set()
    for day in market:
        for reading in day:
            if reading.facts:
                history[f"{reading.source}:{reading.listing}"].append(reading.facts)
        texts = defaultdict(set)
        for reading in day:
            name = f"{reading.source}:{reading.listing}"
            if name in history:
                numbers, text = history[name][-1]
                for number in numbers:
                    texts[reading.source, number].add(text or name)
        shared |= {number for (_, number), found in texts.items() if len(found) > identities.MOST_TEXTS_OF_A_CONTACT}
    contacts = {name: {number for numbers, _ in said for number in numbers} for name, said in history.items()}

    def near(one: str, other: str) -> bool:
        pairs = [(a, b) for _, a in history[one] for _, b in history[other] if a and b]
        sketched = [[np.frombuffer(handmade.sketch(text), "<u4") for text in pair] for pair in pairs]
        return any((a == b).mean() >= SIMILAR for a, b in sketched)

    ties = {frozenset(pair) for pair in combinations(history, 2) if near(*pair)}
    around = {name: set(contacts[name]) for name in history}
    for pair in ties:
        for one, other in ((*pair,), (*reversed((*pair,)),)):
            around[one] |= contacts[other]
    common = {name for name, found in around.items() if len(found) > MOST_CONTACTS_OF_A_TEXT}
    edges = {pair for pair in ties if not pair & common}
    edges |= {frozenset(p) for p in combinations(history, 2) if (contacts[p[0]] & contacts[p[1]]) - shared}
    groups = {name: {name} for name in history}
    for pair in edges:
        one, other = pair
        union = groups[one] | groups[other]
        for name in union:
            groups[name] = union
    return frozenset(map(frozenset, groups.values()))


def _load_market(conn, handmade, market: list[list[Reading]], order: np.random.Generator | None, late: bool) -> None:
    """Load and link day by day; `late`: the second source of each day is loaded after all days were linked."""

    def load(n: int, source: str) -> None:
        here = [reading for reading in market[n] if reading.source == source]
        rows = [handmade.row(source, r.listing, *r.facts) for r in here if r.facts]
        if order is not None:
            order.shuffle(rows)
        handmade.load(conn, source, days(n), rows, present=[r.listing for r in here])

    sources = "ab" if order is None else "ba"
    for n in range(len(market)):
        for source in sources:
            if not (late and source == "b"):
                load(n, source)
        link_day(conn, days(n), "E0003")
    if late:
        for n in range(len(market)):
            load(n, "b")
            link_day(conn, days(n), "E0003")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DAYS, st.integers(0, 9), st.booleans())
def test_day_by_day_equals_all_at_once_in_any_order(conn, handmade, monkeypatch, market, seed, late):
    names = {source: [str(n) for n in range(1, 8)] for source in "ab"}
    monkeypatch.setattr(identities, "MOST_TEXTS_OF_A_CONTACT", 2)  # so that small markets have shared numbers
    results = []
    for order in (None, np.random.default_rng(seed)):
        with db.transaction(conn, rollback=True):
            _load_market(conn, handmade, market, order, late and order is not None)
            found = [partition(conn, handmade, days(n), names) for n in range(len(market))]
            results.append((found, _rows(conn)))
    assert results[0] == results[1]
    assert results[0][0] == [restated(market[: n + 1], handmade) for n in range(len(market))]


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
