"""What figures are made from, kept beside them: enough to make an old vintage again bit for bit, without a row of `core`.

Two parts. Tables of counts stand with each figure (`est.volume.overlap`, and its record); what all of a vintage share is
one document (`est.vintage.inputs`). Figures are only ever made by `figures` from these, new ones too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from warehouse.areas import COUNTRY
from warehouse.estimates import volumes
from warehouse.estimates.errors import EpochBoundary
from warehouse.estimates.level import Knowledge, Level
from warehouse.estimates.tables import CaptureTable, Pattern, as_table
from warehouse.estimates.volumes import Figure, Period, Quality, Scene

FloatArray = npt.NDArray[np.float64]

LENGTHS = {"day": 1, "week": 7, "block": 28}
_LEVELS = ("GM", "CR", "PV", COUNTRY)  # of area codes, finest first


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What the figures of a vintage share.

    `phi` (4,) is the daily persistence of an identity, as seen, within an area of each level; `quality` is by period code
    and first day.
    """

    seed: int
    groups: tuple[str, ...]
    phi: tuple[float, ...]
    epoch_start: date
    known: Knowledge
    quality: Mapping[tuple[str, date], Quality] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Write as JSON can carry it, to the last bit."""
        return {
            "seed": self.seed,
            "groups": list(self.groups),
            "persistence": list(self.phi),
            "epoch_start": self.epoch_start.isoformat(),
            "known": self.known.as_json(),
            "quality": {
                f"{code} {start.isoformat()}": [each.completeness, each.known]
                for (code, start), each in sorted(self.quality.items())
            },
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        quality = {tuple(key.split()): Quality(*each) for key, each in told["quality"].items()}
        return cls(
            seed=told["seed"],
            groups=tuple(told["groups"]),
            phi=tuple(told["persistence"]),
            epoch_start=date.fromisoformat(told["epoch_start"]),
            known=Knowledge.from_json(told["known"]),
            quality={(code, date.fromisoformat(start)): each for (code, start), each in quality.items()},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Sufficient statistics of one area: its table, the variance from who is live, and a table with an external list."""

    area: str
    table: CaptureTable
    uncertain: float
    external: CaptureTable | None = None

    @classmethod
    def of_row(
        cls, groups: tuple[str, ...], area: str, overlap: Mapping[str, float], models: Mapping[str, Any]
    ) -> "Cell":
        """Read a kept row; a refused one kept no record and needs none."""
        external = models.get("external")
        return cls(
            area=area,
            table=as_table(dict[Pattern, float](overlap.items()), groups),
            uncertain=float(models.get("uncertain", 0.0)),
            external=None
            if external is None
            else as_table(dict[Pattern, float](external.items()), models["external_lists"]),
        )


def figures(
    inputs: Inputs, level: Level, code: str, start: date, setting: str, cells: Sequence[Cell]
) -> dict[str, Figure]:
    """Estimate all areas of one period and setting; give the figures by area.

    Args:
        inputs: of the vintage.
        level: `Level.of` its seed and knowledge.
        code: day, week or block.
        start: its first day.
        setting: all, or one setting.
        cells: every area in which anybody is held to be, in any order.
    """
    ordered = sorted(cells, key=lambda cell: (_level(cell.area), cell.area))
    areas = tuple(cell.area for cell in ordered)
    if start < inputs.epoch_start:
        return {area: volumes.refused(EpochBoundary(inputs.epoch_start)) for area in areas}
    if not areas:
        return {}
    levels = np.array([_level(area) for area in areas])
    scene = Scene(
        period=Period(code, start.isoformat(), LENGTHS[code]),
        quality=inputs.quality[code, start],
        groups=inputs.groups,
        areas=areas,
        whole=COUNTRY,
        peers=levels == 0,
        phi=np.array(inputs.phi)[levels],
        seed=inputs.seed,
        level=level,
        external={cell.area: cell.external for cell in ordered if cell.external is not None},
    )
    counts = np.array([cell.table.counts for cell in ordered])
    uncertain = np.array([cell.uncertain for cell in ordered])
    return dict(zip(areas, volumes.estimate_areas(scene, counts, uncertain, setting), strict=True))


def _level(area: str) -> int:
    return _LEVELS.index(area if area == COUNTRY else area[:2])
