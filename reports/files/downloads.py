"""Released figures as files: CSV for a spreadsheet, one workbook of all, Parquet for programs, and what describes them.

CSV has semicolons, a decimal comma, a BOM, and nothing that could act as a formula.
"""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Literal

from reports import wording
from reports.figures import Column, Snapshot
from reports.files import data_package, parquet, tables, workbook
from reports.files.tables import Download, Table
from reports.sections import source_line

WORKBOOK: Final = "advertentiemonitor.ods"
_ALERTS: Final = {
    "no_demonstrable_change": "geen aantoonbare verandering",
    "higher": "aantoonbaar hoger",
    "lower": "aantoonbaar lager",
    "not_comparable": "niet te vergelijken met eerder",
}
_FORMULA: Final = (
    *"=+-@",
    *"＝＋－＠",
    "\t",
    "\r",
    "\n",
)  # wide forms too: some spreadsheets take them for the plain ones


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


def make(snapshot: Snapshot, dictionary: Sequence[Column] = (), *, notice: str = "") -> list[Download]:
    """Make all downloads of a snapshot: of each table CSV and Parquet, and one workbook. Languages are not among them.

    Args:
        snapshot: what is known.
        dictionary: comments of the release schema, for the Parquet files and the description.
        notice: a line that goes with the figures, e.g. that these are of a made-up market.
    """
    made = tables.all_of(snapshot, dictionary)
    source = _source(snapshot, notice)
    book = workbook.write(guide(snapshot, made, notice), made)
    return [
        *(as_csv(table) for table in made),
        Download(WORKBOOK, "", "Alle tabellen in één werkboek", book, (), sum(len(t.rows) for t in made), "ods"),
        *(as_parquet(table, source) for table in made),
    ]


def package(snapshot: Snapshot, made: Sequence[Download], *, notice: str = "") -> bytes:
    """Describe the files in a `datapackage.json`, with the comments of the database as descriptions."""
    version = f"{snapshot.edition.vintage_date}.{snapshot.edition.version_number}"
    title = "Advertentiemonitor: beschermde cijfers"
    return data_package.describe("advertentiemonitor", title, version, _source(snapshot, notice), made)


def as_csv(table: Table) -> Download:
    """Write a table for a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(field.name for field in table.fields)
    writer.writerows(zip(*map(_cells, table.columns), strict=True))
    content = b"\xef\xbb\xbf" + text.getvalue().encode()
    return _download(table, "csv", content)


def as_parquet(table: Table, source: str) -> Download:
    """Write a table for programs, with where it comes from."""
    return _download(table, "parquet", parquet.write(table, {"title": table.title, "source": source}))


def _download(table: Table, ending: Literal["csv", "parquet"], content: bytes) -> Download:
    return Download(
        f"{table.name}.{ending}", table.source, table.title, content, table.fields, len(table.rows), ending, table.key,
        table.references,
    )  # fmt: skip


def _cells(values: Sequence[Any]) -> list[str]:
    """Write a column; values come back often, so each is written once."""
    if values and isinstance(values[0], list):
        return [cell(value) for value in values]
    known = {value: cell(value) for value in set(values)}
    return [known[value] for value in values]


def _source(snapshot: Snapshot, notice: str) -> str:
    return " ".join(filter(None, (source_line(snapshot), notice)))


def guide(snapshot: Snapshot, made: Sequence[Table], notice: str = "") -> list[str]:
    """Say in plain Dutch how to read the workbook."""
    statuses = {"published": "er staat een cijfer", **wording.STATUSES}
    return [
        "Advertentiemonitor: beschermde cijfers",
        source_line(snapshot),
        *filter(None, (notice,)),
        "",
        "Hoe lees je deze cijfers?",
        f"Het zijn schattingen van {wording.ESTIMAND}.",
        "Bij elk cijfer hoort een marge: lower is de ondergrens en upper is de bovengrens. Neem die altijd mee over.",
        "In die marge ligt het echte aantal met 95% zekerheid. Een cijfer zonder marge zegt te weinig.",
        "Tel afgeronde cijfers niet op. Neem het cijfer van het grotere gebied of van de langere periode.",
        "Een verschil tussen twee dagen of weken is nog geen verandering. Kijk daarvoor op het blad meldingen.",
        "Een lege cel is geen nul. In de kolom status_code staat waarom er geen cijfer is.",
        "",
        "Wat betekent status_code?",
        *(f"{code}: {text}" for code, text in {**statuses, **_ALERTS}.items()),
        "De kolom reason_code zegt waarom.",
        "",
        "Wat mag niet?",
        "De cijfers gaan niet over één persoon of adres. Gebruik ze niet om iemand te zoeken of te controleren.",
        "",
        "Welke bladen zijn er?",
        *(f"{table.name}: {table.title}" for table in made),
        "",
        "Wat elke kolom betekent, staat in datapackage.json en op de pagina Downloads.",
    ]
