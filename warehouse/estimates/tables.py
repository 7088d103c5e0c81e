"""Tables of counts and capture histories: in memory, and as CSV with errors that name the line.

Forms of CSV:

* overlap table: one 0/1 column a list, then `count`;
* frequency table: `times_seen,count`;
* histories: one column an occasion (0 = not seen, 1..K = state, 1+3 = seen in one of these), then `count`; or one column
  `ch` with the digits together, further label columns such as `sex`, and `count` (missing: 1 a line).
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from warehouse.estimates.errors import TableError

MAXIMUM_LISTS = 10
MAXIMUM_COUNT = 10**9
MAXIMUM_STATES = 50

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Pattern = int | str | Sequence[int]


@dataclass(frozen=True, slots=True, eq=False)
class CaptureTable:
    """Overlap of S lists.

    `counts` has shape (2**S,), indexed by the pattern as a binary number, bit s set for list s; `counts[0]` (seen
    nowhere) is 0 by definition.
    """

    lists: tuple[str, ...]
    counts: FloatArray

    def __post_init__(self) -> None:
        """Check the shape; raises ValueError."""
        if self.counts.shape != (2 ** len(self.lists),) or (self.counts < 0).any():
            raise ValueError(f"{len(self.lists)} lists need {2 ** len(self.lists)} counts, none of them negative")

    @property
    def observed(self) -> float:
        """Identities seen on at least one list."""
        return float(self.counts[1:].sum())

    @property
    def recaptures(self) -> int:
        """Identities seen on at least two lists."""
        several = [pattern for pattern in range(1, len(self.counts)) if pattern.bit_count() > 1]
        return int(self.counts[several].sum())

    def without_empty_lists(self) -> "CaptureTable":
        """Leave out lists on which nobody was seen."""
        keep = [s for s in range(len(self.lists)) if self.counts[_with(len(self.lists), s)].sum() > 0]
        if len(keep) == len(self.lists):
            return self
        counts = np.zeros(2 ** len(keep))
        for new in range(1, len(counts)):
            counts[new] = self.counts[sum(1 << keep[bit] for bit in range(len(keep)) if new >> bit & 1)]
        return CaptureTable(tuple(self.lists[s] for s in keep), counts)

    def as_overlap(self) -> dict[str, float]:
        """Return non-empty cells as {"a+b": count}, in pattern order; whole numbers where they are whole."""
        names = self.lists
        return {
            "+".join(names[s] for s in range(len(names)) if pattern >> s & 1): int(count)
            if count == int(count)
            else float(count)
            for pattern, count in enumerate(self.counts)
            if pattern and count
        }


@dataclass(frozen=True, slots=True, eq=False)
class FrequencyTable:
    """How many were seen exactly 1, 2, ... times: `frequencies[k - 1]` were seen k times."""

    frequencies: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Capture histories: `states` has shape (H, T), 0 = not seen, 1..K = seen in that state; `counts` shape (H,).

    `labels` are the columns beside them, e.g. {"sex": ("Female", ...)}, one value a history. -1, -2, ... in `states` stand
    for the first, second, ... of `sets`: seen in one of these states, and not told which.
    """

    states: IntArray
    counts: FloatArray
    labels: Mapping[str, tuple[str, ...]]
    sets: tuple[tuple[int, ...], ...] = ()

    @property
    def state_count(self) -> int:
        """K: the highest state seen."""
        return max(int(self.states.max(initial=0)), *(max(members) for members in self.sets), 0)


def _with(lists: int, s: int) -> list[int]:
    return [pattern for pattern in range(1, 2**lists) if pattern >> s & 1]


def as_table(table: CaptureTable | Mapping[Pattern, float], lists: Sequence[str] | None = None) -> CaptureTable:
    """Take a table as it comes: itself, or a mapping from pattern to count.

    Keys of a mapping: tuples of 0/1, strings of 0/1 ("101"), or names joined by "+" ("a+b").

    Raises:
        ValueError: keys of different length, an unknown form, or the pattern seen nowhere.

    >>> as_table({"10": 3, "01": 4, "11": 2}).counts.tolist()
    [0.0, 3.0, 4.0, 2.0]
    """
    if isinstance(table, CaptureTable):
        return table
    if all(isinstance(key, str) and not set(key) <= {"0", "1"} for key in table):
        names = tuple(lists) if lists else tuple(sorted({n for key in table for n in str(key).split("+")}))
        bits = {name: 1 << s for s, name in enumerate(names)}
        cells = [(sum(bits[name] for name in str(key).split("+")), count) for key, count in table.items()]
    else:
        digits = [tuple(int(digit) for digit in _digits(key)) for key in table]
        width = len(digits[0]) if digits else 0
        if not width or any(len(row) != width or not set(row) <= {0, 1} for row in digits):
            raise ValueError("capture patterns must be 0/1 for each list and all of the same length")
        names = tuple(lists) if lists else tuple(f"list{s + 1}" for s in range(width))
        cells = [(sum(d << s for s, d in enumerate(row)), c) for row, c in zip(digits, table.values(), strict=True)]
    counts = np.zeros(2 ** len(names))
    for pattern, count in cells:
        if pattern == 0 and count:
            raise ValueError("the pattern seen on no list has no count; it is what is estimated")
        counts[pattern] += count
    return CaptureTable(names, counts)


def _digits(key: Pattern) -> Iterable[int | str]:
    if isinstance(key, int):
        raise TypeError("a pattern is a tuple or a string of 0/1, not a number")
    return key


def csv_lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Read the header and the numbered lines of a CSV file; no error repeats what stands in it.

    Raises:
        TableError: it is no such file, or a line has another number of fields than the header.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TableError(path.name, None, f"cannot be read ({error.strerror}): give the path of a CSV file.") from error
    except UnicodeDecodeError:
        raise TableError(path.name, None, "is not UTF-8 text: save it as CSV in UTF-8.") from None
    reader = csv.reader(text.splitlines())
    try:
        rows = [(reader.line_num, [field.strip() for field in row]) for row in reader if any(f.strip() for f in row)]
    except csv.Error:
        raise TableError(path.name, reader.line_num, "is no line of CSV: look for a stray quote.") from None
    if not rows:
        raise TableError(path.name, None, "is empty: the first line must name the columns.")
    (first, header), body = rows[0], rows[1:]
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        raise TableError(path.name, first, "has columns parted by something else than a comma: save it with commas.")
    if len(set(header)) != len(header) or any(not name or name.lstrip("-").isdigit() for name in header):
        raise TableError(path.name, first, "must name each column once: the first line is the header.")
    if not body:
        raise TableError(path.name, None, "has a header but no lines under it.")
    for line, row in body:
        if len(row) != len(header):
            raise TableError(path.name, line, f"has {len(row)} fields where the header has {len(header)}.")
    return header, body


def _count(path: Path, line: int, field: str) -> float:
    if not is_whole(field, MAXIMUM_COUNT):
        raise TableError(path.name, line, f"the count must be a whole number from 0 to {MAXIMUM_COUNT:,}.")
    return float(field)


def is_whole(field: str, most: int) -> bool:
    """Tell whether `field` is a number in plain digits of at most `most`; its length is looked at first."""
    return field.isascii() and field.isdigit() and len(field) <= 20 and int(field) <= most


def read_table(path: Path | str) -> CaptureTable | FrequencyTable:
    """Read an overlap table, or a frequency table (`times_seen,count`).

    Raises:
        TableError: with the line number.
    """
    path = Path(path)
    header, body = csv_lines(path)
    if header[-1] != "count":
        raise TableError(path.name, 1, 'the last column must be "count".')
    names = header[:-1]
    if names == ["times_seen"]:
        return _frequencies(path, body)
    if not 2 <= len(names) <= MAXIMUM_LISTS:
        raise TableError(path.name, 1, f"has {len(names)} lists; 2 to {MAXIMUM_LISTS} columns of 0/1 are needed.")
    counts = np.zeros(2 ** len(names))
    seen: set[int] = set()
    for line, row in body:
        if any(field not in {"0", "1"} for field in row[:-1]):
            raise TableError(path.name, line, "a list column must hold 0 or 1.")
        pattern = sum(1 << s for s, field in enumerate(row[:-1]) if field == "1")
        count = _count(path, line, row[-1])
        if pattern == 0 and count:
            raise TableError(path.name, line, "nobody can have been counted on no list: leave this line out.")
        if pattern in seen:
            raise TableError(path.name, line, "this combination of lists was given before: add the counts together.")
        seen.add(pattern)
        counts[pattern] = count
    if counts.sum() == 0:
        raise TableError(path.name, None, "all counts are 0: there is nothing to estimate from.")
    return CaptureTable(tuple(names), counts)


def _frequencies(path: Path, body: list[tuple[int, list[str]]]) -> FrequencyTable:
    cells: dict[int, float] = {}
    for line, (times, field) in body:
        if not is_whole(times, 1000) or int(times) < 1:
            raise TableError(path.name, line, "times_seen must be a whole number from 1 to 1000.")
        if int(times) in cells:
            raise TableError(path.name, line, "this number of times was given before.")
        cells[int(times)] = _count(path, line, field)
    if not any(cells.values()):
        raise TableError(path.name, None, "all counts are 0: there is nothing to estimate from.")
    return FrequencyTable(np.array([cells.get(k, 0.0) for k in range(1, max(cells) + 1)]))


def read_histories(path: Path | str) -> Histories:
    """Read capture histories, one a line, with or without `count`.

    Raises:
        TableError: with the line number.
    """
    path = Path(path)
    header, body = csv_lines(path)
    has_count = header[-1] == "count"
    columns = header[:-1] if has_count else header
    together = "ch" in columns
    if not together and len(columns) < 2:
        raise TableError(path.name, 1, "needs at least two occasions: one column each, or one column named ch.")
    labels = [name for name in columns if together and name != "ch"]
    states: list[list[int]] = []
    counts: list[float] = []
    sets: dict[tuple[int, ...], int] = {}
    for line, row in body:
        fields = list(row[header.index("ch")]) if together else row[: len(columns)]
        if not all(is_whole(part, MAXIMUM_STATES) for field in fields for part in field.split("+")):
            told = "0 not seen, 1, 2, ... the state, 1+2 one of these."
            raise TableError(path.name, line, f"a history holds whole numbers up to {MAXIMUM_STATES}: {told}")
        if states and len(fields) != len(states[0]):
            raise TableError(path.name, line, f"has {len(fields)} occasions where the first line has {len(states[0])}.")
        if len(fields) < 2:
            raise TableError(path.name, line, "has fewer than two occasions.")
        states.append([_event(field, sets) for field in fields])
        counts.append(_count(path, line, row[-1]) if has_count else 1.0)
    beside = {name: tuple(row[header.index(name)] for _, row in body) for name in labels}
    return Histories(np.array(states, dtype=np.int64), np.array(counts), beside, tuple(sets))


def _event(field: str, sets: dict[tuple[int, ...], int]) -> int:
    """Give the code of what a cell names; a set that is new gets the next one. 0 beside a state adds nothing."""
    named = tuple(sorted({int(part) for part in field.split("+")} - {0}))
    if len(named) < 2:
        return named[0] if named else 0
    return sets.setdefault(named, -1 - len(sets))
