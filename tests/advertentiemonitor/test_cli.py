"""The command line as its users meet it: exit codes, JSON, and one sentence that says what to do."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from warehouse.server import Server

TABLE = "a,b,c,count\n1,0,0,40\n0,1,0,30\n0,0,1,25\n1,1,0,12\n1,0,1,10\n0,1,1,8\n1,1,1,4\n"


def call(*arguments: str, state: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ADVERTENTIEMONITOR_STATE": str(state), "NO_COLOR": "1", "TERM": "dumb"}
    program = [sys.executable, "-c", "from advertentiemonitor.cli import main; main()"]
    return subprocess.run(
        [*program, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    told = "import sys; from advertentiemonitor import cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert not {"airflow", "spacy", "scrapy", "numpy", "psycopg", "django"} & set(loaded)
    assert call("--help", state=tmp_path).returncode == 0


def test_estimate_prints_json_with_the_agreed_fields(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text(TABLE)
    done = call("estimate", "volume", str(table), "--json", state=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {"floor", "point", "lower", "upper", "coverage", "models"} <= told.keys()
    assert 129 <= told["lower"] <= told["point"] <= told["upper"]
    assert (told["observed"], told["lists"], told["seed"]) == (129, ["a", "b", "c"], 1)
    assert {"name", "point", "lower", "upper", "note"} == told["beside"][0].keys()
    done = call("estimate", "volume", str(table), "--model", "loglinear", "--terms", "a:b", state=tmp_path)
    assert "profile lower 95 %" in done.stdout
    assert "never in its place" in done.stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [("a,b,c,count\n1,0,0,many\n", "2"), ("nothing\n", "header"), ("", "")],
    ids=["not a number", "no lists", "empty"],
)
def test_a_table_that_cannot_be_read_is_wrong_use(tmp_path: Path, content: str, told: str) -> None:
    table = tmp_path / "table.csv"
    table.write_text(content)
    done = call("estimate", "volume", str(table), state=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_read_gives_facts_and_never_text_or_numbers(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(
        json.dumps(
            {"id": "x1", "title": "Massage", "body": "Ontvang thuis in Enschede, bel 06 2000 1234", "place": None}
        )
    )
    done = call("read", str(file), "--json", state=tmp_path)
    assert done.returncode == 0, done.stderr
    fact = json.loads(done.stdout)
    assert fact["id"] == "x1"
    assert fact["places"][0]["area_code"] == "GM0153"
    assert fact["setting"] == "home"
    assert len(fact["contact_pseudonyms"]) == 1
    for leak in ("2000", "Ontvang", "Massage"):
        assert leak not in done.stdout


def test_a_bad_line_is_named_by_its_number_only(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"id": "a", "body": "x"}\n{"geheim": 06 2000 1234}\n')
    done = call("read", str(file), state=tmp_path)
    assert done.returncode == 2
    assert "2" in done.stderr
    assert "geheim" not in done.stderr


def test_a_day_that_has_passed_is_refused_by_rule(tmp_path: Path) -> None:
    done = call("run", "--day", "2026-10-12", "--source", "nl_kaartjes", state=tmp_path)
    assert done.returncode == 3
    assert "cannot be crawled" in done.stderr


def test_an_unknown_source_and_a_bad_day_are_wrong_use(tmp_path: Path) -> None:
    assert call("run", "--day", "2026-10-12", "--source", "nl_niets", state=tmp_path).returncode == 2
    assert call("run", "--day", "gisteren", state=tmp_path).returncode == 2


def test_doctor_names_the_remedy(tmp_path: Path) -> None:
    done = call("doctor", state=tmp_path / "none")
    assert done.returncode == 1
    assert "init" in done.stdout


def test_sources_are_listed_and_the_synthetic_ones_may_run(tmp_path: Path) -> None:
    listed = json.loads(call("sources", "list", "--json", state=tmp_path).stdout)
    assert {"nl_kaartjes", "nl_gegevens", "nl_prikbord", "nl_rubriek"} <= {entry["name"] for entry in listed}
    assert call("sources", "check", "nl_kaartjes", state=tmp_path).returncode == 0


def test_init_makes_what_is_missing_once_and_a_missing_key_is_named(tmp_path: Path) -> None:
    state = tmp_path / "state"
    try:
        assert "keys" in call("init", state=state).stdout
        assert "complete already" in call("init", state=state).stdout
        assert call("doctor", state=state).returncode == 0
        (state / "keys" / "record.key").unlink()
        done = call("doctor", state=state)
        assert done.returncode == 1
        assert "record.key" in done.stdout
    finally:
        Server(state).destroy()  # as root its data may lie outside the state folder


def test_a_read_only_state_folder_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    done = call("init", state=blocked / "state")
    assert done.returncode == 1
    assert "ADVERTENTIEMONITOR_STATE" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "status", "keys status", "keys rotate", "keys destroy", "retention run", "backup", "dictionary", "audit", "psql",
        "report accountability", "tabulate --by municipality --from 2026-10-12 --to 2026-11-08", "objections add",
        "run --day 2026-10-12", "export --out none", "report resend --day 2026-10-12",
    ],
)  # fmt: skip
def test_a_mistyped_state_folder_is_told_and_not_made(tmp_path: Path, command: str) -> None:
    done = call(*command.split(), state=tmp_path / "none")
    assert done.returncode == 2
    assert "ADVERTENTIEMONITOR_STATE" in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("name", "value"), [("MARKET_TODAY", "gisteren"), ("MARKET_PORT", "1"), ("RECIPIENTS", "a@gemeente.example")]
)
def test_a_setting_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"ADVERTENTIEMONITOR_{name}", value)
    done = call("status", state=tmp_path)
    assert done.returncode == 2
    assert f"ADVERTENTIEMONITOR_{name}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.full
def test_first_starts_at_once_are_all_fine(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda _: call("init", state=tmp_path / "state"), range(3)))
    assert [(each.returncode, each.stderr) for each in done] == [(0, "")] * 3
    Server(tmp_path / "state").destroy()


@pytest.mark.parametrize("below", ["a file", "nothing"])
def test_doctor_looks_on_where_the_state_folder_cannot_be_looked_at(tmp_path: Path, below: str) -> None:
    (tmp_path / "a file").touch()
    told = call("doctor", state=tmp_path / below / "state")
    assert told.returncode == 1
    assert "NOT  state folder" in told.stdout
    assert "source nl_prikbord" in told.stdout


def test_an_error_that_nobody_foresaw_says_where_and_not_what() -> None:
    broken = (
        "import json; from advertentiemonitor import cli; cli.app = lambda: json.loads('bel 0620009900'); cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "JSONDecodeError at " in done.stderr
    assert "advertentiemonitor/cli.py:" in done.stderr
    assert "0620009900" not in done.stderr


def test_a_day_on_which_no_source_answers_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = tmp_path / "state"
    monkeypatch.setenv("ADVERTENTIEMONITOR_MARKET_TODAY", "2026-10-12")
    monkeypatch.setenv("ADVERTENTIEMONITOR_MARKET_PORT", "64990")  # nobody listens there
    try:
        assert call("init", state=state).returncode == 0
        done = call("run", "--day", "2026-10-12", state=state)
        assert "nl_rubriek was not seen well (failed" in done.stderr
        assert "sources health" in done.stderr
    finally:
        Server(state).destroy()
