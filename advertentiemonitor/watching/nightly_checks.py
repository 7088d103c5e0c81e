"""What `doctor` sees of the nights: whether they run, and whether all that is due every day was done."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from advertentiemonitor import databases
from advertentiemonitor.airflow.cleaning import NOT_OURS
from advertentiemonitor.airflow.memory import remembered
from advertentiemonitor.settings import Settings
from advertentiemonitor.watching import nights
from advertentiemonitor.watching.findings import Finding, gathered
from warehouse import backups, clock, db
from warehouse.errors import MissingKey

DIGEST_DUE = time(7)  # when readers expect it; it is made at half past six
SILENT_SECONDS = 300.0
BACKUP_DAYS = 2
_START = "start it (`systemctl start advertentiemonitor`, or `advertentiemonitor up`)"


def look(settings: Settings, now: datetime) -> list[Finding]:
    """Give a finding for each thing that is due; the database must answer.

    An installation on the synthetic market's calendar has no nights of its own, so nothing is late in it.

    Args:
        settings: of the installation.
        now: the moment, with its zone (Europe/Amsterdam).
    """
    today = settings.today(synthetic=True)
    has_nights = settings.market_today is None
    with databases.opened(settings):  # once for all of them
        return gathered(
            {
                "clock": partial(_clock, settings, today),
                "Airflow": partial(_airflow, settings, now, has_nights=has_nights),
                "release": partial(_release, settings, today, has_nights=has_nights),
                "digest": partial(_digest, settings, now, has_nights=has_nights),
                "retention": partial(_retention, settings, today, has_nights=has_nights),
                "backup": partial(_backup, settings, now, has_nights=has_nights),
            }
        )


def _clock(settings: Settings, today: date) -> Iterator[Finding]:
    with databases.warehouse_as(settings, "reader") as conn:
        clock.check(conn, today)
    yield Finding("clock", ok=True, told=f"it is {today}")


def _airflow(settings: Settings, now: datetime, *, has_nights: bool) -> Iterator[Finding]:
    home = settings.root / "airflow"
    try:
        with remembered(settings) as conn:
            has_run = conn is not None
    except MissingKey:
        yield Finding("Airflow", ok=True, told=f"runs elsewhere; its old runs are {NOT_OURS}")
        return
    if not has_run:
        yield Finding("Airflow", ok=True, told="has not run here yet: `advertentiemonitor up` starts it")
        return
    if not (home / "migrated").exists():  # `up` never ran here
        dead = _silent(nights.heartbeats(settings))
        told = f"gave no sign of life ({', '.join(dead)}): see to its processes where they run (docker/README.md)"
        yield Finding("Airflow", not dead, told if dead else "runs elsewhere")
    elif not nights.is_up(settings):
        yield Finding("Airflow", ok=not has_nights, told=f"does not run, so the coming night will not: {_START}")
    else:
        # Its settings are written at every start: before that nothing can have been heard.
        since_start = now.timestamp() - (home / "airflow.cfg").stat().st_mtime
        silent = {job: min(seconds, since_start) for job, seconds in nights.heartbeats(settings).items()}
        dead = _silent(silent)
        told = (
            f"gave no sign of life ({', '.join(dead)}): `systemctl restart advertentiemonitor`, or stop and start `up`"
        )
        yield Finding("Airflow", not dead, told if dead else "runs")
    if paused := nights.paused(settings):
        told = f"{', '.join(paused)}: switch on in Airflow's user interface, or it never runs"
        yield Finding("switched off", ok=False, told=told)


def _silent(heard: dict[str, float]) -> list[str]:
    return [f"{job} for {seconds / 60:.0f} minutes" for job, seconds in heard.items() if seconds > SILENT_SECONDS]


def _newest_release(settings: Settings) -> date | None:
    with databases.warehouse_as(settings, "analist") as conn:
        return max((row.vintage_date for row in db.rows(conn, "released_days", nights.ReleasedDay)), default=None)


def _release(settings: Settings, today: date, *, has_nights: bool) -> Iterator[Finding]:
    newest = _newest_release(settings)
    if newest is None:
        yield Finding("release", ok=True, told="there is none yet")
        return
    days = (today - newest).days
    old = (
        f"the last one is of {newest}, {days} days ago: `advertentiemonitor status` shows where the days since stopped"
    )
    is_old = has_nights and days > 1
    yield Finding("release", not is_old, old if is_old else f"of {newest}")


def _digest(settings: Settings, now: datetime, *, has_nights: bool) -> Iterator[Finding]:
    has_nights = has_nights and _newest_release(settings) is not None
    last = nights.last_digest(settings.root)
    today = now.date()
    if has_nights and now.time() >= DIGEST_DUE and (last is None or last < today):
        how = 'docs/beheer.md says step by step what to do ("Als het dagbericht niet komt")'
        yield Finding("digest", ok=False, told=f"there is none of {today} while it is {now:%H:%M}: {how}")
        return
    made = nights.digest_made(settings.root, last) if last else None
    if made is None:
        yield Finding("digest", ok=True, told="not made yet")
        return
    late = ", late" if has_nights and made.date() == last and made.time() > DIGEST_DUE else ""
    yield Finding("digest", ok=True, told=f"of {last} was there at {made:%H:%M}{late}")


def _retention(settings: Settings, today: date, *, has_nights: bool) -> Iterator[Finding]:
    with databases.warehouse_as(settings, "reader") as conn:
        last: date | None = db.tuples(conn, "retention_last")[0][0]
    if last is not None:
        ok = not has_nights or today - last <= timedelta(days=1)
        late = f"last done on {last}: run `advertentiemonitor retention run` today, for the terms are promises"
        yield Finding("retention", ok, f"nothing is due since {last}" if ok else late)


def _backup(settings: Settings, now: datetime, *, has_nights: bool) -> Iterator[Finding]:
    if settings.database:
        return  # whoever keeps that server makes them
    made = backups.whole(settings.backup_folder)
    with databases.warehouse_as(settings, "owner") as conn:
        needed = has_nights and db.tuples(conn, "holds_anything") == [(True,)]
    how = "give `advertentiemonitor backup`, and let a timer do it every day (docs/beheer.md)"
    if not made:
        yield Finding("backup", not needed, f"none in {settings.backup_folder}: {how}" if needed else "none needed yet")
        return
    days = (now.astimezone(UTC) - made[-1].moment).days
    old = f"the last one is {days} days old: {how}"
    is_old = needed and days >= BACKUP_DAYS
    yield Finding("backup", not is_old, old if is_old else f"made {made[-1].moment:%Y-%m-%d %H:%M} UTC")
