"""Events in the database, and effects from figures that are kept: chosen, planned, judged, kept, refused by name."""

from dataclasses import asdict, replace
from datetime import date, timedelta

import numpy as np
import pytest

from warehouse import comparators, db, policy, policy_cases
from warehouse.areas import municipalities
from warehouse.errors import NotAllowed, WrongUse
from warehouse.estimates.errors import EventDateUnknown
from warehouse.policy import Event

FIRST = date(2026, 1, 5)
WEEKS, AT = 78, 52
DAY = FIRST + timedelta(weeks=WEEKS, days=-1)
TIGHTENED = Event(
    None, "GM0153", FIRST + timedelta(weeks=AT, days=2), "day", "Vergunning verplicht", "tightened", "Raad"
)
NEAR = ("GM0164", "GM0141")
FAR = comparators.chosen("GM0153", {one.code for one in municipalities()})[:12]
FIELDS = (
    "vintage_date, period_code, period_start_date, area_code, setting_code, overlap, identity_count, largest_share, "
    "point_count, common_variance_value, specific_variance_value, source_group_count, completeness_share, warnings, "
    "models, cell_number, estimator_version, seed"
)


def volumes(conn: db.Connection, step: float = 0.5, *, complete: float = 1.0, gone: str = "", seed: int = 1) -> None:
    """Weekly figures of 78 weeks: in Enschede `step` times as many from the event on, next door none the more."""
    rng = np.random.default_rng(seed)
    sizes = {"NL": 4000, "GM0153": 80, **dict.fromkeys(NEAR, 45), **dict.fromkeys(FAR, 90)}
    rows = []
    for area, size in sizes.items():
        here = rng.poisson(size)
        for week in range(WEEKS):
            start = FIRST + timedelta(weeks=week)
            number = here * (step if area == "GM0153" and week > AT else 1)
            seen = max(rng.binomial(round(number), 0.7), 1)
            here = rng.binomial(here, 0.9622) + rng.poisson(size * 0.0378)
            groups = "a" if week > AT + 3 and gone else "a+b"
            rows.append(
                (start + timedelta(6), "week", start, area, "all", db.Json({groups: seen}), seen, 0.0, seen / 0.7, 0.02,
                 0.3 / seen, 2, complete, [], db.Json({}), 0, gone if week > AT + 3 and gone else "3", 1)
            )  # fmt: skip
    with conn.cursor() as cursor:
        places = ", ".join(["%s"] * len(FIELDS.split(",")))
        cursor.executemany(f"INSERT INTO est.volume ({FIELDS}) VALUES ({places})".encode(), rows)


def told(conn: db.Connection, event: Event = TIGHTENED, day: date = DAY) -> policy.Told:
    policy.enter(conn, event)
    kept = next(one for one in policy.events(conn) if one.event_name == event.event_name)
    case = policy.prepare(conn, kept, day, 1)[0]
    return policy.judge(case, kept, day, 1)


def test_the_events_of_the_letter_are_there_with_what_is_known_of_them(conn):
    found = {(one.area_code, one.when): one for one in policy.events(conn)}
    unknown = {("GM0855", "onbekend"), ("GM0995", "onbekend"), ("GM0153", "onbekend")}
    assert set(found) == {("GM0106", "2019"), ("GM0402", "2023-03-08")} | unknown
    assert {one.direction_code for one in found.values()} == {"other"}


def test_an_event_is_entered_once(conn):
    assert policy.enter(conn, TIGHTENED)
    assert not policy.enter(conn, TIGHTENED)
    assert policy.enter(conn, replace(TIGHTENED, event_date=None, precision_code="unknown"))
    assert not policy.enter(conn, replace(TIGHTENED, event_date=None, precision_code="unknown"))


@pytest.mark.parametrize(
    ("text", "last"), [("2023-03-08", "2023-03-08"), ("2023-02", "2023-02-28"), ("2023", "2023-12-31")]
)
def test_a_date_is_as_precise_as_it_is_written(text, last):
    day, precision = policy.dated(text)
    event = replace(TIGHTENED, event_date=day, precision_code=precision)
    assert (event.when, event.last_date) == (text, date.fromisoformat(last))


HALF = ["2023-1", "2023-03-1", "2023-", "20230308", "2023-W10-3"]


@pytest.mark.parametrize("text", ["", "2023-13", "8 maart 2023", "23", "2023-3-8", "2023-02-30", *HALF])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(WrongUse, match="is not a date"):
        policy.dated(text)


@pytest.mark.parametrize("text", ["0001-01-01", "1989", "2031-12", "9999-12-31"])
def test_a_date_that_no_event_has_is_a_slip(text):
    with pytest.raises(WrongUse, match="1990-01-01 to 2031-11-25"):
        policy.require_sensible(policy.dated(text)[0], date(2026, 11, 25))


@pytest.mark.parametrize("text", [None, "1990", "2031-11-25"])
def test_others_are_taken(text):
    policy.require_sensible(policy.dated(text)[0], date(2026, 11, 25))


def test_a_date_known_better_is_another_entry_and_each_is_named_by_its_number(conn):
    vague = replace(TIGHTENED, event_date=date(2026, 1, 1), precision_code="year")
    for one in (vague, replace(vague, precision_code="day"), replace(vague, precision_code="day", event_name="Ook")):
        assert policy.enter(conn, one)
    found = [one for one in policy.events(conn) if one.area_code == "GM0153"]
    assert policy.only(found, "Enschede", "2026").precision_code == "year"
    with pytest.raises(WrongUse, match=r"There are 2 events of Enschede: .*--event"):
        policy.only(found, "Enschede", "2026-01-01")
    last = found[-2]
    assert policy.only(found, "Enschede", "2026-01-01", last.policy_event_id) == last
    with pytest.raises(WrongUse, match="none of Enschede"):
        policy.only(found, "Enschede", "2026", last.policy_event_id)


def test_only_the_owner_enters_events(database):
    with database.connect("estimator") as conn:
        with pytest.raises(NotAllowed):
            policy.enter(conn, TIGHTENED)
        assert len(policy.events(conn)) == 5


@pytest.mark.parametrize(("event", "known"), [("GM0106", "year"), ("GM0855", "not known")])
def test_without_a_date_there_is_no_effect(conn, event, known):
    one = next(one for one in policy.events(conn) if one.area_code == event)
    with pytest.raises(EventDateUnknown, match=known):
        policy.prepare(conn, one, DAY, 1)


def test_half_of_a_town_gone_is_found_and_kept_the_same_each_time(conn):
    volumes(conn)
    found = told(conn)
    assert (found.comparator_codes, found.neighbour_codes) == (FAR, list(NEAR))
    assert (found.before_count, found.after_count) == (AT, WEEKS - AT - 1)  # the week of the event counts to neither
    assert found.is_demonstrable
    assert found.lower_ratio_value < 0.5 < found.upper_ratio_value < found.detectable_fall_value
    assert found.lower_change_value < found.change_value < found.upper_change_value < 0
    assert found.verdict_code == "decline"
    assert told(conn) == found
    policy.keep(conn, [found])
    policy.keep(conn, [found])
    rows = conn.execute(b"SELECT ratio_value, verdict_code, seed FROM est.policy_effect").fetchall()
    assert rows == [(found.ratio_value, "decline", 1)]


def test_no_change_is_no_demonstrable_effect(conn):
    volumes(conn, 1.0)
    found = told(conn)
    assert (found.is_demonstrable, found.verdict_code, found.refusal_code) == (False, "cannot_tell", None)
    assert found.displaced_value is None


def test_what_was_planned_does_not_know_what_came_after(conn):
    volumes(conn)
    policy.enter(conn, TIGHTENED)
    kept = next(one for one in policy.events(conn) if one.event_name == TIGHTENED.event_name)
    before = policy.prepare(conn, kept, DAY, 1)[0]
    conn.execute(b"UPDATE est.volume SET point_count = 5 * point_count WHERE period_start_date > %s", [kept.event_date])
    after = policy.prepare(conn, kept, DAY, 1)[0]
    assert before.comparators == after.comparators
    assert before.plan.log_detectable == after.plan.log_detectable


def test_an_event_of_a_comparator_rules_it_out(conn):
    volumes(conn)
    policy.enter(conn, replace(TIGHTENED, area_code=FAR[0], event_name="Ook daar"))
    policy.enter(conn, replace(TIGHTENED, area_code=NEAR[0], event_name="En daar"))
    found = told(conn)
    assert found.comparator_codes == FAR[1:]
    assert found.neighbour_codes == [NEAR[1]]


@pytest.mark.parametrize(
    ("made", "day", "code"),
    [
        ({}, TIGHTENED.event_date + timedelta(weeks=7), "too_few_periods"),
        ({"complete": 0.7}, DAY, "low_completeness"),
        ({"gone": "4"}, DAY, "source_break"),
    ],
)
def test_refusals_have_a_name(conn, made, day, code):
    volumes(conn, **made)
    found = told(conn, day=day)
    assert (found.refusal_code, found.ratio_value, found.verdict_code, found.is_demonstrable) == (
        code,
        None,
        None,
        False,
    )


def test_areas_are_chosen_whatever_becomes_of_them_after_the_event(conn):
    volumes(conn)
    conn.execute(
        b"DELETE FROM est.volume WHERE area_code = ANY (%s) AND period_start_date >= %s",
        [[FAR[0], NEAR[0]], TIGHTENED.event_date],
    )
    found = told(conn)
    assert (found.comparator_codes, found.neighbour_codes) == (FAR, list(NEAR))


def test_without_neighbours_figures_after_the_event_the_own_effect_stands(conn):
    volumes(conn)
    conn.execute(
        b"UPDATE est.volume SET point_count = NULL, refusal_code = 'too_few_recaptures' "
        b"WHERE area_code = %s AND period_start_date >= %s",
        [NEAR[1], TIGHTENED.event_date],
    )
    found = told(conn)
    assert found.is_demonstrable
    assert found.lower_ratio_value < 0.5 < found.upper_ratio_value
    assert (found.verdict_code, found.neighbour_change_value, found.displaced_value) == ("cannot_tell", None, None)


def test_a_week_with_an_external_list_is_of_other_people_and_has_no_figure(conn):
    volumes(conn)
    before = told(conn)
    conn.execute(
        b"UPDATE est.volume SET point_count = 9 * point_count, warnings = '{external_list}' "
        b"WHERE area_code = 'GM0153' AND period_start_date = ANY (%s)",
        [[FIRST + timedelta(weeks=week) for week in (20, 60)]],
    )
    found = told(conn)
    assert (found.before_count, found.after_count) == (before.before_count - 1, before.after_count - 1)
    assert found.ratio_value == pytest.approx(before.ratio_value, rel=0.05)


@pytest.mark.parametrize("day", [TIGHTENED.event_date + timedelta(weeks=7), TIGHTENED.event_date - timedelta(weeks=2)])
def test_what_could_be_told_is_known_before_there_are_weeks_after(conn, day):
    volumes(conn)
    whole, early = told(conn), told(conn, day=day)
    assert (early.refusal_code, early.ratio_value) == ("too_few_periods", None)
    assert early.detectable_fall_value == pytest.approx(whole.detectable_fall_value, abs=0.05)
    assert early.detectable_rise_value > 1


def test_an_event_far_ahead_is_refused_by_name(conn):
    volumes(conn)
    far = replace(TIGHTENED, event_date=DAY + timedelta(days=5 * 365))
    assert told(conn, far).refusal_code == "too_few_periods"


def test_other_events_of_the_town_in_the_window_are_kept(conn):
    volumes(conn)
    for weeks, name in ((-30, "Raadsbesluit"), (200, "Later")):
        policy.enter(
            conn, replace(TIGHTENED, event_date=TIGHTENED.event_date + timedelta(weeks=weeks), event_name=name)
        )
    names = {one.policy_event_id: one.event_name for one in policy.events(conn)}
    kept = [names[each] for each in told(conn).models["other_events"]]
    assert kept == ["Raadsbesluit", "Beleid voor thuiswerk gewijzigd"]  # of the last the date is not known


def test_a_link_puts_what_came_before_on_the_newer_sources():
    """A break's mean is log of newer over older: 100 through the old sources is 150 through the new ones."""
    starts = [FIRST + timedelta(weeks=week) for week in range(4)]
    kept = {
        on: policy_cases.Level(on, "GM0153", "all", 100.0 if week < 2 else 150.0, 0.0, 0.01, {}, "3", None, None, None,
                               [], None, 1.0)
        for week, on in enumerate(starts)
    }  # fmt: skip
    level, _ = policy_cases._series({"GM0153": kept}, starts, {2: np.log(1.5)})
    np.testing.assert_allclose(np.exp(level), 150.0)


def test_too_few_comparators_are_refused(conn):
    volumes(conn)
    conn.execute(b"DELETE FROM est.volume WHERE area_code = ANY (%s)", [FAR[4:]])
    assert told(conn).refusal_code == "too_few_comparators"


def test_a_lost_key_is_a_boundary(conn):
    volumes(conn)
    conn.execute(
        b"INSERT INTO core.epoch VALUES ('E0003', %(at)s, %(at)s, NULL, NULL)", {"at": FIRST + timedelta(weeks=39)}
    )
    assert told(conn).refusal_code == "epoch_boundary"


def test_a_carried_key_is_none(conn):
    volumes(conn)
    conn.execute(b"INSERT INTO core.epoch VALUES ('E0002', '2025-12-01', '2025-12-01', NULL, NULL)")
    conn.execute(
        b"INSERT INTO core.epoch VALUES ('E0003', %(at)s, %(at)s, 'E0002', NULL)", {"at": FIRST + timedelta(weeks=39)}
    )
    assert told(conn).refusal_code is None


def test_a_shift_of_settings_is_told_by_region(conn):
    """Home work halves in Twente after the event, in no other region."""
    rng = np.random.default_rng(1)
    others = [f"CR{n:02}" for n in range(20, 36)]
    first, blocks = date(2026, 1, 5), 20
    for region in ("CR12", *others):
        for block in range(blocks):
            start = first + timedelta(weeks=4 * block)
            share = 0.62 if region != "CR12" or block < 13 else 0.4
            share += rng.normal(0, 0.02)
            for label, point in (("home", share), ("club", (1 - share) / 3), ("escort", (1 - share) * 2 / 3)):
                conn.execute(
                    b"INSERT INTO est.share VALUES (%s, %s, %s, 'setting', %s, 300, %s, %s, %s, %s, NULL)",
                    [start + timedelta(27), start, region, label, point, point, point - 0.06, point + 0.06],
                )
    policy.enter(conn, TIGHTENED)
    event = next(one for one in policy.events(conn) if one.event_name == TIGHTENED.event_name)
    found = {
        case.outcome: policy.judge(case, event, first + timedelta(weeks=80, days=-1), 1)
        for case in policy.prepare(conn, event, first + timedelta(weeks=80, days=-1), 1)
    }
    assert set(found) == {"all", "home", "club", "escort"}
    home = found["home"]
    assert (home.area_code, home.neighbour_codes, home.verdict_code) == ("CR12", [], None)
    assert home.is_demonstrable
    odds = 0.4 / 0.6 / (0.62 / 0.38)
    assert home.lower_ratio_value < odds < home.upper_ratio_value < 1
    assert found["club"].ratio_value > 1
    assert found["all"].refusal_code == "too_few_periods"
    assert asdict(home)["before_count"] == 52
