"""Where people go next in the synthetic market: near or large places, by gravity, in balance."""

import random
from bisect import bisect
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from simulation.towns import Town, distance_km


class Atlas:
    """Where people go: chances of each place, and of each next place from a place."""

    def __init__(self, places: tuple[Town, ...]) -> None:
        size = np.array([place.advertisers for place in places])
        away = np.array([[distance_km(a, b) for b in places] for a in places])
        kernel = (away + 8.0) ** -1.2
        np.fill_diagonal(kernel, 0.0)
        flows = balanced(kernel, size)
        self._places = list(accumulate(size / size.sum()))
        self._next = [list(accumulate(row / row.sum())) for row in flows]

    def any_place(self, rng: random.Random) -> int:
        """Draw a place by size."""
        return min(bisect(self._places, rng.random()), len(self._places) - 1)

    def next_place(self, town: int, rng: random.Random) -> int:
        """Draw the place that follows `town`; never `town` itself."""
        row = self._next[town]
        chosen = min(bisect(row, rng.random()), len(row) - 1)
        return chosen if chosen != town else (town + 1) % len(row)


def balanced(kernel: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale a symmetric kernel to symmetric flows whose row sums are proportional to `size`.

    Args:
        kernel: n x n, symmetric, zero diagonal.
        size: n, positive; none larger than all others together.

    Returns:
        n x n symmetric flows, row sums `size` (Sinkhorn's scaling, damped so that it converges for symmetric input).
    """
    weight = np.sqrt(size / kernel.sum(axis=1))
    for _ in range(500):
        weight = np.sqrt(weight * size / (kernel @ weight))
    flows: NDArray[np.float64] = weight[:, None] * kernel * weight[None, :]
    return flows
