"""backup, restore, dictionary: what is kept of a database, and what it says of itself."""

from datetime import datetime
from typing import Annotated

import typer

from advertentiemonitor.commands.printing import Json, day, print_json


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("dictionary")(dictionary)


def backup(*, as_json: Json = False) -> None:
    """Copy the database and its log to the folder of backups, and check the copy. Keys are not in it."""
    from advertentiemonitor import databases
    from advertentiemonitor.settings import Settings
    from warehouse import backups

    settings = Settings()
    databases.embedded(settings)
    made = backups.make(settings.root, settings.backup_folder)
    if as_json:
        print_json({"path": made.path, "moment": made.moment.isoformat()})
        return
    typer.echo(f"Backup made and checked: {made.path}")
    typer.echo(f"The keys are not in it: keep {settings.root / 'keys'} apart, never in the same place.")


def restore(
    *,
    at: Annotated[
        str | None, typer.Option(help='Moment to go back to, Dutch time: "2026-11-26 05:15". Else as far as it goes.')
    ] = None,
    today: Annotated[
        str | None, typer.Option(help="Say that this is today, where the clock is not believed, e.g. 2026-11-26.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring back the database from the folder of backups into a state folder that has none, with its keys put back."""
    from advertentiemonitor import keyring, stages
    from advertentiemonitor.errors import WrongUse
    from advertentiemonitor.settings import Settings
    from warehouse import restoring

    settings = Settings()
    now = settings.today(synthetic=True)
    said = day(today) if today else None
    if said not in {None, now}:
        raise WrongUse(f"By the clock it is {now}, not {said}. Set the clock right first.")
    done = restoring.restore(
        settings.root,
        settings.backup_folder,
        stages.keys(settings),
        now,
        _moment(at) if at else None,
        is_sure=said is not None,
    )
    keyring.share_calendar(settings)
    if as_json:
        print_json(
            {
                "backup": done.backup.path,
                "last_change": done.last_change.isoformat() if done.last_change else None,
                "retention": done.retention,
            }
        )
        return
    typer.echo(f"Restored from {done.backup.path}.")
    if done.last_change:
        typer.echo(f"Last change that is back: {_dutch(done.last_change)} (Dutch time).")
    else:
        typer.echo(f"There was nothing of after that backup, which is of {_dutch(done.backup.moment)} (Dutch time).")
    typer.echo(f"What was past its term went again at once: {done.retention.total} rows.")
    if settings.smtp_host:
        typer.echo(
            "Mail that went out after that moment is not known as sent any more: a digest of the last days may go out again "
            "(docs/beheer.md)."
        )
    typer.echo("Now give `advertentiemonitor doctor`, and make a new backup with `advertentiemonitor backup`.")


def dictionary(
    *,
    as_json: Json = False,
    dbt: Annotated[bool, typer.Option("--dbt", help="Print a sources.yml for dbt.")] = False,
) -> None:
    """Print the data dictionary from the database: a page, or with --json a datapackage.json of what readers get."""
    from advertentiemonitor import databases
    from advertentiemonitor.settings import Settings
    from warehouse import dbt_sources
    from warehouse import dictionary as told

    with databases.warehouse_as(Settings(), "analist") as conn:
        read = told.read(conn)
    typer.echo(dbt_sources.page(read) if dbt else told.data_package(read) if as_json else told.page(read), nl=False)


def _moment(text: str) -> datetime:
    """Read a moment in Dutch time. Of the hour that comes twice in October, the first."""
    from advertentiemonitor.settings import AMSTERDAM

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f'{text!r} is not a moment; write it as "2026-11-26 05:15"') from None
    return moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM)


def _dutch(moment: datetime) -> str:
    from advertentiemonitor.settings import AMSTERDAM

    return moment.astimezone(AMSTERDAM).isoformat(" ", "seconds")
