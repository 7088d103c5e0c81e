"""Hide one list of a table: does what the others say of its people hold their known number?

    python -P benchmarks/statistics/hidden.py [--runs 50] [--seed 977]

On the public tables of tests/warehouse/estimates/data that have three lists or more, and on simulated weeks: the
populations of closed.py with four lists, `runs` of each kind (STATISTICS 5: >= 85 % covered). Then the rule itself: for a
market whose lists hang together so that too little is covered, whether the alarm comes in twelve weeks, and how much of
the twelve weeks after them the recalibrated delta covers. Ends with 1 where a bar is missed.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
from checks import Check, command  # noqa: E402
from closed import ASKED, SEED, Scenario  # noqa: E402

from warehouse.estimates import hidden  # noqa: E402
from warehouse.estimates.capture_recapture import DELTA  # noqa: E402
from warehouse.estimates.errors import TableError  # noqa: E402
from warehouse.estimates.hidden import Hidden, hide_one  # noqa: E402
from warehouse.estimates.tables import CaptureTable, read_table  # noqa: E402

RUNS = 50
COPIED = 0.7
DATA = ROOT / "tests" / "warehouse" / "estimates" / "data"


def public_tables() -> dict[str, CaptureTable]:
    """Give the published overlap tables of three lists or more."""
    found = {}
    for path in sorted(DATA.glob("*.csv")):
        try:
            table = read_table(path)
        except TableError:
            continue  # histories
        if isinstance(table, CaptureTable) and len(table.lists) >= hidden.FEWEST_LISTS:
            found[path.stem] = table
    return found


def _checks(scenario: str, told: Iterable[Hidden], *, barred: bool) -> list[Check]:
    judged = [each for each in told if each.covered is not None]
    refused = [each for each in told if each.covered is None]
    share = float(np.mean([each.covered for each in judged])) if judged else float("nan")
    covered = Check("hidden", scenario, "covered", share)
    if barred:
        covered = Check("hidden", scenario, "covered", share, hidden.ASKED_SHARE, "at_least")
    return [
        covered,
        Check("hidden", scenario, "lists judged", len(judged)),
        Check("hidden", scenario, "lists refused", len(refused)),
    ]


def of_public_tables(seed: int) -> list[Check]:
    """Hide every list of every public table: each table is shown, their lists together have the bar."""
    told = {name: hide_one(table, seed) for name, table in public_tables().items()}
    every = [each for hiding in told.values() for each in hiding]
    found = _checks("public tables, together", every, barred=True)
    for name, hiding in told.items():
        found += _checks(name, hiding, barred=False)
    return found


def of_simulated_weeks(runs: int, seed: int) -> list[Check]:
    """Hide every list of `runs` weeks of each population."""
    every: list[Hidden] = []
    found = []
    for scenario in ASKED:
        told = [each for table in scenario.tables(runs, seed) for each in hide_one(table, seed)]
        every += told
        found += _checks(scenario.name, told, barred=False)
    return _checks("simulated weeks, together", every, barred=True) + found


def copied(rng: np.random.Generator) -> CaptureTable:
    """Draw a week of three lists in which seven in ten of the first list are put on the second."""
    seen = rng.random((1000, 3)) < np.array([0.35, 0.2, 0.3])
    seen[:, 1] |= seen[:, 0] & (rng.random(len(seen)) < COPIED)
    counts = np.bincount(seen @ 2 ** np.arange(3), minlength=8).astype(float)
    counts[0] = 0
    return CaptureTable(tuple("abc"), counts)


def of_the_rule(seed: int) -> list[Check]:
    """Watch a market of well-behaved lists and one of copied ones for twelve weeks, then twelve more with the new delta."""
    ideal = Scenario(1000, lists=3).tables(2 * hidden.WEEKS, seed)
    copies = [copied(np.random.default_rng([seed, week])) for week in range(2 * hidden.WEEKS)]
    found = []
    for name, weeks, is_bad in (("twelve ideal weeks", ideal, False), ("twelve weeks of copied lists", copies, True)):
        before = [hide_one(table, seed) for table in weeks[: hidden.WEEKS]]
        delta = hidden.recalibrated_delta(before)
        after = [hide_one(table, seed, delta=delta) for table in weeks[hidden.WEEKS :]]
        watched, then = hidden.covered_share(before), hidden.covered_share(after)
        found += [
            Check("hidden", name, "covered", watched.share or 0.0),
            Check("hidden", name, "alarm", float(watched.alarm), float(is_bad), "at_least" if is_bad else "at_most"),
            Check("hidden", name, "delta after", delta, DELTA, "at_least"),
            Check("hidden", name, "covered after", then.share or 0.0, hidden.ALARM_SHARE, "at_least"),
        ]
    return found


def results(runs: int = RUNS, seed: int = SEED) -> list[Check]:
    """Give what is covered on public tables and on simulated weeks, and what the rule makes of it."""
    return [*of_public_tables(seed), *of_simulated_weeks(runs, seed), *of_the_rule(seed)]


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", results, RUNS, SEED))
