"""Released figures as files for a spreadsheet: semicolons, decimal comma, BOM, and nothing that could act as a formula."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from reports.figures import Alert, Area, Column, Movement, Quality, Share, Snapshot, Volume

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Download:
    """A file with the table of the release schema it comes from."""

    name: str
    table: str
    title: str
    content: bytes
    columns: tuple[str, ...]
    row_count: int


def cell(value: Any) -> str:
    """Write one value. Text that a spreadsheet would take for a formula gets an apostrophe.

    >>> cell(0.5), cell(None), cell("=1+1"), cell(["a", "b"])
    ('0,5', '', "'=1+1", 'a b')
    """
    if value is None:
        return ""
    if isinstance(value, bool | int | date):
        return str(value)
    if isinstance(value, float):
        return f"{value:.6g}".replace(".", ",")
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def make(snapshot: Snapshot) -> list[Download]:
    """Make all downloads of a snapshot. Languages are not among them."""

    def volumes(period: str) -> list[Volume]:
        return [row for row in snapshot.volumes if row.period_code == period]

    return [
        download("aantallen-per-week.csv", "volume", "Aantallen per week", Volume, volumes("week")),
        download("aantallen-per-dag.csv", "volume", "Aantallen per dag, laatste 28 dagen", Volume, volumes("day")),
        download("aantallen-per-vier-weken.csv", "volume", "Aantallen per vier weken", Volume, volumes("block")),
        download("soorten.csv", "setting_share", "Aandeel thuis, club en escort", Share, snapshot.shares),
        download("beweging.csv", "movement", "Beweging tussen gebieden", Movement, snapshot.movements),
        download("kwaliteit.csv", "quality_day", "Hoe goed elke bron te zien was", Quality, snapshot.quality),
        download("meldingen.csv", "alert", "Is er iets aantoonbaar veranderd", Alert, snapshot.alerts),
        download("gebieden.csv", "area", "Gebieden", Area, sorted(snapshot.areas.values(), key=lambda a: a.area_code)),
    ]


def package(snapshot: Snapshot, made: Sequence[Download], dictionary: Sequence[Column]) -> bytes:
    """Describe the files in a `datapackage.json`, with the comments of the database as descriptions."""
    version = f"{snapshot.edition.vintage_date}.{snapshot.edition.version_number}"
    return described("advertentiemonitor", "Advertentiemonitor: beschermde cijfers", version, made, dictionary)


def described(name: str, title: str, version: str, made: Sequence[Download], dictionary: Sequence[Column]) -> bytes:
    """Describe files in a `datapackage.json` of this name, title and version."""
    told = {(column.table_name, column.column_name): column.column_comment for column in dictionary}
    content = {
        "name": name,
        "title": title,
        "version": version,
        "resources": [
            {
                "name": item.name.removesuffix(".csv"),
                "title": item.title,
                "path": item.name,
                "format": "csv",
                "encoding": "utf-8",
                "dialect": {"delimiter": ";", "quoteChar": '"'},
                "schema": {"fields": [_field(name, told.get((item.table, name), "")) for name in item.columns]},
            }
            for item in made
        ],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _field(name: str, description: str) -> dict[str, str]:
    kind = {"_date": "date", "_count": "integer", "_number": "integer", "_share": "number", "_value": "number"}
    found = next((code for end, code in kind.items() if name.endswith(end)), "string")
    if name in ("latitude", "longitude"):
        found = "number"
    more = {"decimalChar": ","} if found == "number" else {}
    return {"name": name, "type": found, **more, **({"description": description} if description else {})}


def download(name: str, table: str, title: str, kind: type[Any], rows: Iterable[Any]) -> Download:
    """Make a file of rows, with the fields of their type as columns."""
    columns = tuple(field.name for field in fields(kind))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([cell(getattr(row, column)) for column in columns])
        count += 1
    return Download(name, table, title, b"\xef\xbb\xbf" + text.getvalue().encode(), columns, count)
