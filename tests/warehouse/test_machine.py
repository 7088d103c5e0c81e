import os
import pwd
import shutil
import subprocess
import time

import pytest

from warehouse import machine


def test_only_postgresql_is_found_and_killed(tmp_path):
    """A shell in the data folder is nobody's business; a program called postgres there is ours."""
    program = shutil.which("sleep")
    assert program is not None
    (tmp_path / "bin").mkdir()
    shutil.copy(program, tmp_path / "bin" / "postgres")
    shell = subprocess.Popen([program, "60"], cwd=tmp_path)
    server = subprocess.Popen([tmp_path / "bin" / "postgres", "60"], cwd=tmp_path)
    elsewhere = subprocess.Popen([tmp_path / "bin" / "postgres", "60"], cwd=tmp_path / "bin")
    try:
        deadline = time.monotonic() + 10
        while machine.running_in(tmp_path) != [server.pid]:
            assert time.monotonic() < deadline
        machine.kill_all_in(tmp_path)
        assert server.wait(5) < 0
        assert machine.running_in(tmp_path) == []
        assert shell.poll() is None
        assert elsewhere.poll() is None
    finally:
        for process in (shell, server, elsewhere):
            process.kill()
            process.wait()


def test_lives():
    process = subprocess.Popen(["sleep", "0"])
    process.wait()
    assert machine.lives(os.getpid())
    assert not machine.lives(process.pid)


@pytest.mark.parametrize(("mode", "can"), [(0o700, False), (0o711, True), (0o750, False), (0o755, True)])
def test_another_user_enters_only_what_is_open(tmp_path_factory, mode, can):
    user = pwd.getpwnam("nobody")
    folder = tmp_path_factory.mktemp("open")
    folder.chmod(mode)
    # What holds it decides too: pytest's own folders are closed to others.
    outside = all(part.stat().st_mode & 0o001 for part in folder.parents)
    assert machine.can_enter(folder / "not" / "made", user) == (can and outside)
    assert machine.can_enter(folder, pwd.getpwuid(folder.stat().st_uid)) or not outside
