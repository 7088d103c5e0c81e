"""Find telephone numbers in a text, however they were written, and only those.

Where digits are dense (`regions`), the text is cut into atoms and read under up to four suppositions, the plainest first:
digits and number words as they stand; tens and units of number words kept apart; look-alike characters read as digits;
letters between the digits dropped. A reading counts only if a numbering plan accepts the whole of it, it starts and ends
on an atom, and neither a label, a unit nor an instruction around it says otherwise. Every step is linear in the text; no
pattern can backtrack beyond a fixed window.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nlp.attributes import PhoneMention
from nlp.folding import fold
from nlp.numbers import masks
from nlp.numbers.atoms import ANY_LANGUAGE, Atom, cut
from nlp.numbers.numbering import Number, international, national, without_prefix
from nlp.numbers.suppositions import FEWEST_DIGITS, suppositions
from nlp.numbers.vocabulary import value_of, vocabulary

Positions = NDArray[np.int64]

REGION_GAP = 20  # characters between two seeds that may still belong to one number
_FRINGE = 8  # characters beside a region in which a look-alike may stand alone
_LONGEST_REGION = 3_000  # denser than this is no advertisement: only the head and the tail are read
_MOST_REGIONS = 60
_MOST_ATOMS = 40  # atoms one number may take: 15 digits one by one, with noise
_MOST_DIGITS = 16
_LIGHTEST_REGION = 5  # characters of seeds: the other digits may be drawn as letters
_FEWEST_TRUE_DIGITS = 3  # of ten; with fewer, words of look-alikes would count as numbers


def is_seed(token_text: str) -> bool:
    """Whether a token may be part of a number: it holds a digit in any script or is a number word."""
    folded = fold(token_text)
    if any("0" <= c <= "9" or "\ue000" <= c <= "\ue063" for c in folded):
        return True
    folded = folded.replace("\x1f", "")
    if value_of(folded) is not None:
        return True
    roles = vocabulary().roles
    return folded in roles["double"] or folded in roles["triple"]


def regions(starts: Positions, ends: Positions) -> list[tuple[int, int]]:
    """Join seeds into stretches that could hold a number.

    Args:
        starts: first characters of the seeds, ascending.
        ends: one past their last characters, same length.
    """
    if len(starts) == 0:
        return []
    # A new stretch starts where the gap to the seed before is too wide.
    firsts = np.flatnonzero(starts[1:] - ends[:-1] > REGION_GAP) + 1
    bounds = [0, *firsts[: 4 * _MOST_REGIONS].tolist(), len(starts)]
    lengths = ends - starts
    stretches: list[tuple[int, int]] = []
    for first, after in pairwise(bounds):
        if int(lengths[first:after].sum()) < _LIGHTEST_REGION:
            continue
        start, end = int(starts[first]), int(ends[after - 1])
        if end - start > _LONGEST_REGION:
            half = _LONGEST_REGION // 2
            stretches += [(start, start + half), (end - half, end)]
        else:
            stretches.append((start, end))
    return stretches[:_MOST_REGIONS]


def find(text: str, starts: Positions, ends: Positions, language: str | None = None) -> tuple[PhoneMention, ...]:
    """Telephone numbers in `text`, in text order.

    Args:
        text: any text.
        starts: first characters of the tokens for which `is_seed` holds, ascending.
        ends: one past their last characters.
        language: ISO 639-1 of the text where known; it decides between national numbering plans.
    """
    mentions: list[PhoneMention] = []
    for start, end in regions(starts, ends):
        mentions += _read_region(text, start, end, language)
    return tuple(mentions)


def _read_region(text: str, start: int, end: int, language: str | None) -> list[PhoneMention]:
    left = _word_edge(text, max(0, start - _FRINGE), start)
    right = _word_end(text, end, min(len(text), end + _FRINGE))
    folded = fold(text[left:right])
    if not _plausible().search(folded):
        return []
    plain = _plain(text, left, folded)
    if plain is not None:
        return plain
    atoms = cut(text, left, right)
    if sum(len(atom.digits) for atom in atoms) < FEWEST_DIGITS:
        return []
    reading = _Reading(text, language)
    found = _hits(reading, atoms)
    if found:
        # Masks cost more than the rest: they are looked up only where something was found, and then all is read anew.
        window = max(0, left - 40)
        blocked = [(a + window, b + window) for a, b in masks.masked(fold(text[window : right + 40]))]
        if any(a < end and start < b for start, end, _ in found for a, b in blocked):
            found = _hits(reading, _blocked(atoms, blocked))
    return [PhoneMention(a, b, number.e164, number.country) for a, b, number in sorted(found, key=lambda hit: hit[0])]


# Nine in ten Dutch numbers are written like this, with nothing near that could be part of a number.
_PLAIN = re.compile(
    r"(?<![\w+.,/#€$£:=@-])(?:0|(?:\+|00)31[ -]?(?:\(0\))?)6[ -]?(?:[1-58]\d{7}|[1-58]\d{3} \d{4}|[1-58]\d(?: \d\d){3})"
    r"(?![\w+@]|[^\w\n]{0,3}[0-9])"
)
_MAY_BE_ADDRESS = re.compile(r"@|://|www\.")


def _plain(text: str, left: int, folded: str) -> list[PhoneMention] | None:
    """The quick way: plainly written Dutch mobiles and nothing else; None where the region needs a closer look."""
    found = list(_PLAIN.finditer(folded))
    if not found or _MAY_BE_ADDRESS.search(folded) or _plausible().search(_PLAIN.sub("\n", folded)):
        return None
    mentions: list[PhoneMention] = []
    for match in found:
        start = left + match.start()
        around = _Around(text, start)
        if masks.is_labelled(around.folded, around.at) or masks.is_reversed(around.folded, around.at, around.at + 20):
            return None
        digits = "".join(character for character in match.group() if "0" <= character <= "9")
        number = international("316" + digits[-8:]) if digits[-9] == "6" else None
        if number is None or (match.group()[-3] == " " and masks.followed_by_unit(folded, match.end())):
            return None
        mentions.append(PhoneMention(start, left + match.end(), number.e164, number.country))
    return mentions


# A number starts with a zero that does not continue digits or a decimal, a plus, a known calling code, or something
# drawn like a zero; else it is eight digits with hardly anything between. Prices, hours and ages have neither.
@lru_cache(maxsize=1)
def _plausible() -> re.Pattern[str]:
    """Matches where a region could hold the start of a number; cheap, and never wrong about a region it drops."""
    known = vocabulary()
    zeros = {word for word, value in known.values.items() if value.digits.startswith("0")} | known.roles["plus"]
    words = "|".join(sorted(zeros))
    return re.compile(
        r"(?<![0-9:.,])0|\+|(?<![0-9])(?:31|32|49)|[a-z\u0370-\u052f][0-9]|[0-9][a-z\u0370-\u052f]"
        rf"|(?:[0-9][^a-z0-9]{{0,6}}){{8}}|[^\x00-\u00ff\u0370-\u052f\u2010-\u2027€]|(?<![^\W_])o(?![^\W_])|{words}"
    )


def _may_hold_more(text: str, atoms: list[Atom], found: list[tuple[int, int, Number]]) -> bool:
    """Whether what lies between the numbers found could hold another."""
    edges = [
        atoms[0].start,
        *(edge for start, end, _ in sorted(found, key=lambda hit: hit[0]) for edge in (start, end)),
        atoms[-1].end,
    ]
    plausible = _plausible()
    return any(
        end - start >= FEWEST_DIGITS and plausible.search(fold(text[start:end]))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )


def _hits(reading: "_Reading", atoms: list[Atom]) -> list[tuple[int, int, Number]]:
    """Numbers under each supposition in turn, later ones only where nothing was found yet."""
    found: list[tuple[int, int, Number]] = []
    for supposition in suppositions(atoms):
        for run in supposition:
            for hit in reading.scan(run):
                if all(hit[1] <= a or hit[0] >= b for a, b, _ in found):
                    found.append(hit)
        if found and not _may_hold_more(reading.text, atoms, found):
            break
    return found


def _word_edge(text: str, edge: int, start: int) -> int:
    """Move `edge` forward to the start of a word, never past `start`."""
    while edge < start and edge > 0 and text[edge - 1].isalnum() and text[edge].isalnum():
        edge += 1
    return edge


def _word_end(text: str, end: int, edge: int) -> int:
    """Move `edge` back to the end of a word, never before `end`."""
    while edge > end and edge < len(text) and text[edge - 1].isalnum() and text[edge].isalnum():
        edge -= 1
    return edge


def _blocked(atoms: list[Atom], blocked: Sequence[tuple[int, int]]) -> list[Atom]:
    """Turn atoms inside masked stretches into breaks; both lists are in text order."""
    position = 0
    for atom in atoms:
        while position < len(blocked) and blocked[position][1] <= atom.start:
            position += 1
        if position < len(blocked) and blocked[position][0] < atom.end:
            atom.kind = "break"
    return atoms


_FIRST_DIGITS = "03456789"  # a trunk zero, a calling code of Europe, a national form without zero
_BEFORE, _AFTER = 140, 160  # characters around a number that may speak for or against it
_LINKS = ("wa.me/", "wa.me/+", "tel:", "tel:+", "phone=", "phone=+", "phone=%2b", "callto:", "sms:")


class _Around:
    """The folded text around the first digit of a would-be number; what it tells is worked out when asked."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._start = start
        self.at = min(start, _BEFORE)

    @cached_property
    def folded(self) -> str:
        """The text around; `at` is where the digit stands in it."""
        return fold(self._text[max(0, self._start - _BEFORE) : self._start + _AFTER])

    @property
    def linked(self) -> bool:
        """Whether the digits stand in a wa.me or tel: link, where the plus is left out by rule."""
        return self._text[max(0, self._start - 16) : self._start].lower().endswith(_LINKS)

    @property
    def cued(self) -> bool:
        """Whether a word such as "bel" or "whatsapp" stands shortly before."""
        return masks.is_cued(self.folded, self.at)


def _growing(run: list[Atom], first: int) -> Iterator[tuple[int, str]]:
    """Digits from atom `first` on, one atom longer each time, with the last atom: where a number could end."""
    digits, languages, true_digits = "", ANY_LANGUAGE, 0
    for last in range(first, min(len(run), first + _MOST_ATOMS)):
        atom = run[last]
        digits += atom.digits
        languages &= atom.languages
        if atom.kind == "plus" or len(digits) > _MOST_DIGITS or not languages:
            return
        true_digits += len(atom.digits) if atom.kind != "lookalike" else 0
        if len(digits) >= FEWEST_DIGITS and true_digits >= _FEWEST_TRUE_DIGITS:
            yield last, digits


class _Reading:
    """Reads runs of one text."""

    def __init__(self, text: str, language: str | None) -> None:
        self.text = text
        self.language = language

    def scan(self, run: list[Atom]) -> Iterable[tuple[int, int, Number]]:
        """Numbers in a run as (start, end, number), left to right, never overlapping."""
        index = 0
        while index < len(run):
            hit = self._best_from(run, index)
            if hit is None:
                index += 1
                continue
            last, number, start = hit
            yield start, run[last].end, number
            index = last + 1

    def _best_from(self, run: list[Atom], index: int) -> tuple[int, Number, int] | None:
        """The best number that starts at `index`: (last atom, number, start offset)."""
        plus = run[index].kind == "plus"
        first = index + 1 if plus else index
        if first >= len(run) or run[first].kind == "plus" or (plus and run[first].gap > 2):
            return None
        around = _Around(self.text, run[first].start)
        if not (plus or run[first].digits[0] in _FIRST_DIGITS or around.linked):
            return None
        best: tuple[float, int, Number] | None = None
        for last, digits in _growing(run, first):
            number = self._interpret(digits, run[first : last + 1], plus=plus, around=around)
            if number is not None and self._ends_well(run, first, last):
                score = self._score(run, first, last, digits)
                if best is None or score > best[0]:
                    best = (score, last, number)
        if best is None or not (around.linked or self._is_free(run, first, around)):
            return None
        return best[1], best[2], self._start(run[index].start, run[first].start)

    def _interpret(self, digits: str, atoms: list[Atom], *, plus: bool, around: "_Around") -> Number | None:
        if plus:
            number = international(digits)
        elif digits.startswith("00"):
            number = international(digits[2:])
        elif digits[0] == "0":
            number = national(
                digits, self.language, belgian=self._looks_belgian(atoms), first_group=len(atoms[0].digits)
            )
        else:
            number = without_prefix(digits, self.language, around)
        if number is None:
            return None
        # A look-alike makes any serial number readable: then only numbers that people carry are believed.
        if not number.is_mobile and any(atom.kind == "lookalike" for atom in atoms):
            return None
        return number

    def _is_free(self, run: list[Atom], first: int, around: "_Around") -> bool:
        """Whether neither a label, an instruction nor what stands right before forbids a number."""
        folded, at = around.folded, around.at
        if masks.is_labelled(folded, at) or masks.is_reversed(folded, at, min(len(folded), at + 20)):
            return False
        return self._starts_free(run, first, folded, at)

    @staticmethod
    def _starts_free(run: list[Atom], first: int, folded: str, at: int) -> bool:
        """Whether the digits stand free on the left: not the tail of a code, a decimal or a price."""
        previous = folded[at - 1 : at]
        if previous in {"€", "$", "£", "#"}:
            return False
        if previous.isalpha() and run[first].kind == "digit":
            word = at - 1
            while word > 0 and folded[word - 1].isalpha():
                word -= 1
            glued = folded[word:at]
            if folded[word - 1 : word].isdigit():  # the tail of a code, "3SXYZ06..."
                return False
            return glued in vocabulary().contact or value_of(glued) is not None
        if first > 0 and run[first].gap == 1 and previous in {"-", "/", "."}:
            return not (len(run[first - 1].digits) >= 4 and len(run[first].digits) >= 9)
        return True

    def _ends_well(self, run: list[Atom], first: int, last: int) -> bool:
        """Whether the digits stand free on the right: the last group does not measure something."""
        end = run[last].end
        following = self.text[end : end + 1]
        if following.isalpha() and run[last].kind == "digit" and last + 1 >= len(run):
            tail = fold(self.text[end : end + 4])
            if len(run[last].digits) >= 9 and tail[:1].isalpha() and any("0" <= c <= "9" for c in tail):
                return False  # 0123456789B01
        if last > first and len(run[last].digits) <= 3 and run[last].gap:
            return not masks.followed_by_unit(fold(self.text[end : end + 16]), 0)
        return True

    @staticmethod
    def _score(run: list[Atom], first: int, last: int, digits: str) -> float:
        """Prefer one kind of writing throughout, an end where a gap follows, and the longer reading."""
        kinds = {atom.kind for atom in run[first : last + 1]}
        score = 2.0 if len(kinds) == 1 else 0.0
        if last + 1 >= len(run) or run[last + 1].kind == "plus":
            score += 1.0
        elif run[last + 1].newline or run[last + 1].gap > 1 or run[last + 1].kind not in kinds:
            score += 0.8
        if any(atom.newline for atom in run[first + 1 : last + 1]):
            score -= 0.5
        return score + 0.01 * len(digits)

    def _start(self, marked: int, first: int) -> int:
        """Where the mention starts: at the plus, or at a bracket that opens right before the first digit."""
        start = min(marked, first)
        before = self.text[start - 1 : start]
        return start - 1 if before == "(" and ")" in self.text[start : start + 8] else start

    def _looks_belgian(self, atoms: list[Atom]) -> bool:
        """04xx/12.34.56 and 04xx 12 34 56 are how Belgians write a mobile; a French text points there too."""
        groups = [len(atom.digits) for atom in atoms]
        between = self.text[atoms[0].end : atoms[0].end + 1]
        return self.language == "fr" or (groups == [4, 2, 2, 2] and between in "/ .")
