"""Look at a quarter to seven whether the digest of the day is there, so that somebody hears it before seven if not.

**Waits for** the clock: 06:45, Europe/Amsterdam. **Makes** nothing but, if the digest is late, a failed task: like every
one, that is a mail to the operator.

**If it fails**: the digest is late: not made, or sent to nobody. Its sentence says what is missing; look at which DAG the day is, and at its failed
task. This one need not be cleared.
"""

from airflow.sdk import dag, get_current_context, task

from advertentiemonitor import tasks
from dag_wiring import SHARED, every_day_at


# Not a DeadlineAlert of Airflow: that counts from a run of the DAG it watches, and a day that stops early has no run of
# `publish` to count from; its callbacks want a triggerer, one process more, and it knows nothing of mail that is not sent.
@dag(schedule=every_day_at(6, 45), tags=["dag", "wekker"], doc_md=__doc__, **SHARED)
def deadline() -> None:
    @task(task_id="deadline", priority_weight=100, retries=1)  # an answer that comes late is none
    def look() -> int:
        return tasks.deadline(tasks.day_of(get_current_context()))

    look()


deadline()
