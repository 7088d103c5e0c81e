"""The release gate on a real database: whole or nothing, frozen, identical when made again."""

import os
import random
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from warehouse import calendar, db, est_tables
from warehouse.areas import MOVEMENT_STATES, area_parents
from warehouse.audit import battery, bounds, differencing, nesting
from warehouse.audit.reading import estimates_of, released_areas
from warehouse.audit.view import View
from warehouse.errors import DatabaseFailed, NotAllowed, WarehouseError
from warehouse.ledger import verify_ledger
from warehouse.protection.cells import CellId, VolumeEstimate
from warehouse.protection.errors import (
    AttackSucceeded,
    BadTableRequest,
    LedgerBroken,
    NothingToRelease,
    TableRefused,
)
from warehouse.release import release_day, released, tabulate, verify_figures

KEY = b"\x07" * 32
FIRST = date(2026, 10, 12)
LAST = date(2026, 11, 8)
TOWNS = {"GM0153": 90, "GM0164": 45, "GM0141": 38, "GM0163": 14, "GM0147": 6, "GM0150": 60, "GM0363": 320, "GM0518": 7}
FLOWS = {"GM0164": 5, "CR12R": 4, "PVX": 8, "NLR": 17, "DE": 11, "NEW": 25}  # into Enschede
SETTINGS = ("all", "home", "club", "escort")
KINDS = (("home", 0.62), ("club", 0.12), ("escort", 0.18), ("unknown", 0.08))
TABLES = ("area", "edition", "volume", "setting_share", "movement", "language", "quality_day", "alert")


def people(day: date) -> list[tuple[str, str, int]]:
    """Who is there on a day: town, kind, record number; about one in twenty changes each day."""
    chance = random.Random(11)
    found = []
    for town, size in sorted(TOWNS.items()):
        for _ in range(size):
            start = chance.randrange(-40, 20)
            for stay in range(3):
                kind = chance.choices([name for name, _ in KINDS], [share for _, share in KINDS])[0]
                begins = FIRST + timedelta(days=start + 25 * stay)
                record = chance.getrandbits(62)
                if begins <= day < begins + timedelta(days=25):
                    found.append((town, kind, record))
    return found


def cells(period: str, start: date, days: int, settings: Iterable[str]) -> list[VolumeEstimate]:
    present = sorted({person for offset in range(days) for person in people(start + timedelta(days=offset))})
    sums: dict[tuple[str, str], list[int]] = {}
    for town, kind, record in present:
        for area in (town, *area_parents(town)):
            for setting in {"all", kind} & set(settings):
                cell = sums.setdefault((area, setting), [0, 0])
                cell[0] += 1
                cell[1] = (cell[1] + record) % (1 << 63)
    return [
        VolumeEstimate(
            period_code=period,
            period_start_date=start,
            area_code=area,
            setting_code=setting,
            identity_count=count,
            largest_share=1 / count,
            floor_count=1.2 * count,
            point_count=1.5 * count,
            lower_count=1.2 * count,
            upper_count=2.1 * count,
            coverage_share=0.67,
            source_group_count=3,
            completeness_share=0.973,
            refusal_code=None,
            warnings=["not_calibrated"],
            cell_number=number,
        )
        for (area, setting), (count, number) in sorted(sums.items())
    ]


def put_volumes(conn: db.Connection, day: date, rows: Iterable[VolumeEstimate]) -> None:
    extra = {
        "common_variance_value": 0.04,
        "specific_variance_value": 0.01,
        "vintage_date": day,
        "overlap": db.Json({}),
        "models": db.Json({}),
        "estimator_version": "t1",
        "seed": 1,
    }

    def record(row: VolumeEstimate) -> list[Any]:
        return [extra[name] if name in extra else getattr(row, name) for name in est_tables.VOLUME]

    db.copy_in(conn, "est.volume", est_tables.VOLUME, (record(row) for row in rows))


def estimate(conn: db.Connection, day: date) -> None:
    rows = cells("day", day, 1, ("all",))
    if calendar.is_last_day_of_week(day):
        rows += cells("week", calendar.week_start(day), 7, SETTINGS)
    if calendar.is_last_day_of_block(day):
        rows += cells("block", calendar.block_start(day), 28, SETTINGS)
        put_block(conn, day)
    put_volumes(conn, day, rows)


def put_block(conn: db.Connection, day: date) -> None:
    start = calendar.block_start(day)
    flows = [(code, "GM0153", n) for code, n in FLOWS.items()]
    flows += [(code, "DE", 50) for code in MOVEMENT_STATES[:-1]] + [("DE", "PVX", 50), ("NEW", "PVX", 50)]
    db.copy_in(
        conn,
        "est.movement",
        est_tables.MOVEMENT,
        (
            (day, start, *pair, n, 2.0 * n, 1.0 * n, 3.0 * n, None, [], 1000 + n, db.Json({}), "t1", 1)
            for *pair, n in flows
        ),
    )
    db.copy_in(
        conn,
        "est.language",
        est_tables.LANGUAGE,
        ((day, start, "CR12", code, n, 0.1, 77 * n) for code, n in (("nl", 90), ("ro", 31), ("hu", 7), ("pl", 5))),
    )


def put_crawls(conn: db.Connection) -> None:
    db.script(conn, "INSERT INTO core.source VALUES ('one', 'alfa'), ('two', 'beta')")
    days = [(f"('one', '{FIRST + timedelta(days=n)}', 'ok', '', 9, 9, 5, 5, 0, 0.987, 'v')") for n in range(28)]
    db.script(conn, f"INSERT INTO core.crawl VALUES {', '.join(days)}")


def days(last: date = LAST) -> list[date]:
    return [FIRST + timedelta(days=n) for n in range((last - FIRST).days + 1)]


def dump(conn: db.Connection) -> dict[str, list[str]]:
    """All released rows as text, in a fixed order."""
    found = {}
    for table in TABLES:
        with conn.cursor() as cursor:
            cursor.execute(f"SELECT t::text FROM release.{table} AS t ORDER BY 1".encode())
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


@pytest.fixture
def estimated(database: Any) -> Any:
    """A database with estimates of one week and crawl logs."""
    with database.connect() as owner:
        put_crawls(owner)
        for day in days(FIRST + timedelta(days=6)):
            estimate(owner, day)
    return database


def test_a_week_is_released_by_the_releaser(estimated: Any) -> None:
    with estimated.connect("releaser") as conn:
        results = [release_day(conn, day, KEY) for day in days(FIRST + timedelta(days=6))]
        assert all(result.is_new for result in results)
        outcomes = {attack.code: attack.outcome for attack in results[-1].attacks}
        assert {code for code, outcome in outcomes.items() if outcome == "passed"} == {
            "A1",
            "A2",
            "A3",
            "A4",
            "A9",
            "A10",
        }
        assert {code for code, outcome in outcomes.items() if outcome == "not_run"} == {"A5", "A6", "A7", "A8"}
        assert verify_ledger(conn).entries == 7
        assert all(verify_figures(conn, day) for day in days(FIRST + timedelta(days=6)))
        figures = released(conn, FIRST + timedelta(days=6), 1)
        week = {row.cell: row for row in figures.volumes}
        enschede = next(row for cell, row in week.items() if cell[0] == "week" and cell[2:] == ("GM0153", "all"))
        assert enschede.status_code == "published"
        states = {row.source_code: (row.state_code, row.reason_code) for row in figures.quality}
        assert states == {"one": ("ok", ""), "two": ("missing", "not_crawled")}


def test_an_alert_is_released_with_its_rate_where_the_level_is(estimated: Any) -> None:
    day = FIRST + timedelta(days=6)
    told = [
        (day, "week", FIRST, area, "level", "higher", None, FIRST, 3.25, 2.5, 9, 0.8) for area in ("GM0153", "GM1681")
    ]
    with estimated.connect("owner") as owner:
        db.copy_in(owner, "est.alert", est_tables.ALERT, told)
    with estimated.connect("releaser") as conn:
        assert release_day(conn, day, KEY).rows["alert"] == 2
        assert verify_figures(conn, day)
    with estimated.connect("handhaving") as reader:
        rows = reader.execute("SELECT * FROM release.alert ORDER BY area_code").fetchall()
    assert rows == [
        ("week", FIRST, "GM0153", "level", 1, day, "higher", "", FIRST, 1),
        ("week", FIRST, "GM1681", "level", 1, day, "not_comparable", "below_threshold", None, 1),
    ]


@pytest.mark.parametrize("is_released", [True, False])
def test_a_change_begins_in_a_week_that_can_be_looked_up(estimated: Any, is_released: bool) -> None:
    """Since a week that was released: that one. Since one that was not: the first after it that was."""
    second = FIRST + timedelta(days=7)
    day = second + timedelta(days=6)
    told = (day, "week", second, "GM0153", "level", "higher", None, FIRST, 3.25, 2.5, 9, 0.8)
    with estimated.connect("owner") as owner:
        estimate(owner, day)
        db.copy_in(owner, "est.alert", est_tables.ALERT, [told])
    with estimated.connect("releaser") as conn:
        for each in [FIRST + timedelta(days=6)] * is_released + [day]:
            release_day(conn, each, KEY)
        (row,) = released(conn, day, 1).alerts
    assert (row.status_code, row.since_date) == ("higher", FIRST if is_released else second)


def test_nobody_and_nine_look_the_same(estimated: Any) -> None:
    with estimated.connect("releaser") as conn:
        release_day(conn, FIRST, KEY)
        rows = {row.area_code: row for row in released(conn, FIRST, 1).volumes}
    empty, seven = rows["GM1681"], rows["GM0518"]
    assert replace(empty, area_code="") == replace(seven, area_code="")
    assert (empty.status_code, empty.reason_code) == ("withheld", "few_for_a_day")


def test_released_again_nothing_changes(estimated: Any) -> None:
    with estimated.connect("releaser") as conn:
        first = release_day(conn, FIRST, KEY)
        before = dump(conn)
        again = release_day(conn, FIRST, KEY)
        assert not again.is_new
        assert (again.entry_digest, again.rows, again.statuses) == (first.entry_digest, first.rows, first.statuses)
        assert dump(conn) == before


@pytest.mark.full
def test_two_databases_get_identical_tables(estimated: Any, server: Any) -> None:
    dumps = []
    with estimated.connect("releaser") as conn:
        for day in days(FIRST + timedelta(days=6)):
            release_day(conn, day, KEY)
        dumps.append(dump(conn))
    with db.connect(server.dsn("admin", "postgres")) as admin:
        db.script(admin, "CREATE DATABASE twin_release OWNER owner")
        try:
            with db.connect(server.dsn("owner", "twin_release")) as owner:
                db.migrate(owner)
                put_crawls(owner)
                for day in days(FIRST + timedelta(days=6)):
                    estimate(owner, day)
                for day in days(FIRST + timedelta(days=6)):
                    release_day(owner, day, KEY)
                dumps.append(dump(owner))
        finally:
            db.script(admin, "DROP DATABASE twin_release WITH (FORCE)")
    assert dumps[0] == dumps[1]


def test_a_correction_is_a_new_version_under_the_same_noise(estimated: Any) -> None:
    with estimated.connect("releaser") as conn:
        release_day(conn, FIRST, KEY)
        assert not release_day(conn, FIRST, KEY, correct=True).is_new
    with estimated.connect() as owner:
        db.script(owner, "UPDATE est.volume SET point_count = point_count + 40 WHERE area_code = 'GM0363'")
    with estimated.connect("releaser") as conn:
        corrected = release_day(conn, FIRST, KEY, correct=True)
        assert (corrected.version, corrected.is_new) == (2, True)
        old = {row.cell: row for row in released(conn, FIRST, 1).volumes}
        new = {row.cell: row for row in released(conn, FIRST, 2).volumes}
        changed = [cell for cell in old if old[cell] != new[cell]]
        assert [cell.area_code for cell in changed] == ["GM0363"]
        assert (new[changed[0]].advertiser_count or 0) - (old[changed[0]].advertiser_count or 0) == 40
        assert verify_ledger(conn).entries == 2


def test_nothing_to_release(database: Any) -> None:
    with database.connect("releaser") as conn, pytest.raises(NothingToRelease, match="run the estimates"):
        release_day(conn, FIRST, KEY)


def test_a_successful_attack_blocks_publication(estimated: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With rules too weak for the claims of the attacks, nothing is published and the cells are named."""
    from warehouse.audit import disclosure

    monkeypatch.setattr(disclosure, "LEAST", 70)
    with estimated.connect("releaser") as conn:
        with pytest.raises(AttackSucceeded) as caught:
            release_day(conn, FIRST, KEY)
        assert caught.value.attacks == ("A10",)
        assert any("GM0164" in cell for cell in caught.value.cells)
        assert not any(dump(conn).values())


KILLED = """
    import os, signal, sys
    from datetime import date
    from warehouse import db, ledger, release
    real = ledger.enter
    def enter(conn, **given):
        real(conn, **given)
        os.kill(os.getpid(), signal.SIGKILL)
    ledger.enter = enter
    with db.connect(sys.argv[1]) as conn:
        release.release_day(conn, date.fromisoformat(sys.argv[2]), bytes.fromhex(sys.argv[3]))
"""


def test_a_killed_release_leaves_nothing_half(estimated: Any) -> None:
    """Killed after the last write, before the commit; run again it ends as if nothing had happened."""
    command = [sys.executable, "-c", textwrap.dedent(KILLED), estimated.dsn("releaser"), FIRST.isoformat(), KEY.hex()]
    done = subprocess.run(command, check=False, env=dict(os.environ))
    assert done.returncode == -signal.SIGKILL
    with estimated.connect("releaser") as conn:
        assert not any(dump(conn).values())
        assert release_day(conn, FIRST, KEY).is_new


@pytest.mark.parametrize("statement", ["UPDATE release.volume SET version_number = 9", "DELETE FROM release.edition"])
def test_released_rows_are_frozen_even_for_the_owner(estimated: Any, statement: str) -> None:
    with estimated.connect("releaser") as conn:
        release_day(conn, FIRST, KEY)
    with estimated.connect() as owner, pytest.raises(WarehouseError):
        db.script(owner, statement)


def tamper_value(owner: db.Connection) -> None:
    db.script(owner, "UPDATE release.edition SET figures_digest = repeat('a', 64)")


def tamper_row(owner: db.Connection) -> None:
    db.script(owner, f"DELETE FROM release.edition WHERE vintage_date = '{FIRST}'")


@pytest.mark.parametrize("tamper", [tamper_value, tamper_row])
def test_a_ledger_that_was_tampered_with_does_not_verify(
    estimated: Any, tamper: Callable[[db.Connection], None]
) -> None:
    with estimated.connect("releaser") as conn:
        for day in days(FIRST + timedelta(days=1)):
            release_day(conn, day, KEY)
    with estimated.connect() as owner:
        db.script(owner, "ALTER TABLE release.edition DISABLE TRIGGER frozen")
        tamper(owner)
        with pytest.raises(LedgerBroken):
            verify_ledger(owner)


def test_figures_that_were_tampered_with_do_not_verify(estimated: Any) -> None:
    with estimated.connect("releaser") as conn:
        release_day(conn, FIRST, KEY)
    with estimated.connect() as owner:
        db.script(owner, "ALTER TABLE release.volume DISABLE TRIGGER frozen")
        db.script(owner, "UPDATE release.volume SET advertiser_count = 500 WHERE area_code = 'GM0153'")
        assert not verify_figures(owner, FIRST)


def test_a_custom_table_is_what_was_released_and_enters_the_ledger(estimated: Any) -> None:
    sunday = FIRST + timedelta(days=6)
    with estimated.connect("releaser") as conn:
        for day in days(sunday):
            release_day(conn, day, KEY)
        known = {row.cell: row for row in released(conn, sunday, 1).volumes}
    with estimated.connect("analist") as conn:
        asked = [tabulate(conn, ["municipality", "setting"], FIRST, sunday, {"area": ["CR12"]}) for _ in range(30)]
        assert all(table == asked[0] for table in asked)
        assert len(asked[0].rows) == 14 * 3
        for row in asked[0].rows:
            cell = known[(row.period_code, row.period_start_date, row.area_code, row.setting_code)]  # type: ignore[index]
            assert (row.status_code, row.advertiser_count) == (cell.status_code, cell.advertiser_count)
        assert verify_ledger(conn).entries == 7 + 30


@pytest.mark.parametrize(
    ("by", "start", "end", "error"),
    [
        (["municipality", "setting"], FIRST + timedelta(days=1), FIRST + timedelta(days=7), TableRefused),
        (["municipality", "week"], FIRST, FIRST + timedelta(days=9), TableRefused),
        (["municipality", "block"], FIRST + timedelta(days=7), FIRST + timedelta(days=34), TableRefused),
        (["municipality", "language"], FIRST, FIRST, BadTableRequest),
        (["municipality", "corop"], FIRST, FIRST, BadTableRequest),
        (["setting"], FIRST, FIRST, BadTableRequest),
        (["municipality"], FIRST, FIRST - timedelta(days=1), BadTableRequest),
    ],
)
def test_tables_outside_the_rules_are_refused(
    estimated: Any, by: list[str], start: date, end: date, error: type[WarehouseError]
) -> None:
    with estimated.connect("releaser") as conn:
        release_day(conn, FIRST, KEY)
    with estimated.connect("analist") as conn:
        with pytest.raises(error):
            tabulate(conn, by, start, end)
        assert verify_ledger(conn).entries == 1


def test_a_refusal_says_the_way_out(conn: Any) -> None:
    with pytest.raises(TableRefused, match="the block that holds 2026-10-19 starts on 2026-10-12"):
        tabulate(conn, ["municipality", "block"], FIRST + timedelta(days=7), FIRST + timedelta(days=34))
    with pytest.raises(BadTableRequest, match="put setting among its dimensions"):
        tabulate(conn, ["municipality", "week"], FIRST, FIRST + timedelta(days=6), {"setting": ["home"]})


@pytest.mark.parametrize(
    "arguments",
    [
        "ARRAY['municipality', 'setting'], '2026-10-13', '2026-10-19'",
        "ARRAY['municipality', 'week'], '2026-10-12', '2026-10-21'",
        "ARRAY['municipality', 'block'], '2026-10-19', '2026-11-15'",
        "ARRAY['municipality', 'language'], '2026-10-12', '2026-10-12'",
        "ARRAY['municipality', 'corop'], '2026-10-12', '2026-10-12'",
        "ARRAY['setting'], '2026-10-12', '2026-10-12'",
        "ARRAY['municipality'], '2026-10-12', '2026-10-11'",
    ],
)
def test_plain_sql_is_refused_in_the_same_way(estimated: Any, arguments: str) -> None:
    with estimated.connect("releaser") as conn:
        release_day(conn, FIRST, KEY)
    with estimated.connect("analist") as conn:
        with pytest.raises(DatabaseFailed) as caught:
            db.script(conn, f"SELECT * FROM release.tabulate({arguments})")
        assert caught.value.sqlstate == "22023"
        assert verify_ledger(conn).entries == 1


def test_the_end_of_a_block_with_flows_and_languages(database: Any) -> None:
    with database.connect() as owner:
        put_crawls(owner)
        for day in days()[-7:]:
            estimate(owner, day)
    with database.connect("releaser") as conn:
        for day in days()[-7:]:
            result = release_day(conn, day, KEY)
        assert {"setting_share", "movement", "language"} <= {table for table, count in result.rows.items() if count}
        figures = released(conn, LAST, 1)
        assert verify_figures(conn, LAST)
    flows = {row.origin_code: row for row in figures.movements if row.destination_code == "GM0153"}
    assert flows["NLR"].status_code == flows["DE"].status_code == flows["NEW"].status_code == "published"
    languages = {row.language_code: row.status_code for row in figures.languages if row.area_code == "CR12"}
    assert languages == {"nl": "published", "ro": "published", "other": "published"}
    shares = {row.setting_code: row.advertiser_share for row in figures.shares if row.area_code == "NL"}
    assert shares["home"] == pytest.approx(0.67, abs=0.08)


@pytest.mark.parametrize("role", ["analist", "handhaving", "beleid"])
def test_readers_see_figures_and_nothing_behind_them(estimated: Any, role: str) -> None:
    with estimated.connect(role) as conn:
        db.script(conn, "SELECT * FROM release.volume")
        for statement in (
            "SELECT * FROM est.volume",
            "INSERT INTO release.edition SELECT * FROM release.edition",
            "SELECT release.enter('2026-10-12', 9, 'daily', '', '', '', '', '{}', '{}')",
            "SELECT * FROM release.chosen_cells('municipality', 'day', false, '2026-10-12', '2026-10-12', NULL, NULL)",
        ):
            with pytest.raises(NotAllowed):
                db.script(conn, statement)


def test_fifty_tables_built_to_difference_a_cell_give_nothing(estimated: Any) -> None:
    """The analyst asks for overlapping tables and puts all answers together: no more than was released, and no leak."""
    sunday = FIRST + timedelta(days=6)
    with estimated.connect("releaser") as conn:
        for day in days(sunday):
            release_day(conn, day, KEY)
        truth = {at: size for day in days(sunday) for at, size in battery.sizes(estimates_of(conn, day)).items()}
    levels = ("municipality", "corop", "province", "country")
    chance = random.Random(50)
    answers: dict[CellId, set[tuple[str, int | None]]] = {}
    with estimated.connect("analist") as conn:
        for number in range(50):
            by = [levels[number % 4], *(["setting"] if number % 3 == 0 else [])]
            chosen = chance.sample(sorted(TOWNS), 3) if number % 4 == 0 else ["NL"]
            start = FIRST if "setting" in by else FIRST + timedelta(days=chance.randrange(6))
            for row in tabulate(conn, by, start, sunday, {"area": chosen}).rows:
                cell = CellId(row.period_code, row.period_start_date, row.area_code, row.setting_code)
                answers.setdefault(cell, set()).add((row.status_code, row.advertiser_count))
        figures = [figure for day in days(sunday) for figure in released(conn, day, 1).volumes]
        parents = {code: area.parent_code for code, area in released_areas(conn).items() if area.level_code != "state"}
    assert all(len(values) == 1 for values in answers.values())
    known = {figure.cell: (figure.status_code, figure.advertiser_count) for figure in figures}
    assert all(values == {known[cell]} for cell, values in answers.items())
    view = View([figure for figure in figures if figure.cell in answers], parents)
    assert not bounds.narrowed(view)
    assert not [claim for claim in nesting.nested(view) if battery.is_true(claim, truth)]
    assert not differencing.one_person_claims(differencing.successive(view), view.mechanism)
