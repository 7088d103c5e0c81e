"""How long somebody stays in an area, in days: quartiles of the spells that begin in a window, with intervals.

Only spells that begin inside the window are followed: when the others began is unknown, so that they could not even enter
late. Who is still there ten days before the window's end is censored on that day, which does not depend on when she leaves.
From what is seen to what is so:

1. Kaplan-Meier of the days from first to last sighting; a spell with doubtful breaks counts in each form that it may have
   (see `spells`).
2. Identities that end because a new number begins: where links are lost at l a day, S(k) exp(l k); and the new
   number's spell is no beginning. Its days are what remains of a spell under way, as those under way when the window opens
   show, and that mixture is taken out.
3. What is seen lasts longer than the stay by the days that the advertisement stays on, and shorter by the days before the
   first and after the last sighting. All three are geometric, with means known from the lag and from single days
   missed; expectation-maximisation takes them out of the distribution (Richardson 1972, J. Opt. Soc. Am. 62; Lucy
   1974, Astron. J. 79), stopped early so that it fits no noise.
4. A stay of k days is spread over k - 1/2 to k + 1/2 and S is linear in between: the median of grouped data.

Each draw has its own weights of identities (Rubin 1981, Annals of Statistics 9: Bayesian bootstrap), lag and loss of links.

Source: Kaplan & Meier (1958), JASA 53; STATISTICS 2B and 3.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from warehouse.estimates.errors import LowCompleteness, TooFewEnded
from warehouse.estimates.spells import Pieces, Spells, Window

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

DRAWS = 400
FEWEST_ENDED = 30
MOST_MISSED = 0.5  # of days: beyond it ten days in a row are missed by chance, and stays fall apart
STEPS = 30  # of expectation-maximisation: more changes the quartiles by under 1 % (simulated, November 2026)
TOGETHER = 64  # areas whose distributions are taken apart at once, for memory
QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Days:
    """A quartile: median and 95 % interval of its draws, in days; None where longer than spells could be followed."""

    point: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Dwell:
    """Stays in one area. `begun` spells began in the window, `ended` of them ended in it; a refusal leaves no quartiles.

    `who` are the identities whose spells began, in order: for thresholds and noise only.
    """

    area: int
    begun: int
    ended: int
    lower_quartile: Days | None
    median: Days | None
    upper_quartile: Days | None
    refusal: str | None
    who: tuple[int, ...] = ()


def estimate(
    area: IntArray,
    days: BoolArray,
    identity: IntArray,
    completeness: FloatArray,
    lag: FloatArray,
    *,
    lost: tuple[float, float] = (0.0, 0.0),
    rng: np.random.Generator,
) -> tuple[Dwell, ...]:
    """Estimate how long stays last in each area.

    Args:
        area: area of each of R pairs (identity, area), 0 or more, shape (R,); `frame.days_seen` gives it and `days`.
        days: days on which the pair was seen, shape (R, T).
        identity: identity of each pair, 0 or more, shape (R,).
        completeness: share of what could be seen on each day, shape (T,); a day of 0 neither makes nor ends a break.
        lag: draws of the mean days that an advertisement stays on after its owner left, shape (D,), as `Level.lag`.
        lost: chance that an identity loses its links in a week, and its standard error.
        rng: of the draws.

    Returns:
        One result an area, in order of area; refused are `too_few_ended` (under 30 spells ended) and `low_completeness`
        (somebody who is there is missed on more days than not).
    """
    window = Window.of(completeness)
    lags = rng.choice(lag, DRAWS)
    losses = np.maximum(rng.normal(*lost, DRAWS), 0.0) / 7  # a day
    travels = np.bincount(identity)[identity] > 1
    weights = rng.standard_exponential((int(identity.max(initial=0)) + 1, DRAWS), dtype=np.float32)
    results: dict[int, Dwell] = {}
    told: list[tuple[Dwell, FloatArray, float]] = []
    for code in np.unique(area):
        rows = np.flatnonzero(area == code)
        pieces = Pieces.of(days[rows], travels[rows], window)
        begun, ended = _plainly(pieces, window)
        who = tuple(np.unique(identity[rows[begun]]).tolist())
        plain = Dwell(int(code), len(begun), ended, None, None, None, TooFewEnded.code, who)
        results[plain.area] = plain
        if ended >= FEWEST_ENDED and pieces.missed > MOST_MISSED:
            results[plain.area] = replace(plain, refusal=LowCompleteness.code)
        elif ended >= FEWEST_ENDED:
            spells = Spells.of(pieces, lags)
            weight = spells.weight * weights[identity[rows][spells.row]]
            told.append((plain, _seen_to_last(spells, weight, window, lags, losses), pieces.missed))
    for start in range(0, len(told), TOGETHER):
        plains, seen, missed = zip(*told[start : start + TOGETHER], strict=True)
        lasting = _stays(np.stack(seen, axis=1), lags, np.array(missed)[:, None])
        for i, plain in enumerate(plains):
            lower, median, upper = (_interval(quantile(lasting[:, i], share)) for share in QUARTILES)
            results[plain.area] = replace(
                plain, lower_quartile=lower, median=median, upper_quartile=upper, refusal=None
            )
    return tuple(results[code] for code in sorted(results))


def _plainly(pieces: Pieces, window: Window) -> tuple[IntArray, int]:
    """Give the rows of spells begun in the window and count those ended, every bridged break closed."""
    spells = Spells.of(pieces, np.zeros(1))
    inside = (spells.first >= window.opens) & (spells.first <= window.closes)
    return spells.row[inside], int((inside & (spells.last <= window.closes)).sum())


def _seen_to_last(spells: Spells, weight: FloatArray, window: Window, lag: FloatArray, lost: FloatArray) -> FloatArray:
    """Estimate the chance that first to last sighting take over k days, k = 0..M, shape (M + 1, D); losses taken out."""
    last, ended = np.minimum(spells.last, window.closes), spells.last <= window.closes
    begun = (spells.first >= window.opens) & (spells.first <= window.closes)
    before = window.opens - 1
    under_way = (spells.first <= before) & (spells.last >= before)
    seen = _kaplan_meier((last - spells.first + 1)[begun], ended[begun], weight[begun], window.days, lost)
    left = _kaplan_meier((last - before)[under_way], ended[under_way], weight[under_way], window.days, lost)
    present = np.maximum(last - np.maximum(spells.first, window.opens) + 1, 0)
    here = present @ weight - lag * weight[ended & (spells.last >= window.opens)].sum(axis=0)
    # At most half: beyond that there is nothing to tell the mixture from.
    share = np.clip(lost * here / weight[begun].sum(axis=0), 0.0, 0.5)
    return np.asarray(np.minimum.accumulate(np.clip((seen - share * left) / (1 - share), 0.0, 1.0)))


def _kaplan_meier(age: IntArray, ended: BoolArray, weight: FloatArray, most: int, lost: FloatArray) -> FloatArray:
    """Give S(k) for k = 0..most, shape (most + 1, D), had no link been lost.

    Args:
        age: at the end or when censored, in days, shape (P,); an age of 0 counts for nothing.
        ended: whether it ended then, shape (P,).
        weight: shape (P, D).
        most: days followed.
        lost: chance a day that a spell ends because its links were lost, shape (D,).
    """
    age = np.minimum(age, most + 1)
    out = _by_age(age, weight, most + 2)
    at_risk = out[::-1].cumsum(axis=0)[::-1][1 : most + 1]
    gone = _by_age(age[ended], weight[ended], most + 2)[1 : most + 1]
    hazard = np.divide(gone, at_risk, out=np.zeros_like(gone), where=at_risk > 0)
    survival = np.vstack([np.ones((1, weight.shape[1])), np.cumprod(1 - np.minimum(hazard, 1.0), axis=0)])
    kept = survival * np.exp(np.arange(most + 1)[:, None] * lost)
    return np.asarray(np.minimum.accumulate(np.minimum(kept, 1.0)))


def _by_age(age: IntArray, weight: FloatArray, size: int) -> FloatArray:
    """Sum weights (P, D) by age, shape (size, D)."""
    order = np.argsort(age, kind="stable")
    there, starts = np.unique(age[order], return_index=True)
    sums = np.zeros((size, weight.shape[1]))
    if len(there):
        sums[there] = np.add.reduceat(weight[order], starts, axis=0)
    return sums


def _stays(seen: FloatArray, lag: FloatArray, missed: FloatArray) -> FloatArray:
    """Turn S of what is seen into S of the stays, both (M + 1, A, D): A areas, D draws.

    Args:
        seen: chances to last over 0..M days from first to last sighting.
        lag: mean days that an advertisement stays on, shape (D,).
        missed: chance not to be seen on a day, shape (A, 1).
    """
    share = np.concatenate([-np.diff(seen, axis=0), seen[-1:]])  # of 1..M days, and of more
    stays_on = lag / (1 + lag)
    guess = (share + 1 / len(share)) / 2
    noticed = _backward(np.ones_like(share), stays_on, missed)
    for _ in range(STEPS):
        fitted = _forward(guess, stays_on, missed)
        guess = guess * _backward(share / np.maximum(fitted, 1e-12), stays_on, missed) / noticed
    return np.asarray(guess[::-1].cumsum(axis=0)[::-1] / guess.sum(axis=0))


def _forward(stays: FloatArray, stays_on: FloatArray, missed: FloatArray) -> FloatArray:
    """Turn shares of stays of 1..M and more days into shares of what is seen of them; those never seen are missing."""
    shown = _fade(stays[:-1], stays_on, 0.0, 1)
    beyond = stays[-1:] + (stays[:-1].sum(axis=0) - shown.sum(axis=0))[None]
    return np.concatenate([_fade(_fade(shown, missed, 0.0, -1), missed, 0.0, -1), beyond])


def _backward(seen: FloatArray, stays_on: FloatArray, missed: FloatArray) -> FloatArray:
    """Apply the transpose of `_forward`."""
    shown = _fade(_fade(seen[:-1], missed, 0.0, 1), missed, 0.0, 1)
    return np.concatenate([_fade(shown, stays_on, seen[-1], -1), seen[-1:]])


def _fade(values: FloatArray, keep: FloatArray, carry: FloatArray | float, step: int) -> FloatArray:
    """Spread each value over the ones after it (step 1) or before it (-1) with geometric weights, mean keep/(1 - keep)."""
    spread = np.empty_like(values)
    fresh = 1 - keep
    for k in range(len(values))[::step]:
        carry = keep * carry + fresh * values[k]
        spread[k] = carry
    return spread


def quantile(survival: FloatArray, share: float) -> FloatArray:
    """Give the days within which `share` of the stays ended, shape (D,); infinite where S does not come down to it.

    Args:
        survival: S(k) = chance to last over k days, k = 0..M, shape (M + 1, D), falling.
        share: between 0 and 1.

    >>> quantile(np.array([1.0, 1.0, 0.75, 0.5, 0.25, 0.0])[:, None], 0.5)
    array([3.5])
    """
    below = survival <= 1 - share
    k = np.maximum(below.argmax(axis=0), 1)
    draw = np.arange(survival.shape[1])
    over, under = survival[k - 1, draw], survival[k, draw]
    part = np.divide(over - (1 - share), over - under, out=np.zeros_like(over), where=over > under)
    return np.asarray(np.where(below.any(axis=0), k - 0.5 + part, np.inf))


def _interval(draws: FloatArray) -> Days:
    # Order statistics: between a finite and an infinite draw nothing can be interpolated.
    lower, point, upper = np.quantile(draws, (0.025, 0.5, 0.975), method="inverted_cdf")
    return Days(*(float(end) if np.isfinite(end) else None for end in (point, lower, upper)))
