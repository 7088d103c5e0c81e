"""What leaves the house: reports, custom tables, and the attacks on them. All read `release` only."""

import os
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

from advertentiemonitor import stages
from advertentiemonitor.accounting import system_facts
from advertentiemonitor.settings import Settings
from reports import accountability, dashboard, digest, quality
from reports.figures import last_day
from simulation.numbers import BLOCKS
from warehouse import audit as attacks
from warehouse import binaries, db
from warehouse import release as gate
from warehouse.audit import AttackResult, Evidence
from warehouse.key_providers import without_keys
from warehouse.server import DATABASE

SYNTHETIC_NOTICE = (
    "Dit zijn cijfers van een verzonnen markt, om het programma te laten zien. Ze gaan niet over echte mensen."
)


def notice(settings: Settings) -> str:
    """The line above every page; empty on live sources."""
    from spiders import register

    entries = register.load()
    live = any(entries[name].kind == "live" for name in stages.sources(settings))
    return "" if live else SYNTHETIC_NOTICE


def publish(settings: Settings, day: date) -> int:
    """Build the dashboard, then write the digest of `day`, once; give the number of files made."""
    with stages.warehouse_as(settings, "beleid") as conn:
        pages = _dashboard(settings, conn, day)
    with stages.warehouse_as(settings, "handhaving") as conn:
        _digest(settings, conn, day)
    return len(pages) + 2


def _dashboard(settings: Settings, conn: db.Connection, day: date) -> list[Path]:
    return dashboard.build(
        conn, settings.folder("dashboard"), day=day, contact=settings.contact, notice=notice(settings)
    )


def _digest(settings: Settings, conn: db.Connection, day: date) -> Path:
    """Write page and mail; the mail comes last, for it says that the day is done."""
    made = digest.build(conn, day, settings, notice=notice(settings))
    page = digest.write_page(made, settings.folder("digest"))
    digest.send(made, settings.folder("outbox"), settings)
    return page


def digest_page(settings: Settings, day: date) -> Path:
    """The page of the newest digest of a day."""
    return max((settings.root / "digest").glob(f"dagbericht-{day.isoformat()}-v*.html"))


def is_published(settings: Settings, day: date) -> bool:
    """Whether the digest of a day is in the outbox."""
    return any((settings.root / "outbox").glob(f"dagbericht-{day.isoformat()}-v*.eml"))


def make(settings: Settings, kind: str, day: date | None) -> Path:
    """Make one report for a day, the last released day when None; give its path.

    Raises:
        reports.errors.NothingReleased: that day has no release.
        NoInstallation: there is none in the state folder.
    """
    stages.installed(settings)  # or a mistyped folder would get one for reports
    out = settings.folder("reports")
    contact, told = settings.contact, notice(settings)
    makers: dict[str, Callable[[db.Connection, date], Path]] = {
        "digest": lambda conn, on: _digest(settings, conn, on),
        "dashboard": lambda conn, on: _dashboard(settings, conn, on)[0],
        "quality": lambda conn, on: quality.build(
            conn, out / f"kwaliteit-{on}.html", day=on, contact=contact, notice=told
        ),
        "accountability": lambda conn, on: accountability.build(
            conn,
            out / f"verantwoording-{on}.html",
            facts=system_facts(settings),
            day=on,
            contact=contact,
            notice=told,
        ),
    }
    role = "handhaving" if kind == "digest" else "beleid"
    with stages.warehouse_as(settings, role) as conn:
        return makers[kind](conn, day or last_day(conn))


def tabulate(settings: Settings, by: tuple[str, ...], start: date, end: date) -> gate.Table:
    """Make a protected custom table and enter it in the ledger."""
    with stages.warehouse_as(settings, "analist") as conn:
        return gate.tabulate(conn, by, start, end)


def psql(settings: Settings, arguments: list[str]) -> int:
    """Run psql as role analist and give its exit code. The password goes by its environment, not by an argument."""
    with stages.installed(settings) as server:
        environment = without_keys(os.environ) | {
            "PGHOST": str(server.socket_folder),
            "PGDATABASE": DATABASE,
            "PGUSER": "analist",
            "PGPASSWORD": server.password("analist"),
        }
        command = [str(binaries.find() / "psql"), *arguments]
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - the analyst's own words


def audit(settings: Settings) -> list[AttackResult]:
    """Attack everything released so far, and look through the state folder for numbers of the simulated block."""
    evidence = Evidence(folders=(settings.root,), numbers=[BLOCKS["NL"].number(index) for index in range(10_000)])
    with stages.warehouse_as(settings, "owner") as conn:
        return attacks.run(conn, evidence)
