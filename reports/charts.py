"""Charts as SVG, drawn at build time: intervals always, what is withheld hatched, nothing by colour alone.

Colours come from classes (static/charts.css), never from attributes, so that a page's content security policy needs no
exception and a municipality's own tokens reach the charts too. Every text is put in by `Markup.format`, which escapes it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from markupsafe import Markup

from reports import wording
from reports.figures import BELOW, PUBLISHED

Shape = Literal["circle", "square", "diamond"]
WIDE, NARROW = 680, 280  # user units, about CSS pixels; pages show the one that fits


@dataclass(frozen=True, slots=True)
class Mark:
    """One figure of a chart. `name` is what it is called in full, `label` on the axis.

    `value` is None where it is not shown; `upper` may then still say under what a "minder dan 10" lies on this scale.
    `start` is the first day of its period where a reader may choose a period; `words` say the figure in full, where they
    are other than its value and ends.
    """

    label: str
    name: str
    status: str
    value: float | None
    lower: float | None
    upper: float | None
    reason: str = ""
    shape: Shape = "circle"
    start: date | None = None
    words: str = ""

    @property
    def is_shown(self) -> bool:
        """Whether there is a number to draw."""
        return self.status == PUBLISHED and self.value is not None


Write = Callable[[float], str]


def plain(value: float) -> str:
    """Write a count."""
    return wording.number(value)


def fixed(value: float) -> str:
    """Write a coordinate: one decimal at most, so that bytes do not hang on the last bit of a float.

    >>> fixed(12.0), fixed(12.34), fixed(-0.01)
    ('12', '12.3', '0')
    """
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def ticks(top: float, most: int = 5) -> list[float]:
    """Give round values from 0 to at least `top`, at most `most` steps of 1, 2 or 5 times a power of ten.

    >>> ticks(130)
    [0, 50, 100, 150]
    >>> ticks(0.4)
    [0.0, 0.1, 0.2, 0.3, 0.4]
    """
    top = max(top, 1e-9)
    raw = top / most
    power = math.floor(math.log10(raw))
    base = next(base for base in (1, 2, 5, 10) if base * 10.0**power >= raw * (1 - 1e-9))
    count = math.ceil(top / (base * 10.0**power) - 1e-9)
    step = base * 10**power
    return [round(i * step, max(0, -power)) for i in range(count + 1)]


class Drawing:
    """Collects the elements of one SVG. `ident` must be unique in the page and made of letters, digits and dashes."""

    def __init__(self, ident: str, width: float, height: float, title: str, description: str) -> None:
        self.ident = ident
        self.width, self.height = width, height
        self._head = (title, description)
        self._parts: list[Markup] = []

    def add(self, element: Markup) -> None:
        """Add an element."""
        self._parts.append(element)

    def line(self, x1: float, y1: float, x2: float, y2: float, css: str) -> None:
        """Add a line."""
        self.add(
            Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(
                fixed(x1), fixed(y1), fixed(x2), fixed(y2), css
            )
        )

    def box(
        self, x: float, y: float, width: float, height: float, css: str, hint: str = "", *, round_: float = 0
    ) -> None:
        """Add a rectangle, with a hint that a pointer shows."""
        self.add(
            Markup('<rect x="{}" y="{}" width="{}" height="{}"{} class="{}">{}</rect>').format(
                fixed(x), fixed(y), fixed(max(width, 0)), fixed(max(height, 0)),
                Markup(' rx="{}"').format(fixed(round_)) if round_ else "", css, _hint(hint),
            )
        )  # fmt: skip

    def hatched(self, x: float, y: float, width: float, height: float, hint: str) -> None:
        """Add a hatched rectangle: something is not shown here, and the hint says why."""
        self.add(
            Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="url(#{}-hatch)" class="c-hatch">{}</rect>').format(
                fixed(x), fixed(y), fixed(max(width, 0)), fixed(max(height, 0)), self.ident, _hint(hint)
            )
        )

    def text(self, x: float, y: float, text: str, css: str = "c-text", anchor: str = "start") -> None:
        """Add a text; `anchor` is start, middle or end."""
        self.add(
            Markup('<text x="{}" y="{}" text-anchor="{}" class="{}">{}</text>').format(
                fixed(x), fixed(y), anchor, css, text
            )
        )

    def dot(self, x: float, y: float, radius: float, shape: Shape, css: str = "c-dot") -> None:
        """Add the mark of a point estimate."""
        if shape == "circle":
            self.add(
                Markup('<circle cx="{}" cy="{}" r="{}" class="{}"/>').format(fixed(x), fixed(y), fixed(radius), css)
            )
        elif shape == "square":
            self.box(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8, css)
        else:
            far = radius * 1.3
            corners = " ".join(
                f"{fixed(a)},{fixed(b)}" for a, b in ((x, y - far), (x + far, y), (x, y + far), (x - far, y))
            )
            self.add(Markup('<polygon points="{}" class="{}"/>').format(corners, css))

    def path(self, shape: str, css: str, width: float | None = None) -> None:
        """Add a path; `shape` is made of our own numbers only."""
        stroke = "" if width is None else Markup(' stroke-width="{}"').format(fixed(width))
        self.add(Markup('<path d="{}" class="{}"{}/>').format(shape, css, stroke))

    def svg(self) -> Markup:
        """Give the whole drawing as one labelled image."""
        title, description = self._head
        body = Markup("").join(self._parts)
        hatch = Markup("")
        if "-hatch)" in body:
            hatch = Markup(
                '<defs><pattern id="{0}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
                'patternTransform="rotate(45)"><rect width="6" height="6" class="c-hatch-ground"/>'
                '<line x1="0" y1="0" x2="0" y2="6" class="c-hatch-line"/></pattern></defs>'
            ).format(self.ident)
        return Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
            'aria-labelledby="{i}-t {i}-d" class="chart"><title id="{i}-t">{t}</title><desc id="{i}-d">{d}</desc>'
            "{hatch}{body}</svg>"
        ).format(
            w=fixed(self.width), h=fixed(self.height), i=self.ident, t=title, d=description, hatch=hatch, body=body
        )


def _hint(text: str) -> Markup:
    return Markup("<title>{}</title>").format(text) if text else Markup("")


def said(mark: Mark, write: Write = plain) -> str:
    """Say one mark in words, for hints and descriptions."""
    if mark.words:
        return f"{mark.name}: {mark.words}"
    if mark.value is None or not mark.is_shown:
        why = f": {mark.reason}" if mark.reason and mark.status != BELOW else ""
        return f"{mark.name}: {wording.status(mark.status)}{why}"
    low = mark.value if mark.lower is None else mark.lower
    high = mark.value if mark.upper is None else mark.upper
    return f"{mark.name}: {write(mark.value)}, marge {_end(low, write)} tot {_end(high, write)}"


def _end(value: float, write: Write) -> str:
    return wording.STATUSES[BELOW] if write is plain and value < wording.SMALLEST else write(value)


def top_of(marks: Sequence[Mark]) -> float:
    """Give the largest end of an interval, at least that of a "minder dan 10"."""
    ends = [mark.upper if mark.upper is not None else mark.value for mark in marks if mark.is_shown]
    return max((end for end in ends if end is not None), default=float(wording.SMALLEST))


def rows(
    ident: str,
    title: str,
    marks: Sequence[Mark],
    *,
    width: float = WIDE,
    top: float | None = None,
    write: Write = plain,
    is_dense: bool = False,
) -> Markup:
    """Draw figures one under another: a lying bar from lower to upper end, a mark for the estimate, the words beside it.

    Args:
        ident: unique in the page.
        title: what the chart shows.
        marks: from top to bottom.
        width: of the drawing; under 480 the words go above each bar.
        top: end of the scale; by default the largest end of an interval.
        write: how a value is written.
        is_dense: short labels: everything on one line, however narrow.
    """
    is_narrow = width < 480 and not is_dense
    steps = ticks(top if top is not None else top_of(marks), 5 if width >= 480 else 3)
    row, left, words = (24.0, 50.0, 128.0) if is_dense else (44.0, 0.0, 0.0) if is_narrow else (30.0, 168.0, 158.0)
    height = row * len(marks) + 26
    description = "; ".join(said(mark, write) for mark in marks) + "."
    drawing = Drawing(ident, width, height, title, description)
    start, end = left + 8, width - words - 18
    scale = (end - start) / steps[-1]
    for step in steps:
        x = start + step * scale
        for index in range(len(marks) if is_narrow else 1):
            # On narrow drawings the words stand above each bar: the lines leave room for them.
            above, below = (row * index + 18, row * index + 36) if is_narrow else (4, height - 22)
            drawing.line(x, above, x, below, "c-axis" if step == 0 else "c-grid")
        drawing.text(x, height - 7, write(step), "c-note", "middle" if step else "start" if is_narrow else "middle")
    for index, mark in enumerate(marks):
        middle = row * index + (27 if is_narrow else row / 2)
        hint = said(mark, write)
        if is_narrow:
            drawing.text(0, row * index + 14, mark.label, "c-text c-halo")
            drawing.text(width, row * index + 14, _beside(mark, write), "c-note c-halo", "end")
        else:
            drawing.text(0, middle + 4, mark.label)
            drawing.text(width - words, middle + 4, _beside(mark, write), "c-note")
        if mark.value is not None and mark.is_shown:
            low = mark.value if mark.lower is None else mark.lower
            high = mark.value if mark.upper is None else mark.upper
            drawing.box(start + low * scale, middle - 6, (high - low) * scale, 12, "c-band", hint, round_=2)
            drawing.dot(start + mark.value * scale, middle, 4.4, mark.shape)
        elif mark.status == BELOW and (mark.upper is not None or write is plain):
            far = wording.SMALLEST if mark.upper is None else mark.upper
            drawing.hatched(start, middle - 6, min(far, steps[-1]) * scale, 12, hint)
        else:
            drawing.hatched(start, middle - 6, end - start, 12, hint)
    return drawing.svg()


def _beside(mark: Mark, write: Write) -> str:
    if mark.words:
        return mark.words
    if mark.value is None or not mark.is_shown:
        return wording.status(mark.status)
    low = mark.value if mark.lower is None else mark.lower
    high = mark.value if mark.upper is None else mark.upper
    ends = f"{'<10' if write is plain and low < wording.SMALLEST else write(low)} – {write(high)}"
    return f"{write(mark.value)}  ({ends})"


def grid(
    ident: str,
    title: str,
    lines: Sequence[tuple[str, Sequence[tuple[str, str, str]]]],
    labels: Sequence[str],
    *,
    width: float = WIDE,
) -> Markup:
    """Draw how well each source could be seen on each day: a box with a sign.

    Args:
        ident: unique in the page.
        title: what the chart shows.
        lines: for each source its name and, per day, (state, sign, hint).
        labels: of the days.
        width: of the drawing.
    """
    is_narrow = width < 480
    left = 0.0 if is_narrow else 110.0
    row = 46.0 if is_narrow else 30.0
    height = row * len(lines) + 24
    drawing = Drawing(
        ident, width, height, title, "Per bron en dag hoe goed er gekeken kon worden. De tabel zegt hetzelfde."
    )
    room = (width - left) / max(1, len(labels))
    every = max(1, math.ceil(46 / room))
    for number, (name, cells) in enumerate(lines):
        y = row * number
        drawing.text(0, y + (15 if is_narrow else 20), name)
        for index, (state, sign, hint) in enumerate(cells):
            x = left + index * room
            top = y + (20 if is_narrow else 3)
            if state == "missing":
                drawing.hatched(x + 1, top, room - 2, 24, hint)
            else:
                drawing.box(x + 1, top, room - 2, 24, f"c-state c-state-{state}", hint, round_=2)
            drawing.text(x + room / 2, top + 17, sign, f"c-sign c-sign-{state}", "middle")
    for index, label in enumerate(labels):
        if (len(labels) - 1 - index) % every == 0:
            x = left + (index + 0.5) * room
            edge = x + 20 > width
            drawing.text(width if edge else x, height - 6, label, "c-note", "end" if edge else "middle")
    return drawing.svg()


def both(ident: str, draw: Callable[[str, float], Markup]) -> Markup:
    """Draw a chart twice, for wide and for narrow screens; the style sheet shows one, to readers and to their software."""
    return Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(
        draw(f"{ident}-w", WIDE), draw(f"{ident}-n", NARROW)
    )
