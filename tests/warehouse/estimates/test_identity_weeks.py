"""The bound on what one identity contributes: leaving one out changes each table by at most one, in one cell."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.areas import area_parents
from warehouse.estimates import counting, identity_weeks
from warehouse.estimates import frame as frames
from warehouse.estimates.frame import Frame
from warehouse.protection.open_mechanism import shapes
from warehouse.records import SETTINGS

# Two of one region, one of another region of its province, one elsewhere, and abroad.
CODES = ("DE", "GM0153", "GM0164", "GM0193", "GM0363")
TOWNS = CODES[1:]


@st.composite
def weeks(draw: st.DrawFn) -> Frame:
    """Draw up to eight listings of up to four identities that move about within ten days, the week being the last seven."""
    n = draw(st.integers(1, 8))
    identity = np.unique(draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), return_inverse=True)[1]
    seen = np.array(draw(st.lists(st.lists(st.booleans(), min_size=10, max_size=10), min_size=n, max_size=n)))
    versions = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    listing = np.repeat(np.arange(n), versions)
    v = len(listing)
    day = np.array(draw(st.lists(st.integers(-5, 9), min_size=v, max_size=v)), dtype=np.int64)
    order = np.lexsort((day, listing))
    return Frame(
        seen=seen,
        group=np.zeros(n, np.int64),
        source=np.zeros(n, np.int64),
        identity=identity,
        record_number=np.arange(identity.max() + 1, dtype=np.uint64),
        version=frames.versions_by_day(listing, day[order], n, 10),
        area=np.array(draw(st.lists(st.integers(-1, len(CODES) - 1), min_size=v, max_size=v)), dtype=np.int64),
        setting=np.array(draw(st.lists(st.integers(0, len(SETTINGS) - 1), min_size=v, max_size=v)), dtype=np.int64),
        setting_probability=np.array(draw(st.lists(st.sampled_from((0.5, 0.7, 0.9)), min_size=v, max_size=v))),
        language=np.full(v, -1),
        language_probability=np.ones(v),
        content=np.arange(v),
        groups=("one",),
        sources=("one",),
        area_codes=CODES,
        languages=(),
    )


def without(frame: Frame, identity: int) -> Frame:
    """Leave all listings of an identity out; the others get other numbers, as in a world in which it never was."""
    kept = frame.identity != identity
    numbers = frame.identity[kept]
    return replace(
        frame,
        seen=frame.seen[kept],
        group=frame.group[kept],
        source=frame.source[kept],
        identity=numbers - (numbers > identity),
        record_number=np.delete(frame.record_number, identity),
        version=frame.version[kept],
    )


def table(frame: Frame) -> np.ndarray:
    where = frames.places(frame.area_codes, area_parents)
    return identity_weeks.counts(frame, frame.seen[:, 3:], 3, where, TOWNS)


@given(frame=weeks(), data=st.data())
def test_one_identity_is_one_in_one_cell_of_each_table(frame: Frame, data: st.DataObject) -> None:
    left_out = data.draw(st.integers(0, len(frame.record_number) - 1))
    with_it, without_it = table(frame), table(without(frame, left_out))
    for shape in shapes(TOWNS):
        change = shape.of(with_it) - shape.of(without_it)
        assert np.abs(change).sum() <= 1
        assert change.min(initial=0) == 0


@given(frame=weeks())
def test_everybody_with_a_dutch_place_in_the_week_counts_once(frame: Frame) -> None:
    """The sum is the number of identities that the ordinary count finds in the country."""
    where = frames.places(frame.area_codes, area_parents)
    country = counting.cells(frame, frame.seen[:, 3:], 3, where).held[where.codes.index("NL"), 0]
    assert table(frame).sum() == country


@given(frame=weeks(), data=st.data())
def test_other_weeks_and_the_order_of_rows_do_not_matter(frame: Frame, data: st.DataObject) -> None:
    before = table(frame)
    seen = frame.seen.copy()
    seen[:, :3] = data.draw(st.booleans())
    order = np.array(data.draw(st.permutations(range(len(seen)))))
    shuffled = replace(frame, seen=seen[order], identity=frame.identity[order], version=frame.version[order])
    assert (table(shuffled) == before).all()


@pytest.mark.parametrize(
    ("days", "town"),
    [
        ({"GM0153": 3, "GM0164": 4}, "GM0164"),
        ({"GM0153": 2, "GM0164": 2, "DE": 7}, "GM0153"),  # among equals the first by code; abroad is no municipality
        ({"DE": 7}, None),
    ],
)
def test_where_an_identity_counts(days: dict[str, int], town: str | None) -> None:
    n = len(days)
    seen = np.zeros((n, 10), dtype=bool)
    for row, count in enumerate(days.values()):
        seen[row, 3 : 3 + count] = True
    escort, unknown = SETTINGS.index("escort"), SETTINGS.index("unknown")
    frame = Frame(
        seen=seen,
        group=np.zeros(n, np.int64),
        source=np.zeros(n, np.int64),
        identity=np.zeros(n, np.int64),
        record_number=np.zeros(1, np.uint64),
        version=np.repeat(np.arange(n)[:, None], 10, axis=1),
        area=np.array([CODES.index(code) for code in days]),
        setting=np.array([unknown] * (n - 1) + [escort]),
        setting_probability=np.full(n, 0.5),
        language=np.full(n, -1),
        language_probability=np.ones(n),
        content=np.arange(n),
        groups=("one",),
        sources=("one",),
        area_codes=CODES,
        languages=(),
    )
    found = np.argwhere(table(frame))
    expected = [] if town is None else [[TOWNS.index(town), identity_weeks.CLASSES.index("escort")]]
    assert found.tolist() == expected
