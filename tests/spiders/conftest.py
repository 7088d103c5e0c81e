"""A site on loopback, and crawls in processes forked from one that has imported Scrapy."""

import pickle
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from loopback_site import Board, Site  # noqa: E402 - the folder is no package

from warehouse.records import CrawlLog, Listing, Presence, Validators  # noqa: E402

DAY = date(2026, 10, 14)


@dataclass
class Crawled:
    """What came of a crawl in a fresh process."""

    log: CrawlLog | None
    records: list[Listing | Presence]
    noted: dict[str, tuple[str, date | None]]
    said: dict[str, Validators]
    log_text: str
    printed: str
    error: type[BaseException] | None
    message: str
    peak_mb: float

    @property
    def listings(self) -> list[Listing]:
        return [record for record in self.records if isinstance(record, Listing)]

    @property
    def presences(self) -> list[Presence]:
        return [record for record in self.records if isinstance(record, Presence)]

    @property
    def verdict(self) -> tuple[str, str]:
        assert self.log is not None, self.message
        return self.log.state, self.log.reason


class Crawls:
    """Client of `crawl_zygote.py`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "crawl_zygote.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=HERE.parent.parent,
            env={"PYTHONPATH": f"{HERE}:{HERE.parent.parent}", "PATH": "/usr/bin:/bin"},
        )

    def __call__(self, url: str, **job: Any) -> Crawled:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        payload = pickle.dumps({"url": url, "day": DAY} | job)
        self._process.stdin.write(struct.pack("q", len(payload)) + payload)
        self._process.stdin.flush()
        size = struct.unpack("q", self._process.stdout.read(8))[0]
        result = pickle.loads(self._process.stdout.read(size))
        return Crawled(
            log=result.get("log"),
            records=result["records"],
            noted=result.get("noted", {}),
            said=result.get("said", {}),
            log_text=result.get("log_text", ""),
            printed=result["printed"],
            error=result.get("error"),
            message=result.get("message", ""),
            peak_mb=result.get("peak_mb", 0.0),
        )

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=10)


@pytest.fixture(scope="session")
def crawl() -> Iterator[Crawls]:
    crawls = Crawls()
    yield crawls
    crawls.close()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def board(site: Site) -> Board:
    return Board(site).fill()
