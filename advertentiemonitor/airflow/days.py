"""A day in Airflow, from one stage on: started by its REST API and followed to its end. Nothing here imports Airflow."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from advertentiemonitor.airflow.api import AirflowApi, DagRun, TaskState
from advertentiemonitor.errors import DayFailed, DayTooSlow, StagePaused

POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a day is. `state`: waiting, queued, running, retrying, success; tasks are counted within the stage."""

    stage: str
    state: str
    tasks_done: int
    tasks: int


@dataclass(frozen=True, slots=True)
class DayRun:
    """A day that Airflow ran through: seconds a stage, and the tasks that failed without stopping it (sources)."""

    day: date
    seconds: Mapping[str, float]
    failed: tuple[str, ...]


def say_nothing(_progress: Progress) -> None:
    """Tell nobody how far a day is."""


def run_day(
    api: AirflowApi,
    day: date,
    chain: Sequence[str],
    *,
    timeout: float,
    logs: Path,
    told: Callable[[Progress], None] = say_nothing,
    check: Callable[[], None] = lambda: None,
) -> DayRun:
    """Start the first DAG of `chain` for a day, and wait until the others, each fed by the one before, are done too.

    Args:
        api: of an Airflow that runs.
        day: local day.
        chain: DAGs in their order.
        timeout: seconds for the whole day.
        logs: named where something fails.
        told: called whenever a stage begins, ends or comes further.
        check: called again and again; what it raises ends the waiting.

    Raises:
        DayFailed: a stage failed for good; says which tasks.
        DayTooSlow: not done in time.
        StagePaused: a DAG is switched off.
        AirflowRefused, AirflowSilent: it does not answer.
    """
    partition = day.isoformat()
    if paused := [dag for dag, is_paused in api.dags().items() if is_paused and dag in chain]:
        raise StagePaused(paused)
    earlier = {(dag, run.run_id) for dag in chain for run in api.runs(dag, partition)}
    begun = time.monotonic()
    api.trigger(chain[0], partition)
    seconds: dict[str, float] = {}
    failed: list[str] = []
    for stage in chain:
        stage_begun = time.monotonic()
        last = None
        while True:
            check()
            run, states = _look(api, stage, partition, earlier)
            progress = _progress(stage, run, states)
            if progress != last:
                told(progress)
                last = progress
            bad = [task.name for task in states if task.is_failed]
            if run is not None and run.state == "success":
                failed += bad
                break
            if run is not None and run.state == "failed":
                raise DayFailed(day, stage, bad, logs)
            if time.monotonic() - begun > timeout:
                raise DayTooSlow(day, stage, timeout, [f"{task.name} {task.state}" for task in states])
            time.sleep(POLL_SECONDS)
        seconds[stage] = time.monotonic() - stage_begun
    return DayRun(day, seconds, tuple(failed))


def _look(
    api: AirflowApi, stage: str, partition: str, earlier: set[tuple[str, str]]
) -> tuple[DagRun | None, list[TaskState]]:
    """Give this day's new run of a stage and the states of its tasks, as far as they are there."""
    new = [run for run in api.runs(stage, partition) if (stage, run.run_id) not in earlier]
    return (new[0], api.tasks(new[0])) if new else (None, [])


def _progress(stage: str, run: DagRun | None, states: list[TaskState]) -> Progress:
    state = "waiting" if run is None else run.state
    if any(task.state == "up_for_retry" for task in states):
        state = "retrying"
    done = sum(task.is_failed or task.state in {"success", "skipped"} for task in states)
    return Progress(stage, state, done, len(states))
