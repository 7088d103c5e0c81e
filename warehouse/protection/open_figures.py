"""Rows of open data as they are released: of one week, of a year, and which weeks go out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256

import numpy as np

from warehouse.protection.open_mechanism import BELOW, IntArray, printed_from, publish, shapes, sigma
from warehouse.protection.open_rules import COMPLETENESS, COMPLETENESS_OF_SOURCE


@dataclass(frozen=True, slots=True)
class OpenWeek:
    """A week of the year, and why it has no figures; `completeness_share` is from crawl logs."""

    week_start_date: date
    status_code: str
    reason_code: str
    completeness_share: float | None


@dataclass(frozen=True, slots=True)
class OpenBudget:
    """What one table of one week took of the privacy budget, and what that made of it."""

    week_start_date: date
    query_code: str
    rho_value: float
    sigma_value: float
    printed_from_count: int


@dataclass(frozen=True, slots=True)
class OpenFigure:
    """One figure or its label; `identity_count` holds noise of standard deviation `sigma_value`."""

    week_start_date: date
    query_code: str
    area_code: str
    setting_code: str
    status_code: str
    identity_count: int | None
    sigma_value: float


@dataclass(frozen=True, slots=True)
class OpenFigures:
    """All rows of one release of open data."""

    weeks: Sequence[OpenWeek]
    budgets: Sequence[OpenBudget]
    figures: Sequence[OpenFigure]

    def digest(self) -> str:
        """SHA-256 over all rows in a fixed order, as lower-case hex."""
        tables: tuple[Sequence[OpenWeek | OpenBudget | OpenFigure], ...] = (self.weeks, self.budgets, self.figures)
        lines = [sorted(json.dumps(asdict(row), default=str) for row in rows) for rows in tables]
        return sha256(json.dumps(lines).encode()).hexdigest()


def week(start: date, completeness: float | None, least: float | None, *, is_counted: bool) -> OpenWeek:
    """Decide whether a week goes out, from crawl logs and from whether it was counted: from nothing that was seen.

    Args:
        start: its Monday.
        completeness: mean over sources and days, None without crawls.
        least: mean over the days of the source that was seen least.
        is_counted: whether there are counts of it.
    """
    if not is_counted:
        reason = "not_estimated"
    elif completeness is None or least is None or completeness < COMPLETENESS or least < COMPLETENESS_OF_SOURCE:
        reason = "low_completeness"
    else:
        reason = ""
    return OpenWeek(
        start, "absent" if reason else "released", reason, None if completeness is None else round(completeness, 2)
    )


def figures_of(
    start: date, counts: IntArray, municipalities: tuple[str, ...], spent: Mapping[str, Decimal]
) -> tuple[list[OpenBudget], list[OpenFigure]]:
    """Make the rows of a week, anew each time: whoever calls this has spent the budget.

    Args:
        start: Monday.
        counts: identities by municipality and setting, shape (M, 4).
        municipalities: M codes.
        spent: rho of each query.
    """
    made = shapes(municipalities)
    printed = publish([shape.of(np.asarray(counts)) for shape in made], spent)
    budgets, figures = [], []
    for shape, table in zip(made, printed, strict=True):
        query, scale = shape.query.code, sigma(spent[shape.query.code])
        budgets.append(OpenBudget(start, query, float(spent[query]), scale, printed_from(scale)))
        figures += [
            OpenFigure(start, query, area, setting, "below_threshold", None, scale)
            if count == BELOW
            else OpenFigure(start, query, area, setting, "published", int(count), scale)
            for (area, setting), count in zip(shape.cells, table, strict=True)
        ]
    return budgets, figures
