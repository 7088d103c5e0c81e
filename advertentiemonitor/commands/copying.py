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
    from advertentiemonitor import stages
    from advertentiemonitor.settings import Settings
    from warehouse import backups

    settings = Settings()
    stages.installed(settings)
    made = backups.make(settings.root, settings.backup_folder)
    if as_json:
        print_json({"path": made.path, "moment": made.moment.isoformat()})
        return
    typer.echo(f"Reservekopie gemaakt en gecontroleerd: {made.path}")
    typer.echo(f"De sleutels zitten er niet in: bewaar {settings.root / 'keys'} apart, nooit op dezelfde plek.")


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
    from advertentiemonitor import stages
    from advertentiemonitor.errors import WrongUse
    from advertentiemonitor.settings import Settings
    from warehouse import restoring

    settings = Settings()
    now = settings.today(synthetic=True)
    said = day(today) if today else None
    if said not in {None, now}:
        raise WrongUse(f"Volgens de klok is het {now}, niet {said}. Zet eerst de klok goed.")
    done = restoring.restore(
        settings.root,
        settings.backup_folder,
        stages.keys(settings),
        now,
        _moment(at) if at else None,
        is_sure=said is not None,
    )
    if as_json:
        print_json(
            {
                "backup": done.backup.path,
                "last_change": done.last_change.isoformat() if done.last_change else None,
                "retention": done.retention,
            }
        )
        return
    typer.echo(f"Teruggezet uit {done.backup.path}.")
    if done.last_change:
        typer.echo(f"Laatste wijziging die terug is: {_dutch(done.last_change)} (Nederlandse tijd).")
    else:
        typer.echo(f"Van na die reservekopie was er niets: zij is van {_dutch(done.backup.moment)} (Nederlandse tijd).")
    typer.echo(f"Wat over zijn termijn was, is meteen weer weg: {done.retention.total} rijen.")
    typer.echo("Geef nu `advertentiemonitor doctor`, en maak een nieuwe reservekopie met `advertentiemonitor backup`.")


def dictionary(*, as_json: Json = False) -> None:
    """Print the data dictionary from the database: a page, or with --json a datapackage.json of what readers get."""
    from advertentiemonitor import stages
    from advertentiemonitor.settings import Settings
    from warehouse import dictionary as told

    with stages.warehouse_as(Settings(), "analist") as conn:
        read = told.read(conn)
    typer.echo(told.data_package(read) if as_json else told.page(read), nl=False)


def _moment(text: str) -> datetime:
    """Read a moment in Dutch time. Of the hour that comes twice in October, the first."""
    from advertentiemonitor.settings import AMSTERDAM

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f'{text!r} is geen moment; schrijf het als "2026-11-26 05:15"') from None
    return moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM)


def _dutch(moment: datetime) -> str:
    from advertentiemonitor.settings import AMSTERDAM

    return moment.astimezone(AMSTERDAM).isoformat(" ", "seconds")
