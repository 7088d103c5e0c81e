"""The one place where Scrapy is made safe and polite: what stands here cannot be overruled by a source."""

from typing import Any

from scrapy.settings import BaseSettings

PRIORITY = 100  # over "cmdline" (40) and so over everything a project, source or caller sets

PRODUCT = "Advertentiemonitor"
"""Product token of the user agent; robots.txt groups are chosen by it (RFC 9309, 2.2.1)."""

MAX_PAGE_BYTES = 5 * 1024 * 1024
MAX_TIMEOUT_SECONDS = 30.0


def spaced(seconds: float) -> float:
    """Give the wait that keeps requests `seconds` apart as the site sees them: one that connects first comes in late.

    >>> spaced(0.0), spaced(10.0)
    (0.0, 10.5)
    """
    return seconds + min(0.5, 0.05 * seconds)


FINAL: dict[str, Any] = {
    # What a site says goes.
    "ROBOTSTXT_OBEY": True,
    "ROBOTSTXT_USER_AGENT": PRODUCT,
    "DOWNLOAD_DELAY_JITTER": 0.0,  # Scrapy's own jitter of half the delay would undercut it
    "RETRY_TIMES": 2,
    "RETRY_HTTP_CODES": [500, 502, 503, 504, 522, 524, 408],  # not 429, which means stop
    "RETRY_PRIORITY_ADJUST": 1,  # before the rest, so that a site in trouble is left alone soon
    "REDIRECT_MAX_TIMES": 5,
    # Nothing but pages, over http(s), from servers that are who they say they are.
    "DOWNLOAD_HANDLERS": {
        "data": None,
        "file": None,
        "ftp": None,
        "s3": None,
        "http": "spiders.handler.BoundedHandler",
        "https": "spiders.handler.BoundedHandler",
    },
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "METAREFRESH_ENABLED": False,
    "COOKIES_ENABLED": False,
    "HTTPPROXY_ENABLED": False,
    "HTTPCACHE_ENABLED": False,
    "TWISTED_DNS_RESOLVER": "spiders.guard.GuardedResolver",
    "REFERRER_POLICY": "no-referrer",
    "DEFAULT_REQUEST_HEADERS": {
        "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.1",
        "Accept-Language": "nl",
    },
    # No page, site or fault takes more than its share.
    "DOWNLOAD_MAXSIZE": MAX_PAGE_BYTES,
    "DOWNLOAD_WARNSIZE": 0,
    "DNS_TIMEOUT": 20.0,
    "URLLENGTH_LIMIT": 2083,
    "MEMUSAGE_ENABLED": True,
    "MEMUSAGE_LIMIT_MB": 1024,
    "EXTENSIONS": {"scrapy.extensions.memusage.MemoryUsage": None, "spiders.memory.OwnMemory": 0},
    "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 20_000_000,
    "SCHEDULER_MEMORY_QUEUE": "scrapy.squeues.FifoMemoryQueue",
    # No door into the process, nothing left on disk.
    "REMOTE_CONTROL_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False,
    "JOBDIR": None,
    "FEEDS": {},
    "STATS_DUMP": False,
    # No word about what was read.
    "LOG_LEVEL": "INFO",
    "LOG_INSTALL_ROOT_HANDLER": False,
    "LOG_FORMATTER": "spiders.quiet.NoItems",
    "LOG_STDOUT": False,
    "LOGSTATS_INTERVAL": 0.0,
    # Ours in place of Scrapy's.
    "DOWNLOADER_MIDDLEWARES": {
        "spiders.guard.SiteGuard": 50,
        "spiders.robots.Rfc9309Robots": 100,
        "spiders.reservation.TdmReservation": 110,
        "spiders.backoff.BackOff": 550,
        "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
        "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
        "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
        "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
        "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
        "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
        "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
        "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    },
    "TWISTED_REACTOR_ENABLED": True,
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
}


class SafeSettings:
    """Scrapy add-on that sets `FINAL`, and concurrency and throttle from the delay.

    With a delay, one request at a time and AutoThrottle, which only ever lengthens it. Without one (only loopback is
    crawled without, see `spiders.crawl`), a few at a time.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Set every value with a priority that nothing else has."""
        for name, value in FINAL.items():
            settings.set(name, value, priority=PRIORITY)
        timeout = min(settings.getfloat("DOWNLOAD_TIMEOUT") or MAX_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS)
        settings.set("DOWNLOAD_TIMEOUT", timeout, priority=PRIORITY)
        delay = settings.getfloat("DOWNLOAD_DELAY")
        together = 1 if delay > 0 else 8
        settings.set("CONCURRENT_REQUESTS", together, priority=PRIORITY)
        settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", together, priority=PRIORITY)
        settings.set("AUTOTHROTTLE_ENABLED", delay > 0, priority=PRIORITY)
        settings.set("AUTOTHROTTLE_START_DELAY", delay, priority=PRIORITY)
