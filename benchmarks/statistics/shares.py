"""Calibration: shares corrected for the reading, kappa from an audit, and a list that is not ours.

    python -P benchmarks/statistics/shares.py [--runs 200] [--seed 701]

Shares: texts are labelled, and identities read, under the confusion of `warehouse/data/confusion.toml`, drawn anew in each
run at the sizes of that file; true shares are far from those of the labelled texts. Uncorrected shares are those of the
identities that told, with an interval for sampling alone. Audits: markets with split and mixed identities, judged blind
at 150 of them. External list: .20 of the advertisers are on no source; the list holds .30 of all, or .30 of those who are
on a source and .15 of the others. Ends with 1 where a bar is missed.
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
import numpy.typing as npt  # noqa: E402
from checks import Check, command  # noqa: E402

from warehouse.estimates import calibration, shares  # noqa: E402
from warehouse.estimates import capture_recapture as cr  # noqa: E402
from warehouse.estimates.audit_files import of_judged  # noqa: E402
from warehouse.estimates.calibration import Audit  # noqa: E402
from warehouse.estimates.tables import CaptureTable  # noqa: E402
from warehouse.linkage_audit import FEWEST_IDENTITIES, Candidate, draw, judge  # noqa: E402

FloatArray = npt.NDArray[np.float64]

RUNS, SEED = 200, 701
SIZES = (60, 200, 1000)
SMALLEST = 0.02  # labels with less are no part of the shares of these markets
DAY = date(2026, 11, 22)
SILENT = 0.15  # of identities tell nothing, whoever they are
# Labelled: home .54 of those who meet, club .14, escort .23.
TRUE_SETTINGS = {"home": 0.25, "club": 0.50, "escort": 0.22, "other": 0.03}
TRUE_LANGUAGES = {"nl": 0.25, "ro": 0.25, "es": 0.20, "en": 0.10, "hu": 0.08, "pl": 0.07, "other": 0.05}
ON_SOURCES = np.array([0.45, 0.30, 0.20, 0.12])  # STATISTICS 5
POPULATION, ON_NONE = 600, 0.20
EXTERNAL = {"independent": (0.30, 0.30), "half as likely where unseen": (0.30, 0.15)}


def results(runs: int, seed: int) -> list[Check]:
    """Run the whole battery."""
    return [*_settings(runs, seed), *_languages(runs, seed), *_audits(runs, seed), *_external(runs, seed)]


def _settings(runs: int, seed: int) -> Iterator[Check]:
    yield from _shares("setting", TRUE_SETTINGS, shares.SETTINGS, runs, seed)


def _languages(runs: int, seed: int) -> Iterator[Check]:
    yield from _shares("language", TRUE_LANGUAGES, tuple(TRUE_LANGUAGES), runs, seed)


def _shares(signal: str, truth: dict[str, float], among: tuple[str, ...], runs: int, seed: int) -> Iterator[Check]:
    known = shares.confusion(signal)
    rows, sizes = known.rows(), known.counts.sum(axis=1).astype(int)
    market = np.array([truth.get(name, 0.0) * (1 - SILENT) for name in known.true[:-1]] + [SILENT])
    wanted = np.array([truth[name] for name in among])
    wanted /= wanted.sum()
    told = [known.read.index(name) for name in among]
    for size in SIZES:
        rng = np.random.default_rng([seed, size])
        inside, naive, error, naive_error, width = ([] for _ in range(5))
        for _ in range(runs):
            labelled = np.array([rng.multinomial(n, row) for n, row in zip(sizes, rows, strict=True)], dtype=np.float64)
            read = rng.multinomial(size, market @ rows)
            made = shares.corrected(
                dict(zip(known.read, map(int, read), strict=True)),
                shares.Confusion(known.true, known.read, labelled),
                area_code="CR12",
                days=28,
                rng=rng,
                among=among,
            )
            low, point, high = (np.array([getattr(s, end) for s in made.shares]) for end in ("lower", "point", "upper"))
            inside.append((low <= wanted) & (wanted <= high))
            width.append(high - low)
            error.append(point - wanted)
            plain = read[told] / read[told].sum()
            half = 1.96 * np.sqrt(plain * (1 - plain) / read[told].sum())
            naive.append(np.abs(plain - wanted) <= half)
            naive_error.append(plain - wanted)
        name = f"{signal}, {size} identities"
        yield Check("shares", name, "coverage", float(np.mean(inside)), 0.93, "at_least")
        yield Check("shares", name, "coverage of the worst label", float(np.mean(inside, axis=0).min()))
        yield Check("shares", name, "coverage, uncorrected", float(np.mean(naive)))
        yield Check("shares", name, "worst bias", float(np.abs(np.mean(error, axis=0)).max()))
        yield Check("shares", name, "worst bias, uncorrected", float(np.abs(np.mean(naive_error, axis=0)).max()))
        yield Check("shares", name, "mean width", float(np.mean(width)))


def _audits(runs: int, seed: int) -> Iterator[Check]:
    for split, mixed in ((0.2, 0.1), (0.05, 0.3)):
        inside, width, unaudited = [], [], []
        for run in range(runs):
            rng = np.random.default_rng([seed, run, round(split * 100)])
            listings, person_of = _linked(rng, 900, split, mixed)
            truth = len(set(person_of.values())) / len({each.identity for each in listings})
            sheets = draw(listings, FEWEST_IDENTITIES, seed=seed + run, beside=10_000)
            said = judge(sheets, [{handle: person_of[handle] for handle in sheet.handles} for sheet in sheets])
            audit = of_judged(said.kappa, said.identities, DAY)
            low, high = _ends([audit], rng)
            inside.append(low <= truth <= high)
            width.append((high - low) / 2 / truth)
            low, high = _ends([], rng)
            unaudited.append(low <= truth <= high)
        name = f"kappa, {split:.0%} split, {mixed:.0%} mixed, {FEWEST_IDENTITIES} judged"
        yield Check("audits", name, "coverage", float(np.mean(inside)), 0.93, "at_least")
        yield Check("audits", name, "half-width", float(np.mean(width)))
        yield Check("audits", name, "coverage without audit", float(np.mean(unaudited)))


def _ends(audits: list[Audit], rng: np.random.Generator) -> tuple[float, float]:
    low, high = np.quantile(calibration.kappa(audits, DAY, rng, 2000).draws, (0.025, 0.975))
    return float(low), float(high)


def _linked(
    rng: np.random.Generator, people: int, split: float, mixed: float
) -> tuple[list[Candidate], dict[str, int]]:
    """Listings of people, some split over several identities, some sharing one with the person before."""
    listings, person_of, identity = [], {}, 0
    for person in range(people):
        identity += int(rng.random() >= mixed)
        for k in range(int(rng.integers(1, 6))):
            identity += int(k > 0 and rng.random() < split)
            handle = f"{person}-{k}"
            # Neighbours in number are neighbours on the ground, so that what belongs together can lie on one sheet.
            listings.append(Candidate(handle, identity, frozenset({f"{person // 5}", f"{(person + 2) // 5 + 0.5}"})))
            person_of[handle] = person
    return listings, person_of


def _external(runs: int, seed: int) -> Iterator[Check]:
    for name, (where_seen, where_not) in EXTERNAL.items():
        with_list, without, inside, outside = [], [], [], []
        for run in range(max(runs // 4, 1)):
            rng = np.random.default_rng([seed, run, 3])
            unseen = rng.random(POPULATION) < ON_NONE
            on = (rng.random((POPULATION, 4)) < ON_SOURCES) & ~unseen[:, None]
            listed = rng.random(POPULATION) < np.where(unseen, where_not, where_seen)
            for columns, points, covers in (
                (np.column_stack([on, listed]), with_list, inside),
                (on, without, outside),
            ):
                made = cr.ensemble(_table(columns), seed=seed + run)
                points.append(made.point / POPULATION - 1)
                covers.append(made.lower <= POPULATION <= made.upper)
        scenario = f"external list, {name}"
        yield Check("external", scenario, "median bias", float(np.median(with_list)))
        yield Check("external", scenario, "median bias without it", float(np.median(without)))
        yield Check("external", scenario, "coverage", float(np.mean(inside)))
        yield Check("external", scenario, "coverage without it", float(np.mean(outside)))


def _table(on: npt.NDArray[np.bool_]) -> CaptureTable:
    lists = on.shape[1]
    counts = np.bincount(on @ (1 << np.arange(lists)), minlength=2**lists).astype(np.float64)
    counts[0] = 0
    return CaptureTable(tuple("abcde"[:lists]), counts)


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", results, RUNS, SEED))
