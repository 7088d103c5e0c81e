from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from warehouse import db, objections
from warehouse.errors import MissingKey, NotANumber
from warehouse.identities import link_day
from warehouse.keys import FileKeys

DAY = date(2026, 10, 12)


@pytest.fixture
def keys(tmp_path, handmade):
    provider = FileKeys.create(tmp_path / "keys", deterministic_from=b"objections", epochs=["E0003", "E0004"])
    handmade.keys = provider.pseudonyms("E0003")
    return provider


def _kept(conn) -> tuple[int, ...]:
    tables = ("listing", "listing_version", "sighting", "identity_member")
    return tuple(conn.execute(f"SELECT count(*) FROM core.{table}").fetchone()[0] for table in tables)


@pytest.mark.parametrize("written", ["06 2000 0001", "+31620000001", "0031 6-20000001", "(06) 20.00.00.01"])
def test_what_is_known_is_erased_and_dropped_from_then_on(database, handmade, keys, written):
    with database.connect("reader") as conn:
        handmade.load(conn, "a", DAY, [handmade.row("a", "1", [1], "x"), handmade.row("a", "2", [2], "y")])
        link_day(conn, DAY, "E0003")
        assert _kept(conn) == (2, 2, 2, 2)
        assert objections.add(conn, written, keys, "E0003") == 1
        assert _kept(conn) == (1, 1, 1, 1)
        again = [handmade.row("a", "1", [1], "x"), handmade.row("a", "3", [3, 1], "z")]
        result = handmade.load(conn, "a", DAY + timedelta(1), again, present=["1", "2", "3"])
        assert (result.excluded, result.sightings) == (2, 1)
        assert _kept(conn)[:3] == (1, 1, 2)


def test_a_listing_that_comes_to_name_the_number_goes_too(database, handmade, keys):
    with database.connect("reader") as conn:
        handmade.load(conn, "a", DAY, present=["1"])
        objections.add(conn, "+31620000001", keys, "E0003")
        handmade.load(conn, "a", DAY + timedelta(1), present=["1"])
        handmade.load(conn, "a", DAY + timedelta(2), [handmade.row("a", "1", [1], "x")])
        assert _kept(conn) == (0, 0, 0, 0)


def test_it_holds_for_later_epochs_and_is_counted_once(database, keys):
    with database.connect("reader") as conn:
        assert objections.add(conn, "+31620000001", keys, "E0003") == 1
        assert objections.add(conn, "06-20000001", keys, "E0003") == 1
        assert objections.add(conn, "+31620000002", keys, "E0003") == 2
        assert objections.count(conn, "E0004") == 2
        stored = conn.execute("SELECT contact_key FROM core.exclusion").fetchall()
    assert {key for (key,) in stored} == {
        keys.pseudonyms(epoch).telephone(f"+3162000000{n}") for epoch in ("E0003", "E0004") for n in (1, 2)
    }


@pytest.mark.parametrize("written", ["", "bel mij", "12", "06 2000", "+999 12345678", "9" * 40])
def test_what_is_no_number_is_refused_without_repeating_it(database, keys, written):
    with database.connect("reader") as conn, pytest.raises(NotANumber) as caught:
        objections.add(conn, written, keys, "E0003")
    assert caught.value.exit_code == 2
    assert not written or written not in str(caught.value)


def test_without_a_key_it_says_so(database, keys):
    with database.connect("reader") as conn, pytest.raises(MissingKey):
        objections.add(conn, "+31620000001", keys, "E0009")


def test_an_objection_waits_for_a_load_that_did_not_know_of_it(database, handmade, keys):
    """Entered in between, it would find nothing to erase, and the load would then keep what it had read before."""
    with database.connect("reader") as loading, database.connect("reader") as conn:
        with ThreadPoolExecutor(1) as pool:
            with db.transaction(loading):
                handmade.load(loading, "a", DAY, [handmade.row("a", "1", [1], "x")])
                heard = pool.submit(objections.add, conn, "+31620000001", keys, "E0003")
                with pytest.raises(TimeoutError):
                    heard.result(0.5)
            assert heard.result(30) == 1
        assert _kept(conn) == (0, 0, 0, 0)
