import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse import sketches as sk
from warehouse.sketches import PLACES
from warehouse.ties import BAND_PLACES, MOST_PER_BAND, near_pairs


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_near_pairs_are_those_of_brute_force(seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 2**16 - 1, (30, 64), dtype=np.uint16)
    for copy in range(10, 30):
        source = rng.integers(0, copy)
        share = rng.choice([0.0, 0.05, 0.1, 0.15, 0.4])
        rows[copy] = np.where(rng.random(64) < share, rows[copy], rows[source])
    rows[5] = 0xFFFF
    rows[6] = 0xFFFF
    is_new = rng.random(30) < 0.5
    first, second = near_pairs(rows, is_new)
    found = set(zip(first.tolist(), second.tolist(), strict=True))
    similar = {
        (i, j): float((rows[i] == rows[j]).mean())
        for i in range(30)
        for j in range(i + 1, 30)
        if {i, j}.isdisjoint({5, 6}) and (is_new[i] or is_new[j])
    }
    assert found <= {pair for pair, value in similar.items() if value >= sk.SIMILAR}
    assert {pair for pair, value in similar.items() if value >= 0.95} <= found


def test_a_text_that_stands_everywhere_stays_cheap():
    rows = np.tile(np.arange(64, dtype=np.uint16), (5_000, 1))
    first, _ = near_pairs(rows, np.ones(5_000, dtype=np.bool_))
    assert len(first) <= 5_000 * MOST_PER_BAND * PLACES // BAND_PLACES


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25)
def test_what_is_found_does_not_depend_on_what_was_looked_for_before(seed):
    """New texts in two goes find what they find in one."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 2**16 - 1, (40, 64), dtype=np.uint16)
    for copy in range(5, 40):
        rows[copy] = np.where(rng.random(64) < rng.choice([0.0, 0.1, 0.4]), rows[copy], rows[rng.integers(0, copy)])
    half = np.arange(40) >= 20
    whole = set(zip(*(each.tolist() for each in near_pairs(rows, np.ones(40, dtype=np.bool_))), strict=True))
    first = set(zip(*(each.tolist() for each in near_pairs(rows[:20], ~half[:20])), strict=True))
    second = set(zip(*(each.tolist() for each in near_pairs(rows, half)), strict=True))
    assert first | second == whole
