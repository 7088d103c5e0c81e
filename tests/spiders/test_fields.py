"""One field of a page, as a contract says it."""

from datetime import date

import pytest
from parsel import Selector
from pydantic import ValidationError

from spiders.errors import PageChanged
from spiders.fields import FieldRule, things

DAY = date(2026, 10, 14)
PAGE = Selector(
    text="<h1>Een <b>titel</b> </h1><p class=x>een</p><p class=x>twee<br>drie</p><p class=leeg> </p>"
    "<a href='/ad/17-iets'>x</a><time>3 dagen geleden</time><pre>&lt;p&gt;rijk&lt;/p&gt;&lt;p&gt;tekst&lt;/p&gt;</pre>"
)


def rule(value) -> FieldRule:
    return FieldRule.model_validate(value)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("h1", ["Een titel"]),
        ("h1::text", ["Een"]),
        ("//h1", ["Een titel"]),
        ("p.x", ["een", "twee\ndrie"]),
        ("p.x::text", ["een", "twee", "drie"]),
        ("p.leeg", []),
        ("p.geen", []),
        ({"select": "a::attr(href)", "pattern": r"/(\d+)-"}, ["17"]),
        ({"select": "a::attr(href)", "pattern": r"\d+"}, ["17"]),
        ({"select": "a::attr(href)", "pattern": r"/x(\d+)"}, []),
        ({"select": "@url", "pattern": r"nr=(\d+)"}, ["9"]),
        ({"select": "time", "as": "date"}, ["2026-10-11"]),
        ({"select": "h1", "as": "date"}, []),
        ({"select": "pre", "as": "html"}, ["rijk\ntekst"]),
    ],
)
def test_a_field_reads_what_it_says(value, found):
    assert list(rule(value).all(PAGE, "https://site.example/?nr=9", DAY)) == found


def test_only_wants_one_and_equal_ones_count_as_one():
    assert rule("h1").only(PAGE, "", DAY) == "Een titel"
    for select, how in (("p.x", "several"), ("p.geen", "none")):
        with pytest.raises(PageChanged, match=how):
            rule(select).only(PAGE, "", DAY)
    double = Selector(text="<i data-id=a1></i><b data-id=a1></b>")
    assert rule("::attr(data-id)").only(double, "", DAY) == "a1"


def test_json_paths_go_through_lists():
    thing = {"a": {"b": ["x", "y"]}, "n": 7, "ja": True, "leeg": None}
    assert list(rule("$.a.b").all(thing, "", DAY)) == ["x", "y"]
    assert list(rule("$.n").all(thing, "", DAY)) == ["7"]
    assert list(rule("$.ja").all(thing, "", DAY)) == []
    assert things(thing, "$.a.c") == []
    with pytest.raises(PageChanged):
        rule("h1").first(thing, "", DAY)


@pytest.mark.parametrize("value", ["p..x", "//p[", {"select": "p", "pattern": "("}, "", {"select": "p", "of": 1}])
def test_what_is_no_selector_is_told_when_the_contract_is_read(value):
    with pytest.raises(ValidationError):
        rule(value)


def test_what_is_still_to_be_filled_in_is_open():
    assert rule("TODO").is_open
    assert rule({"select": "@url", "pattern": "TODO"}).is_open
    assert not rule("h1").is_open
