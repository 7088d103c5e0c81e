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
_KEYCAP_TEN = "\N{KEYCAP TEN}"


class _FoldTable(dict[int, str]):
    """Translation table for `str.translate`, filled as characters turn up."""

    def __missing__(self, code_point: int) -> str:
        folded = _fold_character(chr(code_point))
        self[code_point] = folded
        return folded


def _fold_character(character: str) -> str:  # noqa: PLR0911 (a decision list reads best as one)
    if character < "\x80":
        return character.lower()
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf"}:
        return IGNORED
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    value = unicodedata.numeric(character, None)
    if character == _KEYCAP_TEN:
        value = 10.0
    if value is not None and category in {"No", "Nl", "So"} and value.is_integer():
        if 0 <= value < 10:
            return str(int(value))
        if value <= 50:
            return chr(PAIR_BASE + int(value))
    if character == "〇":
        return "0"
    if category == "Zs":
        return " "
    if category in {"Zl", "Zp"}:
        return "\n"
    if category == "Pd":
        return "-"
    if character in "’‘ʼ`´′":
        return "'"
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
    return word.translate(_TABLE).replace(IGNORED, "")


def plain_letters(text: str) -> str:
    """NFKC without accents but with case and script kept, one for one: what a homoglyph table is asked about."""
    if text.isascii():
        return text
    return "".join(_plain(character) for character in text)


def _plain(character: str) -> str:
    base = unicodedata.normalize("NFKC", character)
    return base if len(base) == 1 else character
