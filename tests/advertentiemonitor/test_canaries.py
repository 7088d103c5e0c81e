"""Numbers and sentences planted in listings are nowhere after the load (attack A6), and would be found if they were."""

import subprocess

import pytest

from warehouse import binaries
from warehouse.audit.brute_force import Haystack, needles_of_numbers, needles_of_texts, scan_files

from .conftest import DAYS, FIRST, NUMBERS, SENTENCES


@pytest.fixture(scope="module")
def haystack() -> Haystack:
    return Haystack({**needles_of_numbers(NUMBERS), **needles_of_texts(SENTENCES)})


def dump(installation) -> bytes:
    """The whole database as text, as a thief of a backup would have it."""
    command = [str(binaries.find() / "pg_dump"), installation.server.dsn("owner")]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_canaries_were_on_the_pages_that_were_crawled(job):
    """Without this the test below could pass on a market without canaries."""
    pages = [
        f"{ad.title}\n{ad.body}"
        for source in ("nl_kaartjes", "nl_gegevens", "nl_prikbord", "nl_rubriek")
        for number in range(DAYS)
        for ad in job.world.site(source).listings(FIRST.replace(day=FIRST.day + number))
    ]
    assert sum(any(sentence in page for page in pages) for sentence in SENTENCES) == len(SENTENCES)


def test_no_canary_is_left_anywhere(installation, haystack):
    hits, files = scan_files(haystack, [installation.settings.root, installation.server.data])
    assert hits == set()
    assert files > 500
    assert not haystack.scan("dump", dump(installation))


def test_a_canary_that_leaked_is_found(installation, haystack):
    """Positive control: the same search over the same places, one of them careless."""
    leak = installation.settings.root / "logs" / "careless.log"
    leak.write_text(f"cannot parse: {SENTENCES[3]} call 0{NUMBERS[5][3:]}")
    try:
        hits, _ = scan_files(haystack, [installation.settings.root])
    finally:
        leak.unlink()
    assert any(hit.form.startswith("planted text") for hit in hits)
    assert any(hit.form.startswith("number in plain") for hit in hits)
