"""One table of how fast each part of the pipeline is: `make bench`. What each row is: docs/benchmarks.md.

    .venv/bin/python -P benchmarks/bench.py [--quick] [--only ROW ...] [--compare FILE|last]

Each row runs in a process of its own and is printed as it comes. A whole run is stored in benchmarks/results. Ends with 1
where ours and a peer disagree, or where a ratio is under 70 % of the one it is compared with; never for a time or a bar.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "table"))

import printing
import results
from measured import Measured
from rows import ROWS, measure_apart

ROOT = Path(__file__).parents[1]


def run(names: list[str], *, quick: bool) -> Iterator[tuple[str, Measured | str]]:
    """Run rows one by one and print each."""
    print(printing.HEAD, flush=True)
    for name in names:
        row = measure_apart(name, ROWS[name], quick=quick)
        print(printing.line(name, row), flush=True)
        yield name, row


def main(arguments: list[str] | None = None) -> int:
    """Print the table; store it where it is whole; compare it where that is asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="3 rounds and smaller sizes; not stored")
    parser.add_argument("--only", nargs="+", choices=ROWS, metavar="ROW", help=f"of {', '.join(ROWS)}; not stored")
    parser.add_argument("--compare", metavar="FILE", help="a stored result, or last: the one made last")
    asked = parser.parse_args(arguments)
    try:
        earlier = results.stored(asked.compare, results.FOLDER) if asked.compare else None
    except results.NoResults as error:
        parser.error(str(error))
    is_whole = not asked.quick and not asked.only
    named = results.commit(ROOT) if is_whole else ""  # before it starts: that is what runs
    rows = dict(run(asked.only or [*ROWS], quick=asked.quick))
    if is_whole:
        made = results.result(rows, named, datetime.now(UTC))
        print(f"stored: {results.store(made, results.FOLDER)}")
    moves = results.moved(rows, earlier) if earlier else []
    if earlier:
        print(f"\nsince {earlier['commit']} of {earlier['made_at'][:10]}:", *moves, sep="\n")
    disagreed = any(isinstance(row, str) for row in rows.values())
    return 1 if disagreed or any(move.is_lost for move in moves) else 0


if __name__ == "__main__":
    sys.exit(main())
