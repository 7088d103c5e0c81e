import errno
import os
import resource
import signal
import subprocess
import sys
import tempfile
import textwrap
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.errors import SpoolCorrupt, StorageFull
from warehouse.records import Listing, Presence
from warehouse.sealed import CHUNK_BYTES, SealedWriter
from warehouse.spool import KIND, RECORD_BYTES, SpoolWriter, read

KEY, OTHER = b"k" * 32, b"o" * 32
TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)  # lone surrogates too
LISTING = st.builds(
    Listing,
    source=TEXT,
    listing_id=TEXT,
    title=TEXT,
    body=TEXT,
    place=st.none() | TEXT,
    contact=st.none() | TEXT,
    category=st.none() | TEXT,
    posted_date=st.none() | st.dates(),
)
RECORDS = st.lists(LISTING | st.builds(Presence, source=TEXT, listing_id=TEXT), max_size=20)
BIG = Listing("a", "1", "t", "b" * 100_000)


def write(path: Path, records, key: bytes = KEY) -> Path:
    with SpoolWriter(path, key) as sink:
        for record in records:
            sink.write(record)
    return path


@settings(deadline=None)
@given(RECORDS)
def test_what_goes_in_comes_out(records):
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder, "day.spool"), records)
        assert list(read(path, KEY)) == records
        assert os.listdir(folder) == ["day.spool"]  # noqa: PTH208


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 60, CHUNK_BYTES, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 1])
def test_sizes_around_a_chunk(tmp_path, size):
    records = [Listing("a", "1", "", "é" * (size // 2)), Presence("a", "2")]
    assert list(read(write(tmp_path / "x", records), KEY)) == records


def test_an_empty_crawl_is_a_whole_file(tmp_path):
    assert list(read(write(tmp_path / "x", []), KEY)) == []


def test_nothing_is_ever_in_plain(tmp_path):
    secret = "+31620000042 Voorbeeldtekst die nergens mag staan"
    with SpoolWriter(tmp_path / "x", KEY) as sink:
        for number in range(2_000):
            sink.write(Listing("a", f"id-{number}", secret, secret * 3))
        part = next(tmp_path.iterdir())
        assert part.name.endswith(".part")
        assert b"Voorbeeldtekst" not in part.read_bytes()
        assert part.stat().st_mode & 0o077 == 0
    content = (tmp_path / "x").read_bytes()
    assert b"Voorbeeldtekst" not in content
    assert b"20000042" not in content
    assert b"id-1" not in content


@settings(max_examples=60)
@given(st.data())
def test_any_change_is_found(data):
    records = [BIG, Presence("a", "2"), BIG]
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder, "x"), records)
        content = path.read_bytes()
        place = data.draw(st.integers(0, len(content) - 1))
        kind = data.draw(st.sampled_from(["flip", "cut", "remove", "insert", "append"]))
        if kind == "flip":
            changed = bytearray(content)
            changed[place] ^= 1 << data.draw(st.integers(0, 7))
            content = bytes(changed)
        elif kind == "cut":
            content = content[:place]
        elif kind == "remove":
            content = content[:place] + content[place + 1 :]
        elif kind == "insert":
            content = content[:place] + b"\0" + content[place:]
        else:
            content += b"x" * data.draw(st.integers(1, 40))
        path.write_bytes(content)
        with pytest.raises(SpoolCorrupt):
            list(read(path, KEY))


def test_parts_cannot_be_left_out_swapped_or_doubled(tmp_path):
    content = write(tmp_path / "x", [BIG, BIG]).read_bytes()
    head = len(content) - 4 * 16 - len(b"".join(_plain(tmp_path / "x")))
    size = CHUNK_BYTES + 16
    parts = [content[start : start + size] for start in range(head, len(content), size)]
    assert len(parts) == 4
    for other in ([0, 1, 3], [1, 0, 2, 3], [0, 1, 1, 2, 3], [0, 1, 2], [0, 1, 2, 3, 3]):
        (tmp_path / "y").write_bytes(content[:head] + b"".join(parts[number] for number in other))
        with pytest.raises(SpoolCorrupt):
            list(read(tmp_path / "y", KEY))


def _plain(path: Path) -> list[bytes]:
    from warehouse.sealed import chunks

    return list(chunks(path, KEY, "spool"))


def test_another_key_or_kind_opens_nothing(tmp_path):
    path = write(tmp_path / "x", [BIG])
    with pytest.raises(SpoolCorrupt) as caught:
        list(read(path, OTHER))
    assert "bbb" not in str(caught.value)
    from warehouse.sealed import chunks

    with pytest.raises(SpoolCorrupt):
        list(chunks(path, KEY, "seen"))


def test_two_files_of_the_same_records_differ(tmp_path):
    assert write(tmp_path / "x", [BIG]).read_bytes() != write(tmp_path / "y", [BIG]).read_bytes()


def test_an_exception_leaves_no_file(tmp_path):
    class Stop(Exception):
        pass

    write(tmp_path / "x", [Presence("a", "1")])
    with pytest.raises(Stop), SpoolWriter(tmp_path / "x", KEY) as sink:  # noqa: PT012
        sink.write(BIG)
        raise Stop
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert list(read(tmp_path / "x", KEY)) == [Presence("a", "1")]


def test_a_killed_writer_leaves_an_encrypted_part_that_the_next_removes(tmp_path):
    script = textwrap.dedent(
        f"""
        import os, signal
        from pathlib import Path
        from warehouse.records import Listing
        from warehouse.spool import SpoolWriter
        with SpoolWriter(Path({str(tmp_path / "x")!r}), {KEY!r}) as sink:
            for number in range(10_000):
                sink.write(Listing("a", str(number), "Voorbeeldtekst", "Voorbeeldtekst" * 20))
                if number == 5_000:
                    os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    result = subprocess.run([sys.executable, "-c", script], check=False)
    assert result.returncode == -signal.SIGKILL
    (part,) = tmp_path.iterdir()
    assert part.name == ".x.part"
    assert b"Voorbeeldtekst" not in part.read_bytes()
    write(tmp_path / "x", [Presence("a", "1")])
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_full_disk_has_a_name_and_leaves_nothing(tmp_path):
    """A limit on the size of files stands in for a full disk: the write fails in the same place."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
        with pytest.raises(StorageFull, match="Free some space"):
            write(tmp_path / "x", [BIG] * 20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_has_a_name(tmp_path):
    with pytest.raises(StorageFull, match=os.strerror(errno.ENOENT)):
        write(tmp_path / "none" / "x", [])


def test_dates_and_fields_keep_their_type(tmp_path):
    listing = Listing("a", "1", "t", "b", None, "c", "d", date(2026, 10, 12))
    (back,) = read(write(tmp_path / "x", [listing]), KEY)
    assert back == listing
    assert isinstance(back.posted_date, date)


@pytest.mark.parametrize(("more", "is_read"), [(0, True), (1, False)])
def test_a_record_larger_than_any_page_makes_it_is_refused(tmp_path, more, is_read):
    """Who has the key of collecting could otherwise fill the memory of who reads."""
    path = tmp_path / "2026-10-12.spool"
    begun, ended = b'["P","nl_bord","', b'"]'
    with SealedWriter(path, KEY, KIND) as file:
        file.append(begun + b"x" * (RECORD_BYTES - len(begun + ended) + more) + ended + b"\n")
    if is_read:
        assert len(list(read(path, KEY))) == 1
    else:
        with pytest.raises(SpoolCorrupt, match="larger than a page"):
            list(read(path, KEY))
