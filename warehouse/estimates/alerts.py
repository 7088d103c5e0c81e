"""When may one say that a level changed? A chart of weeks or blocks with a stated false-alarm rate. STATISTICS 2F, 3.

Chart: generalised likelihood ratio of a step of unknown size in one of the last periods, against the level of those
before, with known covariance. Thresholds are simulated for a false-alarm rate (`docs/alerts.md`).

Even in a market where nothing changes the number moves, slowly: people stay for weeks or months, and who is seen this
week is seen next week. A chart that knows only the error of an estimate takes every such wave for a change. The covariance here is that of people who come at random and stay: 1/N times the share
of them that two periods have in common (M/G/infinity), and of the error a part that lasts as they do.

Chosen by power at equal false-alarm rate (one in 360 days, N = 40, 1,500 series, benchmarks/statistics/alert_peers.py),
found within 14 and 56 days of +30 % and of -30 %: this .65 and .79, .77 and .92; CUSUM of whitened residuals .65 and .75,
.77 and .90 (k = 1) or .57 and .79, .65 and .92 (k = .5); CUSUM of residuals against the last eight weeks .60 and .78, .62
and .88 (k = 1) or .50 and .83, .37 and .90 (k = .5). One candidate week .65 and .71, eight .66 and .83: with four, since
when is still told to a month.

Weeks, not days: a sudden change shows better by the day, but only where a day's own error is small (found within 14 days
at a quarter of one alarm in 180 days: .83 at 3 %, .74 at 6 %, .41 at 10 %), the days of the warehouse have 3 to 13 %, and
a week has each weekday once.

Source: Siegmund & Venkatraman (1995), Annals of Statistics 23 (likelihood ratio with unknown level); Harchol-Balter
(2013), Performance Modeling, chapter 26 (M/G/infinity); Wardell, Moskowitz & Plante (1994), Technometrics 36 (charts of
correlated data).
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Status = Literal["no_demonstrable_change", "higher", "lower", "not_comparable"]

NO_CHANGE, HIGHER, LOWER, NOT_COMPARABLE = "no_demonstrable_change", "higher", "lower", "not_comparable"
TOO_FEW, MISSING = "too_few_periods", "missing_period"

MINIMUM_PERIODS = 4  # of baseline, seen
MINIMUM_COMPLETENESS = 0.8  # as volumes.MINIMUM_COMPLETENESS: under it a period does not count
HORIZON_DAYS = 180  # the false-alarm rate is per so many days
LASTING = 0.8  # share of the error's variance that lasts as people do; .6 to 1 came out of two worlds from end to end
DRIFT = 0.02  # standard deviation on log N of what a level moves in a period of its own accord: seasons
RESIDENT_SHARE, RESIDENT_EXIT = 0.75, 0.0055  # of those present on a day; a day
STAY = (7.0, 10.0)  # days that the others stay, even chances
UNSEEN = 1e6  # variance that says nothing


@dataclass(frozen=True, slots=True)
class Chart:
    """How a series of one kind of period is judged.

    `window` periods are looked at, a change may have begun in any of the last `candidates`, and people last from one
    period to the next if `is_stock` (a level) and do not if not (flows: those who came, those who left). `thresholds`
    are for the false alarms of one series in 180 days in `RATES`.
    """

    period_code: Literal["week", "block"]
    days: int
    window: int
    candidates: int
    is_stock: bool
    thresholds: tuple[float, ...]


RATES: Final = (1.0, 0.5, 0.25, 0.125, 0.0625)
# benchmarks/statistics/alert_thresholds.py, 2,000 runs of each size, seed 77.
LEVEL: Final = Chart("week", 7, 26, 4, is_stock=True, thresholds=(2.13, 2.41, 2.66, 2.91, 3.11))
FLOW: Final = Chart("block", 28, 13, 1, is_stock=False, thresholds=(1.42, 1.75, 2.07, 2.35, 2.64))


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What is said of the last period of B series, each (B,).

    `direction`: 1 higher, -1 lower, 0 no demonstrable change or nothing to say. `since`: index of the period in which the
    change began, -1 without one. `withheld`: why nothing is said, "" where something is. `statistic`: the largest
    standardised step, NaN where withheld; `baseline`: how many periods were seen before the candidates.
    """

    direction: IntArray
    since: IntArray
    withheld: npt.NDArray[np.str_]
    statistic: FloatArray
    baseline: IntArray

    def status(self, series: int) -> Status:
        """Name what is said of one series."""
        if self.withheld[series]:
            return "not_comparable"
        return ("lower", "no_demonstrable_change", "higher")[int(self.direction[series]) + 1]


def threshold(chart: Chart, rate: float) -> float:
    """Give the threshold for a false-alarm rate.

    Args:
        chart: kind of series.
        rate: false alarms of one series in 180 days, within `RATES`.

    Raises:
        ValueError: the rate was not simulated.
    """
    if not RATES[-1] <= rate <= RATES[0]:
        raise ValueError(f"thresholds are simulated for {RATES[-1]} to {RATES[0]} false alarms in 180 days, not {rate}")
    return float(np.interp(-np.log(rate), -np.log(RATES), chart.thresholds))


def shared(periods: int, days: int) -> FloatArray:
    """Give the share of a period's people who are there in the period h later too, h = 0 .. `periods` - 1.

    A period of d days holds E[S] + d stays begun at unit rate, two that are h apart E(S - (h - 1) d)+ of the same.

    >>> np.round(shared(4, 7), 2).tolist()
    [1.0, 0.81, 0.62, 0.56]
    """
    gap = np.maximum((np.arange(periods) - 1.0) * days, 0.0)
    short, long = STAY
    mean = (short + long) / 2
    left = (np.maximum(long - gap, 0) ** 2 - np.maximum(short - gap, 0) ** 2) / (2 * (long - short))
    lasting = RESIDENT_SHARE * np.exp(-RESIDENT_EXIT * gap) + (1 - RESIDENT_SHARE) * left / mean
    told = lasting / (1 + days * (RESIDENT_SHARE * RESIDENT_EXIT + (1 - RESIDENT_SHARE) / mean))
    told[0] = 1.0
    return np.asarray(told, dtype=np.float64)


def judge(log_n: FloatArray, specific: FloatArray, completeness: FloatArray, chart: Chart, limit: float) -> Verdict:
    """Judge the last period of B series of T periods, the last `chart.window` of them.

    Args:
        log_n: log of the estimates, shape (B, T); NaN where there is none, or none that may be compared.
        specific: variance of each on the log scale that is its own, same shape; not used where `log_n` is NaN.
        completeness: of each period, 0 to 1, same shape; under `MINIMUM_COMPLETENESS` a period counts as not seen.
        chart: kind of series.
        limit: what the largest standardised step must exceed, from `threshold`.

    Raises:
        ValueError: shapes differ, or an estimate comes without its variance.
    """
    if not (log_n.ndim == 2 and log_n.shape == specific.shape == completeness.shape):
        raise ValueError("log_n, specific and completeness must all have shape (series, periods)")
    y, own, seen = _window(log_n, specific, completeness, chart)
    steps, information, before = _steps(y, own, seen, chart)
    told = before >= MINIMUM_PERIODS
    z = np.where(told, steps * np.sqrt(information), 0.0)
    best = np.abs(z).argmax(axis=1)
    row = np.arange(len(z))
    statistic, alarmed = z[row, best], np.abs(z[row, best]) > limit
    withheld = np.select([~seen[:, -1], ~told.any(axis=1)], [MISSING, TOO_FEW], "")
    given = np.equal(withheld, "")
    alarmed &= given
    return Verdict(
        direction=np.where(alarmed, np.sign(statistic), 0).astype(np.int64),
        since=np.where(alarmed, log_n.shape[1] - chart.candidates + best, -1),
        withheld=withheld,
        statistic=np.where(given, statistic, np.nan),
        baseline=before[row, best],
    )


def _window(
    log_n: FloatArray, specific: FloatArray, completeness: FloatArray, chart: Chart
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Take the last periods, as if there had been empty ones before where there are too few."""
    short = max(chart.window - log_n.shape[1], 0)
    pad = ((0, 0), (short, 0))
    y = np.pad(log_n[:, -chart.window :], pad, constant_values=np.nan)
    own = np.pad(specific[:, -chart.window :], pad, constant_values=np.nan)
    complete = np.pad(completeness[:, -chart.window :], pad, constant_values=0.0)
    seen = np.isfinite(y) & (complete >= MINIMUM_COMPLETENESS)
    if not (seen <= (np.isfinite(own) & (own >= 0))).all():
        raise ValueError("every estimate needs its variance, finite and not negative")
    return np.where(seen, y, 0.0), np.where(seen, own, 0.0), seen


def _steps(y: FloatArray, own: FloatArray, seen: BoolArray, chart: Chart) -> tuple[FloatArray, FloatArray, IntArray]:
    """Fit a level and a step from each candidate on, by generalised least squares.

    Returns:
        The step on log N, its information (one over its variance) and the periods seen before it, each (B, candidates).
    """
    size = y.shape[1]
    at = np.arange(size)
    apart = np.abs(at[:, None] - at)
    lasts = shared(size, chart.days)[apart] if chart.is_stock else np.eye(size)
    error_lasts = LASTING * lasts + (1 - LASTING) * np.eye(size)
    middle = y.sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
    spread = np.sqrt(own)
    covariance = lasts * np.exp(-middle)[:, None, None] + error_lasts * spread[:, :, None] * spread[:, None, :]
    covariance += DRIFT**2 * np.minimum(at[:, None], at)
    covariance[:, at, at] += np.where(seen, 0.0, UNSEEN)
    begins = size - chart.candidates + np.arange(chart.candidates)
    design = np.column_stack([np.ones(size), at[:, None] >= begins])
    moved = np.where(seen, y - middle[:, None], 0.0)
    columns = np.concatenate([np.broadcast_to(design, (len(y), *design.shape)), moved[..., None]], axis=2)
    white = np.linalg.solve(np.linalg.cholesky(covariance), columns)
    level = white[..., :1]
    white = white[..., 1:] - level * ((level * white[..., 1:]).sum(axis=1) / (level**2).sum(axis=1))[:, None]
    after, told = white[..., :-1], white[..., -1:]
    information = (after**2).sum(axis=1)
    before = np.concatenate([np.zeros((len(y), 1), dtype=np.int64), seen.cumsum(axis=1)], axis=1)[:, begins]
    return (after * told).sum(axis=1) / np.maximum(information, 1e-12), information, before


def watch(
    log_n: FloatArray,
    specific: FloatArray,
    completeness: FloatArray,
    chart: Chart,
    limit: float,
    *,
    anew: BoolArray | None = None,
) -> tuple[IntArray, FloatArray]:
    """Judge every period in turn, as the warehouse does night after night.

    Args:
        log_n: as in `judge`, as are the others.
        specific: as there.
        completeness: as there.
        chart: kind of series.
        limit: as there; infinity never alarms.
        anew: periods (T,) from which on nothing is compared with what was before: other sources, a lost key.

    Returns:
        Direction of each alarm, 0 elsewhere, and the statistic, both (B, T). After an alarm the baseline starts anew.
    """
    series, periods = log_n.shape
    direction, statistic = np.zeros((series, periods), dtype=np.int64), np.full((series, periods), np.nan)
    start = np.zeros(series, dtype=np.int64)
    for now in range(periods):
        if anew is not None and anew[now]:
            start[:] = now
        first = max(now + 1 - chart.window, 0)
        past = slice(first, now + 1)
        known = np.where(np.arange(first, now + 1) >= start[:, None], log_n[:, past], np.nan)
        found = judge(known, specific[:, past], completeness[:, past], chart, limit)
        direction[:, now], statistic[:, now] = found.direction, found.statistic
        start = np.where(found.direction != 0, now, start)
    return direction, statistic
