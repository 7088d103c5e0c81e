"""Forks a fresh process for each crawl, as the front door does; jobs and results are pickled on standard streams."""

import os
import pickle
import resource
import struct
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import loopback_site

import spiders.crawl
from spiders.crawl import Manner
from warehouse.records import Listing, Presence, Validators


class ListSink:
    def __init__(self, fails_at: int | None) -> None:
        self.records: list[Listing | Presence] = []
        self._fails_at = fails_at

    def write(self, record: Listing | Presence) -> None:
        if self._fails_at is not None and len(self.records) >= self._fails_at:
            raise OSError(28, "No space left on device")
        self.records.append(record)


class DictSeen:
    def __init__(self, known: dict[str, str], said: dict[str, Validators]) -> None:
        self._known, self._said = known, said
        self.noted: dict[str, tuple[str, date | None]] = {}
        self.said: dict[str, Validators] = {}

    def is_fresh(self, listing_id: str, card: str, day: date) -> bool:
        return self._known.get(listing_id) == card

    def before(self) -> int:
        return len(self._known)

    def was_there(self, listing_id: str) -> bool:
        return listing_id in self._known

    def validators(self, listing_id: str) -> Validators | None:
        return self._said.get(listing_id)

    def note(self, listing_id: str, card: str, read_day: date | None, validators: Validators | None = None) -> None:
        self.noted[listing_id] = (card, read_day)
        if validators is not None:
            self.said[listing_id] = validators


def run(job: dict[str, Any]) -> dict[str, Any]:
    sink, seen = ListSink(job.get("fails_at")), DictSeen(job.get("known", {}), job.get("said", {}))
    log_path = Path(tempfile.mkstemp(suffix=".log")[1])
    os.environ.update(job.get("env", {}))
    result: dict[str, Any] = {}
    manner = Manner(
        job.get("user_agent", "Advertentiemonitor/1 (+beheer@gemeente.example)"),
        job["url"],
        job.get("delay"),
        log_path,
        job.get("history", ()),
    )
    try:
        if "contract" in job:  # any contract, by the path of its file
            entry = spiders.crawl.register.read_entry(Path(job["contract"]))
            spider = spiders.crawl.classes.class_of(Path(job["contract"]))
        elif "source" in job:
            spider, entry = (
                spiders.crawl.classes.spider_class(job["source"]),
                spiders.crawl.register.entry_of(job["source"]),
            )
        else:
            spider = getattr(loopback_site, job.get("spider", "BoardSpider"))
            entry = loopback_site.board_entry(**job.get("entry", {}))
        result["log"] = spiders.crawl.crawl_with(spider, entry, job["day"], sink, seen, manner)
    except BaseException as error:  # noqa: BLE001 - told to the test
        result["error"], result["message"] = type(error), str(error)
    result |= {"records": sink.records, "noted": seen.noted, "said": seen.said, "log_text": log_path.read_text()}
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    log_path.unlink()
    return result


def serve(jobs: BinaryIO, results: BinaryIO) -> None:
    while size := jobs.read(8):
        job = pickle.loads(jobs.read(struct.unpack("q", size)[0]))
        with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as printed:
            child = os.fork()
            if child == 0:
                os.dup2(printed.fileno(), 1)
                os.dup2(printed.fileno(), 2)
                result = run(job)
                sys.stdout.flush()
                sys.stderr.flush()
                answer.write(pickle.dumps(result))
                answer.flush()
                os._exit(0)
            os.waitpid(child, 0)
            answer.seek(0)
            printed.seek(0)
            payload = answer.read()
            result = pickle.loads(payload) if payload else {"error": None, "message": "died", "records": []}
            result["printed"] = printed.read().decode("utf-8", "replace")
        payload = pickle.dumps(result)
        results.write(struct.pack("q", len(payload)) + payload)
        results.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
