"""The fault table: every fault on every step of a day, what was tried, and whether all invariants held.

    .venv/bin/python -P benchmarks/faults/table.py [--json FILE] [--only KIND]

Ends with 1 when one did not hold, or could not be tried here (a full disk wants a disk that may be mounted).
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "faults"))

import faults
from trials import Row

ROOT = Path(__file__).parents[2]


def measure(args: argparse.Namespace) -> list[Row]:
    rows = []
    for row in faults.all_of(args.only):
        rows.append(row)
        print(line(row), flush=True)
        keep(args.json, rows)
    return rows


def line(row: Row) -> str:
    held = "held" if row.held else "BROKEN" if row.tried else "NOT TRIED"
    told = "".join(f"\n    {each}" for each in row.failures)
    return f"{row.fault:36} {row.step:14} {row.tried:3} tried  {held:9} {row.seconds:7.1f} s{told}"


def keep(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    usual = ROOT / "build" / "faults.json"
    parser.add_argument("--json", type=Path, default=usual, help="where the table goes as JSON")
    parser.add_argument("--only", choices=[*faults.KINDS, "spring"], help="the faults of one kind")
    args = parser.parse_args()
    began = time.monotonic()
    rows = measure(args)
    points = sum(row.tried for row in rows if row.fault == "SIGKILL")
    bad = [row for row in rows if not row.held]
    tried = sum(row.tried for row in rows)
    seconds = time.monotonic() - began
    print(f"{len(rows)} rows, {tried} trials, {points} of them SIGKILL, {len(bad)} rows not held, {seconds:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
