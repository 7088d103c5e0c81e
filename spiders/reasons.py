"""Name why a page could not be had. A reason is a short code: no address, no message of a site or library."""

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
)
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.error import ConnectionDone, ConnectionLost, SSLError
from twisted.python.failure import Failure

from spiders.guard import Barred
from spiders.handler import HeadersTooLarge
from spiders.obstacles import REFUSING_STATUS

GONE_STATUS = frozenset({404, 410})

_BY_TYPE: tuple[tuple[type[BaseException], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (DownloadConnectionRefusedError, "connection_refused"),
    (CannotResolveHostError, "name_not_found"),
    (DownloadCancelledError, "page_too_large"),
    (ResponseDataLossError, "connection_lost"),
    (ConnectionDone, "connection_lost"),
    (ConnectionLost, "connection_lost"),
    (SSLError, "tls"),
    (NotSupported, "not_a_page"),
)


def reason_for(failure: Failure) -> str:
    """Give the code for a failed request: `http_503`, `timeout`, `robots_disallow`, `redirect_loop`, ..."""
    return reason_of(failure.value)


def reason_of(error: BaseException | None) -> str:
    """Give the code for what a request raised, see `reason_for`."""
    if isinstance(error, HttpError):
        return _answered(error.response.status)
    if isinstance(error, Barred):
        return error.reason
    if isinstance(error, IgnoreRequest):
        return _ignored(error)
    if isinstance(error, DownloadFailedError):
        return _failed(error)
    for kind, reason in _BY_TYPE:
        if isinstance(error, kind):
            return reason
    return f"error_{type(error).__name__}"


def _answered(status: int) -> str:
    if status in GONE_STATUS:
        return "gone"
    # A status is the site's to choose, and a reason is kept: nine digits of it could be a telephone number.
    return REFUSING_STATUS.get(status, f"http_{status}" if 100 <= status <= 999 else "bad_status")


def _ignored(error: IgnoreRequest) -> str:
    # Scrapy raises the same class for both; they differ in what they come from and in a fixed sentence.
    if "MaxSizeExceeded" in type(error.__cause__).__name__:
        return "page_too_large"
    return "redirect_loop" if "redirections" in str(error) else "ignored"


def _failed(error: DownloadFailedError) -> str:
    kinds = {type(getattr(reason, "value", reason)) for reason in getattr(error.__cause__, "reasons", ())}
    if any("SSL" in kind.__module__ for kind in kinds):
        return "tls"
    return "headers_too_large" if HeadersTooLarge in kinds else "connection_lost"
