"""Which parameter of a movement model stands where, what it is worth, and what is believed of it beforehand.

All parameters are on the logit scale and linear: survival and detection as logits, moves as multinomial logits against
staying. A second class of individuals moves more: its odds of leaving are multiplied by e^shift, and where it goes when
it leaves is the same.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from warehouse.estimates.errors import WrongModel
from warehouse.estimates.forward import Chances, Expected

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CAROUSEL = 1  # the class that moves more
SETTLED_START, MOVER_START = (
    0.5,
    2.5,
)  # where a search begins: a logit of staying or being seen, and the shift of movers


@dataclass(frozen=True, slots=True)
class Prior:
    """Weak normal priors on the logit scale, for few data: (mean, standard deviation) of each kind of parameter.

    `distance` (K, K) in km, if given, makes the prior of moves one of gravity:
    log psi_ab / psi_aa = m + a_a + b_b - g log(distance_ab / its geometric mean) + error, with a, b, g and errors normal.
    So moves of which little is seen are told by how far and how busy the places are, and much data overrule it.
    """

    survival: tuple[float, float] = (2.0, 1.5)
    move: tuple[float, float] = (-3.0, 1.5)
    detection: tuple[float, float] = (2.0, 1.5)
    distance: FloatArray | None = None

    PLACE = 1.0  # standard deviation of a_a and b_b
    DECAY = (1.2, 0.5)  # of g; the exponent of gravity in migration and freight is mostly 1 to 2
    ERROR = 0.5
    SHIFT = (3.0, 1.0, 0.5)  # of the movers' odds of leaving: mean, spread in common, spread of each state
    SURVIVAL_SHIFT = (-1.0, 1.0)
    SHARE = (-0.5, 1.5)

    def moves(self, m: int) -> tuple[FloatArray, FloatArray]:
        """Give mean (n,) and covariance (n, n) of the n = m (m - 1) logits of moves, by origin, then destination."""
        off = ~np.eye(m, dtype=np.bool_)
        origin, destination = (index[off] for index in np.indices((m, m)))
        n = len(origin)
        centre, spread = self.move
        if self.distance is None:
            return np.full(n, centre), np.eye(n) * spread**2
        away = np.zeros((m, m))
        k = len(self.distance)
        away[:k, :k] = np.log(np.maximum(self.distance, 1.0))
        away[:k, :k] -= away[:k, :k][~np.eye(k, dtype=np.bool_)].mean() if k > 1 else 0.0
        far, common = away[off], np.ones((n, 1))
        same_origin, same_destination = (
            (index[:, None] == index[None, :]).astype(np.float64) for index in (origin, destination)
        )
        covariance = spread**2 * (common @ common.T) + self.PLACE**2 * (same_origin + same_destination)
        covariance = covariance + self.DECAY[1] ** 2 * np.outer(far, far) + self.ERROR**2 * np.eye(n)
        return centre - self.DECAY[0] * far, covariance


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Positions in theta, and what is known beside it.

    `survival` (G, T - 1, M) and `detection` (G, T, M) hold positions, -1 where detection is `known`; `offset` (G, T, M)
    multiplies detection. Moves follow from `moves_from` on, then, with two classes, for the movers: a shift of the odds of
    leaving for each state, one of survival, and the logit of their share among those first seen at the first occasion and
    later.
    """

    survival: IntArray
    detection: IntArray
    known: FloatArray
    offset: FloatArray
    states: int
    moves_from: int
    classes: int = 1

    @property
    def shifts_from(self) -> int:
        """Where the shifts of movers begin."""
        return self.moves_from + self.states * (self.states - 1)

    @property
    def size(self) -> int:
        """Parameters in theta."""
        return self.shifts_from + (self.states + 3 if self.classes > 1 else 0)

    @property
    def _off(self) -> npt.NDArray[np.bool_]:
        return ~np.eye(self.states, dtype=np.bool_)

    def chances(self, theta: FloatArray, which: int = 0, group: int = 0) -> Chances:
        """Turn theta into the chances of one class and group."""
        m = self.states
        survival = theta[self.survival[group]]
        logits = np.zeros((m, m))
        logits[self._off] = theta[self.moves_from : self.shifts_from]
        if which == CAROUSEL:
            survival = survival + theta[self.shifts_from + m]
            logits = logits + np.where(self._off, theta[self.shifts_from : self.shifts_from + m, None], 0.0)
        moves = np.exp(logits - logits.max(axis=1, keepdims=True))
        free = expit(theta[np.maximum(self.detection[group], 0)]) * self.offset[group]
        detection = np.where(self.detection[group] >= 0, free, self.known[group])
        return Chances(expit(survival), moves / moves.sum(axis=1, keepdims=True), detection)

    def share(self, theta: FloatArray) -> FloatArray:
        """Give the share of movers among those first seen at the first occasion and later, shape (2,)."""
        return np.asarray(expit(theta[self.shifts_from + self.states + 1 :])) if self.classes > 1 else np.zeros(2)

    def slope(self, chances: Chances, expected: Expected, which: int, group: int) -> FloatArray:
        """Give the slope of the log likelihood from the expected counts of one class and group, shape (P,)."""
        m = self.states
        result = np.zeros(self.size)
        of_survival = expected.alive * (1 - chances.survival) - expected.left * chances.survival
        np.add.at(result, self.survival[group], of_survival)
        offset, at = self.offset[group], self.detection[group]
        free = chances.detection / np.maximum(offset, 1e-12)
        unseen = expected.unseen * chances.detection * (1 - free) / np.maximum(1 - chances.detection, 1e-12)
        of_detection = expected.seen * (1 - free) - unseen
        np.add.at(result, at[at >= 0], of_detection[at >= 0])
        of_moves = np.where(self._off, expected.moves - chances.moves * expected.moves.sum(axis=1, keepdims=True), 0.0)
        result[self.moves_from : self.shifts_from] += of_moves[self._off]
        if which == CAROUSEL:
            result[self.shifts_from : self.shifts_from + m] += of_moves.sum(axis=1)
            result[self.shifts_from + m] += of_survival.sum()
        return result

    def start(self) -> FloatArray:
        """Give where the search begins."""
        theta = np.concatenate([np.full(self.moves_from, SETTLED_START), np.full(self.size - self.moves_from, -1.5)])
        if self.classes > 1:
            theta[self.shifts_from : self.shifts_from + self.states] = MOVER_START
            theta[self.shifts_from + self.states] = 0.0
        return theta

    def believed(self, prior: Prior | None) -> tuple[FloatArray, FloatArray]:
        """Give mean (P,) and precision (P, P) of the prior; all zero without one."""
        mean, precision = np.zeros(self.size), np.zeros((self.size, self.size))
        if prior is None:
            return mean, precision
        survivals = int(self.survival.max()) + 1
        for where, (centre, spread) in (
            (np.arange(survivals), prior.survival),
            (np.arange(survivals, self.moves_from), prior.detection),
        ):
            mean[where], precision[where, where] = centre, 1 / spread**2
        moves = slice(self.moves_from, self.shifts_from)
        mean[moves], covariance = prior.moves(self.states)
        precision[moves, moves] = np.linalg.inv(covariance) if covariance.size else covariance
        if self.classes > 1:
            m, at = self.states, self.shifts_from
            centre, common, own = prior.SHIFT
            mean[at : at + m] = centre
            precision[at : at + m, at : at + m] = np.linalg.inv(common**2 + own**2 * np.eye(m))
            mean[at + m], precision[at + m, at + m] = prior.SURVIVAL_SHIFT[0], 1 / prior.SURVIVAL_SHIFT[1] ** 2
            shares = np.arange(at + m + 1, at + m + 3)
            mean[shares], precision[shares, shares] = prior.SHARE[0], 1 / prior.SHARE[1] ** 2
        return mean, precision


def factor(spec: str, shape: tuple[int, int, int], groups: int, label: str | None) -> IntArray:
    """Number the parameters of one kind, shape (G, T, M): constant ".", by "state", by time "t", or by a label.

    Raises:
        WrongModel: it is none of these.
    """
    if spec == ".":
        return np.zeros(shape, dtype=np.int64)
    if spec == "state":
        return np.broadcast_to(np.arange(shape[2]), shape).astype(np.int64)
    if spec == "t":
        return np.broadcast_to(np.arange(shape[1])[:, None], shape).astype(np.int64)
    if label is not None and spec == label:
        return np.broadcast_to(np.arange(groups)[:, None, None], shape).astype(np.int64)
    raise WrongModel(f'{spec!r} is no factor: use ".", "state", "t" or a label column of the histories.')
