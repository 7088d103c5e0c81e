"""Scrub a page before it becomes a recording: its structure stays, nothing of an advertiser does.

An allow list, not a block list: only words of the vocabulary (`page_words.txt`) and of the source's own contract
stay, every other word, number, address and id is replaced, in texts and attributes alike. `leftovers` then looks
again in its own way, and nothing is given when it finds something.
"""

import html
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from lxml import etree  # type: ignore[import-untyped]
from lxml.html import defs  # type: ignore[import-untyped]

from spiders.errors import SpiderError
from spiders.scrubbing.lock import leftovers
from spiders.scrubbing.text import BLOCK, INLINE, Piece, Texts
from spiders.scrubbing.urls import NAMESPACES, Addresses, looks_like
from spiders.scrubbing.words import RUN, Allowed, Fillers, humps, words_of

__all__ = ["ScrubFailed", "Scrubbed", "leftovers", "scrub"]

ATTEMPTS = 4  # a filler may by chance be like something on the page; a real leftover is there with every key
DEEPEST = 60  # of JSON-LD; what lies deeper is cut off

TAGS = frozenset(defs.tags) | words_of("main template picture dialog slot data search noframes frame tfoot meta path")
ATTRIBUTES = frozenset(defs.safe_attrs | defs.link_attrs | defs.event_attrs) | words_of(
    "itemprop itemscope itemtype itemid itemref property content http-equiv placeholder hidden async defer loading "
    "srcset sizes style srcdoc poster required autocomplete pattern min max step list form download referrerpolicy "
    "crossorigin integrity nonce bgcolor face link vlink alink text language viewbox xmlns xml:lang about resource "
    "typeof vocab prefix datatype color contenteditable draggable spellcheck novalidate controls autoplay isPermaLink"
)
ATTRIBUTE_WORDS = frozenset(word for name in ATTRIBUTES for word in RUN.findall(name)) | {"data", "src"}
XML_NAMES = words_of(
    "rss channel item title link description pubDate guid category enclosure generator language lastBuildDate ttl docs "
    "feed entry id updated published summary content author name email uri rights creator encoded subject date "
    "urlset sitemapindex sitemap url loc lastmod changefreq priority image thumbnail RDF li Seq items point lat long "
    "isPermaLink type rel href length domain version media hreflang about resource term scheme label base lang"
)
BLOCKS = words_of(
    "address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form frameset h1 h2 h3 h4 h5 h6 head header hr html legend li main menu meta nav ol optgroup option "
    "p pre section select summary table tbody td textarea tfoot th thead title tr ul"
)
IDENTIFIERS = words_of(
    "id class for name headers list form rel rev role type property itemprop target usemap aria-controls aria-labelledby "
    "aria-describedby aria-owns http-equiv itemref typeof scope method enctype data-target data-toggle data-bs-target"
)
LINKS = frozenset(defs.link_attrs) | {"itemtype", "itemid", "about", "resource", "ping", "manifest"}
EMPTIED = frozenset({"srcset", "imagesrcset", "sizes", "srcdoc", "integrity", "nonce", "ping", "archive"})
HOLLOW = frozenset({"script", "style", "iframe", "svg", "math", "object", "noframes", "noembed", "applet"})
MEDIA = frozenset({"img", "source", "video", "audio", "input", "track", "image", "amp-img"})
LOOKS_HIDDEN = re.compile(r"\s*(?:display:\s*none|visibility:\s*hidden);?\s*", re.IGNORECASE)  # selectors use it
_CONTROLS = re.compile("[^\t\n\f\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # lxml takes no others
LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2})?")
JSON_LD_WORDS = words_of("@context @type @id @graph @list @set @value @language @reverse @index @vocab @base")
PAGE_HINTS, COUNT_HINTS = ("pag", "nav", "blader"), ("count", "aantal", "total", "totaal", "anzahl")
NO_HINTS = ("countr", "tel", "phone", "gsm", "contact")
WIDE = frozenset({"html", "body", "main", "form", "table"})  # say nothing of a text inside
COUNT_KEYS = frozenset({"numberofitems", "position", "totalitems", "totalresults", "numberofpages", "itemcount"})
METAS = frozenset({"robots", "tdm-reservation", "tdm-policy", "description"})


class ScrubFailed(SpiderError):
    """A page could not be scrubbed clean: `kinds` says what kind of thing was left, never what; empty: no parse."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self.kinds = tuple(kinds)
        what = f"after scrubbing it still held something of the original ({', '.join(self.kinds)})"
        super().__init__(
            f"The page was not recorded: {what if self.kinds else 'it could not be parsed'}. "
            "Pass fewer words in `keep`, or record another page."
        )


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """A scrubbed page and its scrubbed address."""

    text: str = field(repr=False)
    url: str


def scrub(
    text: str,
    *,
    url: str,
    keep: Iterable[str] = (),
    host: str = "site.example",
    kind: Literal["html", "xml"] = "html",
    key: bytes | None = None,
) -> Scrubbed:
    """Replace all that could be of an advertiser; selectors read the same elements, counts and dates as before.

    Args:
        text: the page, decoded.
        url: its address; host and port are the site's own.
        keep: what stands literally in the source's contract: selectors, patterns, paths, whole or as words. Numbers
            alone are not kept, class names with digits (`col-md-6`) only where they stand in an entry whole.
        host: stands for the site's own host; one of the example domains.
        kind: how to parse and write; "xml" for feeds and sitemaps.
        key: of the mapping; made for the call when not given. It is not kept.

    Raises:
        ScrubFailed: the page could not be read, or something of it would have survived.
    """
    kept = tuple(keep)
    secret = key or secrets.token_bytes(32)
    kinds: tuple[str, ...] = ()
    for attempt in range(ATTEMPTS):
        page = _Page(url, kept, host, secret + bytes([attempt]), text)
        try:
            found = Scrubbed(page.html(text) if kind == "html" else page.xml(text), page.addresses.scrub(url))
        except (OverflowError, RecursionError, ValueError, etree.LxmlError):
            # Their messages may quote the page.
            raise ScrubFailed(()) from None
        kinds = leftovers(f"{text}\n{url}", f"{found.text}\n{found.url}", kept)
        if not kinds:
            return found
    raise ScrubFailed(kinds)


class _Page:
    """One attempt: the mapping of a recording, applied to a parsed page."""

    def __init__(self, url: str, keep: tuple[str, ...], host: str, key: bytes, text: str) -> None:
        self.allowed = Allowed(keep)
        held = unquote(html.unescape(html.unescape(text)), errors="ignore")
        self.fillers = Fillers(key, self.allowed, held)
        self.addresses = Addresses(urlsplit(url).netloc, host, self.allowed, self.fillers)
        self.texts = Texts(self.allowed, self.fillers, self.addresses.scrub)
        self.addresses.words = self.texts
        self._sprites: frozenset[str] = frozenset()

    def html(self, text: str) -> str:
        """Scrub a page the way parsel reads it."""
        parser = etree.HTMLParser(recover=True, encoding="utf8", huge_tree=True)
        root = etree.fromstring(_encoded(text) or b"<html/>", parser)
        if root is None:
            raise ScrubFailed(())
        doctype = "<!DOCTYPE html>\n" if root.getroottree().docinfo.doctype else ""
        self._tree(root, self._html_element)
        return f"{doctype}{etree.tostring(root, encoding='unicode', method='html', with_tail=False)}\n"

    def xml(self, text: str) -> str:
        """Scrub a feed or sitemap; HTML inside its elements is scrubbed as HTML."""
        parser = etree.XMLParser(
            recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, strip_cdata=False
        )
        root = etree.fromstring(_encoded(re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)), parser)
        if root is None:
            raise ScrubFailed(())
        wrapped = [node for node in root.iter(etree.Element) if not len(node) and b"<![CDATA[" in _own_text(node)]
        self._tree(root, self._xml_element)
        for node in wrapped:
            node.text = etree.CDATA(node.text) if node.text and "]]>" not in node.text else node.text
        etree.cleanup_namespaces(root)
        written = etree.tostring(root, encoding="unicode", with_tail=False)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'

    def _tree(self, root: Any, element: Callable[[Any], None]) -> None:
        """Blank what is no element, then scrub texts in one go, since a number may be spread, then the elements."""
        for node in list(root.iter(etree.Comment, etree.ProcessingInstruction, etree.Entity)):
            self._blank(node)
        is_xml = element == self._xml_element
        slots: list[tuple[Any, bool]] = []
        pieces: list[Piece] = []
        boundary = BLOCK
        for event, node in etree.iterwalk(root, events=("start", "end", "comment")):
            is_tail = event != "start"
            boundary = BLOCK if boundary == BLOCK or node.tag in BLOCKS or is_xml else INLINE
            owner = node.getparent() if is_tail else node
            text = node.tail if is_tail else node.text
            if not is_tail and node.tag in HOLLOW:
                self._hollow(node)
                continue
            if not text or (node is root and is_tail):
                continue
            if is_xml and re.search(r"<[a-zA-Z!/]", text):
                _put(node, self._fragment(text), is_tail=is_tail)
                continue
            slots.append((node, is_tail))
            pieces.append(Piece(text, _limit(owner), boundary))
            boundary = INLINE
        for (node, is_tail), text in zip(slots, self.texts.pieces(pieces), strict=True):
            _put(node, text, is_tail=is_tail)
        self._sprites = _sprites(root)
        for node in root.iter(etree.Element):
            element(node)

    @staticmethod
    def _blank(node: Any) -> None:
        """Put an empty comment in the place of what is no element: text before and after stays two texts."""
        empty = etree.Comment("")
        empty.tail = node.tail
        parent = node.getparent()
        if parent is not None:
            parent.replace(node, empty)

    def _hollow(self, node: Any) -> None:
        """Take out what no selector should read: code, styles, drawings, frames; JSON-LD is scrubbed value by value."""
        linked = (
            node.tag == "script" and node.get("type", "").partition(";")[0].strip().lower() == "application/ld+json"
        )
        text = self._json_ld("".join(node.itertext())) if linked else ""
        tail = node.tail
        for child in list(node):
            node.remove(child)
        node.text, node.tail = text or None, tail

    # Elements and attributes.

    def _html_element(self, node: Any) -> None:
        attributes = dict(node.attrib)
        for name in attributes:
            del node.attrib[name]
        for name, value in attributes.items():
            node.set(self._attribute_name(name, ATTRIBUTES), self._attribute(node.tag, name, value, attributes))
        if node.tag not in TAGS and not self._is_name(node.tag, frozenset()):
            node.tag = f"x-{self.fillers.word(node.tag.replace(':', '-'))}"

    def _xml_element(self, node: Any) -> None:
        attributes = dict(node.attrib)
        for name in attributes:
            del node.attrib[name]
        for name, value in attributes.items():
            node.set(self._qualified(name), self._attribute(etree.QName(node).localname, name, value, attributes))
        node.tag = self._qualified(node.tag)

    def _qualified(self, name: str) -> str:
        known = etree.QName(name)
        local = known.localname if known.localname in XML_NAMES else self._attribute_name(known.localname, frozenset())
        if known.namespace is None:
            return local
        kept = known.namespace in NAMESPACES or known.namespace.lower() in self.allowed.entries
        return f"{{{known.namespace if kept else self.addresses.scrub(known.namespace)}}}{local}"

    def _attribute_name(self, name: str, known: frozenset[str]) -> str:
        return name if name in known or self._is_name(name, ATTRIBUTE_WORDS) else f"data-{self.fillers.word(name)}"

    def _is_name(self, name: str, words: frozenset[str]) -> bool:
        """Tell whether a name of an element or attribute is of known words; broken quotes make names of texts."""
        if not re.fullmatch(r"[^\W\d_](?:[\w:.-]*\w)?", name):
            return False
        if name.lower() in self.allowed.entries:
            return True
        return not re.search(r"\d", name) and all(
            run in words or self.allowed.name(run) or all(map(self.allowed.name, humps(run)))
            for run in RUN.findall(name)
        )

    def _attribute(self, tag: str, name: str, value: str, others: Mapping[str, str]) -> str:  # noqa: C901, PLR0911, PLR0912 - one line a kind
        if not value.strip() or name in EMPTIED or name.startswith("on"):
            return " " if value and not value.strip() else ""
        if name == "style":
            return value if LOOKS_HIDDEN.fullmatch(value) else ""
        if tag == "meta" and name in {"content", "charset"}:
            return self._meta(name, value, others)
        if tag == "script" and name == "type" and "ld+json" in value:
            return "application/ld+json"
        if tag in HOLLOW and name in {"src", "data", "type"}:
            return ""
        if tag == "svg" and name not in IDENTIFIERS:
            return ""
        if (tag in MEDIA and name.endswith("src")) or name in {"poster", "background", "lowsrc", "dynsrc"}:
            return "beeld.jpg"
        if name == "value" and others.get("type", "").strip().lower() == "hidden":
            return ""
        if name in {"lang", "hreflang", "xml:lang"} and LANGUAGE.fullmatch(value):
            return value
        if name in {"colspan", "rowspan"} and re.fullmatch(r"[1-9][0-9]?", value):
            return value
        if name in self._sprites and len(value) == 1:
            return "0"
        if name in LINKS:
            return self.addresses.scrub(value)
        if value.strip().lower() in self.allowed.entries:
            return value
        if name in IDENTIFIERS:
            return self.texts.identifier(value, is_class=name == "class")
        return self.addresses.scrub(value) if looks_like(value) else self.texts.text(value)

    def _meta(self, name: str, value: str, others: Mapping[str, str]) -> str:
        if name == "charset":
            return "utf-8"
        if others.get("http-equiv", "").strip().lower() == "content-type":
            return "text/html; charset=utf-8"
        named = {others.get(key, "").strip().lower() for key in ("name", "property", "itemprop")} - {""}
        if not named & (METAS | self.allowed.entries):
            return ""
        return self.addresses.scrub(value) if looks_like(value) else self.texts.text(value)

    def _fragment(self, text: str) -> str:
        """Scrub HTML that stands as text in an element of XML."""
        parser = etree.HTMLParser(recover=True, encoding="utf8", huge_tree=True)
        root = etree.fromstring(_encoded(f"<div>{text}</div>"), parser)
        if root is None:
            return self.texts.text(text)
        self._tree(root, self._html_element)
        inner = etree.tostring(root, encoding="unicode", method="html")
        return re.sub(r"\A<html>(?:<head/?></head>)?<body><div>|</div></body></html>\Z", "", inner)

    # JSON-LD.

    def _json_ld(self, text: str) -> str:
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            return ""  # nobody reads it, see spiders.extract
        # A "<" could end the script element.
        return json.dumps(self._json(data, "", 0), ensure_ascii=False).replace("<", "\\u003c")

    def _json(self, value: Any, key: str, depth: int) -> Any:
        if depth > DEEPEST or value is None or isinstance(value, bool):
            return value if depth <= DEEPEST else None
        if isinstance(value, dict):
            return {self._json_key(name): self._json(part, name, depth + 1) for name, part in value.items()}
        if isinstance(value, list):
            return [self._json(part, key, depth + 1) for part in value]
        if isinstance(value, float):
            return 0.5  # prices and places on the map; none is an id
        counts = key.lower() in COUNT_KEYS and re.fullmatch(r"\d{1,5}", str(value), re.ASCII)
        if isinstance(value, int):
            return value if counts else int(self.fillers.digits(str(abs(value))))
        return value if counts else self._json_text(value, key)

    def _json_text(self, value: str, key: str) -> str:
        if key == "@type":
            return self.texts.identifier(value) if value.strip() else value
        return self.addresses.scrub(value) if looks_like(value) else self.texts.text(value)

    def _json_key(self, key: str) -> str:
        return key if key in JSON_LD_WORDS else self.texts.identifier(key)


def _encoded(text: str) -> bytes:
    return bytes(_CONTROLS.sub("", text.strip()).encode("utf-8", "replace"))


def _own_text(node: Any) -> bytes:
    return bytes(etree.tostring(node, with_tail=False))


def _sprites(root: Any) -> frozenset[str]:
    """Name the attributes that show a number digit by digit: one digit on each of many elements, some twice."""
    shown: dict[str, list[str]] = {}
    for node in root.iter(etree.Element):
        for name, value in node.attrib.items():
            if len(value) == 1 and value.isdigit():
                shown.setdefault(name, []).append(value)
    return frozenset(name for name, digits in shown.items() if len(digits) > 6 and len(set(digits)) < len(digits))


def _put(node: Any, text: str, *, is_tail: bool) -> None:
    if is_tail:
        node.tail = text
    else:
        node.text = text


def _limit(element: Any) -> int:
    """Say how many digits may stay where they are all of the text of `element`: it is a link to a page, or a count."""
    limit = 0
    for above in range(3):
        if element is None or not isinstance(element.tag, str) or element.tag in WIDE:
            break
        told = " ".join((element.get("class", ""), element.get("rel", ""), element.get("id", ""))).lower()
        words = RUN.findall(told)
        if any(word.startswith(NO_HINTS) for word in words):
            return 0
        if above < 2 and any(word.startswith(COUNT_HINTS) or word.endswith(COUNT_HINTS) for word in words):
            limit = 5
        elif element.tag == "nav" or "num" in words or any(word.startswith(PAGE_HINTS) for word in words):
            limit = max(limit, 3)
        element = element.getparent()
    return limit
