"""The fault table: every fault on every step of a day, what was tried, and whether all invariants held.

    .venv/bin/python -P benchmarks/faults/table.py [--json FILE] [--more N] [--only FAULT]

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
import rig as rigs

ROOT = Path(__file__).parents[2]


def measure(args: argparse.Namespace) -> list[faults.Row]:
    rows = []
    with rigs.made() as rig:
        day = faults.Day(rig)
        chosen = getattr(faults, args.only)(day) if args.only else faults.all_of(day, args.more)
        for row in chosen:
            rows.append(row)
            print(line(row), flush=True)
            keep(args.json, rows)
    return rows


def line(row: faults.Row) -> str:
    held = "held" if row.held else "NOT TRIED" if not row.tried else "BROKEN"
    told = "".join(f"\n    {each}" for each in row.failures)
    return f"{row.fault:38} {row.step:12} {row.tried:3} tried  {held:9} {row.seconds:7.1f} s{told}"


def keep(path: Path, rows: list[faults.Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--json", type=Path, default=ROOT / "build" / "faults.json", help="where the table goes as JSON"
    )
    parser.add_argument("--more", type=int, default=2, help="points by lot for each step, beside the named ones")
    parser.add_argument(
        "--only", help="the faults of one kind, as tests/faults/faults.py names them: kills, disk_full, ..."
    )
    args = parser.parse_args()
    began = time.monotonic()
    rows = measure(args)
    points = sum(row.tried for row in rows if row.fault == "SIGKILL")
    bad = [row for row in rows if not row.held]
    print(f"{len(rows)} rows, {points} points of SIGKILL, {len(bad)} not held, {time.monotonic() - began:.0f} s")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
