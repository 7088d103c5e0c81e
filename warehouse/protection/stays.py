"""How long people stay and how they move on, by quarter: shares from protected parts, quartiles with a blur of their own.

A share. What is estimated is a share p of n identities. Both parts are protected like any count: n with the error that its
identities always get, p n with the error of those whom the share counts, both rounded to 5. The share is the one divided by
the other and both are printed, so that it says nothing that they do not. Its interval takes the ends of p n, the noise of
both and their rounding.

A quartile is no count, but it moves along the curve of stays as identities come and go: e of n identities more on one side
move it by e / n in rank. Sampling moves a quartile at q by sqrt(q (1 - q) / n) in rank, which is s in days, s the standard
error of the estimate. So an error of e identities moves it by e s / sqrt(n q (1 - q)) days (the curve taken as straight so
near by; Serfling 1980, section 2.3). Lengths are rounded to weeks or to five days, ends outwards. On each side of a quartile there must be the threshold.

Who stands behind is told by `warehouse.estimates.behind`. Nobody is more than half of them: of 20 identities none has more
than ten stays in the 17 weeks that are linked, since a break lasts over ten days, and a share counts each once.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from warehouse.areas import COUNTRY, EVERYWHERE, MOVEMENT_STATES, REGION
from warehouse.calendar import BLOCK_DAYS, quarter_told
from warehouse.protection.cells import PUBLISHED, UNRELIABLE, WITHHELD, Area, MovementEstimate, Status
from warehouse.protection.noise import draw
from warehouse.protection.rounding import Z, nearest, protect_value
from warehouse.protection.rows import StayEstimate, StayFigure
from warehouse.protection.rules import STAY, STAY_ROUNDING, RuleSet

QUARTILES: Final = {"dwell_lower_quartile": 0.25, "dwell_median": 0.5, "dwell_upper_quartile": 0.75}
CAROUSEL, ONE_PLACE = "carousel_share", "one_place_share"
SMALL_SIDE, SMALL_DENOMINATOR, COMPLEMENT, ZERO_OR_ALL = "small_side", "small_denominator", "complement", "zero_or_all"
TOO_FEW_SEEN: Final = "too_few_seen"
_Key = tuple[str, str]


def protect_stays(
    estimates: Iterable[StayEstimate],
    movements: Iterable[MovementEstimate],
    areas: Mapping[str, Area],
    record_key: bytes,
    rule: RuleSet = STAY,
) -> list[StayFigure]:
    """Protect what is told of a quarter; nothing on other days than the one that tells it.

    Args:
        estimates: unprotected rows; what is told of the block's flows (arrivals, departures) is left to the flows.
        movements: unprotected flows of the same vintage: they say whether anything could be seen.
        areas: areas by code.
        record_key: noise key, 32 bytes.
        rule: rule set of the cube.

    Returns:
        A row for each figure and each area that it is told of, whoever was seen there, in order of quarter, area, figure.
        Where nobody was and where nineteen were look the same.
    """
    flows, rows = list(movements), list(estimates)
    figures = []
    for start in sorted({row.block_start_date for row in flows} | {row.block_start_date for row in rows}):
        quarter = quarter_told(start + timedelta(days=BLOCK_DAYS - 1))
        if quarter is None:
            continue
        blind = _blind([row for row in flows if row.block_start_date == start])
        known = {(row.area_code, row.figure_code): row for row in rows if row.block_start_date == start}
        told = {
            key: StayFigure(quarter, *key, UNRELIABLE, blind)
            if blind
            else _figure(quarter, key, known, record_key, rule)
            for key in told_of(areas)
        }
        _keep_the_rest(told, known, rule)
        figures += [told[key] for key in sorted(told)]
    return figures


def told_of(areas: Mapping[str, Area]) -> list[_Key]:
    """List area and figure of everything that a quarter tells."""
    wide = [(EVERYWHERE, CAROUSEL), (EVERYWHERE, ONE_PLACE), (REGION, "new_to_region_share")]
    states = [(s, code) for s in MOVEMENT_STATES for code in ("return_share", *(f"{q}_weeks" for q in QUARTILES))]
    levels = ("municipality", "corop")
    places = [code for code, area in areas.items() if area.level_code in levels or code == COUNTRY]
    return [*wide, *states, *((code, f"{q}_days") for code in places for q in QUARTILES)]


def _blind(flows: list[MovementEstimate]) -> str:
    """Say why nothing could be told of the whole block; empty where something could, or where few were there."""
    reasons = {row.refusal_code for row in flows}
    reason = reasons.pop() if len(reasons) == 1 else None
    return "" if reason in (None, TOO_FEW_SEEN) else str(reason)


def _figure(
    quarter: date, key: _Key, known: Mapping[_Key, StayEstimate], record_key: bytes, rule: RuleSet
) -> StayFigure:
    row = known.get(key)
    if row is None or row.cell_number == 0 or row.identity_count < rule.share_denominator:
        return _without(quarter, key, WITHHELD, SMALL_DENOMINATOR)
    whole = nearest(
        row.identity_count + draw(record_key, rule.cube, row.cell_number, row.identity_count, rule.noise), rule.rounding
    )
    if whole < rule.share_denominator:
        return _without(quarter, key, WITHHELD, SMALL_DENOMINATOR)
    if key[1].endswith("_share"):
        return _share(quarter, key, row, whole, (record_key, rule))
    return _stay(quarter, key, row, whole, (record_key, rule))


def _without(quarter: date, key: _Key, status: Status, reason: str) -> StayFigure:
    return StayFigure(quarter, *key, status, reason)


def _share(quarter: date, key: _Key, row: StayEstimate, whole: int, by: tuple[bytes, RuleSet]) -> StayFigure:
    record_key, rule = by
    n, seen = row.identity_count, row.part_count or 0
    if row.refusal_code is not None or row.point_value is None:
        return _without(quarter, key, UNRELIABLE, row.refusal_code or "no_estimate")
    counted = row.point_value * n
    if min(counted, n - counted, seen, n - seen) < rule.threshold:
        return _without(quarter, key, WITHHELD, COMPLEMENT)
    error = draw(record_key, rule.cube, row.part_cell_number or 0, seen, rule.noise)
    lower, upper = (None if end is None else end * n for end in (row.lower_value, row.upper_value))
    part = protect_value(counted, lower, upper, None, error, rule)
    if part.count < rule.threshold or whole - part.count < rule.threshold:
        return _without(quarter, key, WITHHELD, COMPLEMENT)
    scale = 10**rule.share_digits
    share = round(part.count / whole, rule.share_digits)
    if not 0.0 < share < 1.0:
        return _without(quarter, key, WITHHELD, ZERO_OR_ALL)
    blur = rule.rounding * math.ceil(_spread(rule.noise.variance + (rule.rounding**2 - 1) / 12) / rule.rounding)
    low = math.floor(scale * part.lower / (whole + blur)) / scale
    high = math.ceil(scale * part.upper / max(whole - blur, 1)) / scale
    return StayFigure(
        quarter,
        *key,
        PUBLISHED,
        "",
        advertiser_share=share,
        lower_share=max(min(low, share), 1 / scale),
        upper_share=min(max(high, share), 1 - 1 / scale),
        part_count=part.count,
        whole_count=whole,
    )


def _spread(variance: float) -> float:
    return Z * math.sqrt(variance)


def _stay(quarter: date, key: _Key, row: StayEstimate, whole: int, by: tuple[bytes, RuleSet]) -> StayFigure:
    record_key, rule = by
    name, unit = key[1].rsplit("_", 1)
    q, n = QUARTILES[name], row.identity_count
    if min(q, 1 - q) * min(n, whole) < rule.threshold:
        return _without(quarter, key, WITHHELD, SMALL_SIDE)
    if row.refusal_code is not None or row.point_value is None:
        return _without(quarter, key, UNRELIABLE, row.refusal_code or "no_estimate")
    point = row.point_value
    below = point - row.lower_value if row.lower_value is not None else 0.0
    above = row.upper_value - point if row.upper_value is not None else 0.0
    each = (below + above) / (2 * Z) / math.sqrt(n * q * (1 - q))
    moved = max(point + each * draw(record_key, rule.cube, row.cell_number, n, rule.noise), 0.0)
    step = STAY_ROUNDING[unit]
    shown = max(nearest(moved, step), step)
    # As of every count, the ends are made from the rounded figure: nothing tells what was rounded away.
    blur = _spread(each * each * rule.noise.variance + step * step / 12)
    lower = step * math.floor(max(shown - math.hypot(below, blur), 0.0) / step)
    upper = step * math.ceil((shown + math.hypot(above, blur)) / step)
    return StayFigure(
        quarter,
        *key,
        PUBLISHED,
        "",
        stay_count=shown,
        lower_count=lower,
        upper_count=upper,
    )


def _keep_the_rest(told: dict[_Key, StayFigure], known: Mapping[_Key, StayEstimate], rule: RuleSet) -> None:
    """Withhold the share in one place where those in two, whom the two shares leave, are fewer than the threshold."""
    many, one = ((EVERYWHERE, code) for code in (CAROUSEL, ONE_PLACE))
    if told[many].status_code != PUBLISHED or told[one].status_code != PUBLISHED:
        return
    n = known[many].identity_count
    seen = n - (known[many].part_count or 0) - (known[one].part_count or 0)
    counted = n * (1 - (known[many].point_value or 0.0) - (known[one].point_value or 0.0))
    printed = (told[many].whole_count or 0) - (told[many].part_count or 0) - (told[one].part_count or 0)
    if min(seen, counted, printed) < rule.threshold:
        told[one] = StayFigure(told[one].quarter_start_date, *one, WITHHELD, COMPLEMENT)
