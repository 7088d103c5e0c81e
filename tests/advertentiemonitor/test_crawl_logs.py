"""What a crawl log may hold, and the seal that says who wrote it."""

import json
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advertentiemonitor import crawl_logs
from advertentiemonitor.crawler import crawl_log_path, history, read_crawl_log, write_crawl_log
from advertentiemonitor.errors import CrawlLogDamaged
from warehouse.records import CrawlLog, CrawlState, FieldShape
from warehouse.seen import SUFFIX, SeenIndex

KEY = b"k" * 32
DAY = date(2026, 10, 12)
LOG = CrawlLog(
    *("nl_bord", "alfa", DAY, "thin", "index_pages_missing", 9, 8, 21, 20, 1, 0.875, "1+0f3c"),
    index_pages_missing=("3/7", "2:1/4"),
    fields={"body": FieldShape(20, 1, 80)},
)
WRONG: dict[str, list[object]] = {
    "source": ["", "Nl Bord", "../nl_bord", 3, None, "a" * 65],
    "source_group": ["", "a" * 101, "a\nb", 3, ["alfa"]],
    "day": ["2026-13-01", "20261012", 3, None],
    "state": [["ok"], "fine", None, {}],
    "reason": ["06 12345678 Anna", "0612345678", "a" * 81, None],
    "spider_version": ["", "een twee", 1],
    "completeness": [-0.1, 1.1, float("nan"), float("inf"), "1", True, None, 10**400],
    "listings_present": ["abc", -1, 2**31, 10**30, 1.5, True, None, [1]],
    "listings_stated": ["abc", -1, 2**31],
    "is_trusted": [1, "yes", None],
    "index_pages_missing": ["3/7", ["x" * 1000], ["3/7"] * 101, [3], None],
    "fields": [
        [],
        {"body": {"filled": "abc", "numeric": 0, "length": 0}},
        {"body": {"filled": 1}},
        {"a b": {}},
        {"body": 3},
    ],
    "another": [1],
}
COUNTS = st.integers(0, 2**31 - 1)
LOGS = st.builds(
    CrawlLog,
    source=st.from_regex(r"[a-z0-9_]{1,64}", fullmatch=True),
    source_group=st.sampled_from(["alfa", "owner of Kaartjes"]),
    day=st.dates(),
    state=st.sampled_from(get_args(CrawlState)),
    reason=st.sampled_from(["", "http_503", "error_ValueError"]),
    completeness=st.floats(0, 1),
    spider_version=st.sampled_from(["1", "collected", "1+0f3c9aa1"]),
    index_pages_missing=st.lists(st.sampled_from(["3/7", "2:3/7"])).map(tuple),
    fields=st.dictionaries(st.sampled_from(["body", "place"]), st.builds(FieldShape, COUNTS, COUNTS, COUNTS, COUNTS)),
    listings_stated=st.none() | COUNTS,
    expires_after_days=st.none() | COUNTS,
    **dict.fromkeys(("pages_expected", "pages_fetched", "listings_present", "listings_read", "parse_failures"), COUNTS),
)


@given(LOGS)
def test_what_is_written_is_read_again_and_sealed(log):
    content = crawl_logs.written(log, KEY)
    assert crawl_logs.read(content) == log
    assert crawl_logs.is_sealed(content, KEY) is True
    assert crawl_logs.is_sealed(content, b"o" * 32) is False
    assert crawl_logs.is_sealed(crawl_logs.written(log, None), KEY) is None


@pytest.mark.parametrize("name", sorted(asdict(LOG)))
def test_the_seal_holds_for_every_field(name):
    fields = json.loads(crawl_logs.written(LOG, KEY))
    del fields[name]
    assert crawl_logs.is_sealed(json.dumps(fields).encode(), KEY) is False


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_what_a_field_cannot_be_is_a_damaged_log(tmp_path, name, value):
    path = crawl_log_path(tmp_path, LOG.source, DAY)
    write_crawl_log(path, LOG)
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {name: value}))
    with pytest.raises(CrawlLogDamaged):
        read_crawl_log(path)


def changed(path: Path, **fields: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_bytes()) | fields))


def test_a_log_is_of_the_source_and_day_of_its_path_and_sealed_if_it_says_so(tmp_path):
    path = crawl_log_path(tmp_path, LOG.source, DAY)
    write_crawl_log(path, LOG, KEY)
    assert read_crawl_log(path, KEY) == LOG
    for elsewhere in (
        crawl_log_path(tmp_path, "nl_ander", DAY),
        crawl_log_path(tmp_path, LOG.source, DAY + timedelta(1)),
    ):
        elsewhere.parent.mkdir(exist_ok=True)
        elsewhere.write_bytes(path.read_bytes())
        with pytest.raises(CrawlLogDamaged, match=f"{elsewhere.parent.name}/{elsewhere.name}"):
            read_crawl_log(elsewhere)
    changed(path, listings_read=19)
    assert read_crawl_log(path).listings_read == 19  # to show it nobody needs a key
    with pytest.raises(CrawlLogDamaged):
        read_crawl_log(path, KEY)
    write_crawl_log(path, LOG)  # of before there were seals, in a state folder
    assert read_crawl_log(path, KEY) == LOG


NAMES = st.sampled_from(
    ["foo", "0001-01-01", "9999-12-31", "abcd-ef-gh", "20261012", "2026-W42-1", "2026-10-12", "...."]
) | st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=12)


@given(st.lists(NAMES, max_size=4))
def test_names_that_are_no_day_are_passed_over(tmp_path_factory, names):
    place = tmp_path_factory.mktemp("state")
    for folder, suffix in (("crawl", ".json"), ("seen", SUFFIX)):
        (place / folder / LOG.source).mkdir(parents=True)
        for name in names:
            if name != str(DAY):
                (place / folder / LOG.source / f"{name}{suffix}").write_bytes(b"{}")
    write_crawl_log(crawl_log_path(place, LOG.source, DAY), LOG, KEY)
    SeenIndex(KEY).save(place / "seen", LOG.source, DAY)
    assert history(place, LOG.source, DAY + timedelta(1), KEY) == [LOG]
    assert SeenIndex.load(place / "seen", LOG.source, DAY + timedelta(1), KEY).before() == 0


def test_a_crawl_is_not_held_against_what_is_damaged_or_forged(tmp_path):
    for number in range(3):
        log = CrawlLog(**{**{name: getattr(LOG, name) for name in LOG.__slots__}, "day": DAY + timedelta(number)})
        write_crawl_log(crawl_log_path(tmp_path, LOG.source, log.day), log, KEY)
    changed(crawl_log_path(tmp_path, LOG.source, DAY), listings_present=10)
    crawl_log_path(tmp_path, LOG.source, DAY + timedelta(1)).write_bytes(b"{")
    found = history(tmp_path, LOG.source, DAY + timedelta(5), KEY)
    assert [log.day for log in found] == [DAY + timedelta(2)]
