"""The four-step count of a week: advertisements, distinct texts, identities, advertisers, of regions and the country.

An advertisement is no person: one identity can hold many. So a count is protected in units of what one identity can hold: the
first of 5, 20, 100 ... that is no less than the most that any one of them holds (`rules.HOLDINGS`), and 1 of identities.
Somebody who comes or goes moves the count by one unit at most, as in a count of identities; the error is in units, and the
count is rounded to five units. What would print fewer than 20 units is not printed. With an error of five at most and half
the rounding that leaves nobody with more than one part in 12.5. The unit is public, and says of the largest holder its
order of size only.

Everybody can count advertisements and texts, and so learn the error that we gave them. They have errors of their own, or
who counts them could take the error off the number of people. Identities are the people of the volume, and have its error:
a second one would average out. So has a unit of 1 no place in the first two steps: where everybody holds one
advertisement, their number would be a second look at the number of people.

Whether a step is told hangs on what it would print, on the unit and on whether there is a row: on the number of people
behind it a refusal would tell of that number, beside a volume with the same error. The threshold is that of the volume.

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
from warehouse.protection.rounding import Z, nearest, upward
from warehouse.protection.rows import StepEstimate, StepFigure
from warehouse.protection.rules import COUNT_STEP, HOLDINGS, VOLUME, RuleSet

STEPS: Final = ("advertisements", "distinct", "identities", "advertisers")
COUNTRY: Final = "NL"
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
    is_people = row.step_code == "identities"
    holdings = HOLDINGS[:1] if is_people else HOLDINGS[1:]
    unit = next((each for each in holdings if row.largest_count is not None and row.largest_count <= each), None)
    if unit is None or not row.cell_number:
        return StepFigure(*at, WITHHELD, "small_denominator")
    kind = VOLUME.cube if is_people else f"{rule.cube}/{row.step_code}"
    error = draw(record_key, kind, row.cell_number, row.identity_count or 0, rule.noise)
    shown = nearest(row.point_count / unit + error, rule.rounding)
    if shown < rule.share_denominator:
        return StepFigure(*at, WITHHELD, "small_denominator" if is_people else "dominance")
    blur = upward(_blur(rule), rule.rounding)
    # What prints just the least is printed where its error is large: its lower end reaches as far down as an error can.
    farthest = upward(rule.noise.bound + rule.rounding / 2, rule.rounding)
    below = farthest if shown == rule.share_denominator else blur
    lower, upper = shown - below, shown + blur
    return StepFigure(*at, PUBLISHED, "", shown * unit, lower * unit, upper * unit, rule.rounding * unit)


def _blur(rule: RuleSet) -> float:
    """Give half the 95 % interval of what noise and rounding do, in units."""
    return Z * math.sqrt(rule.noise.variance + (rule.rounding**2 - 1) / 12)


def _deflated(before: StepFigure, now: StepFigure, rule: RuleSet) -> StepFigure:
    """Tell what a step keeps of the one before it, from what is printed of both."""
    if not before.step_count or not now.step_count:
        return now
    first, second = before.step_count, now.step_count
    ratio = second / first
    # It is smaller where there are fewer now or were more before; the volume's own interval has its noise already.
    least, most = (abs((end or 0) - second) / first for end in (now.lower_count, now.upper_count))
    fewer, more = (ratio * abs((end or 0) - first) / first for end in (before.lower_count, before.upper_count))
    low = high = ratio
    if now.step_code != STEPS[3]:
        kept = min(second, first)
        low, high = (float(beta.ppf(p, kept + 0.5, first - kept + 0.5)) for p in (0.025, 0.975))
    below, above = math.hypot(max(ratio - low, 0.0), least, more), math.hypot(max(high - ratio, 0.0), most, fewer)
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
