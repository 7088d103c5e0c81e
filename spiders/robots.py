"""Obey robots.txt: what cannot be read is no permission. What its lines mean: `spiders.robots_rules`."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, Self, TypeVar
from weakref import WeakKeyDictionary

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from spiders.addresses import Origin, origin_of
from spiders.guard import PARTIAL_CONTENT, Barred
from spiders.reasons import reason_of
from spiders.robots_rules import MAX_BYTES, Rules
from spiders.safety import spaced

MAX_STATED_BYTES = 16 * 1024 * 1024  # of a robots.txt as announced, or unpacked; one that is larger is no file of rules
MAX_AGE_SECONDS = 24 * 3600.0  # RFC 9309, 2.4
MAX_DELAY_SECONDS = 3600.0  # a site that wants more than an hour between two requests wants no crawler

UNREACHABLE = "robots_unreachable"
DISALLOWS = "robots_disallow"
REFUSED = "robots_refused"
TOO_SLOW = "robots_crawl_delay"
_SAYS_NO = frozenset({401, 403, 407, 429, 451})  # RFC 9309 would allow all; PRIVACY P2 takes it for a no

# Which site-wide file a request asks for. The values are compared by identity, so that no source can claim one.
SITE_FILE = "spiders_site_file"
ROBOTS = object()

Answer = TypeVar("Answer")


def verdict_on(status: int) -> str | None:
    """Name why an answer to the request for robots.txt forbids everything; None where its body (or absence) decides.

    A part of the file (206), which was not asked for, may lack the rule that matters.
    """
    if status in _SAYS_NO:
        return REFUSED
    if status >= 500 or status < 200 or 300 <= status < 400 or status == PARTIAL_CONTENT:
        return UNREACHABLE
    return None


class Once(Generic[Answer]):
    """What each origin answered, asked once in 24 hours, however many requests wait for it."""

    def __init__(self) -> None:
        self._asked: dict[Origin | None, tuple[float, asyncio.Future[Answer]]] = {}

    async def of(self, url: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """Give the answer of the origin of `url`; `ask` gets it where there is none yet or it is too old."""
        origin, now = origin_of(url), time.monotonic()
        since, answer = self._asked.get(origin, (now, None))
        if answer is None or now - since > MAX_AGE_SECONDS:
            answer = asyncio.ensure_future(ask())
            self._asked[origin] = now, answer
        return await asyncio.shield(answer)


async def site_file(crawler: Crawler, request: Request, path: str, kind: object, max_bytes: int) -> Response:
    """Fetch the site-wide file at `path` of the origin of `request`, through all middlewares and the polite queue."""
    url = "/".join(request.url.split("/", 3)[:3]) + path
    meta = {SITE_FILE: kind, "download_maxsize": max_bytes}
    asked = Request(url.partition("?")[0], priority=1000, callback=NO_CALLBACK, meta=meta)
    return await crawler.engine.download_async(asked)


class Rfc9309Robots:
    """Downloader middleware that obeys robots.txt.

    Server errors, time-outs and redirects that lead nowhere forbid the whole origin. Scrapy's own middleware takes
    any answer for rules and any failure for permission. Crawl-delay becomes the least delay of the host.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._answers: Once[Rules | str] = Once()
        self._received: WeakKeyDictionary[Request, int] = WeakKeyDictionary()
        crawler.signals.connect(self._enough, signal=signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it for a crawler."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let pass what the rules allow; raise `Barred` with the reason else."""
        if request.meta.get(SITE_FILE) is ROBOTS:
            return
        answer = await self._answers.of(request.url, lambda: self._ask(request))
        if isinstance(answer, str):
            raise Barred(answer)
        if not answer.allow(request.url):
            raise Barred(DISALLOWS)

    async def _ask(self, request: Request) -> Rules | str:
        try:
            response = await site_file(self.crawler, request, "/robots.txt", ROBOTS, MAX_STATED_BYTES)
        except Exception as error:  # noqa: BLE001 - whatever went wrong: the rules are not known
            return "tls" if reason_of(error) == "tls" else UNREACHABLE
        reason = verdict_on(response.status)
        if reason is not None:
            return reason
        rules = Rules.read(response.body if response.status < 300 else b"")
        if rules.delay is not None and rules.delay > MAX_DELAY_SECONDS:
            return TOO_SLOW
        self._slow_down(request, rules.delay)
        return rules

    def _enough(self, data: bytes, request: Request, spider: Spider) -> None:  # noqa: ARG002 - Scrapy's signature
        """Stop fetching a robots.txt where its rules end for us."""
        if request.meta.get(SITE_FILE) is not ROBOTS:
            return
        received = self._received.get(request, 0) + len(data)
        self._received[request] = received
        if received > MAX_BYTES:
            raise StopDownload(fail=False)

    def _slow_down(self, request: Request, seconds: float | None) -> None:
        if not seconds or spaced(seconds) <= self.crawler.settings.getfloat("DOWNLOAD_DELAY"):
            return
        seconds = spaced(seconds)
        downloader = self.crawler.engine.downloader
        downloader._delay = seconds  # noqa: SLF001 - the way Scrapy's own AutoThrottle sets it
        slot = downloader.slots.get(downloader.get_slot_key(request))
        if slot is not None:
            slot.delay = seconds
            slot.concurrency = 1
        throttle = self.crawler.get_extension(AutoThrottle)
        if throttle is not None:
            throttle.mindelay = seconds
            throttle.maxdelay = max(throttle.maxdelay, seconds)
