"""examples/dbt/models/sources.yml is what the database prints, and says what the database holds."""

from pathlib import Path

import pytest
import yaml

from warehouse import dbt_sources, dictionary

FILE = Path(__file__).parents[2] / "examples/dbt/models/sources.yml"


@pytest.fixture
def told(conn):
    return dictionary.read(conn)


@pytest.fixture
def tables(told):
    [source] = yaml.safe_load(dbt_sources.page(told))["sources"]
    assert source["schema"] == "release"
    return {table["name"]: table for table in source["tables"]}


def asked_of(tables, table, column):
    [found] = [one for one in tables[table]["columns"] if one["name"] == column]
    return found.get("data_tests", [])


def test_the_committed_file_is_what_the_database_prints(told):
    """Otherwise: `advertentiemonitor dictionary --dbt > examples/dbt/models/sources.yml`."""
    assert FILE.read_text() == dbt_sources.page(told)


def test_every_table_view_and_column_is_there_and_described(tables, conn):
    columns = conn.execute(
        "SELECT table_name::text, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns "
        "WHERE table_schema = 'release' GROUP BY table_name"
    ).fetchall()
    assert {name: [one["name"] for one in table["columns"]] for name, table in tables.items()} == dict(columns)
    assert all(table["description"] for table in tables.values())
    assert all(column["description"] for table in tables.values() for column in table["columns"])


def test_checks_become_tests(tables):
    assert asked_of(tables, "volume", "period_code") == [
        "not_null",
        {"accepted_values": {"arguments": {"values": ["day", "week", "block"]}}},
    ]
    assert asked_of(tables, "volume", "advertiser_count") == []
    assert "unique" in asked_of(tables, "area", "area_code")
    assert asked_of(tables, "movement", "origin_code")[-1] == {
        "relationships": {"arguments": {"to": "source('release', 'area')", "field": "area_code"}}
    }


def test_what_the_tests_ask_holds(tables, conn):
    """Each test is one that the database itself keeps, so that it cannot fail on a right copy."""
    for name, table in tables.items():
        for column in table["columns"]:
            if "not_null" in column.get("data_tests", ()):
                [(nullable,)] = conn.execute(
                    "SELECT is_nullable FROM information_schema.columns WHERE table_schema = 'release' AND table_name = %s "
                    "AND column_name = %s",
                    [name, column["name"]],
                ).fetchall()
                assert nullable == "NO"
