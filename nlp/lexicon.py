"""What a word tells by itself, worked out once per word of the vocabulary and kept with it.

spaCy keeps a number with each word to look it up in tables of one's own (`Lexeme.rank`). Ours holds bits that say who
wants to look closer, and the word's row in the table of votes for a language. Asking a Doc for that one column replaces
asking each component about each token.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from nlp.folding import fold, fold_word
from nlp.numbers.vocabulary import value_of, vocabulary
from nlp.place_reading.spelling import SHORTEST, speller
from nlp.wordlists import DATA, languages_with, table, words

ALPHABETIC = 1  # all letters
SEED = 2  # may be part of a telephone number
OPENING = 4  # a telephone number may start here
NEAR_NAME = 8  # a slip or an inflection of a long place name
HASH_SIGN = 16
POSTCODE = 32  # a postcode may start here
MARKS = SEED | OPENING | NEAR_NAME | HASH_SIGN | POSTCODE
VOTE = 8  # bits to shift for the row in the table of votes; row 0 votes for nobody

_FOUR_DIGITS = re.compile(r"[1-9]\d{3}(?:[A-Z]{2})?")
_ZEROS = re.compile("o{1,3}|[оοՕօ]+")  # one letter drawn like a zero may open a number by itself
_DIGIT = re.compile("[0-9\ue000-\ue063]")
# A zero or a known calling code in front, letters beside digits, a sign that is drawn like a digit: see numbers.reader.
_OPENING = re.compile("0|31|32|49|[^0-9]|[0-9]+[^0-9]|[0-9]{8}")


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
            for word, value, _ in table(DATA / code / "number_words.csv", ("word", "value", "role")):
                if value:
                    speakers.setdefault(fold_word(word), set()).add(index)
    weights = np.zeros((len(speakers) + 1, len(codes)))
    for row, heard in enumerate(speakers.values(), 1):
        weights[row, sorted(heard)] = 1.0 / len(heard)
    return Ballot(tuple(codes), {word: row for row, word in enumerate(speakers, 1)}, weights)


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
        bits |= _of_word(plain)
        if len(plain) >= SHORTEST - 1 and speller().look_up(plain):
            bits |= NEAR_NAME
    elif plain == "#":
        bits |= HASH_SIGN
    return bits


def _of_word(plain: str) -> int:
    """Bits of a number word, or of a word that multiplies the next."""
    known = vocabulary()
    value = value_of(plain)
    bits = OPENING if _ZEROS.fullmatch(plain) else 0
    if value is not None:
        bits |= SEED
        if value.digits.startswith("0"):
            bits |= OPENING
    if plain in known.roles["double"] or plain in known.roles["triple"]:
        bits |= SEED
    if plain in known.roles["plus"]:
        bits |= OPENING
    return bits
