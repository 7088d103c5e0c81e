"""Read the data files: one folder per language under `nlp/data`, UTF-8, CSV with a header or one word a line."""

import csv
from collections.abc import Iterator
from pathlib import Path

from nlp.errors import DataFileBroken

DATA = Path(__file__).parent / "data"
GAZETTEER = DATA / "gazetteer"


def languages_with(file_name: str) -> list[str]:
    """ISO 639-1 codes, sorted, of the languages that have `file_name`."""
    return sorted(path.parent.name for path in DATA.glob(f"??/{file_name}"))


def table(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a CSV file whose header must be exactly `columns`.

    Raises:
        DataFileBroken: another header, or a row of another length.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        if tuple(next(reader, ())) != columns:
            raise DataFileBroken(path.name, "unexpected header")
        for row in reader:
            if len(row) != len(columns):
                raise DataFileBroken(path.name, f"row {reader.line_num} has {len(row)} values")
            yield tuple(row)


def pairs(path: Path, columns: tuple[str, str]) -> dict[str, str]:
    """A CSV file of two columns as a mapping; a key given twice keeps its last value."""
    return {row[0]: row[1] for row in table(path, columns)}


def words(path: Path) -> list[str]:
    """Words of a plain list, one a line; empty lines and lines that start with # are skipped."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]
