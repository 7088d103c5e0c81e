"""policy as an operator gives it: events listed and entered, an effect or the name of why there is none."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from advertentiemonitor.commands.policies import _effect, _plan
from warehouse import db, policy
from warehouse.estimates.counterfactual import Panel
from warehouse.estimates.policy import Placebos, Plan
from warehouse.policy_cases import Case
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


@pytest.mark.full
def test_events_are_listed_entered_and_judged(state):
    told = json.loads(call(state, "policy", "list", "--json").stdout)
    assert {(one["area_code"], one["event_date"]) for one in told} >= {("GM0402", "2023-03-08"), ("GM0855", None)}

    arguments = ("policy", "add", "hengelo", "--what", "Vergunning", "--source", "Raad", "--date", "2026-09-01")
    entered = call(state, *arguments, "--direction", "tightened")
    assert (entered.returncode, entered.stdout) == (0, "Hengelo (GM0164), 2026-09-01: entered.\n"), entered.stderr
    assert call(state, *arguments).stdout == "Hengelo (GM0164), 2026-09-01: known already.\n"
    table = call(state, "policy", "list").stdout
    assert "Vergunning" in table
    assert "onbekend" in table
    assert "GM0164" in table

    # There are no figures yet: no effect, by name, and that is kept.
    done = call(state, "policy", "effect", "Hengelo")
    assert done.returncode == 3
    assert "Aantal aanbieders: geen betrouwbaar cijfer: er zijn nog te weinig perioden om mee te verg" in done.stdout
    as_json = call(state, "policy", "effect", "GM0164", "--json")
    assert as_json.returncode == 3
    effects = json.loads(as_json.stdout)["effects"]
    assert [one["outcome_code"] for one in effects] == ["all", "home", "club", "escort"]
    assert {one["refusal_code"] for one in effects} == {"too_few_periods"}
    assert {tuple(one["models"]["other_events"]) for one in effects} == {()}

    # A second event on the same date has a number of its own, and each names the other.
    more = policy.Event(None, "GM0164", date(2026, 9, 1), "day", "Meer toezicht", "other", "Raad")
    with Server(state) as server, db.connect(server.dsn("owner")) as conn:
        assert policy.enter(conn, more)
        number = next(one.policy_event_id for one in policy.events(conn) if one.event_name == more.event_name)
    done = call(state, "policy", "effect", "Hengelo", "--event", number)
    assert done.returncode == 3
    assert "andere gebeurtenissen in dit venster: 2026-09-01: Vergunning." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("effect", "Assen"), 3, "known to the year only"),
        (("effect", "Tilburg"), 3, "not known"),
        (("effect", "Hilversum", "--date", "2023-03-09"), 2, "there is one on 2023-03-08"),
        (("effect", "Hilversem"), 2, "Perhaps Hilversum"),
        (("effect", "Hilversum", "--day", "2026-11-26"), 2, "Write a day up to 2026-11-25"),
        (("add", "Assen", "--what", "x", "--source", "y", "--date", "9999-12-31"), 2, "1990-01-01 to 2031-11-25"),
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


FOUND = policy.Told(
    1, date(2026, 11, 22), "all", "GM0153", 52, 26, ["GM0363"], ["GM0164", "GM0141"], 0.7, 1.4, 0.6, 0.45, 0.8, True, 240, 3,
    1.1, -32.0, -41.0, -18.0, 1.9, -9.0, 12.0, 0.06, -0.4, 0.5, "decline", None, {}, "1", 1,
)  # fmt: skip


def test_an_effect_in_plain_dutch():
    assert _effect(FOUND) == (
        "Aantal aanbieders: aantoonbaar effect: 40% minder dan we verwachtten (95%: 55% minder tot 20% minder), "
        "-30 aanbieders (95%: -40 tot -20, op vijftallen). 3 van 240 proefdata en proefgebieden weken zo ver af.\n"
        "Buurgemeenten samen: 0 aanbieders (95%: -10 tot +10, op vijftallen).\n"
        "Er zijn minder aanbieders. Dat zij allemaal naar de buurgemeenten waarvan we cijfers hebben (Hengelo en Almelo) "
        "gingen, is niet aannemelijk. Dat een deel dat deed, is niet aangetoond. "
        "Duitsland en kleine gemeenten tellen niet mee."
    )


@pytest.mark.parametrize("verdict", ["growth", "displacement", "both"])
def test_each_verdict_names_the_neighbours_and_who_is_left_out(verdict):
    said = _effect(replace(FOUND, verdict_code=verdict)).splitlines()[-1]
    assert "(Hengelo en Almelo)" in said
    assert "niet aannemelijk" in said
    assert said.endswith("Duitsland en kleine gemeenten tellen niet mee.")


def test_where_nothing_is_demonstrable_that_is_said_first():
    ends = {"ratio_value": 0.998, "lower_ratio_value": 0.8, "upper_ratio_value": 1.25, "verdict_code": "cannot_tell"}
    none = replace(FOUND, is_demonstrable=False, placebo_count=0, beyond_count=0, **ends)
    assert _effect(none) == (
        "Aantal aanbieders: geen aantoonbaar effect. Gemeten: geen verschil met wat we verwachtten (95%: 20% minder tot 25% meer)."
    )


def test_odds_are_told_of_each_hundred_others():
    assert _effect(replace(FOUND, outcome_code="home", verdict_code=None)) == (
        "Thuiswerk in de regio: aantoonbaar effect: 40% minder dan we verwachtten "
        "(95%: 55% minder tot 20% minder) op elke 100 andere aanbieders. 3 van 240 proefdata en proefgebieden weken zo ver af."
    )


def test_a_refusal_is_told_in_words():
    refused = replace(FOUND, refusal_code="too_few_comparators", ratio_value=None)
    assert _effect(refused) == (
        "Aantal aanbieders: geen betrouwbaar cijfer: er zijn te weinig gemeenten om mee te vergelijken."
    )


def test_what_could_be_told_in_plain_dutch():
    panel = Panel(np.zeros((6, 13)), np.ones((6, 13)), np.ones(6), 4)
    plan = Plan(13, 6, 1, np.ones(1), Placebos(0, 0.0, 1.0), float(np.log(1.25)))
    case = Case("home", "CR12", panel, list("abcde"), [], 13, 13, 0.0, "", plan, None)
    assert _plan(case) == (
        "Thuiswerk in de regio: vooraf bepaald dat na 24 weken een daling van 20% of meer en een stijging van 25% of meer "
        "op elke 100 andere aanbieders te zien is (kans 80%, vals alarm 5%), tegen 5 vergelijkbare gebieden."
    )
