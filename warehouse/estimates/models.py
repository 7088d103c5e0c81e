"""One log-linear model of an overlap table: what may be asked, whether it has an estimate, and its fit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from warehouse.estimates import existence, loglinear
from warehouse.estimates.closed_form import Point
from warehouse.estimates.errors import TooFewSourceGroups, WrongModel
from warehouse.estimates.loglinear import HETEROGENEITY, Heterogeneity
from warehouse.estimates.tables import CaptureTable, Pattern, as_table

FloatArray = npt.NDArray[np.float64]
Table = CaptureTable | Mapping[Pattern, float]
Term = str | Sequence[int] | Sequence[str]


@dataclass(frozen=True, slots=True)
class Fit:
    """One log-linear model.

    `n` is the population, seen and unseen, with standard error `se` (Poisson variation of the unseen included); both
    are NaN unless `exists`. `log_unseen` and `log_unseen_variance` are the intercept and its variance. `weight` is the
    Akaike weight within an ensemble, 1 for a model on its own, 0 for a dropped one; `dropped` says why.
    """

    terms: tuple[tuple[str, str], ...]
    heterogeneity: str
    n: float
    se: float
    deviance: float
    df: int
    aic: float
    weight: float
    exists: bool
    identifiable: bool
    observed: float
    log_unseen: float
    log_unseen_variance: float
    empty_terms: tuple[tuple[str, str], ...] = ()
    dropped: str = ""


def _pairs(lists: Sequence[str], terms: Iterable[Term]) -> list[tuple[int, int]]:
    pairs: set[tuple[int, int]] = set()
    for term in terms:
        ends = term.split(":") if isinstance(term, str) else list(term)
        places = []
        for end in ends:
            if isinstance(end, str) and end in lists:
                places.append(list(lists).index(end))
            elif isinstance(end, int | np.integer) and 0 <= int(end) < len(lists):
                places.append(int(end))
            else:
                raise WrongModel(f"{end!r} is no list of this table; its lists are {', '.join(lists)}.")
        if len(places) != 2 or places[0] == places[1]:
            raise WrongModel('a term joins two different lists, as in "LA:NG".')
        pairs.add((min(places), max(places)))
    return sorted(pairs)


def _kind(heterogeneity: str | None) -> Heterogeneity:
    kind = heterogeneity or "none"
    if kind not in HETEROGENEITY:
        raise WrongModel(f"heterogeneity must be one of {', '.join(HETEROGENEITY)}.")
    return kind


def pair_names(lists: Sequence[str], pairs: Iterable[tuple[int, int]]) -> tuple[tuple[str, str], ...]:
    """Name pairs of list positions."""
    return tuple((lists[a], lists[b]) for a, b in pairs)


def check(table: Table, terms: Iterable[Term] = (), heterogeneity: str | None = None) -> existence.Existence:
    """Tell whether a model has an estimate, and only one, before fitting it.

    Raises:
        WrongModel: a term names no list of the table.
    """
    overlap = as_table(table)
    pairs = _pairs(overlap.lists, terms)
    empty = existence.empty_pairs(overlap.counts, pairs)
    cells = existence.kept_cells(len(overlap.lists), empty)
    remaining = [pair for pair in pairs if pair not in empty]
    x = loglinear.design(len(overlap.lists), remaining, _kind(heterogeneity))
    return existence.check(x[cells], overlap.counts[cells])


def fit(
    table: Table,
    terms: Iterable[Term] = (),
    heterogeneity: str | None = None,
    *,
    theta: float | None = None,
    equal_lists: bool = False,
) -> Fit:
    """Fit one model: list effects, the given interactions and a form of heterogeneity.

    Args:
        table: a `CaptureTable`, or a mapping from capture patterns to counts.
        terms: pairs of lists, as "LA:NG", names or positions.
        heterogeneity: none, chao, poisson, darroch or gamma; negative Chao effects are taken out, as published.
        theta: parameter of poisson (default 2) or gamma (default 3.5).
        equal_lists: one capture probability for all lists (M0, Mh).

    Returns:
        The fit; `exists` is False and `n` NaN where the maximum of the likelihood does not exist or is not unique.

    Raises:
        WrongModel: an unknown list, pair or heterogeneity.
        TooFewSourceGroups: fewer than two lists.
    """
    overlap = as_table(table)
    if len(overlap.lists) < 2:
        raise TooFewSourceGroups(len(overlap.lists))
    pairs, kind = _pairs(overlap.lists, terms), _kind(heterogeneity)
    empty = existence.empty_pairs(overlap.counts, pairs)
    cells = existence.kept_cells(len(overlap.lists), empty)
    remaining = [pair for pair in pairs if pair not in empty]
    x = loglinear.design(len(overlap.lists), remaining, kind, theta, equal_lists=equal_lists)[cells]
    return _fitted(
        x,
        overlap.counts[cells],
        terms=pair_names(overlap.lists, pairs),
        empty=pair_names(overlap.lists, empty),
        kind=kind,
        occasions=len(overlap.lists),
    )


def fit_frequencies(frequencies: npt.ArrayLike, heterogeneity: str | None = None, *, theta: float | None = None) -> Fit:
    """Fit a model to how often each was seen, the number of occasions being unbounded (Poisson captures).

    Args:
        frequencies: those seen once, twice, ..., shape (t0,).
        heterogeneity: as in `fit`; none gives the zero-truncated Poisson.
        theta: as in `fit`.

    Source: Rivest & Baillargeon (2007), Biometrics 63, for t infinite: offset -log k!.
    """
    f = np.asarray(frequencies, dtype=np.float64)
    kind = _kind(heterogeneity)
    k = np.arange(1, len(f) + 1, dtype=np.float64)
    columns = loglinear.heterogeneity_columns(k, len(f), kind, theta)
    x = np.hstack([np.ones((len(k), 1)), k[:, None], columns])
    return _fitted(x, f, terms=(), empty=(), kind=kind, occasions=len(f), offset=-gammaln(k + 1))


def _fitted(
    x: FloatArray,
    y: FloatArray,
    *,
    terms: tuple[tuple[str, str], ...],
    empty: tuple[tuple[str, str], ...],
    kind: Heterogeneity,
    occasions: int,
    offset: FloatArray | None = None,
) -> Fit:
    bounds = occasions - 2 if kind == "chao" else 0
    x, bounds = loglinear.without_untold(x, y, bounds)
    verdict = existence.check(x, y)
    on = np.ones((1, x.shape[1]), dtype=np.bool_)
    while verdict.code == 0:
        fits = loglinear.fit_many(x, y, on, offset=offset)
        tail = fits.beta[0, -bounds:] if bounds else np.zeros(0)
        if not (tail < 0).any():
            break
        # A lower bound holds only with effects of 0 or more: those below are set to 0 and the rest fitted again.
        on[0, np.flatnonzero(tail < 0) + x.shape[1] - bounds] = False
    observed, parameters = float(y.sum()), int(on.sum())
    holds = verdict.code == 0 and bool(fits.converged[0]) and bool(np.isfinite(fits.variance[0]))
    base = Fit(
        terms=terms,
        heterogeneity=kind,
        n=float("nan"),
        se=float("nan"),
        deviance=float("nan"),
        df=len(y) - parameters,
        aic=float("nan"),
        weight=0.0,
        exists=verdict.estimate_exists,
        identifiable=verdict.identifiable,
        observed=observed,
        log_unseen=float("nan"),
        log_unseen_variance=float("nan"),
        empty_terms=empty,
        dropped="" if holds else ("not identifiable" if verdict.estimate_exists else "no estimate exists"),
    )
    if not holds:
        return base
    unseen, variance = float(np.exp(fits.beta[0, 0])), float(fits.variance[0])
    return replace(
        base,
        n=observed + unseen,
        se=float(np.sqrt(unseen + unseen**2 * variance)),
        deviance=float(fits.deviance[0]),
        aic=float(-2 * fits.log_likelihood[0] + 2 * parameters),
        weight=1.0,
        log_unseen=float(fits.beta[0, 0]),
        log_unseen_variance=variance,
    )


def bare_fit(heterogeneity: str, observed: float, point: Point) -> Fit:
    """Write an estimate that comes from a formula as a model record without deviance or AIC."""
    unseen = max(point.n - observed, 0.5)
    return Fit(
        terms=(),
        heterogeneity=heterogeneity,
        n=point.n,
        se=point.se,
        deviance=0.0,
        df=0,
        aic=float("nan"),
        weight=1.0,
        exists=True,
        identifiable=True,
        observed=observed,
        log_unseen=float(np.log(unseen)),
        log_unseen_variance=float((point.se / unseen) ** 2) if point.n > observed else 1.0,
    )
