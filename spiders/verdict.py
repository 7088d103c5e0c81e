"""Say what a crawl was worth. Missing is not zero: whatever was not seen shows in the state or in q."""

from collections.abc import Sequence
from datetime import date
from math import exp, lgamma, log, log1p

from spiders.entries import SourceEntry
from spiders.history import collapsed, few_stayed, strange_field, usual_listings
from spiders.obstacles import REFUSING_STATUS
from spiders.tally import Tally
from warehouse.records import CrawlLog, CrawlState

REFUSALS = frozenset(REFUSING_STATUS.values()) | {
    *("robots_disallow", "robots_refused", "robots_crawl_delay"),
    *("challenge", "login", "consent_page", "tdm_reserved"),
}
UNASKED = REFUSALS | {"robots_unreachable", "tdm_unreadable"}
"""Reasons that end a crawl when they bar an index page. A site that cannot give its rules is down: it did not refuse."""
UNTRUSTED = ("fill_", "shape_", "same_text", "title_as_text")
"""Beginnings of reasons that say: the pages were read, but what was read may be something else than it was."""
CHANGES = frozenset({"index_page_changed", "listing_page_changed", "gone"})

# Shares of pages that fail on a healthy day, generously; a run is called changed where its failures would come about
# by chance in fewer than one of a thousand runs. Measured on the synthetic market, which fails less (November 2026).
HEALTHY_UNREADABLE = 0.02
HEALTHY_GONE = 0.05
CHANCE = 0.001
FAULTY_CARDS = 0.2
ENOUGH = 0.95
MISSING_NAMED = 20  # index pages named one by one; their number is known from the counts
SAME_TEXT = 8  # listings read, from which on one text in nearly all of them is no text of theirs
MOST_ALIKE = 0.8
MORE_THAN_STATED = 1.05  # listings come while a crawl goes on; more than this is another number than the total


def at_least(hits: int, trials: int, share: float) -> float:
    """Chance of `hits` or more in `trials` independent trials that each hit with probability `share`.

    >>> round(at_least(2, 2, 0.5), 9)
    0.25
    """
    if hits <= 0 or share >= 1:
        return 1.0
    if share <= 0:
        return 0.0

    def chance(k: int) -> float:  # by logarithms: the factors themselves are no floats from a thousand trials on
        choose = lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1)
        return exp(choose + k * log(share) + (trials - k) * log1p(-share))

    return min(1.0, sum(map(chance, range(hits, trials + 1))))


def completeness(tally: Tally, *, is_trusted: bool = True) -> float:
    """Give q in [0, 1]: the share of the site's listings that were seen, times the share of those that could be read.

    Seen is measured on the total that the site states; where it states none, on its index pages and their cards. A
    listing that was read on an earlier day and looks the same counts as read. With nothing seen, q is 0; that a place
    truly has none is for `judge` to find. Where what was read is not to be trusted, it counts as not read.
    """
    present = len(tally.present)
    if present == 0:
        return 0.0
    stated = tally.listings_stated
    if stated and present <= MORE_THAN_STATED * stated + 3:
        seen = min(1.0, present / stated)
    else:
        cards = tally.good_cards + tally.faulty_cards
        seen = tally.index_read / max(1, tally.index_expected) * (tally.good_cards / cards if cards else 0.0)
    unread = tally.unread if is_trusted else tally.unread + len(tally.read)
    return max(0.0, min(1.0, seen * (1 - min(unread, present) / present)))


def judge(tally: Tally, entry: SourceEntry, day: date, history: Sequence[CrawlLog] = ()) -> CrawlLog:
    """Make the crawl log of a finished crawl, held against the source's earlier ones."""
    state, reason = _state(tally, entry, day, history)
    truly_none = state == "ok" and not tally.present
    is_trusted = not (state == "changed" and reason.startswith(UNTRUSTED))
    failed_reads = sum(tally.page_failures[name] for name in ("listing_page_changed", "gone"))
    return CrawlLog(
        source=entry.name,
        source_group=entry.group,
        day=day,
        state=state,
        reason=reason,
        pages_expected=tally.index_expected + len(tally.wanted),
        pages_fetched=tally.index_read
        + tally.index_failures["index_page_changed"]
        + len(tally.read & tally.wanted)
        + len(tally.unchanged)
        + failed_reads,
        listings_present=len(tally.present),
        listings_read=len(tally.read),
        parse_failures=tally.unreadable_pages,
        completeness=1.0 if truly_none else round(completeness(tally, is_trusted=is_trusted), 6),
        spider_version=entry.contract_version,
        index_pages_expected=tally.index_expected,
        index_pages_fetched=tally.index_read,
        index_pages_missing=tuple(tally.index_missing[:MISSING_NAMED]),
        listings_stated=tally.listings_stated,
        listings_unchanged=len(tally.unchanged),
        is_trusted=is_trusted,
        listings_before=tally.before,
        listings_stayed=tally.stayed,
        expires_after_days=entry.expires_after_days,
        fields={name: look.shape for name, look in tally.looks.items()},
    )


def _state(tally: Tally, entry: SourceEntry, day: date, history: Sequence[CrawlLog]) -> tuple[CrawlState, str]:
    usual = usual_listings(history, day)
    for found in (
        _stopped(tally),
        _unseen(tally, entry, usual),
        _changed(tally, entry),
        _strange(tally, day, history),
        _thin(tally, entry, usual),
    ):
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


def _unseen(tally: Tally, entry: SourceEntry, usual: int | None) -> tuple[CrawlState, str] | None:
    if tally.present:
        return None
    if tally.index_failures:
        reason = max(tally.index_failures, key=tally.index_failures.__getitem__)  # the first of the most frequent
        return ("changed" if reason in CHANGES else "refused" if reason in REFUSALS else "failed"), reason
    if tally.index_read == 0:
        return "failed", "nothing_fetched"
    if tally.listings_stated == 0 and entry.assertions.min_listings == 0 and not collapsed(0, usual):
        return None  # the site says it is empty, its register entry says it may be, and it never had many
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
        empty = len(tally.read) - len(tally.looks[field].lengths)
        if empty and at_least(empty, len(tally.read), 1 - share) < CHANCE:
            return "changed", f"fill_{field}"
    return None


def _strange(tally: Tally, day: date, history: Sequence[CrawlLog]) -> tuple[CrawlState, str] | None:
    """A page may read well and mean something else: one text everywhere, or fields that are not as they were."""
    if _says_the_same(tally):
        return "changed", "same_text"
    if len(tally.read) >= SAME_TEXT and tally.titles_as_text > len(tally.read) / 2:
        return "changed", "title_as_text"
    # Where index pages are missing it is known why listings are.
    seen_whole = tally.index_read >= tally.index_expected and not tally.capped
    if seen_whole and few_stayed(tally.stayed, tally.before, history, day):
        return "changed", "listings_replaced"
    found = strange_field({name: look.shape for name, look in tally.looks.items()}, len(tally.read), history, day)
    return ("changed", found) if found is not None else None


def _says_the_same(tally: Tally) -> bool:
    shapes = [tally.looks[name].shape for name in ("body", "title", "contact")]  # places or kinds may truly be one
    return any(shape.filled >= SAME_TEXT and shape.alike > MOST_ALIKE * shape.filled for shape in shapes)


def _thin(tally: Tally, entry: SourceEntry, usual: int | None) -> tuple[CrawlState, str] | None:
    present, stated = len(tally.present), tally.listings_stated
    found = (
        (bool(tally.capped), tally.capped),
        (stated is not None and present > MORE_THAN_STATED * stated + 3, "more_listings_than_stated"),
        (tally.index_read < tally.index_expected, "index_pages_missing"),
        (stated is not None and present < ENOUGH * stated, "fewer_listings_than_stated"),
        (present < entry.assertions.min_listings, "fewer_listings_than_promised"),
        (collapsed(present, usual), "fewer_listings_than_usual"),
        (tally.unread > (1 - ENOUGH) * present, "listing_pages_missing"),
        (present > 0 and completeness(tally) < ENOUGH, "low_completeness"),
    )
    return next((("thin", reason) for holds, reason in found if holds), None)
