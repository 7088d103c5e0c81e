"""Recorded pages: every source has them, and nobody can forget to read what they read as."""

import json
import shutil

import pytest

from spiders import recording, register
from spiders.errors import RecordingUnread
from warehouse.records import Listing

SOURCES = sorted(name for name, entry in register.load().items() if entry.enabled)


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_that_runs_has_recorded_pages_of_both_kinds(name):
    callbacks = {recording.load(folder).callback for folder in recording.recorded(name)}
    assert callbacks == set(recording.CALLBACKS)


@pytest.mark.parametrize("name", SOURCES)
def test_a_listing_never_shows_its_content(name):
    for folder in recording.recorded(name):
        found = recording.read(register.spider_class(name), recording.load(folder))
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
