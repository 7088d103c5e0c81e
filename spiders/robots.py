"""robots.txt as RFC 9309 says, and stricter where it leaves a choice: what cannot be read is no permission."""

from typing import cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser, RobotParser

from spiders.guard import Barred

MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: at least 500 KiB must be parsed; the rest is not read

UNREACHABLE = "robots_unreachable"
DISALLOWS = "robots_disallow"
REFUSED = "robots_refused"
_SAYS_NO = frozenset({401, 403, 407, 429, 451})  # RFC 9309 would allow all; PRIVACY P2 takes it for a no


def rules_in(body: bytes) -> bytes:
    """Give the part of a robots.txt that counts: without byte order mark, at most 500 KiB, whole lines."""
    body = body.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    if len(body) <= MAX_BYTES:
        return body
    head = body[:MAX_BYTES]
    return head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]


def verdict_on(status: int) -> str | None:
    """Name why an answer to the request for robots.txt forbids everything; None where its body (or absence) decides."""
    if status in _SAYS_NO:
        return REFUSED
    if status >= 500 or status < 200 or 300 <= status < 400:
        return UNREACHABLE
    return None


class Rfc9309Robots(RobotsTxtMiddleware):
    """Obey robots.txt; server errors, time-outs and redirects that lead nowhere forbid the whole host.

    Scrapy takes any answer for rules and any failure for permission; both are turned round here. Its Crawl-delay
    becomes the least delay of the host.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._closed: dict[str, str] = {}

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Let pass what the rules allow; raise `Barred` with the reason else."""
        reason = self._closed.get(_netloc(request.url))
        if reason is not None or rp is None:
            raise Barred(reason or UNREACHABLE)
        if not rp.allowed(request.url, self._agent):
            raise Barred(DISALLOWS)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        reason = verdict_on(response.status)
        if reason is not None:
            self._closed[netloc] = reason
        body = rules_in(response.body) if 200 <= response.status < 300 else b""
        await super()._parse_robots(response.replace(body=body), netloc, request)
        parser = cast("ProtegoRobotParser", self._parsers[netloc])
        self._slow_down(request, parser.crawl_delay(self._agent))

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._closed[netloc] = UNREACHABLE
        if isinstance(exc, IgnoreRequest):
            super()._robots_error(exc, netloc)
        else:
            # Hand on only the type: the message of a network error can hold an address.
            super()._robots_error(IgnoreRequest(type(exc).__name__), netloc)

    @property
    def _agent(self) -> str:
        return cast("str", self._robotstxt_useragent)

    def _slow_down(self, request: Request, seconds: float | None) -> None:
        if not seconds or seconds <= self.crawler.settings.getfloat("DOWNLOAD_DELAY"):
            return
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


def _netloc(url: str) -> str:
    return url.split("/", 3)[2]
