"""Objections without identification (PRIVACY P8)."""

from advertentiemonitor import databases, stages
from advertentiemonitor.settings import Settings
from warehouse import objections


def object_to(settings: Settings, number: str) -> int:
    """Drop everything under `number` from now on; only a pseudonym of it is kept. Give the objections in force.

    Raises:
        warehouse.errors.NotANumber: no numbering plan accepts it.
    """
    epoch = stages.epoch_calendar(settings).code(settings.today(synthetic=True))
    with databases.warehouse_as(settings, "reader") as conn:
        return objections.add(conn, number, stages.keys(settings), epoch)
