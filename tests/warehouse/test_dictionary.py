"""The data dictionary is what the database says, and the committed pages are what it prints."""

import json
from pathlib import Path

import pytest

from warehouse import dictionary

ROOT = Path(__file__).parents[2]
# Field types of Table Schema, version 2.
TYPES = {"string", "number", "integer", "boolean", "object", "array", "list", "datetime", "date", "time", "any"}


@pytest.fixture
def told(conn):
    return dictionary.read(conn)


@pytest.fixture
def package(told):
    return json.loads(dictionary.data_package(told))


def resource(package: dict, name: str) -> dict:
    return next(one for one in package["resources"] if one["name"] == name)


def field(package: dict, table: str, name: str) -> dict:
    return next(one for one in resource(package, table)["schema"]["fields"] if one["name"] == name)


def test_the_committed_page_is_what_the_database_prints(told):
    """Otherwise: `advertentiemonitor dictionary > docs/data-dictionary.md`."""
    assert (ROOT / "docs/data-dictionary.md").read_text() == dictionary.page(told)


def test_the_committed_package_is_what_the_database_prints(told):
    """Otherwise: `advertentiemonitor dictionary --json > datapackage.json`."""
    assert (ROOT / "datapackage.json").read_text() == dictionary.data_package(told)


def test_a_changed_comment_changes_page_and_package(conn, told):
    conn.execute("COMMENT ON COLUMN release.volume.advertiser_count IS 'a | b'")
    after = dictionary.read(conn)
    assert "| a \\| b |" in dictionary.page(after)
    assert field(json.loads(dictionary.data_package(after)), "volume", "advertiser_count")["description"] == "a | b"
    assert dictionary.page(after) != dictionary.page(told)


def test_readers_get_every_table_of_release_and_no_other(package, conn):
    names = conn.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'release' AND table_type = 'BASE TABLE'"
    ).fetchall()
    assert {one["name"] for one in package["resources"]} == {name for (name,) in names}


def test_the_package_is_one(package):
    """What the Data Package and Table Schema specifications, version 2, ask for."""
    assert package["$schema"].startswith("https://datapackage.org/profiles/2.0/")
    assert package["licenses"]
    assert all((ROOT / licence["path"]).exists() for licence in package["licenses"])
    names = [one["name"] for one in package["resources"]]
    assert len(names) == len(set(names))
    columns = {one["name"]: [column["name"] for column in one["schema"]["fields"]] for one in package["resources"]}
    for one in package["resources"]:
        assert one["type"] == "table"
        assert one["path"] == f"{one['name']}.csv"
        schema = one["schema"]
        assert {column["type"] for column in schema["fields"]} <= TYPES
        assert all(column["description"] for column in schema["fields"])
        assert schema["primaryKey"]
        assert set(schema["primaryKey"]) <= set(columns[one["name"]])
        for key in schema.get("foreignKeys", []):
            assert set(key["fields"]) <= set(columns[one["name"]])
            assert set(key["reference"]["fields"]) <= set(columns[key["reference"]["resource"]])


def test_keys_and_checks_are_told(package):
    movement = resource(package, "movement")["schema"]
    assert movement["primaryKey"] == ["block_start_date", "origin_code", "destination_code", "version_number"]
    assert {key["fields"][0] for key in movement["foreignKeys"]} == {"origin_code", "destination_code"}
    assert field(package, "volume", "period_code")["constraints"] == {
        "required": True,
        "enum": ["day", "week", "block"],
    }
    assert "constraints" not in field(package, "volume", "advertiser_count")


def test_limits_of_a_number_are_told(conn):
    conn.execute("ALTER TABLE release.volume ADD CHECK (coverage_share BETWEEN 0 AND 1)")
    conn.execute("ALTER TABLE release.area ADD UNIQUE (area_name)")
    package = json.loads(dictionary.data_package(dictionary.read(conn)))
    assert field(package, "volume", "coverage_share")["constraints"] == {"minimum": 0, "maximum": 1}
    assert field(package, "area", "area_name")["constraints"] == {"required": True, "unique": True}


def test_partitions_are_part_of_their_table(conn):
    conn.execute("SELECT core.ensure_month('2026-10-12')")
    assert "sighting_2026" not in dictionary.page(dictionary.read(conn))
