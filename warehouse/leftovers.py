"""Files of the state folder that may not be kept for ever: which, how long, and taking them away."""

import contextlib
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from warehouse.errors import StorageFull

SPOOL_HOURS = 72
SEEN_DAYS = 14  # as long as a listing is remembered (warehouse.seen)
LOG_DAYS = 28


@dataclass(frozen=True, slots=True)
class Rule:
    """Files of one kind, by where they are.

    Attributes:
        patterns: relative to the state folder.
        hours: a file is due this long after the start of the day in its name, or since it was last written.
    """

    kind: str
    patterns: tuple[str, ...]
    hours: int

    def files(self, state: Path) -> list[tuple[Path, float]]:
        """Give the files of this kind, in order, with when they were last written; others may take them away meanwhile."""
        found = []
        for path in sorted({path for pattern in self.patterns for path in state.glob(pattern)}):
            with contextlib.suppress(FileNotFoundError):
                if path.is_file():
                    found.append((path, path.stat().st_mtime))
        return found

    def is_due(self, path: Path, written: float, today: date, now: float) -> bool:
        """Tell whether a file is too old; one of just after midnight goes when it is `hours` old at most."""
        day = day_of(path)
        by_name = day is not None and (today - day) >= timedelta(hours=self.hours)
        return by_name or now - written >= self.hours * 3600

    @property
    def told(self) -> str:
        """The rule in words."""
        return f"{self.hours} hours" if self.hours <= SPOOL_HOURS else f"{self.hours // 24} days"


SPOOL = Rule("spool file", ("spool/*/*.spool", "spool/*/.*.part"), SPOOL_HOURS)
OTHERS = (
    Rule("seen snapshot", ("seen/*/*.seen*", "seen/*/.*.part"), SEEN_DAYS * 24),
    Rule("log of Airflow", ("airflow/logs/**/*",), LOG_DAYS * 24),
)


def day_of(path: Path) -> date | None:
    """Give the day that a file's name starts with, if it does."""
    try:
        return date.fromisoformat(path.name.lstrip(".")[:10])
    except ValueError:
        return None


def due(rule: Rule, state: Path, today: date) -> list[Path]:
    """Give the files that are too old."""
    now = time.time()
    return [path for path, written in rule.files(state) if rule.is_due(path, written, today, now)]


def left(rule: Rule, state: Path) -> tuple[int, date | None]:
    """Give the number of files, and the oldest day among them: the day in the name, or that of the last writing."""
    files = rule.files(state)
    days = [day_of(path) or datetime.fromtimestamp(written, UTC).date() for path, written in files]
    return len(files), min(days, default=None)


def remove(path: Path) -> None:
    """Take away a file; one that is gone already is fine.

    Raises:
        StorageFull: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageFull(str(path.parent), error.strerror or "cannot be written") from None
