"""What can go wrong at the front door, each with the exit code of the command line.

Every room's root error has an `exit_code` too: 1 failed, 2 wrong use, 3 refused by a rule.
"""

import traceback
from datetime import date
from pathlib import Path


class FrontDoorError(Exception):
    """Root of this room's errors."""

    exit_code = 1


class WrongUse(FrontDoorError):
    """The command was called with something it cannot work with."""

    exit_code = 2


class NoInstallation(WrongUse):
    """The state folder that was named holds no installation."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(
            f"There is no installation in {folder}. Name its folder with ADVERTENTIEMONITOR_STATE, or make a new one "
            "with `advertentiemonitor init`."
        )


class BadSetting(WrongUse):
    """An environment variable holds what its setting cannot be. The value is not repeated."""

    def __init__(self, names: str, how: str) -> None:
        super().__init__(f"The setting {names} cannot be used: {how}. Change it in the environment, or leave it out.")


class RefusedByRule(FrontDoorError):
    """A rule of the privacy statement forbids it."""

    exit_code = 3


class CrawlFailed(FrontDoorError):
    """A crawl process ended without a result."""

    def __init__(self, source: str, how: str, *, may_pass: bool = True) -> None:
        self.source = source
        self.how = how
        self.may_pass = may_pass
        super().__init__(
            f"The crawl of {source} ended early ({how}). Nothing was kept of it; run the same day again to crawl it anew."
        )


class StateFolderUnusable(FrontDoorError):
    """The state folder cannot be written."""

    def __init__(self, folder: str, how: str) -> None:
        self.folder = folder
        super().__init__(
            f"The state folder {folder} cannot be used ({how}). "
            "Free some space or name another folder with ADVERTENTIEMONITOR_STATE; nothing was lost."
        )


class PortInUse(FrontDoorError):
    """Somebody else listens where Airflow's user interface would."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(
            f"Port {port} on this machine is in use. Stop what listens there, or choose another with --port."
        )


class AirflowRunsAlready(FrontDoorError):
    """Another process runs Airflow for this state folder."""

    def __init__(self) -> None:
        super().__init__(
            "Airflow runs already for this state folder. Use that one, stop it, or choose another state folder."
        )


class AirflowEnded(FrontDoorError):
    """One of Airflow's processes ended by itself."""

    def __init__(self, name: str, code: int, log: Path) -> None:
        self.name = name
        # Who is killed leaves no word, and the guardian of the others writes none.
        where = f"{log} says why" if log.exists() else "The machine's own log may say why, as for want of memory"
        super().__init__(
            f"Airflow's {name} ended by itself (code {code}), so the others were stopped. {where}; nothing is lost: "
            "start it and run the same day again."
        )


class AirflowNotReady(FrontDoorError):
    """Airflow did not become ready in time."""

    def __init__(self, seconds: float, missing: str, logs: Path) -> None:
        super().__init__(
            f"Airflow was not ready after {seconds:.0f} s: {missing}. See {logs}; close other programs and try again."
        )


class DagsBroken(FrontDoorError):
    """Airflow cannot read some of the DAG files, or they are not there."""

    def __init__(self, files: list[str]) -> None:
        self.files = files
        super().__init__(f"Airflow cannot read {', '.join(files)}. `airflow dags list-import-errors` says why.")


class DayFailed(FrontDoorError):
    """A stage of a day failed in Airflow."""

    def __init__(self, day: date, stage: str, failed: list[str], logs: Path) -> None:
        self.day = day
        self.stage = stage
        self.failed = failed
        super().__init__(
            f"Day {day} failed in Airflow at {stage} ({', '.join(failed) or 'no task ran'}). The task's log under {logs} "
            "says why and what to do; nothing is lost or doubled: run the same day again after that."
        )


class DayTooSlow(FrontDoorError):
    """A day was not done in time."""

    def __init__(self, day: date, stage: str, seconds: float, states: list[str]) -> None:
        self.stage = stage
        told = ", ".join(states) or "not begun"
        super().__init__(
            f"Day {day} was not done by Airflow after {seconds:.0f} s; it was at {stage} ({told}). "
            "Nothing is lost: run the same day again with more patience."
        )


class StagePaused(FrontDoorError):
    """A DAG that the day needs is switched off in Airflow."""

    def __init__(self, stages: list[str]) -> None:
        self.stages = stages
        super().__init__(
            f"Switched off in Airflow: {', '.join(stages)}. Switch on in its user interface, then run again."
        )


class NoDay(WrongUse):
    """A run is about no day, about two, or about something that is not a day."""

    def __init__(self, how: str) -> None:
        super().__init__(
            f'{how}. Trigger the run with a partition key such as "2026-11-08", which the next stages follow.'
        )


class Unforeseen(FrontDoorError):
    """Something failed in a way that nobody foresaw; says where, never what it held."""

    def __init__(self, error: BaseException, what: str = "This command", remedy: str = "") -> None:
        self.kind = type(error).__name__
        self.where = _place(error)
        super().__init__(
            f"{what} failed with {self.kind} at {self.where}; its message is kept out of sight, for it could quote a "
            f"listing. {remedy or 'Nothing is lost: see `advertentiemonitor doctor`, and tell the makers this sentence.'}"
        )


def _place(error: BaseException) -> str:
    """Give where an error came up and, where that is a library, from which line of ours it was called."""
    from advertentiemonitor.observing.vocabulary import ROOMS

    places = [
        (frame.f_globals.get("__name__", "").partition(".")[0], f"{frame.f_code.co_filename}:{line}")
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    last, ours = [place for _, place in places], [place for top, place in places if top in ROOMS]
    return ", called from ".join(dict.fromkeys([*last[-1:], *ours[-1:]])) or "an unknown place"


class StageFailed(Unforeseen):
    """A stage did."""

    def __init__(self, stage: str, error: BaseException) -> None:
        self.stage = stage
        remedy = "Nothing is lost or doubled: mend the cause and clear the task."
        super().__init__(error, f"Stage {stage}", remedy)


class NothingCollected(FrontDoorError):
    """Not one source could be collected."""

    def __init__(self) -> None:
        super().__init__(
            "Not one source could be collected. The logs of the collect tasks say why; `advertentiemonitor doctor` "
            "looks for common causes. Clear the collect tasks while it is still the same day."
        )


class TooFewCovered(FrontDoorError):
    """Intervals were too narrow on own data: a refusal, for trying again changes nothing."""

    exit_code = 3

    def __init__(self, covered: int, judged: int, delta: float) -> None:
        self.covered, self.judged, self.delta = covered, judged, delta
        super().__init__(
            f"Of {judged} hidden source groups in 12 weeks the others covered {covered}, under 80 %. Delta is {delta:g} from now "
            "on. Look for sources that post what another one has and give them one source group."
        )


class AirflowRefused(FrontDoorError):
    """Airflow answered a call with an error."""

    def __init__(self, call: str, status: int) -> None:
        self.status = status
        super().__init__(
            f"Airflow answered {status} to {call}. Its own log (airflow/logs/api-server.log in the state folder) says why."
        )


class AirflowSilent(FrontDoorError):
    """Airflow did not answer a call, again and again."""

    def __init__(self, call: str) -> None:
        super().__init__(
            f"Airflow did not answer {call}. Its own log (airflow/logs/api-server.log in the state folder) says why; "
            "start it again and run the same day again."
        )


class NoMailServer(WrongUse):
    """Nothing can be sent, for no mail server is set."""

    def __init__(self) -> None:
        super().__init__(
            "No mail server is set, so nothing is sent; mail waits in the outbox. Name one with "
            "ADVERTENTIEMONITOR_SMTP_HOST (docs/beheer.md)."
        )


class MailNotSent(FrontDoorError):
    """Some mail of a digest did not go out, or it is not known whether it did. The digest itself is made."""

    def __init__(self, sent: int, how: str, *, may_pass: bool = True) -> None:
        self.sent = sent
        self.how = how
        self.may_pass = may_pass
        super().__init__(f"Not all mail went out ({sent} did). Of the rest: {how}. Nothing is sent twice.")


class DatabaseElsewhere(WrongUse):
    """What was asked can be done with the embedded database only."""

    def __init__(self) -> None:
        super().__init__(
            "The database of this installation runs elsewhere (ADVERTENTIEMONITOR_DATABASE): whoever keeps that server "
            "makes and restores its backups, within the terms of docs/keeping.md."
        )


class DiskNearlyFull(FrontDoorError):
    """There is too little room to begin a stage."""

    def __init__(self, folder: Path, free: int, floor: int) -> None:
        self.free = free
        super().__init__(
            f"The disk of {folder} has {free / 1e6:.0f} MB free, and a stage begins with {floor / 1e6:.0f} MB at least. Make "
            "room and run the same day again; nothing was lost."
        )


class SourceNotSeen(FrontDoorError):
    """A crawl ended in order and saw nothing that counts. Its log is kept: the source is missing that day, not empty."""

    def __init__(self, source: str, how: str, *, may_pass: bool) -> None:
        self.source = source
        self.may_pass = may_pass
        super().__init__(
            f"{source} was not seen ({how}). If another source was, the day goes on without this one, with wider intervals; "
            "`advertentiemonitor sources health` says what to do."
        )


class DigestLate(FrontDoorError):
    """The digest of a day will not be there in time."""

    def __init__(self, day: date, what: str) -> None:
        self.day = day
        super().__init__(
            f"The digest of {day} will be late: {what}. Airflow's user interface shows at which task the day is; "
            "`advertentiemonitor doctor` looks for common causes."
        )


class PastNotCollected(RefusedByRule):
    """A day that has passed was to be collected."""

    def __init__(self) -> None:
        super().__init__(
            "A day that has passed cannot be collected: a page shows only its own day. Begin with `--stage read`."
        )


class AirflowNotRunning(FrontDoorError):
    """There is no Airflow of this installation to ask."""

    def __init__(self) -> None:
        super().__init__(
            "Airflow does not run here. Start it with `advertentiemonitor up`, in another window, and give this command "
            "again."
        )


class CrawlLogDamaged(FrontDoorError):
    """A crawl log was changed by somebody else, or is of another version."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The crawl log {name} cannot be read: it was changed, or another version of the program wrote it. "
            "Put it back from a backup, or delete it and accept the gap of that day."
        )


class NoTls(FrontDoorError):
    """The client programs of PostgreSQL that were found cannot encrypt."""

    def __init__(self) -> None:
        super().__init__(
            "The database is reached over TLS, which the psql that comes with this program cannot. Install PostgreSQL of the "
            "operating system and name its bin folder in ADVERTENTIEMONITOR_POSTGRES_BIN."
        )


class CrawlNotExpected(RefusedByRule):
    """A crawl waits to be read that cannot have been: of a source that is not in the register, or of a day to come."""

    def __init__(self) -> None:
        super().__init__(
            "What waits to be read has a crawl of a source that is not in the register, or of a day to come, so it was left "
            "alone. Put the source's contract back; if there never was one, find out who else can write there, and delete it."
        )
