"""What a robots.txt says, as RFC 9309 has it, and stricter where that leaves a choice. Pure functions.

Choices, each tested in `tests/spiders/data/robots_cases.toml`:

- A group is ours when it names our product token, in any case; without such a group, when it names the longest
  beginning of it (Google's "most specific user agent"); else the groups of `*` hold.
- Misspelt `disallow` lines, and such without colon or leading slash, hold; `allow` lines must be right.
- Not taken over from Google: an allowed `index.html` does not allow its folder, and long lines are not cut.
- Rules end after 500 KiB, lines at CR or LF only, and no unknown line ends a group.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from spiders.safety import PRODUCT

MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: at least 500 KiB must be parsed; the rest is not even fetched

_LINE = re.compile(
    r"(?P<key>user[- ]?agent|diss?all?ow|diasllow|disallaw|allow|crawl[- ]?delay)(?P<mark>\s*:\s*|\s+)(?P<value>.*)",
    re.IGNORECASE,
)
_LINE_ENDS = re.compile(r"\r\n?|\n")
_TOKEN = re.compile(r"[A-Za-z_-]*")  # RFC 9309, 2.2.1
_LENIENT_TOKEN = re.compile(r"[^\s/*(),;]*")  # what stands before a version or a remark
_SECONDS = re.compile(r"\+?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:e\+?\d+)?|inf", re.IGNORECASE | re.ASCII)
_PIECE = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~-]")
_SITE = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)


def rules_in(body: bytes) -> bytes:
    """Give the part of a robots.txt that counts: without byte order mark, at most 500 KiB, whole lines."""
    body = body.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    if len(body) <= MAX_BYTES:
        return body
    head = body[:MAX_BYTES]
    return head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]


def _spelt(text: str, kept: str, bare: str = "") -> str:
    """Spell octets one way: unreserved ones bare, others escaped, but for the characters in `kept` and `bare`.

    Those in `kept` stay as they are, escaped or not; those in `bare` become bare in either spelling.
    """

    def piece(found: re.Match[str]) -> str:
        text = found[0]
        if len(text) == 3:
            char = chr(int(text[1:], 16))
            return char if char in bare or (char.isascii() and (char.isalnum() or char in "._~-")) else text.upper()
        return text if text in kept or text in bare else "".join(f"%{o:02X}" for o in text.encode("utf-8", "replace"))

    return _PIECE.sub(piece, text)


def _comparable(address: str, kept: str = "") -> str:
    # Within a query "/" and "%2F" are the same octet of a value (RFC 9309, table in 2.2.2); in a path they are not.
    path, mark, query = address.partition("?")
    return _spelt(path, kept + "/") + mark + _spelt(query, kept, "/?")


@lru_cache(maxsize=64)  # robots.txt and tdmrep.json ask about the same address in turn
def target_of(url: str) -> str:
    """Give path and query of `url` in the one spelling that patterns are compared with."""
    rest = _SITE.sub("", url.partition("#")[0], count=1)
    return _comparable(rest if rest.startswith("/") else f"/{rest}")


class Pattern:
    """A path with `*` for anything and a `$` that ends it, as robots.txt and tdmrep.json write it."""

    __slots__ = ("_ends", "_parts", "octets")

    def __init__(self, text: str) -> None:
        self._ends = text.endswith("$")
        spelt = _comparable(text.removesuffix("$"), "*")
        self._parts = re.sub(r"\*+", "*", spelt).split("*")
        self.octets = len(spelt) - 2 * spelt.count("%") + self._ends
        """How specific the pattern is: its length, an escaped octet counting as one."""

    def matches(self, target: str) -> bool:
        """Tell whether the pattern fits `target`, see `target_of`. Takes time in proportion to its length."""
        first, *middle = self._parts
        if not middle:
            return target == first if self._ends else target.startswith(first)
        if not target.startswith(first):
            return False
        at, last = len(first), middle.pop()
        for part in middle:
            found = target.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return target.endswith(last) and len(target) - len(last) >= at if self._ends else target.find(last, at) >= 0


@dataclass(frozen=True, slots=True)
class Rules:
    """What a robots.txt says to one agent."""

    patterns: tuple[tuple[Pattern, bool], ...] = ()
    """Each with whether it allows."""
    delay: float | None = None
    """Seconds between requests; the longest, where several are given."""

    @classmethod
    def read(cls, body: bytes, agent: str = PRODUCT) -> Self:
        """Read a robots.txt; never fails: lines that are no rules are none.

        Args:
            body: the file as fetched, unpacked.
            agent: a product token, without version.
        """
        patterns: dict[int, list[tuple[Pattern, bool]]] = {}
        delays: dict[int, list[float]] = {}
        group: set[int] = set()  # how well the agents of the group fit ours, see _fit
        waits: list[float] = []
        begun = False
        for line in _LINE_ENDS.split(rules_in(body).decode("utf-8", "ignore")):
            found = _LINE.fullmatch(line.partition("#")[0].strip())
            if found is None:
                continue
            key, value = found["key"].lower(), found["value"]
            if key.startswith("user"):
                if begun:
                    group, waits, begun = set(), [], False
                fit = _fit(value, agent)
                if fit is not None:
                    group.add(fit)
                    patterns.setdefault(fit, [])
                    delays.setdefault(fit, []).extend(waits)
            elif key.startswith("crawl"):
                waits = _seconds(value)
                for fit in group:
                    delays[fit].extend(waits)
            else:
                begun = True
                for fit in group:
                    patterns[fit].extend(_rule(value, allows=key == "allow", written=":" in found["mark"]))
        best = max(patterns, default=0)
        return cls(tuple(patterns.get(best, ())), max(delays.get(best, ()), default=None))

    def allow(self, url: str) -> bool:
        """Tell whether `url` may be fetched: the longest pattern that fits decides, `allow` before `disallow`."""
        target = target_of(url)
        if target.partition("?")[0] == "/robots.txt":
            return True
        fitting = ((pattern.octets, allows) for pattern, allows in self.patterns if pattern.matches(target))
        return max(fitting, default=(0, True))[1]


def _fit(name: str, agent: str) -> int | None:
    """Tell how well a user-agent line fits `agent`: characters in common, 0 for `*`, None where it is another's."""
    if name == "*" or name.startswith(("* ", "*\t")):
        return 0
    if not agent or any(char.isspace() for char in agent):
        return None
    name, agent = name.lower(), agent.lower()
    tokens = [found[0] for form in (_TOKEN, _LENIENT_TOKEN) if (found := form.match(name))]
    return max((len(token) for token in tokens if token and agent.startswith(token)), default=None)


def _rule(text: str, *, allows: bool, written: bool) -> list[tuple[Pattern, bool]]:
    if not text or (allows and not (written and text.startswith(("/", "*")))):
        return []
    return [(Pattern(text if text.startswith(("/", "*")) else f"/{text}"), allows)]


def _seconds(text: str) -> list[float]:
    """Read a Crawl-delay: a number, perhaps with a unit behind it; negative ones and words are none."""
    found = _SECONDS.match(text)
    return [float(found[0].replace(",", "."))] if found else []


def decide(rules: bytes, url: str, agent: str = PRODUCT) -> bool:
    r"""Tell whether a robots.txt lets `agent` (a product token) fetch `url`.

    >>> decide(b"User-agent: *\nDisallow: /*?print=", "https://site.example/a?print=1")
    False
    """
    return Rules.read(rules, agent).allow(url)
