"""Scrub the texts of a page: words, and above all which digits may stay.

Digits stay in four shapes only: dates and times, counts beside a count word, "3 dagen geleden", and page numbers. They
never stay inside a longer row of digits, whatever marks or elements stand in between: that may be a telephone number.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spiders.scrubbing.words import PARTS, Allowed, Fillers, humps, plain, words_of

INLINE, BLOCK = "\x01", "\x02"  # stand between the texts of elements; `plain` lets no such sign through
MOST = 6  # digits that may stay in a row: a telephone number has more

COUNT_WORDS = words_of(
    "advertenties advertentie adverteerders resultaten resultaat berichten profielen listings listing items item "
    "results result adverts advertisements posts entries profiles pagina's pages anzeigen anzeige inserate inserat "
    "treffer ergebnisse angebote seiten"
)
LABEL_WORDS = words_of("advertenties aantal totaal total resultaten results listings anzahl anzeigen treffer")
PAGE_WORDS = words_of("pagina page seite")
UNIT_WORDS = words_of(
    "seconden minuut minuten uur dag dagen week weken maand maanden jaar minute minutes hour hours day days "
    "weeks month months year years minuten stunde stunden tag tage tagen woche wochen monat monate monaten jahr jahre "
    "jahren"
)
_MONTHS = (
    "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|january|february|march|"
    "may|june|july|august|october|januar|februar|märz|mai|dezember|jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec"
)
# Years before 2015 are not those of an advertisement, but may be those of a birth.
_YEAR, _TIME = r"20(?:1[5-9]|[23]\d)", r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_TOKEN = re.compile(
    rf"""
    (?P<iso>(?<![\w.+-]){_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])
        (?:[T ]{_TIME}(?:\.\d{{1,6}})?(?:Z|[+-][01]\d:?[0-5]\d)?)?(?![\w-])
      |(?<!\w)(?:(?:mon|tue|wed|thu|fri|sat|sun),\ )?{_DAY}\.?\ (?:{_MONTHS})\ {_YEAR}
        (?:\ {_TIME}\ (?:gmt|utc|[+-][01]\d[0-5]\d))?(?![\w-]))
    |(?P<dmy>(?<![\w.+-]){_DAY}(?P<dash>[-/.]){_MONTH}(?P=dash){_YEAR}(?![\w-]))
    |(?P<time>(?<![\w:.,+-]){_TIME}(?![\w:]))
    |(?P<mail>[^\s\x01\x02<>"'(),;:@]{{1,64}}@[^\s\x01\x02<>"'(),;:@]{{1,200}}\.[^\W\d_]{{2,}})
    |(?P<url>(?:https?://|www\.)[^\s\x01\x02<>"']+)
    |(?P<uuid>(?<!\w)[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}(?!\w))
    |(?P<chunk>[^\W_]+(?:['’][^\W\d_]+)*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_FRACTION = re.compile(r"(?<=:\d\d)\.\d+")
_NAME_SIGNS = re.compile(r"[^\w\s:./#\[\]@|()-]")
_DIGITS = re.compile(r"\d+")
_GAP = r"[\s\x01\x02:()]{0,6}"
_NUM = r"(?<![\w.,])(\d{1,3}[.,\u00a0 ]\d{3}|\d{1,5})(?!\d)"


def _any(words: frozenset[str]) -> str:
    return rf"(?<![^\W\d_])(?:{'|'.join(sorted(words, key=len, reverse=True))})(?![^\W_])"


_AMOUNT = rf"(\d{{1,3}}){_GAP}{_any(UNIT_WORDS)}"
_COUNTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NUM}{_GAP}{_any(COUNT_WORDS)}",
        rf"{_any(LABEL_WORDS)}{_GAP}{_NUM}(?:{_GAP}[-–]{_GAP}{_NUM})?(?:{_GAP}\b(?:van|of|von|/){_GAP}{_NUM})?",
        rf"{_any(PAGE_WORDS)}{_GAP}{_NUM}(?:{_GAP}(?:\b(?:van|of|von)\b|/){_GAP}{_NUM})?",
        rf"{_NUM}{_GAP}[-–]{_GAP}{_NUM}{_GAP}\b(?:van|of|von)\b{_GAP}{_NUM}{_GAP}{_any(COUNT_WORDS)}",
        rf"(?<!\w){_AMOUNT}(?:[\s\x01\x02,]+(?:(?:en|and|und)\s+)?{_AMOUNT})?{_GAP}\b(?:geleden|ago)\b",
        rf"\bvor{_GAP}{_AMOUNT}",
    )
)


class Piece(NamedTuple):
    """One text of a page: its boundary to the one before, and how many digits may stay where it is a page or count."""

    text: str
    limit: int = 0
    boundary: str = INLINE


@dataclass(slots=True)
class _Item:
    """A row of digits, or a date or time, at its place in the joined texts."""

    start: int
    end: int
    kind: str
    text: str
    known: bool = False
    """The digits may stay."""
    limit: int = 0
    whole: bool = False


class Texts:
    """Scrub texts and identifiers with the mapping of one recording.

    Args:
        allowed: the words that stay.
        fillers: what stands in the place of the others.
        address: scrubs a web address in a text.
    """

    def __init__(self, allowed: Allowed, fillers: Fillers, address: Callable[[str], str]) -> None:
        self._allowed = allowed
        self._fillers = fillers
        self._address = address

    def text(self, text: str) -> str:
        """Scrub one text."""
        return self.pieces([Piece(text)])[0]

    def pieces(self, pieces: Sequence[Piece]) -> list[str]:
        """Scrub texts that follow each other on a page; as many come out, none of them blank that was not."""
        texts = [plain(piece.text) for piece in pieces]
        joined = "".join(piece.boundary + text for piece, text in zip(pieces, texts, strict=True))
        tokens = list(_TOKEN.finditer(joined))
        clusters = list(self._clusters(tokens, joined))
        self._note_wholes(clusters, pieces, texts)
        counted = {
            match.start(group) + digits.start()
            for pattern in _COUNTS
            for match in pattern.finditer(joined)
            for group in range(1, pattern.groups + 1)
            for digits in _DIGITS.finditer(match[group] or "")
        }
        numbers: dict[int, str] = {}
        for cluster in clusters:
            numbers.update(self._numbers(cluster, joined, counted))
        out, at = [], 0
        for token in tokens:
            out += [joined[at : token.start()], self._token(token, numbers)]
            at = token.end()
        found = "".join([*out, joined[at:]])
        return re.split(f"[{INLINE}{BLOCK}]", found)[1:]

    def _token(self, token: re.Match[str], numbers: dict[int, str]) -> str:
        kind, text, start = token.lastgroup, token[0], token.start()
        if kind == "mail":
            return self.mail(text)
        if kind == "url":
            return self._address(text)
        if kind == "uuid":
            return self._fillers.code(text)
        if kind == "chunk":
            if self._allowed.word(text.replace("’", "'")):
                return text
            parts = re.split("(['’])", text)
            starts = [start + sum(map(len, parts[:at])) for at in range(len(parts))]
            return "".join(self._chunk(part, numbers, at) for part, at in zip(parts, starts, strict=True))
        return _DIGITS.sub(lambda digits: numbers.get(start + digits.start(), digits[0]), _zero_fraction(text))

    def _chunk(self, chunk: str, numbers: dict[int, str], start: int) -> str:
        if chunk in {"'", "’"}:
            return chunk
        parts = list(PARTS.finditer(chunk))
        if not self._is_apart(chunk):
            return self._fillers.code(chunk)
        return "".join(
            numbers.get(start + part.start(), "") or self._fillers.digits(part[0])
            if part[0].isdigit()
            else self._letters(part[0], glued=len(parts) > 1)
            for part in parts
        )

    def _is_apart(self, chunk: str) -> bool:
        """Tell whether letters and digits of `chunk` are mapped apart: "3dagen" is no identifier, "a3f7" is one."""
        letters = [part for part in PARTS.findall(chunk) if not part.isdigit()]
        return len(PARTS.findall(chunk)) == 1 or all(map(self._allowed.name, letters))

    def _letters(self, word: str, *, glued: bool = False) -> str:
        stays = self._allowed.name if glued else self._allowed.word
        if stays(word):
            return word
        return "".join(part if stays(part) else self._fillers.word(part) for part in humps(word))

    def mail(self, address: str) -> str:
        """Give a mail address of nobody."""
        return f"naam-{self._fillers.word(address.lower())}@voorbeeld.example"

    def identifier(self, value: str, *, is_class: bool = False) -> str:
        """Scrub names of elements: classes, ids, roles, parameters.

        Class names of the contract stay whole. In others one or two digits become zeros, since numbers are shown in
        classes too ("digit-0 digit-6"); longer ones are mapped.
        """
        return re.sub(r"\S+", lambda name: self._name(name[0], is_class=is_class), plain(value))

    def _name(self, name: str, *, is_class: bool) -> str:
        if name.lower() in self._allowed.entries:
            return name
        found = _TOKEN.sub(lambda token: self._name_token(token, is_class=is_class), _NAME_SIGNS.sub("-", name))
        return found or "-"

    def _name_token(self, token: re.Match[str], *, is_class: bool) -> str:
        if token.lastgroup == "uuid":
            return self._fillers.code(token[0])
        return re.sub(r"[^\W_]+", lambda chunk: self._name_chunk(chunk[0], is_class=is_class), token[0])

    def _name_chunk(self, chunk: str, *, is_class: bool) -> str:
        if chunk.lower() in self._allowed.entries or self._allowed.name(chunk):
            return chunk
        parts = PARTS.findall(chunk)
        if not self._is_apart(chunk) and not (is_class and max(map(len, _DIGITS.findall(chunk))) < 3):
            return self._fillers.code(chunk)
        return "".join(
            ("0" * len(part) if is_class and len(part) < 3 else self._fillers.digits(part))
            if part.isdigit()
            else "".join(hump if self._allowed.name(hump) else self._fillers.word(hump) for hump in humps(part))
            for part in parts
        )

    # Which digits stay.

    def _clusters(self, tokens: Sequence[re.Match[str]], joined: str) -> Iterator[list[_Item]]:
        """Give the rows of digits, dates and times that have no letter in between."""
        cluster: list[_Item] = []
        for token in tokens:
            kind = token.lastgroup or ""
            if kind in {"iso", "dmy", "time"}:
                cluster.append(_Item(token.start(), token.end(), kind, token[0]))
                continue
            parts = list(PARTS.finditer(joined, token.start(), token.end())) if kind == "chunk" else []
            if not parts or not all(map(self._is_apart, re.split("['’]", token[0]))):
                yield cluster
                cluster = []
                continue
            for part in parts:
                if part[0].isdigit():
                    cluster.append(_Item(part.start(), part.end(), "digits", part[0]))
                else:
                    yield cluster
                    cluster = []
        yield cluster

    @staticmethod
    def _note_wholes(clusters: Sequence[list[_Item]], pieces: Sequence[Piece], texts: Sequence[str]) -> None:
        """Note for each row of digits what its text allows, and whether it is all of that text."""
        items = [item for cluster in clusters for item in cluster]
        at, index = 0, 0
        for piece, text in zip(pieces, texts, strict=True):
            at += 1
            end = at + len(text)
            bare = re.fullmatch(r"[\s()\[\]•]*(\d{1,3}(?:[.,\u00a0 ]\d{3})?|\d{1,5})[\s()\[\]•]*", text)
            while index < len(items) and items[index].start < end:
                items[index].limit = piece.limit
                items[index].whole = bare is not None and len(re.sub(r"\D", "", bare[1])) <= piece.limit
                index += 1
            at = end

    def _numbers(self, cluster: list[_Item], joined: str, counted: set[int]) -> dict[int, str]:
        """Give what stands in the place of each row of digits of a cluster, by where it starts."""
        items = _without_false_times(cluster, joined)
        rows = [item for item in items if item.kind == "digits"]
        _keep_page_numbers(rows)
        open_rows = [item for item in rows if not item.known]
        # Over the ends of blocks there are many rows of digits; these are like a telephone number in parts.
        parts = all(len(item.text) < 3 for item in open_rows) or any(item.text[0] == "0" for item in open_rows)
        spread = parts and _length(open_rows) > MOST
        staying: list[_Item] = []
        for segment in _segments(open_rows, joined):
            if not spread and _length(segment) <= MOST:
                staying += [item for item in segment if item.whole or item.start in counted]
        if _length(staying) <= MOST:
            for item in staying:
                item.known = True
        found: dict[int, str] = {}
        rest = [item for item in open_rows if not item.known]
        single = all(len(item.text) == 1 for item in rest) and len(rest) > MOST
        for segment in [rest] if single else _segments(rest, joined):
            for number in _telephones(segment, joined):
                found.update(self._replaced(number, joined))
        return found | {item.start: item.text for item in rows if item.known}

    def _replaced(self, number: list[_Item], joined: str) -> dict[int, str]:
        whole = "".join(item.text for item in number)
        plus = joined[max(0, number[0].start - 2) : number[0].start].strip("( \x01").endswith("+")
        longest = max(len(item.text) for item in number)
        spread = len(number) > 1 and (plus or whole[0] == "0" or longest < 3 or (len(number) > 2 and len(whole) > 7))
        if len(whole) <= MOST or not (spread or plus):
            return {item.start: self._fillers.digits(item.text) for item in number}
        signs = iter(self._fillers.phone(whole))
        return {item.start: "".join(next(signs) for _ in item.text) for item in number}


def _length(items: Sequence[_Item]) -> int:
    return sum(len(item.text) for item in items)


def _zero_fraction(text: str) -> str:
    """Make parts of seconds zero: six free digits are a number too."""
    return _FRACTION.sub(lambda found: "." + "0" * (len(found[0]) - 1), text)


def _without_false_times(cluster: list[_Item], joined: str) -> list[_Item]:
    """Take dates and times apart that stand hard by other digits, and times that follow a time."""
    items: list[_Item] = []
    for at, item in enumerate(cluster):
        sides = [(cluster[at - 1], item)] if at else []
        sides += [(item, cluster[at + 1])] if at + 1 < len(cluster) else []
        near = {
            (right if left is item else left).kind
            for left, right in sides
            if len(joined[left.end : right.start].replace(INLINE, "")) < 3
            and BLOCK not in joined[left.end : right.start]
        }
        others = {(right if left is item else left).kind for left, right in sides}
        false = item.kind in {"dmy", "time"} and ("digits" in near or (item.kind == "time" and "time" in others))
        if false:
            rows = _DIGITS.finditer(joined, item.start, item.end)
            items += [_Item(row.start(), row.end(), "digits", row[0]) for row in rows]
        else:
            items.append(item)
    return items


def _keep_page_numbers(rows: Sequence[_Item]) -> None:
    """Let the numbers of links to pages stay where three or more count up by one, and all that touch them rise."""
    for is_page, touching in itertools.groupby(rows, key=lambda item: item.limit > 0 and item.whole):
        links = list(touching) if is_page else []
        pages = [int(item.text) for item in links]
        rises = all(low < high for low, high in itertools.pairwise([0, *pages]))
        if not rises or any(item.text.startswith("0") for item in links):
            continue  # a telephone number shown digit by digit holds "1 2 3" too
        # Numbers that count up by one lie equally far from their places.
        for _, run in itertools.groupby(range(len(pages)), key=lambda at: pages[at] - at):
            places = list(run)
            if len(places) > 2:
                for place in places:
                    links[place].known = True


def _segments(items: Sequence[_Item], joined: str) -> Iterator[list[_Item]]:
    """Split where a block of the page ends."""
    segment: list[_Item] = []
    for item in items:
        if segment and BLOCK in joined[segment[-1].end : item.start]:
            yield segment
            segment = []
        segment.append(item)
    if segment:
        yield segment


def _telephones(segment: Sequence[_Item], joined: str) -> Iterator[list[_Item]]:
    """Split where a number seems complete and the next begins: with 0 or +."""
    number: list[_Item] = []
    length = 0
    for item in segment:
        begins = item.text.startswith("0") or "+" in joined[max(0, item.start - 2) : item.start]
        if length > 8 and begins:
            yield number
            number, length = [], 0
        number.append(item)
        length += len(item.text)
    if number:
        yield number
