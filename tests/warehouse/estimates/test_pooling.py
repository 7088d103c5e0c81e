import numpy as np
import pytest

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates import pooling
from warehouse.estimates.tables import CaptureTable

SHARES = np.array([0.5, 0.35, 0.25])


def market(rng: np.random.Generator, sizes: list[int], tau: float) -> np.ndarray:
    """Counts by area, shape (A, 8); in each area all lists are a little better or worse."""
    rows = []
    for n in sizes:
        logit = np.log(SHARES / (1 - SHARES)) + rng.normal(0, tau) + rng.normal(0, 0.4, n)[:, None]
        seen = rng.random((n, 3)) < 1 / (1 + np.exp(-logit))
        row = np.bincount((seen * [1, 2, 4]).sum(axis=1), minlength=8).astype(float)
        row[0] = 0
        rows.append(row)
    return np.array(rows)


def totals(counts: np.ndarray, seed: int) -> np.ndarray:
    whole = counts.sum(axis=0)
    rng = np.random.default_rng(seed)
    unseen = cr.unseen(CaptureTable(("a", "b", "c"), whole), cr.Common.of(rng, 2000)).draw(rng)
    apart = pooling.deviations(counts, whole)
    rngs = [np.random.default_rng([seed, i]) for i in range(len(counts))]
    common = rng.standard_normal((len(counts), 2000))
    log_odds = np.log(whole.sum() / np.maximum(unseen, 0.5))
    return pooling.draw_totals(counts.sum(axis=1), log_odds, apart, common, rngs)


def test_intervals_of_small_areas_hold_the_truth_and_are_narrow_enough() -> None:
    sizes = [100, 60, 40, 200, 150, 30, 80]
    inside, half = [], []
    for seed in range(30):
        counts = market(np.random.default_rng(seed), sizes, 0.25)
        low, middle, high = np.quantile(totals(counts, seed), (0.025, 0.5, 0.975), axis=1)
        inside.append((low <= sizes) & (sizes <= high))
        half.append((high - low)[0] / 2 / middle[0])
    assert np.mean(inside) >= 0.92
    assert np.median(half) <= 0.45  # N = 100


def test_an_area_that_tells_nothing_gets_the_whole_with_the_spread_between_areas() -> None:
    counts = market(np.random.default_rng(1), [200, 200, 200], 0.0)
    lonely = np.array([0, 6, 3, 0, 2, 0, 0, 0], dtype=float)
    counts = np.vstack([counts, lonely])
    apart = pooling.deviations(counts, counts.sum(axis=0))
    assert apart.mean[3] == 0
    assert apart.spread[3] == pytest.approx(apart.tau)
    assert (apart.spread[:3] < apart.tau).all()


def test_an_area_that_is_worse_seen_is_raised_towards_it() -> None:
    rng = np.random.default_rng(4)
    good, bad = market(rng, [2000] * 4, 0.0), market(rng, [2000], 0.0)
    seen = rng.random((2000, 3)) < np.array([0.3, 0.2, 0.15])
    bad[0] = np.bincount((seen * [1, 2, 4]).sum(axis=1), minlength=8)
    bad[0, 0] = 0
    counts = np.vstack([good, bad])
    apart = pooling.deviations(counts, counts.sum(axis=0))
    assert apart.mean[4] < -0.3
    assert pooling.TAU_RANGE[0] < apart.tau <= pooling.TAU_RANGE[1]


def test_no_area_depends_on_which_others_there_are() -> None:
    counts = market(np.random.default_rng(2), [100, 50], 0.0)
    odds = np.zeros(10)
    apart = pooling.Deviations(np.zeros(2), np.full(2, 0.3), 0.3)
    common = np.random.default_rng(3).standard_normal((2, 10))
    both = pooling.draw_totals(counts.sum(axis=1), odds, apart, common, [np.random.default_rng(i) for i in (1, 2)])
    one = pooling.Deviations(np.zeros(1), np.full(1, 0.3), 0.3)
    alone = pooling.draw_totals(counts[1:].sum(axis=1), odds, one, common[1:], [np.random.default_rng(2)])
    assert both[1].tolist() == alone[0].tolist()
