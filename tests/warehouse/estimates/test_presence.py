import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.estimates import frame as frames
from warehouse.estimates import presence
from warehouse.estimates.presence import Crawls, known_share, seen_share


def test_what_is_known_fades_while_a_source_is_down() -> None:
    shares = known_share(np.array([0.9]), np.array([[1.0, 0.0, 0.0, 0.5]]))
    assert shares[0] == pytest.approx([1, 0.9, 0.81, 0.5 + 0.5 * 0.9 * 0.81])


def test_one_whole_crawl_shows_most_of_a_week_and_none_shows_nothing() -> None:
    stay = np.array([0.96])
    week = np.zeros((1, 7))
    assert seen_share(stay, week, 7)[0] == 0
    assert seen_share(stay, np.ones((1, 7)), 7)[0] == 1
    for day in range(7):
        week[:] = 0
        week[0, day] = 1
        # Live on that day, of all who are live at some time of the week.
        assert seen_share(stay, week, 7)[0] == pytest.approx(1 / (1 + 6 * 0.04))
    assert seen_share(stay, np.ones((1, 2)), 7)[0] < 1  # five days lie before the window


@given(st.integers(0, 2**32), st.floats(0.5, 1), st.integers(2, 28))
def test_the_share_seen_lies_between_none_and_all_and_grows_with_every_crawl(seed: int, stay: float, days: int) -> None:
    q = np.random.default_rng(seed).random((1, days))
    share = seen_share(np.array([stay]), q, days)[0]
    assert 0 <= share <= 1
    more = q.copy()
    more[0, days // 2] = 1
    assert seen_share(np.array([stay]), more, days)[0] >= share - 1e-9


def test_seen_share_is_what_a_simulation_counts() -> None:
    rng = np.random.default_rng(4)
    start = rng.integers(-200, 7, 400_000)
    end = start + rng.geometric(0.1, len(start))  # stays with .9
    q = np.array([0.0, 1.0, 0.3, 0.0, 0.0, 0.6, 0.0])
    day = np.arange(7)
    live = (day >= start[:, None]) & (day < end[:, None])
    seen = (live & (rng.random(live.shape) < q)).any(axis=1)
    expected = seen.sum() / live.any(axis=1).sum()
    assert seen_share(np.array([0.9]), q[None], 7)[0] == pytest.approx(expected, abs=0.01)


def window(q: np.ndarray) -> tuple[frames.Frame, Crawls]:
    """Two sources, the second a tenth as large, every listing live throughout; seen where crawled."""
    many = (100, 10)
    seen = np.vstack([np.tile(q[i] > 0, (n, 1)) for i, n in enumerate(many)])
    total = sum(many)
    frame = frames.Frame(
        seen=seen,
        group=np.repeat([0, 1], many),
        source=np.repeat([0, 1], many),
        identity=np.arange(total),
        record_number=np.arange(total, dtype=np.uint64),
        version=np.tile(np.arange(total)[:, None], (1, q.shape[1])),
        area=np.zeros(total, dtype=np.int64),
        setting=np.zeros(total, dtype=np.int64),
        setting_probability=np.ones(total),
        language=np.zeros(total, dtype=np.int64),
        language_probability=np.ones(total),
        content=np.arange(total),
        groups=("a", "b"),
        sources=("one", "two"),
        area_codes=("GM0153",),
        languages=("nl",),
    )
    return frame, Crawls(("one", "two"), ("a", "b"), q)


def test_quality_weighs_sources_by_what_is_live_on_them() -> None:
    q = np.ones((2, 14))
    q[1, 7:] = 0.0
    told = presence.of(*window(q))
    assert told.weight == pytest.approx([10 / 11, 1 / 11], abs=0.02)
    week = told.quality(7, 13, 7)
    assert week.completeness == pytest.approx(told.weight[0])
    assert week.known == pytest.approx(told.weight[0])  # of the other nothing was seen in that week
    assert told.quality(13, 13, 1).known == pytest.approx(told.weight[0])  # unseen for a week is not known


def test_a_source_that_came_later_does_not_count_before_it_came() -> None:
    q = np.ones((2, 14))
    q[1, :10] = np.nan
    told = presence.of(*window(np.nan_to_num(q, nan=0.0) * 1.0 + np.where(np.isnan(q), np.nan, 0.0)))
    assert told.quality(0, 6, 7).completeness == 1
    assert told.live[1] is not None
    assert np.isnan(told.live[1].mean[:10]).all()
    assert told.live[1].mean[10:] == pytest.approx([10] * 4, abs=1)
