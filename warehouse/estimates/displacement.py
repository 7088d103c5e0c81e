"""Whether those who are gone moved next door: the neighbours' effect as a share of the municipality's own. STATISTICS 4.

Own and neighbours' effects are estimated apart, by the same counterfactual. In advertisers an effect is what there is
minus what there would have been, N (1 - 1 / ratio). The displaced share is minus the neighbours' over the own: 1 where
all who are gone from here are there, 0 where none is. Its interval is drawn, since it is a ratio of two uncertain numbers.

A verdict claims what is ruled out, each by a one-sided test of 5 %. `displacement`: that nobody moved is ruled out. `decline`
(or `growth`): that all moved is ruled out, and that anybody did is not shown. `both`: both are ruled out.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from warehouse.estimates.policy import Effect, Verdict

FloatArray = npt.NDArray[np.float64]

DRAWS = 4000
SIZE = 0.05  # of each of the two tests behind a verdict


class Interval(NamedTuple):
    """A figure with the ends of its 95 % interval."""

    point: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Displacement:
    """How many advertisers more or fewer there are than there would have been, here and next door, and the share moved.

    `neighbours` and `share` are None where no neighbour has figures; `share` too where there is nothing to be a share of.
    """

    own: Interval
    neighbours: Interval | None
    share: Interval | None
    verdict: Verdict


def displaced(
    own: Effect, level: float, neighbours: Effect | None, level_there: float, *, common: float, seed: int
) -> Displacement:
    """Put the effects in advertisers, and tell displacement from decline.

    Args:
        own: effect in the municipality.
        level: mean number of advertisers there after the event.
        neighbours: effect on the sum of the neighbours; None where none has figures.
        level_there: mean number there after the event.
        common: variance of the logarithm of the level that all weeks share.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    shift = np.exp(np.sqrt(common) * rng.standard_normal(DRAWS))  # of both: they go by the same calibration
    here = level * _change(own, rng)
    mine = _interval(level * -np.expm1(-own.log_ratio), here * shift)
    if neighbours is None:
        return Displacement(mine, None, None, "cannot_tell")
    there = level_there * _change(neighbours, rng)
    theirs = _interval(level_there * -np.expm1(-neighbours.log_ratio), there * shift)
    if not own.is_demonstrable:
        return Displacement(mine, theirs, None, "cannot_tell")
    drawn = -there / here
    someone_moved, someone_did_not = np.mean(drawn <= 0) < SIZE, np.mean(drawn >= 1) < SIZE
    share = _interval(-theirs.point / mine.point, drawn)
    return Displacement(mine, theirs, share, _verdict(own, bool(someone_moved), bool(someone_did_not)))


def _verdict(own: Effect, someone_moved: bool, someone_did_not: bool) -> Verdict:  # noqa: FBT001
    if someone_moved:
        return "both" if someone_did_not else "displacement"
    if someone_did_not:
        return "decline" if own.log_ratio < 0 else "growth"
    return "cannot_tell"


def _change(of: Effect, rng: np.random.Generator) -> FloatArray:
    """Draw what is there minus what would have been, as a share of what is there."""
    return np.asarray(-np.expm1(-(of.log_ratio + of.deviation * rng.standard_t(of.freedom, DRAWS))))


def _interval(point: float, draws: FloatArray) -> Interval:
    lower, upper = np.quantile(draws, (0.025, 0.975))
    return Interval(float(point), float(min(lower, point)), float(max(upper, point)))
