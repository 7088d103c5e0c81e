"""Estimate volume, shares and movement as known on the day.

**Waits for** `read` of the same day. **Makes** that day's vintage in `est`; `release` follows.

**If it fails**: clear it. It writes the whole vintage anew, in one transaction, from the same seeds.
"""

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from advertentiemonitor import tasks
from dag_wiring import CORE, ESTIMATES, SHARED


@dag(schedule=PartitionedAssetTimetable(assets=CORE), tags=["dag", "schatten"], doc_md=__doc__, **SHARED)
def estimate() -> None:
    @task(task_id="estimate", inlets=[CORE], outlets=[ESTIMATES])
    def run_stage() -> int:
        return tasks.run("estimate", tasks.day_of(get_current_context()))

    run_stage()


estimate()
