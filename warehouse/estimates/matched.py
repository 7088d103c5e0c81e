"""Volume over time when source groups come and go: a matched index, where it breaks, and the link across a break.

The index compares each period with the one before on the groups that both had, and chains the ratios (the matched-model
index of price statistics: ILO et al. 2020, Consumer Price Index Manual, chapter 6). It needs no model, and says nothing of
who is on no source. The link is for estimates: the same periods estimated with and without the group.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates.errors import Refusal, SourceBreak
from warehouse.estimates.tables import CaptureTable

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

MINIMUM_PERIODS = 4


def without(table: CaptureTable, group: str) -> CaptureTable:
    """Leave a group out: whoever was seen on it alone is seen no more.

    Raises:
        ValueError: the table has no such group.

    >>> without(CaptureTable(("a", "b"), np.array([0.0, 3, 4, 2])), "a").counts.tolist()
    [0.0, 6.0]
    """
    gone = table.lists.index(group)
    kept = [s for s in range(len(table.lists)) if s != gone]
    pattern = np.arange(len(table.counts))
    left = sum(((pattern >> s & 1) << new for new, s in enumerate(kept)), np.zeros_like(pattern))
    counts = np.bincount(left, weights=table.counts, minlength=2 ** len(kept)).astype(np.float64)
    counts[0] = 0.0
    return CaptureTable(tuple(table.lists[s] for s in kept), counts)


def seen_on(table: CaptureTable, groups: Collection[str]) -> float:
    """Count identities seen on at least one of the groups."""
    mask = sum(1 << s for s, name in enumerate(table.lists) if name in groups)
    return float(table.counts[np.arange(len(table.counts)) & mask > 0].sum())


def breaks(groups: Sequence[Collection[str] | None]) -> list[int]:
    """Give the periods in which other groups were available than in the latest earlier one that is known.

    Args:
        groups: names available in each of T periods; None for a period without a table.
    """
    found, before = [], None
    for period, names in enumerate(groups):
        if names is None:
            continue
        if before is not None and set(names) != before:
            found.append(period)
        before = set(names)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Chained index of T periods, each (T,).

    `value` is 1 in the first period with a table, NaN in a period without one and where the chain is broken; `variance`
    of its logarithm against that first period; `is_break`: other groups than before.
    """

    value: FloatArray
    variance: FloatArray
    is_break: BoolArray


def index(tables: Sequence[CaptureTable | None], groups: Sequence[Collection[str]]) -> Index:
    """Chain n(matched groups) / n(matched groups) of the period before; a gap is bridged by the last table before it.

    The variance is that of counts with independent errors, 1/n each: an upper bound, since whoever is seen in one period
    is more likely seen in the next. Where no group is matched, or nobody was seen, the chain ends.

    Args:
        tables: overlap of each of T periods; None where there is none.
        groups: names available in each; those of a period without a table are not used.
    """
    available = [set(names) if table is not None else None for table, names in zip(tables, groups, strict=True)]
    value, variance = np.full(len(tables), np.nan), np.full(len(tables), np.nan)
    is_break = np.zeros(len(tables), dtype=np.bool_)
    is_break[breaks(available)] = True
    before: int | None = None
    level, closed, opened = 1.0, 0.0, 0.0  # variance of finished stretches, and 1/n at the start of this one
    for period, table in enumerate(tables):
        names = available[period]
        if table is None or names is None:
            continue
        if before is None:
            value[period], variance[period] = 1.0, 0.0
            opened = 1 / max(seen_on(table, names), 1.0)
            before = period
            continue
        earlier, had = tables[before], available[before]
        if earlier is None or had is None:
            continue
        matched = names & had
        now, then = seen_on(table, matched), seen_on(earlier, matched)
        if not (now and then):
            break
        if is_break[period]:  # within a stretch of the same groups the counts between cancel; here they do not
            closed += opened + 1 / seen_on(earlier, had) + 1 / then + 1 / now
            opened = 1 / seen_on(table, names)
            level, extra = level * now / then, closed
        else:
            level, extra = level * now / then, closed + opened + 1 / now
        value[period], variance[period] = level, extra
        before = period
    return Index(value, variance, is_break)


@dataclass(frozen=True, slots=True)
class Link:
    """log N with the group minus log N without it: `mean`, `variance` of that mean, and on how many `periods`."""

    mean: float
    variance: float
    periods: int

    @property
    def reversed(self) -> "Link":
        """Link of a group that closed: from with to without."""
        return Link(-self.mean, self.variance, self.periods)


def link(tables: Mapping[str, CaptureTable], group: str, *, seed: int = 0, delta: float = cr.DELTA) -> Link:
    """Estimate what a group does to the estimate, from periods in which both sets can be computed.

    For a group that opened: the periods after, and the link goes from the old sources to the new. For one that closed:
    the periods before, and the link to use is `reversed`. Both estimates of a period come from the same random numbers.

    The variance is that between periods, over their number, as wide as Student's t has it with so few.

    Args:
        tables: overlap with the group in it, by the name of the period.
        group: the one that came or went.
        seed: of the estimates.
        delta: in force.

    Raises:
        SourceBreak: fewer than four periods can be estimated both ways.
    """
    ratios = []
    for table in tables.values():
        try:
            whole, part = (cr.ensemble(each, seed=seed, delta=delta) for each in (table, without(table, group)))
        except Refusal:
            continue
        ratios.append(np.log(whole.point / part.point))
    count = len(ratios)
    if count < MINIMUM_PERIODS:
        raise SourceBreak(count, MINIMUM_PERIODS)
    # (count - 1) / (count - 3): variance of Student's t with count - 1 degrees of freedom.
    variance = np.var(ratios, ddof=1) / count * (count - 1) / (count - 3)
    return Link(float(np.mean(ratios)), float(variance), count)
