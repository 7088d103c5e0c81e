"""What a word tells by itself, worked out once per word of the vocabulary and kept with it.

spaCy keeps a number with each word to look it up in tables of one's own (`Lexeme.rank`). Ours holds bits that say who
wants to look closer, and the word's row in the table of votes for a language. Asking a Doc for that one column replaces
asking each component about each token.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nlp.folding import fold, fold_word
from nlp.numbers.shapes import is_patchwork, numeral, shape_of
from nlp.numbers.vocabulary import TIMES, value_of, vocabulary
from nlp.place_reading.spelling import SHORTEST, speller
from nlp.wordlists import DATA, languages_with, table, words

ALPHABETIC = 1  # all letters
SEED = 2  # may be part of a telephone number
OPENING = 4  # a telephone number may start here
NEAR_NAME = 8  # a slip or an inflection of a long place name
HASH_SIGN = 16
POSTCODE = 32  # a postcode may start here
LETTER = 64  # one letter: number words may be spelt with their letters apart
NEGATION = 128  # denies what follows or precedes it, in some language
MARKS = SEED | OPENING | NEAR_NAME | HASH_SIGN | POSTCODE | LETTER | NEGATION
VOTE = 8  # bits to shift for the row in the table of votes; row 0 votes for nobody

_VOTING = frozenset({"digit", "pair", "tens"})  # "cent" and "mil" are words of more languages than they count in
_FOUR_DIGITS = re.compile(r"[1-9]\d{3}(?:[A-Z]{2})?")
_LONGEST_MIXED = 12
_MOST_ZEROS = 3  # letters drawn like a zero may open a number by themselves
_DIGIT = re.compile("[0-9\ue000-\ue063]")
# A zero or a known calling code in front, letters beside digits, a sign that is drawn like a digit; a six or a one or a
# seven after a sign drawn like a zero: see numbers.regions.
_OPENING = re.compile("0|31|32|49|[^0-9]|[0-9]+[^0-9]|[0-9]{8}|6|1[567]|7")


@dataclass(frozen=True, slots=True)
class Ballot:
    """Languages by column; `weights[row]` is a word's share of the vote for each, (words + 1, languages)."""

    codes: tuple[str, ...]
    rows: dict[str, int]
    weights: NDArray[np.float64]


@lru_cache(maxsize=1)
def ballot() -> Ballot:
    """Function words and number words of all languages; a word that several share votes for each in part.

    Raises:
        DataFileBroken: a word list does not have its columns.
    """
    codes = languages_with("function_words.txt")
    counting = set(languages_with("number_words.csv"))
    speakers: dict[str, set[int]] = {}
    for index, code in enumerate(codes):
        for word in words(DATA / code / "function_words.txt"):
            speakers.setdefault(fold_word(word), set()).add(index)
        if code in counting:  # a number spelt out tells its language too
            for word, value, role in table(DATA / code / "number_words.csv", ("word", "value", "role")):
                if value and role in _VOTING:
                    speakers.setdefault(fold_word(word), set()).add(index)
    weights = np.zeros((len(speakers) + 1, len(codes)))
    for row, heard in enumerate(speakers.values(), 1):
        weights[row, sorted(heard)] = 1.0 / len(heard)
    return Ballot(tuple(codes), {word: row for row, word in enumerate(speakers, 1)}, weights)


@lru_cache(maxsize=1)
def _negations() -> frozenset[str]:
    """Folded words that deny, of all languages."""
    lists = (("place_context.csv", ("phrase", "role")), ("setting_cues.csv", ("phrase", "role", "weight")))
    return frozenset(
        fold_word(row[0])
        for name, columns in lists
        for code in languages_with(name)
        for row in table(DATA / code / name, columns)
        if row[1] == "negation"
    )


def known_of(written: str) -> int:
    """Bits and row of a word as written."""
    if written.isascii() and written.isdigit():  # nearly every new word is a number
        opens = OPENING if _OPENING.match(written) else 0
        return SEED | opens | (POSTCODE if _FOUR_DIGITS.fullmatch(written) else 0)
    folded = fold(written)
    plain = fold_word(written)
    bits = ballot().rows.get(plain, 0) << VOTE
    if written.isalpha():
        bits |= ALPHABETIC
    if _DIGIT.search(folded):
        bits |= SEED
        if not written.isascii() or _OPENING.match(plain):
            bits |= OPENING
        if _FOUR_DIGITS.fullmatch(written):
            bits |= POSTCODE
    elif plain == "+":
        bits |= OPENING
    elif plain.isalpha() or not written.isascii():
        bits |= _of_word(plain, written) | (NEGATION if plain in _negations() else 0)
        if len(plain) >= SHORTEST - 1 and speller().look_up(plain):
            bits |= NEAR_NAME
    elif plain == "#":
        bits |= HASH_SIGN
    return bits


def _of_word(plain: str, written: str) -> int:
    """Bits of a number word, of a word that multiplies the next, of letters that are numerals or drawn like a zero."""
    known = vocabulary()
    value = value_of(plain)
    bits = LETTER if len(plain) == 1 and plain.isalpha() else 0
    if value is not None:
        bits |= SEED
        if value.digits.startswith("0"):
            bits |= OPENING
    elif plain.isalpha() and len(plain) <= _MOST_ZEROS and all(shape_of(letter) == "0" for letter in written):
        bits |= OPENING
    if not plain.isascii() and numeral(plain):
        bits |= SEED | OPENING
    elif _is_mixed(written):
        bits |= SEED | (OPENING if shape_of(written[0]) == "0" else 0)
    elif _is_framed(written, plain) and (drawn := shape_of(written)):
        bits |= SEED | (OPENING if drawn == "0" else 0)
    roles = known.roles
    if any(plain in roles[role] for role in TIMES):
        bits |= SEED
    if plain in roles["plus"]:
        bits |= OPENING
    return bits


def _is_framed(written: str, plain: str) -> bool:
    """Whether this is one letter in a circle or a square."""
    if len(written) != 1 or written.isalpha():
        return False
    return plain.isalpha() or "LETTER" in unicodedata.name(written, "")


def _is_mixed(written: str) -> bool:
    """Whether all letters are drawn like digits and come from alphabets in which nobody here writes words, or from two."""
    if written.isascii() or not written.isalpha() or not 2 <= len(written) <= _LONGEST_MIXED:
        return False
    if not all(shape_of(letter) for letter in written):
        return False
    if is_patchwork(written):
        return True
    return not any(unicodedata.name(letter, "LATIN").startswith(("LATIN", "CYRILLIC", "CJK")) for letter in written)
