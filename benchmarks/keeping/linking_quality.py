"""How well listings are linked into identities, on synthetic markets, beside what is possible and beside the bars.

    python -P benchmarks/keeping/linking_quality.py [--seeds 101-112] [--days 28]

Rules and limits were chosen on seeds 1-6. Every world is kept and linked day by day in a real warehouse, once without
and once with generic numbers on 2 % of the advertisements. `ideal` is what any linker could reach with what is kept:
listings of one advertiser that share neither a number nor words, nor hang together through others of hers, cannot be
found; `of reachable` is recall among the pairs that can. Fakes belong to nobody: they are loaded and linked with the
rest, and left out of the scores of advertisers' listings; `with fakes` counts each as a stranger, who at half of them has
taken somebody's words and number whole. Advertisers are counted from identities by kappa of a blinded audit of 300.
"""

import argparse
import statistics
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import bench  # noqa: E402
import linking_audit  # noqa: E402
import markets  # noqa: E402
import numpy as np  # noqa: E402

from warehouse import db  # noqa: E402


def pairs(sizes: np.ndarray) -> float:
    return float((sizes * (sizes - 1.0) / 2).sum())


def score(true: list, found: list) -> dict[str, float]:
    """Pair precision and recall, adjusted Rand index (Hubert and Arabie 1985), B-cubed F1 (Bagga and Baldwin 1998)."""
    _, t = np.unique(np.array(true), return_inverse=True)
    _, p = np.unique(np.array(found), return_inverse=True)
    _, both, count = np.unique(t * (p.max() + 1) + p, return_inverse=True, return_counts=True)
    sizes_t, sizes_p = np.bincount(t), np.bincount(p)
    hit, truth, said, every = pairs(count), pairs(sizes_t), pairs(sizes_p), pairs(np.array([len(t)]))
    chance = truth * said / every
    b3p, b3r = (count[both] / sizes_p[p]).mean(), (count[both] / sizes_t[t]).mean()
    return {
        "P": hit / said,
        "R": hit / truth,
        "ARI": (hit - chance) / ((truth + said) / 2 - chance),
        "B3": 2 * b3p * b3r / (b3p + b3r),
        "raw count": len(sizes_p) / len(sizes_t) - 1,
        "biggest": sizes_p.max() / sizes_t.max(),
    }


def measure(conn: db.Connection, seed: int, days: int, generic: float) -> dict[str, float]:
    made = markets.market(seed, days=days, generic=generic)
    with db.transaction(conn, rollback=True):
        for day in made.keep(conn):
            last = day
        number = markets.identities(conn, made, last)
    handles = sorted(number)
    owner = [made.owner(handle) for handle in handles]
    mine = [n for n, who in enumerate(owner) if who is not None]
    true = [owner[n] for n in mine]
    ideal = markets.reachable(made, handles)
    result = score(true, [number[handles[n]] for n in mine])
    best = score(true, [ideal[n] for n in mine])
    everybody = [("fake", n) if who is None else ("advertiser", who) for n, who in enumerate(owner)]
    names = {who: k for k, who in enumerate(dict.fromkeys(everybody))}
    with_fakes = score([names[who] for who in everybody], [number[handle] for handle in handles])
    result |= {f"ideal {name}": best[name] for name in ("R", "ARI", "B3", "raw count")}
    result |= {"of reachable": result["R"] / best["R"], "P with fakes": with_fakes["P"]}
    sizes = Counter(number.values())
    audit = linking_audit.scripted(made, number, seed)
    result["count"] = audit.kappa.point * len(sizes) / len(set(true)) - 1
    result["kappa"] = audit.kappa.point
    return result


BARS = (
    ("pair precision", "P", 0.99, True),
    ("pair recall, all pairs of one advertiser", "R", 0.95, True),
    ("pair recall, ideal linker", "ideal R", 0.95, True),
    ("pair recall, of the pairs within reach", "of reachable", 0.95, True),
    ("adjusted Rand index", "ARI", 0.95, True),
    ("adjusted Rand index, ideal linker", "ideal ARI", 0.95, True),
    ("B-cubed F1", "B3", 0.97, True),
    ("B-cubed F1, ideal linker", "ideal B3", 0.97, True),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="101-112")
    parser.add_argument("--days", type=int, default=28)
    asked = parser.parse_args()
    first, _, last = asked.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    with bench.warehouse() as server, db.connect(server.dsn("owner")) as conn:
        for generic in (0.0, 0.02):
            print(f"\nSynthetic markets {asked.seeds}, {asked.days} days, generic numbers on {generic:.0%} of listings")
            results = []
            for seed in seeds:
                found = measure(conn, seed, asked.days, generic)
                results.append(found)
                print(f"  seed {seed:>4} " + "  ".join(f"{name} {value:.4f}" for name, value in found.items()))
            print("  mean over seeds, with the worst of them")
            for name, key, limit, least in BARS:
                values = [each[key] for each in results]
                print(
                    f"  {bench.bar(name, statistics.fmean(values), limit, '', least=least)}   mean {statistics.fmean(values):.4f}, worst {min(values):.4f}"
                )
            for name, key in (
                ("advertisers by kappa, error", "count"),
                ("identities as advertisers, error", "raw count"),
                ("the same, ideal linker", "ideal raw count"),
            ):
                values = [abs(each[key]) for each in results]
                print(f"  {bench.bar(name, 100 * statistics.fmean(values), 2, '%')}   worst {100 * max(values):.2f} %")
            biggest = max(each["biggest"] for each in results)
            print(f"  {bench.bar('biggest identity against the biggest advertiser', biggest, 3, 'x')}")
            fakes = statistics.fmean(each["P with fakes"] for each in results)
            print(f"  pair precision where each fake counts as a stranger {fakes:.4f} (no bar: half of them copy all)")


if __name__ == "__main__":
    main()
