"""simulate, demo: the synthetic market, and the whole job on it."""

from pathlib import Path
from typing import Annotated

import typer

from advertentiemonitor.commands.printing import Json, print_json
from advertentiemonitor.commands.printing import day as read_day

simulate = typer.Typer(no_args_is_help=True, help="The synthetic market.")
Seed = Annotated[int, typer.Option(help="Seed of the market.", min=0)]
Port = Annotated[int, typer.Option(help="First of four ports on loopback.", min=1024, max=65000)]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(simulate, name="simulate")
    app.command()(demo)


@simulate.command()
def world(
    seed: Seed = 1,
    days: Annotated[int, typer.Option(help="Days that the market lives.", min=1, max=730)] = 28,
    out: Annotated[Path, typer.Option(help="Folder for what is written.", file_okay=False)] = Path("build/world"),
) -> None:
    """Generate a market; write its listings and the truth about it."""
    from advertentiemonitor.demo.market import make_world
    from simulation import export

    for path in export.write(make_world(seed, days), out):
        typer.echo(str(path))


@simulate.command()
def serve(
    seed: Seed = 1,
    on: Annotated[str, typer.Option("--day", help="Day of the market, as 2026-11-08.", metavar="DAY")] = "2026-11-08",
    port_base: Port = 18731,
) -> None:
    """Serve the four listing sites on loopback until Ctrl-C."""
    from advertentiemonitor.demo.market import serve_until_stopped

    serve_until_stopped(seed, read_day(on), port_base, typer.echo)


def demo(
    days: Annotated[int, typer.Option(help="Days that the market lives.", min=1, max=180)] = 28,
    seed: Seed = 1,
    out: Annotated[Path, typer.Option(help="Folder for everything the demo makes.", file_okay=False)] = Path(
        "build/demo"
    ),
    *,
    airflow: Annotated[bool, typer.Option(help="Run the last day by Airflow.")] = True,
    as_json: Json = False,
) -> None:
    """Run the whole job on a synthetic market and score it against the market's truth."""
    from advertentiemonitor.demo import run

    report = run.demo(days=days, seed=seed, out=out, with_airflow=airflow, quiet=as_json)
    if as_json:
        print_json(report)
    else:
        run.show(report)
