"""Crawl every enabled source once, in the night of the local day that is the run's partition.

**Waits for** the clock: 00:30, Europe/Amsterdam. **Makes** an encrypted spool file and a crawl log a source; `read`
follows.

One mapped task a source; sources of one owner share a pool of one place and take turns. The gate lets the day go on if
at least one source was seen: a source that failed is missing, not zero, and widens the intervals. A site that does not
answer is asked again after ten minutes, half an hour and an hour; one that refuses, or whose pages changed, is not, nor is
one that took all of its five hours. The operator gets one mail about sources, and another if the gate stops the day.

**If it fails**: the task says why. A refusal by a rule is final (`advertentiemonitor sources check`); of changed pages
`sources health` says what to do. Otherwise clear the task the same day; a crawl that was finished is not done again. A
day that has passed cannot be crawled.
"""

from datetime import timedelta

from airflow.sdk import dag, get_current_context, task

from advertentiemonitor import tasks
from dag_wiring import COLLECTING, SHARED, SPOOL, every_day_at


@dag(schedule=every_day_at(0, 30), tags=["dag", "verzamelen"], doc_md=__doc__, **SHARED)
def collect() -> None:
    @task(
        map_index_template="{{ task.op_kwargs['source'] }}",
        queue=COLLECTING,
        retries=3,
        retry_delay=tasks.pause_between_crawls(),
        max_retry_delay=timedelta(hours=1),
        # More than a contract allows: a crawl ends by itself, in order.
        execution_timeout=timedelta(hours=5, minutes=15),
    )
    def collect_source(source: str) -> int:
        return tasks.collect(tasks.day_of(get_current_context()), source)

    @task(trigger_rule="all_done", outlets=[SPOOL], retries=0)
    def gate(counts: list[list[int]]) -> int:
        return tasks.gate(tasks.day_of(get_current_context()), counts)

    gate(
        [
            collect_source.override(task_id=f"collect_{pool}", pool=pool).expand(source=sources)
            for pool, sources in tasks.pools().items()
        ]
    )


collect()
