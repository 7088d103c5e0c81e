"""The end of an epoch: what is carried over, what is destroyed, and that nothing leads back."""

from collections import defaultdict
from datetime import date, timedelta

import pytest

from warehouse import db, epochs, estimation, objections
from warehouse.calendar import Epochs
from warehouse.errors import (
    ClockAhead,
    EpochClosed,
    EpochMoved,
    EpochPassed,
    KeyDestroyed,
    KeyInUse,
    MissingKey,
    WrongKey,
)
from warehouse.identities import link_day
from warehouse.keys import FileKeys

START = date(2027, 1, 4)  # first day of E0004
FIRST = START - timedelta(days=epochs.CARRIED_DAYS)
CALENDAR = Epochs()


class Turn:
    """Listings read under one key after another. `read` loads a day as a faultless crawl would."""

    def __init__(self, conn: db.Connection, folder, handmade) -> None:
        self.conn, self.handmade = conn, handmade
        self.keys = FileKeys.create(folder / "keys", b"turn", ["E0003", "E0004", "E0005"])
        self.name: dict[bytes, str] = {}

    def read(self, day: date, rows=(), present=(), calendar: Epochs = CALENDAR, source: str = "a") -> epochs.Epoch:
        """`rows` are (listing, numbers, text); `present` are listings whose page is not read."""
        epoch = epochs.open_for(self.conn, self.keys, calendar, day)
        self.handmade.keys, self.handmade.epoch = epoch.keys, epoch.code
        made = []
        for listing, numbers, text in rows:
            row = self.handmade.row(source, listing, numbers, text)
            if epoch.former:
                pairs = [
                    (epoch.keys.telephone(f"+3162000{n:04d}"), epoch.former.telephone(f"+3162000{n:04d}"))
                    for n in numbers
                ]
                object.__setattr__(row, "contact_keys", tuple(new for new, _ in pairs))
                object.__setattr__(row, "former_contact_keys", tuple(old for _, old in pairs))
            made.append(row)
        ids = [*present, *(listing for listing, *_ in rows)]
        self.name |= {epoch.keys.listing(source, listing): listing for listing in ids}
        if epoch.former:
            former = {epoch.keys.listing(source, each): epoch.former.listing(source, each) for each in ids}
            self.handmade.load(self.conn, source, day, made, mapping=former)
        else:
            self.handmade.load(self.conn, source, day, made, ids)
        link_day(self.conn, max(day, epoch.start), epoch.code)
        return epoch

    def sightings(self) -> dict[str, list[date]]:
        found = defaultdict(list)
        for epoch, day in self.conn.execute(
            "SELECT epoch_code, day_date FROM core.sighting JOIN core.listing USING (listing_id) ORDER BY day_date, listing_id"
        ):
            found[epoch].append(day)
        return found

    def clusters(self, epoch: str) -> set[frozenset[str]]:
        found = defaultdict(set)
        for identity, key in self.conn.execute(
            "SELECT DISTINCT ON (l.listing_id) m.identity_id, l.listing_key FROM core.listing AS l "
            "JOIN core.identity_member AS m USING (listing_id) WHERE l.epoch_code = %s "
            "ORDER BY l.listing_id, m.from_date DESC",
            [epoch],
        ):
            found[identity].add(self.name.get(key, "?"))
        return {frozenset(members) for members in found.values()}


@pytest.fixture
def turn(database, tmp_path, handmade):
    with database.connect("reader") as conn:
        yield Turn(conn, tmp_path, handmade)


def _before(turn: Turn, days: int = 40) -> None:
    """Forty days of the old epoch: 1 and 2 share a number, 3 stands alone, 4 went three weeks before the end."""
    first = START - timedelta(days=days)
    turn.read(first, [("1", [1], "x"), ("2", [1], "y"), ("3", [3], "z"), ("4", [4], "w")])
    for number in range(1, days):
        gone = number > days - 21
        turn.read(first + timedelta(number), present=["1", "2", "3", *([] if gone else ["4"])])


def test_four_weeks_are_moved_under_the_new_key_and_none_is_there_twice(turn):
    _before(turn)
    before = turn.sightings()["E0003"]
    epoch = turn.read(START, present=["1", "2", "3"])
    assert (epoch.code, epoch.start, epoch.first) == ("E0004", START, FIRST)
    after = turn.sightings()
    assert sorted(after["E0003"] + after["E0004"]) == sorted([*before, START, START, START])
    assert max(after["E0003"]) == FIRST - timedelta(1)
    assert min(after["E0004"]) == FIRST


def test_nobody_is_split_and_listings_get_their_own_pseudonym_when_they_are_seen_again(turn):
    _before(turn)
    turn.read(START, present=["1", "3"])
    assert turn.clusters("E0004") == {frozenset({"1", "?"}), frozenset({"3"}), frozenset({"?"})}
    turn.read(START + timedelta(1), present=["1", "2", "3"])
    assert turn.clusters("E0004") == {frozenset({"1", "2"}), frozenset({"3"}), frozenset({"?"})}


def test_facts_are_carried_without_anything_that_leads_back(turn):
    _before(turn)
    turn.read(START, present=["1", "2", "3"])
    rows = turn.conn.execute(
        "SELECT l.epoch_code, l.listing_key, v.read_date, v.area_codes, v.setting_code, v.contact_keys, v.content_key, v.sketch "
        "FROM core.listing_version AS v JOIN core.listing AS l USING (listing_id)"
    ).fetchall()
    old = [row for row in rows if row[0] == "E0003"]
    new = [row for row in rows if row[0] == "E0004"]
    assert len(new) == 4
    assert {row[2] for row in new} == {FIRST}
    assert {(tuple(row[3]), row[4]) for row in new} == {(("GM0153",), "home")}
    assert all(row[5] == [] and set(row[7]) == {255} for row in new)
    pseudonyms = {pseudonym for row in old for pseudonym in (row[1], *row[5], row[6], row[7])}
    assert not pseudonyms & {pseudonym for row in new for pseudonym in (row[1], *row[5], row[6], row[7])}


def test_a_number_of_a_carried_listing_is_known_again_as_soon_as_it_is_read_anywhere(turn):
    _before(turn)
    turn.read(START, present=["1", "2", "3"])
    turn.read(START + timedelta(1), [("5", [3], "v")], present=["1", "2", "3"])
    assert frozenset({"3", "5"}) in turn.clusters("E0004")


def test_a_number_that_ties_nobody_goes_on_doing_so(turn):
    first = START - timedelta(days=10)
    texts = [(str(n), [9], f"text {n}") for n in range(8)]
    turn.read(first, texts)
    assert len(turn.clusters("E0003")) == 8
    for number in range(1, 10):
        turn.read(first + timedelta(number), present=[listing for listing, *_ in texts])
    turn.read(START, texts[:2], present=[listing for listing, *_ in texts[2:]])
    assert len(turn.clusters("E0004")) == 8


def test_an_objection_is_heard_over_the_turn(turn):
    _before(turn)
    turn.read(START, present=["1", "2", "3"])
    objections.add(turn.conn, "+31620000003", turn.keys, "E0004")  # 3 has not been read under this key yet
    assert turn.clusters("E0004") == {frozenset({"1", "2"}), frozenset({"?"})}
    turn.conn.execute("SELECT 1")
    turn.read(START + timedelta(1), [("3", [3], "z")], present=["1", "2"])
    assert turn.clusters("E0004") == {frozenset({"1", "2"}), frozenset({"?"})}


def test_an_objection_under_the_old_key_alone_is_carried_too(turn, database):
    _before(turn)
    contact = turn.keys.pseudonyms("E0003").telephone("+31620000003")
    turn.conn.execute("SELECT core.object('E0003', %s)", [contact])
    turn.read(START, [("3", [3], "z")], present=["1", "2"])
    assert "3" not in {name for cluster in turn.clusters("E0004") for name in cluster}
    assert objections.count(turn.conn, "E0004") == 1


def test_opening_twice_changes_nothing(turn):
    _before(turn)
    turn.read(START, present=["1", "2", "3"])
    before = turn.sightings(), turn.clusters("E0004")
    epochs.open_for(turn.conn, turn.keys, CALENDAR, START)
    assert (turn.sightings(), turn.clusters("E0004")) == before


def test_what_comes_late_for_a_carried_day_goes_under_the_new_key(turn):
    _before(turn)
    turn.read(START, present=["1", "2", "3"])
    late = turn.read(START - timedelta(2), present=["1", "6"], source="b")
    assert late.code == "E0004"
    assert max(turn.sightings()["E0003"]) < FIRST


def test_estimates_do_not_notice_the_turn(turn, database):
    _before(turn)
    with database.connect("estimator") as conn:
        before = estimation.look(conn, START - timedelta(1), seed=1)
    turn.read(START, present=["1", "2", "3"])
    with database.connect("estimator") as conn:
        after = estimation.look(conn, START, seed=1)
    # The window of the first day is that of the day before, a day later: same listings, same identities.
    assert after.frame.seen.shape == before.frame.seen.shape
    assert sorted(after.frame.seen.sum(axis=1)) == [7, 28, 28, 28]
    assert sorted(before.frame.seen.sum(axis=1)) == [8, 28, 28, 28]
    assert len(after.frame.record_number) == len(before.frame.record_number) == 3
    assert after.epoch_start == FIRST


def test_the_key_and_the_bridge_go_when_the_week_is_over_with_a_receipt(turn):
    _before(turn)
    turn.read(START, present=["1", "2", "3"])
    last = START + timedelta(6)
    rows = epochs.known(turn.conn)
    assert epochs.due(rows, last) == []
    assert epochs.due(rows, last + timedelta(1)) == ["E0003"]
    assert epochs.destroy(turn.conn, turn.keys, "E0003", last + timedelta(1)) == 4
    assert turn.keys.destroyed() == ("E0003",)
    assert turn.conn.execute("SELECT count(*) FROM core.bridge").fetchone() == (0,)
    receipts = turn.conn.execute(
        "SELECT subject, day_date, row_count FROM core.receipt WHERE kind_code = 'key'"
    ).fetchall()
    assert receipts == [("pseudonym-E0003", last + timedelta(1), 4)]
    assert epochs.destroy(turn.conn, turn.keys, "E0003", last + timedelta(2)) == 0
    assert epochs.due(epochs.known(turn.conn), last + timedelta(9)) == []
    with pytest.raises(KeyDestroyed):
        epochs.open_for(turn.conn, turn.keys, CALENDAR, FIRST - timedelta(1))
    assert turn.read(last + timedelta(1), present=["1", "2", "3"]).former is None


def test_a_kill_between_key_and_bridge_is_made_good_by_the_next_run(turn):
    _before(turn)
    turn.read(START, present=["1", "2", "3"])
    turn.keys.destroy("E0003")
    assert turn.read(START + timedelta(1), present=["1"]).former is None
    assert epochs.destroy(turn.conn, turn.keys, "E0003", START + timedelta(7)) == 4


def test_the_key_in_use_is_not_destroyed(turn):
    turn.read(START, [("1", [1], "x")])
    with pytest.raises(KeyInUse) as caught:
        epochs.destroy(turn.conn, turn.keys, "E0004", START + timedelta(30))
    assert caught.value.exit_code == 3
    with pytest.raises(KeyInUse):
        epochs.destroy(turn.conn, turn.keys, "E0005", START)


def test_a_wrong_a_missing_and_a_lost_key_are_refused(turn, tmp_path):
    turn.read(START, [("1", [1], "x")])
    wrong = FileKeys.create(tmp_path / "wrong", b"another", ["E0004"])
    with pytest.raises(WrongKey) as caught:
        epochs.open_for(turn.conn, wrong, CALENDAR, START)
    assert caught.value.exit_code == 3
    (turn.keys.folder / "pseudonym-E0004.key").unlink()
    with pytest.raises(MissingKey):
        epochs.open_for(turn.conn, turn.keys, CALENDAR, START + timedelta(1))
    assert "E0004" not in turn.keys.epochs()  # no second key is made in its place


def test_a_lost_key_is_survived_with_a_break(turn):
    _before(turn)
    (turn.keys.folder / "pseudonym-E0003.key").unlink()
    early = Epochs({"E0003a": START - timedelta(2)})
    epoch = turn.read(START - timedelta(2), [("1", [1], "x")], calendar=early)
    assert (epoch.code, epoch.first, epoch.former) == ("E0003a", START - timedelta(2), None)
    assert turn.conn.execute("SELECT count(*) FROM core.bridge").fetchone() == (0,)
    assert turn.read(START, present=["1"], calendar=early).first == START - timedelta(2)


def test_a_key_rotated_early_is_bridged_like_any_other(turn):
    _before(turn)
    early = Epochs({"E0003a": START - timedelta(14)})
    first = START - timedelta(14)
    turn.conn.execute("SELECT 1")
    epoch = turn.read(first, present=["1", "2", "3"], calendar=early, source="b")
    assert (epoch.code, epoch.first) == ("E0003a", first - timedelta(epochs.CARRIED_DAYS))
    assert epoch.former is not None


def test_what_ties_rows_to_each_other_goes_with_the_key(turn, database):
    _before(turn, days=60)
    turn.read(START, present=["1", "2", "3"])
    objections.add(turn.conn, "+31620000003", turn.keys, "E0004")
    old = len(turn.sightings()["E0003"])
    epochs.destroy(turn.conn, turn.keys, "E0003", START + timedelta(7))
    assert len(turn.sightings()["E0003"]) == old > 0
    said = turn.conn.execute(
        "SELECT contact_keys, content_key, sketch, area_codes FROM core.listing_version JOIN core.listing USING (listing_id) "
        "WHERE epoch_code = 'E0003'"
    ).fetchall()
    assert said
    assert {(tuple(contacts), content, sketch) for contacts, content, sketch, _ in said} == {((), None, None)}
    assert {tuple(areas) for *_, areas in said} == {("GM0153",)}
    assert turn.clusters("E0003") == set()
    assert turn.clusters("E0004")
    with database.connect("owner") as owner:
        tables = owner.execute(
            "SELECT table_name FROM information_schema.columns WHERE table_schema = 'core' AND column_name = 'epoch_code'"
        ).fetchall()
        with_rows = {
            name
            for (name,) in tables
            if owner.execute(f"SELECT 1 FROM core.{name} WHERE epoch_code = 'E0003'").fetchone()
        }
    assert with_rows == {"epoch", "listing", "duplicate_day"}  # the last holds counts of a day


def test_days_of_a_closed_epoch_keep_their_figures_and_get_no_new_ones(turn, database):
    first = START - timedelta(days=60)
    _before(turn, days=60)
    with database.connect("estimator") as conn:
        assert estimation.estimate_day(conn, first + timedelta(10), seed=1) > 0
        turn.read(START, present=["1", "2", "3"])
        epochs.destroy(turn.conn, turn.keys, "E0003", START + timedelta(7))
        made = conn.execute("SELECT * FROM est.volume ORDER BY 1, 2, 3, 4, 5").fetchall()
        assert estimation.estimate_day(conn, first + timedelta(10), seed=1) == 0
        assert conn.execute("SELECT * FROM est.volume ORDER BY 1, 2, 3, 4, 5").fetchall() == made
        with pytest.raises(EpochClosed):
            estimation.estimate_day(conn, first + timedelta(11), seed=1)


def test_no_epoch_starts_by_a_clock_that_runs_far_ahead(turn):
    turn.read(START - timedelta(2), [("1", [1], "x")])
    with pytest.raises(ClockAhead):
        turn.read(START + timedelta(40), present=["1"])
    assert [row.code for row in epochs.known(turn.conn)] == ["E0003"]
    assert turn.read(START, present=["1"]).code == "E0004"


def test_what_a_closed_epoch_said_of_a_listing_is_no_fingerprint(turn, database):
    first = START - timedelta(days=60)
    _before(turn, days=60)
    with database.connect("owner") as owner:
        owner.execute("UPDATE core.listing_version SET language_probability = .8127, setting_probability = .6631")
        owner.execute("UPDATE core.listing_version SET area_probabilities = '{.7713}'")
    turn.read(START, present=["1", "2", "3"])
    named = {key for (key,) in turn.conn.execute("SELECT listing_key FROM core.listing WHERE epoch_code = 'E0003'")}
    epochs.destroy(turn.conn, turn.keys, "E0003", START + timedelta(7))
    said = turn.conn.execute(
        "SELECT epoch_code, area_probabilities, language_probability, setting_probability "
        "FROM core.listing_version JOIN core.listing USING (listing_id)"
    ).fetchall()
    assert {tuple(row[1]) + row[2:] for row in said if row[0] == "E0003"} == {(0.0, 0.0, 0.0)}
    assert {round(row[2], 4) for row in said if row[0] == "E0004"} == {0.8127}
    # Record numbers were taken from these.
    left = {key for (key,) in turn.conn.execute("SELECT listing_key FROM core.listing WHERE epoch_code = 'E0003'")}
    assert len(left) == len(named) > 0
    assert not left & named
    assert min(turn.sightings()["E0003"]) == first


def test_a_key_that_was_away_for_a_night_of_the_bridge_week_stops_nothing(turn):
    _before(turn)
    turn.read(START, present=["1"])
    key = turn.keys.folder / "pseudonym-E0003.key"
    away = key.rename(key.with_suffix(".away"))
    turn.read(START + timedelta(1), present=["1", "2", "3"])  # 2 and 3 are taken for new
    away.rename(key)
    assert turn.read(START + timedelta(2), [("2", [1], "y")], present=["1", "3"]).former is not None
    assert frozenset({"1", "2", "?"}) in turn.clusters("E0004")


def test_a_file_that_was_being_read_while_its_day_was_moved_is_refused(turn):
    _before(turn)
    day = START - timedelta(1)
    epoch = epochs.open_for(turn.conn, turn.keys, CALENDAR, day)
    turn.read(START, present=["1", "2", "3"])
    turn.handmade.keys, turn.handmade.epoch = epoch.keys, epoch.code
    with pytest.raises(EpochMoved):
        turn.handmade.load(turn.conn, "b", day, present=["7"])
    assert max(turn.sightings()["E0003"]) < FIRST
    assert turn.read(day, present=["7"], source="b").code == "E0004"


def test_a_day_of_long_ago_opens_no_epoch(turn):
    turn.read(START, [("1", [1], "x")])
    with pytest.raises(EpochPassed):
        epochs.open_for(turn.conn, turn.keys, CALENDAR, START - timedelta(40))
    assert [row.code for row in epochs.known(turn.conn)] == ["E0004"]


def test_an_early_start_that_the_calendar_has_forgotten_is_told(turn):
    _before(turn)
    early = Epochs({"E0003a": START - timedelta(14)})
    turn.read(START - timedelta(14), present=["1"], calendar=early, source="b")
    with pytest.raises(EpochPassed) as caught:
        epochs.open_for(turn.conn, turn.keys, CALENDAR, START - timedelta(13))
    assert '{"E0003a": "2026-12-21"}' in str(caught.value)
    assert epochs.open_for(turn.conn, turn.keys, CALENDAR, START).code == "E0004"


def _record_numbers(database, day: date) -> list[int]:
    with database.connect("estimator") as conn:
        return sorted(estimation.look(conn, day, seed=1).frame.record_number.tolist())


def test_the_same_cell_has_the_same_number_when_a_listing_gets_its_own_pseudonym(turn, database):
    _before(turn)
    turn.read(START, present=["1"])
    before = _record_numbers(database, START)
    turn.read(START + timedelta(1), present=["1", "2", "3"])
    link_day(turn.conn, START, "E0004")
    assert _record_numbers(database, START) == before


def test_two_turns_in_a_row_leave_no_bridge_to_a_destroyed_key(turn):
    turn.keys.ensure_epoch("E0003a")
    _before(turn)
    early = Epochs({"E0003a": START - timedelta(2)})
    turn.conn.execute("SELECT 1")
    for number in (2, 1, 0):
        turn.read(START - timedelta(number), [("1", [1], "x")], ["2", "3"], calendar=early, source="b")
    for code in ("E0003", "E0003a"):
        day = START + timedelta(7)
        epochs.destroy(turn.conn, turn.keys, code, day)
        assert (
            code == "E0003a"
            or not turn.conn.execute(
                "SELECT FROM core.bridge AS b JOIN core.listing USING (listing_id) WHERE epoch_code <> 'E0004'"
            ).fetchall()
        )
    assert turn.conn.execute("SELECT count(*) FROM core.bridge").fetchone() == (0,)


def test_an_objection_in_the_bridge_week_finds_a_number_that_was_named_once(turn):
    first = START - timedelta(days=40)
    turn.read(first, [("1", [1], "x"), ("3", [3], "z")])
    turn.read(first + timedelta(1), [("3", [4], "z")], ["1"])
    for number in range(2, 40):
        turn.read(first + timedelta(number), present=["1", "3"])
    turn.read(START, present=["1", "3"])
    objections.add(turn.conn, "+31620000003", turn.keys, "E0004")
    assert turn.clusters("E0004") == {frozenset({"1"})}


def test_a_day_that_was_loaded_and_not_linked_is_linked_before_it_is_moved(turn):
    _before(turn)
    day = START - timedelta(1)
    epoch = epochs.open_for(turn.conn, turn.keys, CALENDAR, day)
    turn.handmade.keys, turn.handmade.epoch = epoch.keys, epoch.code
    turn.handmade.load(turn.conn, "b", day, [turn.handmade.row("b", "8", [3], "v")])  # killed before it was linked
    turn.read(START, present=["1", "2"])
    sizes = sorted(len(rows) for rows in _groups(turn))
    assert sizes == [2, 2]


def _groups(turn: Turn) -> list[list[int]]:
    found = turn.conn.execute("SELECT array_agg(listing_id) FROM core.carried_tie GROUP BY group_number").fetchall()
    return [listings for (listings,) in found if len(listings) > 1]


def test_no_number_of_a_single_identity_is_left_in_estimates(turn, database):
    turn.read(START, [("1", [1], "x"), ("2", [2], "y"), *((f"b{n}", [n], f"t{n}") for n in range(10, 20))])
    with database.connect("estimator") as conn:
        estimation.estimate_day(conn, START, seed=1)
        numbers = {number for (number,) in turn.conn.execute("SELECT record_number FROM core.identity")}
        kept = dict(conn.execute("SELECT area_code, cell_number FROM est.volume WHERE vintage_date = %s", [START]))
    assert len(numbers) == 12
    assert 0 not in kept.values()
    assert sum(numbers) % 2**63 not in kept.values()
    turn.conn.execute(
        "SELECT core.object('E0004', v.contact_keys[1]) FROM core.listing_version AS v ORDER BY listing_id LIMIT 4"
    )
    with database.connect("estimator") as conn:
        estimation.estimate_day(conn, START, seed=1)
        assert {number for (number,) in conn.execute("SELECT cell_number FROM est.volume")} == {0}
