"""What Airflow keeps of its runs: counts and days, no listing; still, not for ever. Nothing here imports Airflow."""

import subprocess
from datetime import UTC, date, datetime, timedelta

from advertentiemonitor import databases
from advertentiemonitor.airflow.home import command, environment
from advertentiemonitor.errors import AirflowEnded
from advertentiemonitor.settings import Settings
from warehouse import db
from warehouse.leftovers import LOG_DAYS
from warehouse.retention import Line

KIND = "run of Airflow"


def clean(settings: Settings) -> Line:
    """Have Airflow forget its runs of over four weeks ago, with what their tasks returned; the last run of a DAG stays.

    Its database goes by the wall clock, also where the market has a calendar of its own.

    Raises:
        AirflowEnded: Airflow's own command failed.
    """
    home = settings.root / "airflow"
    if not (home / "migrated").exists():
        return _line(0, 0, None)
    with databases.database(settings) as server, db.connect(server.dsn("airflow")) as conn:
        before, oldest = _runs(conn)
        limit = datetime.now(UTC) - timedelta(days=LOG_DAYS)
        if oldest is None or oldest >= limit.date():
            return _line(0, before, oldest)
        asked = ["db", "clean", "--clean-before-timestamp", limit.isoformat(), "--skip-archive", "--yes"]
        log = home / "logs" / "clean.log"
        with log.open("wb") as out:
            done = subprocess.run(  # noqa: S603 - our own arguments
                command(*asked, "--error-on-cleanup-failure"),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=home,
                env=environment(settings, home),
                check=False,
            )
        if done.returncode != 0:
            raise AirflowEnded("db clean", done.returncode, log)
        after, oldest = _runs(conn)
        return _line(before - after, after, oldest)


def kept(settings: Settings) -> Line:
    """Tell what Airflow remembers that has a term: all but the last run of each DAG. Nothing is forgotten."""
    if not (settings.root / "airflow" / "migrated").exists():
        return _line(0, 0, None)
    with databases.database(settings) as server, db.connect(server.dsn("airflow")) as conn:
        count, oldest = db.tuples(conn, "airflow_runs_with_term")[0]
        return _line(0, int(count), oldest)


def _runs(conn: db.Connection) -> tuple[int, date | None]:
    count, oldest = db.tuples(conn, "airflow_runs")[0]
    return int(count), oldest


def _line(gone: int, left: int, oldest: date | None) -> Line:
    next_date = oldest + timedelta(days=LOG_DAYS + 1) if oldest else None
    return Line(KIND, gone, left, oldest, f"{LOG_DAYS} days, but for the last of each", next_date)
