"""keys: what there is, a new epoch, and destroying what is due. Their values are never shown."""

from typing import Annotated

import typer

from advertentiemonitor.commands.printing import Json, print_json, print_table

keys = typer.Typer(no_args_is_help=True, help="Keys: what there is, starting an epoch early, destroying what is due.")


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(keys, name="keys")


@keys.command("status")
def status(*, as_json: Json = False) -> None:
    """Show which keys there are, for which epoch, whether they are the right ones, and until when they are needed."""
    from advertentiemonitor import keyring
    from advertentiemonitor.settings import Settings

    states = keyring.status(Settings())
    if as_json:
        print_json(states)
    else:
        lines = [(k.key, k.epoch or "-", k.start or "-", k.state, k.until or "-") for k in states]
        print_table("Keys", ("key", "epoch", "from", "state", "until / on"), lines)


@keys.command("rotate")
def rotate(*, as_json: Json = False) -> None:
    """Start a new epoch early, with the first day that is not read yet: a key was lost, or is no longer trusted."""
    from advertentiemonitor import keyring
    from advertentiemonitor.settings import Settings

    rotation = keyring.rotate(Settings())
    if as_json:
        print_json(rotation)
        return
    typer.echo(f"Epoch {rotation.epoch} starts on {rotation.start}.")
    if rotation.is_break:
        typer.echo(
            f"The key of {rotation.former} is gone: nothing is carried over, figures show a break, and objections noted "
            "under that key alone have to be noted again."
        )
    else:
        typer.echo(
            f"For a week, rows of {rotation.former} are carried over; then `keys destroy` is due (done nightly)."
        )


@keys.command("destroy")
def destroy(
    epoch: Annotated[str | None, typer.Argument(help="Only this one, e.g. E0003; left out: all that are due.")] = None,
    *,
    now: Annotated[
        bool, typer.Option("--now", help="Though its bridge week is not over: it is no longer trusted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Destroy keys whose bridge week is over, with the bridge and a receipt. There is no way back."""
    from advertentiemonitor import keyring
    from advertentiemonitor.settings import Settings

    bridged = keyring.destroy(Settings(), epoch, now=now)
    if as_json:
        print_json(bridged)
    elif not bridged:
        typer.echo("No key is due.")
    for code, count in bridged.items() if not as_json else ():
        typer.echo(f"The key of {code} is destroyed, and with it the bridge of {count} listings.")
