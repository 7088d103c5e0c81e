"""Watched series in a real database: what is told, what starts anew, and that nothing small is ever watched."""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from warehouse import alerts, db
from warehouse import est_tables as tables
from warehouse.alerts import FALSE_ALARMS, WATCHED, Watched
from warehouse.errors import UnknownArea

FIRST = date(2026, 10, 12)  # a Monday on which a block starts
VOLUME = {
    "setting_code": "all",
    "overlap": db.Json({}),
    "identity_count": 50,
    "largest_share": 0.1,
    "floor_count": None,
    "lower_count": None,
    "upper_count": None,
    "coverage_share": 0.8,
    "common_variance_value": 0.04,
    "specific_variance_value": 0.005,
    "source_group_count": 3,
    "completeness_share": 0.98,
    "refusal_code": None,
    "warnings": [],
    "models": db.Json({"kappa": [0.8, 0.9, 1.0], "active_share": 0.9, "ghost_lag_days": [1, 2, 3]}),
    "cell_number": 1,
    "estimator_version": "1",
    "seed": 1,
}


def last_day(week: int) -> date:
    return FIRST + timedelta(days=7 * week + 6)


def put_week(conn: db.Connection, week: int, point: float | None, **more: Any) -> None:
    start = FIRST + timedelta(days=7 * week)
    for area, times in (("GM0153", 1), ("CR12", 3)):
        row = {
            **VOLUME,
            "vintage_date": last_day(week),
            "period_code": "week",
            "period_start_date": start,
            "area_code": area,
            "point_count": None if point is None else times * point,
            **more,
        }
        db.copy_in(conn, "est.volume", tables.VOLUME, [[row[name] for name in tables.VOLUME]])


def put_break(conn: db.Connection, week: int) -> None:
    start = FIRST + timedelta(days=7 * week)
    told = [last_day(week), "week", start, "NL", "all", *[None] * 6, False, None, True, "source_break"]
    db.copy_in(conn, "est.trend", tables.TREND, [told])


def put_block(
    conn: db.Connection,
    block: int,
    flows: dict[tuple[str, str], float | None],
    version: str = "1",
    *,
    lost: float = 0.1,
    late: int = 0,
) -> None:
    start = FIRST + timedelta(days=28 * block)
    end = start + timedelta(days=27 + late)
    models = {"linkage": [lost, 0.02, 0.01, 0.005]}
    volume = {
        **VOLUME,
        "vintage_date": end,
        "period_code": "block",
        "period_start_date": start,
        "area_code": "GM0153",
        "point_count": 100.0,
    }
    db.copy_in(conn, "est.volume", tables.VOLUME, [[volume[name] for name in tables.VOLUME]])
    rows = [
        (end, start, a, b, 20, n, n and 0.8 * n, n and 1.2 * n, None if n else "low_completeness", [], 1, db.Json(models), version, 1)
        for (a, b), n in flows.items()
    ]  # fmt: skip
    db.copy_in(conn, "est.movement", tables.MOVEMENT, rows)


def night(conn: db.Connection, day: date) -> dict[tuple[str, str], dict[str, Any]]:
    """Do what the night does, and give what it wrote by area and series."""
    found = [dict(zip(tables.ALERT, row, strict=True)) for row in alerts.rows(conn, day)]
    db.copy_in(conn, "est.alert", tables.ALERT, [list(row.values()) for row in found])
    return {(row["area_code"], row["series_code"]): row for row in found}


def nights(conn: db.Connection, points: list[float | None], **more: Any) -> list[tuple[str, str | None]]:
    told = []
    for week, point in enumerate(points):
        put_week(conn, week, point, **(more if week == len(points) - 1 else {}))
        found = night(conn, last_day(week))["GM0153", "level"]
        told.append((found["status_code"], found["reason_code"]))
    return told


FEW = ("not_comparable", "too_few_periods")
SAME = ("no_demonstrable_change", None)


def test_the_normal_answer_comes_once_there_are_weeks_before(conn: db.Connection) -> None:
    assert nights(conn, [100.0] * 6) == [FEW] * 4 + [SAME] * 2


def test_an_alert_says_since_when_and_its_rate_and_then_starts_anew(conn: db.Connection) -> None:
    told = nights(conn, [100.0] * 6 + [200.0] * 5)
    assert told[6] == ("higher", None)
    assert told[7:] == [("not_comparable", "after_alert")] * 3 + [SAME]
    row = conn.execute(
        "SELECT since_date, false_alarm_value, statistic_value > threshold_value, baseline_count FROM est.alert "
        "WHERE status_code = 'higher' AND area_code = 'GM0153'"
    ).fetchone()
    assert row == (FIRST + timedelta(days=42), FALSE_ALARMS, True, 6)


def test_a_night_done_again_changes_nothing(conn: db.Connection) -> None:
    nights(conn, [100.0] * 6 + [40.0] * 3)
    kept = conn.execute("SELECT * FROM est.alert WHERE area_code = 'GM0153' ORDER BY vintage_date").fetchall()
    again = [row for week in range(9) for row in alerts.rows(conn, last_day(week)) if row[3] == "GM0153"]
    assert again == kept
    assert [row[5] for row in kept].count("lower") == 1


def test_across_other_sources_nothing_is_compared(conn: db.Connection) -> None:
    nights(conn, [100.0] * 6)
    put_break(conn, 6)
    for week in range(6, 11):
        put_week(conn, week, 300.0)
    told = [alerts.rows(conn, last_day(week))[0] for week in range(6, 11)]
    assert [(row[5], row[6]) for row in told] == [("not_comparable", "source_break")] * 4 + [SAME]


def test_across_a_lost_key_nothing_is_compared(conn: db.Connection) -> None:
    nights(conn, [100.0] * 6)
    start = FIRST + timedelta(days=42)
    db.script(
        conn,
        f"INSERT INTO core.epoch (epoch_code, start_date, first_date, former_code) VALUES "
        f"('E0003', '{FIRST}', '{FIRST}', NULL), ('E0003a', '{start}', '{start}', NULL)",
    )
    for week in range(6, 12):
        put_week(conn, week, None if week == 6 else 300.0, refusal_code="epoch_boundary" if week == 6 else None)
    told = [alerts.rows(conn, last_day(week))[0] for week in range(6, 12)]
    assert [(row[5], row[6]) for row in told] == [("not_comparable", "epoch_boundary")] * 5 + [SAME]


def test_a_bridged_epoch_is_no_break(conn: db.Connection) -> None:
    nights(conn, [100.0] * 6)
    start = FIRST + timedelta(days=42)
    db.script(
        conn,
        f"INSERT INTO core.epoch (epoch_code, start_date, first_date, former_code) VALUES "
        f"('E0003', '{FIRST}', '{FIRST}', NULL), ('E0003a', '{start}', '{start - timedelta(days=27)}', 'E0003')",
    )
    put_week(conn, 6, 250.0)
    assert night(conn, last_day(6))["GM0153", "level"]["status_code"] == "higher"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"completeness_share": 0.79}, "low_completeness"),
        ({"refusal_code": "too_few_recaptures", "point_count": None}, "too_few_recaptures"),
    ],
)
def test_a_week_that_was_not_seen_well_is_quiet_and_says_so(conn: db.Connection, more: Any, reason: str) -> None:
    assert nights(conn, [100.0] * 7 + [20.0], **more)[-1] == ("not_comparable", reason)
    put_week(conn, 8, 100.0)
    assert night(conn, last_day(8))["GM0153", "level"]["status_code"] == "no_demonstrable_change"


def test_a_week_without_any_figure_says_so(conn: db.Connection) -> None:
    nights(conn, [100.0] * 6)
    assert night(conn, last_day(6))["CR12", "level"]["reason_code"] == "no_data"


def test_a_new_audit_is_no_change(conn: db.Connection) -> None:
    models = db.Json({"kappa": [0.4, 0.45, 0.5], "active_share": 0.9, "ghost_lag_days": [1, 2, 3]})
    assert nights(conn, [100.0] * 6 + [50.0], models=models)[-1] == SAME


def test_levels_count_as_of_the_end_of_their_week(conn: db.Connection) -> None:
    nights(conn, [100.0] * 6)
    for week in (3, 5):
        put_week(conn, week, 900.0, vintage_date=last_day(week + 1))
    put_week(conn, 6, 100.0)
    found = night(conn, last_day(6))["GM0153", "level"]
    assert found["status_code"] == "no_demonstrable_change"
    assert found["statistic_value"] == pytest.approx(0, abs=1e-4)


def test_a_week_with_an_external_list_is_of_other_people(conn: db.Connection) -> None:
    told = nights(conn, [100.0] * 6 + [250.0], warnings=["external_list"])
    assert told[-1] == ("not_comparable", "external_list")
    put_week(conn, 7, 100.0)
    found = night(conn, last_day(7))["GM0153", "level"]
    assert found["status_code"] == "no_demonstrable_change"
    assert found["statistic_value"] == pytest.approx(0, abs=1e-4)


def test_only_the_end_of_a_week_or_block_is_due(conn: db.Connection) -> None:
    assert alerts.rows(conn, last_day(0) - timedelta(days=1)) == []
    assert {row[4] for row in alerts.rows(conn, last_day(0))} == {"level"}
    assert {row[4] for row in alerts.rows(conn, last_day(3))} == {"level", "arrivals", "departures"}


def flows(arrivals: float, departures: float) -> dict[tuple[str, str], float | None]:
    return {
        ("CR12R", "GM0153"): arrivals / 2,
        ("NEW", "GM0153"): arrivals / 2,
        ("GM0153", "EXIT"): departures,
        ("GM0153", "GM0153"): 500.0,
        ("DE", "CR12R"): 900.0,
    }


def test_all_that_come_and_all_that_go_are_watched_apart(conn: db.Connection) -> None:
    for block in range(6):
        put_block(conn, block, flows(60.0 if block < 5 else 180.0, 60.0))
        found = night(conn, FIRST + timedelta(days=28 * block + 27))
    assert found["GM0153", "arrivals"]["status_code"] == "higher"
    assert found["GM0153", "arrivals"]["since_date"] == FIRST + timedelta(days=140)
    assert found["GM0153", "departures"]["status_code"] == "no_demonstrable_change"


def test_unsure_flows_and_other_methods_are_not_compared(conn: db.Connection) -> None:
    for block in range(5):
        put_block(conn, block, flows(60.0, 60.0))
    put_block(conn, 5, {**flows(60.0, 60.0), ("DE", "GM0153"): None})
    put_block(conn, 6, flows(60.0, 60.0), version="2")
    unsure = night(conn, FIRST + timedelta(days=28 * 5 + 27))
    assert unsure["GM0153", "arrivals"]["reason_code"] == "low_completeness"
    assert unsure["GM0153", "departures"]["status_code"] == "no_demonstrable_change"
    assert night(conn, FIRST + timedelta(days=28 * 6 + 27))["GM0153", "departures"]["reason_code"] == "source_break"


def test_a_new_audit_of_links_moves_flows_and_is_no_change(conn: db.Connection) -> None:
    for block in range(5):
        put_block(conn, block, flows(60.0, 60.0))
    put_block(conn, 5, flows(180.0, 60.0), lost=0.3)
    put_block(conn, 6, {**flows(60.0, 60.0), ("DE", "GM0153"): None}, lost=0.3)
    found = night(conn, FIRST + timedelta(days=28 * 5 + 27))
    assert {found["GM0153", each]["reason_code"] for each in ("arrivals", "departures")} == {"source_break"}


def test_flows_count_as_of_the_end_of_their_block(conn: db.Connection) -> None:
    for block in range(6):
        put_block(conn, block, flows(60.0, 60.0))
        put_block(conn, block, flows(600.0 if block == 4 else 60.0, 60.0), late=28)
    found = night(conn, FIRST + timedelta(days=28 * 5 + 27))["GM0153", "arrivals"]
    assert (found["status_code"], found["baseline_count"]) == ("no_demonstrable_change", 5)
    assert found["statistic_value"] == pytest.approx(0, abs=1e-4)


def test_the_variance_of_a_flow_is_that_of_its_interval(conn: db.Connection) -> None:
    put_block(conn, 0, flows(60.0, 60.0))
    asked = {"area": "GM0153", "series": "arrivals", "first": FIRST, "last": FIRST, "others": ["CR12R", "NEW"]}
    _, point, variance, *_ = next(iter(db.tuples(conn, "alert_flows", asked)))
    deviation = 12 / (2 * 1.959964)  # of each of two flows of 30, told as 24 to 36
    assert (point, variance) == (60.0, pytest.approx(2 * deviation**2 / 60**2, rel=1e-4))


def test_all_series_together_stay_within_the_false_alarms() -> None:
    assert sum(watched.share for watched in WATCHED) == 1
    assert len({(watched.area_code, watched.series_code) for watched in WATCHED}) == len(WATCHED)


@pytest.mark.parametrize("code", ["WK015300", "CR12X", "DE", "NEW", "GM9999", "7511"])
def test_nothing_smaller_than_a_municipality_can_be_watched(conn: db.Connection, code: str) -> None:
    with pytest.raises(UnknownArea):
        Watched(code, "level", 0.1)
    if code != "GM9999":  # the table knows the form of codes, not which there are
        row = [last_day(0), "week", FIRST, code, "level", "no_demonstrable_change", None, None, 0.0, 2.0, 5, 1.0]
        with pytest.raises(psycopg.errors.CheckViolation):
            conn.execute(f"INSERT INTO est.alert VALUES ({', '.join(['%s'] * len(row))})", row)
