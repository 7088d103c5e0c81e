"""keys, retention, objections: what is kept, for how long, and what is dropped."""

from typing import Annotated

import typer

from advertentiemonitor.commands.printing import Json, print_json, print_table

keys = typer.Typer(no_args_is_help=True, help="Keys: what there is. Their values are never shown.")
retention = typer.Typer(no_args_is_help=True, help="Drop what is older than the rules allow.")
objections = typer.Typer(no_args_is_help=True, help="Objections, without identification.")


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(keys, name="keys")
    app.add_typer(retention, name="retention")
    app.add_typer(objections, name="objections")


@keys.command("status")
def keys_status(*, as_json: Json = False) -> None:
    """Show which keys there are, for which epoch, and whether their files are safe."""
    from advertentiemonitor.diagnosis import keys_present
    from advertentiemonitor.settings import Settings

    present = keys_present(Settings())
    if as_json:
        print_json(present)
    else:
        print_table("Keys", ("key", "epoch", "state"), [(k.domain, k.epoch or "-", k.state) for k in present])


@retention.command("run")
def retention_run(*, as_json: Json = False) -> None:
    """Drop rows older than 26 weeks and spool files older than 72 hours; print what went and what is left."""
    from advertentiemonitor import stages
    from advertentiemonitor.settings import Settings

    report = stages.retain(Settings())
    if as_json:
        print_json(report)
    else:
        print_table("Retention", ("what", "count"), list(vars_of(report).items()))


def vars_of(record: object) -> dict[str, object]:
    """Fields of a dataclass, for a table of two columns."""
    import dataclasses

    assert dataclasses.is_dataclass(record)  # noqa: S101 - every report is one
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


@objections.command("add")
def objections_add(
    number: Annotated[
        str,
        typer.Option(
            prompt="Telephone number", hide_input=True, help="Asked for when left out: then it is in no history."
        ),
    ],
) -> None:
    """Drop everything under a telephone number, from now on. Only a pseudonym of it is kept."""
    from advertentiemonitor.objecting import object_to
    from advertentiemonitor.settings import Settings

    total = object_to(Settings(), number)
    typer.echo(f"Noted. Objections in force: {total}.")
