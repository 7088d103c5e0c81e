"""Figures in order of time as a chart, with upright lines where rules or sources changed.

Each figure of a period that can be chosen is a group by itself that knows its first day, so that static/chooser.js can
show a part of the series by moving groups: it never draws a figure.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from markupsafe import Markup

from reports import wording
from reports.charts import WIDE, Drawing, Mark, Write, fixed, plain, said, ticks, top_of
from reports.figures import BELOW

_LEFT, _RIGHT, _BELOW = 38.0, 8.0, 26.0
_LABEL_ROOM = 46.0
LONG = 40  # figures


@dataclass(frozen=True, slots=True)
class Line:
    """An upright line at a day: an event of policy, or (`is_break`) sources that came or went. `sign` is its letter."""

    day: date
    sign: str
    words: str
    is_break: bool = False


@dataclass(frozen=True, slots=True)
class _Axis:
    """The upright axis: from `above` down to `floor`, which is zero, up to `last`; `write` writes its values.

    Hints are for a pointer: on a narrow screen there is none, and they would only weigh.
    """

    above: float
    floor: float
    last: float
    write: Write
    has_hints: bool

    @property
    def scale(self) -> float:
        return (self.floor - self.above) / self.last

    def at(self, value: float) -> float:
        return self.floor - value * self.scale


def series(  # noqa: PLR0913 - what a drawing may have, by name
    ident: str,
    title: str,
    marks: Sequence[Mark],
    *,
    width: float = WIDE,
    height: float = 240,
    unit: str = "",
    lines: Sequence[Line] = (),
    top: float | None = None,
    write: Write = plain,
    description: str = "",
) -> Markup:
    """Draw figures in order of time: an upright bar from lower to upper end, a dot for the estimate.

    Args:
        ident: unique in the page.
        title: what the chart shows.
        marks: in order of time; each gets the same width.
        width: of the drawing, in user units.
        height: of the drawing, in user units.
        unit: what the upright axis counts, written above it.
        lines: drawn before the period in which their day lies; those outside the series are left out.
        top: end of the scale; by default the largest end of an interval.
        write: how a value is written.
        description: the figures in words, where no table beside the chart gives them.
    """
    shown = sum(mark.is_shown for mark in marks)
    description = description or (
        f"{shown} van {len(marks)} cijfers getoond. Per punt de schatting met de marge van 95%. "
        "De tabel bij de grafiek geeft dezelfde cijfers."
    )
    drawing = Drawing(ident, width, height, title, description)
    above = 22.0 if unit or lines else 10.0
    steps = ticks(top_of(marks) if top is None else top, 4)
    axis = _Axis(above, height - _BELOW, steps[-1], write, width >= WIDE)
    if unit:
        drawing.text(0, 11, unit, "c-note")
    for step in steps:
        y = axis.at(step)
        drawing.line(_LEFT, y, width - _RIGHT, y, "c-axis" if step == 0 else "c-grid")
        drawing.text(_LEFT - 6, y + 4, write(step), "c-note", "end")
    if not marks:
        return drawing.svg()
    room = (width - _LEFT - _RIGHT) / len(marks)
    middles = [_LEFT + (index + 0.5) * room for index in range(len(marks))]
    drawing.add(Markup('<g class="marks" data-left="{}" data-right="{}">').format(fixed(_LEFT), fixed(width - _RIGHT)))
    for mark, middle in zip(marks, middles, strict=True):
        css = "m few" if mark.status == BELOW and write is plain else "m"
        with _group(drawing, css, middle, mark.start, mark.label):
            # Of a long series the table gives the reasons: twice would make a page too heavy.
            _draw(drawing, replace(mark, reason="") if len(marks) > LONG else mark, room, axis)
    for number, line in enumerate(lines):
        index = _within(marks, line.day)
        if index is not None:
            with _group(drawing, "e", middles[index] - room / 2, marks[index].start, ""):
                drawing.line(0, above - 6, 0, axis.floor, "c-break" if line.is_break else "c-event")
                drawing.text(
                    3, above + 12 * (number % 2), line.sign, "c-note c-halo"
                )  # those side by side stay readable
    drawing.add(Markup('</g><g class="labels" data-y="{}">').format(fixed(height - 8)))
    # Labels are counted from the last: the newest figure always has one.
    every = max(1, math.ceil(_LABEL_ROOM / room))
    for index in range(len(marks) - 1, -1, -every):
        edge = middles[index] + 20 > width
        drawing.text(
            width if edge else middles[index], height - 8, marks[index].label, "c-note", "end" if edge else "middle"
        )
    drawing.add(Markup("</g>"))
    return drawing.svg()


@contextmanager
def _group(drawing: Drawing, css: str, x: float, start: date | None, label: str) -> Iterator[None]:
    """Draw around an upright axis at `x`; without a first day nobody chooses among the groups and they need no name."""
    told = (
        "" if start is None else Markup(' data-d="{}"{}').format(start, label and Markup(' data-l="{}"').format(label))
    )
    drawing.add(Markup('<g class="{}"{} transform="translate({} 0)">').format(css, told, fixed(x)))
    yield
    drawing.add(Markup("</g>"))


def _draw(drawing: Drawing, mark: Mark, room: float, axis: _Axis) -> None:
    bar = min(18.0, max(2.0, room * 0.62))
    hint = said(mark, axis.write) if axis.has_hints else ""
    if mark.value is not None and mark.is_shown:
        low = axis.at(mark.value if mark.lower is None else mark.lower)
        high = axis.at(mark.value if mark.upper is None else mark.upper)
        drawing.box(-bar / 2, high, bar, low - high, "c-band", hint, round_=min(2.0, bar / 3))
        drawing.dot(0, axis.at(mark.value), min(4.0, max(1.4, bar / 2.6)), mark.shape)
    elif mark.status == BELOW and axis.write is plain:
        top = axis.at(min(wording.SMALLEST, axis.last))
        drawing.hatched(-bar / 2, top, bar, axis.floor - top, hint)
        if room >= 22:
            drawing.text(0, top - 4, "<10", "c-note", "middle")
    else:
        drawing.hatched(-room / 2, axis.above, room, axis.floor - axis.above, hint)
        sign = "?" if mark.status == "unreliable" else "–"
        drawing.text(0, (axis.above + axis.floor) / 2 + 4, sign, "c-sign", "middle")


def _within(marks: Sequence[Mark], day: date) -> int | None:
    """Find the period that a day lies in; the last one is as long as the one before it."""
    starts = [mark.start for mark in marks if mark.start is not None]
    if len(starts) < 2 or not starts[0] <= day < starts[-1] + (starts[-1] - starts[-2]):
        return None
    return max(index for index, mark in enumerate(marks) if mark.start is not None and mark.start <= day)
