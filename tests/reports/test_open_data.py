"""Open data as files: what is written is what was released, described, and explained in Dutch."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from reports import open_data
from reports.errors import YearNotReleased
from warehouse import db
from warehouse.open_data import release_year

COUNTS = """
INSERT INTO core.source VALUES ('een', 'een'), ('twee', 'twee');
INSERT INTO core.crawl SELECT s, d, 'ok', '', 9, 9, 5, 5, 0, 0.97, 'v'
FROM unnest(ARRAY['een', 'twee']) AS s, generate_series(date '2026-07-06', date '2027-01-03', interval '1 day') AS d;
INSERT INTO est.identity_week
SELECT w::date + 6, w::date, area, setting, CASE WHEN area = 'GM0363' THEN 90 ELSE 0 END, '4'
FROM generate_series(date '2026-07-06', date '2026-12-28', interval '1 week') AS w,
    unnest(ARRAY['GM0153', 'GM0363']) AS area, unnest(ARRAY['home', 'club', 'escort', 'other']) AS setting;
"""


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_year_as_files(database, tmp_path):
    out = tmp_path / "open"
    with database.connect() as owner, db.transaction(owner):
        db.script(owner, COUNTS)
        release_year(owner, 2026, date(2027, 1, 4))
    with database.connect("analist") as conn:
        made = open_data.export(conn, 2026, out, notice="Dit is een verzonnen markt.")
        assert sorted(made) == sorted(out.iterdir())
        before = {path.name: path.read_bytes() for path in made}
        open_data.export(conn, 2026, out, notice="Dit is een verzonnen markt.")
        assert {path.name: path.read_bytes() for path in made} == before
    figures = table(out / "cijfers.csv")
    assert len(figures) == 26 * 506
    amsterdam = [row for row in figures if row["area_code"] == "GM0363"]
    assert {(row["area_name"], row["sigma_value"]) for row in amsterdam} == {("Amsterdam", "3,53553")}
    assert all(300 < int(row["identity_count"]) < 400 for row in amsterdam)
    assert {row["identity_count"] for row in figures if row["area_code"] == "GM0153"} == {""}
    assert len(table(out / "weken.csv")) == 52
    assert sum(float(row["rho_value"].replace(",", ".")) for row in table(out / "budget.csv")) == pytest.approx(2.6)
    package = json.loads((out / "datapackage.json").read_text())
    assert [item["path"] for item in package["resources"]] == ["cijfers.csv", "weken.csv", "budget.csv"]
    described = {field["name"]: field for field in package["resources"][0]["schema"]["fields"]}
    assert described["sigma_value"]["type"] == "number"
    assert "noise" in described["identity_count"]["description"]
    method = (out / "methode.md").read_text()
    assert "26 weken uitgebracht. 26 weken ontbreken: er is die week niet geteld." in method
    assert "We tonen cijfers vanaf 23." in method
    assert "2026 heeft 2,6 gekost" in method
    assert "een verzonnen markt" in method


def test_a_year_that_was_not_released_leaves_no_folder(conn, tmp_path):
    with pytest.raises(YearNotReleased, match="2026"):
        open_data.export(conn, 2026, tmp_path / "open")
    assert not (tmp_path / "open").exists()
