"""The weekly check on own data: hide each source group in turn, keep what the others said, and learn delta from it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from warehouse import calendar, db
from warehouse.areas import COUNTRY
from warehouse.estimates import hidden
from warehouse.estimates.hidden import Cover, Hidden
from warehouse.estimates.tables import Pattern, as_table


def history(conn: db.Connection, before: date) -> list[list[Hidden]]:
    """Give the checks of the 12 weeks that ended before a day, oldest first; an empty list for a week without.

    Args:
        conn: as role estimator.
        before: first day that does not count.
    """
    monday = calendar.week_start(before)
    first = monday - timedelta(weeks=hidden.WEEKS)
    by_week: dict[date, list[Hidden]] = {}
    for week, *told in db.tuples(conn, "hidden_history", {"first": first, "last": monday - timedelta(weeks=1)}):
        by_week.setdefault(week, []).append(Hidden(*told))
    if not by_week:
        return []
    since = min(by_week)
    return [by_week.get(since + timedelta(weeks=n), []) for n in range((monday - since).days // 7)]


def delta(conn: db.Connection, day: date) -> float:
    """Give the delta in force on a day, learnt from the weeks before its own."""
    return hidden.recalibrated_delta(history(conn, day))


def cover(conn: db.Connection, day: date) -> Cover:
    """Tell how many hidden lists were covered in the 12 weeks before that of a day, and whether that is an alarm."""
    return hidden.covered_share(history(conn, day))


def rows(day: date, volume: Sequence[Sequence[Any]], inputs: Mapping[str, Any], seed: int) -> list[tuple[Any, ...]]:
    """Hide each group of the country's week; rows in the order of `est.hidden`.

    Args:
        day: vintage, the last day of the week.
        volume: rows of `est.volume` of the vintage.
        inputs: what they share.
        seed: of the draws.
    """
    week = [row for row in volume if row[1] == "week" and row[3] == COUNTRY and row[4] == "all"]
    result = []
    for row in week:
        table = as_table(dict[Pattern, float](row[5].items()), inputs["groups"])
        for each in hidden.hide_one(table, seed, delta=inputs["known"]["delta"]):
            told = (each.point, each.lower, each.upper, each.delta, each.needed_delta, each.refusal)
            result.append((day, row[2], each.hidden, each.true, *told))
    return result
