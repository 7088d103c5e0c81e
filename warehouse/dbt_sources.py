"""The tables of `release` as sources of dbt, printed from the comments, keys and checks in the database itself.

A `sources.yml` as dbt 1.10.5 and later read it (docs.getdbt.com, source properties and data tests).
"""

from typing import Any

import yaml

from warehouse.dictionary import READERS, Column, Dictionary, Table, limits_of

_HEAD = "# Printed from the database by `advertentiemonitor dictionary --dbt`; do not edit.\n"


def page(told: Dictionary) -> str:
    """Write the text of a `sources.yml` with a source `release`: its tables and views, columns, descriptions and tests."""
    source = {
        "name": READERS,
        "schema": READERS,
        "description": next(one.comment for one in told.schemas if one.schema_name == READERS),
        "tables": [_table(told, table) for table in told.tables if table.schema_name == READERS],
    }
    text = yaml.safe_dump({"version": 2, "sources": [source]}, sort_keys=False, allow_unicode=True, width=120)
    return _HEAD + text


def _table(told: Dictionary, table: Table) -> dict[str, Any]:
    columns = [_column(told, table, column) for column in told.columns_of(table)]
    return {"name": table.table_name, "description": table.comment, "columns": columns}


def _column(told: Dictionary, table: Table, column: Column) -> dict[str, Any]:
    limits = limits_of(column, told.constraints_of(table, "p", "u", "c"))
    tests: list[Any] = [
        *(["not_null"] if "required" in limits else []),
        *(["unique"] if "unique" in limits else []),
        *([{"accepted_values": {"arguments": {"values": limits["enum"]}}}] if "enum" in limits else []),
    ]
    for one in told.constraints_of(table, "f"):
        if one.column_names == [column.column_name]:
            other = one.other_table.removeprefix(f"{READERS}.")
            points = {"to": f"source('{READERS}', '{other}')", "field": one.other_names[0]}
            tests.append({"relationships": {"arguments": points}})
    made = {"name": column.column_name, "description": column.comment, "data_type": column.type_name}
    return {**made, "data_tests": tests} if tests else made
