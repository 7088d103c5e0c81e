"""What the command line asks of volume: an estimate from a CSV file, without a database."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates.closed_form import log_normal_interval
from warehouse.estimates.errors import NoModelHolds, TooFewSourceGroups, WrongModel
from warehouse.estimates.profile import ProfileInterval, profile_frequencies, profile_interval
from warehouse.estimates.sensitivity import Beside, beside
from warehouse.estimates.tables import CaptureTable, FrequencyTable, read_table

Model = Literal["ensemble", "loglinear", "chao", "chapman"]


@dataclass(frozen=True, slots=True)
class Volume(cr.Estimate):
    """An estimate, the profile interval if it is of one log-linear model, and what other estimators say `beside` it."""

    profile: ProfileInterval | None = None
    beside: tuple[Beside, ...] = ()


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
