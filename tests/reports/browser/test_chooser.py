"""Choosing a period and municipalities, in a real browser: nothing moves that should stay, and the address says what is seen."""

import re

import pytest

from reports import dashboard, trends
from reports.digest.areas import marks
from reports.figures import PUBLISHED

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def two_years(fill, write, tmp_path_factory):
    made = fill.snapshot(weeks=104, blocks=26, missing=fill.areas().keys() - fill.LEVELS.keys())
    early = {row.period_start_date for row in made.series("block", "GM0995")[:5]}
    few = [
        fill.hidden("block", row.period_start_date, row.area_code, "all", "below_threshold", "below_threshold")
        if (row.period_code, row.area_code, row.setting_code) == ("block", "GM0995", "all")
        and row.period_start_date in early
        else row
        for row in made.volumes
    ]
    made = fill.replace(made, volumes=few)
    return made, write(dashboard.render(made, contact="x"), tmp_path_factory.mktemp("two-years"))


@pytest.fixture
def opened(two_years, visit):
    """Open a page of the site of two years; any complaint of the browser fails the test at its end."""
    _, folder = two_years
    visits = []

    def go(name, **options):
        visits.append(visit(**options))
        visits[-1].page.goto(f"{(folder / name.split('#')[0]).as_uri()}{name[len(name.split('#')[0]) :]}")
        return visits[-1].page

    yield go
    assert not [wrong for each in visits for wrong in each.wrong]


def shown(page, selector="#week-0 .wide .marks > .m"):
    return page.eval_on_selector_all(selector, "all => all.map(each => each.dataset.d)")


def rows(page, section="week-0"):
    return page.eval_on_selector_all(
        f"#{section} tr[data-d]", "all => all.filter(each => !each.hidden).map(each => each.dataset.d)"
    )


def test_a_period_is_chosen_by_its_months(opened):
    page = opened("ontwikkeling.html")
    page.select_option("#kies-van", "2026-01")
    page.select_option("#kies-tm", "2026-03")
    days = shown(page)
    assert days[0] == "2026-01-05"
    assert days[-1] == "2026-03-30"
    assert sorted(rows(page)) == days
    assert page.url.endswith("#van=2026-01&tm=2026-03")
    assert "13 van de" in page.inner_text(".period [role=status]")
    page.click("text=Alles")
    assert len(shown(page)) == 104
    assert "#" not in page.url


def test_the_link_opens_what_was_seen(opened):
    page = opened("ontwikkeling.html#van=2026-01&tm=2026-03")
    assert shown(page)[0] == "2026-01-05"
    assert page.input_value("#kies-tm") == "2026-03"


def test_the_narrow_chart_shows_periods_that_it_did_not_hold(opened):
    page = opened("ontwikkeling.html#van=2025-01&tm=2025-02", width=320)
    days = shown(page, "#week-0 .narrow .marks > .m")
    assert days[0] == "2025-01-06"
    assert days[-1] == "2025-02-24"


def test_a_group_moves_but_its_figure_stays(opened):
    def heights(page):
        return page.eval_on_selector_all(
            "#week-0 .wide .marks > .m",
            "all => Object.fromEntries(all.map(each => [each.dataset.d, ['y', 'height'].map(name => "
            "each.querySelector('rect').getAttribute(name)).join(' ')]))",
        )

    page = opened("ontwikkeling.html")
    before = heights(page)
    page.select_option("#kies-van", "2026-06")
    after = heights(page)
    assert 10 < len(after) < len(before)
    assert after.items() <= before.items()
    places = page.eval_on_selector_all(
        "#week-0 .wide .marks > .m",
        "all => all.map(each => Number(each.getAttribute('transform').match(/[\\d.]+/)[0]))",
    )
    assert places == sorted(places)
    assert places[-1] - places[0] > 500  # they fill the width


def test_a_line_of_policy_goes_along_or_goes(opened):
    page = opened("ontwikkeling.html#van=2026-02&tm=2026-04")
    line = page.locator("#week-0 .wide .marks > .e")
    assert line.get_attribute("display") == "inline"
    page.select_option("#kies-van", "2026-04")
    assert line.get_attribute("display") == "none"


def test_months_in_the_wrong_order_are_said(opened):
    page = opened("ontwikkeling.html#van=2026-06&tm=2026-02")
    assert "ligt na de laatste" in page.inner_text(".period [role=status]")
    assert "Geen cijfers in deze periode" in page.text_content("#week-0 .wide svg")


@pytest.mark.parametrize("nonsense", ["van=x&tm=%3Cscript%3E", "g=,,GM0000,<img>", "van=&per=1e99", "van=9999-99"])
def test_nonsense_in_the_address_does_nothing(opened, nonsense):
    for name in ("ontwikkeling.html", "vergelijken.html"):
        page = opened(f"{name}#{nonsense}")
        assert page.locator("h1").count() == 1


def test_the_period_goes_along_to_another_municipality(opened):
    page = opened("ontwikkeling.html#van=2026-01")
    page.click(".chooser summary")
    page.fill("#zoek-gemeente", "ensch") if page.locator("#zoek-gemeente").count() else None
    page.click(".chooser >> text=Enschede")
    page.wait_for_url("**/gemeenten/GM0153.html#van=2026-01")
    assert shown(page, "#week .wide .marks > .m")[0] == "2026-01-05"


def test_an_anchor_keeps_what_was_chosen(opened):
    page = opened("ontwikkeling.html#van=2026-01")
    page.click(".toc >> nth=0 >> a >> nth=1")
    page.wait_for_url("**#van=2026-01")
    assert shown(page)[0] == "2026-01-05"


def cells(page):
    return page.eval_on_selector_all(
        "#naast-elkaar tbody tr", "all => all.map(row => [...row.children].map(cell => cell.textContent))"
    )


def test_municipalities_side_by_side_have_the_released_figures(opened, two_years):
    made, _ = two_years
    page = opened("vergelijken.html#g=GM0402,GM0153")
    assert page.input_value("#gemeente-1") == "GM0402"
    newest = cells(page)[0]
    expected = [made.series("block", code)[-1] for code in ("GM0402", "GM0153")]
    assert newest[1::2] == [str(row.advertiser_count) for row in expected]
    assert newest[2::2] == [f"{row.lower_count} tot {row.upper_count}" for row in expected]
    page.select_option("#gemeente-3", "GM0855")
    assert page.url.endswith("#g=GM0402%2CGM0153%2CGM0855")
    assert len(page.query_selector_all("#naast-elkaar svg .marks")) == 3


def test_per_inhabitants_is_the_figure_by_inhabitants(opened, two_years):
    made, _ = two_years
    page = opened("vergelijken.html#g=GM0153")
    page.check("#per-inwoners")
    row, people = made.series("block", "GM0153")[-1], made.areas["GM0153"].population_count
    assert cells(page)[0][1] == f"{row.advertiser_count / people * 10_000:.1f}".replace(".", ",")
    assert "per 10.000 inwoners" in page.text_content("#naast-elkaar svg title")


def test_what_has_no_figure_is_said_and_hatched(opened, two_years):
    made, _ = two_years
    few = [row.period_start_date.isoformat() for row in made.series("block", "GM0995") if row.status_code != PUBLISHED]
    assert len(few) == 5
    page = opened("vergelijken.html#g=GM0995")
    told = page.eval_on_selector_all(
        "#naast-elkaar tbody tr",
        "all => all.filter(row => row.textContent.includes('minder dan 10')).map(r => r.dataset.d)",
    )
    assert sorted(told) == sorted(few)
    assert shown(page, "#naast-elkaar .m.few") == few


def test_the_browser_draws_as_the_site_does(opened, two_years):
    """static/compare.js and reports/trends.py are two drawings of one chart: same scale, same ends, same estimate."""
    made, _ = two_years
    page = opened("vergelijken.html#g=GM0153")
    drawn = page.eval_on_selector_all(
        "#naast-elkaar .marks > .m", "all => all.map(each => [...each.querySelectorAll('rect, circle')].flatMap(part => "
        "['y', 'height', 'cy'].filter(name => part.hasAttribute(name)).map(name => Number(part.getAttribute(name)))))",
    )  # fmt: skip
    ours = str(trends.series("a", "b", marks(made.series("block", "GM0153")), height=146, unit="x"))
    groups = re.findall(r'<g class="m".*?</g>', ours)
    expected = [[float(number) for number in re.findall(r' (?:y|height|cy)="([\d.]+)"', group)] for group in groups]
    # 22 units of head and 26 of foot here; 44 and 26 of 190 there: both leave the figures less than the whole height.
    scale = (164 - 44) / (146 - 26 - 22)
    for one, other in zip(drawn, expected, strict=True):
        y, height, cy = other
        assert one == pytest.approx([(y - 22) * scale + 44, height * scale, (cy - 22) * scale + 44], abs=0.15)


def test_before_any_block_the_other_scripts_still_work(fill, write, visit, tmp_path):
    first = visit(width=320)
    folder = write(dashboard.render(fill.snapshot(weeks=1, blocks=0), contact="x"), tmp_path)
    first.page.goto((folder / "vergelijken.html").as_uri())
    assert not first.wrong
    assert first.page.locator("#naast-elkaar").is_hidden()
    assert first.page.locator("main figure .tools").count()


def test_what_is_borrowed_from_a_hidden_chart_is_still_hatched(fill, write, visit, tmp_path):
    made = fill.snapshot(weeks=60, missing=fill.areas().keys() - fill.LEVELS.keys())
    old = {row.period_start_date for row in made.series("week", "GM0153")[:10]}
    rows = [
        fill.hidden("week", row.period_start_date, row.area_code, "all", "unreliable", "low_completeness")
        if row.period_code == "week" and row.period_start_date in old
        else row
        for row in made.volumes
    ]
    page = visit(width=320).page
    folder = write(dashboard.render(fill.replace(made, volumes=rows), contact="x"), tmp_path)
    month = min(old).isoformat()[:7]
    page.goto(f"{(folder / 'ontwikkeling.html').as_uri()}#van={month}&tm={month}")
    fills = page.eval_on_selector_all(
        "#week-0 .narrow .c-hatch", "all => all.map(each => each.getAttribute('fill').match(/#([^)]+)/)[1])"
    )
    assert fills
    drawn = page.eval_on_selector_all("#week-0 .narrow pattern", "all => all.map(each => each.id)")
    assert set(fills) <= set(drawn)


def test_a_link_has_the_period_of_the_moment_it_is_followed(opened):
    page = opened("ontwikkeling.html#van=2026-01&tm=2026-06")
    with page.context.expect_page() as other:
        page.click("nav.main >> text=Soorten werk", modifiers=["ControlOrMeta"])
    other.value.close()
    page.select_option("#kies-van", "2026-04")
    page.click("nav.main >> text=Soorten werk")
    page.wait_for_url("**/soorten.html#van=2026-04&tm=2026-06")


def test_a_month_that_the_page_does_not_have_is_named_as_it_was_asked(opened):
    page = opened("soorten.html#van=2031-02")
    assert page.inner_text(".period [role=status]").startswith("Gekozen: feb 2031 tot en met okt 2026. Dat zijn 0 van")


def test_words_about_another_period_go_with_it(opened):
    page = opened("ontwikkeling.html#van=2025-03&tm=2025-05")
    assert page.locator("#week-0 .note").is_hidden()
    assert "aantoonbare verandering" not in page.inner_text("#week-0")
    page.click("text=Alles")
    assert page.locator("#week-0 .note").is_visible()


def test_lines_and_title_stand_beside_what_is_compared(opened):
    page = opened("vergelijken.html#g=GM0153,GM0402&per=10000")
    assert "per 10.000 inwoners, per vier weken" in page.inner_text("#naast-elkaar .what")
    assert "Enschede, A: 2 maart 2026, Proef met meldplicht." in page.inner_text("#naast-elkaar figcaption")
    assert page.locator("#naast-elkaar .marks > .e").count() == 2
