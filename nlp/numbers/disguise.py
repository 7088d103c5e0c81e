"""Disguises undone character by character: an unknown sign in the place of zeros, digits in the place of letters."""

import re

from nlp.folding import fold
from nlp.numbers.vocabulary import value_of

# A sign beyond ASCII right before the six of a mobile number: ♥6 2♥♥♥ 1234.
_UNKNOWN_ZERO = re.compile(r"(?<![^\W_])([^\x00-\x7f\w\s€£–—’‘“”…•·])\ufe0f?6(?=[^\w]?[1-58])")
_FEWEST_UNKNOWN = 3
# A word with digits in it: "z3s", "v1er", "nu1".
_MIXED_WORD = re.compile(r"(?<![^\W_])(?:[a-z]{0,8}[0134578$@!]{1,2}){1,4}[a-z]{0,8}(?![^\W_])", re.IGNORECASE)
_LETTERS = (str.maketrans("0134578$@!", "oieastbsai"), str.maketrans("0134578$@!", "oleastbsai"))
_LONGEST = 24
_PLUS_BETWEEN = re.compile(r"(?<=[0-9a-z ])\+(?=[0-9a-z ])", re.IGNORECASE)  # 06+20+00+12+34
_FEWEST_PLUSES = 3


def undone(stretch: str) -> str:
    """`stretch` without its disguise, as long as before; empty where it wears none that is known."""
    plain = stretch
    found = None if stretch.isascii() else _UNKNOWN_ZERO.search(stretch)
    if found and stretch.count(found[1]) >= _FEWEST_UNKNOWN:
        plain = stretch.replace(found[1], "0")
    if stretch.count("+") >= _FEWEST_PLUSES:
        plain = _PLUS_BETWEEN.sub("-", plain)
    plain = _MIXED_WORD.sub(lambda word: _word(word.group()), plain)
    return plain if plain != stretch else ""


def _word(written: str) -> str:
    """A number word in place of one with digits in it."""
    if len(written) > _LONGEST:
        return written
    for letters in _LETTERS:
        meant = written.lower().translate(letters)
        if value_of(fold(meant)) is not None:
            return meant
    return written
