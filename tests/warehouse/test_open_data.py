"""Open data on a real database: once, frozen, within its budget, and decided by nothing that was seen."""

import threading
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from warehouse import db
from warehouse.areas import area_parents, municipalities
from warehouse.audit import budget, privacy_loss
from warehouse.audit.open_reading import changed_years, released_year
from warehouse.errors import DatabaseFailed, NotAllowed, WarehouseError
from warehouse.ledger import enter_open, verify_ledger
from warehouse.open_data import release_year
from warehouse.protection import open_rules as rules
from warehouse.protection.errors import AttackSucceeded, BudgetSpent, NothingToRelease, YearNotEnded, YearTooEmpty

YEAR, LAST = 2026, date(2027, 1, 3)
EARLIER, COUNTED = 23, 26  # weeks before, and with them in all
AFTER = LAST + timedelta(days=1)
FIRST = date(2026, 10, 12)
TOWNS = {"GM0153": (60, 10, 15, 5), "GM0164": (30, 0, 5, 0), "GM0363": (300, 40, 60, 20), "GM0147": (3, 0, 1, 0)}


def monday(n: int) -> date:
    return FIRST + timedelta(weeks=n)


def put_counts(conn: db.Connection, weeks: Iterable[date]) -> None:
    db.script(
        conn,
        "CREATE TEMP TABLE put (area_code text, setting_code text, identity_count int); INSERT INTO put VALUES "
        + ", ".join(
            f"('{code}', '{setting}', {count})"
            for code in (each.code for each in municipalities())
            for setting, count in zip(rules.CLASSES, TOWNS.get(code, (0, 0, 0, 0)), strict=True)
        ),
    )
    for week in weeks:
        db.script(
            conn,
            f"INSERT INTO est.identity_week SELECT date '{week}' + 6, date '{week}', put.*, 't1' FROM put",
        )
    db.script(conn, "DROP TABLE put")


def put_crawls(conn: db.Connection, down: dict[str, set[date]]) -> None:
    """Five weeks of crawls of three sources; `down` are days on which a crawl failed."""
    for source in ("een", "twee", "drie"):
        db.script(conn, f"INSERT INTO core.source VALUES ('{source}', 'g{source}')")
        for n in range(35):
            day = FIRST + timedelta(days=n)
            state, share = ("failed", 0.0) if day in down.get(source, set()) else ("ok", 0.97)
            db.script(
                conn,
                f"INSERT INTO core.crawl VALUES ('{source}', '{day}', '{state}', '', 9, 9, 5, 5, 0, {share}, 'v')",
            )


def put_earlier(conn: db.Connection) -> None:
    """Weeks before the first, so that half of the year was counted."""
    first = monday(-EARLIER)
    db.script(
        conn,
        f"INSERT INTO est.identity_week SELECT w + 6, w, 'GM0363', 'home', 90, 't1' FROM "
        f"(SELECT date '{first}' + 7 * n AS w FROM generate_series(0, {EARLIER - 1}) AS n) AS weeks; "
        "INSERT INTO core.crawl SELECT s.source_code, d, 'ok', '', 9, 9, 5, 5, 0, 0.97, 'v' FROM core.source AS s, "
        f"generate_series(date '{first}', date '{FIRST}' - 1, interval '1 day') AS d",
    )


def enter(conn: db.Connection) -> None:
    """Enter open data of one week that are about to be written by hand."""
    enter_open(
        conn, vintage=FIRST, ruleset="r", estimator="t1", inputs="i", figures="f", attacks={}, request={"year": YEAR}
    )


def put_market(conn: db.Connection) -> None:
    """Weeks 0 to 3 were counted, of week 4 there are crawls only; in week 2 a source was down, in week 3 all one day."""
    down = {
        "een": {monday(2) + timedelta(days=n) for n in range(7)} | {monday(3)},
        "twee": {monday(3)},
        "drie": {monday(3)},
    }
    put_crawls(conn, down)
    put_earlier(conn)
    put_counts(conn, [monday(n) for n in range(4)])


@pytest.fixture
def counted(database: Any) -> Any:
    """A database of the test's own with that market."""
    with database.connect() as owner:
        put_market(owner)
    return database


@pytest.fixture
def market(conn: db.Connection) -> db.Connection:
    """A connection as owner, on which that market is rolled back."""
    put_market(conn)
    return conn


def dump(conn: db.Connection) -> list[Any]:
    return [
        conn.execute(f"SELECT t::text FROM release.{table} AS t ORDER BY 1".encode()).fetchall()
        for table in ("open_week", "open_budget", "open_figure", "edition")
    ]


def test_a_year_is_released_once(counted: Any) -> None:
    with counted.connect("releaser") as conn:
        first = release_year(conn, YEAR, AFTER)
        assert first.is_new
        assert first.weeks == {"low_completeness": 1, "not_estimated": 25, "released": COUNTED}
        assert first.rho == pytest.approx(2.6)
        held = dump(conn)
        again = release_year(conn, YEAR, AFTER)
        assert not again.is_new
        assert (again.figures, again.rho, again.entry_digest) == (first.figures, first.rho, first.entry_digest)
    with counted.connect() as owner:
        put_counts(owner, [monday(4)])  # what is estimated later, or otherwise, changes nothing any more
        db.script(owner, "UPDATE est.identity_week SET identity_count = identity_count + 50")
    with counted.connect("releaser") as conn:
        assert not release_year(conn, YEAR, AFTER).is_new
        assert dump(conn) == held
        assert verify_ledger(conn).entries == 1
        assert changed_years(conn) == []
        (entry,) = conn.execute(
            b"SELECT vintage_date, ruleset_version, estimator_version, request, attacks FROM release.edition"
        ).fetchall()
    assert entry[:3] == (LAST, rules.OPEN_RULESET_VERSION, "t1")
    assert entry[3] == {"year": YEAR, "weeks": COUNTED, "rho_of_week": 0.1, "rho": 2.6, "rho_cap": 5.2}
    assert entry[4]["A8"]["outcome"] == "passed"


def test_every_cell_of_a_fixed_table_is_there_whoever_was_seen(market: db.Connection) -> None:
    release_year(market, YEAR, AFTER)
    made = released_year(market, LAST)
    regions = {area_parents(each.code)[0] for each in municipalities()}
    expected = {("municipality", each.code, "all") for each in municipalities()}
    expected |= {("corop_setting", code, setting) for code in regions for setting in rules.CLASSES}
    expected |= {("country_setting", "NL", setting) for setting in rules.CLASSES}
    for week in (monday(0), monday(1), monday(3)):
        cells = {
            (row.query_code, row.area_code, row.setting_code) for row in made.figures if row.week_start_date == week
        }
        assert cells == expected
    assert len(made.figures) == COUNTED * len(expected)
    shown = {(row.area_code, row.setting_code): row for row in made.figures if row.week_start_date == monday(0)}
    assert abs(shown["GM0363", "all"].identity_count - 420) < 40  # over ten times sigma
    assert shown["GM0363", "all"].sigma_value == pytest.approx(12.5**0.5)
    assert shown["NL", "home"].sigma_value == 5.0
    assert all(row.identity_count is None or row.identity_count >= 23 for row in made.figures)
    # Twenty times under the threshold by chance would be a wonder: of 4 nothing is printed, and of nobody neither.
    small = [row.status_code for row in made.figures if row.area_code in {"GM0147", "GM0014"}]
    assert set(small) == {"below_threshold"}
    weeks = {row.week_start_date: row for row in made.weeks}
    assert len(weeks) == 52
    assert (weeks[monday(2)].reason_code, weeks[monday(2)].completeness_share) == ("low_completeness", 0.65)
    assert (weeks[monday(3)].reason_code, weeks[monday(3)].completeness_share) == ("", 0.83)
    assert (weeks[monday(4)].reason_code, weeks[monday(4)].completeness_share) == ("not_estimated", 0.97)
    assert (weeks[monday(5)].reason_code, weeks[monday(5)].completeness_share) == ("not_estimated", None)
    assert {row.week_start_date for row in made.budgets} == {monday(n) for n in (*range(-EARLIER, 2), 3)}


def test_which_weeks_go_out_does_not_depend_on_what_was_seen(market: db.Connection) -> None:
    """Two markets under the same crawls: the same weeks, the same budget, and the same digest of inputs."""
    told = []
    for count in (0, 500):
        with db.transaction(market, rollback=True):
            db.script(market, f"UPDATE est.identity_week SET identity_count = {count}")
            release_year(market, YEAR, AFTER)
            made = released_year(market, LAST)
            (inputs,) = market.execute(b"SELECT inputs_digest FROM release.edition").fetchone()
            told.append((made.weeks, made.budgets, inputs))
    assert told[0] == told[1]


def test_a_year_that_has_not_ended_or_holds_nothing(market: db.Connection) -> None:
    with pytest.raises(YearNotEnded, match="ends on 2027-01-03") as refused:
        release_year(market, YEAR, LAST)
    assert refused.value.exit_code == 3
    with pytest.raises(NothingToRelease, match="no week of 2025"):
        release_year(market, 2025, AFTER)
    assert not any(dump(market))


def test_a_year_that_lacks_more_than_half_of_its_weeks_spends_nothing(market: db.Connection) -> None:
    db.script(market, f"DELETE FROM est.identity_week WHERE week_start_date = '{monday(-1)}'")
    with pytest.raises(
        YearTooEmpty, match="27 would be absent: 26 were not estimated, 1 not well enough seen"
    ) as refused:
        release_year(market, YEAR, AFTER)
    assert refused.value.exit_code == 3
    assert not any(dump(market))


def test_rows_by_hand_need_an_entry(database: Any) -> None:
    with database.connect("releaser") as conn:
        with pytest.raises(DatabaseFailed, match="23001"):
            db.execute(conn, "open_week_put", {"week": FIRST, "reason": ""})
        assert not any(dump(conn))


@pytest.mark.parametrize(
    ("count", "sigma", "is_let"),
    [(None, 5.0, True), (29, 5.0, True), (28, 5.0, False), (29, 4.9, False), (None, 4.9, False)],
)
def test_a_figure_is_what_its_budget_says(
    conn: db.Connection, count: int | None, sigma: float, *, is_let: bool
) -> None:
    db.script(conn, "INSERT INTO release.area VALUES ('NL', 'Nederland', 'country', NULL, 1, NULL, NULL)")
    db.execute(conn, "open_week_put", {"week": FIRST, "reason": ""})
    db.script(conn, f"INSERT INTO release.open_budget VALUES ('{FIRST}', 'country_setting', '{FIRST}', 0.02, 5.0, 29)")
    put = (
        f"INSERT INTO release.open_figure VALUES ('{FIRST}', 'country_setting', 'NL', 'home', '{FIRST}', "
        f"'{'below_threshold' if count is None else 'published'}', {count or 'NULL'}, {sigma})"
    )
    if is_let:
        db.script(conn, put)
    else:
        with pytest.raises(DatabaseFailed, match="23514"), db.transaction(conn):
            db.script(conn, put)


def test_budget_that_was_spent_by_hand_is_gone(market: db.Connection) -> None:
    db.execute(market, "open_week_put", {"week": monday(1), "reason": ""})
    db.execute(market, "open_spend", {"week": monday(1), "query": "municipality", "rho": 0.04, "sigma": 9})
    held = dump(market)
    with pytest.raises(BudgetSpent, match="nothing was released") as refused:
        release_year(market, YEAR, AFTER)
    assert refused.value.exit_code == 3
    assert dump(market) == held


def test_a_mechanism_that_leaks_releases_nothing(market: db.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    leaking = privacy_loss.judged("A8", checked=1, cells=("open data: printed",), is_control_won=True)
    monkeypatch.setattr(privacy_loss, "attack", lambda: leaking)
    with pytest.raises(AttackSucceeded, match="A8"):
        release_year(market, YEAR, AFTER)
    assert not any(dump(market))


def test_the_database_itself_keeps_the_budget(database: Any) -> None:
    with database.connect() as owner:
        db.script(owner, "INSERT INTO release.area VALUES ('NL', 'Nederland', 'country', NULL, 1, NULL, NULL)")
    for role in ("releaser", "owner"):
        with database.connect(role) as conn:
            with db.transaction(conn, rollback=True):
                assert budget.overspent(conn) == []
            assert not any(dump(conn))


@pytest.mark.parametrize(
    ("weakened", "ways"),
    [
        (
            "ALTER TABLE release.open_budget DISABLE TRIGGER within_budget",
            ["more than a week's at once", "a little more in another table"],
        ),
        ("ALTER TABLE release.open_budget DISABLE TRIGGER frozen", ["a smaller number written over it"]),
        (
            "ALTER TABLE release.open_figure DROP CONSTRAINT open_figure_week_start_date_query_code_fkey",
            ["a figure without budget"],
        ),
        (
            "ALTER TABLE release.open_budget DROP CONSTRAINT open_budget_rho_value_check, DROP CONSTRAINT open_budget_noise",
            ["less than nothing", "less noise than it is for"],
        ),
        (
            "ALTER TABLE release.open_budget DROP CONSTRAINT open_budget_noise",
            ["less noise than it is for"],
        ),
        (
            "ALTER TABLE release.open_figure DROP CONSTRAINT open_figure_shape",
            ["a figure that is not in the rules"],
        ),
        (
            "ALTER TABLE release.open_figure DISABLE TRIGGER as_spent",
            ["a figure with other noise than its budget's", "a figure of a week that is absent"],
        ),
    ],
)
def test_a_weakened_budget_is_found(conn: db.Connection, weakened: str, ways: list[str]) -> None:
    db.script(conn, "INSERT INTO release.area VALUES ('NL', 'Nederland', 'country', NULL, 1, NULL, NULL)")
    db.script(conn, weakened)
    assert budget.overspent(conn) == ways


def test_a_year_has_a_cap_of_its_own(conn: db.Connection) -> None:
    """Were a week's allowance larger, the year's would still hold."""
    db.script(
        conn,
        "CREATE OR REPLACE FUNCTION release.open_allowance(week_start date) RETURNS numeric LANGUAGE sql IMMUTABLE "
        "SET search_path = pg_catalog, pg_temp AS 'SELECT 3.0'",
    )
    for n in range(3):
        db.execute(conn, "open_week_put", {"week": monday(n), "reason": ""})
    db.execute(conn, "open_spend", {"week": monday(0), "query": "municipality", "rho": 2.6, "sigma": 9})
    db.execute(conn, "open_spend", {"week": monday(1), "query": "municipality", "rho": 2.6, "sigma": 9})
    with pytest.raises(DatabaseFailed, match="23514"), db.transaction(conn):
        db.execute(conn, "open_spend", {"week": monday(2), "query": "municipality", "rho": 1e-6, "sigma": 9})


def test_rules_and_database_give_the_same_allowance(conn: db.Connection) -> None:
    for year in range(2026, 2066):
        for week in (rules.weeks_of(year)[0], rules.weeks_of(year)[-1]):
            (said,) = conn.execute(b"SELECT release.open_allowance(%s)", (week,)).fetchone()
            assert said == rules.allowance(year)


def test_two_who_spend_at_once_do_not_pass_the_cap(database: Any) -> None:
    """The second waits for the first, and then sees what it spent; one with an old snapshot is refused."""
    with database.connect("releaser") as one, database.connect("releaser") as two:
        enter(one)
        db.execute(one, "open_week_put", {"week": FIRST, "reason": ""})
        outcome: list[WarehouseError | None] = []

        def second() -> None:
            try:
                db.execute(two, "open_spend", {"week": FIRST, "query": "corop_setting", "rho": 0.06, "sigma": 9})
                outcome.append(None)
            except WarehouseError as error:
                outcome.append(error)

        waiting = threading.Thread(target=second)
        with db.transaction(one):
            db.execute(one, "open_spend", {"week": FIRST, "query": "municipality", "rho": 0.06, "sigma": 9})
            waiting.start()
            while not one.execute(b"SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchall():
                assert not outcome
        waiting.join()
        assert isinstance(outcome[0], DatabaseFailed)
        assert one.execute(b"SELECT rho_value FROM release.open_budget").fetchall() == [(0.06,)]
        with db.transaction(two, rollback=True):
            db.script(two, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            with pytest.raises(DatabaseFailed, match="23514"):
                db.execute(two, "open_spend", {"week": FIRST, "query": "corop_setting", "rho": 0.01, "sigma": 9})


def test_a_changed_figure_is_found(market: db.Connection) -> None:
    release_year(market, YEAR, AFTER)
    for statement in ("UPDATE release.open_figure SET sigma_value = 9", "DELETE FROM release.open_week"):
        with pytest.raises(DatabaseFailed, match="23001"), db.transaction(market):
            db.script(market, statement)
    db.script(market, "SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE release.open_figure DISABLE TRIGGER frozen")
    db.script(
        market,
        "SET CONSTRAINTS ALL DEFERRED; UPDATE release.open_figure SET identity_count = identity_count + 1 WHERE area_code = 'NL'",
    )
    assert changed_years(market) == [LAST]
    found = budget.attack(market)
    assert (found.outcome, found.cells) == ("failed", (f"open data up to {LAST} differ from the ledger",))


def test_who_sees_open_data_and_who_takes_them_for_something_else(counted: Any) -> None:
    with counted.connect("releaser") as conn:
        release_year(conn, YEAR, AFTER)
    for role in ("analist", "handhaving", "beleid"):
        with counted.connect(role) as conn:
            assert conn.execute(b"SELECT count(*) FROM release.open_figure").fetchone() == (COUNTED * 506,)
            with pytest.raises(NotAllowed):
                db.execute(conn, "open_spend", {"week": FIRST, "query": "municipality", "rho": 0.01, "sigma": 9})
            with pytest.raises(NotAllowed):
                db.script(conn, "SELECT * FROM est.identity_week")
    # And they are no daily release.
    with counted.connect("releaser") as conn:
        for query in ("released_days", "report_last_day", "audit_editions"):
            assert db.tuples(conn, query) == []
        assert db.tuples(conn, "report_editions", {"day": AFTER}) == []
        with pytest.raises(DatabaseFailed, match="P0002"):  # nothing has been released yet
            db.tuples(conn, "release_tabulate", {
                "by": ["municipality", "week"], "start": FIRST, "end": FIRST + timedelta(days=6), "areas": None, "settings": None,
            })  # fmt: skip
