"""The downloads: safe in a spreadsheet, typed for programs, the same bytes each time, and as `datapackage.json` says."""

import csv
import io
import json
import zipfile
from dataclasses import astuple, fields
from datetime import date
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.files import downloads, tables, workbook
from reports.files.tables import Field, Table
from reports.loading import load_columns

FORMULA = (*"=+-@＝＋－＠", "\t", "\r", "\n")
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


@pytest.fixture(scope="module")
def made(fill):
    return fill.snapshot(weeks=9)


@pytest.fixture(scope="module")
def files(made):
    return {item.name: item for item in downloads.make(made, notice="Verzonnen markt.")}


def sheets(content: bytes) -> dict[str, list[list[tuple[str, str]]]]:
    """Read a workbook: of each sheet its rows, of each cell its type and value."""
    root = ET.fromstring(zipfile.ZipFile(io.BytesIO(content)).read("content.xml"))

    def value(cell):
        kind = cell.get(f"{OFFICE}value-type", "")
        held = {"float": cell.get(f"{OFFICE}value"), "date": cell.get(f"{OFFICE}date-value")}
        return kind, held.get(kind) or "".join(cell.itertext())

    return {
        sheet.get(f"{TABLE}name"): [[value(c) for c in row.iter(f"{TABLE}table-cell")] for row in sheet.iter(f"{TABLE}table-row")]
        for sheet in root.iter(f"{TABLE}table")
    }  # fmt: skip


@given(st.text(max_size=30))
@example("＝1+1")
@example("＋1")
@example("－1")
@example("＠SUM(1)")
def test_no_text_can_act_as_a_formula(text):
    assert not downloads.cell(text).startswith(FORMULA)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_a_workbook_holds_text_as_text(texts):
    rows = [(text,) for text in texts]
    read = sheets(workbook.write([], [Table("blad", "x", "X", (Field("name", "string"),), rows)]))["blad"]
    assert [kind for [(kind, _)] in read[1:]] == ["string" if text else "" for text in texts]
    spoken = [text.translate(workbook._UNSPEAKABLE).replace("\r\n", "\n").replace("\r", "\n") for text in texts]
    assert [value for [(_, value)] in read[1:]] == spoken


def test_every_cube_but_languages_is_there(made, files):
    of = {item.table for item in files.values()}
    assert of == {"", "method", *tables.KEYS} - {"open_figure", "open_week", "open_budget"}
    for item in files.values():
        assert item.size == len(item.content)
        assert item.row_count, item.name
    assert files["soorten.csv"].row_count == files["soorten.parquet"].row_count == len(made.shares)


def test_the_same_snapshot_gives_the_same_bytes(fill, files):
    again = downloads.make(fill.snapshot(weeks=9), notice="Verzonnen markt.")
    assert {item.name: item.content for item in again} == {name: item.content for name, item in files.items()}
    times = {
        entry.date_time for entry in zipfile.ZipFile(io.BytesIO(files["advertentiemonitor.ods"].content)).infolist()
    }
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_a_file_reads_back(made, files):
    file = files["soorten.csv"]
    assert file.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
    shown = next(row for row in rows if row["status_code"] == "published")
    assert shown["advertiser_share"] == "0,61"


def test_hidden_figures_are_empty_cells(files):
    text = files["aantallen-per-week.csv"].content.decode("utf-8-sig")
    for row in csv.DictReader(io.StringIO(text), delimiter=";"):
        shown = row["status_code"] == "published"
        assert bool(row["advertiser_count"]) == bool(row["upper_count"]) == shown
        assert not shown or int(row["advertiser_count"]) >= 10


def test_a_hostile_name_is_defused(fill):
    hostile = '=HYPERLINK(1);"x"\r\n@</text:p><script>&\x00'
    made = fill.dressed(fill.snapshot(weeks=1), hostile)
    for file in downloads.make(made):
        if file.format == "csv":
            rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline=""), delimiter=";"))
            assert {len(row) for row in rows} == {len(file.columns)}
            # Numbers may be negative; no other cell starts as a formula does.
            texts = {i for i, field in enumerate(file.fields) if field.kind in ("string", "list")}
            assert not [c for row in rows[1:] for i, c in enumerate(row) if i in texts and c.startswith(FORMULA)], (
                file.name
            )
        elif file.format == "ods":
            assert "table:formula" not in zipfile.ZipFile(io.BytesIO(file.content)).read("content.xml").decode()
            [name] = {row[1] for row in sheets(file.content)["gebieden"][1:] if row[0][1] == "GM0153"}
            assert name[0] == "string"
            assert name[1].endswith("Enschede")
            assert "<script>" in name[1]


def test_the_workbook_has_typed_cells_and_says_how_to_read_it(made, files):
    book = sheets(files["advertentiemonitor.ods"].content)
    words = " ".join(value for row in book["Leeswijzer"] for _, value in row)
    for said in ("versie 1", "Verzonnen markt.", "marge", "below_threshold: minder dan 10", "geen nul", "meldingen"):
        assert said in words, said
    of = {
        row.status_code for rows in (made.volumes, made.shares, made.alerts, made.stays, made.effects) for row in rows
    }
    assert not [code for code in of if f"{code}: " not in words]
    assert list(book)[1:] == [name.removesuffix(".csv") for name in files if name.endswith(".csv")]
    for name, rows in book.items():
        assert len(name) <= 31
        if name == "Leeswijzer":
            continue
        assert len(rows) == files[f"{name}.csv"].row_count + 1
        kinds = {"integer": "float", "number": "float", "date": "date", "string": "string", "list": "string"}
        wanted = [kinds[field.kind] for field in files[f"{name}.csv"].fields]
        for row in rows[1:]:
            assert all(kind in ("", wish) for (kind, _), wish in zip(row, wanted, strict=True))
    shares = book["soorten"][1:]
    assert [float(row[5][1]) if row[5][0] else None for row in shares] == [row.advertiser_share for row in made.shares]


def test_parquet_gives_the_rows_back(conn, made):
    kinds = {
        "integer": "int64",
        "number": "double",
        "date": "date32[day]",
        "string": "string",
        "list": "list<element: string>",
    }
    dictionary = load_columns(conn)
    files = {item.name: item for item in downloads.make(made, dictionary, notice="Verzonnen markt.")}
    for item in (item for item in files.values() if item.format == "parquet"):
        read = pq.read_table(io.BytesIO(item.content))
        assert [str(column.type).replace("item:", "element:") for column in read.schema] == [
            kinds[f.kind] for f in item.fields
        ]
        assert all(column.metadata[b"comment"].decode() for column in read.schema), item.name
        assert b"versie 1" in read.schema.metadata[b"source"]
        assert b"Verzonnen markt." in read.schema.metadata[b"source"]
    shares = pq.read_table(io.BytesIO(files["soorten.parquet"].content)).to_pylist()
    assert [tuple(row.values()) for row in shares] == [astuple(row) for row in made.shares]
    effects = pq.read_table(io.BytesIO(files["beleidseffecten.parquet"].content)).to_pylist()
    assert [tuple(row.values()) for row in effects] == [astuple(row) for row in made.effects]


def test_keys_are_those_of_the_database(conn):
    found = dict(
        conn.execute(
            """
            SELECT c.conrelid::regclass::text, array_agg(a.attname::text ORDER BY k.place)
            FROM pg_constraint AS c CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.number
            WHERE c.contype = 'p' AND c.connamespace = 'release'::regnamespace
                AND a.attname <> 'version_number' AND NOT (a.attname = 'vintage_date' AND c.conname = 'method_pkey')
            GROUP BY c.conrelid
            """
        ).fetchall()
    )
    assert {f"release.{name}": list(key) for name, key in tables.KEYS.items()}.items() <= found.items()


def as_described(resource, content):
    """Read a CSV as a program does that knows nothing but its description."""
    dialect, fields_ = resource["dialect"], resource["schema"]["fields"]
    text = io.StringIO(content.decode(resource["encoding"]).removeprefix("\ufeff"), newline="")
    rows = csv.reader(
        text, delimiter=dialect["delimiter"], quotechar=dialect["quoteChar"], doublequote=dialect["doubleQuote"]
    )
    assert next(rows) == [field["name"] for field in fields_]
    missing = resource["schema"]["missingValues"]

    def parse(field, cell):
        if cell in missing:
            return None
        kind = field["type"]
        number = cell.replace(field.get("decimalChar", "."), ".")
        return {"integer": int, "number": lambda _: float(number), "date": date.fromisoformat, "string": str}[kind](
            cell
        )

    return [tuple(parse(f, c) for f, c in zip(fields_, row, strict=True)) for row in rows]


def plain(value):
    return (" ".join(value) if isinstance(value, list) else value) if value not in ("", []) else None


def test_each_csv_reads_back_as_the_package_says(conn, made):
    dictionary = load_columns(conn)
    made_files = downloads.make(made, dictionary)
    files = {item.name: item.content for item in made_files}
    package = json.loads(downloads.package(made, made_files))
    wanted = {table.name: [tuple(map(plain, row)) for row in table.rows] for table in tables.all_of(made, dictionary)}
    read = {
        one["name"]: as_described(one, files[one["path"]]) for one in package["resources"] if one["format"] == "csv"
    }
    assert read == wanted
    for one in (one for one in package["resources"] if one["format"] == "csv"):
        names, schema = [field["name"] for field in one["schema"]["fields"]], one["schema"]
        keys = [tuple(row[names.index(part)] for part in schema.get("primaryKey", names)) for row in read[one["name"]]]
        assert len(set(keys)) == len(keys)
        assert "primaryKey" not in schema or not any(None in key for key in keys)  # a key has no missing value
        for foreign in schema.get("foreignKeys", ()):
            other = foreign["reference"]["resource"] or one["name"]
            there = next(r for r in package["resources"] if r["name"] == other)["schema"]["fields"]
            target = [field["name"] for field in there].index(foreign["reference"]["fields"])
            known = {row[target] for row in read[other]} | {None}
            assert {row[names.index(foreign["fields"])] for row in read[one["name"]]} <= known, (one["name"], foreign)


def test_the_package_is_one(conn, made):
    """What Data Package, Table Schema and CSV Dialect, version 1, ask for."""
    made_files = downloads.make(made, load_columns(conn), notice="Verzonnen markt.")
    package = json.loads(downloads.package(made, made_files, notice="Verzonnen markt."))
    resources = package["resources"]
    assert package["profile"] == "data-package"
    assert "Verzonnen markt." in package["description"]
    assert [one["path"] for one in resources] == [item.name for item in made_files]
    assert len({one["name"] for one in resources}) == len(resources)
    for one, item in zip(resources, made_files, strict=True):
        assert set(one["name"]) <= set("abcdefghijklmnopqrstuvwxyz0123456789-._/")
        assert one["bytes"] == len(item.content)
        assert one["hash"].startswith("sha256:")
        if one["format"] == "ods":
            assert "schema" not in one
            continue
        names = [field["name"] for field in one["schema"]["fields"]]
        assert all(field["description"] for field in one["schema"]["fields"])
        assert {f["type"] for f in one["schema"]["fields"]} <= {
            "string",
            "integer",
            "number",
            "date",
            "array",
            "datetime",
        }
        assert set(one["schema"].get("primaryKey", ())) <= set(names)
        for key in one["schema"].get("foreignKeys", ()):
            assert key["fields"] in names
            assert key["reference"]["resource"] in {"", *(other["name"] for other in resources)}
    [areas] = [one for one in resources if one["name"] == "gebieden"]
    assert areas["licenses"][0]["name"] == "CC-BY-4.0"


def test_tables_hold_what_their_rows_hold(made):
    for table in tables.all_of(made, ()):
        if table.source == "policy_effect":
            assert [field.name for field in table.fields] == [field.name for field in fields(made.effects[0])]
            assert {f.name: f.kind for f in table.fields}["neighbour_codes"] == "list"
            assert {f.name: f.kind for f in table.fields}["event_code"] == "string"
