"""Deliberate breaks of the product, in a forked process only: with them the invariants have to go red.

Each takes the state folder.
"""

import subprocess
from collections.abc import Callable
from dataclasses import replace
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


def release_that_lacks_figures(_state: Path) -> None:
    """Some figures are lost between the attack and the release, and the ledger is told of what is left."""
    from warehouse import release

    attacked = release._attacked

    def lossy(*given: Any) -> Any:
        figures, attempt = attacked(*given)
        return replace(figures, volumes=figures.volumes[:-5]), attempt

    release._attacked = lossy


def text_in_a_log(state: Path) -> None:
    """What is read is written into a log."""
    from advertentiemonitor import facts

    read = facts.read_listings

    def telling(nlp: Any, listings: Any, **given: Any) -> Any:
        with (state / "logs" / "read.log").open("a") as file:
            file.writelines(f"{listing.title} {listing.body}\n" for listing in listings)
        return read(nlp, listings, **given)

    facts.read_listings = telling


def orphan(_state: Path) -> None:
    """A step leaves a process behind."""
    subprocess.Popen(["sleep", "300"], start_new_session=True)


BREAKS: dict[str, Callable[[Path], None]] = {
    "unlink before commit": unlink_before_commit,
    "mail before it is begun": mail_before_it_is_begun,
    "release that lacks figures": release_that_lacks_figures,
    "text in a log": text_in_a_log,
    "orphan": orphan,
}
# Where each shows: the step, the point at which it is killed (none: it runs to its end), and what then is told.
SHOWS: dict[str, tuple[str, str, str]] = {
    "unlink before commit": ("read", "read call execute load_sightings", "rows missing"),
    "mail before it is begun": ("publish", "publish return hand_over", "mails"),
    "release that lacks figures": ("release", "", "release.volume: 5 rows missing"),
    "text in a log": ("read", "", "leak"),
    "orphan": ("estimate", "", "orphan"),
}
