"""What open data is made from: the identities of a week, each counted in one municipality and one setting only.

Whoever advertises in five places would else count five times, and leaving one identity out would change five cells. The
rule that bounds this looks at the week of that identity alone, at nobody else and at no other week, so that leaving it
out changes no other's place: each table made from these counts then changes by one in one cell, its L2 sensitivity is 1.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from warehouse import areas
from warehouse.estimates import frame as frames
from warehouse.estimates.frame import Frame, Places
from warehouse.records import SETTINGS

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

CLASSES: Final = ("home", "club", "escort", "other")
_CLASS_OF: Final = np.array([CLASSES.index(name) if name in CLASSES else CLASSES.index("other") for name in SETTINGS])


def municipality_codes() -> tuple[str, ...]:
    """Give the municipalities of every table, by code: a list of facts, whatever was seen."""
    return tuple(each.code for each in areas.municipalities())


def bounded(frame: Frame, present: BoolArray, first: int, where: Places) -> tuple[IntArray, IntArray]:
    """Give each identity one municipality and one setting for a week.

    The municipality is the Dutch one with most days of advertisements (each listing counts each day on which it was
    seen), among equals the one that comes first by code; the setting is the most probable over its listings.

    Args:
        frame: the sightings.
        present: listings seen in the week, shape (n, P) for P days from column `first` on.
        first: column of the window at which `present` starts.
        where: areas.

    Returns:
        For each identity the index of its municipality in `where.codes`, -1 where it was in none, and that of its
        setting in `CLASSES`, shape (I,) each.
    """
    listing, day = np.nonzero(present)
    version = frame.version[listing, first + day]
    place = np.where(version >= 0, frame.area[version] if len(frame.area) else -1, -1)
    area = np.where(place >= 0, where.above[place, 0] if len(where.above) else -1, -1)
    kept, size = area >= 0, max(len(where.codes), 1)
    pairs, days = np.unique(frame.identity[listing[kept]] * size + area[kept], return_counts=True)
    identity, code = pairs // size, pairs % size
    order = np.lexsort((code, -days, identity))  # codes of a level are in order
    identity, code = identity[order], code[order]
    begins = np.r_[True, identity[1:] != identity[:-1]][: len(identity)]
    one = np.full(len(frame.record_number), -1, dtype=np.int64)
    one[identity[begins]] = code[begins]
    return one, _CLASS_OF[frames.identity_settings(frame, present, first)]


def counts(frame: Frame, present: BoolArray, first: int, where: Places, codes: Sequence[str]) -> IntArray:
    """Count the identities of a week by municipality and setting, shape (len(codes), 4).

    Args:
        frame: the sightings.
        present: listings seen in the week, shape (n, P).
        first: column of the window at which `present` starts.
        where: areas.
        codes: municipalities of the table; who is counted in another one is not in it.
    """
    place, setting = bounded(frame, present, first, where)
    row_of = {code: row for row, code in enumerate(codes)}
    rows = np.array([row_of.get(code, -1) for code in where.codes], dtype=np.int64)
    row = np.where(place >= 0, rows[place] if len(rows) else -1, -1)
    table = np.zeros((len(codes), len(CLASSES)), dtype=np.int64)
    np.add.at(table, (row[row >= 0], setting[row >= 0]), 1)
    return table
