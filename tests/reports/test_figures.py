from dataclasses import replace

import pytest

from reports import loading
from reports.errors import NothingReleased


def order(rows):
    return sorted(rows, key=repr)


def test_what_is_read_is_what_was_released(conn, fill):
    made = fill.snapshot(weeks=4)
    fill.insert(conn, made)
    read = loading.load_dashboard(conn)
    assert read.day == made.day
    for name in ("volumes", "shares", "movements", "quality", "editions"):
        assert order(getattr(read, name)) == order(getattr(made, name)), name
    assert read.areas == made.areas


def test_the_digest_reads_its_two_areas_only(conn, fill):
    fill.insert(conn, fill.snapshot(weeks=4))
    read = loading.load_digest(conn, fill.DAY)
    assert {row.area_code for row in read.volumes} == {"GM0153", "CR12", "NL"}
    assert {row.area_code for row in read.shares} == {"GM0153", "CR12", "NL"}


def test_nothing_released_is_named(conn):
    with pytest.raises(NothingReleased):
        loading.load_dashboard(conn)


def test_every_column_of_the_release_has_its_comment(conn):
    columns = loading.load_columns(conn)
    assert len(columns) > 60
    assert [f"{c.table_name}.{c.column_name}" for c in columns if not c.column_comment] == []


def test_a_snapshot_needs_an_edition(fill):
    with pytest.raises(NothingReleased):
        replace(fill.snapshot(), editions=[])
