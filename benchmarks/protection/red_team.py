"""Somebody with an analyst's login who wants to bare a cell: what he asks, what he gets, and what it comes to.

    .venv/bin/python -P benchmarks/protection/red_team.py [--runs 1] [--seed 8301]

A real database with six weeks released as an installation does, one day of them corrected afterwards. As role `analist`
the script asks tables built to difference a cell (`asks`), tries to get around the door, and puts all answers together
with everything that is public anyway: versions, shares, what must add up (`attacker`). The same on a twin into which
counts of ten and more were written without the gate: there it must succeed. Every table that is given must have its entry
in the ledger, every refusal must explain itself. Ends with 1 where a bar is missed.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

sys.path[:0] = [
    str(Path(__file__).parents[2]),
    str(Path(__file__).parents[1] / "statistics"),
    str(Path(__file__).parent),
]

import asks  # noqa: E402
import attacker  # noqa: E402
import series  # noqa: E402
import stored  # noqa: E402
import worlds  # noqa: E402
from asks import Ask  # noqa: E402
from checks import Check, print_checks  # noqa: E402

from warehouse import db, release  # noqa: E402
from warehouse.audit import differencing, twins  # noqa: E402
from warehouse.audit.view import PROTECTED, THRESHOLD_ONLY, Mechanism  # noqa: E402
from warehouse.errors import WarehouseError  # noqa: E402
from warehouse.protection.cells import CellId  # noqa: E402
from warehouse.protection.errors import AttackSucceeded  # noqa: E402
from warehouse.protection.gate import Estimates, Figures  # noqa: E402
from warehouse.server import Server  # noqa: E402

# Missed, and known: an undone transaction undoes its entry. It chose among rows that the role may read anyway.
UNDONE = "answers undone by the asker, without entry"
NAME = "red team"
RUNS, SEED = 1, 8301
CORRECTED = 33  # day that was released without somebody, and again with
TWIN = "twin"
_SENTENCE = 20  # characters that an explanation has at least


@dataclass
class Haul:
    """What came of the asks: answers by cell, what was refused and why, what the ledger holds of it."""

    answers: dict[CellId, set[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(set))
    told: list[str] = field(default_factory=list)
    tables: int = 0
    undone: int = 0
    entries: int = 0
    surprises: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    counted: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """A database that somebody has a login to, and the truth behind it that nobody has."""

    server: Server
    name: str | None
    truth: dict[CellId, int]
    by: Mechanism

    def connect(self, role: str) -> db.Connection:
        return db.connect(self.server.dsn(role, self.name) if self.name else self.server.dsn(role))


def put_ask(conn: db.Connection, ask: Ask, haul: Haul) -> None:
    """Ask once and keep what comes."""
    try:
        rows = _answer(conn, ask)
    except (conn.Error, WarehouseError) as refused:
        words = str(getattr(getattr(refused, "diag", None), "message_primary", None) or refused)
        haul.told.append(f"{ask.aim:<44} refused: {words}")
        if len(words) < _SENTENCE or " " not in words:
            haul.unexplained.append(ask.aim)
        if ask.expected == asks.ALLOWED:
            haul.surprises.append(f"{ask.aim}: refused")
        return
    haul.told.append(f"{ask.aim:<44} {len(rows)} rows{' more than once' * (ask.times > 1)}")
    if ask.expected == asks.REFUSED:
        haul.surprises.append(f"{ask.aim}: answered")
    if not ask.is_table:
        haul.counted += len(rows)
        return
    haul.tables += not ask.is_undone
    haul.undone += ask.is_undone
    for row in rows:
        haul.answers[CellId(*row[:4])].add(tuple(row[4:9]))


def _answer(conn: db.Connection, ask: Ask) -> list[tuple[Any, ...]]:
    if ask.is_program:
        params = ask.params
        filters = {name: params[key] for name, key in (("area", "areas"), ("setting", "settings")) if params[key]}
        table = release.tabulate(conn, params["by"], params["start"], params["end"], filters)
        return [tuple(getattr(row, name) for name in table.columns) for row in table.rows]
    with db.transaction(conn, rollback=True) if ask.is_undone else nullcontext():
        found = conn.execute(ask.statement.encode(), ask.params or None)
        return found.fetchall() if found.description else []


def entries(scene: Scene) -> int:
    """Count the custom tables in the ledger."""
    with scene.connect("releaser") as conn:
        return sum(row.kind_code == "custom" for row in db.rows(conn, "release_ledger", stored.ledger.LedgerEntry))


def everything(scene: Scene, correct: Callable[[], None]) -> tuple[Haul, list[Figures]]:
    """Ask everything as an analyst, before and after a correction; give what came and what is public anyway."""
    haul, before = Haul(), entries(scene)
    with scene.connect("analist") as conn:
        for ask in (*asks.tables(), *asks.detours(), *asks.undone()):
            for _ in range(ask.times):
                put_ask(conn, ask, haul)
        for ask in asks.catalogue():
            put_ask(conn, ask, haul)
        correct()
        day = worlds.FIRST + timedelta(days=CORRECTED)
        for ask in asks.tables()[:8]:
            put_ask(conn, ask, haul)
        put_ask(conn, asks.table("the corrected day", "municipality day", day, day), haul)
        versions = editions(conn)
        public = [release.released(conn, on, version) for on, version in versions]
        haul.days = len({on for on, _ in versions})
    haul.entries = entries(scene) - before
    return haul, public


def editions(conn: db.Connection) -> list[tuple[date, int]]:
    """List the releases, in order of vintage and version."""
    found = conn.execute(
        b"SELECT vintage_date, version_number FROM release.edition WHERE kind_code = 'daily' ORDER BY 1, 2"
    )
    return found.fetchall()


def together(haul: Haul, public: Iterable[Figures], by: Mechanism) -> attacker.Reader:
    """Put answers and all that is public together: what every answer says of a cell holds at once."""
    ends = attacker.readings(public, by)
    for cell, answers in haul.answers.items():
        for status, reason, count, _, _ in sorted(answers, key=str):
            low, high = attacker.between(status, reason, count, by, is_day=cell.period_code == "day")
            old = ends.get(cell, (0, attacker.LARGE))
            if max(low, old[0]) <= min(high, old[1]):
                ends[cell] = max(low, old[0]), min(high, old[1])
    return attacker.Reader(ends, series.PARENTS)


def scenes(server: Server, seed: int) -> tuple[Scene, Scene, Callable[[], None], Callable[[], None]]:
    """Fill a protected database and its twin; give both, and for each the correction that is made in between."""
    market = worlds.Market(worlds.twente(), 7 * asks.WEEKS, seed)
    late = (int(market.people(worlds.areas.FOCUS, CORRECTED)[0]),)
    vintages = [market.estimates(day, late if day == CORRECTED else ()) for day in range(market.days)]
    after = market.estimates(CORRECTED)
    on = worlds.FIRST + timedelta(days=CORRECTED)
    truth: dict[CellId, int] = {}
    with db.connect(server.dsn("owner")) as owner, db.connect(server.dsn("releaser")) as conn:
        for day, estimates in enumerate(vintages):
            stored.put_estimates(owner, day, estimates)
            try:
                release.release_day(conn, worlds.FIRST + timedelta(days=day), stored.KEY)
            except AttackSucceeded as stopped:
                print(stopped, file=sys.stderr)
    with db.connect(server.dsn("admin", "postgres")) as admin:
        db.script(admin, f"CREATE DATABASE {TWIN} OWNER owner")
    with db.connect(server.dsn("owner", TWIN)) as owner:
        db.migrate(owner)
        for column in ("advertiser", "floor", "lower", "upper"):  # the tables themselves refuse what is not rounded
            db.script(owner, f"ALTER TABLE release.volume DROP CONSTRAINT volume_{column}_count_check")
        for day, estimates in enumerate(vintages):
            stored.put_estimates(owner, day, estimates)
            stored.put_figures(owner, day, 1, estimates, bare(estimates))
    truth = attacker.counts([*((each, bare(each)) for each in vintages), (after, bare(after))])

    def correct() -> None:
        with db.connect(server.dsn("owner")) as owner, db.connect(server.dsn("releaser")) as conn:
            stored.drop_estimates(owner, CORRECTED)
            stored.put_estimates(owner, CORRECTED, after)
            release.release_day(conn, on, stored.KEY, correct=True)

    def correct_twin() -> None:
        with db.connect(server.dsn("owner", TWIN)) as owner:
            stored.put_figures(owner, CORRECTED, 2, after, bare(after))

    return Scene(server, None, truth, PROTECTED), Scene(server, TWIN, truth, THRESHOLD_ONLY), correct, correct_twin


def bare(estimates: Estimates) -> Figures:
    """Copy counts of ten and more as they are; a label for the others. No rounding, no noise, nothing withheld."""
    return Figures(twins.as_figures(estimates.volumes, 10), [], [], [], [])


def versions_told(public: list[Figures], by: Mechanism) -> tuple[int, int]:
    """Count the cells whose figure a correction changed, and those where the reader is sure that it was one person."""
    before: dict[CellId, int] = {}
    pairs: list[differencing.Pair] = []
    for figures in public:
        for row in figures.volumes:
            if row.advertiser_count is not None:
                if (gap := row.advertiser_count - before.get(row.cell, row.advertiser_count)) != 0:
                    pairs.append(differencing.Pair(row.cell, "its version before", gap))
                before[row.cell] = row.advertiser_count
    return len(pairs), len(differencing.one_person_claims(pairs, by))


def results(runs: int = RUNS, seed: int = SEED, *, say: Callable[[str], None] | None = None) -> list[Check]:
    """Give every figure beside its bar; `runs` are markets."""
    found: list[Check] = []
    for each in range(runs):
        with stored.database() as server:
            ours, twin, correct, correct_twin = scenes(server, seed + each)
            for scene, change in ((ours, correct), (twin, correct_twin)):
                haul, public = everything(scene, change)
                if say is not None and scene is ours:
                    for line in dict.fromkeys(haul.told):
                        say(line)
                bared = together(haul, public, scene.by).bared(scene.truth)
                told = versions_told(public, scene.by)
                found += list(_checks(scene, haul, bared, told, f"seed {seed + each}"))
    return found


def _checks(scene: Scene, haul: Haul, bared: list[attacker.Bared], told: tuple[int, int], name: str) -> Iterable[Check]:
    small = sum(each.truth < 10 for each in bared)
    exact = sum(each.is_exact for each in bared)
    if scene.by is not PROTECTED:
        yield Check(NAME, f"{name}, unprotected twin", "small cells bared", small, 1, "at_least")
        yield Check(NAME, f"{name}, unprotected twin", "exact counts", exact, 1, "at_least")
        yield Check(NAME, f"{name}, unprotected twin", "one person in a correction", told[1], 1, "at_least")
        return
    differing = sum(len({answer[2] for answer in answers}) > 1 for answers in haul.answers.values())
    for line in (*haul.surprises, *haul.unexplained, *map(str, bared)):
        print(line, file=sys.stderr)
    yield Check(NAME, name, "asks", len(haul.told))
    yield Check(NAME, name, "days not released", 7 * asks.WEEKS - haul.days, 0, "at_most")
    yield Check(NAME, name, "tables given", haul.tables)
    yield Check(NAME, name, "small cells bared", small, 0, "at_most")
    yield Check(NAME, name, "exact counts", exact, 0, "at_most")
    yield Check(NAME, name, "cells with two answers", differing, told[0], "at_most")
    yield Check(NAME, name, "one person in a correction", told[1], 0, "at_most")
    yield Check(NAME, name, "not as expected", len(haul.surprises), 0, "at_most")
    yield Check(NAME, name, "refused without a reason", len(haul.unexplained), 0, "at_most")
    yield Check(NAME, name, "tables without entry", haul.tables - haul.entries, 0, "at_most")
    yield Check(NAME, name, UNDONE, haul.undone, 0, "at_most")
    yield Check(NAME, name, "lines about hidden tables", haul.counted, 0, "at_most")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    return 0 if print_checks(results(asked.runs, asked.seed, say=print)) else 1


if __name__ == "__main__":
    sys.exit(main())
