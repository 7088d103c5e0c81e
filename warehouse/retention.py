"""Retention (PRIVACY P7): rows about single listings go after 26 weeks, spool files after 72 hours, each with a receipt.

Releases and crawl logs hold nothing personal and stay.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from warehouse import db
from warehouse.errors import StorageFull

ROW_DAYS = 26 * 7
SPOOL_HOURS = 72
_TABLES = ("core.sighting", "core.listing", "core.listing_version", "core.identity", "core.identity_member")


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """What was destroyed in this run; zero everywhere when it runs again on the same day."""

    sightings: int
    versions: int
    listings: int
    identities: int
    months: int
    spool_files: int

    @property
    def total(self) -> int:
        """Rows and files together."""
        return self.sightings + self.versions + self.listings + self.identities + self.spool_files


def run(conn: db.Connection, spool_folder: Path, today: date) -> RetentionReport:
    """Destroy what is older than the rules allow.

    Args:
        conn: as role reader, outside a transaction if the space is to be freed at once.
        spool_folder: holds `<source>/<day>.spool`; need not exist.
        today: the current local day.

    Raises:
        StorageFull: a spool file cannot be removed.
        WarehouseError: the database refused; no row was destroyed.
    """
    before = today - timedelta(days=ROW_DAYS)
    with db.transaction(conn):
        months = [(str(name), int(count)) for name, count in db.tuples(conn, "retention_months", {"before": before})]
        rows = {str(table): int(count) for table, count in db.tuples(conn, "retention_rows", {"before": before})}
        for month, count in months:
            _receive(conn, "retention", f"sighting/{month}", today, count)
        for table, count in rows.items():
            if count:
                _receive(conn, "retention", f"{table}/before {before.isoformat()}", today, count)
    if (months or any(rows.values())) and not db.in_transaction(conn):
        db.vacuum(conn, *_TABLES)
    return RetentionReport(
        sightings=rows["sighting"] + sum(count for _, count in months),
        versions=rows["listing_version"],
        listings=rows["listing"],
        identities=rows["identity"],
        months=len(months),
        spool_files=_purge_spool(conn, spool_folder, today),
    )


def _purge_spool(conn: db.Connection, folder: Path, today: date) -> int:
    """Remove spool files and left-over parts of them; each gets its receipt before it goes.

    A file goes on the third day after its own, so that even one of just after midnight is 72 hours old at most, or when
    it was last written 72 hours ago by the clock.
    """
    count = 0
    now = time.time()
    for path in sorted((*folder.glob("*/*.spool"), *folder.glob("*/.*.part"))):
        day = _day_of(path)
        by_clock = now - path.stat().st_mtime >= SPOOL_HOURS * 3600
        by_name = day is not None and (today - day).days * 24 >= SPOOL_HOURS
        if not (by_clock or by_name):
            continue
        subject = f"{path.parent.name}/{path.name.lstrip('.')}"
        _receive(conn, "purge", subject, today, 1, path.read_bytes())
        try:
            path.unlink()
        except OSError as error:
            raise StorageFull(str(path.parent), error.strerror or "cannot be written") from None
        count += 1
    return count


def _day_of(path: Path) -> date | None:
    try:
        return date.fromisoformat(path.name.lstrip(".")[:10])
    except ValueError:
        return None


def _receive(conn: db.Connection, kind: str, subject: str, day: date, count: int, content: bytes = b"") -> None:
    digest = hashlib.sha256(content or f"{kind} {subject} {count}".encode()).digest()
    fields = {"kind": kind, "subject": subject, "digest": digest, "day": day, "count": count}
    db.execute(conn, "retention_receive", fields)
