"""What an operator enters beside what is crawled: figures of audits, and counts with external lists. Nothing is overwritten."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from warehouse import db
from warehouse.errors import WrongUse
from warehouse.estimates.calibration import Audit
from warehouse.estimates.external import ExternalList, extended
from warehouse.estimates.tables import as_table


@dataclass(frozen=True, slots=True)
class Held:
    """How much is held of one external list: weeks times areas, and the Monday of the latest week."""

    list_name: str
    cells: int
    latest: date


def enter(conn: db.Connection, audit: Audit) -> bool:
    """Enter the figures of an audit; from its day on they hold in the place of earlier ones.

    Args:
        conn: as role owner.
        audit: what to enter.

    Returns:
        Whether it was news.

    Raises:
        WarehouseError: the database refused.
    """
    return db.execute(conn, "calibration_enter", asdict(audit)) > 0


def valid_on(conn: db.Connection, day: date) -> list[Audit]:
    """Give the audits up to a day, in order of entry; `estimates.calibration` tells which of them holds.

    Args:
        conn: as role estimator or owner.
        day: vintage; later audits are left out.
    """
    return db.rows(conn, "calibration_on", Audit, {"day": day})


def source_groups(conn: db.Connection) -> list[str]:
    """Give the source groups that were ever loaded."""
    return [group for (group,) in db.tuples(conn, "external_groups")]


def enter_external(conn: db.Connection, tables: Sequence[ExternalList]) -> int:
    """Enter tables with an external list, all or none, each held against our own of that week and area.

    Args:
        conn: as role owner.
        tables: as read by `external.read`.

    Returns:
        How many were news.

    Raises:
        WrongUse: we have nothing of that week and area.
        OverlapDiffers: a table cannot have been made from ours.
        WarehouseError: the database refused.
    """
    own = {week: dict(db.tuples(conn, "external_own", {"week_start": week})) for week in {t.week_start for t in tables}}
    for table in tables:
        if not (ours := own[table.week_start].get(table.area_code)):
            raise WrongUse(
                f"There is no week of {table.week_start} in {table.area_code} to hold the table against. "
                "Estimate the last day of that week first."
            )
        extended(as_table(ours), table)
    with db.transaction(conn):
        return sum(
            db.execute(conn, "external_enter", asdict(table) | {"overlap": db.Json(dict(table.overlap))})
            for table in tables
        )


def external_on(conn: db.Connection, week_start: date) -> list[ExternalList]:
    """Give the tables that hold for a week, one an area and list.

    Args:
        conn: as role estimator or owner.
        week_start: its Monday.
    """
    return db.rows(conn, "external_on", ExternalList, {"week_start": week_start})


def held(conn: db.Connection) -> list[Held]:
    """Tell how much is held of each external list; never a cell of it."""
    return db.rows(conn, "external_weeks", Held)
