"""Results as they are stored: one JSON file a commit, and how the ratios moved since one. The format: docs/benchmarks.md."""

import json
import math
import os
import platform
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from measured import Measured

from warehouse import binaries

FORMAT = 1
FOLDER = Path(__file__).parents[1] / "results"
LEAST_OF_RECORDED = 0.7  # of a recorded ratio; times are never compared, for machines differ

Stored = dict[str, Any]


class NoResults(Exception):
    """There is no such stored result; the message says where it was looked for."""


def commit(root: Path) -> str:
    """Name the commit that is checked out in short, with a + where the tree differs from it; stored results do not count."""
    said = [
        subprocess.run(["git", *asked], cwd=root, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        for asked in (
            ("rev-parse", "--short=7", "HEAD"),
            ("status", "--porcelain", "--", ":/", ":(top,exclude)benchmarks/results"),
        )
    ]
    return said[0] + ("+" if said[1] else "")


def machine() -> dict[str, int]:
    """Name the machine by cores that may be used and memory, no more."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cores": len(os.sched_getaffinity(0)), "memory_gb": round(memory / 2**30)}


def versions(rows: Iterable[Measured]) -> dict[str, str]:
    """Give the versions of Python, PostgreSQL and what the peers are made of."""
    said = subprocess.run(
        [binaries.find() / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    named = {"python": platform.python_version(), "postgresql": said.split()[2]}
    return named | {name: version(name) for name in sorted({each for row in rows for each in row.packages})}


def result(rows: Mapping[str, Measured | str], named: str, at: datetime) -> Stored:
    """Make what is stored of a whole run; `named` is the commit, `at` an aware time."""
    measured = {name: row for name, row in rows.items() if isinstance(row, Measured)}
    return {
        "format": FORMAT,
        "commit": named,
        "made_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": versions(measured.values()),
        "rows": {name: row.as_json() if isinstance(row, Measured) else {"no_speed": row} for name, row in rows.items()},
    }


def store(found: Stored, folder: Path) -> Path:
    """Write a result under its day and commit; one of the same name is replaced."""
    path = folder / f"{found['made_at'][:10]}-{found['commit']}.json"
    folder.mkdir(exist_ok=True)
    path.write_text(json.dumps(_finite(found), indent=1, allow_nan=False) + "\n")
    return path


def stored(asked: str, folder: Path) -> Stored:
    """Read a stored result: a file, or the one made last.

    Raises:
        NoResults: there is none.
    """
    paths = sorted(folder.glob("*.json")) if asked == "last" else [Path(asked)]
    if not paths or not all(path.is_file() for path in paths):
        raise NoResults(f"no stored result at {folder if asked == 'last' else asked}; run `make bench` to make one")
    found: list[Stored] = [json.loads(path.read_text()) for path in paths]
    return max(found, key=lambda each: datetime.fromisoformat(each["made_at"]))


@dataclass(frozen=True, slots=True)
class Moved:
    """The ratio of a row now and as it was recorded; None where it has none."""

    row: str
    recorded: float | None
    now: float | None

    @property
    def is_lost(self) -> bool:
        """Whether the ratio is under 70 % of the recorded one, or no longer told."""
        return self.recorded is not None and (self.now is None or self.now < LEAST_OF_RECORDED * self.recorded)

    def __str__(self) -> str:
        if self.recorded is None or self.now is None:
            was, now = (f"{each:.3g}" if each is not None else "none" for each in (self.recorded, self.now))
            return f"{self.row:<9} ratio {was} -> {now}{'   LOST' if self.is_lost else ''}"
        share = self.now / self.recorded
        return (
            f"{self.row:<9} ratio {self.recorded:.3g} -> {self.now:.3g}, {share:.0%}{'   LOST' if self.is_lost else ''}"
        )


def moved(rows: Mapping[str, Measured | str], earlier: Stored) -> list[Moved]:
    """Compare the ratios of the rows that were run with those recorded."""
    return [
        Moved(
            name,
            earlier["rows"].get(name, {}).get("ratio", {}).get("median"),
            row.ratio[0] if isinstance(row, Measured) else None,
        )
        for name, row in rows.items()
    ]


def _finite(value: Any) -> Any:
    """Write what is no number as null: JSON has no word for it."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
