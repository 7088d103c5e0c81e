"""Words that stand for digits, and words that say what a number is, in eleven languages, folded."""

import re
from dataclasses import dataclass
from functools import lru_cache

from nlp.folding import fold_word
from nlp.wordlists import DATA, languages_with, table

_CACHE_LIMIT = 200_000
_GLUE_SHORTEST, _GLUE_LONGEST = 6, 80
_LONGEST_WORD = 20
_FEWEST_MIXED = 4  # number words of different languages in one word: fewer are found in ordinary words
TIMES = {"double": 2, "triple": 3, "quadruple": 4}
UNITS = {"tens": 10, "hundred": 100, "thousand": 1000}  # what is added to a word of this role is smaller


@dataclass(frozen=True, slots=True)
class NumberWord:
    """What a folded word may stand for; `digits` may be empty for a role word. `languages` is a bit set.

    `apart` are the digits where its parts are not added up: "tweeduizendtwaalf" is 2012 or 2000 and 12.
    """

    digits: str
    role: str
    languages: int
    apart: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All number words, and the words around numbers, of all languages together.

    `sounds` are words that sound or look like a number word and are ordinary words, or none, elsewhere: "too", "sicks".
    """

    values: dict[str, NumberWord]
    roles: dict[str, frozenset[str]]
    unit: frozenset[str]
    contact: frozenset[str]
    counter: frozenset[str]
    parts: dict[str, NumberWord]
    sounds: dict[str, NumberWord]


# A word may have a value and a role ("en" joins in Dutch); the roles that matter are kept apart from the values.
VALUE_ROLES = frozenset({"digit", "pair", "tens", "hundred", "thousand", "plural"})
SOUND = "sound"


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """Read the data files once.

    Raises:
        DataFileBroken: a file does not have its columns.
    """
    values: dict[str, NumberWord] = {}
    roles: dict[str, set[str]] = {}
    multipliers: dict[str, NumberWord] = {}
    sounds: dict[str, NumberWord] = {}
    for index, code in enumerate(languages_with("number_words.csv")):
        for word, value, role in table(DATA / code / "number_words.csv", ("word", "value", "role")):
            folded = fold_word(word)
            if role == SOUND:
                sounds[folded] = NumberWord(value, "digit", 1 << index, value)
                continue
            if role not in VALUE_ROLES:
                roles.setdefault(role, set()).add(folded)
                if role in TIMES:
                    heard = multipliers[folded].languages if folded in multipliers else 0
                    multipliers[folded] = NumberWord("", role, heard | 1 << index)
                continue
            known = values.get(folded)
            if known is None:
                values[folded] = NumberWord(value, role, 1 << index, value)
            elif known.digits == value:
                values[folded] = NumberWord(value, known.role, known.languages | 1 << index, value)
    around: dict[str, set[str]] = {}
    for code in languages_with("number_context.csv"):
        for word, role in table(DATA / code / "number_context.csv", ("word", "role")):
            around.setdefault(role, set()).add(fold_word(word))
    return Vocabulary(
        values,
        {role: frozenset(members) for role, members in roles.items()},
        frozenset(around["unit"]),
        frozenset(around["contact"]),
        frozenset(around["counter"]),
        multipliers | values,
        sounds,
    )


@lru_cache(maxsize=1)
def spoken_codes() -> tuple[str, ...]:
    """ISO 639-1 codes of the languages, by the bit that stands for each in `NumberWord.languages`."""
    return tuple(languages_with("number_words.csv"))


_glued: dict[str, NumberWord | None] = {}


_STRETCHED = re.compile(r"(.)\1{2,}")
_SHORTENED = (r"\1", r"\1\1")
_STRETCHED_CONSONANT = re.compile(r"([^aeiou])\1+")


def value_of(folded: str) -> NumberWord | None:
    """The digits a folded word stands for.

    A number word, several of one language written as one ("nulzestwee"), or one drawn out ("nulll", "tweeee").
    """
    known = vocabulary().values.get(folded)
    if known is not None:
        return known
    if len(folded) >= _GLUE_SHORTEST:
        if folded not in _glued:
            if len(_glued) > _CACHE_LIMIT:
                _glued.clear()
            _glued[folded] = _split(folded)
        known = _glued[folded]
    if known is None and _STRETCHED.search(folded):
        return _drawn_out(folded)
    return known


def _drawn_out(folded: str) -> NumberWord | None:
    """The value of a word in which a letter comes three times or more in a row."""
    for shorter in _SHORTENED:
        written = _STRETCHED.sub(shorter, folded)
        for meant in (written, _STRETCHED_CONSONANT.sub(r"\1", written)):
            if (known := value_of(meant)) is not None:
                return known
    return None


_Split = tuple[int, int, tuple[NumberWord, ...]]  # digits so far, languages, words


def _split(folded: str) -> NumberWord | None:
    """Cut a word into number words, longest first; None where it does not come out even.

    They are of one language, or many: "nulsixtweezero".
    """
    if len(folded) > _GLUE_LONGEST or not folded.isalpha():
        return None
    if folded[:2] not in _beginnings():
        return None
    whole = _cut(folded, mixed=False) or _cut(folded, mixed=True)
    if whole is None or (whole[1] == 0 and len(whole[2]) < _FEWEST_MIXED):
        return None
    return _joined(whole[2], whole[1] or -1)


@lru_cache(maxsize=1)
def _beginnings() -> frozenset[str]:
    """The first two letters of all number words."""
    return frozenset(word[:2] for word in vocabulary().parts)


def _cut(folded: str, *, mixed: bool) -> _Split | None:
    parts = vocabulary().parts
    # best[i] is the part before i, cut into words; reached left to right, so linear in the length.
    best: list[_Split | None] = [(0, -1, ())] + [None] * len(folded)
    for start in range(len(folded)):
        reached = best[start]
        if reached is None:
            continue
        for end in range(start + 2, min(len(folded), start + _LONGEST_WORD) + 1):
            word = parts.get(folded[start:end])
            if word is None or (not (shared := reached[1] & word.languages) and not mixed):
                continue
            there = best[end]
            if there is None or reached[0] + len(word.digits) <= there[0]:
                best[end] = (reached[0] + len(word.digits), shared, (*reached[2], word))
    return best[-1]


_Piece = tuple[str, str]  # digits and role; the role "row" is a row of digits that is no amount


def _joined(words: tuple[NumberWord, ...], languages: int) -> NumberWord | None:
    """Several number words written as one."""
    scaled = _scaled(_repeated(words))
    if not scaled:
        return None
    summed: list[_Piece] = []
    for digits, role in scaled:
        if summed and role != "row" and 0 < int(digits) < UNITS.get(summed[-1][1], 0):
            summed[-1] = (str(int(summed[-1][0]) + int(digits)), role if role in UNITS else "pair")
        else:
            summed.append((digits, role))
    together, apart = ("".join(digits for digits, _ in pieces) for pieces in (summed, scaled))
    role = summed[0][1] if len(summed) == 1 and summed[0][1] in UNITS else "pair"
    return NumberWord(together, role, languages, apart)


def _repeated(words: tuple[NumberWord, ...]) -> list[_Piece]:
    """Digits and roles, with "double" and "three zeros" written out."""
    result: list[_Piece] = []
    times = 1
    for word in words:
        if word.role in TIMES:
            times = TIMES[word.role]
        elif word.role == "plural" and result and result[-1][1] == "digit" and "2" <= result[-1][0] <= "6":
            result[-1] = (word.digits * int(result[-1][0]), "row")
        else:
            result.append((word.digits * times, word.role if times == 1 and word.role != "plural" else "row"))
            times = 1
    return result if times == 1 else []


def _scaled(words: list[_Piece]) -> list[_Piece]:
    """Digits and roles, with "twee" + "duizend" multiplied."""
    result: list[_Piece] = []
    for digits, role in words:
        if digits in {"100", "1000"} and role in UNITS and result:
            before, kind = result[-1]
            if kind in {"digit", "pair", "tens"} and 0 < int(before) < 100:
                result[-1] = (str(int(before) * int(digits)), role)
                continue
        result.append((digits, role))
    return result
