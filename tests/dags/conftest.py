"""What Airflow makes of the DAG files, asked in a process of its own: importing Airflow writes in its home folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DAGS = Path(__file__).resolve().parents[2] / "dags"

READ_THEM = """
import json, sys
from datetime import datetime
import pendulum
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.serialization.serialized_objects import DagSerialization

bag = BundleDagBag(dag_folder=sys.argv[1], bundle_path=sys.argv[1], bundle_name="dags-folder")
heavy = sorted({
    "advertentiemonitor.stages", "numpy", "psycopg", "s3fs", "scipy", "scrapy", "spacy", "warehouse.db",
} & set(sys.modules))

def keys(dag, first, last):
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    return [info.partition_key for info in
            timetable.iter_partition_dagrun_infos(
            earliest=datetime.fromisoformat(first), latest=datetime.fromisoformat(last))]

def nights(dag, last, *moments):
    # the runs that the scheduler makes after `last` (None: of none yet) where it looks at those moments
    from airflow.timetables import trigger
    from airflow.timetables.base import TimeRestriction
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    since = TimeRestriction(earliest=dag.start_date, latest=None, catchup=dag.catchup)
    made = []
    for moment in map(pendulum.parse, moments):
        trigger.utcnow = lambda moment=moment: moment  # the clock that the timetable reads
        while (due := timetable.next_dagrun_info_v2(last_dagrun_info=last, restriction=since)).run_after <= moment:
            last = due
            made.append([due.partition_key, due.run_after.in_timezone("Europe/Amsterdam").isoformat()])
    return made

def hours_about(day):
    start = pendulum.parse(day, tz="Europe/Amsterdam").subtract(days=3)
    return [moment.in_timezone("UTC").isoformat() for moment in pendulum.interval(start, start.add(days=7)).range("hours")]

def fed(dag):
    return getattr(dag.timetable, "asset_condition", None)

def told(dag):
    return {
        "queues": {task.task_id: task.queue for task in dag.tasks},
        "told": all(task.has_on_failure_callback for task in dag.tasks),
        "pauses": {task.task_id: [task.retry_delay.total_seconds(), task.retry_exponential_backoff,
            task.max_retry_delay.total_seconds()] for task in dag.tasks},
        "doc": dag.doc_md, "owner": dag.owner, "tags": sorted(dag.tags), "file": dag.fileloc,
        "timetable": type(dag.timetable).__name__,
        "waits_for": [fed(dag).name] if fed(dag) else [],
        "makes": sorted({asset.name for task in dag.tasks for asset in task.outlets}),
        "catchup": dag.catchup, "max_active_runs": dag.max_active_runs, "first_year": dag.start_date.in_timezone("Europe/Amsterdam").year,
        "tasks": {task.task_id: {
            "pool": task.pool, "trigger_rule": task.trigger_rule.value, "mapped": task.is_mapped, "retries": task.retries,
            "policy": bool(task.retry_policy), "minutes": task.execution_timeout.total_seconds() / 60,
            "executor": task.executor, "upstream": sorted(task.upstream_task_ids),
            "sources": sorted(task.op_kwargs_expand_input.value["source"]) if task.is_mapped else [],
        } for task in dag.tasks},
        "keys": {} if fed(dag) else {year: keys(dag, f"{year}-01-01", f"{year}-12-31T23:59:59") for year in (2026, 2027)},
    }

from types import SimpleNamespace
from airflow.sdk.exceptions import AirflowTaskTimeout

def decides(error, number, most):
    # what the policy of a task with four retries makes of a try; after a clear, Airflow counts on and `most` is higher
    task = bag.dags["read"].get_task("read")
    return task.retry_policy.evaluate(error, number, most, {"ti": SimpleNamespace(task=task)}).action.value

# Off from the evening of the 9th: on at three the next night; off again, and on three days later.
off = ["2026-11-09T00:00Z", "2026-11-10T02:00Z", "2026-11-10T03:00Z", "2026-11-13T14:00Z", "2026-11-13T15:00Z"]
changes = sys.argv[2:]
collect = bag.dags.get("collect")
print("ANSWER" + json.dumps({
    "scheduled": {name: {day: nights(dag, None, *hours_about(day)) for day in changes}
        for name, dag in bag.dags.items() if not fed(dag)},
    "after_off": nights(collect, None, *off) if collect and collect.start_date.year < 2100 else [],
    "decided": {} if bag.import_errors else {
        "out of time": [decides(AirflowTaskTimeout(), 1, 4)],
        "unforeseen": [decides(KeyError(), number, 4) for number in (1, 2)],
        "unforeseen, cleared after two tries": [decides(KeyError(), number, 6) for number in (3, 4)],
    },
    "errors": bag.import_errors, "heavy": heavy,
    "seconds": {stat.file: stat.duration.total_seconds() for stat in bag.dagbag_stats},
    "dags": {dag.dag_id: told(dag) for dag in bag.dags.values()},
}))
"""


CHANGES = ("2026-03-29", "2026-10-25", "2027-03-28", "2027-10-31")  # when clocks change in the Netherlands


def ask(folder: Path, *changes: str, **settings: str) -> Any:
    """Let Airflow read the DAG files, with `settings` in the environment, and schedule the weeks about `changes`."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ADVERTENTIEMONITOR"))}
    (folder / "airflow.cfg").write_text("[core]\nload_examples = False\n[logging]\nlogging_level = ERROR\n")
    result = subprocess.run(
        [sys.executable, "-P", "-c", READ_THEM, str(DAGS), *changes],
        env=ours | {"AIRFLOW_HOME": str(folder)} | settings,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    answers = [line.removeprefix("ANSWER") for line in result.stdout.splitlines() if line.startswith("ANSWER")]
    assert answers, result.stderr[-3000:]
    return json.loads(answers[0])


@pytest.fixture(scope="session")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What Airflow reads in `dags/`."""
    return ask(tmp_path_factory.mktemp("airflow"), *CHANGES)
