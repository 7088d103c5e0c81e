"""The likelihood of advertisements that are posted, live and go, on one source in one window: what `live` maximises.

With p_d = eta q_d, class c stays with probability phi_c and e_cd of it are posted on day d (e_c0: live at the start).
A_c(d) = A_c(d - 1) phi_c (1 - p_{d-1}) + e_cd are live on d and not seen before; chi_c(d) is the chance that one live on d
is not seen after it. The number first seen on f and last on l is Poisson with mean

    sum_c A_c(f) phi_c^(l - f) chi_c(l) x (p of the days seen) x (1 - p of the days between on which it was not)

and since eta is common to both classes, numbers by (f, l) and by day are sufficient.

Source: Schwarz & Arnason (1996), Biometrics 52 (entries); Pledger, Pollock & Norris (2003), Biometrics 59 (classes). The
gradient runs both recursions backwards.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, xlogy

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# Priors; they decide only where data are few. Pseudo-observations (yes, no):
SEEN = np.array([19.5, 0.5])
STAYED = np.array([[38.0, 1.0], [3.0, 1.0]])  # long-lived, short-lived
SHARES = np.ones(2)  # of the classes among those posted
# Standard deviations of log numbers:
DAILY_SPREAD = 0.3  # posted on a day, around the mean: weekdays, waves
START_SPREAD = 0.5  # live at the start, around what steady postings would give
POSTED = 0.5  # pseudo-count of postings: Jeffreys' prior of a Poisson number

CLASSES = len(STAYED)
ETA, PHI, SHARE, START = 0, 1, 1 + CLASSES, 2 + CLASSES  # places in theta, all on the logit or log scale
MEAN, DAILY = START + CLASSES, START + CLASSES + 1


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Sufficient statistics of a window of T days.

    `spans` (T, T): advertisements by first and last day seen; `sighted` (T,): seen on each day; `passed` (T,): not seen
    on a day between their first and last sighting.
    """

    spans: FloatArray
    sighted: FloatArray
    passed: FloatArray

    @classmethod
    def of(cls, seen: BoolArray) -> "Numbers":
        """Count a table of sightings (n, T); rows without any count nowhere."""
        days = seen.shape[1]
        first, last = ends(seen[seen.any(axis=1)])
        spans = np.bincount(first * days + last, minlength=days * days).reshape(days, days).astype(np.float64)
        sighted = seen.sum(axis=0).astype(np.float64)
        certain = np.cumsum(spans.sum(axis=1)) - np.cumsum(spans.sum(axis=0)) + spans.sum(axis=0)
        return cls(spans, sighted, certain - sighted)


def ends(seen: BoolArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the first and last day on which each was seen, shapes (n,); every row needs a sighting."""
    return seen.argmax(axis=1), seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Parameters and what follows from them, of C classes on T days.

    `detection` (T,) is p; `phi` and `share` (C,); `posted` (C, T) is e; `waiting` (C, T) is A; `unseen_after` (C, T) is
    chi; `missed` (C, T, T) at [f, e], e <= f: the chance to live on from e to f and not be seen on e .. f - 1.
    """

    detection: FloatArray
    phi: FloatArray
    share: FloatArray
    posted: FloatArray
    waiting: FloatArray
    unseen_after: FloatArray
    missed: FloatArray

    @classmethod
    def of(cls, theta: FloatArray, q: FloatArray) -> "Rates":
        """Unpack theta for completeness q (T,)."""
        days = len(q)
        p = expit(theta[ETA]) * q
        phi = expit(theta[PHI:SHARE])
        share = expit(np.array([theta[SHARE], -theta[SHARE]]))
        total = np.exp(theta[MEAN])
        start = total * share / (1 - phi) * np.exp(theta[START:MEAN])
        posted = np.hstack([start[:, None], total * share[:, None] * np.exp(theta[DAILY:])])
        steps = np.log(phi)[:, None] + np.log1p(-p)
        passed = np.hstack([np.zeros((CLASSES, 1)), np.cumsum(steps[:, :-1], axis=1)])
        missed = np.exp(np.minimum(passed[:, :, None] - passed[:, None, :], 0.0)) * np.tri(days)
        # Seen first on k > d: lived and missed up to k - 1, stayed once more, seen.
        caught = np.einsum("ckd,k->cd", missed, p) - p
        unseen_after = 1 - caught / (1 - p)
        waiting = np.einsum("cfe,ce->cf", missed, posted)
        return cls(p, phi, share, posted, waiting, np.maximum(unseen_after, 1e-300), missed)

    def by_span(self) -> FloatArray:
        """Give A_c(f) phi_c^(l - f) chi_c(l), shape (C, T, T) at [c, f, l], 0 where l < f."""
        day = np.arange(len(self.detection))
        gap = np.maximum(day - day[:, None], 0)
        kept = self.phi[:, None, None] ** gap * np.tri(len(day)).T
        return np.asarray(self.waiting[:, :, None] * kept * self.unseen_after[:, None, :])


def loss(theta: FloatArray, numbers: Numbers, q: FloatArray) -> tuple[float, FloatArray]:
    """Give minus the log posterior density (up to a constant) and its gradient, shape as theta."""
    r = Rates.of(theta, q)
    days, p, phi = len(q), r.detection, r.phi
    by_class = r.by_span()
    total = by_class.sum(axis=0)
    value = xlogy(numbers.spans, np.maximum(total, 1e-300)).sum() - (r.waiting * p).sum()
    value += xlogy(numbers.sighted, p).sum() + (numbers.passed * np.log1p(-p)).sum()

    weight = by_class * (numbers.spans / np.maximum(total, 1e-300))  # expected numbers of each class
    per_waiting = weight.sum(axis=2) / np.maximum(r.waiting, 1e-300) - p
    per_unseen = weight.sum(axis=1) / r.unseen_after
    per_posted = np.einsum("cfe,cf->ce", r.missed, per_waiting)
    # chi at l reaches the days before it through the same chances, shifted by one day.
    reach = np.einsum("clk,ck->cl", r.missed * ((1 - p)[None, :, None] / (1 - p)[None, None, :]), per_unseen)

    later = np.zeros_like(per_posted)
    later[:, :-1] = per_posted[:, 1:]
    per_onward = r.waiting * later  # per phi (1 - p) of a day, not yet seen
    to_come = reach[:, :-1]  # per chi of a day
    gap = np.arange(days) - np.arange(days)[:, None]
    per_phi = (weight * gap).sum(axis=(1, 2)) / phi + (per_onward * (1 - p)).sum(axis=1)
    per_phi += (to_come * ((1 - p)[1:] * r.unseen_after[:, 1:] - 1)).sum(axis=1)
    per_p = -(phi[:, None] * per_onward + r.waiting).sum(axis=0) - numbers.passed / (1 - p)
    per_p[1:] -= (phi[:, None] * to_come * r.unseen_after[:, 1:]).sum(axis=0)
    per_p += np.divide(numbers.sighted, p, out=np.zeros(days), where=p > 0)

    posted = r.posted * per_posted
    eta = expit(theta[ETA])
    slope = np.zeros_like(theta)
    slope[ETA] = (per_p * q).sum() * eta * (1 - eta)
    slope[PHI:SHARE] = per_phi * phi * (1 - phi) + posted[:, 0] * phi
    by_share = posted.sum(axis=1)
    slope[SHARE] = by_share[0] * r.share[1] - by_share[1] * r.share[0]
    slope[START:MEAN] = posted[:, 0]
    slope[MEAN] = posted.sum()
    slope[DAILY:] = posted[:, 1:].sum(axis=0)

    prior, pull = log_prior(theta)
    return -float(value + prior), -(slope + pull)


def log_prior(theta: FloatArray) -> tuple[float, FloatArray]:
    """Give the log prior density of theta (up to a constant) and its gradient."""
    logits = np.concatenate([theta[[ETA]], theta[PHI:SHARE], theta[[SHARE]]])
    yes = np.concatenate([SEEN[:1], STAYED[:, 0], SHARES[:1]])
    no = np.concatenate([SEEN[1:], STAYED[:, 1], SHARES[1:]])
    spread = np.ones(len(theta) - START)
    spread[:CLASSES], spread[CLASSES + 1 :] = START_SPREAD, DAILY_SPREAD
    off = theta[START:] / spread
    off[CLASSES] = 0.0
    value = -(yes * np.logaddexp(0, -logits) + no * np.logaddexp(0, logits)).sum()
    value += POSTED * theta[MEAN] - (off**2).sum() / 2
    pull = np.concatenate([yes - (yes + no) * expit(logits), -off / spread])
    pull[MEAN] = POSTED
    return float(value), pull
