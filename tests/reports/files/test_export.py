"""The export of all of `release`: every version, typed, of one moment, described, the same bytes each time."""

import json
from datetime import date, timedelta

import duckdb
import pyarrow.parquet as pq
import pytest

from reports.errors import NothingReleased, ReportNotWritten
from reports.files import export
from warehouse import db

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'release' AND table_type = 'BASE TABLE'"


@pytest.fixture(scope="module")
def filled(released):
    with released() as conn:
        yield conn


@pytest.fixture(scope="module")
def folder(filled, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    export.export(filled, folder, notice="Verzonnen markt.")
    return folder


def query(folder, text):
    with duckdb.connect() as session:
        return session.execute(text.format(folder=folder)).fetchall()


def test_every_table_and_version_is_there(filled, folder):
    tables = {name for (name,) in filled.execute(TABLES).fetchall()}
    assert {path.name for path in folder.iterdir()} == {*(f"{name}.parquet" for name in tables), "datapackage.json"}
    for name in tables:
        [(there,)] = filled.execute(f"SELECT count(*) FROM release.{name}").fetchall()
        assert query(folder, f"SELECT count(*) FROM '{{folder}}/{name}.parquet'") == [(there,)], name
    both = query(
        folder,
        "SELECT version_number, vintage_date, advertiser_count FROM '{folder}/volume.parquet' WHERE period_code = 'week' "
        "AND area_code = 'GM0153' AND setting_code = 'all' AND period_start_date = '2026-11-02' ORDER BY 1",
    )
    assert [(number, day) for number, day, _ in both] == [(1, date(2026, 11, 8)), (2, date(2026, 11, 8))]
    assert both[0][2] < both[1][2]
    package = json.loads((folder / "datapackage.json").read_text())
    assert package["version"] == "2026-11-08.2"
    assert "Verzonnen markt." in package["description"]
    assert all(field["description"] for one in package["resources"] for field in one["schema"]["fields"])


def test_values_and_types_are_those_of_the_database(filled, folder):
    for name in ("volume", "policy_effect", "quality_day", "stay"):
        kept = filled.execute(f"SELECT * FROM release.{name}").fetchall()
        assert sorted(query(folder, f"SELECT * FROM '{{folder}}/{name}.parquet'"), key=repr) == sorted(kept, key=repr)
    [(attacks,)] = query(folder, "SELECT attacks FROM '{folder}/edition.parquet' LIMIT 1")
    assert json.loads(attacks)[0]["attack"] == "A1"


def test_a_day_leaves_out_what_came_later(filled, fill, tmp_path):
    export.export(filled, tmp_path, day=fill.DAY - timedelta(days=1))
    assert query(tmp_path, "SELECT count(*) FROM '{folder}/volume.parquet'") == [(0,)]
    assert query(tmp_path, "SELECT max(vintage_date) FROM '{folder}/edition.parquet'") == [(date(2026, 11, 7),)]
    assert json.loads((tmp_path / "datapackage.json").read_text())["version"] == "2026-11-07.1"
    with pytest.raises(NothingReleased, match="2026-10-01"):
        export.export(filled, tmp_path / "none", day=date(2026, 10, 1))
    assert not (tmp_path / "none").exists()


def test_twice_gives_the_same_bytes(filled, folder, tmp_path):
    made = export.export(filled, tmp_path, notice="Verzonnen markt.")
    assert made[-1].name == "datapackage.json"
    assert {path.name: path.read_bytes() for path in made} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_a_folder_that_is_a_file_is_said(filled, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReportNotWritten):
        export.export(filled, tmp_path / "file")


def test_a_long_table_comes_in_parts(filled, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(db, "_BATCH", 5000)
    export.export(filled, tmp_path)
    assert pq.ParquetFile(tmp_path / "volume.parquet").num_row_groups > 2
    asked = "SELECT * FROM '{folder}/volume.parquet'"
    assert query(tmp_path, asked) == query(folder, asked)


def test_the_views_tell_what_is_known_now(filled):
    """Of each figure the last version; of moves the last version of a block, whole."""
    at = "period_code = 'week' AND area_code = 'GM0153' AND setting_code = 'all' AND period_start_date = '2026-11-02'"
    assert filled.execute(f"SELECT version_number FROM release.volume_current WHERE {at}").fetchall() == [(2,)]
    [(rows, keys)] = filled.execute(
        "SELECT count(*), count(DISTINCT (period_code, period_start_date, area_code, setting_code)) FROM release.volume_current"
    ).fetchall()
    [(known,)] = filled.execute(
        "SELECT count(DISTINCT (period_code, period_start_date, area_code, setting_code)) FROM release.volume"
    ).fetchall()
    assert rows == keys == known
    plan = "\n".join(
        line for (line,) in filled.execute(f"EXPLAIN SELECT * FROM release.volume_current WHERE {at}").fetchall()
    )
    assert "period_start_date = " in plan  # reaches the table, so that the view need not sort all of it
    assert "Seq Scan" not in plan


def test_a_view_has_the_columns_of_its_table(filled):
    """One that a later migration adds to a table has to be added to its view."""
    found = filled.execute(
        "SELECT table_name::text, array_agg((column_name::text, data_type::text)::text ORDER BY ordinal_position) "
        "FROM information_schema.columns WHERE table_schema = 'release' GROUP BY table_name"
    ).fetchall()
    columns = dict(found)
    views = [name for name in columns if name.endswith("_current")]
    assert len(views) == 10
    assert {name: columns[name] for name in views} == {name: columns[name.removesuffix("_current")] for name in views}


def test_a_corrected_block_replaces_all_its_moves(filled, fill):
    start = fill.snapshot(weeks=4).last_block()
    asked = f"SELECT version_number FROM release.movement{{}} WHERE block_start_date = '{start}'"
    both, now = filled.execute(asked.format("")).fetchall(), filled.execute(asked.format("_current")).fetchall()
    assert len(both) == 2 * len(now) > 2
    assert set(now) == {(2,)}
