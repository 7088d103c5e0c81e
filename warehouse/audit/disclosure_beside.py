"""A10 and A3 on the cubes beside volumes, flows and languages: stays, the four-step count, effects of policy.

Written apart from the rules it checks: it goes from what is printed back to who stands behind it.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from warehouse.audit.ratios import recover
from warehouse.audit.view import PROTECTED, WIDE_ENOUGH
from warehouse.protection.gate import Estimates
from warehouse.protection.rows import Beside, PolicyEffectFigure, StayEstimate, StayFigure, StepFigure

LEAST: Final = 10
LEAST_DENOMINATOR: Final = 20
_EPSILON: Final = 1e-9
_STEPS: Final = ("advertisements", "distinct", "identities", "advertisers")


def found(beside: Beside, estimates: Estimates) -> list[str]:
    """List printed cells that break a rule of disclosure, by their public coordinates and the rule."""
    return sorted(
        {*_stays(beside.stays, estimates), *_steps(beside.steps, estimates), *_effects(beside.effects, estimates)}
    )


def checked(beside: Beside) -> int:
    """Count the rows that the scan goes through."""
    return sum(len(rows) for rows in beside)


def ratio_count(beside: Beside) -> int:
    """Count the printed ratios of parts."""
    shares = sum(row.advertiser_share is not None for row in beside.stays)
    return shares + sum(row.deflator_value is not None for row in beside.steps)


def narrowed(beside: Beside) -> list[str]:
    """A3: find ratios that say more than their printed parts, so that a count behind them is narrowed.

    A ratio that equals that of the printed parts is a sum that the reader could have done himself.
    """
    shares = [
        f"stay {row.quarter_start_date} {row.area_code} {row.figure_code}"
        for row in beside.stays
        if row.advertiser_share is not None
        and _tells(row.part_count or 0, row.whole_count or 0, row.advertiser_share, 1)
    ]
    steps: dict[tuple[date, str], dict[str, StepFigure]] = {}
    for step in beside.steps:
        steps.setdefault((step.week_start_date, step.area_code), {})[step.step_code] = step
    for (week, area), rows in steps.items():
        for before, now in pairwise(rows[code] for code in _STEPS if code in rows):
            parts, unit = (now.step_count or 0, before.step_count or 0), before.rounding_count or PROTECTED.rounding
            if now.deflator_value is not None and _tells(*parts, now.deflator_value, unit // PROTECTED.rounding):
                shares.append(f"step {week} {area} {now.step_code}")
    return sorted(shares)


def _tells(top: int, bottom: int, ratio: float, unit: int) -> bool:
    if not top or not bottom:
        return True  # a ratio of something that is not printed tells of it
    if abs(round(top / bottom, PROTECTED.share_digits) - ratio) <= _EPSILON:
        return False
    blur = PROTECTED.blur * unit
    left = recover(top, bottom, ratio, blur=blur, digits=PROTECTED.share_digits).numerators
    return 0 < len(left) < min(WIDE_ENOUGH, 2 * blur + 1)


def _stays(figures: Iterable[StayFigure], estimates: Estimates) -> Iterator[str]:
    truth = {(row.area_code, row.figure_code): row for row in estimates.stays}
    printed = {}
    for figure in figures:
        if figure.advertiser_share is None and figure.stay_count is None:
            continue
        row = truth.get((figure.area_code, figure.figure_code))
        if row is None or row.identity_count < LEAST_DENOMINATOR or not row.cell_number:
            yield f"{_stay_name(figure)}: small"
            continue
        printed[figure.figure_code] = row
        yield from _share(figure, row) if figure.advertiser_share is not None else _length(figure, row)
    if {"carousel_share", "one_place_share"} <= printed.keys():
        many, one = printed["carousel_share"], printed["one_place_share"]
        if many.identity_count - (many.part_count or 0) - (one.part_count or 0) < LEAST:
            yield "stay carousel_share and one_place_share: all but a few"


def _stay_name(figure: StayFigure) -> str:
    return f"stay {figure.quarter_start_date} {figure.area_code} {figure.figure_code}"


def _length(figure: StayFigure, row: StayEstimate) -> Iterator[str]:
    if row.identity_count < LEAST * (2 if "median" in figure.figure_code else 4):
        yield f"{_stay_name(figure)}: small side"
    counts = (figure.stay_count, figure.lower_count, figure.upper_count)
    if figure.figure_code.endswith("_days") and any((count or 0) % 5 for count in counts):
        yield f"{_stay_name(figure)}: to the day"


def _share(figure: StayFigure, row: StayEstimate) -> Iterator[str]:
    n, seen, share = row.identity_count, row.part_count or 0, row.point_value or 0.0
    if min(share * n, (1 - share) * n, seen, n - seen) < LEAST - _EPSILON:
        yield f"{_stay_name(figure)}: small part or rest"
    part, whole = figure.part_count or 0, figure.whole_count or 0
    if part < LEAST or whole - part < LEAST or whole < LEAST_DENOMINATOR:
        yield f"{_stay_name(figure)}: small printed"
    if any(end in (None, 0.0, 1.0) for end in (figure.advertiser_share, figure.lower_share, figure.upper_share)):
        yield f"{_stay_name(figure)}: none or all"


def _steps(figures: Iterable[StepFigure], estimates: Estimates) -> Iterator[str]:
    truth = {(row.week_start_date, row.area_code, row.step_code): row for row in estimates.steps}
    people = {(row.period_start_date, row.area_code): row.identity_count for row in estimates.volumes
              if row.period_code == "week" and row.setting_code == "all"}  # fmt: skip
    for figure in figures:
        if figure.step_count is None or figure.step_code == "advertisers":
            continue
        at = (figure.week_start_date, figure.area_code, figure.step_code)
        name = f"step {at[0]} {at[1]} {at[2]}"
        row, unit = truth.get(at), (figure.rounding_count or 5) / 5
        if row is None or people.get(at[:2], 0) < LEAST or figure.step_count < LEAST_DENOMINATOR * unit:
            yield f"{name}: small"
            continue
        if row.largest_count is None or row.largest_count > unit or row.largest_count > row.point_count / LEAST:
            yield f"{name}: dominated"
        if row.step_code == "identities" and row.point_count != people[at[:2]]:
            yield f"{name}: not the people of the volume"
        inner = [n for (week, area), n in people.items() if week == at[0] and area.startswith("CR")
                 and any(f.area_code == area and f.week_start_date == week and f.step_count for f in figures)]  # fmt: skip
        if figure.area_code == "NL" and people[at[:2]] - max(inner, default=0) < LEAST:
            yield f"{name}: all but a few in one part"


def _effects(figures: Iterable[PolicyEffectFigure], estimates: Estimates) -> Iterator[str]:
    truth = {(row.event_code, row.until_date, row.outcome_code): row for row in estimates.effects}
    for figure in figures:
        name = f"effect {figure.event_code} {figure.until_date} {figure.outcome_code}"
        row = truth.get((figure.event_code, figure.until_date, figure.outcome_code))
        numbers = (figure.ratio_value, figure.lower_change_count, figure.lower_neighbour_change_count)
        if any(number is not None for number in numbers) and (row is None or row.hidden_count or not row.level_count):
            yield f"{name}: of figures that are not published"
        if row is not None and row.hidden_neighbour_count and (figure.neighbour_codes or numbers[2] is not None):
            yield f"{name}: of neighbours that are not published"
        ratios = (figure.ratio_value, figure.lower_ratio_value, figure.upper_ratio_value, figure.displaced_value)
        if any(ratio is not None and abs(ratio * 20 - round(ratio * 20)) > 1e-6 for ratio in ratios):
            yield f"{name}: ratio too fine"
        changes = (
            figure.change_count, figure.lower_change_count, figure.upper_change_count, figure.neighbour_change_count,
            figure.lower_neighbour_change_count, figure.upper_neighbour_change_count,
        )  # fmt: skip
        if any(change is not None and (change % 5 or 0 < abs(change) < LEAST) for change in changes):
            yield f"{name}: small change"
        if figure.effect_code in ("lower", "higher") and not math.isfinite(figure.ratio_value or math.nan):
            yield f"{name}: said without a figure"
