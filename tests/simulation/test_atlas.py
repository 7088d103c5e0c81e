import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulation.atlas import balanced


@given(arrays(float, 12, elements=st.floats(1.0, 9.0)), arrays(float, (12, 2), elements=st.floats(0, 100), unique=True))
def test_flows_balance_and_add_up(size: np.ndarray, where: np.ndarray) -> None:
    away = np.hypot(*(where[:, None, :] - where[None, :, :]).transpose(2, 0, 1))
    kernel = (away + 8.0) ** -1.2
    np.fill_diagonal(kernel, 0.0)
    flows = balanced(kernel, size)
    np.testing.assert_allclose(flows, flows.T)
    np.testing.assert_allclose(flows.sum(axis=1), size, rtol=1e-3)
