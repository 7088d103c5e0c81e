"""The sample coverage approach: how much of the population the lists hold together, told by their overlap.

The coverage of a list by the others is the share of it that is on another list too. Dependence between lists, whether
one feeds the other or advertisers differ, enters through coefficients of covariation of the pairs.

Source: Chao & Tsay (1998), JASA 93, 283-293, for three lists; for any number Tsay & Chao (2001), J. Applied
Statistics 28, and Chao, Tsay, Lin, Shau & Chao (2001), Statistics in Medicine 20, 3123-3157, whose program CARE-1 has
them for up to five. Coefficients of three and more lists at once are taken to be such that pairs suffice.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt

from warehouse.estimates.closed_form import list_count, log_normal_interval, memberships, times_seen
from warehouse.estimates.errors import TooFewRecaptures

FloatArray = npt.NDArray[np.float64]

ENOUGH_COVERAGE = 0.55  # from here on the authors advise the estimate, below it the one-step version
MOST_RELATIVE_ERROR = 1 / 3  # likewise: with a larger standard error they advise the one-step version
SMALLEST_DENOMINATOR = 1e-4  # in units of coverage, as in CARE-1
DRAWS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class SampleCoverage:
    """Per table, each of shape (...), NaN where there is none.

    `coverage` in [0, 1]; `independent` is the estimate for independent lists, `general` that with dependence between
    pairs (never for two lists), `one_step` its one-step version for low coverage, a lower bound under positive
    dependence. All three in individuals.
    """

    coverage: FloatArray
    independent: FloatArray
    general: FloatArray
    one_step: FloatArray


@dataclass(frozen=True, slots=True)
class ChaoTsay:
    """The estimate that its authors advise for a table: which `version`, in individuals; `coverage` in [0, 1]."""

    n: float
    se: float
    lower: float
    upper: float
    coverage: float
    version: Literal["general", "one_step"]


def sample_coverage(counts: npt.ArrayLike) -> SampleCoverage:
    """Estimate coverage and population, vectorised over leading axes.

    Args:
        counts: overlap counts, shape (..., 2**S), S >= 2; the entry of pattern 0 is ignored.

    >>> hepatitis = sample_coverage([0, 69, 55, 21, 63, 17, 18, 28])  # 271 cases on three lists, Taiwan 1995
    >>> round(float(hepatitis.coverage), 3)
    0.513
    >>> [round(float(n)) for n in (hepatitis.independent, hepatitis.general, hepatitis.one_step)]
    [407, 971, 508]
    """
    table = np.asarray(counts, dtype=np.float64).copy()
    table[..., 0] = 0
    lists = list_count(table)
    member = memberships(lists)
    sizes = table @ member.astype(np.float64)
    single = table[..., 2 ** np.arange(lists)]
    observed = table.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = 1 - (single / sizes).mean(axis=-1)
        elsewhere = observed - single.mean(axis=-1)  # on average over lists: those on any of the others
        independent = np.where(coverage > 0, elsewhere / coverage, np.nan)
        both, weight = [], []
        for a, b in combinations(range(lists), 2):
            shared = table[..., (member[:, a] * member[:, b]) > 0].sum(axis=-1)
            both.append(shared / (sizes[..., a] * sizes[..., b]))
            weight.append(single[..., a] + single[..., b] + 2 * table[..., (1 << a) + (1 << b)])
        per_head, share = np.stack(both, axis=-1), np.stack(weight, axis=-1)

        def dependent(n: FloatArray) -> FloatArray:
            covariation = n[..., None] * per_head - 1
            return np.asarray(independent + (share * covariation).sum(axis=-1) / (lists * coverage))

        one_step = dependent(dependent(independent))
        # The fixed point of `dependent`: linear in n.
        denominator = coverage - (share * per_head).sum(axis=-1) / lists
        general = (elsewhere - share.sum(axis=-1) / lists) / denominator
    usable = (denominator * lists >= SMALLEST_DENOMINATOR) & (lists > 2)
    return SampleCoverage(
        coverage=coverage,
        independent=independent,
        general=np.where(usable, np.maximum(general, observed), np.nan),
        one_step=np.maximum(one_step, observed),
    )


def chao_tsay(counts: npt.ArrayLike, *, rng: np.random.Generator) -> ChaoTsay:
    """Estimate one table by the version that its coverage allows, with a parametric bootstrap.

    Args:
        counts: overlap counts, shape (2**S,), S >= 2, no list empty.
        rng: of the bootstrap.

    Raises:
        TooFewRecaptures: nobody was seen on two lists.
    """
    table = np.asarray(counts, dtype=np.float64)
    if times_seen(table)[2:].sum() <= 0:
        raise TooFewRecaptures(0, 1)
    found = sample_coverage(table)
    if found.coverage >= ENOUGH_COVERAGE and np.isfinite(found.general):
        n = float(found.general)
        se = _bootstrap(table, n, "general", rng)
        if se <= MOST_RELATIVE_ERROR * n:
            return _with_interval(table, found, n, se, "general")
    n = float(found.one_step)
    return _with_interval(table, found, n, _bootstrap(table, n, "one_step", rng), "one_step")


def _with_interval(
    table: FloatArray, found: SampleCoverage, n: float, se: float, version: Literal["general", "one_step"]
) -> ChaoTsay:
    lower, upper = log_normal_interval(float(table[1:].sum()), n, se)
    return ChaoTsay(n, se, lower, upper, float(found.coverage), version)


def _bootstrap(table: FloatArray, n: float, version: str, rng: np.random.Generator) -> float:
    """Return the standard error under a multinomial of round(n) individuals with the observed cells' shares."""
    size = max(round(n), int(table[1:].sum()))
    share = table / size
    share[0] = max(1 - share[1:].sum(), 0.0)
    again = rng.multinomial(size, share / share.sum(), size=DRAWS).astype(np.float64)
    return float(np.nanstd(getattr(sample_coverage(again), version)))
