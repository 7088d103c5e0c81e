"""What events of policy did: told where the figures that it was made from are public, and blurred by one more error.

A ratio is a mean over many weeks of unprotected levels against a foretold one. It gets an error of its own, as many
advertisers as a volume's, drawn by the event and the outcome: estimated again with more weeks it keeps that error. In the
ratio this is e / M of it, M the mean printed level after the event. Then it is rounded to .05, ends outwards; changes are
rounded to 5, and under ten not told. Ends are made from the rounded figure. What is said in words goes by what is printed: an effect is one where the printed
interval leaves out 1.
"""

import math
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

from warehouse.protection.cells import PUBLISHED, UNRELIABLE, WITHHELD, Status
from warehouse.protection.noise import draw
from warehouse.protection.rounding import nearest
from warehouse.protection.rows import PolicyEffectEstimate, PolicyEffectFigure, PolicyEvent
from warehouse.protection.rules import POLICY_EFFECT, RATIO_ROUNDING, RuleSet

NOT_PUBLISHED: Final = "not_published"
CANNOT_TELL: Final = "cannot_tell"
_Z: Final = 1.959963984540054
_EPSILON: Final = 1e-9
_Three = tuple[int | None, int | None, int | None]


def protect_events(events: Iterable[PolicyEvent]) -> list[PolicyEvent]:
    """Give the events in order: public facts, which need no protection."""
    return sorted(events, key=lambda event: event.event_code)


def protect_effects(
    estimates: Iterable[PolicyEffectEstimate], record_key: bytes, rule: RuleSet = POLICY_EFFECT
) -> list[PolicyEffectFigure]:
    """Protect effects of policy.

    Args:
        estimates: unprotected rows, with what readers know of the figures behind them.
        record_key: noise key, 32 bytes.
        rule: rule set of the cube.

    Returns:
        A row for each, in order of event, day and outcome. Withheld where a period behind it is not published.
    """
    ordered = sorted(estimates, key=lambda row: (row.event_code, row.until_date, row.outcome_code))
    return [_figure(row, record_key, rule) for row in ordered]


def _figure(row: PolicyEffectEstimate, record_key: bytes, rule: RuleSet) -> PolicyEffectFigure:
    hidden = _why_hidden(row, rule)
    if hidden is not None or row.ratio_value is None or row.level_count is None:
        return _row(row, hidden or (UNRELIABLE, "no_estimate"), ("", ""), (None, None, None))
    error = _error(row, "own", record_key, rule)
    part = error / row.level_count
    spread = _Z * math.sqrt(rule.noise.variance) / row.level_count
    ratio = _ratio((row.ratio_value, row.lower_ratio_value, row.upper_ratio_value), part, spread)
    change = _change((row.change_value, row.lower_change_value, row.upper_change_value), error, rule)
    near: _Three = (None, None, None)
    if row.hidden_neighbour_count == 0:
        ends = (row.neighbour_change_value, row.lower_neighbour_change_value, row.upper_neighbour_change_value)
        near = _change(ends, _error(row, "neighbours", record_key, rule), rule)
    effect = "no_demonstrable_effect"
    if row.is_demonstrable and not ratio[1] <= 1.0 <= ratio[2]:
        effect = "lower" if ratio[2] < 1.0 else "higher"
    verdict = ""
    if row.outcome_code == "all":
        is_told = effect in ("lower", "higher") and near[1] is not None
        verdict = row.verdict_code or CANNOT_TELL if is_told else CANNOT_TELL
    return _row(row, (PUBLISHED, ""), (effect, verdict), ratio, change, near)


def _why_hidden(row: PolicyEffectEstimate, rule: RuleSet) -> tuple[Status, str] | None:
    if row.hidden_count > 0:
        return WITHHELD, NOT_PUBLISHED
    if row.refusal_code is not None:
        return UNRELIABLE, row.refusal_code
    if row.level_count is None or row.level_count < rule.threshold:
        return WITHHELD, NOT_PUBLISHED
    return None


def _error(row: PolicyEffectEstimate, part: str, record_key: bytes, rule: RuleSet) -> int:
    """Draw the error that an event's outcome always gets, whatever weeks it is estimated from."""
    digest = sha256(f"{row.event_code}/{row.outcome_code}/{part}".encode()).digest()
    number = int.from_bytes(digest[:8], "big") >> 1
    return draw(record_key, rule.cube, number, rule.noise.bound, rule.noise)


def _ratio(values: Sequence[float | None], part: float, spread: float) -> tuple[float, float, float]:
    point, lower, upper = (float(value or 0.0) for value in values)
    shown = max(nearest(point * (1 + part) / RATIO_ROUNDING, 1), 1) * RATIO_ROUNDING
    # As of every count, the ends are made from the rounded figure: nothing tells what was rounded away.
    blur = math.hypot(spread, _Z * RATIO_ROUNDING / math.sqrt(12) / shown)
    below, above = (math.hypot(math.log(max(end, _EPSILON) / point), blur) for end in (lower, upper))
    return round(shown, 2), down(shown * math.exp(-below)), up(shown * math.exp(above))


def down(ratio: float) -> float:
    """Round a ratio down to the rounding of ratios, at least to one step.

    >>> down(0.83), down(0.02)
    (0.8, 0.05)
    """
    return round(max(math.floor(ratio / RATIO_ROUNDING + _EPSILON), 1) * RATIO_ROUNDING, 2)


def up(ratio: float) -> float:
    """Round a ratio up to the rounding of ratios.

    >>> up(0.83), up(1.2)
    (0.85, 1.2)
    """
    return round(max(math.ceil(ratio / RATIO_ROUNDING - _EPSILON), 1) * RATIO_ROUNDING, 2)


def _change(values: Sequence[float | None], error: int, rule: RuleSet) -> _Three:
    point, lower, upper = values
    if point is None or lower is None or upper is None:
        return None, None, None
    shown = nearest(point + error, rule.rounding)
    blur = _Z * math.sqrt(rule.noise.variance + rule.rounding**2 / 12)
    low = lower_end(shown - math.hypot(max(point - lower, 0.0), blur), rule)
    high = -lower_end(-(shown + math.hypot(max(upper - point, 0.0), blur)), rule)
    return shown if min(abs(shown), abs(point)) >= rule.threshold else None, low, high


def lower_end(value: float, rule: RuleSet = POLICY_EFFECT) -> int:
    """Round the lower end of a change down; none is between 0 and the threshold, on either side.

    >>> [lower_end(value) for value in (-12.0, -3.0, 0.0, 7.0, 13.0)]
    [-15, -10, 0, 0, 10]
    """
    if -rule.threshold <= value < 0:
        return -rule.threshold
    if 0 <= value < rule.threshold:
        return 0
    return rule.rounding * math.floor(value / rule.rounding)


def _row(
    row: PolicyEffectEstimate,
    status: tuple[Status, str],
    words: tuple[str, str],
    ratio: tuple[float | None, float | None, float | None],
    change: _Three = (None, None, None),
    near: _Three = (None, None, None),
) -> PolicyEffectFigure:
    is_told = row.hidden_count == 0
    displaced = None
    if change[0] is not None and near[0] is not None:
        displaced = round(nearest(-near[0] / change[0] / RATIO_ROUNDING, 1) * RATIO_ROUNDING, 2)
    fall, rise = row.detectable_fall_value, row.detectable_rise_value
    return PolicyEffectFigure(
        row.event_code,
        row.until_date,
        row.outcome_code,
        row.area_code,
        *status,
        *words,
        *ratio,
        down(fall) if fall is not None and is_told else None,
        up(rise) if rise is not None and is_told else None,
        *change,
        sorted(row.neighbour_codes) if near[1] is not None else [],
        *near,
        displaced,
        row.before_count if is_told else 0,
        row.after_count if is_told else 0,
        row.comparator_count if is_told else 0,
        row.placebo_count if is_told else 0,
        row.beyond_count if is_told else 0,
    )
