"""The rules of open data, as data: what is asked of a week, and what of its privacy budget each table takes.

The privacy unit is one identity-week: one identity more or less in one week (PRIVACY P10). Budgets are rho of
zero-concentrated differential privacy (zCDP; Bun and Steinke 2016), which adds up over tables and weeks. The database
keeps the same allowances by itself (migration 0131); a test holds both against each other.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from hashlib import sha256
from typing import Final

from warehouse.protection.rules import VOLUME

RHO_OF_WEEK: Final = Decimal("0.1")
RHO_OF_YEAR: Final = Decimal("5.2")
_SMALLEST: Final = Decimal("0.000001")  # budgets are kept in millionths, rounded down


@dataclass(frozen=True, slots=True)
class Query:
    """One table of a week: areas of one level by `settings`, for a part `share` of the week's budget."""

    code: str
    level: str
    settings: tuple[str, ...]
    share: Decimal


CLASSES: Final = ("home", "club", "escort", "other")
# Municipalities carry the total only: by setting most of them would be noise. Nothing is by language or by day.
QUERIES: Final = (
    Query("municipality", "municipality", ("all",), Decimal("0.4")),
    Query("corop_setting", "corop", CLASSES, Decimal("0.4")),
    Query("country_setting", "country", CLASSES, Decimal("0.2")),
)

# A figure is printed from the smallest number on that a cell of fewer than `THRESHOLD` identities reaches with less than this
# probability. The label is decided by the figure with its noise, never by the true count, which would give the count away.
THRESHOLD: Final = VOLUME.threshold
FALSE_PRINT: Final = 1e-4

# A week goes out if its crawls saw this share over all sources and days, and of each source this share over its days.
# Decided from crawl logs only, before any noise is drawn: a week that is left out takes no budget.
COMPLETENESS: Final = 0.8
COMPLETENESS_OF_SOURCE: Final = 0.5


def weeks_of(year: int) -> tuple[date, ...]:
    """Give the weeks of a year: its Mondays.

    >>> len(weeks_of(2026)), len(weeks_of(2029))
    (52, 53)
    """
    first = date(year, 1, 1)
    monday = first + timedelta(days=-first.weekday() % 7)
    return tuple(day for n in range(53) if (day := monday + timedelta(weeks=n)).year == year)


def last_day(year: int) -> date:
    """Give the Sunday that ends a year's last week; it may lie in January.

    >>> last_day(2026)
    datetime.date(2027, 1, 3)
    """
    return weeks_of(year)[-1] + timedelta(days=6)


def allowance(year: int) -> Decimal:
    """Give what each week of a year may take, so that all its weeks together stay within the year's budget.

    >>> allowance(2026), allowance(2029)
    (Decimal('0.100000'), Decimal('0.098113'))
    """
    return min(RHO_OF_WEEK, RHO_OF_YEAR / len(weeks_of(year))).quantize(_SMALLEST, ROUND_DOWN)


def budget(year: int) -> Mapping[str, Decimal]:
    """Give what each table takes of each week of a year, by code of the query.

    >>> {code: str(rho) for code, rho in budget(2026).items()}
    {'municipality': '0.040000', 'corop_setting': '0.040000', 'country_setting': '0.020000'}
    """
    whole = allowance(year)
    return {query.code: (query.share * whole).quantize(_SMALLEST, ROUND_DOWN) for query in QUERIES}


def open_ruleset_version() -> str:
    """Name the rules in force: a number for people and a digest for the ledger."""
    rules = {
        "queries": [asdict(query) for query in QUERIES],
        "week": str(RHO_OF_WEEK),
        "year": str(RHO_OF_YEAR),
        "threshold": THRESHOLD,
        "false_print": FALSE_PRINT,
        "completeness": [COMPLETENESS, COMPLETENESS_OF_SOURCE],
    }
    return "open-1-" + sha256(json.dumps(rules, sort_keys=True, default=str).encode()).hexdigest()[:12]


OPEN_RULESET_VERSION: Final = open_ruleset_version()
