"""Bayesian averaging over decomposable graphical models: which lists depend on which, all ways at once.

Under a decomposable graph the likelihood with a hyper-Dirichlet prior has a closed form in the marginal tables of its
cliques and separators, so that every graph and every number missing can be weighed without a fit or a draw.

Source: Madigan & York (1997), Biometrika 84, 19-31; hyper-Dirichlet: Dawid & Lauritzen (1993), Annals of Statistics 21.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, logsumexp

from warehouse.estimates.closed_form import list_count
from warehouse.estimates.errors import WrongModel

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Edge = tuple[int, int]

MAXIMUM_LISTS = 5  # 822 decomposable graphs; six lists have 18,154
MOST_UNSEEN = 30.0  # times the seen: where the grid of numbers missing ends
EXACT_UNTIL, GRID = 1000, 4000


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """A decomposable graph: `edges`, and per set of lists (as a binary number) cliques minus separators, (2**S,)."""

    edges: tuple[Edge, ...]
    signs: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What is known of the population after the table.

    `n` are the sizes considered, shape (K,), each standing for `width` whole numbers; `weights` has shape (G, K): the
    probability of each of the `graphs` with each size, all together 1.
    """

    graphs: tuple[Graph, ...]
    n: FloatArray
    width: FloatArray
    weights: FloatArray

    @property
    def graph_weights(self) -> FloatArray:
        """Posterior probability of each graph, (G,)."""
        return np.asarray(self.weights.sum(axis=1))

    @property
    def averaged(self) -> FloatArray:
        """Posterior probability of each size over all graphs, (K,)."""
        return np.asarray(self.weights.sum(axis=0))

    def mode(self, weights: FloatArray) -> float:
        """Return the most probable size under `weights` (K,)."""
        return float(self.n[np.argmax(weights / self.width)])

    def bayes(self, weights: FloatArray) -> float:
        """Return the size of least expected squared relative error, E(1/N) / E(1/N^2), under `weights` (K,)."""
        return float((weights / self.n).sum() / (weights / self.n**2).sum())

    def quantile(self, level: float) -> float:
        """Return the size below which a share `level` of the averaged posterior lies."""
        return float(np.interp(level, np.cumsum(self.averaged), self.n))


def reciprocal(n: FloatArray) -> FloatArray:
    """Log prior of a population of which the order of magnitude is unknown: 1/N, Jeffreys' for a scale."""
    return -np.log(n)


def gamma_poisson(shape: float, scale: float) -> Callable[[FloatArray], FloatArray]:
    """Log prior of N ~ Poisson with a gamma mean: negative binomial with mean shape * scale.

    Madigan & York's informative prior: shape 13.14 and scale 55.17 say 725 with standard deviation 202.
    """
    return lambda n: np.asarray(
        gammaln(n + shape) - gammaln(n + 1) - gammaln(shape) + n * np.log(scale) - (n + shape) * np.log1p(scale)
    )


def _signs(lists: int, edges: tuple[Edge, ...]) -> IntArray | None:
    """Return cliques minus separators, or None where the graph is not chordal.

    Simplicial vertices (all neighbours joined to each other) are taken out one by one; each leaves the factor of itself
    with its neighbours over that of the neighbours alone. All that is no clique or separator cancels.
    """
    neighbours = [0] * lists
    for a, b in edges:
        neighbours[a] |= 1 << b
        neighbours[b] |= 1 << a
    signs, left = np.zeros(2**lists, dtype=np.int64), (1 << lists) - 1
    while left:
        for v in range(lists):
            around = neighbours[v] & left
            joined = all(around & ~(1 << w) & ~neighbours[w] == 0 for w in range(lists) if around >> w & 1)
            if left >> v & 1 and joined:
                signs[around | 1 << v] += 1
                signs[around] -= 1
                left &= ~(1 << v)
                break
        else:
            return None
    signs[0] = 0  # of no list: its factor is 1
    return signs


@lru_cache
def decomposable_graphs(lists: int) -> tuple[Graph, ...]:
    """Return all decomposable graphs, the complete one last.

    >>> [len(decomposable_graphs(lists)) for lists in (2, 3, 4)]
    [2, 8, 61]
    """
    every = tuple(combinations(range(lists), 2))
    graphs = []
    for size in range(len(every) + 1):
        for edges in combinations(every, size):
            signs = _signs(lists, edges)
            if signs is not None:
                graphs.append(Graph(edges, signs))
    return tuple(graphs)


def _grid(most: float) -> tuple[FloatArray, FloatArray]:
    """Return numbers missing, every one up to 1,000 and ever fewer above, and how many whole numbers each stands for."""
    above = np.geomspace(EXACT_UNTIL, most, GRID) if most > EXACT_UNTIL else np.zeros(0)
    missing = np.unique(np.rint(np.r_[np.arange(min(most, EXACT_UNTIL) + 1), above]))
    return missing, np.gradient(missing)


def average(
    counts: npt.ArrayLike,
    *,
    delta: float | None = None,
    log_prior: Callable[[FloatArray], FloatArray] = reciprocal,
    most: float | None = None,
) -> Posterior:
    """Weigh all decomposable graphs and all numbers missing; vectorised over both, deterministic.

    Args:
        counts: overlap counts, shape (2**S,), 2 <= S <= 5; the entry of pattern 0 is ignored.
        delta: prior observations per cell of the whole table; None: 2**-S, one observation in all.
        log_prior: log prior of the population, up to a constant.
        most: largest number missing; None: thirty times the seen.

    Raises:
        WrongModel: more than five lists.
    """
    table = np.asarray(counts, dtype=np.float64).copy()
    table[0] = 0
    lists = list_count(table)
    if lists > MAXIMUM_LISTS:
        raise WrongModel(f"decomposable graphs are averaged for at most {MAXIMUM_LISTS} lists: merge some first.")
    graphs = decomposable_graphs(lists)
    observed = table.sum()
    missing, width = _grid(MOST_UNSEEN * observed if most is None else most)
    per_cell = 2.0**-lists if delta is None else delta
    # Log marginal likelihood of the table of each set of lists with each number missing, (2**S, K).
    patterns = np.arange(2**lists)
    factor = np.zeros((2**lists, len(missing)))
    for chosen in range(1, 2**lists):
        cells = np.bincount(patterns & chosen, weights=table, minlength=2**lists)
        used = np.unique(patterns & chosen)
        prior = per_cell * 2.0 ** (lists - chosen.bit_count())
        seen = cells[used[1:]]
        factor[chosen] = (gammaln(seen + prior) - gammaln(prior)).sum()
        factor[chosen] += gammaln(cells[0] + missing + prior) - gammaln(prior)
        factor[chosen] += gammaln(prior * len(used)) - gammaln(observed + missing + prior * len(used))
    signs = np.array([graph.signs for graph in graphs], dtype=np.float64)
    n = observed + missing
    # Ways in which the missing and the seen can be who they are, up to what the table fixes.
    ways = gammaln(n + 1) - gammaln(missing + 1) + log_prior(n) + np.log(width)
    log_weight = signs @ factor + ways
    return Posterior(graphs, n, width, np.exp(log_weight - logsumexp(log_weight)))
