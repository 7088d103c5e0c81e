"""What a reader gets of simulated worlds: the real gate's figures, read back as far as the published rules allow.

A printed row holds up to four numbers that were made from one noisy count (the figure, the ends of its interval, the
floor). Each was rounded in its own way, so together they say more than the figure alone: `_readings` tables which noisy
counts give which row. Twins without protection give the same arrays.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from warehouse.areas import ELSEWHERE, EVERYWHERE, FOCUS, REST_OF_COUNTRY, REST_OF_REGION
from warehouse.audit.neighbours import (
    AREAS,
    BLOCK_START,
    FLOWS,
    LANGUAGE_AREAS,
    LANGUAGE_CELLS,
    VOLUME_CELLS,
    Ints,
    Worlds,
)
from warehouse.estimates.counting import sealed
from warehouse.flows import flow_pairs
from warehouse.protection.cells import (
    BELOW,
    FEW_FOR_A_DAY,
    PUBLISHED,
    LanguageEstimate,
    MovementEstimate,
    VolumeEstimate,
)
from warehouse.protection.gate import Estimates, Figures, protect
from warehouse.protection.languages import OTHER
from warehouse.protection.noise import law
from warehouse.protection.rounding import protect_value
from warehouse.protection.rules import LANGUAGE, MOVEMENT, VOLUME, RuleSet

SHOWN, LABEL, HIDDEN = 0, 1, 2
_WIDE: Final = tuple((origin, FOCUS) for origin in (REST_OF_REGION, REST_OF_COUNTRY, ELSEWHERE, EVERYWHERE))
SHOWN_FLOWS: Final = (*FLOWS, *_WIDE)
SHOWN_LANGUAGES: Final = (*LANGUAGE_CELLS, *((area, OTHER) for area in dict(LANGUAGE_CELLS)))
# Which printed flow holds which of the simulated ones, and which printed language row could hold which language.
FLOW_PARTS: Final = np.array([[pair in flow_pairs(*shown) for pair in FLOWS] for shown in SHOWN_FLOWS], dtype=np.int64)
LATER_ROWS: Final = len(SHOWN_FLOWS) + len(SHOWN_LANGUAGES)  # after those of volumes
_VOLUMES, _FLOWS = len(VOLUME_CELLS), len(FLOWS)
_MOST: Final = 8192  # counts that are tabled; larger ones do not occur in these worlds


@dataclass(frozen=True, slots=True, eq=False)
class Prints:
    """Printed rows of W worlds, shape (W, R): volumes, flows (`SHOWN_FLOWS`), languages (`SHOWN_LANGUAGES`).

    `status` is SHOWN, LABEL ("minder dan 10") or HIDDEN; a shown row stands for a noisy count in [`low`, `high`]. `threshold`,
    shape (R,), and `noise`, the chances of errors around zero, are what is published of the protection.
    """

    status: npt.NDArray[np.int8]
    low: Ints
    high: Ints
    threshold: Ints
    noise: npt.NDArray[np.float64]

    def stacked(self, other: "Prints") -> "Prints":
        """Put other worlds after these."""
        return Prints(
            np.concatenate([self.status, other.status]),
            np.concatenate([self.low, other.low]),
            np.concatenate([self.high, other.high]),
            self.threshold,
            self.noise,
        )

    def __getitem__(self, chosen: npt.NDArray[np.bool_]) -> "Prints":
        """Give some of the worlds."""
        return Prints(self.status[chosen], self.low[chosen], self.high[chosen], self.threshold, self.noise)


Publish = Callable[[Worlds, np.random.Generator], Prints]


@lru_cache(maxsize=8)
def _readings(rule: RuleSet, numbers: int) -> dict[tuple[int | None, ...], tuple[int, int]]:
    """Table which noisy counts give which printed row; the first `numbers` of figure, lower, upper and floor are seen."""
    table: dict[tuple[int | None, ...], tuple[int, int]] = {}
    for noisy in range(_MOST):
        shown = protect_value(noisy, noisy, noisy, noisy, 0, rule)
        row = (shown.count, shown.lower, shown.upper, shown.floor)[:numbers]
        low, _ = table.get(row, (noisy, noisy))
        table[row] = (low, noisy)
    return table


def gate(record_key: bytes, *, numbers: int = 4) -> Publish:
    """Publish by `warehouse.protection.gate.protect`, world by world, estimates being counts.

    Args:
        record_key: noise key, 32 bytes.
        numbers: how many numbers of a volume row the attacker looks at: 4, or 1 for the figure alone.
    """

    def publish(worlds: Worlds, _rng: np.random.Generator) -> Prints:
        rows = [
            _read(protect(estimates(counts, sums), AREAS, record_key), numbers)
            for counts, sums in zip(worlds.counts.tolist(), worlds.numbers.tolist(), strict=True)
        ]
        made = np.array(rows, dtype=np.int64)
        noise = np.array(law(VOLUME.threshold, VOLUME.noise)[1])
        least = np.full(made.shape[1], VOLUME.threshold)
        least[[cell.period_code == "day" for cell in VOLUME_CELLS] + [False] * (len(least) - _VOLUMES)] = (
            VOLUME.day_threshold
        )
        return Prints(made[..., 0].astype(np.int8), made[..., 1], made[..., 2], least, noise)

    return publish


def estimates(counts: list[int], sums: list[int]) -> Estimates:
    """Give the estimates of a world in the hardest case: what is estimated is the count, without an interval.

    Args:
        counts: identities in each cell, in the order of `Worlds`.
        sums: of their record numbers.
    """
    kept = [(count, sealed(number & (1 << 63) - 1)) for count, number in zip(counts, sums, strict=True)]
    flows = [
        MovementEstimate(BLOCK_START, *pair, count, count, count, count, None, [], number)
        for pair, (count, number) in zip(FLOWS, kept[_VOLUMES : _VOLUMES + _FLOWS], strict=True)
    ]
    languages = [
        LanguageEstimate(BLOCK_START, area, language, count, 1 / count, number)
        for (area, language), (count, number) in zip(LANGUAGE_CELLS, kept[_VOLUMES + _FLOWS :], strict=True)
        if count
    ]
    volumes = [
        VolumeEstimate(*cell, count, 1 / count, count, count, count, count, None, 3, 1.0, None, [], number)
        for cell, (count, number) in zip(VOLUME_CELLS, kept[:_VOLUMES], strict=True)
        if count
    ]
    return Estimates(volumes, flows, languages)


def _read(figures: Figures, numbers: int) -> list[tuple[int, int, int]]:
    """Read printed rows as a reader can: (status, lowest, highest noisy count)."""
    volumes = {
        row.cell: (
            BELOW if row.reason_code == FEW_FOR_A_DAY else row.status_code,
            (row.advertiser_count, row.lower_count, row.upper_count, row.floor_count)[:numbers],
        )
        for row in figures.volumes
    }
    flows = {
        (row.origin_code, row.destination_code): (row.status_code, (row.move_count, row.lower_count, row.upper_count))
        for row in figures.movements
    }
    languages = {
        (row.area_code, row.language_code): (row.status_code, (row.advertiser_count,)) for row in figures.languages
    }
    return [
        *_rows((volumes.get(cell) for cell in VOLUME_CELLS), _readings(VOLUME, numbers)),
        *_rows((flows.get(pair) for pair in SHOWN_FLOWS), _readings(MOVEMENT, 3)),
        *_rows((languages.get(cell) for cell in SHOWN_LANGUAGES), _readings(LANGUAGE, 1)),
    ]


def _rows(
    rows: Iterable[tuple[str, tuple[int | None, ...]] | None], table: dict[tuple[int | None, ...], tuple[int, int]]
) -> list[tuple[int, int, int]]:
    found = []
    for row in rows:
        if row is None or row[0] not in (PUBLISHED, BELOW):
            found.append((HIDDEN, 0, 0))
        elif row[0] == BELOW:
            found.append((LABEL, 0, 0))
        else:
            found.append((SHOWN, *table[row[1]]))
    return found


def exact(worlds: Worlds, _rng: np.random.Generator) -> Prints:
    """Publish the counts as they are."""
    return _twin(worlds.counts, 0)


def threshold_only(worlds: Worlds, _rng: np.random.Generator) -> Prints:
    """Publish the counts as they are, but for those under the threshold."""
    return _twin(worlds.counts, VOLUME.threshold)


def averaged(worlds: Worlds, rng: np.random.Generator, requests: int = 30) -> Prints:
    """Publish with noise that is drawn anew for every request, and let the reader average so many of them."""
    errors, chances = law(VOLUME.threshold, VOLUME.noise)
    sums = rng.multinomial(requests, chances, worlds.counts.shape) @ np.array(errors)
    return _twin(np.maximum(worlds.counts + np.rint(sums / requests).astype(np.int64), 0), VOLUME.threshold)


def _twin(counts: Ints, threshold: int) -> Prints:
    """Give figures without noise; flows and languages are not rolled up and not folded."""
    worlds = len(counts)
    gaps = [np.zeros((worlds, number), dtype=np.int64) for number in (len(_WIDE), len(LANGUAGE_AREAS))]
    parts = np.split(counts, [_VOLUMES, _VOLUMES + _FLOWS], axis=1)
    shown = np.concatenate([parts[0], parts[1], gaps[0], parts[2], gaps[1]], axis=1)
    told = [np.full(part.shape, SHOWN, dtype=np.int8) for part in parts]
    missing = [np.full(gap.shape, HIDDEN, dtype=np.int8) for gap in gaps]
    status = np.concatenate([told[0], told[1], missing[0], told[2], missing[1]], axis=1)
    status[(status == SHOWN) & (shown < threshold)] = LABEL
    return Prints(status, shown, shown, np.full(shown.shape[1], threshold), np.ones(1))
