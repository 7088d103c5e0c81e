"""Events of policy and what they did: entered by an operator, judged from figures that are kept, kept with all they came from."""

import calendar as months
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np

from warehouse import db, policy_cases
from warehouse import est_tables as tables
from warehouse.calendar import week_start
from warehouse.errors import WrongUse
from warehouse.estimates import displacement
from warehouse.estimates import policy as estimates
from warehouse.estimates.errors import EventDateUnknown, Refusal
from warehouse.policy_cases import Case, Window

VERSION = "1"

Precision = Literal["day", "month", "year", "unknown"]
DIRECTIONS = ("relaxed", "tightened", "other")
EARLIEST, YEARS_AHEAD = date(1990, 1, 1), 5  # what an event may be dated


@dataclass(frozen=True, slots=True)
class Event:
    """An event, as the columns of `est.policy_event` say; `policy_event_id` is None before it is entered."""

    policy_event_id: int | None
    area_code: str
    event_date: date | None
    precision_code: Precision
    event_name: str
    direction_code: str
    source_name: str

    @property
    def last_date(self) -> date | None:
        """Give the last day on which it may have happened, `event_date` being the first."""
        day = self.event_date
        if day is None or self.precision_code == "day":
            return day
        month = 12 if self.precision_code == "year" else day.month
        return date(day.year, month, months.monthrange(day.year, month)[1])

    @property
    def when(self) -> str:
        """Write the date as precisely as it is known.

        >>> Event(None, "GM0106", date(2019, 1, 1), "year", "-", "other", "-").when
        '2019'
        """
        length = {"day": 10, "month": 7, "year": 4, "unknown": 0}[self.precision_code]
        return self.event_date.isoformat()[:length] if self.event_date else "onbekend"

    def may_lie_within(self, first: date, last: date) -> bool:
        """Tell whether it may have happened on one of these days: of an unknown date that cannot be ruled out."""
        if self.event_date is None or self.last_date is None:
            return True
        return self.event_date <= last and self.last_date >= first


def dated(text: str | None) -> tuple[date | None, Precision]:
    """Read a date as precisely as it is written: 2023-03-08, 2023-03 or 2023; None where it is not known.

    Raises:
        WrongUse: it is none of these, or half of one.

    >>> dated("2023-03")
    (datetime.date(2023, 3, 1), 'month')
    """
    if text is None:
        return None, "unknown"
    precisions: dict[int, Precision] = {10: "day", 7: "month", 4: "year"}
    precision, whole = precisions.get(len(text)), text + "-01-01"[len(text) - 4 :]
    try:
        day = date.fromisoformat(whole)
    except ValueError:
        day = None
    if precision is None or day is None or day.isoformat() != whole:  # ISO has other ways to write: 2023-W10-3
        raise WrongUse(f"{text!r} is not a date; write it as 2023-03-08, 2023-03 or 2023.")
    return day, precision


def require_sensible(day: date | None, today: date) -> None:
    """Refuse a date that can be no event's: a slip of the keyboard.

    Raises:
        WrongUse: it is before 1990 or more than five years ahead.
    """
    last = date(today.year + YEARS_AHEAD, today.month, min(today.day, 28))
    if day is not None and not EARLIEST <= day <= last:
        raise WrongUse(f"{day} cannot be: an event is dated from {EARLIEST} to {last}.")


def events(conn: db.Connection) -> list[Event]:
    """Give all events by date, those of an unknown date last."""
    return db.rows(conn, "policy_event_list", Event)


def only(found: Sequence[Event], place: str, on: str | None, number: int | None = None) -> Event:
    """Give the one event that is meant.

    Args:
        found: events of the municipality.
        place: its name.
        on: date as written, or None.
        number: of the event, or None.

    Raises:
        WrongUse: there is none, or there are several.
    """
    meant = [one for one in found if on in (None, one.when) and number in (None, one.policy_event_id)]
    if number is not None and not meant:
        raise WrongUse(f"Event {number} is none of {place} on that date: see advertentiemonitor policy list.")
    if not meant:
        known = ", ".join(one.when for one in found)
        raise WrongUse(
            f"There is no event of {place} on {on}; there is one on {known}."
            if known
            else f"There is no event of {place}. Enter it first: advertentiemonitor policy add."
        )
    if len(meant) > 1:
        each = ", ".join(f"{one.policy_event_id} ({one.when})" for one in meant)
        raise WrongUse(f"There are {len(meant)} events of {place}: {each}. Name one with --event.")
    return meant[0]


def enter(conn: db.Connection, event: Event) -> bool:
    """Enter an event, as role owner; tell whether it was news."""
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return db.execute(conn, "policy_event_enter", values) > 0


@dataclass(frozen=True, slots=True)
class Told:
    """What is kept of one outcome: fields in the order of `est.policy_effect`."""

    policy_event_id: int | None
    vintage_date: date
    outcome_code: str
    area_code: str
    before_count: int
    after_count: int
    comparator_codes: list[str]
    neighbour_codes: list[str]
    detectable_fall_value: float | None
    detectable_rise_value: float | None
    ratio_value: float | None
    lower_ratio_value: float | None
    upper_ratio_value: float | None
    is_demonstrable: bool
    placebo_count: int
    beyond_count: int
    scale_value: float | None
    change_value: float | None
    lower_change_value: float | None
    upper_change_value: float | None
    neighbour_change_value: float | None
    lower_neighbour_change_value: float | None
    upper_neighbour_change_value: float | None
    displaced_value: float | None
    lower_displaced_value: float | None
    upper_displaced_value: float | None
    verdict_code: str | None
    refusal_code: str | None
    models: dict[str, Any]
    estimator_version: str
    seed: int


def prepare(conn: db.Connection, event: Event, day: date, seed: int) -> list[Case]:
    """Fix how each outcome of an event will be judged, without looking at what came after it in the municipality.

    Args:
        conn: as role estimator.
        event: the event.
        day: last day of data used.
        seed: of the links over breaks.

    Returns:
        All advertisers in the municipality, then home, club and escort in its region; each with a plan or a refusal.

    Raises:
        EventDateUnknown: the date is not known to the month.
    """
    first, last = event.event_date, event.last_date
    if first is None or last is None or event.precision_code == "year":
        raise EventDateUnknown(event.precision_code)
    window = Window.around(week_start(first), week_start(last + timedelta(days=6)), day)
    others = [
        one
        for one in events(conn)
        if one.policy_event_id != event.policy_event_id
        and one.may_lie_within(window.first, max(window.last, window.after) + timedelta(days=6))
    ]
    eventful = frozenset(one.area_code for one in others)
    own = tuple(one.policy_event_id or 0 for one in others if one.area_code == event.area_code)
    return [replace(case, meanwhile=own) for case in policy_cases.all_of(conn, event.area_code, window, eventful, seed)]


def judge(case: Case, event: Event, day: date, seed: int) -> Told:
    """Hold what came after an event against the plan."""
    plan, found, moved, refusal = case.plan, None, None, case.refusal
    if plan is not None:
        try:
            found = estimates.effects(case.panel, plan, case.start)
        except Refusal as error:
            refusal = error
    if found is not None and case.outcome == "all":
        after = slice(case.start, case.start + (plan.after if plan else 0))
        levels = [float(np.nanmean(np.exp(case.panel.level[a, after]))) for a in range(len(found))]
        moved = displacement.displaced(
            found[0], levels[0], found[1] if found[1:] else None, levels[-1], common=case.common, seed=seed
        )
    own = found[0] if found else None
    return Told(
        event.policy_event_id,
        day,
        case.outcome,
        case.area_code,
        case.periods(0, case.before),
        case.periods(case.start, case.panel.level.shape[1]),
        case.comparators,
        case.neighbours,
        _rounded(plan.detectable_fall) if plan else None,
        _rounded(plan.detectable_rise) if plan else None,
        *_three(own.ratio if own else None),
        own.is_demonstrable if own else False,
        own.placebos.count if own else 0,
        own.beyond if own else 0,
        _rounded(own.placebos.scale) if own else None,
        *_three(moved.own if moved else None),
        *_three(moved.neighbours if moved else None),
        *_three(moved.share if moved else None),
        moved.verdict if moved else None,
        refusal.code if refusal else None,
        case.record(),
        VERSION,
        seed,
    )


def _rounded(value: float) -> float:
    return round(value, 6)


def _three(values: tuple[float, float, float] | None) -> tuple[float | None, float | None, float | None]:
    if values is None:
        return None, None, None
    point, lower, upper = values
    return _rounded(point), _rounded(lower), _rounded(upper)


def keep(conn: db.Connection, told: Sequence[Told]) -> None:
    """Keep what was told of one event and vintage in the place of what was kept before, as role estimator."""
    with db.transaction(conn):
        first = told[0]
        db.execute(conn, "policy_effect_erase", {"event": first.policy_event_id, "day": first.vintage_date})
        rows = [[db.Json(value) if isinstance(value, dict) else value for value in astuple(one)] for one in told]
        db.copy_in(conn, "est.policy_effect", tables.POLICY_EFFECT, rows)
