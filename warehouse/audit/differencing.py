"""A2: differencing over nested and overlapping cells, windows, versions and days.

Two attacks. *Nested*: of a pair of which one holds the other (an area in an area, a class in the total, a day in its
week, a week in its block) the difference counts those in the outer cell only; the reader bounds it with the published
blur of both. *One person*: of one cell in two windows or two versions the reader asks how probable it is that exactly
one advertiser came or left. He is given more than he has: the noise law, a sharp prior and figures before rounding.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

import numpy as np

from warehouse.audit.view import WIDE_ENOUGH, Mechanism, View, ancestors, printed
from warehouse.calendar import block_start, week_start
from warehouse.protection.cells import CellId
from warehouse.protection.noise import law
from warehouse.protection.rules import NoiseRule

# A reader claims "exactly one person" when it is this probable.
SURE: Final = 0.9
# What the reader believes before he looks: chances that nobody, exactly one, or k came or left (both signs together).
PRIOR: Final = (0.30, 0.35, 0.18, 0.09, 0.05, 0.03)
_DAYS: Final = {"day": 1, "week": 7, "block": 28}


@dataclass(frozen=True, slots=True)
class Difference:
    """A derived difference: those in `outer` and not in `inner` number between `low` and `high`, ends included."""

    outer: CellId
    inner: CellId
    low: int
    high: int

    def __str__(self) -> str:
        """Name the pair by its public coordinates."""
        return f"{self.outer} minus {self.inner}"


def nested(view: View) -> list[Difference]:
    """Derive small differences from nested pairs of which at least one cell is new.

    Returns:
        Claims that fewer than ten people lie between the two cells, narrower than 0..9.
    """
    blur = view.mechanism.blur
    everything = {**printed(view.earlier), **printed(view.new)}
    claims = []
    for outer, inner in sorted(set(_pairs(view, everything))):
        gap = everything[outer] - everything[inner]
        low, high = max(gap - 2 * blur, 0), gap + 2 * blur
        # A negative upper end contradicts the nesting: the reader learns that estimates need not nest.
        if 0 <= high < WIDE_ENOUGH and high - low + 1 < WIDE_ENOUGH and high > 0:
            claims.append(Difference(outer, inner, low, high))
    return sorted(claims, key=lambda claim: (claim.outer, claim.inner))


def _pairs(view: View, everything: Mapping[CellId, int]) -> Iterator[tuple[CellId, CellId]]:
    for cell in sorted(printed(view.new)):
        for code in ancestors(cell.area_code, view.parents):
            yield from _if_known(everything, cell._replace(area_code=code), cell)
        if cell.setting_code != "all":
            yield from _if_known(everything, cell._replace(setting_code="all"), cell)
        for outer in _outer_windows(cell):
            yield from _if_known(everything, outer, cell)
        for inner in _inner_windows(cell):
            yield from _if_known(everything, cell, inner)


def _inner_windows(cell: CellId) -> list[CellId]:
    inner = {"week": "day", "block": "week"}.get(cell.period_code)
    if inner is None:
        return []
    return [
        cell._replace(period_code=inner, period_start=cell.period_start + timedelta(days=offset))
        for offset in range(0, _DAYS[cell.period_code], _DAYS[inner])
    ]


def _outer_windows(cell: CellId) -> list[CellId]:
    """A day that is released after its week, or a week after its block (a gap filled later)."""
    if cell.period_code == "day":
        return [cell._replace(period_code="week", period_start=week_start(cell.period_start))]
    if cell.period_code == "week":
        return [cell._replace(period_code="block", period_start=block_start(cell.period_start))]
    return []


def _if_known(everything: Mapping[CellId, int], outer: CellId, inner: CellId) -> Iterator[tuple[CellId, CellId]]:
    if outer in everything and inner in everything:
        yield outer, inner


def pair_count(view: View) -> int:
    """Count the nested pairs that `nested` looks at."""
    return len(set(_pairs(view, {**printed(view.earlier), **printed(view.new)})))


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
    errors, weights = _noise(mechanism.noise)
    steps = mechanism.rounding if sees_rounding else 1
    joint: dict[int, float] = {}
    for size, chance in enumerate(PRIOR):
        joint[size] = chance * _likelihood(gap, size, errors, weights, steps)
    total = sum(joint.values())
    return joint[1] / total if total > 0 else 0.0


def _noise(bound: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
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


def one_person_claims(pairs: Iterable[tuple[str, int, int]], mechanism: Mechanism) -> list[str]:
    """Name the pairs of figures from which a reader is sure that exactly one person came or left.

    Args:
        pairs: name, earlier figure, later figure.
        mechanism: how the figures are protected.
    """
    return [
        name
        for name, before, after in pairs
        if max(one_person(after - before, mechanism), one_person(after - before, mechanism, sees_rounding=True)) >= SURE
    ]


def successive(view: View) -> list[tuple[str, int, int]]:
    """Pair each new figure with the released ones of the windows before and after it, and with its version before."""
    earlier, new, replaced = printed(view.earlier), printed(view.new), printed(view.replaced)
    everything = {**earlier, **new}
    pairs = []
    for cell, count in sorted(new.items()):
        step = timedelta(days=_DAYS[cell.period_code])
        before = cell._replace(period_start=cell.period_start - step)
        after = cell._replace(period_start=cell.period_start + step)
        if before in everything:
            pairs.append((f"{cell} against {before.period_start}", everything[before], count))
        if after in earlier:
            pairs.append((f"{cell} against {after.period_start}", count, earlier[after]))
        if cell in replaced:
            pairs.append((f"{cell} against its version before", replaced[cell], count))
    return pairs
