"""Files that may not be kept for ever, in the state folder and in the exchange: which, how long, and taking them away."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from warehouse.errors import StorageFull
from warehouse.store import Place, dated

SPOOL_HOURS = 72
BETWEEN_LOOKS = 26  # retention looks once a day, one day a year has 25 hours, and a look itself takes time
SEEN_DAYS = 14  # as long as a listing is remembered (warehouse.seen)
LOG_DAYS = 28
DRAFT_HOURS = 24


@dataclass(frozen=True, slots=True)
class Rule:
    """Files of one kind, by where they are.

    Attributes:
        patterns: relative to the state folder, or the exchange.
        hours: none is kept longer, since the start of the day in its name, or since it was last written.
        is_shared: they are in the exchange too; what else lies there may be another's.
        ahead: a file goes this many hours before, as the next look would come too late.
    """

    kind: str
    patterns: tuple[str, ...]
    hours: int
    is_shared: bool = False
    ahead: int = 0

    def places(self, state: Path, exchange: Place | None) -> tuple[Place, ...]:
        """Give where files of this kind are: in the state folder there can be some of before there was an exchange."""
        if exchange is None or exchange == state or not self.is_shared:
            return (state,)
        return (state, exchange)

    def files(self, *places: Place) -> list[tuple[Place, float]]:
        """Give the files of this kind, in order, with when they were last written; others may take them away meanwhile."""
        found = {path: at for place in places for pattern in self.patterns for path, at in dated(place, pattern)}
        return sorted(found.items(), key=lambda each: str(each[0]))

    def is_due(self, path: Place, written: float, today: date, now: float) -> bool:
        """Tell whether a file is too old, or would be at the next look."""
        day = day_of(path)
        by_name = day is not None and (today - day) >= timedelta(hours=self.hours)
        return by_name or now - written >= (self.hours - self.ahead) * 3600

    @property
    def told(self) -> str:
        """The rule in words."""
        return f"{self.hours} hours" if self.hours <= SPOOL_HOURS else f"{self.hours // 24} days"


SPOOL = Rule("spool file", ("spool/*/*.spool", "spool/*/.*.part"), SPOOL_HOURS, is_shared=True, ahead=BETWEEN_LOOKS)
OTHERS = (
    Rule("seen snapshot", ("seen/*/*.seen*", "seen/*/.*.part"), SEEN_DAYS * 24, is_shared=True),
    Rule("log of Airflow", ("airflow/logs/**/*",), LOG_DAYS * 24),
    Rule("own log", ("logs/*",), LOG_DAYS * 24),
    Rule("mail about a failure", ("outbox/storing-*",), LOG_DAYS * 24),
    # Of a writer that was killed; it has figures of a release in it, and nothing about a listing.
    Rule("draft of a report", ("outbox/.*", "digest/.*", "dashboard/**/.*", "reports/**/.*"), DRAFT_HOURS),
)


def day_of(path: Place) -> date | None:
    """Give the day that a file's name starts with, if it does."""
    try:
        return date.fromisoformat(path.name.lstrip(".")[:10])
    except ValueError:
        return None


def due(rule: Rule, today: date, *places: Place) -> list[Place]:
    """Give the files that are too old."""
    now = time.time()
    return [path for path, written in rule.files(*places) if rule.is_due(path, written, today, now)]


def left(rule: Rule, *places: Place) -> tuple[int, date | None]:
    """Give the number of files, and the oldest day among them: the day in the name, or that of the last writing."""
    files = rule.files(*places)
    days = [day_of(path) or datetime.fromtimestamp(written, UTC).date() for path, written in files]
    return len(files), min(days, default=None)


def remove(path: Place) -> None:
    """Take away a file; one that is gone already is fine.

    Raises:
        StorageFull, ExchangeFailed: it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageFull(str(path.parent), error.strerror or "cannot be written") from None
