"""Moves between the four coarse places, and their drawing: an arrow a direction, as wide as the estimate.

A release tells a flow as finely as it may; a drawing of eight places in all directions could not be read. What is told
in parts is added up here, from printed figures only; hidden flows are dashed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations

from markupsafe import Markup

from reports import charts, wording
from reports.figures import PUBLISHED, Movement
from warehouse.areas import COARSE_STATES, around

HEIGHT = 360.0
NODE_WIDTH, NODE_HEIGHT = 138.0, 42.0
# Roughly as the places lie: the rest of the country to the west, Germany to the east.
PLACES: Mapping[str, tuple[float, float]] = {
    "NLX": (75.0, 180.0),
    "CR12X": (340.0, 60.0),
    "GM0153": (340.0, 300.0),
    "DE": (605.0, 180.0),
}
_BEND = 52.0
_STEPS = 80
ROLLED_UP = "rolled_up"
PARTLY = "small_left_out"


def between_places(moves: Sequence[Movement]) -> list[Movement]:
    """Add up the moves of one block by coarse place, in the order of their codes; those within a place are left out.

    A flow of which some part is too small or not known has the warning `small_left_out`: its figure is that of the
    other parts. A flow between places that is only in a wider one is withheld as `rolled_up`.
    """
    parts: dict[tuple[str, str], list[Movement]] = {}
    hidden: dict[tuple[str, str], Movement] = {}
    for row in moves:
        ends = _place(row.origin_code), _place(row.destination_code)
        if ends[0] != ends[1]:
            if row.reason_code == ROLLED_UP:
                hidden[ends] = row
            else:
                parts.setdefault(ends, []).append(row)
    added = [_added(ends, rows) for ends, rows in parts.items()]
    only_wider = [
        replace(hidden[ends], origin_code=ends[0], destination_code=ends[1])
        for ends in permutations(COARSE_STATES, 2)
        if ends in hidden and ends not in parts
    ]
    return sorted([*added, *only_wider], key=lambda row: (row.destination_code, row.origin_code))


def _place(code: str) -> str:
    """Find the coarse place of a state; wider areas, arrivals and exits stand for themselves."""
    return next((area for area in around(code) if area in COARSE_STATES), code)


def _added(ends: tuple[str, str], rows: Sequence[Movement]) -> Movement:
    shown = [row for row in rows if row.status_code == PUBLISHED]
    first = replace((shown or rows)[0], origin_code=ends[0], destination_code=ends[1])
    if not shown:
        return first
    warnings = {warning for row in shown for warning in row.warnings}
    return replace(
        first,
        move_count=sum(row.move_count or 0 for row in shown),
        lower_count=sum(row.lower_count or 0 for row in shown),
        upper_count=sum(row.upper_count or 0 for row in shown),
        warnings=sorted(warnings | ({PARTLY} if len(shown) < len(rows) else set())),
    )


def diagram(ident: str, title: str, moves: Sequence[Movement], names: Mapping[str, str], focus: str) -> Markup:
    """Draw the moves of one block between the places that have a position.

    Args:
        ident: unique in the page.
        title: what the drawing shows.
        moves: of one block, as from `between_places`.
        names: of the places, by code.
        focus: code of the place to stress.
    """
    drawn = [row for row in moves if row.origin_code in PLACES and row.destination_code in PLACES]
    spoken = [
        f"van {names[row.origin_code]} naar {names[row.destination_code]}: {_words(row)}"
        for row in drawn
        if row.reason_code != ROLLED_UP
    ]
    drawing = charts.Drawing(ident, charts.WIDE, HEIGHT, title, "; ".join(spoken) + ".")
    top = max((row.move_count or 0 for row in drawn), default=0) or 1
    words: list[tuple[float, float, str, str]] = []
    for row in drawn:
        points = _curve(PLACES[row.origin_code], PLACES[row.destination_code])
        if len(points) < 4:
            continue
        is_shown = row.status_code == PUBLISHED and row.move_count is not None
        width = 2 + 9 * (row.move_count or 0) / top
        shape = "M" + " L".join(f"{charts.fixed(x)} {charts.fixed(y)}" for x, y in points[:-3])
        drawing.path(shape, "c-flow" if is_shown else "c-flow-hidden", width if is_shown else None)
        drawing.add(_head(points, 6 + width / 2 if is_shown else 5, "c-head" if is_shown else "c-head-hidden"))
        if is_shown:
            x, y, anchor = _beside(points)
            figure = wording.figure(row) + ("+" if PARTLY in row.warnings else "")
            words.append((x, y, anchor, f"{figure} ({row.lower_count or '<10'}–{row.upper_count})"))
    for code, (x, y) in PLACES.items():
        mark = "-focus" if code == focus else ""
        drawing.box(
            x - NODE_WIDTH / 2,
            y - NODE_HEIGHT / 2,
            NODE_WIDTH,
            NODE_HEIGHT,
            f"c-node{mark and f' c-node{mark}'}",
            round_=4,
        )
        label = names[code]
        css = f"c-node-text{mark and f' c-node-text{mark}'}"
        drawing.text(x, y + 5, label[0].upper() + label[1:], css, "middle")
    for x, y, anchor, text in words:
        drawing.text(x, y, text, "c-note c-halo", anchor)
    return drawing.svg()


def _beside(points: Sequence[tuple[float, float]]) -> tuple[float, float, str]:
    """Find where the words of an arrow go: outside its bend, so that those of a pair never meet."""
    (x1, y1), (x2, y2) = points[0], points[-1]
    x, y = points[len(points) // 2]
    away_x, away_y = x - (x1 + x2) / 2, y - (y1 + y2) / 2
    length = math.hypot(away_x, away_y) or 1.0
    away_x, away_y = away_x / length, away_y / length
    anchor = "end" if away_x < -0.3 else "start" if away_x > 0.3 else "middle"
    return x + away_x * 12, y + away_y * 14 + 4, anchor


def _words(row: Movement) -> str:
    if row.status_code != PUBLISHED:
        return wording.figure(row)
    return f"{told(row)}, marge {wording.margin(row.lower_count, row.upper_count)}"


def told(row: Movement) -> str:
    """Write the figure of a flow, and that some part is not in it."""
    return wording.figure(row) + (" plus een klein deel" if PARTLY in row.warnings else "")


def _curve(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """Points of a bent line from one box to another, bent to the right of its direction, outside both boxes."""
    (x1, y1), (x2, y2) = start, end
    length = math.hypot(x2 - x1, y2 - y1)
    bend_x = (x1 + x2) / 2 - (y2 - y1) / length * _BEND
    bend_y = (y1 + y2) / 2 + (x2 - x1) / length * _BEND
    points = []
    for step in range(_STEPS + 1):
        t = step / _STEPS
        x = (1 - t) ** 2 * x1 + 2 * t * (1 - t) * bend_x + t * t * x2
        y = (1 - t) ** 2 * y1 + 2 * t * (1 - t) * bend_y + t * t * y2
        if not (_inside(x, y, start) or _inside(x, y, end)):
            points.append((x, y))
    return points


def _inside(x: float, y: float, node: tuple[float, float]) -> bool:
    return abs(x - node[0]) < NODE_WIDTH / 2 + 4 and abs(y - node[1]) < NODE_HEIGHT / 2 + 4


def _head(points: Sequence[tuple[float, float]], size: float, css: str) -> Markup:
    (x, y), (from_x, from_y) = points[-1], points[-4]
    length = math.hypot(x - from_x, y - from_y) or 1.0
    ux, uy = (x - from_x) / length, (y - from_y) / length
    back_x, back_y = x - ux * size * 1.6, y - uy * size * 1.6
    corners = (
        (x, y),
        (back_x - uy * size * 0.75, back_y + ux * size * 0.75),
        (back_x + uy * size * 0.75, back_y - ux * size * 0.75),
    )
    text = " ".join(f"{charts.fixed(a)},{charts.fixed(b)}" for a, b in corners)
    return Markup('<polygon points="{}" class="{}"/>').format(text, css)
