"""Languages and settings of a block of four weeks, by region and larger areas: as read, and corrected for reading."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse import calendar
from warehouse.estimates import counting, shares
from warehouse.estimates import frame as frames
from warehouse.estimates.errors import TooFewSeen
from warehouse.estimates.level import generator
from warehouse.estimates.view import View
from warehouse.records import SETTINGS

IntArray = npt.NDArray[np.int64]

LEVELS = (1, 2, 3)  # COROP region, province, country: never a municipality (PRIVACY P10)


def languages(of: View, start: date) -> list[tuple[Any, ...]]:
    """Count identities by main language of their texts; rows in the order of `est.language`."""
    if start < of.epoch_start or not len(of.frame.area):
        return []
    frame, (names, label) = of.frame, _language(of)
    rows = []
    for area, who, held in _areas(of):
        for code in np.unique(label[who]):
            mine = label[who] == code
            number = counting.sealed(int(frame.record_number[who[mine]].sum() & counting.NUMBER_MASK))
            share = float(held[mine].max() / held[mine].sum())
            rows.append((of.day, start, area, names[code], int(mine.sum()), share, number))
    return sorted(rows, key=lambda row: (row[2], row[3]))


def rows(of: View, start: date) -> list[tuple[Any, ...]]:
    """Correct the shares of settings and languages for how texts are read; rows in the order of `est.share`."""
    if start < of.epoch_start or not len(of.frame.area):
        return []
    result: list[tuple[Any, ...]] = []
    seen, first = _seen(of)
    for kind, (names, label), among in (
        ("setting", (SETTINGS, frames.identity_settings(of.frame, seen, first)), shares.SETTINGS),
        ("language", _language(of), None),
    ):
        confusion = shares.confusion(kind)
        for area, who, _ in _areas(of):
            counts = np.bincount(label[who], minlength=len(names))
            as_read = {name: int(count) for name, count in zip(names, counts, strict=True) if count}
            head = (of.day, start, area, kind)
            try:
                told = shares.corrected(
                    as_read,
                    confusion,
                    area_code=area,
                    days=calendar.BLOCK_DAYS,
                    rng=generator(of.seed, "share", start.isoformat(), area, kind),
                    among=among,
                )
            except TooFewSeen as refusal:
                result.append((*head, "all", len(who), None, None, None, None, refusal.code))
                continue
            for share in told.shares:
                read = as_read.get(share.label, 0) / len(who)
                ends = (share.point, share.lower, share.upper)
                result.append((*head, share.label, len(who), round(read, 6), *ends, None))
    return sorted(result, key=lambda row: row[2:5])


def _seen(of: View) -> tuple[npt.NDArray[np.bool_], int]:
    first = max(of.frame.seen.shape[1] - calendar.BLOCK_DAYS, 0)
    return of.frame.seen[:, first:], first


def _areas(of: View) -> Iterator[tuple[str, IntArray, IntArray]]:
    """Give each region and larger area with the identities seen there, and how many listings each has."""
    seen, first = _seen(of)
    for level in LEVELS:
        listing, area = frames.members(of.frame, seen, first, of.places.above[:, level])
        for a in np.unique(area):
            who, held = np.unique(of.frame.identity[listing[area == a]], return_counts=True)
            yield of.places.codes[a], who, held


def _language(of: View) -> tuple[tuple[str, ...], IntArray]:
    """Tell each identity's main language: names, and the place among them, shape (I,)."""
    frame = of.frame
    seen, _ = _seen(of)
    here = np.flatnonzero(seen.any(axis=1))
    version = frame.version[here, frame.seen.shape[1] - 1 - seen[here, ::-1].argmax(axis=1)]
    told = (version >= 0) & (frame.language[version] >= 0)
    weight = np.zeros((len(frame.record_number), len(frame.languages) + 1))
    np.add.at(
        weight,
        (frame.identity[here[told]], frame.language[version[told]]),
        frame.language_probability[version[told]],
    )
    names = (*frame.languages, shares.UNTOLD["language"])
    return names, np.where(weight.sum(axis=1) > 0, np.round(weight, 12).argmax(axis=1), len(names) - 1)
