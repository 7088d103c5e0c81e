"""The health of the sources: which were seen well, which went blind or died, since when, why, and what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from advertentiemonitor.crawler import history, read_crawl_log
from advertentiemonitor.errors import CrawlLogDamaged
from advertentiemonitor.settings import Settings
from spiders import register
from spiders.verdict import CHANGES, REFUSALS
from warehouse.calendar import day_named
from warehouse.records import CrawlLog
from warehouse.store import Place

DEAD_DAYS = 3  # crawls in a row in which nothing could be seen

_REMEDIES = {
    "not_crawled": "look why nothing ran: advertentiemonitor status",
    "robots_unreachable": "wait; write to the site's keeper if it lasts",
    "tdm_unreadable": "wait; write to the site's keeper if it lasts: what it reserves cannot be read",
    "robots_crawl_delay": "leave the site alone: it wants more than an hour between two pages",
    "hostile_markup": "look at the site: its pages are made to hold up a reader",
    "headers_too_large": "look at the site: its answers are no ordinary ones",
    "tdm_reserved": "leave the site alone; the register's decision on text and data mining is out of date",
    "robots_disallow": "leave the site alone; the register's decision on robots is out of date",
    "challenge": "leave the site alone; write to its keeper",
    "login": "leave the site alone: its pages are not public any more",
    "consent_page": "leave the site alone; ask its keeper for another way",
    "index_page_cap": "raise index_page_cap in the contract, if the site has grown",
    "page_cap": "raise page_cap in the contract, if the site has grown",
    "pages_repeat": "look at the site's pages: its numbering changed",
    "no_listings": "look at an index page: sources check NAME --page FILE",
    "fewer_listings_than_usual": "look at the site: has it lost or moved listings?",
    "tls": "the site's certificate is not in order; write to its keeper",
    "name_not_found": "the site's name is gone; if it moved, its contract needs a new address and new decisions",
}
_BY_KIND = {
    "refused": "leave the site alone; write to its keeper",
    "changed": "its layout changed: record new pages and mend the contract (sources check NAME --page FILE)",
    "failed": "wait; if it lasts, see whether the site still exists",
    "blind": "look at an index page: sources check NAME --page FILE",
    "thin": "nothing, if it passes",
    "ok": "nothing",
}


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source as of its last day.

    Attributes:
        state: of its last crawl; `not_crawled` where there is none in the period.
        completeness: of its last crawl, in [0, 1].
        days_not_ok: crawls in a row, up to the last, that were not ok.
        failing: of the last of those, how often each reason was given, most often first.
        last_ok: last day on which it was seen well, in the period.
        is_dead: nothing could be seen in the last three crawls, or there was none.
    """

    source: str
    state: str
    reason: str
    completeness: float
    days_not_ok: int
    failing: tuple[str, ...]
    last_ok: date | None
    is_dead: bool
    remedy: str


def report(settings: Settings, days: int) -> list[SourceHealth]:
    """Tell the health of every enabled source over the last `days` days, the worst first."""
    found = []
    for name, entry in sorted(register.load().items()):
        if entry.enabled:
            after = settings.today(synthetic=entry.kind == "synthetic") + timedelta(days=1)
            found.append(
                health(name, [log for log in history(settings.shared, name, after) if (after - log.day).days <= days])
            )
    if all(each.state == "not_crawled" for each in found):  # a new installation, in which nothing has died
        found = [replace(each, is_dead=False) for each in found]
    return sorted(found, key=lambda each: (not each.is_dead, -each.days_not_ok, each.source))


def damaged(settings: Settings, days: int) -> list[CrawlLogDamaged]:
    """Give what is wrong with the crawl logs of the last `days` days that cannot be read, each with its source and day."""
    today, found = settings.today(synthetic=True), []
    there: Iterable[Place] = (settings.shared / "crawl").glob("*/????-??-??.json")
    for path in sorted(there, key=str):
        day = day_named(path.stem)
        if day is not None and (today - day).days <= days:
            try:
                read_crawl_log(path)
            except CrawlLogDamaged as error:
                found.append(error)
            except FileNotFoundError:  # taken away meanwhile
                continue
            except OSError:  # a folder in its place
                found.append(CrawlLogDamaged(f"{path.parent.name}/{path.name}"))
    return found


def health(source: str, logs: Sequence[CrawlLog]) -> SourceHealth:
    """Tell the health of a source from its crawl logs in order of day."""
    if not logs:
        return SourceHealth(source, "not_crawled", "", 0.0, 0, (), None, is_dead=True, remedy=_REMEDIES["not_crawled"])
    fine = [log.day for log in logs if log.state == "ok"]
    bad = [log for log in logs if not fine or log.day > fine[-1]]
    last = logs[-1]
    reasons = [log.reason for log in bad]
    return SourceHealth(
        source=source,
        state=last.state,
        reason=last.reason,
        completeness=round(last.completeness, 3),
        days_not_ok=len(bad),
        failing=tuple(sorted(set(reasons), key=lambda reason: (-reasons.count(reason), reason))),
        last_ok=fine[-1] if fine else None,
        is_dead=len(logs) >= DEAD_DAYS
        and all(log.listings_present == 0 and log.state != "ok" for log in logs[-DEAD_DAYS:]),
        remedy=remedy(last.state, last.reason),
    )


def remedy(state: str, reason: str) -> str:
    """Say what to do about a state with its reason.

    >>> remedy("refused", "http_403")
    'leave the site alone; write to its keeper'
    """
    if reason in _REMEDIES:
        return _REMEDIES[reason]
    kind = "refused" if reason in REFUSALS else "changed" if reason in CHANGES else state
    return _BY_KIND[kind]
