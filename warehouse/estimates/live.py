"""Advertisements live on one source, day by day, from sightings and the crawl log: STATISTICS 2A.

An advertisement is not yet posted, live or gone; the state is hidden. While live it is seen on day d with probability
eta q_d, q known from the crawl log. Postings, two classes of persistence and eta are fitted (`lifetimes`); then forward
and backward passes give each advertisement's chance to be live on each day, and the number live, those included that no
crawl has seen yet. An advertisement was live between its first and last sighting for certain and eta is common to all,
so both passes depend on these two days alone: they are done once for each pair and looked up for each advertisement.

Source: forward-backward, Rabiner (1989), Proceedings of the IEEE 77; the model as in `lifetimes`.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.stats import gamma

from warehouse.estimates.errors import WrongModel
from warehouse.estimates.lifetimes import DAILY, ETA, MEAN, PHI, START, Numbers, Rates, ends, loss

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BOUND = 9.0  # of logits: 0.99988
STEP = 1e-4  # of central differences, on the logit and log scale
STIFF = 1e-3  # least information in any direction, so that an interval is wide and not absent


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A fitted source. Days on which it was not yet crawled are left out: the first of T days is `skipped`.

    `completeness` (T,) is q as used; `theta` with `covariance` the parameters of `lifetimes`, on logit and log scale.
    """

    numbers: Numbers
    completeness: FloatArray
    skipped: int
    theta: FloatArray = field(repr=False)
    covariance: FloatArray = field(repr=False)

    @property
    def rates(self) -> Rates:
        """Parameters by name."""
        return Rates.of(self.theta, self.completeness)

    @property
    def eta(self) -> float:
        """Chance that a complete crawl sees a live advertisement."""
        return float(1 / (1 + np.exp(-self.theta[ETA])))

    @property
    def leaving(self) -> float:
        """Share of live advertisements that is gone the next day, over both classes as they stand in the window."""
        by_class = _expected_by_class(self.rates, self.numbers).sum(axis=1)
        return float(by_class @ (1 - self.rates.phi) / by_class.sum())


@dataclass(frozen=True, slots=True, eq=False)
class LiveCounts:
    """Advertisements live on each of T days, shapes (T,); NaN on days before the source was crawled.

    `mean`, its `variance`, `lower` and `upper` (95 %) hold the uncertainty of parameters and of hidden states; `naive` is
    what was seen, to stand beside it and never in its place.
    """

    mean: FloatArray
    variance: FloatArray
    lower: FloatArray
    upper: FloatArray
    naive: FloatArray


def fit(seen: BoolArray, completeness: FloatArray) -> Live:
    """Fit persistence, detection and postings of one source.

    Args:
        seen: shape (n, T), one row an advertisement, one column a day.
        completeness: q of each day in [0, 1], shape (T,); 0 where the crawl was missed, NaN on the days before the
            source was first crawled. A day of q = 0 with sightings has a log that is wrong: then q is the share seen of
            those certain to be live.

    Returns:
        The posterior mode under weak priors; few data give the priors back.

    Raises:
        WrongModel: q is NaN on every day or on a day after the first crawl, or outside [0, 1].
    """
    known = ~np.isnan(completeness)
    skipped = int(known.argmax())
    q = np.asarray(completeness[skipped:], dtype=np.float64)
    if not known.any() or not ((q >= 0) & (q <= 1)).all():
        raise WrongModel(
            "completeness must lie in [0, 1] on every day from the first crawl on: give 0 for a missed one."
        )
    numbers = Numbers.of(seen[:, skipped:])
    wrong = (q == 0) & (numbers.sighted > 0)
    q = np.where(wrong, numbers.sighted / np.maximum(numbers.sighted + numbers.passed, 1), q)
    theta = np.zeros(DAILY + len(q) - 1)
    theta[[ETA, PHI, PHI + 1]] = 3.0, 3.0, 1.0
    theta[MEAN] = np.log((numbers.spans.sum() + 1) / (len(q) + 20))
    bounds = [(-BOUND, BOUND)] * START + [(-BOUND, 2 * BOUND)] * (len(theta) - START)
    found = minimize(
        loss, theta, args=(numbers, q), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500}
    )
    return Live(numbers, q, skipped, found.x, _covariance(found.x, numbers, q))


def chances(live: Live, seen: BoolArray) -> FloatArray:
    """Give P(live on day d | all sightings of the window), shape (n, T): smoothed, and filtered on the last day.

    1 between first and last sighting. NaN on days before the source was crawled, 0 in rows without a sighting: what no
    crawl has seen is in `live_counts` only.

    Args:
        live: the fitted source.
        seen: shape (n, T), as fitted.
    """
    result = np.zeros(seen.shape)
    here = np.flatnonzero(seen[:, live.skipped :].any(axis=1))
    first, last = ends(seen[here, live.skipped :])
    result[here, live.skipped :] = _by_span(live.rates)[first, last]
    result[:, : live.skipped] = np.nan
    return result


def live_counts(live: Live) -> LiveCounts:
    """Count the advertisements live on each day of the window, those included that no crawl has seen.

    Those between a first and a last sighting are certain; the number of the others has the model's mean and variance,
    and Gamma quantiles, so that the interval never goes under what is certain.
    """
    numbers, q = live.numbers, live.completeness
    table, unseen = _by_span(live.rates), _unseen(live.rates)
    mean = np.einsum("fl,fld->d", numbers.spans, table) + unseen
    state = np.einsum("fl,fld->d", numbers.spans, table * (1 - table)) + unseen
    moved = np.array([_mean(live.theta + step, numbers, q) for step in STEP * np.eye(len(live.theta))])
    slope = (moved - mean) / STEP
    variance = state + np.einsum("pd,pq,qd->d", slope, live.covariance, slope)
    certain = numbers.sighted + numbers.passed
    lower, upper = _interval(certain, mean - certain, variance)
    before = np.full(live.skipped, np.nan)
    return LiveCounts(*(np.concatenate([before, part]) for part in (mean, variance, lower, upper, numbers.sighted)))


def _interval(certain: FloatArray, rest: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    rest, variance = np.maximum(rest, 1e-9), np.maximum(variance, 1e-9)
    ends_at = np.asarray(gamma.ppf([[0.025], [0.975]], rest**2 / variance, scale=variance / rest))
    # Quantiles of next to nothing are 0: the interval holds the mean in any case.
    return certain + np.floor(ends_at[0]), certain + np.maximum(np.ceil(ends_at[1]), rest)


def _mean(theta: FloatArray, numbers: Numbers, q: FloatArray) -> FloatArray:
    rates = Rates.of(theta, q)
    return np.asarray(np.einsum("fl,fld->d", numbers.spans, _by_span(rates)) + _unseen(rates))


def _unseen(rates: Rates) -> FloatArray:
    """Expected number live on each day of those never seen, shape (T,)."""
    return np.asarray((rates.waiting * (1 - rates.detection) * rates.unseen_after).sum(axis=0))


def _passes(rates: Rates) -> tuple[FloatArray, FloatArray]:
    """Chances of each class to be live on d, (C, T, T): at [c, f, d] given first seen on f; at [c, l, d], last on l."""
    missed, p = rates.missed, rates.detection
    before = missed * rates.waiting[:, None, :] / np.maximum(rates.waiting, 1e-300)[:, :, None]
    shifted = missed.transpose(0, 2, 1) * ((1 - p) / (1 - p)[:, None])  # from l to d, not seen on l + 1 .. d
    after = shifted * rates.unseen_after[:, None, :] / rates.unseen_after[:, :, None]
    return before, after


def _by_span(rates: Rates) -> FloatArray:
    """Chance to be live on d of one first seen on f and last on l, shape (T, T, T) at [f, l, d]; f <= l."""
    before, after = _passes(rates)
    of_class = rates.by_span()
    of_class = of_class / np.maximum(of_class.sum(axis=0), 1e-300)
    day = np.arange(len(rates.detection))
    early = (day < day[:, None])[:, None, :]
    late = (day > day[:, None])[None, :, :]
    table = np.einsum("cfl,cfd->fld", of_class, before) * early + np.einsum("cfl,cld->fld", of_class, after) * late
    return np.asarray(np.where(early | late, table, 1.0))


def _expected_by_class(rates: Rates, numbers: Numbers) -> FloatArray:
    """Expected number live of each class on each day, shape (C, T)."""
    before, after = _passes(rates)
    of_class = rates.by_span()
    weight = of_class / np.maximum(of_class.sum(axis=0), 1e-300) * numbers.spans
    day = np.arange(len(rates.detection))
    within = (day[:, None, None] <= day) & (day <= day[:, None])
    early, late = np.tri(len(day), k=-1), np.tri(len(day), k=-1).T
    count = np.einsum("cfl,fld->cd", weight, within.astype(np.float64))
    count += np.einsum("cf,cfd->cd", weight.sum(axis=2), before * early)
    count += np.einsum("cl,cld->cd", weight.sum(axis=1), after * late)
    return np.asarray(count + rates.waiting * (1 - rates.detection) * rates.unseen_after)


def _covariance(theta: FloatArray, numbers: Numbers, q: FloatArray) -> FloatArray:
    steps = STEP * np.eye(len(theta))
    hessian = np.array([loss(theta + s, numbers, q)[1] - loss(theta - s, numbers, q)[1] for s in steps]) / (2 * STEP)
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    return np.asarray(vectors / np.maximum(values, STIFF) @ vectors.T)
