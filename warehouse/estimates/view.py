"""All that one vintage is estimated from, prepared once from arrays: no database here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from warehouse import areas
from warehouse.estimates import frame as frames
from warehouse.estimates import persistence, presence
from warehouse.estimates.calibration import Audit
from warehouse.estimates.capture_recapture import DELTA
from warehouse.estimates.external import ExternalList
from warehouse.estimates.frame import LEVELS, Frame, Places
from warehouse.estimates.level import Knowledge, Level
from warehouse.estimates.presence import Crawls, Presence

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the sightings: audits entered, external lists of the week, delta, and facts about sources by name."""

    audits: tuple[Audit, ...] = ()
    external: tuple[ExternalList, ...] = ()
    delta: float = DELTA
    expiry_days: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Sightings and crawls of all whole weeks that can be linked, up to the view's last day: for movement."""

    frame: Frame
    crawls: Crawls

    def daily(self) -> FloatArray:
        """Give the share of listings that could be seen on each day, shape (T,), of sources that were there then."""
        return self._share(np.nan_to_num(self.crawls.q), ~np.isnan(self.crawls.q))

    def weekly(self) -> FloatArray:
        """Give the share of listings there all week that could be seen on some day of it, shape (T / 7,)."""
        by_week = self.crawls.q.reshape(len(self.crawls.sources), -1, 7)
        return self._share(1 - (1 - np.nan_to_num(by_week)).prod(axis=2), np.asarray(~np.isnan(by_week).all(axis=2)))

    def breaks(self, weeks: int) -> tuple[bool, bool]:
        """Tell whether a source came, and whether one went for good, in the last `weeks` weeks."""
        there = ~np.isnan(self.crawls.q)
        there = there[there.any(axis=1)]
        days = there.shape[1]
        began, ended = there.argmax(axis=1), days - there[:, ::-1].argmax(axis=1)
        opened = (began > began.min(initial=days)) & (
            began > days - 7 * weeks
        )  # the first ones came with the monitor itself
        closed = (ended < days) & (ended > days - 7 * weeks)
        return bool(opened.any()), bool(closed.any())

    def _share(self, seen: FloatArray, is_there: npt.NDArray[np.bool_]) -> FloatArray:
        """Take the mean over the sources there, by how much was seen of each a day."""
        of_source = [self.frame.sources.index(source) for source in self.crawls.sources]
        count = np.bincount(self.frame.source, self.frame.seen.sum(axis=1), len(self.frame.sources))[of_source]
        weight = count / np.maximum((~np.isnan(self.crawls.q)).sum(axis=1), 1)
        return np.asarray((weight @ (seen * is_there)) / np.maximum(weight @ is_there, 1e-12))


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What all figures of a vintage share. `day` is the window's last day.

    `phi` (4,): daily persistence of an identity, as seen, within an area of each level.
    """

    day: date
    epoch_start: date
    seed: int
    frame: Frame
    places: Places
    presence: Presence
    phi: tuple[float, ...]
    known: Knowledge
    level: Level
    external: tuple[ExternalList, ...]
    past: Past | None = None


def view(
    frame: Frame,
    crawls: Crawls,
    *,
    day: date,
    epoch_start: date,
    seed: int,
    beside: Beside | None = None,
    past: Past | None = None,
) -> View:
    """Prepare what all figures share: areas, who is live, persistence, draws of what shifts the level.

    Args:
        frame: sightings of the window.
        crawls: how they were made.
        day: the window's last.
        epoch_start: first day whose identities can be compared with those of `day`.
        seed: of all draws.
        beside: audits, external lists and the like; None: nothing is known.
        past: all weeks that can be linked; None: movement is not due.

    Raises:
        WrongModel: a completeness that is none.
    """
    beside = beside or Beside()
    where = frames.places(frame.area_codes, areas.area_parents)
    found = presence.of(frame, crawls)
    known = Knowledge(
        day=day,
        audits=beside.audits,
        weights={source: float(w) for source, w in zip(crawls.sources, found.weight, strict=True) if w > 0},
        expiry_days=dict(beside.expiry_days),
        delta=beside.delta,
    )
    return View(
        day=day,
        epoch_start=epoch_start,
        seed=seed,
        frame=frame,
        places=where,
        presence=found,
        phi=_persistence_by_level(frame, found, where),
        known=known,
        level=Level.of(seed, known),
        external=beside.external,
        past=past,
    )


def _persistence_by_level(frame: Frame, found: Presence, where: Places) -> tuple[float, ...]:
    """Estimate the daily persistence of an identity within an area of each level, shape (4,)."""
    q = (np.nan_to_num(found.crawls.q) * found.weight[:, None]).sum(axis=0)
    return tuple(
        persistence.fit(frames.days_seen(frame, where.above[:, level])[2], q).phi for level in range(len(LEVELS))
    )


def rounded(values: Iterable[float | None]) -> tuple[float | None, ...]:
    """Round to what is kept, six places."""
    return tuple(None if value is None else round(value, 6) for value in values)
