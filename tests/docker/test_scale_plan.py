"""docs/schaal.md: what is said to be computed is what comes out, and what is quoted stands where it says."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from spiders import entries
from warehouse.areas import municipalities
from warehouse.retention import ROW_DAYS

ROOT = Path(__file__).resolve().parents[2]
PLAN = (ROOT / "docs" / "schaal.md").read_text()
LIVE, DELAY, TASK_HOURS, PER_PAGE, CHANGED = 25_000, 10, 5, 50, 0.03


def row(name: str) -> list[str]:
    """Cells of the one row of a table that begins with `name`, without emphasis."""
    (found,) = re.findall(rf"(?m)^\| {re.escape(name)}[^|]*\|(.*)\|$", PLAN)
    return [cell.strip().replace("*", "") for cell in found.split("|")]


def number(cell: str) -> float:
    found = re.match(r"[\d.,]+", cell)
    assert found, cell
    return float(found[0].replace(".", "").replace(",", "."))


@pytest.fixture(scope="module")
def largest() -> float:
    """Share of the market on its largest source, from the made-up market itself."""
    tree = ast.parse((ROOT / "benchmarks" / "keeping" / "national.py").read_text())
    (uses,) = (
        ast.literal_eval(n.value)
        for n in tree.body
        if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == "USES"
    )
    return max(uses) / sum(uses)


def requests(listings: float) -> float:
    return listings / PER_PAGE + listings / 7 + listings * CHANGED


def test_what_is_computed_comes_out(largest: float) -> None:
    places = len(municipalities())
    live = [LIVE * share / places for share in (1, 14, places)]
    assert [number(cell) for cell in row("advertenties per dag")] == [round(each) for each in live]
    biggest = [each * largest for each in live]
    assert [number(cell) for cell in row("op de grootste")] == pytest.approx(biggest, rel=0.01)
    pages = [requests(each) for each in biggest]
    assert [number(cell) for cell in row("pagina's van die bron")] == pytest.approx(pages, rel=0.15)
    assert number(row("uren voor die bron, gewone nacht")[2]) == pytest.approx(pages[2] * DELAY / 3600, abs=0.1)
    first = [(each + each / PER_PAGE) * DELAY / 3600 for each in biggest]
    told = [number(cell) for cell in row("uren voor die bron, eerste nacht")]
    assert told == pytest.approx([first[0] * 60, *first[1:]], rel=0.05)
    assert number(row("rijen in de database")[2]) == pytest.approx(LIVE * ROW_DAYS * 107 / 1e6, abs=1)
    assert number(row("lezen als alles nieuw is")[2]) == pytest.approx(LIVE / 3700, abs=0.5)
    assert f"{TASK_HOURS * 3600 // DELAY:,}".replace(",", ".") in PLAN


def test_limits_are_those_of_the_file(compose: dict[str, Any]) -> None:
    megabytes = sum(
        int(it["deploy"]["resources"]["limits"]["memory"].removesuffix("M"))
        for name, it in compose["services"].items()
        if name not in {"init", "backup", "mailtest"}
    )
    assert f"hooguit {megabytes:,} MiB".replace(",", ".") in PLAN
    assert entries.MOST_HOURS == TASK_HOURS


@pytest.mark.parametrize(
    ("quoted", "source"),
    [
        ("1,8 s bij 9,9 miljoen", r"\| 9\.9 M \|.*\| 1\.8 s \|"),
        ("11,7 s", r"11\.7 s \(busy\)"),
        ("12,7 s, en 2,6 s", r"12\.7 s \(bar 30\); closing the old one 2\.6 s"),
        ("459 s", r"459 s \(bar 600\)"),
        ("431 MB", r"431 MB"),
        ("107 bytes", r"all indexes: 107"),
    ],
)
def test_what_is_quoted_stands_in_the_source(quoted: str, source: str) -> None:
    assert quoted in PLAN
    assert re.search(source, (ROOT / "docs" / "scale.md").read_text())


def test_commands_and_links_are_there() -> None:
    named = set(re.findall(r"`(benchmarks/[\w/]+\.py)", PLAN)) | set(re.findall(r"`(dags/\w+\.py)", PLAN))
    assert len(named) > 6
    assert [name for name in named if not (ROOT / name).is_file()] == []
    links = re.findall(r"\]\(([^)#]+)", PLAN)
    assert [link for link in links if not (ROOT / "docs" / link).resolve().exists()] == []
    assert "scale.md" in links
