"""People who move between places week by week, and what a monitor sees of them: for the battery of movement.

A path is where somebody is in each week: `town` (P, W), the position of a municipality or -1; `state` (P, W), 1..K or 0.
Zero or -1 is not yet there, off for a while, or stopped. Own code, so that an error of `simulation.population` is not
made twice; `market_paths` gives that market's people beside it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from simulation.population import populate
from simulation.settings import WorldSettings
from simulation.towns import Town, towns

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Rng = np.random.Generator

NAMES = ("GM0153", "GM0164", "GM0141", "CR12X", "PV-OVX", "PV-GE", "NLX", "DE")
REGION = (0, 1, 2, 3)  # positions of the states of Twente
SIZES = (90, 44, 40, 93, 20, 43, 320, 60)  # advertisers
TOWNS = (1, 1, 1, 11, 4, 8, 60, 6)
CENTRES = ((0, 0), (-6, 4), (-15, 13), (-8, 5), (-50, 30), (-65, -20), (-140, -10), (50, -10))  # km from Enschede
RADII = (0, 0, 0, 18, 20, 30, 70, 30)  # km
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))  # points of a sunflower: spread evenly over a disc
BEFORE, AFTER = 104, 52  # weeks of the world around the window
MARKET_BEFORE, MARKET_AFTER = 40, 40  # a market has at most 730 days
LONG_OFF = 0.3  # of those who go off: two weeks instead of one


@dataclass(frozen=True, slots=True)
class Kind:
    """People alike: weekly chance to stop, and to move on after the first week of a stay and after later ones."""

    share: float
    exit: float
    move: tuple[float, float]


TWO_CLASSES = (Kind(0.75, 0.04, (0.007, 0.007)), Kind(0.25, 0.10, (0.5, 1.0)))  # residents; stays of one or two weeks
ONE_CLASS = (Kind(1.0, 0.055, (0.12, 0.12)),)
SETTLED = (Kind(1.0, 0.04, (0.0, 0.0)),)


@dataclass(frozen=True, slots=True, eq=False)
class Geography:
    """M municipalities in K states: `state` (M,) 1..K, `size` (M,), `going` (M, M) chances of the next one by row."""

    state: IntArray
    size: FloatArray
    going: FloatArray
    distance: FloatArray  # (K, K), km between centres of states


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Paths of all who are there in the window, weeks [start, end); `distance` (K, K) in km."""

    state: IntArray
    town: IntArray
    start: int
    end: int
    distance: FloatArray

    @property
    def stock(self) -> IntArray:
        """Count advertisers, shape (T, K), in the weeks of the window."""
        return (self.state[:, self.start : self.end, None] == np.arange(1, len(NAMES) + 1)).sum(axis=0)


@dataclass(frozen=True, slots=True)
class Sight:
    """How people are seen. `detection` by state; `poor` weeks of half completeness; `lost` of identities split within
    the window, `shared` of identities held by two; a moving week shows the other place too with chance `both`; `named`
    of the people name a second place in every week.
    """

    detection: tuple[float, ...]
    visible: float = 0.67
    poor: int = 2
    both: float = 0.3
    named: float = 0.05
    lost: float = 0.0
    shared: float = 0.0
    audited: int = 150


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What the estimator is given; `linkage` holds the rates and errors that an audit of identities found."""

    seen: IntArray  # (I, T)
    municipality: IntArray  # (I, T)
    size: FloatArray = field(repr=False)  # (D, T, K)
    completeness: FloatArray = field(repr=False)  # (T, 1)
    linkage: dict[str, float]


def balanced(kernel: FloatArray, size: FloatArray) -> FloatArray:
    """Scale a symmetric kernel (M, M) so that its row sums are `size`: as many go from a to b as from b to a."""
    weight = np.sqrt(size)
    for _ in range(400):
        weight = np.sqrt(weight * size / (kernel @ weight))
    return np.asarray(weight[:, None] * kernel * weight)


@cache
def geography() -> Geography:
    """Lay out the municipalities: within a state on a disc, the first the largest."""
    state = np.repeat(np.arange(len(NAMES)), TOWNS)
    nth = np.concatenate([np.arange(count) for count in TOWNS])
    away = np.array(RADII)[state] * np.sqrt((nth + 0.5) / np.array(TOWNS)[state])
    centres = np.array(CENTRES, dtype=np.float64)
    at = centres[state] + away[:, None] * np.column_stack([np.cos(nth * GOLDEN_ANGLE), np.sin(nth * GOLDEN_ANGLE)])
    weight = 1 / np.sqrt(nth + 1.0)
    size = np.array(SIZES)[state] * weight / np.bincount(state, weight)[state]
    kernel = np.outer(size, size) / (_between(at) + 8.0) ** 1.2
    np.fill_diagonal(kernel, 0.0)
    return Geography(state + 1, size, balanced(kernel, size) / size[:, None], _between(centres))


def _between(at: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(at[:, None] - at[None], axis=2))


def live(kinds: Sequence[Kind], off: float, weeks: int, rng: Rng, where: Geography) -> IntArray:
    """Let people come, stay, move on, go off for a week or two and stop, in a steady state; give all towns (P, weeks).

    Who goes off comes back to the same town, and does not stop meanwhile.
    """
    shares, leaving = np.array([each.share for each in kinds]), np.array([each.exit for each in kinds])
    moving, cumulative = np.array([each.move for each in kinds]), where.going.cumsum(axis=1)
    total, last = where.size.sum(), len(where.size) - 1
    coming = rng.poisson(total * shares * leaving, (weeks, len(kinds)))
    coming[0] = rng.poisson(total * shares)
    history = np.full((coming.sum(), weeks), -1, dtype=np.int64)
    who, kind, town, stay, away = (np.empty(0, dtype=np.int64) for _ in range(5))
    for week in range(weeks):
        count = coming[week].sum()
        newest = coming[:week].sum() + np.arange(count)
        who, kind = np.append(who, newest), np.append(kind, np.repeat(np.arange(len(kinds)), coming[week]))
        town = np.append(town, rng.choice(last + 1, count, p=where.size / total))
        stay, away = np.append(stay, np.zeros(count, dtype=np.int64)), np.append(away, np.zeros(count, dtype=np.int64))
        here = away == 0
        history[who[here], week] = town[here]
        stops = here & (rng.random(len(who)) < leaving[kind])
        rests = here & ~stops & (rng.random(len(who)) < off)
        moves = here & ~stops & ~rests & (rng.random(len(who)) < moving[kind, stay])
        away = np.where(rests, 1 + (rng.random(len(who)) < LONG_OFF), np.maximum(away - 1, 0))
        stay = np.where(moves, 0, np.where(here & ~rests, 1, stay))
        going = (cumulative[town[moves]] < rng.random(moves.sum())[:, None]).sum(axis=1)
        town[moves] = np.minimum(going, last)
        who, kind, town, stay, away = (each[~stops] for each in (who, kind, town, stay, away))
    return history


def _cut(town: IntArray, state_of: IntArray, start: int, end: int, distance: FloatArray) -> World:
    town = town[(town[:, start:end] >= 0).any(axis=1)]
    return World(np.where(town >= 0, state_of[town], 0), town, start, end, distance)


def simulated(kinds: Sequence[Kind], off: float, weeks: int, rng: Rng) -> World:
    """Simulate a world with a window of `weeks`."""
    where = geography()
    town = live(kinds, off, BEFORE + weeks + AFTER, rng, where)
    return _cut(town, where.state, BEFORE, BEFORE + weeks, where.distance)


def _state_of(place: Town) -> int:
    """Give the state 1..K of a town of the synthetic market."""
    names = (place.area_code, {"CR12": "CR12X"}.get(place.corop_code, ""))
    known = [NAMES.index(name) + 1 for name in names if name in NAMES]
    return known[0] if known else {"Overijssel": 5, "Gelderland": 6}.get(place.province, 7)


def market_paths(seed: int, weeks: int) -> World:
    """Give the people of the synthetic market: where each spent most of her active days of a week, the first on a tie."""
    span = MARKET_BEFORE + weeks + MARKET_AFTER
    people = populate(WorldSettings(seed=seed, days=7 * span))
    burn = -(-max(-stay.first for person in people for stay in person.stays) // 7)  # whole weeks before the first day
    town = np.full((len(people), burn + span), -1, dtype=np.int64)
    for row, person in enumerate(people):
        days: Counter[tuple[int, int]] = Counter()
        for stay in person.stays:
            for day in range(stay.first, stay.last + 1):
                days[day // 7 + burn, stay.town] += 1
        most: dict[int, int] = {}
        for (week, place), count in days.items():
            if count > most.get(week, 0):
                most[week], town[row, week] = count, place
    places = towns()
    state_of = np.array([_state_of(place) for place in places])
    at = np.array([(place.longitude * 68.2, place.latitude * 111.2) for place in places])  # km, at 52.2 degrees north
    centres = np.array([at[state_of == k + 1].mean(axis=0) for k in range(len(NAMES))])
    start = burn + MARKET_BEFORE
    return _cut(town, state_of, start, start + weeks, _between(centres))


def observe(world: World, sight: Sight, rng: Rng, draws: int = 1000) -> Observed:
    """See a world: who is visible, in which weeks, where, and under which identity."""
    state, town = world.state[:, world.start : world.end], world.town[:, world.start : world.end]
    people, weeks = state.shape
    completeness = np.ones((weeks, 1))
    completeness[rng.choice(weeks, sight.poor, replace=False)] = 0.5
    chance = np.append(0.0, sight.detection)[state] * completeness.T * (rng.random((people, 1)) < sight.visible)
    seen = rng.random((people, weeks)) < chance
    bit = np.where(state > 0, 1 << np.maximum(state - 1, 0), 0)
    mask = bit.copy()
    moved = (state[:, 1:] != state[:, :-1]) & (state[:, 1:] > 0) & (state[:, :-1] > 0)
    mask[:, 1:] |= np.where(moved & (rng.random(moved.shape) < sight.both), bit[:, :-1], 0)
    mask[:, :-1] |= np.where(moved & (rng.random(moved.shape) < sight.both), bit[:, 1:], 0)
    near = world.stock.mean(axis=0) / (world.distance + 8.0) ** 1.2 * (1 - np.eye(len(NAMES)))
    beside = (near / near.sum(axis=1, keepdims=True)).cumsum(axis=1)[state.max(axis=1) - 1]
    second = np.minimum((beside < rng.random((people, 1))).sum(axis=1), len(NAMES) - 1)
    mask |= np.where(rng.random(people) < sight.named, 1 << second, 0)[:, None]
    mask = np.where(seen, mask, 0)
    identity, linkage = _identities(state, seen, sight, rng)
    masks = np.zeros((identity.max() + 1, weeks), dtype=np.int64)
    places = np.full(masks.shape, -1, dtype=np.int64)
    np.bitwise_or.at(masks, (identity, np.arange(weeks)), mask)
    person, week = np.nonzero(seen)  # of two who share an identity, the later one's place stands
    places[identity[person, week], week] = town[person, week]
    kept = (masks > 0).any(axis=1)
    error, spread = rng.normal(0, 0.1, len(NAMES)), rng.normal(0, 0.1, (draws, 1, len(NAMES)))
    return Observed(masks[kept], places[kept], world.stock * np.exp(error + spread), completeness, linkage)


def _identities(
    state: IntArray, seen: npt.NDArray[np.bool_], sight: Sight, rng: Rng
) -> tuple[IntArray, dict[str, float]]:
    """Give the identity of each person in each week, shape (P, T), and what an audit finds of the errors in them."""
    people, weeks = state.shape
    first, last = (state > 0).argmax(axis=1), weeks - 1 - (state > 0)[:, ::-1].argmax(axis=1)
    alive = (np.arange(1, weeks) > first[:, None]) & (np.arange(1, weeks) <= last[:, None])
    on_average = alive.sum(axis=1)[seen.any(axis=1)].mean()
    split = alive & (rng.random(alive.shape) < sight.lost / on_average)
    part = np.column_stack([np.zeros(people, dtype=np.int64), split.cumsum(axis=1)])
    identity = np.unique(np.arange(people)[:, None] * weeks + part, return_inverse=True)[1].reshape(part.shape)
    linkage = {}
    if sight.lost:
        found, error = _audit(sight.lost, sight.audited, rng)
        linkage |= {"lost": found / on_average, "lost_error": error / on_average}
    if sight.shared:
        found, error = _audit(sight.shared, sight.audited, rng)
        linkage |= {"shared": found, "shared_error": error}
        identity = _joined(identity, state, seen, sight.shared, rng)
    return identity, linkage


def _audit(share: float, audited: int, rng: Rng) -> tuple[float, float]:
    """Audit identities: the share found with its standard error, of one found at least."""
    found = rng.binomial(audited, share) / audited
    most = max(found, 1 / audited)
    return float(found), float(np.sqrt(most * (1 - most) / audited))


def _joined(identity: IntArray, state: IntArray, seen: npt.NDArray[np.bool_], share: float, rng: Rng) -> IntArray:
    """Join pairs of identities that are there at one time in different places, until `share` of all are joined."""
    of = np.zeros((identity.max() + 1, state.shape[1]), dtype=np.int64)
    np.maximum.at(of, (identity, np.arange(state.shape[1])), state)
    candidates = rng.permutation(np.unique(identity[seen]))
    wanted, to = round(share * len(candidates) / (1 + share)), np.arange(len(of))
    for one, other in list(pairwise(candidates))[::2]:
        if wanted and ((of[one] > 0) & (of[other] > 0) & (of[one] != of[other])).any():
            to[other], wanted = one, wanted - 1
    return to[identity]
