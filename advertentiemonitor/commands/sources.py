"""sources: the register, and why a source may not run."""

from typing import Annotated

import typer

from advertentiemonitor.commands.printing import Json, print_json, print_table

sources = typer.Typer(no_args_is_help=True, help="The register of sources.")
Name = Annotated[str, typer.Argument(help="Name in the register.")]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(sources, name="sources")


@sources.command("list")
def list_(*, as_json: Json = False) -> None:
    """List the sources, their owner group and whether they are enabled."""
    from spiders import register as sources_register

    entries = sources_register.load()
    rows = [(name, entry.group, "yes" if entry.enabled else "no") for name, entry in sorted(entries.items())]
    if as_json:
        print_json([dict(zip(("name", "group", "enabled"), row, strict=True)) for row in rows])
    else:
        print_table("Sources", ("name", "group", "enabled"), rows)


@sources.command()
def show(name: Name) -> None:
    """Print one register entry."""
    from spiders import register as sources_register

    print_json(sources_register.entry_of(name).model_dump(mode="json"))


@sources.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Names; all when left out.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Tell why a source may not run; exit 3 when one may not."""
    from advertentiemonitor.settings import Settings
    from spiders import register as sources_register

    entries = sources_register.load()
    chosen = names or sorted(entries)
    today = Settings().today(synthetic=False)
    reasons = {name: sources_register.reasons_against(sources_register.entry_of(name), today) for name in chosen}
    if as_json:
        print_json(reasons)
    else:
        for name, against in reasons.items():
            typer.echo(f"{name}: {'may run' if not against else 'may NOT run: ' + '; '.join(against)}")
    if any(reasons.values()):
        raise typer.Exit(3)
