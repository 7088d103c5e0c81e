"""Numbers told over several sentences, in parts ("begins with 06, then 2000, ends in 1234") or put right afterwards.

Both are looked for only around the words that announce them, a bounded stretch of text each.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nlp.attributes import PhoneMention
from nlp.folding import fold
from nlp.lexicon import SEED
from nlp.numbers import masks
from nlp.numbers.atoms import Atom, cut
from nlp.numbers.regions import Mark
from nlp.numbers.repeats import repeated
from nlp.numbers.spelled import joined
from nlp.numbers.sums import scaled, summed
from nlp.numbers.vocabulary import vocabulary

Span = tuple[int, int]
Told = tuple[
    list[Atom], int, int
]  # a run, where a number in it must end at least, and from where on it replaces others
_MOST_CUES = 6
_REACH = 400  # characters a number in parts may take
_FIRST_REACH = 32  # characters from the announcement to the first part
_LEAD = 60  # characters before a part that may announce it
_STEP = 8  # characters between two groups of one part
_MOST_PARTS = 6
_LONGEST_SEED = 60
_BACK, _AHEAD = 45, 60  # characters from a correction back to the number and on to what is right
_AFTERTHOUGHT = 24
_WORDS = re.compile(r"[^\W\d_]+")
# What follows a word that counts the digits to come.
_COUNTED = re.compile(
    r" ?(?:cijfers?|getallen|nummers|zijn|ziffern?|zahlen|sind|digits?|numbers|are|cifras|numeros|son|digitos|sao|cifre|"
    r"sunt|cyfry|cyfr|to|szam|szamjegy|числа|цифри|са|numeri|sono|chiffres|sont)\b"
)
# Small words between "no, sorry" and what is right.
_LINKING = frozenset(
    [
        "is",
        "dus",
        "zijn",
        "het",
        "moet",
        "zijn",
        "de",
        "dat",
        "die",
        "ist",
        "sind",
        "das",
        "es",
        "son",
        "sono",
        "são",
        "sunt",
        "sa",
        "to",
        "jest",
        "est",
        "sont",
        "it",
        "its",
        "that",
        "the",
        "they",
        "mijn",
        "nummer",
        "number",
        "numero",
        "nummers",
        "el",
        "la",
        "il",
        "lo",
        "a",
        "o",
        "os",
        "os",
        "e",
        "en",
        "und",
        "and",
        "y",
        "i",
        "és",
        "и",
        "са",
        "това",
        "maar",
        "sondern",
        "but",
        "a",
        "az",
    ]
)


def told_runs(
    text: str,
    marks: Sequence[Mark],
    beginnings: Sequence[Span],
    corrections: Sequence[Span],
    found: Sequence[PhoneMention],
) -> Iterator[Told]:
    """Runs that could be a number, the likeliest last.

    Args:
        text: the whole text.
        marks: its words that may be part of a number, in order.
        beginnings: where the first part of a number is announced.
        corrections: where something is taken back.
        found: numbers found without either.
    """
    starts = [mark[0] for mark in marks]
    announced = any(_is_near(starts, before - _BACK, after + _FIRST_REACH) for before, after in beginnings)
    if not announced and not any(
        _is_near(starts, before - 2 * _BACK, before) and _is_near(starts, after, after + _AHEAD)
        for before, after in corrections
    ):
        return
    small = vocabulary().roles["article"]  # "het" is seven in Hungarian
    seeds = [
        (start, end)
        for start, end, bits in marks
        if bits & SEED and end - start <= _LONGEST_SEED and text[start:end].lower() not in small
    ]
    starts = [start for start, _ in seeds]
    for before, after in beginnings[:_MOST_CUES]:
        first = bisect_left(starts, after)
        groups = _groups(text, seeds[first : bisect_left(starts, after + _REACH)])
        earlier = _groups(text, seeds[bisect_left(starts, before - _BACK) : first])
        if earlier and before - earlier[-1][1] <= _STEP:  # "06, followed by 2000"
            yield from _in_parts(text, [earlier[-1], *groups], earlier[-1][0])
        if groups and groups[0][0] - after <= _FIRST_REACH:
            yield from _in_parts(text, groups, after)
    shown = 0
    for index, (before, after) in enumerate(corrections):
        if index + 1 < len(corrections) and corrections[index + 1][0] - after < _AFTERTHOUGHT / 2:
            continue  # "no, sorry, wait": the last of them counts
        near = seeds[bisect_left(starts, before - 3 * _BACK) : bisect_left(starts, after + 2 * _AHEAD)]
        wrong = _groups(text, [seed for seed in near if seed[1] <= before])
        right = _groups(text, [seed for seed in near if seed[0] >= after])
        if wrong and right and before - wrong[-1][1] <= _BACK and right[0][0] - after <= _AHEAD:
            shown += 1
            if shown > _MOST_CUES:
                return
            yield from _put_right(text, wrong[-1], right[:2], after, found)


def _is_near(starts: list[int], first: int, last: int) -> bool:
    """Whether one of `starts`, ascending, lies in [first, last)."""
    return bisect_left(starts, first) < bisect_left(starts, last)


def _groups(text: str, seeds: Sequence[Span]) -> list[Span]:
    """Stretches of seeds with nothing but separators and small words between."""
    roles = vocabulary().roles
    small = roles["filler"] | roles["join"] | roles["times"] | roles["article"]
    groups: list[Span] = []
    for start, end in seeds:
        if groups:
            step = text[groups[-1][1] : start]
            if len(step) <= _STEP and all(word in small for word in _WORDS.findall(fold(step))):
                groups[-1] = (groups[-1][0], end)
                continue
        groups.append((start, end))
    return groups


def _readings(text: str, group: Span) -> list[list[Atom]]:
    """What the digits and number words of a group may be: added up, and side by side."""
    atoms = repeated(joined(cut(text, *group)))
    return [[atom for atom in way(atoms) if atom.kind in {"digit", "word", "plus"}] for way in (scaled, summed)]


def _in_parts(text: str, groups: list[Span], after: int) -> Iterator[Told]:
    """Numbers made of the groups that are announced, and of all groups up to one that is."""
    roles = vocabulary().roles
    announced: list[list[Atom]] = [[], []]
    every: list[list[Atom]] = [[], []]
    before, parts = after, 0
    for group in groups:
        lead = _WORDS.findall(fold(text[max(before, group[0] - _LEAD) : group[0]]))
        readings = _readings(text, group)
        if _COUNTED.match(fold(text[group[1] : group[1] + _AFTERTHOUGHT])) and len(readings[0]) == 1:
            continue  # "the first two digits are 06"
        before = group[1]
        if lead and lead[-1] in roles["part"] and len(readings[0]) > 1 and len(readings[0][0].digits) == 1:
            readings = [reading[1:] for reading in readings]  # "deel 2: 0012"
            told = True
        else:
            told = not parts or any(word in roles["onward"] for word in lead)
        parts += 1
        if parts > _MOST_PARTS:
            return
        every = [run + reading for run, reading in zip(every, readings, strict=True)]
        if not told:
            continue
        announced = [run + reading for run, reading in zip(announced, readings, strict=True)]
        if parts > 1:
            yield from ((run, run[-1].end, run[0].start) for run in (*every, *announced) if run)


def _put_right(text: str, wrong: Span, right: list[Span], after: int, found: Sequence[PhoneMention]) -> Iterator[Told]:
    """Numbers with their last digits, or all of them, replaced by what comes after a correction."""
    onward = vocabulary().roles["onward"]
    for group in right:
        lead = _WORDS.findall(fold(text[after : group[0]]))
        following = _WORDS.findall(fold(text[group[1] : group[1] + _AFTERTHOUGHT]))
        if any(mention.start == group[0] for mention in found):
            if len(lead) <= 3:  # a whole number in place of another
                yield from ((run, run[-1].end, wrong[0]) for run in _readings(text, group) if run)
            return
        if lead and lead[-1] in onward and following and following[0] in _LINKING and group != right[-1]:
            continue  # "the last four are 1234"
        tail = any(word in onward for word in (*lead, *following))
        if not tail and not all(word in _LINKING for word in lead):
            return
        if not tail and masks.followed_by_unit(fold(text[group[1] : group[1] + 16])):
            return
        for first, second in zip(_readings(text, wrong), _readings(text, group), strict=True):
            yield from _replaced(first, second, tail=tail)
        return


def _replaced(first: list[Atom], second: list[Atom], *, tail: bool) -> Iterator[Told]:
    if not first or not second:
        return
    digits = sum(len(atom.digits) for atom in second)
    ends = sum(len(atom.digits) for atom in first)
    likeliest = {digits, len(second[0].digits)}
    for count in sorted(range(1, ends), key=lambda count: count in likeliest):
        kept = _without_last(first, count, split=tail)
        if kept:
            yield kept + second, second[-1].end, first[0].start


def _without_last(atoms: list[Atom], count: int, *, split: bool) -> list[Atom]:
    """Atoms without their last `count` digits; none where that would cut an atom in two and `split` does not allow it."""
    kept = list(atoms)
    while kept and count >= len(kept[-1].digits):
        count -= len(kept.pop().digits)
    if count and not split:
        return []
    if count and kept:
        kept[-1] = replace(kept[-1], digits=kept[-1].digits[:-count])
    return kept
