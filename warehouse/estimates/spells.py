"""Spells in an area, from the days on which somebody was seen there.

Breaks of at most ten days do not end a spell. An advertisement that stays on after its owner left shortens a break, or
hides it: of the breaks seen as n days, some were longer than ten. Where advertisements stay on from day to day with
chance q, q^(11 - n) c_11 of the c_n breaks that are seen as n days were longer than ten: how long an advertisement stays on
says nothing about how long it stays on from there. So each bridged break is open with a chance that follows from the lag
and from the breaks just over ten days, and each way to open them is a spell with a weight. Who comes and goes opens more
of them than who takes days off: they are told apart by whether they were seen in another area too.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

BRIDGED_DAYS = 10  # as in the definition of dwell: a longer break ends a spell
LENGTHS = BRIDGED_DAYS + 2  # of breaks: 0..10 days, and more
JUST_OVER = slice(BRIDGED_DAYS + 1, BRIDGED_DAYS + 4)  # breaks that tell how many were shortened to ten or fewer
DOUBTFUL = 0.01  # bridged breaks that are less likely to be open are left alone
MOST_OPEN = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """The days of a window in which starts and ends can be told: spells that start on `opens`..`closes`.

    Over ten days on which something could be seen lie before `opens` and after `closes`. `clear` (T,) counts such days
    up to and including each day.
    """

    opens: int
    closes: int
    clear: IntArray

    @classmethod
    def of(cls, completeness: FloatArray) -> "Window":
        """Look for its ends; `closes` lies before `opens` where the window is too short."""
        clear = np.cumsum(completeness > 0, dtype=np.int64)
        opens = int(np.searchsorted(clear, BRIDGED_DAYS, side="right")) + 1
        closes = int(np.searchsorted(clear, clear[-1] - BRIDGED_DAYS, side="left")) - 1
        return cls(opens, closes, clear)

    @property
    def days(self) -> int:
        """How many days a spell can be followed."""
        return max(self.closes - self.opens + 1, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Days seen without a break, n pieces in order of row and day.

    `row`, `first` and `last` (n,); `gap` (n,) is the break before each in days on which something could be seen, over ten
    days for the first of a row; `travels` (n,) whether its row is of somebody seen in another area too. `missed` is the
    chance not to be seen on a day.
    """

    row: IntArray
    first: IntArray
    last: IntArray
    gap: IntArray
    travels: BoolArray
    missed: float

    @classmethod
    def of(cls, days: BoolArray, travels: BoolArray, window: Window) -> "Pieces":
        """Cut rows of sightings (R, T), of those who travel or not (R,), at days on which one could be seen and was not."""
        row, day = np.nonzero(days)
        unseen = np.diff(window.clear[day], prepend=0) - 1
        far = window.clear[-1] + BRIDGED_DAYS + 1
        gap = np.where(np.diff(row, prepend=-1) > 0, far, np.maximum(unseen, 0))
        starts = np.flatnonzero(gap > 0)
        # Of one day missed to none; longer breaks are days off as well.
        step = np.diff(day)[np.diff(row) == 0]
        missed = min(float((step == 2).sum()) / max(int((step == 1).sum()), 1), 1.0)
        ends = np.r_[starts[1:], len(row)][: len(starts)] - 1
        return cls(row[starts], day[starts], day[ends], gap[starts], travels[row[starts]], missed)

    @property
    def kind(self) -> IntArray:
        """Number of the break before each piece among the rows of `open_chances`."""
        return np.asarray(np.minimum(self.gap, LENGTHS - 1) + LENGTHS * self.travels)

    def open_chances(self, lag: FloatArray) -> FloatArray:
        """Give the chance that a break seen as 0..10 days, or more, was longer than ten, for draws of the lag.

        Returns:
            Shape (2 * 12, D): those of rows of one area only, then those of who travels.
        """
        stays = lag / (1 + lag)
        length = np.arange(1, BRIDGED_DAYS + 1)
        chances = np.zeros((2, LENGTHS, len(lag)))
        chances[:, -1] = 1.0
        for group in (0, 1):
            seen = np.bincount(self.gap[self.travels == group], minlength=JUST_OVER.stop).astype(np.float64)
            around = np.maximum((seen[length - 1] + seen[length] + seen[length + 1]) / 3, 1e-9)
            # Who is seldom seen has such breaks without having left.
            by_chance = seen[1] * self.missed**BRIDGED_DAYS
            longer = max(seen[JUST_OVER].mean() - by_chance, 0.0) * stays ** (BRIDGED_DAYS + 1 - length)[:, None]
            chances[group, length] = np.minimum(longer / around[:, None], MOST_OPEN)
        return chances.reshape(-1, len(lag))


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """P possible spells and, for D draws, the chance `weight` (P, D) that each is one."""

    row: IntArray
    first: IntArray
    last: IntArray
    weight: FloatArray

    @classmethod
    def of(cls, pieces: Pieces, lag: FloatArray) -> "Spells":
        """Join pieces over breaks that may be bridged, in each way that the breaks in doubt allow."""
        opens = pieces.open_chances(lag)
        opens[opens.max(axis=1) < DOUBTFUL] = 0.0
        kind = pieces.kind
        starts = np.flatnonzero(opens[kind].max(axis=1) > 0)
        before = kind[starts]
        after = np.r_[before[1:], LENGTHS - 1][: len(starts)]
        last = pieces.last[np.r_[starts[1:], len(kind)][: len(starts)] - 1]
        begin, end, bridged = _ways(before)
        closed = np.log1p(-np.minimum(opens, MOST_OPEN))
        weight = opens[before[begin]] * opens[after[end]] * np.exp(bridged @ closed)
        return cls(pieces.row[starts][begin], pieces.first[starts][begin], last[end], weight)


def _ways(before: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """List all runs of pieces within a spell: first and last piece (P,), and breaks bridged by kind (P, 24)."""
    begin = end = np.arange(len(before))
    bridged = np.zeros((len(before), 2 * LENGTHS))
    may_bridge = np.r_[before[1:] % LENGTHS <= BRIDGED_DAYS, False][: len(before)]
    told = [(begin, end, bridged)]
    while len(begin):
        onward = may_bridge[end]
        begin, end, bridged = begin[onward], end[onward] + 1, bridged[onward]
        bridged[np.arange(len(end)), before[end]] += 1
        told.append((begin, end, bridged))
    begins, ends, lengths = zip(*told, strict=True)
    return np.concatenate(begins), np.concatenate(ends), np.concatenate(lengths)
