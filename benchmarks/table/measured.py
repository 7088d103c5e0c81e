"""What one row of the table is made of: the seconds of both, how ours grows, and the bars. Reckoned here, printed elsewhere."""

import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "keeping"))

import bench


def said(value: float) -> str:
    """Write a figure in three digits, a large one whole.

    >>> said(0.0412), said(3.14159), said(22771.3)
    ('0.0412', '3.14', '22,771')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure beside the bar that PERFORMANCE or a benchmark of its own names."""

    figure: str
    value: float
    limit: float
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the figure lies on the right side; one that is no number does not."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign, word = ">=" if self.at_least else "<=", "met" if self.is_met else "MISSED"
        return f"{self.figure} {said(self.value)} ({sign} {self.limit:,g} {word})"


@dataclass(frozen=True, slots=True)
class Growth:
    """Seconds of ours at each size; `of` says what a size counts."""

    of: str
    sizes: tuple[float, ...]
    seconds: tuple[float, ...]

    @property
    def exponent(self) -> float:
        """Of which power of the size the seconds grow; nan for one size."""
        return bench.exponent(self.sizes, self.seconds)


@dataclass(frozen=True, slots=True)
class Measured:
    """One benchmark that was run.

    Args:
        counted: what is counted, as "pages".
        count: how many of them each round handles.
        peer: who is raced against, in a few words.
        packages: distributions whose versions make the peer.
        ours, theirs: seconds of each round, in the same order.
        growth: of ours alone.
        peak_mb: most memory that ours takes at the largest size of the growth.
        bars: of this row.
    """

    counted: str
    count: float
    peer: str
    packages: tuple[str, ...]
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    growth: Growth
    peak_mb: float
    bars: tuple[Bar, ...] = ()

    @property
    def throughput(self) -> float:
        """What ours handles a second, of the median round."""
        return self.count / statistics.median(self.ours)

    @property
    def ratio(self) -> tuple[float, float, float]:
        """How many times as long the peer takes: median of the rounds, lowest and highest but the outermost."""
        return bench.spread(self.ours, self.theirs)

    def as_json(self) -> dict[str, Any]:
        """Give the row as it is stored (docs/benchmarks.md)."""
        middle, low, high = self.ratio
        return {
            "counted": self.counted,
            "throughput": self.throughput,
            "peer": self.peer,
            "ratio": {"median": middle, "low": low, "high": high, "rounds": len(self.ours)},
            "growth": {**asdict(self.growth), "exponent": self.growth.exponent},
            "peak_mb": self.peak_mb,
            "bars": [{**asdict(bar), "is_met": bar.is_met} for bar in self.bars],
        }


class Disagreement(Exception):
    """Ours and the peer did not do the same work, so no speed is told; the message says in what they differ."""


def grown(of: str, sizes: Sequence[int], rounds: int, cost: Callable[[int], float]) -> Growth:
    """Measure ours at each size, half as many times as there are rounds; keep the median."""
    turns = range(max(rounds // 2, 1))
    return Growth(of, tuple(sizes), tuple(statistics.median([cost(size) for _ in turns]) for size in sizes))
