"""Open data: what the noise costs, what it gives away, and whether the budget holds.

    .venv/bin/python -P benchmarks/protection/open_data.py [--runs 52] [--seed 8701]

A run is a week of a market in all municipalities, in which Enschede has 80 advertisers and the others as many as they have
inhabitants to match. Its figures are set against the counts that they were made from, by the size of the cell. The loss of one
identity-week is measured on `AUDIT` publications of each of two neighbouring worlds (attack A8), and the budget is attacked
in a real PostgreSQL. The market has a seed, the noise has none. Ends with 1 where a bar is missed.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).parents[2]),
    str(Path(__file__).parents[1] / "statistics"),
    str(Path(__file__).parent),
]

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
import stored  # noqa: E402
from checks import Check, command  # noqa: E402

from warehouse import db  # noqa: E402
from warehouse.areas import FOCUS, municipalities  # noqa: E402
from warehouse.audit import budget, privacy_loss  # noqa: E402
from warehouse.protection import open_rules as rules  # noqa: E402
from warehouse.protection.open_mechanism import BELOW, publish, shapes, sigma  # noqa: E402

NAME = "open data"
RUNS, SEED = 52, 8701
YEAR = 2026
ENSCHEDE = 80.0
KINDS = (0.62, 0.10, 0.20, 0.08)  # home, club, escort, other
SIZES = ((0, 9), (10, 22), (23, 39), (40, 79), (80, 1 << 30))
AUDIT = 20_000
LEVEL_ERROR = 3.0  # bar, as for the level of a municipality elsewhere (docs/protection.md)

Ints = npt.NDArray[np.int64]


def results(runs: int, seed: int) -> list[Check]:
    """Give all figures of the battery beside their bars."""
    return [*utility(runs, seed), *loss(), *kept()]


def weeks(runs: int, seed: int) -> Iterator[Ints]:
    """Draw the counts of each week, shape (municipalities, settings)."""
    rng = np.random.default_rng(seed)
    people = np.array([each.population for each in municipalities()], dtype=float)
    focus = [each.code for each in municipalities()].index(FOCUS)
    mean = np.outer(people / people[focus] * ENSCHEDE, KINDS)
    for _ in range(runs):
        yield rng.poisson(mean).astype(np.int64)


def utility(runs: int, seed: int) -> list[Check]:
    """Compare what is printed with what was counted, by table and by how many there truly are."""
    made = shapes(tuple(each.code for each in municipalities()))
    spent = rules.budget(YEAR)
    truth: list[list[Ints]] = [[] for _ in made]
    shown: list[list[Ints]] = [[] for _ in made]
    for counts in weeks(runs, seed):
        tables = [shape.of(counts) for shape in made]
        for place, (table, printed) in enumerate(zip(tables, publish(tables, spent), strict=True)):
            truth[place].append(table)
            shown[place].append(printed)
    found = []
    for shape, tables, printed in zip(made, truth, shown, strict=True):
        name = shape.query.code.replace("_", " by ")
        scale = sigma(spent[shape.query.code])
        found += list(_of_table(name, np.stack(tables), np.stack(printed)))
        found.append(Check(NAME, name, "change that shows at 95 %", 1.96 * 2**0.5 * scale))
    return found


def _of_table(name: str, truth: Ints, shown: Ints) -> Iterator[Check]:
    is_town = name == "municipality"
    for low, high in SIZES:
        here = (truth >= low) & (truth <= high)
        if not here.any():
            continue
        scene = f"{name}, {low}-{high}" if high < 1 << 30 else f"{name}, {low} and more"
        printed = here & (shown != BELOW)
        share = float(printed.sum() / here.sum())
        if high < rules.THRESHOLD:
            yield Check(NAME, scene, "share printed", share, rules.FALSE_PRINT, "at_most")
            continue
        yield Check(NAME, scene, "share printed", share, *((0.99, "at_least") if low >= 40 else ()))
        error = (shown - truth)[printed]
        if error.size:
            bar = (LEVEL_ERROR, "at_most") if is_town and low >= 40 else ()
            yield Check(NAME, scene, "mean absolute error", float(np.abs(error).mean()), *bar)
            yield Check(NAME, scene, "mean error", float(error.mean()))


def loss() -> Sequence[Check]:
    """Measure what one identity-week loses, and whether twins without noise or bound are found."""
    found = privacy_loss.attack(AUDIT)
    told = found.measures
    checks = []
    for scene in ("printed", "edge", "alone"):
        checks += [
            Check(NAME, f"loss, {scene}", "epsilon", told[f"epsilon_{scene}"], told["epsilon_claimed"], "at_most"),
            Check(NAME, f"loss, {scene}", "rho", told[f"rho_{scene}"], told["rho_claimed"], "at_most"),
        ]
    return [
        *checks,
        Check(NAME, "twin without noise", "epsilon", told["epsilon_no_noise"], told["epsilon_claimed"], "at_least"),
        Check(NAME, "twin without bound", "epsilon", told["epsilon_no_bound"]),
        Check(NAME, "twin without bound", "rho", told["rho_no_bound"], told["rho_claimed"], "at_least"),
    ]


def kept() -> Sequence[Check]:
    """Attack the budget in a real database."""
    with stored.database() as server, db.connect(server.dsn("owner")) as owner:
        area = "INSERT INTO release.area VALUES ('NL', 'Nederland', 'country', NULL, 1, NULL, NULL)"
        db.script(owner, area)
        with db.transaction(owner, rollback=True):
            ways = budget.overspent(owner)
        year = budget.attack(owner).measures["rho_of_year"]
    return [
        Check(NAME, "budget", "ways past a week's", float(len(ways)), 0.0, "at_most"),
        Check(NAME, "budget", "rho of a full year of 53", year, float(rules.RHO_OF_YEAR), "at_most"),
    ]


if __name__ == "__main__":
    sys.exit(command(str(__doc__), results, RUNS, SEED))
