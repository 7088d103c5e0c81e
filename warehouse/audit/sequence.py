"""A2 over time: all days that were released of a cell, read together.

Two days beside each other tell less than a month of them: an unchanged set of people keeps its error, a changed one
draws a new one, so that later days say what an earlier step was. The reader runs the forward-backward algorithm
(Rabiner 1989) over the hidden count and its error: on a day nobody comes or goes and both stay; or k more or fewer are
there and the error is drawn anew. He knows the law of the errors, the rounding and how often k come or go.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from warehouse.audit.differencing import PRIOR, SURE, noise_law
from warehouse.audit.view import Mechanism, View
from warehouse.protection.cells import CellId

# A reader who reads four weeks on each side of a day has all that tells of it: errors of one day are gone by then.
REACH: Final = 27
# Advertisers by which one identity moves an estimate, as a reader may take it: all are seen, or half of them.
WEIGHTS: Final = (1.0, 2.0)
_MARGIN: Final = 12  # beyond the figures of a series, in advertisers: more than errors and rounding reach
_BATCH: Final = 64

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Step:
    """A day on which a reader is sure that exactly one came or left since the day before."""

    cell: CellId

    def __str__(self) -> str:
        """Name the step by its public coordinates."""
        return f"{self.cell} against the day before, in the light of all days"


def steps_of_one(view: View) -> list[Step]:
    """Find the days, new or old, of which the figures together say that exactly one person came or left.

    Returns:
        Steps in order of cell, of all series that end in, begin with or run through a new day.
    """
    series = _series(view)
    return sorted(
        {
            Step(cells[place + 1])
            for weight in WEIGHTS
            for cells, chances in zip(series, chance_of_one(series.values(), view.mechanism, weight), strict=True)
            for place in np.flatnonzero(chances >= SURE)
        },
        key=lambda step: step.cell,
    )


def _series(view: View) -> dict[tuple[CellId, ...], list[int]]:
    """Give runs of days, each the day after the one before, with their figures; the last version of each."""
    shown = {row.cell: row.advertiser_count for row in (*view.earlier, *view.new) if row.period_code == "day"}
    found = {}
    for new in sorted({row.cell for row in view.new if row.period_code == "day" and row.advertiser_count is not None}):
        before, after = _run(new, -1, shown), _run(new, 1, shown)
        cells = (*reversed(before), new, *after)
        if len(cells) > 1:
            found[cells] = [shown[cell] or 0 for cell in cells]
    return found


def _run(cell: CellId, direction: int, shown: dict[CellId, int | None]) -> list[CellId]:
    run: list[CellId] = []
    for distance in range(1, REACH + 1):
        beside = cell._replace(period_start=cell.period_start + timedelta(days=direction * distance))
        if shown.get(beside) is None:
            break
        run.append(beside)
    return run


def chance_of_one(series: Iterable[Sequence[int]], mechanism: Mechanism, weight: float = 1.0) -> list[FloatArray]:
    """Give, for each step of each series, the probability that exactly one came or left.

    Args:
        series: printed figures of days in a row, one series a cell, of different lengths.
        mechanism: how figures are protected; the law of the errors is public.
        weight: advertisers by which one identity moves an estimate.

    Returns:
        One array a series, a number shorter than it.
    """
    rows = list(series)
    found: list[FloatArray] = []
    for start in range(0, len(rows), _BATCH):
        found += _batch(rows[start : start + _BATCH], mechanism, weight)
    return found


def _batch(rows: Sequence[Sequence[int]], mechanism: Mechanism, weight: float) -> list[FloatArray]:
    longest = max(map(len, rows))
    figures = np.full((len(rows), longest), -1, dtype=np.int64)
    for place, row in enumerate(rows):
        figures[place, : len(row)] = row
    errors, weights = (np.array(each) for each in noise_law(mechanism.noise))
    known = figures >= 0
    least = np.floor(np.where(known, figures, figures.max()).min(axis=1) / weight) - _MARGIN
    most = np.ceil(figures.max(axis=1) / weight) + _MARGIN
    counts = least[:, None] + np.arange(int((most - least).max()) + 1)  # (rows, counts)
    shown = np.floor((weight * counts[:, :, None] + errors) / mechanism.rounding + 0.5) * mechanism.rounding
    possible = counts[:, :, None] >= 0
    fits = [
        np.where(figures[:, day, None, None] < 0, 1.0, (shown == figures[:, day, None, None]) & possible)
        for day in range(longest)
    ]
    backward = [np.ones_like(fits[0])]
    for day in range(longest - 1, 0, -1):
        told = _scaled(fits[day] * backward[-1], fits[day])
        message = PRIOR[0] * told + _moved((told * weights).sum(axis=2))[:, :, None]
        backward.append(message)
    backward.reverse()
    state = _scaled(fits[0] * weights, np.zeros_like(fits[0]))
    chances = np.zeros((len(rows), max(longest - 1, 0)))
    for day in range(longest - 1):
        told = _scaled(fits[day + 1] * backward[day + 1], fits[day + 1])
        there, anew = state.sum(axis=2), (told * weights).sum(axis=2)
        each = [PRIOR[0] * (state * told).sum(axis=(1, 2))]
        each += [PRIOR[size] * (there * _either(anew, size)).sum(axis=1) for size in range(1, len(PRIOR))]
        total = np.sum(each, axis=0)
        chances[:, day] = np.divide(each[1], total, out=np.zeros_like(total), where=total > 0)
        # A step that the reader holds for impossible tells him that much: he begins anew behind it.
        fresh = fits[day + 1] * weights
        state = _scaled(fits[day + 1] * (PRIOR[0] * state + _moved(there)[:, :, None] * weights), fresh)
    return [chances[place, : len(row) - 1] for place, row in enumerate(rows)]


def _either(counts: FloatArray, size: int) -> FloatArray:
    """Average over `size` more and `size` fewer, shape (rows, counts); beyond the ends there is nothing."""
    found = np.zeros_like(counts)
    found[:, size:] += 0.5 * counts[:, :-size]
    found[:, :-size] += 0.5 * counts[:, size:]
    return found


def _moved(counts: FloatArray) -> FloatArray:
    return np.asarray(sum(PRIOR[size] * _either(counts, size) for size in range(1, len(PRIOR))))


def _scaled(weights: FloatArray, otherwise: FloatArray) -> FloatArray:
    """Scale rows so that nothing underflows; one in which nothing is possible becomes what it is otherwise."""
    told = np.where(weights.sum(axis=(1, 2), keepdims=True) > 0, weights, otherwise)
    total = told.sum(axis=(1, 2), keepdims=True)
    return np.asarray(np.divide(told, total, out=np.zeros_like(told), where=total > 0))
