"""All of `release` as Parquet for an analyst: every version and vintage of every cube, with what describes them."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from reports.errors import NothingReleased
from reports.figures import Edition
from reports.files import data_package, parquet
from reports.files.tables import Download, Field, Kind
from reports.outbox import write_atomically
from warehouse import db, dictionary

_SCHEMA: Final = "release"
_KINDS: Final[dict[str, Kind]] = {
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "double precision": "number",
    "date": "date",
    "timestamp with time zone": "datetime",
    "text[]": "list",
}


def export(conn: db.Connection, out: Path, *, day: date | None = None, notice: str = "") -> list[Path]:
    """Write each table of `release` into a folder and give the files; the description comes last.

    All files are of one moment. Each is written whole or not at all, and none before all have been made.

    Args:
        conn: any role that reads all of `release`.
        out: the folder; made when it is not there, files of the same names are replaced.
        day: leave out what was released after it; None takes all.
        notice: a line that goes with the figures, e.g. that these are of a made-up market.

    Raises:
        NothingReleased: there is no release (up to that day).
        ReportNotWritten: the folder cannot be written.
        WarehouseError: the database refused.
    """
    told = dictionary.read(conn)
    with db.transaction(conn):
        db.script(conn, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        editions = db.rows(conn, "report_editions", Edition, {"day": day or date.max})
        if not editions:
            raise NothingReleased(day)
        last = editions[-1]
        source = (
            f"Bron: Advertentiemonitor, alle uitgaven tot en met {last.vintage_date}, versie {last.version_number}."
        )
        source = " ".join(filter(None, (source, notice)))
        files = [_file(conn, told, table, day, source) for table in told.tables if _is_ours(table)]
    version = f"{last.vintage_date}.{last.version_number}"
    title = "Advertentiemonitor: alle beschermde cijfers, alle versies"
    content = {file.name: file.content for file in files}
    content["datapackage.json"] = data_package.describe("advertentiemonitor-release", title, version, source, files)
    for name, data in content.items():
        write_atomically(out / name, data)
    return [out / name for name in content]


def _is_ours(table: dictionary.Table) -> bool:
    return table.schema_name == _SCHEMA and not table.is_view


def _file(
    conn: db.Connection, told: dictionary.Dictionary, table: dictionary.Table, day: date | None, source: str
) -> Download:
    columns = told.columns_of(table)
    fields = tuple(Field(c.column_name, _KINDS.get(c.type_name, "string"), c.comment) for c in columns)
    [key] = told.constraints_of(table, "p")
    names = [field.name for field in fields]
    upto = ("vintage_date", day) if day and "vintage_date" in names else None
    documents = [place for place, column in enumerate(columns) if column.type_name == "jsonb"]
    read = db.stream(conn, f"{_SCHEMA}.{table.table_name}", names, key.column_names, upto)
    count = 0

    def counted() -> Iterator[list[tuple[Any, ...]]]:
        nonlocal count
        for batch in _as_text(read, documents):
            count += len(batch)
            yield batch

    content = parquet.write_batches(fields, counted(), {"title": table.comment, "source": source})
    references = {
        one.column_names[0]: (one.other_table.removeprefix(f"{_SCHEMA}."), one.other_names[0])
        for one in told.constraints_of(table, "f")
        if len(one.column_names) == 1
    }
    return Download(
        f"{table.table_name}.parquet", table.table_name, table.comment, content, fields, count, "parquet",
        tuple(key.column_names), references,
    )  # fmt: skip


def _as_text(batches: Iterable[list[tuple[Any, ...]]], documents: list[int]) -> Iterator[list[tuple[Any, ...]]]:
    """Write documents as JSON in these places of each row."""
    for batch in batches:
        yield (
            [
                tuple(
                    json.dumps(v, sort_keys=True, ensure_ascii=False) if i in documents else v
                    for i, v in enumerate(row)
                )
                for row in batch
            ]
            if documents
            else batch
        )
