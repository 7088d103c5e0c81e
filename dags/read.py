"""Read the day's spool files: listings become facts and pseudonyms, and identities are linked.

**Waits for** `collect` of the same day. **Makes** rows in `core`; `estimate` follows. A spool file is deleted once its
rows are committed.

**If it fails**: clear it. It takes what has not been read yet, so nothing is lost or doubled.
"""

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from advertentiemonitor import tasks
from dag_wiring import CORE, SHARED, SPOOL


@dag(schedule=PartitionedAssetTimetable(assets=SPOOL), tags=["dag", "lezen"], doc_md=__doc__, **SHARED)
def read() -> None:
    @task(task_id="read", inlets=[SPOOL], outlets=[CORE])
    def run_stage() -> int:
        return tasks.run("read", tasks.day_of(get_current_context()))

    run_stage()


read()
