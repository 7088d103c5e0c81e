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
    error = failure.value
    if isinstance(error, HttpError):
        status = error.response.status
        return "gone" if status in GONE_STATUS else REFUSING_STATUS.get(status, f"http_{status}")
    if isinstance(error, Barred):
        return error.reason
    if isinstance(error, IgnoreRequest):
        return _ignored(error)
    if isinstance(error, DownloadFailedError):
        return "tls" if _from_tls(error) else "connection_lost"
    for kind, reason in _BY_TYPE:
        if isinstance(error, kind):
            return reason
    return f"error_{type(error).__name__}"


def _ignored(error: IgnoreRequest) -> str:
    # Scrapy raises the same class for both; they differ in what they come from and in a fixed sentence.
    if "MaxSizeExceeded" in type(error.__cause__).__name__:
        return "page_too_large"
    return "redirect_loop" if "redirections" in str(error) else "ignored"


def _from_tls(error: DownloadFailedError) -> bool:
    reasons = getattr(error.__cause__, "reasons", ())
    return any("SSL" in type(getattr(reason, "value", reason)).__module__ for reason in reasons)
