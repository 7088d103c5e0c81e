import json
from pathlib import Path

import numpy as np
import pytest

from warehouse.estimates import kalman


@pytest.fixture(scope="module")
def printed(data: Path) -> dict[str, object]:
    """statsmodels' own filter and smoother on a damped trend with a column, changing error variance and two gaps."""
    return json.loads((data / "kalman.json").read_text())  # type: ignore[no-any-return]


def model_of(printed: dict) -> tuple[np.ndarray, np.ndarray, kalman.Model]:
    y = np.array(printed["y"], dtype=float)
    z = np.stack([np.ones(len(y)), np.zeros(len(y)), printed["column"]], axis=1)
    move = np.array([[1, 1, 0], [0, printed["damping"], 0], [0, 0, 1]])
    noise = np.broadcast_to(np.array(printed["noise"]), (len(y), 3))
    model = kalman.Model(z, move, noise, np.array(printed["mean"]), np.array(printed["variance"]))
    return y, np.array(printed["error"]), model


def test_filter_and_smoother_give_what_statsmodels_gives(printed: dict) -> None:
    y, error, model = model_of(printed)
    done = kalman.run(y, error, model)
    states, covariances = kalman.smooth(model, done)
    assert done.log_likelihood[-1] == pytest.approx(printed["log_likelihood"], abs=1e-10)
    assert done.state[:, 0] == pytest.approx(printed["filtered_level"], abs=1e-10)
    assert done.covariance[:, 0, 0] == pytest.approx(printed["filtered_level_variance"], abs=1e-10)
    assert states[:, 0] == pytest.approx(printed["smoothed_level"], abs=1e-10)
    assert covariances[:, 0, 0] == pytest.approx(printed["smoothed_level_variance"], abs=1e-10)
    assert states[-1, 2] == pytest.approx(printed["smoothed_column"], abs=1e-10)


def test_a_step_is_what_least_squares_makes_of_a_step_of_unknown_size(printed: dict) -> None:
    y, error, model = model_of(printed)
    done = kalman.run(y, error, model)
    for t in (4, 9, 19):
        # All states up to t as one linear map of independent variables: the first states, and each period's noise.
        size, count = 3, t + 1
        maps = np.zeros((count, size, size * count))
        maps[0][:, :size] = np.eye(size)
        for s in range(1, count):
            maps[s] = model.transition @ maps[s - 1]
            maps[s][:, size * s : size * (s + 1)] = np.eye(size)
        variance = np.concatenate([model.variance, model.noise[1:count].ravel()])
        variance[size * t] += 1e6  # of the step of the level
        mean = np.concatenate([model.mean, np.zeros(size * t)])
        there = np.flatnonzero(~np.isnan(y[:count]))
        seen = np.einsum("ti,tij->tj", model.z[there], maps[there])
        step = maps[t][0] - maps[t - 1][0]
        joint = seen * variance @ seen.T + np.diag(error[there])
        gain = np.linalg.solve(joint, seen * variance @ step)
        assert done.step[t] == pytest.approx(step @ mean + gain @ (y[there] - seen @ mean), abs=1e-5)
        assert done.step_variance[t] == pytest.approx(
            step * variance @ step - gain @ (seen * variance @ step), abs=1e-5
        )


def test_many_series_at_once_are_each_as_alone(printed: dict) -> None:
    y, error, model = model_of(printed)
    both = kalman.run(np.stack([y, y[::-1]]), np.stack([error, error[::-1]]), model)
    for row, (one, its) in enumerate(((y, error), (y[::-1], error[::-1]))):
        alone = kalman.run(one, its, model)
        assert both.state[row] == pytest.approx(alone.state, abs=1e-14)
        assert kalman.smooth(model, both)[0][row] == pytest.approx(kalman.smooth(model, alone)[0], abs=1e-13)
