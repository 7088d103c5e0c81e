"""From tables of counts to figures: the whole by ensemble, its areas pooled, then links and ghosts. STATISTICS 2."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import ghosts, pooling, variance
from warehouse.estimates.closed_form import chao_floor, good_turing
from warehouse.estimates.errors import LowCompleteness, Refusal, TooFewSeen
from warehouse.estimates.level import Level, generator
from warehouse.estimates.tables import CaptureTable

FloatArray = npt.NDArray[np.float64]

MINIMUM_SEEN = 10
MINIMUM_COMPLETENESS = 0.8
MODELS_KEPT = 30  # models of most weight kept in the record of a figure
EXTERNAL_LIST = "external_list"  # the warning of a figure that an external list took part in


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week or block: `code`, its first day as text (for seeds), and how many days it has."""

    code: str
    start: str
    days: int


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the crawls saw a period: mean completeness, and the share of live advertisements whose state is known."""

    completeness: float
    known: float


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One figure or its refusal, in advertisers; `draws` (D,) None where refused.

    The variance of the log is about `common`, which every period of the area shares, plus `specific` to the period.
    """

    floor: float | None
    point: float | None
    lower: float | None
    upper: float | None
    coverage: float | None
    refusal: str | None
    warnings: tuple[str, ...]
    models: dict[str, Any]
    draws: FloatArray | None
    common: float | None = None
    specific: float | None = None


def refused(refusal: Refusal, models: dict[str, Any] | None = None, coverage: float | None = None) -> Figure:
    """Write a refusal in the place of a figure."""
    return Figure(None, None, None, None, coverage, refusal.code, (), models or {}, None)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What the figures of one period share.

    `areas` are codes (A,) and `whole` the one that holds all others; `peers` (A,) marks those of the finest level, which
    tell how areas differ; `phi` (A,) is the daily persistence of an identity, as seen, within an area of each level.
    `external` holds, by area, a table with a list more than ours.
    """

    period: Period
    quality: Quality
    groups: tuple[str, ...]
    areas: tuple[str, ...]
    whole: str
    peers: npt.NDArray[np.bool_]
    phi: FloatArray
    seed: int
    level: Level
    external: Mapping[str, CaptureTable] = field(default_factory=dict)


def estimate_areas(scene: Scene, counts: FloatArray, uncertain: FloatArray, setting: str) -> list[Figure]:
    """Estimate all areas of one period and setting.

    Args:
        scene: period, areas and seeds.
        counts: overlap counts, shape (A, 2**S).
        uncertain: variance of the number seen, from not knowing who is live, shape (A,).
        setting: all, or one setting.

    Returns:
        A figure or refusal for each area, in order.
    """
    record = scene.level.record
    try:
        if scene.quality.known < MINIMUM_COMPLETENESS:
            raise LowCompleteness(scene.quality.known, MINIMUM_COMPLETENESS)
        whole = counts[scene.areas.index(scene.whole)] if scene.whole in scene.areas else np.zeros(counts.shape[1])
        found = _unseen(scene, CaptureTable(scene.groups, whole))
    except Refusal as refusal:
        return [refused(refusal, record) for _ in scene.areas]
    totals, apart = _totals(scene, counts, found, whole, setting)
    floors, coverages, seen = chao_floor(counts), good_turing(counts), counts.sum(axis=1)
    same = (counts == whole).all(axis=1)
    unseen_share = 1 - seen / np.maximum(np.median(totals[0], axis=1), np.maximum(seen, 1.0))
    told_anew = variance.of_deviation(apart.spread, apart.tau, unseen_share)
    active = {phi: _active(scene, phi) for phi in set(scene.phi.tolist())}
    figures = []
    for i, area in enumerate(scene.areas):
        if seen[i] < MINIMUM_SEEN:
            figures.append(refused(TooFewSeen(int(seen[i]), MINIMUM_SEEN), record, float(coverages[i])))
            continue
        mine: dict[str, Any] = {**record, "uncertain": float(uncertain[i]), "persistence": float(scene.phi[i])}
        if same[i]:
            mine["models"] = [model_record(model) for model in _heaviest(found.models)]
        else:
            mine["pooled_with"] = scene.whole
            mine["tau"] = round(apart.tau, 6)
            mine["deviation"] = [round(float(apart.mean[i]), 6), round(float(apart.spread[i]), 6)]
        drawn = _Drawn(
            totals=(totals[0][i], totals[1][i]),
            floor=float(floors[i]),
            coverage=float(coverages[i]),
            spread=float(np.sqrt(uncertain[i]) / seen[i]),
            deviation=0.0 if same[i] else float(told_anew[i]),
            warnings=found.warnings,
        )
        if setting == "all" and area in scene.external:
            table = scene.external[area]
            mine |= {"external": table.as_overlap(), "external_lists": list(table.lists)}
            try:
                drawn = _with_external(scene, table, area, drawn)
            except Refusal as refusal:
                mine["external_refusal"] = refusal.code
        figures.append(_figure(scene, i, setting, drawn, active[float(scene.phi[i])], mine))
    return figures


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Draws (D,) of the identities of an area, seen and unseen, made twice.

    `spread` of the log is from who is live; `deviation` the variance of the log from telling anew how an area differs.
    """

    totals: tuple[FloatArray, FloatArray]
    floor: float
    coverage: float
    spread: float
    deviation: float
    warnings: tuple[str, ...]


def _unseen(scene: Scene, table: CaptureTable) -> cr.Unseen:
    most = cr.most_terms(len(table.lists))
    return cr.unseen(table, scene.level.common, delta=scene.level.delta, most=most)


def _rngs(scene: Scene, area: str, *names: str) -> list[np.random.Generator]:
    """Give two generators of a figure: what differs between their draws is what is specific to the period."""
    period = scene.period
    return [generator(scene.seed, period.code, period.start, area, *names, each) for each in ("", "again")]


def _totals(
    scene: Scene, counts: FloatArray, found: cr.Unseen, whole: FloatArray, setting: str
) -> tuple[list[FloatArray], pooling.Deviations]:
    """Draw the totals (A, D) of all areas twice."""
    seen, draws = counts.sum(axis=1), len(scene.level.kappa)
    apart = pooling.deviations(counts, whole, peers=scene.peers)
    same = (counts == whole).all(axis=1)
    drawn = np.flatnonzero((seen >= MINIMUM_SEEN) & ~same)  # of the others there is no figure, or it is the whole's
    areas = [scene.areas[i] for i in drawn]
    common = np.array([generator(scene.seed, "apart", area, setting).standard_normal(draws) for area in areas]).reshape(
        len(areas), draws
    )
    of_areas = pooling.Deviations(apart.mean[drawn], apart.spread[drawn], apart.tau)
    each_area = [_rngs(scene, area, setting, "area") for area in areas]
    result = []
    for k, rng in enumerate(_rngs(scene, scene.whole, setting)):
        unseen = found.draw(rng)
        log_odds = np.log(whole.sum() / np.maximum(unseen, 0.5))
        totals = np.repeat(seen[:, None], draws, axis=1)
        totals[drawn] = pooling.draw_totals(seen[drawn], log_odds, of_areas, common, [rngs[k] for rngs in each_area])
        totals[same] = whole.sum() + unseen  # an area that holds everybody is the whole
        result.append(totals)
    return result, apart


def _with_external(scene: Scene, table: CaptureTable, area: str, own: _Drawn) -> _Drawn:
    """Estimate an area by its own table with an external list."""
    found = _unseen(scene, table)
    first, again = (table.observed + found.draw(rng) for rng in _rngs(scene, area, "external"))
    warnings = (EXTERNAL_LIST, *found.warnings)
    return replace(own, totals=(first, again), floor=float(chao_floor(table.counts)), deviation=0.0, warnings=warnings)


@dataclass(frozen=True, slots=True, eq=False)
class _Active:
    """Draws (D,) of the share of what is seen that is active; medians of it, and of it and kappa together."""

    share: FloatArray
    median: float
    scale: float


def _active(scene: Scene, phi: float) -> _Active:
    """Tell it for all areas of one persistence."""
    lag = scene.level.lag
    share = ghosts.factor(ghosts.active_persistence(1 - phi, lag), lag, scene.period.days)
    median = float(np.median(share))
    return _Active(share, median, float(np.median(scene.level.kappa)) * median)


def _figure(scene: Scene, i: int, setting: str, drawn: _Drawn, active: _Active, record: dict[str, Any]) -> Figure:
    """Turn identities into advertisers active in the period, and draws into a figure."""
    level, area = scene.level, scene.areas[i]
    ends = [
        total * level.kappa * active.share * np.exp(drawn.spread * rng.standard_normal(len(total)))
        for total, rng in zip(drawn.totals, _rngs(scene, area, setting, "live"), strict=True)
    ]
    parts = variance.split(np.maximum(ends[0], 0.5), np.maximum(ends[1], 0.5))
    lower, point, upper = (float(q) for q in np.quantile(ends[0], (0.025, 0.5, 0.975)))
    return Figure(
        floor=min(drawn.floor * active.scale, point),
        point=point,
        lower=lower,
        upper=upper,
        coverage=drawn.coverage,
        refusal=None,
        warnings=(*level.warnings, *drawn.warnings),
        models={**record, "active_share": round(active.median, 6)},
        draws=ends[0],
        common=float(parts.common),
        specific=float(parts.specific) + drawn.deviation,
    )


def _heaviest(models: Sequence[cr.Fit]) -> list[cr.Fit]:
    return sorted(models, key=lambda model: (-model.weight, model.heterogeneity, model.terms))[:MODELS_KEPT]


def model_record(model: cr.Fit) -> dict[str, Any]:
    """Write a model as JSON can carry it: NaN becomes null."""

    def number(value: float) -> float | None:
        return round(value, 6) if np.isfinite(value) else None

    return {
        "terms": [list(term) for term in model.terms],
        "heterogeneity": model.heterogeneity,
        "n": number(model.n),
        "se": number(model.se),
        "deviance": number(model.deviance),
        "df": model.df,
        "aic": number(model.aic),
        "weight": number(model.weight),
        "exists": model.exists,
        "dropped": model.dropped,
    }
