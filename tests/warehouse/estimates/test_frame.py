from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from warehouse.areas import area_parents
from warehouse.estimates import counting
from warehouse.estimates import frame as frames
from warehouse.records import SETTINGS

HOME, ESCORT, UNKNOWN = (SETTINGS.index(name) for name in ("home", "escort", "unknown"))


def small() -> frames.Frame:
    """Two identities: the first on both groups in Enschede, then in Hengelo; the second abroad and in Amsterdam."""
    codes = ("DE", "GM0153", "GM0164", "GM0363")
    seen = np.zeros((4, 14), dtype=bool)
    seen[0, 0:9] = True
    seen[1, 0:14] = True
    seen[2, 3:6] = True
    seen[3, 12:14] = True
    return frames.Frame(
        seen=seen,
        group=np.array([0, 1, 0, 1]),
        source=np.array([0, 1, 0, 1]),
        identity=np.array([0, 0, 1, 1]),
        record_number=np.array([2**63 - 1, 5], dtype=np.uint64),
        version=frames.versions_by_day(np.array([0, 1, 1, 2]), np.array([-3, 0, 10, 3]), 4, 14),
        area=np.array([1, 1, 2, 0]),
        setting=np.array([HOME, UNKNOWN, ESCORT, UNKNOWN]),
        setting_probability=np.array([0.9, 0.99, 0.7, 0.5]),
        language=np.array([0, 0, 0, -1]),
        language_probability=np.ones(4),
        content=np.arange(4),
        groups=("alfa", "beta"),
        sources=("een", "twee"),
        area_codes=codes,
        languages=("nl",),
    )


def test_versions_hold_from_their_day_and_the_first_before_it() -> None:
    version = small().version
    assert version[0].tolist() == [0] * 14
    assert version[1].tolist() == [1] * 10 + [2] * 4
    assert version[2].tolist() == [3] * 14
    assert version[3].tolist() == [-1] * 14  # never read


def test_cells_count_identities_by_area_group_and_setting() -> None:
    frame = small()
    where = frames.places(frame.area_codes, area_parents)
    cells = counting.cells(frame, frame.seen, 0, where)
    at = {code: i for i, code in enumerate(where.codes)}
    assert cells.counts[at["GM0153"], 0].tolist() == [0, 0, 0, 1]
    assert cells.counts[at["GM0164"], 0].tolist() == [0, 0, 1, 0]
    assert cells.counts[at["CR12"], 0].tolist() == [0, 0, 0, 1]  # in two municipalities, once in the region
    assert cells.counts[at["NL"], 1].tolist() == [0, 0, 0, 1]  # home outweighs escort; unknown weighs nothing
    assert cells.counts[at["NL"], 3].sum() == 0
    assert "DE" not in at
    assert cells.counts[at["GM0363"], 0].sum() == 0
    assert cells.largest[at["GM0153"], 0] == 1
    assert cells.number[at["NL"], 0] == 2**63 - 1


def test_record_numbers_add_up_modulo_two_to_the_63() -> None:
    frame = small()
    frame.area[3] = 1
    where = frames.places(frame.area_codes, area_parents)
    cells = counting.cells(frame, frame.seen, 0, where)
    assert int(cells.number[list(where.codes).index("GM0153"), 0]) == (2**63 - 1 + 5) % 2**63


def test_weeks_name_all_states_and_the_place_of_most_days() -> None:
    frame = small()
    masks, most = frames.weekly_places(frame, np.array([3, 1, 2, 4]), 2)
    assert masks.tolist() == [[0b1, 0b11], [0b100, 0]]  # never read is nowhere
    assert most.tolist() == [[1, 1], [0, -1]]  # Enschede 5 days against Hengelo 4


def test_among_equals_it_is_where_it_was_before() -> None:
    frame = small()
    frame.seen[1, 13] = frame.seen[0, 8] = frame.seen[0, 7] = False  # second week: Enschede 3 days, Hengelo 3
    assert frames.weekly_places(frame, np.array([3, 1, 2, 4]), 2)[1][0].tolist() == [1, 1]
    frame.seen[:2, :7] = False  # nothing before: the first
    assert frames.weekly_places(frame, np.array([3, 1, 2, 4]), 2)[1][0].tolist() == [-1, 1]


def test_an_empty_frame_has_no_areas() -> None:
    assert frames.places((), area_parents).codes == ()
    assert frames.versions_by_day(np.zeros(0, dtype=int), np.zeros(0, dtype=int), 0, 3).shape == (0, 3)


@st.composite
def frames_of_chance(draw: st.DrawFn) -> frames.Frame:
    """Listings with some versions each, seen on days of chance."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    listings, days = draw(st.integers(1, 12)), draw(st.integers(1, 130))
    held = np.sort(rng.integers(0, listings, draw(st.integers(0, 20))))
    size = len(held)
    return replace(
        small(),
        seen=rng.random((listings, days)) < 0.4,
        group=rng.integers(0, 2, listings),
        source=rng.integers(0, 2, listings),
        identity=rng.integers(0, 4, listings),
        record_number=np.arange(4, dtype=np.uint64),
        version=frames.versions_by_day(held, rng.integers(-5, days, size), listings, days),
        area=rng.integers(-1, 4, size),
        setting=rng.integers(0, len(SETTINGS), size),
        setting_probability=rng.random(size),
    )


@given(frames_of_chance(), st.integers(0, 39))
def test_versions_that_held_are_those_of_each_day(frame: frames.Frame, first: int) -> None:
    days = min(frame.seen.shape[1], 64)
    frame = replace(frame, seen=frame.seen[:, :days], version=frame.version[:, :days])
    first = min(first, days - 1)
    listing, version, bits = frames.held_versions(frame, frame.seen[:, first:], first)
    found = {
        (who, what, first + day)
        for who, what, days_held in zip(listing.tolist(), version.tolist(), bits.tolist(), strict=True)
        for day in range(days - first)
        if days_held >> day & 1
    }
    where = np.argwhere(frame.seen)
    one_by_one = {
        (int(i), int(frame.version[i, t]), int(t)) for i, t in where if t >= first and frame.version[i, t] >= 0
    }
    assert found == one_by_one


@given(frames_of_chance())
def test_days_of_an_identity_in_an_area_are_those_of_its_listings(frame: frames.Frame) -> None:
    above = frames.places(frame.area_codes, area_parents).above[:, 1]
    who, area, seen = frames.days_seen(frame, above)
    found = {(int(i), int(a)): set(np.flatnonzero(row).tolist()) for i, a, row in zip(who, area, seen, strict=True)}
    by_pair: dict[tuple[int, int], set[int]] = {}
    for i, t in np.argwhere(frame.seen).tolist():
        version = frame.version[i, t]
        place = frame.area[version] if version >= 0 else -1
        if place >= 0 and above[place] >= 0:
            by_pair.setdefault((int(frame.identity[i]), int(above[place])), set()).add(t)
    assert found == by_pair
    assert len(found) == len(who)


def test_cell_numbers_cannot_be_subtracted() -> None:
    numbers = [counting.sealed(total) for total in (0, 5, 2**63 - 1)]
    assert len(set(numbers)) == 3
    assert all(0 <= number < 2**63 for number in numbers)
    assert counting.sealed(5) == numbers[1] != 5
    assert counting.sealed(12) - counting.sealed(5) not in {7, counting.sealed(7)}
