from datetime import date

import pytest

from warehouse.protection.alerts import protect_alerts
from warehouse.protection.cells import AlertEstimate, MovementFigure, VolumeFigure

WEEK, BLOCK = date(2026, 11, 2), date(2026, 10, 12)


def alert(series="level", status="higher", reason=None, area="GM0153", rate=0.8):
    period, start = ("week", WEEK) if series == "level" else ("block", BLOCK)
    since = start if status in ("higher", "lower") else None
    return AlertEstimate(period, start, area, series, status, reason, since, rate)


def level(status="published", reason="", period="week", start=WEEK, area="GM0153"):
    count = 100 if status == "published" else None
    return VolumeFigure(period, start, area, "all", status, reason, count, None, count, count, None, 3, 0.98, [])


def move(origin, destination, status="published", reason=""):
    return MovementFigure(
        BLOCK, origin, destination, status, reason, 20 if status == "published" else None, None, None, []
    )


def one(estimate, volumes, movements=()):
    (figure,) = protect_alerts([estimate], volumes, movements)
    return figure.status_code, figure.reason_code, figure.since_date


def test_where_the_level_is_published_the_alert_is_told():
    assert one(alert(), [level()]) == ("higher", "", WEEK)
    assert one(alert(status="no_demonstrable_change"), [level()]) == ("no_demonstrable_change", "", None)
    assert one(alert(status="not_comparable", reason="source_break"), [level()]) == (
        "not_comparable",
        "source_break",
        None,
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [("below_threshold", "below_threshold"), ("withheld", "attack"), ("unreliable", "low_completeness")],
)
@pytest.mark.parametrize("said", ["higher", "lower", "no_demonstrable_change"])
def test_where_it_is_not_nothing_is_told_whatever_it_was(status, reason, said):
    assert one(alert(status=said), [level(status, reason)]) == ("not_comparable", reason, None)


def test_the_level_must_be_that_of_the_same_area_and_period():
    for other in (level(area="CR12"), level(start=BLOCK), level(period="day")):
        assert one(alert(), [other]) == ("not_comparable", "not_published", None)


@pytest.mark.parametrize(
    ("series", "flow", "told"),
    [
        ("arrivals", move("NLX", "GM0153"), True),
        ("departures", move("GM0153", "EXIT"), True),
        ("arrivals", move("GM0153", "EXIT"), False),
        ("departures", move("NLX", "GM0153"), False),
        ("arrivals", move("NLX", "GM0153", "withheld", "rolled_up"), False),
    ],
)
def test_a_flow_needs_a_published_flow_of_its_own_kind(series, flow, told):
    volumes = [level(period="block", start=BLOCK)]
    expected = ("higher", "", BLOCK) if told else ("not_comparable", "not_published", None)
    assert one(alert(series), volumes, [flow]) == expected


def test_the_rate_is_rounded_up_and_nothing_else_comes_along():
    (figure,) = protect_alerts([alert(rate=0.31)], [level()], [])
    assert figure.false_alarm_count == 1
    numbers = [name for name in type(figure).__slots__ if name.endswith(("_count", "_value", "_share"))]
    assert numbers == ["false_alarm_count"]
