"""The log: JSON lines in `logs/advertentiemonitor-<day>.jsonl` of the state folder, and in Airflow's log of the task.

One file a local day, so that its term is that of a file (`warehouse.leftovers`). A line is one write to a file opened
for appending: lines of two processes do not mix.
"""

import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from advertentiemonitor.observing.redaction import redact
from advertentiemonitor.settings import AMSTERDAM, Settings

MOST_BYTES = 5_000_000  # a day of ours takes some 20 kB; after this only libraries are silent
OURS = "advertentiemonitor.observing"


class Sink:
    """Takes finished lines: to the file of the day, and to whatever logging of the process wants them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def info(self, line: str) -> None:
        """Write a line of ours."""
        logging.getLogger(OURS).info(line)  # Airflow keeps these; on a command line nobody listens
        self._append(line)

    error = info

    def warning(self, line: str) -> None:
        """Write a line about a library, of which there may be too many."""
        self._append(line, most=MOST_BYTES)

    def _append(self, line: str, most: int | None = None) -> None:
        file = os.open(path(self._settings), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if most is None or os.fstat(file).st_size < most:
                os.write(file, line.encode() + b"\n")
        finally:
            os.close(file)


def path(settings: Settings) -> Path:
    """Where lines of now go; its folder is made."""
    return settings.folder("logs") / f"advertentiemonitor-{datetime.now(AMSTERDAM).date()}.jsonl"


def logger(settings: Settings) -> Any:
    """Give a logger of an installation. It is its own: structlog's configuration is Airflow's where that runs.

    Its methods raise OSError where the line cannot be written, StateFolderUnusable where its folder cannot.
    """
    return structlog.wrap_logger(
        Sink(settings),
        processors=[
            structlog.processors.add_log_level,
            redact,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        context_class=dict,
        cache_logger_on_first_use=False,
    )
