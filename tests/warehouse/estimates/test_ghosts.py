import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma

from warehouse.estimates import ghosts
from warehouse.estimates.errors import WrongModel

AUDIT = ghosts.Audit(mean_days=4.0, standard_error_days=0.3, advertisements=60)


def draw(**told: object) -> np.ndarray:
    return ghosts.lags(np.random.default_rng(1), 40_000, **told)


def test_the_prior_is_half_a_day_to_six() -> None:
    lags = draw()
    assert lags.mean() == pytest.approx(2.5, abs=0.03)
    at = gamma.ppf([0.025, 0.5, 0.975], 3, scale=2.5 / 3)
    assert np.quantile(lags, [0.025, 0.5, 0.975]) == pytest.approx(at, rel=0.03)
    assert at == pytest.approx([0.5, 2.2, 6.0], abs=0.05)


def test_an_audit_narrows_the_prior_and_a_small_one_less() -> None:
    small = ghosts.Audit(4.0, 1.5, 4)
    assert draw(audit=AUDIT).mean() == pytest.approx(4.0, abs=0.1)
    assert draw(audit=AUDIT).std() == pytest.approx(0.3, rel=0.06)
    assert 2.5 < draw(audit=small).mean() < 3.6
    assert draw(audit=AUDIT).std() < draw(audit=small).std() < draw().std()


@given(st.floats(1, 60), st.booleans())
def test_no_lag_is_longer_than_the_expiry_rule_allows(expiry: float, audited: bool) -> None:
    told = {"audit": AUDIT} if audited else {}
    lags = ghosts.lags(np.random.default_rng(2), 200, expiry_days=expiry, **told)
    assert (lags > 0).all()
    assert (lags <= expiry + 1e-9).all()


@pytest.mark.parametrize(("error", "number"), [(0.0, 60), (0.4, 1)])
def test_an_audit_without_spread_is_refused(error: float, number: int) -> None:
    with pytest.raises(WrongModel, match="audit"):
        draw(audit=ghosts.Audit(3.0, error, number))


def test_three_days_at_96_percent_are_twelve_percent() -> None:
    assert float(1 / ghosts.factor(0.96, 3.0, 1)) == pytest.approx(1.12, abs=1e-12)


@pytest.mark.parametrize("days", [1, 7, 28])
def test_ghosts_are_taken_out_of_a_day_a_week_and_a_block(days: int) -> None:
    rng = np.random.default_rng(4)
    phi, first = 0.95, 300
    start = rng.integers(0, 400, 200_000)
    end = start + rng.geometric(1 - phi, len(start))
    lag = rng.poisson(3.0, len(start))
    active = ((start <= first + days - 1) & (end > first)).sum()
    shown = ((start <= first + days - 1) & (end + lag > first)).sum()
    assert float(ghosts.factor(phi, 3.0, days)) == pytest.approx(active / shown, abs=0.005)


@given(st.floats(0.5, 0.99), st.floats(0, 10))
def test_persistence_of_the_active_follows_from_what_is_seen_to_leave(phi: float, lag: float) -> None:
    seen_leaving = (1 - phi) / (1 + lag * (1 - phi))  # as many leave, of a stock that ghosts have swollen
    assert float(ghosts.active_persistence(seen_leaving, lag)) == pytest.approx(phi, abs=1e-9)


def test_a_lag_longer_than_what_is_seen_lives_leaves_nothing_active() -> None:
    assert float(ghosts.active_persistence(0.3, 4.0)) == 0.0


def test_the_same_seed_gives_the_same_lags() -> None:
    assert (draw(audit=AUDIT, expiry_days=10.0) == draw(audit=AUDIT, expiry_days=10.0)).all()
