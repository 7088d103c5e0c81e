"""Hide one list: its people are a closed population of known size, so what the other lists say of it can be checked.

Those on list s are n_s people. Of them the other lists saw some, with overlaps of their own; from these overlaps alone the
ensemble estimates how many there are, and n_s has to lie in its interval. Dependence between s and the others leaves the
table; what is left is what the ensemble has to cope with every week. STATISTICS 5: every week on own data, an alarm where
under 80 % is covered over 12 weeks, and then a delta under which the ensemble would have covered enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warehouse.estimates import capture_recapture as cr
from warehouse.estimates.errors import Refusal
from warehouse.estimates.tables import CaptureTable

FEWEST_LISTS = 3  # one to hide and two that overlap
WEEKS = 12
ALARM_SHARE = 0.80
ASKED_SHARE = 0.85
MAXIMUM_DELTA = 2.0  # an interval of a factor 50 both ways says nothing any more
STEP = 0.05


@dataclass(frozen=True, slots=True)
class Hidden:
    """What the other lists say of one list, in identities.

    `true` were on it; `point`, `lower` and `upper` are the estimate with `delta`, None where it was refused (`refusal`).
    `needed_delta` is the smallest delta, from `DELTA` on in steps of .05, at which the interval holds `true`; infinite
    where none up to `MAXIMUM_DELTA` does. It does not depend on `delta`.
    """

    hidden: str
    true: int
    point: float | None
    lower: float | None
    upper: float | None
    delta: float
    needed_delta: float | None
    refusal: str | None = None

    @property
    def covered(self) -> bool | None:
        """Whether the interval holds the truth, ends included; None where there is none."""
        if self.lower is None or self.upper is None:
            return None
        return self.lower <= self.true <= self.upper


@dataclass(frozen=True, slots=True)
class Cover:
    """Of `judged` hidden lists in `weeks` weeks, `covered` were; `share` None where none could be judged."""

    weeks: int
    judged: int
    covered: int

    @property
    def share(self) -> float | None:
        """Share covered, 0 to 1."""
        return self.covered / self.judged if self.judged else None

    @property
    def alarm(self) -> bool:
        """Whether too few were covered over all of the weeks that the rule asks for."""
        return self.weeks >= WEEKS and self.share is not None and self.share < ALARM_SHARE


def among(table: CaptureTable, s: int) -> tuple[CaptureTable, int]:
    """Give the overlaps of the other lists among those on list `s`, and how many are on it."""
    patterns = np.arange(len(table.counts))
    on = patterns[patterns >> s & 1 == 1]
    others = on >> (s + 1) << s | on & ((1 << s) - 1)  # the bit of s taken out
    counts = np.zeros(len(table.counts) // 2)
    counts[others] = table.counts[on]
    size = round(float(counts.sum()))
    counts[0] = 0.0
    return CaptureTable(tuple(name for i, name in enumerate(table.lists) if i != s), counts), size


def hide_one(table: CaptureTable, seed: int, *, delta: float = cr.DELTA) -> tuple[Hidden, ...]:
    """Hide each list in turn and estimate how many were on it.

    Args:
        table: overlap of three lists or more, as `est.volume.overlap` keeps it (`tables.as_table`).
        seed: of the draws; the same table, seed and delta give the same figures bit for bit.
        delta: standard deviation on log n0 that is in force.

    Returns:
        One for each list on which anybody was seen, in the order of the lists; none where those are fewer than three.
    """
    table = table.without_empty_lists()
    if len(table.lists) < FEWEST_LISTS:
        return ()
    return tuple(_hide(table, s, seed, delta) for s in range(len(table.lists)))


def _hide(table: CaptureTable, s: int, seed: int, delta: float) -> Hidden:
    others, true = among(table, s)
    draw = int(np.random.SeedSequence([seed % 2**63, s]).generate_state(1, np.uint64)[0])
    try:
        told = cr.ensemble(others, seed=draw, delta=delta)
    except Refusal as refusal:
        return Hidden(table.lists[s], true, None, None, None, delta, None, refusal.code)
    return Hidden(table.lists[s], true, told.point, told.lower, told.upper, delta, _needed(others, true, draw))


def _needed(table: CaptureTable, true: int, seed: int) -> float:
    """Find the smallest delta that covers, by halving: an interval with the same draws grows with delta."""

    def covers(step: int) -> bool:
        told = cr.ensemble(table, seed=seed, delta=cr.DELTA + step * STEP)
        return told.lower <= true <= told.upper

    low, high = 0, round((MAXIMUM_DELTA - cr.DELTA) / STEP)
    if covers(low):
        return cr.DELTA
    if not covers(high):
        return float("inf")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if covers(middle) else (middle, high)
    return round(cr.DELTA + high * STEP, 2)


def covered_share(history: Sequence[Sequence[Hidden]]) -> Cover:
    """Count how many hidden lists were covered in the last 12 weeks.

    Args:
        history: what `hide_one` gave, one entry a week, the newest last; an empty one for a week without figures.
    """
    verdicts = [each.covered for week in history[-WEEKS:] for each in week if each.covered is not None]
    return Cover(weeks=min(len(history), WEEKS), judged=len(verdicts), covered=sum(verdicts))


def recalibrated_delta(history: Sequence[Sequence[Hidden]]) -> float:
    """Give the smallest delta, at least `DELTA`, with which 85 % of the last 12 weeks' hidden lists are covered.

    Args:
        history: as for `covered_share`; with fewer than 12 weeks, or nothing judged in them, there is nothing to learn.

    Returns:
        Between `DELTA` and `MAXIMUM_DELTA`; the latter also where even that would not cover enough.
    """
    needed = [each.needed_delta for week in history[-WEEKS:] for each in week if each.needed_delta is not None]
    if len(history) < WEEKS or not needed:
        return cr.DELTA
    enough = sorted(needed)[int(np.ceil(ASKED_SHARE * len(needed) - 1e-9)) - 1]
    return min(enough, MAXIMUM_DELTA)
