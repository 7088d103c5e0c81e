"""Small areas: how far an area's share of unseen lies from that of the whole, shrunk by what the area itself can tell.

STATISTICS 2E: logit p_m = logit p + u_m, u_m ~ N(0, tau^2), N_m = n_m + NegBin(n_m + 1/2, p_m). p comes from the
ensemble on the whole. What an area tells of u_m is the same simple model (independent lists) on both, so that most of what is
wrong with that model leaves the difference.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warehouse.estimates.closed_form import darroch

FloatArray = npt.NDArray[np.float64]

TAU_RANGE = (0.15, 0.6)  # between areas, on the logit scale; few areas cannot tell it, so it is kept in here
TAU_DEFAULT = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Deviations:
    """Posterior of u for A areas: `mean` and `spread` (standard deviation), each (A,); `tau` between areas."""

    mean: FloatArray
    spread: FloatArray
    tau: float


def between_areas(deviation: FloatArray, variance: FloatArray) -> float:
    """Estimate tau by the method of moments, kept within `TAU_RANGE`.

    Source: DerSimonian & Laird (1986), Controlled Clinical Trials 7.
    """
    told = np.isfinite(variance) & np.isfinite(deviation)
    if told.sum() < 3:
        return TAU_DEFAULT
    weight = 1 / variance[told]
    centre = (weight * deviation[told]).sum() / weight.sum()
    excess = (weight * (deviation[told] - centre) ** 2).sum() - (told.sum() - 1)
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    return float(np.clip(np.sqrt(max(excess / scale, 0.0)), *TAU_RANGE))


def deviations(areas: FloatArray, whole: FloatArray, *, peers: npt.NDArray[np.bool_] | None = None) -> Deviations:
    """Tell how areas differ from the whole.

    Args:
        areas: overlap counts, shape (A, 2**S).
        whole: overlap counts of the whole, shape (2**S,).
        peers: which areas are of one level and tell tau, shape (A,); None: all.
    """
    n, total = areas[:, 1:].sum(axis=1), whole[1:].sum()
    size, variance = darroch(areas)
    whole_size, _ = darroch(whole)
    told = np.isfinite(size) & np.isfinite(variance) & (n > 0)
    unseen = np.maximum(np.where(told, size - n, 1.0), 0.5)
    odds_whole = np.log(total / max(float(whole_size) - total, 0.5)) if np.isfinite(whole_size) else 0.0
    deviation = np.where(told, np.log(np.maximum(n, 1) / unseen) - odds_whole, np.nan)
    # 1/n: the binomial variation of the seen themselves; infinite where the area tells nothing.
    variance = np.where(told, variance + 1 / np.maximum(n, 1), np.inf)
    among = told if peers is None else told & peers
    tau = between_areas(deviation[among], variance[among])
    share = np.where(told, tau**2 / (tau**2 + np.where(told, variance, 1.0)), 0.0)
    mean = np.where(told, share * np.nan_to_num(deviation), 0.0)
    return Deviations(mean, np.sqrt(tau**2 * (1 - share)), tau)


def draw_totals(
    seen: FloatArray, log_odds: FloatArray, apart: Deviations, common: FloatArray, rngs: list[np.random.Generator]
) -> FloatArray:
    """Draw the totals of A areas, shape (A, D).

    Args:
        seen: identities seen in each area, shape (A,).
        log_odds: draws of log(seen / unseen) of the whole, shape (D,).
        apart: posterior of how areas differ.
        common: standard normal draws of how each area differs, shape (A, D): the same in every period, for that is
            how an area is.
        rngs: one generator an area, so that no area's draws depend on which others there are.
    """
    totals = np.empty((len(seen), len(log_odds)))
    for i, rng in enumerate(rngs):
        odds = np.exp(log_odds + apart.mean[i] + apart.spread[i] * common[i])
        # Negative binomial as a gamma mixture of Poissons: unseen given seen, with n + 1/2 and p = odds / (1 + odds).
        mean = rng.gamma(seen[i] + 0.5, 1.0, len(log_odds)) / odds
        totals[i] = seen[i] + rng.poisson(np.minimum(mean, 1e9))
    return totals
