"""Where in a text a telephone number could stand: stretches in which digits are dense and one could open a number."""

from collections.abc import Sequence

from nlp.lexicon import OPENING, SEED

REGION_GAP = 24  # characters between two seeds that may still belong to one number
FRINGE = 8  # characters beside a region in which a look-alike may stand alone
FEWEST_DIGITS = 8  # a number has no fewer
_LONGEST_REGION = 3_000  # denser than this is no advertisement: only the head and the tail are read
_MOST_REGIONS = 60
_LIGHTEST_REGION = 5  # characters of seeds: the other digits may be drawn as letters
_WIDEST_STEP = 6  # characters between two groups of digits of a number that opens with neither a zero nor a plus
_NO_ZEROS = frozenset("€£–—’‘“”…\u00a0")  # beyond ASCII, common before a number, and no zeros

Mark = tuple[int, int, int]  # first character, one past the last, bits of nlp.lexicon: a seed or an opening


def regions(marks: Sequence[Mark]) -> list[Sequence[Mark]]:
    """Join marks into stretches that could hold a number; those without seeds enough are dropped.

    Args:
        marks: of a text, in order; those that are no seed count for the seeds near them.
    """
    heavy: list[Sequence[Mark]] = []
    first = last = weight = 0
    seed_end = marks[0][0] if marks else 0
    for index, (start, end, bits) in enumerate(marks):
        if not bits & SEED:
            continue
        if start - seed_end > REGION_GAP:
            if weight >= _LIGHTEST_REGION:
                heavy += _parts(_with_fringe(marks, first, last))
                if len(heavy) >= _MOST_REGIONS:
                    return heavy
            weight = 0
        if not weight:
            first = index
        weight += end - start
        seed_end, last = end, index
    if weight >= _LIGHTEST_REGION:
        heavy += _parts(_with_fringe(marks, first, last))
    return heavy


def _with_fringe(marks: Sequence[Mark], first: int, last: int) -> Sequence[Mark]:
    """Marks from the first seed to the last, and those right beside them, which are no seeds."""
    start, end = marks[first][0] - FRINGE, marks[last][1] + FRINGE
    while first > 0 and marks[first - 1][1] >= start and not marks[first - 1][2] & SEED:
        first -= 1
    while last + 1 < len(marks) and marks[last + 1][0] <= end and not marks[last + 1][2] & SEED:
        last += 1
    return marks[first : last + 1]


def extent(region: Sequence[Mark]) -> tuple[int, int]:
    """Characters [start, end) from the first seed to the last."""
    first, last = 0, len(region) - 1
    while not region[first][2] & SEED:
        first += 1
    while not region[last][2] & SEED:
        last -= 1
    return region[first][0], region[last][1]


def _weight(region: Sequence[Mark]) -> int:
    return sum(end - start for start, end, bits in region if bits & SEED)


def _parts(region: Sequence[Mark]) -> list[Sequence[Mark]]:
    start, end = region[0][0], region[-1][1]
    if end - start <= _LONGEST_REGION:
        return [region]
    half = _LONGEST_REGION // 2
    parts = [[m for m in region if m[1] <= start + half], [m for m in region if m[0] >= end - half]]
    return [part for part in parts if _weight(part)]


def is_plausible(text: str, marks: Sequence[Mark]) -> bool:
    """Whether marks that are near each other could hold the start of a number; cheap, and never wrong when it says no.

    A number starts with a zero that does not continue digits or a decimal, a plus, a known calling code, or something
    drawn like a zero; else it is eight digits with hardly anything between. Prices, hours and ages have neither.
    """
    count, before = 0, 0
    for start, end, bits in marks:
        if bits & OPENING and _opens(text, start, end, marks):
            return True
        if not bits & SEED:
            continue
        step = text[before:start]
        if len(step) > _WIDEST_STEP:
            count = 0
        if text[start] > "9":  # a number word is worth two digits, several in one word are worth more
            count += 2 + (end - start) // 8
        else:
            count = end - start + (count if not any(map(str.isalpha, step)) else 0)
        if count >= FEWEST_DIGITS:
            return True
        before = end
    return False


def _opens(text: str, start: int, end: int, marks: Sequence[Mark]) -> bool:
    first = text[start]
    if first == "0":
        return not (text[start - 1 : start] in {":", ".", ","} and text[max(0, start - 2) : start - 1].isdigit())
    if first in "34":  # a calling code without its plus
        return _weight(marks) >= FEWEST_DIGITS
    if first in "167" and text[start:end].isdigit():  # a sign that may be drawn like a zero stands before it
        return start > 0 and text[start - 1] > "\x7f" and text[start - 1] not in _NO_ZEROS
    return True
