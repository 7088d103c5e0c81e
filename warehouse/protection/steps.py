"""The four-step count of a week: advertisements, distinct texts, identities, advertisers, of regions and the country.

An advertisement is no person: one identity can hold many. So a count is protected in units of what one identity can hold: the
first of 1, 5, 20, 100 ... that is no less than the most that any one of them holds (`rules.HOLDINGS`). Somebody who comes or
goes moves the count by one unit at most, as in a count of identities; the error is the one that these identities have in
every figure of volume, in units, and the count is rounded to five units. Of fewer than 20 units nothing is printed, which
leaves nobody with more than a twentieth or so. The unit is public, and says of the largest holder its order of size only.

Source: top contributors in cell-key noise for magnitudes, Thompson, Broadfoot and Elazar (2013), UNECE work session on
statistical data confidentiality.

The last step is the volume as it is printed, and where that is not published no step is. Deflators and their intervals are
made of printed numbers only.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Final

from scipy.stats import beta

from warehouse.protection.cells import BELOW, PUBLISHED, WITHHELD, Area, CellId, VolumeFigure
from warehouse.protection.noise import draw
from warehouse.protection.rounding import nearest
from warehouse.protection.rows import StepEstimate, StepFigure
from warehouse.protection.rules import COUNT_STEP, HOLDINGS, VOLUME, RuleSet

STEPS: Final = ("advertisements", "distinct", "identities", "advertisers")
COUNTRY: Final = "NL"
_Z: Final = 1.959963984540054
_Steps = dict[str, StepFigure]


def protect_steps(
    estimates: Iterable[StepEstimate],
    volumes: Iterable[VolumeFigure],
    areas: Mapping[str, Area],
    record_key: bytes,
    rule: RuleSet = COUNT_STEP,
) -> list[StepFigure]:
    """Protect the four-step counts of one release.

    Args:
        estimates: unprotected rows; those of the last step and of other areas are left aside.
        volumes: protected volumes of the same release.
        areas: areas by code.
        record_key: noise key, 32 bytes.
        rule: rule set of the cube.

    Returns:
        Four rows for each region and the country in each week that occurs in `estimates`, in order of week, area and step.
        A region whose volume is not published carries its word in all four.
    """
    rows = list(estimates)
    known = {(row.week_start_date, row.area_code, row.step_code): row for row in rows}
    printed = {row.cell: row for row in volumes}
    regions = sorted(code for code, area in areas.items() if area.level_code == "corop")
    figures = []
    for week in sorted({row.week_start_date for row in rows}):
        told: dict[str, _Steps] = {}
        for area in (*regions, COUNTRY):
            volume = printed.get(CellId("week", week, area, "all"))
            mine = [known[week, area, step] for step in STEPS[:-1] if (week, area, step) in known]
            told[area] = _of_area(week, area, mine, volume, (record_key, rule))
        _keep_the_rest(told, {area: known.get((week, area, STEPS[0])) for area in told}, rule)
        figures += [told[area][step] for area in sorted(told) for step in STEPS]
    return figures


def _of_area(
    week: date, area: str, rows: Sequence[StepEstimate], volume: VolumeFigure | None, by: tuple[bytes, RuleSet]
) -> _Steps:
    rule = by[1]
    if volume is None or volume.status_code != PUBLISHED or volume.advertiser_count is None:
        why = (volume.status_code, volume.reason_code) if volume else (WITHHELD, "not_published")
        return {step: StepFigure(week, area, step, *why) for step in STEPS}
    told = {row.step_code: _counted(row, by) for row in rows}
    told |= {step: StepFigure(week, area, step, WITHHELD, "no_data") for step in STEPS[:-1] if step not in told}
    told[STEPS[3]] = StepFigure(
        week,
        area,
        STEPS[3],
        PUBLISHED,
        "",
        volume.advertiser_count,
        volume.lower_count,
        volume.upper_count,
        rule.rounding,
    )
    if told["identities"].status_code != PUBLISHED:
        return _withheld(told, told["identities"].reason_code)
    for before, now in pairwise(STEPS):
        told[now] = _deflated(told[before], told[now], rule)
    return told


def _withheld(told: Mapping[str, StepFigure], reason: str) -> _Steps:
    return {step: StepFigure(row.week_start_date, row.area_code, step, WITHHELD, reason) for step, row in told.items()}


def _counted(row: StepEstimate, by: tuple[bytes, RuleSet]) -> StepFigure:
    """Protect a count in units of what one identity can hold."""
    record_key, rule = by
    at = (row.week_start_date, row.area_code, row.step_code)
    n, unit = row.identity_count or 0, _unit(row.largest_count)
    if unit is None or not row.cell_number or n < rule.threshold:
        return StepFigure(*at, WITHHELD, "small_denominator")
    # One set of people has one error, that of its volume: another for each step would average out.
    error = draw(record_key, VOLUME.cube, row.cell_number, n, rule.noise)
    units = row.point_count / unit
    shown = nearest(units + error, rule.rounding)
    if min(units, shown, n) < rule.share_denominator:
        return StepFigure(*at, WITHHELD, "small_denominator" if row.step_code == "identities" else "dominance")
    blur = rule.rounding * math.ceil(_blur(rule) / rule.rounding)
    lower, upper = max(shown - blur, rule.rounding), shown + blur
    return StepFigure(*at, PUBLISHED, "", shown * unit, lower * unit, upper * unit, rule.rounding * unit)


def _unit(largest: int | None) -> int | None:
    return next((holding for holding in HOLDINGS if largest is not None and largest <= holding), None)


def _blur(rule: RuleSet) -> float:
    """Give half the 95 % interval of what noise and rounding do, in units."""
    return _Z * math.sqrt(rule.noise.variance + (rule.rounding**2 - 1) / 12)


def _deflated(before: StepFigure, now: StepFigure, rule: RuleSet) -> StepFigure:
    """Tell what a step keeps of the one before it, from what is printed of both."""
    if not before.step_count or not now.step_count:
        return now
    first, second = before.step_count, now.step_count
    ratio = second / first
    spread = [_blur(rule) * (row.rounding_count or 0) / rule.rounding / (row.step_count or 1) for row in (before, now)]
    if now.step_code == STEPS[3]:
        # The volume's own interval has its noise already.
        low, high = (now.lower_count or 0) / first, (now.upper_count or 0) / first
        below, above = (math.hypot(abs(ratio - end), ratio * spread[0]) for end in (low, high))
    else:
        kept = min(second, first)
        low, high = (float(beta.ppf(p, kept + 0.5, first - kept + 0.5)) for p in (0.025, 0.975))
        noise = ratio * math.hypot(*spread)
        below, above = math.hypot(max(ratio - low, 0.0), noise), math.hypot(max(high - ratio, 0.0), noise)
    scale = 10**rule.share_digits
    share = round(ratio, rule.share_digits)
    if now.step_code != STEPS[3] and not 0.0 < share < 1.0:
        return now
    lower = math.floor(scale * max(ratio - below, 0.0)) / scale
    return replace(
        now,
        deflator_value=share,
        lower_deflator_value=min(lower, share),
        upper_deflator_value=max(math.ceil(scale * (ratio + above)) / scale, share),
    )


def _keep_the_rest(told: dict[str, _Steps], rows: Mapping[str, StepEstimate | None], rule: RuleSet) -> None:
    """Withhold the country where it is hardly more than what regions print, or says of the labels that somebody is there."""
    country = told[COUNTRY]["identities"]
    if country.step_count is None:
        return
    regions = [told[area]["identities"] for area in told if area != COUNTRY]
    printed = [row.step_count for row in regions if row.step_count is not None]
    behind = [row.identity_count or 0 for area, row in rows.items() if row is not None and area != COUNTRY
              and told[area]["identities"].step_count is not None]  # fmt: skip
    whole = rows[COUNTRY]
    if whole is None or (whole.identity_count or 0) - max(behind, default=0) < rule.threshold:
        told[COUNTRY] = _withheld(told[COUNTRY], "complement")
        return
    blur = (rule.rounding - 1) // 2 + rule.noise.bound
    least = country.step_count - blur - sum(count + blur for count in printed)
    hidden = [row for row in regions if row.step_count is None]
    if hidden and least > 0 and all(row.status_code == BELOW for row in hidden):
        told[COUNTRY] = _withheld(told[COUNTRY], "secondary")
