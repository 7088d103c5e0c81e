import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reports import charts, trends

SVG = "{http://www.w3.org/2000/svg}"
FIRST = date(2026, 1, 5)


def week(number, value=50):
    start = FIRST + timedelta(weeks=number)
    return charts.Mark(f"wk {number}", f"Week {number}", "published", value, value - 10, value + 10, start=start)


def groups(drawn, css):
    return [group for group in drawn.iter(f"{SVG}g") if css in group.get("class", "").split()]


def draw(marks, **more):
    return ET.fromstring(str(trends.series("a", "Titel", marks, **more)))


def test_each_figure_is_a_group_that_knows_its_period():
    marks = [week(0), replace(week(1), status="below_threshold", value=None), week(2)]
    found = groups(draw(marks), "m")
    assert [group.get("data-d") for group in found] == ["2026-01-05", "2026-01-12", "2026-01-19"]
    assert [group.get("data-l") for group in found] == ["wk 0", "wk 1", "wk 2"]
    assert ["few" in group.get("class") for group in found] == [False, True, False]


def test_what_nobody_chooses_among_has_no_name():
    [found] = groups(draw([replace(week(0), start=None)]), "m")
    assert found.get("data-d") is None


@given(st.integers(2, 60), st.integers(-10, 500))
def test_a_line_stands_before_the_period_of_its_day(count, days):
    day = FIRST + timedelta(days=days)
    drawn = draw([week(n) for n in range(count)], lines=[trends.Line(day, "A", "iets")])
    found = groups(drawn, "e")
    inside = 0 <= days < 7 * count
    assert len(found) == inside
    if inside:
        start = FIRST + timedelta(weeks=days // 7)
        assert found[0].get("data-d") == start.isoformat()
        at = {group.get("data-d"): group.get("transform") for group in groups(drawn, "m")}
        left, right = (float(text[10:].split()[0]) for text in (found[0].get("transform"), at[start.isoformat()]))
        assert left < right


def test_an_event_and_a_break_are_drawn_otherwise():
    lines = [trends.Line(FIRST, "A", "regels"), trends.Line(FIRST + timedelta(weeks=1), "B", "bronnen", is_break=True)]
    drawn = draw([week(0), week(1)], lines=lines)
    assert [group.find(f"{SVG}line").get("class") for group in groups(drawn, "e")] == ["c-event", "c-break"]


def test_two_charts_of_one_series_have_the_same_scale():
    marks = [week(n, 400 if n == 0 else 50) for n in range(10)]
    whole, part = draw(marks, top=410), draw(marks[5:], top=410)
    heights = [
        {g.get("data-d"): g.find(f"{SVG}circle").get("cy") for g in groups(drawn, "m")} for drawn in (whole, part)
    ]
    assert all(heights[0][day] == height for day, height in heights[1].items())
