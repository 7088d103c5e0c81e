"""Keep a crawl on its own site and off this network: addresses are checked by name and again after look-up."""

from collections.abc import Callable, Iterable
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from spiders.addresses import Origin, address_in, is_public, origin_of
from spiders.obstacles import overloads_parser

PARTIAL_CONTENT = 206


class Barred(IgnoreRequest):
    """A request that must not be sent; `reason` is a name without any address."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class SiteGuard:
    """Downloader middleware before all others: only the source's own origins, and no address inside this network.

    Redirects and robots.txt come past here too, since Scrapy sends them through all middlewares. Links to another
    port of the same host are off site.
    """

    def __init__(
        self, origins: Iterable[Origin], loopback: Iterable[Origin], stopped: Callable[[], str] = lambda: ""
    ) -> None:
        self._stopped = stopped
        self._origins = frozenset(origins)
        self._loopback = frozenset(loopback)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the origins from settings SPIDERS_ORIGINS and, for sources on this machine, SPIDERS_LOOPBACK.

        A made-up source needs no ground, so none of its hosts may be another machine, whatever its entry says.
        """
        settings = crawler.settings
        origins, claimed = (set(map(tuple, settings.getlist(name))) for name in ("SPIDERS_ORIGINS", "SPIDERS_LOOPBACK"))
        loopback = {origin for origin in claimed if _is_here(origin[1])}

        def stopped() -> str:
            tally = getattr(crawler.spider, "tally", None)
            return tally.stopped if tally is not None else ""

        return cls(origins - (claimed - loopback), loopback, stopped)

    def process_request(self, request: Request) -> None:
        """Let the request pass or raise `Barred`."""
        if self._stopped():  # what was scheduled before a source said no is not sent after it
            raise Barred("stopped")
        origin = origin_of(request.url)
        if origin is None:
            raise Barred("bad_address")
        if origin not in self._origins:
            raise Barred("off_site")
        address = address_in(origin[1])
        inside = not is_public(address) if address is not None else origin[1] == "localhost"
        if inside and origin not in self._loopback:
            raise Barred("inside_address")

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002 - Scrapy's signature
        """Refuse a page that would hold up the crawl, and a part of a page.

        No part was asked for, and what is missing would look like listings that are gone.
        """
        if response.status == PARTIAL_CONTENT:
            raise Barred(f"http_{PARTIAL_CONTENT}")
        if isinstance(response, TextResponse) and overloads_parser(response.body):
            raise Barred("hostile_markup")
        return response


def _is_here(host: str) -> bool:
    address = address_in(host)
    return host == "localhost" or (address is not None and address.is_loopback)


class GuardedResolver(CachingThreadedResolver):
    """Look-ups that end inside this network fail, so that no name can point a crawl at it."""

    def __init__(self, reactor: ReactorBase, cache_size: int, timeout: float, loopback_hosts: frozenset[str]) -> None:
        super().__init__(reactor, cache_size, timeout)
        self._loopback_hosts = loopback_hosts

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """Read cache size, time-out and the allowed loopback names from the settings."""
        settings = crawler.settings
        # By name: a further host of a made-up source is not trusted to be this machine.
        hosts = frozenset(origin[1] for origin in settings.getlist("SPIDERS_LOOPBACK") if _is_here(origin[1]))
        return cls(reactor, settings.getint("DNSCACHE_SIZE"), settings.getfloat("DNS_TIMEOUT"), hosts)

    def getHostByName(self, name: str, timeout: Iterable[int] = ()) -> "Deferred[str]":  # noqa: N802 - Twisted's name
        """Look `name` up; fails with `DNSLookupError` where it is an address inside this network."""
        found: Deferred[str] = super().getHostByName(name, tuple(timeout))
        return found if name in self._loopback_hosts else found.addCallback(self._checked)

    @staticmethod
    def _checked(address: str) -> str:
        read = address_in(address)
        if read is None or not is_public(read):
            raise DNSLookupError("inside_address")
        return address
