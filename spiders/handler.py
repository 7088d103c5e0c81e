"""Download pages with Scrapy's own handler, with two holes closed that it and Twisted leave open.

Headers that do not end: Scrapy bounds a page and Twisted a line, but nobody their number; a site could fill the memory
with header lines, or with interim answers (1xx), until the time-out of the page.

Certificates that name nobody, or with a name that is none: Twisted 26.10 logs the error that its look at the names
raises and takes the certificate all the same (seen November 2026; `tests/spiders/test_tls.py` shows it).
"""

from collections.abc import Callable
from typing import Any

from OpenSSL.crypto import X509
from OpenSSL.SSL import VERIFY_FAIL_IF_NO_PEER_CERT, VERIFY_PEER, Connection
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.crawler import Crawler
from service_identity import CertificateError, VerificationError
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from service_identity.pyopenssl import extract_patterns
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IOpenSSLClientConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.web._newclient import Request as TxRequest
from twisted.web.iweb import IPolicyForHTTPS, IResponse
from zope.interface import implementer  # type: ignore[import-untyped]

from spiders.addresses import address_in

MAX_HEADER_BYTES = 64 * 1024  # of all headers together; ordinary ones take one or two


class HeadersTooLarge(Exception):
    """The headers of an answer take more than they may."""


class _BoundedParser(_LenientHTTPClientParser):
    header_bytes = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        self.header_bytes += len(line) + 1
        if self.header_bytes > MAX_HEADER_BYTES:
            raise HeadersTooLarge
        super().lineReceived(line)


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: TxRequest) -> Deferred[IResponse]:
        answer: Deferred[IResponse] = super().request(request)
        if self._parser is not None:
            self._parser.__class__ = _BoundedParser  # as Scrapy puts its own in place of Twisted's
        return answer


class _BoundedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> _BoundedProtocol:  # noqa: ARG002, N802 - Twisted's
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]


def _names(host: str) -> Callable[[Connection, X509, int, int, int], bool]:
    """Make the callback that OpenSSL asks about each certificate of a chain: the last must name `host`."""
    wanted = IPAddress_ID(host) if address_in(host) is not None else DNS_ID(host)

    def verified(connection: Connection, certificate: X509, error: int, depth: int, ok: int) -> bool:  # noqa: ARG001
        if not ok or depth:
            return bool(ok)
        try:
            verify_service_identity(extract_patterns(certificate), [wanted], [])
        except (CertificateError, VerificationError, ValueError):
            return False
        return True

    return verified


@implementer(IOpenSSLClientConnectionCreator)
class _Named:
    def __init__(self, host: str, creator: Any) -> None:  # zope's interfaces are no types
        self._host, self._creator = host, creator

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> Connection:  # noqa: N802, N803 - Twisted's
        connection: Connection = self._creator.clientConnectionForTLS(tlsProtocol)
        connection.set_verify(VERIFY_PEER | VERIFY_FAIL_IF_NO_PEER_CERT, _names(self._host))
        return connection


@implementer(IPolicyForHTTPS)
class _NamesTheHost:
    """Scrapy's policy, with our look at the names in place of Twisted's."""

    def __init__(self, policy: Any) -> None:
        self._policy = policy

    def creatorForNetloc(self, hostname: bytes, port: int) -> _Named:  # noqa: N802 - Twisted's name
        return _Named(hostname.decode("ascii"), self._policy.creatorForNetloc(hostname, port))


class BoundedHandler(HTTP11DownloadHandler):
    """Scrapy's handler for http and https; headers that are too large and certificates of others fail the download."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory  # noqa: SLF001 - as Scrapy sets its own
        self._contextFactory: Any = _NamesTheHost(self._contextFactory)
