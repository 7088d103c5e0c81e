"""open-data: the yearly release under differential privacy, and its files."""

from pathlib import Path
from typing import Annotated

import typer

from advertentiemonitor.commands.printing import Json, print_json, print_table

open_data = typer.Typer(no_args_is_help=True, help="Open data of a year, under differential privacy.")
Year = Annotated[
    int, typer.Option("--year", help="Year, e.g. 2026: its weeks are the Mondays in it.", min=2026, max=9998)
]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(open_data, name="open-data")


@open_data.command()
def release(year: Year, *, as_json: Json = False) -> None:
    """Release a year once it has ended. It spends privacy budget: it is done once, and never corrected."""
    from advertentiemonitor import databases, publishing
    from advertentiemonitor.settings import Settings
    from warehouse.open_data import release_year
    from warehouse.protection.open_rules import RHO_OF_YEAR

    settings = Settings()
    with databases.warehouse_as(settings, "releaser") as conn:
        result = release_year(conn, year, publishing.today(settings))
    if as_json:
        print_json(result)
        return
    when = "released" if result.is_new else "released before; this is what was released then"
    typer.echo(f"Open data of {year}: {when}. Privacy budget: rho = {result.rho:g} of {RHO_OF_YEAR}.")
    print_table("Weeks", ("what", "weeks"), list(result.weeks.items()))
    print_table("Figures", ("what", "cells"), list(result.figures.items()))


@open_data.command()
def export(
    year: Year, out: Annotated[Path, typer.Option("--out", help="Folder for the files.", metavar="FOLDER")]
) -> None:
    """Write a released year as CSV, with its description and method."""
    from advertentiemonitor import databases, publishing
    from advertentiemonitor.settings import Settings
    from reports import open_data as files

    settings = Settings()
    with databases.warehouse_as(settings, "analist") as conn:
        for path in files.export(conn, year, out, notice=publishing.notice(settings)):
            typer.echo(str(path))
