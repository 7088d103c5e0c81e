"""Movement and survival from capture histories: Cormack-Jolly-Seber and Arnason-Schwarz by the forward algorithm.

An individual in state a survives an interval with probability S_a, then moves to b with probability psi_ab, and is then
seen there with probability p_b. Exit is absorbing and unseen. Estimates condition on each first capture, so nothing is
assumed of how individuals enter. With one state this is the Cormack-Jolly-Seber model.

Source: Cormack (1964), Biometrika 51; Arnason (1973), Researches on Population Ecology 15; Schwarz, Schweigert &
Arnason (1993), Biometrics 49; Lebreton et al. (1992), Ecological Monographs 62; forward algorithm as in Pradel (2005),
Biometrics 61.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from warehouse.estimates.errors import NotIdentifiable, TooFewRecaptures, WrongModel
from warehouse.estimates.tables import Histories

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

STEP = 1e-5  # of the central differences for the gradient, on the logit scale
HESSIAN_STEP = 1e-3
FLAT = 1e-5  # an eigenvalue of the information under this (per unit of logit) means: cannot be told


@dataclass(frozen=True, slots=True)
class Prior:
    """Weak normal priors on the logit scale, for few data: (mean, standard deviation) of each kind of parameter."""

    survival: tuple[float, float] = (2.0, 1.5)
    move: tuple[float, float] = (-3.0, 1.5)
    detection: tuple[float, float] = (2.0, 1.5)


@dataclass(frozen=True, slots=True, eq=False)
class MultistateFit:
    """A fitted model.

    `survival` has shape (G, T - 1, M), `detection` (G, T, M), `transitions` (M, M), rows summing to 1, given survival;
    M counts the seen states and then the hidden ones. `covariance` is of `theta`, on the logit scale. `agreeing` of
    `starts` random starts ended in the same maximum.
    """

    survival: FloatArray
    detection: FloatArray
    transitions: FloatArray
    neg2lnl: float
    parameter_count: int
    theta: FloatArray = field(repr=False)
    covariance: FloatArray = field(repr=False)
    identifiable: bool
    starts: int
    agreeing: int
    layout: "Layout" = field(repr=False)

    def draws(self, rng: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Draw parameters: survival (count, G, T - 1, M), transitions (count, M, M), detection (count, G, T, M)."""
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        theta = self.theta + rng.standard_normal((count, len(self.theta))) @ root.T
        return self.layout.unpack(theta)

    def standard_errors(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give the standard errors of survival, transitions and detection by the delta method, shapes as the fields."""
        here = [part[0] for part in self.layout.unpack(self.theta[None])]
        moved = self.layout.unpack(self.theta + np.vstack([np.eye(len(self.theta)), -np.eye(len(self.theta))]) * STEP)
        result = []
        for part, shifted in zip(here, moved, strict=True):
            slope = (shifted[: len(self.theta)] - shifted[len(self.theta) :]) / (2 * STEP)
            flat = slope.reshape(len(self.theta), -1)
            result.append(
                np.sqrt(np.maximum(np.einsum("pk,pq,qk->k", flat, self.covariance, flat), 0)).reshape(part.shape)
            )
        return result[0], result[1], result[2]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which parameter stands where.

    `survival` (G, T - 1, M) and `detection` (G, T, M) hold positions in theta, -1 for what is fixed in `known`
    (detection only); `offset` (G, T, M) multiplies detection.
    """

    survival: IntArray
    detection: IntArray
    known: FloatArray
    offset: FloatArray
    states: int
    moves_from: int

    @property
    def size(self) -> int:
        """Parameters in theta."""
        return self.moves_from + self.states * (self.states - 1)

    def unpack(self, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Turn theta (B, P) into survival (B, G, T - 1, M), transitions (B, M, M) and detection (B, G, T, M)."""
        m = self.states
        survival = expit(theta[:, self.survival])
        free = expit(theta[:, np.maximum(self.detection, 0)])
        detection = np.where(self.detection >= 0, free * self.offset, self.known)
        logits = np.zeros((len(theta), m, m))
        off_diagonal = ~np.eye(m, dtype=np.bool_)
        logits[:, off_diagonal] = theta[:, self.moves_from :]
        logits -= logits.max(axis=2, keepdims=True)
        transitions = np.exp(logits)
        return survival, transitions / transitions.sum(axis=2, keepdims=True), detection


def _log_likelihood(theta: FloatArray, layout: Layout, y: IntArray, group: IntArray, counts: FloatArray) -> FloatArray:
    """Forward algorithm over all histories and all parameter sets at once: theta (B, P) -> (B,)."""
    survival, transitions, detection = layout.unpack(theta)
    occasions, m = y.shape[1], layout.states
    first = (y > 0).argmax(axis=1)
    alive = np.zeros((len(theta), len(y), m))
    gone = np.zeros((len(theta), len(y)))
    total = np.zeros((len(theta), len(y)))
    for t in range(occasions):
        if t > 0:
            s = survival[:, group, t - 1]
            gone = gone + (alive * (1 - s)).sum(axis=2)
            alive = np.matmul(alive * s, transitions)
            p = detection[:, group, t]
            seen = y[:, t][None, :, None] == np.arange(1, m + 1)[None, None, :]
            unseen_now = (y[:, t] == 0)[None, :, None]
            alive = alive * np.where(unseen_now, 1 - p, np.where(seen, p, 0.0))
            gone = np.where(y[:, t] == 0, gone, 0.0)
        entering = first == t
        if entering.any():
            alive[:, entering] = np.eye(m)[y[entering, t] - 1]
            gone[:, entering] = 0.0
        started = first <= t
        norm = np.where(started, alive.sum(axis=2) + gone, 1.0)
        norm = np.maximum(norm, 1e-300)
        total += np.log(norm)
        alive, gone = alive / norm[:, :, None], gone / norm
    return np.asarray(total @ counts)


def _factor(spec: str, shape: tuple[int, int, int], groups: int, label: str | None) -> IntArray:
    """Number the parameters of one kind, shape (G, T, M): constant ".", by "state", by time "t", or by a label."""
    if spec == ".":
        return np.zeros(shape, dtype=np.int64)
    if spec == "state":
        return np.broadcast_to(np.arange(shape[2]), shape).astype(np.int64)
    if spec == "t":
        return np.broadcast_to(np.arange(shape[1])[:, None], shape).astype(np.int64)
    if label is not None and spec == label:
        return np.broadcast_to(np.arange(groups)[:, None, None], shape).astype(np.int64)
    raise WrongModel(f'{spec!r} is no factor: use ".", "state", "t" or a label column of the histories.')


def _layout(
    histories: Histories,
    label: str | None,
    *,
    survival: str,
    detection: str,
    hidden: int,
    known: FloatArray | None,
    offset: FloatArray | None,
) -> tuple[Layout, IntArray]:
    occasions, seen = histories.states.shape[1], max(histories.state_count, 1)
    m = seen + hidden
    names = sorted(set(histories.labels[label])) if label else [""]
    group = (
        np.array([names.index(v) for v in histories.labels[label]]) if label else np.zeros(len(histories.states), int)
    )
    of_survival = _factor(survival, (len(names), occasions - 1, m), len(names), label)
    shape = (len(names), occasions, m)
    of_detection = _factor(detection, shape, len(names), label)
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
    return Layout(of_survival, of_detection, fixed, scale, m, used), group.astype(np.int64)


def _prior_terms(layout: Layout, prior: Prior | None) -> tuple[FloatArray, FloatArray]:
    """Give means and precisions, each (P,); precision 0 without a prior."""
    mean, precision = np.zeros(layout.size), np.zeros(layout.size)
    if prior is None:
        return mean, precision
    survivals = int(layout.survival.max()) + 1
    spans = (
        (slice(0, survivals), prior.survival),
        (slice(survivals, layout.moves_from), prior.detection),
        (slice(layout.moves_from, None), prior.move),
    )
    for where, (centre, spread) in spans:
        mean[where], precision[where] = centre, 1 / spread**2
    return mean, precision


def fit(  # noqa: PLR0913 - each argument is a choice of model, given by name
    histories: Histories | npt.ArrayLike,
    *,
    survival: str = "state",
    detection: str = "state",
    group: str | None = None,
    hidden: int = 0,
    known_detection: npt.ArrayLike | None = None,
    detection_offset: npt.ArrayLike | None = None,
    prior: Prior | None = None,
    starts: int = 5,
    seed: int = 0,
) -> MultistateFit:
    """Fit survival, movement and detection by maximum likelihood (or with weak priors) from several random starts.

    Args:
        histories: `Histories`, or an array (H, T) of 0 (not seen) and 1..K (state), one row an individual.
        survival: ".", "state", "t" or the name of a label column.
        detection: likewise; per occasion and state.
        group: label column that splits the individuals; needed where `survival` or `detection` names it.
        hidden: states that are never seen ("off"); survival is then better left common (".").
        known_detection: detection taken as known, broadcast to (T, K); nothing is then estimated of it.
        detection_offset: multiplies the estimated detection, e.g. completeness of the crawls, broadcast to (T, K).
        prior: weak priors for few data; None for plain maximum likelihood.
        starts: random starts, at least one; local maxima are real.
        seed: of the starts.

    Returns:
        The best of the starts, with its covariance from the numerical Hessian.

    Raises:
        TooFewRecaptures: nobody was seen after the first capture.
        NotIdentifiable: no start gave a finite likelihood.
        WrongModel: an unknown factor.
    """
    data = histories if isinstance(histories, Histories) else _plain(np.asarray(histories, dtype=np.int64))
    data = _informative(data)
    known = None if known_detection is None else np.asarray(known_detection, dtype=np.float64)
    offset = None if detection_offset is None else np.asarray(detection_offset, dtype=np.float64)
    label = group or next((spec for spec in (survival, detection) if spec in data.labels), None)
    layout, groups = _layout(
        data, label, survival=survival, detection=detection, hidden=hidden, known=known, offset=offset
    )
    mean, precision = _prior_terms(layout, prior)

    def objective(theta: FloatArray) -> FloatArray:
        value = -_log_likelihood(theta, layout, data.states, groups, data.counts)
        return np.asarray(value + ((theta - mean) ** 2 * precision).sum(axis=1) / 2)

    steps = np.vstack([np.zeros(layout.size), np.eye(layout.size) * STEP, -np.eye(layout.size) * STEP])

    def with_slope(theta: FloatArray) -> tuple[float, FloatArray]:
        values = objective(theta[None] + steps)
        slope = (values[1 : layout.size + 1] - values[layout.size + 1 :]) / (2 * STEP)
        return float(values[0]), slope

    rng = np.random.default_rng(np.random.SeedSequence([seed % 2**63, 2]))
    best: FloatArray | None = None
    ends: list[float] = []
    for start in range(max(starts, 1)):
        begin = np.concatenate([np.full(layout.moves_from, 0.5), np.full(layout.size - layout.moves_from, -1.5)])
        if start:
            begin = begin + rng.normal(0, 0.8, layout.size)
        found = minimize(
            with_slope,
            begin,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-12, 12)] * layout.size,
            options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-6},
        )
        if np.isfinite(found.fun):
            if not ends or found.fun < min(ends):
                best = np.asarray(found.x, dtype=np.float64)
            ends.append(float(found.fun))
    if best is None:
        raise NotIdentifiable("no start gave a finite likelihood")
    covariance, identifiable = _covariance(objective, best)
    s, psi, p = (part[0] for part in layout.unpack(best[None]))
    return MultistateFit(
        survival=s,
        detection=p,
        transitions=psi,
        neg2lnl=float(-2 * _log_likelihood(best[None], layout, data.states, groups, data.counts)[0]),
        parameter_count=layout.size,
        theta=best,
        covariance=covariance,
        identifiable=identifiable,
        starts=len(ends),
        agreeing=sum(end < min(ends) + 0.01 for end in ends),
        layout=layout,
    )


def _covariance(objective: Callable[[FloatArray], FloatArray], theta: FloatArray) -> tuple[FloatArray, bool]:
    """Invert the numerical Hessian; directions in which it is flat get a wide variance and a verdict."""
    size = len(theta)
    rows, columns = np.triu_indices(size)
    unit = np.eye(size) * HESSIAN_STEP
    corners = [theta + a * unit[rows] + b * unit[columns] for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
    values = [np.concatenate([objective(part) for part in np.array_split(c, max(1, len(c) // 64))]) for c in corners]
    second = (values[0] - values[1] - values[2] + values[3]) / (4 * HESSIAN_STEP**2)
    hessian = np.zeros((size, size))
    hessian[rows, columns] = second
    hessian[columns, rows] = second
    eigenvalues, vectors = np.linalg.eigh(hessian)
    return (vectors / np.maximum(eigenvalues, 1e-2)) @ vectors.T, bool(eigenvalues.min() > FLAT)


def _plain(states: IntArray) -> Histories:
    return Histories(states, np.ones(len(states)), {})


def _informative(data: Histories) -> Histories:
    """Leave out empty histories, join equal ones, and refuse where nobody was seen again."""
    keep = (data.states > 0).any(axis=1) & (data.counts > 0)
    names = list(data.labels)
    columns = [np.unique(np.array(data.labels[name])[keep], return_inverse=True) for name in names]
    full = np.column_stack([data.states[keep], *(inverse for _, inverse in columns)]).astype(np.int64)
    unique, inverse = np.unique(full, axis=0, return_inverse=True)
    counts = np.bincount(inverse.ravel(), weights=data.counts[keep], minlength=len(unique)).astype(np.float64)
    occasions = data.states.shape[1]
    states = unique[:, :occasions]
    again = float(counts[(states > 0).sum(axis=1) > 1].sum())
    if again < 1:
        raise TooFewRecaptures(0, 1)
    labels = {
        name: tuple(str(columns[i][0][code]) for code in unique[:, occasions + i]) for i, name in enumerate(names)
    }
    return Histories(states, counts, labels)


def naive_transitions(states: npt.ArrayLike, counts: npt.ArrayLike | None = None) -> FloatArray:
    """Count moves between consecutive occasions on which an individual was seen, as row shares (K, K).

    Biased wherever detection differs by place; never a figure. It exists to show that the estimate is not this.
    """
    y = np.asarray(states, dtype=np.int64)
    weight = np.ones(len(y)) if counts is None else np.asarray(counts, dtype=np.float64)
    k = int(y.max(initial=0))
    table = np.zeros((k + 1, k + 1))
    for t in range(y.shape[1] - 1):
        np.add.at(table, (y[:, t], y[:, t + 1]), weight)
    seen = table[1:, 1:]
    return np.asarray(seen / np.maximum(seen.sum(axis=1, keepdims=True), 1e-300))


def restrict(histories: Histories, states: Sequence[int]) -> Histories:
    """Keep only sightings in `states`, renumbered from 1 in the order given; other sightings become not seen."""
    renumber = np.zeros(histories.state_count + 1, dtype=np.int64)
    for new, old in enumerate(states, start=1):
        renumber[old] = new
    y = renumber[histories.states]
    keep = np.asarray((y > 0).any(axis=1))
    labels = {
        name: tuple(v for v, k in zip(values, keep, strict=True) if k) for name, values in histories.labels.items()
    }
    return Histories(y[keep], histories.counts[keep], labels)
