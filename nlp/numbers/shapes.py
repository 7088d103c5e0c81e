"""Which digit a character is drawn like: by a word list, by a table of scripts, and else by what Unicode says of it.

A shape counts only inside a row of digits that a numbering plan accepts as a whole, so it may be generous: a letter that
looks like a zero to one reader in two is a zero here.
"""

import re
import unicodedata
from functools import lru_cache

from nlp.numbers.drawn import DRAWN
from nlp.wordlists import DATA, pairs

_NAMED_DIGITS = {
    name: str(value)
    for value, name in enumerate("ZERO ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE".split())  # noqa: SIM905
}
_DIGIT_NAME = re.compile(rf"\b(?:DIGIT|NUMBER|NUMERAL|TONE|FACE-|MARK|KEYCAP)[ -]?({'|'.join(_NAMED_DIGITS)}|[0-9])\b")
_CARD_NAME = re.compile(rf"\bPLAYING CARD ({'|'.join(_NAMED_DIGITS)}) OF\b")
# A letter of the Latin alphabet, however it is framed, turned or styled.
_LATIN_NAME = re.compile(r"\b(CAPITAL|SMALL)? ?(?:SYMBOL )?LETTER (?:[A-Z-]{4,} )*([A-Z])(?![A-Z])")
_LATIN = ("LATIN", "NEGATIVE", "CIRCLED", "SQUARED", "REGIONAL", "PARENTHESIZED", "MODIFIER", "OUTLINED", "CROSSED")
# Alphabets that kept the Greek shapes of O and I.
_GREEK_LIKE = re.compile(
    r"^(?:GREEK|CYRILLIC|COPTIC|OLD COPTIC|OLD ITALIC|OSAGE|DESERET|CARIAN|LYDIAN|LYCIAN|GOTHIC|OLD PERMIC|ARMENIAN|LISU|"
    r"ELBASAN|CAUCASIAN ALBANIAN|VITHKUQI|TIFINAGH|PHOENICIAN|RUNIC|OLD HUNGARIAN|WARANG CITI|MEDEFAIDRIN|TODHRI)\b.* "
    r"(?:LETTER|LETTER SMALL|LETTER LONG) (O|OH|OMICRON|OMEGA|AIN|OTHALAN ETHEL O|OI|I|IOTA|II|IE)(?: |$)"
)
_ROUND = re.compile(
    r"\b(?:CIRCLE|CIRCLED|RING|DISC|DISK|BALL|FOOTBALL|BASEBALL|BASKETBALL|VOLLEYBALL|SOFTBALL|SOCCER|TENNIS|MOON|SUN|GLOBE|"
    r"EARTH|COIN|DOUGHNUT|BUTTON|HOLE|EMPTY SET|ZERO|BAGEL|COOKIE|TANGERINE|TOMATO|PEACH|APPLE|EGG|WHEEL|ORB|ROUND|BULLET|"
    r"YARN|SQUARE|DIAMETER|RECORD|CD|DVD|OPTICAL|FISHEYE|BULLSEYE|PIZZA|FACE|ROSETTE|COMPASS|BOMB|BALLOON)\b"
)
# Braille writes digits as the letters a to j.
_BRAILLE = dict(zip("⠚⠁⠃⠉⠙⠑⠋⠛⠓⠊", "0123456789", strict=True))


@lru_cache(maxsize=1)
def lookalikes() -> dict[str, str]:
    """Characters drawn like a digit, as listed, asked only inside a row of digits."""
    return pairs(DATA / "homoglyphs.csv", ("character", "digit"))


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    drawn = {character: digit for digit, characters in DRAWN.items() for character in characters}
    return drawn | _BRAILLE | lookalikes()


@lru_cache(maxsize=8192)
def shape_of(character: str) -> str | None:
    """The digit that a character is drawn like, None where it is like none.

    >>> shape_of("Ö"), shape_of("\N{DESERET CAPITAL LETTER LONG O}"), shape_of("x")
    ('0', '0', None)
    """
    table = _table()
    known = table.get(character)
    if known is not None or character.isascii():
        return known
    base = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    if len(base) == 1 and base != character:
        return base if base.isascii() and base.isdigit() else shape_of(base)
    return numeral(character) or _by_name(unicodedata.name(character, ""), table)


def numeral(written: str) -> str | None:
    """The digits of numerals that are letters, as in Chinese; None for all else."""
    values = [unicodedata.numeric(character, -1.0) for character in written]
    if not all(value.is_integer() and 0 <= value <= 9 for value in values):
        return None
    return "".join(str(int(value)) for value in values)


_LATIN_BLOCKS = (("\x41", "\u017f"), ("\u0218", "\u021b"), ("\u1e00", "\u1eff"))  # where words of Europe are written
_MANY_SCRIPTS = frozenset({"FULLWIDTH", "MATHEMATICAL", "MODIFIER", "HALFWIDTH"})


def is_patchwork(word: str) -> bool:
    """Whether letters of two scripts, or letters that no language here writes words with, stand in one word.

    >>> is_patchwork("\N{CYRILLIC CAPITAL LETTER O}b"), is_patchwork("\N{LATIN CAPITAL LETTER TONE TWO}O"), is_patchwork("boos")
    (True, True, False)
    """
    if word.isascii():
        return False
    scripts = {unicodedata.name(letter, "LATIN").partition(" ")[0] for letter in word if letter.isalpha()}
    if len(scripts - _MANY_SCRIPTS) > 1:
        return True
    return scripts == {"LATIN"} and not all(any(a <= letter <= b for a, b in _LATIN_BLOCKS) for letter in word)


def _by_name(name: str, table: dict[str, str]) -> str | None:
    if not name or name.startswith(("VARIATION", "ZERO WIDTH")):
        return None
    if found := _DIGIT_NAME.search(name) or _CARD_NAME.search(name):
        return _NAMED_DIGITS.get(found[1], found[1])
    if found := _GREEK_LIKE.match(name):
        return "1" if found[1].startswith("I") else "0"
    if name.startswith(_LATIN) and (found := _LATIN_NAME.search(name)):
        return table.get(found[2].lower() if found[1] == "SMALL" else found[2])
    return "0" if _ROUND.search(name) else None
