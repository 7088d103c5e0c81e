from pathlib import Path

import numpy as np
import pytest

from warehouse.estimates.errors import TableError
from warehouse.estimates.tables import CaptureTable, FrequencyTable, as_table, read_histories, read_table


def write(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "empty"),
        ("a,b,count\n", None, "no lines"),
        ("1,0,3\n0,1,4\n", 1, "header"),
        ("a,b,n\n1,0,3\n", 1, '"count"'),
        ("a,count\n1,3\n", 1, "2 to 10"),
        ("a,b,count\n1,0,3\n1,2,4\n", 3, "0 or 1"),
        ("a,b,count\n1,0,3\n1,1\n", 3, "2 fields"),
        ("a,b,count\n1,0,-3\n", 2, "whole number"),
        ("a,b,count\n1,0,2.5\n", 2, "whole number"),
        ("a,b,count\n0,0,7\n", 2, "leave this line out"),
        ("a,b,count\n1,0,3\n1,0,4\n", 3, "given before"),
        ("a,b,count\n1,0,0\n", None, "nothing to estimate"),
        ("a,b,count\n1,0,²\n", 2, "whole number"),
        ("a,b,count\n1,0,٣\n", 2, "whole number"),
        ("a,b,count\n1,0,1000000001\n", 2, "whole number"),
        (f"a,b,count\n1,0,{'9' * 5000}\n", 2, "whole number"),
        (f"a,b,count\n1,0,{' ' * 200_000}3\n", 2, "stray quote"),
        ("a;b;count\n1;0;3\n", 1, "with commas"),
        ("a\tb\tcount\n1\t0\t3\n", 1, "with commas"),
        ("times_seen,count\n0,5\n", 2, "1 to 1000"),
        ("times_seen,count\n²,5\n", 2, "1 to 1000"),
        ("times_seen,count\n1,5\n1,6\n", 3, "given before"),
    ],
)
def test_a_bad_table_is_named_with_its_line(text: str, line: int | None, says: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=says) as caught:
        read_table(write(tmp_path, text))
    assert caught.value.line == line
    assert caught.value.exit_code == 2
    assert line is None or f"line {line}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("ch,count\n0x1,3\n", 2, "whole numbers"),
        ("ch,count\n011,3\n01,2\n", 3, "2 occasions where"),
        ("y1,y2,count\n0,1,3\n0,a,1\n", 3, "whole numbers"),
        ("y1,count\n1,3\n", 1, "two occasions"),
        ("ch,count\n1,3\n", 2, "fewer than two"),
    ],
)
def test_bad_histories_are_named_with_their_line(text: str, line: int, says: str, tmp_path: Path) -> None:
    with pytest.raises(TableError, match=says) as caught:
        read_histories(write(tmp_path, text))
    assert caught.value.line == line


def test_files_that_are_no_text_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(TableError, match="not UTF-8"):
        read_table(tmp_path / "binary.csv")


def test_tables_are_read_in_any_order_with_blanks_and_mark(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "\ufeffA, B ,count\n\n0,1, 4\n1,1,2\n1,0,3\n"))
    assert isinstance(table, CaptureTable)
    assert table.lists == ("A", "B")
    assert table.counts.tolist() == [0, 3, 4, 2]
    assert (table.observed, table.recaptures) == (9, 2)
    times = read_table(write(tmp_path, "times_seen,count\n3,1\n1,10\n"))
    assert isinstance(times, FrequencyTable)
    assert times.frequencies.tolist() == [10, 0, 1]


def test_windows_line_ends_a_mark_and_quoted_names(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes('\ufeff"site, one",B,count\r\n1,0,"3"\r\n0,1,4\r\n1,1,0\r\n'.encode())
    table = read_table(path)
    assert isinstance(table, CaptureTable)
    assert table.lists == ("site, one", "B")
    assert table.counts.tolist() == [0, 3, 4, 0]


def test_mappings_in_all_their_forms_are_the_same_table() -> None:
    forms = (
        as_table({"10": 3, "01": 4, "11": 2}),
        as_table({(1, 0): 3, (0, 1): 4, (1, 1): 2}),
        as_table({"a": 3, "b": 4, "a+b": 2}),
    )
    assert all(form.counts.tolist() == [0, 3, 4, 2] for form in forms)
    assert forms[2].as_overlap() == {"a": 3, "b": 4, "a+b": 2}
    with pytest.raises(ValueError, match="what is estimated"):
        as_table({"00": 3, "01": 4})
    with pytest.raises(ValueError, match="same length"):
        as_table({"1": 3, "01": 4})
    with pytest.raises(TypeError):
        as_table({1: 3})
    with pytest.raises(ValueError, match="none of them negative"):
        CaptureTable(("a", "b"), np.array([0, 1, -1, 0]))


def test_an_empty_list_leaves_the_table() -> None:
    table = as_table({"100": 3, "001": 4, "101": 2}).without_empty_lists()
    assert table.lists == ("list1", "list3")
    assert table.counts.tolist() == [0, 3, 4, 2]


def test_histories_with_labels_and_without_counts(tmp_path: Path) -> None:
    histories = read_histories(write(tmp_path, "ch,sex\n012,f\n100,m\n"))
    assert histories.states.tolist() == [[0, 1, 2], [1, 0, 0]]
    assert histories.counts.tolist() == [1, 1]
    assert histories.labels == {"sex": ("f", "m")}
    assert histories.state_count == 2
