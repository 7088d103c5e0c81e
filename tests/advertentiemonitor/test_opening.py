"""open-data as an operator gives it: refused while the year lasts, once after it, and then files."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from advertentiemonitor.cli import app
from advertentiemonitor.errors import NoInstallation
from warehouse import db
from warehouse.server import Server

COUNTS = """
INSERT INTO core.source VALUES ('een', 'een');
INSERT INTO core.crawl SELECT 'een', d, 'ok', '', 9, 9, 5, 5, 0, 0.97, 'v'
FROM generate_series(date '2026-10-12', date '2026-10-25', interval '1 day') AS d;
INSERT INTO est.identity_week
SELECT w::date + 6, w::date, 'GM0363', 'home', 90, '4'
FROM generate_series(date '2026-10-12', date '2026-10-19', interval '1 week') AS w;
"""


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    base = Path(tempfile.mkdtemp(prefix="admon-open-"))
    base.chmod(0o711)
    folder = base / "state"
    assert call(folder, "2026-12-31", "init").returncode == 0
    with Server(folder) as server, db.connect(server.dsn("owner")) as conn:
        db.script(conn, COUNTS)
        yield folder
    Server(folder).stop()
    shutil.rmtree(base)


def call(state: Path, today: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "ADVERTENTIEMONITOR_STATE": str(state),
        "ADVERTENTIEMONITOR_MARKET_TODAY": today,
        "NO_COLOR": "1",
    }
    program = [sys.executable, "-P", "-c", "from advertentiemonitor.cli import main; main()", *map(str, arguments)]
    return subprocess.run(program, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.full
def test_a_year_from_release_to_files(state: Path, tmp_path: Path) -> None:
    out = tmp_path / "open"
    early = call(state, "2026-12-31", "open-data", "release", "--year", 2026)
    assert early.returncode == 3
    assert "The last week of 2026 ends on 2027-01-03" in early.stderr
    missing = call(state, "2027-02-01", "open-data", "export", "--year", 2026, "--out", out)
    assert (missing.returncode, out.exists()) == (1, False)
    assert "have not been released" in missing.stderr

    done = call(state, "2027-02-01", "open-data", "release", "--year", 2026)
    assert done.returncode == 0, done.stderr
    assert "Open data of 2026: released. Privacy budget: rho = 0.2 of 5.2." in done.stdout
    again = json.loads(call(state, "2027-02-01", "open-data", "release", "--year", 2026, "--json").stdout)
    assert (again["is_new"], again["weeks"]) == (False, {"not_estimated": 50, "released": 2})

    made = call(state, "2027-02-01", "open-data", "export", "--year", 2026, "--out", out)
    assert made.returncode == 0, made.stderr
    assert {Path(line).name for line in made.stdout.split()} == {path.name for path in out.iterdir()}
    assert "een verzonnen markt" in (out / "methode.md").read_text()


def test_without_an_installation_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(tmp_path / "none"))
    refused = CliRunner().invoke(app, ["open-data", "release", "--year", "2026"])
    assert isinstance(refused.exception, NoInstallation)
    assert CliRunner().invoke(app, ["open-data", "release", "--year", "2025"]).exit_code == 2
    assert not (tmp_path / "none").exists()
