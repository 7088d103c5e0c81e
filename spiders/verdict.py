"""Say what a crawl was worth. Missing is not zero: whatever was not seen shows in the state or in q."""

from datetime import date
from math import comb

from spiders.obstacles import REFUSING_STATUS
from spiders.register import SourceEntry
from spiders.tally import Tally
from warehouse.records import CrawlLog, CrawlState

REFUSALS = frozenset(REFUSING_STATUS.values()) | {
    *("robots_disallow", "robots_refused"),
    *("challenge", "login", "consent_page", "tdm_reserved"),
}
UNASKED = REFUSALS | {"robots_unreachable"}
"""Reasons that end a crawl when they bar an index page. A site that cannot give its rules is down: it did not refuse."""
CHANGES = frozenset({"index_page_changed", "listing_page_changed", "gone"})

# Shares of pages that fail on a healthy day, generously; a run is called changed where its failures would come about
# by chance in fewer than one of a thousand runs. Measured on the synthetic market, which fails less (November 2026).
HEALTHY_UNREADABLE = 0.02
HEALTHY_GONE = 0.05
CHANCE = 0.001
FAULTY_CARDS = 0.2
ENOUGH = 0.95


def at_least(hits: int, trials: int, share: float) -> float:
    """Chance of `hits` or more in `trials` independent trials that each hit with probability `share`.

    >>> at_least(2, 2, 0.5)
    0.25
    """
    return min(1.0, sum(comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(hits, trials + 1)))


def completeness(tally: Tally) -> float:
    """Give q in [0, 1]: the share of the site's listings that were seen, times the share of those that could be read.

    Seen is measured on the total that the site states; where it states none, on its index pages and their cards. A
    listing that was read on an earlier day and looks the same counts as read.
    """
    present = len(tally.present)
    if present == 0:
        return 0.0
    stated = tally.listings_stated
    if stated:
        seen = min(1.0, present / stated)
    else:
        cards = tally.good_cards + tally.faulty_cards
        seen = tally.index_read / max(1, tally.index_expected) * (tally.good_cards / cards if cards else 0.0)
    return max(0.0, min(1.0, seen * (1 - min(tally.unread, present) / present)))


def judge(tally: Tally, entry: SourceEntry, day: date) -> CrawlLog:
    """Make the crawl log of a finished crawl."""
    state, reason = _state(tally, entry)
    failed_reads = sum(tally.page_failures[name] for name in ("listing_page_changed", "gone"))
    return CrawlLog(
        source=entry.name,
        source_group=entry.group,
        day=day,
        state=state,
        reason=reason,
        pages_expected=tally.index_expected + len(tally.wanted),
        pages_fetched=tally.index_read + tally.index_failures["index_page_changed"] + len(tally.read) + failed_reads,
        listings_present=len(tally.present),
        listings_read=len(tally.read),
        parse_failures=tally.unreadable_pages,
        completeness=round(completeness(tally), 6),
        spider_version=entry.version,
    )


def _state(tally: Tally, entry: SourceEntry) -> tuple[CrawlState, str]:
    for found in (_stopped(tally), _unseen(tally, entry), _changed(tally, entry), _thin(tally, entry)):
        if found is not None:
            return found
    return "ok", ""


def _stopped(tally: Tally) -> tuple[CrawlState, str] | None:
    if not tally.stopped:
        return None
    if tally.stopped in REFUSALS:
        return "refused", tally.stopped
    if tally.stopped in CHANGES:
        return "changed", tally.stopped
    return ("thin" if tally.present else "failed"), tally.stopped


def _unseen(tally: Tally, entry: SourceEntry) -> tuple[CrawlState, str] | None:
    if tally.present:
        return None
    if tally.index_failures:
        reason = max(tally.index_failures, key=tally.index_failures.__getitem__)  # the first of the most frequent
        return ("changed" if reason in CHANGES else "refused" if reason in REFUSALS else "failed"), reason
    if tally.index_read == 0:
        return "failed", "nothing_fetched"
    if tally.listings_stated == 0 and entry.assertions.min_listings == 0:
        return None  # the site says it is empty, and its register entry says it may be
    return "blind", "no_listings"


def _changed(tally: Tally, entry: SourceEntry) -> tuple[CrawlState, str] | None:
    if tally.index_failures["index_page_changed"]:
        return "changed", "index_page_changed"
    cards = tally.good_cards + tally.faulty_cards
    if cards and tally.faulty_cards > FAULTY_CARDS * cards:
        return "changed", "cards_unreadable"
    tried = len(tally.read) + tally.page_failures["listing_page_changed"] + tally.gone
    for name, healthy in (("listing_page_changed", HEALTHY_UNREADABLE), ("gone", HEALTHY_GONE)):
        if at_least(tally.page_failures[name], tried, healthy) < CHANCE:
            return "changed", name
    barred = next((name for name in sorted(REFUSALS) if tally.page_failures[name] > len(tally.wanted) / 2), None)
    if barred is not None:
        return "refused", barred
    for field, share in sorted(entry.assertions.fill.items()):
        empty = len(tally.read) - tally.filled[field]
        if empty and at_least(empty, len(tally.read), 1 - share) < CHANCE:
            return "changed", f"fill_{field}"
    return None


def _thin(tally: Tally, entry: SourceEntry) -> tuple[CrawlState, str] | None:
    present = len(tally.present)
    if tally.capped:
        return "thin", tally.capped
    if tally.index_read < tally.index_expected:
        return "thin", "index_pages_missing"
    stated = tally.listings_stated
    if stated is not None and present < ENOUGH * stated:
        return "thin", "fewer_listings_than_stated"
    if present < entry.assertions.min_listings:
        return "thin", "fewer_listings_than_promised"
    if tally.unread > (1 - ENOUGH) * present:
        return "thin", "listing_pages_missing"
    if present and completeness(tally) < ENOUGH:
        return "thin", "low_completeness"
    return None
