"""Noise, rounding and the honest interval of one figure."""

import math
from dataclasses import dataclass

from warehouse.protection.rules import RuleSet

# Two-sided 95 % point of the normal law.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Rounded:
    """A figure as it may be shown: multiples of the rounding base; `floor` is None where there is none to show."""

    count: int
    lower: int
    upper: int
    floor: int | None


def nearest(value: float, base: int) -> int:
    """Round to the nearest multiple of `base`, halves up.

    >>> nearest(42.4, 5), nearest(42.5, 5), nearest(-1.0, 5)
    (40, 45, 0)
    """
    return base * math.floor(value / base + 0.5)


def downward(value: float, base: int, threshold: int) -> int:
    """Round down to a multiple of `base`; what ends under the threshold is shown as zero, so that no 5 appears.

    >>> downward(44.9, 5, 10), downward(8.0, 5, 10)
    (40, 0)
    """
    down = base * math.floor(value / base)
    return down if down >= threshold else 0


def upward(value: float, base: int) -> int:
    """Round up to a multiple of `base`.

    >>> upward(40.1, 5), upward(40.0, 5)
    (45, 40)
    """
    return base * math.ceil(value / base)


def protect_value(  # the four numbers of one cell and their rule
    point: float, lower: float | None, upper: float | None, floor: float | None, error: int, rule: RuleSet
) -> Rounded:
    """Add an error to a cell's figure and round; everything else that is shown of it is made from the rounded figure.

    Made from the figure before rounding, lower end, upper end and floor would each round at another place, and the four
    together would tell what was rounded away. The half widths grow by the spread of noise and of rounding, to
    sqrt(half width^2 + z^2 (variance + base^2 / 12)), and the ends are rounded outwards, so the published interval
    covers at least as often as the unprotected one.
    """
    spread = Z * Z * (rule.noise.variance + rule.rounding**2 / 12)
    below = 0.0 if lower is None else max(point - lower, 0.0)
    above = 0.0 if upper is None else max(upper - point, 0.0)
    count = nearest(point + error, rule.rounding)
    low = downward(max(count - math.sqrt(below * below + spread), 0.0), rule.rounding, rule.threshold)
    high = upward(count + math.sqrt(above * above + spread), rule.rounding)
    unseen = 0.0 if floor is None else max(point - floor, 0.0)
    bottom = None if floor is None else downward(count - unseen, rule.rounding, rule.threshold)
    return Rounded(count=count, lower=min(low, count), upper=high, floor=bottom or None)
