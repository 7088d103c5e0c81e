"""The series behind an event of policy: who is compared with whom, and the panel of their figures. Reads `est` only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from warehouse import comparators, db, epochs, trends
from warehouse.areas import COUNTRY, municipality
from warehouse.calendar import BLOCK_DAYS, block_start
from warehouse.estimates import policy, shares
from warehouse.estimates.counterfactual import Panel
from warehouse.estimates.errors import EpochBoundary, LowCompleteness, Refusal, SourceBreak
from warehouse.estimates.policy import Plan
from warehouse.estimates.trend import Break

FloatArray = npt.NDArray[np.float64]

BEFORE = 104  # weeks looked at before an event, at most
ENOUGH = 0.9  # of the periods before, in which an area has a figure
COMPLETE = 0.8
Z = 1.959964


@dataclass(frozen=True, slots=True)
class Level(trends.Past):
    """A week of an area, as policy_levels.sql gives it."""

    completeness_share: float


class Share(NamedTuple):
    """A share of a block and region, as policy_shares.sql gives it."""

    block_start_date: date
    area_code: str
    label_code: str
    identity_count: int
    point_share: float
    lower_share: float
    upper_share: float


@dataclass(frozen=True, slots=True)
class Window:
    """Mondays: of the `first` week looked at, of the first `event` week, the first wholly `after` it, and the `last`."""

    first: date
    event: date
    after: date
    last: date

    @classmethod
    def around(cls, event: date, after: date, day: date) -> Self:
        """Look at two years before and half a year after, as far as there are whole weeks up to `day`."""
        last = min(
            after + timedelta(weeks=policy.AFTER - 1), day - timedelta(days=day.weekday() + 7 * (day.weekday() < 6))
        )
        return cls(event - timedelta(weeks=BEFORE), event, after, last)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One outcome: its panel (the area, its neighbours' sum if there are any, comparators) and how it will be judged.

    `before`, `start`: first period that is not before the event, and first one after it. `common`: variance of the
    logarithm that all weeks of the area share. `meanwhile`: numbers of other events of the municipality that lie in the
    window, or may.
    """

    outcome: str
    area_code: str
    panel: Panel
    comparators: list[str]
    neighbours: list[str]
    before: int
    start: int
    common: float
    rule: str
    plan: Plan | None
    refusal: Refusal | None
    meanwhile: tuple[int, ...] = ()

    def periods(self, start: int, end: int) -> int:
        """Count the weeks with a figure."""
        return int(np.isfinite(self.panel.level[0, start:end]).sum()) * self.panel.weeks

    def record(self) -> dict[str, Any]:
        """Give what `models` keeps."""
        if self.plan is None:
            return {"rule": self.rule, "other_events": list(self.meanwhile)}
        chosen = zip(self.plan.grid, self.plan.weight[self.plan.weight > 0], strict=True)
        return {
            "rule": self.rule,
            "other_events": list(self.meanwhile),
            "neighbours": f"municipalities within {comparators.NEIGHBOUR_KM:g} km with figures and no event of their own",
            "size": round(1 - policy.LEVEL, 6),
            "power": policy.POWER,
            "placebos_before": [self.plan.placebos.count, round(self.plan.placebos.square, 6)],
            "grid": [[g.memory, g.slow, g.fast, g.drift, round(float(w), 6)] for g, w in chosen],
        }


def all_of(conn: db.Connection, code: str, window: Window, eventful: frozenset[str], seed: int) -> list[Case]:
    """Make the cases of an event: all advertisers by week, then each setting by block of its region.

    Args:
        conn: as role estimator.
        code: municipality.
        window: weeks.
        eventful: municipalities with another event in the window, or one that may lie in it.
        seed: of the links over breaks.
    """
    return [_of_level(conn, code, window, eventful, seed), *_of_settings(conn, code, window, eventful)]


def _of_level(conn: db.Connection, code: str, window: Window, eventful: frozenset[str], seed: int) -> Case:
    rows = db.rows(conn, "policy_levels", Level, {"first": window.first, "last": window.last})
    kept: dict[str, dict[date, Level]] = {}
    for row in rows:
        kept.setdefault(row.area_code, {})[row.period_start_date] = row
    own, country = kept.get(code, {}), kept.pop(COUNTRY, {})
    first = min((row.period_start_date for row in rows), default=window.event)
    starts = _every(first, window.last, 7)
    before, start = ((each - first).days // 7 for each in (window.event, window.after))
    breaks = trends.source_breaks(starts, dict(country), seed)
    level, specific = _series(kept, starts, {one.at: one.mean for one in breaks})
    names = list(kept)
    since, refusal = _comparable(conn, starts, breaks, before)
    level[:, :since] = np.nan
    usable = _usable(names, level[:, since:before]) - eventful - {code}
    near, chosen = comparators.neighbours(code, usable), comparators.chosen(code, usable)

    def of(codes: Sequence[str]) -> list[int]:
        return [names.index(each) for each in codes]

    own_level = level[of([code])] if code in kept else np.full((1, len(starts)), np.nan)
    own_specific = specific[of([code])] if code in kept else np.full((1, len(starts)), np.nan)
    together = _sum(level[of(near)], specific[of(near)]) if near else (np.empty((0, len(starts))),) * 2
    panel = _panel(
        np.concatenate([own_level, together[0], level[of(chosen)]]),
        np.concatenate([own_specific, together[1], specific[of(chosen)]]),
        before,
    )
    common = [row.common_variance_value for row in own.values() if row.common_variance_value is not None]
    within = [row.completeness_share for on, row in own.items() if on >= starts[since]]
    complete = float(np.mean(within)) if within else 1.0
    if refusal is None and complete < COMPLETE:
        refusal = LowCompleteness(complete, COMPLETE)
    case = Case("all", code, panel, chosen, near, before, start, float(np.mean(common)) if common else 0.0,
                comparators.RULE, None, refusal)  # fmt: skip
    return _planned(case, 2 if near else 1)


def _comparable(
    conn: db.Connection, starts: Sequence[date], breaks: Sequence[Break], before: int
) -> tuple[int, Refusal | None]:
    """Give the first week since which all can be compared, and why that leaves too few weeks before an event."""
    since = 0
    refusal: Refusal | None = None
    for one in breaks:
        if one.variance is None and one.at >= since:
            since, refusal = one.at, SourceBreak(max(before - one.at, 0), policy.MINIMUM_BEFORE)
    for epoch in epochs.known(conn):
        at = -(-(epoch.start - starts[0]).days // 7) if starts else 0
        if epoch.former is None and since < at < len(starts):
            since, refusal = at, EpochBoundary(epoch.start)
    if min(before, len(starts)) - since >= policy.MINIMUM_BEFORE:
        return since, None
    return 0, refusal


def _of_settings(conn: db.Connection, code: str, window: Window, eventful: frozenset[str]) -> list[Case]:
    region = municipality(code).corop_code
    first = block_start(window.first)
    rows = [Share(*row) for row in db.tuples(conn, "policy_shares", {"first": first, "last": window.last})]
    first = min((row.block_start_date for row in rows), default=first)
    starts = _every(first, window.last - timedelta(days=BLOCK_DAYS - 7), BLOCK_DAYS)
    before = sum(start + timedelta(days=BLOCK_DAYS) <= window.event for start in starts)
    after = next((n for n, start in enumerate(starts) if start >= window.after), len(starts))
    cases = []
    for setting in shares.SETTINGS:
        found = [row for row in rows if row.label_code == setting]
        names = sorted({row.area_code for row in found} | {region})
        level, specific, size = (np.full((len(names), len(starts)), np.nan) for _ in range(3))
        for row in found:
            at = names.index(row.area_code), (row.block_start_date - first).days // BLOCK_DAYS
            if at[1] < len(starts):
                level[at], specific[at], size[at] = _odds(row)
        chosen = comparators.chosen_regions(code, _usable(names, level[:, :before]) - {region}, eventful)
        of = [names.index(each) for each in (region, *chosen)]
        panel = _panel(level[of], specific[of], before, weeks=4, size=size[of])
        case = Case(setting, region, panel, chosen, [], before, after, 0.0, comparators.REGION_RULE, None, None)
        cases.append(_planned(case, 1))
    return cases


def _planned(case: Case, others: int) -> Case:
    """Add the plan, or why there is none."""
    if case.refusal is not None:
        return case
    there, whole = case.panel.level.shape[1] - case.start, policy.AFTER // case.panel.weeks
    # Too early to tell: what could be told of half a year of weeks after is planned all the same.
    after = min(there, whole) if there * case.panel.weeks >= policy.MINIMUM_AFTER else whole
    try:
        return replace(case, plan=policy.plan(case.panel.until(case.before), after, others))
    except Refusal as error:
        return replace(case, refusal=error)


def _every(first: date, last: date, days: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(0, (last - first).days + 1, days)]


def _series(
    kept: Mapping[str, Mapping[date, Level]], starts: Sequence[date], steps: Mapping[int, Any]
) -> tuple[FloatArray, FloatArray]:
    """Give log levels and their own variances, (A, T), on today's calibration and the newest sources."""
    level, specific = (np.full((len(kept), len(starts)), np.nan) for _ in range(2))
    for a, rows in enumerate(kept.values()):
        now = max(rows.values(), key=lambda row: row.period_start_date)
        for on, row in rows.items():
            if row.point_count and row.specific_variance_value is not None:
                t = (on - starts[0]).days // 7
                level[a, t] = np.log(row.point_count) + trends.recalibrated(row, now)
                specific[a, t] = max(row.specific_variance_value, trends.NEAR_ZERO)
    for at, mean in steps.items():
        level[:, :at] += mean
    return level, specific


def _usable(names: Sequence[str], before: FloatArray) -> set[str]:
    if not before.size:
        return set()
    share = np.isfinite(before).mean(axis=1)
    return {name for name, one in zip(names, share, strict=True) if one >= ENOUGH}


def _sum(level: FloatArray, specific: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sum areas: log of the sum and its variance, both (1, T); NaN where one is missing."""
    total = np.exp(level).sum(axis=0)
    variance = (np.exp(2 * level) * specific).sum(axis=0) / total**2
    return np.log(total)[None], variance[None]


def _panel(
    level: FloatArray, specific: FloatArray, before: int, *, weeks: int = 1, size: FloatArray | None = None
) -> Panel:
    """Arrange a panel; the number whose chance counts is the mean before the event."""
    people = (np.exp(level) if size is None else size)[:, :before]
    seen = np.isfinite(people)
    mean = np.where(seen, people, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    return Panel(level, specific, np.maximum(mean, 1.0), weeks)


def _odds(row: Share) -> tuple[float, float, float]:
    """Give log odds of a share, its variance from its interval, and the number whose chance counts: n p (1 - p)."""
    ends = np.clip([row.point_share, row.lower_share, row.upper_share], 0.002, 0.998)
    point, lower, upper = np.log(ends / (1 - ends))
    number = row.identity_count * ends[0] * (1 - ends[0])
    return float(point), float(((upper - lower) / (2 * Z)) ** 2), float(number)
