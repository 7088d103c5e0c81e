"""Flows and figures on small worlds whose truth is known; the full battery is benchmarks/statistics/movement.py."""

import numpy as np
import pytest

from warehouse.estimates import movement, sighted
from warehouse.estimates.errors import TooFewRecaptures

NAMES = ("A", "B", "C", "D")
SIZES = (90, 170, 350, 60)
DETECTION = np.array([0.95, 0.8, 0.6, 0.7])
WEEKS, AROUND, BLOCK = 12, 30, 4


def world(seed: int, sizes: tuple[int, ...] = SIZES, *, share: float = 0.67) -> tuple[np.ndarray, np.ndarray]:
    """True states (P, weeks), -1 away, with `AROUND` weeks before the window; and sightings (I, WEEKS), 0 not seen.

    A quarter of all moves each week with chance .6, everybody stops with chance .05 and is replaced; `share` of the
    individuals can be seen at all.
    """
    rng = np.random.default_rng(seed)
    weight = np.array(sizes, dtype=float)
    weeks = AROUND + WEEKS
    count = int(weight.sum()) + rng.poisson(0.05 * weight.sum(), weeks).sum()
    born = np.concatenate([np.zeros(int(weight.sum()), int), rng.integers(1, weeks, count - int(weight.sum()))])
    state, now = np.full((count, weeks), -1), rng.choice(len(sizes), count, p=weight / weight.sum())
    mover, alive = rng.random(count) < 0.25, np.ones(count, dtype=bool)
    for t in range(weeks):
        here = alive & (t >= born)
        state[here, t] = now[here]
        alive &= ~(here & (rng.random(count) < 0.05))
        moves = np.flatnonzero(here & mover & (rng.random(count) < 0.6))
        chance = np.where(np.eye(len(sizes))[now[moves]] > 0, 0, weight)
        upto = (chance / chance.sum(axis=1, keepdims=True)).cumsum(axis=1)
        now[moves] = (upto < rng.random((len(moves), 1))).sum(axis=1)
    window = state[:, AROUND:]
    seen = (window >= 0) & (rng.random(window.shape) < DETECTION[window]) & (rng.random((count, 1)) < share)
    told = np.where(seen, window + 1, 0)
    return state, told[(told > 0).any(axis=1)]


def truth(state: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Flows into the last weeks, (K + 1, K + 1), last row NEW and last column EXIT; stocks (WEEKS, K)."""
    flows = np.zeros((k + 1, k + 1))
    for t in range(state.shape[1] - BLOCK, state.shape[1]):
        before, after = state[:, t - 1], state[:, t]
        there = (before >= 0) | (after >= 0)
        np.add.at(flows, (np.where(before < 0, k, before)[there], np.where(after < 0, k, after)[there]), 1)
    window = state[:, AROUND:]
    return flows, np.array([[(window[:, t] == a).sum() for a in range(k)] for t in range(WEEKS)])


def masks(told: np.ndarray) -> np.ndarray:
    return np.where(told > 0, 1 << np.maximum(told - 1, 0), 0)


def sizes_of(stock: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return stock * np.exp(rng.normal(0, 0.05) + rng.normal(0, 0.05, (200, 1, 1)))


@pytest.fixture(scope="module")
def estimated() -> list[tuple[movement.Movement, np.ndarray, np.ndarray]]:
    """Two worlds: what is estimated, true flows, sightings."""
    found = []
    for seed in range(2):
        state, told = world(seed)
        flows, stock = truth(state, 4)
        found.append((movement.estimate(masks(told), NAMES, sizes_of(stock, seed), seed=seed, starts=1), flows, told))
    return found


def test_flows_hold_the_truth_where_naive_counts_do_not(
    estimated: list[tuple[movement.Movement, np.ndarray, np.ndarray]],
) -> None:
    inside, ratio, naive = [], [], []
    for told, flows, seen in estimated:
        found = {(flow.origin, flow.destination): flow for flow in told.flows}
        stock = np.array([(seen[:, -BLOCK - 1 : -1] == a + 1).sum() for a in range(4)])
        for a, origin in enumerate((*NAMES, movement.ENTRY)):
            for b, destination in enumerate((*NAMES, movement.EXIT)):
                if a == b:
                    continue
                flow = found[origin, destination]
                assert flow.lower is not None
                assert flow.upper is not None
                inside.append(flow.lower <= flows[a, b] <= flow.upper)
                if a < 4 and b < 4 and flows[a, b] >= 10:
                    pairs = sum(
                        ((seen[:, t] == a + 1) & (seen[:, t + 1] == b + 1)).sum()
                        for t in range(WEEKS - BLOCK - 1, WEEKS - 1)
                    )
                    ratio.append((flow.point or 0) / flows[a, b])
                    naive.append(pairs / stock[a] / (flows[a, b] / flows[a].sum()))
    assert np.mean(inside) >= 0.9
    assert np.mean(ratio) == pytest.approx(1, abs=0.12)
    assert np.mean(np.abs(np.array(naive) - 1)) > 0.2  # also as rates, moves between sightings are far off


def test_who_moves_on_and_on_is_told_from_who_stays(
    estimated: list[tuple[movement.Movement, np.ndarray, np.ndarray]],
) -> None:
    for told, _, _ in estimated:
        assert told.fit.movers is not None
        figures = {(one.code, one.area): one for one in told.figures}
        assert 0.1 < figures["carousel_share", movement.ALL].point < 0.3  # type: ignore[operator]
        one, many = figures["one_place_share", movement.ALL], figures["carousel_share", movement.ALL]
        assert (one.point or 0) + (many.point or 0) <= 1
        assert figures["dwell_median", "A"].point < figures["dwell_median", "C"].point  # type: ignore[operator]
        for figure in told.figures:
            if figure.refusal is None:
                assert figure.lower <= figure.point <= figure.upper  # type: ignore[operator]


def test_without_a_region_nothing_is_said_of_arrivals_in_it(
    estimated: list[tuple[movement.Movement, np.ndarray, np.ndarray]],
) -> None:
    figures = {one.code: one.refusal for one in estimated[0][0].figures if one.area == movement.REGION}
    assert figures == {"new_to_region_share": "too_few_seen"}


def test_split_identities_are_corrected_by_what_is_audited() -> None:
    state, told = world(7, (60, 90, 120, 50))
    flows, stock = truth(state, 4)
    rng = np.random.default_rng(7)
    part = np.column_stack([np.zeros(len(told), int), (rng.random((len(told), WEEKS - 1)) < 0.06).cumsum(axis=1)])
    split = np.concatenate([np.where(part == piece, told, 0) for piece in range(part.max() + 1)])
    split = split[(split > 0).any(axis=1)]
    size = sizes_of(stock, 7)
    bare, corrected = (
        movement.estimate(masks(split), NAMES, size, linkage=movement.Linkage(lost=lost), starts=1)
        for lost in (0.0, 0.06)
    )
    exits = [
        sum(flow.point or 0 for flow in one.flows if flow.destination == movement.EXIT) for one in (bare, corrected)
    ]
    assert exits[0] > 1.6 * flows[:4, 4].sum()
    assert exits[1] == pytest.approx(flows[:4, 4].sum(), rel=0.25)


def test_two_under_one_identity_do_not_move() -> None:
    rng = np.random.default_rng(5)
    home = rng.integers(0, 3, 400)
    there = rng.random((400, WEEKS)) < 0.8
    told = np.where(there, 1 << home[:, None], 0)
    told[:20] |= np.where(rng.random((20, WEEKS)) < 0.8, 1 << (home[:20, None] + 1) % 3, 0)
    size = np.broadcast_to(np.bincount(home, minlength=3) * 1.05, (100, WEEKS, 3))
    moves = [
        sum(
            flow.point or 0
            for flow in movement.estimate(told, ("A", "B", "C"), size, linkage=links, starts=1).flows
            if movement.ENTRY not in flow.origin and movement.EXIT not in flow.destination
        )
        for links in (movement.Linkage(), movement.Linkage(shared=0.05))
    ]
    assert moves[1] < 0.02 * 400 * BLOCK
    assert moves[1] < moves[0]


def test_observed_changes_are_thresholds_and_never_figures() -> None:
    y = np.array([[1, 1, 2, 2], [1, 0, 2, 1], [0, 3, 0, 0], [2, 2, 2, 2]])
    changes = sighted.observed_changes(y, 3)
    assert changes[1, 2] == (0, 1)
    assert changes[2, 1] == (1,)
    assert changes[0, 3] == (2,)
    assert changes[3, 0] == (2,)
    assert changes[2, 3] == ()
    assert sighted.observed_changes(np.zeros((2, 3), dtype=np.int64), 1) == {(0, 1): (), (1, 0): ()}
    assert "observed" not in repr(movement.Flow("A", "B", (1, 2), None, None, None, "too_few_seen"))


def test_a_week_that_names_two_states_is_the_one_of_before() -> None:
    assert sighted.resolved(np.array([[1, 3, 2], [3, 2, 0], [4, 0, 6]])).tolist() == [[1, 1, 2], [1, 2, 0], [3, 0, 3]]


def test_few_histories_are_refused_by_name() -> None:
    with pytest.raises(TooFewRecaptures):
        movement.estimate(np.tile([1, 1, 2, 0], (19, 1)), NAMES, np.ones((10, 4, 4)))


def test_a_small_state_is_refused_alone() -> None:
    _, told = world(3, (90, 170, 350, 3))
    size = np.broadcast_to(np.array([100.0, 200, 400, 5]), (50, WEEKS, 4))
    found = movement.estimate(masks(told), NAMES, size, starts=1).flows
    refused = {(flow.origin, flow.destination) for flow in found if flow.refusal == "too_few_seen"}
    assert refused == {pair for pair in ((f.origin, f.destination) for f in found) if "D" in pair}
    assert len(found) == 20


def test_same_seed_same_figures() -> None:
    _, told = world(3, (40, 50, 30, 30))
    size = np.broadcast_to(np.array([50.0, 60, 40, 40]), (50, WEEKS, 4))
    one, two = (movement.estimate(masks(told), NAMES, size, starts=2, seed=9) for _ in range(2))
    assert one.flows == two.flows
    assert one.figures == two.figures


def test_weeks_before_anything_could_be_seen_are_no_time_in_which_nobody_was_there() -> None:
    state, told = world(11)
    flows, stock = truth(state, 4)
    size = sizes_of(stock, 11)
    blind = np.where(np.arange(WEEKS) < WEEKS - 4, 0, told)
    blind = blind[(blind > 0).any(axis=1)]
    completeness = (np.arange(WEEKS) >= WEEKS - 4).astype(float)[:, None]
    found = movement.estimate(masks(blind), NAMES, size, completeness=completeness, starts=1)
    new = sum(flow.point or 0 for flow in found.flows if flow.origin == movement.ENTRY)
    assert found.weeks == 4
    assert new == pytest.approx(flows[4].sum(), rel=0.5)


def test_an_audit_cannot_say_that_no_link_holds() -> None:
    for drawn in movement.Linkage(0.05, 0.5, 0.05, 0.5).draw(np.random.default_rng(1), 1000):
        assert 0 <= drawn.min() <= drawn.max() <= movement.MOST_WRONG
        assert drawn.std() > 0.1
    lost, shared = movement.Linkage(lost=0.99, shared=0.02).draw(np.random.default_rng(1), 3)
    assert lost.tolist() == [movement.MOST_WRONG] * 3
    assert shared.tolist() == [0.02] * 3


def test_a_share_of_two_that_an_audit_leaves_open_is_drawn() -> None:
    rng = np.random.default_rng(6)
    home = rng.integers(0, 3, 300)
    told = np.where(rng.random((300, 6)) < 0.8, 1 << home[:, None], 0)
    told[:24] |= np.where(rng.random((24, 6)) < 0.8, 1 << (home[:24, None] + 1) % 3, 0)  # one who moves, or two
    size = np.broadcast_to(np.bincount(home, minlength=3) * 1.05, (100, 6, 3))
    moves = []
    for error in (0.0, 0.1):
        links = movement.Linkage(shared=1e-6, shared_error=error)
        draws = movement.estimate(told, ("A", "B", "C"), size, linkage=links, starts=1).draws
        moves.append((draws[:, :3, :3] * (1 - np.eye(3))).sum(axis=(1, 2)).mean())
    assert moves[1] < 0.9 * moves[0]  # nearly none by the audit, but it may well be a tenth
