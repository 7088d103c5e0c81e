"""A7: was this one advertiser there? An attacker who knows her full week looks at what was published.

Neighbouring worlds: the same market with and without one advertiser. The attacker knows on which days of the week she
would be in the municipality, knows the market's averages and how its figures move together (learned from as many
worlds as he likes), but not who else is there. He scores a release with the linear likelihood ratio x' S^-1 (p - m):
for Gaussian figures no score is better. The area under the curve says how well the score tells the worlds apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from warehouse.protection.noise import draw
from warehouse.protection.rounding import nearest
from warehouse.protection.rules import VOLUME

Array = npt.NDArray[np.float64]
DAYS: Final = 7
BAR: Final = 0.55

Publish = Callable[[npt.NDArray[np.int64], np.random.Generator], Array]


@dataclass(frozen=True, slots=True)
class Market:
    """A municipality: mean number of advertisers, and the share of them that comes or goes on a day.

    `resident_share` of the advertisers are there the whole week; the others come or go within it.
    """

    size: int = 80
    turnover: float = 0.05
    resident_share: float = 0.7


def membership_auc(publish: Publish, market: Market, trials: int, seed: int) -> float:
    """Measure how well membership can be told, over `trials` worlds with the target and as many without.

    Args:
        publish: turns counts (7 days and the week) and a source of randomness into published figures.
        market: the municipality.
        trials: pairs of neighbouring worlds.
        seed: of the worlds.

    Returns:
        Area under the curve: 0.5 is guessing, 1 is certainty.
    """
    rng = np.random.default_rng(seed)
    learned = np.stack([publish(_counts(market, rng), rng) for _ in range(max(trials, 400))])
    mean = learned.mean(axis=0)
    inverse = np.linalg.pinv(np.cov(learned.T) + 1e-9 * np.eye(learned.shape[1]))
    outside, inside = [], []
    for _ in range(trials):
        others, week = _counts(market, rng), _week(market, rng)
        template = np.append(week, 1.0)
        weights = inverse @ template
        # A known week differs from target to target; centring makes their scores comparable.
        shift = 0.5 * float(template @ weights)
        outside.append(float((publish(others, rng) - mean) @ weights) - shift)
        inside.append(float((publish(others + template.astype(np.int64), rng) - mean) @ weights) - shift)
    return _auc(np.asarray(outside), np.asarray(inside))


def _auc(low: Array, high: Array) -> float:
    order = np.sort(low)
    below = np.searchsorted(order, high, side="left")
    ties = np.searchsorted(order, high, side="right") - below
    return float((below + 0.5 * ties).mean() / len(low))


def _week(market: Market, rng: np.random.Generator) -> Array:
    """Days on which the target is there: all, or from or up to some day of the week."""
    days = np.ones(DAYS)
    if rng.random() >= market.resident_share:
        cut = int(rng.integers(1, DAYS))
        if rng.random() < 0.5:
            days[:cut] = 0.0
        else:
            days[cut:] = 0.0
    return days


def _counts(market: Market, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Count the others on each day, and over the week."""
    there = int(rng.poisson(market.size))
    seen, counts = there, [there]
    for _ in range(DAYS - 1):
        come = int(rng.poisson(market.size * market.turnover))
        there += come - int(rng.binomial(there, market.turnover))
        seen += come
        counts.append(there)
    return np.asarray([*counts, seen], dtype=np.int64)


def protected(record_key: bytes) -> Publish:
    """Publish as the gate does: noise by cell key, rounding, a label under the threshold (read as its middle)."""

    def publish(counts: npt.NDArray[np.int64], rng: np.random.Generator) -> Array:
        figures = []
        for count in counts:
            number = int(rng.integers(0, 1 << 62))
            error = draw(record_key, VOLUME.cube, number, int(count), VOLUME.noise)
            shown = nearest(float(count) + error, VOLUME.rounding)
            figures.append(shown if count >= VOLUME.threshold <= shown else VOLUME.threshold / 2)
        return np.asarray(figures, dtype=np.float64)

    return publish


def exact(counts: npt.NDArray[np.int64], _rng: np.random.Generator) -> Array:
    """Publish the counts as they are."""
    return counts.astype(np.float64)
