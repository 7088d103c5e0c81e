"""Retention (PRIVACY P7): what is about single listings goes in time, everywhere, with a receipt (docs/keeping.md).

The term of 26 weeks holds for every copy, so rows go from the tables after 23: one week more they may lie in pages that
have not been written anew, and two more in a backup made in that week (ADR 0014). Releases, crawl logs and receipts
hold nothing about a single listing and stay.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import TypeVar

from warehouse import backups, clock, db, erasure, leftovers
from warehouse.errors import StorageFull
from warehouse.store import Place

TERM_DAYS = 26 * 7
REWRITE_DAYS = 7
ROW_DAYS = TERM_DAYS - REWRITE_DAYS - backups.KEEP_DAYS
_ROWS = f"{ROW_DAYS // 7} weeks"
File = TypeVar("File", Path, Place)
_RULES = {  # of rows that have no day of their own
    "listing": "with its last sighting",
    "identity": "with its last listing",
    "exclusion": "with the rows of its epoch",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of thing that is kept for a time.

    Attributes:
        gone: destroyed in this run.
        left: still there; None where that cannot be seen from here.
        oldest: oldest day among those, where they have one.
        rule: how long they may stay.
        next_date: day on which the oldest goes.
    """

    kind: str
    gone: int
    left: int | None
    oldest: date | None
    rule: str
    next_date: date | None


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """What went in a run, and what is left. Run again on the same day, nothing goes."""

    day: date
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """Rows, files and backups that went."""
        return sum(line.gone for line in self.lines)

    def with_lines(self, *more: Line) -> "RetentionReport":
        """Add lines about what is kept elsewhere."""
        return replace(self, lines=(*self.lines, *more))

    def of(self, kind: str) -> Line:
        """Give the line of a kind."""
        return next(line for line in self.lines if line.kind == kind)


def run(
    conn: db.Connection,
    admin: db.Connection,
    state: Path,
    kept: Path,
    today: date,
    *,
    exchange: Place | None = None,
    is_sure: bool = False,
) -> RetentionReport:
    """Destroy what is older than the rules allow, and see to it that no trace is left where it was.

    Args:
        conn: as role reader, outside a transaction.
        admin: as role admin to the same database, outside a transaction.
        state: the state folder.
        kept: the folder of backups; need not exist.
        today: the current local day.
        exchange: where collecting leaves what reading takes, if that is not the state folder.
        is_sure: a person says that `today` is right, whatever the database knows.

    Raises:
        ClockSetBack, ClockAhead: see `warehouse.clock`; nothing was destroyed.
        StorageFull, ExchangeFailed: a file cannot be removed. For backups this is told when the rest is done.
        WarehouseError: the database refused; what was not destroyed goes in the next run.
    """
    if not is_sure:
        clock.check(conn, today)
    gone = _rows(conn, today)
    gone["spool file"] = _spool(conn, leftovers.SPOOL.places(state, exchange), today)
    for rule in leftovers.OTHERS:
        gone[rule.kind] = _files(conn, rule.kind, leftovers.due(rule, today, *rule.places(state, exchange)), today)
    closed = db.tuples(conn, "retention_closed")[0][0]
    now = datetime.now(UTC)  # by which backups are named, also where the market has a calendar of its own
    with backups.alone(state):
        # Segments first: the backup that tells which are due must still be there.
        refused = None
        try:
            gone["log archive"] = _files(conn, "log archive", backups.due_segments(state, kept, now, closed), today)
            gone["backup"] = _files(conn, "backup", backups.due(kept, now.date(), closed), today, backups.remove)
        except StorageFull as error:  # their disk is often another, and may be away: rows do not wait for it
            refused = error
        _erase(conn, admin, today)
    if refused is not None:
        raise refused
    _receive(conn, "retention", f"run/{today}", today, 0)
    return RetentionReport(today, tuple(_lines(conn, state, kept, exchange, gone)))


def left(conn: db.Connection, state: Path, kept: Path, exchange: Place | None = None) -> tuple[Line, ...]:
    """Tell what is there of each kind and when the oldest goes; nothing is destroyed. Arguments as for `run`."""
    return tuple(_lines(conn, state, kept, exchange, {}))


def _rows(conn: db.Connection, today: date) -> dict[str, int]:
    before = today - timedelta(days=ROW_DAYS)
    with db.transaction(conn):
        months = [(str(name), int(count)) for name, count in db.tuples(conn, "retention_months", {"before": before})]
        rows = {str(table): int(count) for table, count in db.tuples(conn, "retention_rows", {"before": before})}
        for month, count in months:
            _receive(conn, "retention", f"sighting/{month}", today, count)
        for table, count in rows.items():
            if count:
                _receive(conn, "retention", f"core.{table}/before {before}", today, count)
    rows["sighting"] += sum(count for _, count in months)
    return rows


def _spool(conn: db.Connection, places: Iterable[Place], today: date) -> int:
    """Remove spool files and left-over parts of them; each gets its receipt before it goes."""
    count = 0
    for path in leftovers.due(leftovers.SPOOL, today, *places):
        with contextlib.suppress(FileNotFoundError):  # loaded meanwhile, and deleted for that
            content = path.read_bytes()
            _receive(conn, "purge", f"{path.parent.name}/{path.name.lstrip('.')}", today, 1, content)
            leftovers.remove(path)
            count += 1
    return count


def _files(
    conn: db.Connection,
    kind: str,
    found: Sequence[File],
    today: date,
    remove: Callable[[File], None] = leftovers.remove,
) -> int:
    """Remove files of a kind; their receipt is there before the first goes, so that none goes without."""
    if found:
        _receive(conn, "retention", f"{kind}/{today}", today, len(found))
    for path in found:
        remove(path)
    return len(found)


def _erase(conn: db.Connection, admin: db.Connection, today: date) -> None:
    last = db.tuples(conn, "retention_rewritten")[0][0]
    # A rewrite of a day to come was noted by a clock that ran ahead.
    if last is None or not 0 <= (today - last).days < REWRITE_DAYS:
        erasure.rewrite(admin)
        _receive(conn, "retention", f"rewrite/{today}", today, 0)
    else:
        erasure.tidy(admin)


def _lines(
    conn: db.Connection, state: Path, kept: Path, exchange: Place | None, gone: dict[str, int]
) -> Iterable[Line]:
    for kind, count, oldest in db.tuples(conn, "retention_left"):
        yield _line(str(kind), gone, int(count), oldest, _RULES.get(str(kind), _ROWS), ROW_DAYS + 1)
    for rule in (leftovers.SPOOL, *leftovers.OTHERS):
        yield _line(
            rule.kind,
            gone,
            *leftovers.left(rule, *rule.places(state, exchange)),
            rule.told,
            ceil((rule.hours - rule.ahead) / 24),
        )
    term = f"{backups.KEEP_DAYS} days"
    yield _line("backup", gone, *backups.left(kept), term, backups.KEEP_DAYS)
    yield _line("log archive", gone, *backups.left_segments(state, kept), term, backups.KEEP_DAYS)


def _line(kind: str, gone: dict[str, int], count: int, oldest: date | None, rule: str, days: int) -> Line:
    goes = oldest + timedelta(days=days) if oldest else None
    return Line(kind, gone.get(kind, 0), count, oldest, rule, goes)


def _receive(conn: db.Connection, kind: str, subject: str, day: date, count: int, content: bytes = b"") -> None:
    digest = hashlib.sha256(content or f"{kind} {subject} {count}".encode()).digest()
    fields = {"kind": kind, "subject": subject, "digest": digest, "day": day, "count": count}
    db.execute(conn, "retention_receive", fields)
