"""Stays, the four-step count, effects of policy, method and rules on a real database: released once, frozen, as readers see."""

import json
from datetime import date, timedelta
from hashlib import sha256

import pytest

from warehouse import bootstrap, db, est_tables
from warehouse.audit import whole
from warehouse.audit.reading import estimates_of
from warehouse.errors import DatabaseFailed, NotAllowed
from warehouse.estimates.inputs import Inputs
from warehouse.estimates.level import Knowledge
from warehouse.protection import gate
from warehouse.protection.rules import RULESET_VERSION
from warehouse.release import release_areas, release_day, released, verify_figures

KEY = b"\x07" * 32
DAY = date(2026, 12, 6)  # a Sunday that ends the last block of four weeks of its quarter
BLOCK, WEEK, QUARTER = DAY - timedelta(days=27), DAY - timedelta(days=6), date(2026, 10, 1)
AREAS = {"NL": 900, "PV-Overijssel": 500, "CR12": 400, "GM0153": 150, "CR23": 300}
EVENT = date(2026, 9, 16)
TABLES = ("stay", "count_step", "policy_event", "policy_effect", "method")


def put(conn, table, columns, rows):
    db.copy_in(conn, f"est.{table}", columns, rows)


def put_volumes(conn, day, start, period, *, areas=AREAS):
    put(
        conn,
        "volume",
        est_tables.VOLUME,
        [
            (day, period, start, area, "all", db.Json({}), n, 0.02, 1.1 * n, 1.3 * n, 1.1 * n, 1.6 * n, 0.7, 0.04, 0.01, 3,
             0.97, None, [], db.Json({}), n * 7_919 + 1, "4", 1)
            for area, n in areas.items()
        ],
    )  # fmt: skip


def put_block(conn):
    put(conn, "movement", est_tables.MOVEMENT,
        [(DAY, BLOCK, "DE", "GM0153", 30, 40.0, 30.0, 50.0, None, [], 3, db.Json({}), "4", 1)])  # fmt: skip
    put(
        conn,
        "movement_figure",
        est_tables.MOVEMENT_FIGURE,
        [
            (DAY, BLOCK, "carousel_share", "ALLX", 800, 0.3, 0.27, 0.33, None, 11, 210, 12),
            (DAY, BLOCK, "return_share", "GM0153", 15, 0.5, 0.3, 0.7, None, 13, 7, 0),
            (DAY, BLOCK, "arrival_share", "DE", 40, 0.3, 0.2, 0.4, None, 0, None, None),
            (DAY, BLOCK, "dwell_median_days", "GM0153", 90, 11.0, 9.0, 14.0, None, 14, None, None),
            (DAY, BLOCK, "dwell_median_days", "CR12", 200, None, None, None, "too_few_ended", 15, None, None),
        ],
    )


def put_week(conn):
    rows = []
    for area, n in AREAS.items():
        for step, count, largest in (("advertisements", 3 * n, 8), ("distinct", 2 * n, 4), ("identities", n, 1)):
            rows.append((DAY, WEEK, area, step, float(count), None, None, None, None, None, largest))
        rows.append((DAY, WEEK, area, "advertisers", 1.3 * n, 1.1 * n, 1.6 * n, 1.3, 1.1, 1.6, None))
    put(conn, "count_step", est_tables.COUNT_STEP, rows)
    known = Knowledge(DAY, weights={"nl_een": 1.0})
    inputs = Inputs(1, ("a",), (0.9,) * 4, DAY, known).as_json()
    put(conn, "vintage", est_tables.VINTAGE, [(DAY, db.Json(inputs), "4", 1)])


def put_effect(conn, day=DAY, ratio=0.6):
    number = conn.execute(
        "INSERT INTO est.policy_event (area_code, event_date, precision_code, event_name, direction_code, source_name) "
        "VALUES ('GM0153', %s, 'day', 'Vergunning verplicht', 'tightened', 'Raad') ON CONFLICT DO NOTHING RETURNING policy_event_id",
        (EVENT,),
    ).fetchone()
    if number is None:
        number = conn.execute("SELECT policy_event_id FROM est.policy_event WHERE event_date = %s", (EVENT,)).fetchone()
    told = (number[0], day, "all", "GM0153", 5, 9, ["GM0363"] * 9, [], 0.7, 1.4, ratio, 0.8 * ratio, 1.2 * ratio, True, 40, 1,
            1.0, -60.0, -90.0, -40.0, *(None,) * 6, "cannot_tell", None, db.Json({}), "1", 1)  # fmt: skip
    put(conn, "policy_effect", est_tables.POLICY_EFFECT, [told])
    return f"GM0153-{number[0]}"


def release_weeks(conn, owner, first, weeks):
    """Release the last of some weeks as is done, after a word for Enschede in each of those before."""
    for n in range(weeks):
        start = first + timedelta(weeks=n)
        put_volumes(owner, start + timedelta(days=6), start, "week")
    release_day(conn, first + timedelta(weeks=weeks, days=-1), KEY)
    # Figures of releases that were not made, to spare the time that they take.
    owner.execute(b"ALTER TABLE release.volume DISABLE TRIGGER entered")
    owner.execute(
        "INSERT INTO release.volume SELECT 'week', v.period_start_date, 'GM0153', 'all', 1, v.vintage_date, 'published', '', 195, "
        "NULL, 160, 240, NULL, 3, 0.9, '{}' FROM est.volume AS v WHERE v.area_code = 'GM0153' AND v.period_start_date < %s",
        (first + timedelta(weeks=weeks - 1),),
    )


def rows(conn, query):
    return conn.execute(query.encode()).fetchall()


@pytest.fixture
def day(database):
    """A database with the estimates of the last day of a quarter's last block."""
    with database.connect() as owner:
        put_volumes(owner, DAY, WEEK, "week")
        put_block(owner)
        put_week(owner)
    return database


def test_the_day_that_tells_the_quarter_holds_it_and_readers_see_it(day):
    with day.connect("releaser") as conn:
        result = release_day(conn, DAY, KEY)
        assert {attack.code for attack in result.attacks if attack.outcome == "failed"} == set()
        assert verify_figures(conn, DAY)
        assert not release_day(conn, DAY, KEY, correct=True).is_new
        figures = released(conn, DAY, 1)
        assert figures.digest() == gate.protect(estimates_of(conn, DAY), release_areas(), KEY).digest()
        assert [attack for attack in whole.run(conn, whole.Evidence(trials=0)) if attack.outcome == "failed"] == []
    assert all(result.rows[table] for table in TABLES if table != "policy_effect")
    stays = {(row.area_code, row.figure_code): row for row in figures.stays}
    assert {row.quarter_start_date for row in figures.stays} == {QUARTER}
    share = stays["ALLX", "carousel_share"]
    assert share.advertiser_share == round(share.part_count / share.whole_count, 2)
    assert stays["GM0153", "return_share"].reason_code == "small_denominator"
    assert stays["GM0153", "dwell_median_days"].stay_count == 10
    assert stays["CR12", "dwell_median_days"].reason_code == "too_few_ended"
    assert "arrival_share" not in {code for _, code in stays}
    with day.connect("analist") as reader:
        steps = rows(reader, "SELECT area_code, step_code, status_code, rounding_count FROM release.count_step")
        assert ("CR12", "advertisements", "published", 100) in steps
        assert {area[:2] for area, *_ in steps} == {"CR", "NL"}
        method = dict(rows(reader, "SELECT item_code, value_name FROM release.method"))
        assert (method["estimator"], method["seed"], method["kappa"]) == ("4", "1", "not_audited")


def test_rules_are_told_once_and_give_their_version(day):
    with day.connect("releaser") as conn:
        release_day(conn, DAY, KEY)
        put_next(day)
        release_day(conn, DAY + timedelta(days=7), KEY)
    with day.connect("handhaving") as reader:
        found = rows(reader, "SELECT cube_code, rule_code, value_name FROM release.rule")
        (version,) = {one[0] for one in rows(reader, "SELECT ruleset_version FROM release.edition")}
    assert version == RULESET_VERSION
    cubes = {}
    for cube, rule, value in found:
        cubes.setdefault(cube, {})[rule] = json.loads(value)
    assert {"volume", "setting_share", "movement", "language", "stay", "count_step", "policy_effect"} < set(cubes)
    assert cubes["stay"]["share_denominator"] == 20
    assert sha256(json.dumps(as_ruleset(cubes), sort_keys=True).encode()).hexdigest()[:12] == version.split("-")[1]


def put_next(database):
    with database.connect() as owner:
        put_volumes(owner, DAY + timedelta(days=7), WEEK + timedelta(days=7), "week")


def as_ruleset(cubes):
    """Put the rules together again, as they were digested."""
    order = ("volume", "setting_share", "movement", "language", "stay", "count_step", "policy_effect")
    return {**cubes[""], "cubes": [{"cube": name, **cubes[name]} for name in order]}


def test_what_was_released_is_frozen_for_the_releaser_and_for_the_owner(day):
    with day.connect("releaser") as conn:
        release_day(conn, DAY, KEY)
        for table in (*TABLES, "rule"):
            with pytest.raises(NotAllowed):
                db.script(conn, f"DELETE FROM release.{table}")
    with day.connect("owner") as owner:
        for table in (*TABLES, "rule"):
            with pytest.raises(DatabaseFailed, match="23001"):  # restrict_violation
                db.script(owner, f"DELETE FROM release.{table}")


def test_an_effect_comes_with_the_next_new_day_once_and_where_its_weeks_are_published(database):
    first = EVENT - timedelta(days=EVENT.weekday(), weeks=1)
    with database.connect() as owner, database.connect("releaser") as conn:
        release_weeks(conn, owner, first, 4)
        last = first + timedelta(weeks=4, days=-1)
        code = put_effect(owner, last)
        assert not release_day(conn, last, KEY, correct=True).is_new  # a day that was released keeps what it has
        put_volumes(owner, last + timedelta(days=7), last + timedelta(days=1), "week")
        assert release_day(conn, last + timedelta(days=7), KEY).rows["policy_effect"] == 1
        (effect,) = released(conn, last + timedelta(days=7), 1).effects
        assert (effect.event_code, effect.status_code, effect.effect_code) == (code, "published", "lower")
        assert verify_figures(conn, last + timedelta(days=7))
        assert not release_day(conn, last + timedelta(days=7), KEY, correct=True).is_new
        events = rows(conn, "SELECT event_code, vintage_date FROM release.policy_event ORDER BY event_code")
        assert len(events) == len({each for each, _ in events}) == 6
        # Estimated with more weeks, of which one was never released; what was told is not told again.
        put_volumes(owner, last + timedelta(days=14), last + timedelta(days=8), "week")
        put_effect(owner, last + timedelta(days=14))
        put_volumes(owner, last + timedelta(days=21), last + timedelta(days=15), "week")
        release_day(conn, last + timedelta(days=21), KEY)
        (hidden,) = released(conn, last + timedelta(days=21), 1).effects
        assert (hidden.status_code, hidden.reason_code, hidden.ratio_value) == ("withheld", "not_published", None)


def test_a_municipality_sees_its_own_rows_and_all_public_facts(day):
    with day.connect("owner") as owner:
        password = bootstrap.add_municipality(owner, "GM0164")
    try:
        with day.connect("releaser") as conn:
            release_day(conn, DAY, KEY)
        dsn = f"host={day.server.socket_folder} user=gemeente_gm0164 dbname={day.name} password={password}"
        with db.connect(dsn) as town:
            assert {area for (area,) in rows(town, "SELECT area_code FROM release.stay")} == {"GM0164", "CR12", "NL"}
            assert {area for (area,) in rows(town, "SELECT area_code FROM release.count_step")} == {"CR12", "NL"}
            assert len(rows(town, "SELECT * FROM release.policy_event")) == 5
            assert rows(town, "SELECT * FROM release.method")
            assert rows(town, "SELECT * FROM release.rule")
    finally:
        with day.connect("admin") as admin:
            db.script(admin, "DROP OWNED BY gemeente_gm0164; DROP ROLE gemeente_gm0164")
