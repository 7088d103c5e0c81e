"""What Airflow's tasks call: one stage for one local day. Nothing here imports Airflow: it can be tried without.

A task hands back a count and nothing else, because Airflow keeps and logs what a task returns.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NoReturn

from advertentiemonitor import retrying
from advertentiemonitor.errors import NoDay, NothingCollected, StageFailed
from advertentiemonitor.settings import AMSTERDAM, NEVER, Settings

CHAIN = ("collect", "read", "estimate", "release", "publish")  # each feeds the next, a day at a time
ON_THEIR_OWN = ("calibrate", "deadline", "retention", "rotate_keys")
GATE = "gate"  # after collecting, in the same DAG

_log = logging.getLogger(__name__)


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


def run(stage: str, day: date) -> int:
    """Run one of `advertentiemonitor.stages` for `day` and give its count.

    Raises:
        StorageFull: the disk is full or read-only, whoever met it.
        StageFailed: an error that is not one of ours, of which only the kind and the place are told.
        Exception: one of ours (it has an `exit_code`), stripped of what it was raised from.
    """
    from advertentiemonitor import stages

    settings = Settings()
    return _count(stage, partial(_watched, settings, stage, day, partial(getattr(stages, stage), settings, day)))


def collect(day: date, source: str) -> int:
    """Crawl one source on its day and give the number of listings seen.

    Raises:
        SourceNotSeen: the crawl ended, in another state than that the source was seen, if only in part.
        Exception: as `run`.
    """
    settings = Settings()
    return _count("collect", partial(_watched, settings, "collect", day, partial(_seen, settings, day, source), source))


def _seen(settings: Settings, day: date, source: str) -> int:
    from advertentiemonitor import stages
    from advertentiemonitor.unseen import complain_if_unseen

    count = stages.collect(settings, day, source)
    complain_if_unseen(settings, day, source)
    return count


def deadline(day: date) -> int:
    """Look whether the digest of `day` is made and, where a mail server is set, sent; give the number of mails made.

    Raises:
        DigestLate: it is not.
    """
    from advertentiemonitor.watching import lateness

    settings = Settings()
    work = partial(lateness.mails_or_late, settings, day)
    return _count("deadline", partial(_watched, settings, "deadline", day, work))


def _watched(
    settings: Settings, stage: str, day: date, work: Callable[[], int | None], source: str | None = None
) -> int:
    """Work while it is written down when and how, write the metrics however it ends, and mail what waits about failures."""
    from advertentiemonitor.observing.libraries import quieted
    from advertentiemonitor.observing.observed import watched

    try:
        # Who collects does not know the database.
        with quieted(), watched(stage, day, settings, source, may_ask=stage != "collect") as ran:
            ran.count = int(work() or 0)
            return ran.count
    finally:
        _mail_what_waits(settings)


def _mail_what_waits(settings: Settings) -> None:
    from advertentiemonitor import failure_mail

    try:
        failure_mail.send_waiting(settings)
    except Exception as error:  # noqa: BLE001 - as in `tell_of_failure`
        _log.warning("Mail about an earlier failure still waits: %s", type(error).__name__)


def _count(stage: str, work: Callable[[], int | None]) -> int:
    try:
        return int(work() or 0)
    except Exception as error:  # noqa: BLE001 - the boundary with Airflow, which logs whatever comes out
        _raise_clean(stage, error)
    except BaseException as error:
        # A time-out may come while another error is on its way out, and Airflow would log both.
        error.__context__ = None
        raise


def _raise_clean(stage: str, error: Exception) -> NoReturn:
    if hasattr(error, "exit_code"):
        raise error from None
    if isinstance(error, OSError) and error.errno in retrying.DISK_IS_FULL:
        from warehouse.errors import StorageFull

        raise StorageFull(str(Settings().root), error.strerror or type(error).__name__) from None
    raise StageFailed(stage, error) from None


def gate(day: date, counts: Iterable[Iterable[int]]) -> int:
    """Let the day go on if at least one source was seen, and count the listings of all whose task went well.

    A source whose page changed counts too if it showed listings: its task failed for somebody to look at it.

    Args:
        day: of the run.
        counts: per pool, the counts of its sources that did not fail. A source that failed is missing, not zero.

    Raises:
        NothingCollected: not one was seen.
    """
    settings, collected = Settings(), [count for pool in counts for count in pool]
    return _count(GATE, partial(_watched, settings, GATE, day, partial(_let_through, settings, day, collected)))


def _let_through(settings: Settings, day: date, collected: list[int]) -> int:
    from advertentiemonitor import stages

    if not collected and not any(log.listings_present for log in stages.crawls_of(settings, day)):
        raise NothingCollected
    return sum(collected)


def tell_of_failure(context: Mapping[str, Any]) -> None:
    """Mail the operator that a task failed for good, see `failure_mail`; called by Airflow, whatever happened before.

    A mail that cannot be sent never hides why the task failed: that stands in its log already, and this raises nothing.
    """
    from advertentiemonitor import failure_mail

    run, ti = context["dag_run"], context["ti"]
    try:
        day = day_of(context).isoformat()
    except NoDay:
        day = "unknown"
    try:
        failure = failure_mail.Failure(
            ti.dag_id,
            run.run_id,
            day,
            ti.task_id,
            _sentence(context.get("exception")),
            former_tries(ti.max_tries, ti.task.retries),
        )
        failure_mail.tell(Settings(), failure)
    except Exception as error:  # noqa: BLE001 - see above; what it says may quote an address
        _log.warning("The operator was not told by mail: %s", type(error).__name__)


def _sentence(error: object) -> str:
    """Give what an error of ours says; of others only their kind, for they may quote anything."""
    if hasattr(error, "exit_code"):
        return str(error)
    if isinstance(error, BaseException):
        return f"It ended with {type(error).__name__}. Its log says where; mend the cause and clear the task."
    return "Its process was lost, by a restart or for want of memory. Clear the task: nothing is lost or doubled."


def former_tries(max_tries: int, retries: int) -> int:
    """Give how many tries a task had before it was cleared; Airflow counts tries on, and allows as many more.

    >>> former_tries(4, 4), former_tries(6, 4)
    (0, 2)
    """
    return max(0, max_tries - retries)


def first_night() -> date:
    """Give the day from which the clock starts runs.

    An installation on the synthetic market's calendar has no nights of its own: there the wall clock would collect a
    day that its market does not have, and retention would judge its rows by a date of another age.
    """
    return date(2026, 1, 1) if Settings().market_today is None else NEVER


def pause_between_crawls() -> timedelta:
    """Give the first pause before a source is asked again: a site is spared, the synthetic market need not be."""
    return timedelta(minutes=10) if Settings().market_today is None else timedelta(seconds=2)


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
