"""Logs stay of a bounded size while a process runs, and between two files nothing gets lost."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advertentiemonitor.airflow.piped_log import LOG_BYTES, PipedLog
from advertentiemonitor.airflow.processes import Group


def all_of(path: Path) -> bytes:
    """Everything that is kept, the oldest first."""
    others = sorted(path.parent.glob(f"{path.name}.*"), key=lambda each: -int(each.suffix[1:]))
    return b"".join(each.read_bytes() for each in (*others, path) if each.exists())


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=40), st.integers(1, 500))
def test_all_is_kept_in_order_as_far_as_there_is_place(tmp_path_factory, chunks, limit):
    path = tmp_path_factory.mktemp("log") / "a.log"
    log = PipedLog(path, limit=limit, kept=3)
    for chunk in chunks:
        os.write(log.pipe, chunk)
        log.pump()
    os.close(log.pipe)
    log.pump()
    os.close(log.source)
    assert log.is_over
    said, kept = b"".join(chunks), all_of(path)
    assert said.endswith(kept)
    files = list(path.parent.iterdir())
    assert len(files) <= 4
    assert all(each.stat().st_size < limit + 300 for each in files)
    assert len(kept) == len(said) or len(kept) >= 3 * limit


def test_a_command_that_talks_a_lot_loses_no_line(tmp_path):
    """Through the real guardian, past the end of one file."""
    lines = LOG_BYTES // 1000 + 1000
    script = f"for n in range({lines}): print(f'{{n:0999d}}')"
    command = {"talker": [sys.executable, "-c", script]}
    with Group(command, env={"PATH": os.environ["PATH"]}, logs=tmp_path, folder=tmp_path) as running:
        until = time.monotonic() + 60
        while running.ended() is None:
            assert time.monotonic() < until
            time.sleep(0.05)
    assert [int(line) for line in all_of(tmp_path / "talker.log").split()] == list(range(lines))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["talker.log", "talker.log.1"]
    assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}


def test_a_log_that_somebody_took_away_comes_back(tmp_path):
    log = PipedLog(tmp_path / "a.log")
    for text in (b"one", b"two"):
        os.write(log.pipe, text)
        log.pump()
        assert (tmp_path / "a.log").read_bytes() == text
        (tmp_path / "a.log").unlink()
    for end in (log.pipe, log.source):
        os.close(end)


def test_a_full_disk_stops_nobody(tmp_path):
    """/dev/full takes nothing: what runs goes on, and is read to its end."""
    if not Path("/dev/full").exists():
        pytest.skip("NOT TESTED: a log on a full disk, for there is no /dev/full")
    (tmp_path / "a.log").symlink_to("/dev/full")
    log = PipedLog(tmp_path / "a.log")
    writer = subprocess.Popen([sys.executable, "-c", "print('x' * 200_000)"], stdout=log.pipe)
    os.close(log.pipe)
    until = time.monotonic() + 20
    while not log.is_over:
        assert time.monotonic() < until
        log.pump()
    assert writer.wait() == 0
    os.close(log.source)
