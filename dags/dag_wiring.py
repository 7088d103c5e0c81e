"""What the DAGs share: the assets between them, the time zone, and how long they try."""

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, CronPartitionTimetable
from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy

from advertentiemonitor import retrying, tasks

TIME_ZONE = "Europe/Amsterdam"
FIRST = tasks.first_night()

SPOOL = Asset(name="spool", uri="advertentiemonitor://spool")
CORE = Asset(name="core", uri="advertentiemonitor://warehouse/core")
ESTIMATES = Asset(name="est", uri="advertentiemonitor://warehouse/est")
RELEASE = Asset(name="release", uri="advertentiemonitor://warehouse/release")
REPORTS = Asset(name="reports", uri="advertentiemonitor://reports")


class ByKindOfError(RetryPolicy):
    """Try again after what may pass, by the table in `advertentiemonitor.retrying`; the pauses are the task's own."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Any = None,
    ) -> RetryDecision:
        """Fail at once where trying again cannot help. Who clears a task mended something: it has all its tries again."""
        former = tasks.former_tries(max_tries, context["ti"].task.retries) if context else 0
        against = retrying.reason_against(exception, try_number - former)
        return RetryDecision.default() if against is None else RetryDecision.fail(against)


# Trust domains (DESIGN 4): on several machines a worker takes one queue and has the secrets of that domain only. One
# machine has one executor, which pays no heed to them.
COLLECTING = "verzamelen"
WAREHOUSE = "magazijn"

SHARED: dict[str, Any] = {
    "start_date": pendulum.datetime(FIRST.year, FIRST.month, FIRST.day, tz=TIME_ZONE),
    "catchup": False,  # of runs that the clock missed only the last is made up for, as soon as the machine is back
    "max_active_runs": 1,
    "default_args": {
        "owner": "advertentiemonitor",
        "queue": WAREHOUSE,
        # Pauses of 1, 3, 9 and 27 minutes at least: a database that restarts, or a link that is down for half an hour.
        "retries": 4,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 3.0,
        "max_retry_delay": timedelta(minutes=30),
        "retry_policy": ByKindOfError(),
        "execution_timeout": timedelta(minutes=60),
        "on_failure_callback": tasks.tell_of_failure,
    },
}


def every_monday_at(hour: int, minute: int) -> CronPartitionTimetable:
    """Give a schedule of one run a week, whose partition key is its Monday."""
    return CronPartitionTimetable(f"{minute} {hour} * * 1", timezone=TIME_ZONE, key_format="%Y-%m-%d")


def every_day_at(hour: int, minute: int) -> CronPartitionTimetable:
    """Give a schedule of one run a local day, whose partition key is that day. Keep clear of 02:00 to 03:00."""
    return CronPartitionTimetable(f"{minute} {hour} * * *", timezone=TIME_ZONE, key_format="%Y-%m-%d")
