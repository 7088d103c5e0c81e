import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.dashboard.map_geometry import Box, Room, along, apart, arc, fit, head, shaft
from warehouse.areas import centre, municipalities
from warehouse.errors import UnknownArea

BOX = Box(0.0, 0.0, 600.0, 400.0)
points = st.tuples(st.floats(0, 600), st.floats(0, 400))
far_apart = st.tuples(points, points).filter(lambda pair: math.dist(*pair) > 40)


@settings(deadline=None)
@given(st.lists(points, min_size=2, max_size=6), st.data())
def test_places_are_pushed_apart_and_stay_in_the_drawing(places, data):
    ease = data.draw(st.lists(st.floats(0.02, 1), min_size=len(places), max_size=len(places)))
    moved = apart(places, ease, 80.0, BOX)
    for x, y in moved:
        assert 0 <= x <= 600
        assert 0 <= y <= 400
    pairs = [math.dist(a, b) for i, a in enumerate(moved) for b in moved[:i]]
    assert min(pairs) >= 40  # in a corner a pair may not find all of its gap


def test_places_far_enough_apart_stay_where_they_are():
    places = [(10.0, 10.0), (200.0, 10.0)]
    assert apart(places, [1.0, 1.0], 80.0, BOX) == places


def test_who_gives_way_least_moves_least():
    town, wide = apart([(300.0, 200.0), (310.0, 200.0)], [0.1, 1.0], 80.0, BOX)
    assert math.dist(town, (300.0, 200.0)) < math.dist(wide, (310.0, 200.0)) / 5


@settings(deadline=None)
@given(far_apart, st.floats(0.0, 0.4))
def test_an_arrow_lies_outside_both_its_places(ends, bend):
    start, end = ends
    line = arc(start, end, 13.0, bend)
    assert len(line) > 1
    assert all(math.dist(point, place) >= 13.0 for point in line for place in ends)
    assert math.dist(line[0], start) < math.dist(line[0], end)
    assert math.dist(line[-1], end) < math.dist(line[-1], start)


@settings(deadline=None)
@given(far_apart)
def test_there_and_back_bend_to_other_sides(ends):
    start, end = ends
    there, back = arc(start, end, 13.0, 0.25), arc(end, start, 13.0, 0.25)
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    assert math.dist(there[len(there) // 2], back[len(back) // 2]) > math.dist(there[len(there) // 2], middle)


@settings(deadline=None)
@given(far_apart, st.floats(4, 10))
def test_the_head_ends_in_the_tip_and_the_shaft_before_it(ends, size):
    line = arc(*ends, 13.0, 0.25)
    tip, one, other = head(line, size)
    assert tip == line[-1]
    assert math.dist(one, other) == pytest.approx(2 * size)
    assert len(shaft(line, size)) > 1


@settings(deadline=None)
@given(st.lists(points, max_size=12), st.floats(5, 200), far_apart)
def test_words_stay_in_the_drawing(taken, wide, ends):
    room = Room(BOX)
    for x, y in taken:
        room.take(Box(x - 10, y - 10, x + 10, y + 10), 1.0)
    x, y = room.place(wide, 15, along(arc(*ends, 13.0, 0.25), 14))
    assert wide / 2 - 1e-6 <= x <= 600 - wide / 2 + 1e-6
    assert 7.5 <= y <= 392.5


def test_words_avoid_what_is_there():
    room = Room(BOX)
    room.take(Box(90, 90, 110, 110), 1.0)
    assert room.place(40, 15, [(100.0, 100.0), (300.0, 100.0)]) == (300.0, 100.0)
    assert room.place(40, 15, [(300.0, 100.0), (300.0, 300.0)]) == (300.0, 300.0)  # the first words are there now
    assert room.place(40, 15, [(300.0, 300.0)], most=0.8) is None
    assert room.place(40, 15, [(100.0, 300.0)], most=0.8) == (100.0, 300.0)


def test_on_the_map_a_km_is_a_km_in_both_directions():
    places = [(m.latitude, m.longitude) for m in municipalities()]
    projection = fit(places, Box(20, 20, 400, 500))
    for place in places:
        x, y = projection.at(*place)
        assert 20 - 1e-6 <= x <= 400 + 1e-6
        assert 20 - 1e-6 <= y <= 500 + 1e-6
    lat, lon = 52.1, 5.5
    km_east = 111.2 * math.cos(math.radians(lat))
    north = math.dist(projection.at(lat, lon), projection.at(lat + 0.1, lon)) / 11.12
    east = math.dist(projection.at(lat, lon), projection.at(lat, lon + 0.1)) / (km_east / 10)
    assert north == pytest.approx(east, rel=0.01)
    assert projection.at(*centre("GM0153"))[0] > projection.at(*centre("NLX"))[0]  # Enschede lies in the east


@pytest.mark.parametrize("area", ["NEW", "EXIT", "BE"])
def test_what_has_no_place_has_no_middle(area):
    with pytest.raises(UnknownArea):
        centre(area)
