"""Running past days again, from a stage on, in the Airflow that `up` runs.

Airflow's own `backfill` makes runs of a DAG by its clock. Of our chain only `collect` has one, and that is the one stage
which a past day cannot have again; the others follow what is before them, so a day is started there and followed.
"""

import configparser
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from advertentiemonitor import tasks
from advertentiemonitor.airflow.api import AirflowApi
from advertentiemonitor.airflow.days import DayRun, Progress, run_day
from advertentiemonitor.airflow.home import HOST, USER, password
from advertentiemonitor.errors import AirflowNotRunning, PastNotCollected, WrongUse
from advertentiemonitor.settings import Settings

DAY_SECONDS = 6 * 3600.0


def days_between(first: date, last: date) -> list[date]:
    """Give the days from `first` to `last`, both included, in order.

    Raises:
        WrongUse: `last` comes before `first`.
    """
    if last < first:
        raise WrongUse(f"{last} comes before {first}. Name the earlier day with --from and the later one with --to.")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def backfill(
    settings: Settings, first: date, last: date, stage: str, told: Callable[[date, Progress], None]
) -> list[DayRun]:
    """Run days again from `stage` to the digest, one after the other: the links of a day rest on those before it.

    Args:
        settings: of the installation.
        first: local day.
        last: local day, included; at most today.
        stage: where each day begins.
        told: called as a day comes further.

    Raises:
        PastNotCollected: the stage is `collect`.
        WrongUse: there is no such stage; the days are in the wrong order or have not come yet.
        AirflowNotRunning: there is none of this installation.
        Exception: as `run_day`; the days after the one that failed are not begun.
    """
    if stage == tasks.CHAIN[0]:
        raise PastNotCollected
    if stage not in tasks.CHAIN:
        raise WrongUse(f"A day can begin at: {', '.join(tasks.CHAIN[1:])}. Name one of these with --stage.")
    days = days_between(first, last)
    if last > (today := settings.today(synthetic=True)):
        raise WrongUse(f"It is {today} now. Name a day up to today with --to.")
    chain = tasks.CHAIN[tasks.CHAIN.index(stage) :]
    logs = settings.root / "airflow" / "logs"
    with _running(settings) as api:
        return [
            run_day(api, day, chain, timeout=DAY_SECONDS, logs=logs, told=functools.partial(told, day)) for day in days
        ]


@contextmanager
def _running(settings: Settings) -> Iterator[AirflowApi]:
    """Open the API of the Airflow that runs for these settings."""
    home = settings.root / "airflow"
    written = configparser.ConfigParser(interpolation=None)
    if not written.read(home / "airflow.cfg"):
        raise AirflowNotRunning
    with AirflowApi(f"http://{HOST}:{written['api']['port']}", USER, password(home)) as api:
        if not api.health():
            raise AirflowNotRunning
        yield api
