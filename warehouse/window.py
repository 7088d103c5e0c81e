"""Reading a window of sightings out of `core` into a frame: whole columns as arrays, no object for each row.

At national volume a window of four weeks is 700,000 sightings of 43,000 listings. What is left in Python for each listing
is a few look-ups of short codes.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from warehouse import db
from warehouse.estimates import frame as frames
from warehouse.estimates.errors import NotLinked
from warehouse.estimates.frame import Frame
from warehouse.records import SETTINGS

IntArray = npt.NDArray[np.int64]

_NONE = "-"  # in est_versions.sql
_NO_READINGS = (*[np.empty(0, np.int32)] * 2, "", "", *[np.empty(0, np.int32)] * 4)


class _Readings(NamedTuple):
    """Columns of what was read, shape (V,) each."""

    listing: npt.NDArray[np.int32]
    day: npt.NDArray[np.int32]
    area: str
    language: str
    language_probability: npt.NDArray[np.float32]
    setting: npt.NDArray[np.int32]
    setting_probability: npt.NDArray[np.float32]
    content: npt.NDArray[np.int64]


def read(
    conn: db.Connection,
    first: date,
    day: date,
    *,
    linked: date,
    epoch: str,
    groups: Iterable[str] = (),
    sources: Iterable[str] = (),
) -> Frame:
    """Read the listings of an epoch that were seen in a window, with what was read of them and whose they are.

    Args:
        conn: as role estimator.
        first: first day of the window.
        day: its last day; later sightings and readings are ignored.
        linked: take the identities of this day.
        epoch: code of the key epoch whose rows are read.
        groups: source groups that the frame names in any case.
        sources: sources that it names in any case.

    Raises:
        NotLinked: listings were read that belong to no identity yet.
        WarehouseError: the database refused.
    """
    days = (day - first).days + 1
    daily = db.arrays(conn, "est_seen", {"first": first, "days": days})
    ids = np.unique(np.concatenate([np.empty(0, np.int32), *(here for _, here in daily)]))
    asked = {"listings": ids, "first": first, "day": day, "linked": linked, "epoch": epoch}
    blocks = db.arrays(conn, "est_listings", asked)
    found = db.arrays(conn, "est_versions", asked | {"settings": list(SETTINGS)})
    readings = _Readings(*(found[0] if found else _NO_READINGS))

    sizes = [len(block[2]) for block in blocks]
    group_names = tuple(sorted({*groups, *(block[1] for block in blocks)}))
    source_names = tuple(sorted({*sources, *(block[0] for block in blocks)}))
    group = np.repeat(_places_in(group_names, [block[1] for block in blocks]), sizes)
    source = np.repeat(_places_in(source_names, [block[0] for block in blocks]), sizes)
    listing, key, identity, record = (_joined(block[column] for block in blocks) for column in range(2, 6))
    # In order of source and pseudonym, which does not depend on running numbers. A listing whose page was never read is
    # nobody's: the share of those is in q.
    kept = np.lexsort((key, source))
    kept = kept[np.isin(listing[kept], readings.listing)]
    listing, identity, record = listing[kept], identity[kept], record[kept]
    if unlinked := int((identity == 0).sum()):
        raise NotLinked(unlinked)

    low, high = (int(ids[0]), int(ids[-1])) if len(ids) else (0, -1)
    position = np.full(high - low + 1, -1, dtype=np.int64)
    position[listing - low] = np.arange(len(listing))
    seen = np.zeros((len(listing) + 1, days), dtype=np.bool_)  # the row after the last is for those of no interest
    for column, here in daily:
        seen[position[here - low], column] = True

    at = position[readings.listing - low]
    order = np.lexsort((readings.day, at))[int((at < 0).sum()) :]
    area_codes, area = _numbered(readings.area)
    languages, language = _numbered(readings.language)
    _, firsts, numbers = np.unique(identity, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(firsts))
    return Frame(
        seen=seen[:-1],
        group=group[kept],
        source=source[kept],
        identity=rank[numbers].astype(np.int64),
        record_number=(record[np.sort(firsts)] & (2**63 - 1)).astype(np.uint64),
        version=frames.versions_by_day(at[order], readings.day[order].astype(np.int64), len(listing), days),
        area=area[order],
        setting=readings.setting[order].astype(np.int64),
        setting_probability=readings.setting_probability[order].astype(np.float64),
        language=language[order],
        language_probability=readings.language_probability[order].astype(np.float64),
        content=np.unique(readings.content[order], return_inverse=True)[1].astype(np.int64),
        groups=group_names,
        sources=source_names,
        area_codes=area_codes,
        languages=languages,
    )


def _joined(columns: Iterable[npt.NDArray[Any]]) -> IntArray:
    return np.concatenate([np.empty(0, np.int64), *columns])


def _numbered(text: str) -> tuple[tuple[str, ...], IntArray]:
    """Give the distinct codes of a text in order, and the place of each among them; -1 for none."""
    codes = text.split()
    names = tuple(sorted({*codes} - {_NONE}))
    return names, _places_in(names, codes)


def _places_in(names: tuple[str, ...], codes: Sequence[str]) -> IntArray:
    index = {name: i for i, name in enumerate(names)} | {_NONE: -1}
    return np.fromiter((index[code] for code in codes), dtype=np.int64, count=len(codes))
