"""Moves of one block on a map: an arrow a direction, as wide as the estimate, dashed without a number where it is hidden.

Places are where people live, by municipality; areas of several lie in the middle of their people. Nothing finer than a
municipality is on it, and the dots of municipalities say no figure.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from reports import charts, flows, reasons, wording
from reports.dashboard.map_geometry import Box, Point, Projection, Room, along, apart, arc, fit, head, shaft
from reports.figures import PUBLISHED, Movement
from warehouse.areas import (
    COARSE_STATES,
    ELSEWHERE,
    EVERYWHERE,
    FOCUS,
    MOVEMENT_STATES,
    NEIGHBOUR,
    OTHERS_OF_REGION,
    REGION,
    REST_OF_COUNTRY,
    REST_OF_REGION,
    centre,
    municipalities,
)

RADIUS: Final = 8.0
CROWDED: Final = 1.2  # of a figure's own surface: where it would cover more it is left to the hint and the tables
CLEAR: Final = 5.0  # between a place and an arrow
# How easily a place gives way to another: towns lie where they are, the middle of a wide area means less.
_EASE: Final[Mapping[str, float]] = {FOCUS: 0.02, **dict.fromkeys(MOVEMENT_STATES[1:3], 0.1), NEIGHBOUR: 0.4}
_LETTER, _BOLD_LETTER = 6.6, 7.9  # of texts of 12 and 14 user units, measured generously
NOTE: Final = (
    "De kaart is vereenvoudigd. De stippen zijn alle gemeenten; die in Twente vallen meer op. Ze zeggen niets over "
    "aantallen. Een gebied van meer gemeenten ligt in het midden van zijn inwoners. Wat te dicht bij elkaar ligt, "
    "schuiven we uit elkaar; een dun lijntje wijst dan naar de echte plek."
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What one drawing shows.

    `always` are places that are drawn even without a move; `also` those that come with one. A move is drawn where both
    its ends are here and, if `across` is not empty, one of them is in it: so no move stands in two drawings.
    """

    always: tuple[str, ...]
    also: tuple[str, ...]
    across: frozenset[str]
    heights: tuple[float, float]  # of the wide and of the narrow drawing
    gaps: tuple[float, float]  # between places, of both


COUNTRY_SCOPE: Final = Scope(
    always=COARSE_STATES,
    also=(ELSEWHERE, EVERYWHERE),
    across=frozenset({REST_OF_COUNTRY, ELSEWHERE, EVERYWHERE}),
    heights=(520.0, 350.0),
    gaps=(145.0, 96.0),
)
REGION_SCOPE: Final = Scope(
    always=(*MOVEMENT_STATES[:3], OTHERS_OF_REGION, NEIGHBOUR),
    also=(REST_OF_REGION,),
    across=frozenset(),
    heights=(400.0, 320.0),
    gaps=(112.0, 70.0),
)


def drawn_in(scope: Scope, moves: Sequence[Movement]) -> list[Movement]:
    """Give the moves that a drawing shows; those that a wider area stands for are left to it."""
    here = {*scope.always, *scope.also}
    return [
        row
        for row in moves
        if row.origin_code != row.destination_code
        and {row.origin_code, row.destination_code} <= here
        and (not scope.across or scope.across & {row.origin_code, row.destination_code})
        and row.reason_code != flows.ROLLED_UP
    ]


def flow_map(
    ident: str, title: str, scope: Scope, moves: Sequence[Movement], names: Mapping[str, str], *, width: float
) -> Markup:
    """Draw the moves of one block on a map.

    Args:
        ident: unique in the page.
        title: what the drawing shows.
        scope: which places and moves.
        moves: of one block; for the country as from `flows.between_places`.
        names: of all places, by code.
        width: of the drawing; under 480 the narrow sizes of the scope are used.
    """
    is_narrow = width < 480
    rows = drawn_in(scope, moves)
    spoken = [f"van {names[row.origin_code]} naar {names[row.destination_code]}: {_words(row)}" for row in rows]
    nothing = "Er zijn geen cijfers over deze gebieden"
    drawing = charts.Drawing(ident, width, scope.heights[is_narrow], title, f"{'; '.join(spoken) or nothing}.")
    present = {end for row in rows for end in (row.origin_code, row.destination_code)}
    codes = [*scope.always, *(code for code in scope.also if code in present)]
    edge = Box(RADIUS + 2, RADIUS + 14, width - RADIUS - 2, drawing.height - RADIUS - 14)
    inner = Box(width * 0.1, 34, width * 0.9, drawing.height - 34)
    projection = _ground(drawing, scope, codes, inner)
    ease = [_EASE.get(code, 1.0) for code in codes]
    real = [projection.at(*centre(code)) for code in codes]
    placed = apart(real, ease, scope.gaps[is_narrow], edge)
    at = dict(zip(codes, placed, strict=True))
    for (x1, y1), (x2, y2) in zip(real, placed, strict=True):
        if math.dist((x1, y1), (x2, y2)) > 2 * RADIUS:
            drawing.line(x1, y1, x2, y2, "c-axis")
    room = Room(Box(2, 2, width - 2, drawing.height - 2))
    lines = [_line(at[row.origin_code], at[row.destination_code], width) for row in rows]
    top = max((row.move_count or 0 for row in rows), default=0) or 1
    for number, (row, points) in enumerate(zip(rows, lines, strict=True)):
        _arrow(drawing, row, points, (8 if is_narrow else 11) / top, names)
        for x, y in points[::4]:
            room.take(Box(x - 4, y - 4, x + 4, y + 4), 1.5, number)
        x, y = points[-6]
        room.take(Box(x - 8, y - 8, x + 8, y + 8), 3.0)  # its head, which its own words must not cover either
    for code, (x, y) in at.items():
        room.take(Box(x - RADIUS - 2, y - RADIUS - 2, x + RADIUS + 2, y + RADIUS + 2), 6.0)
        drawing.dot(x, y, RADIUS, "circle", "c-node c-node-focus" if code == FOCUS else "c-node")
    for code, point in at.items():
        _name(drawing, room, names[code], point)
    for number, (row, points) in enumerate(zip(rows, lines, strict=True)):
        if _is_shown(row):
            text = f"{wording.figure(row)}{'+' if flows.PARTLY in row.warnings else ''}"
            text += f" ({'<10' if (row.lower_count or 0) < wording.SMALLEST else row.lower_count}–{row.upper_count})"
            wide = len(text) * _LETTER
            found = room.place(wide, 15, along(points, 14), number, CROWDED)
            if found is not None:
                x, y = found
                drawing.box(x - wide / 2, y - 8, wide, 15, "c-plate", round_=3)
                drawing.text(x, y + 4, text, "c-note", "middle")
    return drawing.svg()


def _ground(drawing: charts.Drawing, scope: Scope, codes: Sequence[str], box: Box) -> Projection:
    """Draw every municipality as an equal dot, those of the region a little darker; as far as they lie in the drawing."""
    near = [(m.latitude, m.longitude) for m in municipalities() if m.corop_code == REGION]
    far = [(m.latitude, m.longitude) for m in municipalities() if m.corop_code != REGION]
    projection = fit([*(far if scope.across else ()), *(centre(code) for code in codes)], box)
    for places, css in ((far, "c-places"), (near, "c-places c-places-near")):
        points = [projection.at(*place) for place in places]
        inside = [(x, y) for x, y in points if 3 <= x <= drawing.width - 3 and 3 <= y <= drawing.height - 3]
        drawing.path(" ".join(f"M{charts.fixed(x)} {charts.fixed(y)}h0" for x, y in inside), css)
    return projection


def _line(start: Point, end: Point, width: float) -> list[Point]:
    """Bend long arrows more, so that those from farther on the same side come in at another angle."""
    bend = min(0.12 + 0.5 * math.dist(start, end) / width, 0.36)
    return arc(start, end, RADIUS + CLEAR, bend)


def _arrow(
    drawing: charts.Drawing, row: Movement, points: Sequence[Point], scale: float, names: Mapping[str, str]
) -> None:
    is_shown = _is_shown(row)
    width = 1.5 + scale * (row.move_count or 0)
    size = 4 + width / 2 if is_shown else 4.5
    hint = f"Van {names[row.origin_code]} naar {names[row.destination_code]}: {_words(row)}"
    drawing.add(Markup("<g><title>{}</title>").format(hint))
    line = "M" + " L".join(f"{charts.fixed(x)} {charts.fixed(y)}" for x, y in shaft(points, size)[::3])
    drawing.path(line, "c-flow" if is_shown else "c-flow-hidden", width if is_shown else None)
    corners = " ".join(f"{charts.fixed(x)},{charts.fixed(y)}" for x, y in head(points, size))
    css = "c-head" if is_shown else "c-head-hidden"
    drawing.add(Markup('<polygon points="{}" class="{}"/></g>').format(corners, css))


def _name(drawing: charts.Drawing, room: Room, name: str, point: Point) -> None:
    most = int((drawing.width - 8) / _BOLD_LETTER)
    text = name[:1].upper() + name[1:] if len(name) <= most else f"{name[: most - 1]}…"
    wide, (x, y) = len(text) * _BOLD_LETTER, point
    side = RADIUS + 5 + wide / 2
    up = RADIUS + 12
    middles = [(x, y + up), (x, y - up), (x + side, y), (x - side, y), (x + side, y + up), (x - side, y + up)]
    middles += [(x + side, y - up), (x - side, y - up), (x + wide * 0.35, y + up), (x - wide * 0.35, y + up)]
    middles += [(x + wide * 0.35, y - up), (x - wide * 0.35, y - up), (x, y + 2 * up), (x, y - 2 * up)]
    at = room.place(wide, 17, middles) or point
    drawing.text(at[0], at[1] + 5, text, "c-node-text c-halo", "middle")


def _is_shown(row: Movement) -> bool:
    return row.status_code == PUBLISHED and row.move_count is not None


def _words(row: Movement) -> str:
    if _is_shown(row):
        return f"{flows.told(row)}, marge {wording.margin(row.lower_count, row.upper_count)}"
    why = reasons.reason(row.reason_code)
    return f"{wording.figure(row)}{f': {why}' if why and why != reasons.reason(row.status_code) else ''}"
