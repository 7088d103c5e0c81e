"""Stays, the four-step count and effects of policy behind the gate: does the printed interval hold the truth, and what is left.

    .venv/bin/python -P benchmarks/protection/beside.py [--runs 400] [--seed 8301]

Each run draws a truth, an estimate with an honest 95 % interval, and people with record numbers of their own; then the gate
prints. Coverage is of the truth by the printed interval, where one is printed. `told` is the share that is printed, `error` the
mean distance between the printed and the estimated figure. A3 is the attack on ratios, with its positive control; A10 the scan.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1] / "statistics")]

import numpy as np  # noqa: E402
from checks import Check, command  # noqa: E402

from warehouse.audit import disclosure_beside  # noqa: E402
from warehouse.protection.cells import Area, VolumeFigure  # noqa: E402
from warehouse.protection.gate import Estimates  # noqa: E402
from warehouse.protection.policies import protect_effects  # noqa: E402
from warehouse.protection.rows import (  # noqa: E402
    Beside,
    PolicyEffectEstimate,
    StayEstimate,
    StayFigure,
    StepEstimate,
    StepFigure,
)
from warehouse.protection.stays import protect_stays  # noqa: E402
from warehouse.protection.steps import STEPS, protect_steps  # noqa: E402

KEY = b"\x08" * 32  # of a market that does not exist
END = date(2026, 12, 6)  # tells the fourth quarter
BLOCK, WEEK = END - timedelta(days=27), END - timedelta(days=6)
PLACES = {"NL": Area("NL", "NL", "country", None), "CR12": Area("CR12", "CR12", "corop", "NL")}
Z, BAR = 1.959963984540054, 0.95


def results(runs: int, seed: int) -> list[Check]:
    """Run all scenarios, `runs` times each."""
    rng = np.random.default_rng(seed)
    return [*_shares(rng, runs), *_lengths(rng, runs), *_steps(rng, runs), *_effects(rng, runs)]


def _stay(code: str, area: str, n: int, part: int | None, values: tuple[float, ...], number: int) -> StayEstimate:
    low = number + 1 if part is not None else None
    return StayEstimate(BLOCK, code, area, n, number, part, low, *values, None)


def _printed(row: StayEstimate) -> StayFigure:
    told = protect_stays([row], [], PLACES, KEY)
    return next(one for one in told if (one.area_code, one.figure_code) == (row.area_code, row.figure_code))


def _shares(rng: np.random.Generator, runs: int) -> Iterator[Check]:
    for n in (40, 80, 300, 1_000):
        held, own, errors, found, told, bared = [], [], [], 0, 0, 0
        for _ in range(runs):
            p = rng.uniform(0.15, 0.85)
            k = int(rng.binomial(n, p))
            point = (k + 0.5) / (n + 1)
            half = Z * np.sqrt(point * (1 - point) / n)
            row = _stay(
                "carousel_share", "ALLX", n, k, (point, point - half, point + half), int(rng.integers(1, 2**62))
            )
            figure = _printed(row)
            if figure.advertiser_share is None or figure.lower_share is None or figure.upper_share is None:
                continue
            told += 1
            own.append(abs(point - p) <= half)
            held.append(figure.lower_share <= p <= figure.upper_share)
            errors.append(abs(figure.advertiser_share - point))
            beside = Beside(stays=[figure])
            found += len(disclosure_beside.narrowed(beside))
            found += len(disclosure_beside.found(beside, Estimates([], stays=[row])))
            bared += bool(disclosure_beside.narrowed(Beside(stays=[_of_what_is_behind(figure, k / n)])))
        yield from _told(f"share, {n} identities", (told, runs), held, errors, own)
        yield Check("beside", f"share, {n} identities", "A3 and A10 hits", found, 0, "at_most")
        yield Check("beside", f"share, {n} identities", "A3, share of what is behind", bared / max(told, 1))


def _of_what_is_behind(figure: StayFigure, share: float) -> StayFigure:
    return replace(figure, advertiser_share=round(share, 2))


def _lengths(rng: np.random.Generator, runs: int) -> Iterator[Check]:
    for unit, centre, n in (("weeks", 4.0, 30), ("weeks", 4.0, 120), ("days", 11.0, 60), ("days", 30.0, 200)):
        held, own, errors, told = [], [], [], 0
        for _ in range(runs):
            truth = centre * rng.uniform(0.7, 1.5)
            # The median of n exponential stays has standard error median / (log 2 sqrt(n)) in the middle of the curve.
            deviation = truth / (np.log(2) * np.sqrt(n))
            point = max(float(rng.normal(truth, deviation)), 0.1)
            values = (point, point - Z * deviation, point + Z * deviation)
            figure = _printed(_stay(f"dwell_median_{unit}", "GM0153" if unit == "weeks" else "CR12", n, None, values,
                                    int(rng.integers(1, 2**62))))  # fmt: skip
            if figure.stay_count is None or figure.lower_count is None or figure.upper_count is None:
                continue
            told += 1
            own.append(values[1] <= truth <= values[2])
            held.append(figure.lower_count <= truth <= figure.upper_count)
            errors.append(abs(figure.stay_count - point))
        yield from _told(f"median {centre:g} {unit}, {n} identities", (told, runs), held, errors, own)


def _steps(rng: np.random.Generator, runs: int) -> Iterator[Check]:
    for n, mean in ((40, 1.5), (120, 1.5), (300, 2.5), (3_000, 2.5)):
        held: dict[str, list[bool]] = {step: [] for step in STEPS[:3]}
        errors: dict[str, list[float]] = {step: [] for step in STEPS[:3]}
        kept: list[bool] = []
        found = 0
        for _ in range(runs):
            people = n + int(rng.integers(0, 5))
            ads = rng.geometric(1 / mean, people)
            distinct = np.maximum(rng.binomial(ads, 0.7), 1)
            number = int(rng.integers(1, 2**62))
            counts = ((ads.sum(), ads.max()), (distinct.sum(), distinct.max()), (people, 1))
            rows = [StepEstimate(WEEK, "CR12", step, float(count), int(most), people, number)
                    for step, (count, most) in zip(STEPS[:3], counts, strict=True)]  # fmt: skip
            volume = VolumeFigure(
                "week", WEEK, "CR12", "all", "published", "", 5 * round(n / 4), None, n, 2 * n, None, 3, 0.9, []
            )
            figures = protect_steps(rows, [volume], PLACES, KEY)
            found += len(disclosure_beside.narrowed(Beside(steps=figures)))
            for row, figure in _pairs(rows, figures):
                held[row.step_code].append((figure.lower_count or 0) <= row.point_count <= (figure.upper_count or 0))
                errors[row.step_code].append(abs((figure.step_count or 0) - row.point_count) / row.point_count)
            before = {row.step_code: row.point_count for row in rows}
            for one, now in pairwise(STEPS[:3]):
                for figure in figures:
                    if (figure.area_code, figure.step_code) == ("CR12", now) and figure.deflator_value is not None:
                        low, high = figure.lower_deflator_value or 0.0, figure.upper_deflator_value or 0.0
                        kept.append(low <= before[now] / before[one] <= high)
        yield Check("beside", f"deflators, {n} identities", "told", len(kept) / (2 * runs))
        if kept:
            yield Check("beside", f"deflators, {n} identities", "coverage", float(np.mean(kept)), BAR, "at_least")
        for step in STEPS[:3]:
            yield from _told(f"{step}, {n} identities", (len(held[step]), runs), held[step], errors[step])
        yield Check("beside", f"steps, {n} identities", "A3 hits", found, 0, "at_most")


def _pairs(rows: Iterable[StepEstimate], figures: Iterable[StepFigure]) -> list[tuple[StepEstimate, StepFigure]]:
    printed = {one.step_code: one for one in figures if one.area_code == "CR12" and one.step_count is not None}
    return [(row, printed[row.step_code]) for row in rows if row.step_code in printed]


def _effects(rng: np.random.Generator, runs: int) -> Iterator[Check]:
    for level, truth in ((20.0, 1.0), (40.0, 1.0), (80.0, 1.0), (80.0, 0.6), (200.0, 1.3)):
        held, own, errors, claims, asked = [], [], [], 0, 0
        for run in range(runs):
            deviation = float(np.hypot(0.05, 1 / np.sqrt(4 * level)))
            log = float(rng.normal(np.log(truth), deviation))
            point, low, high = (float(np.exp(log + side * Z * deviation)) for side in (0, -1, 1))
            change, least, most = (level * (1 - 1 / each) for each in (point, low, high))
            sure = not low <= 1 <= high
            row = PolicyEffectEstimate(f"GM0153-{run}", END, "all", "GM0153", 104, 26, 20, [], 0.8, 1.25, point, low, high, sure, 100, 3,
                                       change, least, most, None, None, None, "cannot_tell", None, 0, 0, level)  # fmt: skip
            (figure,) = protect_effects([row], KEY)
            if figure.ratio_value is None or figure.lower_ratio_value is None or figure.upper_ratio_value is None:
                continue
            own.append(low <= truth <= high)
            held.append(figure.lower_ratio_value <= truth <= figure.upper_ratio_value)
            errors.append(abs(figure.ratio_value - point))
            claims, asked = claims + (figure.effect_code in ("lower", "higher")), asked + sure
        name = f"effect {truth:g}, level {level:g}"
        yield from _told(name, (len(held), runs), held, errors, own)
        yield Check("beside", name, "effects told", claims / runs, 0.05 if truth == 1.0 else None,
                    "at_most" if truth == 1.0 else "shown")  # fmt: skip
        yield Check("beside", name, "effects behind the gate", asked / runs)


def _told(
    name: str, told: tuple[int, int], held: list[bool], errors: list[float], own: list[bool] | None = None
) -> Iterator[Check]:
    yield Check("beside", name, "told", told[0] / told[1])
    if not held:
        return
    # Of so many runs chance alone takes two standard errors.
    bar = BAR - 2 * float(np.sqrt(BAR * (1 - BAR) / len(held)))
    yield Check("beside", name, "coverage", float(np.mean(held)), round(bar, 3), "at_least")
    if own is not None:
        yield Check("beside", name, "coverage behind the gate", float(np.mean(own)))
    yield Check("beside", name, "error", float(np.mean(errors)))


if __name__ == "__main__":
    sys.exit(command(__doc__ or "", results, 400, 8_301))
