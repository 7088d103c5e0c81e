"""Try again politely: wait as long as a site asks, with every other request waiting too."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response
from scrapy.utils.response import response_status_message

FIRST_WAIT_SECONDS = 5.0  # doubled with each further try; nothing on a source that is crawled without delay


def retry_after(value: bytes | None, now: datetime) -> float | None:
    """Read a Retry-After header as seconds from `now`; None where there is none or it cannot be read.

    >>> retry_after(b"120", datetime(2026, 10, 12, tzinfo=UTC))
    120.0
    """
    if value is None:
        return None
    text = value.decode("ascii", "replace").strip()
    if text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


class BackOff(RetryMiddleware):
    """Retry passing failures, after Retry-After where it is bearable, else not at all.

    429 is not among the retried (PRIVACY P2): it ends the day's crawl.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler.settings)
        self.crawler = crawler
        self._cap = crawler.settings.getfloat("SPIDERS_RETRY_AFTER_CAP")
        self._first = FIRST_WAIT_SECONDS if crawler.settings.getfloat("DOWNLOAD_DELAY") else 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "BackOff":
        """Make it from the crawler's settings."""
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Give the response, or the request again after waiting."""
        if response.status not in self.retry_http_codes or request.meta.get("dont_retry"):
            return response
        asked = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        if asked is not None and asked > self._cap:
            return response
        again = self._retry(request, response_status_message(response.status))
        if again is None:
            return response
        await self._wait(self._first * 2 ** request.meta.get("retry_times", 0) if asked is None else asked)
        return again

    async def _wait(self, seconds: float) -> None:
        if seconds <= 0:
            return
        engine = self.crawler.engine
        engine.pause()
        try:
            await asyncio.sleep(seconds)
        finally:
            engine.unpause()
