"""What is read of `core` as columns is what its rows say."""

from datetime import timedelta

import numpy as np
import pytest

from warehouse import db, window
from warehouse.errors import DatabaseFailed
from warehouse.estimates.errors import NotLinked
from warehouse.records import SETTINGS

EPOCH = "E0003"


@pytest.fixture
def query(tmp_path, monkeypatch):
    """Make a query of a text."""

    def make(text):
        (tmp_path / "queries").mkdir(exist_ok=True)
        (tmp_path / "queries" / f"q{abs(hash(text))}.sql").write_text(text)
        return f"q{abs(hash(text))}"

    monkeypatch.setattr(db, "HERE", tmp_path)
    return make


def link(conn, *together):
    """Give identities by the number of each listing's pseudonym in order of listing."""
    for listing, identity in together:
        conn.execute(
            "INSERT INTO core.identity (identity_id, epoch_code, record_number) OVERRIDING SYSTEM VALUE "
            "VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (identity, EPOCH, 2**62 + identity),
        )
        conn.execute("INSERT INTO core.identity_member VALUES (%s, '2026-10-01', %s)", (listing, identity))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("int4", [1, -2, 2**31 - 1]),
        ("int8", [-(2**63), 2**63 - 1]),
        ("float4", [0.25, -1.5]),
        ("float8", [0.1, 1e300]),
        ("int4", []),
    ],
)
def test_arrays_of_numbers_come_as_they_are(conn, query, kind, values):
    ((found, name),) = db.arrays(conn, query(f"SELECT %(values)s::{kind}[], 'x' AS name"), {"values": values})
    assert found.tolist() == values
    assert found.dtype.isnative
    assert name == "x"


def test_an_array_of_numpy_goes_as_it_is(conn, query):
    numbers = np.array([5, -7, 2**31 - 1], dtype=np.int32)
    ((found,),) = db.arrays(conn, query("SELECT array_agg(x ORDER BY x) FROM unnest(%(of)s) AS x"), {"of": numbers})
    assert found.tolist() == sorted(numbers.tolist())
    assert db.arrays(conn, query("SELECT cardinality(%(of)s)"), {"of": numbers[:0]}) == [(0,)]


@pytest.mark.parametrize("values", ["NULL, 1", "1, NULL, NULL, 2"])
def test_a_missing_number_is_an_error_and_not_another_number(conn, query, values):
    with pytest.raises(DatabaseFailed):
        db.arrays(conn, query(f"SELECT ARRAY[{values}]::integer[]"))


def test_a_window_holds_what_the_rows_say(conn, handmade):
    day = handmade.monday
    later, abroad = (
        {"area_codes": ("GM0164",), "setting_code": "club"},
        {"area_codes": ("DE", "GM0153"), "area_probabilities": (0.6, 0.3)},
    )
    handmade.load(conn, "a", day - timedelta(2), [handmade.row("a", "old", [1])])
    handmade.load(conn, "a", day, [handmade.row("a", "1", [1], "x")], present=["old"])
    handmade.load(conn, "b", day, [handmade.row("b", "2", [1], "x", **abroad)], present=["unread"])
    nowhere = {"area_codes": (), "area_probabilities": (), "language_code": None}
    rows = [handmade.row("a", "1", [1], "x", **later), handmade.row("a", "3", [], "y", **nowhere)]
    handmade.load(conn, "a", day + timedelta(2), rows)
    handmade.load(conn, "b", day + timedelta(2), [handmade.row("b", "unread")])
    name_of = {handmade.keys.listing(s, n): n for s, n in (("a", "old"), ("a", "1"), ("a", "3"), ("b", "2"))}
    ids = {
        name_of.get(bytes(key)): number
        for number, key in conn.execute("SELECT listing_id, listing_key FROM core.listing")
    }
    link(conn, (ids["old"], 7), (ids["1"], 7), (ids["2"], 7), (ids["3"], 9))

    early = window.read(conn, day, day + timedelta(1), linked=day, epoch=EPOCH, sources=("z",))
    assert (early.sources, early.groups) == (("a", "b", "z"), ("group of a", "group of b"))
    assert early.seen.sum() == 3  # old, 1 and 2; nothing was read of the other one by then
    assert sorted(early.area_codes[place] for place in early.area) == ["DE", "GM0153", "GM0153"]
    assert early.record_number.tolist() == [2**62 + 7]

    link(conn, (ids[None], 11))
    frame = window.read(conn, day, day + timedelta(2), linked=day, epoch=EPOCH)
    said = {}
    for row, by_day in enumerate(frame.seen):
        for column in np.flatnonzero(by_day):
            version = frame.version[row, column]
            place, language = frame.area[version], frame.language[version]
            said.setdefault(
                (frame.sources[frame.source[row]], int(frame.record_number[frame.identity[row]] - 2**62)), []
            ).append(
                (
                    int(column),
                    frame.area_codes[place] if place >= 0 else None,
                    SETTINGS[frame.setting[version]],
                    frame.languages[language] if language >= 0 else None,
                    round(float(frame.setting_probability[version]), 6),
                )
            )
    assert {who: sorted(rows, key=str) for who, rows in said.items()} == {
        ("a", 7): [
            (0, "GM0153", "home", "nl", 0.8),
            (0, "GM0153", "home", "nl", 0.8),
            (2, "GM0164", "club", "nl", 0.8),
        ],
        ("a", 9): [(2, None, "home", None, 0.8)],
        ("b", 7): [(0, "DE", "home", "nl", 0.8)],
        ("b", 11): [(0, "GM0153", "home", "nl", 0.8), (2, "GM0153", "home", "nl", 0.8)],
    }
    contents = {frame.content[version] for version in range(len(frame.content))}
    assert len(contents) == 4  # "x" on both sources is one text


def test_whom_a_listing_belongs_to_is_as_of_a_day(conn, handmade):
    day = handmade.monday
    handmade.load(conn, "a", day, [handmade.row("a", "1"), handmade.row("a", "2")])
    first, second = (number for (number,) in conn.execute("SELECT listing_id FROM core.listing ORDER BY 1"))
    link(conn, (first, 1), (second, 2))
    conn.execute("INSERT INTO core.identity_member VALUES (%s, %s, 1)", (second, day + timedelta(3)))
    for linked, identities in ((day + timedelta(2), 2), (day + timedelta(3), 1)):
        frame = window.read(conn, day, day, linked=linked, epoch=EPOCH)
        assert len(frame.record_number) == identities


def test_an_empty_window_and_an_unlinked_listing(conn, handmade):
    day = handmade.monday
    empty = window.read(conn, day, day + timedelta(6), linked=day, epoch=EPOCH)
    assert empty.seen.shape == (0, 7)
    assert len(empty.area) == len(empty.record_number) == 0
    handmade.load(conn, "a", day, [handmade.row("a", "1")])
    with pytest.raises(NotLinked):
        window.read(conn, day, day, linked=day, epoch=EPOCH)
