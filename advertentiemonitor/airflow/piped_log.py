"""Logs of processes that run for months: they write into a pipe, and what comes out goes to files of a bounded size."""

import contextlib
import os
from pathlib import Path

LOG_BYTES = 10_000_000
LOGS_KEPT = 4  # besides the one that is written
_CHUNK = 65_536  # what a pipe of Linux holds
_CHUNKS_AT_ONCE = 16  # one that never stops talking does not keep us from the others


class PipedLog:
    """One process's log: what is written to `pipe` ends in the file, or in one of those set aside as `.1`, `.2`, ...

    Nothing gets lost between two files. A writer that runs ahead waits. The file is held open only while we write, so
    that somebody else may take it away.

    Args:
        path: of the file.
        limit: bytes at which a file is set aside.
        kept: how many that were set aside stay.
    """

    def __init__(self, path: Path, limit: int = LOG_BYTES, kept: int = LOGS_KEPT) -> None:
        self._path = path
        self._limit = limit
        self._kept = kept
        self.source, self.pipe = os.pipe()  # not inherited, but for what is handed to a child as its output
        os.set_blocking(self.source, False)
        self.is_over = False

    def pump(self) -> None:
        """Write what has come by now; `is_over` once nobody can write any more."""
        for _ in range(_CHUNKS_AT_ONCE):
            try:
                chunk = os.read(self.source, _CHUNK)
            except BlockingIOError:
                return
            if not chunk:
                self.is_over = True
                return
            # A full disk: these lines are lost, but what runs goes on.
            with contextlib.suppress(OSError):
                self._keep(chunk)

    def _keep(self, chunk: bytes) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(chunk)
            is_full = file.tell() >= self._limit
        if is_full:
            self._set_aside()

    def _set_aside(self) -> None:
        for number in range(self._kept, 0, -1):
            former = self._path.with_name(f"{self._path.name}.{number - 1}") if number > 1 else self._path
            with contextlib.suppress(FileNotFoundError):
                former.replace(self._path.with_name(f"{self._path.name}.{number}"))
