"""Crawl one source for one day. Blocking, and only once in a process: Scrapy's reactor does not start twice.

Everything heavy is imported at the top, so that a process which has imported this module can be forked for each crawl;
nothing global is changed by the import, and the reactor is installed by the crawl.
"""

import importlib
import logging
import math
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

# Scrapy names these in its settings and would import them in each forked process anew.
import scrapy.core.downloader.handlers.http11
import scrapy.core.scheduler
import scrapy.downloadermiddlewares.defaultheaders
import scrapy.downloadermiddlewares.downloadtimeout
import scrapy.downloadermiddlewares.httpcompression
import scrapy.downloadermiddlewares.redirect
import scrapy.downloadermiddlewares.stats
import scrapy.downloadermiddlewares.useragent
import scrapy.extensions.closespider
import scrapy.extensions.corestats
import scrapy.extensions.feedexport
import scrapy.extensions.logcount
import scrapy.extensions.logstats
import scrapy.extensions.memdebug
import scrapy.extensions.memusage
import scrapy.extensions.remote_control
import scrapy.extensions.spiderstate
import scrapy.extensions.telnet
import scrapy.pqueues
import scrapy.spiderloader
import scrapy.spidermiddlewares.depth
import scrapy.spidermiddlewares.metacopy
import scrapy.spidermiddlewares.start
import scrapy.spidermiddlewares.urllength
import scrapy.squeues
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings

import spiders.backoff
import spiders.handler
import spiders.reservation
import spiders.robots
from spiders import classes, permission, register
from spiders.addresses import is_loopback, origin_of
from spiders.base import ListingSpider
from spiders.entries import SourceEntry
from spiders.errors import BadAgent, CrawlBroken, CrawlInterrupted, SourceRefused
from spiders.ports import Seen, Sink
from spiders.quiet import NoItems, open_log
from spiders.safety import PRODUCT, SafeSettings, spaced
from spiders.verdict import judge
from warehouse.records import CrawlLog, Presence

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
VERSION = "1"
SAMPLE = 40  # listings read a night while a site looks strange: enough for history to tell when it is right again

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Manner:
    """How to crawl; see the arguments of `crawl` of the same names."""

    user_agent: str
    base_url: str | None = None
    delay: float | None = None
    log_path: Path | None = None
    history: Sequence[CrawlLog] = ()


def crawl(  # noqa: PLR0913 - what a crawl needs is named, not bundled: this is the room's front
    source: str,
    day: date,
    sink: Sink,
    seen: Seen,
    *,
    contact: str | None = None,
    user_agent: str | None = None,
    base_url: str | None = None,
    delay: float | None = None,
    log_path: Path | None = None,
    history: Sequence[CrawlLog] = (),
) -> CrawlLog:
    """Crawl `source` as it is on `day`; write each present listing to `sink` exactly once.

    Args:
        source: name in the register.
        day: local day (Europe/Amsterdam); for a live source it must be today.
        sink: takes a `Listing` for each page read, and in the end a `Presence` for each other listing, by id.
        seen: remembers what was read when; noted for every present listing when the crawl has ended.
        contact: e-mail or web address of the crawler's keeper, for the user agent.
        user_agent: the whole user agent in place of one made from `contact`.
        base_url: other address of a synthetic source, on this machine.
        delay: seconds between requests; the register's if None. Under that only on this machine.
        log_path: file that gets the crawl's own messages: codes and counts.
        history: crawl logs of the source's earlier days, in any order, to hold this one against.

    Returns:
        What could be seen. A source that fails, refuses or changed is a state with a reason, not an error.

    Raises:
        UnknownSource, SourceRefused, BadAgent: before anything was fetched.
        CrawlInterrupted: a signal ended it.
        CrawlBroken: a fault of ours.
        Exception: whatever `sink` or `seen` raised.
    """
    entry = register.entry_of(source)
    return crawl_with(
        classes.spider_class(source),
        entry,
        day,
        sink,
        seen,
        Manner(user_agent or agent_for(contact), base_url, delay, log_path, history),
    )


def agent_for(contact: str | None) -> str:
    """Make the user agent: product, version, and how to reach its keeper.

    >>> agent_for("beheer@gemeente.example")
    'Advertentiemonitor/1 (statistiek; +beheer@gemeente.example)'
    """
    if (
        contact is None
        or not ("@" in contact or contact.startswith(("http://", "https://")))
        or not contact.isprintable()
    ):
        raise BadAgent
    return f"{PRODUCT}/{VERSION} (statistiek; +{contact})"


def crawl_with(
    spider: type[ListingSpider],
    entry: SourceEntry,
    day: date,
    sink: Sink,
    seen: Seen,
    manner: Manner,
) -> CrawlLog:
    """Crawl with a given class and register entry; see `crawl`."""
    with visit(spider, entry, day, (sink, seen), manner) as crawled:
        return _finish(crawled, entry, day, (sink, seen), manner.history)


@contextmanager
def visit(
    spider: type[ListingSpider],
    entry: SourceEntry,
    day: date,
    outside: tuple[Sink, Seen],
    manner: Manner,
    *,
    to_record: bool = False,
) -> Iterator[ListingSpider]:
    """Let a source's class go round its site, under all rules, and give it as it came back; its log is open meanwhile.

    Raises:
        SourceRefused, BadAgent: before anything was fetched.
        CrawlInterrupted: a signal ended it.
        CrawlBroken: a fault of ours.
    """
    address = manner.base_url or entry.base_url
    _refuse_unless_allowed(entry, day, address, manner.user_agent, to_record=to_record)
    wait = entry.delay_seconds if manner.delay is None else manner.delay
    if not is_loopback(address):
        wait = max(wait, entry.delay_seconds, permission.LIVE_DELAY_SECONDS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not leave pages on disk
    handler = open_log(manner.log_path)
    _log_only_to(handler)
    try:
        settings = _settings(entry, address, manner.user_agent, wait)
        settings.set("SPIDERS_MOST_LISTINGS", _most(manner.history))
        yield _run(spider, entry, day, outside, settings, address)
    finally:
        handler.close()


def _refuse_unless_allowed(
    entry: SourceEntry, day: date, address: str, user_agent: str, *, to_record: bool = False
) -> None:
    now = datetime.now(AMSTERDAM)
    reasons = permission.reasons_against(entry, now.date(), to_record=to_record)
    if entry.kind == "synthetic":
        if not is_loopback(address):
            reasons.append("base_url: a synthetic source must be on this machine (127.0.0.1)")
    else:
        if origin_of(address) != origin_of(entry.base_url):
            reasons.append("base_url: a live source has the address of its register entry only")
        if day != now.date():
            reasons.append("day: a live source can only be crawled as it is today")
        if outside := permission.outside_night(entry, now):
            reasons.append(outside)
    if reasons:
        raise SourceRefused(entry.name, reasons)
    if not user_agent.startswith(PRODUCT) or "+" not in user_agent:
        raise BadAgent


def _settings(entry: SourceEntry, address: str, user_agent: str, wait: float) -> Settings:
    hosts = (address, *(f"https://{host}" for host in entry.other_hosts))
    origins = [origin for origin in map(origin_of, hosts) if origin is not None]
    settings = Settings()
    chosen = {
        "ADDONS": {SafeSettings: 0},
        "BOT_NAME": "advertentiemonitor",
        "USER_AGENT": user_agent,
        "DOWNLOAD_DELAY": spaced(wait),
        "DOWNLOAD_TIMEOUT": entry.timeout_seconds,
        "AUTOTHROTTLE_MAX_DELAY": max(60.0, spaced(wait)),
        "CLOSESPIDER_TIMEOUT": _seconds_allowed(entry, datetime.now(AMSTERDAM)),
        "SPIDERS_ORIGINS": origins,
        "SPIDERS_LOOPBACK": [origin for origin in origins if entry.kind == "synthetic"],
        "SPIDERS_RETRY_AFTER_CAP": entry.retry_after_cap_seconds,
    }
    settings.setdict(chosen, priority="project")
    SafeSettings().update_settings(settings)  # resolver and log are set up before add-ons are asked
    return settings


def _most(history: Sequence[CrawlLog]) -> float:
    """Give how many listings' pages may be read: a sample, where those of the night before were not believed."""
    last = max(history, key=lambda log: log.day, default=None)
    return math.inf if last is None or last.is_trusted else SAMPLE


def _seconds_allowed(entry: SourceEntry, now: datetime) -> float:
    """Give how long the crawl may take: its own limit, and for a live source the rest of its night."""
    limit = entry.hours_cap * 3600
    if entry.kind == "synthetic" or entry.night is None:
        return limit
    return max(1.0, min(limit, entry.night.seconds_left(now)))


def _log_only_to(handler: logging.Handler) -> None:
    """Make `handler` the only way out for messages of this process, whatever was set before the fork."""
    root = logging.getLogger()
    for other in list(root.handlers):
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.raiseExceptions = False  # a failing log line would print its arguments
    logging.captureWarnings(capture=True)
    sys.unraisablehook = lambda found: logger.warning("unraisable %s", type(found.exc_value).__name__)


@contextmanager
def _ends_at_once() -> Iterator[list[int]]:
    """Stop the reactor at SIGINT or SIGTERM without waiting for pages under way; gives the signals that came.

    Scrapy's own handlers wait for them, up to the time-out of a page, and then end as if all were well.
    """
    installed: Any = importlib.import_module("twisted.internet.reactor")  # only now: the import installs one if need be
    signalled: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        signalled.append(number)
        installed.callFromThread(installed.crash)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield signalled
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if signalled:
            installed.getThreadPool().stop()  # its threads would keep the process alive


def _run(
    spider: type[ListingSpider],
    entry: SourceEntry,
    day: date,
    outside: tuple[Sink, Seen],
    settings: Settings,
    address: str,
) -> ListingSpider:
    """Run the crawl to its end and give the spider with its tally."""
    logger.info("crawl of %s begins", entry.name)
    process = AsyncCrawlerProcess(settings)
    logging.getLogger("scrapy").setLevel(
        logging.INFO
    )  # Scrapy sets DEBUG, and its lines cost time though none is written
    crawler = process.create_crawler(spider)

    def opened(spider: ListingSpider) -> None:
        spider.connect(*outside)
        spider.most_listings = settings.getfloat("SPIDERS_MOST_LISTINGS")

    def failed(failure: object, response: object, spider: ListingSpider) -> None:
        spider.on_exception(failure, response)  # type: ignore[arg-type]

    crawler.signals.connect(opened, signal=signals.spider_opened)
    crawler.signals.connect(failed, signal=signals.spider_error)
    task = process.crawl(crawler, day=day, entry=entry, base_url=address)
    with _ends_at_once() as signalled:
        process.start(install_signal_handlers=False)
    if signalled:
        raise CrawlInterrupted(entry.name)
    error = task.exception() if task.done() and not task.cancelled() else None
    crawled = crawler.spider
    if not isinstance(crawled, ListingSpider):
        raise CrawlBroken(entry.name, type(error).__name__ if error else "it did not begin")
    if crawled.trouble is not None:
        raise crawled.trouble
    ended = crawler.stats.get_value("finish_reason")
    if error is not None or ended is None:
        raise CrawlBroken(entry.name, type(error).__name__ if error else "it did not end")
    if ended == "closespider_timeout":
        crawled.tally.stop("time_cap")
    elif ended == "memusage_exceeded":
        crawled.tally.stop("memory_cap")
    return crawled


def _finish(
    crawled: ListingSpider, entry: SourceEntry, day: date, outside: tuple[Sink, Seen], history: Sequence[CrawlLog]
) -> CrawlLog:
    """Write the presences, note what was seen, and judge the crawl."""
    tally, (sink, seen) = crawled.tally, outside
    log = judge(tally, entry, day, history)
    for listing_id, card in sorted(tally.present.items()):
        if listing_id in tally.read:
            # What is not to be trusted is read again tomorrow.
            seen.note(listing_id, card, day if log.is_trusted else None, crawled.validators.get(listing_id))
            continue
        sink.write(Presence(source=entry.name, listing_id=listing_id))
        as_it_was = listing_id in tally.unchanged
        seen.note(listing_id, card, day if as_it_was else None, seen.validators(listing_id) if as_it_was else None)
    if log.listings_present > entry.assertions.max_listings:
        logger.warning("more listings than promised: %d", log.listings_present)
    for what, counts in (
        ("index", tally.index_failures),
        ("listing", tally.page_failures),
        ("error", tally.exceptions),
    ):
        for reason, count in sorted(counts.items()):
            logger.warning("%s pages: %s %d", what, reason, count)
    logger.info(
        "crawl ended: state %s, reason %s, pages %d of %d, listings %d, read %d, as before %d, unreadable %d, q %.3f",
        log.state,
        log.reason or "none",
        log.pages_fetched,
        log.pages_expected,
        log.listings_present,
        log.listings_read,
        log.listings_unchanged,
        log.parse_failures,
        log.completeness,
    )
    return log


PRELOADED = (spiders.backoff, spiders.handler, spiders.reservation, spiders.robots, NoItems, scrapy)
"""Named so that the imports above are used: each is what a setting names."""
