"""policy as an operator gives it: events listed and entered, an effect or the name of why there is none."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse import db, policy
from warehouse.server import Server

TODAY = "2026-11-25"


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    base = Path(tempfile.mkdtemp(prefix="admon-policies-"))
    base.chmod(0o711)
    folder = base / "state"
    assert call(folder, "init").returncode == 0
    with Server(folder):
        yield folder
    Server(folder).stop()
    shutil.rmtree(base)


def call(state: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "ADVERTENTIEMONITOR_STATE": str(state),
        "ADVERTENTIEMONITOR_MARKET_TODAY": TODAY,
        "NO_COLOR": "1",
    }
    program = [sys.executable, "-P", "-c", "from advertentiemonitor.cli import main; main()", *map(str, arguments)]
    return subprocess.run(program, env=environment, capture_output=True, text=True, timeout=120, check=False)


def kept(state: Path) -> int:
    with Server(state) as server, db.connect(server.dsn("owner")) as conn:
        return len(policy.events(conn))


def test_events_are_listed_entered_and_judged(state):
    told = json.loads(call(state, "policy", "list", "--json").stdout)
    assert {(one["area_code"], one["event_date"]) for one in told} >= {("GM0402", "2023-03-08"), ("GM0855", None)}

    arguments = ("policy", "add", "hengelo", "--what", "Vergunning", "--source", "Raad", "--date", "2026-09-01")
    entered = call(state, *arguments, "--direction", "tightened")
    assert (entered.returncode, entered.stdout) == (0, "Hengelo, 2026-09-01: entered.\n"), entered.stderr
    assert call(state, *arguments).stdout == "Hengelo, 2026-09-01: known already.\n"
    table = call(state, "policy", "list").stdout
    assert "Vergunning" in table
    assert "onbekend" in table

    # There are no figures yet: no effect, by name, and that is kept.
    done = call(state, "policy", "effect", "Hengelo")
    assert done.returncode == 3
    assert "Aantal aanbieders: geen betrouwbaar cijfer (too_few_periods)." in done.stdout
    as_json = call(state, "policy", "effect", "GM0164", "--json")
    assert as_json.returncode == 3
    effects = json.loads(as_json.stdout)["effects"]
    assert [one["outcome_code"] for one in effects] == ["all", "home", "club", "escort"]
    assert {one["refusal_code"] for one in effects} == {"too_few_periods"}


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("effect", "Assen"), 3, "known to the year only"),
        (("effect", "Tilburg"), 3, "not known"),
        (("effect", "Hilversum", "--date", "2023-03-09"), 2, "there is one on 2023-03-08"),
        (("effect", "Hilversem"), 2, "Perhaps Hilversum"),
        (("add", "Assen", "--what", "x", "--source", "y", "--date", "maart"), 2, "is not a date"),
        (("add", "Assen", "--what", "x", "--source", "y", "--direction", "strenger"), 2, "is not a direction"),
        (("add", "Assen", "--what", " ", "--source", "y"), 2, "--what has 0 characters"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(state, arguments, code, problem):
    before = kept(state)
    done = call(state, "policy", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert problem in done.stderr
    assert "Traceback" not in done.stderr
    assert kept(state) == before
