"""calibrate as an operator gives it: what is entered, what is refused, what is shown."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from warehouse import calibration, db
from warehouse.estimates.capture_recapture import DELTA
from warehouse.server import Server

TODAY = date(2026, 11, 25)
WEEK = date(2026, 11, 16)
SHARES = "sample_number,weight_share\n" + "".join(f"{n},{0.5 if n % 3 == 0 else 1}\n" for n in range(150))
LAGS = "source_code,mean_days,standard_error,sample_count\nnl_rubriek,2.0,0.4,80\n"
COUNTS = "week_start,area_code,a,b,outreach,count\n"
ROWS = "2026-11-16,GM0153,1,0,0,20\n2026-11-16,GM0153,1,0,1,10\n2026-11-16,GM0153,0,0,1,9\n"


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    """An installation with two source groups and one week estimated."""
    base = Path(tempfile.mkdtemp(prefix="admon-calibrating-"))
    base.chmod(0o711)
    folder = base / "state"
    assert call(folder, "init").returncode == 0
    with Server(folder) as server, db.connect(server.dsn("owner")) as conn:
        conn.execute("INSERT INTO core.source VALUES ('x', 'a'), ('y', 'b')")
        conn.execute(
            "INSERT INTO est.volume (vintage_date, period_code, period_start_date, area_code, setting_code, overlap, "
            "identity_count, largest_share, source_group_count, completeness_share, warnings, models, cell_number, "
            "estimator_version, seed) VALUES ('2026-11-22', 'week', %s, 'GM0153', 'all', %s, 30, 0, 2, 1, '{}', '{}', 0, "
            "'2', 1)",
            [WEEK, db.Json({"a": 30})],
        )
        yield folder
    Server(folder).stop()
    shutil.rmtree(base)


def call(state: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "ADVERTENTIEMONITOR_STATE": str(state),
        "ADVERTENTIEMONITOR_MARKET_TODAY": str(TODAY),
        "NO_COLOR": "1",
    }
    program = [sys.executable, "-P", "-c", "from advertentiemonitor.cli import main; main()", *map(str, arguments)]
    return subprocess.run(program, env=environment, capture_output=True, text=True, timeout=120, check=False)


def kept(state: Path) -> tuple[int, int]:
    with Server(state) as server, db.connect(server.dsn("owner")) as conn:
        return len(calibration.valid_on(conn, TODAY)), len(calibration.external_on(conn, WEEK))


@pytest.mark.full
def test_from_nothing_to_calibrated(state, tmp_path):
    (tmp_path / "shares.csv").write_text(SHARES)
    (tmp_path / "lags.csv").write_text(LAGS)
    (tmp_path / "counts.csv").write_text(COUNTS + ROWS)
    entered = call(state, "calibrate", "identities", tmp_path / "shares.csv", "--date", "2026-11-20")
    assert (entered.returncode, entered.stderr) == (0, "")
    assert entered.stdout == "Kappa 0.833, standard error 0.019, 150 identities, 2026-11-20: entered.\n"
    lags = call(state, "calibrate", "ghosts", tmp_path / "lags.csv", "--date", "2026-11-01")
    assert lags.stdout.startswith("1 of 1 ghost lags entered"), lags.stderr
    counts = call(state, "calibrate", "external", tmp_path / "counts.csv")
    assert counts.stdout.startswith("1 of 1 tables entered"), counts.stderr

    after = json.loads(call(state, "calibrate", "status", "--json").stdout)
    rows = {(row["kind"], row["source"]): row for row in after["audits"]}
    kappa, lag = rows["kappa", None], rows["ghost_lag", "nl_rubriek"]
    assert (kappa["age_days"], kappa["days_left"], kappa["label"], kappa["sample_count"]) == (5, 115, None, 150)
    assert (lag["age_days"], lag["point"]) == (24, 2.0)
    assert all(row["label"] == "not_calibrated" for row in rows.values() if row not in (kappa, lag))
    assert after["external_lists"] == [{"list_name": "outreach", "cells": 1, "latest": "2026-11-16"}]
    assert after["hidden"] == {"weeks": 0, "judged": 0, "covered": 0, "alarm": False}
    assert after["delta"] == DELTA
    table = call(state, "calibrate", "status").stdout
    assert "not_calibrated" in table
    assert "outreach" in table
    assert kept(state) == (2, 1)


@pytest.mark.parametrize(
    ("command", "text", "code", "problem"),
    [
        ("identities", SHARES + "150,veel\n", 2, "line 152: weight_share"),
        ("ghosts", LAGS + "nl_onbekend,1,1,80\n", 2, "line 3: source_code"),
        ("external", COUNTS.replace("b,", "naam,") + ROWS, 3, "line 1: 1 columns before the list"),
        ("external", COUNTS + ROWS + "2026-11-16,GM0153,1,1,0,31\n", 3, "at least 17 of 30 identities"),
    ],
)
def test_what_cannot_be_right_is_refused_and_changes_nothing(state, tmp_path, command, text, code, problem):
    path = tmp_path / "file.csv"
    path.write_text(text)
    before = kept(state)
    dated = () if command == "external" else ("--date", "2026-11-20")
    done = call(state, "calibrate", command, path, *dated)
    assert (done.returncode, done.stdout) == (code, "")
    assert problem in done.stderr
    assert "Traceback" not in done.stderr
    assert kept(state) == before


def test_an_audit_is_of_a_day_that_has_been(state, tmp_path):
    (tmp_path / "shares.csv").write_text(SHARES)
    done = call(state, "calibrate", "identities", tmp_path / "shares.csv", "--date", "2026-11-26")
    assert done.returncode == 2
    assert "yet to come" in done.stderr
