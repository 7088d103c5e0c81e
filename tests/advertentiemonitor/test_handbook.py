"""The operator's handbook says what is so: every setting with its default, and commands that exist."""

import json
import re
from pathlib import Path

import click
import pytest
import typer

from advertentiemonitor.cli import app
from advertentiemonitor.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/beheer.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(rf"^\| `{PREFIX}(\w+)` \| (.+?) \| .+ \|$", PAGE, re.MULTILINE))


def shown(default: object) -> str:
    if default in (None, ""):
        return "leeg"
    return f"`{json.dumps(default) if isinstance(default, tuple) else default}`"


def test_every_setting_is_there_with_its_default():
    assert {name.upper(): shown(field.default) for name, field in Settings.model_fields.items()} == ROWS


COMMANDS = sorted(set(re.findall(r"(?:^ {4}|`)advertentiemonitor ((?:[a-z]+ ?)+(?:--[a-z]+)?)", PAGE, re.MULTILINE)))


@pytest.mark.parametrize("told", COMMANDS)
def test_every_command_is_one(told):
    command: click.Command = typer.main.get_command(app)
    for word in told.split():
        if word.startswith("--"):
            assert word in {name for parameter in command.params for name in parameter.opts}
        else:
            command = command.commands[word]
    assert not hasattr(command, "commands")


def test_commands_were_found():
    assert len(COMMANDS) >= 10


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
