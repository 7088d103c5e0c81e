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
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.serialization.serialized_objects import DagSerialization

bag = BundleDagBag(dag_folder=sys.argv[1], bundle_path=sys.argv[1], bundle_name="dags-folder")
heavy = sorted({"numpy", "psycopg", "scipy", "scrapy", "spacy", "warehouse"} & set(sys.modules))

def keys(dag, first, last):
    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag)).timetable
    return [info.partition_key for info in
            timetable.iter_partition_dagrun_infos(
            earliest=datetime.fromisoformat(first), latest=datetime.fromisoformat(last))]

def fed(dag):
    return getattr(dag.timetable, "asset_condition", None)

def told(dag):
    return {
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
        "keys": {} if fed(dag) else {
            "spring": keys(dag, "2026-03-28", "2026-03-31"), "autumn": keys(dag, "2026-10-24", "2026-10-27")},
    }

print("ANSWER" + json.dumps({
    "errors": bag.import_errors, "heavy": heavy,
    "seconds": {stat.file: stat.duration.total_seconds() for stat in bag.dagbag_stats},
    "dags": {dag.dag_id: told(dag) for dag in bag.dags.values()},
}))
"""


def ask(folder: Path, **settings: str) -> Any:
    """Let Airflow read the DAG files, with `settings` in the environment."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "ADVERTENTIEMONITOR"))}
    (folder / "airflow.cfg").write_text("[core]\nload_examples = False\n[logging]\nlogging_level = ERROR\n")
    result = subprocess.run(
        [sys.executable, "-P", "-c", READ_THEM, str(DAGS)],
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
    return ask(tmp_path_factory.mktemp("airflow"))
