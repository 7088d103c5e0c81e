"""Delete what may not be kept longer: rows after 26 weeks, spool files after 72 hours.

**Waits for** the clock: 05:15, Europe/Amsterdam. **Makes** receipts of what was deleted.

**If it fails**: clear it today; the terms are promises. It deletes what is due, so a rerun or a later run catches up.
"""

from airflow.sdk import dag, get_current_context, task

from advertentiemonitor import tasks
from dag_wiring import SHARED, every_day_at


@dag(schedule=every_day_at(5, 15), tags=["dag", "bewaartermijn"], doc_md=__doc__, **SHARED)
def retention() -> None:
    @task(task_id="retention")
    def run_stage() -> int:
        return tasks.run("retention", tasks.day_of(get_current_context()))

    run_stage()


retention()
