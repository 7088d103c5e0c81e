"""The schema as the catalogue tells it: every part has a comment, every column a name that says its kind."""

from collections import defaultdict

import pytest

from warehouse import dictionary, naming

COLUMN_TYPES = {(kind.form, type_name) for kind in naming.KINDS for type_name in kind.types}


@pytest.fixture
def told(conn):
    return dictionary.read(conn)


def silent(told: dictionary.Dictionary) -> list[str]:
    """Name every schema, table, column and function without a comment."""
    return [
        *(one.schema_name for one in told.schemas if not one.comment),
        *(f"{one.schema_name}.{one.table_name}" for one in told.tables if not one.comment),
        *(f"{one.table_name}.{one.column_name}" for one in told.columns if not one.comment),
        *(f"{one.function_name}({one.arguments})" for one in told.functions if not one.comment),
    ]


def misnamed(told: dictionary.Dictionary) -> list[str]:
    """Name every column whose name says no kind, or a kind that is not of its type."""
    wrong = []
    for column in told.columns:
        kind = naming.kind_of(column.column_name)
        if kind is None or column.type_name not in kind.types:
            wrong.append(f"{column.schema_name}.{column.table_name}.{column.column_name} {column.type_name}")
    return wrong


def test_the_schemas_are_there(told):
    assert [one.schema_name for one in told.schemas] == ["release", "core", "est", "post"]
    assert {"volume", "movement", "edition"} <= {one.table_name for one in told.tables if one.schema_name == "release"}
    assert "tabulate" in {one.function_name for one in told.functions}


def test_everything_has_a_comment(told):
    assert silent(told) == []


def test_every_column_says_its_kind(told):
    assert misnamed(told) == []


def test_the_same_name_is_the_same_quantity(told):
    types = defaultdict(set)
    for column in told.columns:
        types[column.schema_name, column.column_name].add(column.type_name)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("CREATE TABLE core.unheard (day_date date)", "core.unheard"),
        ("ALTER TABLE est.volume ADD COLUMN other_count integer", "volume.other_count"),
        ("CREATE FUNCTION release.f(a text) RETURNS text LANGUAGE sql AS 'SELECT $1'", "f(a text)"),
        ("CREATE VIEW release.v AS SELECT 1 AS one_count", "release.v"),
        ("COMMENT ON SCHEMA est IS NULL", "est"),
    ],
)
def test_what_has_no_comment_is_found(conn, statement, fault):
    conn.execute(statement)
    assert fault in silent(dictionary.read(conn))


@pytest.mark.parametrize(
    ("column", "type_name"),
    [("colour", "text"), ("seen_date", "text"), ("listing_key", "text"), ("large_count", "numeric"), ("is_x", "text")],
)
def test_a_column_outside_the_grammar_is_found(conn, column, type_name):
    conn.execute(f"CREATE TABLE core.strange ({column} {type_name})")
    assert misnamed(dictionary.read(conn)) == [f"core.strange.{column} {type_name}"]


def test_no_kind_is_left_without_a_column(told):
    """A kind that nothing uses is a hole in the grammar; the endings of STYLE.md stay, used or not."""
    used = {naming.kind_of(column.column_name) for column in told.columns}
    unused = {kind.form for kind in naming.KINDS if kind not in used}
    assert unused <= {"_start", "_at", "_km"}
