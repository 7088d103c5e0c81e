"""Make the keys of coming epochs and destroy those whose bridge week is over, with a receipt.

**Waits for** the clock: 05:30, Europe/Amsterdam, every day; on most days nothing is due. **Makes** receipts.

**If it fails**: clear it today; that old keys die is a promise. It does what is due, so a rerun or a later run catches up.
"""

from airflow.sdk import dag, get_current_context, task

from advertentiemonitor import tasks
from dag_wiring import SHARED, every_day_at


@dag(schedule=every_day_at(5, 30), tags=["dag", "sleutels"], doc_md=__doc__, **SHARED)
def rotate_keys() -> None:
    @task(task_id="rotate_keys")
    def run_stage() -> int:
        return tasks.run("rotate_keys", tasks.day_of(get_current_context()))

    run_stage()


rotate_keys()
