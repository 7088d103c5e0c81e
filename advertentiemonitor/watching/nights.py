"""What has run, runs and will run: by the crawl logs, the ledger, the digests and Airflow's own database."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from advertentiemonitor import databases, tasks
from advertentiemonitor.airflow.memory import remembered
from advertentiemonitor.airflow.running import only_one
from advertentiemonitor.crawler import read_crawl_log
from advertentiemonitor.errors import AirflowRunsAlready, CrawlLogDamaged, NoInstallation
from advertentiemonitor.settings import AMSTERDAM, Settings
from warehouse import db
from warehouse.errors import MissingKey, WarehouseError
from warehouse.records import CrawlLog

T = TypeVar("T")

ORDER = (*tasks.CHAIN, *tasks.ON_THEIR_OWN)


@dataclass(frozen=True, slots=True)
class StageRun:
    """A stage's last run for a day by Airflow; times with their zone, None where it has not begun or ended."""

    day: str
    stage: str
    state: str
    begun: datetime | None
    ended: datetime | None

    @property
    def told(self) -> str:
        """When it ran, in Dutch time."""
        return f"{_clock(self.begun)}-{_clock(self.ended)}"


@dataclass(frozen=True, slots=True)
class DayRun:
    """What has run of one day. `digest_at`: when its digest was first there, Dutch time; `stages`: as Airflow ran them."""

    day: date
    sources: int
    not_ok: tuple[str, ...]
    completeness: float
    released: str
    digest_at: str | None
    stages: tuple[StageRun, ...]


@dataclass(frozen=True, slots=True)
class ReleasedDay:
    """A day in the ledger."""

    vintage_date: date
    version_number: int


def known(ask: Callable[[Settings], T], settings: Settings) -> T | None:
    """Ask what a database or a lock knows; None where it does not answer, of which `doctor` says why."""
    try:
        return ask(settings)
    except (WarehouseError, OSError, ValueError):
        return None


def released_days(settings: Settings) -> dict[date, int]:
    """Give the newest version of each day that was released; none where there is no database yet."""
    if not databases.is_made(settings):
        return {}
    with databases.warehouse_as(settings, "analist") as conn:
        return {row.vintage_date: row.version_number for row in db.rows(conn, "released_days", ReleasedDay)}


def crawls(settings: Settings) -> list[CrawlLog]:
    """Give the crawl logs; those that are damaged are told by `doctor`.

    Raises:
        ExchangeFailed: where they are kept cannot be reached.
    """
    found = []
    for path in (settings.shared / "crawl").glob("*/*.json"):
        with suppress(CrawlLogDamaged, OSError):
            found.append(read_crawl_log(path))
    return found


def days_run(
    settings: Settings, crawled: Iterable[CrawlLog], released: Mapping[date, int] | None, ran: Iterable[StageRun]
) -> list[DayRun]:
    """Tell of each day what was crawled and whether it was released and told, the newest first.

    Args:
        settings: of the installation.
        crawled: as `crawls`.
        released: as `released_days`; None where that is not known: then it is told by the files alone.
        ran: as `stages_run`.

    Raises:
        NoInstallation: there is no state folder.
    """
    if not settings.root.exists():
        raise NoInstallation(settings.root)
    seen: dict[date, list[tuple[str, str, float]]] = {}
    for log in crawled:
        seen.setdefault(log.day, []).append((log.source, log.state, log.completeness))
    days = []
    for day in sorted({*seen, *(released or ()), *digest_days(settings.root)}, reverse=True):
        of_day = sorted(seen.get(day, []))
        made = digest_made(settings.root, day)
        days.append(
            DayRun(
                day=day,
                sources=len(of_day),
                not_ok=tuple(f"{source} {state}" for source, state, _ in of_day if state != "ok"),
                completeness=round(sum(q for *_, q in of_day) / len(of_day), 3) if of_day else 0.0,
                released="unknown" if released is None else f"version {released[day]}" if day in released else "no",
                digest_at=made.isoformat(" ", "minutes") if made else None,
                stages=tuple(each for each in ran if each.day == day.isoformat()),
            )
        )
    return days


def digest_made(state: Path, day: date) -> datetime | None:
    """Tell when the digest of a day was first there (Europe/Amsterdam), by the oldest of its mails; None: it is not.

    A mail is a digest's last file and is written once; a rerun writes the page anew.
    """
    mails = [path.stat().st_mtime for path in (state / "outbox").glob(f"dagbericht-{day}-v*.eml")]
    return datetime.fromtimestamp(min(mails), AMSTERDAM) if mails else None


def digest_days(state: Path) -> set[date]:
    """Give the days that have a digest, with its mail."""
    days = set()
    for path in (state / "outbox").glob("dagbericht-*-v*.eml"):
        with suppress(ValueError):  # somebody else's file
            days.add(date.fromisoformat(path.name.removeprefix("dagbericht-")[:10]))
    return days


def last_digest(state: Path) -> date | None:
    """Give the newest day that has a digest, with its mail."""
    return max(digest_days(state), default=None)


def is_up(settings: Settings) -> bool:
    """Tell whether `up` runs Airflow for this state folder."""
    try:
        with only_one(settings.root / "airflow" / "lock"):
            return False
    except (AirflowRunsAlready, FileNotFoundError) as error:
        return isinstance(error, AirflowRunsAlready)


def has_stopped(settings: Settings) -> bool:
    """Tell whether `up` ran Airflow here and does not now: what Airflow remembers as running or next is not."""
    return (settings.root / "airflow" / "migrated").exists() and not is_up(settings)


def heartbeats(settings: Settings) -> dict[str, float]:
    """Give the seconds since each of Airflow's planning processes gave a sign of life."""
    return {str(job): float(seconds) for job, seconds in _ask(settings, "airflow_heartbeats")}


def paused(settings: Settings) -> list[str]:
    """Name the DAGs that somebody switched off."""
    return [str(name) for (name,) in _ask(settings, "airflow_paused")]


def stages_run(settings: Settings) -> list[StageRun]:
    """Give each stage's last run for each day that Airflow remembers, in the order of a night."""
    found = [StageRun(*row) for row in _ask(settings, "airflow_stages")]
    return sorted((each for each in found if each.stage in ORDER), key=lambda each: (each.day, ORDER.index(each.stage)))


def next_run(settings: Settings) -> tuple[str, datetime] | None:
    """Tell which stage the clock starts next, and when (Europe/Amsterdam); None where Airflow does not know."""
    for stage, moment in _ask(settings, "airflow_next"):
        return str(stage), moment.astimezone(AMSTERDAM)
    return None


def _ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    """Ask Airflow's own database; nothing where it never ran, or where its password is not on this machine."""
    with suppress(MissingKey), remembered(settings) as conn:
        return db.tuples(conn, query) if conn else []
    return []


def _clock(moment: datetime | None) -> str:
    return moment.astimezone(AMSTERDAM).strftime("%H:%M") if moment else "..."
