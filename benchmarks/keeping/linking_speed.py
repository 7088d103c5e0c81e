"""How fast listings are linked: sketch to identity in memory and in the warehouse, and a national day as an epoch grows.

    python -P benchmarks/keeping/linking_speed.py [--sizes 10000,100000] [--days 28] [--rounds 3]

In memory: near-identical texts by band search and check, ties by number and text, clusters; the peer is the same MinHash
search written straightforwardly in Python (a dictionary for each band, candidates checked place by place, disjoint sets).
No speed is printed where recall is under the peer's. In the warehouse: listings loaded in ten days, one `link_day` each.
The sizes of the goal are 10000,100000,1000000; the largest takes a quarter of an hour and 6 GB.
The national day: 25,000 listings live on four sources, loaded and linked day by day, and how the day's cost grows.
"""

import argparse
import hashlib
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent), str(Path(__file__).parents[1] / "table")]

import bench  # noqa: E402
import national  # noqa: E402
import numpy as np  # noqa: E402
from measured import Bar, Disagreement, Measured, grown  # noqa: E402

from warehouse import db  # noqa: E402
from warehouse.calendar import epoch_code, epoch_start  # noqa: E402
from warehouse.clusters import Evidence, Groups, cluster  # noqa: E402
from warehouse.identities import link_day  # noqa: E402
from warehouse.loading import load_day  # noqa: E402
from warehouse.records import CrawlLog, FactRow  # noqa: E402
from warehouse.sketches import PLACES, SIMILAR  # noqa: E402
from warehouse.ties import near_pairs  # noqa: E402

DAY = epoch_start("E0003")
COPIES, NUMBERED = 0.3, 0.9  # of the listings
LOADS = 10


class Case:
    """Listings of which three in ten repeat another's text with up to 20 of 64 places changed, most with a number."""

    def __init__(self, size: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.size = size
        self.sketches = rng.integers(0, 2**16, (size, PLACES), dtype=np.uint16)
        self.owner = np.arange(size)
        copies = np.flatnonzero(rng.random(size) < COPIES)
        copies = copies[copies > 0]
        originals = np.setdiff1d(np.arange(size), copies)
        source = originals[(rng.random(len(copies)) * np.searchsorted(originals, copies)).astype(np.int64)]
        self.owner[copies] = source
        changed = rng.random((len(copies), PLACES)) < rng.choice([0.0, 0.02, 0.1, 0.2, 0.3], len(copies))[:, None]
        self.sketches[copies] = np.where(changed, self.sketches[copies], self.sketches[source])
        self.is_numbered = rng.random(size) < NUMBERED
        self.key = [hashlib.sha256(b"l%d" % n).digest() for n in range(size)]
        self.contact = [hashlib.sha256(b"c%d" % who).digest() for who in self.owner]

    def recall(self, found: list[int]) -> tuple[float, float]:
        """Pair precision and recall."""
        both = defaultdict(int)
        for true, said in zip(self.owner.tolist(), found, strict=True):
            both[true, said] += 1
        pairs = [
            sum(n * (n - 1) for n in sizes)
            for sizes in (
                both.values(),
                np.bincount(self.owner).tolist(),
                np.unique(found, return_counts=True)[1].tolist(),
            )
        ]
        return pairs[0] / pairs[2], pairs[0] / pairs[1]


def ours(case: Case) -> list[int]:
    first, second = near_pairs(case.sketches, np.ones(case.size, dtype=np.bool_))
    near: dict[int, dict[int, date]] = defaultdict(dict)
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        near[one][other] = DAY
        near[other][one] = DAY
    named = {n: {case.contact[n]: DAY} for n in np.flatnonzero(case.is_numbered).tolist()}
    order = {n: (DAY, case.key[n]) for n in range(case.size)}
    found = cluster(order.keys(), Evidence(named, near, {}, frozenset(), order), {}, date.min)
    number = [0] * case.size
    for k, members in enumerate(found):
        for member in members:
            number[member] = k
    return number


def straightforward(case: Case) -> list[int]:
    groups = Groups(range(case.size))
    first_with: dict[bytes, int] = {}
    rows = [row.tolist() for row in case.sketches]
    least = SIMILAR * PLACES
    for n in range(case.size):
        if case.is_numbered[n]:
            groups.unite(n, first_with.setdefault(case.contact[n], n))
    checked: set[tuple[int, int]] = set()
    for band in range(0, PLACES, 4):
        buckets: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for n, row in enumerate(rows):
            bucket = buckets[tuple(row[band : band + 4])]
            for other in bucket[:16]:
                if (other, n) not in checked:
                    checked.add((other, n))
                    if sum(a == b for a, b in zip(rows[other], row, strict=True)) >= least:
                        groups.unite(n, other)
            bucket.append(n)
    return [groups.find(n) for n in range(case.size)]


WAYS = {"ours": ours, "straightforward": straightforward}
LEAST_RATE, LEAST_PRECISION, LEAST_RECALL = 5_000, 0.99, 0.95  # listings a second; pairs


def race(case: Case, rounds: int) -> tuple[dict[str, list[float]], dict[str, tuple[float, float]]]:
    """Let both link the same listings, in an order drawn anew for each round; give seconds, and precision and recall."""
    spent: dict[str, list[float]] = {name: [] for name in WAYS}
    quality: dict[str, tuple[float, float]] = {}
    order = random.Random(1)
    for _ in range(rounds):
        for name in order.sample(sorted(WAYS), len(WAYS)):
            began = time.perf_counter()
            found = WAYS[name](case)
            spent[name].append(time.perf_counter() - began)
            if name not in quality:
                quality[name] = case.recall(found)
    return spent, quality


def measure(rounds: int, size: int, sizes: Sequence[int]) -> Measured:
    """Link in memory: grow, then race on `size` listings."""
    cases = {each: Case(each, seed=each) for each in sizes}
    ours(cases[sizes[0]])  # a warm-up
    peak = bench.peak_mb()
    growth = grown("listings", sizes, rounds, lambda n: bench.timed(lambda: ours(cases[n])))
    megabytes = peak()
    spent, quality = race(Case(size, seed=size), rounds)
    (precision, recall), (_, theirs) = quality["ours"], quality["straightforward"]
    if recall < theirs:
        raise Disagreement("recall is under the peer's")
    bars = (
        Bar(f"listings/s at {sizes[-1]:,}", sizes[-1] / growth.seconds[-1], LEAST_RATE, at_least=True),
        Bar("precision", precision, LEAST_PRECISION, at_least=True),
        Bar("recall", recall, LEAST_RECALL, at_least=True),
    )
    return Measured(
        "listings", size, "MinHash bands in plain Python", (), tuple(spent["ours"]), tuple(spent["straightforward"]),
        growth, megabytes, bars,
    )  # fmt: skip


def in_memory(sizes: list[int], rounds: int) -> None:
    print("Sketch to identity, in memory")
    medians: list[float] = []
    for size in sizes:
        spent, quality = race(Case(size, seed=size), rounds if size < 1_000_000 else 1)
        for name, (precision, recall) in quality.items():
            print(f"  {size:>9,} {name:<16} pair precision {precision:.4f}  recall {recall:.4f}")
        medians.append(statistics.median(spent["ours"]))
        if quality["ours"][1] < quality["straightforward"][1]:
            print("  recall is under the peer's: no speed")
            continue
        rate = size / medians[-1]
        print("  " + bench.bar(f"{size:,} listings in memory", rate, LEAST_RATE, "listings/s", least=True))
        print("  " + bench.ratio(f"{size:,} listings against plain Python", spent["ours"], spent["straightforward"], 1))
    if len(sizes) > 1:
        print(f"  cost grows with size to the power {bench.exponent(sizes, medians):.2f}")


def in_warehouse(size: int) -> None:
    case = Case(size, seed=size)
    epoch = epoch_code(DAY)
    with bench.warehouse() as server, db.connect(server.dsn("reader")) as conn:
        seconds, each = [], -(-size // LOADS)
        for n in range(LOADS):
            members = range(n * each, min((n + 1) * each, size))
            day = DAY + timedelta(days=n)
            for source in range(2):
                rows = [row(case, k) for k in members if k % 2 == source]
                load(conn, f"nl_{source}", day, rows, epoch)
            began = time.perf_counter()
            link_day(conn, day, epoch)
            seconds.append(time.perf_counter() - began)
        found = conn_identities(server, case)
    precision, recall = case.recall(found)
    print(
        "  "
        + bench.bar(f"{size:,} listings in the warehouse", size / sum(seconds), LEAST_RATE, "listings/s", least=True)
    )
    print(
        f"    pair precision {precision:.4f}, recall {recall:.4f}; {each:,} new a day: first day {seconds[0]:.2f} s, "
        f"last day {seconds[-1]:.2f} s"
    )


def row(case: Case, n: int) -> FactRow:
    return FactRow(
        listing_key=case.key[n],
        contact_keys=(case.contact[n],) if case.is_numbered[n] else (),
        content_key=case.key[n],
        sketch=case.sketches[n].astype("<u2").tobytes(),
        area_codes=("GM0153",),
        area_probabilities=(0.9,),
        language_code="nl",
        language_probability=0.9,
        setting_code="home",
        setting_probability=0.8,
        pipeline_version="bench",
    )


def load(conn: db.Connection, source: str, day: date, rows: list[FactRow], epoch: str) -> None:
    count = len(rows)
    log = CrawlLog(source, source, day, "ok", "", 1, 1, count, count, 0, 1.0, "bench")
    digest = hashlib.sha256(f"{source} {day}".encode()).digest()
    load_day(conn, source=source, day=day, crawl_log=log, rows=rows, present=(), epoch=epoch, spool_digest=digest)


def conn_identities(server: bench.Server, case: Case) -> list[int]:
    with db.connect(server.dsn("owner")) as conn:
        found = conn.execute(
            "SELECT DISTINCT ON (m.listing_id) l.listing_key, m.identity_id FROM core.identity_member AS m "
            "JOIN core.listing AS l USING (listing_id) ORDER BY m.listing_id, m.from_date DESC"
        ).fetchall()
    number = {bytes(key): identity for key, identity in found}
    return [number[key] for key in case.key]


def national_days(days: int, live: int) -> None:
    print(f"\nNational days: {live:,} listings live, day by day in one epoch")
    market = national.Market(live, days)
    epoch = epoch_code(national.day_of(0))
    loads, links = [], []
    with bench.warehouse() as server, db.connect(server.dsn("reader")) as conn:
        for day in range(days):
            crawls = market.crawls(day)
            loads.append(bench.timed(lambda crawls=crawls: [crawl.load(conn) for crawl in crawls]))
            links.append(bench.timed(lambda day=day: link_day(conn, national.day_of(day), epoch)))
            if day % 7 == 0 or day == days - 1:
                ((texts, listings),) = conn.execute(
                    "SELECT count(*), count(DISTINCT listing_id) FROM core.listing_version"
                ).fetchall()
                print(
                    f"  day {day:>3}: load {loads[-1]:.2f} s, link {links[-1]:.2f} s  ({listings:,} listings, {texts:,} texts in the epoch)"
                )
    print("  " + bench.bar("link of a national day, median of the last week", statistics.median(links[-7:]), 0.8, "s"))
    week = statistics.median(links[1:8])
    print(f"  last week against the first: {statistics.median(links[-7:]) / week:.2f} x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--live", type=int, default=25_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    in_memory(sizes, asked.rounds)
    print("\nSketch to identity, in the warehouse (link_day; loading not counted)")
    for size in sizes:
        in_warehouse(size)
    if asked.days:
        national_days(asked.days, asked.live)


if __name__ == "__main__":
    main()
