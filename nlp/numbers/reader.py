"""Find telephone numbers in a text, however they were written, and only those.

Where digits are dense (`regions`), the text is cut into atoms and read under up to four suppositions, the plainest first:
digits and number words as they stand; tens and units of number words kept apart; look-alike characters read as digits;
letters between the digits dropped. A reading counts only if a numbering plan accepts the whole of it, it starts and ends
on an atom, and neither a label, a unit nor an instruction around it says otherwise. Every step is linear in the text; no
pattern can backtrack beyond a fixed window.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nlp.attributes import PhoneMention
from nlp.folding import fold
from nlp.lexicon import LETTER
from nlp.numbers import disguise, masks, misspelt
from nlp.numbers.around import Around, word_edge, word_end
from nlp.numbers.asides import without_asides
from nlp.numbers.atoms import ANY_LANGUAGE, Atom, cut
from nlp.numbers.numbering import Number, bare, international, without_prefix
from nlp.numbers.plans import Where, home_number, spoken_language
from nlp.numbers.regions import FEWEST_DIGITS, FRINGE, Mark, extent, is_plausible, regions
from nlp.numbers.repeats import is_told
from nlp.numbers.shapes import is_patchwork
from nlp.numbers.spelled import compounded, joined, with_spelled
from nlp.numbers.suppositions import suppositions
from nlp.numbers.told import told_runs
from nlp.numbers.vocabulary import value_of, vocabulary

Hit = tuple[int, int, Number]
_MOST_ATOMS = 40  # atoms one number may take: 15 digits one by one, with noise
_MOST_DIGITS = 16
_FEWEST_TRUE_DIGITS = 3  # of ten; with fewer, words of look-alikes would count as numbers
_FEWEST_IN_COMPACT = 2  # where the ten stand close together and are as many as a Dutch number has
_DUTCH_DIGITS = 10
_FEWEST_BESIDE_SLIPS = 4


@dataclass(frozen=True, slots=True)
class Clues:
    """What the words of a text say of its numbers, as characters [start, end).

    Labels ("KvK"), "read it backwards", "it begins with", "no, sorry"; and the countries of the places named.
    """

    labels: Sequence[tuple[int, int]] = ()
    reversals: Sequence[tuple[int, int]] = ()
    beginnings: Sequence[tuple[int, int]] = ()
    corrections: Sequence[tuple[int, int]] = ()
    countries: frozenset[str] = frozenset()


NO_CLUES = Clues()


def find(
    text: str, marks: Sequence[Mark], language: str | None = None, clues: Callable[[], Clues] = Clues
) -> tuple[PhoneMention, ...]:
    """Telephone numbers in `text`, in text order.

    Args:
        text: any text.
        marks: its words that may be part of a number or open one, in order; see `nlp.numbers.regions`.
        language: ISO 639-1 of the text where known; it decides between national numbering plans.
        clues: asked once, where a number could stand.
    """
    mentions: list[PhoneMention] = []
    reading: _Reading | None = None
    marks = with_spelled(text, marks) if len(marks) >= FEWEST_DIGITS else marks
    for region in regions(marks):
        if is_plausible(text, region):
            reading = reading or _Reading(text, language, clues())
            mentions += reading.read(region)
    return tuple(mentions)


def find_told(
    text: str, marks: Sequence[Mark], language: str | None, clues: Clues, found: tuple[PhoneMention, ...]
) -> tuple[PhoneMention, ...]:
    """What `find` found, with numbers told in parts or corrected afterwards in place of what was misunderstood."""
    reading = _Reading(text, language, clues)
    mentions = list(found)
    for run, crossing, replaced in told_runs(text, marks, clues.beginnings, clues.corrections, found):
        hits = [hit for hit in reading.scan(run) if hit[0] <= run[0].start and hit[1] >= crossing]
        if not hits:
            continue
        start, end, number = hits[0]
        first = min(start, replaced)
        mentions = [m for m in mentions if m.end <= first or m.start >= end]
        mentions.append(PhoneMention(start, end, number.e164, number.country))
    return tuple(sorted(mentions, key=lambda mention: mention.start))


# Nine in ten Dutch numbers are written like this, with nothing near that could be part of a number.
_PLAIN = re.compile(
    r"(?<![\w+.,/#€$£:=@-])(?:0|(?:\+|00)31[ -]?(?:\(0\))?)6[ -]?(?:[1-58]\d{7}|[1-58]\d{3} \d{4}|[1-58]\d(?: \d\d){3})"
    r"(?![\w+@]|[^\w\n]{0,3}[0-9])",
    re.ASCII,
)
_MAY_BE_ADDRESS = re.compile(r"@|://|www\.")


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
_LABEL_REACH, _SECRET_REACH, _REVERSE_REACH = 26, 34, 130


def _growing(run: list[Atom], first: int) -> Iterator[tuple[int, str]]:
    """Digits from atom `first` on, one atom longer each time, with the last atom: where a number could end."""
    digits, languages, true_digits, compact = "", ANY_LANGUAGE, 0, True
    for last in range(first, min(len(run), first + _MOST_ATOMS)):
        atom = run[last]
        digits += atom.digits
        languages &= atom.languages
        if atom.kind == "plus" or len(digits) > _MOST_DIGITS or not languages:
            return
        if atom.kind != "lookalike" or is_patchwork(atom.raw):
            true_digits += len(atom.digits)
        compact = compact and (atom.gap <= 1 or last == first)
        if len(digits) < FEWEST_DIGITS or atom.inside:
            continue
        close = compact and len(digits) == _DUTCH_DIGITS
        if true_digits >= (_FEWEST_IN_COMPACT if close else _FEWEST_TRUE_DIGITS):
            yield last, digits


class _Reading:
    """Reads one text."""

    def __init__(self, text: str, language: str | None, clues: Clues) -> None:
        self.text = text
        self.language = language
        self.clues = clues

    def read(self, region: Sequence[Mark]) -> list[PhoneMention]:
        """Numbers in a region, in text order."""
        start, end = extent(region)
        left = word_edge(self.text, max(0, start - FRINGE), start)
        right = word_end(self.text, end, min(len(self.text), end + FRINGE))
        plain = self._plain(region, left, right)
        if plain is not None:
            return plain
        atoms = self._atoms(self.text, region, left, right)
        found: list[Hit] = []
        enough = self._are_enough(atoms)
        if enough:
            found = self._hits(region, atoms)
        if not found and (rewritten := disguise.undone(self.text[left:right])):
            atoms = self._rewritten(rewritten, region, left, right)
            found = self._hits(region, atoms)
        if enough and not found and (rewritten := without_asides(self.text[left:right])):
            atoms = self._rewritten(rewritten, region, left, right)
            found = [hit for hit in self._hits(region, atoms) if hit[2].is_mobile]
        if found:
            # Masks cost more than the rest: they are looked up only where something was found, and then all is read anew.
            window = max(0, left - 40)
            blocked = [(a + window, b + window) for a, b in masks.masked(fold(self.text[window : right + 40]))]
            if any(a < end and start < b for start, end, _ in found for a, b in blocked):
                found = self._hits(region, _blocked(atoms, blocked))
        return [PhoneMention(a, b, n.e164, n.country) for a, b, n in sorted(found, key=lambda hit: hit[0])]

    @staticmethod
    def _are_enough(atoms: list[Atom]) -> bool:
        """Whether there are digits enough for a number, or could be with slips put right and repeats written out."""
        digits = sum(len(atom.digits) for atom in atoms)
        if digits >= FEWEST_DIGITS or is_told(atoms):
            return True
        return digits >= _FEWEST_BESIDE_SLIPS and digits + misspelt.digits_of_slips(atoms) >= FEWEST_DIGITS

    def _atoms(self, text: str, region: Sequence[Mark], left: int, right: int) -> list[Atom]:
        atoms = cut(text, left, right)
        letters = spelled = False
        for start, _, bits in region:
            if bits & LETTER:
                letters = True
            elif text[start] > "9":  # else there are only digits, and nothing to put together
                spelled = True
        if spelled:
            atoms = compounded(text, atoms)
        return joined(atoms) if letters else atoms

    def _rewritten(self, stretch: str, region: Sequence[Mark], left: int, right: int) -> list[Atom]:
        """Atoms with `stretch` in the place of what stands from `left` to `right`."""
        return self._atoms(self.text[:left] + stretch + self.text[right:], region, left, right)

    def _plain(self, region: Sequence[Mark], left: int, right: int) -> list[PhoneMention] | None:
        """The quick way: plainly written Dutch mobiles and nothing else; None where the region needs a closer look."""
        if self.language == "fr":  # 06 is French too
            return None
        found = list(_PLAIN.finditer(self.text, left, right))
        if not found or _MAY_BE_ADDRESS.search(self.text, left, right):
            return None
        if self._may_hold_more(region, [match.span() for match in found]):
            return None
        mentions: list[PhoneMention] = []
        for match in found:
            start, end = match.span()
            if self.clues.labels and (self._is_labelled(start) or self._is_named(end)):
                return None
            if self.clues.reversals and self._is_reversed(start):
                return None
            if self.text[end + 1 : end + 2].isalpha() and masks.is_counted(fold(self.text[end : end + 16])):
                return None
            if match.group()[-3] == " " and masks.followed_by_unit(fold(self.text[end : end + 16])):
                return None
            digits = match.group().replace(" ", "").replace("-", "")
            mentions.append(PhoneMention(start, end, "+316" + digits[-8:], "NL"))
        return mentions

    def _hits(self, region: Sequence[Mark], atoms: list[Atom]) -> list[Hit]:
        """Numbers under each supposition in turn, later ones only where something could be left to find."""
        found: list[Hit] = []
        for supposition in suppositions(atoms):
            for run in supposition:
                for hit in self.scan(run):
                    if all(hit[1] <= a or hit[0] >= b for a, b, _ in found):
                        found.append(hit)
            if found and not self._may_hold_more(region, [(a, b) for a, b, _ in found]):
                break
        return found

    def _may_hold_more(self, region: Sequence[Mark], spans: list[tuple[int, int]]) -> bool:
        """Whether what lies outside the numbers found could hold another."""
        if len(spans) == 1:
            ((first, last),) = spans
            left_over = [mark for mark in region if mark[1] <= first or mark[0] >= last]
        else:
            left_over = [mark for mark in region if all(mark[1] <= start or mark[0] >= end for start, end in spans)]
        return len(left_over) > 0 and is_plausible(self.text, left_over)

    def _is_labelled(self, start: int) -> bool:
        """Whether a label such as "KvK" or "order" stands right before `start`."""
        for first, end in self.clues.labels:
            if 0 <= start - end <= _LABEL_REACH and masks.is_label_tail(fold(self.text[end:start])):
                return True
            if 0 <= start - end <= _SECRET_REACH and masks.is_secret(fold(self.text[first:start])):
                return True
        return False

    def _is_named(self, end: int) -> bool:
        """Whether the text says right after `end` that the digits are something else: "... is het ordernummer"."""
        return any(
            0 < first - end <= _LABEL_REACH and masks.is_label_lead(fold(self.text[end:first]))
            for first, _ in self.clues.labels
        )

    def _is_reversed(self, start: int) -> bool:
        """Whether the text near `start` says that the digits are to be read backwards: then they are left alone."""
        return any(first - _REVERSE_REACH < start < end + _REVERSE_REACH for first, end in self.clues.reversals)

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
        before = run[index - 1] if index > 0 else None
        if before and (before.inside or (before.kind == "plus" and run[index].digits[:1] not in {"0", ""})):
            return None
        around = Around(self.text, run[first].start)
        if not (plus or run[first].digits[0] in _FIRST_DIGITS or run[first].kind == "word" or around.linked):
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
        end = run[best[1]].end
        if self.clues.labels and self._is_named(end) and not around.prefix_after(end):  # "(code 55 in front)"
            return None
        noisy = [atom.noisy for atom in run[first + 1 : best[1] + 1]]
        if 1 < noisy.count(True) < len(noisy) - 1:
            return None  # letters here and there are text; what hides a number stands between all of its digits
        return best[1], best[2], self._start(run[index].start, run[first].start)

    def _interpret(self, digits: str, atoms: list[Atom], *, plus: bool, around: Around) -> Number | None:
        if plus:
            number = international(digits)
        elif digits.startswith("00"):
            number = international(digits[2:])
        elif digits[0] == "0":
            number = home_number(digits, atoms, self._where())
        else:
            number = self._without_prefix(digits, atoms, around)
        if number is None:
            return None
        # A look-alike makes any serial number readable: then only numbers that people carry are believed.
        if not number.is_mobile and any(atom.kind == "lookalike" for atom in atoms):
            return None
        return number

    def _where(self) -> Where:
        return Where(self.text, self.language, self.clues.countries)

    def _without_prefix(self, digits: str, atoms: list[Atom], around: Around) -> Number | None:
        number = without_prefix(digits, self.language, around)
        if number is not None:
            return number
        spoken, end = spoken_language(atoms), atoms[-1].end
        told = spoken == self.language or (spoken is not None and (around.cued or around.cued_after(end)))
        if spoken and told and (number := bare(digits, spoken)):
            return number
        if len(digits) < FEWEST_DIGITS or not (prefix := around.prefix_after(end)):
            return None
        return home_number("0" + digits, atoms, self._where()) if prefix == "0" else international(prefix + digits)

    def _is_free(self, run: list[Atom], first: int, around: Around) -> bool:
        """Whether neither a label, an instruction nor what stands right before forbids a number."""
        start = run[first].start
        if self._is_labelled(start) or self._is_reversed(start):
            return False
        return self._starts_free(run, first, around.before)

    @staticmethod
    def _starts_free(run: list[Atom], first: int, before: str) -> bool:
        """Whether the digits stand free on the left: not the tail of a code, a decimal or a price."""
        previous = before[-1:]
        if previous in {"€", "$", "£", "#"} and run[first].kind == "digit":
            return False
        if previous.isalpha() and run[first].kind == "digit":
            word = len(before) - 1
            while word > 0 and before[word - 1].isalpha():
                word -= 1
            glued = before[word:]
            if word > 0 and before[word - 1].isdigit():  # the tail of a code, "3SXYZ06..."
                return False
            if len(glued) == 1 and first + 1 < len(run) and run[first + 1].noisy:
                return True  # a letter before each digit: "a0 b6 c2"
            known = vocabulary()
            return glued in known.contact or glued in known.roles["plus"] or value_of(glued) is not None
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
        if (
            following == " "
            and self.text[end + 1 : end + 2].isalpha()
            and masks.is_counted(fold(self.text[end : end + 16]))
        ):
            return False
        if last > first and len(run[last].digits) <= 3 and run[last].gap:
            return not masks.followed_by_unit(fold(self.text[end : end + 16]))
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
