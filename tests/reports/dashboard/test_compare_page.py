import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reports.dashboard import compare_page


def read(made):
    """Read the data as static/compare.js does."""
    content = json.loads(str(made))
    for area in content["areas"]:
        area["cells"] = [
            tuple(5 * int(part, 36) for part in cell.split(",")) if "," in cell else cell
            for cell in area["series"].split(";")
        ]
    return content


def test_every_figure_comes_back_and_nothing_else(fill):
    made = fill.snapshot(weeks=30, blocks=7)
    content = read(compare_page.data(made))
    signs = {"below_threshold": "k", "withheld": "a", "unreliable": "o"}
    for area in content["areas"]:
        rows = made.series("block", area["code"])
        assert [row.period_start_date.isoformat() for row in rows] == content["starts"]
        for row, cell in zip(rows, area["cells"], strict=True):
            if row.status_code == "published":
                assert cell == (row.advertiser_count, row.lower_count, row.upper_count)
            else:
                assert cell == signs[row.status_code]
    assert {area["code"] for area in content["areas"]} >= {"GM0153", "GM0402"}
    assert "GM0193" not in {area["code"] for area in content["areas"]}  # without any figure: nothing to draw


@given(st.integers(0, 10**6))
def test_base_36_is_read_back(value):
    assert int(compare_page._base36(value), 36) == value


def test_a_name_cannot_end_the_script(fill):
    made = fill.snapshot(weeks=4, blocks=1)
    areas = {code: replace(area, area_name="</script><script>alert(1)") for code, area in made.areas.items()}
    data = compare_page.data(replace(made, areas=areas))
    assert "<" not in data
    assert json.loads(data)["areas"][0]["name"].startswith("</script><script>alert(1)")


def test_the_page_opens_with_municipalities_that_have_figures(fill):
    assert compare_page.first_pair(fill.snapshot(weeks=4, blocks=1)) == "GM0153 GM0402"
    assert compare_page.first_pair(fill.snapshot(weeks=4, blocks=0)) == ""


def test_before_any_block_there_is_nothing_to_put_side_by_side(fill):
    assert json.loads(compare_page.data(fill.snapshot(weeks=1, blocks=0)))["areas"] == []


def test_two_municipalities_of_one_name_are_told_apart(fill):
    made = fill.snapshot(weeks=1, blocks=0)
    assert {made.name("GM0373"), made.name("GM0893")} == {"Bergen (Noord-Holland)", "Bergen (Limburg)"}
    assert made.name("GM0153") == "Enschede"


def test_a_municipality_without_a_row_for_the_last_week_is_not_told_of_an_older_one(fill):
    made = fill.snapshot(weeks=6)
    last = made.last_week("GM0164").period_start_date
    rows = [row for row in made.volumes if (row.area_code, row.period_start_date) != ("GM0164", last)]
    assert replace(made, volumes=rows).last_week("GM0164") is None


def test_an_end_under_ten_advertisers_stays_a_label_per_inhabitant(fill):
    made = fill.snapshot(weeks=1, blocks=0)
    rows = [replace(row, lower_count=0) if row.area_code == "GM0153" else row for row in made.volumes]
    regional = compare_page.sections(replace(made, volumes=rows))
    people = made.areas["GM0153"].population_count
    least = f"{100_000 / people:.1f}".replace(".", ",")
    assert f"(minder dan {least} tot" in str([section.tables for section in regional])
    assert f"(minder dan {least} tot" in str(regional[1].chart)
