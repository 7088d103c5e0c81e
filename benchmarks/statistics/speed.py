"""What a national week costs: 342 municipalities in four settings and the country, against statsmodels in the same run.

    python -P benchmarks/statistics/speed.py [--runs 7] [--seed 977] [--advertisers 8000]

Case a, as every night: `volumes.estimate_areas` for each setting, one ensemble on the country and areas pooled with it.
Case b, everything the long way: a full ensemble of 1,000 draws for every table of a municipality and setting, and the
country's, that is not refused. Bar: five minutes (issue 6), on one core here.
The peer fits the same models of a sample of the same tables one by one with `statsmodels.GLM`; only models that have an
estimate, so it is spared those that ours has to find out about. First N, deviance and AIC must agree, or no speed is told.
Rounds are interleaved in random order; told is the median of their ratios, and the peer's cost of the whole by count.
"""

import argparse
import random
import statistics
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent), str(Path(__file__).parents[1] / "table")]

import numpy as np  # noqa: E402
import statsmodels.api as sm  # noqa: E402
from checks import Check, print_checks  # noqa: E402
from measured import Bar, Disagreement, Measured, bench, grown  # noqa: E402

from warehouse import areas  # noqa: E402
from warehouse.estimates import capture_recapture as cr  # noqa: E402
from warehouse.estimates import volumes  # noqa: E402
from warehouse.estimates.errors import Refusal  # noqa: E402
from warehouse.estimates.level import Knowledge, Level  # noqa: E402
from warehouse.estimates.tables import CaptureTable  # noqa: E402

RUNS, SEED = 7, 977
ADVERTISERS = 8000
LISTS = ("alfa", "beta", "delta", "gamma")
SHARES = np.array([0.45, 0.30, 0.20, 0.12])
SETTINGS = ("all", "home", "club", "escort")
SETTING_SHARES = (0.65, 0.10, 0.25)  # of all but the first
DRAWS = 1000
SAMPLE = 4  # tables fitted by both in a round
MINUTES = 5
NEAR = 1e-4  # N relative, deviance and AIC absolute


@dataclass(frozen=True)
class Week:
    """A made-up national week. `counts` (A, 4, 16) for the areas `codes`, of which `level` 0 are municipalities."""

    codes: tuple[str, ...]
    level: np.ndarray
    counts: np.ndarray

    @property
    def country(self) -> int:
        return self.codes.index(areas.COUNTRY)

    def tables(self) -> list[CaptureTable]:
        """Give all 1,369 tables: each municipality and setting, and the country as a whole."""
        cells = [self.counts[i, k] for i in np.flatnonzero(self.level == 0) for k in range(len(SETTINGS))]
        return [CaptureTable(LISTS, each) for each in (*cells, self.counts[self.country, 0])]


def week(advertisers: int, seed: int) -> Week:
    """Draw advertisers over municipalities by population, of mixed visibility, a fifth of list 1 put on list 2."""
    rng = np.random.default_rng(seed)
    every = areas.municipalities()
    people = np.array([each.population for each in every], dtype=float)
    home = rng.choice(len(every), advertisers, p=people / people.sum())
    setting = rng.choice(3, advertisers, p=SETTING_SHARES)
    effect = np.where(rng.random(advertisers) < 0.35, 1.2, -0.7)
    seen = rng.random((advertisers, 4)) < 1 / (1 + np.exp(-(np.log(SHARES / (1 - SHARES)) + effect[:, None])))
    seen[:, 1] |= seen[:, 0] & (rng.random(advertisers) < 0.2)
    pattern = seen @ 2 ** np.arange(4)
    above = [(each.code, *areas.area_parents(each.code)) for each in every]
    names = sorted({(level, name) for row in above for level, name in enumerate(row)})
    index = {name: i for i, (_, name) in enumerate(names)}
    counts = np.zeros((len(names), len(SETTINGS), 16))
    place = np.array([[index[name] for name in row] for row in above])[home]
    for level in range(place.shape[1]):
        np.add.at(counts, (place[:, level], 0, pattern), 1.0)
        np.add.at(counts, (place[:, level], 1 + setting, pattern), 1.0)
    counts[:, :, 0] = 0
    return Week(tuple(name for _, name in names), np.array([level for level, _ in names]), counts)


def nightly(of: Week, seed: int) -> int:
    """Estimate the week as every night does; give the number of figures."""
    scene = volumes.Scene(
        period=volumes.Period("week", "2026-10-12", 7),
        quality=volumes.Quality(completeness=1.0, known=1.0),
        groups=LISTS,
        areas=of.codes,
        whole=areas.COUNTRY,
        peers=of.level == 0,
        phi=np.full(len(of.codes), 0.96),
        seed=seed,
        level=Level.of(seed, Knowledge(day=date(2026, 10, 18))),
    )
    idle = np.zeros(len(of.codes))
    told = [volumes.estimate_areas(scene, of.counts[:, k], idle, name) for k, name in enumerate(SETTINGS)]
    return sum(figure.point is not None for each in told for figure in each)


def ensemble(table: CaptureTable, seed: int) -> tuple[cr.Fit, ...]:
    """Make the ensemble of one table; give its models, none where it is refused."""
    rng = np.random.default_rng(seed)
    try:
        found = cr.unseen(table, cr.Common.of(rng, DRAWS), most=cr.most_terms(len(table.lists)))
    except Refusal:
        return ()
    found.draw(rng)
    return found.models


def peer_fit(table: CaptureTable, model: cr.Fit) -> tuple[float, float, float]:
    """Fit one model with statsmodels; give N, deviance and AIC."""
    lists = {name: s for s, name in enumerate(table.lists)}
    seen = np.array(list(product((0, 1), repeat=len(lists))))[1:, ::-1].astype(float)  # row r is pattern r + 1
    counts, k = table.counts[1:], seen.sum(axis=1)
    kept = np.ones(len(seen), dtype=bool)
    columns = [np.ones(len(seen)), *seen.T]
    for a, b in model.terms:
        both = seen[:, lists[a]] * seen[:, lists[b]]
        if (a, b) in model.empty_terms:
            kept &= both == 0
        else:
            columns.append(both)
    extra = {"chao": np.maximum(k - 2, 0), "poisson": 2**k - 1, "darroch": k**2 / 2}
    if model.heterogeneity in extra:
        columns.append(extra[model.heterogeneity])
    fitted = sm.GLM(counts[kept], np.stack(columns, axis=1)[kept], family=sm.families.Poisson()).fit(
        maxiter=200, tol=1e-10
    )
    return counts.sum() + float(np.exp(fitted.params[0])), float(fitted.deviance), float(fitted.aic)


def sound(models: tuple[cr.Fit, ...]) -> list[cr.Fit]:
    """Give the models that have one estimate: those that both can fit."""
    return [model for model in models if model.exists and model.identifiable and model.dropped != "not identifiable"]


def disagreement(tables: list[CaptureTable]) -> float:
    """Give the largest difference between ours and the peer's: N relative, deviance and AIC absolute."""
    worst = 0.0
    for table in tables:
        whole = table.without_empty_lists()
        for model in sound(ensemble(table, 1)):
            n, deviance, aic = peer_fit(whole, model)
            worst = max(worst, abs(model.n / n - 1), abs(model.deviance - deviance), abs(model.aic - aic))
    return worst


def race(tables: list[CaptureTable], rounds: int, seed: int) -> tuple[list[float], list[float], int]:
    """Let both fit the same tables, in random order each round; give the seconds of both and the models the peer fits."""
    work = [(table.without_empty_lists(), sound(ensemble(table, 1))) for table in tables]
    steps = {
        "ours": lambda: [ensemble(table, 1) for table in tables],
        "peer": lambda: [peer_fit(table, model) for table, models in work for model in models],
    }
    spent: dict[str, list[float]] = {name: [] for name in steps}
    order = random.Random(seed)
    for _ in range(rounds):
        for name in order.sample(sorted(steps), len(steps)):
            spent[name].append(bench.timed(steps[name]))
    return spent["ours"], spent["peer"], sum(len(models) for _, models in work)


def sample(tables: list[CaptureTable], seed: int) -> list[CaptureTable]:
    """Give the country, and municipalities by lot that are not refused."""
    order = np.random.default_rng([seed, 1]).permutation(len(tables) - 1).tolist()
    told = (tables[i] for i in order if sound(ensemble(tables[i], 1)))
    return [tables[-1], *islice(told, SAMPLE - 1)]


def measure(rounds: int, size: int, sizes: Sequence[int]) -> Measured:
    """Grow the night's estimates; then race on models of tables of a week of `size` advertisers."""
    weeks = {each: week(each, SEED) for each in sizes}
    nightly(weeks[sizes[0]], SEED)  # a warm-up
    peak = bench.peak_mb()
    growth = grown("advertisers", sizes, rounds, lambda n: bench.timed(lambda: nightly(weeks[n], SEED)))
    megabytes = peak()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in `results`
        tables = sample(week(size, SEED).tables(), SEED)
        worst = disagreement(tables)
        if not worst <= NEAR:
            raise Disagreement(f"N, deviance or AIC differ by {worst:.1g}")
        ours, peer, fitted = race(tables, rounds, SEED)
    night = Bar(f"seconds a night at {sizes[-1]:,}", growth.seconds[-1], 60.0 * MINUTES)
    return Measured(
        "models", fitted, "statsmodels GLM, model by model", ("statsmodels",), tuple(ours), tuple(peer), growth,
        megabytes, (night,),
    )  # fmt: skip


def results(runs: int = RUNS, seed: int = SEED, advertisers: int = ADVERTISERS) -> list[Check]:
    """Give seconds of both cases beside their bar, and how many times as long the peer takes."""
    made = week(advertisers, seed)
    tables = made.tables()
    models: list[tuple[cr.Fit, ...]] = []
    long_way = bench.timed(lambda: models.extend(ensemble(table, seed) for table in tables))
    told = [(table, sound(each)) for table, each in zip(tables, models, strict=True) if each]
    raced = sample(tables, seed)
    figures = nightly(made, seed)
    found = [
        Check(
            "speed", "a: every night", "seconds", bench.timed(lambda: nightly(made, seed)), 60.0 * MINUTES, "at_most"
        ),
        Check("speed", "a: every night", "figures", figures),
        Check("speed", "b: the long way", "seconds", long_way, 60.0 * MINUTES, "at_most"),
        Check("speed", "b: the long way", "tables", len(tables)),
        Check("speed", "b: the long way", "tables not refused", len(told)),
        Check("speed", "b: the long way", "models", sum(len(each) for each in models)),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fits near the boundary; what matters is whether figures agree
        worst = disagreement(raced)
        found.append(Check("speed", "statsmodels, sample", "largest disagreement", worst, NEAR, "at_most"))
        if not worst <= NEAR:
            return found  # no speed is told of figures that differ
        ours, peer, fitted = race(raced, runs, seed)
    middle, low, high = bench.spread(ours, peer)
    each = statistics.median(peer) / fitted
    return [
        *found,
        Check("speed", "statsmodels, sample", "tables", len(raced)),
        Check("speed", "statsmodels, sample", "models", fitted),
        Check("speed", "statsmodels, sample", "ms a model", 1000 * each),
        Check("speed", "statsmodels / ours, sample", "times as long, median", middle),
        Check("speed", "statsmodels / ours, sample", "lowest but outermost", low),
        Check("speed", "statsmodels / ours, sample", "highest but outermost", high),
        Check("speed", "statsmodels, b by count of models", "seconds", each * sum(len(models) for _, models in told)),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Print every figure beside its bar."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=RUNS, help="rounds of the race")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--advertisers", type=int, default=ADVERTISERS)
    asked = parser.parse_args(arguments)
    return 0 if print_checks(results(asked.runs, asked.seed, asked.advertisers)) else 1


if __name__ == "__main__":
    sys.exit(main())
