"""retention, objections: what is kept, for how long, and what is dropped."""

import sys
from typing import Annotated

import typer

from advertentiemonitor.commands.printing import Json, day, print_json, print_table

retention = typer.Typer(no_args_is_help=True, help="Drop what is older than the rules allow.")
objections = typer.Typer(no_args_is_help=True, help="Objections, without identification.")


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(retention, name="retention")
    app.add_typer(objections, name="objections")


@retention.command("run")
def retention_run(
    *,
    today: Annotated[
        str | None, typer.Option(help="Say that this is today, where the clock is not believed, e.g. 2026-11-26.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Destroy what is past its term, also in pages, logs and backups; print what went and what is left."""
    from advertentiemonitor import stages
    from advertentiemonitor.observing.observed import watched
    from advertentiemonitor.settings import Settings

    settings = Settings()
    with watched("retention", settings.today(synthetic=True), settings) as ran:
        report = stages.retain(settings, day(today) if today else None)
        ran.count = report.total
    if as_json:
        print_json(report)
        return
    columns = ("what", "gone", "left", "oldest", "may stay", "next goes on")
    rows = [(n.kind, n.gone, n.left, n.oldest, n.rule, n.next_date) for n in report.lines]
    print_table(f"Retention on {report.day}", columns, rows)


# Whatever stands behind the command is taken, so that an answer can be given that does not repeat it.
@objections.command("add", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def objections_add(context: typer.Context) -> None:
    """Drop everything under a telephone number, from now on. It is asked for, or read from standard input."""
    from advertentiemonitor.errors import WrongUse
    from advertentiemonitor.objecting import object_to
    from advertentiemonitor.settings import Settings

    if context.args:
        raise WrongUse(
            "A telephone number does not belong on the command line: others on this machine can see it, and the shell "
            "keeps it. Clear it from the shell's history; give the command without it, and type it when asked."
        )
    asked = sys.stdin.isatty()
    number = typer.prompt("Telephone number", hide_input=True) if asked else sys.stdin.readline().strip()
    total = object_to(Settings(), number)
    typer.echo(f"Noted. Objections in force: {total}.")
