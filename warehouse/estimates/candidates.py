"""The models of the ensemble: every one fitted, judged and weighed; nothing is drawn here. STATISTICS 2D."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from warehouse.estimates import existence, loglinear
from warehouse.estimates.errors import NoModelHolds
from warehouse.estimates.loglinear import Heterogeneity
from warehouse.estimates.models import Fit, pair_names
from warehouse.estimates.tables import CaptureTable

FloatArray = npt.NDArray[np.float64]

MAXIMUM_UNSEEN = 6.0  # a model that multiplies what was seen by more than this is dropped
MAXIMUM_LOG_VARIANCE = 4.0
# Prior log odds beside exp(-AIC / 2): advertisers do differ, so the parameter of heterogeneity is not paid for; sources are
# mostly chosen apart, so an interaction needs more than chance behind it (ADR 0015).
HETEROGENEITY_PRIOR = 1.0
INTERACTION_PRIOR = -0.5
CHUNK = 512


def _candidates(lists: int, most: int) -> list[tuple[tuple[int, int], ...]]:
    pairs = list(combinations(range(lists), 2))
    return [chosen for size in range(min(most, len(pairs)) + 1) for chosen in combinations(pairs, size)]


def all_models(overlap: CaptureTable, most: int) -> list[Fit]:
    """Fit every model of the ensemble; existence by linear programming where a fit shows the sign of a boundary."""
    size = len(overlap.lists)
    every = list(combinations(range(size), 2))
    place = {pair: i for i, pair in enumerate(every)}
    kinds: list[Heterogeneity] = [k for k in ("none", "chao", "poisson", "darroch") if k != "chao" or size >= 3]
    base = loglinear.design(size, every)
    k = base[:, 1 : size + 1].sum(axis=1)
    extra = {
        "chao": np.maximum(k - 2, 0),  # one effect: the bound of STATISTICS 2D
        "poisson": 2**k - 1,
        "darroch": k**2 / 2,
    }
    x = np.hstack([base, *(extra[kind][:, None] for kind in kinds if kind != "none")])
    column = {kind: base.shape[1] + i for i, kind in enumerate(kind for kind in kinds if kind != "none")}
    empty = set(existence.empty_pairs(overlap.counts, every))
    specs = [(pairs, kind) for pairs in _candidates(size, most) for kind in kinds]
    candidates = []
    for pairs, kind in specs:
        on = np.zeros(x.shape[1], dtype=np.bool_)
        on[: size + 1] = True
        on[[size + 1 + place[pair] for pair in pairs if pair not in empty]] = True
        if kind != "none":
            on[column[kind]] = True
        gone = tuple(pair for pair in pairs if pair in empty)
        candidates.append(_Candidate(pairs, kind, gone, on, existence.kept_cells(size, list(gone))))
    models: list[Fit] = []
    for start in range(0, len(candidates), CHUNK):
        chunk = candidates[start : start + CHUNK]
        on_all, cells = np.array([m.columns for m in chunk]), np.array([m.cells for m in chunk])
        fits = loglinear.fit_many(x, overlap.counts, on_all, cells)
        models += [_judged(overlap, x, model, fits, row) for row, model in enumerate(chunk)]
    return models


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """One model of the ensemble: which pairs (those `empty` are shared by nobody), columns and cells it has."""

    pairs: tuple[tuple[int, int], ...]
    kind: str
    empty: tuple[tuple[int, int], ...]
    columns: npt.NDArray[np.bool_]
    cells: npt.NDArray[np.bool_]


def _judged(overlap: CaptureTable, x: FloatArray, model: _Candidate, fits: loglinear.Fits, row: int) -> Fit:
    """Turn row `row` of the fits into a record, and say why it is dropped if it is."""
    observed = float(overlap.counts[model.cells].sum())
    parameters, cells = int(model.columns.sum()), int(model.cells.sum())
    unseen, variance = float(np.exp(min(fits.beta[row, 0], 50.0))), float(fits.variance[row])
    at_boundary = not fits.converged[row] or fits.smallest[row] < 1e-4 or not np.isfinite(variance)
    verdict = existence.Existence(estimate_exists=True, identifiable=True)
    if at_boundary or parameters > cells:
        verdict = existence.check(x[np.ix_(model.cells, model.columns)], overlap.counts[model.cells])
    dropped = ""
    if not verdict.estimate_exists:
        dropped = "no estimate exists"
    elif not verdict.identifiable or not np.isfinite(variance) or not fits.converged[row]:
        dropped = "not identifiable"
    elif unseen > MAXIMUM_UNSEEN * observed:
        dropped = "unseen more than six times the seen"
    elif variance > MAXIMUM_LOG_VARIANCE:
        dropped = "too uncertain"
    elif model.kind == "chao" and fits.beta[row, x.shape[1] - 3] < 0:
        dropped = "lower bound not active"  # the same model without heterogeneity is in the ensemble already
    sound = verdict.code == 0
    return Fit(
        terms=pair_names(overlap.lists, model.pairs),
        heterogeneity=model.kind,
        n=observed + unseen if sound else float("nan"),
        se=float(np.sqrt(unseen + unseen**2 * variance)) if sound else float("nan"),
        deviance=float(fits.deviance[row]),
        df=cells - parameters,
        aic=float(-2 * fits.log_likelihood[row] + 2 * parameters),
        weight=0.0,
        exists=verdict.estimate_exists,
        identifiable=verdict.identifiable,
        observed=observed,
        log_unseen=float(fits.beta[row, 0]),
        log_unseen_variance=variance,
        empty_terms=pair_names(overlap.lists, model.empty),
        dropped=dropped,
    )


def weighted(models: list[Fit]) -> tuple[Fit, ...]:
    """Weigh each usable model by its prior times exp(-AIC / 2); dropped ones get 0."""
    log_weight = np.array([-model.aic / 2 if not model.dropped else -np.inf for model in models])
    log_weight += [
        HETEROGENEITY_PRIOR * (model.heterogeneity != "none") + INTERACTION_PRIOR * len(model.terms) for model in models
    ]
    if not np.isfinite(log_weight).any():
        raise NoModelHolds(len(models))
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    return tuple(replace(model, weight=float(w)) for model, w in zip(models, weight, strict=True))
