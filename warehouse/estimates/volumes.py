"""From tables of counts to figures: the whole by ensemble, its areas pooled, then links and ghosts. STATISTICS 2."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import persistence, pooling
from warehouse.estimates.closed_form import chao_floor, good_turing
from warehouse.estimates.errors import LowCompleteness, Refusal, TooFewSeen
from warehouse.estimates.tables import CaptureTable

FloatArray = npt.NDArray[np.float64]

DRAWS = 4000
KAPPA = (0.6, 1.1)  # advertisers behind an identity, without an audit of the last 120 days
MINIMUM_SEEN = 10
MINIMUM_COMPLETENESS = 0.8
MODELS_KEPT = 30  # models of most weight kept in the record of a figure


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week or block: `code`, its first day as text (for seeds), and how many days it has."""

    code: str
    start: str
    days: int


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the crawls saw a period: mean completeness, and the share of advertisements whose state was known."""

    completeness: float
    known: float


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One figure or its refusal, in advertisers; `draws` (D,) None where refused."""

    floor: float | None
    point: float | None
    lower: float | None
    upper: float | None
    coverage: float | None
    refusal: str | None
    warnings: tuple[str, ...]
    models: dict[str, Any]
    draws: FloatArray | None


def refused(refusal: Refusal, models: dict[str, Any] | None = None) -> Figure:
    """Write a refusal in the place of a figure."""
    return Figure(None, None, None, None, None, refusal.code, (), models or {}, None)


def generator(seed: int, *names: str) -> np.random.Generator:
    """Give the generator that belongs to a seed and names (period, area, setting): the same on every run and machine."""
    digest = hashlib.sha256("|".join([str(seed), *names]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """What turns identities into advertisers, the same for every figure of a seed: draws (D,) of kappa and ghost lag."""

    kappa: FloatArray
    lag: FloatArray

    @classmethod
    def of(cls, seed: int, draws: int = DRAWS) -> "Level":
        """Draw both from what is known without an audit."""
        rng = generator(seed, "level")
        return cls(rng.uniform(*KAPPA, draws), persistence.ghost_lags(rng, draws))


def most_terms(groups: int) -> int:
    """Give how many interactions the ensemble may hold: four, fewer where the number of models would explode."""
    return cr.MAXIMUM_TERMS if groups <= 5 else 2


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What the figures of one period share.

    `areas` are codes (A,) and `whole` the position of the one that holds all others; `peers` (A,) marks those of the
    finest level, which tell how areas differ; `phi` (A,) is the daily persistence of an identity within an area.
    """

    period: Period
    quality: Quality
    groups: tuple[str, ...]
    areas: tuple[str, ...]
    whole: int
    peers: npt.NDArray[np.bool_]
    phi: FloatArray
    seed: int
    level: Level


def estimate_areas(scene: Scene, counts: FloatArray, carried: FloatArray, setting: str) -> list[Figure]:
    """Estimate all areas of one period and setting.

    Args:
        scene: period, areas and seeds.
        counts: overlap counts, shape (A, 2**S).
        carried: identities there by carrying forward only, shape (A,).
        setting: all, or one setting.

    Returns:
        A figure or refusal for each area, in order.
    """
    period, quality, areas, whole, seed = scene.period, scene.quality, scene.areas, scene.whole, scene.seed
    phi, level = scene.phi, scene.level
    names = (period.code, period.start)
    record: dict[str, Any] = {"delta": cr.DELTA, "kappa": list(KAPPA), "ghost_lag_days": persistence.GHOST_MEAN}
    try:
        if quality.known < MINIMUM_COMPLETENESS:
            raise LowCompleteness(quality.known, MINIMUM_COMPLETENESS)
        unseen, models, warnings = cr.unseen_draws(
            CaptureTable(scene.groups, counts[whole]),
            rng=generator(seed, *names, areas[whole], setting),
            draws=DRAWS,
            most=most_terms(len(scene.groups)),
        )
    except Refusal as refusal:
        return [refused(refusal, record) for _ in areas]
    warnings = ("not_calibrated", *warnings)
    seen = counts.sum(axis=1)
    log_odds = np.log(seen[whole] / np.maximum(unseen, 0.5))
    apart = pooling.deviations(counts, counts[whole], peers=scene.peers)
    rngs = [generator(seed, *names, area, setting, "area") for area in areas]
    totals = pooling.draw_totals(seen, log_odds, apart, rngs)
    same = (counts == counts[whole]).all(axis=1)
    totals[same] = seen[whole] + unseen  # an area that holds everybody is the whole
    floors, coverages = chao_floor(counts), good_turing(counts)
    figures = []
    for i, area in enumerate(areas):
        if seen[i] < MINIMUM_SEEN:
            few = TooFewSeen(int(seen[i]), MINIMUM_SEEN)
            figures.append(Figure(None, None, None, None, float(coverages[i]), few.code, (), record, None))
            continue
        ghosts = persistence.ghost_factor(phi[i], level.lag, period.days)
        # Who came and went unseen while a source was down: arrivals and exits of those carried forward.
        spread = np.sqrt(2 * (1 - phi[i]) * carried[i]) / seen[i]
        wobble = np.exp(spread * generator(seed, *names, area, setting, "carried").standard_normal(DRAWS))
        draws = totals[i] * level.kappa * ghosts * wobble
        lower, point, upper = (float(q) for q in np.quantile(draws, (0.025, 0.5, 0.975)))
        floor = min(float(floors[i]) * float(np.median(level.kappa)) * float(np.median(ghosts)), point)
        mine = {
            **record,
            "persistence": round(float(phi[i]), 6),
            "ghost_factor": round(float(np.median(ghosts)), 6),
            "carried": int(carried[i]),
        }
        if same[i]:
            mine["models"] = [model_record(model) for model in _heaviest(models)]
        else:
            mine["pooled_with"] = areas[whole]
            mine["tau"] = round(apart.tau, 6)
            mine["deviation"] = [round(float(apart.mean[i]), 6), round(float(apart.spread[i]), 6)]
        figures.append(Figure(floor, point, lower, upper, float(coverages[i]), None, warnings, mine, draws))
    return figures


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
