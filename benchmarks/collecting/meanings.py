"""Changes that keep a page's form and alter what it means: the hard ones. `layouts.py` counts how many are noticed.

Each takes the value of one field where it stands on a listing's page, and puts another in its place.
"""

import html
import re
from collections.abc import Callable, Iterator

Body = Callable[[bytes], bytes]
JSON_TEXT = r'(?:[^"\\]|\\.)*'
# What stands before a field's value, the value, and what stands behind it.
FIELDS: dict[str, dict[str, str]] = {
    "nl_kaartjes": {
        "title": r"(<h1>)(.*?)(</h1>)",
        "text": r'(<div class="tekst"><p>)(.*?)(</p></div>)',
        "place": r'(<dd class="plaats">)(.*?)(</dd>)',
        "kind": r'(<dd class="soort">)(.*?)(</dd>)',
        "telephone": r'(<p class="telefoon">.*?<a[^>]*>)(.*?)(</a>)',
        "date": r'(<time class="geplaatst" datetime=")(.*?)(")',
    },
    "nl_gegevens": {
        "title": rf'("@id": "[^"]*", "url": "[^"]*", "name": ")({JSON_TEXT})(")',
        "text": rf'("description": ")({JSON_TEXT})(")',
        "place": rf'("@type": "City", "name": ")({JSON_TEXT})(")',
        "kind": rf'("category": ")({JSON_TEXT})(")',
        "telephone": rf'("telephone": ")({JSON_TEXT})(")',
        "date": rf'("datePosted": ")({JSON_TEXT})(")',
    },
    "nl_prikbord": {
        "title": r"(<h2>)(.*?)(</h2>)",
        "text": r"(<td class=tekst colspan=2>)(.*?)(\n</table>)",
        "date": r"(<td class=l>Geplaatst:<td>)([^<\n]*)()",
    },
    "nl_rubriek": {
        "title": r'(<div class="dcf-item-head">.*?<h2[^>]*>)(.*?)(</h2>)',
        "text": r'(<div class="dcf-description">)(.*?)(</div>)',
        "telephone": r'(<span class="dcf-contact__value">)(.*?)(</span>)',
    },
}


def another() -> Body:
    """Give the value of the listing served before."""
    before: list[bytes] = []

    def change(value: bytes) -> bytes:
        before.append(value)
        return next((each for each in reversed(before) if each != value), value)

    return change


def teaser(value: bytes) -> bytes:
    return re.sub(rb"<[^>]*>", b" ", value)[:120] + b" Lees meer"


def misread(value: bytes) -> bytes:
    return value.decode("utf-8", "replace").encode().decode("latin-1").encode()


CHANGES: dict[str, dict[str, Callable[[], Body]]] = {
    "title": {
        "in capitals": lambda: bytes.upper,
        "behind a label": lambda: lambda value: b"TOP: " + value,
        "cut to ten characters": lambda: lambda value: value[:10],
        "of another listing": another,
    },
    "text": {
        "cut to a teaser": lambda: teaser,
        "with a line of the site's": lambda: lambda value: value + b" Deze advertentie is door ons bekeken.",
        "with its markup written out": lambda: lambda value: html.escape(value.decode("utf-8", "replace"), quote=False).encode(),
        "without digits": lambda: lambda value: re.sub(rb"\d", b"x", value),
        "in a wrong encoding": lambda: misread,
        "of another listing": another,
    },
    "place": {
        "is a province": lambda: lambda _value: b"Overijssel",
        "is the country": lambda: lambda _value: b"Nederland",
        "behind a label": lambda: lambda value: b"Regio " + value,
        "of another listing": another,
    },
    "kind": {"is one for all": lambda: lambda _value: b"Overig", "of another listing": another},
    "telephone": {
        "with its last digits masked": lambda: lambda value: re.sub(rb"\d{4}$", b"xxxx", value.strip()),
        "is one for all": lambda: lambda _value: b"0900 20000",
        "is the text of a button": lambda: lambda _value: b"Toon nummer",
        "of another listing": another,
    },
    "date": {"is today's": lambda: lambda _value: b"2026-12-01", "of another listing": another},
}  # fmt: skip
GOES = ("place", "kind", "telephone")  # fields that may also be empty on a third of the pages


def replaced(pattern: str, change: Body) -> Body:
    wanted = re.compile(pattern.encode(), re.DOTALL)
    return lambda body: wanted.sub(lambda found: found[1] + change(found[2]) + found[3], body, count=1)


def meanings(source: str) -> Iterator[tuple[str, str, Body]]:
    """Give name, where it happens and what it does to a page, for each change that a source's pages can show."""
    for field, pattern in FIELDS[source].items():
        for name, make in CHANGES[field].items():
            yield f"{field} {name}", "listing", replaced(pattern, make())
        if field in GOES:
            yield f"{field} empty", "third", replaced(pattern, lambda _value: b"")
