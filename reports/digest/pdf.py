"""The digest as one A4 in PDF/UA-1: tagged, in Dutch, the same bytes on every machine.

Typst makes it from templates/digest.typ. Every text goes in as data (JSON), never as markup, and comes out as text. Only
fonts inside the wheel are used: what a machine has installed changes nothing.
"""

import json
import re
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any, Final

import typst

from reports import pages
from reports.digest.view import DigestView
from reports.wording import CAVEATS

FONT: Final = "Libertinus Serif"
_MADE_AT: Final = time(5, 30, tzinfo=UTC)  # a fixed hour of the digest's day, so that making it again changes no byte
_LONG_WORD: Final = re.compile(r"\S{30}(?=\S)")
_SIGNS: Final = "€✓✕▲▼○½"
_TOKEN: Final = re.compile(r"(--[a-z0-9-]+):\s*([^;]+);")
_VARIABLE: Final = re.compile(r"var\((--[a-z0-9-]+)\)")
_UNSEEN: Final = re.compile(r"<title.*?</title>|<desc.*?</desc>", re.DOTALL)


def pdf(view: DigestView, day: date, *, contact: str, notice: str = "") -> bytes:
    """Make the PDF of a digest; its date is that of the digest's day."""
    values = asdict(view) | {"contact": contact, "notice": notice, "caveats": CAVEATS}
    values["banner"]["mark"] = view.banner.mark
    for area, told in zip(view.areas, values["areas"], strict=True):
        told["change"]["mark"] = area.change.mark
        told["chart"] = coloured(area.chart)
    made = typst.compile(
        files("reports").joinpath("templates", "digest.typ").read_bytes(),
        font_paths=_fonts(),
        sys_inputs={"digest": json.dumps(_drawable(values), ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=datetime.combine(day, _MADE_AT),
    )
    return bytes(made)


def coloured(svg: str) -> str:
    """Give a chart its own style sheet, for outside a page: the tokens of the light theme in place of the variables."""
    head, body = _UNSEEN.sub("", svg).split(">", 1)
    return f"{head}><style>{_chart_style()}</style>{body}"


@cache
def _chart_style() -> str:
    light = dict(_TOKEN.findall(pages.style("tokens").split("@media", 1)[0]))
    light["--utrecht-document-font-family"] = f'"{FONT}"'
    css = pages.style("charts").split("@media", 1)[0]
    while _VARIABLE.search(css):  # a token may stand for another
        css = _VARIABLE.sub(lambda found: light[found[1]], css)
    return css


def drawable(text: str) -> str:
    r"""Make a text that the fonts can draw: no control character, ? for what is not Latin, Greek or Cyrillic.

    A word longer than any of ours gets places where it may break, or it would run off the page.

    >>> drawable("a\0b 日 #x $y$")
    'a b ? #x $y$'
    """
    return _LONG_WORD.sub("\\g<0>\u200b", " ".join(_known(text).split()))


def _known(text: str) -> str:
    seen = "".join(letter if letter.isprintable() else " " for letter in text)
    return "".join(letter if _is_known(letter) else "?" for letter in seen)


def _is_known(letter: str) -> bool:
    number = ord(letter)
    return number < 0x500 or 0x1E00 <= number < 0x1F00 or 0x2010 <= number < 0x2040 or letter in _SIGNS


def _drawable(value: Any) -> Any:
    """Clean every text of nested lists and dicts; drawings are markup of our own and keep their spaces and words."""
    if isinstance(value, str):
        return _known(value) if value.startswith("<svg ") else drawable(value)
    if isinstance(value, dict):
        return {key: _drawable(each) for key, each in value.items()}
    return [_drawable(each) for each in value] if isinstance(value, list | tuple) else value


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
