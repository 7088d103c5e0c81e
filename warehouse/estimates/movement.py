"""Movement between places from weekly histories: flows, dwell, carousel, returns, each with its interval. STATISTICS 3.

A model of residents and movers is fitted to all weeks that can be linked; then each draw of its parameters draws paths for
everybody who was seen (`paths`), counts on them (`stays`), and adds those who were not seen, as many as the volume says
and moving at the rates of their class. So what was seen counts as it was, and only the rest is told by the model. Counts of
moves between consecutive sightings are never a figure: they miss most where little is seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.special import logit

from warehouse.estimates import kinds, paths, sighted, stays
from warehouse.estimates.drawing import DRAWS, Drawn, Scene, drawn
from warehouse.estimates.errors import NotIdentifiable, TooFewRecaptures
from warehouse.estimates.multistate import MultistateFit, Prior
from warehouse.estimates.tables import Histories

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MINIMUM_SEEN_AGAIN = 20
MINIMUM_SEEN = 10
ENTRY, EXIT, ALL, REGION = "NEW", "EXIT", "ALL", "REGION"
TOO_FEW, TOO_SHORT = "too_few_seen", "too_few_weeks"
BY_STATE = frozenset({"dwell_lower_quartile", "dwell_median", "dwell_upper_quartile", "return_share"})
MOST_WRONG = 0.9  # of links: from there on nothing is linked
LEAST_SHARED = 1e-6  # of identities, so that there are odds
MOST_UNTOLD = 0.025  # share of draws that may say nothing of a figure


@dataclass(frozen=True, slots=True)
class Linkage:
    """How often links are wrong, from an audit, with standard errors.

    `lost`: weekly chance that an advertiser who goes on does so under another identity. `shared`: share of identities
    that hold two advertisers or more.
    """

    lost: float = 0.0
    lost_error: float = 0.0
    shared: float = 0.0
    shared_error: float = 0.0

    def draw(self, rng: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray]:
        """Draw `lost` and `shared`, shape (count,) each: normal, from 0 to `MOST_WRONG`."""
        return _rate(self.lost, self.lost_error, rng, count), _rate(self.shared, self.shared_error, rng, count)


def _rate(mean: float, error: float, rng: np.random.Generator, count: int) -> FloatArray:
    if error <= 0:
        return np.full(count, min(mean, MOST_WRONG))
    low, high = ((end - mean) / error for end in (0.0, MOST_WRONG))
    return np.asarray(stats.truncnorm.ppf(rng.random(count), low, high, loc=mean, scale=error), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Flow:
    """Moves from `origin` to `destination` in the block: median and 95 % interval, or a refusal.

    `observed` holds the rows (positions) of the individuals seen to make this change, for thresholds only.
    """

    origin: str
    destination: str
    observed: tuple[int, ...] = field(repr=False)
    point: float | None
    lower: float | None
    upper: float | None
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Figure:
    """Something said of a state, of the region or of all: median and 95 % interval, or a refusal.

    `code`: carousel_share, one_place_share (ALL; of those present in the last eight weeks, in three places or more, in
    one); dwell_lower_quartile, dwell_median, dwell_upper_quartile (weeks, of spells that begin by arriving in a state);
    return_share (of those who leave a state for another, back within eight weeks); new_to_region_share (REGION; of
    arrivals in the block, not there before in the window).
    """

    code: str
    area: str
    point: float | None
    lower: float | None
    upper: float | None
    refusal: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """Flows of the block and figures of the window, the fit that they rest on, and how many weeks were linked.

    `draws` (D, K + 1, K + 1) are of the flows between the states `names`; the last row is NEW, the last column EXIT.
    """

    flows: tuple[Flow, ...]
    figures: tuple[Figure, ...]
    fit: MultistateFit
    weeks: int
    names: tuple[str, ...]
    draws: FloatArray = field(repr=False)

    def total(self, pairs: Iterable[tuple[str, str]]) -> tuple[float, float, float]:
        """Give median, lower and upper end of the sum of some flows (origin, destination)."""
        return _interval(self._sum(pairs))

    def share(self, pairs: Iterable[tuple[str, str]], whole: Iterable[tuple[str, str]]) -> tuple[float, float, float]:
        """Give the same of what share some flows have of others that hold them; 0 where there are none."""
        return _interval(self._sum(pairs) / np.maximum(self._sum(whole), 1.0))

    def _sum(self, pairs: Iterable[tuple[str, str]]) -> FloatArray:
        at = [
            tuple(-1 if end in (ENTRY, EXIT) else self.names.index(end) for end in (origin, destination))
            for origin, destination in pairs
        ]
        return sum((self.draws[:, a, b] for a, b in at), start=np.zeros(len(self.draws)))


def estimate(  # noqa: PLR0913 - what is known, by name
    seen: IntArray,
    names: Sequence[str],
    size: FloatArray,
    *,
    municipality: IntArray | None = None,
    completeness: npt.ArrayLike | None = None,
    distance: FloatArray | None = None,
    linkage: Linkage | None = None,
    region: Sequence[int] = (),
    block: int = 4,
    seed: int = 0,
    starts: int = 5,
) -> Movement:
    """Estimate flows between K states, from NEW and to EXIT, and how long people stay, over T weeks that can be linked.

    Args:
        seen: bit mask of the states in which each individual was seen in each week (bit a - 1 for state a), shape
            (I, T); 0 = not seen.
        names: of the K states.
        size: draws of the number of advertisers in each week and state, shape (D, T, K).
        municipality: code (0 or more) of the municipality in which each was seen most, -1 = not seen, shape (I, T). None:
            states are municipalities.
        completeness: share of what could be seen in each week, broadcast to (T, K).
        distance: between states in km, shape (K, K): makes the prior of moves one of gravity.
        linkage: error of links; None for none.
        region: positions of the states that make the region.
        block: flows are of the moves into the last `block` weeks.
        seed: of the draws.
        starts: of the fit.

    Returns:
        A flow for each pair of different states, figures, and the fit. What concerns a state with under ten individuals
        is refused.

    Raises:
        TooFewRecaptures: under twenty individuals were seen in two weeks or more, or no state has ten individuals.
        NotIdentifiable: the likelihood is flat even with weak priors.
    """
    k = len(names)
    whole = np.broadcast_to(
        np.ones(1) if completeness is None else np.asarray(completeness, float), (*seen.shape[1:], k)
    )
    # Before the first week in which anything could be seen, everybody there would seem to have come in it.
    could = np.flatnonzero((whole > paths.BLIND).any(axis=1))
    start = int(could[0]) if len(could) else 0
    seen, size, whole = seen[:, start:], size[:, start:], whole[start:]
    municipality = None if municipality is None else municipality[:, start:]
    weeks = seen.shape[1]
    again = int(((seen > 0).sum(axis=1) > 1).sum())
    if again < MINIMUM_SEEN_AGAIN:
        raise TooFewRecaptures(again, MINIMUM_SEEN_AGAIN)
    present = np.array([(seen >> a & 1).any(axis=1).sum() for a in range(k)])
    if present.max(initial=0) < MINIMUM_SEEN:
        raise TooFewRecaptures(int(present.max(initial=0)), MINIMUM_SEEN)
    used = np.flatnonzero(present > 0)
    narrowed = np.zeros_like(seen)
    for new, old in enumerate(used):
        narrowed |= (seen >> old & 1) << new
    rows = np.flatnonzero(narrowed.any(axis=1))
    share = whole[:, used]
    links = linkage or Linkage()
    masks = narrowed[rows]
    where = sighted.resolved(masks) - 1 if municipality is None else np.asarray(municipality)[rows]
    prior = Prior(distance=None if distance is None else distance[np.ix_(used, used)])
    most = masks if municipality is None else sighted.mostly(masks, where, len(used))
    two = kinds.chance_of_two(masks, len(used), share, prior, links.shared, seed)
    # Two who stay under one identity are shown as one who stays; the other is one of those not seen.
    home, town = sighted.at_home(masks, most, where)
    data, history = sighted.histories(np.concatenate([most, home]), len(used))
    counts = np.bincount(history, np.append(1 - two, two), len(data.counts)).astype(np.float64)
    fit = kinds.best(Histories(data.states, counts, {}, data.sets), share, prior, starts, seed)
    if not fit.identifiable:
        raise NotIdentifiable("flat even with weak priors")
    lost, shared = links.draw(np.random.default_rng(np.random.SeedSequence([seed % 2**63, 4])), DRAWS)
    # The chance of each to be two moves with the audited share, on the logit scale: their odds are prior odds times evidence.
    beyond = logit(np.clip(shared, LEAST_SHARED, None)) - logit(max(links.shared, LEAST_SHARED))
    inside = [i for i, old in enumerate(used) if old in set(region)]
    scene = Scene(data, history.reshape(2, -1), np.array([where, town]), two, lost, beyond, inside, block)
    told = drawn(scene, fit, size[:, :, used], seed)
    shown = present >= MINIMUM_SEEN
    draws = np.zeros((len(told.flows), k + 1, k + 1))
    ends = np.append(used, k)
    draws[:, ends[:, None], ends] = told.flows
    told_weeks = np.asarray((whole > paths.BLIND).any(axis=1))[-block - 1 :]
    changes = sighted.observed_changes(sighted.resolved(seen)[:, -block - 1 :][:, told_weeks], k)
    return Movement(
        flows=_flows(names, shown, draws, changes),
        figures=_figures([(names[old], bool(shown[old])) for old in used.tolist()], told, weeks, block),
        fit=fit,
        weeks=weeks,
        names=tuple(names),
        draws=draws,
    )


def _flows(
    names: Sequence[str],
    shown: npt.NDArray[np.bool_],
    draws: FloatArray,
    changes: dict[tuple[int, int], tuple[int, ...]],
) -> tuple[Flow, ...]:
    result = []
    for (a, b), who in sorted(changes.items()):
        ends = (names[a - 1] if a else ENTRY, names[b - 1] if b else EXIT)
        if all(end == 0 or shown[end - 1] for end in (a, b)):
            result.append(Flow(*ends, who, *_interval(draws[:, a - 1, b - 1]), None))
        else:
            result.append(Flow(*ends, who, None, None, None, TOO_FEW))
    return tuple(result)


def _figures(areas: Sequence[tuple[str, bool]], told: Drawn, weeks: int, block: int) -> tuple[Figure, ...]:
    """Write figures of states (name, and whether enough were seen there), of the region and of all."""
    result = []
    for code, draws in told.figures.items():
        asked = {
            "return_share": stays.CAROUSEL_WEEKS + 2,
            "new_to_region_share": stays.CAROUSEL_WEEKS + block,
            "carousel_share": stays.CAROUSEL_WEEKS,
            "one_place_share": stays.CAROUSEL_WEEKS,
        }.get(code, 0)
        of_whole = [(REGION if code == "new_to_region_share" else ALL, True)]
        for i, (area, is_shown) in enumerate(areas if code in BY_STATE else of_whole):
            is_known = np.isfinite(draws[:, i])
            known = np.where(
                is_known, draws[:, i], weeks
            )  # the curve of a draw that does not fall so far: at least so long
            if weeks < asked:
                result.append(Figure(code, area, None, None, None, TOO_SHORT))
            elif not is_shown or is_known.mean() < 1 - MOST_UNTOLD:
                result.append(Figure(code, area, None, None, None, TOO_FEW))
            else:
                result.append(Figure(code, area, *_interval(known), None))
    return tuple(result)


def _interval(draws: FloatArray) -> tuple[float, float, float]:
    """Give median, lower and upper end."""
    lower, point, upper = (float(each) for each in np.quantile(draws, (0.025, 0.5, 0.975)))
    return point, lower, upper
