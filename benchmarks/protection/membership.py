"""Membership: can it be told from what the gate prints that one advertiser was there, by who knows her whole week?

    .venv/bin/python -P benchmarks/protection/membership.py [--runs 2000] [--seed 8107]

N = 12 to 300 advertisers at once in the municipality: residents only, a carousel, and a mixed market (one in four comes
and goes) with a target of either kind; N worlds with her and N without go through the real gate, estimates being counts.
The area under the curve of the better of two scores, with its standard error. A case misses the bar when the lower end
of its 95 % interval (one-sided) does. At N = 12 and 40 the area again with one product left out at a time: what is lower without a
product leaked by it. Twins without protection come last: there the attack must succeed.
Ends with 1 where a bar is missed.
"""

import sys
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "statistics")]

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from checks import Check, command  # noqa: E402

from warehouse.audit import membership, printing  # noqa: E402
from warehouse.audit.neighbours import FOCUS, VOLUME_CELLS  # noqa: E402
from warehouse.audit.printing import HIDDEN, SHOWN_FLOWS  # noqa: E402

NAME = "membership"
RUNS, SEED = membership.FULL_TRIALS, 8107
SIZES = (12, 20, 40, 80, 300)
LEFT_OUT = (12, 40)
KEY = b"a key that the attacker has not!"


def results(runs: int, seed: int) -> list[Check]:
    """Measure all cases with `runs` worlds of each kind, products left out one at a time, and the twins."""
    publish = printing.gate(KEY)
    checks: list[Check] = []
    for case in membership.cases(*SIZES):
        prints, worlds = membership.observed(publish, case, runs, seed)
        areas = membership.told(prints, worlds, case.market)
        checks += [Check(NAME, case.name, f"area, {name}", area.area) for name, area in areas.items()]
        found = membership.best(areas)
        checks.append(Check(NAME, case.name, "standard error", found.standard_error))
        checks.append(Check(NAME, case.name, "area, lower end", found.lower, membership.BAR, "at_most"))
        for product, rows in _products().items() if case.market.size in LEFT_OUT else ():
            status = prints.status.copy()
            status[:, rows] = HIDDEN
            left = membership.best(membership.told(replace(prints, status=status), worlds, case.market))
            checks.append(Check(NAME, case.name, f"without {product}", left.area))
    for name, twin in membership.CONTROLS.items():
        found = membership.best(membership.membership_auc(twin, membership.UNPROTECTED, runs, seed))
        checks.append(Check(NAME, f"control {name}", "area", found.area, membership.CONTROL, "at_least"))
    return checks


def _products() -> dict[str, npt.NDArray[np.int64]]:
    """Give the printed rows of each product, by its name."""
    volumes = np.arange(len(VOLUME_CELLS))
    periods = np.array([cell.period_code for cell in VOLUME_CELLS])
    return {
        "days": np.flatnonzero(periods == "day"),
        "weeks": np.flatnonzero(periods == "week"),
        "blocks": np.flatnonzero(periods == "block"),
        "settings": np.flatnonzero([cell.setting_code != "all" for cell in VOLUME_CELLS]),
        "other areas": np.flatnonzero([cell.area_code != FOCUS for cell in VOLUME_CELLS]),
        "flows": len(volumes) + np.arange(len(SHOWN_FLOWS)),
        "languages": np.arange(len(volumes) + len(SHOWN_FLOWS), len(volumes) + printing.LATER_ROWS),
    }


if __name__ == "__main__":
    sys.exit(command(__doc__, results, RUNS, SEED))
