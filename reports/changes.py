"""When may one say that a level changed? One rule, with its false-alarm rate (STATISTICS 2F)."""

import math
from dataclasses import dataclass
from typing import Literal

from reports import wording
from reports.figures import PUBLISHED, Volume

Kind = Literal["higher", "lower", "none", "not_comparable"]

MARKS: dict[Kind, str] = {"higher": "▲", "lower": "▼", "none": "=", "not_comparable": "?"}
TITLES: dict[Kind, str] = {
    "higher": "Aantoonbaar hoger",
    "lower": "Aantoonbaar lager",
    "none": "Geen aantoonbare verandering",
    "not_comparable": "Niet te vergelijken",
}
_Z = 1.959963984540054  # half-width of a 95 % interval in standard errors


@dataclass(frozen=True, slots=True)
class Change:
    """What may be said of two weeks. `false_alarm_share` is None where nothing was compared."""

    kind: Kind
    title: str
    sentence: str
    false_alarm_share: float | None

    @property
    def mark(self) -> str:
        """A sign that says the same without colour."""
        return MARKS[self.kind]

    @property
    def is_alert(self) -> bool:
        """Whether the reader is to be told that something changed."""
        return self.kind in ("higher", "lower")


def false_alarm_share(first: float, second: float) -> float:
    """Give how often two 95 % intervals miss each other although nothing changed.

    Args:
        first: half-width of one interval, in advertisers, above 0.
        second: half-width of the other.

    Returns:
        A share, 0 to 1, for independent normal errors: 0.0056 for equal widths, 0.05 at most. Errors that both
        weeks have in common (calibration, unseen advertisers) make it smaller.

    >>> round(false_alarm_share(20, 20), 4)
    0.0056
    """
    if first + second <= 0:
        return 1.0
    return math.erfc(_Z * (first + second) / math.hypot(first, second) / math.sqrt(2))


def compare(earlier: Volume | None, later: Volume | None) -> Change:
    """Compare two periods of one area: a change is said only when their 95 % intervals do not even touch.

    Intervals that end at the same rounded number touch. Two periods that were seen through another number of source
    groups are not compared at all: the break would look like a change.
    """
    if later is None:
        return _cannot("Er zijn nog geen twee hele weken met cijfers.")
    if earlier is None:
        return _cannot("Van de week ervoor zijn er geen cijfers.")
    names = f"{wording.week_short(earlier.period_start_date)} en {wording.week_short(later.period_start_date)}"
    for row in (later, earlier):
        if row.status_code != PUBLISHED:
            which = wording.week_short(row.period_start_date)
            return _cannot(f"Voor {which} is er geen getal ({wording.status(row.status_code)}).")
    if earlier.source_group_count != later.source_group_count:
        return _cannot(f"In {names} waren niet evenveel bronnen te zien.")
    before, after = _ends(earlier), _ends(later)
    share = false_alarm_share((before[1] - before[0]) / 2, (after[1] - after[0]) / 2)
    kind: Kind = "higher" if after[0] > before[1] else "lower" if after[1] < before[0] else "none"
    if kind == "none":
        return Change(kind, TITLES[kind], f"De marges van {names} overlappen elkaar.", share)
    word = "hoger" if kind == "higher" else "lager"
    sentence = (
        f"{wording.week_short(later.period_start_date).capitalize()} ligt {word} dan "
        f"{wording.week_short(earlier.period_start_date)}: {wording.figure(later)} "
        f"({wording.margin(*after)}) tegen {wording.figure(earlier)} ({wording.margin(*before)}). "
        f"{chance(share)}"
    )
    return Change(kind, TITLES[kind], sentence, share)


def chance(share: float) -> str:
    """Say how often the rule raises a false alarm.

    >>> chance(0.0056)
    'Als er niets verandert, zegt deze regel dit toch hooguit ongeveer 1 op de 179 keer.'
    """
    return f"Als er niets verandert, zegt deze regel dit toch hooguit ongeveer 1 op de {wording.number(round(1 / share))} keer."


def _ends(row: Volume) -> tuple[int, int]:
    count = row.advertiser_count or 0
    low = count if row.lower_count is None else row.lower_count
    high = count if row.upper_count is None else row.upper_count
    return low, high


def _cannot(sentence: str) -> Change:
    return Change("not_comparable", TITLES["not_comparable"], sentence, None)
