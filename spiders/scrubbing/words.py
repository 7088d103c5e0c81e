"""Which words of a page may stay in a recording, and what stands in the place of all others.

The mapping is keyed by bytes that live as long as the call: the same word gets the same filler within one recording,
two words never get the same, and without the key nobody can go back or try a dictionary.
"""

import functools
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

WORD_FILE = Path(__file__).parent / "page_words.txt"
PARTS = re.compile(r"\d+|\D+")
RUN = re.compile(r"[^\W\d_]+")
BLANK = "•"  # for a sign that is no letter, digit or ordinary punctuation: flags, emoji, icons


def words_of(text: str) -> frozenset[str]:
    """Give the words of a list written as a text."""
    return frozenset(text.split())


# Refused even in `keep`: a telephone number can be spelled with them.
NUMBER_WORDS = words_of(
    "nul een één twee drie vier vijf zes zeven acht negen zero one two three four five six seven eight nine double "
    "dubbel null eins zwei drei fünf sechs sieben acht neun"
)

_PUNCTUATION = frozenset("·–—…©®«»“”„‘’‚•×→←↑↓‹›|€£¡¿§°″′™")
_HEX = frozenset("0123456789abcdefABCDEF")
_ESCAPES = re.compile(r"\\[A-Za-z]")
_NAMES = re.compile(r"[\w-]+")
_CONSONANTS, _VOWELS = "qx", "aeiou"  # fillers that no language has: nobody takes one for a name
_LOWER = "bcdfghjklmnpqrstvwxz"  # of mixed identifiers: without vowels no word comes of it
_ROW = re.compile(r"\d(?:[^\w<>]{0,6}\d)*")
_PREFIXES = ("00310", "0031", "310", "31", "0", "")


@functools.cache
def page_words() -> frozenset[str]:
    """Read the vocabulary: lower-case words, lines that start with # skipped."""
    lines = WORD_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def plain(text: str) -> str:
    """Give `text` composed (NFC), every kind of digit as 0-9, without marks and signs that could carry a message.

    Text that was not blank never becomes blank: a field that was filled stays filled.

    >>> plain("０６ ②⓪ 3️⃣ An\u200bna 🇷🇴")
    '06 20 3 Anna ••'
    """
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    found = "".join(map(_plain_sign, composed))
    return found if found.strip() or not text.strip() else found + BLANK


@functools.lru_cache(maxsize=4096)
def _plain_sign(sign: str) -> str:
    category = unicodedata.category(sign)
    if category[0] == "N":
        return _plain_number(sign)
    if category[0] == "M" or category in {"Cf", "Cc"}:
        return sign if sign in "\t\n\r" else ""
    if category[0] == "Z":
        return sign if sign in " \u00a0" else " "
    return sign if category[0] == "L" or sign.isascii() or sign in _PUNCTUATION else BLANK


def _plain_number(sign: str) -> str:
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    folded = "".join(part for part in unicodedata.normalize("NFKC", sign) if part.isascii() and part.isalnum())
    return folded or str(int(unicodedata.numeric(sign, 0)))


def humps(word: str) -> list[str]:
    """Split at the capitals inside a word.

    >>> humps("itemListElement"), humps("HTMLPage"), humps("Plaats")
    (['item', 'List', 'Element'], ['HTML', 'Page'], ['Plaats'])
    """
    cuts = [
        at
        for at in range(1, len(word))
        if (word[at].isupper() and not word[at - 1].isupper())
        or (word[at].isupper() and word[at + 1 : at + 2].islower())
    ]
    return [word[start:end] for start, end in zip([0, *cuts], [*cuts, len(word)], strict=True)]


class Allowed:
    """The words that stay: the vocabulary and what stands literally in the source's own contract."""

    def __init__(self, keep: Iterable[str]) -> None:
        self.entries: set[str] = set()
        self._words: set[str] = set()
        for entry in keep:
            text = _ESCAPES.sub(" ", plain(entry))  # \d and \s in a pattern are no words
            names = [text.strip(), *_NAMES.findall(text)]
            self.entries.update(name.lower() for name in names if RUN.search(name))
            for run in RUN.findall(text):
                self._words.update(part.lower() for part in (run, *humps(run)))
        self._words -= NUMBER_WORDS

    def word(self, word: str) -> bool:
        """Tell whether a word of a text stays; words of one or two letters only when in the vocabulary."""
        lower = word.lower()
        return lower in page_words() or (len(lower) > 2 and lower in self._words)

    def name(self, word: str) -> bool:
        """Tell whether a word of an identifier stays: there the short words of the contract do too."""
        return self.word(word) or word.lower() in self._words


class Fillers:
    """The mapping of one recording: injective, and never into a word or an id that the page held.

    Args:
        key: keys the mapping.
        allowed: words that stay; no filler is one of them.
        page: the whole page as read; no filler is a word or a number of it.
    """

    def __init__(self, key: bytes, allowed: Allowed, page: str) -> None:
        self._key = key
        self._allowed = allowed
        self._held = {run.lower() for run in RUN.findall(page)} | set(re.findall(r"\d{5,}", page))
        rows = (re.sub(r"\D", "", row) for row in _ROW.findall(re.sub(r"<[^>]*>", " ", page) + page))
        self._windows = {window for row in rows for window in _windows(row)}
        self._given: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self._next: dict[tuple[int, bool], dict[str, str]] = {}

    def word(self, word: str) -> str:
        """Give the filler of a run of letters, its capitals kept."""
        lower = word.lower()
        if word == lower:
            return self._of("word", lower)
        if word == lower[:1].upper() + lower[1:] and len(word) > 1:
            filler = self._of("word", lower)
            return filler[:1].upper() + filler[1:]
        if word == lower.upper():
            return self._of("word", lower).upper()
        return self._of("word", word)

    def digits(self, digits: str) -> str:
        """Give other digits, as many; from 9 on, and from 7 on with a leading zero, such as no number plan has."""
        length, zero = len(digits), digits.startswith("0")
        if length <= 4:
            return self._cycle(length, zero=zero and length > 1)[digits]
        if length >= 9 or (zero and length >= 7):
            return self.phone(digits)
        return self._of("digits", digits)

    def phone(self, digits: str) -> str:
        """Give an evidently made-up telephone number of the same length; one number in two spellings stays one."""
        for prefix in _PREFIXES:
            rest = digits.removeprefix(prefix)
            if digits.startswith(prefix) and len(rest) == 9 and rest.startswith("6"):
                return prefix + self._of("mobile", rest)
        return self._of("phone", digits)

    def code(self, chunk: str) -> str:
        """Give an identifier of the same build for one of letters and digits together, hexadecimal for hexadecimal."""
        return self._of("code", chunk)

    def _of(self, kind: str, token: str) -> str:
        known = self._given.get((kind, token))
        if known is not None:
            return known
        for attempt in range(100_000):
            found = _MAKERS[kind](token, attempt, self._stream(kind, token, attempt))
            if self._is_free(kind, found):
                self._taken.add(found.lower() if kind == "word" else found)
                self._given[kind, token] = found
                return found
        raise OverflowError("no filler is left")

    def _is_free(self, kind: str, found: str) -> bool:
        if found in self._taken or found in self._held:
            return False
        if kind in {"digits", "mobile", "phone"}:
            return self._windows.isdisjoint(_windows(f"0{found}"))
        runs = RUN.findall(found)
        if kind == "code":
            # Chunks of known words and digits are mapped part by part; these must not come out among them.
            apart = _HEX.issuperset(found.replace("-", ""))
            return not all(map(self._allowed.name, runs)) and (
                apart or not self._held.intersection(map(str.lower, runs))
            )
        return not any(map(self._allowed.name, runs))

    def _cycle(self, length: int, *, zero: bool) -> dict[str, str]:
        """Give a keyed permutation of all numbers of `length` digits that is one cycle: none stays what it is."""
        if (length, zero) not in self._next:
            first = 0 if zero or length == 1 else 10 ** (length - 1)
            domain = [str(value).zfill(length) for value in range(first, 10 ** (length - 1) if zero else 10**length)]
            order = sorted(domain, key=lambda value: self._keyed("cycle", value))
            self._next[length, zero] = dict(zip(order, [*order[1:], order[0]], strict=True))
        return self._next[length, zero]

    def _keyed(self, *parts: str) -> bytes:
        return hmac.digest(self._key, "\0".join(parts).encode("utf-8", "replace"), "sha256")

    def _stream(self, kind: str, token: str, attempt: int) -> Iterator[int]:
        seed = self._keyed(kind, str(attempt), token)
        return iter(hashlib.shake_256(seed).digest(len(token) + 32))


def _windows(row: str) -> Iterator[str]:
    """Give each seven digits in a row: as many of a real number would give it away."""
    return (row[at : at + 7] for at in range(len(row) - 6))


def _make_word(token: str, attempt: int, stream: Iterator[int]) -> str:
    # The length is only roughly that of the word: a text must not be known by the lengths of its words.
    least, most = (2, 4) if len(token) <= 3 else (4, 7) if len(token) <= 7 else (7, 10)
    length = least + next(stream) % (most - least + 1) + attempt // 20
    kinds = (_CONSONANTS, _VOWELS) if next(stream) % 4 else (_VOWELS, _CONSONANTS)
    signs = list(stream)
    return "".join(kinds[at % 2][signs[at % len(signs)] % len(kinds[at % 2])] for at in range(length))


def _make_digits(token: str, attempt: int, stream: Iterator[int]) -> str:  # noqa: ARG001 - one form for all makers
    # 256 % 10 makes some digits a little likelier; nobody can use that.
    first = "0" if token.startswith("0") else str(1 + next(stream) % 9)
    return first + "".join(str(next(stream) % 10) for _ in token[1:])


def _make_mobile(token: str, attempt: int, stream: Iterator[int]) -> str:
    return "6" + _lengthened("000", token[1:], 5, attempt, stream)


def _make_phone(token: str, attempt: int, stream: Iterator[int]) -> str:
    return _lengthened("000" if token.startswith("0") else "999", token, 5 if len(token) > 8 else 4, attempt, stream)


def _lengthened(start: str, token: str, free: int, attempt: int, stream: Iterator[int]) -> str:
    """Give `start`, zeros and free digits at the end: more of them where a page needs so many numbers."""
    free = min(free + attempt // 200, len(token) - len(start))
    end = "".join(str(next(stream) % 10) for _ in range(free))
    return start + end.rjust(len(token) - len(start), "0")


def _make_code(token: str, attempt: int, stream: Iterator[int]) -> str:
    letters = "abcdef" if _HEX.issuperset(token.replace("-", "")) else _LOWER
    found = "".join(_like(sign, letters, next(stream)) for sign in token)
    return found + "".join(letters[next(stream) % len(letters)] for _ in range(min(attempt // 200, 16)))


def _like(sign: str, letters: str, chance: int) -> str:
    if sign == "-":
        return sign
    if sign.isdigit():
        return str(chance % 10)
    letter = letters[chance % len(letters)]
    return letter.upper() if sign.isupper() else letter


_MAKERS = {
    "word": _make_word,
    "digits": _make_digits,
    "mobile": _make_mobile,
    "phone": _make_phone,
    "code": _make_code,
}
