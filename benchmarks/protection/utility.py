"""The utility table: what protection costs, by cube and by how many there truly are.

    .venv/bin/python -P benchmarks/protection/utility.py [--runs 13] [--seed 8101]

Protected figures against the truth, cell by cell: mean absolute error, rank correlation (Spearman), share withheld and for
which reason, agreement of the sign of a change, and how often the published interval holds the truth where estimates err
(a standard error of a tenth, with honest intervals). A run is a block of four weeks; markets as in `year`, and one of the
whole country. A cell counts from ten on: under ten there is nothing to show. `--withheld` lists municipalities of 20 and
more whose level was withheld. Ends with 1 where a bar is missed.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).parents[2]),
    str(Path(__file__).parents[1] / "statistics"),
    str(Path(__file__).parent),
]

import numpy as np  # noqa: E402
import series  # noqa: E402
import worlds  # noqa: E402
from checks import Check, print_checks  # noqa: E402
from scipy.stats import spearmanr  # noqa: E402

from warehouse.protection.cells import Area  # noqa: E402
from warehouse.protection.gate import Estimates, protect  # noqa: E402
from warehouse.protection.languages import OTHER  # noqa: E402
from warehouse.protection.rules import VOLUME  # noqa: E402
from warehouse.release import release_areas  # noqa: E402

NAME = "utility"
RUNS, SEED = 13, 8101
SIZES = ((10, 19), (20, 39), (40, 79), (80, 1 << 30))
CLASSES = tuple(f"{low}-{high}" if high < 1 << 30 else f"{low}+" for low, high in SIZES)
SPREAD = 0.1  # standard error of the logarithm of an estimate that errs
NOISE = VOLUME.noise.variance**0.5
LEVEL_ERROR, WITHHELD, RANK = 3.0, 0.05, 0.95  # bars, for levels of municipalities
CUBES = ("municipality by day", "municipality by week", "municipality by block")
SHOWN = (
    *CUBES,
    "municipality by week and setting",
    "municipality by block and setting",
    "region by day",
    "region by week",
    "region by block",
    "region by block and language",
    "flows by block",
)
COVERED = 0.93  # bar; of the estimates' own intervals 0.95 hold the truth


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a cube: its series, window, what is there and what is shown; `inside`: the interval holds the truth."""

    cube: str
    series: tuple[str, ...]
    start: date
    truth: int
    count: int | None
    reason: str
    inside: bool | None = None

    @property
    def size(self) -> str:
        return next(name for name, (low, high) in zip(CLASSES, SIZES, strict=True) if low <= self.truth <= high)


@dataclass
class Table:
    """Cells of ten and more, by cube."""

    cells: dict[str, list[Cell]] = field(default_factory=lambda: defaultdict(list))
    inside: dict[tuple[str, str], list[bool]] = field(default_factory=lambda: defaultdict(list))

    def add(self, made: series.Released, *, is_whole: bool) -> None:
        """Take the cells of a release; of a market in some towns only (not `is_whole`) no region but their own."""
        for cell in cells(made):
            is_real = is_whole or not cell.series[0].startswith("CR") or cell.series[0] == worlds.areas.REGION
            if cell.truth >= SIZES[0][0] and is_real:
                self.cells[cell.cube].append(cell)


def cube_of(period: str, area: str, setting: str) -> str:
    level = {"GM": "municipality", "CR": "region"}.get(area[:2], "larger")
    return f"{level} by {period}" if setting == "all" else f"{level} by {period} and setting"


def cells(made: series.Released) -> Iterator[Cell]:
    """Give every cell of a release beside its truth."""
    truth = {row.cell: row.identity_count for row in made.estimates.volumes}
    for row in made.figures.volumes:
        cube = cube_of(row.period_code, row.area_code, row.setting_code)
        held = row.lower_count is not None and row.upper_count is not None
        inside = row.lower_count <= truth[row.cell] <= row.upper_count if held else None  # type: ignore[operator]
        yield Cell(
            cube, (row.area_code, row.setting_code), row.period_start_date, truth.get(row.cell, 0),
            row.advertiser_count, row.reason_code, inside,
        )  # fmt: skip
    shown = {(row.block_start_date, row.area_code, row.language_code): row for row in made.figures.languages}
    for each in made.estimates.languages:
        figure = shown.get((each.block_start_date, each.area_code, each.language_code))
        count, reason = (None, "folded into other") if figure is None else (figure.advertiser_count, figure.reason_code)
        if each.area_code.startswith("CR") and each.language_code != OTHER:
            yield Cell(
                "region by block and language", (each.area_code, each.language_code), each.block_start_date,
                each.identity_count, count, reason,
            )  # fmt: skip
    flows = {(row.block_start_date, row.origin_code, row.destination_code): row for row in made.estimates.movements}
    for move in made.figures.movements:
        behind = flows.get((move.block_start_date, move.origin_code, move.destination_code))
        if behind is not None:
            yield Cell(
                "flows by block", (move.origin_code, move.destination_code), move.block_start_date,
                behind.identity_count, move.move_count, move.reason_code,
            )  # fmt: skip


def simulate(table: Table, runs: int, seed: int) -> None:
    """Release markets of Twente, thirteen blocks to a market, and blocks of the country; fill the table."""
    rng = np.random.default_rng(seed)
    known = release_areas()
    for number in range(-(-runs // 13)):
        blocks = min(runs - 13 * number, 13)
        market = worlds.Market(worlds.twente(60.0 + 20 * number), 28 * blocks, seed + number)
        for made in series.year(market, seed + number):
            if made.version == 1 and not made.failed:
                table.add(made, is_whole=False)
                err(table, made, known, rng)
    market = worlds.Market(worlds.nation(), 28 * max(runs // 4, 1), seed)
    country = series.Series()
    for day in range(market.days):
        table.add(country.release(worlds.FIRST + timedelta(days=day), market.estimates(day)), is_whole=True)


def err(table: Table, made: series.Released, known: dict[str, Area], rng: np.random.Generator) -> None:
    """Release weeks and blocks from estimates that err: how often does what is published hold the truth?"""
    rows = [row for row in made.estimates.volumes if row.period_code != "day"]
    inexact = series.inexact(Estimates(rows), SPREAD, rng)
    for cell in cells(series.Released(made.day, 1, inexact, protect(inexact, known, series.KEY), (), 1)):
        if cell.inside is not None:
            table.inside[cell.cube, cell.size].append(cell.inside)


def signs(found: list[Cell], steps: int, length: int, least: float) -> list[int]:
    """Say for each pair of cells `steps` windows apart how the figures change: 1 as the truth does, -1 against it, 0 not.

    Pairs in which the truth changes by less than `least` are left out, and those in which nothing changes.
    """
    at = {(cell.series, cell.start): cell for cell in found if cell.count is not None}
    agree = []
    for (name, start), cell in at.items():
        before = at.get((name, start - timedelta(days=steps * length)))
        if before is None or (change := cell.truth - before.truth) == 0 or abs(change) < least:
            continue
        agree.append(int(np.sign(((cell.count or 0) - (before.count or 0)) * change)))
    return agree


def checks(table: Table) -> Iterator[Check]:
    """Give the table: a line for each figure of a cube and size; bars for levels of municipalities."""
    for cube in SHOWN:
        everything = table.cells[cube]
        is_level = cube in CUBES
        for size in CLASSES:
            found = [cell for cell in everything if cell.size == size]
            if not found:
                continue
            shown = [cell for cell in found if cell.count is not None]
            name = f"{cube}, {size}"
            yield Check(NAME, name, "cells", len(found))
            if shown:
                error = float(np.mean([abs((cell.count or 0) - cell.truth) for cell in shown]))
                is_asked = is_level and size == "40-79"
                yield Check(NAME, name, "mean |error|", error, *((LEVEL_ERROR, "at_most") if is_asked else ()))
            withheld = Counter(cell.reason for cell in found if cell.count is None and cell.reason != "rolled_up")
            share = sum(withheld.values()) / len(found)
            asked = (WITHHELD, "at_most") if is_level and size != "10-19" else ()
            yield Check(NAME, name, "withheld", share, *asked)
            for reason, number in sorted(withheld.items()):
                yield Check(NAME, name, f"withheld: {reason}", number / len(found))
            if inside := table.inside.get((cube, size)):
                yield Check(NAME, name, "interval holds truth", float(np.mean(inside)))
        shown = [cell for cell in everything if cell.count is not None]
        if len(shown) > 10:
            rank = float(spearmanr([cell.truth for cell in shown], [cell.count for cell in shown]).statistic)
            yield Check(NAME, cube, "rank correlation", rank, *((RANK, "at_least") if is_level else ()))
        if whole := [held for size in CLASSES for held in table.inside.get((cube, size), ())]:
            yield Check(NAME, cube, "interval holds truth", float(np.mean(whole)), COVERED, "at_least")
        yield from _trend(cube, everything)


def _trend(cube: str, found: list[Cell]) -> Iterator[Check]:
    """Give the agreement of changes: from window to window, of weeks over four weeks too."""
    length = 7 if " by week" in cube else 28 if " by block" in cube else 1
    for name, steps in (("next window", 1), *((("four weeks", 4),) if length == 7 else ())):
        for least, which in ((NOISE, "change >= noise"), (0.0, "any change")):
            agree = signs(found, steps, length, least)
            if len(agree) >= 10:
                yield Check(NAME, f"{cube}, {name}, {which}", "same sign", agree.count(1) / len(agree))
                yield Check(NAME, f"{cube}, {name}, {which}", "opposite sign", agree.count(-1) / len(agree))


def results(runs: int = RUNS, seed: int = SEED) -> list[Check]:
    """Give the whole table."""
    table = Table()
    simulate(table, runs, seed)
    return list(checks(table))


def missing(table: Table) -> Iterator[str]:
    """Name the levels of municipalities of 20 and more that were withheld, the reason and how often."""
    for cube in CUBES:
        often = Counter(
            (cell.series[0], cell.reason) for cell in table.cells[cube] if cell.truth >= 20 and cell.count is None
        )
        whole = Counter(cell.series[0] for cell in table.cells[cube] if cell.truth >= 20)
        yield from (f"{cube}: {area} {reason} {n} of {whole[area]}" for (area, reason), n in often.most_common())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--withheld", action="store_true")
    asked = parser.parse_args()
    table = Table()
    simulate(table, asked.runs, asked.seed)
    is_good = print_checks(checks(table))
    if asked.withheld:
        print(*missing(table), sep="\n")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
