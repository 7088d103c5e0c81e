"""Level, change and trend of volume over time, with measurement variance that is known and split. STATISTICS 2F.

log N of a period = level + weekday, holidays + what a change of sources did + error. The level follows a trend that
dies out; how freely it moves is unknown and averaged over a grid of standard deviations, weighed by likelihood and a
weak prior: the single most likely one is often zero in series of 4 to 30 points, and its intervals are too narrow.

The error's variance is in two parts. What is `specific` to a period enters here. What is `common` to all periods (delta,
kappa, ghosts, an area's own detection) shifts the level as a whole: it widens the level and leaves the change alone.

Level and change of a period use that period and those before it, so later ones never revise them; the trend uses all.
The change supposes nothing of its own size: this period's own figure against the level of those before. Under the
trend's own prior its interval held a step of +30 % at N = 40 in the week of the step in .3 of 600 runs, so in .96.

Source: Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter; damping: Gardner & McKenzie
(1985), Management Science 31; a step of unknown size: de Jong & Penzer (1998), JASA 93.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import helmert
from scipy.stats import norm

from warehouse.estimates import kalman

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

MINIMUM_PERIODS = 4  # no change is shown on fewer
SPREADS = np.geomspace(0.002, 0.4, 14)  # standard deviation of the level's weekly steps on log N
PRIOR_SPREAD = 0.15  # scale of a half-Cauchy prior on it (Gelman 2006, Bayesian Analysis 1)
SLOPE_SHARE, DAMPING = 0.3, 0.8  # spread of the slope's steps as a share of the level's; what is left of a slope
VAGUE = 100.0  # variance on log N that says nothing
WEEKDAY_VARIANCE = 0.3**2  # prior, of each weekday's effect on log N
LEVEL, SLOPE = 0, 1
ELEMENTS = 4_000_000  # of the largest array: how many series go together

TOO_SHORT, MISSING, SOURCE_BREAK = "too_few_periods", "missing_period", "source_break"


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A regressor on log N: `values` (T,), and the prior `mean` and `variance` of its effect, (B,) or one for all.

    A holiday moves volume itself (`of_level`); an outage or another way of counting only moves what is measured.
    """

    values: FloatArray
    mean: FloatArray | float = 0.0
    variance: FloatArray | float = 0.25
    of_level: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Break:
    """Other sources from period `at` on: log N on the new sources minus on the old, `mean` and `variance`, (B,) or one.

    Without a variance there is no link: nothing is compared across, and each side keeps its own level. With one, all
    levels are on the newest sources.
    """

    at: int
    mean: FloatArray | float = 0.0
    variance: FloatArray | float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """Figures of B series in T periods, all (B, T).

    `point`, `lower`, `upper`: the level, in the units of N; NaN where there was no observation. `change` with its ends:
    ratio to the period before; NaN where withheld, and then `withheld` says why ("" where it is given).
    `is_demonstrable`: the interval of the change excludes 1. `trend` with its ends: the level without weekdays and
    holidays, with hindsight and across gaps.
    """

    point: FloatArray
    lower: FloatArray
    upper: FloatArray
    change: FloatArray
    change_lower: FloatArray
    change_upper: FloatArray
    is_demonstrable: BoolArray
    withheld: npt.NDArray[np.str_]
    trend: FloatArray
    trend_lower: FloatArray
    trend_upper: FloatArray


def estimate(
    log_n: FloatArray,
    specific: FloatArray,
    common: FloatArray,
    *,
    weekday: IntArray | None = None,
    columns: Sequence[Column] = (),
    breaks: Sequence[Break] = (),
    level: float = 0.95,
) -> Trend:
    """Estimate B series of T periods.

    Args:
        log_n: log of the point estimates, shape (B, T); NaN where there is none. Zeros do not exist: a refusal is NaN.
        specific: variance of each on the log scale that is its own, shape (B, T).
        common: variance of what shifts all periods alike, shape (B, T).
        weekday: 0 = Monday .. 6, shape (T,): a daily series. None: weekly.
        columns: holidays and outages.
        breaks: periods from which on the sources are others; the same for all series.
        level: of the intervals.

    Raises:
        ValueError: shapes differ, or an observation comes without its variances.
    """
    seen = np.isfinite(log_n)
    if not (log_n.ndim == 2 and log_n.shape == specific.shape == common.shape):
        raise ValueError("log_n, specific and common must all have shape (series, periods)")
    if not (seen <= ((specific >= 0) & (common >= 0) & np.isfinite(specific + common))).all():
        raise ValueError("every observation needs both variances, finite and not negative")
    series, periods = log_n.shape
    every = (*_weekdays(weekday), *columns, *(_column(one, periods) for one in breaks if one.variance is not None))
    unlinked = np.zeros(periods, dtype=np.bool_)
    unlinked[[one.at for one in breaks if one.variance is None]] = True
    spreads = SPREADS if weekday is None else SPREADS / np.sqrt(7)
    together = max(1, ELEMENTS // (len(spreads) * periods * (2 + len(every)) ** 2))
    parts = []
    for start in range(0, series, together):
        rows = slice(start, start + together)
        parts.append(_some(log_n[rows], specific[rows], _Design.of(every, rows, spreads, unlinked)))
    known = _Known(*(np.concatenate(each) for each in zip(*parts, strict=True)))
    counted = seen.cumsum(axis=1) - unlinked.cumsum()
    return _written(known, seen, counted, common, unlinked, float(norm.ppf((1 + level) / 2)))


def _weekdays(weekday: IntArray | None) -> list[Column]:
    """Give six columns whose effects sum to zero over a week, the same prior for each weekday."""
    if weekday is None:
        return []
    return [Column(contrast[weekday], variance=WEEKDAY_VARIANCE) for contrast in helmert(7)]


def _column(link: Break, periods: int) -> Column:
    if link.variance is None:
        raise ValueError("a break without a link has no column")
    before = (np.arange(periods) < link.at).astype(np.float64)
    return Column(before, -np.asarray(link.mean, dtype=np.float64), link.variance, of_level=False)


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    """Model of some series under each of G spreads, and which of its m states make the `level`, shape (T, m)."""

    model: kalman.Model
    level: FloatArray
    log_prior: FloatArray

    @classmethod
    def of(cls, columns: Sequence[Column], rows: slice, spreads: FloatArray, unlinked: BoolArray) -> "_Design":
        periods, size = len(unlinked), 2 + len(columns)
        z, transition = np.zeros((periods, size)), np.eye(size)
        z[:, LEVEL], transition[LEVEL, SLOPE], transition[SLOPE, SLOPE] = 1.0, 1.0, DAMPING
        noise = np.zeros((len(spreads), periods, size))
        noise[..., LEVEL] = spreads[:, None] ** 2 + VAGUE * unlinked
        noise[..., SLOPE] = (SLOPE_SHARE * spreads[:, None]) ** 2
        priors = [(_of_rows(column.mean, rows), _of_rows(column.variance, rows)) for column in columns]
        many = max((len(prior) for pair in priors for prior in pair), default=1)
        mean, variance = np.zeros((many, 1, size)), np.zeros((many, len(spreads), size))
        variance[..., LEVEL] = VAGUE
        variance[..., SLOPE] = (SLOPE_SHARE * spreads) ** 2 / (1 - DAMPING**2)
        level = z.copy()
        for i, (column, (centre, spread)) in enumerate(zip(columns, priors, strict=True), start=2):
            z[:, i] = column.values
            level[:, i] = column.values if column.of_level else 0.0
            mean[:, 0, i], variance[..., i] = centre, spread[:, None]
        # The grid is even in the logarithm, hence the density times the spread itself.
        log_prior = np.log(spreads) - np.log1p((spreads / (PRIOR_SPREAD * spreads[-1] / SPREADS[-1])) ** 2)
        return cls(kalman.Model(z, transition, noise, mean, variance), level, log_prior)


def _of_rows(prior: FloatArray | float, rows: slice) -> FloatArray:
    return np.atleast_1d(np.asarray(prior, dtype=np.float64))[rows if np.ndim(prior) else slice(None)]


class _Known(NamedTuple):
    """Mean and variance on log N, each (B, T): of the level, of its step since the period before, of the trend."""

    level: FloatArray
    level_variance: FloatArray
    step: FloatArray
    step_variance: FloatArray
    trend: FloatArray
    trend_variance: FloatArray


def _some(log_n: FloatArray, specific: FloatArray, design: _Design) -> _Known:
    """Filter and smooth some series under every spread and average over the spreads."""
    first = np.isfinite(log_n).argmax(axis=1)
    centre = np.nan_to_num(log_n[np.arange(len(log_n)), first])[:, None]
    y, error = (log_n - centre)[:, None, :], np.nan_to_num(specific)[:, None, :]
    done = kalman.run(y, error, design.model)
    smoothed, smoothed_covariance = kalman.smooth(design.model, done)
    log_weight = done.log_likelihood + design.log_prior[:, None]
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)

    def averaged(mean: FloatArray, variance: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        middle = (weight * mean).sum(axis=1)
        return middle, np.maximum((weight * (variance + (mean - middle[:, None]) ** 2)).sum(axis=1), 0.0)

    z = design.level
    levels = (done.state * z).sum(axis=-1)
    level_variances = np.einsum("...i,...ij,...j->...", z, done.covariance, z)
    level, level_variance = averaged(levels, level_variances, weight)
    step, step_variance = averaged(done.step, done.step_variance, weight)
    last = weight[..., -1:]
    trend, trend_variance = averaged(smoothed[..., LEVEL], smoothed_covariance[..., LEVEL, LEVEL], last)
    return _Known(level + centre, level_variance, step, step_variance, trend + centre, trend_variance)


def _written(
    known: _Known, seen: BoolArray, counted: IntArray, common: FloatArray, unlinked: BoolArray, z: float
) -> Trend:
    """Write means and variances as figures, and withhold what may not be said."""
    gap = np.logical_not(seen)
    gap[:, 1:] |= gap[:, :-1].copy()
    withheld = np.select([unlinked & seen, gap, counted < MINIMUM_PERIODS], [SOURCE_BREAK, MISSING, TOO_SHORT], "")
    given: BoolArray = np.equal(withheld, "")
    change, spread = np.where(given, known.step, np.nan), z * np.sqrt(known.step_variance)
    width = z * np.sqrt(known.level_variance + common)
    point = np.where(seen, known.level, np.nan)
    # The trend crosses gaps, where nothing says what is common: the mean of the periods seen.
    told = np.nan_to_num(np.where(seen, common, 0.0)).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    around = z * np.sqrt(known.trend_variance + told[:, None])
    middle = np.where(seen.any(axis=1, keepdims=True), known.trend, np.nan)
    return Trend(
        point=np.exp(point),
        lower=np.exp(point - width),
        upper=np.exp(point + width),
        change=np.exp(change),
        change_lower=np.exp(change - spread),
        change_upper=np.exp(change + spread),
        is_demonstrable=given & (np.abs(known.step) > spread),
        withheld=withheld,
        trend=np.exp(middle),
        trend_lower=np.exp(middle - around),
        trend_upper=np.exp(middle + around),
    )
