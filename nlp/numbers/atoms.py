"""Cut a stretch of text in which digits are dense into atoms: digits, number words, look-alikes, noise."""

import re
from dataclasses import dataclass
from functools import lru_cache

from nlp.folding import IGNORED, PAIR_BASE, fold, plain_letters
from nlp.numbers.vocabulary import value_of, vocabulary
from nlp.wordlists import DATA, pairs

SYMBOL = "symbol"  # `raw` of a look-alike that is no letter
ANY_LANGUAGE = -1
LONGEST_GAP = 10  # separators in a row, emoji included, that still join two groups of digits
_LONGEST_LOOKALIKE = 5
_PAIRS = f"{chr(PAIR_BASE)}-{chr(PAIR_BASE + 99)}"
_ATOM = re.compile(rf"[0-9]+|[{_PAIRS}]|[^\W\d_{_PAIRS}]+|\n|.", re.DOTALL)


@dataclass(slots=True)
class Atom:
    """A piece of text; `kind` is digit, word, lookalike, noise, plus, filler, double, triple, join or break.

    `start` and `end` are offsets in the original text. `gap` counts the separators before it, `newline` tells whether
    one was a line break, `apart` whether white space was among them.
    """

    kind: str
    digits: str
    start: int
    end: int
    languages: int = ANY_LANGUAGE
    role: str = ""
    gap: int = 0
    newline: bool = False
    apart: bool = False
    raw: str = ""


@lru_cache(maxsize=1)
def lookalikes() -> dict[str, str]:
    """Characters drawn like a digit, asked only inside a row of digits."""
    return pairs(DATA / "homoglyphs.csv", ("character", "digit"))


def _imitated(original: str) -> str | None:
    """The digits that a short run of look-alike characters imitates, None where one of them imitates nothing."""
    if len(original) > _LONGEST_LOOKALIKE:
        return None
    drawn = lookalikes()
    digits = [drawn.get(character) for character in original]
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
    gap, newline, apart = 0, False, False
    for found in _ATOM.finditer(folded):
        piece = found.group()
        first, last = found.span()
        character = piece[0]
        atom = _classify(piece, letters[first:last])
        if atom is None:
            gap += 1
            newline = newline or character == "\n"
            apart = apart or character.isspace()
            continue
        if offsets is None:
            atom.start, atom.end = start + first, start + last
        else:
            atom.start, atom.end = start + offsets[first], start + offsets[last - 1] + 1
            # A keycap's tail belongs to its digit.
            following = offsets[last] if last < len(offsets) else len(original)
            atom.end = start + (following if following - offsets[last - 1] <= 3 else offsets[last - 1] + 1)
        atom.gap, atom.newline, atom.apart = gap, newline, apart
        gap, newline, apart = 0, False, False
        atoms.append(atom)
    return atoms


_SEPARATORS = frozenset(" -./,()*_:;\n\t'\"#=")
_kinds: dict[tuple[str, str], Atom | None] = {}
_CACHE_LIMIT = 100_000


def _classify(piece: str, original: str) -> Atom | None:
    """Name one piece; None for a separator. `original` is the same piece with its case and script."""
    if piece in _SEPARATORS:
        return None
    if "0" <= piece[0] <= "9":
        return Atom("digit", piece, 0, 0)
    key = (piece, original)
    if key not in _kinds:
        if len(_kinds) > _CACHE_LIMIT:
            _kinds.clear()
        _kinds[key] = _named(piece, original)
    known = _kinds[key]
    if known is None:
        return None
    return Atom(known.kind, known.digits, 0, 0, known.languages, known.role, raw=known.raw)


def _named(piece: str, original: str) -> Atom | None:
    character = piece[0]
    if PAIR_BASE <= ord(character) <= PAIR_BASE + 99:
        return Atom("digit", str(ord(character) - PAIR_BASE), 0, 0)
    if character in {"+", "＋"}:
        return Atom("plus", "", 0, 0)
    if not character.isalpha():
        imitated = _imitated(original)
        return Atom("lookalike", imitated, 0, 0, raw=SYMBOL) if imitated else None
    roles = vocabulary().roles
    value = value_of(piece)
    if value is not None:
        return Atom("word", value.digits, 0, 0, value.languages, value.role, raw=piece)
    for role in ("plus", "double", "triple"):
        if piece in roles[role]:
            return Atom(role, "", 0, 0, raw=piece)
    role = "join" if piece in roles["join"] else "filler" if piece in roles["filler"] else ""
    imitated = _imitated(original)
    if imitated:  # "e" joins "trinta e quatro" and is drawn like a 3: the role keeps the first reading open
        return Atom("lookalike", imitated, 0, 0, role=role, raw=piece)
    return Atom("filler" if role else "noise", "", 0, 0, role=role, raw=piece)
