"""How well a window was seen, and which of its listings were live on each day: all sources together. STATISTICS 2A."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warehouse.estimates import live
from warehouse.estimates.frame import Frame
from warehouse.estimates.volumes import Quality

FloatArray = npt.NDArray[np.float64]


BLIND_DAYS = 7  # a source that was not seen for so long is not known, however long its listings stay


@dataclass(frozen=True, slots=True, eq=False)
class Crawls:
    """Completeness of S sources on T days, `q` (S, T); NaN before a source that came later was first crawled."""

    sources: tuple[str, ...]
    groups: tuple[str, ...]
    q: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """What the sightings of a window tell.

    `chance` (n, T): that a listing was live on a day, filtered on the last and smoothed before it; `live` (S,): counts of
    each source, None where nothing was seen of it; `stay` (S,): daily persistence of its listings; `weight` (S,): its
    share of all that was live, summing to 1.
    """

    crawls: Crawls
    chance: FloatArray
    live: tuple[live.LiveCounts | None, ...]
    stay: FloatArray
    weight: FloatArray

    def quality(self, first: int, last: int, days: int) -> Quality:
        """Tell how well the columns `first` to `last` of the window were seen, for a period of `days`.

        Days of the period outside the window count as not seen; sources that were not crawled yet do not count.
        """
        q = self.crawls.q[:, first : last + 1]
        counted = ~np.isnan(q).all(axis=1) & (self.weight > 0)
        if not counted.any():
            return Quality(0.0, 0.0)
        weight = self.weight[counted] / self.weight[counted].sum()
        q = np.nan_to_num(q[counted])
        if days == 1:
            until = np.nan_to_num(self.crawls.q[counted, : last + 1])
            known = known_share(self.stay[counted], until)[:, -1] * (until[:, -BLIND_DAYS:] > 0).any(axis=1)
            known = known * q.any()  # a day on which no crawl saw anything has no figure
        else:
            known = seen_share(self.stay[counted], q, days)
        return Quality(completeness=float(weight @ q.sum(axis=1)) / days, known=float(weight @ known))


def of(frame: Frame, crawls: Crawls) -> Presence:
    """Fit each source and tell when its listings were live.

    Raises:
        WrongModel: the crawl log has a completeness that is none.
    """
    chance = np.zeros(frame.seen.shape)
    counts: list[live.LiveCounts | None] = []
    stay, weight = np.ones(len(crawls.sources)), np.zeros(len(crawls.sources))
    for i, source in enumerate(crawls.sources):
        mine = np.flatnonzero(frame.source == frame.sources.index(source))
        if np.isnan(crawls.q[i]).all() or not len(mine):
            counts.append(None)  # nothing was seen of it in four weeks: nothing is known of it, and others do not wait
            continue
        fitted = live.fit(frame.seen[mine], crawls.q[i])
        chance[mine] = np.nan_to_num(live.chances(fitted, frame.seen[mine]))
        told = live.live_counts(fitted)
        counts.append(told)
        stay[i], weight[i] = 1 - fitted.leaving, np.nanmean(told.mean)
    return Presence(crawls, chance, tuple(counts), stay, weight / max(weight.sum(), 1e-9))


def known_share(stay: FloatArray, q: FloatArray) -> FloatArray:
    """Give the share of live listings whose state is known or carried forward, by day, shape (S, T).

    A day that was crawled whole counts 1; a missed one counts what was known the day before times persistence.

    Args:
        stay: daily persistence of each source, shape (S,).
        q: completeness of each day, shape (S, T).
    """
    shares = np.zeros(q.shape)
    known = np.zeros(len(stay))
    for t in range(q.shape[1]):
        known = q[:, t] + (1 - q[:, t]) * stay * known
        shares[:, t] = known
    return shares


def seen_share(stay: FloatArray, q: FloatArray, days: int) -> FloatArray:
    """Give the share of listings live at some time of a period that was seen at least once in it, shape (S,).

    As many come as go. Without a crawl nothing is seen, however much is known from before: the week is blind.

    Args:
        stay: daily persistence of each source, shape (S,).
        q: completeness of the days that lie in the window, the last of the period, shape (S, P); P <= days.
        days: of the period.

    >>> seen_share(np.array([0.96]), np.array([[1.0] * 7]), 7).tolist(), seen_share(np.array([0.96]), np.zeros((1, 7)), 7).tolist()
    ([1.0], [0.0])
    """
    every = np.hstack([np.zeros((len(q), days - q.shape[1])), q])
    unseen, lost = 1 - every[:, 0], np.zeros(len(q))
    for day in range(1, days):
        lost += (1 - stay) * unseen
        unseen = (stay * unseen + 1 - stay) * (1 - every[:, day])
    return np.asarray(np.round(1 - (unseen + lost) / (1 + (days - 1) * (1 - stay)), 12) + 0.0)
