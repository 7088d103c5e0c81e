"""calibrate: figures of audits and counts with external lists, entered by an operator; what holds today."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advertentiemonitor.commands.printing import Json, day, print_json, print_table

if TYPE_CHECKING:
    from datetime import date

    from advertentiemonitor.settings import Settings

calibrate = typer.Typer(no_args_is_help=True, help="Enter what audits and external lists say; see what holds.")
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
Day = Annotated[str, typer.Option("--date", help="Day that the audit speaks of, e.g. 2026-11-20.")]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.add_typer(calibrate, name="calibrate")


@calibrate.command()
def identities(file: File, audited: Day) -> None:
    """Enter an audit of identities: JSON of its figures, or CSV with the weight share of each identity judged."""
    from advertentiemonitor import databases
    from advertentiemonitor.settings import Settings
    from warehouse import calibration
    from warehouse.estimates.audit_files import read_identities

    settings = Settings()
    audit = read_identities(file, _past(settings, audited))
    with databases.warehouse_as(settings, "owner") as conn:
        is_new = calibration.enter(conn, audit)
    typer.echo(
        f"Kappa {audit.point:.3f}, standard error {audit.standard_error:.3f}, {audit.sample_count} identities, "
        f"{audit.audited_date}: {'entered' if is_new else 'known already'}."
    )


@calibrate.command()
def ghosts(file: File, audited: Day) -> None:
    """Enter audited ghost lags: CSV source_code,mean_days,standard_error,sample_count."""
    from advertentiemonitor import databases
    from advertentiemonitor.settings import Settings
    from spiders import register as sources_register
    from warehouse import calibration, db
    from warehouse.estimates.audit_files import read_ghosts

    settings = Settings()
    audits = read_ghosts(file, _past(settings, audited), sources_register.load())
    with databases.warehouse_as(settings, "owner") as conn, db.transaction(conn):
        entered = sum(calibration.enter(conn, audit) for audit in audits)
    typer.echo(f"{entered} of {len(audits)} ghost lags entered; the others were known already.")


@calibrate.command()
def links(file: File, audited: Day) -> None:
    """Enter how often links are wrong: CSV kind_code,share,standard_error,sample_count; docs/movement.md."""
    from advertentiemonitor import databases
    from advertentiemonitor.settings import Settings
    from warehouse import calibration, db
    from warehouse.estimates.audit_files import read_links

    settings = Settings()
    audits = read_links(file, _past(settings, audited))
    with databases.warehouse_as(settings, "owner") as conn, db.transaction(conn):
        entered = sum(calibration.enter(conn, audit) for audit in audits)
    typer.echo(f"{entered} of {len(audits)} error rates entered; the others were known already.")


@calibrate.command()
def external(file: File) -> None:
    """Enter counts with an external list, matched by a third party: docs/external-list.md."""
    from advertentiemonitor import databases
    from advertentiemonitor.settings import Settings
    from warehouse import calibration
    from warehouse.estimates.external import read

    with databases.warehouse_as(Settings(), "owner") as conn:
        tables = read(file, calibration.source_groups(conn))
        entered = calibration.enter_external(conn, tables)
    typer.echo(f"{entered} of {len(tables)} tables entered; the others were known already.")


@calibrate.command()
def status(*, as_json: Json = False) -> None:
    """Show which audits hold today and their ages, whether hidden sources were covered, which external lists there are."""
    from advertentiemonitor import databases
    from advertentiemonitor.settings import Settings
    from spiders import register as sources_register
    from warehouse import calibration, hiding
    from warehouse.estimates.calibration import NOT_CALIBRATED, VALID_DAYS, Kind, in_force

    settings = Settings()
    today = settings.today(synthetic=True)
    with databases.warehouse_as(settings, "owner") as conn:
        audits, lists = calibration.valid_on(conn, today), calibration.held(conn)
        cover, delta = hiding.cover(conn, today), hiding.delta(conn, today)
    wanted: list[tuple[Kind, str | None]] = [("kappa", None)]
    wanted += [("ghost_lag", source) for source in sorted(sources_register.load())]
    rows = []
    for kind, source in wanted:
        audit = in_force(audits, kind, today, source)
        rows.append(
            {
                "kind": kind,
                "source": source,
                "audited": audit.audited_date if audit else None,
                "age_days": (today - audit.audited_date).days if audit else None,
                "days_left": VALID_DAYS - (today - audit.audited_date).days if audit else None,
                "point": audit.point if audit else None,
                "standard_error": audit.standard_error if audit else None,
                "sample_count": audit.sample_count if audit else None,
                "label": None if audit else NOT_CALIBRATED,
            }
        )
    if as_json:
        watched = {"weeks": cover.weeks, "judged": cover.judged, "covered": cover.covered, "alarm": cover.alarm}
        print_json({"day": today, "audits": rows, "hidden": watched, "delta": delta, "external_lists": lists})
        return
    print_table(f"Audits that hold on {today}", tuple(rows[0]), [tuple(row.values()) for row in rows])
    typer.echo(
        f"Hidden source groups covered by the others: {cover.covered} of {cover.judged} in {cover.weeks} weeks"
        f"{', too few' if cover.alarm else ''}. Delta is {delta:g}."
    )
    held = [(one.list_name, one.cells, one.latest) for one in lists]
    print_table("External lists", ("list", "weeks x areas", "latest week"), held)


def _past(settings: "Settings", text: str) -> "date":
    """Read a day that is not in the future."""
    from advertentiemonitor.errors import WrongUse

    said = day(text)
    if said > settings.today(synthetic=True):
        raise WrongUse(f"{said} is yet to come. Give the day that the audit speaks of.")
    return said
