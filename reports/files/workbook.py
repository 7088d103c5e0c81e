"""Tables as one OpenDocument spreadsheet: typed cells, a sheet a table, and first a sheet that says how to read them.

OpenDocument 1.3, part 3. Written as text and not through a tree of nodes: a dashboard has two million cells. Text is always
text here, so that nothing a cell holds can act as a formula.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, Final
from xml.sax.saxutils import escape

from reports.files.tables import Kind, Table

MIMETYPE: Final = "application/vnd.oasis.opendocument.spreadsheet"
GUIDE: Final = "Leeswijzer"
_TIME: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can name, so that equal tables give equal bytes
_NAMES: Final = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("number", "datastyle"),
        ("fo", "xsl-fo-compatible"),
    )
)
_HEAD: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content {_NAMES} office:version="1.3"><office:automatic-styles>\
<number:date-style style:name="iso"><number:year number:style="long"/><number:text>-</number:text>\
<number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/></number:date-style>\
<style:style style:name="date" style:family="table-cell" style:data-style-name="iso"/>\
<style:style style:name="head" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style>\
<style:style style:name="wide" style:family="table-column"><style:table-column-properties style:column-width="4cm"/></style:style>\
<style:style style:name="guide" style:family="table-column"><style:table-column-properties style:column-width="22cm"/></style:style>\
</office:automatic-styles><office:body><office:spreadsheet>"""
_TAIL: Final = "</office:spreadsheet></office:body></office:document-content>"
_MANIFEST: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">\
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MIMETYPE}"/>\
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"""
# Characters that XML 1.0 cannot hold.
_UNSPEAKABLE: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)), " ")


def write(guide: Sequence[str], tables: Sequence[Table]) -> bytes:
    """Write a workbook.

    Args:
        guide: lines of the first sheet.
        tables: the other sheets, in this order; a name has 31 characters at most.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as book:
        _add(book, "mimetype", MIMETYPE, zipfile.ZIP_STORED)  # first and plain, as the standard asks
        _add(book, "META-INF/manifest.xml", _MANIFEST)
        with book.open(_entry("content.xml"), "w") as content:
            for part in _content(guide, tables):
                content.write(part.encode())
    return target.getvalue()


def _entry(name: str, kind: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.compress_type = kind
    return entry


def _add(book: zipfile.ZipFile, name: str, text: str, kind: int = zipfile.ZIP_DEFLATED) -> None:
    book.writestr(_entry(name, kind), text)


def _content(guide: Sequence[str], tables: Sequence[Table]) -> Iterator[str]:
    yield _HEAD
    yield f'<table:table table:name="{GUIDE}"><table:table-column table:style-name="guide"/>'
    for line in guide:
        yield f"<table:table-row>{_text(line) if line else _EMPTY}</table:table-row>"
    yield "</table:table>"
    for table in tables:
        yield f'<table:table table:name="{table.name}"><table:table-column table:style-name="wide" '
        yield f'table:number-columns-repeated="{len(table.fields)}"/><table:table-header-rows><table:table-row>'
        yield from (_text(field.name, "head") for field in table.fields)
        yield "</table:table-row></table:table-header-rows>"
        cells = [_cells(field.kind, values) for field, values in zip(table.fields, table.columns, strict=True)]
        for row in zip(*cells, strict=True):
            yield f"<table:table-row>{''.join(row)}</table:table-row>"
        yield "</table:table>"
    yield _TAIL


def _cells(kind: Kind, values: Sequence[Any]) -> list[str]:
    """Write the cells of a column; values come back often, so each is written once."""
    write = _WRITERS[kind]
    if kind == "list":
        values = [" ".join(value) for value in values]
    made = {value: _EMPTY if value is None or value == "" else write(value) for value in set(values)}
    return [made[value] for value in values]


def _text(value: str, style: str = "") -> str:
    look = f' table:style-name="{style}"' if style else ""
    plain = escape(str(value).translate(_UNSPEAKABLE))
    return f'<table:table-cell{look} office:value-type="string"><text:p>{plain}</text:p></table:table-cell>'


def _number(value: float) -> str:
    return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'


def _date(value: date) -> str:
    return f'<table:table-cell table:style-name="date" office:value-type="date" office:date-value="{value}"/>'


_EMPTY: Final = "<table:table-cell/>"
_WRITERS: Final[dict[Kind, Callable[[Any], str]]] = {
    "string": _text,
    "integer": _number,
    "number": _number,
    "date": _date,
    "datetime": _text,
    "list": _text,
}
