"""Recorded pages: a page of a source, scrubbed, with what it reads as. They hold a source to its contract without network.

A recording is a folder: `page.html`, `page.json` (address, callback, date, content type) and `expected.json`. The first
test of a new one writes `expected.unread.json` and fails, and goes on failing until a person has read it through and
renamed it.
"""

import ast
import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from difflib import unified_diff
from pathlib import Path
from typing import Any, Literal

from scrapy.http import TextResponse
from scrapy.responsetypes import responsetypes

from spiders import classes, register
from spiders.base import ListingSpider
from spiders.entries import SourceEntry
from spiders.errors import ClassFault, PageChanged, RecordingUnlike, RecordingUnread, SpiderError
from spiders.index_pages import IndexPage
from spiders.legible import legible
from spiders.quiet import where
from spiders.scrubbing.page import scrub
from spiders.tally import LISTING_FIELDS
from warehouse.records import Listing

Callback = Literal["parse_index", "parse_listing"]
CALLBACKS: tuple[Callback, ...] = ("parse_index", "parse_listing")
_XML = (b"<?xml", b"<rss", b"<feed", b"<urlset", b"<sitemapindex")
EXPECTED, UNREAD = "expected.json", "expected.unread.json"
OWN_RECORDINGS = Path(__file__).parent.parent / "tests" / "spiders" / "sources"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it came; memory only until it has been scrubbed."""

    url: str = field(repr=False)
    callback: Callback
    day: date
    content_type: str
    body: bytes = field(repr=False)

    def response(self) -> TextResponse:
        """Give the page as the spider gets it."""
        headers = {"Content-Type": self.content_type}
        kind = responsetypes.from_args(headers=headers, url=self.url)  # type: ignore[arg-type]  # any mapping will do
        return legible(kind(self.url, body=self.body, headers=headers))


def recordings_of(contract: Path) -> Path:
    """Give the folder of a source's recordings: among our tests, or beside a contract of the installation's own."""
    beside = OWN_RECORDINGS if contract.parent == register.SOURCES else contract.parent / "recordings"
    return beside / contract.stem


def recorded(name: str) -> list[Path]:
    """Give the folders of a source's recordings, in order.

    Raises:
        UnknownSource: there is no such source.
    """
    return sorted(path.parent for path in recordings_of(register.contract_path(name)).glob("*/page.json"))


def load(folder: Path) -> Page:
    """Read one recording's page."""
    said = json.loads((folder / "page.json").read_text(encoding="utf-8"))
    body = (folder / "page.html").read_bytes()
    return Page(said["url"], said["callback"], date.fromisoformat(said["date"]), said["content_type"], body)


def content_type_of(body: bytes) -> str:
    """Tell what a saved page is; nobody wrote down what its server said."""
    return "text/xml" if body[:200].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(_XML) else "text/html"


def read(spider: type[ListingSpider], page: Page, entry: SourceEntry | None = None) -> IndexPage | Listing:
    """Read a page with a source's class.

    Raises:
        PageChanged: it does not look as the source promises.
        ClassFault: the class has a fault; nothing of the page is in the error.
    """
    fault: ClassFault | None = None
    try:
        found = getattr(spider(day=page.day, entry=entry), page.callback)(page.response())
        if isinstance(found, IndexPage):
            return found
        listings: list[Listing] = list(found)
    except (SpiderError, NotImplementedError):
        raise
    except Exception as error:  # noqa: BLE001 - a source's own code: its message may hold the page
        fault = ClassFault(spider.__name__, type(error).__name__, where(error.__traceback__, spider.__module__))
    if fault is not None:
        raise fault
    if len(listings) != 1:
        raise PageChanged("a listing's page holds no listing" if not listings else "a listing's page holds several")
    return listings[0]


def plain(found: IndexPage | Listing) -> list[Any]:
    """Give what was read as JSON has it."""
    fields = json.loads(json.dumps(dataclasses.asdict(found), default=str))
    for card in fields.get("cards", ()):
        if card["listing"] is None:  # on most sites a listing has a page of its own
            del card["listing"]
    return [fields]


def assert_reads_as_recorded(name: str, folder: Path) -> None:
    """Read a recording and hold it against what a person has read through.

    Raises:
        RecordingUnread: nobody has read through what it reads as; it stands in `expected.unread.json`.
        AssertionError: it reads otherwise.
    """
    contract = register.contract_path(name)
    found = plain(read(classes.class_of(contract), load(folder), register.read_entry(contract)))
    expected = folder / EXPECTED
    if not expected.exists():
        (folder / UNREAD).write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        raise RecordingUnread(folder)
    wanted = json.loads(expected.read_text(encoding="utf-8"))
    if found != wanted:
        was, now = (json.dumps(each, indent=1, ensure_ascii=False).splitlines() for each in (wanted, found))
        raise AssertionError("\n".join(unified_diff(was, now, EXPECTED, "what it reads as now", lineterm="")))


def keep(page: Page, contract: Path) -> Path:
    """Scrub a page and add it to a source's recordings; give its folder.

    Raises:
        PageChanged: the source cannot read the page as it came.
        RecordingUnlike: scrubbing took away what the source reads; nothing was written.
        ScrubFailed: something of the page would have stayed; nothing was written.
    """
    entry, spider = register.read_entry(contract), classes.class_of(contract)
    text = page.response().text
    is_xml = content_type_of(text.encode()) == "text/xml"
    clean = scrub(text, url=page.url, keep=sorted(words_of(contract)), kind="xml" if is_xml else "html")
    said_type = f"{content_type_of(text.encode())}; charset=utf-8"
    scrubbed = Page(clean.url, page.callback, page.day, said_type, clean.text.encode())
    before = read(spider, page, entry)
    try:
        after = read(spider, scrubbed, entry)
    except PageChanged as error:
        raise RecordingUnlike(entry.name, [error.what]) from None
    differs = sorted(_outline(before) ^ _outline(after))
    if differs:
        raise RecordingUnlike(entry.name, sorted({what for what, _ in differs}))
    above = recordings_of(contract)
    label = "index" if page.callback == "parse_index" else "listing"
    number = 1 + max((int(path.name.rpartition("-")[2]) for path in above.glob(f"{label}-*")), default=0)
    folder = above / f"{label}-{number}"
    folder.mkdir(parents=True)
    (folder / "page.html").write_text(clean.text, encoding="utf-8")
    said = {"url": clean.url, "callback": page.callback, "date": page.day.isoformat(), "content_type": said_type}
    (folder / "page.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return folder


def words_of(contract: Path) -> set[str]:
    """Give what a source leans on: the selectors, patterns and addresses of its contract, and the texts in its class."""
    reading = register.read_entry(contract).reading
    tree = ast.parse(contract.with_suffix(".py").read_text(encoding="utf-8"))
    literals = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    own = literals - _docstrings(tree) - {contract.stem}
    return {*_strings(reading.model_dump() if reading is not None else {}), *own}


def _docstrings(tree: ast.AST) -> set[str | None]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)


def _outline(found: IndexPage | Listing) -> set[tuple[str, object]]:
    """Give what has to be the same before and after scrubbing: what is there, never what it says."""
    if isinstance(found, Listing):
        there = {(name, bool(getattr(found, name))) for name in LISTING_FIELDS}
        return {*there, ("date", found.posted_date)}
    return {
        ("cards", len(found.cards)),
        ("different listings", len({card.listing_id for card in found.cards})),
        ("unreadable cards", found.faulty),
        ("total", found.listings),
        ("pages", found.pages),
        ("next page", found.next_url is not None),
        ("lists", tuple(branch.listings for branch in found.branches)),
    }
