"""A4: asking for one cell thirty times; answers that differ would average out to the truth."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from warehouse.protection.cells import CellId

REQUESTS: Final = 30
# An average this close to the truth has undone the noise, in advertisers.
NEAR: Final = 1.0

Answers = Mapping[CellId, int]


def varying(ask: Callable[[], Answers], requests: int = REQUESTS) -> list[CellId]:
    """Ask again and again; find the cells of which two answers differ.

    Args:
        ask: makes the figures anew, as a reader's request would.
        requests: how often to ask.
    """
    first = dict(ask())
    differing: set[CellId] = set()
    for _ in range(requests - 1):
        again = ask()
        differing |= {cell for cell in first.keys() | again.keys() if first.get(cell) != again.get(cell)}
    return sorted(differing)


def average_error(ask: Callable[[], Answers], truth: Mapping[CellId, float], requests: int = REQUESTS) -> float:
    """Average the answers of each cell; give the mean distance from the truth, in advertisers."""
    sums: dict[CellId, float] = dict.fromkeys(truth, 0.0)
    for _ in range(requests):
        for cell, count in ask().items():
            sums[cell] += count
    return sum(abs(sums[cell] / requests - value) for cell, value in truth.items()) / len(truth)


def is_control_won(truth: Mapping[CellId, float]) -> bool:
    """Attack a twin that draws its noise anew for each request: the answers differ and their average is the truth."""
    chance = Random(20_261_012)  # noqa: S311 - an attack on purpose, not a secret

    def ask() -> Answers:
        return {cell: round(value) + chance.choice((-3, -2, -1, 0, 1, 2, 3)) for cell, value in truth.items()}

    return len(varying(ask)) == len(truth) and average_error(ask, truth) < NEAR
