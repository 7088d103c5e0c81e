"""What the documents on security name exists."""

import ast
import re
from pathlib import Path

import pytest
import typer.main

from advertentiemonitor.airflow.home import configuration
from advertentiemonitor.cli import app
from advertentiemonitor.settings import Settings
from warehouse.passwords import ensure_password

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/.]+)(?:::(\w+))?`")
LINKED = re.compile(r"\]\((?!https?:)([^)#]+)")
DOCUMENTS = ("docs/threat-model.md", "SECURITY.md", "docs/roles.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_and_page_that_is_named_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    for file, test in NAMED.findall(text):
        path = ROOT / file
        assert path.exists(), file
        if test:
            tests = {
                node.name
                for node in ast.parse(path.read_text(encoding="utf-8")).body
                if isinstance(node, ast.FunctionDef)
            }
            assert test in tests, f"{file}::{test}"
    for page in LINKED.findall(text):
        assert ((ROOT / document).parent / page).exists(), page


def test_the_threat_model_names_tests():
    """The pattern above finds them."""
    assert len(NAMED.findall((ROOT / DOCUMENTS[0]).read_text(encoding="utf-8"))) > 40


def commands() -> set[str]:
    """Every command of the command line, as it is typed."""
    found = set()

    def walk(command: object, words: tuple[str, ...]) -> None:
        for name, each in getattr(command, "commands", {}).items():
            walk(each, (*words, name))
        if not getattr(command, "commands", {}):
            found.add(" ".join(words))

    walk(typer.main.get_command(app), ())
    return found


def test_every_command_has_its_line_in_the_table_of_who_may():
    text = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
    table = text.partition("## Command line")[2].partition("\n## ")[0]
    told = {
        name
        for line in table.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
    assert told == commands()


def test_airflow_on_one_machine_has_one_user_and_no_guest(tmp_path):
    ensure_password((tmp_path / "keys").mkdir() or tmp_path / "keys", "airflow")
    text = configuration(Settings(state=tmp_path), tmp_path, 18_780, tmp_path)
    assert "simple_auth_manager_users = beheer:admin\n" in text
    assert "all_admins = True" not in text
    assert "host = 127.0.0.1\n" in text
