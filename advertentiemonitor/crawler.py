"""A crawl runs in a process of its own, forked from one that has imported Scrapy already.

Scrapy's reactor cannot start twice in a process, and importing Scrapy takes longer than a small crawl. So one helper
process imports it once, reads jobs as JSON lines, forks for each, and answers with a JSON line. Keys are read by the
child from their file: they pass through no argument, environment variable or pipe.
"""

import contextlib
import ctypes
import dataclasses
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from advertentiemonitor import crawl_logs, retrying
from advertentiemonitor.courtesy import turn
from advertentiemonitor.errors import CrawlFailed, CrawlLogDamaged
from advertentiemonitor.settings import Settings
from warehouse.calendar import day_named
from warehouse.key_providers import without_keys
from warehouse.records import CrawlLog
from warehouse.store import ObjectPath, Place, dated, shared, write

HISTORY_DAYS = 56
GRACE_SECONDS = 120
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """One source on one day. `base_url` replaces the register's, for a synthetic market on other ports.

    `state` holds what is this machine's own; what the crawl leaves for others goes to the `exchange`, where one is set.
    """

    source: str
    day: date
    state: Path
    contact: str
    base_url: str | None = None
    delay: float | None = None
    exchange: str = ""

    @property
    def shared(self) -> Place:
        """Where the crawl leaves what reading takes."""
        return shared(self.exchange, self.state)

    def to_json(self) -> str:
        """Give the job as one line."""
        fields = dataclasses.asdict(self) | {"day": self.day.isoformat(), "state": str(self.state)}
        return json.dumps(fields)

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Read a line that `to_json` made."""
        fields = json.loads(line)
        return cls(**fields | {"day": date.fromisoformat(fields["day"]), "state": Path(fields["state"])})


class Crawler:
    """Client of one helper process; crawls one job at a time. Use two for two crawls at once."""

    def __init__(self) -> None:
        self._helper = subprocess.Popen(
            [sys.executable, "-P", "-m", "advertentiemonitor.crawler"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=without_keys(os.environ, "spool"),
            start_new_session=True,  # Ctrl-C is ours to pass on, after the spool has been left clean
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the helper and whatever it is crawling."""
        if self._helper.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._helper.pid, signal.SIGTERM)
        self._helper.wait()
        for pipe in (self._helper.stdin, self._helper.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def crawl(self, job: CrawlJob) -> CrawlLog:
        """Crawl, write spool, seen index and crawl log, and return the log.

        Raises:
            CrawlFailed: the process died or could not write; nothing of the crawl was kept.
            ExchangeFailed: the crawl is there, and its log cannot be read.
        """
        assert self._helper.stdin is not None and self._helper.stdout is not None  # noqa: S101, PT018 - both are pipes
        try:
            self._helper.stdin.write(job.to_json() + "\n")
            self._helper.stdin.flush()
            answer = self._helper.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise CrawlFailed(job.source, "its process was killed")
        result = json.loads(answer)
        if "error" in result:
            raise CrawlFailed(job.source, result["error"], may_pass=result.get("may_pass", True))
        return read_crawl_log(crawl_log_path(job.shared, job.source, job.day))


def crawl_log_path(place: Place, source: str, day: date) -> Place:
    """Where the crawl log of a source and day lies; its presence says that the spool file is whole."""
    return place / "crawl" / source / f"{day.isoformat()}.json"


def spool_path(place: Place, source: str, day: date) -> Place:
    """Where the spool file of a source and day lies, until it has been loaded."""
    return place / "spool" / source / f"{day.isoformat()}.spool"


# A crawl in another state may be tried again on its own day, until it has been loaded. A site that said no is left
# alone for the day, whoever asks (PRIVACY P2).
SETTLED = frozenset({"ok", "thin", "refused"})


def is_settled(place: Place, source: str, day: date) -> bool:
    """Tell whether the source's day has been crawled for good."""
    path = crawl_log_path(place, source, day)
    return path.exists() and (read_crawl_log(path).state in SETTLED or not spool_path(place, source, day).exists())


def write_crawl_log(path: Place, log: CrawlLog, key: bytes | None = None) -> None:
    """Write atomically: a log is there whole or not at all.

    Args:
        path: see `crawl_log_path`.
        log: the log.
        key: the spool key, to seal it with; without a seal, it is believed in a state folder only.

    Raises:
        StorageFull, ExchangeFailed: it cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(path, crawl_logs.written(log, key))


def read_crawl_log(path: Place, key: bytes | None = None) -> CrawlLog:
    """Read a log that `write_crawl_log` wrote, of the source and the day that its path says.

    Args:
        path: see `crawl_log_path`.
        key: the spool key, to believe only what was sealed with it. Logs of before there were seals have none: they
            are believed in a state folder, which nobody else can write, and not in an exchange.

    Raises:
        CrawlLogDamaged: it is none, or not of that source and day, or its seal is not right.
        FileNotFoundError: there is no log.
    """
    content = path.read_bytes()
    try:
        log = crawl_logs.read(content)
        is_sealed = None if key is None else crawl_logs.is_sealed(content, key)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise CrawlLogDamaged(f"{path.parent.name}/{path.name}") from None
    is_believed = key is None or is_sealed or (is_sealed is None and not isinstance(path, ObjectPath))
    if not is_believed or (log.source, log.day.isoformat()) != (path.parent.name, path.stem):
        raise CrawlLogDamaged(f"{path.parent.name}/{path.name}")
    return log


def history(place: Place, source: str, before: date, key: bytes | None = None) -> list[CrawlLog]:
    """Read the crawl logs of a source's earlier days, as far back as a crawl is held against them.

    What is damaged, or not to be believed under the spool `key`, is passed over: `doctor` tells of it.
    """
    found = []
    for path, _ in dated(place / "crawl" / source, "????-??-??.json"):
        day = day_named(path.stem)
        if day is not None and 0 < (before - day).days <= HISTORY_DAYS:
            with suppress(CrawlLogDamaged):
                found.append(read_crawl_log(path, key))
    return found


class _Overtaken(Exception):
    """Another crawl of the same source and day was there first: what this one has is dropped."""


def _run(job: CrawlJob) -> None:
    """Crawl one job in this (forked) process. The spool gets its name first, then the log, which says that it is whole.

    What was seen is remembered last: of a crawl that was killed before its log was there nothing is read, so nothing of
    it may be taken for known. Killed after that, the next crawl fetches some pages once more.
    """
    from spiders.crawl import crawl
    from spiders.register import entry_of
    from warehouse import seen as seen_index
    from warehouse.calendar import EPOCHS_FILE, Epochs
    from warehouse.key_providers import provider
    from warehouse.spool import SpoolWriter

    key = provider(Settings().keys, job.state / "keys").spool()
    place = job.shared
    epochs = Epochs.load(place / EPOCHS_FILE)
    seen_folder = place / "seen"
    seen = seen_index.SeenIndex.load(
        seen_folder, job.source, before=job.day, key=key, epoch_start=epochs.start(epochs.code(job.day))
    )
    log_folder = job.state / "logs"
    log_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    spool = spool_path(place, job.source, job.day)
    spool.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    entry = entry_of(job.source)
    delay = entry.delay_seconds if job.delay is None else job.delay
    with turn(job.state / "hosts", job.base_url or entry.base_url, delay):
        if is_settled(place, job.source, job.day):  # by another process, while this one waited
            return
        # Scrapy's own limit waits for the page at hand to be read; one made to take hours ends with the process.
        signal.alarm(int(entry.hours_cap * 3600) + GRACE_SECONDS)
        with suppress(_Overtaken):
            with SpoolWriter(spool, key) as sink:
                log = crawl(
                    job.source,
                    job.day,
                    sink,
                    seen,
                    base_url=job.base_url,
                    contact=job.contact,
                    delay=job.delay,
                    log_path=log_folder / f"crawl-{job.source}-{job.day.isoformat()}.log",
                    history=history(place, job.source, job.day, key),
                )
                if is_settled(place, job.source, job.day):  # by another machine, which knows nothing of our turns
                    raise _Overtaken
                # Of an earlier try on this day: its file is about to be replaced, and what it read with it.
                seen_index.forget(seen_folder, job.source, job.day)
                crawl_log_path(place, job.source, job.day).unlink(missing_ok=True)
            write_crawl_log(crawl_log_path(place, job.source, job.day), log, key)
            seen.save(seen_folder, job.source, job.day)


def _child(job: CrawlJob, answer: int) -> None:
    """Run the job and write the answer; never returns to the helper's loop."""
    try:
        _run(job)
        result: dict[str, object] = {"done": job.source}
    except OSError as error:
        may_pass = error.errno not in retrying.DISK_IS_FULL
        result = {"error": f"{type(error).__name__}: {error.strerror}", "may_pass": may_pass}
    except BaseException as error:  # noqa: BLE001 - the boundary of a process: a traceback could hold a listing's text
        # An error of ours says what to do and carries no content; of any other, only its type is safe to tell.
        known = hasattr(error, "exit_code")
        may_pass = retrying.verdict(error) != "stays"
        result = {"error": str(error) if known else type(error).__name__, "may_pass": may_pass}
    os.write(answer, (json.dumps(result) + "\n").encode())


def _killed(code: int) -> dict[str, object]:
    # Who holds us up until our own alarm is not asked again this night.
    if code == -signal.SIGALRM:
        return {"error": "it took longer than its hours_cap", "may_pass": False}
    return {"error": "its process was killed"}


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def serve() -> None:
    """Read jobs from standard input until it closes; fork a child for each; answer on standard output."""
    _die_with_parent()
    answer = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    import spiders.crawl  # noqa: F401 - imported once here, so that no child has to

    for line in sys.stdin:
        job = CrawlJob.from_json(line)
        child = os.fork()
        if child == 0:
            _die_with_parent()
            try:
                _child(job, answer)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if status != 0:
            os.write(answer, (json.dumps(_killed(os.waitstatus_to_exitcode(status))) + "\n").encode())


if __name__ == "__main__":
    serve()
