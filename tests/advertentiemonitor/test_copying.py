"""retention, backup, restore and dictionary as an operator gives them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.server import Server

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    """A folder that the server's user can pass through, with an installation in it."""
    folder = Path(tempfile.mkdtemp(prefix="admon-copying-"))
    folder.chmod(0o711)
    assert call(folder / "state", "init").returncode == 0
    yield folder
    for state in ("state", "new"):
        Server(folder / state).stop()
    shutil.rmtree(folder)


def call(state: Path, *arguments: str, today: str = "2026-10-14") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "ADVERTENTIEMONITOR_STATE": str(state),
        "ADVERTENTIEMONITOR_BACKUPS": str(state.parent / "kept"),
        "ADVERTENTIEMONITOR_MARKET_TODAY": today,
        "NO_COLOR": "1",
    }
    program = [sys.executable, "-P", "-c", "from advertentiemonitor.cli import main; main()", *arguments]
    return subprocess.run(program, env=environment, capture_output=True, text=True, timeout=300, check=False)


def test_retention_says_what_went_and_what_is_left(base):
    done = call(base / "state", "retention", "run", "--json")
    assert done.returncode == 0, done.stderr
    lines = {line["kind"]: line for line in json.loads(done.stdout)["lines"]}
    assert {"sighting", "listing_version", "spool file", "seen snapshot", "backup", "log archive"} <= lines.keys()
    assert lines["sighting"] == {
        "kind": "sighting", "gone": 0, "left": 0, "oldest": None, "rule": "23 weeks", "next_date": None
    }  # fmt: skip
    table = call(base / "state", "retention", "run")
    assert table.returncode == 0
    assert "listing_version" in table.stdout
    assert "23 weeks" in table.stdout


@pytest.mark.full
def test_retention_refuses_a_clock_that_cannot_be_right_until_somebody_says_so(base):
    state = base / "clock"
    try:
        assert call(state, "init").returncode == 0
        assert call(state, "retention", "run").returncode == 0
        for today in ("2026-10-13", "2026-12-24"):
            refused = call(state, "retention", "run", today=today)
            assert refused.returncode == 3
            assert f"--today {today}" in refused.stderr
        wrong = call(state, "retention", "run", "--today", "2026-12-25", today="2026-12-24")
        assert wrong.returncode == 2
        said = call(state, "retention", "run", "--today", "2026-12-24", today="2026-12-24")
        assert said.returncode == 0, said.stderr
        assert call(state, "retention", "run", today="2026-12-25").returncode == 0
    finally:
        Server(state).stop()


def test_the_dictionary_is_printed_as_it_is_committed(base):
    page = call(base / "state", "dictionary")
    assert page.returncode == 0, page.stderr
    assert page.stdout == (ROOT / "docs/data-dictionary.md").read_text()
    assert call(base / "state", "dictionary", "--json").stdout == (ROOT / "datapackage.json").read_text()


@pytest.mark.full
def test_a_backup_is_made_and_brought_back(base, monkeypatch):
    monkeypatch.setenv("ADVERTENTIEMONITOR_SMTP_HOST", "post.gemeente.example")
    made = call(base / "state", "backup")
    assert made.returncode == 0, made.stderr
    assert "Backup made" in made.stdout
    assert "The keys are not in it" in made.stdout
    new = base / "new"
    new.mkdir(mode=0o711)
    missing = call(new, "restore")
    assert missing.returncode == 1
    assert "db-admin" in missing.stderr
    shutil.copytree(base / "state/keys", new / "keys")
    assert call(new, "restore", "--at", "gisteren").returncode == 2
    too_early = call(new, "restore", "--at", "2020-01-01 00:00")
    assert too_early.returncode == 1
    assert "no backup" in too_early.stderr
    done = call(new, "restore")
    assert done.returncode == 0, done.stderr
    assert "Restored" in done.stdout
    assert "may go out again" in done.stdout  # mail: the ledger is that of then
    again = call(new, "restore")
    assert again.returncode == 3
    assert "There is a database in" in again.stderr
    assert call(new, "retention", "run").returncode == 0
