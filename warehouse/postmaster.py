"""The process of the embedded server: whether it lives, starting it, ending it."""

import contextlib
import os
import pwd
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from warehouse import data_folder, machine
from warehouse.errors import ServerUnavailable

SOCKET_NAME = ".s.PGSQL.5432"
_LOG_BYTES = 1_000_000
_START_SECONDS = 120.0  # recovery after a kill may take its time
_STOP_SECONDS = 60.0
_ORPHAN_SECONDS = 10.0  # children of a killed server end by themselves when they notice, unless they compute


class Postmaster:
    """PostgreSQL's first process for one data folder; whoever starts or stops it holds the lock of `warehouse.server`.

    Args:
        data: the data folder.
        socket_folder: where its socket is to be.
        log: file of its log.
        owner: the user who runs it, if not ourselves.
    """

    def __init__(self, data: Path, socket_folder: Path, log: Path, owner: pwd.struct_passwd | None) -> None:
        self._data = data
        self._socket_folder = socket_folder
        self._log = log
        self._owner = owner
        self._process: subprocess.Popen[bytes] | None = None

    def is_ready(self) -> bool:
        """Tell whether it runs and takes connections."""
        pid = self._pid()
        return pid is not None and self._is_ours(pid) and self._says_ready(pid)

    def start(self, programs: Path, options: Mapping[str, str]) -> None:
        """Start it, and return when it takes connections.

        Args:
            programs: folder with `postgres`.
            options: settings of PostgreSQL.

        Raises:
            ServerUnavailable: it does not start; the sentence says why, as far as PostgreSQL tells.
        """
        deadline = time.monotonic() + _START_SECONDS
        self._clear_the_dead()
        while True:
            log_start = self._spawn(programs, options)
            if self._wait_until_ready(deadline):
                return
            reason = self._last_words(log_start)
            if time.monotonic() > deadline or "pre-existing shared memory" not in reason:
                raise ServerUnavailable(f"PostgreSQL stopped at once: {reason}", data_folder.way_out(reason))
            time.sleep(0.2)

    def stop(self) -> None:
        """End it, whoever started it; returns when it is gone."""
        pid = self._pid()
        if pid is not None and self._is_ours(pid):
            for how, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
                if self._wait_until_gone(pid, seconds):
                    break
        if self._process is not None and self._process.poll() is not None:
            self._process = None

    def _pid(self) -> int | None:
        try:
            return int(self._lock_file()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def _lock_file(self) -> list[str]:
        # The path of the data folder is in it, whatever its letters.
        return (self._data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()

    def _is_ours(self, pid: int) -> bool:
        """Tell whether a process lives and is the server of this data folder, for numbers are used again."""
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is None
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == self._data.resolve()
        except FileNotFoundError:
            if Path("/proc/self").exists():
                return False  # no such process, or a dead one that waits for its parent
            return machine.lives(pid)
        except PermissionError:
            return False

    def _says_ready(self, pid: int) -> bool:
        with contextlib.suppress(FileNotFoundError):
            lines = self._lock_file()
            return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
        return False

    def _clear_the_dead(self) -> None:
        """Clear up after a server that was killed: wait for its children, then take away its stale lock file.

        PostgreSQL does this itself, unless the number in the file is taken by another process by now, or by the dead
        server, whose parent has not yet noticed. The children go first: they share memory and may still write.
        """
        pid = self._pid()
        if pid is None or not Path("/proc/self").exists():
            return
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while machine.running_in(self._data.resolve()) and time.monotonic() < deadline:
            time.sleep(0.02)
        machine.kill_all_in(self._data)
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        # The socket's lock file names the dead server too, which its parent may not have noticed yet.
        (self._socket_folder / f"{SOCKET_NAME}.lock").unlink(missing_ok=True)

    def _spawn(self, programs: Path, options: Mapping[str, str]) -> int:
        settings = {**options, "unix_socket_directories": str(self._socket_folder)}
        command = [str(programs / "postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = self._log
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            log.unlink()
        with log.open("ab") as out:
            log.chmod(0o600)
            start = out.tell()
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for us; we stop it in order
                umask=0o077,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                **data_folder.run_as(self._owner),
            )
        return start

    def _wait_until_ready(self, deadline: float) -> bool:
        process = self._process
        assert process is not None  # noqa: S101 - just spawned
        while process.poll() is None:
            if self._says_ready(process.pid):
                return True
            if time.monotonic() > deadline:
                self.stop()
                return False
            time.sleep(0.01)
        return False

    def _last_words(self, log_start: int) -> str:
        with self._log.open("rb") as file:
            file.seek(log_start)
            lines = file.read().decode(errors="replace").splitlines()
        told = [said[1].strip() for line in lines if (said := re.search(r"(?:FATAL|PANIC):(.+)", line))]
        return (told or lines or ["it said nothing"])[-1]

    def _wait_until_gone(self, pid: int, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self._is_ours(pid):
                return True
            time.sleep(0.01)
        return False
