"""Effects as ratios to what was expected, drawn against 1: the upright line says "no difference"."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from reports import wording
from reports.charts import WIDE, Drawing
from reports.figures import PUBLISHED

SAME: Final = "geen verschil"
_TICKS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0, 20.0)
_FEWEST: Final = (0.5, 2.0)  # the axis always shows these


@dataclass(frozen=True, slots=True)
class Effect:
    """One ratio with its interval of 95%. `label` stands on the axis, `name` is what it is called in full.

    Between `fall` and `rise` lie ratios that are too near to 1 to be found; None where that is not told.
    """

    label: str
    name: str
    status: str
    ratio: float | None
    lower: float | None
    upper: float | None
    fall: float | None = None
    rise: float | None = None
    reason: str = ""

    @property
    def interval(self) -> tuple[float, float, float] | None:
        """Lower end, ratio and upper end; None where there is no figure."""
        if self.status != PUBLISHED or self.ratio is None:
            return None
        return self.lower or self.ratio, self.ratio, self.upper or self.ratio


def signed(ratio: float) -> str:
    """Write a ratio as a signed percentage of what was expected.

    >>> signed(0.6), signed(1.15), signed(1.0)
    ('−40%', '+15%', '0%')
    """
    percent = round(100 * (ratio - 1))
    sign = "−" if percent < 0 else "+" if percent > 0 else ""
    return f"{sign}{wording.number(abs(percent))}%"


def than(ratio: float) -> str:
    """Say how a ratio differs from 1.

    >>> than(0.6), than(1.15), than(1.0)
    ('40% lager', '15% hoger', 'geen verschil')
    """
    percent = round(100 * (ratio - 1))
    return f"{wording.number(abs(percent))}% {'lager' if percent < 0 else 'hoger'}" if percent else SAME


def between(lower: float, upper: float) -> str:
    """Say an interval of ratios, the smaller difference first where both ends are on one side of 1.

    >>> between(0.45, 0.75), between(1.1, 1.3), between(0.8, 1.15), between(1.0, 1.2)
    ('tussen 25% en 55% lager', 'tussen 10% en 30% hoger', 'tussen 20% lager en 15% hoger', 'tussen 0% en 20% hoger')
    """
    low, high = round(100 * (lower - 1)), round(100 * (upper - 1))
    if low == high == 0:
        return SAME
    if high <= 0:
        return f"tussen {wording.number(-high)}% en {wording.number(-low)}% lager"
    if low >= 0:
        return f"tussen {wording.number(low)}% en {wording.number(high)}% hoger"
    return f"tussen {wording.number(-low)}% lager en {wording.number(high)}% hoger"


def said(effect: Effect) -> str:
    """Say one effect in words, for hints and descriptions."""
    if effect.interval is None:
        why = f": {effect.reason}" if effect.reason else ""
        return f"{effect.name}: {wording.status(effect.status)}{why}"
    low, ratio, high = effect.interval
    return f"{effect.name}: {than(ratio)}, marge {between(low, high)}"


def against_one(ident: str, title: str, effects: Sequence[Effect], *, width: float = WIDE) -> Markup:
    """Draw effects one under another on a logarithmic axis, so that half and double lie as far from "no difference".

    A bar from lower to upper end, a dot for the estimate, behind it what would be too small to be found. Hidden effects are
    hatched over the whole width.

    Args:
        ident: unique in the page.
        title: what the chart shows.
        effects: from top to bottom.
        width: of the drawing; under 480 the words go above each bar.
    """
    is_narrow = width < 480
    row, left, words = (66.0, 0.0, 0.0) if is_narrow else (36.0, 190.0, 150.0)
    head, foot = 20.0, 24.0
    height = head + row * max(1, len(effects)) + foot
    drawing = Drawing(ident, width, height, title, f"{'; '.join(map(said, effects)) or 'Er zijn geen cijfers'}.")
    steps = _steps(effects)
    start, end = left + 14, width - words - 24
    scale = (end - start) / math.log(steps[-1] / steps[0])

    def at(ratio: float) -> float:
        return start + scale * math.log(min(max(ratio, steps[0]), steps[-1]) / steps[0])

    for step in steps:
        x = at(step)
        if step == 1:
            drawing.text(x, 12, SAME, "c-note", "middle")
        for index in range(max(1, len(effects)) if is_narrow else 1):
            # On narrow drawings the words stand above each bar: the lines leave room for them.
            above, below = (head + row * index + 36, head + row * index + 62) if is_narrow else (head, height - foot)
            drawing.line(x, above, x, below, "c-axis" if step == 1 else "c-grid")
        drawing.text(x, height - 7, signed(step), "c-note", "middle")
    for index, effect in enumerate(effects):
        top = head + row * index
        middle = top + (49 if is_narrow else row / 2)
        if is_narrow:
            drawing.text(0, top + 14, effect.label, "c-text c-halo")
            drawing.text(0, top + 30, _beside(effect), "c-note c-halo")
        else:
            drawing.text(0, middle + 4, effect.label)
            drawing.text(width - words, middle + 4, _beside(effect), "c-note")
        if effect.interval is None:
            drawing.hatched(start, middle - 6, end - start, 12, said(effect))
            continue
        low, ratio, high = effect.interval
        if effect.fall is not None and effect.rise is not None:
            zone = f"Te klein om te vinden: {between(effect.fall, effect.rise)}"
            drawing.box(at(effect.fall), middle - 11, at(effect.rise) - at(effect.fall), 22, "c-zone", zone)
            drawing.line(at(1), middle - 11, at(1), middle + 11, "c-axis")
        drawing.box(at(low), middle - 6, at(high) - at(low), 12, "c-band", said(effect), round_=2)
        drawing.dot(at(ratio), middle, 4.4, "circle")
    return drawing.svg()


def _steps(effects: Sequence[Effect]) -> list[float]:
    """Give the ticks of the axis: all that the intervals need, and one more where an end lies beyond the last."""
    ends = [end for effect in effects if effect.interval for end in effect.interval]
    ends += [end for effect in effects for end in (effect.fall, effect.rise) if end is not None]
    low, high = min([_FEWEST[0], *ends]), max([_FEWEST[1], *ends])
    first = max((index for index, step in enumerate(_TICKS) if step <= low), default=0)
    last = min((index for index, step in enumerate(_TICKS) if step >= high), default=len(_TICKS) - 1)
    return list(_TICKS[first : last + 1])


def _beside(effect: Effect) -> str:
    if effect.interval is None:
        return wording.status(effect.status)
    low, ratio, high = effect.interval
    return f"{signed(ratio)}  ({signed(low)} – {signed(high)})"
