"""Fields out of pages: one, none and several are three different things."""

from datetime import date

import pytest
from parsel import Selector

from spiders.errors import PageChanged
from spiders.extract import json_ld, maybe, number, only, posted, text_of

PAGE = Selector("<h1> Titel </h1><p>een</p><p>twee</p><i> </i><div>a<br>b<b> c</b>\n\n\nd</div>")
DAY = date(2026, 10, 14)


def test_one_is_given():
    assert only(PAGE, "h1::text") == "Titel"


@pytest.mark.parametrize("css", ["h2::text", "p::text", "i::text"])
def test_none_several_and_empty_are_changes_that_show_no_content(css):
    with pytest.raises(PageChanged) as caught:
        only(PAGE, css)
    assert "een" not in str(caught.value).replace("geen", "").replace("instead of one", "")


def test_what_may_be_missing_may_be_missing():
    assert maybe(PAGE, "h2::text") is None
    assert maybe(PAGE, "i::text") is None


def test_text_keeps_its_lines():
    assert text_of(PAGE, "div") == "a\nb c\nd"


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("2026-10-01T08:00:00+02:00", date(2026, 10, 1)),
        ("1-10-2026 om 8:00", date(2026, 10, 1)),
        ("vandaag 08:00", DAY),
        ("Gisteren", date(2026, 10, 13)),
        ("eergisteren", date(2026, 10, 12)),
        ("3 uur geleden", DAY),
        ("3 dagen geleden", date(2026, 10, 11)),
        ("1 week geleden", date(2026, 10, 7)),
        ("2\xa0days, 3\xa0hours ago", date(2026, 10, 12)),
        ("2\xa0days, 15\xa0hours ago", date(2026, 10, 11)),
        ("1\xa0year, 2\xa0months ago", date(2025, 8, 14)),
        ("99-99-2026", None),
        ("ooit", None),
        ("", None),
        (None, None),
    ],
)
def test_stamps_are_resolved_against_the_day(stamp, expected):
    assert posted(stamp, DAY) == expected


@pytest.mark.parametrize(("text", "expected"), [("1.204 advertenties", 1204), ("12", 12), ("geen", None), (None, None)])
def test_numbers(text, expected):
    assert number(text) == expected


def ld(*blocks: str) -> Selector:
    return Selector("".join(f'<script type="application/ld+json">{block}</script>' for block in blocks))


@pytest.mark.parametrize(
    "blocks",
    [
        ['{"@type": "Offer", "name": "x"}'],
        ['[{"@type": "Person"}, {"@type": ["Offer"], "name": "x"}]'],
        ['{"@graph": [{"@type": "Offer", "name": "x"}]}'],
        ["{broken", '{"@type": "Offer", "name": "x"}'],
        ['{"@type": "Offer", "name": "x", "y": "bare\nline"}'],
    ],
)
def test_json_ld_is_found_where_sites_put_it(blocks):
    assert json_ld(ld(*blocks), "Offer")["name"] == "x"


@pytest.mark.parametrize("blocks", [[], ["[" * 5000], ['{"@type": "Offer"}', '{"@type": "Offer"}'], ["3"]])
def test_json_ld_that_is_missing_double_or_nonsense_is_a_change(blocks):
    with pytest.raises(PageChanged):
        json_ld(ld(*blocks), "Offer")
