"""Open data of a year: noise is drawn once, the budget is spent, and what came out is frozen. One transaction.

Making it a second time, a correction too, would spend the budget of the same identity-weeks again: asking again gives what
was released. The database itself refuses what goes past the budget (migration 0131).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

import numpy as np

from warehouse import db, ledger
from warehouse.audit import privacy_loss
from warehouse.audit.open_reading import editions, released_year
from warehouse.errors import DatabaseFailed
from warehouse.estimates.identity_weeks import CLASSES, municipality_codes
from warehouse.protection import open_figures as rows
from warehouse.protection import open_rules as rules
from warehouse.protection.cells import Area
from warehouse.protection.errors import AttackSucceeded, BudgetSpent, NothingToRelease, YearNotEnded, YearTooEmpty
from warehouse.protection.open_figures import OpenBudget, OpenFigure, OpenFigures, OpenWeek
from warehouse.protection.open_mechanism import IntArray
from warehouse.release import release_areas

_TYPES: Final = {
    "week_start_date": "date",
    "vintage_date": "date",
    "completeness_share": "float8",
    "rho_value": "float8",
    "sigma_value": "float8",
    "printed_from_count": "int4",
    "identity_count": "int4",
}
_REFUSED: Final = frozenset({"23505", "23514"})  # the same table of a week again, or past the allowance


@dataclass(frozen=True, slots=True)
class OpenResult:
    """What a year's open data hold, now or from before (`is_new` False).

    `weeks` counts weeks, released or by the reason why they are absent; `figures` counts cells by status; `rho` is what
    the year took of its privacy budget.
    """

    year: int
    is_new: bool
    entry_digest: str
    rho: float
    weeks: Mapping[str, int]
    figures: Mapping[str, int]


def release_year(conn: db.Connection, year: int, today: date) -> OpenResult:
    """Release the open data of a year: all its weeks that were counted and well seen, once and for good.

    Args:
        conn: connection of role `releaser`.
        year: its weeks are the Mondays that lie in it.
        today: the current local day.

    Returns:
        What was released, now or before.

    Raises:
        YearNotEnded: the last week of the year is not over.
        NothingToRelease: no week of the year was counted and well seen.
        YearTooEmpty: more than half of its weeks would be absent; nothing was released and nothing spent.
        BudgetSpent: budget of a week was spent already by something else; nothing was released.
        AttackSucceeded: A8 measures a greater loss than is claimed; nothing was released.
        WarehouseError: the database refused; nothing was released.
    """
    last = rules.last_day(year)
    if today <= last:
        raise YearNotEnded(year, last)
    with db.transaction(conn):
        db.tuples(conn, "release_lock")
        for edition in editions(conn, last):
            return _result(year, edition.entry_digest, released_year(conn, last), is_new=False)
        counts, estimators = _counts(conn, year)
        weeks = _weeks(conn, year, frozenset(counts))
        absent = Counter(week.reason_code for week in weeks if week.status_code == "absent")
        if absent.total() == len(weeks):
            raise NothingToRelease(
                f"no week of {year} was both estimated and well enough seen, so there is nothing to release; "
                "see `status` and the quality report"
            )
        if 2 * absent.total() > len(weeks):
            raise YearTooEmpty(year, len(weeks), absent["not_estimated"], absent["low_completeness"])
        attack = privacy_loss.attack()
        if attack.outcome != "passed":
            raise AttackSucceeded((attack.code,), attack.cells or (attack.reason,))
        made = _made(year, weeks, counts)
        _write(conn, last, made)
        entry = ledger.enter_open(
            conn,
            vintage=last,
            ruleset=rules.OPEN_RULESET_VERSION,
            estimator=", ".join(sorted(estimators)),
            # Never a digest of the counts: who knows all identities but one could try both worlds against it.
            inputs=sha256(repr([astuple(week) for week in weeks]).encode()).hexdigest(),
            figures=made.digest(),
            attacks={attack.code: attack.as_json()},
            request={
                "year": year,
                "weeks": len({row.week_start_date for row in made.budgets}),
                "rho_of_week": float(sum(rules.budget(year).values())),
                "rho": _rho(made),
                "rho_cap": float(rules.RHO_OF_YEAR),
            },
        )
        return _result(year, entry, made, is_new=True)


def _counts(conn: db.Connection, year: int) -> tuple[dict[date, IntArray], set[str]]:
    """Read the counts of each week that was counted, by Monday, shape (municipalities, 4); and who estimated them."""
    mondays = rules.weeks_of(year)
    row_of = {code: row for row, code in enumerate(municipality_codes())}
    found: dict[date, IntArray] = {}
    estimators = set()
    for week, area, setting, count, estimator in db.tuples(
        conn, "open_counts", {"first": mondays[0], "last": mondays[-1]}
    ):
        table = found.setdefault(week, np.zeros((len(row_of), len(CLASSES)), dtype=np.int64))
        if area in row_of:  # a municipality that was merged since is nowhere in a table of today's
            table[row_of[area], CLASSES.index(setting)] = count
        estimators.add(str(estimator))
    return found, estimators


def _weeks(conn: db.Connection, year: int, counted: frozenset[date]) -> list[OpenWeek]:
    mondays = rules.weeks_of(year)
    days = {"first": mondays[0], "last": mondays[-1] + timedelta(days=6)}
    crawls = {week: shares for week, *shares in db.tuples(conn, "open_crawls", days)}
    return [rows.week(monday, *crawls.get(monday, (None, None)), is_counted=monday in counted) for monday in mondays]


def _made(year: int, weeks: Sequence[OpenWeek], counts: Mapping[date, IntArray]) -> OpenFigures:
    spent = rules.budget(year)
    made = [
        rows.figures_of(week.week_start_date, counts[week.week_start_date], municipality_codes(), spent)
        for week in weeks
        if week.status_code == "released"
    ]
    return OpenFigures(
        weeks=weeks,
        budgets=[row for budgets, _ in made for row in budgets],
        figures=[row for _, figures in made for row in figures],
    )


def _write(conn: db.Connection, last: date, made: OpenFigures) -> None:
    areas = [dict(zip((f.name for f in fields(Area)), astuple(area), strict=True)) for area in release_areas().values()]
    db.execute(conn, "release_areas_put", {"areas": db.Json(areas)})
    tables: list[tuple[str, type[Any], Sequence[Any]]] = [
        ("open_week", OpenWeek, made.weeks),
        ("open_budget", OpenBudget, made.budgets),
        ("open_figure", OpenFigure, made.figures),
    ]
    for table, kind, records in tables:
        names = [field.name for field in fields(kind)]
        columns = {name: _TYPES.get(name, "text") for name in (*names, "vintage_date")}
        written = ((*(getattr(row, name) for name in names), last) for row in records)
        try:
            db.append(conn, f"release.{table}", columns, written)
        except DatabaseFailed as error:
            if error.sqlstate in _REFUSED and table != "open_figure":
                raise BudgetSpent(last) from None
            raise


def _rho(made: OpenFigures) -> float:
    return round(sum(row.rho_value for row in made.budgets), 6)


def _result(year: int, entry: str, made: OpenFigures, *, is_new: bool) -> OpenResult:
    return OpenResult(
        year=year,
        is_new=is_new,
        entry_digest=entry,
        rho=_rho(made),
        weeks=dict(sorted(Counter(week.reason_code or week.status_code for week in made.weeks).items())),
        figures=dict(sorted(Counter(row.status_code for row in made.figures).items())),
    )
