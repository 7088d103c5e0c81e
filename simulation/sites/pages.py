"""What the three small listing sites share: requests, answers, the day's state, robots.txt and the sitemap."""

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from typing import Any, ClassVar
from wsgiref.types import StartResponse, WSGIEnvironment

from simulation.outages import Outage
from simulation.world import LiveAd, World

PER_PAGE = 50
MONTHS = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november",
          "december")  # fmt: skip
_STATUS = {200: "200 OK", 301: "301 Moved Permanently", 304: "304 Not Modified", 404: "404 Not Found", 405: "405 Method Not Allowed",
           503: "503 Service Unavailable"}  # fmt: skip

__all__ = ["MONTHS", "PER_PAGE", "Answer", "Day", "ListingSite", "dutch_date", "escape"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    body: bytes
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """Everything a site shows on one day; replaced as a whole when the day changes."""

    date: date
    ads: tuple[LiveAd, ...]
    by_id: dict[str, LiveAd]
    outage: Outage

    @property
    def pages(self) -> int:
        """Number of index pages, at least one."""
        return max(1, -(-len(self.ads) // PER_PAGE))

    def page(self, number: int) -> tuple[LiveAd, ...]:
        """Give the advertisements of index page `number`, from 1."""
        return self.ads[(number - 1) * PER_PAGE : number * PER_PAGE]


class ListingSite(ABC):
    """A WSGI application that shows one site of a world on one day. Answers depend on world, day and path alone."""

    name: ClassVar[str]
    sitemap_path: ClassVar[str] = "/sitemap.xml"
    robots_lines: ClassVar[tuple[str, ...]] = ("User-agent: *", "Disallow: /beheer/", "Allow: /")

    def __init__(self, world: World) -> None:
        self.world = world
        self.set_day(world.settings.first_day)

    def set_day(self, day: date) -> None:
        """Show another day from the next request on."""
        site = self.world.site(self.name)
        ads = site.listings(day)
        self._day = Day(day, ads, {ad.listing_id: ad for ad in ads}, site.outage(day))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._answer(environ)
        if answer.status == 200:
            answer = _if_changed(answer, environ.get("HTTP_IF_NONE_MATCH"))
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body))), *answer.headers]
        start_response(_STATUS[answer.status], headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        day = self._day
        if day.outage.is_total:
            return unavailable()
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return Answer(b"Method not allowed", 405, "text/plain; charset=utf-8")
        path = environ["PATH_INFO"] or "/"
        base = f"http://{environ.get('HTTP_HOST', 'localhost')}"
        if path == "/robots.txt":
            lines = (*self.robots_lines, f"Sitemap: {base}{self.sitemap_path}", "")
            return Answer("\n".join(lines).encode(), content_type="text/plain; charset=utf-8")
        if path == self.sitemap_path:
            return self._sitemap(day, base)
        return self.answer(day, path, environ.get("QUERY_STRING", ""), base) or missing()

    def _sitemap(self, day: Day, base: str) -> Answer:
        rows = "\n".join(
            f"<url><loc>{base}{escape(self.path_of(ad))}</loc><lastmod>{ad.refreshed.date()}</lastmod></url>"
            for ad in day.ads
        )
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}\n</urlset>\n'
        return Answer(text.encode(), content_type="application/xml; charset=utf-8")

    def index(self, day: Day, number: int | None, show: Callable[[Day, int], Answer]) -> Answer | None:
        """Answer for index page `number`: 503 when it is out of order today, None (404) when there is no such page."""
        if number is None or not 1 <= number <= day.pages:
            return None
        return unavailable() if number in day.outage.index_pages else show(day, number)

    @abstractmethod
    def path_of(self, ad: LiveAd) -> str:
        """Give the path of an advertisement's page."""

    @abstractmethod
    def answer(self, day: Day, path: str, query: str, base: str) -> Answer | None:
        """Answer one request for a page of this site; None where there is no such page."""


def _if_changed(answer: Answer, known: str | None) -> Answer:
    """Name the page's content in an ETag, and send it only to who does not have it yet."""
    tag = f'"{hashlib.sha256(answer.body).hexdigest()[:20]}"'
    named = replace(answer, headers=(*answer.headers, ("ETag", tag)))
    return replace(named, body=b"", status=304) if known == tag else named


def unavailable() -> Answer:
    """Say that the site is out of order for now."""
    body = b"<!doctype html><title>503</title><p>De site is even niet bereikbaar. Probeer het later nog eens.</p>"
    return Answer(body, 503, headers=(("Retry-After", "3600"),))


def missing() -> Answer:
    """Say that there is no such page."""
    return Answer(b"<!doctype html><title>404</title><p>Deze pagina bestaat niet (meer).</p>", 404)


def moved(path: str) -> Answer:
    """Send on to another path of the same site."""
    return Answer(b"", 301, headers=(("Location", path),))


def number_in(text: str, pattern: str) -> int | None:
    """Read the one number that `pattern` (whole match, one group) finds in `text`.

    >>> number_in("pagina=12", "pagina=([0-9]+)")
    12
    """
    found: re.Match[str] | Any = re.fullmatch(pattern, text)
    return int(found[1]) if found and len(found[1]) < 7 else None


def dutch_date(day: date) -> str:
    """Write a date in words.

    >>> dutch_date(date(2026, 10, 12))
    '12 oktober 2026'
    """
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
