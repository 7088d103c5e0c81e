"""A8, the ledger's part: ways to take more privacy budget than there is, tried on the real database and all undone."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from warehouse import db
from warehouse.audit import privacy_loss
from warehouse.audit.open_reading import changed_years
from warehouse.audit.results import AttackResult, not_run
from warehouse.errors import NotAllowed, WarehouseError
from warehouse.protection.open_rules import RHO_OF_YEAR, allowance, budget, weeks_of

_YEAR = 2990  # weeks that nobody has spent anything on
_QUERY = "municipality"
_COUNTRY = "country_setting"


def attack(conn: db.Connection) -> AttackResult:
    """Attack the mechanism, the budget that the database keeps, and the open data that were released.

    Args:
        conn: connection of a role that may add to `release` (releaser, owner).
    """
    try:
        with db.transaction(conn, rollback=True):
            ways, year = overspent(conn), _whole_year(conn)
    except NotAllowed:
        return not_run("A8", "this role may not enter open data: run the audit as releaser or owner")
    found = privacy_loss.attack()
    cells = (
        *found.cells,
        *(f"budget: {way}" for way in ways),
        *(["budget: a whole year"] if year > float(RHO_OF_YEAR) else []),
        *(f"open data up to {last} differ from the ledger" for last in changed_years(conn)),
    )
    measures = {**found.measures, "rho_of_year": year, "rho_of_year_claimed": float(RHO_OF_YEAR)}
    if not cells:
        return replace(found, measures=measures)
    return replace(found, outcome="failed", cells=cells, reason=found.reason or "recovered", measures=measures)


def overspent(conn: db.Connection) -> list[str]:
    """Try ways to go past the budget of a week; give those that the database let through.

    Part of a transaction that is to be undone. The control comes first: spending the allowance itself goes through.

    Raises:
        WarehouseError: the control did not go through; the attempts would show nothing.
    """
    monday, other, third, absent = weeks_of(_YEAR)[:4]
    for week in (monday, other, third, absent):
        _name(conn, week, "not_estimated" if week == absent else "")
    for query, rho in budget(_YEAR).items():
        _spend(conn, monday, query, float(rho))
    _spend(conn, third, _QUERY, float(allowance(_YEAR)))
    _spend(conn, absent, _COUNTRY, float(budget(_YEAR)[_COUNTRY]))
    sigma = _sigma(float(budget(_YEAR)[_COUNTRY]))
    _print(conn, monday, sigma)
    just_over = float(allowance(_YEAR)) + 1e-6
    ways: dict[str, Callable[[], int]] = {
        "more than a week's at once": lambda: _spend(conn, other, _QUERY, just_over),
        "a little more in another table": lambda: _spend(conn, third, "corop_setting", 1e-6),
        "the same table again": lambda: _spend(conn, monday, _QUERY, 1e-9),
        "less than nothing": lambda: _spend(conn, other, _QUERY, -1.0),
        "a table that is not in the rules": lambda: _spend(conn, other, "municipality_setting", 1e-6),
        "a smaller number written over it": lambda: db.execute(conn, "open_budget_lower"),
        "less noise than it is for": lambda: _spend(conn, other, _QUERY, 1e-6, sigma=1.0),
        "a figure without budget": lambda: _print(conn, other, sigma),
        "a figure with other noise than its budget's": lambda: _print(conn, monday, sigma / 2, setting="club"),
        "a figure smaller than is printed": lambda: _print(conn, monday, sigma, setting="club", count=9),
        "a figure of a week that is absent": lambda: _print(conn, absent, sigma),
        "a figure that is not in the rules": lambda: _print(conn, monday, sigma, setting="all"),
    }
    return [name for name, way in ways.items() if not _is_refused(conn, way)]


def _whole_year(conn: db.Connection) -> float:
    """Spend all that each week of a year with 53 Mondays may take, and give the sum."""
    year = next(year for year in range(_YEAR + 1, _YEAR + 30) if len(weeks_of(year)) == 53)
    for week in weeks_of(year):
        _name(conn, week)
        for query, rho in budget(year).items():
            _spend(conn, week, query, float(rho))
    return float(db.tuples(conn, "open_spent", {"week": weeks_of(year)[0]})[0][0])


def _sigma(rho: float) -> float:
    return math.sqrt(1 / (2 * rho))


def _name(conn: db.Connection, week: date, reason: str = "") -> int:
    return db.execute(conn, "open_week_put", {"week": week, "reason": reason})


def _spend(conn: db.Connection, week: date, query: str, rho: float, *, sigma: float | None = None) -> int:
    noise = _sigma(abs(rho)) if sigma is None else sigma
    return db.execute(conn, "open_spend", {"week": week, "query": query, "rho": rho, "sigma": noise})


def _print(conn: db.Connection, week: date, sigma: float, *, setting: str = "home", count: int = 500) -> int:
    return db.execute(conn, "open_figure_put", {"week": week, "setting": setting, "count": count, "sigma": sigma})


def _is_refused(conn: db.Connection, way: Callable[[], int]) -> bool:
    try:
        with db.transaction(conn, rollback=True):
            return way() == 0
    except WarehouseError:
        return True
