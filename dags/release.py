"""Protect the day's estimates and freeze what may be published.

**Waits for** `estimate` of the same day. **Makes** an edition in `release` with its entry in the ledger; `publish`
follows.

**If it fails**: nothing was published. If an attack test did not pass, the task says which: leave the edition
unpublished until that is understood. Otherwise clear it; what was released once stays as it is.
"""

from airflow.sdk import PartitionedAssetTimetable, dag, get_current_context, task

from advertentiemonitor import tasks
from dag_wiring import ESTIMATES, RELEASE, SHARED


@dag(schedule=PartitionedAssetTimetable(assets=ESTIMATES), tags=["dag", "vrijgeven"], doc_md=__doc__, **SHARED)
def release() -> None:
    @task(task_id="release", inlets=[ESTIMATES], outlets=[RELEASE])
    def run_stage() -> int:
        return tasks.run("release", tasks.day_of(get_current_context()))

    run_stage()


release()
