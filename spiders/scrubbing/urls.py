"""Scrub web addresses: the site's own become those of a placeholder host, all others lead elsewhere."""

import re
from typing import Protocol
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from spiders.scrubbing.words import RUN, Allowed, Fillers, words_of

PAGE_PARAMETERS = words_of("page pagina p pg pageno page_no paged paginanr seite blad offset start")
PAGE_SEGMENTS = words_of("page pagina p seite blad")
# Kept as a whole: what is not listed here or passed as `keep` is no address of a vocabulary.
NAMESPACES = words_of(
    "http://www.w3.org/2005/Atom http://www.w3.org/1999/xhtml http://www.w3.org/2000/svg "
    "http://www.w3.org/1999/xlink http://www.w3.org/XML/1998/namespace http://www.w3.org/2001/XMLSchema-instance "
    "http://www.w3.org/1999/02/22-rdf-syntax-ns# http://www.w3.org/2003/01/geo/wgs84_pos# "
    "http://www.sitemaps.org/schemas/sitemap/0.9 http://www.google.com/schemas/sitemap-image/1.1 "
    "http://www.google.com/schemas/sitemap-news/0.9 http://www.google.com/schemas/sitemap-video/1.1 "
    "http://purl.org/dc/elements/1.1/ http://purl.org/dc/terms/ http://purl.org/rss/1.0/ "
    "http://purl.org/rss/1.0/modules/content/ http://purl.org/rss/1.0/modules/syndication/ "
    "http://purl.org/rss/1.0/modules/slash/ http://search.yahoo.com/mrss/ http://base.google.com/ns/1.0 "
    "http://wellformedweb.org/CommentAPI/ http://www.itunes.com/dtds/podcast-1.0.dtd http://ogp.me/ns# "
    "http://schema.org https://schema.org http://schema.org/ https://schema.org/ http://www.schema.org"
)

_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_LOOKS = re.compile(
    r"\s*(?:[a-z][a-z0-9+.-]*://|//\S|/[^\s]*\s*$|[?#][\w-]+=?\S*\s*$"
    r"|(?:tel|sms|mailto|callto|skype|whatsapp|viber|javascript|data|tg|intent|geo|fax|facetime|sip|signal):)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?:page|pagina|seite)[-_]?\d{1,3}(?:\.html?|\.php)?", re.IGNORECASE)


class Words(Protocol):
    """What this room needs of `spiders.scrubbing.text.Texts`."""

    def text(self, text: str) -> str:
        """Scrub one text."""
        ...

    def identifier(self, value: str) -> str:
        """Scrub names of elements."""
        ...

    def mail(self, address: str) -> str:
        """Give a mail address of nobody."""
        ...


def looks_like(value: str) -> bool:
    """Tell whether a value of unknown kind is a web address."""
    return _LOOKS.match(value) is not None


class Addresses:
    """Scrub the addresses of one recording.

    Args:
        own: host and port of the page's own address.
        host: what stands in their place.
        allowed: words that stay.
        fillers: what stands in the place of the others.
    """

    def __init__(self, own: str, host: str, allowed: Allowed, fillers: Fillers) -> None:
        self._own = own.lower()
        self._host = host
        self._allowed = allowed
        self._fillers = fillers
        self.words: Words

    def scrub(self, address: str) -> str:
        """Give the address with its host, ids and slugs replaced; page numbers stay."""
        bare = address.strip()
        scheme = found[1].lower() if (found := _SCHEME.match(bare)) else ""
        if bare.lower().startswith("www."):
            return self._elsewhere(bare)
        if scheme in {"http", "https"} or bare.startswith(("//", "\\\\")):
            return self._absolute(bare)
        if not scheme:
            return self._local(bare)
        if scheme in {"tel", "sms", "callto", "fax"}:
            return f"{scheme}:{self.words.text(unquote(bare.partition(':')[2]))}"
        if scheme == "mailto":
            return f"mailto:{self.words.mail(unquote(bare[7:]))}"
        return {"javascript": "javascript:void(0)", "data": "data:,"}.get(scheme) or self._elsewhere(bare)

    def _absolute(self, address: str) -> str:
        if address in NAMESPACES:
            return address
        try:
            parts = urlsplit(address)
        except ValueError:
            return self._elsewhere(address)
        netloc = parts.netloc.lower()
        if netloc and netloc.removeprefix("www.") == self._own.removeprefix("www."):
            start = f"{parts.scheme}:" if parts.scheme else ""
            return f"{start}//{self._host}{self._local(address.partition('//')[2][len(parts.netloc) :])}"
        if netloc in {"schema.org", "www.schema.org"} and not (parts.query or parts.fragment):
            return f"{parts.scheme}://{netloc}{self._local(parts.path)}"
        return self._elsewhere(address)

    def _elsewhere(self, address: str) -> str:
        return f"https://elders.example/{self._fillers.word(address)}"

    def _local(self, address: str) -> str:
        """Scrub path, query and fragment."""
        rest, hash_sign, fragment = address.partition("#")
        path, question, query = rest.partition("?")
        return (
            self._path(path)
            + question
            + re.sub(r"[^&;]+", lambda pair: self._pair(pair[0]), query)
            + hash_sign
            + _quoted(fragment, self.words.identifier(unquote(fragment)))
        )

    def _path(self, path: str) -> str:
        segments = path.split("/")
        return "/".join(
            segment
            if _is_page(segment, segments[at - 1] if at else "")
            else _quoted(segment, self._segment(unquote(segment)))
            for at, segment in enumerate(segments)
        )

    def _segment(self, segment: str) -> str:
        if segment.lower() in self._allowed.entries | PAGE_SEGMENTS or (
            RUN.fullmatch(segment) is not None and self._allowed.name(segment)
        ):
            return segment
        return self.words.text(segment).replace("/", "-")

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        most = 5 if name.lower() in {"offset", "start"} else 3
        if not (name.lower() in PAGE_PARAMETERS and value.isascii() and value.isdigit() and len(value) <= most):
            value = _quoted(value.replace("+", "%20"), self.words.text(unquote_plus(value)))
        if name.lower() not in PAGE_PARAMETERS:
            name = _quoted(name, self.words.identifier(unquote(name)))
        return name + equals + value


def _is_page(segment: str, before: str) -> bool:
    if segment.isascii() and segment.isdigit():
        return before.lower() in PAGE_SEGMENTS and len(segment) <= 3
    return _NUMBERED.fullmatch(segment) is not None


def _quoted(before: str, after: str) -> str:
    """Quote `after` where `before` was quoted, and where it would not be one piece of an address."""
    return quote(after, safe="") if "%" in before or re.search(r"[\s?#&;]", after) else after
