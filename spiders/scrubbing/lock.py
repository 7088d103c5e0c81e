"""The second lock on a recording: what of the original page still stands in the scrubbed one.

Written apart from the scrubbing, on purpose: it shares only the vocabulary, and looks at both pages as one string with
every escape undone. It names kinds, never what it found.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from lxml.html import defs  # type: ignore[import-untyped]

from spiders.scrubbing.words import page_words, words_of

SHORTEST_NUMBER = 7  # digits in a row, whatever stands in between
OWN_WORDS = words_of(
    "null set reverse rights domain generator length noframes contenteditable crossorigin draggable novalidate "
    "referrerpolicy spellcheck naam voorbeeld example elders site beeld jpg doctype html utf http https www schema org void xml version encoding "
    "data application ld json text charset cdata nbsp amp quot main template picture dialog slot search path true false "
    "mailto tel javascript sms callto src href xmlns itemprop itemscope itemtype itemid itemref property content equiv "
    "placeholder loading srcset sizes style srcdoc poster required autocomplete pattern step download viewbox vocab "
    "prefix typeof datatype resource bgcolor face language display none visibility hidden rdf atom feed entry guid "
    "sitemap sitemaps urlset sitemapindex loc lastmod changefreq priority creator encoded ns id min max list form "
    "pubdate lastbuilddate enclosure ispermalink link vlink alink elements purl dc modules rss www google com schemas "
    "image news video yahoo mrss search itunes dtds podcast wellformedweb commentapi ogp base term scheme label uri "
    "context graph type value controls autoplay defer async nonce integrity seq li point lat long docs ttl"
)
NAMESPACE_HOSTS = words_of(
    "schema.org www.schema.org www.w3.org www.sitemaps.org purl.org www.google.com search.yahoo.com base.google.com "
    "wellformedweb.org www.itunes.com ogp.me"
)
_MARKUP = frozenset(
    word
    for names in (defs.tags, defs.safe_attrs, defs.link_attrs, defs.event_attrs)
    for name in names
    for word in re.split(r"[^a-z]", name)
)
_MONTH = r"[a-zä]{3,9}"
_LANGUAGE = re.compile(r"\b(?:href)?lang=[\"']?[a-z]{2}(?:[-_][a-z]{2})?[\"'\s>]")
_YEAR = r"20(?:1[5-9]|[23]\d)"
_DATES = re.compile(
    rf"\b{_YEAR}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d)?(?:\.0*)?(?:z|[+-]\d\d:?\d\d)?)?"
    rf"|\b(?:[a-z]{{3}}, )?\d{{1,2}}\.? {_MONTH} {_YEAR}(?: \d\d:\d\d(?::\d\d)? (?:gmt|utc|[+-]\d{{4}}))?"
    rf"|\b\d{{1,2}}(?P<dash>[-/.])\d{{1,2}}(?P=dash){_YEAR}\b"
)
_BLOCK_TAG = re.compile(
    r"</?(?:div|p|td|th|tr|li|ul|ol|table|dd|dt|dl|h\d|section|article|nav|option|title|body|br)\b[^>]*>"
)
_TAG = re.compile(r"<[^>]*>")
_ROW = re.compile(r"\d(?:[^\w¶]{0,6}\d)*")
_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"[^\W_]{5,}")
_HEX = re.compile(r"(?<![^\W_])(?=[a-f]*\d)[0-9a-f]{6,}(?![^\W_])")
_MAIL = re.compile(r"[^\s<>\"'(),;:@]{1,64}@([^\s<>\"'(),;:@]{1,200}\.[^\W\d_]{2,})")
_HANDLE = re.compile(
    r"(?:(?<![\w.])@|\b(?:t\.me|telegram\.me|wa\.me|instagram\.com|twitter\.com|x\.com|facebook\.com|onlyfans\.com"
    r"|snapchat\.com/add|tiktok\.com)/@?)([\w.]{3,})"
)
_HOST = re.compile(r"(?:https?:)?//([^\s/\"'<>?#\\]+)")
_LIVE_PARTS = (
    re.compile(r"<!--(?!-->)"),
    re.compile(r"<\?(?!xml\b)"),
    re.compile(r"<script(?![^>]*ld\+json)[^>]*>\s*[^<\s]"),
    re.compile(r"<style[^>]*>\s*[^<\s]"),
    re.compile(r"<(?:iframe|svg|math|object)\b[^>]*>\s*(?!</)\S"),
    re.compile(r"data:[a-z]+/"),
    re.compile(r"\bon[a-z]+=[\"']\s*[^\"'\s]"),
)


def leftovers(original: str, scrubbed: str, keep: Iterable[str] = ()) -> tuple[str, ...]:
    """Name the kinds of things of `original` that stand in `scrubbed`; empty when it is clean.

    Args:
        original: the page as it was, with its address.
        scrubbed: the page as it would be kept.
        keep: what the source's contract holds, as given to `scrub`.

    Returns:
        Some of "word", "number", "mail", "handle", "id", "host", "postcode" and "code"; never a value.
    """
    before, after = _unfolded(original), _unfolded(scrubbed)
    kept = [_unfolded(entry) for entry in keep]
    allowed = page_words() | OWN_WORDS | _MARKUP | {word for entry in kept for word in _words(entry, shortest=1)}
    found = {
        "word": bool({word for word in _words(before) & _words(after) if not _is_allowed(word, allowed)}),
        "number": _share_a_number(before, after),
        "mail": bool((set(_MAIL.findall(before)) & set(_MAIL.findall(after))) - {"voorbeeld.example"}),
        "handle": bool(set(_HANDLE.findall(before)) & set(_CODE.findall(after)) - allowed - set(kept)),
        "id": bool({code for code in _codes(before) & _codes(after) if not _is_kept(code, kept, allowed)}),
        "host": bool(
            (_hosts(before) & _hosts(after)) - NAMESPACE_HOSTS - {host for entry in kept for host in _hosts(entry)}
        ),
        "postcode": bool(_postcodes(before) & _postcodes(after)),
        "code": any(part.search(scrubbed.lower()) for part in _LIVE_PARTS),
    }
    return tuple(kind for kind, is_left in found.items() if is_left)


def _unfolded(text: str) -> str:
    """Undo escapes and disguises: entities, percent signs, JSON, odd digits and letters, marks, invisible signs."""
    for _ in range(2):
        text = html.unescape(text)
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), unquote(text, errors="ignore"))
    text = "".join(_folded(sign) for sign in unicodedata.normalize("NFKC", text))
    return _DATES.sub(" ¶ ", _LANGUAGE.sub(" ", text.casefold()))


def _folded(sign: str) -> str:
    if sign.isascii():
        return sign
    category = unicodedata.category(sign)
    if category[0] == "N":
        return str(int(unicodedata.numeric(sign, 0)))
    return "" if category in {"Cf", "Mn", "Me"} else sign


def _words(text: str, shortest: int = 2) -> set[str]:
    """Give the words of `text`; those of two letters only where they stand alone, and none of hexadecimal ids."""
    found = set()
    for match in _WORD.finditer(_HEX.sub(" ", text)):
        alone = not re.match(r"\w", match.string[match.end() : match.end() + 1]) and not re.match(
            r"\w", match.string[max(0, match.start() - 1) : match.start()]
        )
        if len(match[0]) > 2 or (alone and len(match[0]) >= shortest):
            found.add(match[0])
    return found


def _is_allowed(word: str, allowed: frozenset[str] | set[str]) -> bool:
    """Tell whether `word` is allowed, or made of allowed words: capitals inside a name are gone here."""
    if word in allowed:
        return True
    reached = {0}
    for end in range(1, len(word) + 1):
        if any(word[start:end] in allowed for start in reached):
            reached.add(end)
    return len(word) > 7 and len(word) in reached


def _codes(text: str) -> set[str]:
    return {code for code in _CODE.findall(text) if re.search(r"\d", code) and _WORD.search(code)}


def _is_kept(code: str, kept: Iterable[str], allowed: frozenset[str] | set[str]) -> bool:
    short = all(len(digits) < 5 for digits in re.findall(r"\d+", code))
    return any(code in entry for entry in kept) or (short and all(word in allowed for word in _WORD.findall(code)))


def _hosts(text: str) -> set[str]:
    found = {host for host in _HOST.findall(text) if re.search(r"\w{2}\.\w|\d\.\d+\.\d", host)}
    return found - {"elders.example", "site.example"}


def _postcodes(text: str) -> set[str]:
    found = re.findall(r"\b([1-9]\d{3})\s?([a-z]{2})\b", text)
    return {f"{digits}{letters}" for digits, letters in found if letters not in page_words()}


def _share_a_number(before: str, after: str) -> bool:
    held = {window for row in _rows(before) for window in _windows(row)}
    return any(window in held for row in _rows(after) for window in _windows(row))


def _windows(row: str) -> Iterator[str]:
    for start in range(len(row) - SHORTEST_NUMBER + 1):
        yield row[start : start + SHORTEST_NUMBER]


def _rows(text: str) -> Iterator[str]:
    """Give rows of digits, also those spread over elements; page numbers that count up are taken out."""
    spread = _TAG.sub("", _BLOCK_TAG.sub(_joint, text))
    for written in (text, spread):
        for row in _ROW.findall(written):
            numbers = re.findall(r"\d+", row)
            yield from "".join(" " if number is None else number for number in _uncounted(numbers)).split()


def _joint(tag: re.Match[str]) -> str:
    """Join over the end of a block only short rows: a table has numbers in all its cells."""
    around = tag.string[max(0, tag.start() - 3) : tag.start()], tag.string[tag.end() : tag.end() + 3]
    return "¶" if any(re.fullmatch(r"\d{3}", side) for side in around) else " "


def _uncounted(numbers: list[str]) -> Iterator[str | None]:
    """Take out runs that count up by one, where the row, perhaps but for the first number, rises throughout."""
    values = [int(number[:9]) for number in numbers]
    from_second = values[1:]
    rises = values == sorted(set(values)) or from_second == sorted(set(from_second))
    at = 0
    while at < len(numbers):
        end = at + 1
        while end < len(numbers) and len(numbers[end]) < 5 and values[end] == values[end - 1] + 1:
            end += 1
        if rises and end - at > 2 and not any(number.startswith("0") for number in numbers[at:]):
            yield None
        else:
            yield from numbers[at:end]
        at = end
