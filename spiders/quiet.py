"""Logs without content: our own messages as they are, of all others only that they were.

Scrapy's messages hold addresses, and its errors whole pages and items, so nothing it says is written (PRIVACY P4).
"""

# ruff: noqa: ARG002 - the log formatter's signatures are Scrapy's

import logging
import os
import re
from pathlib import Path
from types import TracebackType

from scrapy.http import Request, Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from scrapy.spiders import Spider
from twisted.python.failure import Failure

OWN = "spiders"
_LONG_NUMBER = re.compile(r"\d(?:[\s./()-]?\d){6,}")
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|\S+@\S+", re.IGNORECASE)


class QuietFormatter(logging.Formatter):
    """Write own messages with anything like a number or address struck out; of others name, level and error type."""

    def format(self, record: logging.LogRecord) -> str:
        """Give one line, without traceback."""
        if record.name == OWN or record.name.startswith(OWN + "."):
            message = _ADDRESS.sub("[address]", _LONG_NUMBER.sub("[number]", record.getMessage()))
        else:
            message = "(message withheld)"
        kind = record.exc_info[0] if record.exc_info else None
        place = f" {kind.__name__}{where(record.exc_info[2] if record.exc_info else None)}" if kind else ""
        stamp = self.formatTime(record, "%Y-%m-%d %H:%M:%S")
        return f"{stamp} {record.levelname} {record.name}: {message}{place}".replace("\n", " ")


def where(trace: TracebackType | None, module: str = "") -> str:
    """Name the innermost place in our own code, or in a source's `module`: file and line, no values."""
    place = ""
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if OWN in path.parts or (module and trace.tb_frame.f_globals.get("__name__") == module):
            place = f" in {path.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


class _Worth(logging.Filter):
    """Own messages from INFO, others from WARNING."""

    def filter(self, record: logging.LogRecord) -> bool:
        own = record.name == OWN or record.name.startswith(OWN + ".")
        return record.levelno >= (logging.INFO if own else logging.WARNING)


def open_log(path: Path | None) -> logging.Handler:
    """Make the crawl's only log handler; without `path` it writes nowhere. The file is readable by its owner only."""
    if path is None:
        return logging.NullHandler()
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    handler = logging.StreamHandler(os.fdopen(handle, "a", encoding="utf-8"))
    handler.setFormatter(QuietFormatter())
    handler.addFilter(_Worth())
    return handler


class NoItems(LogFormatter):
    """Second lock on the same door: Scrapy's own lines about pages and items are not even made."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult:
        """Give the status only."""
        return {"level": logging.DEBUG, "msg": "Crawled (%(status)d)", "args": {"status": response.status}}

    def scraped(self, item: object, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        """Give nothing of the item."""
        return _line(logging.DEBUG, "Scraped an item")

    def dropped(
        self, item: object, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Give the type of what dropped it."""
        return _line(logging.WARNING, f"Dropped an item: {type(exception).__name__}")

    def item_error(
        self, item: object, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """Give the type of the error."""
        return _line(logging.ERROR, f"Error on an item: {type(exception).__name__}")

    def spider_error(
        self, failure: Failure, request: Request, response: Response | Failure, spider: Spider
    ) -> LogFormatterResult:
        """Give the type of the error."""
        return _line(logging.ERROR, f"Error on a page: {_type(failure)}")

    def download_error(
        self, failure: Failure, request: Request, spider: Spider, errmsg: str | None = None
    ) -> LogFormatterResult:
        """Give the type of the error."""
        return _line(logging.ERROR, f"Error on a download: {_type(failure)}")


def _line(level: int, text: str) -> LogFormatterResult:
    return {"level": level, "msg": text, "args": ()}


def _type(failure: Failure) -> str:
    return failure.type.__name__ if failure.type is not None else "unknown"
