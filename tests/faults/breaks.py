"""Deliberate breaks of the product, in a forked process only: with them the invariants have to go red.

Each takes the state folder.
"""

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any


def unlink_before_commit(state: Path) -> None:
    """The spool file goes before what was read of it has been kept."""
    from advertentiemonitor.crawler import spool_path
    from warehouse import loading

    load, unlink = loading.load_day, Path.unlink

    def early(conn: Any, **given: Any) -> Any:
        unlink(spool_path(state, given["source"], given["day"]))
        return load(conn, **given)

    loading.load_day = early
    Path.unlink = lambda self, missing_ok=False: unlink(self, missing_ok=True)  # type: ignore[method-assign]


def mail_before_it_is_begun(_state: Path) -> None:
    """A mail goes out, and only then is it written down."""
    from warehouse import sendings

    begin, settle = sendings.begin, sendings.settle

    def settle_late(conn: Any, key: Any, state: Any, reply: Any) -> None:
        begin(conn, key)
        settle(conn, key, state, reply)

    sendings.begin = lambda conn, key: True
    sendings.settle = settle_late


def release_without_transaction(_state: Path) -> None:
    """The figures of a release are kept one table at a time."""
    from warehouse import db

    db.transaction = lambda conn, **_: contextlib.nullcontext(conn)


def text_in_a_log(state: Path) -> None:
    """What is read is written into a log."""
    from nlp import pipeline

    load = pipeline.load

    def telling() -> Any:
        nlp = load()
        pipe = nlp.pipe

        def told(texts: Any, **given: Any) -> Any:
            texts = list(texts)
            with (state / "logs" / "read.log").open("a") as file:
                file.writelines(f"{text}\n" for text in texts)
            return pipe(texts, **given)

        nlp.pipe = told
        return nlp

    pipeline.load = telling
    from advertentiemonitor import stages

    stages.pipeline.cache_clear()


def orphan(_state: Path) -> None:
    """A step leaves a process behind."""
    subprocess.Popen(["sleep", "25"], start_new_session=True)


BREAKS: dict[str, Callable[[Path], None]] = {
    "unlink before commit": unlink_before_commit,
    "mail before it is begun": mail_before_it_is_begun,
    "release without transaction": release_without_transaction,
    "text in a log": text_in_a_log,
    "orphan": orphan,
}
# Where each shows: the step, the point at which it is killed (none: it runs to its end), and what then is told.
SHOWS: dict[str, tuple[str, str, str]] = {
    "unlink before commit": ("read", "read call execute load_sightings", "rows missing"),
    "mail before it is begun": ("publish", "publish return hand_over", "mails"),
    "release without transaction": ("release", "release call tuples release_enter", "too many"),
    "text in a log": ("read", "", "leak"),
    "orphan": ("estimate", "", "orphan"),
}
