"""A notice board on loopback whose every answer a test can set, and the spider that knows it."""

import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from parsel import Selector
from scrapy import Request
from scrapy.http import TextResponse

from spiders.base import ListingSpider
from spiders.entries import Assertions, SourceEntry
from spiders.extract import maybe, number, only, posted, text_of
from spiders.index_pages import Card, IndexPage
from warehouse.records import Listing

Answer = tuple[int, dict[str, str], bytes]
Route = Answer | bytes | str | Callable[[BaseHTTPRequestHandler], None]


class Site:
    """Serves `routes` (path with query -> answer); `asked` lists (seconds, path) in order."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {"/robots.txt": "User-agent: *\nAllow: /\n"}
        self.asked: list[tuple[float, str]] = []
        self.headers: list[dict[str, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                site.asked.append((time.monotonic(), self.path))
                site.headers.append({name.lower(): value for name, value in self.headers.items()})
                route = site.routes.get(self.path, (404, {}, b"<title>Pagina bestaat niet</title>"))
                if callable(route):
                    route(self)
                    return
                if isinstance(route, str):
                    route = route.encode()
                status, headers, body = route if isinstance(route, tuple) else (200, {}, route)
                self.send_response(status)
                if "Content-Type" not in headers:
                    kind = "text/plain" if self.path == "/robots.txt" else "text/html; charset=utf-8"
                    self.send_header("Content-Type", kind)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):
                    super().handle()

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # a client that hangs up is part of many tests

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.asked]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Board:
    """Fills a site with `count` advertisements, `per_page` to an index page."""

    site: Site
    count: int = 12
    per_page: int = 5
    stated: int | None = None
    pages_stated: int | None = None
    body: Callable[[int], str] = field(default=lambda number: f"Ontvang thuis, advertentie nummer {number}.")

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.per_page))

    def fill(self) -> "Board":
        for page in range(1, self.pages + 1):
            self.site.routes[self.path(page)] = self.index(page)
        for number_ in range(1, self.count + 1):
            self.site.routes[f"/ad/a{number_}"] = self.listing(number_)
        return self

    @staticmethod
    def path(page: int) -> str:
        return "/" if page == 1 else f"/?pagina={page}"

    def index(self, page: int, *, cards: str | None = None) -> str:
        numbers = range((page - 1) * self.per_page + 1, min(self.count, page * self.per_page) + 1)
        inner = "".join(map(self.card, numbers)) if cards is None else cards
        stated = self.count if self.stated is None else self.stated
        pages = self.pages if self.pages_stated is None else self.pages_stated
        more = f"<a rel=next href='/?pagina={page + 1}'>Volgende</a>" if page < pages else ""
        return (
            f"<!doctype html><title>Prikbord</title><p class=totaal>{stated} advertenties op {pages} pagina's</p>"
            f"<main>{inner}</main>{more}"
        )

    def card(self, number_: int) -> str:
        return (
            f"<article class=kaart data-id=a{number_}><a href='/ad/a{number_}'>Titel {number_}</a>"
            f"<i>{number_} uur geleden</i></article>"
        )

    def listing(self, number_: int) -> str:
        return (
            f"<!doctype html><title>Advertentie</title><article class=advertentie data-id=a{number_}>"
            f"<h1>Titel {number_}</h1>"
            f"<div class=tekst><p>{escape(self.body(number_))}</p></div><p class=plaats>Enschede</p>"
            f"<p class=telefoon>06 2000 {number_:04d}</p><time>{number_} uur geleden</time></article>"
        )


# A contract's way of reading a board.
READING = {
    "index": {
        "paths": ["/"],
        "proof": "p.totaal",
        "each": "article.kaart",
        "listing_id": "::attr(data-id)",
        "url": "a::attr(href)",
        "content": ["a::text"],
        "total": {"select": "p.totaal::text", "pattern": r"^\d+"},
        "pages": {"select": "p.totaal::text", "pattern": r"op (\d+)"},
        "page_url": "?pagina={page}",
    },
    "listing": {
        "listing_id": "article.advertentie::attr(data-id)",
        "title": "h1",
        "body": "div.tekst",
        "place": "p.plaats",
        "contact": "p.telefoon",
        "posted_date": "time",
    },
}


class BoardSpider(ListingSpider):
    """Reads what `Board` writes; knows page addresses from their number."""

    name = "xx_board"

    def parse_index(self, response: TextResponse) -> IndexPage:
        total = only(response, "p.totaal::text")
        cards, faulty = [], 0
        for card in response.css("article.kaart"):
            listing_id, link = card.attrib.get("data-id"), maybe(card, "a::attr(href)")
            if listing_id is None or link is None:
                faulty += 1
                continue
            cards.append(Card(listing_id, response.urljoin(link), maybe(card, "a::text") or ""))
        next_url = maybe(response, "a[rel=next]::attr(href)")
        return IndexPage(
            cards=tuple(cards),
            faulty=faulty,
            listings=number(total),
            pages=number(total.partition(" op ")[2]),
            next_url=response.urljoin(next_url) if next_url else None,
        )

    def page_url(self, first_url: str, number: int) -> str | None:
        return f"{first_url}?pagina={number}"

    def parse_listing(self, response: TextResponse) -> Iterator[Listing]:
        yield Listing(
            source=self.name,
            listing_id=only(response, "article.advertentie::attr(data-id)"),
            title=only(response, "h1::text"),
            body=text_of(response, "div.tekst"),
            place=maybe(response, "p.plaats::text"),
            contact=maybe(response, "p.telefoon::text"),
            posted_date=posted(maybe(response, "time::text"), self.day),
        )


class LinkedBoardSpider(BoardSpider):
    """The same board, its further pages known from links only and its size from nothing."""

    def parse_index(self, response: TextResponse) -> IndexPage:
        page = super().parse_index(response)
        return IndexPage(cards=page.cards, faulty=page.faulty, next_url=page.next_url)

    def page_url(self, first_url: str, number: int) -> str | None:
        return None


class StampsBoardSpider(BoardSpider):
    """The same board with a sitemap, which is read before everything else."""

    stamps_path = "/sitemap.xml"

    def parse_stamps(self, response: TextResponse) -> dict[str, str]:
        page = Selector(text=response.text, type="xml")
        page.remove_namespaces()
        return {
            (url.xpath("string(loc)").get() or "").rpartition("/")[2]: url.xpath("string(lastmod)").get() or ""
            for url in page.xpath("//url")
        }


class CheekySpider(BoardSpider):
    """Says of its requests what Scrapy takes for leave to ignore robots.txt."""

    async def start(self) -> AsyncIterator[Request]:
        async for request in super().start():
            yield request.replace(meta={"dont_obey_robotstxt": True, "spiders_site_file": "robots"})


class FaultySpider(BoardSpider):
    """Its code has a fault that shows the page's text in the error."""

    def parse_listing(self, response: TextResponse) -> Iterator[Listing]:
        raise ValueError(response.text)
        yield


def board_entry(**changes: Any) -> SourceEntry:
    fields: dict[str, Any] = {
        "name": "xx_board",
        "version": "1",
        "title": "Prikbord",
        "kind": "synthetic",
        "enabled": True,
        "owner": "none",
        "group": "alfa",
        "scope": "made-up listings",
        "languages": ("nl",),
        "base_url": "http://127.0.0.1:1",
        "delay_seconds": 0,
        "hours_cap": 0.01,
        "assertions": Assertions(min_listings=1, max_listings=1000, fill={"contact": 0.9}),
    }
    return SourceEntry.model_validate(fields | changes)
