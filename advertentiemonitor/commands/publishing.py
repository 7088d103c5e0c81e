"""tabulate, audit, report: what leaves the house."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from advertentiemonitor.commands.printing import Json, day, print_json, print_table

report = typer.Typer(no_args_is_help=True, help="Make a report of what has been released.")
On = Annotated[str | None, typer.Option("--day", help="Day of release; the last when left out.", metavar="DAY")]

_CLOSED = (
    "Where psql said `permission denied`: this role reads the schema release and writes nothing. The others hold facts on "
    "advertisers, so they are closed to every reader of figures; docs/analisten.md says what to ask instead."
)


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(tabulate)
    app.command()(audit)
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(psql)
    app.command()(export)
    app.add_typer(report, name="report")


def tabulate(
    by: Annotated[str, typer.Option(help="Dimensions, as municipality,setting.")],
    start: Annotated[str, typer.Option("--from", help="First day.", metavar="DAY")],
    end: Annotated[str, typer.Option("--to", help="Last day.", metavar="DAY")],
    *,
    as_json: Json = False,
) -> None:
    """Make a protected custom table. It passes the same gate as every figure, and enters the ledger."""
    from advertentiemonitor import publishing
    from advertentiemonitor.settings import Settings

    table = publishing.tabulate(Settings(), tuple(filter(None, by.split(","))), day(start), day(end))
    if not table.rows:
        typer.echo("Nothing was released of these days.", err=True)
    if as_json:
        print_json(table)
    else:
        print_table(
            "Protected table", table.columns, [[getattr(row, name) for name in table.columns] for row in table.rows]
        )


def audit(*, as_json: Json = False) -> None:
    """Verify the ledger, attack everything released so far, A1 to A10, and enter the results in the ledger.

    Exit 1 when an attack succeeds, or when ledger or figures do not verify.
    """
    from advertentiemonitor import publishing
    from advertentiemonitor.settings import Settings

    found = publishing.audit(Settings())
    checked = found.verification
    if not checked.entries and not checked.problems:
        typer.echo("Nothing was released yet, so there is nothing to attack but what is kept.", err=True)
    for problem in checked.problems:
        typer.echo(f"NOT VERIFIED: {problem}", err=True)
    if as_json:
        print_json(found.results)
    else:
        if checked.entries and not checked.problems:
            typer.echo(f"The ledger verifies: {checked.entries} entries, and all figures are what it says.")
        print_table(
            "Attacks",
            ("attack", "outcome", "tried", "control succeeds", "why or where"),
            [
                (
                    r.code,
                    r.outcome,
                    r.checked,
                    "yes" if r.is_control_won else "no",
                    ": ".join(filter(None, (r.reason, "; ".join(r.cells[:5])))) or "-",
                )
                for r in found.results
            ],
        )
        typer.echo(
            "Nothing was entered in the ledger."
            if found.entry_digest is None
            else f"Entered in the ledger: {found.entry_digest[:16]}."
        )
    if found.has_failed:
        raise typer.Exit(1)


def psql(context: typer.Context) -> None:
    """Open psql as role analist, which reads `release` and nothing else; what follows goes to psql itself."""
    from advertentiemonitor import publishing
    from advertentiemonitor.settings import Settings

    if sys.stdin.isatty() and not context.args:
        typer.echo(
            r"You are analist and read the schema release. \dt and \dv list it, \d+ NAME explains a table.", err=True
        )
    code = publishing.psql(Settings(), context.args)
    if code:
        typer.echo(_CLOSED, err=True)
    raise typer.Exit(code)


def export(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.", metavar="FOLDER")],
    upto: Annotated[str | None, typer.Option("--day", help="Leave out what was released later.", metavar="DAY")] = None,
) -> None:
    """Write every version of every released figure as Parquet, with a datapackage.json."""
    from advertentiemonitor import databases, publishing
    from advertentiemonitor.settings import Settings
    from reports.files import export as files

    settings = Settings()
    with databases.warehouse_as(settings, "analist") as conn:
        for path in files.export(conn, out, day=_day(upto), notice=publishing.notice(settings)):
            typer.echo(str(path))


def _day(on: str | None) -> date | None:
    return None if on is None else day(on)


@report.command()
def digest(on: On = None) -> None:
    """Write the digest of a day into the outbox, once, and send it, once, if a mail server is set."""
    _make("digest", on)


@report.command()
def resend(
    on: Annotated[str, typer.Option("--day", help="Day that the digest is about.", metavar="DAY")],
    *,
    arrived: Annotated[bool, typer.Option("--arrived", help="Send nothing: what was in doubt has arrived.")] = False,
) -> None:
    """Send a day's mail again where it was refused or where nobody knows whether it arrived. Ask the recipients first."""
    from advertentiemonitor import publishing
    from advertentiemonitor.observing.observed import watched
    from advertentiemonitor.settings import Settings

    settings, about = Settings(), day(on)
    with watched("publish", about, settings) as ran:
        ran.count = count = publishing.send_again(settings, about, arrived=arrived)
    typer.echo(f"{count} mail{'' if count == 1 else 's'} {'noted as arrived' if arrived else 'sent'}.")


@report.command()
def dashboard(on: On = None) -> None:
    """Build the dashboard anew."""
    _make("dashboard", on)


@report.command()
def quality(on: On = None) -> None:
    """Write the quality report."""
    _make("quality", on)


@report.command()
def accountability(on: On = None) -> None:
    """Write the accountability pack."""
    _make("accountability", on)


def _make(kind: str, on: str | None) -> None:
    from advertentiemonitor import publishing
    from advertentiemonitor.settings import Settings

    path: Path = publishing.make(Settings(), kind, _day(on))
    typer.echo(str(path))
