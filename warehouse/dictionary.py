"""The data dictionary, printed from the comments, keys and checks in the database itself.

`page` is for people, `data_package` for programs: a Data Package (version 2) with a Table Schema for each table of
`release`, the one schema that readers get.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from warehouse import db, naming

SCHEMAS = ("release", "core", "est", "post")  # readers first
READERS = "release"
_BAR = r"\|"  # a bar within a cell of a Markdown table
_TYPES = {
    "text": "string",
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "real": "number",
    "double precision": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp with time zone": "datetime",
    "jsonb": "object",
    "text[]": "array",
}
_ONE_OF = re.compile(r"^CHECK \(\((\w+) = ANY \(ARRAY\[(.+)\]\)\)\)$")
_BETWEEN = re.compile(r"^CHECK \(\(\((\w+) >= \(?([\d.]+)\)?[^)]*\) AND \(\1 <= \(?([\d.]+)\)?[^)]*\)\)\)$")
_LITERAL = re.compile(r"'([^']*)'::text")


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema with its comment."""

    schema_name: str
    comment: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view with its comment."""

    schema_name: str
    table_name: str
    is_view: bool
    comment: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its type, as PostgreSQL writes it, and its comment."""

    schema_name: str
    table_name: str
    column_name: str
    type_name: str
    is_required: bool
    comment: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """A key or check; `kind_code` is p (primary), u (unique), f (foreign) or c (check)."""

    schema_name: str
    table_name: str
    kind_code: str
    column_names: list[str]
    other_table: str
    other_names: list[str]
    definition: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function with what it takes and gives."""

    schema_name: str
    function_name: str
    arguments: str
    result: str
    comment: str


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What the catalogue tells of our schemas."""

    schemas: list[Schema]
    tables: list[Table]
    columns: list[Column]
    constraints: list[Constraint]
    functions: list[Function]

    def columns_of(self, table: Table) -> list[Column]:
        """Columns of a table, in its order."""
        return [column for column in self.columns if _name(column) == _name(table)]

    def constraints_of(self, table: Table, *kinds: str) -> list[Constraint]:
        """Keys and checks of a table, of some kinds."""
        return [one for one in self.constraints if _name(one) == _name(table) and one.kind_code in kinds]


def read(conn: db.Connection) -> Dictionary:
    """Read the dictionary; any role may.

    Raises:
        WarehouseError: the database refused.
    """
    asked = {"schemas": list(SCHEMAS)}
    with db.transaction(conn, rollback=True):
        # PostgreSQL writes a name without its schema where the role's path leads there; here each name is whole.
        db.script(conn, "SET LOCAL search_path = pg_catalog")
        schemas = db.rows(conn, "dictionary_schemas", Schema, asked)
        return Dictionary(
            schemas=sorted(schemas, key=lambda one: SCHEMAS.index(one.schema_name)),
            tables=db.rows(conn, "dictionary_tables", Table, asked),
            columns=db.rows(conn, "dictionary_columns", Column, asked),
            constraints=db.rows(conn, "dictionary_constraints", Constraint, asked),
            functions=db.rows(conn, "dictionary_functions", Function, asked),
        )


def page(told: Dictionary) -> str:
    """Write the dictionary as a page of Markdown: `release` for readers, the others for developers."""
    lines = [
        "# Data dictionary",
        "",
        "Printed from the database by `advertentiemonitor dictionary`; do not edit. Readers of figures see the schema",
        "`release` and nothing else. `core`, `est` and `post` are described for developers.",
        "",
        "## How columns are named",
        "",
        *_grid(("name", "type", "meaning"), ((f"`{k.form}`", ", ".join(k.types), k.meaning) for k in naming.KINDS)),
    ]
    for schema in told.schemas:
        lines += ["", f"## Schema `{schema.schema_name}`", "", schema.comment]
        for table in told.tables:
            if table.schema_name == schema.schema_name:
                lines += ["", *_table(told, table)]
        functions = [one for one in told.functions if one.schema_name == schema.schema_name]
        if functions:
            lines += ["", f"### Functions of `{schema.schema_name}`", ""]
            rows = ((f"`{f.function_name}({f.arguments})`", f"`{f.result}`", f.comment) for f in functions)
            lines += _grid(("function", "gives", "what it does"), rows)
    return "\n".join(lines) + "\n"


def data_package(told: Dictionary) -> str:
    """Write the tables of `release` as the text of a `datapackage.json`.

    A resource's path is the name of the file when a reader writes the table out as CSV with a header. Views are left out:
    they choose rows of a table.
    """
    tables = [table for table in told.tables if table.schema_name == READERS and not table.is_view]
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "advertentiemonitor-release",
        "title": "Advertentiemonitor: beschermde cijfers",
        "description": next(one.comment for one in told.schemas if one.schema_name == READERS),
        "licenses": [
            {
                "name": "EUPL-1.2",
                "path": "LICENSE",
                "title": "European Union Public Licence 1.2: the program and this description",
            },
            {
                "name": "CC-BY-4.0",
                "path": "NOTICE",
                "title": "Creative Commons Attribution 4.0: the areas, from CBS, Kadaster and GeoNames",
            },
        ],
        "resources": [_resource(told, table) for table in tables],
    }
    return json.dumps(package, ensure_ascii=False, indent=1) + "\n"


def _resource(told: Dictionary, table: Table) -> dict[str, Any]:
    fields = [_field(column, told.constraints_of(table, "u", "c")) for column in told.columns_of(table)]
    schema: dict[str, Any] = {"fields": fields}
    if primary := told.constraints_of(table, "p"):
        schema["primaryKey"] = primary[0].column_names
    unique = [one.column_names for one in told.constraints_of(table, "u") if len(one.column_names) > 1]
    if unique:
        schema["uniqueKeys"] = unique
    foreign = [
        {
            "fields": one.column_names,
            "reference": {"resource": one.other_table.removeprefix(f"{READERS}."), "fields": one.other_names},
        }
        for one in told.constraints_of(table, "f")
    ]
    if foreign:
        schema["foreignKeys"] = foreign
    return {
        "name": table.table_name,
        "type": "table",
        "path": f"{table.table_name}.csv",
        "format": "csv",
        "encoding": "utf-8",
        "description": table.comment,
        "schema": schema,
    }


def _field(column: Column, constraints: list[Constraint]) -> dict[str, Any]:
    limits = limits_of(column, constraints)
    return {
        "name": column.column_name,
        "type": _TYPES[column.type_name],
        "description": column.comment,
        **({"constraints": limits} if limits else {}),
    }


def limits_of(column: Column, constraints: Iterable[Constraint]) -> dict[str, Any]:
    """Say what keys and checks of its table ask of a column, in the words of a Table Schema."""
    limits: dict[str, Any] = {"required": True} if column.is_required else {}
    for one in constraints:
        if one.kind_code in "pu" and one.column_names == [column.column_name]:
            limits["unique"] = True
        if (listed := _ONE_OF.match(one.definition)) and listed[1] == column.column_name:
            limits["enum"] = _LITERAL.findall(listed[2])
        if (between := _BETWEEN.match(one.definition)) and between[1] == column.column_name:
            limits |= {"minimum": float(between[2]), "maximum": float(between[3])}
    return limits


def _table(told: Dictionary, table: Table) -> list[str]:
    kind = " (view)" if table.is_view else ""
    lines = [f"### `{table.schema_name}.{table.table_name}`{kind}", "", table.comment, ""]
    if table.is_view:  # it chooses rows of a table, whose columns have been told
        return lines[:-1]
    rows = (
        (f"`{c.column_name}`", c.type_name, "" if c.is_required else "may be empty", c.comment)
        for c in told.columns_of(table)
    )
    lines += _grid(("column", "type", "", "meaning"), rows)
    if held := told.constraints_of(table, "p", "u", "f", "c"):
        lines += ["", *(f"- `{one.definition}`" for one in held)]
    return lines


def _grid(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    return lines + [f"| {' | '.join(cell.replace('|', _BAR) for cell in row)} |" for row in rows]


def _name(one: Table | Column | Constraint) -> tuple[str, str]:
    return one.schema_name, one.table_name
