"""The gate: the one function through which every figure leaves.

What goes in are the estimates of one vintage; what comes out is all that a release of that day holds. Same estimates,
same areas, same key: same figures, to the byte.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from hashlib import sha256

from warehouse.protection.alerts import protect_alerts
from warehouse.protection.cells import (
    AlertEstimate,
    AlertFigure,
    AnyCell,
    Area,
    LanguageEstimate,
    LanguageFigure,
    MovementEstimate,
    MovementFigure,
    ShareFigure,
    VolumeEstimate,
    VolumeFigure,
)
from warehouse.protection.languages import protect_languages
from warehouse.protection.movements import protect_movements
from warehouse.protection.policies import protect_effects, protect_events
from warehouse.protection.rows import (
    Beside,
    Method,
    PolicyEffectEstimate,
    PolicyEffectFigure,
    PolicyEvent,
    StayEstimate,
    StayFigure,
    StepEstimate,
    StepFigure,
)
from warehouse.protection.shares import setting_shares
from warehouse.protection.stays import protect_stays
from warehouse.protection.steps import protect_steps
from warehouse.protection.volumes import protect_volumes

RECORD_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class QualityFigure:
    """How well one source could be seen on one day; holds no advertiser's data."""

    day_date: date
    source_code: str
    source_group_code: str
    state_code: str
    reason_code: str
    completeness_share: float


@dataclass(frozen=True, slots=True)
class Estimates:
    """All unprotected rows of one vintage."""

    volumes: Sequence[VolumeEstimate]
    movements: Sequence[MovementEstimate] = ()
    languages: Sequence[LanguageEstimate] = ()
    quality: Sequence[QualityFigure] = ()
    alerts: Sequence[AlertEstimate] = ()
    stays: Sequence[StayEstimate] = ()
    steps: Sequence[StepEstimate] = ()
    events: Sequence[PolicyEvent] = ()
    effects: Sequence[PolicyEffectEstimate] = ()
    methods: Sequence[Method] = ()

    def digest(self) -> str:
        """SHA-256 over all rows in a fixed order, as lower-case hex.

        Readers see it in the ledger. It holds the cell numbers, which they cannot guess, so that trying out counts until
        the digest fits is vain.
        """
        later = _later(self.alerts, self.stays, self.steps, self.events, self.effects, self.methods)
        return _digest(self.volumes, self.movements, self.languages, self.quality, *later)


@dataclass(frozen=True, slots=True)
class Figures:
    """All protected rows of one release."""

    volumes: Sequence[VolumeFigure]
    shares: Sequence[ShareFigure]
    movements: Sequence[MovementFigure]
    languages: Sequence[LanguageFigure]
    quality: Sequence[QualityFigure]
    alerts: Sequence[AlertFigure] = ()
    stays: Sequence[StayFigure] = ()
    steps: Sequence[StepFigure] = ()
    events: Sequence[PolicyEvent] = ()
    effects: Sequence[PolicyEffectFigure] = ()
    methods: Sequence[Method] = ()

    @property
    def beside(self) -> Beside:
        """What the attacks hold against the estimates beside volumes, flows and languages."""
        return Beside(self.stays, self.steps, self.effects)

    def digest(self) -> str:
        """SHA-256 over all rows in a fixed order, as lower-case hex."""
        later = _later(self.alerts, self.stays, self.steps, self.events, self.effects, self.methods)
        return _digest(self.volumes, self.shares, self.movements, self.languages, self.quality, *later)


def protect(
    estimates: Estimates,
    areas: Mapping[str, Area],
    record_key: bytes,
    *,
    forced: frozenset[AnyCell] = frozenset(),
) -> Figures:
    """Turn the estimates of one vintage into the figures that may be published.

    Args:
        estimates: all unprotected rows of the vintage.
        areas: areas by code, with their parents.
        record_key: noise key, 32 bytes.
        forced: cells that an attack got through, to be withheld.

    Returns:
        The whole release of that vintage.

    Raises:
        ValueError: the record key is not 32 bytes long.
    """
    if len(record_key) != RECORD_KEY_BYTES:
        raise ValueError("the record key is not 32 bytes long; create keys with `advertentiemonitor init`")
    volumes = protect_volumes(estimates.volumes, areas, record_key, forced=forced)
    movements = protect_movements(estimates.movements, record_key, forced=forced)
    return Figures(
        volumes=volumes,
        shares=setting_shares(volumes),
        movements=movements,
        languages=protect_languages(estimates.languages, areas, record_key, forced=forced),
        quality=[
            replace(row, completeness_share=round(row.completeness_share, 2))
            for row in sorted(estimates.quality, key=lambda row: (row.day_date, row.source_code))
        ],
        alerts=protect_alerts(estimates.alerts, volumes, movements),
        stays=protect_stays(estimates.stays, estimates.movements, areas, record_key),
        steps=protect_steps(estimates.steps, volumes, areas, record_key),
        events=protect_events(estimates.events),
        effects=protect_effects(estimates.effects, record_key),
        methods=sorted(estimates.methods, key=lambda row: (row.item_code, row.source_code)),
    )


def _later(*tables: Sequence[object]) -> Sequence[Sequence[object]]:
    """Give tables that older releases did not have: empty ones leave their digests as they were."""
    return [rows for rows in tables if rows]


def _digest(*tables: Sequence[object]) -> str:
    digest = sha256()
    for table in tables:
        lines = sorted(
            json.dumps(asdict(row), default=str, sort_keys=True)  # type: ignore[call-overload]
            for row in table
        )
        digest.update(f"{len(lines)}\n".encode())
        for line in lines:
            digest.update(line.encode() + b"\n")
    return digest.hexdigest()
