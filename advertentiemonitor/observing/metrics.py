"""Metrics for Prometheus, as files for the textfile collector of node_exporter.

Each stage writes them as it ends, and so does `doctor`. Two files, for two trust domains: a stage that collects may not log in to the database, and leaves the second file as it
is. All are gauges made anew from what is there, so nothing is lost or doubled by a stage that runs again. Labels are names
of stages, sources, states and classes of errors. No figure is about a municipality; counts of listings are rounded
(`vocabulary.told_count`).
"""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from advertentiemonitor.observing import looks, runs, vocabulary
from advertentiemonitor.settings import Settings
from warehouse.records import CrawlState

PREFIX = "advertentiemonitor"
FILES = f"{PREFIX}.prom"
DATABASE = f"{PREFIX}_database.prom"


class Family(NamedTuple):
    """One metric: what it says, and its labels."""

    help: str
    labels: tuple[str, ...] = ()


_PART = ("stage", "source")
FAMILIES = {
    "stage_last_success_timestamp_seconds": Family("When the stage last ended well; 0 where it never did.", _PART),
    "stage_duration_seconds": Family("How long the last run of the stage took.", _PART),
    "stage_items": Family(
        "What the last run counted: listings, figures, files or keys; listings in steps of 25.", _PART
    ),
    "stage_failed": Family("Whether the last run of the stage ended in this error.", (*_PART, "error")),
    "source_completeness_ratio": Family(
        "Share of the source's listings that its last crawl saw and read.", ("source",)
    ),
    "source_state": Family("Whether this is the state of the source's last crawl.", ("source", "state")),
    "source_dead": Family("Whether the last three crawls of the source saw nothing.", ("source",)),
    "disk_free_bytes": Family("Room on the disk of the state folder."),
    "spool_files_waiting": Family("Encrypted files of crawls that have not been read yet."),
    "spool_oldest_age_seconds": Family("Age of the oldest of those; all go before 72 hours."),
    "backup_last_timestamp_seconds": Family("When the last backup was made; 0 where there is none."),
    "digest_last_timestamp_seconds": Family("When the digest of the last day that has one was made."),
    "digest_next_due_timestamp_seconds": Family("By when the next digest has to be made: 07:00 local time."),
    "digest_on_time": Family("Whether the last digest was made by 07:00 local time of its day."),
    "release_last_timestamp_seconds": Family("When the last day that was released was released first."),
    "release_next_due_timestamp_seconds": Family("By when the next release has to be made: 06:00 local time."),
    "database_up": Family("Whether the database answers."),
    "release_age_days": Family("Local days since the last day that was released."),
    "migrations_behind": Family("Changes of the database that this software has and that have not run."),
    "keys_wrong": Family("Keys that are missing, not the right ones or not safe."),
    "key_epoch_days_left": Family("Days until the key of this epoch is destroyed."),
    "clock_credible": Family("Whether the clock agrees with the days that the database knows."),
    "mails_due": Family("Mails of the last seven days that still have to go out."),
    "mails_refused": Family("Mails of the last seven days that a mail server refused for good."),
    "mails_doubtful": Family("Mails of the last seven days of which nobody knows whether they arrived."),
}
_MAILS = {"due": "mails_due", "refused": "mails_refused", "begun": "mails_doubtful"}

Sample = tuple[str, tuple[str, ...], float]


def folder(settings: Settings) -> Path:
    """Where the metrics of an installation are; made if it is inside the state folder."""
    return settings.metrics or settings.folder("metrics")


def _mode(settings: Settings) -> int:
    """In a folder of the operator's own another program reads them, as another user."""
    return 0o600 if settings.metrics is None else 0o644


def write(settings: Settings, *, may_ask: bool = True) -> None:
    """Write the metrics of an installation anew, where there is one. What cannot be written is left: nothing fails by it.

    Args:
        settings: of the installation.
        may_ask: log in to the database as well.
    """
    try:
        if settings.root.exists():
            _write(folder(settings) / FILES, _of_files(settings), _mode(settings))
            if may_ask:
                _write(folder(settings) / DATABASE, _of_database(settings), _mode(settings))
    except Exception:  # noqa: BLE001 - whatever it is, a stage's own outcome is the one that is told
        logging.getLogger(__name__).warning("Metrics could not be written; `doctor` looks for the cause.")


def _write(path: Path, samples: Iterator[Sample], mode: int) -> None:
    registry, gauges = CollectorRegistry(), dict[str, Gauge]()
    for name, labels, value in samples:
        if name not in gauges:
            gauges[name] = Gauge(f"{PREFIX}_{name}", FAMILIES[name].help, FAMILIES[name].labels, registry=registry)
        (gauges[name].labels(*labels) if labels else gauges[name]).set(value)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.touch(0o600)
        part.write_bytes(generate_latest(registry))
        part.chmod(mode)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _of_files(settings: Settings) -> Iterator[Sample]:
    yield from _of_stages(runs.reports(settings, looks.DAYS))
    found = looks.files(settings)
    for each in found.sources or ():
        yield "source_dead", (each.source,), each.is_dead
        if each.state != "not_crawled":
            yield "source_completeness_ratio", (each.source,), each.completeness
        for state in get_args(CrawlState):
            yield "source_state", (each.source, state), state == each.state
    yield "disk_free_bytes", (), found.free_bytes
    if found.spool is not None:
        yield "spool_files_waiting", (), found.spool.waiting
        yield "spool_oldest_age_seconds", (), found.spool.oldest_seconds
    if found.last_backup is not None:
        yield "backup_last_timestamp_seconds", (), found.last_backup
    for name, night in (("digest", found.digest), ("release", found.release)):
        if night is not None:
            yield f"{name}_last_timestamp_seconds", (), night.last
            yield f"{name}_next_due_timestamp_seconds", (), night.next_due
    if found.digest is not None:
        yield "digest_on_time", (), found.digest.was_in_time


def _of_stages(reports: list[runs.RunReport]) -> Iterator[Sample]:
    """Tell of each stage how its last run went, by when it began: a past day may have been read again today."""
    parts = sorted((part for report in reports for part in report.parts), key=lambda part: part.begun)
    stages, sources = vocabulary.stages(), vocabulary.sources() | {None}
    parts = [part for part in parts if part.stage in stages and part.source in sources]
    succeeded = {_labels(part): part for part in parts if part.outcome == "done"}
    for labels in {_labels(part): None for part in parts}:  # of one that was killed nothing else would tell
        ended = succeeded[labels].ended if labels in succeeded else None
        yield "stage_last_success_timestamp_seconds", labels, ended.timestamp() if ended else 0
    for labels, part in succeeded.items():
        if part.count is not None:
            yield "stage_items", labels, vocabulary.told_count(part.stage, part.count)
    last = {_labels(part): part for part in parts if part.outcome != "begun"}
    for labels, part in last.items():
        if part.seconds is not None:
            yield "stage_duration_seconds", labels, part.seconds
        yield "stage_failed", (*labels, part.error or ""), part.outcome == "failed"


def _labels(part: runs.Part) -> tuple[str, str]:
    return part.stage, part.source or ""


def _of_database(settings: Settings) -> Iterator[Sample]:
    found = looks.database(settings)
    for name, value in (
        ("database_up", found.is_up),
        ("release_age_days", found.days_since_release),
        ("migrations_behind", found.migrations_behind),
        ("keys_wrong", found.keys_wrong),
        ("key_epoch_days_left", found.epoch_days_left),
        ("clock_credible", found.is_clock_credible),
    ):
        if value is not None:
            yield name, (), value
    if found.mails is not None:
        for state, name in _MAILS.items():
            yield name, (), found.mails.get(state, 0)
