"""Two kinds of advertisers, each seen by the lists independently: a latent class model of the overlap, fitted by EM.

Within a class the lists are independent; that one class is easier to see than the other makes them look dependent. The
model tells a number from four lists on. With three it has as many parameters (six detection probabilities and a share)
as the seven cells have freedom given that somebody was seen, and one more: a whole range of populations fits equally
well, and only its profile is given, without a point. That is no fault of the fit; no number of starts mends it.

Source: Goodman (1974), Biometrika 61; for populations Cowan & Malec (1986), JASA 81; Stanghellini & van der Heijden
(2004), Biometrics 60, on what three lists cannot tell. EM: Dempster, Laird & Rubin (1977), JRSS B 39; leaps: Varadhan &
Roland (2008), Scandinavian J. Statistics 35. Profile: Cormack (1992), Biometrics 48.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, xlogy
from scipy.stats import chi2

from warehouse.estimates.closed_form import list_count, memberships

FloatArray = npt.NDArray[np.float64]

IDENTIFIABLE_FROM = 4  # lists
STARTS = 12
ROUNDS, PROFILE_ROUNDS = 1000, 300  # each of three rounds of EM; the profile starts from where the first ended
EDGE = 25.0  # of the logits: a probability of 0 or 1 for all that counts
LONGEST_LEAP = 64.0
TOLERANCE, PRECISION = 1e-8, 1e-12  # of the log likelihood between rounds: absolute, and relative for large tables
AGREEMENT = 0.01  # two starts found the same maximum if their log likelihoods differ by less
PROFILE_POINTS = 24  # on either side of the best
PROFILE_STARTS = 4  # from how many of the best ends the profile is followed
PROFILE_REACH = 30.0  # the profile is followed to this many times the seen, and then called unbounded


@dataclass(frozen=True, slots=True)
class LatentClass:
    """A fitted two-class model.

    `n` maximises the conditional likelihood, in individuals; NaN unless `identifiable`: four lists or more, and a maximum
    that the profile reaches and agrees with. `lower` and `upper` are the
    ends of the profile interval, `upper` infinite where the likelihood does not fall. `shares` are of the population,
    higher detection first, `detection` per class and list. `agreeing` of `starts` found the best maximum.
    """

    n: float
    lower: float
    upper: float
    shares: tuple[float, ...]
    detection: tuple[tuple[float, ...], ...]
    log_likelihood: float
    identifiable: bool
    starts: int
    agreeing: int


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The patterns that were seen, `x` (C, S), with their counts `y` (C,)."""

    x: FloatArray
    y: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """B fits at once.

    `theta` (B, 1 + 2 S): logit of the first class's share, then those of its and the other's detection; `unseen` (B,);
    `score` (B,), the log likelihood that is climbed.
    """

    theta: FloatArray
    unseen: FloatArray
    score: FloatArray

    @property
    def share(self) -> FloatArray:
        """Shares of the classes, (B, 2)."""
        first = expit(self.theta[:, 0])
        return np.stack([first, 1 - first], axis=1)

    @property
    def detection(self) -> FloatArray:
        """Probability that a list sees a member of a class, (B, 2, S)."""
        return np.asarray(expit(self.theta[:, 1:]).reshape(len(self.theta), 2, -1))


def _round(table: _Table, theta: FloatArray, fixed: FloatArray | None) -> _State:
    """Do one round of EM; `unseen` and `score` are those of the parameters it started from.

    With `fixed` (B,), the number unseen, the likelihood is that of the table completed with it, relative to its own best;
    with None it is that of the patterns given that somebody was seen. Both are highest at the same number.
    """
    n = table.y.sum()
    logit = theta[:, 1:].reshape(len(theta), 2, -1)
    share = expit(np.stack([theta[:, 0], -theta[:, 0]], axis=1))
    none = share * np.exp(-np.logaddexp(0, logit).sum(axis=2))  # (B, 2): of the class and on no list
    joint = none[:, :, None] * np.exp(logit @ table.x.T)  # (B, 2, C)
    cell, missed = joint.sum(axis=1), none.sum(axis=1)
    score = (table.y * np.log(cell)).sum(axis=1)
    if fixed is None:
        unseen = n * missed / (1 - missed)
        score -= n * np.log1p(-missed)
    else:
        unseen = fixed
        # Less what the number itself could have at best, as Cormack's deviance: flat where every number fits alike.
        score += xlogy(fixed, missed) + xlogy(n + fixed, n + fixed) - xlogy(fixed, fixed)
    belongs = joint * (table.y / cell)[:, None, :]
    of_class = belongs.sum(axis=2) + unseen[:, None] * none / missed[:, None]
    seen = belongs @ table.x
    odds = np.log(np.maximum(of_class[:, :1], 1e-12)) - np.log(np.maximum(of_class[:, 1:], 1e-12))
    rest = np.maximum(of_class[:, :, None] - seen, 1e-12)
    ahead = np.log(np.maximum(seen, 1e-12)) - np.log(rest)
    return _State(np.clip(np.hstack([odds, ahead.reshape(len(theta), -1)]), -EDGE, EDGE), unseen, score)


def _climb(table: _Table, theta: FloatArray, fixed: FloatArray | None, rounds: int) -> _State:
    """Run EM on B starts until none gains, each pair of rounds followed by a leap along them where that climbs."""
    theta = theta.copy()
    unseen, score = np.zeros(len(theta)), np.full(len(theta), -np.inf)
    rows = np.arange(len(theta))
    for _ in range(rounds):
        held = None if fixed is None else fixed[rows]
        here = theta[rows]
        first = _round(table, here, held)
        settled = first.score - score[rows] < TOLERANCE + PRECISION * np.abs(first.score)
        unseen[rows], score[rows] = first.unseen, first.score
        second = _round(table, first.theta, held)
        step, bend = first.theta - here, second.theta - 2 * first.theta + here
        length = np.linalg.norm(step, axis=1) / np.maximum(np.linalg.norm(bend, axis=1), 1e-12)
        length = np.clip(length, 1.0, LONGEST_LEAP)[:, None]
        leap = _round(table, np.clip(here + 2 * length * step + length**2 * bend, -EDGE, EDGE), held)
        theta[rows] = np.where((leap.score > second.score)[:, None], leap.theta, second.theta)
        rows = rows[~settled]
        if not len(rows):
            break
    return _State(theta, unseen, score)


def _starts(table: _Table, rng: np.random.Generator) -> FloatArray:
    """Return starting parameters (B, 1 + 2 S): the lists' own rates, pushed apart between the classes."""
    lists = table.x.shape[1]
    rate = (table.y @ table.x) / table.y.sum() / 2
    apart = np.sort(rng.normal(0, 1.5, (STARTS, 2, 1)), axis=1)[:, ::-1]
    detection = np.log(rate / (1 - rate)) + apart + rng.normal(0, 0.5, (STARTS, 2, lists))
    return np.hstack([rng.normal(0, 1, (STARTS, 1)), detection.reshape(STARTS, -1)])


def fit(counts: npt.ArrayLike, *, rng: np.random.Generator) -> LatentClass:
    """Fit two classes to one table.

    Args:
        counts: overlap counts, shape (2**S,), S >= 2, no list empty; the entry of pattern 0 is ignored.
        rng: of the starts.
    """
    table = np.asarray(counts, dtype=np.float64)
    lists = list_count(table)
    used = np.flatnonzero(table > 0)
    used = used[used > 0]
    seen = _Table(memberships(lists)[used].astype(np.float64), table[used])
    found = _climb(seen, _starts(seen, rng), None, ROUNDS)
    best = int(np.argmax(found.score))
    unseen = float(found.unseen[best])
    lower, upper = _profile(seen, found)
    share, detection = found.share[best], found.detection[best]
    first = np.argsort(-detection.sum(axis=1))
    n = float(seen.y.sum()) + unseen
    # The profile starts from several ends: where it found a better place elsewhere, this maximum was a local one.
    agrees = lower <= n <= upper and unseen <= PROFILE_REACH * seen.y.sum()
    identifiable = lists >= IDENTIFIABLE_FROM and agrees
    return LatentClass(
        n=n if identifiable else float("nan"),
        lower=lower,
        upper=upper,
        shares=tuple(float(s) for s in share[first]),
        detection=tuple(tuple(float(p) for p in row) for row in detection[first]),
        log_likelihood=float(found.score[best]),
        identifiable=identifiable,
        starts=STARTS,
        agreeing=int((found.score > found.score[best] - AGREEMENT).sum()),
    )


def _profile(table: _Table, found: _State) -> tuple[float, float]:
    """Follow the likelihood over numbers unseen, from the best ends, and return the ends of the 95 % interval.

    First over all numbers within reach, then closer between those that are just ruled out and the best.
    """
    n = table.y.sum()
    best = np.argsort(-found.score, kind="stable")[:PROFILE_STARTS]
    least, most = 0.5, PROFILE_REACH * n
    centre = float(np.clip(found.unseen[best[0]], least, most))
    low, high = least, most
    for _ in range(2):
        below, above = (np.geomspace(end, centre, PROFILE_POINTS) for end in (low, high))
        grid = np.unique(np.r_[below, centre, above])
        start = np.repeat(found.theta[best], len(grid), axis=0)
        climbed = _climb(table, start, np.tile(grid, len(best)), PROFILE_ROUNDS)
        height = climbed.score.reshape(len(best), len(grid)).max(axis=0)
        margin = height - height.max() + chi2.ppf(0.95, 1) / 2  # positive inside the interval
        inside = np.flatnonzero(margin > 0)
        first, last = max(int(inside[0]) - 1, 0), min(int(inside[-1]) + 1, len(grid) - 1)
        low, high = min(float(grid[first]), centre), max(float(grid[last]), centre)
    lower, upper = 0.0, float("inf")
    if margin[first] <= 0:
        lower = float(np.interp(0, margin[first : first + 2], grid[first : first + 2]))
    if margin[last] <= 0:
        upper = float(np.interp(0, -margin[last - 1 : last + 1], grid[last - 1 : last + 1]))
    return float(n + lower), float(n + upper)
