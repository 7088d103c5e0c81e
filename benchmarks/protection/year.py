"""Twelve months released day after day, each release attacked before it counts; some days are corrected afterwards.

    .venv/bin/python -P benchmarks/protection/year.py [--seeds 5] [--days 364] [--seed 8001]

Each seed is a market of its own, with 40 to 80 advertisers in Enschede. Three things stand beside each other: what the
battery of the gate found before each release; what a reader finds who puts all releases together afterwards and is given
the published rules (`attacker`); and the truth. Ends with 1 where a bar is missed.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).parents[2]),
    str(Path(__file__).parents[1] / "statistics"),
    str(Path(__file__).parent),
]

import attacker  # noqa: E402
import numpy as np  # noqa: E402
import series  # noqa: E402
import worlds  # noqa: E402
from checks import Check, print_checks  # noqa: E402

from warehouse import areas, flows  # noqa: E402
from warehouse.audit import differencing, sequence, twins  # noqa: E402
from warehouse.audit.view import EXACT, PROTECTED, THRESHOLD_ONLY, Mechanism  # noqa: E402
from warehouse.protection.cells import CellId, MovementFigure, VolumeFigure  # noqa: E402
from warehouse.protection.gate import Estimates, Figures  # noqa: E402

NAME = "year"
BLOCKS = 13  # of four weeks in a year
RUNS, SEED = 5 * BLOCKS, 8001  # a run is a block
SIZES = (40.0, 60.0, 80.0, 50.0, 70.0)  # advertisers in Enschede, seed by seed
SMALL, PIECE = 80, 56  # municipalities up to this size are asked for one person; days that are read together
_ANY = CellId("day", worlds.FIRST, "", "all")
SURE, OFTEN = differencing.SURE, 30


@dataclass
class Tally:
    """What is counted over all seeds."""

    releases: int = 0
    blocked: list[str] = field(default_factory=list)
    rounds: int = 0
    lost: set[str] = field(default_factory=set)
    small: list[str] = field(default_factory=list)
    bared: list[attacker.Bared] = field(default_factory=list)
    controls: list[int] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)
    claims: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    seen: dict[tuple[int, ...], list[bool]] = field(default_factory=lambda: defaultdict(list))
    moves: Counter[str] = field(default_factory=Counter)
    blocks: int = 0


def run(seed: int, days: int, size: float, tally: Tally) -> None:
    """Release one market and count."""
    market = worlds.Market(worlds.twente(size), days, seed)
    kept: list[series.Released] = []
    for made in series.year(market, seed):
        tally.releases += 1
        tally.rounds = max(tally.rounds, made.rounds)
        tally.lost |= set(made.lost)
        if made.failed:
            tally.blocked.append(f"{made.day} version {made.version}: {', '.join(made.failed)}")
            continue
        tally.small += small(made, market)
        tally.errors += level_errors(made)
        kept.append(made)
    everything: list[tuple[Estimates, Figures]] = [(made.estimates, made.figures) for made in kept]
    truth = attacker.counts(everything)
    reader = attacker.Reader(attacker.readings(figures for _, figures in everything), series.PARENTS)
    tally.bared += reader.bared(truth)
    tally.bared += flows_bared(market, kept)
    tally.controls.append(unprotected(kept))
    one_person(market, kept, tally)
    corrections(kept, tally)
    for made in kept:
        if made.figures.movements and not made.without:
            publishable(made, market, tally)


def small(made: series.Released, market: worlds.Market) -> Iterator[str]:
    """Name the printed cells with fewer than ten persons behind them, or a figure under ten."""
    truth = attacker.counts([(made.estimates, made.figures)])
    told: dict[CellId, int | None] = {row.cell: row.advertiser_count for row in made.figures.volumes}
    for row in made.figures.languages:
        cell = CellId("block", row.block_start_date, row.area_code, attacker.TOLD_IN + row.language_code)
        told[cell] = row.advertiser_count
    yield from (str(cell) for cell, count in told.items() if count is not None and min(count, truth.get(cell, 0)) < 10)
    who = market.changes((made.day - worlds.FIRST).days - 27, made.without) if made.figures.movements else {}
    for move in made.figures.movements:
        if move.move_count is not None:
            pairs = flows.flow_pairs(move.origin_code, move.destination_code)
            people = set().union(*(who[pair] for pair in pairs))
            if min(move.move_count, len(people)) < 10:
                yield f"move {move.block_start_date} {move.origin_code} {move.destination_code}"


def flows_bared(market: worlds.Market, kept: list[series.Released]) -> Iterator[attacker.Bared]:
    """Find the small flows that all versions of a block together narrow down."""
    told: dict[date, list[MovementFigure]] = defaultdict(list)
    for made in kept:
        for row in made.figures.movements:
            told[row.block_start_date].append(row)
    for start, rows in told.items():
        who = market.changes((start - worlds.FIRST).days)
        yield from attacker.flows_bared(rows, {pair: len(people) for pair, people in who.items()})


def level_errors(made: series.Released) -> list[int]:
    """Give how far each printed level of a municipality of 40 to 80 lies from the truth."""
    truth = {row.cell: row.identity_count for row in made.estimates.volumes}
    return [
        abs(row.advertiser_count - truth[row.cell])
        for row in made.figures.volumes
        if row.advertiser_count is not None
        and row.setting_code == "all"
        and row.area_code.startswith("GM")
        and 40 <= truth[row.cell] <= 80
    ]


def unprotected(kept: list[series.Released]) -> int:
    """Attack a twin of the first weeks with a threshold and nothing else: count the small cells that it bares."""
    rows = [row for made in kept[:14] for row in made.estimates.volumes]
    twin = Figures(twins.as_figures(rows, 10), [], [], [], [])
    truth = {row.cell: row.identity_count for row in rows}
    reader = attacker.Reader(attacker.readings([twin], THRESHOLD_ONLY), series.PARENTS)
    return sum(found.truth < 10 for found in reader.bared(truth))


def one_person(market: worlds.Market, kept: list[series.Released], tally: Tally) -> None:
    """Ask of each day and the next whether exactly one came or left, of municipalities of at most `SMALL`."""
    shown: dict[CellId, VolumeFigure] = {}
    truth: dict[CellId, int] = {}
    for made in kept:
        for figure in made.figures.volumes:
            if (
                figure.period_code == "day"
                and figure.area_code.startswith("GM")
                and figure.advertiser_count is not None
            ):
                shown[figure.cell] = figure
        truth |= {row.cell: row.identity_count for row in made.estimates.volumes if row.area_code.startswith("GM")}
    as_sequence(shown, truth, tally)
    for day in range(market.days - 1):
        moved = market.moved(day)
        for code, changes in moved.items():
            cell = CellId("day", worlds.FIRST + timedelta(days=day), code, "all")
            after = cell._replace(period_start=cell.period_start + timedelta(days=1))
            if cell not in shown or after not in shown or truth[cell] > SMALL:
                continue
            gap = (shown[after].advertiser_count or 0) - (shown[cell].advertiser_count or 0)
            tally.claims["protected"].append(claimed(gap, PROTECTED))
            near = "exact at 35-45" if 35 <= truth[cell] <= 45 else "exact elsewhere"
            tally.claims[near].append(claimed(truth[after] - truth[cell], EXACT))
            tally.seen[differences(shown[cell], shown[after])].append(changes == 1)


def as_sequence(shown: Mapping[CellId, VolumeFigure], truth: Mapping[CellId, int], tally: Tally) -> None:
    """Ask the same of all days read together, by pieces of `PIECE` days in a row."""
    pieces: list[list[int]] = []
    last: CellId | None = None
    for cell in sorted(shown, key=lambda cell: (cell.area_code, cell.period_start)):
        if truth[cell] > SMALL:
            continue
        is_next = last is not None and cell == last._replace(period_start=last.period_start + timedelta(days=1))
        if not is_next or len(pieces[-1]) == PIECE:
            pieces.append([])
        pieces[-1].append(shown[cell].advertiser_count or 0)
        last = cell
    for chances in sequence.chance_of_one([piece for piece in pieces if len(piece) > 1], PROTECTED):
        tally.claims["sequence"] += (chances >= SURE).tolist()


def claimed(gap: int, by: Mechanism) -> bool:
    return bool(differencing.one_person_claims([differencing.Pair(_ANY, "", gap)], by))


def differences(before: VolumeFigure, after: VolumeFigure) -> tuple[int, ...]:
    """Give what a sharp reader compares: all four numbers of a row."""
    names = ("advertiser_count", "floor_count", "lower_count", "upper_count")
    return tuple((getattr(after, name) or 0) - (getattr(before, name) or 0) for name in names)


def corrections(kept: list[series.Released], tally: Tally) -> None:
    """Ask of each cell that a correction touched whether exactly one person more or less is behind it."""
    first: dict[date, series.Released] = {}
    for made in kept:
        before = first.setdefault(made.day, made)
        if before is made:
            continue
        old = {row.cell: row for row in before.figures.volumes}
        counts = {row.cell: row.identity_count for row in before.estimates.volumes}
        now = {row.cell: row.identity_count for row in made.estimates.volumes}
        for figure in made.figures.volumes:
            told, was = figure.advertiser_count, old[figure.cell].advertiser_count
            if told is not None and was is not None and now[figure.cell] != counts[figure.cell]:
                tally.claims["corrections"].append(claimed(told - was, PROTECTED))
                tally.claims["exact corrections"].append(claimed(now[figure.cell] - counts[figure.cell], EXACT))


def publishable(made: series.Released, market: worlds.Market, tally: Tally) -> None:
    """Count moves between places, and those of them that a printed flow holds."""
    who = market.changes((made.day - worlds.FIRST).days - 27)
    printed = {
        pair
        for move in made.figures.movements
        if move.move_count is not None
        for pair in flows.flow_pairs(move.origin_code, move.destination_code)
    }
    tally.blocks += 1
    for pair, people in who.items():
        if areas.ENTRY in pair or areas.EXIT in pair:
            continue
        names = ["moves"] + ["into Enschede"] * (pair[1] == areas.FOCUS)
        tally.moves.update({name: len(people) for name in names})
        tally.moves.update({f"{name} shown": len(people) for name in names if pair in printed})


def results(runs: int = RUNS, seed: int = SEED) -> list[Check]:
    """Give every figure beside its bar. `runs` are blocks of four weeks, thirteen to a seed."""
    seeds, days = -(-runs // BLOCKS), 28 * min(runs, BLOCKS)
    return checks(seeds, days, seed)


def checks(seeds: int, days: int, seed: int) -> list[Check]:
    """Give every figure of `seeds` markets of `days` days beside its bar."""
    tally = Tally()
    for each in range(seeds):
        run(seed + each, days, SIZES[each % len(SIZES)], tally)
    for line in (*tally.blocked, *tally.small, *map(str, tally.bared))[:20]:
        print(line, file=sys.stderr)
    name = f"{seeds} x {days} days"

    def check(figure: str, value: float, bar: float | None = None, kind: str = "at_most") -> Check:
        return Check(NAME, name, figure, float(value), bar, kind if bar is not None else "shown")  # type: ignore[arg-type]

    sure = [ones for ones in tally.seen.values() if len(ones) >= OFTEN]
    told = sum(len(ones) for ones in sure if np.mean(ones) >= SURE)
    share = {key: float(np.mean(said)) for key, said in tally.claims.items()}
    small_bared = sum(not found.is_exact for found in tally.bared)
    found = [
        check("releases", tally.releases),
        check("days blocked", len(tally.blocked), 0),
        check("rounds of withholding, most", tally.rounds),
        check("controls of the battery lost", len(tally.lost), 0),
        check("printed under threshold", len(tally.small), 0),
        check("small cells narrowed", small_bared, 0),
        check("cells exactly recovered", len(tally.bared) - small_bared, 0),
        check("control: small cells, least", min(tally.controls), 1, "at_least"),
        check("one person, day pairs", share["protected"], 0.05),
        check("one person, days as a sequence", share["sequence"], 0.05),
        check("one person, by all numbers", told / max(sum(map(len, tally.seen.values())), 1), 0.05),
        check("surest by all numbers", max((float(np.mean(ones)) for ones in sure), default=0.0)),
        check("control: exact at N = 40", share.get("exact at 35-45", float("nan")), 0.25, "at_least"),
        check("mean |error| at N = 40-80", float(np.mean(tally.errors)), 3),
    ]
    if "corrections" in share:
        found += [
            check("one person, corrections", share["corrections"], 0.05),
            check("control: exact corrections", share["exact corrections"], 0.25, "at_least"),
        ]
    if tally.blocks:
        found += [
            check("moves into Enschede a block", tally.moves["into Enschede"] / tally.blocks),
            check(
                "of these publishable",
                tally.moves["into Enschede shown"] / tally.moves["into Enschede"],
                0.8,
                "at_least",
            ),
            check("of all moves publishable", tally.moves["moves shown"] / tally.moves["moves"]),
        ]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--days", type=int, default=28 * BLOCKS)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    return 0 if print_checks(checks(asked.seeds, asked.days, asked.seed)) else 1


if __name__ == "__main__":
    sys.exit(main())
