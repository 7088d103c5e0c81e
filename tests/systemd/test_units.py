"""The units of systemd: it takes them, and all that they name is there."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import typer

from advertentiemonitor.cli import app
from advertentiemonitor.settings import PREFIX, Settings
from warehouse.copy_errors import DataGone, UpgradeFailed
from warehouse.errors import MigrationChanged, MigrationMissing
from warehouse.server import Server

ROOT = Path(__file__).parents[2]
UNITS = sorted(path for path in (ROOT / "systemd").iterdir() if path.suffix in {".service", ".timer"})
SERVICES = [path for path in UNITS if path.suffix == ".service"]
OURS = [path for path in SERVICES if "User=advertentiemonitor" in path.read_text()]
PROGRAM = "/opt/advertentiemonitor/.venv/bin/advertentiemonitor"
STATE = "/srv/advertentiemonitor"
ANALYZE = shutil.which("systemd-analyze")

needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="NOT TESTED: the units, for systemd-analyze is not here")


def values(path: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", path.read_text(), re.MULTILINE)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE is not None
    environment = os.environ | {"TZ": "UTC"}
    return subprocess.run([ANALYZE, *arguments], capture_output=True, text=True, check=False, env=environment)


@needs_systemd
def test_systemd_takes_them(tmp_path):
    for path in UNITS:  # where they are installed the program is, here it is elsewhere
        text = path.read_text().replace(PROGRAM, str(Path(sys.executable).with_name("advertentiemonitor")))
        (tmp_path / path.name).write_text(text)
    done = analyze("verify", "--man=no", *(str(tmp_path / path.name) for path in UNITS))
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "advertentiemonitor.service").write_text("[Service]\nExecStart=nothing\n")
    assert analyze("verify", "--man=no", str(tmp_path / "advertentiemonitor.service")).returncode != 0


@needs_systemd
@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_little_is_left_open(path):
    told = analyze("security", "--offline=true", str(path)).stdout
    score = re.search(r"Overall exposure level for .*: ([\d.]+)", told)
    assert score is not None, told
    assert float(score[1]) <= 2.0


@needs_systemd
@pytest.mark.parametrize("path", [path for path in UNITS if path.suffix == ".timer"], ids=lambda path: path.stem)
def test_timers_go_once_a_day_in_dutch_time_through_both_changes_of_the_clock(path):
    (when,) = values(path, "OnCalendar")
    _, clock, zone = when.split()
    for change in ("2026-03-28", "2026-10-24"):
        told = analyze("calendar", f"--base-time={change} 12:00:00 UTC", "--iterations=3", when).stdout
        moments = [
            datetime.fromisoformat(f"{text}+00:00") for text in re.findall(r": \w+ (\S+ \S+) UTC$", told, re.MULTILINE)
        ]
        assert [f"{moment.astimezone(ZoneInfo(zone)):%H:%M:%S}" for moment in moments] == [clock] * 3
        assert len({moment.astimezone(ZoneInfo(zone)).date() for moment in moments}) == 3
    assert path.with_suffix(".service") in SERVICES
    assert values(path, "Persistent") == ["yes"]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_commands_and_settings_exist(path):
    (line,) = values(path, "ExecStart")
    program, *words = line.split()
    assert program == PROGRAM
    assert words[0] in typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert len(words) == 1
    assert values(path, "EnvironmentFile") == ["/etc/advertentiemonitor/settings.env"]
    assert "Environment=" not in path.read_text()  # one place for settings


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_only_the_state_folder_can_be_written_and_all_share_it(path):
    assert values(path, "ReadWritePaths")[0] == STATE
    assert values(path, "ProtectSystem") == ["strict"]
    assert values(path, "UMask") == ["0077"]
    # Another namespace of users hides the running server, and the end of one service must not take another's memory.
    assert not values(path, "PrivateUsers")
    assert not values(path, "RemoveIPC")


@pytest.mark.parametrize("name", ["advertentiemonitor", "advertentiemonitor-backup"])
def test_backups_can_be_written_where_the_example_puts_them_by_all_that_write_them(name):
    """`up` too: every night old ones go, and one is made before a new version changes the database."""
    (folder,) = re.findall(rf"^#?{PREFIX}BACKUPS=(.*)$", (ROOT / "systemd/settings.env").read_text(), re.MULTILINE)
    assert f"-{folder}" in values(ROOT / f"systemd/{name}.service", "ReadWritePaths")
    assert folder in (ROOT / "docs/beheer.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_somebody_hears_when_it_stays_down_and_its_disk_is_there_first(path):
    assert values(path, "OnFailure") == ["advertentiemonitor-failed@%n.service"]
    assert values(path, "RequiresMountsFor") == [STATE]


def test_what_no_second_try_mends_is_not_tried_again():
    prevented = values(ROOT / "systemd/advertentiemonitor.service", "RestartPreventExitStatus")[0].split()
    for error in (MigrationChanged, MigrationMissing, UpgradeFailed):
        assert str(error.exit_code) in prevented
    assert str(DataGone.exit_code) not in prevented  # the disk may come back


def test_the_socket_is_not_in_a_folder_that_each_service_has_of_its_own():
    assert Server(Path(STATE)).socket_folder.is_relative_to(STATE)


def test_the_example_of_settings_is_what_systemd_a_shell_and_we_read_alike(tmp_path, monkeypatch):
    text = (ROOT / "systemd/settings.env").read_text()
    whole = re.sub(rf"^#({PREFIX})", r"\1", text, flags=re.MULTILINE)
    (tmp_path / "env").write_text(whole)
    done = subprocess.run(
        ["/bin/sh", "-c", f"set -a; . {tmp_path}/env; env"], capture_output=True, text=True, check=True, env={}
    )
    read = dict(line.split("=", 1) for line in done.stdout.splitlines() if line.startswith(PREFIX))
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(f"[env]\n{whole}")
    assert read == {name: value.strip("'") for name, value in parser["env"].items()}
    assert {name.removeprefix(PREFIX).lower() for name in read} <= Settings.model_fields.keys()
    for name, value in read.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.root == Path(STATE)
    assert settings.recipients == ("handhaving@gemeente.example",)


def test_the_handbook_installs_what_is_here():
    page = (ROOT / "docs/beheer.md").read_text(encoding="utf-8")
    for name in ("systemd/settings.env", "systemd/*.service", "systemd/*.timer", "advertentiemonitor-backup.timer"):
        assert name in page
    for path in OURS:
        assert values(path, "Documentation") == ["file:///opt/advertentiemonitor/docs/beheer.md"]
