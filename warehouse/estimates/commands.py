"""What the command line asks: estimates from a CSV file, without a database."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import multistate
from warehouse.estimates.closed_form import NORMAL, log_normal_interval
from warehouse.estimates.errors import NoModelHolds, TooFewSourceGroups, WrongModel
from warehouse.estimates.profile import ProfileInterval, profile_frequencies, profile_interval
from warehouse.estimates.sensitivity import Beside, beside
from warehouse.estimates.tables import CaptureTable, FrequencyTable, read_histories, read_table

Model = Literal["ensemble", "loglinear", "chao", "chapman"]


@dataclass(frozen=True, slots=True)
class Volume(cr.Estimate):
    """An estimate, the profile interval if it is of one log-linear model, and what other estimators say `beside` it."""

    profile: ProfileInterval | None = None
    beside: tuple[Beside, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a movement model with its 95 % interval (normal on the logit scale where it is free there)."""

    name: str
    estimate: float
    se: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement model fitted to histories; `neg2lnl` is minus twice the log likelihood."""

    parameters: tuple[Parameter, ...]
    neg2lnl: float
    parameter_count: int
    individuals: float
    identifiable: bool
    starts: int
    agreeing_starts: int


def volume(
    path: Path | str,
    *,
    model: str = "ensemble",
    terms: tuple[tuple[str, str], ...] = (),
    heterogeneity: str | None = None,
    seed: int = 1,
) -> Volume:
    """Estimate a population from a CSV table.

    Args:
        path: overlap table (0/1 columns and `count`) or frequency table (`times_seen,count`).
        model: ensemble; loglinear (with `terms`, `heterogeneity`); chao (lower bound); chapman (two lists).
        terms: pairs of list names, for loglinear only.
        heterogeneity: for loglinear only.
        seed: of the draws, where there are any.

    Returns:
        The estimate. For a single model the interval is log-normal on the unseen, without delta; a log-linear one has
        its profile interval too.

    Raises:
        TableError: the file cannot be read; says the line.
        WrongModel: the table does not have what the model needs.
        Refusal: no honest figure can be given.
    """
    table = read_table(path)
    if model != "loglinear" and (terms or heterogeneity not in {None, "none"}):
        raise WrongModel("terms and heterogeneity belong to --model loglinear: add it, or leave them out.")
    profile = None
    if isinstance(table, FrequencyTable):
        estimate = _from_frequencies(table, model, terms, heterogeneity, seed)
        if model == "loglinear":
            profile = profile_frequencies(table.frequencies, heterogeneity)
    else:
        table = table.without_empty_lists()
        if len(table.lists) < 2:
            raise TooFewSourceGroups(len(table.lists))
        estimate = _from_lists(table, model, terms, heterogeneity, seed)
        if model == "loglinear":
            profile = profile_interval(table, terms, heterogeneity)
    others = beside(table, seed, estimate.models if model == "ensemble" else None)
    known = {field.name: getattr(estimate, field.name) for field in fields(estimate)}
    return Volume(**known, profile=profile, beside=others)


def _from_lists(
    table: CaptureTable, model: str, terms: tuple[tuple[str, str], ...], heterogeneity: str | None, seed: int
) -> cr.Estimate:
    if model == "ensemble":
        return cr.ensemble(table, seed=seed)
    if model == "loglinear":
        return _single(table, cr.fit(table, terms, heterogeneity), seed)
    if model == "chao":
        return _single(table, _bound(table), seed)
    if model == "chapman":
        if len(table.lists) != 2:
            raise WrongModel(f"chapman takes two lists and this table has {len(table.lists)}: use ensemble.")
        return _single(table, cr.chapman_fit(table), seed)
    raise WrongModel("the model is one of ensemble, loglinear, chao, chapman.")


def _from_frequencies(
    table: FrequencyTable, model: str, terms: tuple[tuple[str, str], ...], heterogeneity: str | None, seed: int
) -> cr.Estimate:
    if terms:
        raise WrongModel("a table of times seen has no lists, so no terms: leave them out.")
    f = table.frequencies
    if model == "loglinear":
        fit = cr.fit_frequencies(f, heterogeneity)
    elif model == "chao":
        point = cr.chao(f)
        fit = cr.bare_fit("chao", float(f.sum()), point)
    else:
        raise WrongModel("a table of times seen takes --model chao or loglinear.")
    seen = float(f @ np.arange(1, len(f) + 1))
    floor = cr.chao(f).n if len(f) > 1 and f[1] > 0 else float(f.sum())
    return _estimate(fit, floor=floor, coverage=1 - float(f[0]) / seen, lists=("times_seen",), seed=seed)


def _bound(table: CaptureTable) -> cr.Fit:
    floor = float(cr.chao_floor(table.counts))
    f = cr.times_seen(table.counts)
    unseen = max(floor - table.observed, 1e-9)
    variance = 4 / max(float(f[1]), 1.0) + 1 / max(float(f[2]), 1.0)
    return cr.bare_fit("chao", table.observed, cr.Point(floor, float(np.sqrt(unseen + unseen**2 * variance))))


def _single(table: CaptureTable, fit: cr.Fit, seed: int) -> cr.Estimate:
    floor, coverage = float(cr.chao_floor(table.counts)), float(cr.good_turing(table.counts))
    return _estimate(fit, floor=floor, coverage=coverage, lists=table.lists, seed=seed)


def _estimate(fit: cr.Fit, *, floor: float, coverage: float, lists: tuple[str, ...], seed: int) -> cr.Estimate:
    if not np.isfinite(fit.n):
        raise NoModelHolds(1)
    lower, upper = log_normal_interval(fit.observed, fit.n, fit.se)
    return cr.Estimate(
        floor=min(floor, fit.n),
        point=fit.n,
        lower=lower,
        upper=upper,
        coverage=coverage,
        models=(fit,),
        observed=fit.observed,
        lists=lists,
        delta=0.0,
        seed=seed,
        warnings=("single_model",),
    )


def movement(path: Path | str, *, seed: int = 1) -> Movement:
    """Fit survival, detection and moves per state to a CSV of capture histories.

    Args:
        path: one column an occasion and `count`, or `ch` and `count`; 0 not seen, 1..K the state.
        seed: of the random starts.

    Raises:
        TableError: the file cannot be read; says the line.
        Refusal: nobody was seen again, or nothing can be told.
    """
    histories = read_histories(path)
    fit = multistate.fit(histories, seed=seed)
    errors = fit.standard_errors()
    states = fit.transitions.shape[0]
    named = [(f"survival {a + 1}", fit.survival[0, 0, a], errors[0][0, 0, a]) for a in range(states)]
    named += [(f"detection {a + 1}", fit.detection[0, -1, a], errors[2][0, -1, a]) for a in range(states)]
    if states > 1:
        named += [
            (f"move {a + 1} to {b + 1}", fit.transitions[a, b], errors[1][a, b])
            for a in range(states)
            for b in range(states)
            if a != b
        ]
    return Movement(
        parameters=tuple(_parameter(name, float(value), float(se)) for name, value, se in named),
        neg2lnl=fit.neg2lnl,
        parameter_count=fit.parameter_count,
        individuals=float(histories.counts[(histories.states > 0).any(axis=1)].sum()),
        identifiable=fit.identifiable,
        starts=fit.starts,
        agreeing_starts=fit.agreeing,
    )


def _parameter(name: str, value: float, se: float) -> Parameter:
    inside = min(max(value, 1e-9), 1 - 1e-9)
    logit, width = np.log(inside / (1 - inside)), NORMAL * se / (inside * (1 - inside))
    ends = [float(1 / (1 + np.exp(-np.clip(logit + sign * width, -700, 700)))) for sign in (-1, 1)]
    return Parameter(name, value, se, *ends)
