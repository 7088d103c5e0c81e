"""What the DAGs share: the assets between them, the time zone, and how long they try."""

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, CronPartitionTimetable
from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy

from advertentiemonitor import tasks

TIME_ZONE = "Europe/Amsterdam"
FIRST = tasks.first_night()

SPOOL = Asset(name="spool", uri="advertentiemonitor://spool")
CORE = Asset(name="core", uri="advertentiemonitor://warehouse/core")
ESTIMATES = Asset(name="est", uri="advertentiemonitor://warehouse/est")
RELEASE = Asset(name="release", uri="advertentiemonitor://warehouse/release")
REPORTS = Asset(name="reports", uri="advertentiemonitor://reports")


class RefusalsAreFinal(RetryPolicy):
    """Try again after what may pass; never after wrong use or a refusal by a rule."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002 - the signature is Airflow's
        max_tries: int,  # noqa: ARG002
        context: Any = None,  # noqa: ARG002
    ) -> RetryDecision:
        """Decide by the exit code that every error of ours has."""
        if tasks.is_final(exception):
            return RetryDecision.fail("wrong use, or refused by a rule")
        return RetryDecision.default()


SHARED: dict[str, Any] = {
    "start_date": pendulum.datetime(FIRST.year, FIRST.month, FIRST.day, tz=TIME_ZONE),
    "catchup": False,
    "max_active_runs": 1,
    "default_args": {
        "owner": "advertentiemonitor",
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "retry_policy": RefusalsAreFinal(),
        "execution_timeout": timedelta(minutes=60),
    },
}


def every_monday_at(hour: int, minute: int) -> CronPartitionTimetable:
    """Give a schedule of one run a week, whose partition key is its Monday."""
    return CronPartitionTimetable(f"{minute} {hour} * * 1", timezone=TIME_ZONE, key_format="%Y-%m-%d")


def every_day_at(hour: int, minute: int) -> CronPartitionTimetable:
    """Give a schedule of one run a local day, whose partition key is that day. Keep clear of 02:00 to 03:00."""
    return CronPartitionTimetable(f"{minute} {hour} * * *", timezone=TIME_ZONE, key_format="%Y-%m-%d")
