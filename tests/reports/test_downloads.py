import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from reports import downloads


@given(st.text(max_size=30))
def test_no_text_can_act_as_a_formula(text):
    assert not downloads.cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_file_reads_back(fill):
    made = fill.snapshot(weeks=1)
    [file] = [item for item in downloads.make(made) if item.name == "soorten.csv"]
    assert file.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == file.row_count == len(made.shares)
    shown = next(row for row in rows if row["status_code"] == "published")
    assert shown["advertiser_share"] == "0,61"


def test_a_hostile_name_is_defused(fill):
    made = fill.dressed(fill.snapshot(weeks=1), '=HYPERLINK(1);"x"\r\n@')
    for file in downloads.make(made):
        rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline=""), delimiter=";"))
        assert {len(row) for row in rows} == {len(file.columns)}
        assert not [c for row in rows for c in row if c.startswith(("=", "+", "-", "@"))], file.name


def test_hidden_figures_are_empty_cells(fill):
    [file] = [item for item in downloads.make(fill.snapshot(weeks=1)) if item.name == "aantallen-per-week.csv"]
    for row in csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"):
        shown = row["status_code"] == "published"
        assert bool(row["advertiser_count"]) == bool(row["upper_count"]) == shown
        assert not shown or int(row["advertiser_count"]) >= 10


def test_the_package_describes_every_column(conn, fill):
    from reports.loading import load_columns

    made = fill.snapshot(weeks=1)
    files = downloads.make(made)
    package = json.loads(downloads.package(made, files, load_columns(conn)))
    assert [item["path"] for item in package["resources"]] == [item.name for item in files]
    assert all(field.get("description") for item in package["resources"] for field in item["schema"]["fields"])
