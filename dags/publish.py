"""Write the digest and the dashboard from what was released.

**Waits for** `release` of the same day. **Makes** one mail a day in the outbox and the pages of the dashboard.

**If it fails**: clear it. The mail goes out once, however often this runs.
"""

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from advertentiemonitor import tasks
from dag_wiring import RELEASE, REPORTS, SHARED


@dag(schedule=PartitionedAssetTimetable(assets=RELEASE), tags=["dag", "publiceren"], doc_md=__doc__, **SHARED)
def publish() -> None:
    @task(task_id="publish", outlets=[REPORTS])
    def run_stage() -> int:
        return tasks.run("publish", tasks.day_of(get_current_context()))

    run_stage()


publish()
