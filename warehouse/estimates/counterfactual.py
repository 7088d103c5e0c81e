"""What a municipality's level would have been, told from its own past and from other municipalities. STATISTICS 4.

log N of area a in week t = own level + common factor + slow + fast + drift + error. The common factor (season, shocks that
all share) is the weighted mean of the comparators' levels, with a loading near 1. `slow` and `fast` are the chance of who
comes and goes: N people who stay for months or for days make a number that wanders by itself, with a variance of about
1/N and a memory as long as they stay. `drift` is what makes places grow apart. The error's variance is known; what all
weeks share of it (kappa, delta) moves own level only.

How strong each is, is averaged over a grid, weighed by the likelihood of the weeks before the event of all areas
together and by a prior that is even over the grid. States are Gaussian and linear, so all weeks have one joint normal
distribution; it is factorised once for each area and grid point, d = L z. What the weeks before p do not foretell of
those after is then L's lower right block times z: the filter's innovations, for every date p at once.

Source: Harvey (1989), Forecasting, Structural Time Series Models, chapters 3 and 7; comparators as regressors: Brodersen
et al. (2015), Annals of Applied Statistics 9; innovations from a Cholesky factor: Durbin & Koopman (2012), section 4.13.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

VAGUE = 25.0  # variance on the log scale that says nothing
LOADING_VARIANCE = 0.2**2  # prior of the loading on the common factor, around 1
FAST_MEMORY = 0.3  # left after a week of the chance of those who stay for days
SLOW_MEMORIES = (0.90, 0.96)  # the same of those who stay for months: .0055 a day stop, .005 move or pause
SLOW_SHARES, FAST_SHARES = (0.4, 0.8, 1.5, 3.0), (0.1, 0.4)  # variance in units of 1/N; one person, one count: .75, .25
DRIFTS = (0.0, 0.006, 0.015)  # standard deviation of a week's step
UNSEEN = 1e6  # variance of a week without a figure
NEGLIGIBLE = 1e-3  # weight of a grid point, against the best one, below which it is left out


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Series of A areas in T periods, the one in question first.

    `level` (A, T): log of the figure, NaN where there is none. `specific` (A, T): variance of each that is its own. `size`
    (A,): number of people whose coming and going makes the level's own chance. `weeks`: length of a period.
    """

    level: FloatArray
    specific: FloatArray
    size: FloatArray
    weeks: int = 1

    def __post_init__(self) -> None:
        seen = np.isfinite(self.level)
        if not (self.level.ndim == 2 and self.level.shape == self.specific.shape and len(self.size) == len(self.level)):
            raise ValueError("level and specific must have shape (areas, periods), size (areas,)")
        if not (seen <= ((self.specific >= 0) & np.isfinite(self.specific))).all():
            raise ValueError("every level needs a variance, finite and not negative")

    def until(self, period: int) -> "Panel":
        """Leave out all from a period on."""
        return Panel(self.level[:, :period], self.specific[:, :period], self.size, self.weeks)


@dataclass(frozen=True, slots=True, eq=False)
class Contrasts:
    """Each area's level minus the common factor of its comparators, (A, T) all but the last two.

    `specific` variances; `factor` (A, T): the common factor, centred; `own` (A,): in which units chance counts, 1/N of
    the area and its comparators together; `apart` (A,): the same of the drift.
    """

    level: FloatArray
    specific: FloatArray
    factor: FloatArray
    own: FloatArray
    apart: FloatArray


def contrasts(panel: Panel, others: int) -> Contrasts:
    """Hold every area against the comparators, a comparator against the other ones.

    Args:
        panel: `others` areas that are no comparators first, then comparators; each has a figure in some period.
        others: how many are no comparators.
    """
    # Sums run in the order in which memory lies: equal panels give equal bits.
    panel = Panel(np.ascontiguousarray(panel.level), np.ascontiguousarray(panel.specific), panel.size, panel.weeks)
    seen = np.isfinite(panel.level)
    noise = np.nanmean(np.where(seen, panel.specific, np.nan), axis=1)
    weight = 1 / (1 / panel.size + noise)
    weight[:others] = 0.0
    parts = [_contrast(panel, seen, np.where(np.arange(len(weight)) == a, 0.0, weight), a) for a in range(len(weight))]
    return Contrasts(*(np.array(each) for each in zip(*parts, strict=True)))


def _contrast(
    panel: Panel, seen: BoolArray, weight: FloatArray, area: int
) -> tuple[FloatArray, FloatArray, FloatArray, float, float]:
    share = weight / weight.sum()
    factor, there = common_factor(np.where(seen, panel.level, 0.0), seen, share)
    held = share[:, None] * seen
    held = held / np.maximum(held.sum(axis=0), 1e-300)
    told = seen[area] & there
    level = np.where(told, panel.level[area] - factor, np.nan)
    specific = panel.specific[area] + (held**2 * np.where(seen, panel.specific, 0.0)).sum(axis=0)
    own = 1 / panel.size[area] + float((share**2 / panel.size).sum())
    factor = np.where(there, factor - factor[there].mean(), 0.0)
    return level, np.where(told, specific, UNSEEN), factor, own, 1 + float((share**2).sum())


def common_factor(level: FloatArray, seen: BoolArray, weight: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Fit level = area + period by weighted least squares, so that a missing figure moves no period.

    Returns:
        The periods' part, shape (T,), and where it is known.
    """
    there: BoolArray = np.asarray((seen & (weight > 0)[:, None]).any(axis=0))
    mask = weight[:, None] * seen
    many = np.maximum(seen.sum(axis=1), 1)
    normal = np.diag(mask.sum(axis=0)) - (mask / many[:, None]).T @ seen.astype(np.float64)
    right = (mask * (level - (level * seen).sum(axis=1, keepdims=True) / many[:, None])).sum(axis=0)
    factor = np.zeros(level.shape[1])
    within = np.ix_(there, there)
    factor[there] = np.linalg.lstsq(normal[within], right[there], rcond=1e-10)[0]
    # Periods' parts are known up to a constant: that of all areas' mean level.
    grand = (mask * (level - factor)).sum() / mask.sum()
    return np.where(there, factor + grand, 0.0), there


@dataclass(frozen=True, slots=True)
class Chance:
    """One point of the grid: how strong and how long the chance of coming and going is, and how far places drift."""

    memory: float
    slow: float
    fast: float
    drift: float


GRID = tuple(
    Chance(memory, slow, fast, drift)
    for memory in SLOW_MEMORIES
    for slow in SLOW_SHARES
    for fast in FAST_SHARES
    for drift in DRIFTS
)


def covariance(of: Contrasts, grid: tuple[Chance, ...], weeks: int) -> FloatArray:
    """Give the covariance of all periods of each area under each grid point, shape (G, A, T, T)."""
    periods = of.level.shape[1]
    t = np.arange(periods)
    apart = np.abs(t[:, None] - t[None, :]) * weeks
    first = np.minimum(t[:, None], t[None, :]) * weeks
    chance = np.array([g.slow * g.memory**apart + g.fast * FAST_MEMORY**apart for g in grid])
    drift = np.array([g.drift**2 * first for g in grid])
    known = VAGUE + LOADING_VARIANCE * of.factor[:, :, None] * of.factor[:, None, :]
    known[:, t, t] += of.specific
    return np.asarray(
        chance[:, None] * of.own[:, None, None] + drift[:, None] * of.apart[:, None, None] + known[None],
        dtype=np.float64,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Factorised:
    """Cholesky factors (G, A, T, T), innovations (G, A, T) that have variance 1, and where there are figures (A, T)."""

    root: FloatArray
    innovation: FloatArray
    seen: BoolArray

    @classmethod
    def of(cls, contrast: Contrasts, grid: tuple[Chance, ...], weeks: int) -> "Factorised":
        """Factorise."""
        seen = np.isfinite(contrast.level)
        # Own level is vague around the first figure: one that came after an event would let it into what is foretold.
        y = np.where(seen, contrast.level - contrast.level[np.arange(len(seen)), seen.argmax(axis=1)][:, None], 0.0)
        root: FloatArray = np.linalg.cholesky(covariance(contrast, grid, weeks)).astype(np.float64)
        innovation = np.empty(root.shape[:-1])
        for t in range(y.shape[1]):
            foretold = (root[..., t, :t] * innovation[..., :t]).sum(axis=-1)
            innovation[..., t] = (y[:, t] - foretold) / root[..., t, t]
        return cls(root, innovation, seen)

    def log_likelihood(self, until: int) -> FloatArray:
        """Give the log-likelihood of the periods before `until`, shape (G, A), up to a constant."""
        scale = np.einsum("...tt->...t", self.root)[..., :until]
        return np.asarray(-np.log(scale).sum(axis=-1) - 0.5 * (self.innovation[..., :until] ** 2).sum(axis=-1))

    def gap(self, start: int, end: int, before: int | None = None) -> tuple[FloatArray, FloatArray]:
        """Give the mean of what periods [start, end) are above what is foretold, and its variance, both (G, A).

        Args:
            start: first period after.
            end: one past the last period after.
            before: periods from here up to `start` are left out of both; `start` if None.

        A period without a figure does not count; NaN where none has one.
        """
        before = start if before is None else before
        use = self.seen[:, start:end].astype(np.float64)
        use = np.divide(
            use, use.sum(axis=1, keepdims=True), out=np.full_like(use, np.nan), where=use.any(axis=1, keepdims=True)
        )
        load = np.einsum("at,gats->gas", use, self.root[:, :, start:end, before:end])
        mean = (load * self.innovation[:, :, before:end]).sum(axis=-1)
        return mean, np.asarray((load**2).sum(axis=-1))


def weights(log_likelihood: FloatArray) -> FloatArray:
    """Weigh grid points by the areas together, shape (G,): each area's likelihood counts once."""
    total = log_likelihood.sum(axis=1)
    weight = np.exp(total - total.max())
    weight[weight < NEGLIGIBLE] = 0.0
    return np.asarray(weight / weight.sum())


def averaged(mean: FloatArray, variance: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Average means and variances (G, ...) over the grid."""
    centre = np.tensordot(weight, mean, axes=1)
    return centre, np.asarray(np.tensordot(weight, variance + (mean - centre) ** 2, axes=1))
