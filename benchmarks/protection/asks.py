"""What the red team asks: tables built to difference a cell, and ways around the one door. Only public names are used."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import worlds

from warehouse import areas

ALLOWED, REFUSED, EITHER = "allowed", "refused", "either"
WEEKS = 6  # that are released when the red team comes: a block and two weeks
FIRST = worlds.FIRST
LAST = FIRST + timedelta(days=7 * WEEKS - 1)
BLOCK_END = FIRST + timedelta(days=27)
TABULATE = "SELECT * FROM release.tabulate(%(by)s, %(start)s, %(end)s, %(areas)s, %(settings)s)"

_IN_REGION = sorted(m.code for m in areas.municipalities() if m.corop_code == areas.REGION)
_SMALLEST = min(
    (m for m in areas.municipalities() if m.corop_code == areas.REGION), key=lambda place: place.population
).code
_REST = [code for code in _IN_REGION if code != _SMALLEST]
_PROVINCE = areas.province_code(areas.municipality(areas.FOCUS).province)


@dataclass(frozen=True, slots=True)
class Ask:
    """One try: what it is after, the statement and its parameters, what should come of it, and how it is made.

    `times` is how often it is asked; with `is_undone` in a transaction that is rolled back; `is_program` through
    `warehouse.release.tabulate` instead of plain SQL.
    """

    aim: str
    statement: str
    params: dict[str, Any]
    expected: str = ALLOWED
    times: int = 1
    is_undone: bool = False
    is_program: bool = False

    @property
    def is_table(self) -> bool:
        return self.statement == TABULATE


def table(
    aim: str,
    by: str | list[Any] | None,
    start: date | str | None = FIRST,
    end: date | str | None = LAST,
    *,
    areas: list[Any] | None = None,
    settings: list[Any] | None = None,
    **how: Any,
) -> Ask:
    """Ask for a custom table; `by` in words."""
    words = by.split() if isinstance(by, str) else by
    return Ask(aim, TABULATE, {"by": words, "start": start, "end": end, "areas": areas, "settings": settings}, **how)


def _on(day: int) -> date:
    return FIRST + timedelta(days=day)


def tables() -> list[Ask]:
    """Give the tables: nested, complementary, overlapping, repeated, abused and hostile."""
    small = [_SMALLEST]
    return [
        table("parts of a region, days", "municipality day", areas=[areas.REGION]),
        table("the region itself, days", "corop day", areas=[areas.REGION]),
        table("provinces, days", "province day"),
        table("the country, days", "country day"),
        table("parts of a region, weeks", "municipality week", areas=[areas.REGION]),
        table("regions, weeks", "corop week"),
        table("provinces, weeks", "province week"),
        table("the country, weeks", "country week"),
        table("every municipality, block", "municipality block", FIRST, BLOCK_END),
        table("regions, block", "corop block", FIRST, BLOCK_END),
        table("provinces, block", "province block", FIRST, BLOCK_END),
        table("the country, block", "country block", FIRST, BLOCK_END),
        table("a region without its smallest part", "municipality week", areas=_REST),
        table("the smallest part alone", "municipality week", areas=small),
        table("the same, days", "municipality day", areas=small),
        table("a region of a chosen part", "corop week", areas=small),
        table("a region of all parts but one", "corop week", areas=_REST),
        table("a province of one region", "province week", areas=[areas.REGION]),
        table("an area twice", "municipality week", areas=small * 2),
        table("an area and what holds it", "municipality week", areas=[_SMALLEST, areas.REGION, _PROVINCE]),
        table("states of movement", "municipality week", areas=[areas.REST_OF_REGION, "CR12R"]),
        table("settings against all, weeks", "municipality setting week"),
        table("settings of regions, weeks", "corop setting week"),
        table("settings, block", "municipality setting block", FIRST, BLOCK_END),
        table("settings of the country, block", "country setting block", FIRST, BLOCK_END),
        table("one setting", "municipality setting week", settings=["club"]),
        table("those of no known setting", "municipality setting week", settings=["unknown"]),
        table("all as a setting", "municipality setting week", settings=["all", "home"]),
        table("a setting under the name of all", "municipality week", settings=["home"]),
        table("settings by day", "municipality setting day", expected=REFUSED),
        table("one setting by day", "municipality day", settings=["home"], expected=EITHER),
        table("a week from Tuesday", "municipality week", _on(1), _on(7), expected=REFUSED),
        table("ten days as weeks", "municipality week", _on(0), _on(9), expected=REFUSED),
        table("a block a week late", "municipality block", _on(7), _on(34), expected=REFUSED),
        table("weeks one and two", "municipality week", _on(0), _on(13)),
        table("weeks two and three", "municipality week", _on(7), _on(20)),
        table("eight days", "municipality", _on(0), _on(7)),
        table("a window left open, four weeks", "municipality", FIRST, BLOCK_END),
        table("a window left open, a week", "municipality", _on(7), _on(13)),
        table("days that have not been", "municipality day", _on(400), _on(401)),
        table("backwards", "municipality day", LAST, FIRST, expected=REFUSED),
        table("thirty answers to average", "municipality day", _on(8), _on(8), times=30),
        table("thirty answers, settings", "municipality setting week", _on(7), _on(13), times=30),
        table("two levels at once", "municipality corop week", expected=REFUSED),
        table("states of movement as a level", "state week", expected=REFUSED),
        table("no level", "week", expected=REFUSED),
        table("two windows at once", "municipality day week", expected=REFUSED),
        table("quarters", "municipality quarter", expected=REFUSED),
        table("a language", "municipality language block", FIRST, BLOCK_END, expected=REFUSED),
        table("no dimensions", [], expected=REFUSED),
        table("dimensions that are NULL", None, expected=REFUSED),
        table("a NULL among dimensions", ["municipality", None], expected=EITHER),
        table("no first day", "municipality day", None, expected=REFUSED),
        table("no last day", "municipality day", FIRST, None, expected=REFUSED),
        table("days without end", "municipality day", FIRST, "infinity", expected=REFUSED),
        table("an area that is NULL", "municipality week", areas=[None], expected=EITHER),
        table("a setting that is NULL", "municipality setting week", settings=[None], expected=EITHER),
        table("no areas", "municipality week", areas=[], expected=EITHER),
        table("an area that does not exist", "municipality week", areas=["GM9999"], expected=EITHER),
        table("an area in small letters", "municipality week", areas=["gm0153"], expected=EITHER),
        table("an area as a pattern", "municipality week", areas=["%"], expected=EITHER),
        table("an area as a statement", "municipality week", areas=["'; DROP TABLE release.volume; --"], expected=EITHER),
        table("through the program, weeks", "municipality week", areas=[areas.REGION], is_program=True),
        table("through the program, settings by day", "municipality setting day", expected=REFUSED, is_program=True),
        table("through the program, a setting by day", "municipality day", settings=["home"], expected=REFUSED,
              is_program=True),
        table("through the program, two levels", "municipality corop", expected=REFUSED, is_program=True),
    ]  # fmt: skip


def undone() -> list[Ask]:
    """Give tables asked in a transaction that is rolled back: the answer is kept, is the entry?"""
    return [
        table("a table nobody enters", "municipality setting week", is_undone=True),
        table("the smallest part, entered nowhere", "municipality day", areas=[_SMALLEST], is_undone=True),
    ]


def detours() -> list[Ask]:
    """Give statements that go around the door."""
    tries = {
        "estimates": "SELECT * FROM est.volume",
        "estimates of languages": "SELECT * FROM est.language",
        "identities": "SELECT * FROM core.identity",
        "listings": "SELECT * FROM core.listing",
        "the cells behind the door": (
            "SELECT * FROM release.chosen_cells('municipality', 'day', false, '2026-01-05', '2026-02-01', NULL, NULL)"
        ),
        "an entry of one's own": (
            "SELECT release.enter('2026-01-05', 9, 'daily', 'x', 'x', repeat('a', 64), repeat('a', 64), '{}', '{}')"
        ),
        "a released figure changed": "UPDATE release.volume SET advertiser_count = 5",
        "the ledger emptied": "DELETE FROM release.edition",
        "another role": "SET ROLE releaser",
        "the owner": "SET SESSION AUTHORIZATION owner",
        "a file of the server": "SELECT pg_read_file('PG_VERSION')",
        "a program on the server": "COPY (SELECT 1) TO PROGRAM 'cat'",
        "a function in the way": (
            "CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT NULL::bytea'"
        ),
        "a table in the way": "CREATE TEMP TABLE volume AS SELECT 1",
        "a door of one's own": "CREATE VIEW release.peek AS SELECT * FROM est.volume",
        "the plan of a table": "EXPLAIN SELECT * FROM est.volume",
        "the whole of a table": "COPY est.volume TO STDOUT",
    }
    return [Ask(f"around it: {aim}", statement, {}, expected=REFUSED) for aim, statement in tries.items()]


def catalogue() -> list[Ask]:
    """Give looks at what the server says of tables that cannot be read."""
    return [
        Ask(
            "statistics of estimates",
            "SELECT most_common_vals FROM pg_stats WHERE schemaname = 'est'",
            {},
            expected=EITHER,
        ),
        Ask(
            "rows of estimates, counted by the server",
            "SELECT relname, n_tup_ins FROM pg_stat_user_tables WHERE schemaname = 'est' AND n_tup_ins > 0",
            {},
            expected=EITHER,
        ),
        Ask(
            "rows of estimates, guessed by the server",
            "SELECT c.relname, c.reltuples FROM pg_class AS c "
            "WHERE c.relnamespace::regnamespace::text = 'est' AND c.relkind = 'r' AND c.reltuples > 0",
            {},
            expected=EITHER,
        ),
        Ask(
            "what others ask",
            "SELECT query FROM pg_stat_activity WHERE usename <> current_user AND query NOT LIKE '<%'",
            {},
            expected=EITHER,
        ),
    ]
