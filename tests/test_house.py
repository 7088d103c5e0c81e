"""The house itself: the drawing of docs/architecture.md holds, modules stay small, links lead somewhere."""

import ast
import re
import sys
from pathlib import Path

import grimp
import pytest

sys.path.insert(0, str(Path(__file__).parent / "warehouse"))

import rights

ROOM = Path(__file__).parents[1]
ROOMS = ("advertentiemonitor", "spiders", "nlp", "warehouse", "reports", "simulation")
LONGEST = 400
DRAWING = (ROOM / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = [ROOM / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
PAGES += sorted((ROOM / "docs").rglob("*.md"))
CHECKS = "core.key_check"  # each role that has a key notes a check of it there
RELEASE_NODE = "releases"  # `release` is a DAG in the drawing; the schema has another name there


def drawn(arrow: str) -> set[tuple[str, str]]:
    return set(re.findall(rf"^\s*(\w+) {arrow} (\w+)", DRAWING, re.MULTILINE))


def test_imports_are_as_drawn():
    graph = grimp.build_graph(*ROOMS)
    found = {
        (a, b)
        for a in ROOMS
        for b in ROOMS
        if a != b and graph.direct_import_exists(importer=a, imported=b, as_packages=True)
    }
    text = "".join(path.read_text() for path in (ROOM / "dags").glob("*.py"))
    found |= {("dags", room) for room in ROOMS if re.search(rf"^(from|import) {room}\b", text, re.MULTILINE)}
    assert drawn("==>") == found


def wiring(path: Path) -> tuple[set[str], set[str]]:
    """What a DAG waits for and what it makes, by the names of the assets in its code."""
    waits, makes = set(), set()
    for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
        for word in call.keywords:
            if word.arg == "assets":
                waits |= {node.id for node in ast.walk(word.value) if isinstance(node, ast.Name)}
            if word.arg == "outlets":
                makes |= {node.id for node in ast.walk(word.value) if isinstance(node, ast.Name)}
    return waits, makes


def test_dags_wait_for_each_other_as_drawn():
    assets = dict(
        re.findall(r'^(\w+) = Asset\(name="(\w+)"', (ROOM / "dags" / "dag_wiring.py").read_text(), re.MULTILINE)
    )
    dags = {path.stem: wiring(path) for path in (ROOM / "dags").glob("*.py") if "@dag(" in path.read_text()}
    found = {
        (maker, assets[asset], waiter)
        for maker, (_, makes) in dags.items()
        for waiter, (waits, _) in dags.items()
        for asset in makes & waits
    }
    assert set(re.findall(r"^\s*(\w+) -- (\w+) --> (\w+)", DRAWING, re.MULTILINE)) == found
    section = DRAWING.partition("subgraph when")[2].partition("end\n")[0]
    assert set(dags) == set(re.findall(r"\b\w+\b", re.sub(r"-- \w+ -->|\[.*\]", "", section)))


def test_roles_write_where_it_is_drawn():
    found = set()
    for name, said in rights.written().items():
        kind, _, thing = name.partition(" ")
        if thing == CHECKS:
            continue
        for role, verbs in said.items():
            if kind == "table" and set("awdD") & set(verbs) and role in {"reader", "estimator", "releaser", "mailer"}:
                schema = thing.partition(".")[0]
                found.add((role, RELEASE_NODE if schema == "release" else schema))
    assert drawn(r"-\. writes \.->") == found


@pytest.mark.parametrize("room", [*ROOMS, "dags"])
def test_modules_stay_small(room):
    long = {
        str(path.relative_to(ROOM)): count
        for path in (ROOM / room).rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) >= LONGEST
    }
    assert long == {}


def anchor(heading: str) -> str:
    """What a heading is called in a link, as the places that show these pages make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOM)))
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, part = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            broken.append(link)
        elif part and target.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            marks = re.findall(r'<a (?:id|name)="([^"]+)"', target.read_text(encoding="utf-8"))
            if part not in {*map(anchor, headings), *marks}:
                broken.append(link)
    assert broken == []


def test_decisions_are_numbered_without_a_gap():
    numbers = [int(path.name[:4]) for path in sorted((ROOM / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
