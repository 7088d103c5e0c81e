from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.errors import SpoolCorrupt
from warehouse.records import Validators
from warehouse.seen import SeenIndex

KEY = b"k" * 32
DAY = date(2026, 10, 12)


def day(n: int) -> date:
    return DAY + timedelta(n)


def after(folder, n: int, noted: list[tuple[str, str, bool]]) -> None:
    """One crawl: what was seen on day n, and whether its page was read."""
    index = SeenIndex.load(folder, "a", day(n), KEY)
    for listing, card, was_read in noted:
        index.note(listing, card, day(n) if was_read else None)
    index.save(folder, "a", day(n))


def test_the_first_day_knows_nothing(tmp_path):
    assert not SeenIndex.load(tmp_path, "a", DAY, KEY).is_fresh("1", "card", DAY)


def test_unchanged_is_fresh_for_a_week_and_changed_is_not(tmp_path):
    after(tmp_path, 0, [("1", "card", True)])
    index = SeenIndex.load(tmp_path, "a", day(1), KEY)
    assert index.is_fresh("1", "card", day(1))
    assert index.is_fresh("1", "card", day(7))
    assert not index.is_fresh("1", "card", day(8))
    assert not index.is_fresh("1", "other card", day(1))
    assert not index.is_fresh("2", "card", day(1))


def test_a_listing_seen_but_not_read_stays_to_be_read(tmp_path):
    after(tmp_path, 0, [("1", "card", False)])
    assert not SeenIndex.load(tmp_path, "a", day(1), KEY).is_fresh("1", "card", day(1))


def test_presence_keeps_the_last_reading(tmp_path):
    after(tmp_path, 0, [("1", "card", True)])
    for n in range(1, 8):
        after(tmp_path, n, [("1", "card", False)])
    index = SeenIndex.load(tmp_path, "a", day(8), KEY)
    assert index.is_fresh("1", "card", day(7))
    assert not index.is_fresh("1", "card", day(8))


def test_a_changed_card_that_could_not_be_read_is_tried_again(tmp_path):
    after(tmp_path, 0, [("1", "card", True)])
    after(tmp_path, 1, [("1", "new card", False)])
    index = SeenIndex.load(tmp_path, "a", day(2), KEY)
    assert not index.is_fresh("1", "new card", day(2))


def test_a_crawl_done_again_decides_as_the_first(tmp_path):
    after(tmp_path, 0, [("1", "card", True)])
    after(tmp_path, 1, [("2", "card", True)])
    again = SeenIndex.load(tmp_path, "a", day(1), KEY)
    assert again.is_fresh("1", "card", day(1))
    assert not again.is_fresh("2", "card", day(1))


def test_only_two_snapshots_are_kept(tmp_path):
    for n in range(5):
        after(tmp_path, n, [("1", "card", True)])
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["2026-10-15.seen2", "2026-10-16.seen2"]


def test_what_is_unseen_for_two_weeks_is_forgotten(tmp_path):
    after(tmp_path, 0, [("1", "card", True), ("2", "card", True)])
    for n in range(1, 16):
        after(tmp_path, n, [("2", "card", True)])
    index = SeenIndex.load(tmp_path, "a", day(16), KEY)
    assert not index.is_fresh("1", "card", day(1))
    assert repr(index) == "SeenIndex(known=1, noted=0)"


def test_sources_do_not_meet(tmp_path):
    after(tmp_path, 0, [("1", "card", True)])
    assert not SeenIndex.load(tmp_path, "b", day(1), KEY).is_fresh("1", "card", day(1))


def test_ids_and_cards_are_not_in_the_file_nor_in_memory(tmp_path):
    after(tmp_path, 0, [("advertentie-77", "kaart met tekst", True)])
    content = (tmp_path / "a" / "2026-10-12.seen2").read_bytes()
    index = SeenIndex.load(tmp_path, "a", day(1), KEY)
    for word in (b"advertentie-77", b"kaart"):
        assert word not in content
        assert word not in repr(vars(index)).encode()


@given(st.integers(0, 10_000))
def test_a_changed_snapshot_is_refused(place):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        after(folder, 0, [(str(n), "card", True) for n in range(20)])
        path = folder / "a" / "2026-10-12.seen2"
        content = bytearray(path.read_bytes())
        content[place % len(content)] ^= 1
        path.write_bytes(content)
        with pytest.raises(SpoolCorrupt):
            SeenIndex.load(folder, "a", day(1), KEY)


def test_another_key_is_refused(tmp_path):
    after(tmp_path, 0, [("1", "card", True)])
    with pytest.raises(SpoolCorrupt):
        SeenIndex.load(tmp_path, "a", day(1), b"o" * 32)


def test_what_the_site_said_with_a_page_is_remembered_until_it_is_read_without(tmp_path):
    said = Validators('"abc"', "Mon, 12 Oct 2026 06:00:00 GMT")
    index = SeenIndex(KEY)
    index.note("1", "card", day(0), said)
    index.note("2", "card", day(0), Validators(None, "Mon, 12 Oct 2026 06:00:00 GMT"))
    index.note("3", "card", day(0), Validators('"' + "x" * 70 + '"'))
    index.note("4", "card", None, said)
    index.save(tmp_path, "a", DAY)
    again = SeenIndex.load(tmp_path, "a", day(1), KEY)
    assert again.validators("1") == said
    assert again.validators("2") == Validators(None, "Mon, 12 Oct 2026 06:00:00 GMT")
    assert again.validators("3") is None  # too long to keep: the page is fetched
    assert again.validators("4") is None  # never read
    assert again.validators("5") is None
    again.note("1", "card", day(1))
    again.save(tmp_path, "a", day(1))
    assert SeenIndex.load(tmp_path, "a", day(2), KEY).validators("1") is None


def test_a_page_of_an_earlier_epoch_is_fetched_whole(tmp_path):
    last = date(2027, 1, 3)
    index = SeenIndex(KEY)
    index.note("1", "card", last, Validators('"abc"'))
    index.save(tmp_path, "a", last)
    first = last + timedelta(1)
    assert SeenIndex.load(tmp_path, "a", first, KEY).validators("1") == Validators('"abc"')
    assert SeenIndex.load(tmp_path, "a", first, KEY, epoch_start=first).validators("1") is None


def test_what_was_read_before_an_epoch_is_read_again_within_its_first_week(tmp_path):
    start = date(2027, 1, 4)
    index = SeenIndex(KEY)
    for age in range(1, 8):
        index.note(str(age), "card", start - timedelta(age))
    index.save(tmp_path, "a", start - timedelta(1))
    index = SeenIndex.load(tmp_path, "a", start, KEY, epoch_start=start)
    due = {
        night: {str(age) for age in range(1, 8) if not index.is_fresh(str(age), "card", start + timedelta(night))}
        for night in range(7)
    }
    assert due[0] == {"7"}  # and not all at once
    assert due[6] == {str(age) for age in range(1, 8)}
    index.note("1", "card", start)
    index.save(tmp_path, "a", start)
    again = SeenIndex.load(tmp_path, "a", start + timedelta(7), KEY, epoch_start=start)
    assert again.is_fresh("1", "card", start + timedelta(7))


def test_a_snapshot_of_an_older_form_is_not_read_and_goes(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "2026-10-11.seen").write_bytes(b"of an older version")
    after(tmp_path, 0, [("1", "card", True)])
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["2026-10-12.seen2"]
