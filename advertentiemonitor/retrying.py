"""What trying again can mend. Airflow's retry policy asks here; nothing here imports Airflow.

An error of wrong use (exit code 2) or of a rule (3) stays what it is. Of the others this table says it, by name, so that
no room has to be imported to ask. Four answers:

- `passes`: the network, another machine or the database was away. Tried again with growing pauses.
- `stays`: the same try has the same end until a person does something. A full disk is among them: nothing of ours empties
  it, a crawl that is tried again asks the site for all its pages again, and whoever can make room hears of it at once.
- `unforeseen`: it may be a fault of ours or of the moment. Tried once more.
- `says`: the error knows, and has `may_pass`.
"""

import errno
from typing import Literal

Verdict = Literal["passes", "stays", "unforeseen", "says"]

UNFORESEEN_TRIES = 2

TABLE: dict[str, Verdict] = {
    "advertentiemonitor.errors.FrontDoorError": "unforeseen",
    "advertentiemonitor.errors.CrawlFailed": "says",
    "advertentiemonitor.errors.CrawlLogDamaged": "stays",
    "advertentiemonitor.errors.SourceNotSeen": "says",
    "advertentiemonitor.errors.StageFailed": "says",
    "advertentiemonitor.errors.Unforeseen": "stays",
    "advertentiemonitor.errors.MailNotSent": "says",
    "advertentiemonitor.errors.AirflowEnded": "unforeseen",  # retention: Airflow's own cleaning
    "advertentiemonitor.errors.DigestLate": "stays",
    "advertentiemonitor.errors.DiskNearlyFull": "stays",
    "advertentiemonitor.errors.NothingCollected": "stays",
    "advertentiemonitor.errors.StateFolderUnusable": "stays",
    "nlp.errors.ReadingError": "unforeseen",
    "nlp.errors.DataFileBroken": "stays",
    "reports.errors.ReportError": "unforeseen",
    "reports.errors.MailServerSilent": "passes",
    "reports.errors.NothingReleased": "stays",
    "reports.errors.ReportNotWritten": "stays",
    "reports.errors.YearNotReleased": "stays",
    "spiders.errors.SpiderError": "unforeseen",
    "spiders.errors.ClassFault": "stays",
    "spiders.errors.CrawlBroken": "unforeseen",
    "spiders.errors.CrawlInterrupted": "passes",
    "spiders.errors.PageChanged": "stays",
    "warehouse.copy_errors.DataGone": "stays",
    "warehouse.errors.WarehouseError": "unforeseen",
    "warehouse.errors.CalendarDamaged": "stays",
    "warehouse.errors.DatabaseFailed": "says",
    "warehouse.errors.DatabaseOlder": "stays",
    "warehouse.errors.EpochMoved": "stays",
    "warehouse.errors.ExchangeFailed": "passes",
    "warehouse.errors.KeyProviderFailed": "passes",  # a vault that is restarted
    "warehouse.errors.MissingKey": "stays",
    "warehouse.errors.PasswordRefused": "stays",
    "warehouse.errors.ServerUnavailable": "passes",
    "warehouse.errors.SpoolCorrupt": "stays",
    "warehouse.errors.StatementTooSlow": "passes",
    "warehouse.errors.StorageFull": "stays",
    "warehouse.estimates.errors.EstimateError": "unforeseen",
    "warehouse.estimates.errors.NotLinked": "stays",
    "warehouse.protection.errors.LedgerBroken": "stays",
    "warehouse.protection.errors.NoSuchNoise": "stays",
    "warehouse.protection.errors.NothingToRelease": "stays",
}

ELSEWHERE = frozenset(
    {
        *(
            "AirflowNotReady",
            "AirflowNotRunning",
            "AirflowRefused",
            "AirflowRunsAlready",
            "AirflowSilent",
            "DagsBroken",
            "DayFailed",
        ),
        *("DayTooSlow", "NoTls", "PortInUse", "StagePaused"),
        *("BackupDamaged", "BackupFailed", "BackupNeedsRestart", "MomentNotReached", "NoBackup"),
        *("NothingRecorded", "RecordingUnlike", "RecordingUnread", "SimulationError", "SiteStopped"),
    }
)
"""Errors of commands that no task runs; the room's root decides should one come after all."""

# SQL states after which the same statement may do, for another transaction was in the way (PostgreSQL 18, appendix A). A
# server that restarts or has too many callers is `ServerUnavailable`.
_PASSING_STATES = frozenset({"40001", "40P01", "55P03"})

PASSING_REASONS = frozenset(
    {
        *("timeout", "connection_refused", "connection_lost", "name_not_found", "tls", "http_408", "nothing_fetched"),
        *("robots_unreachable", "tdm_unreadable"),  # a site that cannot give its rules is down: it did not refuse
    }
)
"""Why a crawl saw nothing that may be over in half an hour, as `spiders.reasons` names it; answers from 500 on too."""

DISK_IS_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""System errors that no later try mends: full, over quota, read-only."""

_OUT_OF_TIME = "airflow.sdk.exceptions.AirflowTaskTimeout"
"""What Airflow raises in a task after its `execution_timeout`. What hung so long would take the rest of the night."""

_PASSING_KINDS = frozenset(
    {
        *("BrokenPipeError", "ConnectionAbortedError", "ConnectionError", "ConnectionRefusedError"),
        *("ConnectionResetError", "MemoryError", "TimeoutError", "gaierror"),
    }
)


def verdict(error: BaseException) -> Verdict:
    """Give what the table says of an error, or `passes`, `stays` or `unforeseen` where the error itself says."""
    if getattr(error, "exit_code", 1) in (2, 3):
        return "stays"
    kinds = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    if _OUT_OF_TIME in kinds:
        return "stays"
    found: Verdict = next((TABLE[kind] for kind in kinds if kind in TABLE), "unforeseen")
    return _said_by(error) if found == "says" else found


def _said_by(error: BaseException) -> Verdict:
    if isinstance(state := getattr(error, "sqlstate", None), str):
        return "passes" if state in _PASSING_STATES else "unforeseen"
    if isinstance(kind := getattr(error, "kind", None), str):
        return "passes" if kind in _PASSING_KINDS else "unforeseen"
    return "passes" if getattr(error, "may_pass", False) else "stays"


def reason_against(error: BaseException, try_number: int) -> str | None:
    """Say why a task that failed with `error` is not tried again; None: it is.

    Args:
        error: that it failed with.
        try_number: of the try that failed, from 1; after a person cleared the task, from 1 again.
    """
    found = verdict(error)
    if found == "stays":
        return "trying again cannot help: see the task's error for what can"
    if found == "unforeseen" and try_number >= UNFORESEEN_TRIES:
        return "an unforeseen error came twice"
    return None


def crawl_may_pass(state: str, reason: str) -> bool:
    """Tell whether a crawl that ended so may see more in half an hour; a site that said no or changed is left alone."""
    return state == "failed" and (reason in PASSING_REASONS or reason.startswith("http_5"))
