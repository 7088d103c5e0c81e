"""What Airflow keeps of its runs: counts and days, no listing; still, not for ever. Nothing here imports Airflow."""

import subprocess
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from advertentiemonitor import databases
from advertentiemonitor.airflow.home import command, environment
from advertentiemonitor.airflow.memory import remembered
from advertentiemonitor.errors import AirflowEnded
from advertentiemonitor.settings import Settings
from warehouse import db
from warehouse.bootstrap import AIRFLOW
from warehouse.errors import MissingKey
from warehouse.leftovers import LOG_DAYS
from warehouse.passwords import password_file, password_path
from warehouse.retention import Line

KIND = "run of Airflow"
NOT_OURS = "not ours to clear here: the password of Airflow's database (key db-airflow) is not on this machine"


def clean(settings: Settings) -> Line:
    """Have Airflow forget its runs of over four weeks ago, with what their tasks returned; the last run of a DAG stays.

    Its database goes by the wall clock, also where the market has a calendar of its own. Where its password is not on
    this machine nothing can be done, and the line says so.

    Raises:
        AirflowEnded: Airflow's own command failed.
    """
    try:
        with remembered(settings) as conn:
            if conn is None:
                return _line(0, 0, None)
            before, oldest = _runs(conn)
            limit = datetime.now(UTC) - timedelta(days=LOG_DAYS)
            if oldest is None or oldest >= limit.date():
                return _line(0, before, oldest)
            _forget(settings, limit)
            after, oldest = _runs(conn)
            return _line(before - after, after, oldest)
    except MissingKey:
        return _not_ours()


def _forget(settings: Settings, limit: datetime) -> None:
    """Run Airflow's own command; where the database is elsewhere its settings are too, so it gets all it needs from here."""
    logs = settings.folder("airflow") / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    asked = ["db", "clean", "--clean-before-timestamp", limit.isoformat(), "--skip-archive", "--yes"]
    server, log = databases.database(settings), logs / "clean.log"
    with (
        log.open("wb") as out,
        tempfile.TemporaryDirectory(prefix="advertentiemonitor-") as home,
        password_file(AIRFLOW, server.password(AIRFLOW)) as password,
    ):
        words = {**server.address, "passfile": password_path(password)}
        address = f"postgresql+psycopg://{AIRFLOW}@/{server.database_of(AIRFLOW)}?{urlencode(words)}"
        # Without the second, asynchronous address every command asks for another driver.
        names = ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC")
        done = subprocess.run(  # noqa: S603 - our own arguments
            command(*asked, "--error-on-cleanup-failure"),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=home,
            env=environment(settings, Path(home)) | dict.fromkeys(names, address),
            pass_fds=[password],
            check=False,
        )
    if done.returncode != 0:
        raise AirflowEnded("db clean", done.returncode, log)


def kept(settings: Settings) -> Line:
    """Tell what Airflow remembers that has a term: all but the last run of each DAG. Nothing is forgotten."""
    try:
        with remembered(settings) as conn:
            if conn is None:
                return _line(0, 0, None)
            count, oldest = db.tuples(conn, "airflow_runs_with_term")[0]
            return _line(0, int(count), oldest)
    except MissingKey:
        return _not_ours()


def _runs(conn: db.Connection) -> tuple[int, date | None]:
    count, oldest = db.tuples(conn, "airflow_runs")[0]
    return int(count), oldest


def _line(gone: int, left: int, oldest: date | None) -> Line:
    next_date = oldest + timedelta(days=LOG_DAYS + 1) if oldest else None
    return Line(KIND, gone, left, oldest, f"{LOG_DAYS} days, but for the last of each", next_date)


def _not_ours() -> Line:
    return Line(KIND, 0, None, None, NOT_OURS, None)
