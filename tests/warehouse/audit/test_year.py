"""Twelve months over five seeds: what leaks (nothing) and what the protection costs. Minutes: `make test-full`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import spearmanr

from warehouse import calendar
from warehouse.areas import area_parents, municipalities
from warehouse.audit import differencing
from warehouse.audit.battery import before_release
from warehouse.audit.reading import LENGTH, linked_windows
from warehouse.audit.view import EXACT, PROTECTED, View
from warehouse.protection.cells import CellId, VolumeEstimate, VolumeFigure
from warehouse.protection.gate import Estimates, Figures, protect
from warehouse.release import release_areas

FIRST = date(2026, 1, 5)
DAYS = 364
TURNOVER = 0.04
KINDS = ("home", "club", "escort", "unknown")
KEY = b"\x09" * 32


@dataclass
class Person:
    town: str
    kind: str
    record: int
    begin: int
    end: int


def market(seed: int, days: int) -> list[Person]:
    """All of Twente and towns elsewhere; people stay 25 days on average."""
    rng = np.random.default_rng(seed)
    towns = {m.code: m.population / 1_750 for m in municipalities() if m.corop_code == "CR12"}
    towns |= {m.code: m.population / 6_000 for m in municipalities() if m.population > 100_000 and m.code not in towns}
    people = []
    for town, mean in sorted(towns.items()):
        size = rng.poisson(mean)
        begins = [*np.zeros(size, dtype=int), *rng.integers(0, days, rng.poisson(mean * TURNOVER * days))]
        for begin in begins:
            kind = str(rng.choice(KINDS, p=[0.62, 0.1, 0.2, 0.08]))
            stay = int(rng.geometric(TURNOVER))
            people.append(Person(town, kind, int(rng.integers(0, 1 << 62)), int(begin), int(begin) + stay))
    return people


def cells(people: list[Person], period: str, start: int, length: int) -> Iterator[VolumeEstimate]:
    sums: dict[tuple[str, str], list[int]] = {}
    for person in people:
        if person.begin < start + length and person.end > start:
            for area in (person.town, *area_parents(person.town)):
                for setting in ("all",) if period == "day" else ("all", person.kind):
                    cell = sums.setdefault((area, setting), [0, 0])
                    cell[0] += 1
                    cell[1] = (cell[1] + person.record) % (1 << 63)
    for (area, setting), (count, number) in sorted(sums.items()):
        # The hardest case: an estimate that is the count itself.
        yield VolumeEstimate(
            period, FIRST + timedelta(days=start), area, setting, count, 1 / count, float(count), float(count),
            count * 0.8, count * 1.3, 0.9, 3, 0.97, None, [], number,
        )  # fmt: skip


def releases(seed: int, days: int) -> Iterator[tuple[Estimates, Figures, list[str]]]:
    """Release day after day as `warehouse.release` does, against all that touches what is new."""
    areas = release_areas()
    parents = {code: area.parent_code for code, area in areas.items() if area.level_code != "state"}
    people = market(seed, days)
    printed: dict[tuple[str, date], list[VolumeFigure]] = {}
    truth: dict[tuple[str, date], list[VolumeEstimate]] = {}
    for offset in range(days):
        day = FIRST + timedelta(days=offset)
        rows = list(cells(people, "day", offset, 1))
        if calendar.is_last_day_of_week(day):
            rows += cells(people, "week", offset - 6, 7)
        if calendar.is_last_day_of_block(day):
            rows += cells(people, "block", offset - 27, 28)
        estimates = Estimates(rows)
        windows = linked_windows({row.cell for row in rows})
        earlier = [figure for window in windows for figure in printed.get(window, ())]
        behind = [row for window in windows for row in truth.get(window, ())]
        forced: frozenset[CellId] = frozenset()
        for _ in range(12):
            figures = protect(estimates, areas, KEY, forced=forced)
            view = View(figures.volumes, parents, earlier=earlier, shares=figures.shares)
            attempt = before_release(view, estimates, {}, dict, behind)
            failed = [result.code for result in attempt.results if result.outcome == "failed"]
            if not failed:
                break
            forced |= attempt.withhold
        for figure in figures.volumes:
            printed.setdefault((figure.period_code, figure.period_start_date), []).append(figure)
        for row in rows:
            truth.setdefault((row.period_code, row.period_start_date), []).append(row)
        yield estimates, figures, failed


@pytest.mark.full
@pytest.mark.parametrize("seed", range(1, 6))
def test_a_year(seed: int) -> None:
    true, shown = {}, {}
    status: dict[tuple[str, str], int] = {}
    for estimates, figures, failed in releases(seed, DAYS):
        assert not failed
        counts = {row.cell: row.identity_count for row in estimates.volumes}
        for figure in figures.volumes:
            if figure.advertiser_count is not None:
                assert figure.advertiser_count >= 10
                assert counts[figure.cell] >= 10
                shown[figure.cell] = figure.advertiser_count
            if counts.get(figure.cell, 0) >= 10:
                key = (figure.period_code, figure.status_code)
                status[key] = status.get(key, 0) + 1
        true |= counts
    both = sorted(cell for cell in shown if cell.setting_code == "all" and cell.area_code.startswith("GM"))
    errors = np.array([abs(shown[cell] - true[cell]) for cell in both])
    middle = np.array([40 <= true[cell] <= 80 for cell in both])
    assert errors[middle].mean() <= 3

    def claims(figures: dict[CellId, int], exact: bool) -> float:
        pairs = [
            (str(cell), figures[cell], figures[after])
            for cell in figures
            if cell.period_code == "day"
            and cell.area_code.startswith("GM")
            and (after := cell._replace(period_start=cell.period_start + timedelta(days=1))) in figures
        ]
        return len(differencing.one_person_claims(pairs, EXACT if exact else PROTECTED)) / len(pairs)

    small = {cell: true[cell] for cell in both if true[cell] <= 80}
    assert claims(small, exact=True) > 0.15
    assert claims({cell: shown[cell] for cell in small}, exact=False) <= 0.05
    weeks = [cell for cell in both if cell.period_code == "week"]
    rank = spearmanr([true[cell] for cell in weeks], [shown[cell] for cell in weeks]).statistic
    enough = {period: sum(n for (p, _), n in status.items() if p == period) for period in LENGTH}
    open_share = {period: status.get((period, "published"), 0) / enough[period] for period in LENGTH}
    print(  # noqa: T201 - the utility table
        f"\nseed {seed}: mean abs. error {errors.mean():.2f} ({errors[middle].mean():.2f} at 40-80), rank correlation "
        f"of weeks {rank:.4f}, one person told on {claims(small, exact=True):.1%} of exact and "
        f"{claims({cell: shown[cell] for cell in small}, exact=False):.1%} of protected day pairs, published of cells "
        f"with at least ten: {', '.join(f'{period} {share:.1%}' for period, share in open_share.items())}"
    )
    assert rank > 0.95


def test_four_weeks() -> None:
    """The same on one block, for every run of the tests."""
    for _, _, failed in releases(1, 28):
        assert not failed
