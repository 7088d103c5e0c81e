import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import charts, dashboard, pages, reasons, wording
from reports.dashboard import effect_chart, policy_page, policy_words
from reports.dashboard.effect_chart import Effect, against_one
from warehouse.protection.rows import PolicyEvent

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</style><script>alert(1)</script>\"'><img src=x onerror=y>"


def page(snapshot):
    site = dashboard._Site(snapshot, pages.style(*dashboard.STYLES), "beheer@gemeente.example", "")
    return site.sections("beleid", "Beleid", policy_page.LEAD, policy_page.sections(snapshot))


@pytest.fixture
def lower(fill):
    """Give the effect that is lower, with displacement."""
    return next(row for row in fill.effects(fill.DAY) if row.effect_code == "lower")


steps = st.integers(1, 60).map(lambda n: round(n * 0.05, 2))
ratios = st.tuples(steps, steps, steps).map(sorted)
shown = st.tuples(ratios, st.none() | st.just((0.7, 1.4))).map(
    lambda t: Effect("Hier", "Hier", "published", t[0][1], t[0][0], t[0][2], *(t[1] or (None, None)))
)
hidden = st.sampled_from(["withheld", "unreliable"]).map(
    lambda status: Effect("Hier", "Hier", status, None, None, None, reason="er zijn geen gegevens")
)


@settings(deadline=None)
@given(st.lists(shown | hidden, min_size=1, max_size=8), st.sampled_from([charts.WIDE, charts.NARROW]))
def test_the_bar_lies_on_the_side_of_the_line_that_its_interval_says(effects, width):
    drawn = ET.fromstring(str(against_one("e", "Titel", effects, width=width)))
    _, _, right, bottom = map(float, drawn.get("viewBox").split())
    one = {float(line.get("x1")) for line in drawn.iter(f"{SVG}line") if line.get("class") == "c-axis"}
    assert len(one) == 1
    [one] = one
    bands = [box for box in drawn.iter(f"{SVG}rect") if box.get("class") == "c-band"]
    told = [effect for effect in effects if effect.interval]
    assert len([box for box in drawn.iter(f"{SVG}rect") if box.get("class") == "c-hatch"]) == len(effects) - len(told)
    for box, effect in zip(bands, told, strict=True):
        x, wide = float(box.get("x")), float(box.get("width"))
        assert 0 <= x <= x + wide <= right + 0.2
        assert float(box.get("y")) + float(box.get("height")) < bottom
        if effect.lower > 1:
            assert x > one - 0.2
        elif effect.upper < 1:
            assert x + wide < one + 0.2
        else:
            assert x - 0.2 <= one <= x + wide + 0.2


def test_half_and_double_lie_as_far_from_no_difference():
    effects = [Effect("a", "a", "published", ratio, ratio, ratio) for ratio in (0.5, 1.0, 2.0)]
    drawn = ET.fromstring(str(against_one("e", "Titel", effects)))
    half, one, double = (float(dot.get("cx")) for dot in drawn.iter(f"{SVG}circle"))
    assert math.isclose(one - half, double - one, abs_tol=0.11)


@settings(deadline=None)
@given(ratios)
def test_an_interval_is_said_from_the_smaller_difference_to_the_larger(ends):
    low, _, high = ends
    said = effect_chart.between(low, high)
    assert ("lager" in said) == (round(100 * low) < 100)
    assert ("hoger" in said) == (round(100 * high) > 100)
    if low == high == 1:
        assert said == effect_chart.SAME


def test_a_hidden_effect_has_no_number(fill):
    effect = Effect("Assen", "Assen", "withheld", 0.6, 0.5, 0.7, reason="te klein")
    drawn = ET.fromstring(str(against_one("e", "Titel", [effect])))
    assert drawn.find(f"{SVG}desc").text == "Assen: afgeschermd: te klein."
    assert not [box for box in drawn.iter(f"{SVG}rect") if box.get("class") in ("c-band", "c-zone")]


def test_events_stand_in_order_of_date_and_those_without_one_last(fill):
    made = fill.snapshot()
    [table] = policy_page.sections(made)[0].tables
    assert [row[0] for row in table.rows] == ["2019", "2 maart 2026", "9 maart 2026", "Datum onbekend"]
    assert table.rows[0][4:6] == ("geen betrouwbaar cijfer", reasons.reason("event_date_unknown"))
    assert table.rows[1][4:6] == ("geen aantoonbaar effect", "tussen 20% lager en 15% hoger")
    assert table.rows[2][4:] == ("aantoonbaar lager", "tussen 25% en 55% lager", "Raadsbesluit")
    assert table.rows[3][4:6] == ("niet te berekenen zonder datum", "")
    assert "daarvan kunnen we geen effect berekenen" in " ".join(policy_page.sections(made)[0].sentences)


@pytest.mark.parametrize(
    ("at", "precision", "words"),
    [
        (date(2023, 3, 8), "day", "8 maart 2023"),
        (date(2023, 3, 1), "month", "maart 2023"),
        (date(2023, 1, 1), "year", "2023"),
        (None, "unknown", "datum onbekend"),
    ],
)
def test_a_date_is_said_as_far_as_it_is_known(at, precision, words):
    assert policy_words.when(PolicyEvent("a", "GM0153", at, precision, "x", "other", "y")) == words


def test_no_demonstrable_effect_is_not_no_effect(fill):
    made = fill.snapshot()
    [said] = [" ".join(s.sentences) for s in policy_page.sections(made) if "Proef met meldplicht" in s.title]
    assert "Geen aantoonbaar effect" in said
    assert "Dat betekent niet dat er geen effect was" in said
    assert "tussen 20% lager en 15% hoger dan zonder deze verandering verwacht" in said
    assert "30% lager of 40% hoger" in said
    assert "20 gemeenten" in said
    assert "van 340 proeven zonder nieuw beleid weken er 17 even ver af" in said.lower()


def test_an_effect_says_people_neighbours_and_displacement(fill, lower):
    said = " ".join(policy_words.sentences(fill.snapshot(), lower))
    assert "Het aantal adverteerders in Hilversum lag tussen 25% en 55% lager" in said
    assert "25 adverteerders minder (marge 40 minder tot 10 minder)" in said
    assert "(Almelo en Hengelo)" in said
    assert "De buurgemeenten samen: 20 adverteerders meer (marge geen verschil tot 35 meer)" in said
    assert "de andere kant op, met 80% van de verandering hier" in said
    same = " ".join(policy_words.sentences(fill.snapshot(), replace(lower, displaced_value=-0.2)))
    assert "niet de andere kant op" in same


@pytest.mark.parametrize("verdict", ["decline", "growth", "displacement", "both", "cannot_tell"])
def test_every_verdict_has_its_words(fill, lower, verdict):
    row = replace(lower, verdict_code=verdict)
    assert policy_words.verdict(row) == policy_words.VERDICTS[verdict]
    said = " ".join(policy_words.sentences(fill.snapshot(), row))
    assert "{near}" not in said
    others = [policy_words.sentences(fill.snapshot(), replace(lower, verdict_code=v)) for v in policy_words.VERDICTS]
    assert len({" ".join(words) for words in others}) == len(policy_words.VERDICTS)


@pytest.mark.parametrize("status", ["withheld", "unreliable"])
@pytest.mark.parametrize(
    "reason",
    [
        "not_published", "event_date_unknown", "too_few_periods", "too_few_comparators", "low_completeness",
        "source_break", "epoch_boundary", "no_estimate",
    ],
)  # fmt: skip
def test_a_refusal_says_why_and_no_number(fill, lower, status, reason):
    bare = dict.fromkeys(("ratio_value", "lower_ratio_value", "upper_ratio_value", "displaced_value"))
    bare |= dict.fromkeys(("change_count", "lower_change_count", "upper_change_count"))
    row = replace(lower, status_code=status, reason_code=reason, verdict_code="", effect_code="", **bare)
    assert not reasons.reason(reason).startswith("reden:")
    [said] = policy_words.sentences(fill.snapshot(), row)
    assert reasons.reason(reason) in said
    assert policy_words.effect(row) == wording.STATUSES[status]
    cells = policy_page._row(row, "Alle adverteerders, Hilversum")
    assert cells[1:6] == (wording.STATUSES[status], "", "", "", "")
    assert cells[-1] == reasons.reason(reason)


def test_figures_on_the_page_are_those_of_the_snapshot(fill, lower):
    made = fill.snapshot()
    told = [section for section in policy_page.sections(made) if section.ident.startswith("beleid-")]
    assert [row[0] for section in told for row in section.tables[0].rows] == [
        "Alle adverteerders, Assen",
        "Alle adverteerders, Enschede",
        "Thuis, Twente",
        "Alle adverteerders, Hilversum",
    ]
    row = told[-1].tables[0].rows[0]
    assert row[1:6] == (
        "aantoonbaar lager",
        "40% lager",
        "tussen 25% en 55% lager",
        "25 adverteerders minder (marge 40 minder tot 10 minder)",
        "verplaatsing",
    )
    assert "op elke 100 adverteerders" in " ".join(policy_page.sections(made)[1].sentences)


def test_the_newest_effect_of_an_event_is_told(fill, lower):
    later = replace(lower, until_date=date(2026, 12, 6), ratio_value=0.7, lower_ratio_value=0.5, upper_ratio_value=0.9)
    made = replace(fill.snapshot(), effects=[later, lower])
    [told] = [section for section in policy_page.sections(made) if section.ident.startswith("beleid-")]
    assert [row[2] for row in told.tables[0].rows] == ["30% lager"]


def test_without_events_the_page_says_so(fill, read):
    seen = read(page(replace(fill.snapshot(), events=(), effects=())))
    assert "nog geen verandering van beleid" in seen.text
    assert "Hoe lees je dit?" in seen.text
    assert not seen.all("svg")
    alone = policy_page.sections(replace(fill.snapshot(), effects=()))
    assert alone[0].chart is None
    assert {row[4] for row in alone[0].tables[0].rows} == {"nog niet berekend", "niet te berekenen zonder datum"}


def test_the_page_is_strict_and_small(fill, read, lower):
    """Twenty events with all four outcomes: the newest twelve are told in full."""
    events = [replace(fill.EVENTS[-1], event_code=f"GM0402-{number}") for number in range(20)]
    effects = [
        replace(lower, event_code=event.event_code, outcome_code=code)
        for event in events
        for code in policy_page.OUTCOMES
    ]
    made = replace(fill.snapshot(), events=events, effects=effects)
    assert len([section for section in policy_page.sections(made) if section.ident.startswith("beleid-")]) == 12
    assert "nieuwste 12" in " ".join(policy_page.sections(made)[0].sentences)
    source = page(made)
    assert len(source) <= 250_000
    seen = read(source)
    assert all("style" not in attrs for _, attrs in seen.tags)
    ids = [attrs["id"] for _, attrs in seen.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_hostile_text_stays_text(fill, read):
    seen = read(page(fill.dressed(fill.snapshot(), HOSTILE)))
    assert "img" not in {tag for tag, _ in seen.tags}
    assert "alert(1)" in seen.text
    assert all(not any(key.startswith("on") for key in attrs) for _, attrs in seen.tags)


def test_nobody_is_named_or_ranked(fill, read):
    text = read(page(fill.snapshot())).text.lower()
    assert "prostitu" not in text
    assert "aanbieder" not in text
    assert "heeft geen effect" not in text


def test_a_picture_of_an_effect_says_what_where_and_when_and_what_the_grey_area_is(fill):
    drawn = [section for section in policy_page.sections(fill.snapshot()) if section.chart]
    for section in drawn:
        [title] = set(re.findall(r'<title id="[^"]+">(.*?)</title>', section.chart))
        assert "Aantal adverteerders na nieuw beleid" in title
        assert re.search("Nederland|Assen|Enschede|Hilversum", title)
        assert title.endswith("cijfers t/m 8 november 2026")
        assert "grijze vlak" in section.notes[0]
    assert len(drawn) == 4


def test_one_is_not_said_as_many(fill, lower):
    row = replace(lower, comparator_count=1, before_count=1, after_count=1, placebo_count=1, beyond_count=1)
    said = policy_words.sentences(fill.snapshot(), row)[-1]
    assert said == (
        "We vergeleken met 1 gemeente, over 1 week ervoor en 1 week erna. "
        "Van 1 proef zonder nieuw beleid week er 1 even ver af."
    )
    assert "1 gebied" in policy_page._row(row, "x")
