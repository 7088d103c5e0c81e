"""Take fields out of pages. What is missing is an error with a name, never a quiet default."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from lxml import etree  # type: ignore[import-untyped]
from parsel import Selector

from spiders.errors import PageChanged

if TYPE_CHECKING:  # contracts are read where Scrapy is not: in DAG files
    from scrapy.http import TextResponse

Page: TypeAlias = "TextResponse | Selector"
"""A page or a part of one: both answer `css`."""

MOST_DIGITS = 15  # nothing on a page is counted in more, and Python refuses to read thousands
MOST_NESTED = 6  # lists and graphs in each other, in JSON-LD
_NUMBER = re.compile(r"\d[\d.\u00a0 ]*")
_SPACE = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\s*\n\s*")
_AGO = re.compile(
    r"(\d{1,4})\s*(min|minuut|minuten|uur|dag|dagen|week|weken|maand|maanden|jaar|jaren|"
    r"minutes?|hours?|days?|weeks?|months?|years?)\b"
)
_LINES = frozenset(
    {"address", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "li", "ol", "p", "pre", "td", "tr", "ul"}
)
_DAY_WORDS = (
    (re.compile(r"\b(vandaag|zojuist|heute|today|now)\b"), 0),
    (re.compile(r"\b(eergisteren|vorgestern)\b"), 2),
    (re.compile(r"\b(gisteren|gestern|yesterday)\b"), 1),
)
_MONTHS = (
    *("jan|januari|january|januar", "feb|februari|february|februar", "mrt|maart|mar|march|mär|märz", "apr|april"),
    *("mei|may|mai", "jun|juni|june", "jul|juli|july", "aug|augustus|august", "sep|sept|september"),
    *("okt|oktober|oct|october", "nov|november", "dec|december|dez|dezember"),
)
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split("|")}
_WITH_MONTH = re.compile(rf"\b(\d{{1,2}})\.? ({'|'.join(sorted(_MONTH_OF, key=len, reverse=True))})\.? (\d{{4}})\b")
_HOURS_IN = dict.fromkeys(("uur", "hou"), 1) | dict.fromkeys(("dag", "day"), 24) | dict.fromkeys(("wee", "wek"), 168)
_HOURS_IN |= dict.fromkeys(("maa", "mon"), 730) | dict.fromkeys(("jaa", "jar", "yea"), 8766)


def only(page: Page, css: str) -> str:
    """Give the text of the one element or attribute that `css` selects, stripped.

    Raises:
        PageChanged: there is none, more than one, or an empty one.
    """
    found = page.css(css).getall()
    if len(found) != 1:
        raise PageChanged(f"{css} gives {'none' if not found else 'several'} instead of one")
    text = tidy(found[0])
    if not text:
        raise PageChanged(f"{css} is empty")
    return text


def maybe(page: Page, css: str) -> str | None:
    """Give the text of the first match, stripped, or None where there is none or an empty one."""
    found = page.css(css).get()
    return (tidy(found) or None) if found is not None else None


def text_of(page: Page, css: str) -> str:
    """Give the whole text below the one element that `css` selects, its blocks and breaks as lines.

    Raises:
        PageChanged: there is no such element, there are several, or it holds no text.
    """
    found = page.css(css)
    if len(found) != 1:
        raise PageChanged(f"{css} gives {'none' if not found else 'several'} instead of one")
    text = tidy(block_text(found[0].root))
    if not text:
        raise PageChanged(f"{css} is empty")
    return text


def block_text(element: Any) -> str:
    """Give the whole text below an lxml element, with a line end where a browser would begin a line; not tidied."""
    return "".join(_pieces(element))


def _pieces(element: Any) -> Iterator[str]:
    """Give the text nodes below `element` in order, with a line end where a browser would begin a line."""
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        hidden = not isinstance(node.tag, str) or node.tag in {"script", "style"}
        if event == "start":
            if node.tag in _LINES:
                yield "\n"
            if not hidden:
                yield node.text or ""
        if event != "start":
            if node.tag in _LINES:
                yield "\n"
            if node is not element:
                yield node.tail or ""


def number(text: str | None) -> int | None:
    """Read the first whole number in `text`; dots and spaces between thousands are skipped.

    >>> number("1.204 advertenties"), number("geen")
    (1204, None)
    """
    found = _NUMBER.search(text or "")
    digits = re.sub(r"\D", "", found.group()) if found else ""
    return int(digits) if 0 < len(digits) <= MOST_DIGITS else None


def tidy(text: str) -> str:
    r"""Drop control characters, squeeze spaces within lines and blank lines between them, and compose (NFC).

    >>> tidy("  ontvang\x00 thuis \n\n in  Enschede ")
    'ontvang thuis\nin Enschede'
    """
    # str.isprintable is False for private-use and unassigned characters too, which may stand in an honest text.
    kept = "".join(c for c in text if c >= " " or c in "\n\t") if any(c < " " for c in text) else text
    lines = _BLANK_LINES.sub("\n", _SPACE.sub(" ", kept))
    return unicodedata.normalize("NFC", lines.strip())


def posted(text: str | None, day: date) -> date | None:
    """Resolve a stamp against the crawl day: ISO, `d-m-yyyy`, "12 okt. 2026", "gisteren", "3 dagen geleden", "2 hours ago".

    None where there is no stamp, or where its form is not known: the date is not needed for any figure.

    >>> posted("2 dagen geleden", date(2026, 10, 14)), posted("gisteren 21:04", date(2026, 10, 14))
    (datetime.date(2026, 10, 12), datetime.date(2026, 10, 13))
    """
    stamp = (text or "").strip().lower()
    if found := re.search(r"\b(\d{4})-(\d{2})-(\d{2})", stamp):
        return _date(int(found[1]), int(found[2]), int(found[3]))
    if found := re.search(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b", stamp):
        return _date(int(found[3]), int(found[2]), int(found[1]))
    if found := _WITH_MONTH.search(stamp):
        return _date(int(found[3]), _MONTH_OF[found[2]], int(found[1]))
    for words, days in _DAY_WORDS:
        if words.search(stamp):
            return day - timedelta(days=days)
    ago = [timedelta(hours=int(count) * _HOURS_IN.get(unit[:3], 0)) for count, unit in _AGO.findall(stamp)]
    try:  # the hour of the crawl is not known; with noon, a stamp in hours is at most half a day wrong
        return (datetime.combine(day, time(12)) - sum(ago, timedelta())).date() if ago else None
    except OverflowError:  # before the year 1
        return None


def _date(year: int, month: int, of_month: int) -> date | None:
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def iso_date(text: str) -> date | None:
    """Read the local day of an ISO date or time; None where it is neither."""
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def json_ld(page: Page, kind: str) -> Mapping[str, Any]:
    """Give the one schema.org object of `@type` `kind` in the page's JSON-LD blocks.

    Raises:
        PageChanged: there is none, or more than one.
    """
    found = [thing for thing in _things(page) if kind in _types(thing)]
    if len(found) != 1:
        raise PageChanged(f"JSON-LD {kind}: {'none' if not found else 'several'} instead of one")
    return found[0]


def _types(thing: Mapping[str, Any]) -> list[Any]:
    types = thing.get("@type")
    return types if isinstance(types, list) else [types]


def _things(page: Page) -> Iterator[Mapping[str, Any]]:
    for block in page.css('script[type="application/ld+json"]::text').getall():
        try:
            data = json.loads(block, strict=False)  # sites put bare line ends inside strings
        except (ValueError, RecursionError):
            continue
        yield from _objects(data, depth=0)


def _objects(data: Any, *, depth: int) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, dict):
        yield data
        graph = data.get("@graph")
        if graph is not None and depth < MOST_NESTED:
            yield from _objects(graph, depth=depth + 1)
    elif isinstance(data, list):
        for part in data:
            if depth < MOST_NESTED:
                yield from _objects(part, depth=depth + 1)
