"""Read the bytes of a page as text, also when the site is wrong or lies about their encoding."""

import codecs
import re
import zlib

from scrapy.http import HtmlResponse, Response, TextResponse, XmlResponse
from scrapy.utils.gz import gunzip

from spiders.errors import PageChanged
from spiders.safety import MAX_PAGE_BYTES

_GZIP = b"\x1f\x8b\x08"
_BLANK = b"\xef\xbb\xbf \t\r\n"

_DECLARED = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)

# Bytes that are not UTF-8 come out of "surrogateescape" as U+DC80..U+DCFF; here each becomes its windows-1252
# character (five bytes have none and are dropped). Wrong bytes inside an otherwise right page are healed that way.
_TO_1252 = {0xDC00 + byte: bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0x100)}

# References to U+D800..U+DFFF, which are no characters: the parser of XML makes of them what cannot be decoded.
_NO_CHARACTER = re.compile(
    r"&#(?:x0*d[89a-f][0-9a-f]{2}|0*(?:5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3]));",
    re.IGNORECASE | re.ASCII,
)

# A wrong guess between these would turn one alphabet into another; they are believed only where UTF-8 does not fit.
_UTF8_NAMES = frozenset({"utf-8", "utf-8-sig", "ascii"})


def legible(response: Response) -> TextResponse:
    """Give the response with its text decoded by what the bytes are rather than by what the site says.

    Bytes that are valid UTF-8 are UTF-8, whatever was declared. Else the declared encoding holds if it fits; else the
    page is UTF-8 with windows-1252 in between. NUL bytes and references to what is no character go. A file packed with
    gzip, as sitemaps often are, is unpacked; what is not announced as XML is read as HTML, whatever it is.

    Raises:
        PageChanged: it is no text, or larger than a page may be once unpacked.
    """
    body = response.body
    if body.startswith(_GZIP):
        body = _unpacked(body)
    elif not isinstance(response, TextResponse) and not body[:100].lstrip(_BLANK).startswith(b"<"):
        raise PageChanged("not_a_page")
    # Of other text Scrapy guesses what it is, and of JSON it makes a page that no selector can be asked of.
    kind = XmlResponse if isinstance(response, XmlResponse) else HtmlResponse
    text = _NO_CHARACTER.sub("\ufffd", decode(body, _declared(response)))
    return response.replace(body=text.encode("utf-8", "replace"), encoding="utf-8", cls=kind)


def _unpacked(body: bytes) -> bytes:
    try:
        return gunzip(body, max_size=MAX_PAGE_BYTES)
    except (OSError, EOFError, zlib.error, ValueError):
        raise PageChanged("a packed page cannot be unpacked, or is too large") from None


def decode(body: bytes, declared: str | None) -> str:
    """Decode `body`; never fails, see `legible`.

    >>> decode("café".encode("cp1252"), "utf-8")
    'café'
    """
    if b"\0" in body:
        body = _without_nul(body)
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    name = _known(declared)
    if name is not None and name not in _UTF8_NAMES:
        try:
            return body.decode(name)
        except (UnicodeDecodeError, ValueError):
            pass
    return body.decode("utf-8", "surrogateescape").translate(_TO_1252)


def _without_nul(body: bytes) -> bytes:
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if body.startswith(mark):
            return body.decode(name, "replace").encode()
    return body.replace(b"\0", b"")


def _known(declared: str | None) -> str | None:
    """Give Python's name for a text encoding, the way browsers read it; None for others."""
    if declared is None:
        return None
    try:
        codec = codecs.lookup(declared)
    except (LookupError, ValueError):
        return None
    if not getattr(codec, "_is_text_encoding", True) or codec.name in {"utf-7", "idna", "punycode"}:
        return None
    return "cp1252" if codec.name in {"iso8859-1", "ascii"} else codec.name


def _declared(response: Response) -> str | None:
    header = response.headers.get("Content-Type") or b""
    found = _DECLARED.search(header) or _DECLARED.search(response.body[:4096])
    return found[1].decode("ascii", "replace") if found else None
