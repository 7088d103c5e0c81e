"""Recorded pages: every source has them, and nobody can forget to read what they read as."""

import json
import shutil
from pathlib import Path

import pytest

from spiders import classes, recording, register
from spiders.errors import RecordingUnlike, RecordingUnread
from spiders.tally import LISTING_FIELDS as FIELDS
from warehouse.records import Listing

HERE = Path(__file__).parent
SOURCES = sorted(name for name, entry in register.load().items() if entry.enabled)


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_that_runs_has_recorded_pages_of_both_kinds(name):
    callbacks = {recording.load(folder).callback for folder in recording.recorded(name)}
    assert callbacks == set(recording.CALLBACKS)


@pytest.mark.parametrize("name", SOURCES)
def test_a_listing_never_shows_its_content(name):
    for folder in recording.recorded(name):
        found = recording.read(classes.spider_class(name), recording.load(folder))
        if isinstance(found, Listing):
            assert found.body not in repr(found)
            assert found.listing_id not in repr(found)


def test_a_new_recording_fails_until_a_person_has_read_it(tmp_path):
    folder = tmp_path / "listing-1"
    shutil.copytree(recording.recorded("nl_kaartjes")[-1], folder)
    expected = json.loads((folder / "expected.json").read_text())
    (folder / "expected.json").unlink()
    for _ in range(2):  # running the test again is not reading
        with pytest.raises(RecordingUnread, match=r"rename it to expected\.json"):
            recording.assert_reads_as_recorded("nl_kaartjes", folder)
    assert json.loads((folder / "expected.unread.json").read_text()) == expected
    (folder / "expected.unread.json").rename(folder / "expected.json")
    recording.assert_reads_as_recorded("nl_kaartjes", folder)
    (folder / "expected.json").write_text(json.dumps([expected[0] | {"title": "iets anders"}]))
    with pytest.raises(AssertionError):
        recording.assert_reads_as_recorded("nl_kaartjes", folder)


@pytest.mark.parametrize("name", SOURCES)
def test_a_page_is_kept_scrubbed_and_reads_as_it_did(tmp_path, monkeypatch, name):
    monkeypatch.setattr(recording, "OWN_RECORDINGS", tmp_path)
    contract = register.contract_path(name)
    for folder in sorted(path.parent for path in (HERE / "sources" / name).glob("*/page.json")):
        page = recording.load(folder)
        kept = recording.load(recording.keep(page, contract))
        before, after = (recording.read(classes.class_of(contract), each) for each in (page, kept))
        if isinstance(before, Listing):
            assert before.listing_id not in kept.body.decode() or len(before.listing_id) < 5
            assert before.title.split()[0] not in kept.body.decode() or len(before.title.split()[0]) < 4
            assert {field for field in FIELDS if getattr(before, field)} == {f for f in FIELDS if getattr(after, f)}
        else:
            assert len(before.cards) == len(after.cards)
            ids, new = ([card.listing_id for card in found.cards] for found in (before, after))
            assert len(set(new)) == len(set(ids))
            assert new != ids or not ids
            assert not {key for key in ids if len(key) > 4} & set(new)  # short ones change places
            assert (before.listings, before.pages) == (after.listings, after.pages)
    assert len(list(tmp_path.glob(f"{name}/*/page.html"))) >= 2


def test_a_page_that_leans_on_words_of_advertisers_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "OWN_RECORDINGS", tmp_path)
    contract = register.contract_path("nl_kaartjes")
    page = recording.load(HERE / "sources" / "nl_kaartjes" / "listing-1")
    rule = register.read_entry(contract).reading
    leaning = rule.listing.title.model_copy(update={"pattern": "^[A-Z]owa.*"})  # of this advertisement's own title
    entry = register.read_entry(contract)
    changed = entry.model_copy(
        update={"reading": rule.model_copy(update={"listing": rule.listing.model_copy(update={"title": leaning})})}
    )
    monkeypatch.setattr(register, "read_entry", lambda _contract: changed)
    with pytest.raises(RecordingUnlike, match="lean on the markup"):
        recording.keep(page, contract)
    assert list(tmp_path.iterdir()) == []
