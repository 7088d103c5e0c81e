"""What Airflow's tasks call: one stage for one local day. Nothing here imports Airflow: it can be tried without.

A task hands back a count and nothing else, because Airflow keeps and logs what a task returns.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NoReturn

from advertentiemonitor.errors import NoDay, NothingCollected, StageFailed
from advertentiemonitor.settings import AMSTERDAM, Settings

CHAIN = ("collect", "read", "estimate", "release", "publish")  # each feeds the next, a day at a time
ON_THEIR_OWN = ("calibrate", "retention", "rotate_keys")


def day_of(context: Mapping[str, Any]) -> date:
    """Tell which local day (Europe/Amsterdam) a run is about.

    Takes what was asked for (`conf["day"]`), else the partition key, else the logical date seen in Amsterdam. The wall
    clock is no answer: a run that starts late, or again, is about the day it was made for.

    Raises:
        NoDay: the run says nothing of the kind, contradicts itself, or does not name a day.

    >>> from types import SimpleNamespace
    >>> day_of({"dag_run": SimpleNamespace(conf=None, partition_key="2026-10-25", logical_date=None)})
    datetime.date(2026, 10, 25)
    """
    run = context["dag_run"]
    asked, partition = (run.conf or {}).get("day"), run.partition_key
    if asked is not None and partition is not None and asked != partition:
        raise NoDay("The run names one day in its configuration and another as its partition")
    named = asked if asked is not None else partition
    if named is not None:
        return _local_day(named)
    moment: datetime | None = run.logical_date
    if moment is None:
        raise NoDay("The run is about no day: it has neither a partition key nor a logical date")
    if moment.tzinfo is None:
        raise NoDay("The run's logical date has no time zone")
    return moment.astimezone(AMSTERDAM).date()


def _local_day(named: object) -> date:
    # One spelling only: `date.fromisoformat` takes 20261108 and 2026-W45-7 too, as other partitions of the same day.
    try:
        day = date.fromisoformat(named) if isinstance(named, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != named:
        raise NoDay("The run's day is not written as year-month-day")
    return day


def run(stage: str, day: date, *arguments: str) -> int:
    """Run one of `advertentiemonitor.stages` for `day` and give its count.

    Raises:
        StageFailed: an error that is not one of ours, of which only the kind and the place are told.
        Exception: one of ours (it has an `exit_code`), stripped of what it was raised from.
    """
    from advertentiemonitor import stages

    try:
        counted = getattr(stages, stage)(Settings(), day, *arguments)
    except Exception as error:  # noqa: BLE001 - the boundary with Airflow, which logs whatever comes out
        _raise_clean(stage, error)
    return int(counted or 0)


def _raise_clean(stage: str, error: Exception) -> NoReturn:
    if hasattr(error, "exit_code"):
        raise error from None
    raise StageFailed(stage, error) from None


def is_final(error: BaseException) -> bool:
    """Whether trying again cannot help: wrong use and refusals by a rule stay what they are."""
    return getattr(error, "exit_code", 1) in (2, 3)


def gate(counts: Iterable[Iterable[int]]) -> int:
    """Let the day go on if at least one source was collected, and count the listings of all that were.

    Args:
        counts: per pool, the counts of its sources that did not fail. A source that failed is missing, not zero.

    Raises:
        NothingCollected: all failed.
    """
    collected = [count for pool in counts for count in pool]
    if not collected:
        raise NothingCollected
    return sum(collected)


def first_night() -> date:
    """Give the day from which the clock starts runs.

    An installation on the synthetic market's calendar has no nights of its own: there the wall clock would collect a
    day that its market does not have, and retention would judge its rows by a date of another age.
    """
    return date(2026, 1, 1) if Settings().market_today is None else date(2999, 1, 1)


def pools() -> dict[str, list[str]]:
    """Give the enabled sources per Airflow pool of one place: sources of one owner or one host take turns.

    Sources that share an owner with one and a host with another are in one pool with both.
    """
    from spiders import register
    from spiders.addresses import host_of

    pools: list[tuple[set[str], list[str]]] = []
    for name, entry in sorted(register.load().items()):
        if entry.enabled:
            marks = {f"owner_{entry.group}", f"host_{host_of(entry.base_url)}"}
            shared = [pool for pool in pools if pool[0] & marks]
            pools = [pool for pool in pools if pool not in shared]
            pools.append((marks.union(*(pool[0] for pool in shared)), [*(n for pool in shared for n in pool[1]), name]))
    return dict(sorted((max(marks), sorted(names)) for marks, names in pools))
