"""Draws of flows and figures: a path for everybody seen in each draw, what is counted on it, and those not seen added."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from warehouse.estimates import kinds, paths, stays
from warehouse.estimates.forward import Chances, forward
from warehouse.estimates.multistate import MultistateFit
from warehouse.estimates.tables import Histories

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

DRAWS, SIZES = 200, 5  # of parameters and paths, and of sizes for each
LEAST = 0.05  # chance to be seen at all: whoever has less stands for no more than twenty


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What paths are drawn from: unique histories, and individuals.

    Of I individuals, as one each and as if at one place only: their `history` (2, I) and the municipalities `where` they were
    seen (2, I, T); the chance that the second holds, as they are `two` who stay (I,). `lost` (DRAWS,) are draws of the weekly chance that a link is lost, `beyond` (DRAWS,) of what the audited share adds to log odds of `two`; `region` are positions of states; flows are of
    the last `block` weeks.
    """

    data: Histories
    history: IntArray
    where: IntArray
    two: FloatArray
    lost: FloatArray
    beyond: FloatArray
    region: list[int]
    block: int

    @property
    def states(self) -> IntArray:
        """State seen in each week, 1..K, 0 or less where none or several, shape (I, T)."""
        return np.asarray(self.data.states[self.history[0]])

    def only(self) -> IntArray:
        """Give the one municipality in which a state was seen, -1 where there are several, shape (K,)."""
        found = [np.unique(self.where[0][self.states == a + 1]) for a in range(self.data.state_count)]
        return np.array([codes[0] if len(codes) == 1 else -1 for codes in found], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Draws of flows (D, K + 1, K + 1), the last row NEW and the last column EXIT; figures by code, (D, K) or (D, 1)."""

    flows: FloatArray
    figures: dict[str, FloatArray]


def drawn(scene: Scene, fit: MultistateFit, size: FloatArray, seed: int) -> Drawn:
    """Draw parameters, paths and sizes, and count.

    Args:
        scene: whom to draw paths for.
        fit: of the scene's histories.
        size: draws of the number of advertisers in each week and state, shape (D, T, K).
        seed: of the draws.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed % 2**63, 3]))
    observed, only = kinds.observed_of_all(scene.data), scene.only()
    k = scene.data.state_count
    beside = kinds.restless(scene.states, scene.where[0], only, kinds.log_odds(observed, fit)[scene.history[0]])
    everybody, two = np.arange(len(beside)), logit(scene.two)
    flows, figures = [], []
    for d, theta in enumerate(fit.thetas(rng, DRAWS)):
        each, log_class = kinds.classes(observed, fit, theta)
        filtered = [(chances, forward(observed, chances)) for chances in each]
        is_two = (rng.random(len(two)) < expit(two + scene.beyond[d])).astype(np.int64)
        history, where = scene.history[is_two, everybody], scene.where[is_two, everybody]
        path = paths.draw(observed, history, filtered, log_class, np.where(is_two, 0.0, beside), rng)
        into = _onward(each, np.array([np.exp(log_class[-1, -1])] * k if len(each) > 1 else [0.0] * k), 0.0)
        detection = each[0].detection
        path = paths.extend(path, into, detection, rng)
        path = paths.rejoin(path, each, _ends(where), float(scene.lost[d]), rng)
        standing, rates = _standing(path, detection, rng), _rates(path, each, float(scene.lost[d]), k)
        for s in range(SIZES):
            sizes = size[(d * SIZES + s) * len(size) // (DRAWS * SIZES)]
            flows.append(_count(path, standing, rates, sizes, scene.block, rng))
        weight = _weights(path, standing, sizes, rng)
        place = stays.places(path, where, only, rng)
        many, one_place = stays.carousel(path, place, weight)
        # Of stays that go on the end is not known of anybody, so these are a sample of all and not known in part.
        quartiles = stays.quantiles(stays.dwell(path, k, weight * rng.exponential(size=len(weight))))
        figures.append(
            {
                "carousel_share": np.array([many]),
                "one_place_share": np.array([one_place]),
                "dwell_lower_quartile": quartiles[:, 0],
                "dwell_median": quartiles[:, 1],
                "dwell_upper_quartile": quartiles[:, 2],
                "return_share": stays.returns(path, k, weight),
                "new_to_region_share": np.array([stays.new_to_region(path, scene.region, scene.block, weight)]),
            }
        )
    return Drawn(np.array(flows), {code: np.array([one[code] for one in figures]) for code in figures[0]})


def _ends(where: IntArray) -> tuple[IntArray, IntArray]:
    """Give the municipality in which each individual was seen first and last, shape (I,)."""
    there, row = where >= 0, np.arange(len(where))
    return where[row, there.argmax(axis=1)], where[row, where.shape[1] - 1 - there[:, ::-1].argmax(axis=1)]


def _standing(drawn: paths.Paths, detection: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw for how many each individual stands who came and went unseen as it might have, itself included, shape (I,).

    Whoever is there only briefly, or came only just now, is mostly missed: one is seen for each 1 / P(seen at all) there are.
    """
    at = np.maximum(drawn.state, 0)
    missed = np.where(drawn.state >= 0, 1 - detection[np.arange(at.shape[1]), at], 1.0).prod(axis=1)
    return np.asarray(rng.geometric(np.maximum(1 - missed, LEAST)))


def _weights(drawn: paths.Paths, standing: IntArray, size: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw for how many each individual stands of all advertisers, shape (I,): itself, and some of those not seen.

    A Bayesian bootstrap of a finite population: who was not seen is like one of those who were, and the fewer they are,
    the less it matters. Source: Lo (1988), Annals of Statistics 16.
    """
    there = float(((drawn.state >= 0) * standing[:, None]).sum())
    unseen = max(float(size.sum()) / there - 1, 0.0)
    return np.asarray(standing + rng.poisson(standing * unseen * rng.exponential(size=len(standing))), dtype=np.float64)


def _count(
    drawn: paths.Paths, standing: IntArray, rates: FloatArray, size: FloatArray, block: int, rng: np.random.Generator
) -> FloatArray:
    """Count moves, exits and entries of a block on paths, and add those of advertisers who were not seen."""
    k = size.shape[1]
    boundaries = min(block, drawn.state.shape[1] - 1)
    before, after = drawn.state[:, -boundaries - 1 : -1].ravel(), drawn.state[:, -boundaries:].ravel()
    times = np.repeat(standing, boundaries)
    no_exit = (before >= 0) & (after < 0) & np.repeat(drawn.is_lost, boundaries)
    no_entry = (before < 0) & (after >= 0) & np.repeat(drawn.is_continued, boundaries)
    times = np.where(no_exit | no_entry, 0, times)
    cell = (before + 1) * (k + 1) + after + 1
    table = np.rint(np.bincount(cell, times, (k + 1) ** 2)).astype(np.int64).reshape(k + 1, k + 1)
    counted = np.zeros((k + 1, k + 1), dtype=np.int64)
    counted[:k, :k], counted[:k, k], counted[k, :k] = table[1:, 1:], table[1:, 0], table[0, 1:]
    here, there = table[1:].sum(axis=1), table[:, 1:].sum(axis=0)
    scale = block / boundaries  # a window that is shorter than the block and a week more is taken for the whole block
    leaving, coming = (weeks.sum(axis=0) * scale for weeks in (size[-boundaries - 1 : -1], size[-boundaries:]))
    arriving = rng.gamma(counted[k, :k] + 0.5) / np.maximum(there, 1)
    result = np.zeros((k + 1, k + 1))
    result[:k] = _filled(counted[:k], here[:, None], leaving[:, None], rates, rng)
    result[k, :k] = _filled(counted[k, :k], there, coming, arriving, rng)
    return result


def _filled(
    counted: IntArray, known: IntArray, asked: FloatArray, rate: FloatArray, rng: np.random.Generator
) -> IntArray:
    """Count for `asked` advertisers what was counted for those `known`: the others at a rate, or fewer if they are less."""
    kept = np.minimum(asked / np.maximum(known, 1e-9), 1.0)
    return rng.binomial(counted, kept) + rng.poisson(np.maximum(asked - known, 0.0) * rate)


def _rates(drawn: paths.Paths, each: list[Chances], lost: float, k: int) -> FloatArray:
    """Give the weekly chance to go from each state to each other and to exit, over the classes there, shape (K, K + 1)."""
    row, week = np.nonzero(drawn.state >= 0)
    state = drawn.state[row, week]
    share = np.bincount(state, drawn.is_mover[row], k) / np.maximum(np.bincount(state, minlength=k), 1.0)
    going = _onward(each, share, lost)
    return np.column_stack([going, np.maximum(1 - going.sum(axis=1), 0.0)])


def _onward(each: list[Chances], share: FloatArray, lost: float) -> FloatArray:
    """Give the weekly chance to go on from each state to each other, of whom a `share` (K,) are movers, shape (K, K)."""
    result = np.zeros((len(share), len(share)))
    for weight, chances in zip((1 - share, share), each, strict=False):
        stay = np.minimum(chances.survival.mean(axis=0) / (1 - lost), 1.0)
        result += (weight * stay)[:, None] * chances.moves
    return result
