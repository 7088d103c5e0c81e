"""Open data as they were released, and whether they are still what the ledger says."""

from dataclasses import dataclass
from datetime import date

from warehouse import db
from warehouse.protection.open_figures import OpenBudget, OpenFigure, OpenFigures, OpenWeek


@dataclass(frozen=True, slots=True)
class OpenEdition:
    """The ledger's entry of a year; `vintage_date` is the last day of its last week."""

    vintage_date: date
    figures_digest: str
    entry_digest: str


def editions(conn: db.Connection, last: date | None = None) -> list[OpenEdition]:
    """Read the entries of all years, oldest first, or of the one that ends on `last`."""
    return db.rows(conn, "open_editions", OpenEdition, {"last": last})


def released_year(conn: db.Connection, last: date) -> OpenFigures:
    """Read back a year's open data.

    Args:
        conn: any role that reads `release`.
        last: last day of the year's last week (`open_rules.last_day`).
    """
    at = {"last": last}
    return OpenFigures(
        weeks=db.rows(conn, "open_read_week", OpenWeek, at),
        budgets=db.rows(conn, "open_read_budget", OpenBudget, at),
        figures=db.rows(conn, "open_read_figure", OpenFigure, at),
    )


def changed_years(conn: db.Connection) -> list[date]:
    """Find the releases (by last day) whose rows have no longer the digest that the ledger holds."""
    return [
        one.vintage_date
        for one in editions(conn)
        if released_year(conn, one.vintage_date).digest() != one.figures_digest
    ]
