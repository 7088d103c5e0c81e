"""Text and data mining that a site reserves in /.well-known/tdmrep.json (TDM Reservation Protocol, report of May 2024).

The report lets headers and meta elements of a page overrule the file; here each of the three reserves by itself, and
none lifts what another reserves: whoever says no anywhere is believed (`spiders.obstacles` reads the other two).

What an answer to the request for the file means:

- 404, 410 and other 4xx, or robots.txt forbids the file: there is none. 401, 403, 429 and their like mean no.
- 200 with JSON decides. Anything else in the body is a page of the site's that says "not found", so there is none.
- JSON that cannot be read, server errors, time-outs, and redirects off the site or in a circle: a reservation that
  cannot be read is no permission, and nothing of the origin is fetched.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from spiders.guard import PARTIAL_CONTENT, Barred
from spiders.obstacles import REFUSING_STATUS
from spiders.robots import DISALLOWS, ROBOTS, SITE_FILE, Once, site_file
from spiders.robots_rules import Pattern, target_of

PATH = "/.well-known/tdmrep.json"
MAX_BYTES = 1024 * 1024
RESERVED = "tdm_reserved"
UNREADABLE = "tdm_unreadable"

RESERVATION = object()


class Unreadable(ValueError):
    """The file begins like JSON and is none."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the file: what it says of the paths that fit its location."""

    location: Pattern
    reserved: bool


def read(body: bytes) -> tuple[Rule, ...]:
    """Read a tdmrep.json; what is no JSON at all holds no rules.

    A value other than 0 or 1 is a protocol error and leaves the matter unset, as the report says. A rule that
    reserves without a location reserves everything.

    Raises:
        Unreadable: it begins like JSON and cannot be read as such.
    """
    text = body.decode("utf-8-sig", "replace").strip()
    if not text.startswith(("[", "{")):
        return ()
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable from None
    found = (_rule(part) for part in (data if isinstance(data, list) else [data]) if isinstance(part, dict))
    return tuple(rule for rule in found if rule is not None)


def _rule(part: dict[str, Any]) -> Rule | None:
    value, location = part.get("tdm-reservation"), part.get("location")
    if value not in (0, 1, "0", "1"):
        return None
    if not isinstance(location, str) or not location.strip():
        location = "/"
    location = location.strip()
    return Rule(Pattern(location if location.startswith(("/", "*")) else f"/{location}"), value in (1, "1"))


def is_reserved(rules: Sequence[Rule], url: str) -> bool:
    """Tell whether mining of `url` is reserved.

    The report wants the most specific match, and calls that the first in sequence. Where the first one that fits and
    the longest one that fits disagree, the one that reserves is followed.

    >>> is_reserved(read(b'[{"location": "/", "tdm-reservation": 1}]'), "https://site.example/a")
    True
    """
    target = target_of(url)
    fitting = [rule for rule in rules if rule.location.matches(target)]
    return bool(fitting) and (fitting[0].reserved or max(fitting, key=lambda rule: rule.location.octets).reserved)


def verdict_on(status: int) -> str | None:
    """Name why an answer to the request for the file forbids everything; None where its body (or absence) decides."""
    if status in REFUSING_STATUS:
        return REFUSING_STATUS[status]
    told = (200 <= status < 300 and status != PARTIAL_CONTENT) or 400 <= status < 500
    return None if told else UNREADABLE


class TdmReservation:
    """Downloader middleware, after robots.txt: fetches the file once per origin, before its first page."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._answers: Once[tuple[Rule, ...] | str] = Once()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Make it for a crawler."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let pass what is not reserved; raise `Barred` with the reason else."""
        if request.meta.get(SITE_FILE) in (ROBOTS, RESERVATION):
            return
        answer = await self._answers.of(request.url, lambda: self._ask(request))
        if isinstance(answer, str):
            raise Barred(answer)
        if is_reserved(answer, request.url):
            raise Barred(RESERVED)

    async def _ask(self, request: Request) -> tuple[Rule, ...] | str:
        try:
            response: Response = await site_file(self.crawler, request, PATH, RESERVATION, MAX_BYTES)
        except Barred as error:
            return () if error.reason == DISALLOWS else UNREADABLE
        except Exception:  # noqa: BLE001 - whatever went wrong: it is not known what is reserved
            return UNREADABLE
        reason = verdict_on(response.status)
        if reason is not None:
            return reason
        try:
            return read(response.body) if response.status < 300 else ()
        except Unreadable:
            return UNREADABLE
