"""What is so at this moment, for metrics. A look that cannot be taken is None: nothing is told of it, and nothing fails."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import TypeVar

from advertentiemonitor import databases, disk, keyring, sending
from advertentiemonitor.errors import FrontDoorError
from advertentiemonitor.observing import runs
from advertentiemonitor.settings import AMSTERDAM, Settings
from advertentiemonitor.watching import health, nightly_checks, nights
from warehouse import backups, clock, db, leftovers, upgrading
from warehouse.errors import ClockAhead, ClockSetBack, MissingKey, WarehouseError

DAYS = 28
RELEASED_BY = clock_time(6, 0)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Night:
    """When the next of something is due, and when the last one was there. Unix time."""

    last: float
    next_due: float
    was_in_time: bool


@dataclass(frozen=True, slots=True)
class Spool:
    """How many files wait to be read, and the age of the oldest."""

    waiting: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class Files:
    """What the files of an installation tell. `last_backup`: Unix time, 0 where there is none."""

    sources: list[health.SourceHealth] | None
    free_bytes: int
    spool: Spool | None
    last_backup: float | None
    digest: Night | None
    release: Night | None


@dataclass(frozen=True, slots=True)
class Database:
    """What the database tells. `mails` by state: due, refused, begun (nobody knows whether it arrived)."""

    is_up: bool | None
    days_since_release: int | None
    migrations_behind: int | None
    keys_wrong: int | None
    epoch_days_left: int | None
    is_clock_credible: bool | None
    mails: dict[str, int] | None


def files(settings: Settings) -> Files:
    """Look at the files of an installation."""
    kept = [] if settings.database else backups.whole(settings.backup_folder)
    return Files(
        sources=_if_known(lambda: health.report(settings, DAYS)),
        free_bytes=disk.free_bytes(settings.root),
        spool=_if_known(lambda: _spool(settings)),
        # Of a database elsewhere the backups are its keeper's.
        last_backup=None if settings.database else kept[-1].moment.timestamp() if kept else 0.0,
        digest=_night(settings, _digests(settings), nightly_checks.DIGEST_DUE),
        release=_night(settings, _releases(settings), RELEASED_BY),
    )


def _spool(settings: Settings) -> Spool:
    waiting = [written for path, written in leftovers.SPOOL.files(settings.shared) if path.name.endswith(".spool")]
    return Spool(len(waiting), max(0.0, time.time() - min(waiting, default=time.time())))


def _digests(settings: Settings) -> dict[date, float]:
    last = nights.last_digest(settings.root)
    made = nights.digest_made(settings.root, last) if last else None
    return {last: made.timestamp()} if last and made else {}


def _releases(settings: Settings) -> dict[date, float]:
    parts = {report.day: report.part("release") for report in runs.reports(settings, DAYS)}
    return {day: part.first_done.timestamp() for day, part in parts.items() if part and part.first_done}


def _night(settings: Settings, made: dict[date, float], by: clock_time) -> Night | None:
    """Tell of the last day and the next. On the market's calendar no hour is too late; before the first, none is due."""
    if not made or settings.market_today is not None:
        return None
    last, today = max(made), settings.today(synthetic=True)
    following = today + timedelta(days=1) if today in made else today
    return Night(made[last], _moment(following, by), was_in_time=made[last] <= _moment(last, by))


def _moment(day: date, at: clock_time) -> float:
    return datetime.combine(day, at, AMSTERDAM).timestamp()


def database(settings: Settings) -> Database:
    """Ask the database what it knows, each thing in the role that may."""
    today = settings.today(synthetic=True)
    keys = _if_known(lambda: keyring.status(settings))
    in_use = None if keys is None else next((key.until for key in keys if key.state == "in use"), None)
    return Database(
        is_up=_is_up(settings),
        days_since_release=_if_known(lambda: _days_since_release(settings, today)),
        migrations_behind=_if_known(lambda: _migrations_behind(settings)),
        keys_wrong=None if keys is None else sum(key.state not in keyring.FINE for key in keys),
        epoch_days_left=(in_use - today).days if in_use else None,
        is_clock_credible=_if_known(lambda: _is_clock_credible(settings, today)),
        mails=_if_known(lambda: sending.waiting(settings, today)) if settings.smtp_host else None,
    )


def _if_known(look: Callable[[], T]) -> T | None:
    try:
        return look()
    except (WarehouseError, FrontDoorError):
        return None


def _is_up(settings: Settings) -> bool | None:
    try:
        with databases.opened(settings) as server, db.connect(server.dsn("analist")) as conn:
            db.tuples(conn, "released_days")
    except (MissingKey, FrontDoorError):  # a worker of another trust domain cannot tell, nor a folder without one
        return None
    except WarehouseError:
        return False
    return True


def _days_since_release(settings: Settings, today: date) -> int | None:
    with databases.warehouse_as(settings, "analist") as conn:
        days = [day for day, _ in db.tuples(conn, "released_days")]
    return (today - days[-1]).days if days else None


def _migrations_behind(settings: Settings) -> int:
    with databases.warehouse_as(settings, "owner") as conn:
        return len(upgrading.pending(conn))


def _is_clock_credible(settings: Settings, today: date) -> bool:
    with databases.warehouse_as(settings, "reader") as conn:
        try:
            clock.check(conn, today)
        except (ClockSetBack, ClockAhead):
            return False
    return True
