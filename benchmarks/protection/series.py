"""Releases one after the other without a database, each attacked before it counts as `warehouse.release` has it.

The only place here that calls the gate with its attacks.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeVar

import numpy as np
import worlds

from warehouse import calendar
from warehouse.audit import battery, sequence
from warehouse.audit.reading import Window, linked_windows
from warehouse.audit.results import AttackResult
from warehouse.audit.view import View, printed
from warehouse.protection.cells import (
    AnyCell,
    CellId,
    LanguageFigure,
    MovementFigure,
    VolumeEstimate,
    VolumeFigure,
)
from warehouse.protection.gate import Estimates, Figures, protect
from warehouse.release import release_areas

KEY = b"\x09" * 32  # of a market that does not exist
ROUNDS = 12  # as warehouse.release
# Every so many days, and on the last day of every other block, a vintage misses somebody, who is in a new version so many
# days later.
CORRECTED = (9, 3)
PARENTS = {code: area.parent_code for code, area in release_areas().items() if area.level_code != "state"}
Row = TypeVar("Row")
_LEVELS = ("corop", "province", "country")


@dataclass(frozen=True, slots=True)
class Released:
    """One version of one vintage: what lay behind it, what was told, what each attack found; `failed` was not published.

    `without` are the persons whose listing was not read in time for it.
    """

    day: date
    version: int
    estimates: Estimates
    figures: Figures
    results: tuple[AttackResult, ...]
    rounds: int
    without: tuple[int, ...] = ()

    @property
    def failed(self) -> tuple[str, ...]:
        """Codes of the attacks that no withholding could stop: the day is blocked."""
        return tuple(result.code for result in self.results if result.outcome == "failed")

    @property
    def lost(self) -> tuple[str, ...]:
        """Codes of the attacks whose positive control was not won."""
        return tuple(
            result.code for result in self.results if result.outcome != "not_run" and not result.is_control_won
        )


@dataclass
class Series:
    """All that was released so far, every version in its order, and the truth behind the last one of each window."""

    figures: dict[Window, list[VolumeFigure]] = field(default_factory=lambda: defaultdict(list))
    movements: dict[date, list[MovementFigure]] = field(default_factory=lambda: defaultdict(list))
    languages: dict[date, list[LanguageFigure]] = field(default_factory=lambda: defaultdict(list))
    truth: dict[Window, dict[CellId, VolumeEstimate]] = field(default_factory=lambda: defaultdict(dict))
    versions: Counter[date] = field(default_factory=Counter)

    def release(self, day: date, estimates: Estimates) -> Released:
        """Protect and attack until nothing is found, and keep what may be published."""
        known = release_areas()
        sample = {code: area for code, area in known.items() if area.level_code in _LEVELS}
        sampled = Estimates([row for row in estimates.volumes if row.area_code in sample])
        linked = linked_windows(row.cell for row in estimates.volumes)
        behind = [row for window in linked for row in self.truth.get(window, {}).values()]
        forced: frozenset[AnyCell] = frozenset()
        for rounds in range(1, ROUNDS + 1):
            figures = protect(estimates, known, KEY, forced=forced)
            attempt = battery.before_release(
                self._view(figures), estimates, {}, lambda: printed(protect(sampled, sample, KEY).volumes), behind
            )
            made = Released(day, self.versions[day] + 1, estimates, figures, attempt.results, rounds)
            if not made.failed or not attempt.withhold - forced:
                break
            forced |= attempt.withhold
        if not made.failed:
            self._keep(made)
        return made

    def _view(self, figures: Figures) -> View:
        """Lay figures beside what was released of windows that touch theirs, as `warehouse.audit.reading.view_of` does."""
        own = {(row.period_code, row.period_start_date) for row in figures.volumes}
        steps = [timedelta(days=distance) for distance in range(-sequence.REACH, sequence.REACH + 1)]
        near = {("day", start + step) for period, start in own if period == "day" for step in steps}
        windows = sorted(own | near | {*linked_windows(row.cell for row in figures.volumes)})
        return View(
            new=figures.volumes,
            parents=PARENTS,
            earlier=[row for window in windows for row in self.figures.get(window, ())],
            shares=figures.shares,
            movements=figures.movements,
            languages=figures.languages,
            beside=figures.beside,
            earlier_movements=_of_blocks(self.movements, {row.block_start_date for row in figures.movements}),
            earlier_languages=_of_blocks(self.languages, {row.block_start_date for row in figures.languages}),
        )

    def _keep(self, made: Released) -> None:
        self.versions[made.day] = made.version
        for figure in made.figures.volumes:
            self.figures[figure.period_code, figure.period_start_date].append(figure)
        for flow in made.figures.movements:
            self.movements[flow.block_start_date].append(flow)
        for told in made.figures.languages:
            self.languages[told.block_start_date].append(told)
        for row in made.estimates.volumes:
            self.truth[row.period_code, row.period_start_date][row.cell] = row


def _of_blocks(kept: Mapping[date, Sequence[Row]], blocks: Iterable[date]) -> list[Row]:
    return [row for block in sorted(blocks) for row in kept.get(block, ())]


def year(market: worlds.Market, seed: int) -> Iterator[Released]:
    """Release each day of a market, and now and then one again: somebody's listing of that day was read late."""
    rng = np.random.default_rng([seed, market.days])
    series, late = Series(), {}
    every, after = CORRECTED
    for day in range(market.days):
        without: tuple[int, ...] = ()
        if day % every == every - 3 or day % (2 * calendar.BLOCK_DAYS) == calendar.BLOCK_DAYS - 1:
            without = (int(rng.choice(market.people(worlds.areas.FOCUS, day))),)
            late[day + after] = day
        made = series.release(worlds.FIRST + timedelta(days=day), market.estimates(day, without))
        yield replace(made, without=without)
        if (again := late.get(day)) is not None:
            yield series.release(worlds.FIRST + timedelta(days=again), market.estimates(again))


def inexact(estimates: Estimates, spread: float, rng: np.random.Generator) -> Estimates:
    """Let the estimates of volumes miss the truth by `spread` (standard error of the logarithm), with honest intervals."""
    points = {row.cell: row.identity_count * float(np.exp(spread * rng.standard_normal())) for row in estimates.volumes}
    low, high = np.exp(-1.96 * spread), np.exp(1.96 * spread)
    rows = [
        replace(row, point_count=point, lower_count=point * low, upper_count=point * high)
        for row in estimates.volumes
        if (point := points[row.cell])
    ]
    return replace(estimates, volumes=rows)
