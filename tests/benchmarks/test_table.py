"""The table of benchmarks: its arithmetic, its file, how it compares, and one tiny row for real."""

import ast
import importlib
import importlib.util
import json
import math
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "benchmarks" / "table"
AT = datetime(2026, 11, 27, 1, 30, tzinfo=timezone(timedelta(hours=2)))  # the 26th in UTC
SECONDS = st.floats(1e-3, 1e3)


@pytest.fixture(scope="module")
def module():
    """Give a module of the table by its name, as the command would import it; forget all of them afterwards."""
    path, before = list(sys.path), set(sys.modules)
    sys.path.insert(0, str(TABLE))
    yield importlib.import_module
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if ROOT / "benchmarks" in Path(getattr(sys.modules[name], "__file__", None) or "/").parents:
            sys.modules.pop(name)


@pytest.fixture
def row(module):
    """Make a row of the table out of its seconds."""
    measured = module("measured")

    def make(ours=(1.0, 2.0, 1.0), theirs=(2.0, 4.0, 2.0), growth=((100, 300, 1000), (1.0, 3.0, 10.0)), bars=()):
        grown = measured.Growth("things", *growth)
        return measured.Measured("things", 100, "a peer", ("numpy",), ours, theirs, grown, 80.0, bars)

    return make


def test_throughput_is_of_the_median_round(row):
    assert row(ours=(4.0, 2.0, 50.0), theirs=(1.0, 1.0, 1.0)).throughput == 25.0


def test_ratio_is_the_median_of_the_rounds_without_the_outermost_of_seven(row):
    theirs = (9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0)
    assert row(ours=(1.0,) * 7, theirs=theirs).ratio == (4.0, 2.0, 6.0)
    assert row(ours=(1.0,) * 3, theirs=theirs[:3]).ratio == (2.0, 1.0, 9.0)


def test_ratio_is_made_round_by_round(row):
    """The quotient of the medians would be 1."""
    assert row(ours=(1.0, 2.0, 3.0), theirs=(3.0, 1.0, 2.0)).ratio[0] == pytest.approx(2 / 3)


@given(rounds=st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=12), slower=st.floats(0.1, 10))
def test_a_slower_machine_changes_no_ratio(module, rounds, slower):
    bench = module("measured").bench
    ours, theirs = zip(*rounds, strict=True)
    middle, low, high = bench.spread(ours, theirs)
    assert low <= middle <= high
    again = bench.spread([slower * each for each in ours], [slower * each for each in theirs])
    assert again == pytest.approx((middle, low, high))


@given(power=st.floats(-1, 3), factor=SECONDS)
def test_the_exponent_of_a_power_is_that_power(module, power, factor):
    sizes = (100, 300, 1000)
    growth = module("measured").Growth("things", sizes, tuple(factor * size**power for size in sizes))
    assert growth.exponent == pytest.approx(power, abs=1e-6)


def test_growth_keeps_the_median_of_half_the_rounds(module):
    costs = iter([1.0, 9.0, 2.0, 5.0, 5.0, 5.0])
    assert module("measured").grown("things", (1, 2), 7, lambda _: next(costs)).seconds == (2.0, 5.0)


@pytest.mark.parametrize(
    ("value", "at_least", "met"),
    [(2.0, True, True), (1.9, True, False), (2.0, False, True), (2.1, False, False), (math.nan, False, False)],
)
def test_a_bar_is_met_or_missed(module, value, at_least, met):
    bar = module("measured").Bar("ratio", value, 2.0, at_least)
    assert bar.is_met is met
    assert ("MISSED" in str(bar)) is not met


def test_a_line_tells_speed_only_where_both_agree(module, row):
    printing = module("printing")
    told = printing.line("read", row())
    assert all(part in told for part in ("100 things/s", "[2, 2]", "a peer", "things^1.00", "80"))
    assert printing.line("read", "they differ") == "read      NO SPEED: they differ"


@pytest.fixture
def checkout(tmp_path):
    """Give a repository with one commit, and git in it."""

    def git(*asked):
        names = ("-c", "user.name=x", "-c", "user.email=x@gemeente.example")
        return subprocess.run(["git", *names, *asked], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    git("init", "-q")
    (tmp_path / "code").write_text("1")
    git("add", "code")
    git("commit", "-qm", "first")
    return tmp_path, git


@pytest.mark.parametrize(
    ("file", "text", "plus"),
    [
        ("code", "1", ""),
        ("code", "2", "+"),
        ("new", "1", "+"),
        ("benchmarks/results/2026-01-01-0000000.json", "{}", ""),
    ],
)
def test_a_tree_that_differs_from_its_commit_is_named_so(module, checkout, file, text, plus):
    folder, git = checkout
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text)
    assert module("results").commit(folder) == git("rev-parse", "HEAD")[:7] + plus


def test_what_is_stored_is_what_the_format_says(module, row, tmp_path):
    results, measured = module("results"), module("measured")
    rows = {
        "read": row(bars=(measured.Bar("ratio", 2.0, 6.0, at_least=True),)),
        "link": row(growth=((5,), (1.0,))),  # one size has no exponent
        "load": "the tables differ",
    }
    path = results.store(results.result(rows, "abc1234+", AT), tmp_path / "results")
    assert path.name == "2026-11-26-abc1234+.json"
    found = json.loads(path.read_text())
    assert set(found) == {"format", "commit", "made_at", "machine", "versions", "rows"}
    assert (found["format"], found["commit"]) == (1, "abc1234+")
    assert datetime.fromisoformat(found["made_at"]) == AT
    assert set(found["machine"]) == {"cores", "memory_gb"}
    assert set(found["versions"]) == {"python", "postgresql", "numpy"}
    assert found["versions"]["postgresql"].startswith("18")
    assert found["rows"]["read"] == {
        "counted": "things",
        "throughput": 100.0,
        "peer": "a peer",
        "ratio": {"median": 2.0, "low": 2.0, "high": 2.0, "rounds": 3},
        "growth": {
            "of": "things",
            "sizes": [100, 300, 1000],
            "seconds": [1.0, 3.0, 10.0],
            "exponent": pytest.approx(1),
        },
        "peak_mb": 80.0,
        "bars": [{"figure": "ratio", "value": 2.0, "limit": 6.0, "at_least": True, "is_met": False}],
    }
    assert found["rows"]["link"]["growth"]["exponent"] is None
    assert found["rows"]["load"] == {"no_speed": "the tables differ"}


def test_last_is_the_one_made_last_whatever_its_name(module, row, tmp_path):
    results = module("results")
    for minutes, commit in enumerate(("fffffff", "0000000")):
        results.store(results.result({"read": row()}, commit, AT + timedelta(minutes=minutes)), tmp_path)
    assert results.stored("last", tmp_path)["commit"] == "0000000"
    assert results.stored(str(tmp_path / "2026-11-26-fffffff.json"), tmp_path / "nowhere")["commit"] == "fffffff"


@pytest.mark.parametrize("asked", ["last", "absent.json"])
def test_what_is_not_stored_is_said(module, tmp_path, asked):
    results = module("results")
    with pytest.raises(results.NoResults, match="make bench"):
        results.stored(asked, tmp_path)


def test_a_ratio_is_lost_under_seventy_percent_of_the_recorded(module, row):
    results = module("results")
    earlier = results.result({"read": row(theirs=(2.0, 4.0, 2.0))}, "abc1234", AT)

    def now(share, slower=1.0):
        seconds = {name: tuple(slower * each for each in (1.0, 2.0, 1.0)) for name in ("ours", "theirs")}
        seconds["theirs"] = tuple(2.0 * share * each for each in seconds["theirs"])
        return results.moved({"read": row(**seconds)}, earlier)[0]

    assert not now(0.71).is_lost
    assert now(0.69).is_lost
    assert "LOST" in str(now(0.69))
    assert not now(1.0, slower=10.0).is_lost


def test_a_speed_that_is_no_longer_told_is_lost_and_a_new_row_is_not(module, row):
    results = module("results")
    earlier = results.result({"read": row(), "load": "the tables differ"}, "abc1234", AT)
    rows = {"read": "they differ", "load": row(), "link": row(), "tell": "they differ"}
    assert [move.row for move in results.moved(rows, earlier) if move.is_lost] == ["read"]


def test_only_rows_that_were_run_are_compared(module, row):
    results = module("results")
    earlier = results.result({"read": row(), "load": row()}, "abc1234", AT)
    assert [move.row for move in results.moved({"load": row()}, earlier)] == ["load"]


def test_every_row_has_a_measurement_three_sizes_and_its_page(module):
    rows = module("rows")
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    assert [*rows.ROWS] == ["collect", "read", "load", "link", "estimate", "protect", "tell"]
    for name, row in rows.ROWS.items():
        tree = ast.parse((ROOT / "benchmarks" / row.module).read_text())
        (found,) = (each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == "measure")
        assert [argument.arg for argument in found.args.args] == ["rounds", "size", "sizes"]
        for sizes in (row.sizes, row.quick):
            assert [size / sizes[0] for size in sizes] == pytest.approx([1, 3, 10], rel=0.04)
        assert f"| {name} |" in page
        assert row.module in page


def test_a_row_is_measured_in_a_process_of_its_own(module):
    rows = module("rows")
    found = rows.measure_apart("link", rows.Row("keeping/linking_speed.py", 60, (), (20, 60, 200)), quick=True)
    assert found.throughput > 0
    assert len(found.ours) == len(found.theirs) == rows.QUICK_ROUNDS
    assert found.growth.sizes == (20, 60, 200)
    assert found.peak_mb > 10
    assert "benchmark_link" not in sys.modules


def test_where_ours_and_the_peer_disagree_no_speed_comes_back(module, tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text(
        "from measured import Disagreement\ndef measure(rounds, size, sizes):\n    raise Disagreement('differ')\n"
    )
    rows = module("rows")
    assert rows.measure_apart("wrong", rows.Row(str(file), 1, (1,), (1,)), quick=True) == "differ"


def test_the_command_stores_a_whole_run_and_ends_with_1_where_a_ratio_is_lost(module, tmp_path, monkeypatch, capsys):
    spec = importlib.util.spec_from_file_location("bench_command", ROOT / "benchmarks" / "bench.py")
    command = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(command)
    tiny = module("rows").Row("keeping/linking_speed.py", 60, (20, 60, 200), (20, 60, 200))
    monkeypatch.setattr(command, "ROWS", {"link": tiny})
    monkeypatch.setattr(command.results, "FOLDER", tmp_path)
    assert command.main([]) == 0
    (path,) = tmp_path.glob("*.json")
    found = json.loads(path.read_text())
    assert path.name == f"{found['made_at'][:10]}-{found['commit']}.json"
    found["rows"]["link"]["ratio"]["median"] *= 1000  # no machine is that noisy
    path.write_text(json.dumps(found))
    assert command.main(["--quick", "--compare", "last"]) == 1
    assert json.loads(path.read_text()) == found  # a quick run is not stored
    assert "LOST" in capsys.readouterr().out
