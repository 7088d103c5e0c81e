"""Dippers and geese as printed; then that hidden states, known detection and few data do what they say."""

from pathlib import Path

import numpy as np
import pytest

from warehouse.estimates import multistate
from warehouse.estimates.errors import TooFewRecaptures, WrongModel
from warehouse.estimates.tables import Histories, read_histories

GEESE_PSI = {(0, 1): 0.238, (1, 0): 0.066, (1, 2): 0.079, (2, 1): 0.200}
# Printed posterior means of the moves (Gimenez): the same to within what a prior and a mean instead of a mode change.


@pytest.mark.parametrize(
    ("survival", "neg2lnl"), [(".", 666.8377), ("sex", 666.6762), ("t", 659.7301)], ids=["constant", "sex", "time"]
)
def test_dippers_as_printed(survival: str, neg2lnl: float, data: Path) -> None:
    fit = multistate.fit(read_histories(data / "dipper_7occ.csv"), survival=survival, detection=".")
    assert fit.neg2lnl == pytest.approx(neg2lnl, abs=0.001)
    assert fit.identifiable
    assert fit.agreeing == fit.starts
    if survival == ".":
        assert fit.survival[0, 0, 0] == pytest.approx(0.560243, abs=0.0006)
        assert fit.detection[0, 1, 0] == pytest.approx(0.9025835, abs=0.0006)
        assert fit.standard_errors()[0][0, 0, 0] == pytest.approx(0.0251, abs=0.0005)  # as MARK prints it


def test_geese_at_three_sites(data: Path) -> None:
    fit = multistate.fit(read_histories(data / "canada_geese_subsample500.csv"))
    assert fit.neg2lnl == pytest.approx(1695.967, abs=0.01)
    assert fit.survival[0, 0] == pytest.approx([0.597, 0.699, 0.772], abs=0.002)
    assert fit.detection[0, 1] == pytest.approx([0.516, 0.446, 0.242], abs=0.002)
    for (a, b), printed in GEESE_PSI.items():
        assert fit.transitions[a, b] == pytest.approx(printed, abs=0.002)
    assert fit.parameter_count == 12


def test_geese_at_two_sites(data: Path) -> None:
    geese = read_histories(data / "canada_geese_subsample500.csv")
    two = np.where(geese.states == 3, 0, geese.states)
    fit = multistate.fit(Histories(two, geese.counts, {}))
    assert fit.neg2lnl == pytest.approx(1289.302, abs=0.01)
    assert fit.survival[0, 0] == pytest.approx([0.601, 0.697], abs=0.002)
    assert fit.detection[0, 1] == pytest.approx([0.531, 0.394], abs=0.002)
    assert fit.transitions[0, 1] == pytest.approx(0.259, abs=0.002)
    assert fit.transitions[1, 0] == pytest.approx(0.063, abs=0.002)


def naive_transitions(states: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Count moves between consecutive occasions on which an individual was seen, as row shares (K, K)."""
    k = int(states.max())
    table = np.zeros((k + 1, k + 1))
    for t in range(states.shape[1] - 1):
        np.add.at(table, (states[:, t], states[:, t + 1]), counts)
    return table[1:, 1:] / table[1:, 1:].sum(axis=1, keepdims=True)


def test_naive_counts_fail_where_the_model_passes(data: Path) -> None:
    geese = read_histories(data / "canada_geese_subsample500.csv")
    naive = naive_transitions(geese.states, geese.counts)
    off = [abs(naive[a, b] - printed) for (a, b), printed in GEESE_PSI.items()]
    assert min(off) > 0.002
    assert max(off) > 0.2


def simulated(seed: int, n: int, occasions: int, s: float, psi: np.ndarray, p: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(seed)
    k = len(p)
    y = np.zeros((n, occasions), dtype=np.int64)
    for i in range(n):
        state = int(rng.integers(k))
        for t in range(int(rng.integers(0, occasions - 1)), occasions):
            if rng.random() < p[state]:
                y[i, t] = state + 1
            if rng.random() > s:
                break
            state = int(rng.choice(len(psi), p=psi[state]))
            if state >= k:
                break
    return y


PSI = np.array([[0.8, 0.2], [0.1, 0.9]])


def test_known_detection_gives_back_what_was_put_in() -> None:
    p = np.array([0.9, 0.4])
    fit = multistate.fit(simulated(1, 3000, 6, 0.85, PSI, p), known_detection=p)
    assert fit.parameter_count == 4
    assert fit.survival[0, 0] == pytest.approx([0.85, 0.85], abs=0.04)
    assert fit.transitions[0, 1] == pytest.approx(0.2, abs=0.04)
    assert fit.detection[0, 1].tolist() == p.tolist()


def test_a_bad_week_is_an_offset_and_not_an_exit() -> None:
    p = np.array([0.9, 0.7])
    y = simulated(2, 3000, 6, 0.9, PSI, p)
    rng = np.random.default_rng(0)
    y[rng.random(len(y)) < 0.6, 3] = 0
    completeness = np.ones((6, 2))
    completeness[3] = 0.4
    fit = multistate.fit(y, detection_offset=completeness)
    assert fit.detection[0, 1] == pytest.approx(p, abs=0.05)
    assert fit.survival[0, 0] == pytest.approx([0.9, 0.9], abs=0.04)


def test_a_hidden_state_takes_those_who_pause() -> None:
    rng = np.random.default_rng(3)
    y = np.zeros((4000, 8), dtype=np.int64)
    for row in y:
        state = 0
        for t in range(8):
            row[t] = int(state == 0 and rng.random() < 0.95)
            if rng.random() > 0.95:
                break
            state = int(rng.random() < (0.15 if state == 0 else 0.5))
    fit = multistate.fit(y, survival=".", hidden=1)
    assert fit.transitions.shape == (2, 2)
    assert fit.transitions[0, 1] == pytest.approx(0.15, abs=0.04)
    assert fit.transitions[1, 0] == pytest.approx(0.5, abs=0.1)
    assert fit.detection[0, 1, 1] == 0


def test_intervals_hold_the_truth() -> None:
    p, inside = np.array([0.8, 0.5]), []
    for seed in range(20):
        fit = multistate.fit(simulated(seed, 300, 5, 0.85, PSI, p), prior=multistate.Prior(), starts=1)
        _, moves, _ = fit.draws(np.random.default_rng(seed), 1000)
        low, high = np.quantile(moves, (0.025, 0.975), axis=0)
        inside += [low[0, 1] <= PSI[0, 1] <= high[0, 1], low[1, 0] <= PSI[1, 0] <= high[1, 0]]
    assert np.mean(inside) >= 0.85


def test_few_data_with_priors_give_wide_intervals_and_not_a_boundary() -> None:
    y = np.array([[1, 1, 0, 1], [2, 2, 2, 0], [1, 2, 2, 2]])
    fit = multistate.fit(y, prior=multistate.Prior(), starts=1)
    _, moves, _ = fit.draws(np.random.default_rng(1), 2000)
    assert fit.identifiable
    assert np.isfinite(moves).all()
    assert np.quantile(moves[:, 0, 1], 0.975) - np.quantile(moves[:, 0, 1], 0.025) > 0.3


def test_what_cannot_be_told_is_said() -> None:
    with pytest.raises(TooFewRecaptures):
        multistate.fit(np.array([[0, 1, 0], [2, 0, 0]]))
    with pytest.raises(WrongModel):
        multistate.fit(np.array([[1, 1, 0], [1, 0, 1]]), survival="colour")
    flat = multistate.fit(np.array([[1, 1], [1, 0], [1, 1]]))
    assert not flat.identifiable  # one interval: survival and detection are told as a product only
