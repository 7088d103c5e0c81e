import numpy as np

from warehouse.areas import area_parents
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
    cells = frames.cells(frame, frame.seen, 0, where)
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
    cells = frames.cells(frame, frame.seen, 0, where)
    assert int(cells.number[list(where.codes).index("GM0153"), 0]) == (2**63 - 1 + 5) % 2**63


def test_weekly_states_are_where_most_days_were() -> None:
    frame = small()
    states = frames.weekly_states(frame, np.array([3, 1, 2, 4]), 2)
    assert states.tolist() == [[1, 1], [3, 0]]  # Enschede 5 days against Hengelo 4; never read is nowhere
    assert frames.weekly_states(frame, np.array([3, 1, 2, 4]), 4)[:, :2].tolist() == [[0, 0], [0, 0]]


def test_an_empty_frame_has_no_areas() -> None:
    assert frames.places((), area_parents).codes == ()
    assert frames.versions_by_day(np.zeros(0, dtype=int), np.zeros(0, dtype=int), 0, 3).shape == (0, 3)
