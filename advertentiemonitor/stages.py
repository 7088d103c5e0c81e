"""The five stages of a day. Each takes what is missing: a rerun of any stage for any day changes nothing.

Airflow, `run` and `demo` call these same functions. They return counts, never rows.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from advertentiemonitor.crawler import Crawler, CrawlJob, crawl_log_path, read_crawl_log, spool_path
from advertentiemonitor.errors import RefusedByRule, WrongUse
from advertentiemonitor.settings import Settings
from warehouse import db
from warehouse.records import CrawlLog
from warehouse.server import Server

SYNTHETIC_DELAY = 0.0  # seconds; our own loopback sites need no courtesy, live sites keep their register's delay


@contextmanager
def warehouse_as(settings: Settings, role: str) -> Iterator[db.Connection]:
    """Connect as `role`, starting the embedded server if it does not run yet."""
    with Server(settings.root) as server, db.connect(server.dsn(role)) as conn:
        yield conn


def sources(settings: Settings) -> list[str]:  # noqa: ARG001 - which sources are enabled may come to depend on them
    """Names of the sources that are enabled in the register, in order."""
    from spiders import register

    return [name for name, entry in sorted(register.load().items()) if entry.enabled]
