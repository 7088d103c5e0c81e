"""An old vintage made again, bit for bit, from the sufficient statistics kept with it: no row of `core` is needed."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from warehouse import db
from warehouse.errors import WrongUse
from warehouse.estimates.inputs import Cell, Inputs, figures
from warehouse.estimates.level import Level
from warehouse.estimates.vintage import VERSION, figures_kept


@dataclass(frozen=True, slots=True)
class Again:
    """How many figures and refusals of a vintage were made again, and which of them differ: period, first day, area, setting."""

    day: date
    made: int
    differing: tuple[tuple[str, date, str, str], ...]


def again(conn: db.Connection, day: date) -> Again:
    """Make the figures of a vintage again and compare every digit; writes nothing.

    Args:
        conn: as role estimator.
        day: vintage.

    Raises:
        WrongUse: there is no such vintage, or another version of the estimator made it.
    """
    kept = db.tuples(conn, "again_inputs", {"day": day})
    if not kept:
        raise WrongUse(f"No figures of {day} are kept with their inputs. Name a day that was estimated.")
    if kept[0][1] != VERSION:
        raise WrongUse(
            f"The figures of {day} were made by version {kept[0][1]} of the estimator and this is {VERSION}. "
            "Use the program of that time to make them again."
        )
    inputs = Inputs.from_json(kept[0][0])
    level = Level.of(inputs.seed, inputs.known)
    rows = db.tuples(conn, "again_figures", {"day": day})
    differing = []
    for (code, start, setting), group in groupby(rows, key=lambda row: (row[0], row[1], row[3])):
        stored: dict[str, Any] = {row[2]: row for row in group}
        cells = [Cell.of_row(inputs.groups, area, row[4], row[5]) for area, row in stored.items()]
        made = figures(inputs, level, code, start, setting, cells)
        differing += [
            (code, start, area, setting)
            for area, row in stored.items()
            if (*figures_kept(made[area]), made[area].refusal, list(made[area].warnings)) != (*row[6:14], row[14])
        ]
    return Again(day, len(rows), tuple(differing))
