"""Each source reads its recorded pages as recorded. `expected.json` is written once, then to be read by a person."""

import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from spiders import register
from spiders.legible import legible
from warehouse.records import Listing

HERE = Path(__file__).parent
RECORDINGS = sorted(path.parent for path in HERE.glob("*/*/page.json"))


def plain(value: Any) -> Any:
    """Give a value as JSON has it."""
    fields = dataclasses.asdict(value)
    return json.loads(json.dumps(fields, default=str))


def read(folder: Path) -> list[Any]:
    page = json.loads((folder / "page.json").read_text())
    headers = {"Content-Type": page["content_type"]}
    response = legible(HtmlResponse(page["url"], body=(folder / "page.html").read_bytes(), headers=headers))
    spider = register.spider_class(folder.parent.name)(day=date.fromisoformat(page["date"]))
    found = getattr(spider, page["callback"])(response)
    return [plain(found)] if dataclasses.is_dataclass(found) else [plain(item) for item in found]


@pytest.mark.parametrize("folder", RECORDINGS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_page_reads_as_recorded(folder):
    found = read(folder)
    path = folder / "expected.json"
    if not path.exists():
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
        pytest.fail(f"{path} was written; read it through, then run the test again")
    assert found == json.loads(path.read_text())


@pytest.mark.parametrize("name", sorted(register.load()))
def test_every_source_has_recorded_pages(name):
    callbacks = {
        json.loads((folder / "page.json").read_text())["callback"]
        for folder in RECORDINGS
        if folder.parent.name == name
    }
    assert callbacks >= {"parse_index", "parse_listing"}


def test_a_listing_never_shows_its_content():
    for folder in RECORDINGS:
        for item in read(folder):
            if "body" in item:
                shown = repr(Listing(**item | {"posted_date": None}))
                assert item["body"] not in shown
                assert item["listing_id"] not in shown
