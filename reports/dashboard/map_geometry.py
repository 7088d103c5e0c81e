"""Where things go on a small map: a projection, points kept apart, bent arrows, room for words. Nothing is drawn here.

Lengths are in user units of a drawing, x to the right and y down.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

Point = tuple[float, float]
_ROUNDS: Final = 400
_STEPS: Final = 80


class Box(NamedTuple):
    """A rectangle by its edges."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Box") -> float:
        """Give the surface that two boxes share."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide * high if wide > 0 and high > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Projection:
    """Equirectangular: degrees east are shortened by the cosine of the middle latitude, so that near it a km is a km."""

    west: float
    north: float
    shrink: float
    scale: float  # user units a degree north
    left: float
    top: float

    def at(self, latitude: float, longitude: float) -> Point:
        """Give where a place lies, of degrees."""
        east = (longitude - self.west) * self.shrink
        return self.left + east * self.scale, self.top + (self.north - latitude) * self.scale


def fit(places: Sequence[Point], box: Box) -> Projection:
    """Make the largest projection that shows all of two places or more, in degrees north and east, in the middle of a box."""
    north, south = max(lat for lat, _ in places), min(lat for lat, _ in places)
    west, east = min(lon for _, lon in places), max(lon for _, lon in places)
    shrink = math.cos(math.radians((north + south) / 2))
    wide, high = (east - west) * shrink, north - south
    scale = min((box.right - box.left) / max(wide, 1e-9), (box.bottom - box.top) / max(high, 1e-9))
    left = (box.left + box.right - wide * scale) / 2
    return Projection(west, north, shrink, scale, left, (box.top + box.bottom - high * scale) / 2)


def apart(points: Sequence[Point], ease: Sequence[float], gap: float, box: Box) -> list[Point]:
    """Push points that lie nearer to each other than `gap` away from each other, none out of the box.

    Of two points each moves by its part of their `ease`, which is over 0: who is known by its place moves least.
    """
    at = [_inside(point, box) for point in points]
    for _ in range(_ROUNDS):
        is_moved = False
        for i in range(len(at)):
            for j in range(i):
                dx, dy = at[i][0] - at[j][0], at[i][1] - at[j][1]
                far = math.hypot(dx, dy)
                if far >= gap:
                    continue
                # Points on one another part in a direction of their own, so that three of them do not end in a line.
                ux, uy = (dx / far, dy / far) if far > 1e-6 else (math.cos(i + 2.0 * j), math.sin(i + 2.0 * j))
                push = gap - far + 0.1
                one = push * ease[i] / (ease[i] + ease[j])
                at[i] = _inside((at[i][0] + ux * one, at[i][1] + uy * one), box)
                at[j] = _inside((at[j][0] - ux * (push - one), at[j][1] - uy * (push - one)), box)
                is_moved = True
        if not is_moved:
            break
    return at


def _inside(point: Point, box: Box) -> Point:
    return min(max(point[0], box.left), box.right), min(max(point[1], box.top), box.bottom)


def arc(start: Point, end: Point, radius: float, bend: float) -> list[Point]:
    """Give points of a line from one round place to another, bent to the right of its direction, outside both.

    There and back bend away from each other, so that a pair of arrows never lies on one line. `bend` is how far, of its
    length. The places must lie more than two radii apart.
    """
    (x1, y1), (x2, y2) = start, end
    bend_x = (x1 + x2) / 2 - (y2 - y1) * bend
    bend_y = (y1 + y2) / 2 + (x2 - x1) * bend
    points = []
    for step in range(_STEPS + 1):
        t = step / _STEPS
        x = (1 - t) ** 2 * x1 + 2 * t * (1 - t) * bend_x + t * t * x2
        y = (1 - t) ** 2 * y1 + 2 * t * (1 - t) * bend_y + t * t * y2
        if math.dist((x, y), start) >= radius and math.dist((x, y), end) >= radius:
            points.append((x, y))
    return points


def head(points: Sequence[Point], size: float) -> tuple[Point, Point, Point]:
    """Give the corners of an arrow head on the end of a line: its tip first; `size` is half its width."""
    tip = points[-1]
    back = next((point for point in reversed(points) if math.dist(point, tip) >= size), points[0])
    length = math.dist(back, tip) or 1.0
    ux, uy = (tip[0] - back[0]) / length, (tip[1] - back[1]) / length
    foot = tip[0] - ux * size * 1.7, tip[1] - uy * size * 1.7
    return tip, (foot[0] - uy * size, foot[1] + ux * size), (foot[0] + uy * size, foot[1] - ux * size)


def shaft(points: Sequence[Point], size: float) -> list[Point]:
    """Give the part of a line that its head does not cover; never nothing."""
    kept = [point for point in points if math.dist(point, points[-1]) >= size * 1.5]
    return kept if len(kept) > 1 else list(points[:2])


def along(points: Sequence[Point], away: float) -> list[Point]:
    """Give where the words of an arrow could stand, the best first: on its middle, nearer its ends, then outside its bend."""
    (x1, y1), (x2, y2) = points[0], points[-1]
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    out_x, out_y = -(y2 - y1) / length, (x2 - x1) / length
    found = []
    for far in (0.0, 1.0, 2.0):
        for part in (0.5, 0.43, 0.57, 0.36, 0.64, 0.29, 0.71, 0.22, 0.78, 0.15):
            x, y = points[int(part * (len(points) - 1))]
            # Words are wider than high: to the side of an upright line they need more room.
            found.append((x + out_x * away * far * 2.2, y + out_y * away * far))
    return found


@dataclass(slots=True)
class Room:
    """What is free in a drawing; words get the place where they cover least."""

    box: Box
    taken: list[tuple[Box, float, int]] = field(default_factory=list)

    def take(self, box: Box, weight: float, owner: int = -1) -> None:
        """Say that something is there; `weight` is how bad it is to write over it, for others than its owner."""
        self.taken.append((box, weight, owner))

    def place(
        self, wide: float, high: float, middles: Iterable[Point], owner: int = -2, most: float = math.inf
    ) -> Point | None:
        """Find the middle for words of a size: the first of `middles` where they cover least, moved into the drawing.

        None where they would cover more than `most` of their own surface, by weight: then nothing is taken.
        """
        best, least, hidden = (self.box.left, self.box.top), math.inf, 0.0
        for rank, middle in enumerate(middles):
            at = self._moved(middle, wide / 2, high / 2)
            around = _around(at, wide, high)
            covered = sum(around.overlap(box) * weight for box, weight, who in self.taken if who != owner)
            cost = covered + 6 * rank + 2 * math.dist(at, middle)
            if cost < least:
                best, least, hidden = at, cost, covered
        if hidden > most * wide * high:
            return None
        self.take(_around(best, wide, high), 4.0)
        return best

    def _moved(self, middle: Point, half_wide: float, half_high: float) -> Point:
        left, top, right, bottom = self.box
        x = min(max(middle[0], left + half_wide), max(right - half_wide, left + half_wide))
        return x, min(max(middle[1], top + half_high), max(bottom - half_high, top + half_high))


def _around(middle: Point, wide: float, high: float) -> Box:
    return Box(middle[0] - wide / 2, middle[1] - high / 2, middle[0] + wide / 2, middle[1] + high / 2)
