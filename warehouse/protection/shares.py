"""Ratios from protected figures only: a share says nothing that its published parts do not say."""

import math
from collections.abc import Iterable, Mapping
from datetime import date

from warehouse.protection.cells import BELOW, PUBLISHED, UNRELIABLE, WITHHELD, ShareFigure, Status, VolumeFigure
from warehouse.protection.rules import SHARE, RuleSet


def _bounds(figure: VolumeFigure, rule: RuleSet) -> tuple[float, float, float]:
    """Give value, lower and upper end of a part as printed; "minder dan 10" counts as its middle."""
    if figure.advertiser_count is None:
        return rule.threshold / 2, 0.0, rule.threshold - 1.0
    return float(figure.advertiser_count), float(figure.lower_count or 0), float(figure.upper_count or 0)


def setting_shares(figures: Iterable[VolumeFigure], rule: RuleSet = SHARE) -> list[ShareFigure]:
    """Derive home, club and escort shares of each area from its published block figures.

    Args:
        figures: protected volume figures; those of other periods and classes are left aside.
        rule: rule set of the shares.

    Returns:
        One row an area and class, in order of block, area, class. A part "minder dan 10" enters as 5 (0 to 9); a part
        withheld for protection withholds all shares of its area.
    """
    groups: dict[tuple[date, str], dict[str, VolumeFigure]] = {}
    for figure in figures:
        if figure.period_code == "block" and figure.setting_code in rule.settings:
            groups.setdefault((figure.period_start_date, figure.area_code), {})[figure.setting_code] = figure
    return [row for (start, area), parts in sorted(groups.items()) for row in _of_area(start, area, parts, rule)]


def _of_area(start: date, area: str, parts: Mapping[str, VolumeFigure], rule: RuleSet) -> list[ShareFigure]:
    blocked = _why_blocked(parts, rule)
    rows = []
    for setting in sorted(rule.settings):
        status, reason = blocked or ("published", "")
        if setting in parts and parts[setting].status_code == BELOW and not blocked:
            status, reason = BELOW, BELOW
        share = _share(setting, parts, rule) if status == PUBLISHED else None
        if status == PUBLISHED and share is None:
            status, reason = WITHHELD, "zero_or_all"
        value, low, high = share or (None, None, None)
        rows.append(ShareFigure(start, area, setting, status, reason, value, low, high))
    return rows


def _why_blocked(parts: Mapping[str, VolumeFigure], rule: RuleSet) -> tuple[Status, str] | None:
    states = {figure.status_code for figure in parts.values()}
    if len(parts) < len(rule.settings) or UNRELIABLE in states:
        return UNRELIABLE, "part_unreliable"
    if WITHHELD in states:
        return WITHHELD, "part_withheld"
    if PUBLISHED not in states:
        return BELOW, BELOW
    if sum(_bounds(figure, rule)[0] for figure in parts.values()) < rule.share_denominator:
        return WITHHELD, "small_denominator"
    return None


def _share(setting: str, parts: Mapping[str, VolumeFigure], rule: RuleSet) -> tuple[float, float, float] | None:
    value, low, high = _bounds(parts[setting], rule)
    others = [_bounds(figure, rule) for code, figure in parts.items() if code != setting]
    rest, rest_low, rest_high = (sum(column) for column in zip(*others, strict=True))
    scale = 10**rule.share_digits
    share = round(value / (value + rest), rule.share_digits)
    if not 0.0 < share < 1.0:
        return None
    lower = math.floor(scale * low / (low + rest_high)) / scale if low + rest_high else 0.0
    upper = math.ceil(scale * high / (high + rest_low)) / scale if high + rest_low else 1.0
    edge = 1 / scale
    return share, max(min(lower, share), edge), min(max(upper, share), 1 - edge)
