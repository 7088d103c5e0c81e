"""What a source's earlier crawls looked like, and whether today's looks like them.

A week has its rhythm, so a day is held against the same weekdays where these have seen enough, else against all days of
the last four weeks. Only healthy crawls count: a source that went wrong does not teach what is right.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from math import exp, lgamma, sqrt
from statistics import median
from typing import NamedTuple

from warehouse.records import CrawlLog, FieldShape

WEEKDAY_DAYS = 56
RECENT_DAYS = 28
ENOUGH_READ = 50  # listings read on same weekdays, so that their shares say something
ENOUGH_DAYS = 3  # crawls, so that their number of listings says something

# Shares differ between days by more than chance: the listings read on a day are the new and changed ones. So history
# weighs as much as this many listings at the most. Measured on the synthetic market (benchmarks/collecting/layouts.py).
WEIGHT = 60
CHANCE = 0.0003
LATELY = 2  # nights before this one, taken together with it
FEW = 8  # values of a field, under which their typical length says nothing
LONGER = 2.5  # times the usual length that is another thing
SLACK = 12  # characters that a short field may differ
COLLAPSE = 0.5
MANY = 20  # listings of a night, from which on it says something that some are not there again
LEAST_STAYED = 0.85  # of those that usually stay
ONE_VALUE = 5  # listings with the commonest value, under which it says nothing


def alike(history: Iterable[CrawlLog], day: date) -> list[CrawlLog]:
    """Give the healthy crawls that `day` is held against."""
    healthy = [log for log in history if log.state == "ok" and 0 < (day - log.day).days <= WEEKDAY_DAYS]
    weekday = [log for log in healthy if log.day.weekday() == day.weekday()]
    if sum(log.listings_read for log in weekday) >= ENOUGH_READ and len(weekday) >= ENOUGH_DAYS:
        return weekday
    return [log for log in healthy if (day - log.day).days <= RECENT_DAYS]


def usual_listings(history: Iterable[CrawlLog], day: date) -> int | None:
    """Give the usual number of listings on such a day; None where too few crawls can tell."""
    counts = [log.listings_present for log in alike(history, day)]
    return int(median(counts)) if len(counts) >= ENOUGH_DAYS else None


def collapsed(present: int, usual: int | None) -> bool:
    """Tell whether so few listings are beyond what a day brings; in a small place few, or none, may be true.

    >>> collapsed(40, 120), collapsed(0, 4)
    (True, False)
    """
    return usual is not None and present < COLLAPSE * usual and present < usual - 4 * sqrt(usual)


def few_stayed(stayed: int, before: int, history: Iterable[CrawlLog], day: date) -> bool:
    """Tell whether fewer of the last crawl's listings were there again than on other nights, the last being yesterday.

    The site gave them other ids then, or shows only some, whatever totals it states.
    """
    told = [log for log in alike(history, day) if log.listings_before >= MANY]
    yesterday = any((day - log.day).days == 1 and log.state in {"ok", "changed"} for log in history)
    if before < MANY or not told or not yesterday:
        return False
    usual = sum(log.listings_stayed for log in told) / sum(log.listings_before for log in told)
    gone, gone_before = before - stayed, sum(log.listings_before - log.listings_stayed for log in told)
    return stayed < LEAST_STAYED * usual * before and _more(
        gone, before, gone_before, sum(log.listings_before for log in told)
    )


def strange_field(shapes: Mapping[str, FieldShape], read: int, history: Sequence[CrawlLog], day: date) -> str | None:
    """Name the first field that does not look as it did: `fill_<field>` or `shape_<field>`; None where all do.

    A field is strange when it is there, or holds a number to call, in a share of listings that would come about by
    chance in fewer than three of ten thousand crawls, or when its values are of quite another length. On a night with
    few new pages a share says little, so it is looked at together with the two nights before as well.
    """
    told = [log for log in history if log.listings_read and log.fields]
    past = alike(told, day)
    if not past or not read:
        return None
    lately = [log for log in told if log.state == "ok" and 0 < (day - log.day).days <= LATELY]
    earlier = [log for log in past if log not in lately]
    for name, shape in shapes.items():
        now = Counts(shape.filled, shape.numeric, shape.alike, read)
        if found := _strange(name, now, _counts(name, past)):
            return found
        if earlier and (found := _strange(name, now + _counts(name, lately), _counts(name, earlier))):
            return found
        lengths = [
            log.fields[name].length for log in past if name in log.fields for _ in range(log.fields[name].filled)
        ]
        if shape.filled >= FEW and len(lengths) >= FEW and _other_length(shape.length, median(lengths)):
            return f"shape_{name}"
    return None


class Counts(NamedTuple):
    """Of so many listings read, those in which a field was there, held a number to call, and had its commonest value."""

    filled: int
    numeric: int
    alike: int
    read: int

    def __add__(self, other: object) -> "Counts":
        """Take two crawls together."""
        if not isinstance(other, Counts):
            return NotImplemented
        return Counts(*(one + another for one, another in zip(self, other, strict=True)))


def _counts(name: str, logs: Iterable[CrawlLog]) -> Counts:
    return sum(
        (
            Counts(*(log.fields[name].filled, log.fields[name].numeric, log.fields[name].alike), log.listings_read)
            for log in logs
            if name in log.fields
        ),
        start=Counts(0, 0, 0, 0),
    )


def _strange(name: str, now: Counts, before: Counts) -> str | None:
    if _unlike(now.filled, now.read, before.filled, before.read):
        return f"fill_{name}"
    if _unlike(now.numeric, now.filled, before.numeric, before.filled):
        return f"shape_{name}"
    # One value in many more listings than before: a default, a placeholder, a switchboard. New listings share their date.
    if name != "posted_date" and now.alike >= ONE_VALUE and _more(now.alike, now.filled, before.alike, before.filled):
        return f"shape_{name}"
    return None


def _other_length(now: float, usual: float) -> bool:
    return max(now, usual) > LONGER * min(now, usual) and abs(now - usual) > SLACK


def _unlike(hits: int, trials: int, hits_before: int, trials_before: int) -> bool:
    """Tell whether a share is beyond chance given the share before, both being drawn from one that is not known."""
    misses, misses_before = trials - hits, trials_before - hits_before
    return _more(hits, trials, hits_before, trials_before) or _more(misses, trials, misses_before, trials_before)


def _more(hits: int, trials: int, hits_before: int, trials_before: int) -> bool:
    """Tell whether a share is higher than chance explains."""
    if trials == 0 or trials_before == 0:
        return False
    scale = min(1.0, WEIGHT / trials_before)
    chances = beta_binomial(trials, 0.5 + scale * hits_before, 0.5 + scale * (trials_before - hits_before))
    return sum(map(chances, range(hits, trials + 1))) < CHANCE


def beta_binomial(trials: int, alpha: float, beta: float) -> Callable[[int], float]:
    """Give the chance of each number of hits in `trials` whose common probability has a Beta(alpha, beta) law.

    Source: Johnson, Kemp and Kotz (2005), Univariate Discrete Distributions, 6.2.2.

    >>> round(sum(map(beta_binomial(5, 2.0, 3.0), range(6))), 9)
    1.0
    """
    whole = lgamma(alpha) + lgamma(beta) - lgamma(alpha + beta)

    def chance(hits: int) -> float:
        choose = lgamma(trials + 1) - lgamma(hits + 1) - lgamma(trials - hits + 1)
        part = lgamma(alpha + hits) + lgamma(beta + trials - hits) - lgamma(alpha + beta + trials)
        return exp(choose + part - whole)

    return chance
