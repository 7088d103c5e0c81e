"""A real application of others, served on loopback by a child process; `ClassifiedApp` and `ForumApp` are two.

with ClassifiedApp(seed=1) as app:
    app.base_url                   # "http://127.0.0.1:40123"
    app.truth                      # the application's own listing id -> Item, what a visitor can see now
    listing_id = app.add(title="Bakfiets")
    app.change(listing_id, text="Toch met huif.")
    app.remove(listing_id)
    app.set_day(date(2026, 10, 15))
    app.requests()                 # [(seconds on time.monotonic's clock, "/path?query"), ...] as they arrived

The application is used as installed. The child adds only what stands outside it: a clock that is stopped (each alteration moves it
one second), a note of each request, and rows written through the application's own models.
"""

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

DAY = date(2026, 10, 14)
ANSWER_SECONDS = 90.0  # measured 2-4 s to start; a busy machine may need long
CLOSE_SECONDS = 5.0


class PeerStopped(Exception):
    """The child process is gone, or says that it could not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Item:
    """One listing as a visitor sees it. None: the application shows no such thing, or this listing has none.

    Texts are in the canonical form of `canonical`; `path` begins with a slash and is percent-encoded.
    """

    title: str
    body_text: str
    path: str
    posted: date
    place: str | None = None
    category: str | None = None
    contact: str | None = None
    section: str | None = None
    price: str | None = None
    author: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"posted": self.posted.isoformat()}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Self:
        return cls(**fields | {"posted": date.fromisoformat(fields["posted"])})


def canonical(text: str) -> str:
    r"""Compose (NFC), squeeze spaces of any kind, and drop empty lines: what a reader sees, however it is marked up.

    >>> canonical("  Fiets\u00a0 te koop \n\n\nGro\u0308n ")
    'Fiets te koop\nGrön'
    """
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).split("\n"))
    return "\n".join(line for line in lines if line)


class PeerApp:
    """Context manager round one child process; see the module."""

    program: ClassVar[Path]
    """The file whose `__main__` serves."""

    def __init__(self, *, seed: int = 1, day: date = DAY) -> None:
        self.seed = seed
        self.day = day
        self.base_url = ""
        self.truth: dict[str, Item] = {}
        self.folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, str(self.program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the parent, which then stops its child
            # django-classified lists the words of a text in the order of a set; only a fixed hash makes pages repeatable.
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
        try:
            self.folder = Path(self._read(self._process)["folder"])
            answer = self._ask({"seed": self.seed, "day": self.day.isoformat()})
        except BaseException:
            self.close()
            raise
        self.base_url = answer["base_url"]
        self._take(answer)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def add(self, **fields: str) -> str:
        """Add a listing and give its id; fields not given are made up. Which fields there are: the application's module."""
        answer = self._ask({"do": "add", "fields": fields})
        self._take(answer)
        return str(answer["id"])

    def change(self, listing_id: str, **fields: str) -> None:
        """Give a listing other contents; without fields its text becomes a new one."""
        self._take(self._ask({"do": "change", "id": listing_id, "fields": fields}))

    def remove(self, listing_id: str) -> None:
        """Take a listing away; its page is 404 afterwards."""
        self._take(self._ask({"do": "remove", "id": listing_id}))

    def set_day(self, day: date) -> None:
        """Put the application's clock at noon of a later day."""
        self._take(self._ask({"do": "day", "day": day.isoformat()}))
        self.day = day

    def requests(self) -> list[tuple[float, str]]:
        """Give arrival (seconds on the clock of `time.monotonic`, one for all processes) and path with query of each request."""
        return [(seconds, path) for seconds, path in self._ask({"do": "requests"})["requests"]]

    def close(self) -> None:
        """End the child and remove what it wrote; again is harmless."""
        process, self._process = self._process, None
        if process is None or process.stdin is None or process.stdout is None:
            return
        with contextlib.suppress(OSError):  # it may be gone already
            process.stdin.close()
        for insist in (process.terminate, process.kill):
            try:
                process.wait(CLOSE_SECONDS)
                break
            except subprocess.TimeoutExpired:
                insist()
        process.wait()
        process.stdout.close()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)  # of use only where the child was killed

    def _take(self, answer: dict[str, Any]) -> None:
        self.truth = {listing_id: Item.from_json(fields) for listing_id, fields in answer["truth"].items()}

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdin is None:
            raise PeerStopped("is not running")
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
        except OSError:
            raise PeerStopped(f"ended early (exit code {process.poll()})") from None
        return self._read(process)

    @staticmethod
    def _read(process: subprocess.Popen[bytes]) -> dict[str, Any]:
        assert process.stdout is not None
        if not select.select([process.stdout], [], [], ANSWER_SECONDS)[0]:
            raise PeerStopped(f"did not answer within {ANSWER_SECONDS:.0f} s")
        line = process.stdout.readline()
        if not line:
            raise PeerStopped(f"ended early (exit code {process.wait(CLOSE_SECONDS)})")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PeerStopped(f"says: {answer['error']}")
        return answer
