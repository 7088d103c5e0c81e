"""A2: differencing over days, windows and versions.

Of one cell in two windows or two versions the reader asks how probable it is that exactly one advertiser came or left.
He is given more than he has: the noise law, a sharp prior and figures before rounding. `warehouse.audit.nesting` sets
cells beside those that hold them, `warehouse.audit.sequence` reads many days together.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from warehouse.audit.view import Mechanism, View, printed, versions
from warehouse.protection.cells import AnyCell, LanguageFigure, MovementFigure
from warehouse.protection.noise import law
from warehouse.protection.rules import NoiseRule

# A reader claims "exactly one person" when it is this probable.
SURE: Final = 0.9
# What the reader believes before he looks: chances that nobody, exactly one, or k came or left (both signs together).
PRIOR: Final = (0.30, 0.35, 0.18, 0.09, 0.05, 0.03)
_DAYS: Final = {"day": 1, "week": 7, "block": 28}


class Pair(NamedTuple):
    """Two figures of one cell set beside each other: the new one, with what, and later minus earlier."""

    cell: AnyCell
    beside: str
    gap: int

    def __str__(self) -> str:
        """Name the pair by its public coordinates."""
        return f"{self.cell} {self.beside}"


@lru_cache(maxsize=64)
def one_person(gap: int, mechanism: Mechanism, *, sees_rounding: bool = False) -> float:
    """Say how probable it is that exactly one advertiser came or left, given the gap between two printed figures.

    Args:
        gap: later figure minus earlier figure.
        mechanism: how the figures are protected; the noise law is public.
        sees_rounding: the reader sees figures as printed; otherwise he is given the noisy figures before rounding.

    Returns:
        Posterior probability, 0 to 1. An unchanged cell keeps its noise; any change draws new noise.
    """
    errors, weights = noise_law(mechanism.noise)
    steps = mechanism.rounding if sees_rounding else 1
    joint: dict[int, float] = {}
    for size, chance in enumerate(PRIOR):
        joint[size] = chance * _likelihood(gap, size, errors, weights, steps)
    total = sum(joint.values())
    return joint[1] / total if total > 0 else 0.0


def noise_law(bound: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Give the published errors of figures of ten and more and their chances; no error where the bound is 0."""
    if bound == 0:
        return (0,), (1.0,)
    return law(bound, NoiseRule(bound=bound))


def _likelihood(gap: int, size: int, errors: Sequence[int], weights: Sequence[float], steps: int) -> float:
    """Chance of the gap when `size` came or left: same noise for nobody, two draws otherwise; all offsets alike."""
    offsets = np.arange(steps) + 500
    if size == 0:
        return 1.0 if gap == 0 else 0.0
    chance = 0.0
    for sign in (-1, 1):
        for first, p in zip(errors, weights, strict=True):
            for second, q in zip(errors, weights, strict=True):
                before = np.floor((offsets + first) / steps + 0.5) * steps
                after = np.floor((offsets + sign * size + second) / steps + 0.5) * steps
                chance += 0.5 * p * q * float(np.mean(after - before == gap))
    return chance


def one_person_claims(pairs: Iterable[Pair], mechanism: Mechanism) -> list[Pair]:
    """Find the pairs of figures from which a reader is sure that exactly one person came or left."""
    return [
        pair
        for pair in pairs
        if max(one_person(pair.gap, mechanism), one_person(pair.gap, mechanism, sees_rounding=True)) >= SURE
    ]


def successive(view: View) -> list[Pair]:
    """Pair each new figure with those of the windows before and after it, and with its own versions before, all of them.

    Of a window that was released more than once every version counts: a reader keeps what he read.
    """
    new, everything = printed(view.new), versions((*view.earlier, *view.new))
    before = versions(view.earlier)
    pairs = []
    for cell, count in sorted(new.items()):
        step = timedelta(days=_DAYS[cell.period_code])
        for beside, sign in ((cell.period_start - step, 1), (cell.period_start + step, -1)):
            if sign < 0 and cell._replace(period_start=beside) in new:
                continue  # this pair is told by the later one
            pairs += [
                Pair(cell, f"against {beside}", sign * (count - other))
                for other in everything.get(cell._replace(period_start=beside), ())
            ]
        pairs += [Pair(cell, "against a version before", count - other) for other in before.get(cell, ())]
    return [*pairs, *_corrected(view)]


def _corrected(view: View) -> list[Pair]:
    """Pair each language and each flow with its own versions before."""
    before: dict[AnyCell, list[int]] = {}
    for old, figure in _told(view.earlier_languages, view.earlier_movements):
        before.setdefault(old, []).append(figure)
    return [
        Pair(cell, "against a version before", figure - other)
        for cell, figure in _told(view.languages, view.movements)
        for other in before.get(cell, ())
    ]


def _told(languages: Iterable[LanguageFigure], movements: Iterable[MovementFigure]) -> Iterator[tuple[AnyCell, int]]:
    for row in languages:
        if row.advertiser_count is not None:
            yield row.cell, row.advertiser_count
    for flow in movements:
        if flow.move_count is not None:
            yield flow.cell, flow.move_count
