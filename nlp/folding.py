"""Fold text to plain characters, one for one, so that offsets in the folded text are offsets in the original.

Advertisers dress digits and letters up: full width, circled, mathematical, Arabic-Indic, keycap emoji. `fold` maps each
character to exactly one plain character: any Unicode digit to 0-9, a letter to its lower-case base letter without accent,
a space to " ", a dash to "-". A character that adds nothing (accent, variation selector, zero-width joiner) becomes
`IGNORED`; a single character worth 10 to 50 (a circled twelve) becomes `PAIR_BASE + value` in the private use area.
"""

import unicodedata

IGNORED = "\x1f"
PAIR_BASE = 0xE000
# Letters that carry a stroke instead of a combining accent: NFKD leaves them alone.
_STROKED = {"ł": "l", "ø": "o", "đ": "d", "ß": "s", "ı": "i", "ħ": "h", "ŧ": "t", "æ": "a", "œ": "o", "ĳ": "y"}
_ROMAN_FIFTY = "\N{ROMAN NUMERAL FIFTY}\N{SMALL ROMAN NUMERAL FIFTY}"
_KEYCAP_TEN = "\N{KEYCAP TEN}"


class _FoldTable(dict[int, str]):
    """Translation table for `str.translate`, filled as characters turn up."""

    def __missing__(self, code_point: int) -> str:
        folded = _fold_character(chr(code_point))
        self[code_point] = folded
        return folded


_BY_CATEGORY = {"Mn": IGNORED, "Me": IGNORED, "Cf": IGNORED, "Zs": " ", "Zl": "\n", "Zp": "\n", "Pd": "-"}


def _fold_character(character: str) -> str:
    if character < "\x80":
        return character.lower()
    category = unicodedata.category(character)
    if category in _BY_CATEGORY:
        return _BY_CATEGORY[category]
    if character in "’‘ʼ`´′":
        return "'"
    if character == "➕":
        return "+"
    return _fold_number(character, category) or _fold_letter(character)


def _fold_number(character: str, category: str) -> str | None:
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if character in _ROMAN_FIFTY:  # drawn like an l, and nobody writes fifty that way
        return None
    value = 10.0 if character == _KEYCAP_TEN else unicodedata.numeric(character, None)
    is_sign = category in {"No", "Nl", "So"} or character == "〇"
    if value is None or not is_sign or not value.is_integer() or not 0 <= value <= 50:
        return None
    return str(int(value)) if value < 10 else chr(PAIR_BASE + int(value))


def _fold_letter(character: str) -> str:
    base = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c)).lower()
    if len(base) != 1:
        base = character.lower() if len(character.lower()) == 1 else character
    return _STROKED.get(base, base)


_TABLE = _FoldTable()


def fold(text: str) -> str:
    """Fold `text`; the result has the same length.

    >>> fold("Ｏ⓪①٣ Één")
    'o013 een'
    """
    return text.translate(_TABLE)


def fold_word(word: str) -> str:
    """Fold one word and drop what adds nothing; used to compare words with word lists.

    >>> fold_word("Su\u0301dwest")
    'sudwest'
    """
    if word.isascii() and IGNORED not in word:
        return word.lower()
    return word.translate(_TABLE).replace(IGNORED, "")


def plain_letters(text: str) -> str:
    """NFKC without accents but with case and script kept, one for one: what a homoglyph table is asked about."""
    if text.isascii():
        return text
    return text.translate(_PLAIN_TABLE)


class _PlainTable(dict[int, str]):
    """Like `_FoldTable`, for `plain_letters`."""

    def __missing__(self, code_point: int) -> str:
        character = chr(code_point)
        base = unicodedata.normalize("NFKC", character)
        self[code_point] = plain = base if len(base) == 1 else character
        return plain


_PLAIN_TABLE = _PlainTable()
