from pathlib import Path

import numpy as np
import pytest

from warehouse.estimates import commands
from warehouse.estimates.errors import NoModelHolds, TableError, TooFewSourceGroups, WrongModel
from warehouse.estimates.histories import movement


def test_volume_by_each_model(data: Path) -> None:
    diabetes = data / "diabetes_italy_4lists.csv"
    ensemble = commands.volume(diabetes)
    assert ensemble.lower < ensemble.point < ensemble.upper
    single = commands.volume(
        diabetes, model="loglinear", terms=(("c1", "c3"), ("c2", "c4"), ("c3", "c4")), heterogeneity="darroch"
    )
    assert single.point == pytest.approx(2752, abs=0.6)
    assert single.models[0].se == pytest.approx(133, abs=0.6)
    assert single.lower > single.observed
    assert commands.volume(diabetes, model="chao").floor > 2069
    chapman = commands.volume(data / "seber_1982_p107_2lists.csv", model="chapman")
    assert chapman.point == pytest.approx(2382.8, abs=0.06)
    assert chapman.floor <= chapman.point


def test_a_log_linear_model_has_its_profile_and_all_have_others_beside(data: Path) -> None:
    hare = commands.volume(data / "snowshoe_hare_6occ.csv", model="loglinear", heterogeneity="poisson", seed=4)
    assert hare.profile is not None
    assert (hare.profile.n, hare.profile.lower, hare.profile.upper) == pytest.approx((80.1, 71.8, 93.8), abs=0.06)
    assert hare.seed == 4
    counts = commands.volume(data / "nl_illegal_immigrants_counts.csv", model="loglinear", heterogeneity="chao")
    assert counts.profile is not None
    assert counts.profile.upper == pytest.approx(10704, abs=0.06)
    ensemble = commands.volume(data / "diabetes_italy_4lists.csv")
    assert ensemble.profile is None
    for volume in (hare, counts, ensemble):
        assert {row.name for row in volume.beside} >= {"chao", "zelterman", "good_turing", "best_aic", "best_bic"}


def test_an_empty_list_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b,c,count\n1,0,0,30\n0,1,0,20\n1,1,0,9\n0,0,1,0\n")
    for model in ("ensemble", "loglinear", "chao", "chapman"):
        assert commands.volume(path, model=model).lists == ("a", "b")
    path.write_text("a,b,count\n1,0,30\n")
    for model in ("ensemble", "loglinear", "chao", "chapman"):
        with pytest.raises(TooFewSourceGroups):
            commands.volume(path, model=model)


def test_volume_from_times_seen(data: Path) -> None:
    path = data / "nl_illegal_immigrants_counts.csv"
    bound = commands.volume(path, model="chao")
    assert bound.point == pytest.approx(9273.5, abs=0.06)
    assert bound.models[0].se == pytest.approx(662.6, abs=0.06)
    darroch = commands.volume(path, model="loglinear", heterogeneity="darroch")
    assert darroch.point == pytest.approx(15562.1, abs=0.06)
    with pytest.raises(WrongModel, match="chao or loglinear"):
        commands.volume(path)


def test_volume_refuses_by_name(data: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongModel, match="two lists"):
        commands.volume(data / "diabetes_italy_4lists.csv", model="chapman")
    with pytest.raises(WrongModel, match="loglinear"):
        commands.volume(data / "diabetes_italy_4lists.csv", heterogeneity="chao")
    with pytest.raises(NoModelHolds):
        commands.volume(data / "artificial_3lists_nonexistence.csv", model="loglinear", terms=(("A", "B"),))
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b,count\n1,2,3\n")
    with pytest.raises(TableError, match=r"bad\.csv, line 2"):
        commands.volume(bad)


def test_movement_names_each_parameter(data: Path) -> None:
    geese = movement(data / "canada_geese_subsample500.csv")
    by_name = {p.name: p for p in geese.parameters}
    assert len(by_name) == 12
    assert by_name["move 1 to 2"].estimate == pytest.approx(0.238, abs=0.002)
    assert all(0 <= p.lower <= p.estimate <= p.upper <= 1 for p in geese.parameters)
    assert geese.neg2lnl == pytest.approx(1695.967, abs=0.01)
    assert geese.individuals == 500
    dipper = movement(data / "dipper_7occ.csv")
    assert [p.name for p in dipper.parameters] == ["survival 1", "detection 1"]
    assert dipper.parameters[0].estimate == pytest.approx(0.5602, abs=0.0006)


def histories_file(path: Path, rows: np.ndarray) -> Path:
    header = ",".join(f"t{n}" for n in range(rows.shape[1]))
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows.tolist())]) + "\n")
    return path


def test_where_nobody_stays_a_move_is_at_no_edge(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    state, rows = rng.integers(0, 3, 300), []
    for _ in range(8):
        rows.append(np.where(rng.random(300) < 0.8, state + 1, 0))
        state = (state + rng.integers(1, 3, 300)) % 3  # always to one of the two others, as often to each
    told = {p.name: p for p in movement(histories_file(tmp_path / "nostay.csv", np.array(rows).T)).parameters}
    for name in ("move 1 to 2", "move 1 to 3"):
        assert not told[name].at_edge
        assert told[name].lower < 0.5 < told[name].upper
        assert told[name].upper < 0.7


def test_small_mixtures_are_told_without_an_error(tmp_path: Path) -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        state, mover, rows = rng.integers(0, 2, 120), rng.random(120) < 0.5, []
        for _ in range(6):
            rows.append(np.where(rng.random(120) < 0.75, state + 1, 0))
            state = np.where(rng.random(120) < np.where(mover, 0.95, 0.02), 1 - state, state)
        found = movement(histories_file(tmp_path / f"{seed}.csv", np.array(rows).T))
        assert all(0 <= p.lower <= p.estimate <= p.upper <= 1 for p in (*found.parameters, *found.movers))
        assert all(1 <= stay.lower <= stay.mean <= stay.upper for stay in found.stays)
