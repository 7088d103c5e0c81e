"""Open data of one week: tables of counts, noise by OpenDP, and what is printed of it. Nothing here reads a database.

Each identity lies in one cell of each table, so one identity more or less changes a table by 1 in one cell: its L2
sensitivity is 1. A discrete Gaussian of scale s on every cell is then 1 / (2 s^2)-zCDP (Canonne, Kamath and Steinke 2020,
theorem 4), and the tables of a week add up (Bun and Steinke 2016, lemma 1.7). What is done with the noisy numbers after that
is post-processing and costs nothing (lemma 1.8).

Noise comes from OpenDP's own source, the operating system's generator for secrets, and exact arithmetic: never from a seed.
Whoever had the seed could subtract the noise, and a generator meant for simulation can be wound back from its outcomes.
So open data cannot be made twice, and need not: it is frozen. Tests judge it by its law.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from warehouse.areas import area_parents
from warehouse.protection.open_rules import CLASSES, FALSE_PRINT, QUERIES, THRESHOLD, Query

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

BELOW: Final = -1  # in an array of printed figures: the label
_FAR: Final = 40  # standard deviations, beyond which a law has no weight that a float could hold


@dataclass(frozen=True, slots=True)
class Shape:
    """Cells of one table in order, and which of them each municipality lies in, shape (M,), before settings."""

    query: Query
    areas: tuple[str, ...]
    area_of: tuple[int, ...]

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Area and setting of each cell."""
        return [(area, setting) for area in self.areas for setting in self.query.settings]

    def of(self, counts: IntArray) -> IntArray:
        """Add up counts by municipality and setting, shape (M, 4), to this table, shape (cells,)."""
        table = np.zeros((len(self.areas), len(CLASSES)), dtype=np.int64)
        np.add.at(table, np.asarray(self.area_of), counts)
        return table.sum(axis=1) if self.query.settings == ("all",) else table.ravel()


@lru_cache(maxsize=8)
def shapes(municipalities: tuple[str, ...]) -> tuple[Shape, ...]:
    """Give the shape of every table over some municipalities: facts about areas, nothing that was seen."""
    found = []
    for query in QUERIES:
        level = ("municipality", "corop", "province", "country").index(query.level)
        over = [(code, *area_parents(code))[level] for code in municipalities]
        areas = tuple(sorted(set(over)))
        found.append(Shape(query, areas, tuple(areas.index(area) for area in over)))
    return tuple(found)


@lru_cache(maxsize=16)
def _measurement(rho: Decimal) -> tuple[Any, float]:
    """Make OpenDP's mechanism for a budget, and give its scale: the least one that OpenDP itself says stays within it."""
    import opendp.prelude as dp

    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l2_distance(T=float)
    scale = math.sqrt(1 / (2 * float(rho)))
    made: Any = dp.m.make_gaussian(*space, scale=scale)
    while made.map(1.0) > float(rho):
        scale = math.nextafter(scale, math.inf)
        made = dp.m.make_gaussian(*space, scale=scale)
    return made, scale


def sigma(rho: Decimal) -> float:
    """Give the scale of the noise for a budget, in identities."""
    return _measurement(rho)[1]


def noisy(table: IntArray, rho: Decimal) -> IntArray:
    """Add noise to every cell of a table of any shape; each cell is drawn for itself."""
    drawn = _measurement(rho)[0](table.ravel().tolist())
    return np.asarray(drawn, dtype=np.int64).reshape(table.shape)


def law(scale: float) -> tuple[IntArray, FloatArray]:
    """Give the discrete Gaussian law: whole numbers, ascending, and their probabilities exp(-x^2 / 2 s^2) / sum."""
    x = np.arange(-math.ceil(_FAR * scale), math.ceil(_FAR * scale) + 1)
    weight = np.exp(-0.5 * (x / scale) ** 2)
    return x, weight / weight.sum()


def printed_from(scale: float) -> int:
    """Give the smallest figure to print: a cell under the threshold reaches it with less than `FALSE_PRINT`.

    >>> printed_from(math.sqrt(12.5)), printed_from(5.0)
    (23, 29)
    """
    x, p = law(scale)
    reach = np.cumsum(p[::-1])[::-1]  # that the noise is at least x
    return THRESHOLD - 1 + int(x[np.argmax(reach < FALSE_PRINT)])


def shown(drawn: IntArray, scale: float) -> IntArray:
    """Keep the noisy numbers that are printed; the others become `BELOW`."""
    return np.where(drawn >= printed_from(scale), drawn, BELOW)


def publish(tables: Sequence[IntArray], budget: Mapping[str, Decimal]) -> list[IntArray]:
    """Publish the tables of a week, in the order of the queries: noise, then what is printed of it.

    Args:
        tables: counts, any shape each.
        budget: rho of each query.

    Returns:
        Printed figures in the shape of the tables, `BELOW` where there is a label.
    """
    rhos = [budget[query.code] for query in QUERIES]
    return [shown(noisy(table, rho), sigma(rho)) for table, rho in zip(tables, rhos, strict=True)]
