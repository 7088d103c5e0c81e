"""What libraries say through Python's `logging`: that they said it, from a warning on; never what, for it may quote.

Imports nothing heavy: the command line calls it before anything else.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

KEPT_OUT = "A message of a library is kept out of logs, for it could quote a listing."
_HEARD = frozenset({"advertentiemonitor", "spiders", "nlp", "warehouse", "reports", "simulation", "airflow"})
"""Whose own words may stand in a log: ours say nothing that may not be said, Airflow's are about its own work."""


class _Quiet(logging.Filter):
    """Takes the words out of what libraries say, for handlers that others made."""

    def filter(self, record: logging.LogRecord) -> bool:
        if _top(record) in _HEARD:
            return True
        record.msg, record.args = KEPT_OUT, ()
        record.exc_info = record.exc_text = record.stack_info = None
        return record.levelno >= logging.WARNING


class _ToOurLog(logging.Handler):
    """Writes a line that says which library it was."""

    def emit(self, record: logging.LogRecord) -> None:
        from advertentiemonitor.observing import logs, vocabulary
        from advertentiemonitor.settings import Settings

        try:
            settings, top = Settings(), _top(record)
            if settings.root.exists():
                known = vocabulary.LIBRARIES | vocabulary.ROOMS
                logs.logger(settings).warning("library", logger=top if top in known else vocabulary.FOREIGN)
        except Exception:  # noqa: BLE001, S110 - a log that cannot be written stops nothing
            pass


def _name_only(found: Any) -> None:
    """Tell of an error that nobody can catch, as it came up while something was cleared away or in a thread."""
    logging.getLogger(__name__).warning("An error was left to itself: %s", found.exc_type.__name__)


def _top(record: logging.LogRecord) -> str:
    return record.name.partition(".")[0]


@contextmanager
def quieted() -> Iterator[None]:
    """Within this, what libraries log from a warning on is a line of our log; other handlers get it without its words.

    So is an error that nobody can catch, of which Python would print all.

    Without a handler Python would print it on standard error as it is.
    """
    root, quiet, ours = logging.getLogger(), _Quiet(), _ToOurLog(logging.WARNING)
    others = list(root.handlers)
    for handler in others:
        handler.addFilter(quiet)
    root.addHandler(ours)
    logging.captureWarnings(capture=True)
    unraisable, in_thread = sys.unraisablehook, threading.excepthook
    sys.unraisablehook = threading.excepthook = _name_only
    try:
        yield
    finally:
        sys.unraisablehook, threading.excepthook = unraisable, in_thread
        logging.captureWarnings(capture=False)
        root.removeHandler(ours)
        for handler in others:
            handler.removeFilter(quiet)
