"""A real database with the estimates of a made-up market, and with releases of them: for speed and for the red team."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "keeping"), str(Path(__file__).parent)]

import bench  # noqa: E402
import worlds  # noqa: E402

from warehouse import db, est_tables, ledger, release  # noqa: E402
from warehouse.protection.cells import Area  # noqa: E402
from warehouse.protection.gate import Estimates, Figures, protect  # noqa: E402
from warehouse.protection.rules import RULESET_VERSION  # noqa: E402
from warehouse.server import Server  # noqa: E402

KEY = b"\x09" * 32  # of a market that does not exist
VERSION = "benchmark"
_SAME: dict[str, Any] = {
    "overlap": db.Json({}),
    "models": db.Json({}),
    "common_variance_value": 0.04,
    "specific_variance_value": 0.01,
    "estimator_version": VERSION,
    "seed": 1,
}


@contextmanager
def database() -> Iterator[Server]:
    """Give a server with an empty warehouse; it is gone afterwards."""
    with bench.warehouse() as server:
        yield server


def put_estimates(owner: db.Connection, day: int, estimates: Estimates) -> None:
    """Write the estimates of a vintage as the estimator does."""
    on = worlds.FIRST + timedelta(days=day)
    for table, columns, rows in (
        ("est.volume", est_tables.VOLUME, estimates.volumes),
        ("est.movement", est_tables.MOVEMENT, estimates.movements),
        ("est.language", est_tables.LANGUAGE, estimates.languages),
    ):
        same = {**_SAME, "vintage_date": on}
        records = ([same[name] if name in same else getattr(row, name) for name in columns] for row in rows)
        db.copy_in(owner, table, columns, records)


def drop_estimates(owner: db.Connection, day: int) -> None:
    """Remove the estimates of a vintage, to write others in their place."""
    on = worlds.FIRST + timedelta(days=day)
    for table in ("volume", "movement", "language"):
        db.script(owner, f"DELETE FROM est.{table} WHERE vintage_date = '{on}'")


def put_release(conn: db.Connection, day: int, estimates: Estimates, known: dict[str, Area]) -> None:
    """Release a vintage through the gate without the attacks: the cheap way to a history."""
    put_figures(conn, day, 1, estimates, protect(estimates, known, KEY))


def put_figures(conn: db.Connection, day: int, version: int, estimates: Estimates, figures: Figures) -> None:
    """Write figures as they are, attacked or not, protected or not."""
    on, known = worlds.FIRST + timedelta(days=day), release.release_areas()
    with db.transaction(conn):
        release._write(conn, on, version, figures, known)  # noqa: SLF001 - what is measured is what comes after it
        ledger.enter(
            conn, vintage=on, version=version, ruleset=RULESET_VERSION, estimator=VERSION,
            inputs=estimates.digest(), figures=figures.digest(), attacks={},
        )  # fmt: skip
