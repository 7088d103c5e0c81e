"""Drawn paths against what is known exactly, and completed ones against a world whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.estimates import paths
from warehouse.estimates.forward import Chances, Observed, backward, forward

K, T = 3, 12
MOVES = np.array([[0.9, 0.07, 0.03], [0.05, 0.9, 0.05], [0.1, 0.1, 0.8]])
SURVIVAL, DETECTION = 0.93, np.array([0.9, 0.6, 0.75])
NAMING = np.vstack([np.zeros(K), np.eye(K)])


def some_chances(survival: float = SURVIVAL) -> Chances:
    return Chances(np.full((T - 1, K), survival), MOVES, np.broadcast_to(DETECTION, (T, K)))


def world(seed: int, people: int, lost: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """True states (P, T), -1 away, of those ever there; and sightings by identity (I, T), 0 not seen."""
    rng = np.random.default_rng(seed)
    state = np.full((people, T), -1)
    now = rng.integers(0, K, people)
    born = np.where(rng.random(people) < 0.5, 0, rng.integers(1, T, people))
    alive = np.ones(people, dtype=bool)
    for t in range(T):
        here = alive & (t >= born)
        state[here, t] = now[here]
        alive &= ~(here & (rng.random(people) > SURVIVAL))
        upto = MOVES[now].cumsum(axis=1)
        now = np.where(here, (upto < rng.random((people, 1))).sum(axis=1), now)
    seen = (state >= 0) & (rng.random(state.shape) < DETECTION[np.maximum(state, 0)])
    part = np.column_stack([np.zeros(people, int), (rng.random((people, T - 1)) < lost).cumsum(axis=1)])
    rows = [np.where(seen & (part == piece), state + 1, 0) for piece in range(int(part.max()) + 1)]
    every = np.concatenate(rows)
    return state, every[(every > 0).any(axis=1)]


def drawn(seen: np.ndarray, chances: Chances, rng: np.random.Generator) -> tuple[paths.Paths, Observed]:
    first = (seen > 0).argmax(axis=1)
    seen = seen[np.argsort(first, kind="stable")]
    observed = Observed.of(seen, np.ones(len(seen)), NAMING, np.zeros(len(seen), dtype=np.int64))
    rows = np.arange(len(seen))
    return paths.draw(
        observed, rows, [(chances, forward(observed, chances))], np.zeros((1, len(seen))), np.zeros(len(seen)), rng
    ), observed


@given(st.integers(0, 2**32))
@settings(max_examples=15)
def test_paths_pass_through_all_sightings_and_never_come_back(seed: int) -> None:
    _, seen = world(seed % 1000, 60)
    told, observed = drawn(seen, some_chances(), np.random.default_rng(seed))
    there = observed.events > 0
    assert (told.state[there] == observed.events[there] - 1).all()
    assert (told.state[np.arange(T) < observed.first[:, None]] == paths.ABSENT).all()
    gone = (told.state < 0) & (np.arange(T) > observed.first[:, None])
    assert (gone[:, :-1] <= gone[:, 1:])[np.arange(T - 1) >= observed.first[:, None]].all()


def test_paths_are_drawn_as_often_as_they_are_likely() -> None:
    seen = np.array([[1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    chances = some_chances()
    observed = Observed.of(seen, np.ones(1), NAMING, np.zeros(1, dtype=np.int64))
    filtered = forward(observed, chances)
    expected = backward(observed, chances, filtered, observed.counts)
    told = paths.draw(
        observed,
        np.zeros(20_000, dtype=np.int64),
        [(chances, filtered)],
        np.zeros((1, 1)),
        np.zeros(20_000),
        np.random.default_rng(1),
    )
    share = np.array([[(told.state[:, t] == a).mean() for a in range(K)] for t in range(T)])
    assert share[1:] == pytest.approx(expected.seen[1:] + expected.unseen[1:], abs=0.015)


def test_who_was_there_before_the_first_sighting_is_added() -> None:
    true, found, unextended = [], [], []
    for seed in range(5):
        state, seen = world(seed, 2000)
        rng = np.random.default_rng(seed)
        told, _ = drawn(seen, some_chances(), rng)
        entries = [
            (each.entry() > 0).sum()
            for each in (told, paths.extend(told, SURVIVAL * MOVES, np.broadcast_to(DETECTION, (T, K)), rng))
        ]
        here = (state >= 0).any(axis=1)
        true.append(((state[here] >= 0).argmax(axis=1) > 0).sum())
        unextended.append(entries[0])
        found.append(entries[1])
    # Some who came are never seen at all (they are in the volume), so that entries stay under the truth by as much.
    assert np.mean(found) == pytest.approx(np.mean(true), rel=0.06)
    assert np.mean(unextended) > 1.1 * np.mean(true)


def test_weeks_after_an_unseen_one_follow_from_it() -> None:
    _, seen = world(3, 300)
    rng = np.random.default_rng(3)
    told, observed = drawn(seen, some_chances(), rng)
    longer = paths.extend(told, SURVIVAL * MOVES, np.broadcast_to(DETECTION, (T, K)), rng)
    after = np.arange(T) >= observed.first[:, None]
    assert (longer.state[after] == told.state[after]).all()
    present = longer.state >= 0
    assert (present.argmax(axis=1) <= observed.first).all()
    holes = present[:, 1:] < present[:, :-1]
    assert (holes.sum(axis=1) <= 1).all()


def test_lost_links_are_found_again_in_number() -> None:
    lost = 0.08
    exits, apart, together, arrivals = [], [], [], []
    for seed in range(5):
        state, seen = world(seed, 1500, lost)
        rng = np.random.default_rng(seed)
        chances = some_chances(SURVIVAL * (1 - lost))
        told, observed = drawn(seen, chances, rng)
        told = paths.extend(told, SURVIVAL * (1 - lost) * MOVES, np.broadcast_to(DETECTION, (T, K)), rng)
        at = observed.events - 1
        seen_in = tuple(np.array([row[row >= 0][which] for row in at]) for which in (0, -1))
        joined = paths.rejoin(told, [chances], seen_in, lost, rng)
        exits.append(((state[:, :-1] >= 0) & (state[:, 1:] < 0)).sum())
        apart.append(((told.state[:, :-1] >= 0) & (told.state[:, 1:] < 0)).sum())
        ended = (joined.state[:, :-1] >= 0) & (joined.state[:, 1:] < 0)
        together.append((ended & ~joined.is_lost[:, None]).sum())
        begun = (joined.state[:, :-1] < 0) & (joined.state[:, 1:] >= 0)
        arrivals.append(
            ((begun & ~joined.is_continued[:, None]).sum(), ((state[:, :-1] < 0) & (state[:, 1:] >= 0)).sum())
        )
        assert len(joined.state) < len(told.state)
        assert len(np.unique(joined.weeks_of)) == len(told.state)  # no sighting of anybody is dropped
    assert np.mean(apart) > 1.5 * np.mean(exits)
    assert np.mean(together) == pytest.approx(np.mean(exits), rel=0.1)
    found, true = np.array(arrivals).mean(axis=0)
    assert found == pytest.approx(true, rel=0.1)


def test_without_lost_links_nothing_is_joined() -> None:
    _, seen = world(1, 100)
    told, _ = drawn(seen, some_chances(), np.random.default_rng(1))
    nowhere = np.zeros(len(seen), dtype=np.int64)
    assert paths.rejoin(told, [some_chances()], (nowhere, nowhere), 0.0, np.random.default_rng(1)) is told
