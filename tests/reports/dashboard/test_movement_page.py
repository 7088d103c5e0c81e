import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import charts, dashboard, flows, pages, reasons, wording
from reports.dashboard import flow_map, movement_page, stay_sections, steps_section
from reports.figures import Movement
from warehouse.areas import ELSEWHERE, EVERYWHERE, FOCUS, all_areas
from warehouse.protection.rows import StayFigure

SVG = "{http://www.w3.org/2000/svg}"
NAMES = {area.code: area.name for area in all_areas()}
HOSTILE = "</style><script>alert(1)</script>\"'><img src=x onerror=y>"
STATUSES = ("below_threshold", "withheld", "unreliable")


def page(snapshot, made=None):
    site = dashboard._Site(snapshot, pages.style(*dashboard.STYLES), "beheer@gemeente.example", "")
    sections = movement_page.sections(snapshot) if made is None else made
    return site.sections("beweging", "Beweging", movement_page.LEAD, sections)


def move(origin, destination, count=20, low=10, high=35):
    return Movement(date(2026, 10, 12), origin, destination, "published", "", count, low, high, [])


def hidden(origin, destination, status, reason):
    return Movement(date(2026, 10, 12), origin, destination, status, reason, None, None, None, [])


def drawn(scope, moves, width=charts.WIDE, names=NAMES):
    return ET.fromstring(str(flow_map.flow_map("m", "Kaart", scope, moves, names, width=width)))


def words(element):
    return [text.text for text in element.iter(f"{SVG}text")]


def test_every_move_stands_in_one_drawing_only():
    """A move between places of both drawings is in one of them; a wider area stands for what is rolled up into it."""
    moves = [
        move("GM0164", FOCUS),
        move("DE", FOCUS),
        move("NLX", FOCUS),
        move(ELSEWHERE, "DE"),
        move(EVERYWHERE, FOCUS),
        move("NEW", FOCUS),
        move("CR12X", "CR12X"),
        hidden("GM0141", FOCUS, "withheld", "rolled_up"),
    ]
    region, country = (flow_map.drawn_in(scope, moves) for scope in (flow_map.REGION_SCOPE, flow_map.COUNTRY_SCOPE))
    assert region == moves[:2]
    assert country == moves[2:5]


def test_a_wider_area_is_drawn_only_with_a_move():
    assert "Elders in Nederland" in words(drawn(flow_map.COUNTRY_SCOPE, [move(ELSEWHERE, FOCUS)]))
    assert "Elders in Nederland" not in words(drawn(flow_map.COUNTRY_SCOPE, [move("NLX", FOCUS)]))


@pytest.mark.parametrize("status", STATUSES)
def test_a_hidden_flow_is_dashed_without_a_number_and_says_why(status):
    reason = status if status == "below_threshold" else "not_identifiable"
    element = drawn(flow_map.REGION_SCOPE, [hidden("DE", FOCUS, status, reason)])
    css = [path.get("class") for path in element.iter(f"{SVG}path")]
    assert css.count("c-flow-hidden") == 1
    assert "c-flow" not in css
    assert not [text for text in words(element) if re.search(r"\d", text)]
    [hint] = [title.text for group in element.iter(f"{SVG}g") for title in group.iter(f"{SVG}title")]
    assert wording.STATUSES[status] in hint
    if status != "below_threshold":
        assert reasons.reason(reason) in hint
    assert hint.removeprefix("Van ") in element.find(f"{SVG}desc").text.replace("van ", "")


def test_a_drawn_flow_gives_its_figure_interval_and_what_is_left_out(fill):
    made = fill.snapshot()
    moves = flows.between_places(made.moves(made.last_block()))
    found = words(drawn(flow_map.COUNTRY_SCOPE, moves))
    assert {"25 (10–45)", "20+ (10–40)", "45 (25–70)", "40 (10–70)"} <= set(found)
    assert "15 (<10–25)" in words(drawn(flow_map.REGION_SCOPE, made.moves(made.last_block())))


def test_a_crowded_drawing_leaves_figures_to_the_tables_and_never_writes_over_words():
    states = (FOCUS, "GM0164", "GM0141", "CR12R", "DE")
    element = drawn(flow_map.REGION_SCOPE, [move(a, b) for a in states for b in states if a != b], charts.NARROW)
    plates = [box for box in element.iter(f"{SVG}rect") if box.get("class") == "c-plate"]
    assert 0 < len(plates) < 20
    figures = [text for text in element.iter(f"{SVG}text") if text.get("class") == "c-note"]
    assert len(figures) == len(plates)
    for index, one in enumerate(figures):
        for other in figures[:index]:
            apart = [abs(float(one.get(name)) - float(other.get(name))) for name in ("x", "y")]
            assert apart[0] > 40 or apart[1] > 10
    assert element.find(f"{SVG}desc").text.count("marge") == 20


def test_a_wider_arrow_stands_for_more():
    element = drawn(flow_map.REGION_SCOPE, [move("GM0164", FOCUS, 20), move("DE", FOCUS, 60)])
    few, many = (float(p.get("stroke-width")) for p in element.iter(f"{SVG}path") if p.get("class") == "c-flow")
    assert many > 2 * few


def test_the_dots_of_municipalities_are_equal_and_say_nothing():
    element = drawn(flow_map.COUNTRY_SCOPE, [])
    places = [path for path in element.iter(f"{SVG}path") if "c-places" in path.get("class")]
    assert sum(path.get("d").count("h0") for path in places) == 342
    assert all(path.get("stroke-width") is None and len(path) == 0 for path in places)
    assert element.find(f"{SVG}desc").text == "Er zijn geen cijfers over deze gebieden."


ends = st.sampled_from([FOCUS, "GM0164", "GM0141", "CR12R", "CR12X", "DE", "NLX", ELSEWHERE, EVERYWHERE])
some = st.builds(move, ends, ends, st.integers(2, 80).map(lambda n: 5 * n)) | st.builds(
    hidden, ends, ends, st.sampled_from(STATUSES), st.just("not_identifiable")
)


@settings(max_examples=40)
@given(
    st.lists(some, max_size=24, unique_by=lambda row: (row.origin_code, row.destination_code)),
    st.sampled_from([flow_map.COUNTRY_SCOPE, flow_map.REGION_SCOPE]),
    st.sampled_from([charts.WIDE, charts.NARROW]),
)
def test_whatever_moves_there_are_all_of_the_drawing_lies_inside_it(moves, scope, width):
    element = drawn(scope, moves, width)
    _, _, right, bottom = map(float, element.get("viewBox").split())
    for text in element.iter(f"{SVG}text"):
        half = len(text.text) * 3.3
        assert half <= float(text.get("x")) <= right - half
        assert 0 < float(text.get("y")) <= bottom
    for circle in element.iter(f"{SVG}circle"):
        assert 0 < float(circle.get("cx")) < right
        assert 0 < float(circle.get("cy")) < bottom
    shown = flow_map.drawn_in(scope, moves)
    css = [path.get("class") for path in element.iter(f"{SVG}path")]
    assert css.count("c-flow") == sum(row.move_count is not None for row in shown)
    assert css.count("c-flow-hidden") == sum(row.move_count is None for row in shown)


def test_all_flows_of_the_last_block_are_in_the_table(fill):
    made = fill.snapshot(weeks=12, blocks=3)
    told = made.moves(made.last_block())
    [table, earlier] = movement_page.sections(made)[-1].tables
    assert len(table.rows) == len(told)
    for row, cells in zip(told, table.rows, strict=True):
        assert cells[3] == wording.figure(row)
        if row.status_code == "published":
            assert cells[4] == wording.margin(row.lower_count, row.upper_count)
        elif row.status_code != "below_threshold":
            assert cells[5] == reasons.reason(row.reason_code)
    assert len(earlier.rows) == 2 * len(flows.between_places(told))


def stay(figure, area="GM0153", start=date(2026, 7, 1), **more):
    return StayFigure(start, area, figure, "published", "", **more)


def test_stays_are_told_as_the_snapshot_has_them(fill):
    made = replace(
        fill.snapshot(),
        stays=[
            stay("dwell_lower_quartile_weeks", stay_count=1, lower_count=0, upper_count=2),
            stay("dwell_median_weeks", stay_count=4, lower_count=2, upper_count=6),
            StayFigure(date(2026, 7, 1), "GM0153", "dwell_upper_quartile_weeks", "withheld", "small_side"),
            stay("dwell_median_weeks", start=date(2026, 4, 1), stay_count=3, lower_count=2, upper_count=5),
            stay("dwell_median_days", "GM0173", stay_count=25, lower_count=20, upper_count=40),
            stay("dwell_median_days", "GM0363", stay_count=35, lower_count=20, upper_count=40),
        ],
    )
    weeks, days = stay_sections.stay_sections(made)
    assert weeks.title.endswith("In weken, derde kwartaal 2026")
    assert weeks.tables[0].rows == (
        ("Derde kwartaal 2026", "Enschede", "1 (0 tot 2)", "4 (2 tot 6)", "afgeschermd", reasons.reason("small_side")),
        ("Tweede kwartaal 2026", "Enschede", "", "3 (2 tot 5)", "", ""),
    )
    assert "Enschede: 4, marge 2 tot 6" in weeks.chart
    assert [row[1] for row in days.tables[0].rows] == [NAMES["GM0173"]]  # towns of the region; others in the downloads


def test_shares_say_their_parts_and_which_margins_are_too_small(fill):
    carousel = {
        "advertiser_share": 0.07, "lower_share": 0.03, "upper_share": 0.11, "part_count": 15, "whole_count": 230,
    }  # fmt: skip
    made = replace(
        fill.snapshot(),
        stays=[
            stay("carousel_share", EVERYWHERE, **carousel),
            stay("one_place_share", EVERYWHERE, **carousel),
            stay("new_to_region_share", "CR12", **carousel),
            stay("return_share", "DE", **carousel),
            StayFigure(date(2026, 7, 1), "GM0153", "return_share", "unreliable", "too_few_weeks"),
        ],
    )
    share, back = stay_sections.stay_sections(made)
    notes = {row[1].split(":")[0].split(",")[0]: row[-1] for row in share.tables[0].rows}
    assert notes["Carrousel"] == ""
    assert "marge is te klein" in notes["In één gemeente gebleven"]
    assert "marge is te klein" in notes["Nieuw in de regio"]
    assert share.tables[0].rows[0][2:5] == ("7%", "3% tot 11%", "15 van 230")
    assert "in drie of meer gemeenten binnen acht weken" in share.tables[0].rows[0][1]
    said = " ".join(share.sentences)
    assert "geen teken van dwang" in said
    assert "in de weken die we kunnen verbinden" in said
    assert [row[2] for row in back.tables[0].rows] == ["geen betrouwbaar cijfer", "7%"]
    assert back.tables[0].rows[0][-1] == reasons.reason("too_few_weeks")


def test_every_reason_of_stays_and_steps_has_its_words():
    codes = (
        "small_side", "small_denominator", "complement", "zero_or_all", "too_few_weeks", "too_few_ended", "too_few_seen",
        "dominance", "secondary", "epoch_boundary", "source_break", "low_completeness", "no_estimate", "not_published",
    )  # fmt: skip
    assert not [code for code in codes if reasons.reason(code).startswith("reden:")]


def test_steps_are_told_of_the_region_and_the_country(fill):
    made = fill.snapshot(weeks=30)
    region, country = steps_section.steps_sections(made)
    last, weeks = region.tables
    assert [row[1] for row in last.rows] == ["500", "375", "240", "315"]
    assert [row[4] for row in last.rows] == ["", "75 (70 tot 80)", "64 (59 tot 69)", "131 (126 tot 136)"]
    assert len(weeks.rows) == steps_section.WEEKS_SHOWN
    assert country.tables[0].rows[-1][1] == "geen betrouwbaar cijfer"
    assert country.tables[0].rows[-1][-1] == reasons.reason("too_few_recaptures")
    assert steps_section.steps_sections(replace(made, steps=())) == []


def test_the_page_is_strict_and_small(fill, read):
    """Two years, every flow between places told, stays of all municipalities for eight quarters: the page stays small."""
    made = fill.snapshot(weeks=26, blocks=26)
    blocks = sorted({row.block_start_date for row in made.movements})
    assert len(blocks) == 26
    states = ("GM0153", "CR12X", "NLX", "DE")
    pairs = [(a, b) for a in (*states, "NEW") for b in (*states, "EXIT") if a != b]
    quarters = [date(year, month, 1) for year in (2025, 2026) for month in (1, 4, 7, 10)]
    codes = [figure for name in stay_sections.QUARTILES for figure in (f"{name}_weeks", f"{name}_days")]
    made = replace(
        made,
        movements=[replace(move(a, b), block_start_date=at) for at in blocks for a, b in pairs],
        stays=[
            stay(code, area, at, stay_count=25, lower_count=20, upper_count=40)
            for at in quarters
            for area in NAMES
            for code in codes
        ],
    )
    source = page(made)
    assert len(source) <= 250_000
    seen = read(source)
    assert all("style" not in attrs for _, attrs in seen.tags)
    ids = [attrs["id"] for _, attrs in seen.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_hostile_text_stays_text(fill, read):
    made = fill.dressed(fill.snapshot(weeks=8), HOSTILE)
    seen = read(page(made, [*movement_page.sections(made), *steps_section.steps_sections(made)]))
    assert "img" not in {tag for tag, _ in seen.tags}
    assert "alert(1)" in seen.text
    assert all(not any(key.startswith("on") for key in attrs) for _, attrs in seen.tags)


def test_before_the_first_block_and_quarter_the_page_says_so(fill, read):
    none = fill.snapshot(weeks=1, blocks=0)
    assert "nog niet om" in read(page(none)).text
    assert "Het eerste kwartaal is nog niet om" in read(page(replace(fill.snapshot(), stays=()))).text


def test_a_picture_of_a_chart_says_what_where_and_when_by_itself(fill):
    for section in movement_page.sections(fill.snapshot()):
        if section.chart:
            titles = set(re.findall(r'<title id="[^"]+">(.*?)</title>', section.chart))
            assert titles == {section.title}
            assert re.search("verplaatsingen|blijven|aandeel", section.title, re.IGNORECASE)
            assert re.search("Enschede|Twente|Nederland", section.title)
            assert section.title.endswith("2026")
