"""Find telephone numbers in a text, however they were written, and only those.

Where digits are dense (`regions`), the text is cut into atoms and read under up to four suppositions, the plainest first:
digits and number words as they stand; tens and units of number words kept apart; look-alike characters read as digits;
letters between the digits dropped. A reading counts only if a numbering plan accepts the whole of it, it starts and ends
on an atom, and neither a label, a unit nor an instruction around it says otherwise. Every step is linear in the text; no
pattern can backtrack beyond a fixed window.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nlp.attributes import PhoneMention
from nlp.folding import fold
from nlp.numbers import masks
from nlp.numbers.atoms import ANY_LANGUAGE, LONGEST_GAP, Atom, cut
from nlp.numbers.numbering import Number, international, national, without_prefix
from nlp.numbers.vocabulary import value_of, vocabulary

Positions = NDArray[np.int64]

REGION_GAP = 26  # characters between two seeds that may still belong to one number
_FRINGE = 8  # characters beside a region in which a look-alike may stand alone
_LONGEST_REGION = 3_000  # denser than this is no advertisement: only the head and the tail are read
_MOST_REGIONS = 60
_MOST_ATOMS = 40  # atoms one number may take: 15 digits one by one, with noise
_MOST_DIGITS = 16
_FEWEST_DIGITS = 8
_LIGHTEST_REGION = 5  # characters of seeds: the other digits may be drawn as letters
_NOISE_LETTERS = 4
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
    firsts = np.flatnonzero(np.concatenate(([True], starts[1:] - ends[:-1] > REGION_GAP)))
    weights = np.add.reduceat(ends - starts, firsts)
    lasts = np.concatenate((firsts[1:], [len(starts)])) - 1
    heavy = np.flatnonzero(weights >= _LIGHTEST_REGION)[:_MOST_REGIONS]
    stretches: list[tuple[int, int]] = []
    for start, end in zip(starts[firsts[heavy]].tolist(), ends[lasts[heavy]].tolist(), strict=True):
        if end - start > _LONGEST_REGION:
            half = _LONGEST_REGION // 2
            stretches += [(start, start + half), (end - half, end)]
        else:
            stretches.append((start, end))
    return stretches


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
    if not _plausible().search(fold(text[left:right])):
        return []
    atoms = cut(text, left, right)
    if sum(len(atom.digits) for atom in atoms) < _FEWEST_DIGITS:
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
        end - start >= _FEWEST_DIGITS and plausible.search(fold(text[start:end]))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )


def _hits(reading: "_Reading", atoms: list[Atom]) -> list[tuple[int, int, Number]]:
    """Numbers under each supposition in turn, later ones only where nothing was found yet."""
    found: list[tuple[int, int, Number]] = []
    for supposition in _suppositions(atoms):
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


def _suppositions(atoms: list[Atom]) -> Iterable[list[list[Atom]]]:
    """The readings worth trying, plainest first, each a list of runs of joined atoms."""
    kinds = {atom.kind for atom in atoms}
    words = "word" in kinds
    yield _runs(_merged(atoms) if words else atoms, lookalike=False, noise=False)
    if words:
        yield _runs(_doubled(atoms), lookalike=False, noise=False)
    if "lookalike" in kinds or words:
        yield _runs(atoms, lookalike=True, noise=False)
    if kinds & {"lookalike", "noise", "word", "filler"}:
        yield _runs(atoms, lookalike=False, noise=True)


def _doubled(atoms: list[Atom]) -> list[Atom]:
    """Apply "double" and "triple" to the single digit that follows."""
    result: list[Atom] = []
    times = 1
    for atom in atoms:
        if atom.kind in {"double", "triple"}:
            times = 2 if atom.kind == "double" else 3
            result.append(atom)
            continue
        if times > 1 and atom.kind in {"digit", "word"} and len(atom.digits) == 1:
            told = result.pop()
            atom = Atom(  # noqa: PLW2901 (the doubled digit takes the place of both)
                atom.kind, atom.digits * times, told.start, atom.end, atom.languages, "pair", told.gap, told.newline
            )
        times = 1
        result.append(atom)
    return result


def _merged(atoms: list[Atom]) -> list[Atom]:
    """Add units to tens ("thirty four", "treinta y cuatro", "vier en dertig", "soixante dix")."""
    result: list[Atom] = []
    for atom in _doubled(atoms):
        joined = _sum(result, atom)
        if joined is None:
            result.append(atom)
        else:
            taken, whole = joined
            del result[-taken:]
            result.append(whole)
    return result


def _sum(before: list[Atom], atom: Atom) -> tuple[int, Atom] | None:
    """The atom made of `atom` and the one or two before it, with how many it replaces; None where they do not add up."""
    if atom.kind != "word" or not before or atom.gap > 2:
        return None
    linked = len(before) > 1 and before[-1].role == "join"
    first = before[-2] if linked else before[-1]
    if first.kind != "word" or not (shared := first.languages & atom.languages):
        return None
    taken = 2 if linked else 1
    one, two = int(first.digits), int(atom.digits)
    value = None
    if first.role == "tens" and (atom.role == "digit" and two > 0):
        value = one + two
    elif (
        first.role == "tens" and atom.role == "pair" and one in {60, 80} and 10 <= two <= 19 and atom.raw[:1] in "doqts"
    ):
        value = one + two  # soixante-douze, quatre-vingt-douze
    elif one == 4 and atom.role == "tens" and two == 20 and first.raw.startswith("quatre"):
        value = 80
    elif first.role == "pair" and one == 10 and atom.role == "digit" and two in {7, 8, 9} and first.raw == "dix":
        value = one + two
    elif linked and first.role == "digit" and one > 0 and atom.role == "tens":
        value = one + two  # vier en dertig, vier und dreissig
    if value is None:
        return None
    role = "tens" if value == 80 and two == 20 else "pair"
    return taken, Atom("word", str(value), first.start, atom.end, shared, role, first.gap, first.newline, raw=first.raw)


def _runs(atoms: list[Atom], *, lookalike: bool, noise: bool) -> list[list[Atom]]:
    """Split into runs of atoms that may be read on and hold digits enough; skipped atoms leave a gap in a run."""
    runs: list[list[Atom]] = []
    run: list[Atom] = []
    gap, newline, skipped, count = 0, False, 0, 0
    for atom in atoms:
        reads = atom.kind in {"digit", "word", "plus"} or (lookalike and atom.kind == "lookalike")
        if noise and atom.kind == "word":
            reads = False
        gap += atom.gap
        newline = newline or atom.newline
        if reads:
            if run and (gap > LONGEST_GAP or skipped > 3):
                if count >= _FEWEST_DIGITS:
                    runs.append(run)
                run, count = [], 0
            if gap != atom.gap or newline != atom.newline or skipped:
                atom = Atom(  # noqa: PLW2901 (same atom, wider gap)
                    atom.kind, atom.digits, atom.start, atom.end, atom.languages, atom.role, gap, newline, raw=atom.raw
                )
            run.append(atom)
            count += len(atom.digits)
            gap, newline, skipped = 0, False, 0
            continue
        skips = atom.kind == "filler" or (atom.kind == "lookalike" and (atom.raw == "symbol" or atom.role != ""))
        if noise and atom.kind in {"noise", "lookalike", "word", "filler"}:
            skips = len(atom.raw) <= _NOISE_LETTERS or atom.raw == "symbol"
        if skips:
            skipped += 0 if atom.raw == "symbol" else 1
            gap += 1
            continue
        if count >= _FEWEST_DIGITS:
            runs.append(run)
        run, gap, newline, skipped, count = [], 0, False, 0, 0
    if count >= _FEWEST_DIGITS:
        runs.append(run)
    return [_noisy(run) for run in runs] if noise else runs


def _noisy(run: list[Atom]) -> list[Atom]:
    """A run read through noise starts with 06 or a plus: anything looser would read prices and hours as numbers."""
    for index, atom in enumerate(run):
        following = run[index + 1].digits[:1] if index + 1 < len(run) else ""
        if atom.kind == "plus" or atom.digits.startswith(("06", "00", "01")) or atom.digits + following == "06":
            return run[max(0, index - 1) :]  # what stands before it may still forbid it
    return []


_LINKS = ("wa.me/", "wa.me/+", "tel:", "tel:+", "phone=", "phone=+", "phone=%2b", "callto:", "sms:")


class _Around:
    """The folded text around the first digit of a would-be number; what it tells is worked out when asked."""

    def __init__(self, text: str, start: int) -> None:
        window = max(0, start - 140)
        self.folded = fold(text[window : start + 160])
        self.at = start - window

    @property
    def linked(self) -> bool:
        """Whether the digits stand in a wa.me or tel: link, where the plus is left out by rule."""
        return self.folded.endswith(_LINKS, max(0, self.at - 16), self.at)

    @property
    def cued(self) -> bool:
        """Whether a word such as "bel" or "whatsapp" stands shortly before."""
        return masks.is_cued(self.folded, self.at)


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
        head = run[first].digits + (run[first + 1].digits if first + 1 < len(run) else "")
        if not (plus or head[0] in "03456789"):
            return None
        best: tuple[float, int, Number] | None = None
        digits, languages, true_digits = "", ANY_LANGUAGE, 0
        around: _Around | None = None
        for last in range(first, min(len(run), first + _MOST_ATOMS)):
            atom = run[last]
            if atom.kind == "plus":
                break
            digits += atom.digits
            if len(digits) > _MOST_DIGITS:
                break
            if atom.kind == "word" and not (languages := languages & atom.languages):
                break
            true_digits += len(atom.digits) if atom.kind != "lookalike" else 0
            if len(digits) < _FEWEST_DIGITS or true_digits < _FEWEST_TRUE_DIGITS:
                continue
            around = around or _Around(self.text, run[first].start)
            number = self._interpret(digits, run[first : last + 1], plus=plus, around=around)
            if number is None or not self._ends_well(run, first, last):
                continue
            score = self._score(run, first, last, digits)
            if best is None or score > best[0]:
                best = (score, last, number)
        if best is None or around is None or not (around.linked or self._is_free(run, first, around)):
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
            return glued in vocabulary().contact or len(glued) > 3 or value_of(glued) is not None
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
