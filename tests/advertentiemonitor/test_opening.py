"""open-data as an operator gives it: refused while the year lasts, once after it, and then files."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from advertentiemonitor import databases, publishing, stages
from advertentiemonitor.cli import app
from advertentiemonitor.errors import NoInstallation
from advertentiemonitor.settings import Settings
from reports.errors import NothingReleased
from spiders import register
from warehouse import db
from warehouse.audit import Evidence
from warehouse.errors import DatabaseFailed, DatabaseOlder
from warehouse.protection.errors import NothingToRelease, YearNotEnded
from warehouse.server import Server

COUNTS = """
INSERT INTO core.source VALUES ('een', 'een');
INSERT INTO core.crawl SELECT 'een', d, 'ok', '', 9, 9, 5, 5, 0, 0.97, 'v'
FROM generate_series(date '2026-07-06', date '2027-01-03', interval '1 day') AS d;
INSERT INTO est.identity_week
SELECT w::date + 6, w::date, 'GM0363', 'home', 90, '4'
FROM generate_series(date '2026-07-06', date '2026-12-28', interval '1 week') AS w;
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
    assert "Open data of 2026: released. Privacy budget: rho = 2.6 of 5.2." in done.stdout
    again = json.loads(call(state, "2027-02-01", "open-data", "release", "--year", 2026, "--json").stdout)
    assert (again["is_new"], again["weeks"]) == (False, {"not_estimated": 26, "released": 26})

    made = call(state, "2027-02-01", "open-data", "export", "--year", 2026, "--out", out)
    assert made.returncode == 0, made.stderr
    assert {Path(line).name for line in made.stdout.split()} == {path.name for path in out.iterdir()}
    assert "een verzonnen markt" in (out / "methode.md").read_text()


def test_an_older_database_is_said_to_be_older(state: Path) -> None:
    """Only where it is: what is asked may be wrong for other reasons."""
    settings = Settings(state=state)

    def ask(what: str) -> None:
        with databases.warehouse_as(settings, "analist") as conn:
            db.script(conn, what)

    missing = ("SELECT * FROM release.later", "SELECT later FROM release.area", "SELECT release.later()")
    for what in missing:
        with pytest.raises(DatabaseFailed, match=r"42P01|42703|42883"):
            ask(what)
    with Server(state) as server, db.connect(server.dsn("owner")) as owner:
        newest = owner.execute(
            b"DELETE FROM public.migration WHERE name = (SELECT max(name) FROM public.migration) RETURNING name, digest"
        ).fetchone()
        try:
            for what in missing:
                with pytest.raises(DatabaseOlder, match="older than this program"):
                    ask(what)
            with pytest.raises(DatabaseFailed, match="42601"):
                ask("SELECT FROM WHERE")
        finally:
            owner.execute(b"INSERT INTO public.migration (name, digest) VALUES (%s, %s)", newest)


def test_an_analyst_is_told_why_a_schema_is_closed(
    state: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(state))
    refused = CliRunner().invoke(app, ["psql", "-c", "SELECT * FROM core.listing"])
    assert refused.exit_code == 1
    assert "closed to every reader of figures" in refused.stderr
    assert "permission denied for schema core" in capfd.readouterr().err
    allowed = CliRunner().invoke(app, ["psql", "-Atc", "SELECT count(*) FROM volume_current"])
    assert (allowed.exit_code, allowed.stderr, capfd.readouterr().out) == (0, "", "0\n")


def test_nothing_released_is_not_exported(state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(state))
    out = tmp_path / "export"
    missing = CliRunner().invoke(app, ["export", "--out", str(out)])
    assert isinstance(missing.exception, NothingReleased)
    assert missing.exception.exit_code == 1
    assert CliRunner().invoke(app, ["export", "--out", str(out), "--day", "gisteren"]).exit_code == 2
    assert not out.exists()


def test_nothing_released_is_said_first(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(state))
    asked = CliRunner().invoke(app, ["tabulate", "--by", "municipality", "--from", "2026-10-12", "--to", "2026-10-18"])
    assert isinstance(asked.exception, NothingToRelease)
    assert asked.exception.exit_code == 1
    assert "nothing has been released yet" in str(asked.exception)
    monkeypatch.setattr(publishing, "NUMBERS_TRIED", 4)
    monkeypatch.setattr(publishing, "Evidence", partial(Evidence, trials=0))
    monkeypatch.setattr(publishing, "_kept", lambda *_: [])
    audited = CliRunner().invoke(app, ["audit"])
    assert audited.output.startswith("Nothing was released yet")
    assert "The ledger verifies" not in audited.output


def test_with_a_live_source_the_clock_is_the_real_one(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(state))
    monkeypatch.setenv("ADVERTENTIEMONITOR_MARKET_TODAY", "2992-02-01")
    asked = ["open-data", "release", "--year", "2990"]
    assert isinstance(CliRunner().invoke(app, asked).exception, NothingToRelease)
    live = next(name for name, entry in register.load().items() if entry.kind == "live")
    monkeypatch.setattr(stages, "sources", lambda _: [live])
    assert isinstance(CliRunner().invoke(app, asked).exception, YearNotEnded)


def test_without_an_installation_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADVERTENTIEMONITOR_STATE", str(tmp_path / "none"))
    refused = CliRunner().invoke(app, ["open-data", "release", "--year", "2026"])
    assert isinstance(refused.exception, NoInstallation)
    assert CliRunner().invoke(app, ["open-data", "release", "--year", "2025"]).exit_code == 2
    assert not (tmp_path / "none").exists()
