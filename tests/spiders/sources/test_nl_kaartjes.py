"""Kaartjes reads its recorded pages as a person read them."""

import pytest

from spiders.recording import assert_reads_as_recorded, recorded

NAME = "nl_kaartjes"


@pytest.mark.parametrize("folder", recorded(NAME), ids=lambda folder: folder.name)
def test_page_reads_as_recorded(folder):
    assert_reads_as_recorded(NAME, folder)
