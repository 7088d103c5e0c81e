"""Write the digest from what was released, send it, and build the dashboard.

**Waits for** `release` of the same day. **Makes** one mail a day and kind in the outbox, and the pages of the dashboard.
Where a mail server is set, it hands the mail in, trying for half an hour.

**If it fails**: its sentence says what failed first, or what of the mail is left; the rest is done. Clear it. Each recipient
gets a mail once, however often this runs.
"""

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from advertentiemonitor import tasks
from dag_wiring import RELEASE, REPORTS, SHARED


@dag(schedule=PartitionedAssetTimetable(assets=RELEASE), tags=["dag", "publiceren"], doc_md=__doc__, **SHARED)
def publish() -> None:
    @task(task_id="publish", inlets=[RELEASE], outlets=[REPORTS])
    def run_stage() -> int:
        return tasks.run("publish", tasks.day_of(get_current_context()))

    run_stage()


publish()
