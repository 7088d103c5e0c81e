"""backfill."""

from typing import TYPE_CHECKING, Annotated

import typer

from advertentiemonitor.commands.printing import Json, day, print_json, print_table

if TYPE_CHECKING:
    from datetime import date

    from advertentiemonitor.airflow.days import Progress


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(backfill)


def backfill(
    first: Annotated[str, typer.Option("--from", help="First local day, as 2026-11-01.", metavar="DAY")],
    last: Annotated[str, typer.Option("--to", help="Last local day, which is run too.", metavar="DAY")],
    stage: Annotated[str, typer.Option(help="Where each day begins: read, estimate, release or publish.")] = "read",
    *,
    as_json: Json = False,
) -> None:
    """Run past days again from a stage to the digest, in order, by the Airflow that `up` runs."""
    from advertentiemonitor.airflow import backfilling
    from advertentiemonitor.settings import Settings

    def told(on: "date", progress: "Progress") -> None:
        typer.echo(f"{on}: {progress.stage} {progress.state}", err=True)

    done = backfilling.backfill(Settings(), day(first), day(last), stage, told)
    if as_json:
        print_json([{"day": one.day.isoformat(), "seconds": dict(one.seconds)} for one in done])
    else:
        print_table("Days", ("day", "seconds"), [(str(one.day), f"{sum(one.seconds.values()):.0f}") for one in done])
