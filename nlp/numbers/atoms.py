"""Cut a stretch of text in which digits are dense into atoms: digits, number words, look-alikes, noise."""

import re
from dataclasses import dataclass

from nlp.folding import IGNORED, PAIR_BASE, fold, plain_letters
from nlp.numbers.shapes import lookalikes, numeral, shape_of
from nlp.numbers.vocabulary import value_of, vocabulary

__all__ = ["ANY_LANGUAGE", "LONGEST_GAP", "SYMBOL", "Atom", "cut", "lookalikes"]

SYMBOL = "symbol"  # `raw` of a look-alike that is no letter
ANY_LANGUAGE = -1
LONGEST_GAP = 10  # separators in a row, emoji included, that still join two groups of digits
_LONGEST_LOOKALIKE = 8
_LONGEST_FOREIGN = 12  # of letters that are not all plain Latin ones
_PAIRS = f"{chr(PAIR_BASE)}-{chr(PAIR_BASE + 99)}"
# Separators, counted, and what follows them.
_ATOM = re.compile(rf"""([ \-./,()*_:;\n\t'"#=]*)([0-9]+|[{_PAIRS}]|[^\W\d_{_PAIRS}]+|.)""", re.DOTALL)
_KEYCAP_TAIL = 3  # characters that may follow a digit and belong to it


@dataclass(slots=True)
class Atom:
    """A piece of text; `kind` is digit, word, lookalike, noise, plus, filler, join, break or a role that repeats.

    `start` and `end` are offsets in the original text. `gap` counts the separators before it, `newline` tells whether
    one was a line break. `apart` are the digits of a word whose parts are not added up.
    """

    kind: str
    digits: str
    start: int
    end: int
    languages: int = ANY_LANGUAGE
    role: str = ""
    gap: int = 0
    newline: bool = False
    raw: str = ""
    apart: str = ""
    inside: bool = False
    noisy: bool = False


def _imitated(original: str) -> str | None:
    """The digits that a short run of look-alike characters imitates, None where one of them imitates nothing."""
    if len(original) > (_LONGEST_LOOKALIKE if original.isascii() else _LONGEST_FOREIGN):
        return None
    digits = [shape_of(character) for character in original]
    return None if None in digits else "".join(d for d in digits if d)


def cut(text: str, start: int, end: int) -> list[Atom]:
    """Atoms of `text[start:end]`, in order; linear in its length.

    Args:
        text: the original text.
        start: first character.
        end: one past the last character.
    """
    original = text[start:end]
    folded = fold(original)
    letters = plain_letters(original)
    offsets: list[int] | None = None
    if IGNORED in folded:
        offsets = [i for i, character in enumerate(folded) if character != IGNORED]
        folded = "".join(folded[i] for i in offsets)
        letters = "".join(letters[i] for i in offsets)
    atoms: list[Atom] = []
    gap, newline = 0, False
    for found in _ATOM.finditer(folded):
        between, piece = found.groups()
        if between:
            gap += len(between)
            newline = newline or "\n" in between
        first, last = found.span(2)
        if "0" <= piece[0] <= "9":
            atom = Atom("digit", piece, start + first, start + last, ANY_LANGUAGE, "", gap, newline)
        else:
            known = _classified(piece, letters[first:last])
            if known is None:
                gap += 1
                newline = newline or piece == "\n"
                continue
            kind, digits, languages, role, raw, apart = known
            atom = Atom(kind, digits, start + first, start + last, languages, role, gap, newline, raw, apart)
        if offsets is not None:
            _move(atom, offsets, first, last, start, end)
        gap, newline = 0, False
        atoms.append(atom)
    return atoms


def _move(atom: Atom, offsets: list[int], first: int, last: int, start: int, end: int) -> None:
    """Set the offsets of an atom where characters were left out before it; a keycap's tail belongs to its digit."""
    atom.start = start + offsets[first]
    following = offsets[last] if last < len(offsets) else end - start
    near = following - offsets[last - 1] <= _KEYCAP_TAIL
    atom.end = start + (following if near else offsets[last - 1] + 1)


_Kind = tuple[str, str, int, str, str, str]  # kind, digits, languages, role, raw, apart
_SEPARATORS = frozenset(" -./,()*_:;\n\t'\"#=")
_UNKNOWN: _Kind = ("", "", 0, "", "", "")
_kinds: dict[tuple[str, str], _Kind | None] = {}
_CACHE_LIMIT = 100_000


def _classified(piece: str, original: str) -> _Kind | None:
    """Name one piece; None for a separator. `original` is the same piece with its case and script."""
    if piece in _SEPARATORS:
        return None
    key = (piece, original)
    known = _kinds.get(key, _UNKNOWN)
    if known is _UNKNOWN:
        if len(_kinds) > _CACHE_LIMIT:
            _kinds.clear()
        known = _kinds[key] = _named(piece, original)
    return known


_ROLES = ("plus", "double", "triple", "quadruple", "times")


def _named(piece: str, original: str) -> _Kind | None:
    character = piece[0]
    if PAIR_BASE <= ord(character) <= PAIR_BASE + 99:
        return "digit", str(ord(character) - PAIR_BASE), ANY_LANGUAGE, "", "", ""
    if character in {"+", "＋"}:
        return "plus", "", ANY_LANGUAGE, "", "", ""
    if not character.isalpha():
        imitated = _imitated(original)
        return ("lookalike", imitated, ANY_LANGUAGE, "", SYMBOL, "") if imitated else None
    roles = vocabulary().roles
    value = value_of(piece)
    if value is not None:
        return "word", value.digits, value.languages, value.role, piece, value.apart
    for role in _ROLES:
        if piece in roles[role]:
            return role, "", ANY_LANGUAGE, "", piece, ""
    if not piece.isascii() and (digits := numeral(original)):
        return "digit", digits, ANY_LANGUAGE, "", piece, ""
    role = "join" if piece in roles["join"] else "filler" if piece in roles["filler"] else ""
    imitated = _imitated(original)
    if imitated:  # "e" joins "trinta e quatro" and is drawn like a 3: the role keeps the first reading open
        return "lookalike", imitated, ANY_LANGUAGE, role, piece, ""
    return "filler" if role else "noise", "", ANY_LANGUAGE, role, piece, ""
