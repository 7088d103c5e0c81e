"""Movement and survival from capture histories: Cormack-Jolly-Seber, Arnason-Schwarz, and mixtures of two classes.

An individual in state a survives an interval with probability S_a, then moves to b with probability psi_ab, and is then
seen there with probability p_b. Exit is absorbing and unseen. Estimates condition on each first capture, so nothing is
assumed of how individuals enter. With one state this is the Cormack-Jolly-Seber model. Two classes tell residents from
those who move on and on, who make a population look as if it remembered where it came from.

Source: Cormack (1964), Biometrika 51; Arnason (1973), Researches on Population Ecology 15; Schwarz, Schweigert &
Arnason (1993), Biometrics 49; Lebreton et al. (1992), Ecological Monographs 62; mixtures: Pledger, Pollock & Norris
(2003), Biometrics 59; the slope from expected counts: Fisher (1925), as in Dempster, Laird & Rubin (1977).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize

from warehouse.estimates.errors import NotIdentifiable, TooFewRecaptures, WrongModel
from warehouse.estimates.forward import Observed, backward, forward
from warehouse.estimates.parameters import CAROUSEL, Layout, Prior, factor
from warehouse.estimates.tables import Histories

__all__ = ["Fitted", "MultistateFit", "Prior", "fit", "objective_of", "observed_of"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Objective = Callable[[FloatArray], tuple[float, FloatArray]]
Function = Callable[[FloatArray], FloatArray]

HESSIAN_STEP = 1e-4  # of the differences of the slope, on the logit scale
FLAT = 1e-5  # an eigenvalue of the information under this (per unit of logit) means: cannot be told
BOUND = 12.0  # on the logit scale
EDGE = 7.0  # a logit beyond this is a probability of 0 or 1 as far as any data can tell
JACOBIAN_STEP = 1e-5
SPREAD = 0.8  # of the random starts
SEARCH: Any = {"maxiter": 1000, "maxfun": 2000, "ftol": 1e-12, "gtol": 1e-6, "maxcor": 30}
CHI_SQUARE = 3.841459  # 95 % point for one parameter


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Parameters of one class: `survival` (G, T - 1, M), `transitions` (M, M) given survival, `detection` (G, T, M)."""

    survival: FloatArray
    transitions: FloatArray
    detection: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class MultistateFit:
    """A fitted model.

    `survival` has shape (G, T - 1, M), `detection` (G, T, M), `transitions` (M, M), rows summing to 1, given survival;
    M counts the seen states and then the hidden ones. With two classes these are of the residents, and `movers` and their
    `share` among those first seen at the first occasion and later, shape (2,), stand beside them. `covariance` is of
    `theta`, on the logit scale; `edge` (P,) tells which parameters lie at a boundary, where it says nothing.
    `agreeing` of `starts` starts ended in the same maximum.
    """

    survival: FloatArray
    detection: FloatArray
    transitions: FloatArray
    neg2lnl: float
    parameter_count: int
    theta: FloatArray = field(repr=False)
    covariance: FloatArray = field(repr=False)
    identifiable: bool
    edge: npt.NDArray[np.bool_] = field(repr=False)
    starts: int
    agreeing: int
    layout: Layout = field(repr=False)
    objective: Objective = field(repr=False)
    movers: Fitted | None = None
    share: FloatArray | None = None

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return self.neg2lnl + 2 * self.parameter_count

    def thetas(self, rng: np.random.Generator, count: int) -> FloatArray:
        """Draw parameters on the logit scale, shape (count, P)."""
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        drawn = self.theta + rng.standard_normal((count, len(self.theta))) @ root.T
        return np.asarray(np.clip(drawn, -BOUND, BOUND))

    def draws(self, rng: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Draw survival (count, G, T - 1, M), transitions (count, M, M), detection (count, G, T, M), as the fields."""
        found = [_fitted(self.layout, theta) for theta in self.thetas(rng, count)]
        return (
            np.array([one.survival for one in found]),
            np.array([one.transitions for one in found]),
            np.array([one.detection for one in found]),
        )

    def standard_errors(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give the standard errors of survival, transitions and detection by the delta method, shapes as the fields."""
        parts = []
        for name in ("survival", "transitions", "detection"):
            slope = self.slopes(lambda theta, name=name: np.asarray(getattr(_fitted(self.layout, theta), name)))  # type: ignore[misc]
            flat = slope.reshape(len(self.theta), -1)
            variance = np.einsum("pk,pq,qk->k", flat, self.covariance, flat)
            parts.append(np.sqrt(np.maximum(variance, 0)).reshape(slope.shape[1:]))
        return parts[0], parts[1], parts[2]

    def profile_bound(self, position: int) -> FloatArray:
        """Give theta (P,) where the profile likelihood of one parameter at an edge has fallen by what 95 % allow.

        The other end is the edge itself. Source: Gimenez, Choquet & Lebreton (2005), Biometrics 61 (profile likelihood
        for parameters of capture-recapture at a boundary).
        """
        found = [self.theta]

        def fallen(value: float) -> float:
            bounds = [(-BOUND, BOUND)] * len(self.theta)
            bounds[position] = (value, value)
            # From the nearest point known: from afar the search would end in another maximum.
            begin = min(found, key=lambda each: abs(float(each[position]) - value)).copy()
            begin[position] = value
            other = minimize(self.objective, begin, jac=True, method="L-BFGS-B", bounds=bounds, options=SEARCH)
            found.append(np.asarray(other.x, dtype=np.float64))
            return float(2 * (other.fun - self.objective(self.theta)[0]) - CHI_SQUARE)

        inward = -float(np.sign(self.theta[position])) * BOUND
        if fallen(inward) > 0:
            brentq(fallen, self.theta[position], inward, xtol=1e-3)
        return found[-1]

    def slopes(self, function: Function) -> FloatArray:
        """Give the slope of a function of theta at the maximum, shape (P, ...)."""
        steps = np.eye(len(self.theta)) * JACOBIAN_STEP
        return np.array(
            [(function(self.theta + step) - function(self.theta - step)) / (2 * JACOBIAN_STEP) for step in steps]
        )


def _fitted(layout: Layout, theta: FloatArray, which: int = 0) -> Fitted:
    each = [layout.chances(theta, which, g) for g in range(len(layout.survival))]
    return Fitted(np.array([one.survival for one in each]), each[0].moves, np.array([one.detection for one in each]))


def _layout(
    data: Histories,
    label: str | None,
    *,
    survival: str,
    detection: str,
    hidden: int,
    classes: int,
    known: FloatArray | None,
    offset: FloatArray | None,
) -> tuple[Layout, IntArray]:
    occasions, seen = data.states.shape[1], max(data.state_count, 1)
    m = seen + hidden
    names = sorted(set(data.labels[label])) if label else [""]
    group = np.array([names.index(v) for v in data.labels[label]]) if label else np.zeros(len(data.states), int)
    of_survival = factor(survival, (len(names), occasions - 1, m), len(names), label)
    shape = (len(names), occasions, m)
    of_detection = factor(detection, shape, len(names), label)
    if detection == "t":
        of_detection = np.maximum(of_detection - 1, 0)  # nobody is seen again at the first occasion
    first = int(of_survival.max()) + 1
    fixed = np.zeros(shape)
    if known is not None:
        fixed[:, :, :seen] = known
        of_detection = np.full(shape, -1)
    else:
        of_detection = of_detection + first
    of_detection[:, :, seen:] = -1
    scale = np.ones(shape)
    if offset is not None:
        scale[:, :, :seen] = offset
    used = int(of_detection.max()) + 1 if (of_detection >= 0).any() else first
    return Layout(of_survival, of_detection, fixed, scale, m, used, classes), group.astype(np.int64)


def fit(  # noqa: PLR0913 - each argument is a choice of model, given by name
    histories: Histories | npt.ArrayLike,
    *,
    survival: str = "state",
    detection: str = "state",
    group: str | None = None,
    hidden: int = 0,
    classes: int = 1,
    known_detection: npt.ArrayLike | None = None,
    detection_offset: npt.ArrayLike | None = None,
    prior: Prior | None = None,
    starts: int = 5,
    seed: int = 0,
) -> MultistateFit:
    """Fit survival, movement and detection by maximum likelihood (or with weak priors) from several starts.

    Args:
        histories: `Histories`, or an array (H, T) of 0 (not seen) and 1..K (state), one row an individual.
        survival: ".", "state", "t" or the name of a label column.
        detection: likewise; per occasion and state.
        group: label column that splits the individuals; needed where `survival` or `detection` names it.
        hidden: states that are never seen ("off"); survival is then better left common (".").
        classes: 1, or 2: residents and those whose odds of leaving a state are higher.
        known_detection: detection taken as known, broadcast to (T, K); nothing is then estimated of it.
        detection_offset: multiplies the estimated detection, e.g. completeness of the crawls, broadcast to (T, K).
        prior: weak priors for few data; None for plain maximum likelihood.
        starts: at least one, the first from a fixed point and the rest random; local maxima are real.
        seed: of the starts.

    Returns:
        The best of the starts, with its covariance from the Hessian.

    Raises:
        TooFewRecaptures: nobody was seen after the first capture.
        NotIdentifiable: no start gave a finite likelihood.
        WrongModel: an unknown factor, or a number of classes other than 1 or 2.
    """
    if classes not in {1, 2}:
        raise WrongModel("there are one or two classes of individuals.")
    data = histories if isinstance(histories, Histories) else _plain(np.asarray(histories, dtype=np.int64))
    data = _informative(data)
    known = None if known_detection is None else np.asarray(known_detection, dtype=np.float64)
    offset = None if detection_offset is None else np.asarray(detection_offset, dtype=np.float64)
    label = group or next((spec for spec in (survival, detection) if spec in data.labels), None)
    layout, groups = _layout(
        data,
        label,
        survival=survival,
        detection=detection,
        hidden=hidden,
        classes=classes,
        known=known,
        offset=offset,
    )
    observed = observed_of(data, layout.states, groups)
    penalised, plain = objective_of(observed, layout, prior), objective_of(observed, layout, None)
    theta, ends = _search(penalised, layout, starts, seed)
    covariance, is_identifiable = _covariance(penalised, theta)
    settled = _fitted(layout, theta)
    return MultistateFit(
        survival=settled.survival,
        detection=settled.detection,
        transitions=settled.transitions,
        neg2lnl=2 * plain(theta)[0],
        parameter_count=layout.size,
        theta=theta,
        covariance=covariance,
        identifiable=is_identifiable,
        edge=np.abs(theta) > EDGE,
        starts=len(ends),
        agreeing=sum(end < min(ends) + 0.01 for end in ends),
        layout=layout,
        objective=penalised,
        movers=_fitted(layout, theta, CAROUSEL) if classes > 1 else None,
        share=layout.share(theta) if classes > 1 else None,
    )


def _search(objective: Objective, layout: Layout, starts: int, seed: int) -> tuple[FloatArray, list[float]]:
    """Minimise from several starts; give the best end and the values of all."""
    rng = np.random.default_rng(np.random.SeedSequence([seed % 2**63, 2]))
    best: FloatArray | None = None
    ends: list[float] = []
    for start in range(max(starts, 1)):
        begin = layout.start() + (rng.normal(0, SPREAD, layout.size) if start else 0.0)
        found = minimize(
            objective,
            begin,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-BOUND, BOUND)] * layout.size,
            options=SEARCH,
        )
        if np.isfinite(found.fun):
            if not ends or found.fun < min(ends):
                best = np.asarray(found.x, dtype=np.float64)
            ends.append(float(found.fun))
    if best is None:
        raise NotIdentifiable("no start gave a finite likelihood")
    return best, ends


def objective_of(observed: Observed, layout: Layout, prior: Prior | None) -> Objective:
    """Give minus the log likelihood (plus that of the prior) and its exact slope, as a function of theta (P,)."""
    mean, precision = layout.believed(prior)
    groups = [observed.of_group(g) for g in range(len(layout.survival))]

    def objective(theta: FloatArray) -> tuple[float, FloatArray]:
        away = precision @ (theta - mean)
        value, slope = float((theta - mean) @ away) / 2, away
        share = layout.share(theta)
        for g, mine in enumerate(groups):
            each = [layout.chances(theta, c, g) for c in range(layout.classes)]
            filtered = [forward(mine, chances) for chances in each]
            log_class = np.zeros((1, len(mine.counts)))
            begun = (mine.first > 0).astype(np.int64)
            if layout.classes > 1:
                log_class = np.log(np.maximum(np.array([1 - share, share]), 1e-300))[:, begun]
            joint = log_class + np.array([one.log_likelihood for one in filtered])
            whole = np.logaddexp.reduce(joint, axis=0)
            value -= float(whole @ mine.counts)
            belongs = np.exp(joint - whole) * mine.counts
            for c, (chances, one) in enumerate(zip(each, filtered, strict=True)):
                slope = slope - layout.slope(chances, backward(mine, chances, one, belongs[c]), c, g)
            if layout.classes > 1:
                for late in (0, 1):
                    here = begun == late
                    of_share = belongs[CAROUSEL, here].sum() - share[late] * mine.counts[here].sum()
                    slope[layout.size - 2 + late] -= of_share
        return value, slope

    return objective


def _covariance(objective: Objective, theta: FloatArray) -> tuple[FloatArray, bool]:
    """Invert the Hessian, from differences of the slope; directions in which it is flat get a wide variance and a verdict."""
    steps = np.eye(len(theta)) * HESSIAN_STEP
    here = objective(theta)[1]
    rows = [(objective(theta + step)[1] - here) / HESSIAN_STEP for step in steps]
    hessian = (np.array(rows) + np.array(rows).T) / 2
    eigenvalues, vectors = np.linalg.eigh(hessian)
    return (vectors / np.maximum(eigenvalues, 1e-2)) @ vectors.T, bool(eigenvalues.min() > FLAT)


def observed_of(data: Histories, states: int, group: IntArray) -> Observed:
    """Turn histories into events, sorted by first capture; a set of states becomes an event of its own."""
    seen = data.state_count
    events = np.where(data.states < 0, seen - data.states, data.states)
    naming = np.zeros((1 + seen + len(data.sets), states))
    naming[np.arange(1, seen + 1), np.arange(seen)] = 1.0
    for s, members in enumerate(data.sets):
        naming[1 + seen + s, [state - 1 for state in members]] = 1.0
    return Observed.of(events, data.counts, naming, group)


def _plain(states: IntArray) -> Histories:
    return Histories(states, np.ones(len(states)), {})


def _informative(data: Histories) -> Histories:
    """Leave out empty histories, join equal ones, and refuse where nobody was seen again."""
    keep = (data.states != 0).any(axis=1) & (data.counts > 0)
    names = list(data.labels)
    columns = [np.unique(np.array(data.labels[name])[keep], return_inverse=True) for name in names]
    full = np.column_stack([data.states[keep], *(inverse for _, inverse in columns)]).astype(np.int64)
    unique, inverse = np.unique(full, axis=0, return_inverse=True)
    counts = np.bincount(inverse.ravel(), weights=data.counts[keep], minlength=len(unique)).astype(np.float64)
    occasions = data.states.shape[1]
    states = unique[:, :occasions]
    again = float(counts[(states != 0).sum(axis=1) > 1].sum())
    if again < 1:
        raise TooFewRecaptures(0, 1)
    labels = {
        name: tuple(str(columns[i][0][code]) for code in unique[:, occasions + i]) for i, name in enumerate(names)
    }
    return Histories(states, counts, labels, data.sets)
