"""A8: how much does open data give away of one identity-week? At least so much, measured; at most so much, claimed.

Two neighbouring worlds, with and without one identity, go all the way from sightings to printed figures. The attacker
knows both worlds to the last identity, and the mechanism; he sees printed figures only, and asks which world they come
from. The likelihood ratio is the best that he can do (Neyman and Pearson 1933). Half of the runs choose where he draws
his line, the other half tell how often he is right there, with Clopper-Pearson bounds; from these come lower bounds:

- of epsilon at a given delta, log((p - delta) / q) with p at least and q at most so often in either world (Jagielski,
  Ullman and Oprea 2020, in either direction); claimed is epsilon = rho + 2 sqrt(rho log(1 / delta)) (Bun and Steinke 2016,
  proposition 1.3);
- of rho itself, D_a(p, q) / a for Renyi's divergence D_a of the two coins, whatever order a > 1: seeing less than all
  cannot raise the divergence (van Erven and Harremoes 2014), and rho-zCDP says it is at most a rho. Far sharper.

Noise has no seed (`protection.open_mechanism`), so two audits differ; each bound holds but for `RISK`. The worlds hold
three municipalities: noise elsewhere is drawn apart and has the same law with and without the target.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from warehouse.areas import area_parents
from warehouse.audit.results import AttackResult, judged
from warehouse.estimates import frame as frames
from warehouse.estimates import identity_weeks
from warehouse.estimates.frame import Frame
from warehouse.protection.open_mechanism import BELOW, law, printed_from, publish, shapes, sigma
from warehouse.protection.open_rules import QUERIES, budget
from warehouse.records import SETTINGS

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Budget = dict[str, Decimal]
Tables = list[IntArray]

DELTA: Final = 1e-5
RISK: Final = 0.001  # that a bound is over the truth
RUNS: Final = 2_000  # of each world
YEAR: Final = 2026  # any year with the whole allowance a week
TOWNS: Final = ("GM0141", "GM0153", "GM0164")  # of one region: who is counted in all three is counted thrice there
_LINES: Final = 200
_ORDERS: Final = 1 + np.geomspace(0.01, 60, 60)


@dataclass(frozen=True, slots=True)
class Loss:
    """Lower bounds of what one identity-week loses."""

    epsilon: float
    rho: float


@dataclass(frozen=True, slots=True)
class Pair:
    """The tables of two neighbouring worlds: without and with the target."""

    without: Tables
    within: Tables


def claimed_epsilon(rho: float, delta: float = DELTA) -> float:
    """Give the epsilon that rho-zCDP promises at a delta (Bun and Steinke 2016, proposition 1.3).

    >>> round(claimed_epsilon(0.1), 3), round(claimed_epsilon(5.2), 1)
    (2.246, 20.7)
    """
    return rho + 2 * float(np.sqrt(rho * np.log(1 / delta)))


def market(size: int, *, with_target: bool) -> Frame:
    """Make a week in which `size` others advertise in each town for home; the target does so in all three towns.

    She has two days in each, and a third one in the second town.
    """
    others = np.repeat(np.arange(len(TOWNS)), size)
    place = np.concatenate([others, np.arange(len(TOWNS)) if with_target else np.empty(0, np.int64)]).astype(np.int64)
    identity = np.minimum(np.arange(len(place)), len(others))
    seen = np.zeros((len(place), 7), dtype=np.bool_)
    seen[:, :2] = True
    seen[len(others) + 1 : len(others) + 2, 2] = True
    alone = np.zeros(len(place), dtype=np.int64)
    return Frame(
        seen=seen,
        group=alone,
        source=alone,
        identity=identity,
        record_number=np.arange(identity.max(initial=-1) + 1, dtype=np.uint64),
        version=np.repeat(np.arange(len(place))[:, None], 7, axis=1),
        area=place,
        setting=np.full(len(place), SETTINGS.index("home")),
        setting_probability=np.full(len(place), 0.9),
        language=alone,
        language_probability=np.ones(len(place)),
        content=np.arange(len(place)),
        groups=("one",),
        sources=("one",),
        area_codes=TOWNS,
        languages=("nl",),
    )


def bounded(frame: Frame) -> IntArray:
    """Count as open data does: each identity in one municipality and one setting, shape (towns, 4)."""
    where = frames.places(frame.area_codes, area_parents)
    return identity_weeks.counts(frame, frame.seen, 0, where, TOWNS)


def unbounded(frame: Frame) -> IntArray:
    """Count as a twin does that forgot the bound: each identity in every municipality in which it advertised."""
    table = np.zeros((len(TOWNS), len(identity_weeks.CLASSES)), dtype=np.int64)
    np.add.at(table, (frame.area, frame.setting), 1)  # one listing each
    return table


def exact(tables: Sequence[IntArray], _budget: Budget) -> Tables:
    """Publish as a twin does that forgot the noise."""
    return list(tables)


def pair(size: int, count: Callable[[Frame], IntArray] = bounded) -> Pair:
    """Make the tables of neighbouring worlds in which `size` others are in each town."""
    worlds = [count(market(size, with_target=told)) for told in (False, True)]
    return Pair(*([shape.of(world) for shape in shapes(TOWNS)] for world in worlds))


def measure(
    worlds: Pair, runs: int, spent: Budget, mechanism: Callable[[Sequence[IntArray], Budget], Tables] = publish
) -> Loss:
    """Attack a mechanism over `runs` publications of each world.

    Args:
        worlds: tables with and without the target.
        runs: publications of each world, at least 2; half of them choose the line, half judge it.
        spent: rho of each query.
        mechanism: turns tables into printed figures.
    """
    seen = [
        mechanism([np.broadcast_to(table, (runs, table.size)) for table in tables], spent)
        for tables in (worlds.without, worlds.within)
    ]
    without, within = (_scores(worlds, printed, spent) for printed in seen)
    half = runs // 2
    lines = np.unique(np.quantile(np.concatenate([without[:half], within[:half]]), np.linspace(0, 1, _LINES)))
    best = [lines[np.argmax(found)] for found in _bounds(without[:half], within[:half], lines)]
    epsilons, rhos = _bounds(without[half:], within[half:], np.asarray(best))
    return Loss(float(epsilons[0]), float(rhos[1]))


def _scores(worlds: Pair, printed: Tables, spent: Budget) -> FloatArray:
    """Give the log likelihood ratio of each run, shape (runs,): high where the target seems to be there."""
    total = np.zeros(len(printed[0]))
    for query, without, within, figures in zip(QUERIES, worlds.without, worlds.within, printed, strict=True):
        scale = sigma(spent[query.code])
        logs = [_log_label(scale, table) for table in (within, without)]
        ratio = ((figures - without) ** 2 - (figures - within) ** 2) / (2 * scale**2)
        total += np.where(figures == BELOW, logs[0] - logs[1], ratio).sum(axis=1)
    return np.asarray(np.round(total, 9))


def _log_label(scale: float, counts: IntArray) -> FloatArray:
    """Give the log probability that each count gets a label."""
    x, p = _law(scale)
    below = np.concatenate([[0.0], np.cumsum(p)])  # of noise under x[i]
    at = np.clip(printed_from(scale) - counts - x[0], 0, len(x))
    return np.asarray(np.log(np.maximum(below[at], 1e-300)))


@lru_cache(maxsize=8)
def _law(scale: float) -> tuple[IntArray, FloatArray]:
    return law(scale)


def _bounds(without: FloatArray, within: FloatArray, lines: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give lower bounds of epsilon and rho for each line, the better of saying "there" above it and "not there" below."""
    n = len(without)
    above = [n - np.searchsorted(np.sort(scores), lines) for scores in (without, within)]
    found = []
    for hits, false in ((above[1], above[0]), (n - above[0], n - above[1])):
        low = stats.beta.ppf(RISK / 2, hits, n - hits + 1)
        high = stats.beta.ppf(1 - RISK / 2, false + 1, n - false)
        p, q = np.nan_to_num(low, nan=0.0), np.nan_to_num(high, nan=1.0)
        found.append((_epsilon(p, q), _rho(p, q)))
    return np.maximum(found[0][0], found[1][0]), np.maximum(found[0][1], found[1][1])


def _epsilon(p: FloatArray, q: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(p - DELTA, q) / q))


def _rho(p: FloatArray, q: FloatArray) -> FloatArray:
    """Give the smallest rho with which an event can be at least p likely in one world and at most q in the other."""
    p, q = (np.clip(each, 1e-12, 1 - 1e-12)[:, None] for each in (np.maximum(p, q), q))
    a = _ORDERS
    renyi = np.logaddexp(a * np.log(p) + (1 - a) * np.log(q), a * np.log1p(-p) + (1 - a) * np.log1p(-q)) / (a - 1)
    return np.asarray((renyi / a).max(axis=1))


@cache
def attack(runs: int = RUNS) -> AttackResult:
    """Attack the mechanism of open data where figures are printed, where they are at the edge of it, and where few are.

    Once in a process: it depends on the program only, on nothing that a database holds.
    """
    spent = dict(budget(YEAR))
    rho = float(sum(spent.values()))
    most = Loss(claimed_epsilon(rho), rho)
    edge = printed_from(sigma(spent["municipality"]))
    scenes = {"printed": 60, "edge": edge - 1, "alone": 0}
    found = {name: measure(pair(size), runs, spent) for name, size in scenes.items()}
    no_noise = measure(pair(60), runs, spent, exact)
    no_bound = measure(pair(60, unbounded), runs, spent)
    measures = {"epsilon_claimed": most.epsilon, "rho_claimed": most.rho, "delta": DELTA}
    for name, loss in {**found, "no_noise": no_noise, "no_bound": no_bound}.items():
        measures |= {f"epsilon_{name}": loss.epsilon, f"rho_{name}": loss.rho}
    return judged(
        "A8",
        checked=2 * runs * len(scenes),
        cells=tuple(
            f"open data: {name}" for name, loss in found.items() if loss.epsilon > most.epsilon or loss.rho > most.rho
        ),
        is_control_won=no_noise.epsilon > most.epsilon and no_bound.rho > most.rho,
        measures=measures,
    )
