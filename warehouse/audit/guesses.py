"""Was she there? What a reader makes of printed rows: two scores, the higher the likelier that she was.

The linear one is x' S^-1 (p - m): for Gaussian figures no score is better. The other takes the likelihood of each
printed row for every candidate count, with and without her: it knows the published law of the noise, what a label
stands for, how the market turns over, and that a set of people that did not change from one day to the next keeps its
noise, so that a figure that stays the same says that nobody came or went. Rows hang together (the region holds the
municipality); the weights by which their log likelihood ratios are added are those of Fisher's linear discriminant,
learned on other worlds.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.stats import binom, poisson

from warehouse.audit.neighbours import (
    AREAS,
    FLOWS,
    HERS,
    LANGUAGE_AREAS,
    LANGUAGE_CELLS,
    LANGUAGES,
    SETTINGS,
    VOLUME_CELLS,
    WEEK,
    Ints,
    Market,
    Worlds,
    hazards,
    mean_counts,
)
from warehouse.audit.printing import FLOW_PARTS, HIDDEN, LABEL, SHOWN, SHOWN_FLOWS, Prints
from warehouse.protection.rules import VOLUME

Array = npt.NDArray[np.float64]
_TINY: Final = 1e-12
_RIDGE: Final = 1e-3  # of a within-class variance
_MOST: Final = 5.0  # that one product may say: a row that cannot be by these laws is a law not quite known
_CHUNK: Final = 250
_DAYS, _AREAS = len(WEEK), len(AREAS)
_VOLUMES, _FLOWS = len(VOLUME_CELLS), len(FLOWS)


def template(prints: Prints, worlds: Worlds) -> Ints:
    """Say in which printed rows the target would be counted, shape (W, R)."""
    volumes = worlds.template[:, :_VOLUMES]
    flows = worlds.template[:, _VOLUMES : _VOLUMES + _FLOWS] @ FLOW_PARTS.T
    spoken = worlds.template[:, _VOLUMES + _FLOWS :]
    folded = _by_area(spoken * _is_folded(prints)).max(axis=2)
    return np.concatenate([volumes, flows, spoken, folded], axis=1)


def _is_folded(prints: Prints) -> npt.NDArray[np.bool_]:
    at = _VOLUMES + len(SHOWN_FLOWS)
    return np.asarray(prints.status[:, at : at + len(LANGUAGE_CELLS)] == HIDDEN)


def _by_area(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values.reshape(len(values), len(LANGUAGE_AREAS), len(LANGUAGES))


def linear(prints: Prints, worlds: Worlds, train: Prints, has_target: npt.NDArray[np.bool_]) -> Array:
    """Score by the linear likelihood ratio on all printed figures and labels, shape (W,).

    Args:
        prints: what is judged.
        worlds: who the target would be there, and what she would be counted in.
        train: other worlds to learn means and covariances from.
        has_target: which of those she was in.
    """
    learned = _middles(train)
    shown = (train.status != HIDDEN).mean(axis=0) > 0.5
    centre = np.array([learned[has_target].mean(axis=0), learned[~has_target].mean(axis=0)])
    residual = learned - centre[np.where(has_target, 0, 1)]
    spread = np.cov(residual[:, shown].T)
    inverse = np.linalg.inv(spread + _RIDGE * np.diag(np.diag(spread) + 1.0))
    known = template(prints, worlds)[:, shown].astype(np.float64)
    weights = known @ inverse
    # A known week differs from target to target; centring makes their scores comparable.
    moved = _middles(prints)[:, shown] - centre[1, shown] - known / 2
    return np.asarray((moved * weights).sum(axis=1))


def _middles(prints: Prints) -> Array:
    """Read each row as one number: the middle of what it stands for; of what is not told, the mean of what is."""
    middle = (prints.low + prints.high) / 2
    middle = np.where(prints.status == LABEL, (prints.threshold - 1) / 2, middle)
    told = prints.status != HIDDEN
    mean = (middle * told).sum(axis=0) / np.maximum(told.sum(axis=0), 1)
    return np.where(told, middle, mean)


def parts(prints: Prints, worlds: Worlds, market: Market) -> dict[str, Array]:
    """Give log likelihood ratios by product, each of shape (W,); `hidden ...` counts rows of hers that are not told."""
    known = template(prints, worlds)
    ratio = _row_ratios(prints, known, market)
    hidden = (known > 0) & (prints.status == HIDDEN)
    found: dict[str, Array] = {}
    leaving = hazards(market)
    for number, area in enumerate(AREAS):
        rows = np.arange(_DAYS) * _AREAS + number
        if area not in HERS:
            continue  # told beside her areas; the linear score weighs them
        mean = mean_counts(market)[number]
        found[f"days {area}"] = _days_ratio(
            prints, rows, known[:, rows], _turnover(float(mean), float(leaving[number]))
        )
        found[f"hidden days {area}"] = hidden[:, rows].sum(axis=1).astype(np.float64)
        week, block = _window("week", number), _window("block", number)
        same = np.stack(
            [_is_same(prints, row, week[0]) & (known[:, row] == 0) & (known[:, week[0]] > 0) for row in rows]
        )
        found[f"unchanged {area}"] = same.sum(axis=0).astype(np.float64)
        for name, cells in (("week", week), ("block", block)):
            found[f"{name} {area}"] = ratio[:, cells[0]]
            found[f"{name} {area} setting"] = ratio[:, cells[1:]].sum(axis=1)
            found[f"hidden {name} {area}"] = hidden[:, cells].sum(axis=1).astype(np.float64)
    flows = slice(_VOLUMES, _VOLUMES + len(SHOWN_FLOWS))
    languages = slice(_VOLUMES + len(SHOWN_FLOWS), None)
    for name, rows_of in (("flows", flows), ("languages", languages)):
        found[name] = ratio[:, rows_of].sum(axis=1)
        found[f"hidden {name}"] = hidden[:, rows_of].sum(axis=1).astype(np.float64)
    return {name: np.clip(values, -_MOST, _MOST) for name, values in found.items()}


def _window(period: str, area: int) -> npt.NDArray[np.int64]:
    start = _DAYS * _AREAS + (0 if period == "week" else _AREAS * len(SETTINGS)) + area * len(SETTINGS)
    return np.arange(start, start + len(SETTINGS))


def _is_same(prints: Prints, row: Any, other: Any) -> npt.NDArray[np.bool_]:
    is_told = (prints.status[:, row] == SHOWN) & (prints.status[:, other] == SHOWN)
    return np.asarray(
        is_told & (prints.low[:, row] == prints.low[:, other]) & (prints.high[:, row] == prints.high[:, other])
    )


def _labelled(threshold: int, noise: Array) -> int:
    """Give the largest noisy count that is told as "minder dan 10" though its count is not: it rounds to less."""
    return threshold - ((VOLUME.rounding + 1) // 2 if len(noise) > 1 else 1)


def _row_ratios(prints: Prints, known: Ints, market: Market) -> Array:
    """Give the log likelihood ratio of each row by itself, shape (W, R); zero where she is not counted or it is not told."""
    means = mean_counts(market)
    spoken = means[_VOLUMES + _FLOWS :]
    rows = np.concatenate([means[:_VOLUMES], FLOW_PARTS @ means[_VOLUMES : _VOLUMES + _FLOWS], spoken])
    folded = (_by_area(_is_folded(prints).astype(np.int64)) * _by_area(spoken[None])).sum(axis=2)
    found = np.zeros(known.shape)
    for row in range(known.shape[1]):
        hers = known[:, row] > 0
        if not hers.any():
            continue
        mean = rows[row] if row < len(rows) else float(np.median(folded[hers, row - len(rows)]))
        if mean > 0:
            found[hers, row] = _one_ratio(prints, np.flatnonzero(hers), row, mean)
    return found


def _one_ratio(prints: Prints, worlds: Ints, row: int, mean: float) -> Array:
    """Compare how likely a row of some worlds is if she is one of the count and if not, the others being Poisson."""
    status, low, high = prints.status[worlds, row], prints.low[worlds, row], prints.high[worlds, row]
    threshold, noise = int(prints.threshold[row]), prints.noise
    label_to = _labelled(threshold, noise)
    top = int(max(mean + 12 * np.sqrt(mean) + 30, high.max(initial=0) + 10))
    counts = np.arange(top)
    without = poisson.pmf(counts, mean)
    told: list[Array] = []
    labels = []
    for law in (without, np.concatenate([[0.0], without[:-1]])):
        large = np.where(counts >= threshold, law, 0.0)
        noisy = np.convolve(large, noise)[len(noise) // 2 :][:top]
        labels.append(law[:threshold].sum() + noisy[: label_to + 1].sum())
        told.append(np.concatenate([[0.0], np.cumsum(noisy)]))
    of_row = [cumulative[np.minimum(high + 1, top)] - cumulative[np.minimum(low, top)] for cumulative in told]
    shown = np.log(of_row[1] + _TINY) - np.log(of_row[0] + _TINY)
    label = np.log(labels[1] + _TINY) - np.log(labels[0] + _TINY)
    return np.select([status == SHOWN, status == LABEL], [shown, np.full(len(low), label)], 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Turnover:
    """How an area's number of others goes from day to day.

    `counts` (G,) that are tabled, `start` (G,) their chances on the first day, `kernel` (G, G) from one day to the next,
    `same` (G,) the chance that nobody comes and nobody leaves.
    """

    counts: Ints
    start: Array
    kernel: Array
    same: Array


@lru_cache(maxsize=32)
def _turnover(mean: float, hazard: float) -> _Turnover:
    """Let who is there stay with chance 1 - hazard, and a Poisson number come, as many as leave."""
    reach = 6 * np.sqrt(mean) + 6
    counts = np.arange(max(int(mean - reach), 0), int(mean + reach) + 1)
    stayers = np.arange(counts[-1] + 1)
    stay = binom.pmf(stayers[None, :], counts[:, None], 1 - hazard)
    come = poisson.pmf(counts[None, :] - stayers[:, None], mean * hazard)
    same = (1 - hazard) ** counts * np.exp(-mean * hazard)
    return _Turnover(counts, poisson.pmf(counts, mean), stay @ come, same)


def _days_ratio(prints: Prints, rows: Ints, known: Ints, market: _Turnover) -> Array:
    """Compare how likely the days of a week are with and without her, by a hidden Markov chain over count and noise."""
    found = np.zeros(len(known))
    for at in range(0, len(known), _CHUNK):
        piece = slice(at, at + _CHUNK)
        seen = Prints(
            prints.status[piece][:, rows],
            prints.low[piece][:, rows],
            prints.high[piece][:, rows],
            prints.threshold[rows],
            prints.noise,
        )
        found[piece] = _forward(seen, known[piece], market) - _forward(seen, np.zeros_like(known[piece]), market)
    return found


def _forward(seen: Prints, known: Ints, market: _Turnover) -> Array:
    """Give the log likelihood of the printed days of W worlds; the state is the others' count and the noise."""
    counts, noise = market.counts, seen.noise
    errors = np.arange(len(noise)) - len(noise) // 2
    weight = np.broadcast_to(market.start[:, None] * noise, (len(known), len(counts), len(noise)))
    total = np.zeros(len(known))
    for day in range(known.shape[1]):
        if day:
            everyone = weight.sum(axis=2)
            moved = (known[:, day] != known[:, day - 1])[:, None]
            kept = np.where(moved, 0.0, market.same[None, :])
            fresh = everyone @ market.kernel - everyone * kept
            weight = weight * kept[:, :, None] + np.maximum(fresh, 0.0)[:, :, None] * noise
        count = counts[None, :] + known[:, day, None]
        noisy = count[:, :, None] + errors
        status, low, high = (part[:, day, None, None] for part in (seen.status, seen.low, seen.high))
        least = int(seen.threshold[day])
        is_large = (count >= least)[:, :, None]
        fits = np.where(
            status == SHOWN,
            is_large & (noisy >= low) & (noisy <= high),
            (status == HIDDEN) | ~is_large | (noisy <= _labelled(least, noise)),
        )
        weight = weight * fits
        scale = weight.sum(axis=(1, 2)) + _TINY
        weight = weight / scale[:, None, None]
        total += np.log(scale)
    return total


def discriminant(train: Array, has_target: npt.NDArray[np.bool_]) -> Array:
    """Learn the weights of Fisher's linear discriminant for columns of log likelihood ratios, shape (K,)."""
    with_her, without = train[has_target], train[~has_target]
    spread = np.atleast_2d(np.cov(with_her.T) + np.cov(without.T)) / 2
    ridge = _RIDGE * np.diag(np.diag(spread) + _TINY) + _TINY * np.eye(len(spread))
    return np.asarray(np.linalg.solve(spread + ridge, with_her.mean(axis=0) - without.mean(axis=0)))
