"""What an installation keeps is its owner's: nobody else may read, write or list it, whatever the umask of who starts it."""

import os
import stat
from pathlib import Path

import pytest

from advertentiemonitor.settings import Settings

OTHERS = stat.S_IRWXG | stat.S_IRWXO
PASSING = stat.S_IXGRP | stat.S_IXOTH
# Folders that others may pass through, but not look into: as root PostgreSQL runs as another user, who has to reach its
# data. What lies in them is closed itself.
PASSED = {".", "pg"}


def open_to_others(folder: Path) -> list[tuple[str, str]]:
    """Everything under a folder that others than its owner may do something with, but what is declared above."""
    found = []
    for path in (folder, *folder.rglob("*")):
        mode = path.lstat().st_mode
        allowed = PASSING if stat.S_ISDIR(mode) and str(path.relative_to(folder)) in PASSED else 0
        if not stat.S_ISLNK(mode) and mode & OTHERS & ~allowed:
            found.append((str(path.relative_to(folder)), stat.filemode(mode)))
    return found


@pytest.mark.full
def test_after_a_day_all_is_for_its_owner_only(day):
    """It ran with umask 000."""
    names = {path.name for path in day.state.iterdir()}
    assert {"keys", "spool", "pg", "digest", "dashboard", "outbox", "logs", "backups"} <= names
    assert open_to_others(day.state) == []


@pytest.mark.full
def test_what_airflow_makes_is_for_its_owner_only(airflow):
    """It was started with umask 000."""
    assert (airflow.state / "airflow" / "airflow.cfg").exists()
    assert open_to_others(airflow.state) == []


def test_what_is_made_first_is_for_its_owner_only(begun):
    """It ran with umask 000 too."""
    assert open_to_others(begun.state) == []


def test_a_folder_is_made_as_closed_with_every_umask(tmp_path):
    modes = []
    for umask in (0, 0o022, 0o077):
        before = os.umask(umask)
        try:
            settings = Settings(state=tmp_path / f"{umask:o}" / "state")
            made = settings.folder("spool")
        finally:
            os.umask(before)
        modes.append((settings.root.stat().st_mode, made.stat().st_mode))
    assert len(set(modes)) == 1
    assert open_to_others(tmp_path / "0" / "state") == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o602, 0o755])
def test_what_is_open_is_found(tmp_path, mode):
    (tmp_path / "state").mkdir(mode=0o700)
    leak = tmp_path / "state" / "listing"
    leak.touch()
    leak.chmod(mode)
    assert [name for name, _ in open_to_others(tmp_path / "state")] == ["listing"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look as another user")
def test_another_user_gets_nowhere(begun):
    """Somebody else on the same machine can list nothing, read no secret and reach no socket."""
    wanted = [
        begun.state,
        begun.state / "keys" / "db-owner",
        begun.state / "pg" / "lock",
        begun.state / "spool",
        begun.root / "smtp",
    ]
    assert all(path.exists() for path in wanted)
    assert [os.fspath(path) for path in wanted if seen_by_another(path)] == []


def seen_by_another(path: Path) -> bool:
    """Whether another user than root, and than the one that the database runs as, can list or read something."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(54_321)
        os.setuid(54_321)
        try:
            list(path.iterdir()) if path.is_dir() else path.read_bytes()
        except OSError:
            os._exit(0)
        os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can look as another user")
def test_another_user_sees_what_is_open():
    assert seen_by_another(Path("/etc/passwd"))


def test_folders_above_a_new_state_folder_can_be_passed(tmp_path):
    """As root the database runs as another user: a folder in between that he cannot enter sends its data elsewhere."""
    before = os.umask(0o077)
    try:
        Settings(state=tmp_path / "above" / "state").folder("spool")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / each).stat().st_mode) for each in ("above", "above/state", "above/state/spool")]
    assert modes == [0o711, 0o711, 0o700]
